/* SPDX-License-Identifier: MIT
 *
 * The fast ways of the bitmap index (core/bitmap/fast.h) take what they are there for: a program
 * would notice nothing but the time where they passed everything on. So they are called by
 * themselves here, and what they leave behind is what bf_check calls a sound heap.
 */
#define BF_PREFIX fast_ways_
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_fast"
#include "check.h"

#define ARENA_POOL_BYTES ((size_t)1 << 18)
#include "heap.h"

static void start(void)
{
    heap_begin(0x1234567u);
}

#if defined(__OPTIMIZE_SIZE__)
#define fast_takes(block, size, is_sized) ((void)(block), (void)(size), (void)(is_sized))
#define fast_splits(block, size)          ((void)(block), (void)(size))
#else
/* A block between live ones, given back and asked for again; before, there are others of its size
 * in the bin or not. */
static void fast_takes(void *block, size_t size, bool is_sized)
{
    const uintptr_t payload = (uintptr_t)block;
    uintptr_t again = 0;

    if (BF_HARDENING == BF_HARDENING_PARANOID) {
        CHECK_EQ(bf_free(&heap, block, size), BF_OK);
    } else {
        CHECK(fast_release(&heap, payload, is_sized ? size : BF_ANY_SIZE));
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK(size < 9 || fast_allocate(&heap, size, &again));
    CHECK(size < 9 || again == payload);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* The front of a block, where nothing smaller is free. */
static void fast_splits(void *block, size_t size)
{
    uintptr_t payload = 0;

    CHECK(fast_allocate_front(&heap, size, &payload));
    CHECK_EQ(payload, (uintptr_t)block);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}
#endif

TEST(fast, a_block_between_live_ones_is_given_back_and_taken)
{
    for (size_t others = 0; others < 3; others++) {
        for (size_t size = 1; size <= 520; size++) {
            start();
            add_range(4096);
            void *freed[2] = {NULL, NULL};

            for (size_t i = 0; i < others; i++) {
                freed[i] = allocate(size);
                allocate(1);
            }
            void *block = allocate(size);

            allocate(1);
            for (size_t i = 0; i < others; i++) {
                CHECK_EQ(bf_free(&heap, freed[i], size), BF_OK);
            }
            fast_takes(block, size, size % 2 == 0);
        }
    }
}

/* Up to the end of the range: only the last of it and the one before it are the general way's. */
TEST(fast, a_block_near_the_end_of_the_range_is_given_back_and_taken)
{
    for (size_t size = 24; size <= 520; size += 16) {
        start();
        add_range(8 + 32 + size + 8 + 32);
        allocate(24);
        void *block = allocate(size);

        allocate(24);
        fast_takes(block, size, false);
    }
}

/* Behind it the least that can be: a last block of 16 bytes, which only an alignment leaves. */
TEST(fast, a_block_in_front_of_the_last_sliver_is_given_back_and_taken)
{
    void *last = NULL;

    start();
    add_range(8 + 64);
    CHECK_EQ(bf_malloc(&heap, 8, 64, &last), BF_OK);
    unsigned char *block = allocate(40);

    CHECK(last == block + 48);
    fast_takes(block, 40, true);
}

TEST(fast, the_front_of_a_larger_block_is_taken)
{
    for (size_t others = 0; others < 2; others++) {
        for (size_t size = 9; size <= 200; size += 3) {
            for (size_t more = 16; more <= 240; more += 16) {
                start();
                add_range(4096);
                const size_t stride = (size + 8 + 15) / 16 * 16;
                const size_t needed = stride < 32 ? 32 : stride;
                void *rest = allocate(more < 32 ? 24 : more - 8);

                allocate(24);
                void *block = allocate(needed + more - 8);

                allocate(24);
                if (others != 0 && more >= 32 && more < needed) {
                    CHECK_EQ(bf_free(&heap, rest, BF_ANY_SIZE), BF_OK);
                }
                CHECK_EQ(bf_free(&heap, block, BF_ANY_SIZE), BF_OK);
                fast_splits(block, size);
            }
        }
    }
}

TESTS_BEGIN
ENTRY(fast, a_block_between_live_ones_is_given_back_and_taken)
ENTRY(fast, a_block_near_the_end_of_the_range_is_given_back_and_taken)
ENTRY(fast, a_block_in_front_of_the_last_sliver_is_given_back_and_taken)
ENTRY(fast, the_front_of_a_larger_block_is_taken)
TESTS_END
