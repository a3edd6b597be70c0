/* SPDX-License-Identifier: MIT
 *
 * Ranges where a process on a workstation has no memory: at the very top and bottom of the address
 * space, and across its middle, which on 32 bits is the 2 GiB line. The core is compiled in with a
 * window in front of its memory: an address in the window is a place in a buffer, any other is a
 * failure. The same calls must give the same offsets and statuses wherever the range lies.
 */
#include <stdint.h>

static uintptr_t *word_at(uintptr_t address);
#define BF_PREFIX           address_space_
#define BF_WORD_AT(address) word_at(address)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

/* Whether wrong calls are refused, and may be made. */
#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
#define REFUSES_WRONG_FREES true
#else
#define REFUSES_WRONG_FREES false
#endif

#define SUITE "address_space"
#include "address.h"
#include "check.h"

#define WINDOW_BYTES ((size_t)4096)
#define OPS_COUNT    400
#define SLOT_COUNT   24

static uintptr_t window[WINDOW_BYTES / sizeof(uintptr_t)];
static uintptr_t window_base;
static struct bf_heap heap;

/* The last words of a range that is longer than the window. */
#define FAR_BYTES ((size_t)64)
static uintptr_t far_end[FAR_BYTES / sizeof(uintptr_t)];

/* Where the word at an address is kept. */
static uintptr_t *word_at(uintptr_t address)
{
    const uintptr_t offset = address - window_base;

    if (!CHECK(offset % sizeof(uintptr_t) == 0) || !CHECK(address >= heap.ranges[0].begin) ||
        !CHECK(heap.ranges[0].end - address >= sizeof(uintptr_t))) {
        return &window[0];
    }
    if (offset < WINDOW_BYTES) {
        return &window[offset / sizeof(uintptr_t)];
    }
    CHECK(heap.ranges[0].end - address <= FAR_BYTES);
    return &far_end[address / sizeof(uintptr_t) % (FAR_BYTES / sizeof(uintptr_t))];
}

struct trace {
    enum bf_status status[OPS_COUNT];
    uintptr_t offset[OPS_COUNT];
};

static uint32_t random_state;

static uint32_t random_below(uint32_t bound)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 8) % bound;
}

struct slot {
    void *pointer;
    size_t size;
};

static void play_op(struct slot *slot, enum bf_status *status, uintptr_t *offset)
{
    const size_t size = random_below(random_below(4) == 0 ? 900 : 100) + 1;

    *offset = 0;
    if (slot->pointer == NULL) {
        *status = bf_malloc(&heap, size, 16, &slot->pointer);
        slot->size = size;
    } else {
        *status = bf_free(&heap, slot->pointer, slot->size);
        CHECK(!REFUSES_WRONG_FREES || bf_free(&heap, slot->pointer, slot->size) != BF_OK);
        slot->pointer = NULL;
    }
    if (slot->pointer != NULL) {
        const uintptr_t address = (uintptr_t)slot->pointer;

        *offset = address - window_base;
        CHECK(address > heap.ranges[0].begin && address < heap.ranges[0].end);
        CHECK(size <= heap.ranges[0].end - address);
    }
}

/* Plays the same operations on a range of length bytes that begins at base. */
static void play(uintptr_t base, size_t length, struct trace *trace)
{
    struct slot slots[SLOT_COUNT];

    memset(slots, 0, sizeof slots);
    window_base = base;
    random_state = (uint32_t)length;
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    if (!CHECK_EQ(bf_add_range(&heap, at(base), at(base + length)), BF_OK)) {
        return;
    }
    for (size_t i = 0; i < OPS_COUNT; i++) {
        play_op(&slots[random_below(SLOT_COUNT)], &trace->status[i], &trace->offset[i]);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
    /* Next to the range on either side, and at both ends of the address space. */
    const uintptr_t last_unit = (base + length - 1) & ~(uintptr_t)15;

    if (REFUSES_WRONG_FREES) {
        for (uintptr_t address = last_unit; last_unit - address < 128; address -= 16) {
            CHECK(bf_free(&heap, at(address), WINDOW_BYTES) != BF_OK);
        }
        CHECK_EQ(bf_free(&heap, at(base), 1), BF_INVALID_ADDRESS);
        CHECK_EQ(bf_free(&heap, at(base + length), 1), BF_INVALID_ADDRESS);
        CHECK_EQ(bf_free(&heap, at(UINTPTR_MAX), 1), BF_INVALID_ADDRESS);
        CHECK_EQ(bf_free(&heap, at(1), 1), BF_INVALID_ADDRESS);
    }
    CHECK_EQ(bf_add_range(&heap, at(base - 16), at(base + 32)),
             base > 16 ? BF_OVERLAP : BF_INVALID_ADDRESS);
    if (BF_RANGE_BYTES_MAX == SIZE_MAX) {
        CHECK_EQ(bf_add_range(&heap, at(base), at(UINTPTR_MAX)), BF_OVERLAP);
        CHECK_EQ(bf_add_range(&heap, at(last_unit), at(UINTPTR_MAX)),
                 UINTPTR_MAX - last_unit >= BF_RANGE_BYTES_MIN ? BF_OVERLAP : BF_INVALID_SIZE);
    }
}

/* A base in the first quarter of the address space, where nothing can go wrong. */
#define CALM_BASE (UINTPTR_MAX / 4 + 1)

static void check_as_calm(uintptr_t base, size_t length)
{
    static struct trace calm;
    static struct trace here;

    play(CALM_BASE, length, &calm);
    play(base, length, &here);
    for (size_t i = 0; i < OPS_COUNT && check_failure_count == 0; i++) {
        CHECK_EQ(here.status[i], calm.status[i]);
        CHECK_EQ(here.offset[i], calm.offset[i]);
    }
}

TEST(range, that_ends_at_or_just_below_the_last_address)
{
    for (size_t below = 0; below < 40; below++) {
        check_as_calm(UINTPTR_MAX - (WINDOW_BYTES - 1), WINDOW_BYTES - 1 - below);
    }
}

TEST(range, that_is_the_smallest_at_the_last_address)
{
    void *out = NULL;

    window_base = UINTPTR_MAX - (WINDOW_BYTES - 1);
    for (uintptr_t length = BF_RANGE_BYTES_MIN; length <= 63; length++) {
        const uintptr_t begin = (UINTPTR_MAX - length) & ~(uintptr_t)15;

        CHECK_EQ(bf_init(&heap, 0), BF_OK);
        CHECK_EQ(bf_add_range(&heap, at(begin), at(UINTPTR_MAX)), BF_OK);
        CHECK_EQ(bf_malloc(&heap, UINTPTR_MAX - begin - 15, 1, &out), BF_OUT_OF_MEMORY);
        CHECK_EQ(bf_malloc(&heap, UINTPTR_MAX - begin - 16, 1, &out), BF_OK);
        CHECK(out == at(begin + 16));
        CHECK_EQ(bf_free(&heap, out, UINTPTR_MAX - begin - 16), BF_OK);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

TEST(range, that_begins_at_the_first_address_allowed)
{
    for (size_t length = WINDOW_BYTES - 20; length <= WINDOW_BYTES; length++) {
        check_as_calm(16, length);
    }
}

TEST(range, that_lies_across_the_middle)
{
    const uintptr_t middle = UINTPTR_MAX / 2 + 1;

    for (uintptr_t base = middle - WINDOW_BYTES; base <= middle; base += 256) {
        check_as_calm(base, WINDOW_BYTES - 3);
    }
}

/* From the heap up: its length and capacities are negative numbers to whoever takes them for
 * signed.
 */
TEST(range, that_is_longer_than_half_the_address_space)
{
    const uintptr_t base = ((uintptr_t)(&heap + 1) + 15) & ~(uintptr_t)15;
    struct bf_stats stats;
    void *out = NULL;

    CHECK(UINTPTR_MAX - base > UINTPTR_MAX / 2);
    window_base = base;
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    if (BF_RANGE_BYTES_MAX < SIZE_MAX) {
        CHECK_EQ(bf_add_range(&heap, at(base), at(UINTPTR_MAX)), BF_INVALID_SIZE);
        return;
    }
    CHECK_EQ(bf_add_range(&heap, at(base), at(UINTPTR_MAX)), BF_OK);
    for (uintptr_t i = 0; i < 100; i++) {
        CHECK_EQ(bf_malloc(&heap, 16, 1, &out), BF_OK);
        CHECK(out == at(base + 16 + 32 * i));
    }
    CHECK_EQ(bf_free(&heap, at(base + 16), 16), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.largest_free_bytes, UINTPTR_MAX - base - 16 - 32 * 100);
    CHECK_EQ(stats.free_bytes, stats.largest_free_bytes + 32 - BF_HEADER_BYTES);
}

/* Forged blocks, each of which the range has room for, and that are as much together as the heap
 * counts: once around the end of a size. */
TEST(range, whose_free_blocks_add_up_to_more_than_a_size_can_say)
{
#ifdef BF_INDEX_LIST
    const uintptr_t base = ((uintptr_t)(&heap + 1) + 15) & ~(uintptr_t)15;
    const size_t half = SIZE_MAX / 2 + 1;
    const uintptr_t forged[][2] = {{64, base + 16}, {half, base + 32}, {half, 0}};
    void *out = NULL;

    window_base = base;
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    CHECK_EQ(bf_add_range(&heap, at(base), at(UINTPTR_MAX)), BF_OK);
    for (size_t i = 0; i < 3; i++) {
        *word_at(base + 16 * i) = forged[i][0];
        *word_at(base + 16 * i + sizeof(uintptr_t)) = forged[i][1];
    }
    heap.free_block_count = 3;
    heap.free_bytes = 64;
    CHECK_EQ(bf_malloc(&heap, 100, 1, &out), BF_CORRUPTED);
    /* The canary: the first alone is a sound list. */
    *word_at(base + sizeof(uintptr_t)) = 0;
    heap.free_block_count = 1;
    CHECK_EQ(bf_malloc(&heap, 60, 1, &out), BF_OK);
#endif
}

TESTS_BEGIN
ENTRY(range, that_ends_at_or_just_below_the_last_address)
ENTRY(range, that_is_the_smallest_at_the_last_address)
ENTRY(range, that_begins_at_the_first_address_allowed)
ENTRY(range, that_lies_across_the_middle)
ENTRY(range, that_is_longer_than_half_the_address_space)
ENTRY(range, whose_free_blocks_add_up_to_more_than_a_size_can_say)
TESTS_END
