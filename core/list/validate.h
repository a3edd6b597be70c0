/* SPDX-License-Identifier: MIT
 *
 * The validator behind bf_check. It believes nothing: first the table (I1 to I3), then every block
 * by walking the ranges (I4 to I7), then the counters against what that walk found (I8, I9), and
 * only then the index (I10, I11), which may rely on all of that.
 *
 * Bound: O(R^2 + blocks) steps, and what index_check takes. No memory.
 */
#ifndef BF_LIST_VALIDATE_H
#define BF_LIST_VALIDATE_H

#include "fault.h"
#include "header.h"
#include "heap.h"

/* I1 to I3. */
static enum bf_status validate_ranges(const struct bf_heap *heap, struct bf_fault *fault)
{
    if (heap->range_count > BF_RANGES_MAX) {
        return fault_report(heap, fault, INVARIANT_RANGE_COUNT, 0, NULL);
    }
    for (size_t i = 0; i < heap->range_count; i++) {
        const struct bf_range *range = &heap->ranges[i];

        if (range->begin == 0 || !is_aligned(range->begin) ||
            !range_has_room_at(range, range->begin)) {
            return fault_report(heap, fault, INVARIANT_RANGE_SHAPE, 0, range);
        }
        for (size_t k = 0; k < i; k++) {
            if (spans_overlap(range->begin, range->end, heap->ranges[k].begin,
                              heap->ranges[k].end)) {
                return fault_report(heap, fault, INVARIANT_RANGES_DISJOINT, 0, range);
            }
        }
    }
    return BF_OK;
}

/* What the ranges hold. */
struct block_totals {
    size_t live_block_count;
    size_t live_bytes;
    size_t free_block_count;
    size_t free_bytes;
};

/* I4 to I7 for one range; adds what it holds to *totals. */
static enum bf_status validate_blocks(const struct bf_heap *heap, const struct bf_range *range,
                                      struct block_totals *totals, struct bf_fault *fault)
{
    for (uintptr_t block = range->begin; block != range->end; block = block_end(block)) {
        BF_STEP();
        const enum invariant broken = range_header_fault(range, block);

        if (broken != INVARIANT_NONE) {
            return fault_report(heap, fault, broken, block, range);
        }
        if (block_is_live(block)) {
            totals->live_block_count++;
            totals->live_bytes += block_request(block);
        } else if (!block_is_quarantined(block)) {
            totals->free_block_count++;
            totals->free_bytes += block_capacity(block);
        }
    }
    return BF_OK;
}

/* I8 and I9. */
static enum bf_status validate_counters(const struct bf_heap *heap,
                                        const struct block_totals *totals, struct bf_fault *fault)
{
    if (heap->free_block_count != totals->free_block_count ||
        heap->free_bytes != totals->free_bytes) {
        return fault_report(heap, fault, INVARIANT_FREE_COUNTERS, 0, NULL);
    }
    if (heap->live_block_count != totals->live_block_count ||
        heap->live_bytes != totals->live_bytes || heap->peak_live_bytes < heap->live_bytes) {
        return fault_report(heap, fault, INVARIANT_LIVE_COUNTERS, 0, NULL);
    }
    return BF_OK;
}

static enum bf_status heap_validate(const struct bf_heap *heap, struct bf_fault *fault)
{
    struct block_totals totals;

    /* One by one: an initialiser may become a call of memset. */
    totals.live_block_count = 0;
    totals.live_bytes = 0;
    totals.free_block_count = 0;
    totals.free_bytes = 0;
    enum bf_status status = validate_ranges(heap, fault);

    for (size_t i = 0; status == BF_OK && i < heap->range_count; i++) {
        status = validate_blocks(heap, &heap->ranges[i], &totals, fault);
    }
    if (status == BF_OK) {
        status = validate_counters(heap, &totals, fault);
    }
    if (status == BF_OK) {
        status = index_check(heap, fault);
    }
    return status;
}

#endif
