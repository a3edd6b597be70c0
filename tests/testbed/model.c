/* SPDX-License-Identifier: MIT
 *
 * The model of the list index against heaps worked out by hand from the contract, on paper: it is
 * what everything else is judged by, so it is judged by nothing but the contract.
 */
#define SUITE     "model"
#define PLACEMENT HB_PLACEMENT_LIST
#include "model_check.h"

TEST(place, a_new_range_is_one_free_block)
{
    heap_with(256);
    WALK({16, 240, 0});
    FREE_LIST({16, 240, 0});
    check_stats(1, 0, 0, 1, 240);
}

/*  0       16           128     144          256
 *  | header | 112 (100)  | header | 112 free  |   */
TEST(place, the_front_of_a_split_is_handed_out)
{
    heap_with(256);
    CHECK_EQ(allocated(100), 16);
    WALK({16, 112, 100}, {144, 112, 0});
    FREE_LIST({144, 112, 0});
    check_stats(1, 1, 100, 1, 112);
    CHECK_EQ(allocated(97), 144);
    WALK({16, 112, 100}, {144, 112, 97});
    check_stats(1, 2, 197, 0, 0);
}

TEST(place, a_remainder_of_a_header_alone_is_not_split_off)
{
    heap_with(64); /* capacity 48 */
    CHECK_EQ(allocated(32), 16);
    WALK({16, 48, 32});
    check_stats(1, 1, 32, 0, 0);
}

TEST(place, a_remainder_of_a_header_and_a_byte_is_split_off)
{
    heap_with(65); /* capacity 49 */
    CHECK_EQ(allocated(32), 16);
    WALK({16, 32, 32}, {64, 1, 0});
    FREE_LIST({64, 1, 0});
    CHECK_EQ(allocated(1), 64);
    WALK({16, 32, 32}, {64, 1, 1});
}

TEST(place, an_exact_fit_leaves_nothing)
{
    heap_with(64);
    CHECK_EQ(allocated(48), 16);
    WALK({16, 48, 48});
    heap_with(64);
    CHECK_EQ(allocated(33), 16);
    WALK({16, 48, 33});
}

/* Blocks of 96, 208 and 48 bytes freed between live ones of 16, and the rest of 512. */
static void heap_with_holes(void)
{
    heap_with(1024);
    CHECK_EQ(allocated(96), 16);
    CHECK_EQ(allocated(16), 128);
    CHECK_EQ(allocated(200), 160);
    CHECK_EQ(allocated(16), 384);
    CHECK_EQ(allocated(48), 416);
    CHECK_EQ(allocated(16), 480);
    freed(16, 96);
    freed(160, 200);
    freed(416, 48);
}

TEST(place, what_is_freed_last_is_at_the_head)
{
    heap_with_holes();
    FREE_LIST({416, 48, 0}, {160, 208, 0}, {16, 96, 0}, {512, 512, 0});
    WALK({16, 96, 0}, {128, 16, 16}, {160, 208, 0}, {384, 16, 16}, {416, 48, 0}, {480, 16, 16},
         {512, 512, 0});
    check_stats(1, 3, 48, 4, 96 + 208 + 48 + 512);
}

TEST(place, the_smallest_that_fits_is_taken_wherever_it_is)
{
    heap_with_holes();
    CHECK_EQ(allocated(49), 16);
    heap_with_holes();
    CHECK_EQ(allocated(48), 416);
    heap_with_holes();
    CHECK_EQ(allocated(97), 160);
    heap_with_holes();
    CHECK_EQ(allocated(209), 512);
}

TEST(place, the_remainder_takes_its_parents_place)
{
    heap_with_holes();
    CHECK_EQ(allocated(60), 16); /* 64 of 96 */
    FREE_LIST({416, 48, 0}, {160, 208, 0}, {96, 16, 0}, {512, 512, 0});
    check_stats(1, 4, 48 + 60, 4, 48 + 208 + 16 + 512);
}

TEST(place, a_block_taken_whole_leaves_the_others_in_order)
{
    heap_with_holes();
    CHECK_EQ(allocated(200), 160);
    FREE_LIST({416, 48, 0}, {16, 96, 0}, {512, 512, 0});
}

TEST(place, among_equals_the_deepest_is_taken)
{
    heap_with(256);
    const size_t first = allocated(100);
    const size_t second = allocated(112);
    freed(first, 100);
    freed(second, 112);
    CHECK_EQ(allocated(112), first);
    freed(first, 112);
    CHECK_EQ(allocated(112), second); /* now the first is at the head */
}

TEST(place, nothing_is_coalesced)
{
    heap_with(256);
    const size_t first = allocated(100);
    const size_t second = allocated(112);
    freed(first, 100);
    freed(second, 112);
    uintptr_t payload;
    CHECK_EQ(hb_model_malloc(model, 113, 16, &payload), HB_OUT_OF_MEMORY);
    WALK({16, 112, 0}, {144, 112, 0});
}

TEST(place, a_ragged_tail_serves_what_just_fits)
{
    heap_with(37); /* capacity 21 */
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_malloc(model, 22, 16, &payload), HB_OUT_OF_MEMORY);
    CHECK_EQ(allocated(21), 16);
    WALK({16, 21, 21});
    freed(16, 21);
    CHECK_EQ(allocated(17), 16);
    WALK({16, 21, 17});
    freed(16, 17);
    CHECK_EQ(allocated(16), 16); /* fits rounded, and 5 is no more than a header */
    WALK({16, 21, 16});
}

TEST(place, a_ragged_tail_is_taken_only_where_no_rounded_size_fits)
{
    heap_with(37);
    add(1024, 1024 + 80); /* capacity 64 */
    CHECK_EQ(allocated(20), 1040);
    CHECK_EQ(allocated(20), 16);
}

TEST(place, among_equal_ragged_tails_the_deepest_is_taken)
{
    heap_with(37);
    add(64, 64 + 37);
    FREE_LIST({80, 21, 0}, {16, 21, 0});
    CHECK_EQ(allocated(20), 16);
    CHECK_EQ(allocated(20), 80);
}

TEST(place, among_ragged_tails_the_smallest_is_taken)
{
    reset();
    add(0, 39);    /* capacity 23 */
    add(64, 101);  /* 21 */
    add(128, 166); /* 22 */
    CHECK_EQ(allocated(17), 80);
    CHECK_EQ(allocated(17), 144);
    CHECK_EQ(allocated(17), 16);
}

TEST(place, every_range_larger_than_a_header_serves_its_size)
{
    for (size_t size = 1; size <= 200; size++) {
        heap_with(16 + size);
        CHECK_EQ(allocated(size), 16);
    }
}

TEST(range, is_walked_as_added_and_listed_last_first)
{
    reset();
    add(512, 768);
    add(0, 256);
    add(256, 512);
    WALK({528, 240, 0}, {16, 240, 0}, {272, 240, 0});
    FREE_LIST({272, 240, 0}, {16, 240, 0}, {528, 240, 0});
    check_stats(3, 0, 0, 3, 720);
    uintptr_t begin;
    uintptr_t end;
    CHECK_EQ(hb_model_range_count(model), 3);
    hb_model_range(model, 1, &begin, &end);
    CHECK_EQ(begin, A);
    CHECK_EQ(end, A + 256);
    CHECK_EQ(allocated(240), 528); /* the deepest */
}

TEST(range, walks_split_blocks_by_address)
{
    reset();
    add(512, 768);
    add(0, 256);
    CHECK_EQ(allocated(1), 528);
    CHECK_EQ(allocated(2), 560);
    CHECK_EQ(allocated(200), 16);
    WALK({528, 16, 1}, {560, 16, 2}, {592, 176, 0}, {16, 208, 200}, {240, 16, 0});
}

TEST(range, is_refused_for_the_first_reason_that_holds)
{
    heap_with(256);
    CHECK_EQ(judged(A + 1, A), HB_INVALID_ALIGN);
    CHECK_EQ(judged(A + 8, A + 8), HB_INVALID_ALIGN);
    CHECK_EQ(judged(1, 0), HB_INVALID_ALIGN);
    CHECK_EQ(judged(A + 1, A + 100), HB_INVALID_ALIGN);
    CHECK_EQ(judged(0, 0), HB_INVALID_ADDRESS);
    CHECK_EQ(judged(0, A + 100), HB_INVALID_ADDRESS);
    CHECK_EQ(judged(A + 16, A), HB_INVALID_ADDRESS);
    CHECK_EQ(judged(UINTPTR_MAX - 15, 0), HB_INVALID_ADDRESS);
    CHECK_EQ(judged(A, A), HB_INVALID_SIZE);
    CHECK_EQ(judged(A + 1024, A + 1024), HB_INVALID_SIZE);
    CHECK_EQ(judged(A + 1024, A + 1040), HB_INVALID_SIZE);
    CHECK_EQ(judged(UINTPTR_MAX - 15, UINTPTR_MAX), HB_INVALID_SIZE);
    CHECK_EQ(judged(A + 1024, A + 1041), HB_OK);
    CHECK_EQ(judged(UINTPTR_MAX - 31, UINTPTR_MAX), HB_OK);
}

TEST(range, overlap_is_told_to_the_byte)
{
    reset();
    add(1024, 2049);
    CHECK_EQ(judged(A + 512, A + 1024), HB_OK);
    CHECK_EQ(judged(A + 512, A + 1025), HB_OVERLAP);
    CHECK_EQ(judged(A + 1024, A + 2049), HB_OVERLAP);
    CHECK_EQ(judged(A + 1040, A + 1100), HB_OVERLAP);
    CHECK_EQ(judged(A + 512, A + 4096), HB_OVERLAP);
    CHECK_EQ(judged(A + 2048, A + 4096), HB_OVERLAP);
    CHECK_EQ(judged(A + 2064, A + 4096), HB_OK);
    add(2064, 4096);
    CHECK_EQ(judged(A + 4096, A + 4200), HB_OK);
}

TEST(range, the_thirty_third_is_too_many)
{
    reset();
    for (size_t i = 0; i < 32; i++) {
        add(i * 64, i * 64 + 64);
    }
    CHECK_EQ(judged(A + 32 * 64, A + 33 * 64), HB_TOO_MANY_RANGES);
    CHECK_EQ(judged(A + 31 * 64, A + 33 * 64), HB_OVERLAP);
    CHECK_EQ(judged(A + 32 * 64, A + 32 * 64), HB_INVALID_SIZE);
    CHECK_EQ(hb_model_add_range(model, A + 32 * 64, A + 33 * 64), HB_TOO_MANY_RANGES);
    CHECK_EQ(hb_model_range_count(model), 32);
}

TEST(malloc, is_refused_for_the_first_reason_that_holds)
{
    const size_t limit = hb_model_size_limit();
    heap_with(256);
    CHECK_EQ(malloc_status(0, 0), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(SIZE_MAX, 3), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, 0), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, 3), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, 15), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, 32), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, SIZE_MAX), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, SIZE_MAX / 2 + 1), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(0, 16), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(limit, 16), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(SIZE_MAX, 16), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(limit - 1, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(malloc_status(limit - 15, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(malloc_status(limit - 16, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(malloc_status(241, 16), HB_OUT_OF_MEMORY);
    check_stats(1, 0, 0, 1, 240);
}

TEST(malloc, takes_every_alignment_up_to_sixteen)
{
    for (size_t align = 1; align <= 16; align *= 2) {
        heap_with(256);
        CHECK_EQ(malloc_status(240, align), HB_OK);
    }
}

TEST(malloc, the_limit_is_that_of_the_contract)
{
    CHECK_EQ(hb_model_size_limit(),
             sizeof(size_t) == 8 ? (uintmax_t)281474976710656 : (uintmax_t)4294967295);
}

TEST(free, is_refused_for_the_first_reason_that_holds)
{
    heap_with(256);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(hb_model_free(model, 0, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_free(model, UINTPTR_MAX, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_free(model, UINTPTR_MAX - 15, SIZE_MAX), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(17, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(0, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(32, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(128, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(256, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(272, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_free(model, A - 16, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(144, 112), HB_DOUBLE_FREE); /* free, and never was anything else */
    CHECK_EQ(free_status(144, 1), HB_DOUBLE_FREE);
    CHECK_EQ(free_status(144, SIZE_MAX), HB_DOUBLE_FREE);
    CHECK_EQ(free_status(16, 99), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 101), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 112), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 0), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, SIZE_MAX - 1), HB_WRONG_SIZE);
    WALK({16, 112, 100}, {144, 112, 0});
    FREE_LIST({144, 112, 0});
    check_stats(1, 1, 100, 1, 112);
    CHECK_EQ(free_status(16, 100), HB_OK);
    CHECK_EQ(free_status(16, 100), HB_DOUBLE_FREE);
    FREE_LIST({16, 112, 0}, {144, 112, 0});
}

TEST(free, takes_any_size_where_none_is_given)
{
    heap_with(256);
    freed(allocated(33), SIZE_MAX);
    check_stats(1, 0, 0, 2, 48 + 176);
}

TEST(free, judges_a_stale_pointer_by_what_is_there_now)
{
    heap_with(64);
    CHECK_EQ(allocated(48), 16);
    freed(16, 48);
    CHECK_EQ(allocated(40), 16);
    CHECK_EQ(free_status(16, 48), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 40), HB_OK);
}

TEST(hole, is_the_best_fit_or_the_largest)
{
    heap_with_holes();
    CHECK_EQ(hb_model_hole(model, 0), 48);
    CHECK_EQ(hb_model_hole(model, 48), 48);
    CHECK_EQ(hb_model_hole(model, 49), 96);
    CHECK_EQ(hb_model_hole(model, 97), 208);
    CHECK_EQ(hb_model_hole(model, 300), 512);
    CHECK_EQ(hb_model_hole(model, 513), 512);
    CHECK_EQ(hb_model_hole(model, SIZE_MAX), 512);
    heap_with(32);
    CHECK_EQ(allocated(16), 16);
    CHECK_EQ(hb_model_hole(model, 1), 0);
    reset();
    CHECK_EQ(hb_model_hole(model, 1), 0);
}

TEST(bound, of_malloc_is_one_pass_over_the_free_list_or_two)
{
    reset();
    check_bound(malloc_status(1, 1), HB_OUT_OF_MEMORY, 0);
    heap_with_holes(); /* 4 free blocks */
    check_bound(malloc_status(48, 16), HB_OK, 4);
    check_bound(malloc_status(500, 16), HB_OK, 3);
    check_bound(malloc_status(4000, 16), HB_OUT_OF_MEMORY, 2); /* no fallback can help */
    check_bound(malloc_status(4001, 16), HB_OUT_OF_MEMORY, 4); /* the fallback looks again */
    check_bound(malloc_status(0, 16), HB_INVALID_SIZE, 0);
    check_bound(malloc_status(48, 3), HB_INVALID_ALIGN, 0);
}

TEST(bound, of_free_is_the_blocks_of_the_range)
{
    heap_with_holes(); /* 7 blocks */
    add(2048, 2112);
    check_bound(free_status(128, 16), HB_OK, 7);
    check_bound(free_status(128, 16), HB_DOUBLE_FREE, 7);
    check_bound(free_status(384, 1), HB_WRONG_SIZE, 7);
    check_bound(free_status(144, 16), HB_INVALID_ADDRESS, 7);
    check_bound(free_status(2064, 16), HB_DOUBLE_FREE, 1);
    check_bound(free_status(129, 16), HB_INVALID_ADDRESS, 0);
    check_bound(free_status(4096, 16), HB_INVALID_ADDRESS, 0);
}

TEST(realloc, stays_where_malloc_could_have_handed_the_block_out)
{
    heap_with(256);
    CHECK_EQ(allocated(100), 16); /* capacity 112 */
    CHECK_EQ(resized(16, 100, 112), 16);
    CHECK_EQ(resized(16, 112, 97), 16);
    CHECK_EQ(resized(16, SIZE_MAX, 81), 16); /* 96, and the 16 that are not split off */
    WALK({16, 112, 81}, {144, 112, 0});
    check_stats(1, 1, 81, 1, 112);
    CHECK_EQ(free_status(16, 100), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 81), HB_OK);
}

TEST(realloc, stays_up_to_a_ragged_tail)
{
    heap_with(37); /* capacity 21 */
    CHECK_EQ(allocated(5), 16);
    CHECK_EQ(resized(16, 5, 21), 16);
    WALK({16, 21, 21});
    CHECK_EQ(realloc_status(16, 21, 22, 16), HB_OUT_OF_MEMORY);
    WALK({16, 21, 21});
}

TEST(realloc, moves_where_malloc_would_have_split)
{
    heap_with(256);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(resized(16, 100, 80), 144);
    WALK({16, 112, 0}, {144, 80, 80}, {240, 16, 0});
    FREE_LIST({16, 112, 0}, {240, 16, 0});
    check_stats(1, 1, 80, 2, 128);
}

TEST(realloc, does_not_grow_into_what_is_free_behind)
{
    heap_with(256);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(resized(16, 24, 33), 64);
    WALK({16, 32, 0}, {64, 48, 33}, {128, 128, 0});
    FREE_LIST({16, 32, 0}, {128, 128, 0});
}

TEST(realloc, the_old_block_is_live_until_the_new_one_is_found)
{
    heap_with(128); /* capacity 112 */
    CHECK_EQ(allocated(112), 16);
    CHECK_EQ(realloc_status(16, 112, 80, 16), HB_OUT_OF_MEMORY);
    WALK({16, 112, 112});
    check_stats(1, 1, 112, 0, 0);
}

TEST(realloc, of_null_is_malloc)
{
    heap_with(256);
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_realloc(model, 0, 12345, 100, 16, &payload), HB_OK);
    CHECK_EQ(payload - A, 16);
    CHECK_EQ(hb_model_realloc(model, 0, 0, 100, 32, &payload), HB_INVALID_ALIGN);
    CHECK_EQ(hb_model_realloc(model, 0, 0, 113, 16, &payload), HB_OUT_OF_MEMORY);
}

TEST(realloc, is_refused_for_the_first_reason_that_holds)
{
    heap_with(256);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(realloc_status(17, 1, 0, 32), HB_INVALID_ALIGN);
    CHECK_EQ(realloc_status(17, 1, 0, 16), HB_INVALID_SIZE);
    CHECK_EQ(realloc_status(17, 1, hb_model_size_limit(), 16), HB_INVALID_SIZE);
    CHECK_EQ(realloc_status(17, 1, 1000, 16), HB_INVALID_ADDRESS);
    CHECK_EQ(realloc_status(32, 1, 1000, 16), HB_INVALID_ADDRESS);
    CHECK_EQ(realloc_status(144, 1, 1000, 16), HB_DOUBLE_FREE);
    CHECK_EQ(realloc_status(16, 99, 1000, 16), HB_WRONG_SIZE);
    CHECK_EQ(realloc_status(16, 100, 1000, 16), HB_OUT_OF_MEMORY);
    WALK({16, 112, 100}, {144, 112, 0});
}

TEST(remove, takes_all_blocks_of_the_range_and_keeps_the_order_of_the_others)
{
    heap_with(256);
    add(512, 768);
    add(1024, 1280);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(allocated(230), 528);
    freed(16, 100);
    freed(528, 230);
    FREE_LIST({528, 240, 0}, {16, 112, 0}, {1040, 240, 0}, {144, 112, 0});
    removed(0);
    WALK({528, 240, 0}, {1040, 240, 0});
    FREE_LIST({528, 240, 0}, {1040, 240, 0});
    check_stats(2, 0, 0, 2, 480);
    CHECK_EQ(free_status(16, 100), HB_INVALID_ADDRESS);
    add(0, 64);
    WALK({528, 240, 0}, {1040, 240, 0}, {16, 48, 0});
}

TEST(remove, is_refused_for_the_first_reason_that_holds)
{
    reset();
    CHECK_EQ(hb_model_remove_range(model, 0), HB_INVALID_ADDRESS);
    heap_with(256);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(allocated(100), 144);
    freed(16, 100);
    CHECK_EQ(hb_model_remove_range(model, 0), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_remove_range(model, A + 16), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_remove_range(model, A), HB_RANGE_IN_USE);
    WALK({16, 112, 0}, {144, 112, 100});
    freed(144, 100);
    removed(0);
    check_stats(0, 0, 0, 0, 0);
    CHECK_EQ(hb_model_remove_range(model, A), HB_INVALID_ADDRESS);
}

TEST(usable, is_the_capacity_of_a_live_block)
{
    heap_with(256);
    CHECK_EQ(allocated(90), 16);
    check_usable(16, 96);
    CHECK_EQ(usable_status(A + 128), HB_DOUBLE_FREE);
    CHECK_EQ(usable_status(A + 32), HB_INVALID_ADDRESS);
    CHECK_EQ(usable_status(A + 17), HB_INVALID_ADDRESS);
    CHECK_EQ(usable_status(0), HB_INVALID_ADDRESS);
    CHECK(hb_model_is_block(model, A + 16));
    CHECK(hb_model_is_block(model, A + 128));
    CHECK(!hb_model_is_block(model, A + 32));
    CHECK(!hb_model_is_block(model, A + 17));
    CHECK(!hb_model_is_block(model, A + 8192));
}

TEST(counters, peak_is_the_most_between_two_calls)
{
    heap_with(1024);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(resized(16, 100, 200), 144); /* moves, and is never counted twice */
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 200);
    CHECK_EQ(resized(144, 200, 208), 144);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 208);
    freed(144, 208);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 208);
}

TEST(counters, largest_is_that_of_the_free_blocks)
{
    heap_with_holes();
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 512);
    CHECK_EQ(allocated(500), 512);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 208);
    CHECK_EQ(allocated(100), 160); /* splits it: 112, and 80 left */
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 96);
    freed(512, 500);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 512);
    add(2048, 4096);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 2032);
    removed(2048);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 512);
}

TEST(bound, of_realloc_is_that_of_free_and_malloc_and_free)
{
    heap_with_holes(); /* 7 blocks, 4 of them free */
    check_bound(realloc_status(128, 16, 16, 16), HB_OK, 7);
    check_bound(realloc_status(128, 17, 16, 16), HB_WRONG_SIZE, 7);
    check_bound(realloc_status(128, 16, 4000, 16), HB_OUT_OF_MEMORY, 7 + 4);
    check_bound(realloc_status(128, 16, 4001, 16), HB_OUT_OF_MEMORY, 7 + 2 * 4);
    check_bound(realloc_status(128, 16, 48, 16), HB_OK, 7 + 4 + 7);
    check_bound(realloc_status(384, 16, 60, 16), HB_OK, 7 + 4 + 8); /* splits */
    check_bound(realloc_status(384, 16, 0, 16), HB_INVALID_SIZE, 0);
    CHECK_EQ(hb_model_realloc(model, 0, 0, 0, 1, &(uintptr_t){0}), HB_INVALID_SIZE);
    CHECK_EQ(hb_model_work_bound(model), 0);
}

TEST(bound, of_remove_range_is_its_blocks_and_the_free_list_twice)
{
    heap_with_holes(); /* 7 blocks, 4 of them free */
    add(2048, 2112);
    check_bound(hb_model_remove_range(model, A), HB_RANGE_IN_USE, 7);
    check_bound(hb_model_remove_range(model, A + 16), HB_INVALID_ADDRESS, 0);
    CHECK_EQ(hb_model_walk_bound(model, A + 1000), 7);
    CHECK_EQ(hb_model_walk_bound(model, A + 2050), 1);
    CHECK_EQ(hb_model_walk_bound(model, A + 1024), 0);
    check_bound(hb_model_remove_range(model, A + 2048), HB_OK, 1 + 2 * 5);
}

TEST(reset, forgets_everything)
{
    heap_with_holes();
    reset();
    struct hb_model_block block;
    uint64_t position = 0;
    CHECK(!hb_model_next_block(model, &position, &block));
    CHECK(!hb_model_free_block(model, 0, &block));
    check_stats(0, 0, 0, 0, 0);
    CHECK_EQ(malloc_status(1, 1), HB_OUT_OF_MEMORY);
    add(0, 1024);
    CHECK_EQ(free_status(128, 16), HB_INVALID_ADDRESS); /* a block of the heap before */
    WALK({16, 1008, 0});
}

TEST(reset, takes_another_arena_smaller_or_larger)
{
    static const size_t sizes[] = {4096, 1048576, 8192};
    for (size_t i = 0; i < 3; i++) {
        const uintptr_t begin = (uintptr_t)0x40000000 + i * 0x1000000;
        heap_with_holes();
        if (!CHECK(hb_model_reset(model, begin, sizes[i]))) {
            return;
        }
        uintptr_t payload = 0;
        CHECK_EQ(hb_model_add_range(model, begin, begin + sizes[i]), HB_OK);
        CHECK_EQ(hb_model_malloc(model, sizes[i] - 16, 1, &payload), HB_OK);
        CHECK_EQ(payload, begin + 16);
        CHECK_EQ(hb_model_free(model, begin + 160, SIZE_MAX), HB_INVALID_ADDRESS);
        CHECK_EQ(hb_model_free(model, payload, sizes[i] - 16), HB_OK);
    }
}

/* What must hold of any heap: blocks fill their ranges, the list has the free ones, and the
 * counters count them. */
static void check_whole(void)
{
    struct hb_model_stats counted = {.range_count = hb_model_range_count(model)};
    struct hb_model_block block;
    uint64_t position = 0;
    bool has_more = hb_model_next_block(model, &position, &block);
    for (size_t i = 0; i < counted.range_count; i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(model, i, &begin, &end);
        uintptr_t at = begin;
        while (has_more && block.payload == at + 16 && block.payload < end) {
            const bool is_free = block.request == 0;
            CHECK(block.request <= block.capacity && block.capacity > 0);
            counted.free_block_count += is_free;
            counted.free_bytes += is_free ? block.capacity : 0;
            counted.live_block_count += !is_free;
            counted.live_bytes += block.request;
            at = block.payload + block.capacity;
            has_more = hb_model_next_block(model, &position, &block);
        }
        CHECK_EQ(at, end);
    }
    CHECK(!has_more);
    check_stats(counted.range_count, counted.live_block_count, counted.live_bytes,
                counted.free_block_count, counted.free_bytes);
    size_t listed_bytes = 0;
    for (size_t i = 0; i < counted.free_block_count; i++) {
        CHECK(hb_model_free_block(model, i, &block) && block.request == 0);
        listed_bytes += block.capacity;
    }
    CHECK_EQ(listed_bytes, counted.free_bytes);
    CHECK(!hb_model_free_block(model, counted.free_block_count, &block));
}

TEST(random, every_heap_is_whole_after_every_call)
{
    uint64_t random = 1;
    struct {
        uintptr_t payload;
        size_t size;
    } live[64] = {{0, 0}};
    unsigned served = 0;
    unsigned resized_count = 0;
    for (unsigned round = 0; round < 6000; round++) {
        const size_t slot = random_below(&random, 64);
        if (round % 1000 == 0) {
            reset();
            memset(live, 0, sizeof live);
            add(0, 1000 + random_below(&random, 1000));
            add(2048, 2048 + 17 + random_below(&random, 1000));
            add(4096, 4096 + 17 + random_below(&random, 100));
        }
        if (live[slot].size != 0 && round % 3 == 0) {
            const size_t size = 1 + random_below(&random, 100);
            if (hb_model_realloc(model, live[slot].payload, live[slot].size, size, 8,
                                 &live[slot].payload) == HB_OK) {
                live[slot].size = size;
                resized_count++;
            }
        } else if (live[slot].size != 0) {
            CHECK_EQ(hb_model_free(model, live[slot].payload, live[slot].size), HB_OK);
            live[slot].size = 0;
        } else {
            const size_t size = 1 + random_below(&random, round % 4 == 0 ? 200 : 40);
            if (hb_model_malloc(model, size, 8, &live[slot].payload) == HB_OK) {
                live[slot].size = size;
                served++;
            }
        }
        check_whole();
    }
    CHECK(served > 1000);
    CHECK(resized_count > 300);
    hb_model_delete(model);
    model = NULL;
}

TESTS_BEGIN
ENTRY(place, a_new_range_is_one_free_block)
ENTRY(place, the_front_of_a_split_is_handed_out)
ENTRY(place, a_remainder_of_a_header_alone_is_not_split_off)
ENTRY(place, a_remainder_of_a_header_and_a_byte_is_split_off)
ENTRY(place, an_exact_fit_leaves_nothing)
ENTRY(place, what_is_freed_last_is_at_the_head)
ENTRY(place, the_smallest_that_fits_is_taken_wherever_it_is)
ENTRY(place, the_remainder_takes_its_parents_place)
ENTRY(place, a_block_taken_whole_leaves_the_others_in_order)
ENTRY(place, among_equals_the_deepest_is_taken)
ENTRY(place, nothing_is_coalesced)
ENTRY(place, a_ragged_tail_serves_what_just_fits)
ENTRY(place, a_ragged_tail_is_taken_only_where_no_rounded_size_fits)
ENTRY(place, among_equal_ragged_tails_the_deepest_is_taken)
ENTRY(place, among_ragged_tails_the_smallest_is_taken)
ENTRY(place, every_range_larger_than_a_header_serves_its_size)
ENTRY(range, is_walked_as_added_and_listed_last_first)
ENTRY(range, walks_split_blocks_by_address)
ENTRY(range, is_refused_for_the_first_reason_that_holds)
ENTRY(range, overlap_is_told_to_the_byte)
ENTRY(range, the_thirty_third_is_too_many)
ENTRY(malloc, is_refused_for_the_first_reason_that_holds)
ENTRY(malloc, takes_every_alignment_up_to_sixteen)
ENTRY(malloc, the_limit_is_that_of_the_contract)
ENTRY(free, is_refused_for_the_first_reason_that_holds)
ENTRY(free, takes_any_size_where_none_is_given)
ENTRY(free, judges_a_stale_pointer_by_what_is_there_now)
ENTRY(hole, is_the_best_fit_or_the_largest)
ENTRY(bound, of_malloc_is_one_pass_over_the_free_list_or_two)
ENTRY(bound, of_free_is_the_blocks_of_the_range)
ENTRY(realloc, stays_where_malloc_could_have_handed_the_block_out)
ENTRY(realloc, stays_up_to_a_ragged_tail)
ENTRY(realloc, moves_where_malloc_would_have_split)
ENTRY(realloc, does_not_grow_into_what_is_free_behind)
ENTRY(realloc, the_old_block_is_live_until_the_new_one_is_found)
ENTRY(realloc, of_null_is_malloc)
ENTRY(realloc, is_refused_for_the_first_reason_that_holds)
ENTRY(remove, takes_all_blocks_of_the_range_and_keeps_the_order_of_the_others)
ENTRY(remove, is_refused_for_the_first_reason_that_holds)
ENTRY(usable, is_the_capacity_of_a_live_block)
ENTRY(counters, peak_is_the_most_between_two_calls)
ENTRY(counters, largest_is_that_of_the_free_blocks)
ENTRY(bound, of_realloc_is_that_of_free_and_malloc_and_free)
ENTRY(bound, of_remove_range_is_its_blocks_and_the_free_list_twice)
ENTRY(reset, forgets_everything)
ENTRY(reset, takes_another_arena_smaller_or_larger)
ENTRY(random, every_heap_is_whole_after_every_call)
TESTS_END
