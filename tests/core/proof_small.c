/* SPDX-License-Identifier: MIT
 *
 * The property that the seed's bounded proof states (kernel/mem/alloc.rs, line 578), exhaustively
 * over small numbers: whatever the size, a range longer than size + overhead, and not below the
 * least that is accepted, is taken, serves the size with a block that is large enough and no longer
 * free; and here also takes it back. Every length is tried, so every ragged end is.
 */
#define SUITE "proof"
#include "check.h"

#include "arena.h"

#ifdef BF_PROFILE_LARGE
/* bf_check looks at every bin. */
#define SIZE_MAX_TRIED   ((size_t)80)
#define LENGTH_MAX_TRIED ((size_t)200)
#else
#define SIZE_MAX_TRIED   ((size_t)600)
#define LENGTH_MAX_TRIED ((size_t)1500)
#endif
#define OVERHEAD_BYTES ((size_t)16)

static struct bf_heap heap;

struct totals {
    const void *payload;
    size_t live_capacity_bytes; /* of the block at payload; 0 where it is not live */
    size_t block_count;
    size_t covered_bytes; /* headers and capacities */
};

static bool add_block(void *context, const struct bf_block_info *block)
{
    struct totals *totals = context;

    if (block->payload == totals->payload && block->is_live) {
        totals->live_capacity_bytes = block->capacity_bytes;
    }
    totals->block_count++;
    totals->covered_bytes += BF_HEADER_BYTES + block->capacity_bytes;
    return true;
}

static bool check_whole(const struct arena *arena, struct totals *totals)
{
    totals->live_capacity_bytes = 0;
    totals->block_count = 0;
    totals->covered_bytes = BF_FIRST_PAYLOAD;
    totals->covered_bytes -= BF_HEADER_BYTES;
    return CHECK_EQ(bf_check(&heap, NULL), BF_OK) &&
           CHECK_EQ(bf_walk(&heap, add_block, totals), BF_OK) &&
           CHECK_EQ(totals->covered_bytes, arena->end - arena->begin);
}

static size_t larger_of(size_t one, size_t other)
{
    return one > other ? one : other;
}

static bool serves(size_t size, size_t length)
{
    void *payload = NULL;
    struct totals totals = {NULL, 0, 0, 0};

    arena_reset();
    const struct arena *arena = arena_take(length);

    if (!CHECK(arena != NULL) || !CHECK_EQ(bf_init(&heap, 0), BF_OK) ||
        !CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK) ||
        !CHECK_EQ(bf_malloc(&heap, size, 1, &payload), BF_OK)) {
        return false;
    }
    totals.payload = payload;
    if (!CHECK(payload == arena->begin + OVERHEAD_BYTES) || !CHECK(arena_holds(payload, size))) {
        return false;
    }
    memset(payload, 0x5a, size);
    if (!check_whole(arena, &totals) || !CHECK(totals.live_capacity_bytes >= size)) {
        return false;
    }
#ifdef BF_INDEX_LIST
    const size_t block_count = totals.block_count;
#else
    const size_t block_count = 1;
#endif

    return CHECK_EQ(bf_free(&heap, payload, size), BF_OK) && check_whole(arena, &totals) &&
           CHECK_EQ(totals.live_capacity_bytes, 0) && CHECK_EQ(totals.block_count, block_count) &&
           CHECK(arena_gaps_are_intact());
}

TEST(small, every_larger_range_serves_every_size)
{
    unsigned long pair_count = 0;

    for (size_t size = 1; size <= SIZE_MAX_TRIED; size++) {
        for (size_t length = larger_of(size + OVERHEAD_BYTES + 1, BF_RANGE_BYTES_MIN);
             length <= LENGTH_MAX_TRIED; length++) {
            pair_count++;
            if (!serves(size, length)) {
                printf("with size %lu and a range of %lu bytes\n", (unsigned long)size,
                       (unsigned long)length);
                return;
            }
        }
    }
    printf("%lu pairs of a size up to %lu and a range up to %lu\n", pair_count,
           (unsigned long)SIZE_MAX_TRIED, (unsigned long)LENGTH_MAX_TRIED);
}

/* The least range for a size is size + 16, one byte less than the property asks, from the least
 * range that is accepted up. */
TEST(small, the_least_range_is_served_to_the_byte)
{
    for (size_t size = BF_RANGE_BYTES_MIN - OVERHEAD_BYTES; size <= SIZE_MAX_TRIED; size++) {
        void *payload = NULL;

        CHECK(serves(size, size + OVERHEAD_BYTES));
        CHECK_EQ(bf_malloc(&heap, size + 1, 1, &payload), BF_OUT_OF_MEMORY);
        CHECK(payload == NULL);
    }
}

TESTS_BEGIN
ENTRY(small, every_larger_range_serves_every_size)
ENTRY(small, the_least_range_is_served_to_the_byte)
TESTS_END
