/* SPDX-License-Identifier: MIT
 *
 * The arena and its guard zones: where it lies, and that whatever byte of it changes is found.
 */
#define SUITE "arena"
#include "check.h"

#include "arena.h"
#include "ops.h"

#include <setjmp.h>
#include <signal.h>

static struct hb_arena arena;

static bool is_open(unsigned log2)
{
    return CHECK(hb_arena_open(log2, &arena));
}

/* The arena with its guard zones. */
static uint8_t *zone_begin(void)
{
    return arena.base - HB_GUARD_BYTES;
}

static uint8_t *zone_end(void)
{
    return arena.base + arena.byte_count + HB_GUARD_BYTES;
}

TEST(open, gives_the_bytes_asked_for_at_a_multiple_of_64_kib)
{
    for (unsigned log2 = HB_ARENA_LOG2_MIN; log2 <= 24; log2++) {
        if (is_open(log2)) {
            CHECK_EQ((uintptr_t)arena.base % 65536, 0);
            CHECK_EQ(arena.byte_count, (size_t)1 << log2);
            CHECK(hb_arena_damage(zone_begin(), zone_end()) == NULL);
            CHECK_EQ(*zone_begin(), HB_GUARD_BYTE);
            CHECK_EQ(zone_end()[-1], HB_GUARD_BYTE);
        }
    }
}

TEST(open, the_second_time_gives_the_same)
{
    if (!is_open(12)) {
        return;
    }
    const struct hb_arena first = arena;
    CHECK(is_open(13) && arena.base != first.base);
    CHECK(is_open(12) && arena.base == first.base);
}

TEST(damage, at_the_first_and_last_byte_and_every_border_is_found)
{
    if (!is_open(13)) {
        return;
    }
    uint8_t *const begin = zone_begin();
    uint8_t *const end = zone_end();
    for (uint8_t *at = begin; at < end; at++) {
        *at ^= 1;
        CHECK(hb_arena_damage(begin, end) == at);
        *at ^= 1;
    }
    CHECK(hb_arena_damage(begin, end) == NULL);
}

TEST(damage, of_any_bit_counts)
{
    if (!is_open(12)) {
        return;
    }
    for (unsigned bit = 0; bit < 8; bit++) {
        arena.base[1023] ^= (uint8_t)(1u << bit);
        CHECK(hb_arena_damage(zone_begin(), zone_end()) == arena.base + 1023);
        arena.base[1023] ^= (uint8_t)(1u << bit);
    }
}

TEST(damage, outside_of_what_was_asked_does_not_count)
{
    if (!is_open(13)) {
        return;
    }
    uint8_t *const middle = arena.base + 2000;
    for (size_t length = 0; length < 2200; length++) {
        middle[-1] ^= 0xff;
        middle[length] ^= 0xff;
        CHECK(hb_arena_damage(middle, middle + length) == NULL);
        CHECK(hb_arena_damage(middle, middle + length + 1) == middle + length);
        CHECK(hb_arena_damage(middle - 1, middle + length) == middle - 1);
        middle[-1] ^= 0xff;
        middle[length] ^= 0xff;
    }
}

TEST(damage, of_several_bytes_is_told_by_the_first)
{
    if (!is_open(13)) {
        return;
    }
    arena.base[100] = 0;
    arena.base[5000] = 0;
    CHECK(hb_arena_damage(zone_begin(), zone_end()) == arena.base + 100);
    hb_arena_restore(&arena, arena.base, arena.base + 101);
    CHECK(hb_arena_damage(zone_begin(), zone_end()) == arena.base + 5000);
    hb_arena_restore(&arena, arena.base + 5000, arena.base + 5001);
    CHECK(hb_arena_damage(zone_begin(), zone_end()) == NULL);
}

TEST(restore, brings_back_what_was_asked_and_no_more)
{
    if (!is_open(12)) {
        return;
    }
    memset(arena.base, 0, 300);
    hb_arena_restore(&arena, arena.base + 100, arena.base + 200);
    CHECK_EQ(arena.base[99], 0);
    CHECK_EQ(arena.base[100], HB_GUARD_BYTE);
    CHECK_EQ(arena.base[199], HB_GUARD_BYTE);
    CHECK_EQ(arena.base[200], 0);
    hb_arena_restore_all(&arena);
    CHECK(hb_arena_damage(zone_begin(), zone_end()) == NULL);
}

TEST(restore, of_all_includes_the_guard_zones)
{
    if (!is_open(12)) {
        return;
    }
    memset(zone_begin(), 0, (size_t)(zone_end() - zone_begin()));
    hb_arena_restore_all(&arena);
    CHECK(hb_arena_damage(zone_begin(), zone_end()) == NULL);
}

static sigjmp_buf fault;

static void on_fault(int number)
{
    siglongjmp(fault, number);
}

static bool faults(volatile uint8_t *address)
{
    struct sigaction action = {.sa_handler = on_fault};
    struct sigaction before;
    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGSEGV, &action, &before);
    const bool has_faulted = sigsetjmp(fault, 1) != 0;
    if (!has_faulted) {
        *address = *address;
    }
    (void)sigaction(SIGSEGV, &before, NULL);
    return has_faulted;
}

TEST(border, beyond_the_page_next_to_the_arena_there_is_no_memory)
{
    enum { BORDER_BYTES = 4096 };
    if (!is_open(12)) {
        return;
    }
    CHECK(HB_GUARD_BYTES <= BORDER_BYTES);
    CHECK(!faults(zone_begin()));
    CHECK(!faults(zone_end() - 1));
    CHECK(faults(arena.base - BORDER_BYTES - 1));
    CHECK(faults(arena.base + arena.byte_count + BORDER_BYTES));
    CHECK(faults(arena.base - 61440));
    CHECK(faults(arena.base + arena.byte_count + 61440));
}

TESTS_BEGIN
ENTRY(open, gives_the_bytes_asked_for_at_a_multiple_of_64_kib)
ENTRY(open, the_second_time_gives_the_same)
ENTRY(damage, at_the_first_and_last_byte_and_every_border_is_found)
ENTRY(damage, of_any_bit_counts)
ENTRY(damage, outside_of_what_was_asked_does_not_count)
ENTRY(damage, of_several_bytes_is_told_by_the_first)
ENTRY(restore, brings_back_what_was_asked_and_no_more)
ENTRY(restore, of_all_includes_the_guard_zones)
ENTRY(border, beyond_the_page_next_to_the_arena_there_is_no_memory)
TESTS_END
