/* SPDX-License-Identifier: MIT
 *
 * The search for the next bin that is not empty, for every state of the bitmap, in any profile:
 * what bin_after and bin_last say is what going through the bins one by one would. "One by one" is
 * stated for any bin whatever (other), which is the same as for all of them.
 *
 * A state of the bitmap: any leaves and tops at all, but for I12 (a bit of a top is set exactly
 * where its leaf is not 0, and no bit where there is no bin).
 */
#include "prove.h"

static bool bin_is_marked(const struct bf_heap *heap, size_t bin)
{
    return (heap->leaves[bin / BF_WORD_BITS] >> bin % BF_WORD_BITS & 1) != 0;
}

static void assume_bits(const struct bf_heap *heap)
{
    const size_t used_bins = BF_BIN_COUNT % BF_WORD_BITS;
    const size_t used_leaves = BF_LEAF_COUNT % BF_WORD_BITS;

    for (size_t leaf = 0; leaf < BF_LEAF_COUNT; leaf++) {
        const size_t bit = heap->tops[leaf / BF_WORD_BITS] >> leaf % BF_WORD_BITS & 1;

        ASSUME(bit == (heap->leaves[leaf] != 0));
    }
    ASSUME(used_bins == 0 || heap->leaves[BF_LEAF_COUNT - 1] >> used_bins == 0);
    ASSUME(used_leaves == 0 || heap->tops[BF_TOP_COUNT - 1] >> used_leaves == 0);
}

static size_t any_bin(void)
{
    const size_t bin = any_size();

    ASSUME(bin < BF_BIN_COUNT);
    return bin;
}

static void prove_search(const struct bf_heap *heap)
{
    const size_t bin = any_bin();
    const size_t other = any_bin();
    const size_t after = bin_after(heap, bin);
    const size_t last = bin_last(heap);

    PROVE(after == BF_BIN_COUNT || (after > bin && after < BF_BIN_COUNT), "the bin is above");
    PROVE(after == BF_BIN_COUNT || bin_is_marked(heap, after), "the bin is not empty");
    PROVE(other <= bin || other >= after || !bin_is_marked(heap, other), "none is nearer");
    PROVE(last == BF_BIN_COUNT || (last < BF_BIN_COUNT && bin_is_marked(heap, last)),
          "the last bin is not empty");
    PROVE((last != BF_BIN_COUNT && other <= last) || !bin_is_marked(heap, other),
          "none is behind the last");
}

/* bin_mark and bin_unmark keep I12 and change what they say, and nothing else. */
static void prove_marks(struct bf_heap *heap)
{
    const size_t bin = any_bin();
    const size_t other = any_bin();
    const size_t leaf = other / BF_WORD_BITS;
    const bool was_marked = bin_is_marked(heap, other);
    const bool is_marking = any_bool();

    if (is_marking) {
        bin_mark(heap, bin);
    } else {
        bin_unmark(heap, bin);
    }
    PROVE(bin_is_marked(heap, other) == (other == bin ? is_marking : was_marked),
          "one bit of the leaves changes");
    PROVE((heap->tops[leaf / BF_WORD_BITS] >> leaf % BF_WORD_BITS & 1) == (heap->leaves[leaf] != 0),
          "the tops say which leaves are not 0");
}

/* The number of the lowest and of the highest bit, against a look at every bit. */
static void prove_words(void)
{
    const size_t word = any_size();
    unsigned lowest = 0;
    unsigned highest = 0;

    ASSUME(word != 0);
    for (unsigned bit = 0; bit < WORD_BITS; bit++) {
        highest = (word >> bit & 1) != 0 ? bit : highest;
    }
    for (unsigned bit = WORD_BITS; bit > 0; bit--) {
        lowest = (word >> (bit - 1) & 1) != 0 ? bit - 1 : lowest;
    }
    PROVE(word_lowest_bit(word) == lowest, "the lowest bit");
    PROVE(word_highest_bit(word) == highest, "the highest bit");
}

/* Bins are in the order of the sizes that they hold; those of one bin differ in its open bits only;
 * the class of a request is that of the least stride that holds it. */
static void prove_classes(void)
{
    const size_t one = any_size();
    const size_t other = any_size();
    const size_t size = any_size();
    const size_t stride = stride_of_request(size);

    ASSUME(one <= other && other < (size_t)1 << BF_CLASS_BITS);
    PROVE(bin_of_class(other) < BF_BIN_COUNT, "every class has a bin");
    PROVE(bin_of_class(one) <= bin_of_class(other), "bins are in the order of their sizes");
    PROVE(bin_of_class(one) != bin_of_class(other) ||
              one >> bin_key_bits(one) == other >> bin_key_bits(other),
          "classes of one bin differ in the open bits only");
    PROVE(bin_of_class(one) != bin_of_class(other) || bin_key_bits(one) == bin_key_bits(other),
          "classes of one bin have as many open bits");
    PROVE(other >= EXACT_BINS || one == other || bin_of_class(one) != bin_of_class(other),
          "an exact bin holds one size");
    ASSUME(size > 0 && size < BF_SIZE_LIMIT - 64);
    PROVE(stride % STRIDE_UNIT == 0 && stride >= STRIDE_MIN && stride >= size + BF_HEADER_BYTES,
          "the stride of a request holds it");
    PROVE(stride == STRIDE_MIN || stride - STRIDE_UNIT < size + BF_HEADER_BYTES,
          "and is the least");
    PROVE(stride_of_class(class_of_request(size)) == stride,
          "the class of a request is its stride's");
}

int main(void)
{
    static struct bf_heap heap;

    for (size_t i = 0; i < BF_TOP_COUNT; i++) {
        heap.tops[i] = any_size();
    }
    for (size_t i = 0; i < BF_LEAF_COUNT; i++) {
        heap.leaves[i] = any_size();
    }
    assume_bits(&heap);
    prove_search(&heap);
    prove_marks(&heap);
    prove_words();
    prove_classes();
    END_OF_PROOF();
    return 0;
}
