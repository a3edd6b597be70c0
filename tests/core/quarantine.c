/* SPDX-License-Identifier: MIT
 *
 * Blocks that are held back, and bytes behind requests that are nobody's: what config.h promises of
 * BF_QUARANTINE_BYTES and BF_GUARD_BYTES. Built with variants of the core that have both.
 */
#define SUITE "quarantine"
#include "check.h"

#include "arena.h"

#include <stdlib.h>

_Static_assert(BF_QUARANTINE_BYTES >= 512 && BF_GUARD_BYTES > 0, "a variant that has both");

/* Where hardening is off callers are trusted, and must not do what is wrong. */
#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
#define CALLERS_ARE_JUDGED true
#else
#define CALLERS_ARE_JUDGED false
#endif

static struct bf_heap heap;

static struct arena *begin_with(size_t byte_count)
{
    arena_reset();
    struct arena *arena = arena_take(byte_count);

    CHECK_EQ(bf_init(&heap, (uintptr_t)0x5eed), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    return arena;
}

static void *take(size_t size)
{
    void *payload = NULL;

    CHECK_EQ(bf_malloc(&heap, size, 16, &payload), BF_OK);
    return payload;
}

static struct bf_stats stats_now(void)
{
    struct bf_stats stats;

    memset(&stats, 0xff, sizeof stats);
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    return stats;
}

struct search {
    const void *payload;
    struct bf_block_info found;
};

static bool visit_search(void *context, const struct bf_block_info *block)
{
    struct search *search = context;

    if (block->payload == search->payload) {
        search->found = *block;
    }
    return block->payload != search->payload;
}

/* The block with that payload, as bf_walk shows it; all zeros where there is none. */
static struct bf_block_info block_at(const void *payload)
{
    struct search search = {payload, {0}};

    CHECK_EQ(bf_walk(&heap, visit_search, &search), BF_OK);
    return search.found;
}

static bool is_held(const void *payload)
{
    return block_at(payload).is_quarantined;
}

static size_t held_bytes(const void *payload)
{
    return BF_HEADER_BYTES + block_at(payload).capacity_bytes;
}

static void check_refused(void *payload, size_t size, enum bf_status status)
{
    if (CALLERS_ARE_JUDGED) {
        CHECK_EQ(bf_free(&heap, payload, size), status);
    }
}

TEST(held, a_freed_block_is_neither_live_nor_free)
{
    begin_with(8192);
    void *first = take(100);
    void *second = take(100);
    const struct bf_stats before = stats_now();
    size_t usable = 0;
    void *moved = &heap;

    CHECK_EQ(bf_free(&heap, first, 100), BF_OK);
    const struct bf_stats after = stats_now();

    CHECK_EQ(after.live_block_count, 1);
    CHECK_EQ(after.live_bytes, 100);
    CHECK_EQ(after.free_block_count, before.free_block_count);
    CHECK_EQ(after.free_bytes, before.free_bytes);
    CHECK_EQ(after.quarantined_block_count, 1);
    CHECK_EQ(after.quarantined_bytes, held_bytes(first));
    CHECK(is_held(first) && !block_at(first).is_live && block_at(first).request_bytes == 0);
    CHECK(!is_held(second) && block_at(second).is_live);
    check_refused(first, 100, BF_DOUBLE_FREE);
    check_refused(first, 99, BF_DOUBLE_FREE);
    check_refused(first, BF_ANY_SIZE, BF_DOUBLE_FREE);
    if (CALLERS_ARE_JUDGED) {
        CHECK_EQ(bf_realloc(&heap, first, 100, 10, 16, &moved), BF_DOUBLE_FREE);
        CHECK(moved == &heap);
        CHECK_EQ(bf_usable_size(&heap, first, &usable), BF_DOUBLE_FREE);
    }
    CHECK(take(100) != first);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(held, the_oldest_is_given_up_when_there_is_no_room)
{
    begin_with(16384);
    void *blocks[64];
    size_t count = 0;

    for (size_t i = 0; i < 64; i++) {
        blocks[i] = take(100);
    }
    const size_t each = held_bytes(blocks[0]);

    while (count < BF_QUARANTINE_BYTES / each) {
        CHECK_EQ(bf_free(&heap, blocks[count], 100), BF_OK);
        count++;
        CHECK(is_held(blocks[0]));
        CHECK_EQ(stats_now().quarantined_bytes, count * each);
    }
    for (size_t given_up = 0; given_up < 8; given_up++) {
        CHECK_EQ(bf_free(&heap, blocks[count + given_up], 100), BF_OK);
        CHECK(!is_held(blocks[given_up]));
        CHECK(is_held(blocks[given_up + 1]));
        CHECK_EQ(stats_now().quarantined_block_count, count);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

TEST(held, what_is_larger_than_the_quarantine_pushes_all_out_and_is_free)
{
    begin_with(16384);
    void *small = take(40);
    void *large = take(BF_QUARANTINE_BYTES);

    take(1);
    CHECK_EQ(bf_free(&heap, small, 40), BF_OK);
    CHECK(is_held(small));
    CHECK_EQ(bf_free(&heap, large, BF_QUARANTINE_BYTES), BF_OK);
    CHECK_EQ(stats_now().quarantined_block_count, 0);
    CHECK_EQ(stats_now().quarantined_bytes, 0);
    CHECK_EQ(stats_now().live_block_count, 1);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(held, what_fills_it_to_the_byte_stays)
{
    begin_with(16384);
    const size_t size = BF_QUARANTINE_BYTES - BF_HEADER_BYTES - BF_GUARD_BYTES;
    void *exact = take(size);
    void *small = take(1);

    CHECK_EQ(held_bytes(exact), BF_QUARANTINE_BYTES);
    CHECK_EQ(bf_free(&heap, exact, size), BF_OK);
    CHECK(is_held(exact));
    CHECK_EQ(bf_free(&heap, small, 1), BF_OK);
    CHECK(!is_held(exact) && is_held(small));
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(held, the_content_of_a_held_block_stays)
{
    begin_with(8192);
    unsigned char *block = take(200);

    memset(block, 0x5a, 200);
    CHECK_EQ(bf_free(&heap, block, 200), BF_OK);
    take(200);
    for (size_t i = sizeof(uintptr_t); i < 200; i++) {
        CHECK_EQ(block[i], 0x5a);
    }
}

TEST(flush, a_request_that_fits_nowhere_gets_what_was_held)
{
    begin_with(1024);
    const size_t size = 160;
    void *blocks[3];
    void *again = NULL;
    void *more = NULL;

    for (size_t i = 0; i < 3; i++) {
        blocks[i] = take(size);
    }
    while (bf_malloc(&heap, 16, 16, &more) == BF_OK) {
    }
    CHECK_EQ(bf_free(&heap, blocks[1], size), BF_OK);
    CHECK_EQ(bf_free(&heap, blocks[0], size), BF_OK);
    CHECK(is_held(blocks[0]) && is_held(blocks[1]));
    CHECK_EQ(bf_malloc(&heap, size, 16, &again), BF_OK);
    CHECK(again == blocks[1]); /* the oldest, and no more than it takes */
    CHECK(is_held(blocks[0]));
    CHECK_EQ(stats_now().quarantined_block_count, 1);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(flush, a_request_that_never_fits_empties_it)
{
    begin_with(2048);
    void *first = take(100);
    void *second = take(100);
    void *out = &heap;

    CHECK_EQ(bf_free(&heap, first, 100), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 4096, 16, &out), BF_OUT_OF_MEMORY);
    CHECK(out == &heap);
    CHECK_EQ(stats_now().quarantined_block_count, 0);
    CHECK_EQ(stats_now().failed_counts[BF_OUT_OF_MEMORY], 1);
    CHECK_EQ(bf_free(&heap, second, 100), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(flush, a_realloc_that_moves_holds_the_old_block_back)
{
    begin_with(8192);
    unsigned char *block = take(100);
    void *moved = NULL;

    take(1);
    memset(block, 0x77, 100);
    CHECK_EQ(bf_realloc(&heap, block, 100, 300, 16, &moved), BF_OK);
    CHECK(moved != block && is_held(block));
    CHECK(memcmp(moved, block + sizeof(uintptr_t), 100 - sizeof(uintptr_t)) == 0);
    CHECK_EQ(stats_now().live_bytes, 301);
    CHECK_EQ(stats_now().peak_live_bytes, 301);
    check_refused(block, 100, BF_DOUBLE_FREE);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

#ifndef BF_INDEX_LIST
/* Whether it can stay is asked before held blocks are given up, and not again. */
TEST(flush, a_realloc_does_not_ask_twice_whether_it_can_grow)
{
    begin_with(1024);
    void *block = take(400);
    void *behind = take(400);
    void *out = &heap;

    CHECK_EQ(bf_free(&heap, behind, 400), BF_OK);
    CHECK_EQ(bf_realloc(&heap, block, 400, 700, 16, &out), BF_OUT_OF_MEMORY);
    CHECK(out == &heap);
    CHECK_EQ(stats_now().quarantined_block_count, 0);
    CHECK_EQ(bf_realloc(&heap, block, 400, 700, 16, &out), BF_OK);
    CHECK(out == block);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}
#endif

TEST(flush, a_range_with_nothing_but_held_blocks_can_be_removed)
{
    static struct snapshot before;
    const struct arena *arena = begin_with(1024);
    void *first = take(100);
    void *second = take(100);
    void *third = take(100);
    const struct arena *other = arena_take(1024);

    CHECK_EQ(bf_free(&heap, second, 100), BF_OK);
    snapshot_save(&before, &heap);
    CHECK_EQ(bf_remove_range(&heap, arena->begin), BF_RANGE_IN_USE);
    CHECK(snapshot_equals(&before, &heap, 1));
    CHECK_EQ(bf_free(&heap, first, 100), BF_OK);
    CHECK_EQ(bf_free(&heap, third, 100), BF_OK);
    CHECK_EQ(bf_add_range(&heap, other->begin, other->end), BF_OK);
    CHECK_EQ(stats_now().quarantined_block_count, 3);
    CHECK_EQ(bf_remove_range(&heap, arena->begin), BF_OK);
    CHECK_EQ(stats_now().quarantined_block_count, 0);
    CHECK_EQ(stats_now().range_count, 1);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(guard, belongs_to_no_request)
{
    begin_with(8192);
    for (size_t size = 1; size < 100; size++) {
        const unsigned char *block = take(size);
        const unsigned char *behind = take(size);
        size_t usable = 0;

        CHECK((size_t)(behind - block) >= size + BF_GUARD_BYTES + BF_HEADER_BYTES);
        CHECK_EQ(bf_usable_size(&heap, block, &usable), BF_OK);
        CHECK(usable >= size);
        CHECK(usable + BF_GUARD_BYTES <= block_at(block).capacity_bytes);
        CHECK_EQ(block_at(block).request_bytes, size);
        CHECK_EQ(stats_now().live_bytes, 2 * size);
        check_refused((void *)block, size + BF_GUARD_BYTES, BF_WRONG_SIZE);
        check_refused((void *)block, size + 1, BF_WRONG_SIZE);
        CHECK_EQ(bf_free(&heap, (void *)block, size), BF_OK);
        CHECK_EQ(bf_free(&heap, (void *)behind, BF_ANY_SIZE), BF_OK);
    }
    CHECK_EQ(stats_now().live_bytes, 0);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(guard, sizes_that_leave_no_room_for_it_are_refused)
{
    void *out = NULL;

    begin_with(1024);
    for (size_t i = 0; i < BF_GUARD_BYTES + 3; i++) {
        const bool is_room = i > BF_GUARD_BYTES;

        CHECK_EQ(bf_malloc(&heap, BF_SIZE_LIMIT - i, 16, &out),
                 is_room ? BF_OUT_OF_MEMORY : BF_INVALID_SIZE);
    }
}

TEST(guard, a_block_stays_in_place_where_both_fit)
{
    begin_with(8192);
    void *block = take(30);
    void *out = NULL;
    size_t usable = 0;

    take(1);
    CHECK_EQ(bf_usable_size(&heap, block, &usable), BF_OK);
    CHECK_EQ(bf_realloc(&heap, block, 30, usable, 16, &out), BF_OK);
    CHECK(out == block);
    CHECK_EQ(bf_realloc(&heap, block, usable, usable + 1, 16, &out), BF_OK);
    CHECK(out != block);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* -- damage ---------------------------------------------------------------------------------- */

TEST(damage, every_word_that_leads_through_the_quarantine_is_verified)
{
    unsigned char *const words[] = {
        (unsigned char *)&heap.quarantine_oldest, (unsigned char *)&heap.quarantine_newest,
        (unsigned char *)&heap.quarantined_block_count, (unsigned char *)&heap.quarantined_bytes};
    void *blocks[3];

    begin_with(4096);
    for (size_t i = 0; i < 3; i++) {
        blocks[i] = take(64);
    }
    for (size_t i = 0; i < 3; i++) {
        CHECK_EQ(bf_free(&heap, blocks[i], 64), BF_OK);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (unsigned bit = 0; bit < 8 * sizeof(uintptr_t); bit++) {
            words[i][bit / 8] ^= (unsigned char)(1u << bit % 8);
            CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
            words[i][bit / 8] ^= (unsigned char)(1u << bit % 8);
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* Where the link of a held block lies: see bitmap/block.h and list/block.h. */
static uintptr_t *link_of(void *payload)
{
#ifdef BF_INDEX_LIST
    return (uintptr_t *)payload - 2 * (8 / sizeof(uintptr_t)) + 1;
#else
    return payload;
#endif
}

/* The use after free that goes where the link is: told, and nothing is lost but what is held. */
TEST(damage, an_overwritten_link_is_told_and_changes_nothing)
{
    begin_with(16384);
    void *first = take(64);
    void *second = take(64);
    void *large = take(BF_QUARANTINE_BYTES - 128);
    void *out = NULL;

    CHECK_EQ(bf_free(&heap, first, 64), BF_OK);
    CHECK_EQ(bf_free(&heap, second, 64), BF_OK);
    for (unsigned bit = 0; bit < 8 * sizeof(uintptr_t); bit++) {
        static struct snapshot before;

        *link_of(first) ^= (uintptr_t)1 << bit;
        CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
        snapshot_save(&before, &heap);
        CHECK_EQ(bf_free(&heap, large, BF_ANY_SIZE), BF_CORRUPTED);
        CHECK_EQ(bf_malloc(&heap, 65536, 16, &out), BF_CORRUPTED);
        CHECK(snapshot_equals(&before, &heap, 2));
        *link_of(first) ^= (uintptr_t)1 << bit;
    }
    CHECK_EQ(bf_free(&heap, large, BF_ANY_SIZE), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

#ifdef BF_INDEX_LIST
/* Each step of the way is sound, and the last is what the heap calls the newest, but it is the
 * content of a live block: another set of blocks than the ranges hold. */
TEST(damage, a_way_through_a_forged_block_is_told)
{
    begin_with(4096);
    void *first = take(64);
    void *second = take(64);
    uintptr_t *live = take(128);
    uintptr_t *forged = live + 16 / sizeof(uintptr_t);

    CHECK_EQ(bf_free(&heap, first, 64), BF_OK);
    CHECK_EQ(bf_free(&heap, second, 64), BF_OK);
    forged[0] = 16; /* its capacity */
    forged[1] = 2;  /* held, and nothing behind it */
    *link_of(first) = (uintptr_t)forged | 2;
    heap.quarantine_newest = (uintptr_t)forged;
    CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
}
#endif

TEST(damage, a_link_behind_the_only_block_is_told_and_changes_nothing)
{
    static struct snapshot before;
    void *out = NULL;

    begin_with(4096);
    void *only = take(64);

    take(1);
    CHECK_EQ(bf_free(&heap, only, 64), BF_OK);
    for (unsigned bit = 0; bit < 8 * sizeof(uintptr_t); bit++) {
        *link_of(only) ^= (uintptr_t)1 << bit;
        snapshot_save(&before, &heap);
        CHECK_EQ(bf_malloc(&heap, 65536, 16, &out), BF_CORRUPTED);
        CHECK(snapshot_equals(&before, &heap, 1));
        *link_of(only) ^= (uintptr_t)1 << bit;
    }
    CHECK_EQ(bf_malloc(&heap, 65536, 16, &out), BF_OUT_OF_MEMORY);
    CHECK_EQ(stats_now().quarantined_block_count, 0);
}

/* The content has moved already, and nothing else could come of the old block. */
TEST(damage, a_realloc_that_moves_frees_what_cannot_be_held)
{
    void *moved = NULL;
    void *held[64];
    size_t count = 0;

    begin_with(16384);
    for (size_t i = 0; i < 64; i++) {
        held[i] = take(100);
    }
    void *block = take(100);

    take(1);
    while (count < BF_QUARANTINE_BYTES / held_bytes(held[0])) {
        CHECK_EQ(bf_free(&heap, held[count], 100), BF_OK);
        count++;
    }
    *link_of(held[0]) ^= (uintptr_t)1 << (8 * sizeof(uintptr_t) - 2);
    CHECK_EQ(bf_realloc(&heap, block, 100, 300, 16, &moved), BF_OK);
    CHECK(moved != block);
    CHECK(!block_at(block).is_live && !is_held(block));
    CHECK_EQ(stats_now().quarantined_block_count, count);
}

/* A header that says of a live block that its request is less than nothing, guard and all. On 32
 * bits a checksum is more than can be tried. */
TEST(damage, a_request_that_is_all_guard_is_told)
{
    struct bf_fault fault = {0};
    bool is_told = false;

    begin_with(4096);
#ifdef BF_INDEX_LIST
    void *const block = take(48 - BF_GUARD_BYTES);

    *link_of(block) = (uintptr_t)(48 - BF_GUARD_BYTES) << 1 | 1; /* slack */
    CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
    is_told = fault.invariant == 6;
#elif UINTPTR_MAX > 0xffffffffu
    uintptr_t *const block = take(24 - BF_GUARD_BYTES);

    for (uint64_t check = 0; check < 1024; check++) {
        block[-1] = check << 54 | (uint64_t)(32 + 8 - BF_GUARD_BYTES) << 48 | 32 | 1;
        CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
        CHECK(fault.invariant <= 6); /* the checksum, or the size */
        is_told |= fault.invariant == 6;
    }
#else
    (void)fault;
    is_told = true;
#endif
    CHECK(is_told);
}

/* -- random programs ------------------------------------------------------------------------- */

#define SLOTS 48u

struct slot {
    unsigned char *payload;
    size_t size;
};

/* What must be held, the oldest first. */
struct expected {
    unsigned char *payloads[BF_QUARANTINE_BYTES / 16 + 1];
    size_t bytes[BF_QUARANTINE_BYTES / 16 + 1];
    size_t count;
    size_t byte_count;
};

static struct slot slots[SLOTS];
static struct expected expected;
static uint32_t seed;

static uint32_t dice(uint32_t sides)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % sides;
}

static void expected_give_up_one(void)
{
    expected.byte_count -= expected.bytes[0];
    expected.count--;
    memmove(expected.payloads, expected.payloads + 1, expected.count * sizeof *expected.payloads);
    memmove(expected.bytes, expected.bytes + 1, expected.count * sizeof *expected.bytes);
}

/* A block of so many bytes with its header is freed. */
static void expected_hold(unsigned char *payload, size_t bytes)
{
    while (expected.count > 0 && expected.byte_count + bytes > BF_QUARANTINE_BYTES) {
        expected_give_up_one();
    }
    if (bytes <= BF_QUARANTINE_BYTES) {
        expected.payloads[expected.count] = payload;
        expected.bytes[expected.count++] = bytes;
        expected.byte_count += bytes;
    }
}

/* Where a request fits nowhere, how many are given up is the heap's to say: the oldest. */
static void expected_follow(void)
{
    const size_t count = stats_now().quarantined_block_count;

    CHECK(count <= expected.count);
    while (count < expected.count) {
        expected_give_up_one();
    }
}

static void check_expected(void)
{
    const struct bf_stats stats = stats_now();
    size_t live_bytes = 0;

    for (size_t i = 0; i < SLOTS; i++) {
        live_bytes += slots[i].size;
    }
    CHECK_EQ(stats.live_bytes, live_bytes);
    CHECK_EQ(stats.quarantined_block_count, expected.count);
    CHECK_EQ(stats.quarantined_bytes, expected.byte_count);
    for (size_t i = 0; i < expected.count; i++) {
        CHECK(is_held(expected.payloads[i]));
        check_refused(expected.payloads[i], BF_ANY_SIZE, BF_DOUBLE_FREE);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

static void play_malloc(struct slot *slot)
{
    const size_t size = 1 + dice(dice(4) == 0 ? 900 : 60);
    void *payload = NULL;

    if (bf_malloc(&heap, size, BF_ALIGN_MAX > 64 ? (size_t)1 << dice(7) : 16, &payload) == BF_OK) {
        *slot = (struct slot){payload, size};
        memset(payload, 0x11, size + BF_GUARD_BYTES / 2); /* over the end, where it hurts nobody */
    }
    expected_follow();
}

static void play_free(struct slot *slot)
{
    const size_t bytes = held_bytes(slot->payload);

    CHECK_EQ(bf_free(&heap, slot->payload, slot->size), BF_OK);
    expected_hold(slot->payload, bytes);
    *slot = (struct slot){NULL, 0};
}

static void play_realloc(struct slot *slot)
{
    const size_t size = 1 + dice(300);
    const size_t bytes = held_bytes(slot->payload);
    const size_t held_before = expected.count;
    void *payload = NULL;

    if (bf_realloc(&heap, slot->payload, slot->size, size, 16, &payload) != BF_OK) {
        expected_follow();
        return;
    }
    if (payload == slot->payload) {
        CHECK_EQ(stats_now().quarantined_block_count, held_before);
    } else {
        /* given up for the new block, and then for the old one: of both only the sum is seen */
        while (stats_now().quarantined_block_count < expected.count + 1 && expected.count > 0 &&
               !is_held(expected.payloads[0])) {
            expected_give_up_one();
        }
        expected_hold(slot->payload, bytes);
    }
    *slot = (struct slot){payload, size};
}

TEST(random, programs_find_the_fifo_as_a_list_says)
{
    for (seed = 1; seed < 60; seed++) {
        const uint32_t start = seed;

        begin_with(4096 + start % 16);
        memset(slots, 0, sizeof slots);
        memset(&expected, 0, sizeof expected);
        for (unsigned step = 0; step < 300; step++) {
            struct slot *slot = &slots[dice(SLOTS)];

            if (slot->payload == NULL) {
                play_malloc(slot);
            } else if (dice(4) == 0) {
                play_realloc(slot);
            } else {
                play_free(slot);
            }
            check_expected();
        }
        CHECK(arena_gaps_are_intact());
        seed = start;
    }
}

TESTS_BEGIN
ENTRY(held, a_freed_block_is_neither_live_nor_free)
ENTRY(held, the_oldest_is_given_up_when_there_is_no_room)
ENTRY(held, what_is_larger_than_the_quarantine_pushes_all_out_and_is_free)
ENTRY(held, what_fills_it_to_the_byte_stays)
ENTRY(held, the_content_of_a_held_block_stays)
ENTRY(flush, a_request_that_fits_nowhere_gets_what_was_held)
ENTRY(flush, a_request_that_never_fits_empties_it)
ENTRY(flush, a_realloc_that_moves_holds_the_old_block_back)
#ifndef BF_INDEX_LIST
ENTRY(flush, a_realloc_does_not_ask_twice_whether_it_can_grow)
#endif
ENTRY(flush, a_range_with_nothing_but_held_blocks_can_be_removed)
ENTRY(guard, belongs_to_no_request)
ENTRY(guard, sizes_that_leave_no_room_for_it_are_refused)
ENTRY(guard, a_block_stays_in_place_where_both_fit)
ENTRY(damage, every_word_that_leads_through_the_quarantine_is_verified)
ENTRY(damage, an_overwritten_link_is_told_and_changes_nothing)
#ifdef BF_INDEX_LIST
ENTRY(damage, a_way_through_a_forged_block_is_told)
#endif
ENTRY(damage, a_link_behind_the_only_block_is_told_and_changes_nothing)
ENTRY(damage, a_realloc_that_moves_frees_what_cannot_be_held)
ENTRY(damage, a_request_that_is_all_guard_is_told)
ENTRY(random, programs_find_the_fifo_as_a_list_says)
TESTS_END
