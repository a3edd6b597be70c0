/* SPDX-License-Identifier: MIT
 *
 * The ledger of live allocations: which ranges of bytes overlap, to the byte, and that entering and
 * striking out keeps it sorted and complete. Checked against a map with a cell for each byte.
 */
#define SUITE "ledger"
#include "check.h"

#include "ledger.h"
#include "stream.h"

static struct hb_ledger ledger;

static void empty(void)
{
    free(ledger.items);
    ledger = (struct hb_ledger){0};
}

static void enter(uintptr_t begin, size_t size, uint32_t slot)
{
    hb_ledger_enter(
        &ledger, (struct hb_allocation){.begin = begin, .size = size, .key = slot, .slot = slot});
}

/* Slot of the allocation that overlaps, -1 for none. */
static int overlap(uintptr_t begin, size_t size)
{
    const struct hb_allocation *other = hb_ledger_overlap(&ledger, begin, size);
    return other == NULL ? -1 : (int)other->slot;
}

TEST(overlap, an_empty_ledger_has_none)
{
    empty();
    CHECK(overlap(0, SIZE_MAX) == -1);
    CHECK(overlap(1000, 1) == -1);
    CHECK(hb_ledger_find(&ledger, 1000) == NULL);
}

TEST(overlap, is_told_to_the_byte)
{
    empty();
    enter(1000, 10, 1);
    CHECK(overlap(990, 10) == -1);
    CHECK(overlap(990, 11) == 1);
    CHECK(overlap(1000, 1) == 1);
    CHECK(overlap(1000, 10) == 1);
    CHECK(overlap(1003, 2) == 1);
    CHECK(overlap(1009, 1) == 1);
    CHECK(overlap(1009, 100) == 1);
    CHECK(overlap(1010, 1) == -1);
    CHECK(overlap(900, 1000) == 1);
    empty();
}

TEST(overlap, between_two_neighbours_there_is_room_for_just_the_gap)
{
    empty();
    enter(1000, 10, 1);
    enter(1026, 10, 2);
    CHECK(overlap(1010, 16) == -1);
    CHECK(overlap(1009, 16) == 1);
    CHECK(overlap(1010, 17) == 2);
    CHECK(overlap(1009, 18) == 1);
    empty();
}

TEST(overlap, at_the_top_of_the_address_space_nothing_wraps)
{
    empty();
    enter(UINTPTR_MAX - 15, 15, 1);
    enter(16, 16, 2);
    CHECK(overlap(UINTPTR_MAX - 31, 16) == -1);
    CHECK(overlap(UINTPTR_MAX - 31, 17) == 1);
    CHECK(overlap(UINTPTR_MAX - 1, 1) == 1);
    CHECK(overlap(UINTPTR_MAX, 1) == -1);
    CHECK(overlap(0, 16) == -1);
    CHECK(overlap(0, 17) == 2);
    empty();
}

TEST(find, takes_the_begin_and_nothing_else)
{
    empty();
    enter(1000, 10, 1);
    enter(2000, 10, 2);
    enter(1500, 10, 3);
    CHECK(hb_ledger_find(&ledger, 999) == NULL);
    CHECK(hb_ledger_find(&ledger, 1001) == NULL);
    CHECK(hb_ledger_find(&ledger, 1009) == NULL);
    CHECK(hb_ledger_find(&ledger, 2001) == NULL);
    for (size_t i = 0; i < 3; i++) {
        static const uintptr_t begins[] = {1000, 2000, 1500};
        const struct hb_allocation *found = hb_ledger_find(&ledger, begins[i]);
        if (CHECK(found != NULL)) {
            CHECK_EQ(found->begin, begins[i]);
            CHECK_EQ(found->slot, i + 1);
            CHECK_EQ(found->key, i + 1);
        }
    }
    empty();
}

TEST(strike, takes_out_one_and_its_bytes)
{
    empty();
    enter(1000, 10, 1);
    enter(2000, 20, 2);
    enter(3000, 30, 3);
    CHECK_EQ(ledger.bytes, 60);
    hb_ledger_strike(&ledger, hb_ledger_find(&ledger, 2000));
    CHECK_EQ(ledger.bytes, 40);
    CHECK_EQ(ledger.count, 2);
    CHECK(hb_ledger_find(&ledger, 2000) == NULL);
    CHECK(overlap(2000, 20) == -1);
    CHECK(overlap(1009, 1) == 1);
    CHECK(overlap(3000, 1) == 3);
    hb_ledger_strike(&ledger, hb_ledger_find(&ledger, 3000));
    hb_ledger_strike(&ledger, hb_ledger_find(&ledger, 1000));
    CHECK_EQ(ledger.count, 0);
    CHECK_EQ(ledger.bytes, 0);
    empty();
}

/* The owner of each byte, 0 for none. */
static uint32_t owner[2048];

static int owner_within(size_t begin, size_t size)
{
    for (size_t i = begin; i < begin + size; i++) {
        if (owner[i] != 0) {
            return (int)owner[i];
        }
    }
    return -1;
}

static void set_owner(size_t begin, size_t size, uint32_t slot)
{
    for (size_t i = begin; i < begin + size; i++) {
        owner[i] = slot;
    }
}

TEST(random, agrees_with_a_map_of_bytes)
{
    uint64_t random = 1;
    size_t count = 0;
    size_t bytes = 0;
    size_t peak = 0;
    empty();
    for (uint32_t round = 1; round < 60000; round++) {
        const size_t begin = random_below(&random, 2000);
        const size_t size = 1 + random_below(&random, round % 2 == 0 ? 4 : 40);
        const int expected = owner_within(begin, size);
        CHECK(overlap(begin, size) == expected);
        if (expected < 0) {
            enter(begin, size, round);
            set_owner(begin, size, round);
            count++;
            bytes += size;
        } else if (round % 3 == 0) {
            struct hb_allocation *found = &ledger.items[random_below(&random, ledger.count)];
            const struct hb_allocation copy = *found;
            CHECK(hb_ledger_find(&ledger, copy.begin) == found);
            set_owner(copy.begin, copy.size, 0);
            hb_ledger_strike(&ledger, found);
            count--;
            bytes -= copy.size;
        }
        peak = count > peak ? count : peak;
        CHECK_EQ(ledger.count, count);
        CHECK_EQ(ledger.bytes, bytes);
    }
    CHECK(peak > 128); /* it grew more than once */
    empty();
}

TESTS_BEGIN
ENTRY(overlap, an_empty_ledger_has_none)
ENTRY(overlap, is_told_to_the_byte)
ENTRY(overlap, between_two_neighbours_there_is_room_for_just_the_gap)
ENTRY(overlap, at_the_top_of_the_address_space_nothing_wraps)
ENTRY(find, takes_the_begin_and_nothing_else)
ENTRY(strike, takes_out_one_and_its_bytes)
ENTRY(random, agrees_with_a_map_of_bytes)
TESTS_END
