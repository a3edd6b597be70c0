/* SPDX-License-Identifier: MIT
 *
 * The C rendering of the seed has the seed's faults, each shown on the rendering itself. Were one
 * of them lost, the bed would have nothing to find. Numbers 9 (nothing is coalesced) and 12 (32-bit
 * Arm) are missing: they are not faults of single calls.
 */
#define SUITE "seed_faults"
#include "check.h"

#include <setjmp.h>

static jmp_buf leave;
static unsigned long step_count;

enum { PANIC = 1, ENDLESS };

#define SEED_PANIC(text) longjmp(leave, ((void)(text), PANIC))
#define SEED_STEP()      (++step_count > 10000 ? longjmp(leave, ENDLESS) : (void)0)
#include "targets/seed_alloc.h"

static _Alignas(16) unsigned char arena[4096];
static struct seed_heap heap;

static void heap_with(size_t range_bytes)
{
    memset(arena, 0xC7, sizeof(arena));
    step_count = 0;
    seed_init(&heap);
    CHECK_EQ(seed_add_range(&heap, (uintptr_t)arena, (uintptr_t)arena + range_bytes), SEED_OK);
}

static void *allocated(size_t size)
{
    void *result = NULL;
    CHECK_EQ(seed_malloc(&heap, size, 1, &result), SEED_OK);
    return result;
}

/* How a call ends: 0 by returning. */
static int end_of_free(void *ptr, size_t size)
{
    const int how = setjmp(leave);
    if (how == 0) {
        seed_free(&heap, ptr, size);
    }
    return how;
}

static int end_of_malloc(size_t size)
{
    void *result = NULL;
    const int how = setjmp(leave);
    if (how == 0) {
        (void)seed_malloc(&heap, size, 1, &result);
    }
    return how;
}

static size_t capacity_of(const void *ptr)
{
    return seed_control_ptr(ptr)->size;
}

static size_t head_size(void)
{
    return heap.head == NULL ? 0 : heap.head->size;
}

TEST(fault_1, free_shrinks_a_block_to_the_unaligned_size)
{
    heap_with(16 + 32);
    void *first = allocated(17);
    CHECK_EQ(end_of_free(first, 17), 0);
    CHECK_EQ(capacity_of(first), 17);
    void *again = allocated(17);
    CHECK(again == first);
    CHECK_EQ(end_of_free(again, 17), PANIC);
}

TEST(fault_2, a_block_taken_whole_panics_at_its_correct_free)
{
    heap_with(16 + 64);
    void *whole = allocated(48);
    CHECK_EQ(capacity_of(whole), 64);
    CHECK_EQ(end_of_free(whole, 48), PANIC);
}

TEST(fault_3, the_fallback_hands_out_a_block_that_panics_when_freed)
{
    heap_with(16 + 20);
    void *tail = allocated(20);
    CHECK_EQ(capacity_of(tail), 20);
    CHECK_EQ(end_of_free(tail, 20), PANIC);
}

TEST(fault_4, a_refused_free_has_written_already)
{
    heap_with(1024);
    void *live = allocated(16);
    CHECK(seed_control_ptr(live)->next == NULL);
    CHECK_EQ(end_of_free(live, 100), PANIC);
    CHECK(seed_control_ptr(live)->next != NULL);
}

TEST(fault_4, a_refused_double_free_leaves_a_cycle)
{
    heap_with(1024);
    void *live = allocated(16);
    CHECK_EQ(end_of_free(live, 16), 0);
    CHECK_EQ(end_of_free(live, 100), PANIC);
    CHECK(seed_control_ptr(live)->next == seed_control_ptr(live));
    CHECK_EQ(end_of_malloc(16), ENDLESS);
}

TEST(fault_5, a_double_free_makes_the_next_malloc_endless)
{
    heap_with(1024);
    void *live = allocated(16);
    CHECK_EQ(end_of_free(live, 16), 0);
    CHECK_EQ(end_of_free(live, 16), 0);
    CHECK_EQ(end_of_malloc(16), ENDLESS);
}

TEST(fault_6, a_range_too_small_wraps_to_an_enormous_block)
{
    const uintptr_t begin = (uintptr_t)arena;
    heap_with(1024);
    CHECK_EQ(seed_add_range(&heap, begin, begin + 8), SEED_OK);
    CHECK_EQ(head_size(), SIZE_MAX - 7);
    CHECK_EQ(seed_add_range(&heap, begin, begin), SEED_OK);
    CHECK_EQ(head_size(), SIZE_MAX - 15);
    CHECK_EQ(seed_add_range(&heap, begin + 32, begin), SEED_OK);
    CHECK_EQ(head_size(), SIZE_MAX - 47);
}

TEST(fault_7, overlapping_ranges_hand_out_the_same_bytes_twice)
{
    const uintptr_t begin = (uintptr_t)arena;
    heap_with(1024);
    CHECK_EQ(seed_add_range(&heap, begin + 512, begin + 1536), SEED_OK);
    const uintptr_t one = (uintptr_t)allocated(1008);
    const uintptr_t other = (uintptr_t)allocated(900);
    CHECK((one < other ? other - one : one - other) < 900);
}

TEST(fault_8, an_alignment_of_zero_or_three_is_accepted)
{
    void *result = NULL;
    heap_with(1024);
    CHECK_EQ(seed_malloc(&heap, 16, 0, &result), SEED_OK);
    CHECK_EQ(seed_malloc(&heap, 16, 3, &result), SEED_OK);
    CHECK_EQ(seed_malloc(&heap, 16, 17, &result), SEED_INVALID_ALIGN);
}

TEST(fault_10, an_interior_pointer_with_a_forged_header_is_accepted)
{
    const struct seed_meta forged = {32, NULL};
    heap_with(1024);
    unsigned char *live = allocated(128);
    memcpy(live + 16, &forged, sizeof(forged));
    CHECK_EQ(end_of_free(live + 16 + seed_overhead(), 32), 0);
    void *inside = allocated(32);
    CHECK(inside == live + 16 + seed_overhead());
}

TEST(fault_10, a_foreign_pointer_is_written_to_before_it_panics)
{
    heap_with(256);
    unsigned char *foreign = arena + 2048;
    struct seed_meta before;
    memcpy(&before, seed_control_ptr(foreign), sizeof(before));
    CHECK_EQ(end_of_free(foreign, 16), PANIC);
    CHECK(memcmp(&before, seed_control_ptr(foreign), sizeof(before)) != 0);
}

TEST(fault_11, any_size_that_rounds_to_the_same_is_accepted_and_kept)
{
    heap_with(1024);
    void *live = allocated(32);
    CHECK_EQ(end_of_free(live, 17), 0);
    CHECK_EQ(capacity_of(live), 17);
}

TEST(fault_13, a_remainder_of_a_few_bytes_is_split_off_and_panics_when_freed)
{
    heap_with(16 + 16 + 16 + 15);
    void *front = allocated(16);
    CHECK_EQ(head_size(), 15);
    void *remainder = allocated(15);
    CHECK(remainder == (unsigned char *)front + 32);
    CHECK_EQ(end_of_free(remainder, 15), PANIC);
}

TEST(not_a_fault, the_parents_rounding_saturates)
{
    CHECK_EQ(seed_align_up_size(1), 16);
    CHECK_EQ(seed_align_up_size(16), 16);
    CHECK_EQ(seed_align_up_size(SIZE_MAX - 17), SIZE_MAX - 15);
    CHECK_EQ(seed_align_up_size(SIZE_MAX - 16), SIZE_MAX);
    CHECK_EQ(seed_align_up_size(SIZE_MAX), SIZE_MAX);
}

TESTS_BEGIN
ENTRY(fault_1, free_shrinks_a_block_to_the_unaligned_size)
ENTRY(fault_2, a_block_taken_whole_panics_at_its_correct_free)
ENTRY(fault_3, the_fallback_hands_out_a_block_that_panics_when_freed)
ENTRY(fault_4, a_refused_free_has_written_already)
ENTRY(fault_4, a_refused_double_free_leaves_a_cycle)
ENTRY(fault_5, a_double_free_makes_the_next_malloc_endless)
ENTRY(fault_6, a_range_too_small_wraps_to_an_enormous_block)
ENTRY(fault_7, overlapping_ranges_hand_out_the_same_bytes_twice)
ENTRY(fault_8, an_alignment_of_zero_or_three_is_accepted)
ENTRY(fault_10, an_interior_pointer_with_a_forged_header_is_accepted)
ENTRY(fault_10, a_foreign_pointer_is_written_to_before_it_panics)
ENTRY(fault_11, any_size_that_rounds_to_the_same_is_accepted_and_kept)
ENTRY(fault_13, a_remainder_of_a_few_bytes_is_split_off_and_panics_when_freed)
ENTRY(not_a_fault, the_parents_rounding_saturates)
TESTS_END
