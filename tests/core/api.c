/* SPDX-License-Identifier: MIT
 *
 * The contract in bestfit.h that holds for both indexes, line by line: every status of every
 * function, in the order of precedence, each failed call leaving heap and ranges as they were to
 * the byte. (list_api.c has what the list index adds, and its placement by example.)
 */
#define SUITE "api"
#include "check.h"

#include "heap.h"

#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
#define IS_HARDENED_TEST 1
#else
#define IS_HARDENED_TEST 0
#endif

static void start(void)
{
    heap_begin(42);
}

/* -- bf_init --------------------------------------------------------------------------------- */

TEST(init, a_null_heap_is_refused)
{
    CHECK_EQ(bf_init(NULL, 0), BF_INVALID_ARGUMENT);
}

TEST(init, makes_zeros_of_whatever_was_there)
{
    static struct bf_heap zeros;

    memset(&heap, 0xff, sizeof heap);
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    CHECK(memcmp(&heap, &zeros, sizeof heap) == 0);
}

TEST(init, the_key_does_not_change_the_placement)
{
    for (uintptr_t key = 0; key < 20; key++) {
        arena_reset();
        CHECK_EQ(bf_init(&heap, key * 0x12345u), BF_OK);
        const struct arena *arena = add_range(500);
        unsigned char *first = allocate(40);
        unsigned char *second = allocate(40);

        CHECK(first == arena->begin + 16);
        release(first, 40);
        release(second, 40);
        CHECK(allocate(30) >= arena->begin + 16);
        finish();
    }
}

/* -- bf_add_range, bf_remove_range ----------------------------------------------------------- */

TEST(add_range, lengths_below_the_least_are_refused)
{
    start();
    const struct arena *arena = arena_take(128);

    for (size_t length = 0; length < BF_RANGE_BYTES_MIN; length++) {
        CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->begin + length), BF_INVALID_SIZE);
    }
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->begin + BF_RANGE_BYTES_MIN), BF_OK);
    CHECK(allocate(BF_RANGE_BYTES_MIN - 16) == arena->begin + 16);
    finish();
}

TEST(add_range, lengths_above_the_largest_are_refused)
{
    if (BF_RANGE_BYTES_MAX < SIZE_MAX) {
        start();
        CHECK_REFUSED(bf_add_range(&heap, at(16), at(17 + BF_RANGE_BYTES_MAX)), BF_INVALID_SIZE);
        CHECK_REFUSED(bf_add_range(&heap, at(16), at(UINTPTR_MAX)), BF_INVALID_SIZE);
    }
}

TEST(add_range, the_order_of_precedence_is_that_of_the_contract)
{
    start();
    const struct arena *arena = add_range(128);

    CHECK_READS(bf_add_range(NULL, arena->begin + 1, NULL), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin + 1, arena->begin), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_add_range(&heap, NULL, arena->end), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin + 16, arena->begin), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->begin + 16), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->end), BF_OVERLAP);
    for (int i = 1; i < BF_RANGES_MAX; i++) {
        add_range(64);
    }
    CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->end), BF_OVERLAP);
    const struct arena *one_more = arena_take(64);

    CHECK_REFUSED(bf_add_range(&heap, one_more->begin, one_more->end), BF_TOO_MANY_RANGES);
    finish();
}

/* A heap in the middle of the memory that it is given. */
TEST(add_range, that_shares_a_byte_with_the_heap_is_refused)
{
    static struct {
        _Alignas(16) unsigned char before[256];
        _Alignas(16) struct bf_heap heap;
        _Alignas(16) unsigned char after[256];
    } all;
    const uintptr_t begin = (uintptr_t)&all.heap;
    const uintptr_t end = begin + sizeof all.heap;
    const uintptr_t behind = (end + 15) & ~(uintptr_t)15;

    CHECK_EQ(bf_init(&all.heap, 3), BF_OK);
    CHECK_EQ(bf_add_range(&all.heap, all.before, all.after + 256), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&all.heap, all.before, (unsigned char *)&all.heap + 1), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&all.heap, &all.heap, all.after), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&all.heap, (unsigned char *)&all.heap + 16, all.after + 256), BF_OVERLAP);
    if (behind > end) {
        CHECK_EQ(bf_add_range(&all.heap, (unsigned char *)&all.heap + (behind - 16 - begin),
                              all.after + 256),
                 BF_OVERLAP);
    }
    CHECK_EQ(bf_add_range(&all.heap, all.before, &all.heap), BF_OK);
    CHECK_EQ(
        bf_add_range(&all.heap, (unsigned char *)&all.heap + (behind - begin), all.after + 256),
        BF_OK);
    CHECK_EQ(bf_check(&all.heap, NULL), BF_OK);
}

TEST(add_range, just_below_and_just_above_another_is_taken)
{
    start();
    const struct arena *arena = arena_take(192);

    CHECK_EQ(bf_add_range(&heap, arena->begin + 64, arena->begin + 128), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->begin + 65), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->begin + 64), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin + 112, arena->end), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&heap, arena->begin + 128, arena->end), BF_OK);
    finish();
}

TEST(remove_range, of_what_is_no_range_is_refused)
{
    start();
    const struct arena *arena = add_range(128);

    CHECK_READS(bf_remove_range(NULL, arena->begin), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_remove_range(&heap, NULL), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_remove_range(&heap, arena->begin + 16), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_remove_range(&heap, arena->end), BF_INVALID_ADDRESS);
    finish();
}

TEST(remove_range, with_a_live_block_is_refused)
{
    start();
    const struct arena *arena = add_range(256);
    unsigned char *first = allocate(40);
    unsigned char *second = allocate(40);

    CHECK_REFUSED(bf_remove_range(&heap, arena->begin), BF_RANGE_IN_USE);
    release(first, 40);
    CHECK_REFUSED(bf_remove_range(&heap, arena->begin), BF_RANGE_IN_USE);
    release(second, 40);
    CHECK_EQ(bf_remove_range(&heap, arena->begin), BF_OK);
    finish();
}

TEST(remove_range, takes_all_of_it_and_nothing_else)
{
    start();
    void *out = NULL;

    for (int i = 0; i < 3; i++) {
        add_range(144);
    }
    release(allocate(40), 40);
    CHECK_EQ(bf_remove_range(&heap, arenas[1].begin), BF_OK);
    finish();
    CHECK(!bf_owns(&heap, arenas[1].begin + 16));
    memset(arenas[1].begin, 0x77, 144);
    for (int i = 0; i < 2; i++) {
        const unsigned char *block = allocate(40);

        CHECK(block < arenas[1].begin || block >= arenas[1].end);
    }
    CHECK_EQ(heap.range_count, 2);
    CHECK_EQ(heap.ranges[1].begin, (uintptr_t)arenas[2].begin);
    CHECK_REFUSED(bf_malloc(&heap, 129, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_EQ(bf_add_range(&heap, arenas[1].begin, arenas[1].end), BF_OK);
    finish();
}

/* -- bf_malloc ------------------------------------------------------------------------------- */

TEST(malloc, the_order_of_precedence_is_that_of_the_contract)
{
    start();
    void *out = &heap;

    CHECK_READS(bf_malloc(NULL, 0, 3, NULL), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_malloc(&heap, 0, 3, NULL), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_malloc(&heap, 0, 3, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_malloc(&heap, 0, 0, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_malloc(&heap, 0, 16, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_malloc(&heap, BF_SIZE_LIMIT, 16, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_malloc(&heap, SIZE_MAX, 16, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_malloc(&heap, BF_SIZE_LIMIT - 1, 16, &out), BF_OUT_OF_MEMORY);
    CHECK_REFUSED(bf_malloc(&heap, 1, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(out == &heap);
}

TEST(malloc, every_alignment_is_a_power_of_two_up_to_the_largest)
{
    start();
    add_range(20000);
    for (size_t align = 0; align <= 4096; align++) {
        const bool is_power = align != 0 && (align & (align - 1)) == 0;
        void *out = NULL;

        if (is_power && align <= BF_ALIGN_MAX) {
            CHECK_EQ(bf_malloc(&heap, 1, align, &out), BF_OK);
            CHECK_EQ((uintptr_t)out % align, 0);
            CHECK_EQ((uintptr_t)out % 16, 0);
        } else {
            CHECK_EQ(bf_malloc(&heap, 1, align, &out), BF_INVALID_ALIGN);
        }
    }
    for (size_t align = 8192; align != 0; align *= 2) {
        void *out = &heap;

        if (align > BF_ALIGN_MAX) {
            CHECK_REFUSED(bf_malloc(&heap, 1, align, &out), BF_INVALID_ALIGN);
        } else if (align > 20000) {
            CHECK_REFUSED(bf_malloc(&heap, 1, align, &out), BF_OUT_OF_MEMORY);
            CHECK_REFUSED(bf_malloc(&heap, BF_SIZE_LIMIT - 1, align, &out), BF_OUT_OF_MEMORY);
        }
    }
    finish();
}

#ifndef BF_INDEX_LIST
TEST(malloc, an_aligned_request_leaks_nothing)
{
    for (size_t align = 32; align <= 1024; align *= 2) {
        start();
        const struct arena *arena = add_range(8000);
        void *blocks[6];

        for (int i = 0; i < 6; i++) {
            CHECK_EQ(bf_malloc(&heap, 100, align, &blocks[i]), BF_OK);
            CHECK_EQ((uintptr_t)blocks[i] % align, 0);
        }
        for (int i = 0; i < 6; i++) {
            release(blocks[i], 100);
        }
        CHECK_EQ(heap.free_block_count, 1);
        CHECK(allocate(8000 - 16) == arena->begin + 16);
        finish();
    }
}

/* The guarantee for alignments above 16, to the byte. */
TEST(malloc, an_aligned_request_is_served_where_its_size_and_align_less_16_fit)
{
    for (size_t align = 32; align <= 256; align *= 2) {
        for (size_t size = 1; size <= 120; size++) {
            for (size_t shift = 0; shift < align; shift += 16) {
                const size_t room = (size + align - 8 + 15) / 16 * 16; /* as stride */
                const size_t stride = room < 32 ? 32 : room;
                void *out = NULL;

                start();
                struct arena *arena = arena_take(2 * align + stride + 64);
                unsigned char *begin = arena->begin + shift;

                CHECK_EQ(bf_add_range(&heap, begin, begin + 8 + stride), BF_OK);
                CHECK_EQ(bf_malloc(&heap, size, align, &out), BF_OK);
                CHECK_EQ((uintptr_t)out % align, 0);
                CHECK((unsigned char *)out + size <= begin + 8 + stride);
                finish();
                release(out, size);
                CHECK_EQ(heap.free_block_count, 1);
                finish();
            }
        }
    }
}
#endif

/* -- bf_calloc ------------------------------------------------------------------------------- */

TEST(calloc, gives_zeros)
{
    start();
    const struct arena *arena = add_range(1024);
    void *out = NULL;

    memset(allocate(600), 0xff, 600);
    release(arena->begin + 16, 600);
    for (size_t size = 1; size < 40; size++) {
        CHECK_EQ(bf_calloc(&heap, 3, size, 1, &out), BF_OK);
        for (size_t i = 0; i < 3 * size; i++) {
            CHECK_EQ(((unsigned char *)out)[i], 0);
        }
        memset(out, 0xff, 3 * size);
        release(out, 3 * size);
    }
    finish();
}

TEST(calloc, a_product_that_cannot_be_represented_is_an_invalid_size)
{
    start();
    add_range(256);
    void *out = &heap;
    const size_t half = (size_t)1 << (4 * sizeof(size_t));

    CHECK_READS(bf_calloc(NULL, 1, 1, 1, &out), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_calloc(&heap, 1, 1, 1, NULL), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_calloc(&heap, 0, 0, 3, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_calloc(&heap, 0, 5, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, 5, 0, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, half, half, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, half + 1, half - 1 + 2, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, SIZE_MAX, 2, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, 2, SIZE_MAX / 2 + 2, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, 3, SIZE_MAX / 3 + 1, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_calloc(&heap, 1000, 1000, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(out == &heap);
    finish();
}

/* -- bf_realloc ------------------------------------------------------------------------------ */

TEST(realloc, the_order_of_precedence_is_that_of_the_contract)
{
    start();
    add_range(256);
    unsigned char *block = allocate(40);
    void *out = &heap;

    CHECK_READS(bf_realloc(NULL, block, 40, 50, 1, &out), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_realloc(&heap, block, 41, 0, 3, NULL), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_realloc(&heap, block, 41, 0, 3, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_realloc(&heap, block, 41, 0, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_realloc(&heap, block, 41, BF_SIZE_LIMIT, 1, &out), BF_INVALID_SIZE);
    if (IS_HARDENED_TEST) {
        CHECK_REFUSED(bf_realloc(&heap, block + 1, 41, 5000, 1, &out), BF_INVALID_ADDRESS);
        CHECK_REFUSED(bf_realloc(&heap, block, 41, 5000, 1, &out), BF_WRONG_SIZE);
    }
    CHECK_REFUSED(bf_realloc(&heap, block, 40, 5000, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(out == &heap);
    finish();
}

/* Where rounding up would wrap around on 32 bits. */
TEST(realloc, to_the_largest_sizes_is_refused)
{
    start();
    add_range(2048);
    void *blocks[3] = {allocate(1), NULL, allocate(100)};

    allocate(1);
    /* As small a block as there is, with bitmap: what was left behind a gap. */
    CHECK_EQ(bf_malloc(&heap, 1, BF_ALIGN_MAX < 64 ? 16 : 64, &blocks[1]), BF_OK);
    for (size_t size = BF_SIZE_LIMIT - 1; size > BF_SIZE_LIMIT - 100; size--) {
        void *out = &heap;

        CHECK_REFUSED(bf_malloc(&heap, size, 1, &out), BF_OUT_OF_MEMORY);
        for (int i = 0; i < 3; i++) {
            CHECK_REFUSED(bf_realloc(&heap, blocks[i], BF_ANY_SIZE, size, 1, &out),
                          BF_OUT_OF_MEMORY);
        }
        CHECK(out == &heap);
    }
    finish();
}

TEST(realloc, of_null_is_malloc)
{
    start();
    const struct arena *arena = add_range(256);
    void *out = NULL;

    CHECK_REFUSED(bf_realloc(&heap, NULL, 7, 0, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_realloc(&heap, NULL, 7, 5000, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_EQ(bf_realloc(&heap, NULL, 7, 50, 1, &out), BF_OK);
    CHECK(out == arena->begin + 16);
    release(out, 50);
    finish();
}

TEST(realloc, keeps_the_content_and_the_alignment)
{
    for (size_t old_size = 1; old_size <= 130; old_size += 3) {
        for (size_t size = 1; size <= 130; size++) {
            start();
            add_range(900);
            unsigned char *block = allocate(old_size);
            void *out = NULL;

            if (size % 2 == 0) {
                allocate(1); /* so that it cannot grow in place */
            }
            for (size_t i = 0; i < old_size; i++) {
                block[i] = (unsigned char)(i * 3 + 1);
            }
            CHECK_EQ(bf_realloc(&heap, block, old_size, size, 16, &out), BF_OK);
            CHECK_EQ((uintptr_t)out % 16, 0);
            for (size_t i = 0; i < old_size && i < size; i++) {
                CHECK_EQ(((unsigned char *)out)[i], (unsigned char)(i * 3 + 1));
            }
            memset(out, 1, size);
            finish();
            release(out, size);
            finish();
        }
    }
}

TEST(realloc, that_fails_leaves_the_old_block_alone)
{
    start();
    add_range(512);
    unsigned char *block = allocate(100);
    void *out = NULL;

    memset(block, 0x31, 100);
    CHECK_REFUSED(bf_realloc(&heap, block, 100, 4000, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(out == NULL);
    release(block, 100);
    finish();
}

#ifndef BF_INDEX_LIST
TEST(realloc, grows_into_the_free_block_behind)
{
    start();
    add_range(1024);
    unsigned char *block = allocate(40);
    void *out = NULL;

    CHECK_EQ(bf_realloc(&heap, block, 40, 500, 1, &out), BF_OK);
    CHECK(out == block);
    CHECK_EQ(bf_realloc(&heap, block, 500, 1024 - 16, 1, &out), BF_OK);
    CHECK(out == block);
    CHECK_EQ(heap.free_block_count, 0);
    CHECK_EQ(bf_realloc(&heap, block, BF_ANY_SIZE, 1, 1, &out), BF_OK);
    CHECK(out == block);
    CHECK_EQ(heap.free_block_count, 1);
    finish();
}

TEST(realloc, to_a_larger_alignment_moves_only_where_it_must)
{
    start();
    add_range(4096);
    void *block = NULL;
    void *out = NULL;

    CHECK_EQ(bf_malloc(&heap, 100, 256, &block), BF_OK);
    CHECK_EQ(bf_realloc(&heap, block, 100, 150, 256, &out), BF_OK);
    CHECK(out == block);
    CHECK_EQ(bf_realloc(&heap, out, 150, 150, 1024, &out), BF_OK);
    CHECK_EQ((uintptr_t)out % 1024, 0);
    release(out, 150);
    CHECK_EQ(heap.free_block_count, 1);
    finish();
}

TEST(free, merges_both_neighbours_but_not_across_ranges)
{
    start();
    const struct arena *arena = arena_take(320);
    unsigned char *blocks[4];

    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->begin + 160), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin + 160, arena->end), BF_OK);
    for (int i = 0; i < 4; i++) {
        blocks[i] = allocate(64);
    }
    for (int i = 0; i < 4; i++) {
        release(blocks[i], 64);
        finish();
    }
    CHECK_EQ(heap.free_block_count, 2);
    void *out = NULL;

    CHECK_REFUSED(bf_malloc(&heap, 145, 1, &out), BF_OUT_OF_MEMORY);
    allocate(144);
    allocate(144);
    finish();
}

TEST(malloc, ties_go_to_the_block_freed_most_recently)
{
    start();
    add_range(2048);
    unsigned char *blocks[4];

    for (int i = 0; i < 4; i++) {
        blocks[i] = allocate(40);
        allocate(1);
    }
    static const int order[] = {2, 0, 3, 1};

    for (int i = 0; i < 4; i++) {
        release(blocks[order[i]], 40);
    }
    for (int i = 3; i >= 0; i--) {
        CHECK(allocate(40) == blocks[order[i]]);
    }
    finish();
}
#endif

/* -- questions ------------------------------------------------------------------------------- */

TEST(usable_size, is_the_capacity)
{
    start();
    add_range(256);
    unsigned char *block = allocate(30);
    size_t usable = 99;

    CHECK_READS(bf_usable_size(NULL, block, &usable), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_usable_size(&heap, block, NULL), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_usable_size(&heap, NULL, &usable), BF_INVALID_ADDRESS);
    if (IS_HARDENED_TEST) {
        CHECK_READS(bf_usable_size(&heap, block + 8, &usable), BF_INVALID_ADDRESS);
        CHECK_READS(bf_usable_size(&heap, &heap, &usable), BF_INVALID_ADDRESS);
    }
    CHECK_EQ(usable, 99);
    CHECK_READS(bf_usable_size(&heap, block, &usable), BF_OK);
    CHECK_EQ(usable, BF_HEADER_BYTES == 8 ? 40 : 32);
    memset(block, 0xff, usable);
    finish();
    release(block, 30);
    if (IS_HARDENED_TEST) {
        CHECK_READS(bf_usable_size(&heap, block, &usable), BF_DOUBLE_FREE);
    }
    finish();
}

TEST(owns, what_lies_in_a_range)
{
    start();
    const struct arena *arena = add_range(130);

    CHECK(!bf_owns(NULL, arena->begin));
    CHECK(!bf_owns(&heap, NULL));
    CHECK(!bf_owns(&heap, &heap));
    CHECK(!bf_owns(&heap, arena->begin - 1));
    CHECK(bf_owns(&heap, arena->begin));
    CHECK(bf_owns(&heap, arena->end - 1));
    CHECK(!bf_owns(&heap, arena->end));
}

struct seen {
    size_t count;
    struct bf_block_info blocks[4];
};

static bool see(void *context, const struct bf_block_info *block)
{
    struct seen *seen = context;

    if (seen->count < 4) {
        seen->blocks[seen->count] = *block;
    }
    return ++seen->count != 3;
}

TEST(walk, says_of_each_block_where_it_is_and_ends_when_told)
{
    struct seen seen = {0};

    start();
    const struct arena *first = add_range(208);
    void *live = allocate(100);
    const struct arena *second = add_range(320);

    CHECK_EQ(bf_walk(&heap, see, &seen), BF_OK);
    CHECK_EQ(seen.count, 3);
    CHECK(seen.blocks[0].payload == live);
    CHECK(seen.blocks[0].is_live);
    CHECK_EQ(seen.blocks[0].request_bytes, 100);
    CHECK_EQ(seen.blocks[0].range_index, 0);
    CHECK(!seen.blocks[1].is_live);
    CHECK_EQ(seen.blocks[1].request_bytes, 0);
    CHECK_EQ(seen.blocks[1].range_index, 0);
    CHECK_EQ((uintptr_t)seen.blocks[1].payload + seen.blocks[1].capacity_bytes,
             (uintptr_t)first->end);
    CHECK(seen.blocks[2].payload == second->begin + 16);
    CHECK_EQ(seen.blocks[2].capacity_bytes, 320 - 16);
    CHECK_EQ(seen.blocks[2].range_index, 1);
    add_range(64);
    seen.count = 0;
    CHECK_EQ(bf_walk(&heap, see, &seen), BF_OK);
    CHECK_EQ(seen.count, 3); /* not the fourth */
    finish();
}

TEST(stats, fill_every_field)
{
    struct bf_stats none;
    struct bf_stats ones;

    start();
    memset(&none, 0, sizeof none);
    memset(&ones, 0xff, sizeof ones);
    CHECK_READS(bf_stats(&heap, &none), BF_OK);
    CHECK_READS(bf_stats(&heap, &ones), BF_OK);
    CHECK(memcmp(&none, &ones, sizeof none) == 0);
    finish();
}

TEST(stats, count_failures_by_status_and_know_the_peak)
{
    struct bf_stats stats;
    void *out = NULL;

    start();
    CHECK_READS(bf_stats(&heap, NULL), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_stats(NULL, &stats), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.fragmentation_permille + stats.largest_free_bytes, 0);

    add_range(400);
    unsigned char *first = allocate(100);
    unsigned char *second = allocate(50);

    allocate(1);
    release(first, 100);
    release(second, 50);
    allocate(20);
    CHECK_REFUSED(bf_malloc(&heap, 500, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_REFUSED(bf_malloc(&heap, 500, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_REFUSED(bf_malloc(&heap, 500, 3, &out), BF_INVALID_ALIGN);
    CHECK_READS(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.range_count, 1);
    CHECK_EQ(stats.live_block_count, 2);
    CHECK_EQ(stats.live_bytes, 21);
    CHECK_EQ(stats.peak_live_bytes, 151);
    CHECK_EQ(stats.failed_call_count, 3);
    CHECK_EQ(stats.failed_counts[BF_OUT_OF_MEMORY], 2);
    CHECK_EQ(stats.failed_counts[BF_INVALID_ALIGN], 1);
    CHECK_EQ(stats.failed_counts[BF_OK], 0);
    CHECK(stats.largest_free_bytes < stats.free_bytes);
    CHECK_EQ(stats.fragmentation_permille,
             1000 * (stats.free_bytes - stats.largest_free_bytes) / stats.free_bytes);
    finish();
}

TEST(status, every_one_has_a_name_of_its_own)
{
    for (size_t status = 0; status < BF_STATUS_COUNT; status++) {
        const char *name = bf_status_name((enum bf_status)status);

        CHECK(strcmp(name, "unknown status") != 0);
        for (size_t other = 0; other < status; other++) {
            CHECK(strcmp(name, bf_status_name((enum bf_status)other)) != 0);
        }
    }
    CHECK(strcmp(bf_status_name((enum bf_status)BF_STATUS_COUNT), "unknown status") == 0);
}

TESTS_BEGIN
ENTRY(init, a_null_heap_is_refused)
ENTRY(init, makes_zeros_of_whatever_was_there)
ENTRY(init, the_key_does_not_change_the_placement)
ENTRY(add_range, lengths_below_the_least_are_refused)
ENTRY(add_range, lengths_above_the_largest_are_refused)
ENTRY(add_range, the_order_of_precedence_is_that_of_the_contract)
ENTRY(add_range, that_shares_a_byte_with_the_heap_is_refused)
ENTRY(add_range, just_below_and_just_above_another_is_taken)
ENTRY(remove_range, of_what_is_no_range_is_refused)
ENTRY(remove_range, with_a_live_block_is_refused)
ENTRY(remove_range, takes_all_of_it_and_nothing_else)
ENTRY(malloc, the_order_of_precedence_is_that_of_the_contract)
ENTRY(malloc, every_alignment_is_a_power_of_two_up_to_the_largest)
#ifndef BF_INDEX_LIST
ENTRY(malloc, an_aligned_request_leaks_nothing)
ENTRY(malloc, an_aligned_request_is_served_where_its_size_and_align_less_16_fit)
ENTRY(malloc, ties_go_to_the_block_freed_most_recently)
ENTRY(realloc, grows_into_the_free_block_behind)
ENTRY(realloc, to_a_larger_alignment_moves_only_where_it_must)
ENTRY(free, merges_both_neighbours_but_not_across_ranges)
#endif
ENTRY(calloc, gives_zeros)
ENTRY(calloc, a_product_that_cannot_be_represented_is_an_invalid_size)
ENTRY(realloc, the_order_of_precedence_is_that_of_the_contract)
ENTRY(realloc, to_the_largest_sizes_is_refused)
ENTRY(realloc, of_null_is_malloc)
ENTRY(realloc, keeps_the_content_and_the_alignment)
ENTRY(realloc, that_fails_leaves_the_old_block_alone)
ENTRY(usable_size, is_the_capacity)
ENTRY(owns, what_lies_in_a_range)
ENTRY(walk, says_of_each_block_where_it_is_and_ends_when_told)
ENTRY(stats, fill_every_field)
ENTRY(stats, count_failures_by_status_and_know_the_peak)
ENTRY(status, every_one_has_a_name_of_its_own)
TESTS_END
