/* SPDX-License-Identifier: MIT
 *
 * The `bitmap` index: exact best fit, ties to the block that entered last.
 *
 * One bin for each of the smaller sizes, a trie for each share of an octave of the larger ones, and
 * two levels of bits over all bins. The best fit for a size is what its own bin has, else the
 * smallest block of the next bin that is not empty. Nothing is linear in the number of blocks or
 * left to chance: a lookup takes a handful of loads, and at most one more for each bit of the size
 * that the bins leave open. In steps, with D as in bestfit.h and R ranges:
 *
 *   select_block   D + 1
 *   index_insert   D + 4        to look first: D + 1
 *   index_remove   R + 2 D + 2  to look first: R + 2 D + 2
 *   index_largest  D + R + 1
 */
#ifndef BF_BITMAP_INDEX_H
#define BF_BITMAP_INDEX_H

#include "../index.h"
#include "stack.h"
#include "tails.h"
#include "trie.h"

/* The most recent of the blocks of a node's size. */
static inline uintptr_t node_most_recent(uintptr_t node)
{
    if (node <= INDEX_DAMAGED) {
        return node;
    }
    const uintptr_t next = block_link(node, LINK_NEXT);

    return !IS_HARDENED || next != 0 ? next : INDEX_DAMAGED;
}

/* The smallest block of a bin that is not empty. */
static uintptr_t bin_first(const struct bf_heap *heap, size_t bin)
{
    const uintptr_t node = heap->bins[bin];
    size_t size_class = 0;

    if (bin < EXACT_BINS) {
        return node;
    }
    return trie_look(heap, node, bin, &size_class) ? node_most_recent(node) : INDEX_DAMAGED;
}

/* The smallest block of the bins above one. */
BF_HOT uintptr_t bins_select_above(const struct bf_heap *heap, size_t bin)
{
    bin = bin_after(heap, bin);
    if (bin < EXACT_BINS) {
        return heap->bins[bin];
    }
    return bin < BF_BIN_COUNT ? bin_first(heap, bin) : 0;
}

BF_APART uintptr_t trie_select(const struct bf_heap *heap, size_t size_class)
{
    const size_t bin = bin_of_class(size_class);
    const uintptr_t node = trie_find(heap, bin, size_class);

    return node != 0 ? node_most_recent(node) : bins_select_above(heap, bin);
}

/* What an own bin does not serve at once: sizes below 9, which share the least class, and those of
 * the tries. */
BF_APART uintptr_t select_other(const struct bf_heap *heap, size_t size_bytes)
{
    const size_t size_class = class_of_request(size_bytes);

    if (size_class >= EXACT_BINS) {
        return trie_select(heap, size_class);
    }
    return heap->bins[size_class] != 0 ? heap->bins[size_class]
                                       : bins_select_above(heap, size_class);
}

/* The best fit for a size by its stride. 0: none fits. INDEX_DAMAGED: the index is. Whether what
 * is returned is a block at all, is for the caller to look at. */
BF_MEASURED static uintptr_t select_block(const struct bf_heap *heap, size_t size_bytes)
{
    const size_t size_class = (size_bytes - 9) / STRIDE_UNIT; /* wraps below 9 */

    if (BF_RARELY(size_class >= EXACT_BINS)) {
        return select_other(heap, size_bytes);
    }
    return heap->bins[size_class] != 0 ? heap->bins[size_class]
                                       : bins_select_above(heap, size_class);
}

/* Whether a block of a stride can be added. (block may be 0 where it is still something else.) */
BF_HOT bool bins_can_insert(const struct bf_heap *heap, uintptr_t block, size_t stride)
{
    if (!IS_HARDENED || stride < STRIDE_MIN) {
        return true;
    }
    const size_t size_class = class_of_stride(stride);

    return size_class < EXACT_BINS
               ? stack_can_push(heap, block, size_class)
               : trie_can_insert(heap, block, bin_of_class(size_class), size_class);
}

BF_APART void trie_insert_class(struct bf_heap *heap, uintptr_t block, size_t size_class)
{
    trie_insert(heap, block, bin_of_class(size_class), size_class);
}

BF_APART void trie_remove_class(struct bf_heap *heap, uintptr_t block, size_t size_class)
{
    trie_remove(heap, block, bin_of_class(size_class), size_class);
}

/* Adds a free block, whose header has been written. A sliver is in no index. */
BF_HOT void index_insert(struct bf_heap *heap, uintptr_t block, size_t stride, bool is_last)
{
    const size_t size_class = class_of_stride(stride);

    if (stride < STRIDE_MIN) {
        return;
    }
    if (size_class < EXACT_BINS) {
        stack_push(heap, block, size_class);
    } else {
        trie_insert_class(heap, block, size_class);
    }
    if (is_last) {
        tails_push(heap, block, stride);
    }
}

BF_HOT bool index_can_remove(const struct bf_heap *heap, const struct spot *spot)
{
    if (!IS_HARDENED || header_stride(spot->header) < STRIDE_MIN) {
        return true;
    }
    const size_t size_class = class_of_stride(header_stride(spot->header));

    if (header_is_last(spot->header) && !tails_can_remove(heap, spot->block)) {
        return false;
    }
    return size_class < EXACT_BINS
               ? stack_can_remove(heap, spot->block, size_class)
               : trie_can_remove(heap, spot->block, bin_of_class(size_class), size_class);
}

BF_HOT void index_remove(struct bf_heap *heap, const struct spot *spot)
{
    const size_t stride = header_stride(spot->header);
    const size_t size_class = class_of_stride(stride);

    if (stride < STRIDE_MIN) {
        return;
    }
    /* First what has been looked at last; the way along the tails looks again. */
    if (size_class < EXACT_BINS) {
        stack_remove(heap, spot->block, size_class);
    } else {
        trie_remove_class(heap, spot->block, size_class);
    }
    if (header_is_last(spot->header)) {
        tails_remove(heap, spot->block, stride);
    }
}

/* The largest capacity in the index: that of the largest stride, and behind it a ragged tail if one
 * of the blocks of that stride has one. */
static enum bf_status index_largest(const struct bf_heap *heap, size_t *largest_bytes)
{
    const size_t bin = bin_last(heap);
    uintptr_t block = 0;
    size_t tail = 0;
    struct spot spot;

    *largest_bytes = 0;
    if (bin == BF_BIN_COUNT) {
        return BF_OK;
    }
    block = bin < EXACT_BINS ? heap->bins[bin] : trie_last(heap, bin);
    if (block == INDEX_DAMAGED || !spot_look_at_node(heap, block, &spot)) {
        return BF_CORRUPTED;
    }
    const size_t stride = header_stride(spot.header);

    block = heap->tail_head;
    for (size_t i = heap->range_count; block != 0; i--) {
        if (i == 0 || !tail_look(heap, block, &spot)) {
            return BF_CORRUPTED;
        }
        if (header_stride(spot.header) == stride && header_size_field(spot.header) > tail) {
            tail = header_size_field(spot.header);
        }
        block = word_read(tail_slot(&spot));
    }
    *largest_bytes = stride - BF_HEADER_BYTES + tail;
    return BF_OK;
}

#endif
