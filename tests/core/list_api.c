/* SPDX-License-Identifier: MIT
 *
 * The contract in bestfit.h, line by line: every status of every function, in the order of
 * precedence, each failed call leaving heap and ranges as they were to the byte; and the rules of
 * placement, by example.
 */
#define SUITE "api"
#include "check.h"

#include "heap.h"

#define ADDRESS_MAX UINTPTR_MAX

static void start(void)
{
    heap_begin(0);
}

/* -- bf_init ------------------------------------------------------------------------------------
 */

TEST(init, a_null_heap_is_refused)
{
    CHECK_EQ(bf_init(NULL, 0), BF_INVALID_ARGUMENT);
}

TEST(init, makes_zeros_of_whatever_was_there)
{
    struct bf_heap zeros;

    memset(&zeros, 0, sizeof zeros);
    memset(&heap, 0xff, sizeof heap);
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    CHECK(memcmp(&heap, &zeros, sizeof heap) == 0);
}

TEST(init, a_heap_of_zeros_needs_no_init)
{
    arena_reset();
    memset(&heap, 0, sizeof heap);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    add_range(64);
    allocate(48);
    finish();
}

TEST(init, forgets_ranges_and_blocks)
{
    start();
    const struct arena *arena = add_range(64);

    allocate(48);
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    CHECK(allocate(48) == arena->begin + 16);
    finish();
}

/* -- bf_add_range -------------------------------------------------------------------------------
 */

TEST(add_range, a_null_heap_is_refused)
{
    start();
    const struct arena *arena = arena_take(64);

    CHECK_READS(bf_add_range(NULL, arena->begin, arena->end), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_add_range(NULL, arena->begin + 1, NULL), BF_INVALID_ARGUMENT);
}

TEST(add_range, a_begin_that_is_no_multiple_of_16_is_refused)
{
    start();
    const struct arena *arena = arena_take(128);

    for (size_t shift = 1; shift < 16; shift++) {
        CHECK_REFUSED(bf_add_range(&heap, arena->begin + shift, arena->end), BF_INVALID_ALIGN);
    }
    CHECK_EQ(bf_add_range(&heap, arena->begin + 16, arena->end), BF_OK);
    finish();
}

TEST(add_range, misalignment_is_told_before_anything_else)
{
    start();
    const struct arena *arena = add_range(64);

    CHECK_REFUSED(bf_add_range(&heap, arena->begin + 1, arena->begin), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin + 1, arena->begin + 1), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_add_range(&heap, at(1), arena->end), BF_INVALID_ALIGN);
}

TEST(add_range, the_null_address_is_refused)
{
    start();
    const struct arena *arena = arena_take(64);

    CHECK_REFUSED(bf_add_range(&heap, NULL, arena->end), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, NULL, NULL), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, NULL, at(ADDRESS_MAX)), BF_INVALID_ADDRESS);
}

TEST(add_range, an_end_below_the_begin_is_refused)
{
    start();
    const struct arena *arena = arena_take(64);

    CHECK_REFUSED(bf_add_range(&heap, arena->begin + 32, arena->begin), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->begin - 1), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin, NULL), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, at(ADDRESS_MAX - 15), NULL), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, at(ADDRESS_MAX - 15), at(15)), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_add_range(&heap, at(ADDRESS_MAX - 15), at(ADDRESS_MAX - 16)),
                  BF_INVALID_ADDRESS);
}

TEST(add_range, a_range_without_room_for_a_header_and_a_byte_is_refused)
{
    start();
    const struct arena *arena = arena_take(64);

    for (size_t length = 0; length < BF_RANGE_BYTES_MIN; length++) {
        CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->begin + length), BF_INVALID_SIZE);
    }
    CHECK_REFUSED(bf_add_range(&heap, at(ADDRESS_MAX - 15), at(ADDRESS_MAX)), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_add_range(&heap, at(16), at(32)), BF_INVALID_SIZE);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->begin + BF_RANGE_BYTES_MIN), BF_OK);
    CHECK(allocate(1) == arena->begin + 16);
    finish();
}

TEST(add_range, every_overlap_is_refused)
{
    start();
    const struct arena *arena = arena_take(480);
    unsigned char *begin = arena->begin + 160;
    unsigned char *end = arena->begin + 320;

    CHECK_EQ(bf_add_range(&heap, begin, end), BF_OK);
    CHECK_REFUSED(bf_add_range(&heap, begin, end), BF_OVERLAP);
    CHECK_REFUSED(bf_add_range(&heap, begin + 16, end - 16), BF_OVERLAP);
    CHECK_REFUSED(bf_add_range(&heap, begin - 16, end + 16), BF_OVERLAP);
    CHECK_REFUSED(bf_add_range(&heap, begin - 32, begin + 1), BF_OVERLAP);
    CHECK_REFUSED(bf_add_range(&heap, end - 16, end + 32), BF_OVERLAP);
    CHECK_REFUSED(bf_add_range(&heap, at(16), at(ADDRESS_MAX)), BF_OVERLAP);
    finish();
}

TEST(add_range, ranges_may_touch_and_are_not_joined)
{
    start();
    const struct arena *arena = arena_take(480);
    void *out = NULL;

    CHECK_EQ(bf_add_range(&heap, arena->begin + 160, arena->begin + 320), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->begin + 160), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin + 320, arena->end), BF_OK);
    CHECK_REFUSED(bf_malloc(&heap, 160, 1, &out), BF_OUT_OF_MEMORY);
    for (int i = 0; i < 3; i++) {
        memset(allocate(144), i, 144);
    }
    finish();
}

/* The heap as part of something larger, so that addresses before and behind it are ours. */
static struct {
    _Alignas(16) unsigned char front[64];
    struct bf_heap heap;
    _Alignas(16) unsigned char back[64];
} embedded;

TEST(add_range, a_range_with_a_byte_of_the_heap_itself_is_refused)
{
    unsigned char *first = (unsigned char *)&embedded.heap;
    unsigned char *last = first + sizeof embedded.heap - 1;
    unsigned char *first_unit = at((uintptr_t)first & ~(uintptr_t)15);
    unsigned char *last_unit = at((uintptr_t)last & ~(uintptr_t)15);

    memset(&embedded, 0, sizeof embedded);
    CHECK_EQ(bf_add_range(&embedded.heap, first_unit - 32, first + 1), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&embedded.heap, last_unit, last_unit + 48), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&embedded.heap, embedded.front, embedded.back + 64), BF_OVERLAP);
    CHECK_EQ(bf_add_range(&embedded.heap, embedded.front, first), BF_OK);
    CHECK_EQ(bf_add_range(&embedded.heap, embedded.back, embedded.back + 64), BF_OK);
    CHECK_EQ(bf_check(&embedded.heap, NULL), BF_OK);
}

TEST(add_range, as_many_as_the_limit_cost_no_byte_and_the_next_is_refused)
{
    start();
    void *out = NULL;

    for (int i = 0; i < BF_RANGES_MAX; i++) {
        add_range(144);
    }
    const struct arena *arena = arena_take(144);

    CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->end), BF_TOO_MANY_RANGES);
    CHECK_REFUSED(bf_add_range(&heap, arenas[0].begin, arenas[0].end), BF_OVERLAP);
    for (int i = 0; i < BF_RANGES_MAX; i++) {
        memset(allocate(128), i, 128);
    }
    CHECK_REFUSED(bf_malloc(&heap, 1, 1, &out), BF_OUT_OF_MEMORY);
    finish();
}

TEST(add_range, the_newest_range_is_at_the_head)
{
    start();
    const struct arena *first = add_range(144);
    const struct arena *second = add_range(144);
    const struct arena *third = add_range(144);

    CHECK(allocate(128) == first->begin + 16);
    CHECK(allocate(128) == second->begin + 16);
    CHECK(allocate(128) == third->begin + 16);
    finish();
}

/* -- bf_malloc ----------------------------------------------------------------------------------
 */

TEST(malloc, null_arguments_are_refused)
{
    start();
    add_range(64);
    void *out = &heap;

    CHECK_READS(bf_malloc(NULL, 1, 1, &out), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_malloc(&heap, 1, 1, NULL), BF_INVALID_ARGUMENT);
    CHECK_REFUSED(bf_malloc(&heap, 0, 3, NULL), BF_INVALID_ARGUMENT);
    CHECK(out == &heap);
}

TEST(malloc, alignments_are_the_powers_of_two_up_to_16)
{
    start();
    add_range(4096);
    for (size_t align = 0; align <= 4096; align++) {
        const bool is_valid = align == 1 || align == 2 || align == 4 || align == 8 || align == 16;
        void *out = &heap;

        if (is_valid) {
            CHECK_EQ(bf_malloc(&heap, 1, align, &out), BF_OK);
            CHECK_EQ((uintptr_t)out % 16, 0);
        } else {
            CHECK_REFUSED(bf_malloc(&heap, 1, align, &out), BF_INVALID_ALIGN);
            CHECK(out == &heap);
        }
    }
    void *out = &heap;

    CHECK_REFUSED(bf_malloc(&heap, 1, SIZE_MAX, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_malloc(&heap, 1, SIZE_MAX / 2 + 1, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_malloc(&heap, 0, 32, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_malloc(&heap, SIZE_MAX, 0, &out), BF_INVALID_ALIGN);
    CHECK(out == &heap);
    finish();
}

TEST(malloc, zero_size_is_refused)
{
    start();
    add_range(64);
    void *out = &heap;

    CHECK_REFUSED(bf_malloc(&heap, 0, 1, &out), BF_INVALID_SIZE);
    CHECK(out == &heap);
}

TEST(malloc, sizes_from_the_limit_on_are_refused)
{
    start();
    add_range(64);
    void *out = &heap;

    CHECK_REFUSED(bf_malloc(&heap, BF_SIZE_LIMIT, 1, &out), BF_INVALID_SIZE);
    CHECK_REFUSED(bf_malloc(&heap, SIZE_MAX, 1, &out), BF_INVALID_SIZE);
    for (size_t below = 1; below <= 64; below++) {
        CHECK_REFUSED(bf_malloc(&heap, BF_SIZE_LIMIT - below, 1, &out), BF_OUT_OF_MEMORY);
    }
    if (BF_SIZE_LIMIT < SIZE_MAX) {
        for (size_t below = 0; below <= 64; below++) {
            CHECK_REFUSED(bf_malloc(&heap, SIZE_MAX - below, 1, &out), BF_INVALID_SIZE);
        }
    }
    CHECK(out == &heap);
    finish();
}

TEST(malloc, a_heap_without_ranges_is_out_of_memory)
{
    start();
    void *out = &heap;

    CHECK_REFUSED(bf_malloc(&heap, 1, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(out == &heap);
}

TEST(malloc, one_byte_more_than_there_is_is_out_of_memory)
{
    for (size_t capacity = 1; capacity <= 80; capacity++) {
        void *out = &heap;

        start();
        add_range(16 + capacity);
        CHECK_REFUSED(bf_malloc(&heap, capacity + 1, 1, &out), BF_OUT_OF_MEMORY);
        CHECK(out == &heap);
        memset(allocate(capacity), 1, capacity);
        CHECK_REFUSED(bf_malloc(&heap, 1, 1, &out), BF_OUT_OF_MEMORY);
        finish();
    }
}

TEST(malloc, a_link_that_leads_astray_is_corruption)
{
    start();
    add_range(256);
    unsigned char *block = allocate(32);
    void *out = &heap;

    release(block, 32);
    memset(block - 16 + sizeof(uintptr_t), 0x40, sizeof(uintptr_t));
    CHECK_REFUSED(bf_malloc(&heap, 1, 1, &out), BF_CORRUPTED);
    CHECK(out == &heap);
}

/* -- placement ----------------------------------------------------------------------------------
 */

/* Free blocks of the given capacities, each in a range of its own; the last is at the head. */
static void add_holes(const size_t *capacities, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add_range(16 + capacities[i]);
    }
}

TEST(placement, the_smallest_block_that_fits_is_taken)
{
    static const size_t holes[] = {256, 64, 128, 48, 512};

    start();
    add_holes(holes, 5);
    CHECK(allocate(100) == arenas[2].begin + 16);
    CHECK(allocate(49) == arenas[1].begin + 16);
    CHECK(allocate(48) == arenas[3].begin + 16);
    CHECK(allocate(257) == arenas[4].begin + 16);
    finish();
}

TEST(placement, among_equals_the_deepest_is_taken)
{
    static const size_t holes[] = {64, 128, 64, 64, 128};

    start();
    add_holes(holes, 5);
    CHECK(allocate(64) == arenas[0].begin + 16);
    CHECK(allocate(64) == arenas[2].begin + 16);
    release(arenas[0].begin + 16, 64);
    CHECK(allocate(64) == arenas[3].begin + 16);
    CHECK(allocate(64) == arenas[0].begin + 16);
    CHECK(allocate(64) == arenas[1].begin + 16);
    finish();
}

/* 160 = 80 + 16 + 64: asking for 65 bytes leaves a third block of 64, wherever its parent was. */
static void check_remainder_place(const size_t *capacities, size_t parent, const size_t *order)
{
    start();
    add_holes(capacities, 3);
    CHECK(allocate(65) == arenas[parent].begin + 16);
    for (size_t i = 0; i < 3; i++) {
        CHECK(allocate(64) == arenas[order[i]].begin + 16 + (order[i] == parent ? 96 : 0));
    }
    finish();
}

TEST(placement, a_remainder_takes_the_place_of_its_parent)
{
    static const size_t at_the_end[] = {160, 64, 64};
    static const size_t in_the_middle[] = {64, 160, 64};
    static const size_t at_the_head[] = {64, 64, 160};
    static const size_t deepest_first[] = {0, 1, 2};

    check_remainder_place(at_the_end, 0, deepest_first);
    check_remainder_place(in_the_middle, 1, deepest_first);
    check_remainder_place(at_the_head, 2, deepest_first);
}

TEST(placement, a_block_taken_whole_leaves_the_list_at_any_place)
{
    static const size_t orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    static const size_t holes[] = {48, 96, 144};

    for (size_t i = 0; i < 6; i++) {
        start();
        add_holes(holes, 3);
        for (size_t k = 0; k < 3; k++) {
            const size_t taken = orders[i][k];

            CHECK(allocate(holes[taken]) == arenas[taken].begin + 16);
            finish();
        }
        CHECK_EQ(heap.free_block_count, 0);
    }
}

TEST(placement, an_exact_fit_is_not_split)
{
    start();
    const struct arena *arena = add_range(16 + 64);

    CHECK(allocate(64) == arena->begin + 16);
    CHECK_EQ(heap.free_block_count, 0);
    finish();
}

struct last_block {
    size_t block_count;
    struct bf_block_info block;
};

static bool keep_last(void *context, const struct bf_block_info *block)
{
    struct last_block *last = context;

    last->block_count++;
    last->block = *block;
    return true;
}

/* A request that rounds to 64, and a range with extra bytes more than that: up to 16 extra bytes
 * the block is handed out whole, from 17 on the rest becomes a block of 1 byte and more. */
TEST(placement, a_block_is_split_where_more_than_a_header_is_left)
{
    for (size_t extra = 0; extra <= 40; extra++) {
        for (size_t size = 49; size <= 64; size++) {
            struct last_block last = {0, {NULL, 0, 0, 0, false}};

            start();
            const struct arena *arena = add_range(16 + 64 + extra);
            unsigned char *pointer = allocate(size);

            CHECK_EQ(bf_walk(&heap, keep_last, &last), BF_OK);
            CHECK(pointer == arena->begin + 16);
            if (extra <= 16) {
                CHECK_EQ(last.block_count, 1);
                CHECK_EQ(last.block.capacity_bytes, 64 + extra);
                CHECK_EQ(last.block.request_bytes, size);
                CHECK(last.block.is_live);
            } else {
                CHECK_EQ(last.block_count, 2);
                CHECK_EQ(last.block.capacity_bytes, extra - 16);
                CHECK_EQ(last.block.request_bytes, 0);
                CHECK(!last.block.is_live);
            }
            finish();
            release(pointer, size);
            finish();
        }
    }
}

TEST(placement, a_ragged_tail_serves_what_it_holds_where_nothing_else_does)
{
    start();
    const struct arena *arena = add_range(16 + 30);
    void *out = NULL;

    CHECK_REFUSED(bf_malloc(&heap, 31, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(allocate(30) == arena->begin + 16);
    release(arena->begin + 16, 30);
    CHECK(allocate(17) == arena->begin + 16);
    release(arena->begin + 16, 17);
    finish();
}

TEST(placement, a_whole_block_is_preferred_to_a_ragged_tail_that_fits_closer)
{
    static const size_t holes[] = {30, 48, 31};

    start();
    add_holes(holes, 3);
    CHECK(allocate(30) == arenas[1].begin + 16);
    CHECK(allocate(30) == arenas[0].begin + 16);
    CHECK(allocate(30) == arenas[2].begin + 16);
    finish();
}

TEST(placement, among_ragged_tails_the_smallest_and_then_the_deepest_is_taken)
{
    static const size_t holes[] = {28, 27, 28, 27, 26};

    start();
    add_holes(holes, 5);
    CHECK(allocate(27) == arenas[1].begin + 16);
    CHECK(allocate(27) == arenas[3].begin + 16);
    CHECK(allocate(27) == arenas[0].begin + 16);
    CHECK(allocate(27) == arenas[2].begin + 16);
    CHECK(allocate(26) == arenas[4].begin + 16);
    finish();
}

TEST(placement, a_sliver_of_one_byte_is_a_block)
{
    start();
    const struct arena *arena = add_range(16 + 64 + 17);

    CHECK(allocate(64) == arena->begin + 16);
    CHECK(allocate(1) == arena->begin + 16 + 64 + 16);
    release(arena->begin + 16 + 64 + 16, 1);
    CHECK(allocate(1) == arena->begin + 16 + 64 + 16);
    finish();
}

TEST(placement, nothing_is_coalesced)
{
    start();
    const struct arena *arena = add_range(16 + 64 + 16 + 64);
    void *out = NULL;

    release(allocate(64), 64);
    CHECK_REFUSED(bf_malloc(&heap, 65, 1, &out), BF_OUT_OF_MEMORY);
    CHECK(allocate(64) == arena->begin + 16 + 64 + 16);
    finish();
}

/* -- bf_free ------------------------------------------------------------------------------------
 */

TEST(free, a_null_heap_is_refused)
{
    CHECK_EQ(bf_free(NULL, &heap, 1), BF_INVALID_ARGUMENT);
    CHECK_EQ(bf_free(NULL, NULL, 0), BF_INVALID_ARGUMENT);
}

TEST(free, a_pointer_that_is_no_payload_is_an_invalid_address)
{
    start();
    const struct arena *arena = add_range(128);

    allocate(32);
    CHECK_REFUSED(bf_free(&heap, NULL, 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, at(ADDRESS_MAX), 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, at(ADDRESS_MAX - 15), 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, at(16), 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, arena->begin, 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, arena->end, 32), BF_INVALID_ADDRESS);
    finish();
}

TEST(free, an_overwritten_header_is_corruption)
{
    start();
    unsigned char *block = (add_range(128), allocate(32));

    memset(block - 16, 0xff, sizeof(size_t));
    CHECK_REFUSED(bf_free(&heap, block, 32), BF_CORRUPTED);
    CHECK_REFUSED(bf_free(&heap, block, BF_ANY_SIZE), BF_CORRUPTED);
}

TEST(free, an_address_that_cannot_be_a_payload_is_told_before_corruption)
{
    start();
    const struct arena *arena = add_range(256);
    unsigned char *block = allocate(32);

    memset(arena->begin, 0xff, 16);
    for (size_t shift = 1; shift < 16; shift++) {
        CHECK_REFUSED(bf_free(&heap, block + shift, 32), BF_INVALID_ADDRESS);
    }
    CHECK_REFUSED(bf_free(&heap, arena->begin, 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, arena->end, 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, block + 16, 32), BF_CORRUPTED);
}

TEST(free, a_header_made_larger_than_all_live_blocks_is_corruption)
{
    start();
    unsigned char *block = (add_range(16 + 128), allocate(32));
    const size_t capacity = 128;

    memcpy(block - 16, &capacity, sizeof capacity);
    CHECK_REFUSED(bf_free(&heap, block, BF_ANY_SIZE), BF_CORRUPTED);
}

TEST(free, twice_is_a_double_free_whatever_the_size)
{
    start();
    unsigned char *block = (add_range(128), allocate(32));

    release(block, 32);
    CHECK_REFUSED(bf_free(&heap, block, 32), BF_DOUBLE_FREE);
    CHECK_REFUSED(bf_free(&heap, block, 31), BF_DOUBLE_FREE);
    CHECK_REFUSED(bf_free(&heap, block, BF_ANY_SIZE), BF_DOUBLE_FREE);
    finish();
}

TEST(free, another_size_than_asked_for_is_wrong)
{
    start();
    unsigned char *block = (add_range(128), allocate(30));

    CHECK_REFUSED(bf_free(&heap, block, 29), BF_WRONG_SIZE);
    CHECK_REFUSED(bf_free(&heap, block, 32), BF_WRONG_SIZE);
    CHECK_REFUSED(bf_free(&heap, block, 0), BF_WRONG_SIZE);
    release(block, 30);
    finish();
}

TEST(free, puts_the_block_at_the_head)
{
    static const size_t holes[] = {64, 64, 64};

    start();
    add_holes(holes, 3);
    release(allocate(64), 64); /* range 0 goes to the head */
    release(allocate(64), 64); /* so range 1 was the deepest */
    CHECK(allocate(64) == arenas[2].begin + 16);
    CHECK(allocate(64) == arenas[0].begin + 16);
    CHECK(allocate(64) == arenas[1].begin + 16);
    finish();
}

/* -- bf_walk, bf_stats, bf_check, bf_status_name
 * --------------------------------------------------- */

struct seen {
    struct bf_block_info blocks[8];
    size_t count;
    size_t count_wanted;
};

static bool see(void *context, const struct bf_block_info *block)
{
    struct seen *seen = context;

    if (seen->count < 8) {
        seen->blocks[seen->count] = *block;
    }
    seen->count++;
    return seen->count < seen->count_wanted;
}

static void check_block(const struct bf_block_info *block, const void *payload, size_t capacity,
                        size_t request, size_t range_index)
{
    CHECK(block->payload == payload);
    CHECK_EQ(block->capacity_bytes, capacity);
    CHECK_EQ(block->request_bytes, request);
    CHECK_EQ(block->range_index, range_index);
    CHECK_EQ(block->is_live, request != 0);
}

TEST(walk, shows_every_block_range_by_range_as_added)
{
    struct seen seen = {.count = 0, .count_wanted = 8};

    start();
    const struct arena *low = arena_take(100);
    const struct arena *high = add_range(128);

    CHECK_EQ(bf_add_range(&heap, low->begin, low->end), BF_OK);
    allocate(20);
    allocate(100);
    CHECK_READS(bf_walk(&heap, see, &seen), BF_OK);
    CHECK_EQ(seen.count, 3);
    check_block(&seen.blocks[0], high->begin + 16, 112, 100, 0);
    check_block(&seen.blocks[1], low->begin + 16, 32, 20, 1);
    check_block(&seen.blocks[2], low->begin + 64, 36, 0, 1);
}

TEST(walk, ends_where_the_visitor_says_so)
{
    struct seen seen = {.count = 0, .count_wanted = 1};

    start();
    add_range(128);
    add_range(128);
    allocate(32);
    CHECK_READS(bf_walk(&heap, see, &seen), BF_OK);
    CHECK_EQ(seen.count, 1);
}

TEST(walk, of_an_empty_heap_visits_nothing)
{
    struct seen seen = {.count = 0, .count_wanted = 8};

    start();
    CHECK_READS(bf_walk(&heap, see, &seen), BF_OK);
    CHECK_EQ(seen.count, 0);
}

TEST(walk, null_arguments_are_refused)
{
    struct seen seen = {.count = 0, .count_wanted = 8};

    start();
    CHECK_READS(bf_walk(&heap, NULL, &seen), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_walk(NULL, see, &seen), BF_INVALID_ARGUMENT);
    CHECK_EQ(seen.count, 0);
}

TEST(walk, visits_what_comes_before_a_damaged_header)
{
    struct seen seen = {.count = 0, .count_wanted = 8};

    start();
    add_range(256);
    allocate(32);
    unsigned char *second = allocate(32);

    memset(second - 16, 0, sizeof(size_t));
    CHECK_READS(bf_walk(&heap, see, &seen), BF_CORRUPTED);
    CHECK_EQ(seen.count, 1);
}

TEST(stats, count_what_there_is)
{
    struct bf_stats stats;
    void *out = NULL;

    start();
    CHECK_READS(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.range_count + stats.live_block_count + stats.live_bytes, 0);
    CHECK_EQ(stats.free_block_count + stats.free_bytes + stats.largest_free_bytes, 0);
    CHECK_EQ(stats.failed_call_count, 0);

    add_range(16 + 100);
    add_range(16 + 200);
    unsigned char *block = allocate(33);

    allocate(150);
    CHECK_REFUSED(bf_malloc(&heap, 500, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_REFUSED(bf_malloc(&heap, 500, 3, &out), BF_INVALID_ALIGN);
    CHECK_REFUSED(bf_free(&heap, block, 34), BF_WRONG_SIZE);
    CHECK_REFUSED(bf_add_range(&heap, NULL, NULL), BF_INVALID_ADDRESS);
    CHECK_READS(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.range_count, 2);
    CHECK_EQ(stats.live_block_count, 2);
    CHECK_EQ(stats.live_bytes, 183);
    CHECK_EQ(stats.free_block_count, 2);
    CHECK_EQ(stats.free_bytes, 36 + 24);
    CHECK_EQ(stats.largest_free_bytes, 36);
    CHECK_EQ(stats.failed_call_count, 4);

    release(block, 33);
    CHECK_READS(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.live_block_count, 1);
    CHECK_EQ(stats.live_bytes, 150);
    CHECK_EQ(stats.free_block_count, 3);
    CHECK_EQ(stats.free_bytes, 48 + 36 + 24);
    CHECK_EQ(stats.largest_free_bytes, 48);
}

TEST(stats, null_arguments_are_refused)
{
    struct bf_stats stats;

    start();
    CHECK_READS(bf_stats(&heap, NULL), BF_INVALID_ARGUMENT);
    CHECK_READS(bf_stats(NULL, &stats), BF_INVALID_ARGUMENT);
}

TEST(stats, of_a_damaged_list_are_not_given)
{
    struct bf_stats stats;
    struct bf_stats untouched;
    const uintptr_t astray = 64;

    memset(&stats, 0x11, sizeof stats);
    memset(&untouched, 0x11, sizeof untouched);
    start();
    const struct arena *arena = add_range(256);

    memcpy(arena->begin + sizeof(uintptr_t), &astray, sizeof astray);
    CHECK_READS(bf_stats(&heap, &stats), BF_CORRUPTED);
    CHECK(memcmp(&stats, &untouched, sizeof stats) == 0);
}

TEST(check, a_null_heap_is_refused)
{
    struct bf_fault fault;

    CHECK_EQ(bf_check(NULL, &fault), BF_INVALID_ARGUMENT);
    CHECK_EQ(bf_check(NULL, NULL), BF_INVALID_ARGUMENT);
}

TEST(check, a_sound_heap_leaves_the_fault_alone)
{
    struct bf_fault fault = {99, "untouched", &heap, 7, 8};

    start();
    CHECK_READS(bf_check(&heap, &fault), BF_OK);
    add_range(128);
    allocate(32);
    CHECK_READS(bf_check(&heap, &fault), BF_OK);
    CHECK_EQ(fault.invariant, 99);
    CHECK(strcmp(fault.reason, "untouched") == 0);
    CHECK(fault.block == &heap);
    CHECK_EQ(fault.range_index, 7);
    CHECK_EQ(fault.offset_bytes, 8);
}

TEST(check, a_moved_heap_is_as_good)
{
    static struct bf_heap moved;

    start();
    add_range(256);
    unsigned char *block = allocate(32);

    memcpy(&moved, &heap, sizeof heap);
    memset(&heap, 0xee, sizeof heap);
    CHECK_EQ(bf_free(&moved, block, 32), BF_OK);
    CHECK_EQ(bf_check(&moved, NULL), BF_OK);
}

TEST(status, every_one_has_a_name_of_its_own)
{
    for (int status = BF_OK; status <= BF_CORRUPTED; status++) {
        const char *name = bf_status_name((enum bf_status)status);

        CHECK(strcmp(name, "unknown status") != 0);
        for (int other = BF_OK; other < status; other++) {
            CHECK(strcmp(name, bf_status_name((enum bf_status)other)) != 0);
        }
    }
    CHECK(strcmp(bf_status_name(BF_OUT_OF_MEMORY), "out of memory") == 0);
    CHECK(strcmp(bf_status_name((enum bf_status)(BF_CORRUPTED + 1)), "unknown status") == 0);
}

TESTS_BEGIN
ENTRY(init, a_null_heap_is_refused)
ENTRY(init, makes_zeros_of_whatever_was_there)
ENTRY(init, a_heap_of_zeros_needs_no_init)
ENTRY(init, forgets_ranges_and_blocks)
ENTRY(add_range, a_null_heap_is_refused)
ENTRY(add_range, a_begin_that_is_no_multiple_of_16_is_refused)
ENTRY(add_range, misalignment_is_told_before_anything_else)
ENTRY(add_range, the_null_address_is_refused)
ENTRY(add_range, an_end_below_the_begin_is_refused)
ENTRY(add_range, a_range_without_room_for_a_header_and_a_byte_is_refused)
ENTRY(add_range, every_overlap_is_refused)
ENTRY(add_range, ranges_may_touch_and_are_not_joined)
ENTRY(add_range, a_range_with_a_byte_of_the_heap_itself_is_refused)
ENTRY(add_range, as_many_as_the_limit_cost_no_byte_and_the_next_is_refused)
ENTRY(add_range, the_newest_range_is_at_the_head)
ENTRY(malloc, null_arguments_are_refused)
ENTRY(malloc, alignments_are_the_powers_of_two_up_to_16)
ENTRY(malloc, zero_size_is_refused)
ENTRY(malloc, sizes_from_the_limit_on_are_refused)
ENTRY(malloc, a_heap_without_ranges_is_out_of_memory)
ENTRY(malloc, one_byte_more_than_there_is_is_out_of_memory)
ENTRY(malloc, a_link_that_leads_astray_is_corruption)
ENTRY(placement, the_smallest_block_that_fits_is_taken)
ENTRY(placement, among_equals_the_deepest_is_taken)
ENTRY(placement, a_remainder_takes_the_place_of_its_parent)
ENTRY(placement, a_block_taken_whole_leaves_the_list_at_any_place)
ENTRY(placement, an_exact_fit_is_not_split)
ENTRY(placement, a_block_is_split_where_more_than_a_header_is_left)
ENTRY(placement, a_ragged_tail_serves_what_it_holds_where_nothing_else_does)
ENTRY(placement, a_whole_block_is_preferred_to_a_ragged_tail_that_fits_closer)
ENTRY(placement, among_ragged_tails_the_smallest_and_then_the_deepest_is_taken)
ENTRY(placement, a_sliver_of_one_byte_is_a_block)
ENTRY(placement, nothing_is_coalesced)
ENTRY(free, a_null_heap_is_refused)
ENTRY(free, a_pointer_that_is_no_payload_is_an_invalid_address)
ENTRY(free, an_overwritten_header_is_corruption)
ENTRY(free, an_address_that_cannot_be_a_payload_is_told_before_corruption)
ENTRY(free, a_header_made_larger_than_all_live_blocks_is_corruption)
ENTRY(free, twice_is_a_double_free_whatever_the_size)
ENTRY(free, another_size_than_asked_for_is_wrong)
ENTRY(free, puts_the_block_at_the_head)
ENTRY(walk, shows_every_block_range_by_range_as_added)
ENTRY(walk, ends_where_the_visitor_says_so)
ENTRY(walk, of_an_empty_heap_visits_nothing)
ENTRY(walk, null_arguments_are_refused)
ENTRY(walk, visits_what_comes_before_a_damaged_header)
ENTRY(stats, count_what_there_is)
ENTRY(stats, null_arguments_are_refused)
ENTRY(stats, of_a_damaged_list_are_not_given)
ENTRY(check, a_null_heap_is_refused)
ENTRY(check, a_sound_heap_leaves_the_fault_alone)
ENTRY(check, a_moved_heap_is_as_good)
ENTRY(status, every_one_has_a_name_of_its_own)
TESTS_END
