/* SPDX-License-Identifier: MIT
 *
 * The seed's own proof (kernel/mem/alloc.rs, verification::allocate_one), property for property:
 * whatever the size, and whatever larger range it is given, add_range succeeds, malloc succeeds,
 * the block is large enough, and is not on the list. And beyond it: whatever bytes are in the
 * range, whatever the key; and no word is touched but headers, links and footers.
 */
#include "prove.h"

/* Sizes have so many bits: more than these is refused (BF_SIZE_LIMIT), or is a bound of the proof.
 */
#ifndef SIZE_BITS
#define SIZE_BITS (sizeof(size_t) * 8)
#endif
#define ANY_SIZE() (any_size() & (SIZE_MAX >> (sizeof(size_t) * 8 - SIZE_BITS)))

/* Where the range begins. The heap must not lie in there: to the checker an object lies where its
 * number says, in the highest bits of an address. On 64 bits that is behind all ranges there are;
 * on 32 the range begins behind the heap. */
#ifndef RANGE_BEGIN
#define RANGE_BEGIN 4096
#endif

/* Whether a block is in the index still. The heap has one free block at most: what is left. */
static bool index_holds(const struct bf_heap *heap, uintptr_t block)
{
#ifdef BF_INDEX_LIST
    return heap->free_head == block;
#else
    bool is_held = heap->tail_head == block;

    for (size_t bin = 0; bin < BF_BIN_COUNT; bin++) {
        is_held = is_held || heap->bins[bin] == block;
    }
    return is_held;
#endif
}

/* The headers (and links, and footers) of the one block, and of what is left of it. */
static void declare_words(uintptr_t begin, size_t size, size_t range_size)
{
#ifdef BF_INDEX_LIST
    words_declare(begin, 2);
    words_declare(begin + BF_HEADER_BYTES + (size + 15) / 16 * 16, 2);
    (void)range_size;
#else
    const uintptr_t block = begin + 8;
    const size_t whole = (range_size - 8) / 16 * 16;
    const size_t taken = size < 24 ? 32 : (size + 8 + 15) / 16 * 16;
    const unsigned words = 4 + 8 / sizeof(uintptr_t);

    words_declare(block, words);
    words_declare(block + taken, words);
    words_declare(block + whole - sizeof(uintptr_t), 1);
#endif
}

int main(void)
{
    static struct bf_heap heap;
    const size_t size = ANY_SIZE();
    const size_t larger_size = ANY_SIZE();
    const uintptr_t begin = RANGE_BEGIN;
    void *payload = NULL;

    ASSUME(size > 0 && size < BF_SIZE_LIMIT - BF_FIRST_PAYLOAD);
    ASSUME(larger_size > size + BF_FIRST_PAYLOAD && larger_size < BF_SIZE_LIMIT);
    /* The smallest range that the index takes; the seed's is a header and a byte. */
    ASSUME(larger_size >= BF_RANGE_BYTES_MIN);
    ASSUME(larger_size <= UINTPTR_MAX - begin);
    /* Asserted, as an assumption would be a bound of the sizes that nobody sees. */
    BOUND(begin >= (uintptr_t)(&heap + 1) || begin + larger_size <= (uintptr_t)&heap,
          "the heap is not in the range");
    spans[0].begin = begin;
    spans[0].end = begin + larger_size;
    declare_words(begin, size, larger_size);

    PROVE(bf_init(&heap, any_address()) == BF_OK, "bf_init succeeds");
    PROVE(bf_add_range(&heap, (void *)begin, (void *)(begin + larger_size)) == BF_OK,
          "bf_add_range succeeds");
    PROVE(bf_malloc(&heap, size, 1, &payload) == BF_OK, "bf_malloc succeeds");

    const uintptr_t block = (uintptr_t)payload - BF_HEADER_BYTES;
    size_t usable = 0;

    PROVE((uintptr_t)payload == begin + BF_FIRST_PAYLOAD, "the front of the range is handed out");
    PROVE(bf_usable_size(&heap, payload, &usable) == BF_OK && usable >= size,
          "the block is large enough");
    PROVE(usable <= begin + larger_size - (uintptr_t)payload, "the block ends with its range");
    PROVE(!index_holds(&heap, block), "the block is not on the list");
    PROVE(heap.live_block_count == 1 && heap.live_bytes == size, "the block is counted");
    END_OF_PROOF();
    return 0;
}
