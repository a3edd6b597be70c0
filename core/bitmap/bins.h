/* SPDX-License-Identifier: MIT
 *
 * The bins of the bitmap index, and the two levels of bits that say which are not empty. The first
 * bins hold one size each, the others a share of an octave of sizes (what lies between two powers
 * of two). Bins are in the order of the sizes that they hold.
 *
 *     tops    | ...1.. |               bit i: leaf i is not 0
 *     leaves  | ... | ..1...1. | ...   bit i of leaf l: bin WORD_BITS l + i is not empty
 *     bins    | ... | block | 0 | 0 | block | ...
 */
#ifndef BF_BITMAP_BINS_H
#define BF_BITMAP_BINS_H

#include "seal.h"

#define EXACT_BINS ((size_t)1 << BF_EXACT_BINS_LOG2)

_Static_assert(BF_OCTAVE_BINS_LOG2 <= BF_EXACT_BINS_LOG2, "a bin holds at least one size");
_Static_assert(BF_EXACT_BINS_LOG2 >= 1, "the smallest blocks have no room for the links of a trie");

BF_HOT size_t bin_of_class(size_t size_class)
{
    if (size_class < EXACT_BINS) {
        return size_class;
    }
    const unsigned octave = word_highest_bit(size_class);

    return EXACT_BINS + ((size_t)(octave - BF_EXACT_BINS_LOG2) << BF_OCTAVE_BINS_LOG2) +
           (size_class >> (octave - BF_OCTAVE_BINS_LOG2)) - ((size_t)1 << BF_OCTAVE_BINS_LOG2);
}

/* How many of the lowest bits tell the sizes of a class's bin apart. */
BF_HOT unsigned bin_key_bits(size_t size_class)
{
    return size_class < EXACT_BINS ? 0 : word_highest_bit(size_class) - BF_OCTAVE_BINS_LOG2;
}

BF_HOT void bin_mark(struct bf_heap *heap, size_t bin)
{
    const size_t leaf = bin / BF_WORD_BITS;

    heap->leaves[leaf] |= (size_t)1 << bin % BF_WORD_BITS;
    heap->tops[leaf / BF_WORD_BITS] |= (size_t)1 << leaf % BF_WORD_BITS;
}

BF_HOT void bin_unmark(struct bf_heap *heap, size_t bin)
{
    const size_t leaf = bin / BF_WORD_BITS;

    heap->leaves[leaf] &= ~((size_t)1 << bin % BF_WORD_BITS);
    if (heap->leaves[leaf] == 0) {
        heap->tops[leaf / BF_WORD_BITS] &= ~((size_t)1 << leaf % BF_WORD_BITS);
    }
}

/* The first bin above a bin that is not empty; BF_BIN_COUNT where there is none. */
static inline size_t bin_after(const struct bf_heap *heap, size_t bin)
{
    size_t leaf = bin / BF_WORD_BITS;
    size_t word = heap->leaves[leaf] & ~(size_t)1 << bin % BF_WORD_BITS;

    if (word == 0) {
        size_t top = leaf / BF_WORD_BITS;

        word = heap->tops[top] & ~(size_t)1 << leaf % BF_WORD_BITS;
        while (word == 0) {
            if (++top >= BF_TOP_COUNT) {
                return BF_BIN_COUNT;
            }
            word = heap->tops[top];
        }
        leaf = top * BF_WORD_BITS + word_lowest_bit(word);
        word = heap->leaves[leaf];
    }
    return leaf * BF_WORD_BITS + word_lowest_bit(word);
}

/* The last bin that is not empty; BF_BIN_COUNT where all are. */
static inline size_t bin_last(const struct bf_heap *heap)
{
    for (size_t top = BF_TOP_COUNT; top > 0; top--) {
        if (heap->tops[top - 1] != 0) {
            const size_t leaf = (top - 1) * BF_WORD_BITS + word_highest_bit(heap->tops[top - 1]);

            return leaf * BF_WORD_BITS + word_highest_bit(heap->leaves[leaf]);
        }
    }
    return BF_BIN_COUNT;
}

#endif
