/* SPDX-License-Identifier: MIT
 *
 * Walks along the blocks of a range, from its first to its last. Every header on the way is
 * verified at every level of hardening, so that a walk stays inside the range and ends, whatever
 * has been written over the headers.
 */
#ifndef BF_BITMAP_WALK_H
#define BF_BITMAP_WALK_H

#include "fault.h"
#include "seal.h"

/* I6. Of a live block: the stride is what the request needs, or what was too little to split more,
 * or what was left behind a gap, or a ragged tail makes up for a unit. */
BF_HOT bool header_size_is_sound(const struct bf_range *range, uint64_t header)
{
    const size_t field = header_size_field(header);
    const size_t stride = header_stride(header);
    const size_t tail = header_is_last(header) ? range_tail_bytes(range) : 0;

    if (!header_is_live(header)) {
        return field == tail;
    }
    if (header_is_quarantined(header)) {
        return true;
    }
    if (field + tail < 2 * HEADER_SIZE_BIAS ||
        field + BF_GUARD_BYTES >= stride + HEADER_SIZE_BIAS) {
        return false;
    }
    return !stride_is_worth_splitting(stride,
                                      stride_of_request(header_request(header) + BF_GUARD_BYTES));
}

/* Which of I4 to I6 a header breaks, going by itself and its range alone. */
static enum invariant range_header_fault(const struct bf_heap *heap, const struct bf_range *range,
                                         uintptr_t block)
{
    const uint64_t header = header_read(block);

    if (!header_fits(range, block, header)) {
        return INVARIANT_BLOCKS_TILE;
    }
    if (!header_is_sealed(heap, range, block, header)) {
        return INVARIANT_HEADER_SEALED;
    }
    return header_size_is_sound(range, header) ? INVARIANT_NONE : INVARIANT_SIZE_FIELD;
}

#if BF_HARDENING == BF_HARDENING_PARANOID
/* Whether a block begins at an address of the range. */
static enum bf_status range_find_block(const struct bf_heap *heap, const struct bf_range *range,
                                       uintptr_t address)
{
    uintptr_t block = range_first_block(range);

    while (block != range_whole_end(range)) {
        BF_STEP();
        if (block >= address) {
            break;
        }
        if (range_header_fault(heap, range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        block += header_stride(header_read(block));
    }
    return block == address ? BF_OK : BF_INVALID_ADDRESS;
}
#endif

/* Visits the blocks of one range; *go_on turns false where visit ends it. */
static enum bf_status range_walk(const struct bf_heap *heap, size_t range_index, bf_visit visit,
                                 void *context, bool *go_on)
{
    const struct bf_range *range = &heap->ranges[range_index];
    uintptr_t block = range_first_block(range);

    while (*go_on && block != range_whole_end(range)) {
        BF_STEP();
        if (range_header_fault(heap, range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        const uint64_t header = header_read(block);
        struct bf_block_info info;

        info.payload = (const void *)block_payload(block);
        info.capacity_bytes = header_stride(header) - BF_HEADER_BYTES +
                              (header_is_last(header) ? range_tail_bytes(range) : 0);
        info.is_live = header_is_live(header);
#if BF_QUARANTINE_BYTES > 0
        info.is_quarantined = header_is_quarantined(header);
        info.is_live = info.is_live && !info.is_quarantined;
#endif
        info.request_bytes = info.is_live ? header_request(header) : 0;
        info.range_index = range_index;
        *go_on = visit(context, &info);
        block += header_stride(header);
    }
    return BF_OK;
}

#endif
