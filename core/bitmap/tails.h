/* SPDX-License-Identifier: MIT
 *
 * The free last blocks of ranges, chained apart from the bins that they are in as well, most recent
 * first: the ragged tail behind a block's stride counts only where no stride is enough. The link
 * lies where another block has its footer, which the last of a range needs not have. At most one a
 * range, so nothing here takes more steps than there are ranges.
 */
#ifndef BF_BITMAP_TAILS_H
#define BF_BITMAP_TAILS_H

#include "seal.h"

/* Goes on to the next tail; false where the link leads elsewhere. */
static inline bool tail_look(const struct bf_heap *heap, uintptr_t block, struct spot *spot)
{
    return spot_look_at_node(heap, block, spot) && header_is_last(spot->header);
}

static inline uintptr_t tail_slot(const struct spot *spot)
{
    return block_footer(spot->block, header_stride(spot->header));
}

/* Finds what leads to a tail: *slot is 0 where the heap does. False: nothing does. */
static bool tails_find(const struct bf_heap *heap, uintptr_t block, uintptr_t *slot)
{
    uintptr_t met = heap->tail_head;
    struct spot spot;

    *slot = 0;
    for (size_t i = heap->range_count; met != block; i--) {
        if (i == 0 || !tail_look(heap, met, &spot)) {
            return false;
        }
        *slot = tail_slot(&spot);
        met = word_read(*slot);
    }
    return true;
}

static inline bool tails_can_remove(const struct bf_heap *heap, uintptr_t block)
{
    uintptr_t slot = 0;

    return !IS_HARDENED || tails_find(heap, block, &slot);
}

static inline void tails_remove(struct bf_heap *heap, uintptr_t block, size_t stride)
{
    const uintptr_t next = word_read(block_footer(block, stride));
    uintptr_t slot = 0;

    if (heap->tail_head == block) {
        heap->tail_head = next;
    } else if (tails_find(heap, block, &slot)) {
        word_write(slot, next);
    }
}

static inline void tails_push(struct bf_heap *heap, uintptr_t block, size_t stride)
{
    word_write(block_footer(block, stride), heap->tail_head);
    heap->tail_head = block;
}

/* The last block of a range that holds size_bytes, by its ragged tail, though its stride is one
 * unit short; the one with the smallest tail, and of these the most recent. 0: there is none. */
static uintptr_t tails_select(const struct bf_heap *heap, size_t size_bytes, size_t align)
{
    const size_t stride = stride_of_class(class_of_request(size_bytes)) - STRIDE_UNIT;
    uintptr_t block = heap->tail_head;
    uintptr_t best = 0;
    size_t best_tail = STRIDE_UNIT;
    struct spot spot;

    if (stride < align) {
        return 0;
    }
    for (size_t i = heap->range_count; block != 0; i--) {
        if (i == 0 || !tail_look(heap, block, &spot)) {
            return INDEX_DAMAGED;
        }
        const size_t tail = header_size_field(spot.header);

        if (header_stride(spot.header) == stride && tail < best_tail &&
            stride - BF_HEADER_BYTES + tail >= size_bytes) {
            best = block;
            best_tail = tail;
        }
        block = word_read(tail_slot(&spot));
    }
    return best;
}

#endif
