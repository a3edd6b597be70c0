/* SPDX-License-Identifier: MIT
 *
 * Corners of the bitmap index that random programs seldom come to: the least size that is in a
 * trie, the largest range there is, the one alignment that a ragged tail just serves, payloads that
 * look like links, and many keys. The core is compiled in, with a window in front of the range that
 * no process has.
 */
#include <stdint.h>
static uintptr_t *word_at(uintptr_t address);
#define BF_PREFIX           corners_
#define BF_WORD_AT(address) word_at(address)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_corners"
#include "check.h"

#define ARENA_POOL_BYTES ((size_t)4 << 20)
#include "heap.h"

/* The first and the last words of a range that is not there. */
#define WINDOW_WORDS ((uintptr_t)16)
static uintptr_t window_begin;
static uintptr_t window_end;
static uintptr_t window[2 * WINDOW_WORDS];

static uintptr_t *word_at(uintptr_t address)
{
    if (address >= window_end || address < window_begin) {
        return (uintptr_t *)address; /* NOLINT(performance-no-int-to-ptr) */
    }
    const uintptr_t from_begin = (address - window_begin) / sizeof(uintptr_t);
    const uintptr_t from_end = (window_end - address - 1) / sizeof(uintptr_t);

    CHECK(from_begin < WINDOW_WORDS || from_end < WINDOW_WORDS);
    return &window[from_begin < WINDOW_WORDS ? from_begin : WINDOW_WORDS + from_end % WINDOW_WORDS];
}

static void start(uintptr_t key)
{
    heap_begin(key);
}

/* The most recent of three, in the last bins of one size and the first of several. */
TEST(select, the_most_recent_of_equals_where_tries_begin)
{
    const size_t least = stride_of_class(EXACT_BINS);

    for (size_t stride = least - 32; stride <= least + 32; stride += 16) {
        unsigned char *blocks[3];

        start(1);
        add_range(3 * stride + 4096);
        for (int i = 0; i < 3; i++) {
            blocks[i] = allocate(stride - 8);
            allocate(1);
        }
        for (int i = 0; i < 3; i++) {
            release(blocks[i], BF_ANY_SIZE);
        }
        CHECK(allocate(stride - 23) == blocks[2]);
        release(blocks[2], BF_ANY_SIZE);
        CHECK(allocate(stride - 8) == blocks[2]);
        CHECK(allocate(stride - 8) == blocks[1]);
        CHECK(allocate(stride - 8) == blocks[0]);
        finish();
    }
}

/* The last block of a range of exactly the alignment serves by its tail, wherever it lies. */
TEST(select, a_ragged_tail_serves_an_alignment_of_its_stride)
{
    for (size_t shift = 0; shift < 2; shift++) {
        for (size_t size = 9; size <= 23; size++) {
            void *out = NULL;

            start(1);
            arena_take(16 * shift);
            const struct arena *arena = add_range(8 + 32 + 15);

            CHECK_EQ(bf_malloc(&heap, size, 32, &out), BF_OK);
            CHECK((uintptr_t)out % 32 == 0);
            CHECK(arena_holds(out, size));
            CHECK(out == arena->begin + 16 || out == arena->begin + 32);
            finish();
        }
    }
}

TEST(free, of_null_is_an_invalid_address)
{
    start(1);
    add_range(256);
    CHECK_EQ(bf_free(&heap, NULL, BF_ANY_SIZE), BF_INVALID_ADDRESS);
    CHECK_EQ(bf_free(&heap, NULL, 1), BF_INVALID_ADDRESS);
    finish();
}

/* A block of 16 bytes, which only an alignment leaves, is in no index and has no links: what lies
 * where others have them is the next block's payload, and may be anything. */
TEST(free, a_sliver_has_no_links)
{
    size_t sliver_count = 0;

    for (size_t words = 0; words < 4; words++) {
        for (size_t shift = 0; shift < 2; shift++) {
            void *out = NULL;

            start(1);
            add_range(1024);
            unsigned char *front = allocate(shift == 0 ? 24 : 40);

            CHECK_EQ(bf_malloc(&heap, 56, 32, &out), BF_OK);
            unsigned char *payload = out;
            const uintptr_t sliver = (uintptr_t)payload - 24;

            sliver_count += payload != front + (shift == 0 ? 32 : 48);
            for (size_t i = 0; i < 56 / sizeof sliver; i++) {
                memcpy(payload + i * sizeof sliver, &sliver, sizeof sliver);
            }
            release(words % 2 == 0 ? payload : front, BF_ANY_SIZE);
            finish();
            release(words % 2 == 0 ? front : payload, BF_ANY_SIZE);
            finish();
        }
    }
    CHECK(sliver_count >= 4);
}

/* On 64 bits only: elsewhere a range of half the address space overlaps the heap. */
TEST(range, the_largest_there_is_has_a_bin)
{
#if SIZE_MAX > 0xffffffffu
    struct bf_stats stats = {0};

    start(1);
    window_begin = (uintptr_t)1 << 48;
    window_end = window_begin + BF_RANGE_BYTES_MAX;
    CHECK_EQ(bf_add_range(&heap, at(window_begin), at(window_end)), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.failed_call_count, 0);
    CHECK_EQ(stats.largest_free_bytes, BF_RANGE_BYTES_MAX - 16);
    CHECK_EQ(bf_remove_range(&heap, at(window_begin)), BF_OK);
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.largest_free_bytes, 0);
    window_end = 0;
    window_begin = 0;
    finish();
#else
    CHECK(at(0) == NULL);
#endif
}

#if defined(BF_PROFILE_SMALL)
#define KEY_COUNT 8000u
#else
#define KEY_COUNT 500u /* bf_init clears a heap that is large */
#endif

/* Whatever the key is, and whichever range a block is in. */
TEST(key, none_is_better_than_another)
{
    for (uintptr_t key = 0; key < KEY_COUNT; key++) {
        start(key * (uintptr_t)0x9e3779b1u);
        add_range(304);
        add_range(1024);
        unsigned char *near = allocate(120);

        allocate(120);
        unsigned char *far = allocate(200);

        allocate(1);
        release(near, BF_ANY_SIZE);
        CHECK(allocate(40) == near);
        CHECK(allocate(60) == near + 48);
        release(far, BF_ANY_SIZE);
        CHECK(allocate(40) == far);
        CHECK(allocate(40) == far + 48);
        release(far, BF_ANY_SIZE);
        release(near, BF_ANY_SIZE);
        if (!CHECK_EQ(bf_check(&heap, NULL), BF_OK)) {
            return;
        }
    }
}

TESTS_BEGIN
ENTRY(select, the_most_recent_of_equals_where_tries_begin)
ENTRY(select, a_ragged_tail_serves_an_alignment_of_its_stride)
ENTRY(free, of_null_is_an_invalid_address)
ENTRY(free, a_sliver_has_no_links)
ENTRY(range, the_largest_there_is_has_a_bin)
ENTRY(key, none_is_better_than_another)
TESTS_END
