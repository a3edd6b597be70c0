/* SPDX-License-Identifier: MIT
 *
 * The quarantine: blocks that were freed, held back until BF_QUARANTINE_BYTES of them have been
 * freed after them, so that a use after free meets neither another owner nor a header.
 *
 *     oldest --> | quarantined | --> | quarantined | --> ... --> | quarantined | --> 0
 *                                                                     ^-- newest
 *
 * A quarantined block is neither live nor free: its header says so, and holds or is followed by the
 * link to the one freed after it, so no memory is needed. To its neighbours it is as a live one,
 * which nothing merges with. Where BF_QUARANTINE_BYTES is 0, all of this is the index's own
 * functions by other names.
 *
 * Of the index it wants, beside what index.h names: quarantine_look, quarantine_link,
 * quarantine_set_link, spot_quarantine, spot_look_again.
 */
#ifndef BF_QUARANTINE_H
#define BF_QUARANTINE_H

#include "index.h"

_Static_assert(BF_QUARANTINE_BYTES >= 0, "a number of bytes");
_Static_assert(BF_GUARD_BYTES >= 0 && BF_GUARD_BYTES <= 65536, "0 to 65,536 bytes");

#if BF_QUARANTINE_BYTES == 0

#define quarantine_clear(heap) ((void)(heap))
#define heap_obtain(heap, size, align, payload)                                                    \
    heap_allocate(heap, (size) + BF_GUARD_BYTES, align, payload)
#define heap_retire(heap, spot)            heap_release(heap, spot)
#define heap_retire_moved(heap, spot)      heap_release_moved(heap, spot)
#define heap_withdraw(heap, range)         heap_drop(heap, range)
#define heap_check(heap, fault)            heap_validate(heap, fault)
#define quarantine_fill_stats(heap, stats) ((void)(heap), (void)(stats))

#else

static void quarantine_clear(struct bf_heap *heap)
{
    heap->quarantine_oldest = 0;
    heap->quarantine_newest = 0;
    heap->quarantined_block_count = 0;
    heap->quarantined_bytes = 0;
}

static void quarantine_fill_stats(const struct bf_heap *heap, struct bf_stats *stats)
{
    stats->quarantined_block_count = heap->quarantined_block_count;
    stats->quarantined_bytes = heap->quarantined_bytes;
}

/* What a block takes up of the quarantine. */
static size_t spot_quarantine_bytes(const struct bf_heap *heap, const struct spot *spot)
{
    return BF_HEADER_BYTES + spot_capacity(heap, spot);
}

/* Frees the oldest block for good. The link behind it is looked at before it is followed. */
static enum bf_status quarantine_release_oldest(struct bf_heap *heap)
{
    struct spot oldest;
    struct spot following;

    if (!quarantine_look(heap, heap->quarantine_oldest, &oldest)) {
        return BF_CORRUPTED;
    }
    const uintptr_t next = quarantine_link(oldest.block);
    const bool is_sound = heap->quarantined_block_count > 1
                              ? quarantine_look(heap, next, &following)
                              : next == 0 && heap->quarantine_newest == oldest.block;
    const size_t bytes = spot_quarantine_bytes(heap, &oldest);

    if (!is_sound || heap_release(heap, &oldest) != BF_OK) {
        return BF_CORRUPTED;
    }
    heap->quarantine_oldest = next;
    heap->quarantine_newest = next != 0 ? heap->quarantine_newest : 0;
    heap->quarantined_block_count--;
    heap->quarantined_bytes -= bytes;
    return BF_OK;
}

/* Frees the oldest blocks until there is room for so many bytes, or none is left. */
static enum bf_status quarantine_make_room(struct bf_heap *heap, size_t bytes)
{
    const size_t limit = BF_QUARANTINE_BYTES;
    enum bf_status status = BF_OK;

    while (status == BF_OK && heap->quarantined_block_count > 0 &&
           (bytes > limit || heap->quarantined_bytes > limit - bytes)) {
        status = quarantine_release_oldest(heap);
    }
    return status;
}

/* Puts a live block behind the newest. */
static void quarantine_append(struct bf_heap *heap, const struct spot *spot)
{
    spot_quarantine(heap, spot);
    if (heap->quarantined_block_count == 0) {
        heap->quarantine_oldest = spot->block;
    } else {
        quarantine_set_link(heap->quarantine_newest, spot->block);
    }
    heap->quarantine_newest = spot->block;
    heap->quarantined_block_count++;
    heap->quarantined_bytes += spot_quarantine_bytes(heap, spot);
}

/* As heap_release, by and by. What has been freed on the way to a failure stays free. */
static enum bf_status heap_retire(struct bf_heap *heap, struct spot *spot)
{
    const size_t bytes = spot_quarantine_bytes(heap, spot);
    const enum bf_status status = quarantine_make_room(heap, bytes);

    if (status != BF_OK) {
        return status;
    }
    /* The block in front may have become free. */
    if (!spot_look_again(heap, spot)) {
        return BF_CORRUPTED;
    }
    if (bytes > BF_QUARANTINE_BYTES) {
        return heap_release(heap, spot);
    }
    quarantine_append(heap, spot);
    return BF_OK;
}

/* The same where there is no way back: in a damaged heap the block is not held back. */
static void heap_retire_moved(struct bf_heap *heap, struct spot *spot)
{
    if (heap_retire(heap, spot) != BF_OK) {
        heap_release_moved(heap, spot);
    }
}

/* A block for a request and its guard. Where nothing fits, the oldest blocks are freed until
 * something does. */
static enum bf_status heap_obtain(struct bf_heap *heap, size_t size, size_t align,
                                  uintptr_t *payload)
{
    enum bf_status status = heap_allocate(heap, size + BF_GUARD_BYTES, align, payload);

    while (status == BF_OUT_OF_MEMORY && heap->quarantined_block_count > 0) {
        status = quarantine_release_oldest(heap);
        if (status == BF_OK) {
            status = heap_allocate(heap, size + BF_GUARD_BYTES, align, payload);
        }
    }
    return status;
}

static bool visit_live(void *has_live, const struct bf_block_info *block)
{
    *(bool *)has_live = block->is_live;
    return !block->is_live;
}

/* As heap_drop; where nothing of the range is live, the oldest blocks are freed until it is free.
 */
static enum bf_status heap_withdraw(struct bf_heap *heap, const struct bf_range *range)
{
    const enum bf_status dropped = heap_drop(heap, range);
    bool has_live = false;
    bool go_on = true;

    if (dropped != BF_RANGE_IN_USE) {
        return dropped;
    }
    enum bf_status status =
        range_walk(heap, (size_t)(range - heap->ranges), visit_live, &has_live, &go_on);

    if (status != BF_OK || has_live) {
        return status != BF_OK ? status : BF_RANGE_IN_USE;
    }
    do {
        status = quarantine_release_oldest(heap);
        if (status == BF_OK) {
            status = heap_drop(heap, range);
        }
    } while (status == BF_RANGE_IN_USE);
    return status;
}

/* -- validation ------------------------------------------------------------------------------ */

/* What the ranges hold, and what of it the links have not led to yet. */
struct quarantine_totals {
    size_t block_count;
    size_t bytes;
    uintptr_t sum; /* of a hash of the payloads: another set has the same with odds of 1 in 2^32 */
};

static uintptr_t quarantine_hash(uintptr_t payload)
{
    const uintptr_t mixed = (payload ^ payload >> 15) * 0x9e3779b1u;

    return (mixed ^ mixed >> 13) * 0x85ebca77u;
}

static bool visit_quarantined(void *context, const struct bf_block_info *block)
{
    struct quarantine_totals *totals = context;

    if (block->is_quarantined) {
        totals->block_count++;
        totals->bytes += BF_HEADER_BYTES + block->capacity_bytes;
        totals->sum += quarantine_hash((uintptr_t)block->payload);
    }
    return true;
}

/* That each quarantined block is on the way from the oldest to the newest, once: a way that ends
 * after as many links as there are blocks meets none twice. */
static enum bf_status quarantine_validate_chain(const struct bf_heap *heap,
                                                struct quarantine_totals *unmet,
                                                struct bf_fault *fault)
{
    uintptr_t block = heap->quarantine_oldest;
    uintptr_t from = 0;
    struct spot spot;

    for (; unmet->block_count > 0; unmet->block_count--) {
        if (!quarantine_look(heap, block, &spot)) {
            return fault_report(heap, fault, INVARIANT_QUARANTINE_CHAIN, 0, NULL);
        }
        unmet->sum -= quarantine_hash(block_payload(block));
        from = block;
        block = quarantine_link(block);
    }
    return block == 0 && from == heap->quarantine_newest && unmet->sum == 0
               ? BF_OK
               : fault_report(heap, fault, INVARIANT_QUARANTINE_CHAIN, 0, NULL);
}

/* As heap_validate, and of the quarantine, on ranges that are sound. */
static enum bf_status heap_check(const struct bf_heap *heap, struct bf_fault *fault)
{
    struct quarantine_totals totals;
    enum bf_status status = heap_validate(heap, fault);
    bool go_on = true;

    totals.block_count = 0;
    totals.bytes = 0;
    totals.sum = 0;
    for (size_t i = 0; status == BF_OK && i < heap->range_count; i++) {
        status = range_walk(heap, i, visit_quarantined, &totals, &go_on);
    }
    if (status != BF_OK) {
        return status;
    }
    if (totals.block_count != heap->quarantined_block_count ||
        totals.bytes != heap->quarantined_bytes) {
        return fault_report(heap, fault, INVARIANT_QUARANTINE_COUNTERS, 0, NULL);
    }
    return quarantine_validate_chain(heap, &totals, fault);
}

#endif

#endif
