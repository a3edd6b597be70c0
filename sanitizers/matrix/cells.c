/* SPDX-License-Identifier: MIT
 *
 * The cells: every class of memory error in every position that has a meaning. Each is one tiny
 * program, with its twin in the same lines: touch(wrong, right). A row of the table at the end is
 * run once for each access, and once more for each as the twin.
 *
 * Sizes: 20 leaves slack in front of the next header with either index (4 bytes, 12 with list);
 * FULL_SIZE leaves none.
 */
#include "stage.h"

#define WHOLE STAGE_BYTES
#define READS ACCESS_READ
#define TOUCH ((unsigned)ACCESS_READ | (unsigned)ACCESS_WRITE)
#define FREES ACCESS_FREE

/* -- heap overflow ----------------------------------------------------------------------------- */

static void one_past(size_t size)
{
    stage_begin(WHOLE);
    unsigned char *p = block(size);
    block(20);
    touch(p + size, p + size - 1);
}

#define ONE_PAST(size)                                                                             \
    static void one_past_##size(void)                                                              \
    {                                                                                              \
        one_past(size);                                                                            \
    }
ONE_PAST(1)
ONE_PAST(2)
ONE_PAST(3)
ONE_PAST(4)
ONE_PAST(5)
ONE_PAST(6)
ONE_PAST(7)
ONE_PAST(8)
ONE_PAST(9)
ONE_PAST(15)
ONE_PAST(16)
ONE_PAST(17)
ONE_PAST(23)
ONE_PAST(24)
ONE_PAST(25)
ONE_PAST(32)
ONE_PAST(33)
ONE_PAST(1000)

static void last_of_granule(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    touch(p + 23, p + 19);
}

static void first_of_next_granule(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    touch(p + 24, p + 19);
}

static void overflow_far(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    touch(p + 20 + 500, p + 19);
}

static void overflow_far_live(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    unsigned char *next = block(20);
    touch(next + 3, p + 19);
}

static void overflow_zero_distance(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(FULL_SIZE);
    expect_same(block(FULL_SIZE), p + FULL_SIZE + BF_HEADER_BYTES);
    touch(p + FULL_SIZE, p + FULL_SIZE - 1);
}

static void overflow_zero_distance_free(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(FULL_SIZE);
    touch(p + FULL_SIZE, p + FULL_SIZE - 1);
}

/* Two ranges that touch, and a block that takes all of the first. */
static void overflow_touching_ranges(void)
{
    stage_begin(256);
    stage_add(stage_memory + 256, 128);
    const size_t size = 256 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(size);
    expect_same(p, stage_memory + BF_FIRST_PAYLOAD);
    touch(p + size, p + size - 1);
}

static void overflow_split(void)
{
    stage_begin(WHOLE);
    unsigned char *large = block(200);
    block(20);
    drop(large, 200);
    unsigned char *p = block(20);
    expect_same(p, large);
    touch(p + 20, p + 19);
}

/* Into what was split off and handed out. */
static void overflow_split_rest(void)
{
    stage_begin(WHOLE);
    unsigned char *large = block(200);
    block(20);
    drop(large, 200);
    unsigned char *p = block(FULL_SIZE);
    block(20);
    expect_same(p, large);
    touch(p + FULL_SIZE, p + FULL_SIZE - 1);
}

static void overflow_resized_within(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(17);
    block(20);
    resize(p, 17, 22);
    p[17] = p[18] = p[19] = p[20] = p[21] = 1;
    touch(p + 22, p + 21);
}

static void overflow_shrunk(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    block(20);
    resize(p, 40, 20);
    touch(p + 20, p + 19);
}

static void overflow_shrunk_old_end(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    block(20);
    resize(p, 40, 20);
    touch(p + 39, p + 19);
}

/* By less than a granule: the end stays in it. */
static void overflow_shrunk_in_granule(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(23);
    block(20);
    resize(p, 23, 18);
    touch(p + 18, p + 17);
}

static void overflow_moved(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    p = move(p, 20, 100);
    p[99] = 1;
    touch(p + 100, p + 99);
}

static void overflow_reused(void)
{
    stage_begin(WHOLE);
    unsigned char *old = block(40);
    block(20);
    drop(old, 40);
    unsigned char *p = block(20);
    expect_same(p, old);
    touch(p + 20, p + 19);
}

/* What was slack the first time is the caller's the second; behind it is not. */
static void overflow_reused_larger(void)
{
    stage_begin(WHOLE);
    unsigned char *old = block(17);
    block(20);
    drop(old, 17);
    unsigned char *p = block(22);
    expect_same(p, old);
    touch(p + 22, p + 21);
}

static void overflow_zeroed(void)
{
    stage_begin(WHOLE);
    unsigned char *p = zeroed(21);
    touch(p + 21, p + 20);
}

static void overflow_other_range(void)
{
    stage_begin(64);
    stage_add(stage_more, 1024);
    unsigned char *p = block(300);
    touch(p + 300, p + 299);
}

/* The last block of a range that ends at 3 more than a multiple of 8: a byte of its slack in front
 * of that multiple. */
static void overflow_ragged_in_front(void)
{
    stage_begin(256 + 3);
    const size_t capacity = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(capacity - 5);
    touch(p + capacity - 5, p + capacity - 6);
}

/* And behind it. */
static void overflow_ragged_tail(void)
{
    stage_begin(256 + 3);
    const size_t capacity = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(capacity - 1);
    touch(p + capacity - 1, p + capacity - 2);
}

static void overflow_by_span(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(FULL_SIZE);
    block(20);
    touch_span(p, FULL_SIZE + 1, FULL_SIZE);
}

static void overflow_by_span_into_slack(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(21);
    block(20);
    touch_span(p, 22, 21);
}

/* A word of which the first half is the caller's. */
static void overflow_by_word(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    touch_wide(p + 16, 4, p + 8);
}

static void overflow_by_word_behind(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(FULL_SIZE);
    block(20);
    touch_wide(p + FULL_SIZE, 0, p + FULL_SIZE - 8);
}

#ifndef BF_INDEX_LIST
static void overflow_coalesced(void)
{
    stage_begin(WHOLE);
    unsigned char *one = block(20);
    unsigned char *other = block(20);
    block(20);
    drop(one, 20);
    drop(other, 20);
    unsigned char *p = block(50);
    expect_same(p, one);
    touch(p + 50, p + 49);
}

static void overflow_grown(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    resize(p, 20, 61);
    p[60] = 1;
    touch(p + 61, p + 60);
}

static void overflow_cut_off(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(200);
    resize(p, 200, 20);
    touch(p + 199, p + 19);
}

static void overflow_aligned(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = aligned_block(30, 256);
    touch(p + 30, p + 29);
}
#endif

/* -- underflow --------------------------------------------------------------------------------- */

static void one_before(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(20);
    touch(p - 1, p);
}

static void eight_before(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(20);
    touch(p - 8, p);
}

static void one_before_first_block(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    touch(p - 1, p);
}

/* The first byte of the range. */
static void begin_of_range(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    touch(p - BF_FIRST_PAYLOAD, p);
}

static void one_before_header(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(20);
    touch(p - BF_HEADER_BYTES - 1, p);
}

static void underflow_zero_distance(void)
{
    stage_begin(WHOLE);
    unsigned char *front = block(FULL_SIZE);
    unsigned char *p = block(20);
    expect_same(p, front + FULL_SIZE + BF_HEADER_BYTES);
    touch(p - BF_HEADER_BYTES, p);
}

static void underflow_live(void)
{
    stage_begin(WHOLE);
    block(FULL_SIZE);
    unsigned char *p = block(20);
    touch(p - BF_HEADER_BYTES - 1, p);
}

static void underflow_far(void)
{
    stage_begin(WHOLE);
    unsigned char *front = block(200);
    unsigned char *p = block(20);
    drop(front, 200);
    touch(p - 100, p);
}

static void underflow_split(void)
{
    stage_begin(WHOLE);
    unsigned char *large = block(200);
    block(20);
    drop(large, 200);
    block(20);
    unsigned char *p = block(20);
    touch(p - 1, p);
}

static void underflow_resized(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    block(20);
    resize(p, 40, 22);
    touch(p - 1, p);
}

static void underflow_moved(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    p = move(p, 20, 100);
    touch(p - 1, p);
}

static void underflow_reused(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    block(20);
    drop(p, 40);
    expect_same(block(20), p);
    touch(p - 1, p);
}

#ifndef BF_INDEX_LIST
static void underflow_coalesced(void)
{
    stage_begin(WHOLE);
    unsigned char *front = block(20);
    unsigned char *p = block(20);
    block(20);
    drop(front, 20);
    touch(p - 1, p);
}

static void underflow_aligned(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = aligned_block(20, 256);
    touch(p - 9, p);
}
#endif

/* -- use after free ---------------------------------------------------------------------------- */

/* A block between two that stay. */
static void freed_at(size_t offset)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    touch(p + offset, behind + offset);
}

static void freed_first(void)
{
    freed_at(0);
}

static void freed_granule_end(void)
{
    freed_at(7);
}

static void freed_granule_begin(void)
{
    freed_at(8);
}

static void freed_middle(void)
{
    freed_at(20);
}

static void freed_last(void)
{
    freed_at(39);
}

/* Sizes that are no multiple of a granule: its last byte. */
static void freed_last_of(size_t size)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(size);
    unsigned char *behind = block(size);
    drop(p, size);
    touch(p + size - 1, behind + size - 1);
}

static void freed_last_of_1(void)
{
    freed_last_of(1);
}

static void freed_last_of_13(void)
{
    freed_last_of(13);
}

static void freed_last_of_1001(void)
{
    freed_last_of(1001);
}

static void freed_far(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(600);
    unsigned char *behind = block(600);
    drop(p, 600);
    touch(p + 300, behind + 300);
}

static void freed_moved_first(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    unsigned char *moved = move(p, 20, 100);
    touch(p, moved);
}

static void freed_moved_last(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    unsigned char *moved = move(p, 20, 100);
    touch(p + 19, moved + 19);
}

/* Somebody else's by now. */
static void freed_reused(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    expect_same(block(40), p);
    touch(p + 20, behind + 20);
}

/* The part that the new owner did not ask for. */
static void freed_reused_smaller(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    expect_same(block(20), p);
    touch(p + 39, behind + 39);
}

/* The part that was split off when it was reused. */
static void freed_reused_split(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(400);
    unsigned char *behind = block(400);
    drop(p, 400);
    expect_same(block(20), p);
    touch(p + 200, behind + 200);
}

static void freed_other_range(void)
{
    stage_begin(64);
    stage_add(stage_more, 1024);
    unsigned char *p = block(300);
    unsigned char *behind = block(300);
    drop(p, 300);
    touch(p + 7, behind + 7);
}

/* The last block of a range that ends at 3 more than a multiple of 8. */
static void freed_ragged_in_front(void)
{
    stage_begin(256 + 3);
    const size_t size = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(size);
    stage_add(stage_more, 256 + 3);
    unsigned char *other = block(size);
    drop(p, size);
    touch(p + size - 4, other + size - 4);
}

static void freed_ragged_tail(void)
{
    stage_begin(256 + 3);
    const size_t size = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(size);
    stage_add(stage_more, 256 + 3);
    unsigned char *other = block(size);
    drop(p, size);
    touch(p + size - 1, other + size - 1);
}

#ifndef BF_INDEX_LIST
/* Merged with what is free in front, behind, on both sides. */
static void freed_coalesced(bool with_front, bool with_behind, size_t offset)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *front = block(40);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    unsigned char *wall = block(40);
    if (with_front) {
        drop(front, 40);
    }
    if (with_behind) {
        drop(behind, 40);
    }
    drop(p, 40);
    touch(p + offset, wall + offset);
}

static void freed_coalesced_front_first(void)
{
    freed_coalesced(true, false, 0);
}

static void freed_coalesced_front_last(void)
{
    freed_coalesced(true, false, 39);
}

static void freed_coalesced_behind_first(void)
{
    freed_coalesced(false, true, 0);
}

static void freed_coalesced_behind_last(void)
{
    freed_coalesced(false, true, 39);
}

static void freed_coalesced_both_first(void)
{
    freed_coalesced(true, true, 0);
}

static void freed_coalesced_both_last(void)
{
    freed_coalesced(true, true, 39);
}

static void freed_into_the_rest(void)
{
    stage_begin(WHOLE);
    unsigned char *other = block(40);
    unsigned char *p = block(40);
    drop(p, 40);
    touch(p + 20, other + 20);
}

static void freed_aligned(void)
{
    stage_begin(WHOLE);
    unsigned char *other = block(40);
    unsigned char *p = aligned_block(40, 256);
    drop(p, 40);
    touch(p + 20, other + 20);
}
#endif

/* -- double free ------------------------------------------------------------------------------- */

static void twice(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    give_back(p, 40, behind, 40);
}

static void twice_any_size(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, BF_ANY_SIZE);
    give_back(p, BF_ANY_SIZE, behind, BF_ANY_SIZE);
}

static void twice_last_block(void)
{
    stage_begin(WHOLE);
    unsigned char *other = block(40);
    unsigned char *p = block(40);
    drop(p, 40);
    give_back(p, 40, other, 40);
}

static void twice_between(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    unsigned char *other = block(40);
    unsigned char *third = block(40);
    block(40);
    drop(p, 40);
    drop(other, 40);
    give_back(p, 40, third, 40);
}

static void twice_moved(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    unsigned char *moved = move(p, 20, 100);
    give_back(p, 20, moved, 100);
}

static void twice_reused(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    expect_same(block(40), p);
    give_back(p, 40, behind, 40);
}

/* Somebody else's by now, who asked for less: the size tells. */
static void twice_reused_smaller(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    expect_same(block(20), p);
    give_back(p, 40, behind, 40);
}

static void twice_other_range(void)
{
    stage_begin(64);
    stage_add(stage_more, 1024);
    unsigned char *p = block(300);
    unsigned char *behind = block(300);
    drop(p, 300);
    give_back(p, 300, behind, 300);
}

static void twice_ragged(void)
{
    stage_begin(256 + 3);
    const size_t size = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(size);
    stage_add(stage_more, 256 + 3);
    unsigned char *other = block(size);
    drop(p, size);
    give_back(p, size, other, size);
}

#ifndef BF_INDEX_LIST
static void twice_coalesced(bool with_front, bool with_behind)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *front = block(40);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    unsigned char *wall = block(40);
    drop(p, 40);
    if (with_front) {
        drop(front, 40);
    }
    if (with_behind) {
        drop(behind, 40);
    }
    give_back(p, 40, wall, 40);
}

static void twice_coalesced_front(void)
{
    twice_coalesced(true, false);
}

static void twice_coalesced_behind(void)
{
    twice_coalesced(false, true);
}

static void twice_coalesced_both(void)
{
    twice_coalesced(true, true);
}

/* In the middle of somebody else's larger block, who has not written there. */
static void twice_coalesced_reused(void)
{
    stage_begin(WHOLE);
    unsigned char *front = block(40);
    unsigned char *p = block(40);
    unsigned char *wall = block(40);
    block(20);
    drop(p, 40);
    drop(front, 40);
    expect_same(fresh(80), front);
    give_back(p, 40, wall, 40);
}

static void twice_aligned(void)
{
    stage_begin(WHOLE);
    unsigned char *other = block(40);
    unsigned char *p = aligned_block(40, 256);
    block(20);
    drop(p, 40);
    give_back(p, 40, other, 40);
}
#endif

/* -- free of what is no payload ---------------------------------------------------------------- */

static void free_at(size_t offset)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    block(20);
    give_back(p + offset, BF_ANY_SIZE, p, 100);
}

#define FREE_AT(offset)                                                                            \
    static void free_at_##offset(void)                                                             \
    {                                                                                              \
        free_at(offset);                                                                           \
    }
FREE_AT(1)
FREE_AT(4)
FREE_AT(7)
FREE_AT(8)
FREE_AT(16)
FREE_AT(32)
FREE_AT(96)
FREE_AT(99)

static void free_one_before(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    block(20);
    give_back(p - 1, 100, p, 100);
}

static void free_header(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(100);
    give_back(p - BF_HEADER_BYTES, 100, p, 100);
}

static void free_one_past(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    block(20);
    give_back(p + 100, 100, p, 100);
}

/* In a block that has been reused, what was the payload of an old one that was merged. */
static void free_interior_with_size(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    block(20);
    give_back(p + 16, 84, p, 100);
}

static void free_interior_grown(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(17);
    block(20);
    resize(p, 17, 22);
    give_back(p + 16, BF_ANY_SIZE, p, 22);
}

static void free_interior_reused(void)
{
    stage_begin(WHOLE);
    unsigned char *old = block(100);
    block(20);
    drop(old, 100);
    unsigned char *p = block(100);
    expect_same(p, old);
    give_back(p + 16, BF_ANY_SIZE, p, 100);
}

static void free_range_begin(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(100);
    give_back(stage_memory, BF_ANY_SIZE, p, 100);
}

static void free_range_end(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    give_back(stage_memory + WHOLE, BF_ANY_SIZE, p, 100);
}

static void free_never_handed_out(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    give_back(p + 1024, BF_ANY_SIZE, p, 100);
}

static void free_static(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    give_back(stage_more + 64, BF_ANY_SIZE, p, 100);
}

static void free_removed_range(void)
{
    stage_begin(64);
    stage_add(stage_more, 1024);
    unsigned char *p = block(300);
    unsigned char *other = block(20);
    drop(p, 300);
    stage_remove(stage_more);
    give_back(p, 300, other, 20);
}

static void free_malloced(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    unsigned char *foreign = stage_foreign(100);
    give_back(foreign, BF_ANY_SIZE, p, 100);
}

static void free_other_heap(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(100);
    give_back(stage_other_heap_block(100), 100, p, 100);
}

static void free_stack(void)
{
    _Alignas(16) unsigned char local[128] = {0};

    stage_begin(WHOLE);
    unsigned char *p = block(100);
    give_back(local + 64, BF_ANY_SIZE, p, 100);
}

static void free_stack_misaligned(void)
{
    _Alignas(16) unsigned char local[128] = {0};

    stage_begin(WHOLE);
    unsigned char *p = block(100);
    give_back(local + 65, 100, p, 100);
}

/* -- mismatched size --------------------------------------------------------------------------- */

static void free_with(size_t size)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    give_back(p, size, p, 20);
}

static void size_less(void)
{
    free_with(19);
}

static void size_more(void)
{
    free_with(21);
}

static void size_of_capacity(void)
{
    free_with(capacity_of(20));
}

static void size_zero(void)
{
    free_with(0);
}

static void size_huge(void)
{
    free_with(SIZE_MAX / 2);
}

static void size_before_growth(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(17);
    block(20);
    resize(p, 17, 22);
    give_back(p, 17, p, 22);
}

static void size_before_shrinking(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    block(20);
    resize(p, 40, 20);
    give_back(p, 40, p, 20);
}

static void size_before_move(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    p = move(p, 20, 100);
    give_back(p, 20, p, 100);
}

static void size_before_reuse(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(24);
    block(20);
    drop(p, 24);
    expect_same(block(20), p);
    give_back(p, 24, p, 20);
}

static void size_of_last_block(void)
{
    stage_begin(256 + 3);
    const size_t size = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(size);
    give_back(p, size - 1, p, size);
}

static void size_in_realloc(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    give_resized(p, 21, 20, 100);
}

/* -- uninitialised read ------------------------------------------------------------------------ */

/* The twin writes first. */
static void read_unwritten(unsigned char *at)
{
    if (stage_is_twin) {
        *at = 1;
    }
    touch(at, at);
}

static void fresh_at(size_t offset)
{
    stage_begin(WHOLE);
    unsigned char *p = fresh(40);
    block(20);
    read_unwritten(p + offset);
}

static void fresh_first(void)
{
    fresh_at(0);
}

static void fresh_granule_end(void)
{
    fresh_at(7);
}

static void fresh_granule_begin(void)
{
    fresh_at(8);
}

static void fresh_middle(void)
{
    fresh_at(20);
}

static void fresh_last(void)
{
    fresh_at(39);
}

static void fresh_reused_at(size_t offset)
{
    stage_begin(WHOLE);
    unsigned char *old = block(40);
    block(20);
    drop(old, 40);
    unsigned char *p = fresh(40);
    expect_same(p, old);
    read_unwritten(p + offset);
}

/* Where the index had its links. */
static void fresh_reused_first(void)
{
    fresh_reused_at(0);
}

static void fresh_reused_middle(void)
{
    fresh_reused_at(20);
}

static void fresh_reused_last(void)
{
    fresh_reused_at(39);
}

static void fresh_split(void)
{
    stage_begin(WHOLE);
    unsigned char *large = block(200);
    block(20);
    drop(large, 200);
    unsigned char *p = fresh(40);
    expect_same(p, large);
    read_unwritten(p + 39);
}

static void fresh_resized(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(17);
    block(20);
    resize(p, 17, 22);
    touch(p + 17, p + 16);
}

static void fresh_resized_last(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(17);
    block(20);
    resize(p, 17, 22);
    touch(p + 21, p + 16);
}

/* Shrunk, and grown again: the old bytes do not come back. */
static void fresh_shrunk_and_grown(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(22);
    block(20);
    resize(p, 22, 17);
    resize(p, 17, 22);
    touch(p + 17, p + 16);
}

static void fresh_moved(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    p = move(p, 20, 100);
    touch(p + 20, p + 19);
}

static void fresh_moved_last(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    p = move(p, 20, 100);
    touch(p + 99, p + 19);
}

/* Copied as it was. */
static void fresh_copied(void)
{
    stage_begin(WHOLE);
    unsigned char *p = fresh(20);
    p[3] = 1;
    block(20);
    p = move(p, 20, 100);
    touch(p + 4, p + 3);
}

static void fresh_beside_zeroed(void)
{
    stage_begin(WHOLE);
    unsigned char *p = fresh(20);
    unsigned char *zeros = zeroed(20);
    touch(p + 19, zeros + 19);
}

#ifndef BF_INDEX_LIST
/* Where there was a header. */
static void fresh_coalesced(void)
{
    stage_begin(WHOLE);
    unsigned char *one = block(40);
    unsigned char *other = block(40);
    block(20);
    drop(one, 40);
    drop(other, 40);
    unsigned char *p = fresh(80);
    expect_same(p, one);
    read_unwritten(p + 40);
}

static void fresh_grown(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    resize(p, 20, 61);
    touch(p + 20, p + 19);
}

static void fresh_grown_last(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    resize(p, 20, 61);
    touch(p + 60, p + 19);
}
#endif

/* -- slack ------------------------------------------------------------------------------------- */

static void slack_first(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    touch(p + 20, p + 19);
}

static void slack_last(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    block(20);
    touch(p + capacity_of(20) - 1, p + 19);
}

static void slack_granule_begin(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(1);
    block(20);
    touch(p + 8, p);
}

static void slack_last_of_one(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(1);
    block(20);
    touch(p + capacity_of(1) - 1, p);
}

/* What was too little to be split off. */
static void slack_unsplit(void)
{
    stage_begin(WHOLE);
    unsigned char *old = block(40);
    block(20);
    drop(old, 40);
    unsigned char *p = block(capacity_of(40) - 16);
    expect_same(p, old);
    touch(p + capacity_of(40) - 1, p + capacity_of(40) - 17);
}

static void slack_shrunk(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    block(20);
    resize(p, 40, 20);
    touch(p + 30, p + 19);
}

static void slack_zero_distance(void)
{
    stage_begin(WHOLE);
    const size_t capacity = capacity_of(20);
    unsigned char *p = block(capacity - 1);
    expect_same(block(20), p + capacity + BF_HEADER_BYTES);
    touch(p + capacity - 1, p + capacity - 2);
}

static void slack_ragged_in_front(void)
{
    stage_begin(256 + 3);
    const size_t capacity = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(capacity - 8);
    touch(p + capacity - 4, p + capacity - 9);
}

static void slack_ragged_tail(void)
{
    stage_begin(256 + 3);
    const size_t capacity = 256 + 3 - BF_FIRST_PAYLOAD;
    unsigned char *p = block(capacity - 8);
    touch(p + capacity - 1, p + capacity - 9);
}

/* -- header ------------------------------------------------------------------------------------ */

static void header_first(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(20);
    touch(p - BF_HEADER_BYTES, p);
}

static void header_last(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(20);
    touch(p - 1, p);
}

static void header_middle(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(20);
    touch(p - 5, p);
}

static void header_next_first(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    unsigned char *next = block(20);
    touch(next - BF_HEADER_BYTES, p + 19);
}

static void header_next_last(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    unsigned char *next = block(20);
    touch(next - 1, p + 19);
}

static void header_of_free(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    touch(p - 1, behind);
}

static void header_of_rest(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(20);
    touch(p + capacity_of(20), p + 19);
}

static void header_after_reuse(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    block(20);
    drop(p, 40);
    expect_same(block(40), p);
    touch(p - 1, p);
}

static void header_after_resize(void)
{
    stage_begin(WHOLE);
    block(20);
    unsigned char *p = block(40);
    block(20);
    resize(p, 40, 20);
    touch(p - 1, p);
}

#ifndef BF_INDEX_LIST
/* Where a header was before two blocks were merged. */
static void header_merged(void)
{
    stage_begin(WHOLE);
    unsigned char *one = block(40);
    unsigned char *other = block(40);
    unsigned char *wall = block(40);
    drop(one, 40);
    drop(other, 40);
    touch(other - 1, wall);
}

/* Of a block that lies in one that has merged in front of it. */
static void header_behind_merged(void)
{
    stage_begin(WHOLE);
    unsigned char *one = block(40);
    unsigned char *other = block(40);
    unsigned char *wall = block(40);
    drop(one, 40);
    drop(other, 40);
    touch(wall - BF_HEADER_BYTES, wall);
}

static void footer_of_free(void)
{
    stage_begin(WHOLE);
    unsigned char *p = block(40);
    unsigned char *behind = block(40);
    drop(p, 40);
    touch(behind - BF_HEADER_BYTES - 1, behind);
}
#endif

/* -- use after remove_range -------------------------------------------------------------------- */

/* The twin has not removed it, nor freed the block. */
static void removed_at(size_t offset)
{
    stage_begin(64);
    stage_add(stage_more, 1024);
    unsigned char *p = block(300);
    if (!stage_is_twin) {
        drop(p, 300);
        stage_remove(stage_more);
    }
    touch(p + offset, p + offset);
}

static void removed_first(void)
{
    removed_at(0);
}

static void removed_middle(void)
{
    removed_at(150);
}

static void removed_last(void)
{
    removed_at(299);
}

/* A range behind it stays, and is as it was. */
static void removed_other_stays(void)
{
    stage_begin(256);
    stage_add(stage_memory + 256, 128);
    unsigned char *other = block(256 - BF_FIRST_PAYLOAD);
    unsigned char *p = block(100);
    drop(other, 256 - BF_FIRST_PAYLOAD);
    stage_remove(stage_memory);
    touch(p + 100, p + 99);
}

/* -- the table --------------------------------------------------------------------------------- */

#define QUICK true
#define FULL  false

const struct cell stage_cells[] = {
    {"heap-overflow", TOUCH, "one-past/size-1", one_past_1, QUICK},
    {"heap-overflow", TOUCH, "one-past/size-2", one_past_2, FULL},
    {"heap-overflow", TOUCH, "one-past/size-3", one_past_3, FULL},
    {"heap-overflow", TOUCH, "one-past/size-4", one_past_4, FULL},
    {"heap-overflow", TOUCH, "one-past/size-5", one_past_5, FULL},
    {"heap-overflow", TOUCH, "one-past/size-6", one_past_6, FULL},
    {"heap-overflow", TOUCH, "one-past/size-7", one_past_7, QUICK},
    {"heap-overflow", TOUCH, "one-past/size-8", one_past_8, QUICK},
    {"heap-overflow", TOUCH, "one-past/size-9", one_past_9, FULL},
    {"heap-overflow", TOUCH, "one-past/size-15", one_past_15, FULL},
    {"heap-overflow", TOUCH, "one-past/size-16", one_past_16, FULL},
    {"heap-overflow", TOUCH, "one-past/size-17", one_past_17, FULL},
    {"heap-overflow", TOUCH, "one-past/size-23", one_past_23, FULL},
    {"heap-overflow", TOUCH, "one-past/size-24", one_past_24, FULL},
    {"heap-overflow", TOUCH, "one-past/size-25", one_past_25, FULL},
    {"heap-overflow", TOUCH, "one-past/size-32", one_past_32, FULL},
    {"heap-overflow", TOUCH, "one-past/size-33", one_past_33, FULL},
    {"heap-overflow", TOUCH, "one-past/size-1000", one_past_1000, FULL},
    {"heap-overflow", TOUCH, "last-byte-of-the-granule", last_of_granule, FULL},
    {"heap-overflow", TOUCH, "first-byte-of-the-next-granule", first_of_next_granule, FULL},
    {"heap-overflow", TOUCH, "far", overflow_far, QUICK},
    {"heap-overflow", TOUCH, "far/in-a-live-block", overflow_far_live, QUICK},
    {"heap-overflow", TOUCH, "one-past/zero-distance", overflow_zero_distance, QUICK},
    {"heap-overflow", TOUCH, "one-past/zero-distance-to-free", overflow_zero_distance_free, FULL},
    {"heap-overflow", TOUCH, "first-byte-of-a-touching-range", overflow_touching_ranges, FULL},
    {"heap-overflow", TOUCH, "one-past/after-split", overflow_split, QUICK},
    {"heap-overflow", TOUCH, "across-a-split", overflow_split_rest, FULL},
    {"heap-overflow", TOUCH, "one-past/after-realloc-grown-in-place", overflow_resized_within,
     QUICK},
    {"heap-overflow", TOUCH, "one-past/after-realloc-shrunk-in-place", overflow_shrunk, QUICK},
    {"heap-overflow", TOUCH, "old-last-byte/after-realloc-shrunk-in-place", overflow_shrunk_old_end,
     FULL},
    {"heap-overflow", TOUCH, "one-past/after-realloc-shrunk-within-granule",
     overflow_shrunk_in_granule, FULL},
    {"heap-overflow", TOUCH, "one-past/after-realloc-moved", overflow_moved, FULL},
    {"heap-overflow", TOUCH, "one-past/after-reuse-by-smaller", overflow_reused, QUICK},
    {"heap-overflow", TOUCH, "one-past/after-reuse-by-larger", overflow_reused_larger, FULL},
    {"heap-overflow", TOUCH, "one-past/calloc", overflow_zeroed, FULL},
    {"heap-overflow", TOUCH, "one-past/by-memset-memcpy", overflow_by_span_into_slack, FULL},
    {"heap-overflow", TOUCH, "one-past/by-memset-memcpy-zero-distance", overflow_by_span, QUICK},
    {"heap-overflow", TOUCH, "across-the-end/word", overflow_by_word, QUICK},
    {"heap-overflow", TOUCH, "one-past/word", overflow_by_word_behind, FULL},
    {"heap-overflow", TOUCH, "one-past/second-range", overflow_other_range, FULL},
    {"heap-overflow", TOUCH, "one-past/ragged-range-in-front-of-its-tail", overflow_ragged_in_front,
     FULL},
    {"heap-overflow", TOUCH, "one-past/ragged-range-in-its-tail", overflow_ragged_tail, QUICK},
#ifndef BF_INDEX_LIST
    {"heap-overflow", TOUCH, "one-past/after-coalesce", overflow_coalesced, QUICK},
    {"heap-overflow", TOUCH, "one-past/after-realloc-grown-into-the-next", overflow_grown, FULL},
    {"heap-overflow", TOUCH, "old-last-byte/after-realloc-cut-off", overflow_cut_off, FULL},
    {"heap-overflow", TOUCH, "one-past/aligned-to-256", overflow_aligned, FULL},
#endif

    {"underflow", TOUCH, "one-before", one_before, QUICK},
    {"underflow", TOUCH, "eight-before", eight_before, FULL},
    {"underflow", TOUCH, "one-before/first-block", one_before_first_block, FULL},
    {"underflow", TOUCH, "first-byte-of-the-range", begin_of_range, FULL},
    {"underflow", TOUCH, "one-before-the-header", one_before_header, FULL},
    {"underflow", TOUCH, "first-byte-of-the-header/zero-distance", underflow_zero_distance, FULL},
    {"underflow", TOUCH, "far/in-a-live-block", underflow_live, FULL},
    {"underflow", TOUCH, "far", underflow_far, QUICK},
    {"underflow", TOUCH, "one-before/after-split", underflow_split, FULL},
    {"underflow", TOUCH, "one-before/after-realloc-shrunk-in-place", underflow_resized, FULL},
    {"underflow", TOUCH, "one-before/after-realloc-moved", underflow_moved, FULL},
    {"underflow", TOUCH, "one-before/after-reuse", underflow_reused, FULL},
#ifndef BF_INDEX_LIST
    {"underflow", TOUCH, "one-before/after-coalesce-in-front", underflow_coalesced, FULL},
    {"underflow", TOUCH, "nine-before/aligned-to-256", underflow_aligned, FULL},
#endif

    {"use-after-free", TOUCH, "first-byte", freed_first, QUICK},
    {"use-after-free", TOUCH, "last-byte-of-the-first-granule", freed_granule_end, FULL},
    {"use-after-free", TOUCH, "first-byte-of-the-second-granule", freed_granule_begin, FULL},
    {"use-after-free", TOUCH, "middle", freed_middle, QUICK},
    {"use-after-free", TOUCH, "last-byte", freed_last, QUICK},
    {"use-after-free", TOUCH, "last-byte/size-1", freed_last_of_1, FULL},
    {"use-after-free", TOUCH, "last-byte/size-13", freed_last_of_13, FULL},
    {"use-after-free", TOUCH, "last-byte/size-1001", freed_last_of_1001, FULL},
    {"use-after-free", TOUCH, "far", freed_far, FULL},
    {"use-after-free", TOUCH, "first-byte/after-realloc-moved", freed_moved_first, QUICK},
    {"use-after-free", TOUCH, "last-byte/after-realloc-moved", freed_moved_last, FULL},
    {"use-after-free", TOUCH, "middle/after-reuse", freed_reused, QUICK},
    {"use-after-free", TOUCH, "last-byte/after-reuse-by-smaller", freed_reused_smaller, FULL},
    {"use-after-free", TOUCH, "middle/after-reuse-across-a-split", freed_reused_split, FULL},
    {"use-after-free", TOUCH, "granule-edge/second-range", freed_other_range, FULL},
    {"use-after-free", TOUCH, "last-but-three/ragged-range-in-front-of-its-tail",
     freed_ragged_in_front, FULL},
    {"use-after-free", TOUCH, "last-byte/ragged-range-in-its-tail", freed_ragged_tail, QUICK},
#ifndef BF_INDEX_LIST
    {"use-after-free", TOUCH, "first-byte/after-coalesce-in-front", freed_coalesced_front_first,
     FULL},
    {"use-after-free", TOUCH, "last-byte/after-coalesce-in-front", freed_coalesced_front_last,
     FULL},
    {"use-after-free", TOUCH, "first-byte/after-coalesce-behind", freed_coalesced_behind_first,
     FULL},
    {"use-after-free", TOUCH, "last-byte/after-coalesce-behind", freed_coalesced_behind_last, FULL},
    {"use-after-free", TOUCH, "first-byte/after-coalesce-on-both-sides", freed_coalesced_both_first,
     QUICK},
    {"use-after-free", TOUCH, "last-byte/after-coalesce-on-both-sides", freed_coalesced_both_last,
     FULL},
    {"use-after-free", TOUCH, "middle/after-coalesce-with-the-rest", freed_into_the_rest, FULL},
    {"use-after-free", TOUCH, "middle/aligned-to-256", freed_aligned, FULL},
#endif

    {"double-free", FREES, "first-byte", twice, QUICK},
    {"double-free", FREES, "first-byte/size-unknown", twice_any_size, FULL},
    {"double-free", FREES, "first-byte/last-block", twice_last_block, FULL},
    {"double-free", FREES, "first-byte/after-another-free", twice_between, FULL},
    {"double-free", FREES, "first-byte/after-realloc-moved", twice_moved, QUICK},
    {"double-free", FREES, "first-byte/after-reuse", twice_reused, QUICK},
    {"double-free", FREES, "first-byte/after-reuse-by-smaller", twice_reused_smaller, FULL},
    {"double-free", FREES, "first-byte/second-range", twice_other_range, FULL},
    {"double-free", FREES, "first-byte/ragged-range", twice_ragged, FULL},
#ifndef BF_INDEX_LIST
    {"double-free", FREES, "first-byte/after-coalesce-in-front", twice_coalesced_front, FULL},
    {"double-free", FREES, "first-byte/after-coalesce-behind", twice_coalesced_behind, FULL},
    {"double-free", FREES, "first-byte/after-coalesce-on-both-sides", twice_coalesced_both, QUICK},
    {"double-free", FREES, "first-byte/after-coalesce-and-reuse", twice_coalesced_reused, FULL},
    {"double-free", FREES, "first-byte/aligned-to-256", twice_aligned, FULL},
#endif

    {"free-interior", FREES, "second-unit", free_at_16, QUICK},
    {"free-interior", FREES, "second-unit/size-given", free_interior_with_size, FULL},
    {"free-interior", FREES, "third-unit", free_at_32, FULL},
    {"free-interior", FREES, "last-unit", free_at_96, FULL},
    {"free-interior", FREES, "second-unit/after-realloc-grown-in-place", free_interior_grown, FULL},
    {"free-interior", FREES, "second-unit/after-reuse", free_interior_reused, FULL},

    {"free-not-at-start", FREES, "second-byte", free_at_1, QUICK},
    {"free-not-at-start", FREES, "fifth-byte", free_at_4, FULL},
    {"free-not-at-start", FREES, "last-byte-of-the-first-granule", free_at_7, FULL},
    {"free-not-at-start", FREES, "first-byte-of-the-second-granule", free_at_8, FULL},
    {"free-not-at-start", FREES, "last-byte", free_at_99, FULL},
    {"free-not-at-start", FREES, "one-past", free_one_past, FULL},
    {"free-not-at-start", FREES, "one-before", free_one_before, FULL},
    {"free-not-at-start", FREES, "first-byte-of-the-header", free_header, QUICK},

    {"free-foreign", FREES, "first-byte-of-the-range", free_range_begin, FULL},
    {"free-foreign", FREES, "one-past-the-range", free_range_end, FULL},
    {"free-foreign", FREES, "never-handed-out", free_never_handed_out, FULL},
    {"free-foreign", FREES, "static-memory", free_static, QUICK},
    {"free-foreign", FREES, "removed-range", free_removed_range, FULL},
    {"free-foreign", FREES, "malloc-of-libc", free_malloced, FULL},
    {"free-foreign", FREES, "another-heap", free_other_heap, FULL},

    {"free-stack", FREES, "aligned", free_stack, QUICK},
    {"free-stack", FREES, "misaligned", free_stack_misaligned, FULL},

    {"mismatched-size", FREES, "one-less", size_less, QUICK},
    {"mismatched-size", FREES, "one-more", size_more, FULL},
    {"mismatched-size", FREES, "capacity", size_of_capacity, FULL},
    {"mismatched-size", FREES, "zero", size_zero, FULL},
    {"mismatched-size", FREES, "huge", size_huge, FULL},
    {"mismatched-size", FREES, "old-size/after-realloc-grown-in-place", size_before_growth, FULL},
    {"mismatched-size", FREES, "old-size/after-realloc-shrunk-in-place", size_before_shrinking,
     QUICK},
    {"mismatched-size", FREES, "old-size/after-realloc-moved", size_before_move, FULL},
    {"mismatched-size", FREES, "old-size/after-reuse", size_before_reuse, FULL},
    {"mismatched-size", FREES, "one-less/ragged-range", size_of_last_block, FULL},
    {"mismatched-size", FREES, "one-more/realloc", size_in_realloc, FULL},

    {"uninitialised-read", READS, "first-byte", fresh_first, QUICK},
    {"uninitialised-read", READS, "last-byte-of-the-first-granule", fresh_granule_end, FULL},
    {"uninitialised-read", READS, "first-byte-of-the-second-granule", fresh_granule_begin, FULL},
    {"uninitialised-read", READS, "middle", fresh_middle, FULL},
    {"uninitialised-read", READS, "last-byte", fresh_last, QUICK},
    {"uninitialised-read", READS, "first-byte/after-reuse", fresh_reused_first, QUICK},
    {"uninitialised-read", READS, "middle/after-reuse", fresh_reused_middle, FULL},
    {"uninitialised-read", READS, "last-byte/after-reuse", fresh_reused_last, FULL},
    {"uninitialised-read", READS, "last-byte/after-split", fresh_split, FULL},
    {"uninitialised-read", READS, "first-new-byte/after-realloc-grown-in-place", fresh_resized,
     QUICK},
    {"uninitialised-read", READS, "last-byte/after-realloc-grown-in-place", fresh_resized_last,
     FULL},
    {"uninitialised-read", READS, "first-new-byte/after-realloc-shrunk-and-grown",
     fresh_shrunk_and_grown, FULL},
    {"uninitialised-read", READS, "first-new-byte/after-realloc-moved", fresh_moved, FULL},
    {"uninitialised-read", READS, "last-byte/after-realloc-moved", fresh_moved_last, FULL},
    {"uninitialised-read", READS, "copied-byte/after-realloc-moved", fresh_copied, FULL},
    {"uninitialised-read", READS, "last-byte/beside-calloc", fresh_beside_zeroed, FULL},
#ifndef BF_INDEX_LIST
    {"uninitialised-read", READS, "old-header/after-coalesce", fresh_coalesced, FULL},
    {"uninitialised-read", READS, "first-new-byte/after-realloc-grown-into-the-next", fresh_grown,
     FULL},
    {"uninitialised-read", READS, "last-byte/after-realloc-grown-into-the-next", fresh_grown_last,
     FULL},
#endif

    {"slack", TOUCH, "first-byte", slack_first, QUICK},
    {"slack", TOUCH, "last-byte", slack_last, QUICK},
    {"slack", TOUCH, "granule-edge/size-1", slack_granule_begin, FULL},
    {"slack", TOUCH, "last-byte/size-1", slack_last_of_one, FULL},
    {"slack", TOUCH, "last-byte/too-little-to-split", slack_unsplit, FULL},
    {"slack", TOUCH, "middle/after-realloc-shrunk-in-place", slack_shrunk, FULL},
    {"slack", TOUCH, "only-byte/zero-distance", slack_zero_distance, FULL},
    {"slack", TOUCH, "last-byte/ragged-range-in-front-of-its-tail", slack_ragged_in_front, FULL},
    {"slack", TOUCH, "last-byte/ragged-range-in-its-tail", slack_ragged_tail, FULL},

    {"header", TOUCH, "first-byte", header_first, QUICK},
    {"header", TOUCH, "middle", header_middle, FULL},
    {"header", TOUCH, "last-byte", header_last, QUICK},
    {"header", TOUCH, "first-byte/of-the-next-block", header_next_first, FULL},
    {"header", TOUCH, "last-byte/of-the-next-block", header_next_last, FULL},
    {"header", TOUCH, "last-byte/of-a-free-block", header_of_free, QUICK},
    {"header", TOUCH, "first-byte/after-split", header_of_rest, FULL},
    {"header", TOUCH, "last-byte/after-reuse", header_after_reuse, FULL},
    {"header", TOUCH, "last-byte/after-realloc-shrunk-in-place", header_after_resize, FULL},
#ifndef BF_INDEX_LIST
    {"header", TOUCH, "last-byte/merged-away", header_merged, FULL},
    {"header", TOUCH, "first-byte/behind-a-coalesce", header_behind_merged, FULL},
    {"header", TOUCH, "last-byte/of-a-footer", footer_of_free, FULL},
#endif

    {"use-after-remove-range", TOUCH, "first-byte", removed_first, QUICK},
    {"use-after-remove-range", TOUCH, "middle", removed_middle, FULL},
    {"use-after-remove-range", TOUCH, "last-byte", removed_last, FULL},
    {"heap-overflow", TOUCH, "one-past/after-remove-of-a-touching-range", removed_other_stays,
     FULL},
};

const size_t stage_cell_count = sizeof stage_cells / sizeof stage_cells[0];
