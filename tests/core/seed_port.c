/* SPDX-License-Identifier: MIT
 *
 * The unit tests of the seed (Osiris RTOS, kernel/mem/alloc.rs, line 311 on), one to one and under
 * their own names. 16 stands where they say align_of::<u128>(), and so where they say
 * size_of::<BestFitMeta>() + align_up(). Their verify_block reads the header of a block: capacity
 * at least the size, no next block. Here bf_walk says the same: the block is live, and large
 * enough.
 */
#define SUITE "seed"
#include "check.h"

#include "arena.h"

#define SIZE           ((size_t)128)
#define OVERHEAD_BYTES ((size_t)16)
#define POINTERS_MAX   100

static struct bf_heap heap;
static void *pointers[POINTERS_MAX];
static size_t pointer_count;

struct wanted_block {
    const void *payload;
    size_t size;
    bool is_found;
};

static bool find_wanted(void *context, const struct bf_block_info *block)
{
    struct wanted_block *wanted = context;

    if (block->payload == wanted->payload) {
        wanted->is_found = true;
        CHECK(block->capacity_bytes >= wanted->size);
        CHECK(block->is_live);
    }
    return !wanted->is_found;
}

static void verify_block(const void *payload, size_t size)
{
    struct wanted_block wanted = {payload, size, false};

    CHECK_EQ(bf_walk(&heap, find_wanted, &wanted), BF_OK);
    CHECK(wanted.is_found);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

static void verify_pointers_not_overlapping(void)
{
    for (size_t i = 0; i < pointer_count; i++) {
        for (size_t k = 0; k < pointer_count; k++) {
            const uintptr_t begin = (uintptr_t)pointers[i];
            const uintptr_t other = (uintptr_t)pointers[k];

            CHECK(i == k || begin + SIZE <= other || other + SIZE <= begin);
        }
    }
}

static void start(void)
{
    arena_reset();
    pointer_count = 0;
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
}

static void add_range(size_t length)
{
    struct arena *arena = arena_take(length);

    if (CHECK(arena != NULL)) {
        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    }
}

static void add_ranges(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_range(SIZE + OVERHEAD_BYTES);
    }
}

static void *allocate(void)
{
    void *pointer = NULL;

    CHECK_EQ(bf_malloc(&heap, SIZE, 1, &pointer), BF_OK);
    verify_block(pointer, SIZE);
    return pointer;
}

static void allocate_many(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        pointers[pointer_count++] = allocate();
    }
}

static void expect_out_of_memory(void)
{
    void *pointer = NULL;

    CHECK_EQ(bf_malloc(&heap, SIZE, 1, &pointer), BF_OUT_OF_MEMORY);
    CHECK(pointer == NULL);
}

TEST(unit, allocate_one)
{
    start();
    add_range(4096);
    allocate();
}

TEST(unit, alloc_alot)
{
    start();
    add_range(SIZE * 100 * 2);
    allocate_many(100);
    verify_pointers_not_overlapping();
}

TEST(unit, alloc_exact)
{
    start();
    add_range((SIZE + OVERHEAD_BYTES) * 10);
    allocate_many(10);
    verify_pointers_not_overlapping();
}

TEST(unit, alloc_oom)
{
    start();
    add_range((SIZE + OVERHEAD_BYTES) * 10 - 1);
    allocate_many(9);
    expect_out_of_memory();
}

TEST(unit, alloc_no_oom_through_free)
{
    start();
    add_range(SIZE + OVERHEAD_BYTES);
    CHECK_EQ(bf_free(&heap, allocate(), SIZE), BF_OK);
    allocate();
}

TEST(unit, multi_range_alloc)
{
    start();
    add_ranges(10);
    allocate_many(10);
    verify_pointers_not_overlapping();
}

TEST(unit, multi_range_no_oom_through_free)
{
    start();
    add_ranges(10);
    void *pointer = allocate();

    allocate_many(9);
    CHECK_EQ(bf_free(&heap, pointer, SIZE), BF_OK);
    allocate_many(1);
    verify_pointers_not_overlapping();
}

TEST(unit, multi_range_oom)
{
    start();
    add_ranges(10);
    allocate_many(10);
    expect_out_of_memory();
    verify_pointers_not_overlapping();
}

TESTS_BEGIN
ENTRY(unit, allocate_one)
ENTRY(unit, alloc_alot)
ENTRY(unit, alloc_exact)
ENTRY(unit, alloc_oom)
ENTRY(unit, alloc_no_oom_through_free)
ENTRY(unit, multi_range_alloc)
ENTRY(unit, multi_range_no_oom_through_free)
ENTRY(unit, multi_range_oom)
TESTS_END
