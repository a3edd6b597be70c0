/* SPDX-License-Identifier: MIT
 *
 * The list index and damage that breaks one rule and no other: forged blocks that are right in all
 * but one thing, and counters that do not fit the list.
 */
#define SUITE "list_damage"
#include "check.h"

#include "heap.h"

static void start(void)
{
    heap_begin(0);
}

/* The two words of a header, as docs/core.md has them. */
static void write_header(unsigned char *payload, uintptr_t capacity, uintptr_t tag)
{
    const uintptr_t words[2] = {capacity, tag};

    memcpy(payload - 16, words, sizeof words);
}

static void check_slack(size_t length, uintptr_t slack, unsigned invariant)
{
    struct bf_fault fault = {0, NULL, NULL, 0, 0};

    start();
    unsigned char *begin = add_range(length)->begin;
    unsigned char *block = allocate(length - 16);

    write_header(block, length - 16, slack << 1 | 1);
    CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
    CHECK_EQ(fault.invariant, invariant);
    CHECK(invariant != 6 || fault.block == begin);
}

/* One block in a range. Where the slack alone is believed, the counters are not (I9). */
TEST(I6, slack_that_malloc_could_have_split_off)
{
    check_slack(16 + 41, 31, 6); /* a request of 10 leaves 25 of 41 */
    check_slack(16 + 41, 25, 6); /* of 16, the same */
    check_slack(16 + 41, 24, 9); /* of 17, 9 */
    check_slack(16 + 48, 31, 9); /* of 17, 16 of 48: no header and a byte */
    check_slack(16 + 48, 32, 6);
    check_slack(16 + 33, 16, 9);
    check_slack(16 + 33, 17, 6);
    check_slack(16 + 32, 31, 9);
}

TEST(I6, a_request_of_nothing)
{
    for (size_t capacity = 1; capacity <= 31; capacity++) {
        check_slack(16 + capacity, capacity, 6);
    }
}

/* A link to 8 behind where a header can be, to all that a free block would be. */
TEST(malloc, a_link_to_a_misaligned_block_is_refused)
{
    void *out = NULL;

    start();
    add_range(512);
    unsigned char *live = allocate(128);
    unsigned char *forged = live + 16 + 8;

    /* The heap counts one free block, as large as the forged one says that it is. */
    write_header(forged, 32, 0);
    heap.free_bytes = 32;
    heap.free_head = (uintptr_t)forged - 16;
    CHECK_REFUSED(bf_malloc(&heap, 16, 1, &out), BF_CORRUPTED);
}

TEST(malloc, counters_that_the_list_does_not_fit_are_refused)
{
    static const size_t count_errors[] = {1, (size_t)-1, 0, 0};
    static const size_t byte_errors[] = {0, 0, 1, (size_t)-300};

    for (int i = 0; i < 4; i++) {
        void *out = NULL;
        struct bf_stats stats = {0};

        start();
        unsigned char *begin = add_range(512)->begin;

        add_range(256);
        heap.free_block_count += count_errors[i];
        heap.free_bytes += byte_errors[i];
        CHECK_REFUSED(bf_malloc(&heap, 16, 1, &out), BF_CORRUPTED);
        CHECK_REFUSED(bf_remove_range(&heap, begin), BF_CORRUPTED);
        CHECK_EQ(bf_stats(&heap, &stats), BF_CORRUPTED);
        CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
    }
}

TESTS_BEGIN
ENTRY(I6, slack_that_malloc_could_have_split_off)
ENTRY(I6, a_request_of_nothing)
ENTRY(malloc, a_link_to_a_misaligned_block_is_refused)
ENTRY(malloc, counters_that_the_list_does_not_fit_are_refused)
TESTS_END
