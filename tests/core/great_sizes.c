/* SPDX-License-Identifier: MIT
 *
 * Limits that no machine at hand reaches: the longest range there may be, blocks of every power of
 * two up to it, every alignment, and what a heap itself takes. Memory is a table of the words that
 * were written; all others are 0.
 */
#include <stdint.h>

static uintptr_t *word_at(uintptr_t address);
#define BF_PREFIX           great_sizes_
#define BF_WORD_AT(address) word_at(address)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "great_sizes"
#include "check.h"

#define WORDS_MAX ((size_t)4096)

static struct {
    uintptr_t address; /* 0: unused */
    uintptr_t word;
} words[WORDS_MAX];

static struct bf_heap heap;

static uintptr_t *word_at(uintptr_t address)
{
    static uintptr_t outside;
    size_t at = (size_t)(address / sizeof address * 2654435761u % WORDS_MAX);

    if (!CHECK(address % sizeof address == 0) || !CHECK(address >= heap.ranges[0].begin) ||
        !CHECK(heap.ranges[0].end - address >= sizeof address)) {
        return &outside;
    }
    while (words[at].address != 0 && words[at].address != address) {
        at = (at + 1) % WORDS_MAX; /* one call of this file writes a few hundred at most */
    }
    words[at].address = address;
    return &words[at].word;
}

static void *at(uintptr_t address)
{
    return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

static void start(void)
{
    memset(words, 0, sizeof words);
    CHECK_EQ(bf_init(&heap, 99), BF_OK);
}

#ifdef BF_INDEX_LIST
#define TAKES_ANY_ALIGNMENT false
#else
#define TAKES_ANY_ALIGNMENT true
#endif

TEST(alignment, of_every_power_of_two)
{
    void *out = NULL;

    start();
    CHECK_EQ(bf_add_range(&heap, at(4096), at(4096 + 200)), BF_OK);
    for (unsigned bit = 0; bit < 8 * sizeof(size_t); bit++) {
        const size_t align = (size_t)1 << bit;
        const enum bf_status status = bf_malloc(&heap, 200, align, &out);

        CHECK_EQ(status, align <= 16 || TAKES_ANY_ALIGNMENT ? BF_OUT_OF_MEMORY : BF_INVALID_ALIGN);
        CHECK_EQ(bf_malloc(&heap, 200, align + 1, &out), bit == 0 ? status : BF_INVALID_ALIGN);
        CHECK_EQ(bf_malloc(&heap, 200, align - 1, &out),
                 bit == 1 ? BF_OUT_OF_MEMORY : BF_INVALID_ALIGN);
    }
}

/* On 64 bits fewer than 2^48 bytes (bitmap); else all above the heap. */
#if SIZE_MAX > 0xffffffffu && !defined(BF_INDEX_LIST)
#define IS_LIMITED   true
#define LENGTH_LIMIT ((size_t)0xffffffffffff)
#else
#define IS_LIMITED   false
#define LENGTH_LIMIT SIZE_MAX
#endif

static uintptr_t base(void)
{
    return (((uintptr_t)(&heap + 1) + 15) & ~(uintptr_t)15);
}

static size_t longest(void)
{
    const size_t above = UINTPTR_MAX - base();

    return above < LENGTH_LIMIT ? above : LENGTH_LIMIT;
}

TEST(range, of_the_greatest_length)
{
    struct bf_stats stats;

    for (uintptr_t more = 1; more <= longest() + 1 && IS_LIMITED; more *= 2) {
        start();
        CHECK_EQ(bf_add_range(&heap, at(base()), at(base() + longest() + more)), BF_INVALID_SIZE);
    }
    for (uintptr_t less = 0; less < 40; less++) {
        start();
        CHECK_EQ(bf_add_range(&heap, at(base()), at(base() + longest() - less)), BF_OK);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
        CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
        CHECK_EQ(stats.largest_free_bytes, longest() - less - 16);
        CHECK_EQ(bf_remove_range(&heap, at(base())), BF_OK);
    }
}

/* A free block of each power of two and of a little less and more, between live ones, and the
 * smallest that serves is what each size gets. */
#define SIZES_MAX 64u

static void take_powers(size_t offset)
{
    void *payloads[SIZES_MAX] = {NULL};
    void *out = NULL;
    unsigned count = 0;

    start();
    CHECK_EQ(bf_add_range(&heap, at(base()), at(base() + longest())), BF_OK);
    for (unsigned bit = 6;
         ((size_t)1 << bit) < longest() / 4 && ((size_t)1 << bit) < BF_SIZE_LIMIT / 4; bit++) {
        CHECK_EQ(bf_malloc(&heap, ((size_t)1 << bit) + offset, 1, &payloads[count++]), BF_OK);
        CHECK_EQ(bf_malloc(&heap, 1, 1, &out), BF_OK);
    }
    CHECK(count > 16);
    for (unsigned i = 0; i < count; i++) {
        CHECK_EQ(bf_free(&heap, payloads[i], ((size_t)64 << i) + offset), BF_OK);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    for (unsigned i = count; i > 0; i--) {
        CHECK_EQ(bf_malloc(&heap, ((size_t)64 << (i - 1)) + offset, 1, &out), BF_OK);
        CHECK(out == payloads[i - 1]);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(blocks, of_every_power_of_two)
{
    for (size_t offset = 0; offset <= 48; offset += 8) {
        take_powers(offset);
    }
    take_powers(SIZE_MAX - 15);
}

/* What docs/core.md says that a heap takes, the table of ranges apart. */
#ifndef BF_INDEX_LIST
TEST(heap, takes_what_the_documentation_says)
{
    const bool is_64_bit = sizeof(size_t) == 8;
#if defined(BF_PROFILE_SMALL)
    const size_t expected = is_64_bit ? 752 : 312;
#elif defined(BF_PROFILE_LARGE)
    const size_t expected = is_64_bit ? 547336 : 273844;
#else
    const size_t expected = is_64_bit ? 50096 : 4908;
#endif

    CHECK_EQ(sizeof heap - sizeof heap.ranges, expected);
    CHECK_EQ(sizeof heap.ranges, BF_RANGES_MAX * (is_64_bit ? 24u : 12u));
}
#endif

TESTS_BEGIN
ENTRY(alignment, of_every_power_of_two)
ENTRY(range, of_the_greatest_length)
ENTRY(blocks, of_every_power_of_two)
#ifndef BF_INDEX_LIST
ENTRY(heap, takes_what_the_documentation_says)
#endif
TESTS_END
