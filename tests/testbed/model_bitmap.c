/* SPDX-License-Identifier: MIT
 *
 * The model of the bitmap index against heaps worked out by hand from docs/core.md, "Placement of
 * the bitmap index", rule by rule. S is a stride: 8 bytes of header and the capacity, but for a
 * ragged tail.
 */
#define SUITE     "model_bitmap"
#define PLACEMENT HB_PLACEMENT_BITMAP
#include "model_check.h"

static size_t aligned(size_t size, size_t align)
{
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_malloc(model, size, align, &payload), HB_OK);
    return payload - A;
}

static void check_nothing_indexed(void)
{
    check_free_list(NULL, 0);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 0);
}

/* Geometry. */

TEST(range, is_one_free_block_of_all_but_sixteen_bytes)
{
    heap_with(264); /* header at 8, S 256 */
    WALK({16, 248, 0});
    FREE_LIST({16, 248, 0});
    check_stats(1, 0, 0, 1, 248);
    heap_with(256); /* S 240 and a tail of 8 */
    WALK({16, 240, 0});
    heap_with(263); /* S 240 and a tail of 15 */
    WALK({16, 247, 0});
    heap_with(40); /* S 32 */
    FREE_LIST({16, 24, 0});
}

TEST(range, of_every_size_serves_all_but_sixteen_bytes)
{
    for (size_t bytes = 40; bytes <= 300; bytes++) {
        heap_with(bytes);
        CHECK_EQ(malloc_status(bytes - 15, 16), HB_OUT_OF_MEMORY);
        CHECK_EQ(allocated(bytes - 16), 16);
        WALK({16, bytes - 16, bytes - 16});
    }
}

TEST(range, is_refused_for_the_first_reason_that_holds)
{
    heap_with(256);
    CHECK_EQ(judged(A + 8, A), HB_INVALID_ALIGN);
    CHECK_EQ(judged(0, A + 100), HB_INVALID_ADDRESS);
    CHECK_EQ(judged(A + 16, A), HB_INVALID_ADDRESS);
    CHECK_EQ(judged(A, A + 39), HB_INVALID_SIZE);
    CHECK_EQ(judged(A, A + 40), HB_OVERLAP);
    CHECK_EQ(judged(A + 1024, A + 1024), HB_INVALID_SIZE);
    CHECK_EQ(judged(A + 1024, A + 1063), HB_INVALID_SIZE);
    CHECK_EQ(judged(A + 1024, A + 1064), HB_OK);
    CHECK_EQ(judged(UINTPTR_MAX - 31, UINTPTR_MAX), HB_INVALID_SIZE);
    CHECK_EQ(judged(UINTPTR_MAX - 47, UINTPTR_MAX), HB_OK);
    CHECK_EQ(hb_model_add_range(model, A, A + 39), HB_INVALID_SIZE);
    WALK({16, 240, 0});
}

TEST(range, is_shorter_than_two_to_the_forty_eight)
{
#if SIZE_MAX > 0xffffffffu
    const uintptr_t limit = (uintptr_t)1 << 48;
    reset();
    CHECK_EQ(judged(A, A + limit - 1), HB_OK);
    CHECK_EQ(judged(A, A + limit), HB_INVALID_SIZE);
    CHECK_EQ(judged(A, UINTPTR_MAX), HB_INVALID_SIZE);
    heap_with(256);
    CHECK_EQ(judged(16, A + limit), HB_INVALID_SIZE);
    CHECK_EQ(judged(16, A + limit - A), HB_OVERLAP);
#else
    reset();
    CHECK_EQ(judged(16, UINTPTR_MAX), HB_OK);
#endif
}

TEST(range, the_thirty_third_is_too_many)
{
    reset();
    for (size_t i = 0; i < 32; i++) {
        add(i * 64, i * 64 + 64);
    }
    CHECK_EQ(judged(A + 31 * 64, A + 33 * 64), HB_OVERLAP);
    CHECK_EQ(judged(A + 32 * 64, A + 33 * 64), HB_TOO_MANY_RANGES);
    removed(64);
    CHECK_EQ(judged(A + 32 * 64, A + 33 * 64), HB_OK);
}

/* bf_malloc. */

/*  8        16        120      128           264
 *  | header | 104 (100) | header | 136 free  |   */
TEST(malloc, hands_out_the_front)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    WALK({16, 104, 100}, {128, 136, 0});
    FREE_LIST({128, 136, 0});
    check_stats(1, 1, 100, 1, 136);
}

TEST(malloc, needs_the_size_and_eight_rounded_up_and_at_least_32)
{
    heap_with(1032);
    CHECK_EQ(allocated(1), 16);
    CHECK_EQ(allocated(24), 48);
    CHECK_EQ(allocated(25), 80);  /* 48 */
    CHECK_EQ(allocated(40), 128); /* 48 */
    CHECK_EQ(allocated(41), 176); /* 64 */
    CHECK_EQ(allocated(1), 240);
    WALK({16, 24, 1}, {48, 24, 24}, {80, 40, 25}, {128, 40, 40}, {176, 56, 41}, {240, 24, 1},
         {272, 760, 0});
}

TEST(malloc, hands_out_a_rest_of_sixteen_with_the_block)
{
    heap_with(72); /* S 64 */
    CHECK_EQ(allocated(40), 16);
    WALK({16, 56, 40});
    check_nothing_indexed();
    check_stats(1, 1, 40, 0, 0);
}

TEST(malloc, splits_off_a_rest_of_32)
{
    heap_with(88); /* S 80 */
    CHECK_EQ(allocated(40), 16);
    WALK({16, 40, 40}, {64, 24, 0});
    FREE_LIST({64, 24, 0});
}

TEST(malloc, an_exact_fit_leaves_nothing)
{
    heap_with(72);
    CHECK_EQ(allocated(56), 16);
    WALK({16, 56, 56});
    heap_with(72);
    CHECK_EQ(allocated(41), 16);
    WALK({16, 56, 41});
}

TEST(malloc, the_rest_keeps_the_ragged_tail)
{
    heap_with(256); /* S 240, tail 8 */
    CHECK_EQ(allocated(100), 16);
    WALK({16, 104, 100}, {128, 128, 0});
    CHECK_EQ(allocated(128), 128);
    WALK({16, 104, 100}, {128, 128, 128});
}

/* Free blocks of S 112, 208 and 64 between live ones of S 32, and the rest of S 544. */
static void heap_with_holes(void)
{
    heap_with(1032);
    CHECK_EQ(allocated(104), 16);
    CHECK_EQ(allocated(24), 128);
    CHECK_EQ(allocated(200), 160);
    CHECK_EQ(allocated(24), 368);
    CHECK_EQ(allocated(56), 400);
    CHECK_EQ(allocated(24), 464);
    freed(16, 104);
    freed(160, 200);
    freed(400, 56);
}

TEST(select, the_index_is_ordered_by_size)
{
    heap_with_holes();
    FREE_LIST({400, 56, 0}, {16, 104, 0}, {160, 200, 0}, {496, 536, 0});
    WALK({16, 104, 0}, {128, 24, 24}, {160, 200, 0}, {368, 24, 24}, {400, 56, 0}, {464, 24, 24},
         {496, 536, 0});
    check_stats(1, 3, 72, 4, 56 + 104 + 200 + 536);
}

TEST(select, takes_the_smallest_that_is_enough)
{
    heap_with_holes();
    CHECK_EQ(allocated(56), 400);
    heap_with_holes();
    CHECK_EQ(allocated(57), 16);
    heap_with_holes();
    CHECK_EQ(allocated(105), 160);
    heap_with_holes();
    CHECK_EQ(allocated(201), 496);
    heap_with_holes();
    CHECK_EQ(malloc_status(537, 16), HB_OUT_OF_MEMORY);
}

/* Free blocks of S 64 at 208, 112 and 16, freed in the order 16, 208, 112. */
static void heap_with_equals(void)
{
    heap_with(1032);
    CHECK_EQ(allocated(56), 16);
    CHECK_EQ(allocated(24), 80);
    CHECK_EQ(allocated(56), 112);
    CHECK_EQ(allocated(24), 176);
    CHECK_EQ(allocated(56), 208);
    CHECK_EQ(allocated(24), 272);
    freed(16, 56);
    freed(208, 56);
    freed(112, 56);
}

TEST(select, of_equals_takes_the_one_that_entered_last)
{
    heap_with_equals();
    FREE_LIST({112, 56, 0}, {208, 56, 0}, {16, 56, 0}, {304, 728, 0});
    CHECK_EQ(allocated(50), 112);
    CHECK_EQ(allocated(50), 208);
    CHECK_EQ(allocated(50), 16);
    CHECK_EQ(allocated(50), 304);
}

TEST(select, equals_keep_their_order_where_one_leaves_from_among_them)
{
    heap_with_equals();
    freed(272, 24); /* takes 208 out of the middle, to the rest */
    FREE_LIST({112, 56, 0}, {16, 56, 0}, {208, 824, 0});
    CHECK_EQ(allocated(50), 112);
    CHECK_EQ(allocated(50), 16);
}

TEST(select, equals_keep_their_order_where_the_oldest_leaves)
{
    heap_with_equals();
    freed(80, 24); /* 16, it and 112 are one */
    FREE_LIST({208, 56, 0}, {16, 152, 0}, {304, 728, 0});
}

TEST(select, a_remainder_entered_just_now)
{
    heap_with(1032);
    CHECK_EQ(allocated(136), 16); /* S 144 */
    CHECK_EQ(allocated(24), 160);
    CHECK_EQ(allocated(56), 192); /* S 64 */
    CHECK_EQ(allocated(24), 256);
    freed(16, 136);
    freed(192, 56);
    CHECK_EQ(allocated(72), 16); /* S 80 of 144 */
    FREE_LIST({96, 56, 0}, {192, 56, 0}, {288, 744, 0});
}

TEST(select, what_is_merged_entered_just_now)
{
    heap_with(1032);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(allocated(24), 48);
    CHECK_EQ(allocated(24), 80);
    CHECK_EQ(allocated(56), 112);
    CHECK_EQ(allocated(24), 176);
    freed(16, 24);
    freed(112, 56);
    freed(48, 24); /* 16 grows to S 64 */
    FREE_LIST({16, 56, 0}, {112, 56, 0}, {208, 824, 0});
}

TEST(select, a_new_range_entered_just_now)
{
    reset();
    add(0, 72);
    add(512, 584);
    add(256, 328);
    FREE_LIST({272, 56, 0}, {528, 56, 0}, {16, 56, 0});
    WALK({16, 56, 0}, {528, 56, 0}, {272, 56, 0});
}

/* Ragged tails. */

TEST(tail, serves_what_it_makes_up_for)
{
    heap_with(45); /* S 32, tail 5 */
    CHECK_EQ(malloc_status(30, 16), HB_OUT_OF_MEMORY);
    for (size_t size = 25; size <= 29; size++) {
        CHECK_EQ(allocated(size), 16);
        WALK({16, 29, size});
        freed(16, size);
    }
    CHECK_EQ(allocated(24), 16); /* needs no tail, and has it */
    WALK({16, 29, 24});
}

TEST(tail, is_used_only_where_no_whole_stride_is_enough)
{
    heap_with(45);
    add(1024, 1080); /* S 48 */
    CHECK_EQ(allocated(28), 1040);
    CHECK_EQ(allocated(28), 16);
    heap_with(45);
    add(1024, 2048); /* however large */
    CHECK_EQ(allocated(28), 1040);
}

TEST(tail, the_smallest_capacity_is_taken)
{
    reset();
    add(0, 47);
    add(64, 109);
    add(128, 174);
    CHECK_EQ(allocated(25), 80);
    CHECK_EQ(allocated(25), 144);
    CHECK_EQ(allocated(25), 16);
}

TEST(tail, that_is_too_short_is_passed_over)
{
    reset();
    add(0, 47);    /* capacity 31 */
    add(64, 109);  /* 29 */
    add(128, 174); /* 30 */
    CHECK_EQ(allocated(30), 144);
    CHECK_EQ(allocated(30), 16);
    CHECK_EQ(malloc_status(30, 16), HB_OUT_OF_MEMORY);
}

TEST(tail, of_equals_the_one_that_entered_last)
{
    reset();
    add(0, 45);
    add(64, 109);
    CHECK_EQ(allocated(25), 80);
    CHECK_EQ(allocated(25), 16);
    freed(80, 25);
    freed(16, 25);
    CHECK_EQ(allocated(25), 16);
}

TEST(tail, of_other_strides_does_not_count)
{
    reset();
    add(0, 45);                    /* S 32 */
    add(1024, 1024 + 60);          /* S 48, tail 4: capacity 44 */
    add(2048, 2048 + 59);          /* S 48, tail 3: capacity 43 */
    CHECK_EQ(allocated(44), 1040); /* needs 64 */
    CHECK_EQ(malloc_status(44, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(allocated(43), 2064);
}

TEST(tail, of_a_live_block_serves_nobody)
{
    heap_with(45);
    CHECK_EQ(allocated(29), 16);
    CHECK_EQ(malloc_status(25, 16), HB_OUT_OF_MEMORY);
}

/* Alignments above 16. */

/*  16                 256             368
 *  | S 240: the gap    | S 112, live   | S 672   */
TEST(align, the_gap_in_front_stays_free)
{
    heap_with(1032);
    CHECK_EQ(aligned(100, 256), 256);
    WALK({16, 232, 0}, {256, 104, 100}, {368, 664, 0});
    FREE_LIST({16, 232, 0}, {368, 664, 0});
    check_stats(1, 1, 100, 2, 232 + 664);
}

TEST(align, the_gap_enters_before_the_rest)
{
    heap_with(600); /* S 592 = 240 + 112 + 240 */
    CHECK_EQ(aligned(100, 256), 256);
    FREE_LIST({368, 232, 0}, {16, 232, 0});
}

TEST(align, a_gap_of_sixteen_is_a_sliver)
{
    heap_with(264);
    CHECK_EQ(aligned(100, 32), 32);
    WALK({16, 8, 0}, {32, 104, 100}, {144, 120, 0});
    FREE_LIST({144, 120, 0});
    check_stats(1, 1, 100, 2, 128);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 120);
    CHECK_EQ(allocated(8), 144); /* not the sliver */
    CHECK(hb_model_is_block(model, A + 16));
    CHECK_EQ(free_status(16, SIZE_MAX), HB_DOUBLE_FREE);
}

TEST(align, there_is_no_gap_where_the_payload_is_aligned_already)
{
    heap_with(264);
    CHECK_EQ(allocated(40), 16);
    CHECK_EQ(aligned(8, 64), 64);
    WALK({16, 40, 40}, {64, 24, 8}, {96, 168, 0});
}

TEST(align, the_best_fit_is_that_for_size_and_align)
{
    heap_with(1032);
    CHECK_EQ(allocated(40), 16);
    CHECK_EQ(allocated(56), 64); /* S 64 */
    CHECK_EQ(allocated(24), 128);
    freed(64, 56);
    CHECK_EQ(aligned(56, 64), 192); /* 104 wanted, though the hole at 64 would do */
    WALK({16, 40, 40}, {64, 56, 0}, {128, 24, 24}, {160, 24, 0}, {192, 56, 56}, {256, 776, 0});
}

TEST(align, fails_where_none_fits_size_and_align)
{
    heap_with(120); /* S 112 = 48 + 64 */
    CHECK_EQ(allocated(40), 16);
    CHECK_EQ(malloc_status(56, 64), HB_OUT_OF_MEMORY); /* though 64 is aligned and large enough */
    CHECK_EQ(malloc_status(9, 64), HB_OUT_OF_MEMORY);  /* 57 wanted: 80 */
    CHECK_EQ(aligned(8, 64), 64);                      /* 56 wanted: 64 */
}

TEST(align, a_block_of_sixteen_can_be_what_is_left_behind_the_gap)
{
    heap_with(72); /* S 64 = 48 + 16 */
    CHECK_EQ(aligned(8, 64), 64);
    WALK({16, 40, 0}, {64, 8, 8});
    check_usable(64, 8);
    CHECK_EQ(allocated(40), 16);
    freed(64, 8); /* a sliver now */
    WALK({16, 40, 40}, {64, 8, 0});
    check_nothing_indexed();
    check_stats(1, 1, 40, 1, 8);
    CHECK_EQ(malloc_status(1, 16), HB_OUT_OF_MEMORY);
    freed(16, 40);
    FREE_LIST({16, 56, 0});
}

TEST(align, a_ragged_tail_makes_up_for_size_and_align)
{
    heap_with(87);                                     /* S 64, tail 15: capacity 71 */
    CHECK_EQ(malloc_status(24, 64), HB_OUT_OF_MEMORY); /* 72 wanted */
    CHECK_EQ(aligned(23, 64), 64);
    WALK({16, 40, 0}, {64, 23, 23});
}

TEST(align, a_ragged_sliver_serves_nobody)
{
    heap_with(87);
    CHECK_EQ(aligned(23, 64), 64);
    CHECK_EQ(allocated(40), 16);
    freed(64, 23);
    check_nothing_indexed();
    check_stats(1, 1, 40, 1, 23);
    CHECK_EQ(malloc_status(20, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(malloc_status(1, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(hb_model_hole(model, 1), 0);
}

TEST(align, a_tail_counts_only_where_the_stride_is_at_least_align)
{
    heap_with(71); /* S 48, tail 15: capacity 55; nothing could begin at 64 */
    CHECK_EQ(malloc_status(1, 64), HB_OUT_OF_MEMORY); /* 49 wanted: 64, and 48 + 16 is 64 */
    CHECK_EQ(malloc_status(7, 64), HB_OUT_OF_MEMORY); /* 55 wanted */
    CHECK_EQ(aligned(1, 16), 16);
}

TEST(align, of_every_power_of_two_is_taken)
{
    reset();
    for (size_t align = 1; align <= 8192; align *= 2) {
        heap_with(32000);
        CHECK_EQ(aligned(100, align), align <= 16 ? 16 : align);
        freed(align <= 16 ? 16 : align, 100);
        FREE_LIST({16, 31984, 0});
    }
}

TEST(malloc, is_refused_for_the_first_reason_that_holds)
{
    const size_t limit = hb_model_size_limit();
    heap_with(256);
    CHECK_EQ(malloc_status(0, 0), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(SIZE_MAX, 3), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, 48), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(1, SIZE_MAX), HB_INVALID_ALIGN);
    CHECK_EQ(malloc_status(0, 16), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(0, SIZE_MAX / 2 + 1), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(limit, 16), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(SIZE_MAX, 32), HB_INVALID_SIZE);
    CHECK_EQ(malloc_status(241, 16), HB_OUT_OF_MEMORY);
    check_stats(1, 0, 0, 1, 240);
}

TEST(malloc, no_sum_wraps)
{
    const size_t limit = hb_model_size_limit();
    heap_with(264);
    for (size_t less = 1; less <= 64; less++) {
        CHECK_EQ(malloc_status(limit - less, 16), HB_OUT_OF_MEMORY);
        CHECK_EQ(malloc_status(limit - less, 32), HB_OUT_OF_MEMORY);
        CHECK_EQ(malloc_status(limit - less, 128), HB_OUT_OF_MEMORY);
        CHECK_EQ(malloc_status(limit - less, SIZE_MAX / 2 + 1), HB_OUT_OF_MEMORY);
        CHECK_EQ(malloc_status(SIZE_MAX / 2 + 17 - less < limit ? SIZE_MAX / 2 + 17 - less : 1,
                               SIZE_MAX / 2 + 1),
                 HB_OUT_OF_MEMORY);
    }
    WALK({16, 248, 0});
}

/* bf_free. */

/* Live blocks of S 32 at 16, 48, 80 and 112, and the rest of S 128. */
static void heap_in_a_row(void)
{
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(allocated(24), 48);
    CHECK_EQ(allocated(24), 80);
    CHECK_EQ(allocated(24), 112);
}

TEST(free, merges_with_what_is_free_on_either_side)
{
    heap_in_a_row();
    freed(48, 24); /* neither */
    FREE_LIST({48, 24, 0}, {144, 120, 0});
    freed(16, 24); /* behind */
    FREE_LIST({16, 56, 0}, {144, 120, 0});
    freed(80, 24); /* in front */
    FREE_LIST({16, 88, 0}, {144, 120, 0});
    check_stats(1, 1, 24, 2, 208);
    CHECK(!hb_model_is_block(model, A + 80));
    freed(112, 24); /* both */
    FREE_LIST({16, 248, 0});
    WALK({16, 248, 0});
    check_stats(1, 0, 0, 1, 248);
}

TEST(free, merges_with_slivers)
{
    heap_with(264);
    CHECK_EQ(aligned(100, 32), 32); /* the sliver in front */
    freed(32, 100);
    FREE_LIST({16, 248, 0});
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(aligned(100, 32), 64); /* sliver at 48, behind the first */
    freed(16, 24);
    WALK({16, 40, 0}, {64, 104, 100}, {176, 88, 0});
    check_stats(1, 1, 100, 2, 128);
}

TEST(free, does_not_merge_across_ranges_that_touch)
{
    reset();
    add(256, 512);
    add(0, 256);
    CHECK_EQ(allocated(240), 16);
    CHECK_EQ(allocated(240), 272);
    freed(272, 240);
    freed(16, 240);
    FREE_LIST({16, 240, 0}, {272, 240, 0});
    CHECK_EQ(malloc_status(241, 16), HB_OUT_OF_MEMORY);
}

TEST(free, gives_the_ragged_tail_back)
{
    heap_with(269); /* S 256, tail 5 */
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(allocated(141), 128);
    freed(16, 100);
    freed(128, 141);
    FREE_LIST({16, 253, 0});
}

TEST(free, is_refused_for_the_first_reason_that_holds)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(hb_model_free(model, 0, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_free(model, UINTPTR_MAX, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_free(model, UINTPTR_MAX - 15, SIZE_MAX), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_free(model, A - 16, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(17, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(0, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(32, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(264, 100), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(128, 1), HB_DOUBLE_FREE);
    CHECK_EQ(free_status(16, 104), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 0), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, SIZE_MAX - 1), HB_WRONG_SIZE);
    WALK({16, 104, 100}, {128, 136, 0});
    check_stats(1, 1, 100, 1, 136);
    CHECK_EQ(free_status(16, SIZE_MAX), HB_OK);
    CHECK_EQ(free_status(16, 100), HB_DOUBLE_FREE);
}

TEST(free, of_what_has_been_merged_away_is_no_address)
{
    heap_in_a_row();
    freed(16, 24);
    freed(48, 24);
    CHECK_EQ(free_status(48, 24), HB_INVALID_ADDRESS);
    CHECK_EQ(free_status(16, 24), HB_DOUBLE_FREE);
}

/* bf_realloc, by the cases of the page. */

TEST(realloc, case_1_1_the_same_stride)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(resized(16, 100, 104), 16);
    CHECK_EQ(resized(16, SIZE_MAX, 89), 16);
    WALK({16, 104, 89}, {128, 136, 0});
    check_stats(1, 1, 89, 1, 136);
    CHECK_EQ(free_status(16, 104), HB_WRONG_SIZE);
    CHECK_EQ(free_status(16, 89), HB_OK);
}

TEST(realloc, case_1_1_sixteen_less_and_nothing_free_behind)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(allocated(24), 128);
    CHECK_EQ(resized(16, 100, 88), 16); /* needs 96 */
    WALK({16, 104, 88}, {128, 24, 24}, {160, 104, 0});
}

TEST(realloc, case_1_1_sixteen_less_at_the_end_of_the_range)
{
    heap_with(72);
    CHECK_EQ(allocated(56), 16);
    CHECK_EQ(resized(16, 56, 40), 16);
    WALK({16, 56, 40});
}

TEST(realloc, case_1_1_the_ragged_tail)
{
    heap_with(45); /* S 32, capacity 29 */
    CHECK_EQ(allocated(10), 16);
    CHECK_EQ(resized(16, 10, 29), 16);
    WALK({16, 29, 29});
    CHECK_EQ(realloc_status(16, 29, 30, 16), HB_OUT_OF_MEMORY);
    WALK({16, 29, 29});
}

TEST(realloc, case_1_1_a_block_of_sixteen)
{
    heap_with(72);
    CHECK_EQ(aligned(8, 64), 64); /* S 16 */
    CHECK_EQ(resized(64, 8, 3), 64);
    WALK({16, 40, 0}, {64, 8, 3});
    CHECK_EQ(resized(64, 3, 9), 16); /* S 48, the last 16 with it; what it leaves is a sliver */
    WALK({16, 40, 9}, {64, 8, 0});
    check_nothing_indexed();
    check_stats(1, 1, 9, 1, 8);
}

TEST(realloc, case_1_2_shrinks_before_a_live_block)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(allocated(24), 128);
    CHECK_EQ(resized(16, 100, 40), 16); /* S 48, and 64 left over */
    WALK({16, 40, 40}, {64, 56, 0}, {128, 24, 24}, {160, 104, 0});
    FREE_LIST({64, 56, 0}, {160, 104, 0});
    check_stats(1, 2, 64, 2, 160);
}

TEST(realloc, case_1_2_sixteen_and_more_go_to_the_free_block_behind)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(resized(16, 100, 88), 16);
    WALK({16, 88, 88}, {112, 152, 0});
    FREE_LIST({112, 152, 0});
    CHECK_EQ(resized(16, 88, 1), 16);
    WALK({16, 24, 1}, {48, 216, 0});
    check_stats(1, 1, 1, 1, 216);
}

TEST(realloc, case_1_2_the_last_block_gives_its_ragged_tail_away)
{
    heap_with(125); /* S 112, capacity 109 */
    CHECK_EQ(allocated(109), 16);
    CHECK_EQ(resized(16, 109, 56), 16);
    WALK({16, 56, 56}, {80, 45, 0});
}

TEST(realloc, case_1_2_makes_the_free_block_behind_the_most_recent)
{
    heap_with(1032);
    CHECK_EQ(allocated(72), 16);  /* S 80 */
    CHECK_EQ(allocated(40), 96);  /* S 48 */
    CHECK_EQ(allocated(24), 144); /* S 32 */
    CHECK_EQ(allocated(88), 176); /* S 96 */
    CHECK_EQ(allocated(24), 272);
    freed(96, 40);
    freed(176, 88);
    CHECK_EQ(resized(16, 72, 24), 16); /* 48 more for the hole at 96: S 96 too */
    FREE_LIST({48, 88, 0}, {176, 88, 0}, {304, 728, 0});
}

TEST(realloc, case_1_3_absorbs_the_free_block_behind)
{
    heap_in_a_row();
    freed(48, 24);
    CHECK_EQ(resized(16, 24, 56), 16);
    WALK({16, 56, 56}, {80, 24, 24}, {112, 24, 24}, {144, 120, 0});
    FREE_LIST({144, 120, 0});
    check_stats(1, 3, 104, 1, 120);
}

TEST(realloc, case_1_3_splits_off_what_is_32_or_more)
{
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(resized(16, 24, 100), 16);
    WALK({16, 104, 100}, {128, 136, 0});
    CHECK_EQ(resized(16, 100, 216), 16); /* needs 224 of 256 */
    WALK({16, 216, 216}, {240, 24, 0});
    FREE_LIST({240, 24, 0});
}

TEST(realloc, case_1_3_keeps_what_is_less_than_32)
{
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(resized(16, 24, 232), 16); /* needs 240 of 256 */
    WALK({16, 248, 232});
    check_nothing_indexed();
}

TEST(realloc, case_1_3_by_the_ragged_tail_of_the_last_block)
{
    heap_with(256); /* S 240, tail 8 */
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(realloc_status(16, 24, 241, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(resized(16, 24, 240), 16); /* needs 256 */
    WALK({16, 240, 240});
}

TEST(realloc, case_1_3_absorbs_a_sliver)
{
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(aligned(8, 32), 64); /* sliver at 48 */
    CHECK_EQ(resized(16, 24, 40), 16);
    WALK({16, 40, 40}, {64, 24, 8}, {96, 168, 0});
    check_stats(1, 2, 48, 1, 168);
}

TEST(realloc, a_block_of_sixteen_absorbs_what_is_behind)
{
    heap_with(104); /* S 96 = 48 + 16 + 32 */
    CHECK_EQ(allocated(56), 16);
    CHECK_EQ(allocated(24), 80);
    freed(16, 56); /* S 64 */
    CHECK_EQ(aligned(8, 64), 64);
    freed(80, 24);
    WALK({16, 40, 0}, {64, 8, 8}, {80, 24, 0});
    CHECK_EQ(resized(64, 8, 9), 64); /* needs 32 of 48 */
    WALK({16, 40, 0}, {64, 40, 9});
}

TEST(realloc, moves_where_what_is_behind_is_too_small)
{
    heap_in_a_row();
    freed(48, 24);
    CHECK_EQ(resized(16, 24, 57), 144); /* needs 80 of 64 */
    WALK({16, 56, 0}, {80, 24, 24}, {112, 24, 24}, {144, 72, 57}, {224, 40, 0});
    FREE_LIST({224, 40, 0}, {16, 56, 0});
    check_stats(1, 3, 105, 2, 96);
}

TEST(realloc, moves_where_the_pointer_is_not_aligned_as_asked_for)
{
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_realloc(model, A + 16, 24, 24, 32, &payload), HB_OK);
    CHECK_EQ(payload - A, 64); /* 40 wanted: at 48 behind a gap of 16 */
    WALK({16, 40, 0}, {64, 24, 24}, {96, 168, 0});
    CHECK_EQ(hb_model_realloc(model, payload, 24, 30, 64, &payload), HB_OK);
    CHECK_EQ(payload - A, 64); /* it is */
}

TEST(realloc, the_old_block_is_live_until_the_new_one_is_found)
{
    heap_with(152); /* S 144 */
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(allocated(104), 48);
    freed(16, 24);
    CHECK_EQ(realloc_status(48, 104, 105, 16), HB_OUT_OF_MEMORY);
    CHECK_EQ(realloc_status(48, 104, 136, 16), HB_OUT_OF_MEMORY); /* all there is */
    WALK({16, 24, 0}, {48, 104, 104});
    check_stats(1, 1, 104, 1, 24);
}

TEST(realloc, the_old_block_is_freed_after_the_new_one_is_cut)
{
    heap_with(1032);
    CHECK_EQ(allocated(56), 16);
    CHECK_EQ(allocated(24), 80);
    CHECK_EQ(allocated(136), 112); /* S 144 */
    CHECK_EQ(allocated(24), 256);
    freed(112, 136);
    CHECK_EQ(resized(16, 56, 72), 112); /* S 80, and 64 left over; then the old one, S 64 */
    FREE_LIST({16, 56, 0}, {192, 56, 0}, {288, 744, 0});
}

TEST(realloc, of_null_is_malloc)
{
    heap_with(264);
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_realloc(model, 0, 12345, 100, 16, &payload), HB_OK);
    CHECK_EQ(payload - A, 16);
    CHECK_EQ(hb_model_realloc(model, 0, 0, 130, 32, &payload), HB_OUT_OF_MEMORY);
    CHECK_EQ(hb_model_realloc(model, 0, 0, 0, 32, &payload), HB_INVALID_SIZE);
}

TEST(realloc, is_refused_for_the_first_reason_that_holds)
{
    heap_with(264);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(realloc_status(17, 1, 0, 3), HB_INVALID_ALIGN);
    CHECK_EQ(realloc_status(17, 1, 0, 16), HB_INVALID_SIZE);
    CHECK_EQ(realloc_status(17, 1, hb_model_size_limit(), 16), HB_INVALID_SIZE);
    CHECK_EQ(realloc_status(17, 1, 1000, 16), HB_INVALID_ADDRESS);
    CHECK_EQ(realloc_status(32, 1, 1000, 16), HB_INVALID_ADDRESS);
    CHECK_EQ(realloc_status(128, 1, 1000, 16), HB_DOUBLE_FREE);
    CHECK_EQ(realloc_status(16, 99, 1000, 16), HB_WRONG_SIZE);
    CHECK_EQ(realloc_status(16, 100, 1000, 16), HB_OUT_OF_MEMORY);
    WALK({16, 104, 100}, {128, 136, 0});
}

/* bf_remove_range, bf_usable_size, counters, hole. */

TEST(remove, takes_the_range_and_its_place_in_the_order)
{
    uintptr_t begin = 0;
    uintptr_t end = 0;
    reset();
    add(0, 264);
    add(512, 584);
    add(1024, 1288);
    removed(512);
    WALK({16, 248, 0}, {1040, 248, 0});
    FREE_LIST({1040, 248, 0}, {16, 248, 0});
    check_stats(2, 0, 0, 2, 496);
    hb_model_range(model, 1, &begin, &end);
    CHECK_EQ(begin - A, 1024);
    CHECK_EQ(free_status(528, SIZE_MAX), HB_INVALID_ADDRESS);
    CHECK(!hb_model_is_block(model, A + 528));
    CHECK_EQ(allocated(40), 1040);
    add(512, 600);
    WALK({16, 248, 0}, {1040, 40, 40}, {1088, 200, 0}, {528, 72, 0});
}

TEST(remove, is_refused_for_the_first_reason_that_holds)
{
    reset();
    CHECK_EQ(hb_model_remove_range(model, 0), HB_INVALID_ADDRESS);
    heap_with(264);
    CHECK_EQ(allocated(24), 16);
    CHECK_EQ(hb_model_remove_range(model, 0), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_remove_range(model, A + 16), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_remove_range(model, A + 1), HB_INVALID_ADDRESS);
    CHECK_EQ(hb_model_remove_range(model, A), HB_RANGE_IN_USE);
    WALK({16, 24, 24}, {48, 216, 0});
    freed(16, 24);
    removed(0);
    check_stats(0, 0, 0, 0, 0);
    CHECK_EQ(hb_model_remove_range(model, A), HB_INVALID_ADDRESS);
    CHECK_EQ(malloc_status(1, 16), HB_OUT_OF_MEMORY);
}

TEST(remove, takes_a_ragged_tail_out_of_the_choice)
{
    reset();
    add(0, 45);
    add(64, 110);
    removed(0);
    CHECK_EQ(allocated(25), 80);
    CHECK_EQ(malloc_status(25, 16), HB_OUT_OF_MEMORY);
}

TEST(usable, is_the_capacity_of_a_live_block)
{
    heap_with(256);
    CHECK_EQ(allocated(100), 16);
    check_usable(16, 104);
    CHECK_EQ(usable_status(A + 128), HB_DOUBLE_FREE);
    CHECK_EQ(usable_status(A + 32), HB_INVALID_ADDRESS);
    CHECK_EQ(usable_status(A + 17), HB_INVALID_ADDRESS);
    CHECK_EQ(usable_status(0), HB_INVALID_ADDRESS);
    CHECK_EQ(allocated(128), 128);
    check_usable(128, 128);
}

TEST(counters, peak_is_the_most_between_two_calls)
{
    heap_with(1032);
    CHECK_EQ(allocated(100), 16);
    CHECK_EQ(allocated(24), 128);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 124);
    CHECK_EQ(resized(16, 100, 200), 160); /* moves, and is never counted twice */
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 224);
    freed(128, 24);
    CHECK_EQ(resized(160, 200, 210), 160);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 224);
    CHECK_EQ(resized(160, 210, 300), 160);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 300);
    freed(160, 300);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 300);
    reset();
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, 0);
}

TEST(counters, largest_is_a_capacity_with_its_ragged_tail)
{
    reset();
    add(512, 783); /* S 256, tail 7 */
    add(0, 264);   /* S 256 */
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 255);
    CHECK_EQ(hb_model_hole(model, 249), 255); /* by the tail */
    CHECK_EQ(hb_model_hole(model, 248), 248); /* the most recent */
    CHECK_EQ(hb_model_hole(model, 256), 255); /* nothing */
    add(1024, 1304);                          /* S 272 */
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, 264);
}

TEST(hole, is_the_block_that_would_be_selected)
{
    heap_with_holes();
    CHECK_EQ(hb_model_hole(model, 0), 56);
    CHECK_EQ(hb_model_hole(model, 56), 56);
    CHECK_EQ(hb_model_hole(model, 57), 104);
    CHECK_EQ(hb_model_hole(model, 300), 536);
    CHECK_EQ(hb_model_hole(model, 537), 536);
    for (size_t less = 0; less <= 64; less++) {
        CHECK_EQ(hb_model_hole(model, SIZE_MAX - less), 536);
    }
    heap_with(45);
    CHECK_EQ(hb_model_hole(model, 29), 29);
    CHECK_EQ(hb_model_hole(model, 30), 29);
    CHECK_EQ(allocated(1), 16);
    CHECK_EQ(hb_model_hole(model, 1), 0);
}

/* The bound. */

/* As many free blocks of S 32, each between live ones. */
static void heap_with_free_blocks(size_t count)
{
    heap_with(40 + 64 * count); /* the rest is a block of S 32 more */
    for (size_t i = 0; i < 2 * count; i++) {
        CHECK_EQ(allocated(24), 16 + 32 * i);
    }
    for (size_t i = 0; i + 1 < count; i++) {
        freed(16 + 64 * i, 24);
    }
}

static uint64_t malloc_bound(size_t free_blocks)
{
    heap_with_free_blocks(free_blocks);
    CHECK_EQ(hb_model_stats(model).free_block_count, free_blocks);
    CHECK_EQ(malloc_status(24, 16), HB_OK);
    return hb_model_work_bound(model);
}

TEST(bound, does_not_grow_with_the_free_blocks)
{
    CHECK(malloc_bound(1) < malloc_bound(20));
    CHECK_EQ(malloc_bound(500), malloc_bound(50));
}

TEST(bound, is_nothing_where_nothing_is_looked_for)
{
    heap_with_free_blocks(20);
    check_bound(malloc_status(0, 16), HB_INVALID_SIZE, 0);
    check_bound(malloc_status(1, 3), HB_INVALID_ALIGN, 0);
    check_bound(free_status(17, 24), HB_INVALID_ADDRESS, 0);
    check_bound(free_status(16, 24), HB_DOUBLE_FREE, 0);
    check_bound(realloc_status(16, 24, 24, 16), HB_DOUBLE_FREE, 0);
    check_bound(hb_model_remove_range(model, A + 16), HB_INVALID_ADDRESS, 0);
    check_bound(hb_model_add_range(model, A, A), HB_INVALID_SIZE, 0);
}

/* docs/core.md, Bound, with 100 free blocks and one range; on 32 bits a size has 28 bits. */
TEST(bound, is_that_of_the_docs)
{
    const uint64_t levels = sizeof(size_t) > 4 ? 44 : 28;
    heap_with_free_blocks(100);
    CHECK_EQ(malloc_status(24, 16), HB_OK);
    CHECK_EQ(hb_model_work_bound(model), 11 * levels + 3 + 24);
    CHECK_EQ(free_status(48, 24), HB_OK);
    CHECK_EQ(hb_model_work_bound(model), 13 * levels + 2 + 26);
    CHECK_EQ(realloc_status(112, 24, 24, 16), HB_OK);
    CHECK_EQ(hb_model_work_bound(model), 29 * levels + 6 + 54);
    CHECK_EQ(realloc_status(112, 24, 24, 4096), HB_OUT_OF_MEMORY);
    CHECK_EQ(hb_model_work_bound(model), 29 * levels + 6 + 54);
    add(16384, 16384 + 64);
    CHECK_EQ(hb_model_work_bound(model), 2 * levels + 6);
    CHECK_EQ(hb_model_remove_range(model, A + 16384), HB_OK);
    CHECK_EQ(hb_model_work_bound(model), 4 * levels + 4 + 6);
}

TEST(bound, of_a_walk_is_the_blocks_of_the_range)
{
    heap_with_holes();
    add(2048, 2112);
    CHECK_EQ(hb_model_walk_bound(model, A + 16), 7);
    CHECK_EQ(hb_model_walk_bound(model, A + 1031), 7);
    CHECK_EQ(hb_model_walk_bound(model, A + 2048), 1);
    CHECK_EQ(hb_model_walk_bound(model, A + 1032), 0);
    CHECK_EQ(hb_model_walk_bound(model, 0), 0);
    freed(128, 24);
    CHECK_EQ(hb_model_walk_bound(model, A + 16), 5);
}

TEST(reset, forgets_everything)
{
    heap_with_equals();
    reset();
    struct hb_model_block block;
    uint64_t position = 0;
    CHECK(!hb_model_next_block(model, &position, &block));
    check_nothing_indexed();
    check_stats(0, 0, 0, 0, 0);
    add(0, 1032);
    CHECK_EQ(free_status(112, SIZE_MAX), HB_INVALID_ADDRESS); /* a block of the heap before */
    WALK({16, 1016, 0});
}

TESTS_BEGIN
ENTRY(range, is_one_free_block_of_all_but_sixteen_bytes)
ENTRY(range, of_every_size_serves_all_but_sixteen_bytes)
ENTRY(range, is_refused_for_the_first_reason_that_holds)
ENTRY(range, is_shorter_than_two_to_the_forty_eight)
ENTRY(range, the_thirty_third_is_too_many)
ENTRY(malloc, hands_out_the_front)
ENTRY(malloc, needs_the_size_and_eight_rounded_up_and_at_least_32)
ENTRY(malloc, hands_out_a_rest_of_sixteen_with_the_block)
ENTRY(malloc, splits_off_a_rest_of_32)
ENTRY(malloc, an_exact_fit_leaves_nothing)
ENTRY(malloc, the_rest_keeps_the_ragged_tail)
ENTRY(select, the_index_is_ordered_by_size)
ENTRY(select, takes_the_smallest_that_is_enough)
ENTRY(select, of_equals_takes_the_one_that_entered_last)
ENTRY(select, equals_keep_their_order_where_one_leaves_from_among_them)
ENTRY(select, equals_keep_their_order_where_the_oldest_leaves)
ENTRY(select, a_remainder_entered_just_now)
ENTRY(select, what_is_merged_entered_just_now)
ENTRY(select, a_new_range_entered_just_now)
ENTRY(tail, serves_what_it_makes_up_for)
ENTRY(tail, is_used_only_where_no_whole_stride_is_enough)
ENTRY(tail, the_smallest_capacity_is_taken)
ENTRY(tail, that_is_too_short_is_passed_over)
ENTRY(tail, of_equals_the_one_that_entered_last)
ENTRY(tail, of_other_strides_does_not_count)
ENTRY(tail, of_a_live_block_serves_nobody)
ENTRY(align, the_gap_in_front_stays_free)
ENTRY(align, the_gap_enters_before_the_rest)
ENTRY(align, a_gap_of_sixteen_is_a_sliver)
ENTRY(align, there_is_no_gap_where_the_payload_is_aligned_already)
ENTRY(align, the_best_fit_is_that_for_size_and_align)
ENTRY(align, fails_where_none_fits_size_and_align)
ENTRY(align, a_block_of_sixteen_can_be_what_is_left_behind_the_gap)
ENTRY(align, a_ragged_tail_makes_up_for_size_and_align)
ENTRY(align, a_ragged_sliver_serves_nobody)
ENTRY(align, a_tail_counts_only_where_the_stride_is_at_least_align)
ENTRY(align, of_every_power_of_two_is_taken)
ENTRY(malloc, is_refused_for_the_first_reason_that_holds)
ENTRY(malloc, no_sum_wraps)
ENTRY(free, merges_with_what_is_free_on_either_side)
ENTRY(free, merges_with_slivers)
ENTRY(free, does_not_merge_across_ranges_that_touch)
ENTRY(free, gives_the_ragged_tail_back)
ENTRY(free, is_refused_for_the_first_reason_that_holds)
ENTRY(free, of_what_has_been_merged_away_is_no_address)
ENTRY(realloc, case_1_1_the_same_stride)
ENTRY(realloc, case_1_1_sixteen_less_and_nothing_free_behind)
ENTRY(realloc, case_1_1_sixteen_less_at_the_end_of_the_range)
ENTRY(realloc, case_1_1_the_ragged_tail)
ENTRY(realloc, case_1_1_a_block_of_sixteen)
ENTRY(realloc, case_1_2_shrinks_before_a_live_block)
ENTRY(realloc, case_1_2_sixteen_and_more_go_to_the_free_block_behind)
ENTRY(realloc, case_1_2_the_last_block_gives_its_ragged_tail_away)
ENTRY(realloc, case_1_2_makes_the_free_block_behind_the_most_recent)
ENTRY(realloc, case_1_3_absorbs_the_free_block_behind)
ENTRY(realloc, case_1_3_splits_off_what_is_32_or_more)
ENTRY(realloc, case_1_3_keeps_what_is_less_than_32)
ENTRY(realloc, case_1_3_by_the_ragged_tail_of_the_last_block)
ENTRY(realloc, case_1_3_absorbs_a_sliver)
ENTRY(realloc, a_block_of_sixteen_absorbs_what_is_behind)
ENTRY(realloc, moves_where_what_is_behind_is_too_small)
ENTRY(realloc, moves_where_the_pointer_is_not_aligned_as_asked_for)
ENTRY(realloc, the_old_block_is_live_until_the_new_one_is_found)
ENTRY(realloc, the_old_block_is_freed_after_the_new_one_is_cut)
ENTRY(realloc, of_null_is_malloc)
ENTRY(realloc, is_refused_for_the_first_reason_that_holds)
ENTRY(remove, takes_the_range_and_its_place_in_the_order)
ENTRY(remove, is_refused_for_the_first_reason_that_holds)
ENTRY(remove, takes_a_ragged_tail_out_of_the_choice)
ENTRY(usable, is_the_capacity_of_a_live_block)
ENTRY(counters, peak_is_the_most_between_two_calls)
ENTRY(counters, largest_is_a_capacity_with_its_ragged_tail)
ENTRY(hole, is_the_block_that_would_be_selected)
ENTRY(bound, does_not_grow_with_the_free_blocks)
ENTRY(bound, is_nothing_where_nothing_is_looked_for)
ENTRY(bound, is_that_of_the_docs)
ENTRY(bound, of_a_walk_is_the_blocks_of_the_range)
ENTRY(reset, forgets_everything)
TESTS_END
