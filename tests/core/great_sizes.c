/* SPDX-License-Identifier: MIT
 *
 * The largest there is: ranges, sizes, alignments, and the product of two sizes. The core is
 * compiled in with a window in front of its memory, as in address_space: of a range that is longer
 * than all memory the first and the last words are kept, and nothing else may be touched.
 */
#include <stdint.h>

static uintptr_t *word_at(uintptr_t address);
#define BF_PREFIX           great_sizes_
#define BF_WORD_AT(address) word_at(address)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "great_sizes"
#include "address.h"
#include "check.h"

#define NEAR_WORDS 64u
static uintptr_t first_words[NEAR_WORDS];
static uintptr_t last_words[NEAR_WORDS];
static uintptr_t range_begin;
static uintptr_t range_end; /* the last word ends here or up to 15 bytes before */
static struct bf_heap heap;

static uintptr_t *word_at(uintptr_t address)
{
    const size_t from_begin = (address - range_begin) / sizeof(uintptr_t);
    const size_t from_end = (range_end - address) / sizeof(uintptr_t);

    CHECK_EQ(address % sizeof(uintptr_t), 0);
    if (from_begin < NEAR_WORDS) {
        return &first_words[from_begin];
    }
    CHECK(from_end < NEAR_WORDS);
    return &last_words[from_end % NEAR_WORDS];
}

static enum bf_status add_range(uintptr_t begin, size_t length)
{
    range_begin = begin;
    range_end = begin + length;
    memset(first_words, 0, sizeof first_words);
    memset(last_words, 0, sizeof last_words);
    CHECK_EQ(bf_init(&heap, 9), BF_OK);
    return bf_add_range(&heap, at(begin), at(begin + length));
}

/* Somewhere that the heap itself is not, with room for a length. */
static uintptr_t place_for(size_t length)
{
    const uintptr_t self = (uintptr_t)&heap;
    const uintptr_t above = ((uintptr_t)(&heap + 1) + 15) & ~(uintptr_t)15;

    return UINTPTR_MAX - above >= length ? above : self > length + 16 ? 16 : 0;
}

/* Its one block has all of it but 16 bytes, and can be had and given back. */
static void check_use(size_t length)
{
    struct bf_stats stats = {0};
    void *out = NULL;

    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.largest_free_bytes, length - 16);
    CHECK_EQ(bf_malloc(&heap, length - 15, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_EQ(bf_malloc(&heap, length - 16, 1, &out), BF_OK);
    CHECK(out == at(range_begin + 16));
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_free(&heap, out, length - 16), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 100, 1, &out), BF_OK);
    CHECK(out == at(range_begin + 16));
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_free(&heap, out, 100), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(range, of_every_power_of_two_and_its_neighbours)
{
    for (size_t power = 1024; power != 0 && power <= BF_SIZE_LIMIT / 2 + 1; power *= 2) {
        for (size_t length = power - 1; length <= power + 32;
             length += length == power + 1 ? 31 : 1) {
            const uintptr_t begin = place_for(length);

            if (begin != 0 && CHECK_EQ(add_range(begin, length), BF_OK)) {
                check_use(length);
            }
        }
    }
}

/* A range may be as long as the longest request, and no longer; where that is all there is, the
 * heap itself is in the way. */
TEST(range, of_the_largest_length)
{
    const size_t length = BF_SIZE_LIMIT - 1;

    if (BF_SIZE_LIMIT == SIZE_MAX) {
        CHECK_EQ(BF_RANGE_BYTES_MAX, SIZE_MAX);
        return;
    }
#ifndef BF_INDEX_LIST
    CHECK_EQ(BF_RANGE_BYTES_MAX, length);
    CHECK_EQ(add_range(UINTPTR_MAX / 2 + 1, length + 1), BF_INVALID_SIZE);
#endif
    CHECK_EQ(add_range(UINTPTR_MAX / 2 + 1, length), BF_OK);
    check_use(length);
}

/* Where nothing but its length would be wrong with a range. */
TEST(range, in_the_upper_half_of_the_address_space)
{
    CHECK_EQ(add_range((UINTPTR_MAX / 4 * 3) & ~(uintptr_t)15, 1000), BF_OK);
    check_use(1000);
}

/* Behind the last block of a range at the end of the address space there is no address any more. */
TEST(range, at_the_end_has_nothing_behind_its_last_block)
{
    void *out = NULL;

    CHECK_EQ(add_range(UINTPTR_MAX - 255, 255), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 255 - 16, 1, &out), BF_OK);
#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
    for (uintptr_t inside = 16; inside < 240; inside += 16) {
        const enum bf_status status = bf_free(&heap, at((uintptr_t)out + inside), BF_ANY_SIZE);

        CHECK(status == BF_INVALID_ADDRESS || status == BF_CORRUPTED);
#ifdef BF_INDEX_LIST
        CHECK_EQ(status, BF_INVALID_ADDRESS);
#endif
    }
#endif
    CHECK_EQ(bf_free(&heap, out, 255 - 16), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(align, every_power_of_two_that_the_contract_names)
{
    void *out = NULL;

    CHECK_EQ(add_range(place_for(1024), 1024), BF_OK);
    for (size_t align = 1; align != 0; align *= 2) {
        const enum bf_status status = bf_malloc(&heap, BF_SIZE_LIMIT - 1, align, &out);

#ifdef BF_INDEX_LIST
        CHECK_EQ(status, align <= 16 ? BF_OUT_OF_MEMORY : BF_INVALID_ALIGN);
#else
        CHECK_EQ(status, BF_OUT_OF_MEMORY);
#endif
    }
    CHECK_EQ(bf_malloc(&heap, BF_SIZE_LIMIT - 1, BF_ALIGN_MAX, &out), BF_OUT_OF_MEMORY);
}

/* Where both are more than half a word, what is left of the product may look like a size. */
TEST(calloc, of_a_product_whose_low_half_looks_well)
{
    void *out = NULL;

    CHECK_EQ(add_range(place_for(1024), 1024), BF_OK);
    for (unsigned bit = WORD_BITS / 2; bit < WORD_BITS; bit++) {
        const size_t one = (size_t)1 << bit;
        const size_t other = ((size_t)1 << (WORD_BITS - 1)) + 1;

        CHECK_EQ(bf_calloc(&heap, one, other, 1, &out), BF_INVALID_SIZE);
        CHECK_EQ(bf_calloc(&heap, other, one, 1, &out), BF_INVALID_SIZE);
    }
}

#ifndef BF_INDEX_LIST
/* What docs/core.md and config.h say of the size of a heap without its table of ranges. */
TEST(heap, is_as_large_as_documented)
{
    const size_t bytes = sizeof heap - sizeof heap.ranges;
    const bool is_64 = WORD_BITS == 64;

#if defined(BF_PROFILE_SMALL)
    CHECK_EQ(bytes, is_64 ? 752 : 312);
#elif defined(BF_PROFILE_LARGE)
    CHECK_EQ(bytes, is_64 ? 547336 : 273844);
#else
    CHECK_EQ(bytes, is_64 ? 50096 : 4908);
#endif
}
#endif

TESTS_BEGIN
ENTRY(range, of_every_power_of_two_and_its_neighbours)
ENTRY(range, of_the_largest_length)
ENTRY(range, in_the_upper_half_of_the_address_space)
ENTRY(range, at_the_end_has_nothing_behind_its_last_block)
ENTRY(align, every_power_of_two_that_the_contract_names)
ENTRY(calloc, of_a_product_whose_low_half_looks_well)
#ifndef BF_INDEX_LIST
ENTRY(heap, is_as_large_as_documented)
#endif
TESTS_END
