/* SPDX-License-Identifier: MIT
 *
 * Instructions of an operation on a Cortex-M3, counted by qemu, whose -icount gives every
 * instruction one nanosecond: SysTick counts 25 million times in a second, so 40 instructions are
 * one of its ticks. It prints, of each kind of operation, tenths of an instruction, without the
 * loop.
 */
#include "../player.h"
#include "bestfit.h"

#include <stdbool.h>

#define INSTRUCTIONS_PER_TICK 40u
#define ROUNDS                1000u
#define SLOTS                 48u

static _Alignas(16) unsigned char arena[32768];
static struct bf_heap heap;
static void *slots[SLOTS];
static uint32_t sizes[SLOTS];
static uint32_t draw;
static bool has_failed;

static uint32_t ticks_left(void)
{
    return *(volatile uint32_t *)(uintptr_t)0xe000e018u;
}

static void start_ticks(void)
{
    *(volatile uint32_t *)(uintptr_t)0xe000e014u = 0xffffff; /* from where it counts down */
    *(volatile uint32_t *)(uintptr_t)0xe000e018u = 0;
    *(volatile uint32_t *)(uintptr_t)0xe000e010u = 5; /* on, by the processor's clock */
}

static uint32_t next_draw(uint32_t below_log2)
{
    draw = draw * 1664525u + 1013904223u;
    return draw >> (32 - below_log2);
}

/* A heap as programs leave it: blocks of 16 to 527 bytes, and holes between them. */
static void start_heap(void)
{
    draw = 1;
    has_failed |= bf_init(&heap, 0x5eed) != BF_OK;
    has_failed |= bf_add_range(&heap, arena, arena + sizeof arena) != BF_OK;
    for (uint32_t i = 0; i < SLOTS; i++) {
        sizes[i] = 16 + next_draw(9);
        has_failed |= bf_malloc(&heap, sizes[i], 8, &slots[i]) != BF_OK;
    }
    for (uint32_t i = 0; i < SLOTS; i += 2) {
        has_failed |= bf_free(&heap, slots[i], sizes[i]) != BF_OK;
        slots[i] = NULL;
    }
}

/* The same size again and again. */
static void play_pairs(bool is_played)
{
    for (uint32_t i = 0; i < ROUNDS; i++) {
        void *payload = NULL;
        if (is_played) {
            has_failed |= bf_malloc(&heap, 100, 8, &payload) != BF_OK;
            has_failed |= bf_free(&heap, payload, 100) != BF_OK;
        }
    }
}

/* Slots drawn, freed where they are held and else allocated. */
static void play_mixed(bool is_played)
{
    for (uint32_t i = 0; i < 2 * ROUNDS; i++) {
        const uint32_t slot = next_draw(10) % SLOTS;
        const uint32_t size = 16 + next_draw(9);
        if (!is_played) {
            continue;
        }
        if (slots[slot] != NULL) {
            has_failed |= bf_free(&heap, slots[slot], sizes[slot]) != BF_OK;
            slots[slot] = NULL;
        } else if (bf_malloc(&heap, size, 8, &slots[slot]) == BF_OK) {
            sizes[slot] = size;
        }
    }
}

/* One block grows and shrinks by turns. */
static void play_reallocs(bool is_played)
{
    for (uint32_t i = 0; i < 2 * ROUNDS; i++) {
        const uint32_t size = 16 + next_draw(9);
        if (is_played) {
            has_failed |= bf_realloc(&heap, slots[1], sizes[1], size, 8, &slots[1]) != BF_OK;
            sizes[1] = size;
        }
    }
}

static uint32_t ticks_of(void (*play)(bool is_played), bool is_played)
{
    start_heap();
    const uint32_t begin = ticks_left();
    play(is_played);
    return (begin - ticks_left()) & 0xffffffu;
}

/* That a tick is as many instructions as is said above: two, a hundred thousand times. */
static void check_ticks(void)
{
    uint32_t count = 100000;
    const uint32_t begin = ticks_left();
    __asm__ volatile("1: subs %0, %0, #1\n bne 1b" : "+r"(count) : : "cc");
    const uint32_t ticks = (begin - ticks_left()) & 0xffffffu;
    has_failed |=
        ticks < 199000u / INSTRUCTIONS_PER_TICK || ticks > 201000u / INSTRUCTIONS_PER_TICK;
}

static void print_tenths(uint32_t number)
{
    char digits[12];
    size_t begin = sizeof digits;
    digits[--begin] = '\n';
    do {
        digits[--begin] = (char)('0' + number % 10);
        number /= 10;
    } while (number != 0);
    machine_write(digits + begin, sizeof digits - begin);
}

int player_run(void)
{
    static void (*const plays[])(bool) = {play_pairs, play_mixed, play_reallocs};
    start_ticks();
    check_ticks();
    for (size_t i = 0; i < sizeof plays / sizeof plays[0]; i++) {
        const uint32_t loop = ticks_of(plays[i], false);
        const uint32_t ticks = ticks_of(plays[i], true) - loop;
        print_tenths(ticks * INSTRUCTIONS_PER_TICK / (2 * ROUNDS / 10));
    }
    return has_failed ? 1 : 0;
}
