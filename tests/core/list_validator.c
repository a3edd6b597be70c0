/* SPDX-License-Identifier: MIT
 *
 * bf_check, invariant by invariant: each is broken by hand, and the report must name it and the
 * place. Then exhaustively: of a small heap every bit of every header, every value of every word
 * near what makes sense, and every counter. The layout of a header that is used here is the one
 * that docs/core.md documents.
 */
#define SUITE "validator"
#include "check.h"

#include "arena.h"

static struct bf_heap heap;
static struct snapshot before;
static unsigned char *live_block;   /* payloads */
static unsigned char *freed_block;  /* free, at the head of the list */
static unsigned char *second_block; /* live */
static unsigned char *tail_block;   /* free, ragged, second in the list */

/*     range 0 of 201 bytes: | live 32 | free 32 | live 48 | free 25 |, range 1: free, 64 of 80 */
static void start(void)
{
    void *out[3] = {NULL, NULL, NULL};

    arena_reset();
    arena_take(201);
    arena_take(80);
    memset(arenas[0].begin, 0, 201);
    memset(arenas[1].begin, 0, 80);
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arenas[0].begin, arenas[0].end), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 20, 1, &out[0]), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 32, 1, &out[1]), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 33, 1, &out[2]), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arenas[1].begin, arenas[1].end), BF_OK);
    CHECK_EQ(bf_free(&heap, out[1], 32), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    live_block = out[0];
    freed_block = out[1];
    second_block = out[2];
    tail_block = second_block + 48 + 16;
}

static void write_word(unsigned char *payload, size_t word_index, uintptr_t value)
{
    memcpy(payload - 16 + word_index * sizeof value, &value, sizeof value);
}

static uintptr_t read_word(const unsigned char *payload, size_t word_index)
{
    uintptr_t value;

    memcpy(&value, payload - 16 + word_index * sizeof value, sizeof value);
    return value;
}

/* payload: of the block that the fault is to show; null: the heap itself. */
static void check_fault(unsigned invariant, const unsigned char *payload, size_t range_index)
{
    struct bf_fault fault = {0, NULL, NULL, 0, 0};

    snapshot_save(&before, &heap);
    CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
    CHECK(snapshot_equals(&before, &heap, 0));
    CHECK_EQ(fault.invariant, invariant);
    CHECK(fault.reason != NULL && strlen(fault.reason) > 10);
    CHECK_EQ(fault.range_index, range_index);
    CHECK(fault.block == (payload == NULL ? NULL : payload - 16));
    CHECK_EQ(fault.offset_bytes, payload == NULL ? 0 : payload - 16 - arenas[range_index].begin);
    CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
}

TEST(I1, more_ranges_than_the_table_holds)
{
    start();
    heap.range_count = BF_RANGES_MAX + 1;
    check_fault(1, NULL, SIZE_MAX);
    heap.range_count = SIZE_MAX;
    check_fault(1, NULL, SIZE_MAX);
}

TEST(I2, a_range_that_cannot_be)
{
    start();
    const struct bf_range sound = heap.ranges[1];

    heap.ranges[1].begin = 0;
    check_fault(2, NULL, 1);
    heap.ranges[1].begin = sound.begin + 8;
    check_fault(2, NULL, 1);
    heap.ranges[1].begin = sound.begin;
    heap.ranges[1].end = sound.begin - 16;
    check_fault(2, NULL, 1);
    heap.ranges[1].end = sound.begin;
    check_fault(2, NULL, 1);
    heap.ranges[1].end = sound.begin + 16;
    check_fault(2, NULL, 1);
    heap.ranges[1] = sound;
    heap.ranges[0].begin += 8; /* the first, too */
    check_fault(2, NULL, 0);
}

TEST(I3, ranges_that_share_a_byte)
{
    start();
    heap.ranges[1].begin = heap.ranges[0].begin + 192;
    check_fault(3, NULL, 1);
    heap.ranges[1] = heap.ranges[0];
    check_fault(3, NULL, 1);
    /* The third and the second, but not the first. */
    start();
    heap.ranges[2] = heap.ranges[1];
    heap.range_count = 3;
    check_fault(3, NULL, 2);
}

TEST(I4, a_capacity_that_does_not_tile_its_range)
{
    start();
    write_word(live_block, 0, 0);
    check_fault(4, live_block, 0);
    write_word(live_block, 0, UINTPTR_MAX);
    check_fault(4, live_block, 0);
    write_word(live_block, 0, 201 - 16 + 1);
    check_fault(4, live_block, 0);
    write_word(live_block, 0, 201 - 16 - 9);
    check_fault(4, live_block, 0);
    write_word(live_block, 0, 201 - 16 - 16);
    check_fault(4, live_block, 0);
    start();
    write_word(tail_block, 0, 26);
    check_fault(4, tail_block, 0);
    write_word(tail_block, 0, 24);
    check_fault(4, tail_block, 0);
}

TEST(I5, a_ragged_capacity_before_the_end)
{
    start();
    write_word(second_block, 0, 47);
    check_fault(5, second_block, 0);
    write_word(second_block, 0, 1);
    check_fault(5, second_block, 0);
}

TEST(I6, slack_that_malloc_does_not_leave)
{
    start();
    write_word(second_block, 1, (uintptr_t)32 << 1 | 1);
    check_fault(6, second_block, 0);
    write_word(second_block, 1, UINTPTR_MAX);
    check_fault(6, second_block, 0);
    start();
    write_word(live_block, 1, (uintptr_t)32 << 1 | 1);
    check_fault(6, live_block, 0);
    /* A ragged block of 25 bytes: 24 of slack leave a request of 1, which is not split off; 25
     * would leave nothing. */
    start();
    write_word(tail_block, 1, (uintptr_t)25 << 1 | 1);
    check_fault(6, tail_block, 0);
    write_word(tail_block, 1, (uintptr_t)24 << 1 | 1);
    check_fault(8, NULL, SIZE_MAX);
}

TEST(I7, a_link_that_is_no_multiple_of_16)
{
    start();
    write_word(freed_block, 1, (uintptr_t)tail_block - 8);
    check_fault(7, freed_block, 0);
    write_word(freed_block, 1, 2);
    check_fault(7, freed_block, 0);
}

TEST(I8, counters_of_free_blocks)
{
    start();
    heap.free_block_count++;
    check_fault(8, NULL, SIZE_MAX);
    heap.free_block_count -= 2;
    check_fault(8, NULL, SIZE_MAX);
    start();
    heap.free_bytes++;
    check_fault(8, NULL, SIZE_MAX);
    heap.free_bytes -= 2;
    check_fault(8, NULL, SIZE_MAX);
}

TEST(I9, counters_of_live_blocks)
{
    start();
    heap.live_block_count++;
    check_fault(9, NULL, SIZE_MAX);
    heap.live_block_count -= 2;
    check_fault(9, NULL, SIZE_MAX);
    start();
    heap.live_bytes++;
    check_fault(9, NULL, SIZE_MAX);
    heap.live_bytes -= 2;
    check_fault(9, NULL, SIZE_MAX);
}

/* As the head of the list, and as a link. */
static void check_target(uintptr_t target)
{
    start();
    heap.free_head = target;
    check_fault(10, NULL, SIZE_MAX);
    start();
    write_word(freed_block, 1, target);
    check_fault(10, freed_block, 0);
}

TEST(I10, a_link_to_what_is_no_free_block)
{
    static _Alignas(16) unsigned char elsewhere[64];

    start();
    check_target(0);
    check_target((uintptr_t)live_block - 16);
    check_target((uintptr_t)second_block - 16);
    check_target((uintptr_t)tail_block);
    check_target((uintptr_t)tail_block + 16);
    check_target((uintptr_t)arenas[1].end);
    check_target((uintptr_t)arenas[0].begin - 16);
    check_target((uintptr_t)elsewhere);
    check_target(16);
    check_target(UINTPTR_MAX - 15);
}

TEST(I10, a_link_to_a_free_block_forged_in_a_payload)
{
    start();
    /* The forged header is all that a free block of 16 would be, but no boundary. */
    const uintptr_t forged = (uintptr_t)second_block + 16;
    const uintptr_t words[2] = {16, read_word(freed_block, 1)};

    memcpy(second_block + 16, words, sizeof words);
    write_word(freed_block, 1, forged);
    check_fault(10, freed_block, 0);
}

TEST(I11, a_list_that_goes_on)
{
    start();
    /* The list: freed_block, range 1, tail_block. */
    CHECK_EQ(read_word(tail_block, 1), 0);
    write_word(tail_block, 1, (uintptr_t)freed_block - 16);
    check_fault(11, tail_block, 0);
    write_word(tail_block, 1, (uintptr_t)tail_block - 16);
    check_fault(11, tail_block, 0);
    write_word(tail_block, 1, (uintptr_t)arenas[1].begin);
    check_fault(11, tail_block, 0);
}

/* -- exhaustively
 * ----------------------------------------------------------------------------------- */

static unsigned char *const *const all_blocks[] = {&live_block, &freed_block, &second_block,
                                                   &tail_block};

static unsigned char *block_number(size_t index)
{
    return index < 4 ? *all_blocks[index] : arenas[1].begin + 16;
}

TEST(every, bit_of_every_header_is_guarded)
{
    start();
    for (size_t i = 0; i < 5; i++) {
        for (size_t bit = 0; bit < 128; bit++) {
            unsigned char *byte = block_number(i) - 16 + bit / 8;
            const bool is_used = bit / 8 < 2 * sizeof(uintptr_t);

            *byte ^= (unsigned char)(1u << bit % 8);
            CHECK_EQ(bf_check(&heap, NULL), is_used ? BF_CORRUPTED : BF_OK);
            *byte ^= (unsigned char)(1u << bit % 8);
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(every, word_but_the_right_one_is_found)
{
    start();
    const uintptr_t base = (uintptr_t)arenas[0].begin - 64;

    for (size_t i = 0; i < 5; i++) {
        for (size_t word_index = 0; word_index < 2; word_index++) {
            const uintptr_t sound = read_word(block_number(i), word_index);

            for (uintptr_t k = 0; k < 1024; k++) {
                const uintptr_t near_zero = k;
                const uintptr_t near_blocks = base + k;

                write_word(block_number(i), word_index, near_zero);
                CHECK_EQ(bf_check(&heap, NULL), near_zero == sound ? BF_OK : BF_CORRUPTED);
                write_word(block_number(i), word_index, near_blocks);
                CHECK_EQ(bf_check(&heap, NULL), near_blocks == sound ? BF_OK : BF_CORRUPTED);
            }
            write_word(block_number(i), word_index, sound);
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK(arena_gaps_are_intact());
}

TEST(every, bit_of_the_heap_but_the_count_of_failures_is_guarded)
{
    start();
    unsigned char *bytes = (unsigned char *)&heap;
    const size_t failures_begin = offsetof(struct bf_heap, failed_counts);
    const size_t failures_end = failures_begin + sizeof heap.failed_counts;
    const size_t used_end = offsetof(struct bf_heap, ranges);
    const size_t peak_begin = offsetof(struct bf_heap, peak_live_bytes);
    const size_t peak_end = peak_begin + sizeof heap.peak_live_bytes;

    for (size_t i = 0; i < used_end; i++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            /* A range that the table gains is all zeros: I2. The range table itself is believed as
             * far as I2 and I3 go, as bf_check cannot know what memory there is; and so is the
             * peak, as long as it is one. */
            if (i >= peak_begin && i < peak_end) {
                continue;
            }
            bytes[i] ^= (unsigned char)(1u << bit);
            CHECK_EQ(bf_check(&heap, NULL),
                     i >= failures_begin && i < failures_end ? BF_OK : BF_CORRUPTED);
            bytes[i] ^= (unsigned char)(1u << bit);
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TESTS_BEGIN
ENTRY(I1, more_ranges_than_the_table_holds)
ENTRY(I2, a_range_that_cannot_be)
ENTRY(I3, ranges_that_share_a_byte)
ENTRY(I4, a_capacity_that_does_not_tile_its_range)
ENTRY(I5, a_ragged_capacity_before_the_end)
ENTRY(I6, slack_that_malloc_does_not_leave)
ENTRY(I7, a_link_that_is_no_multiple_of_16)
ENTRY(I8, counters_of_free_blocks)
ENTRY(I9, counters_of_live_blocks)
ENTRY(I10, a_link_to_what_is_no_free_block)
ENTRY(I10, a_link_to_a_free_block_forged_in_a_payload)
ENTRY(I11, a_list_that_goes_on)
ENTRY(every, bit_of_every_header_is_guarded)
ENTRY(every, word_but_the_right_one_is_found)
ENTRY(every, bit_of_the_heap_but_the_count_of_failures_is_guarded)
TESTS_END
