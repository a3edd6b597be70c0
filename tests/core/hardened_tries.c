/* SPDX-License-Identifier: MIT
 *
 * Overwritten links where they do most: nearly every size here is in a trie, and what is written
 * over the links of free blocks are the addresses of other blocks, so that they lead to headers
 * that are sound and to shapes that no trie has: cycles, shared branches, blocks out of order or in
 * the wrong bin. No header is forged, so nothing is left to odds: every access lies in a range,
 * every call ends within the bound, no block is handed out twice, and no live byte changes. Where
 * headers are forged as well, with the right checksum, the first two of these still hold.
 */
#include <stdint.h>

static uintptr_t *word_at(uintptr_t address);
static void count_step(void);

#undef BF_EXACT_BINS_LOG2
#undef BF_OCTAVE_BINS_LOG2
#define BF_EXACT_BINS_LOG2  1
#define BF_OCTAVE_BINS_LOG2 0
#define BF_PREFIX           tries_
#define BF_STEP()           count_step()
#define BF_WORD_AT(address) word_at(address)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "hardened_tries"
#include "check.h"

#include "arena.h"
#include "bound.h"
#include "random.h"

#include <stdlib.h>

/* By the bound in docs/core.md, of the longest call here: bf_check with 300 blocks at most. */
#define RANGES_USED 3
#define BLOCKS_MAX  300

static struct bf_heap heap;
static struct snapshot before;
static unsigned long step_count;
static unsigned long steps_max;
static unsigned long round_number;

static void count_step(void)
{
    if (++step_count > steps_max) {
        printf("FAIL: a call goes beyond the bound, in round %lu\n", round_number);
        exit(1);
    }
}

static uintptr_t *word_at(uintptr_t address)
{
    uintptr_t *word = (uintptr_t *)address; /* NOLINT(performance-no-int-to-ptr) */

    if (address % sizeof *word != 0 || !arena_holds(word, sizeof *word)) {
        printf("FAIL: an access outside the ranges, in round %lu\n", round_number);
        exit(1);
    }
    return word;
}

/* -- live blocks, filled with what they are known by ----------------------------------------- */

#define SLOTS_MAX 40

struct slot {
    unsigned char *payload;
    size_t size;
    unsigned char fill;
};

static struct slot slots[SLOTS_MAX];
static bool is_forging; /* blocks may overlap then */
static unsigned long status_counts[BF_STATUS_COUNT];

static void slot_fill(struct slot *slot, void *payload, size_t size)
{
    slot->payload = payload;
    slot->size = size;
    slot->fill = (unsigned char)(random_below(255) + 1);
    memset(payload, slot->fill, size);
}

static void check_contents(void)
{
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        const struct slot *slot = &slots[i];

        for (size_t at = 0; !is_forging && slot->payload != NULL && at < slot->size; at++) {
            CHECK_EQ(slot->payload[at], slot->fill);
        }
    }
}

static bool overlaps_other(const struct slot *slot, const unsigned char *payload, size_t size)
{
    for (size_t i = 0; !is_forging && i < SLOTS_MAX; i++) {
        const struct slot *other = &slots[i];

        if (other != slot && other->payload != NULL && payload < other->payload + other->size &&
            other->payload < payload + size) {
            return true;
        }
    }
    return false;
}

static void play_malloc(struct slot *slot)
{
    const size_t size = random_below(random_below(3) == 0 ? 700 : 150) + 1;
    const size_t align = random_below(5) == 0 ? (size_t)16 << random_below(5) : 1;
    void *out = NULL;
    const enum bf_status status = bf_malloc(&heap, size, align, &out);

    status_counts[status]++;
    if (status != BF_OK) {
        CHECK(snapshot_equals(&before, &heap, 1));
    } else if (CHECK(arena_holds(out, size)) && CHECK(!overlaps_other(slot, out, size))) {
        slot_fill(slot, out, size);
    }
}

static void play_free(struct slot *slot)
{
    const enum bf_status status = bf_free(&heap, slot->payload, slot->size);

    status_counts[status]++;
    CHECK(status == BF_OK || snapshot_equals(&before, &heap, 1));
    if (status == BF_OK) {
        slot->payload = NULL;
    }
}

static void play_realloc(struct slot *slot)
{
    const size_t size = random_below(400) + 1;
    void *out = NULL;
    const enum bf_status status = bf_realloc(&heap, slot->payload, slot->size, size, 1, &out);

    status_counts[status]++;
    CHECK(status == BF_OK || snapshot_equals(&before, &heap, 1));
    if (status == BF_OK && CHECK(arena_holds(out, size)) &&
        CHECK(!overlaps_other(slot, out, size))) {
        const size_t kept = size < slot->size ? size : slot->size;

        for (size_t at = 0; !is_forging && at < kept; at++) {
            CHECK_EQ(((unsigned char *)out)[at], slot->fill);
        }
        slot_fill(slot, out, size);
    }
}

static void play_op(void)
{
    struct slot *slot = &slots[random_below(SLOTS_MAX)];

    step_count = 0;
    snapshot_save(&before, &heap);
    if (slot->payload == NULL) {
        steps_max = bound_malloc(BF_CLASS_BITS, RANGES_USED);
        play_malloc(slot);
    } else if (random_below(4) == 0) {
        steps_max = bound_realloc(BF_CLASS_BITS, RANGES_USED, BLOCKS_MAX);
        play_realloc(slot);
    } else {
        steps_max = bound_free(BF_CLASS_BITS, RANGES_USED, BLOCKS_MAX);
        play_free(slot);
    }
}

static enum bf_status validate(void)
{
    step_count = 0;
    steps_max = bound_check(BF_CLASS_BITS, RANGES_USED, BLOCKS_MAX, BLOCKS_MAX);
    return bf_check(&heap, NULL);
}

/* -- damage ---------------------------------------------------------------------------------- */

static const unsigned char *free_payloads[200];
static size_t free_count;

static bool note_free(void *context, const struct bf_block_info *block)
{
    (void)context;
    if (!block->is_live && block->capacity_bytes >= 40) {
        free_payloads[free_count++] = block->payload;
    }
    return free_count < 200;
}

/* Points one link of a free block at a block, a free one mostly. */
static void bend_link(void)
{
    uintptr_t target = 0;
    unsigned char *place = arena_pool + (free_payloads[random_below(free_count)] - arena_pool);

    if (random_below(8) != 0) {
        target = (uintptr_t)free_payloads[random_below(free_count)] - 8;
    }
    memcpy(place + random_below(4) * sizeof target, &target, sizeof target);
}

/* Puts a free header with the right checksum into a free block, as if the odds had fallen so, and
 * points a link there. */
static void forge_block(void)
{
    const unsigned char *payload = free_payloads[random_below(free_count)];
    unsigned char *place = arena_pool + (free_payloads[random_below(free_count)] - arena_pool);
    const uintptr_t block = (uintptr_t)payload - 8 + 16 * (1 + random_below(6));
    const struct bf_range *range = range_of_block(&heap, block);
    const uint64_t header = 16 * (2 + random_below(60)) | (random_below(4) == 0 ? HEADER_LAST : 0);

    if (range != NULL && header_fits(range, block, header)) {
        header_write(block, header_seal(&heap, range, block, header));
        memcpy(place + random_below(4) * sizeof block, &block, sizeof block);
    }
}

static void play_round(void)
{
    arena_reset();
    steps_max = BLOCKS_MAX;
    step_count = 0;
    CHECK_EQ(bf_init(&heap, 77), BF_OK);
    memset(slots, 0, sizeof slots);
    for (size_t i = random_below(RANGES_USED) + 1; i > 0; i--) {
        const struct arena *arena = arena_take(800 + random_below(5000));

        memset(arena->begin, 0, (size_t)(arena->end - arena->begin));
        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    }
    for (size_t i = random_below(100) + 20; i > 0; i--) {
        play_op();
    }
    CHECK_EQ(validate(), BF_OK);
    for (size_t bends = random_below(4) + 1; bends > 0; bends--) {
        free_count = 0;
        step_count = 0;
        steps_max = 2 * BLOCKS_MAX;
        CHECK(bf_walk(&heap, note_free, NULL) == BF_OK || is_forging);
        if (free_count > 0) {
            bend_link();
        }
        for (size_t i = random_below(3); is_forging && free_count > 0 && i > 0; i--) {
            forge_block();
        }
        for (size_t i = random_below(20); i > 0; i--) {
            play_op();
        }
        validate();
        check_contents();
    }
    CHECK(arena_gaps_are_intact());
}

#ifndef ROUNDS
#ifdef BF_PROFILE_SMALL
#define ROUNDS 100000ul
#else
#define ROUNDS 12000ul
#endif
#endif
#define ROUND_SEED 0x7e1e5eedu

static void play_rounds(void)
{
    memset(status_counts, 0, sizeof status_counts);
    for (round_number = 0; round_number < ROUNDS && check_failure_count == 0; round_number++) {
        random_state = (uint32_t)(ROUND_SEED + round_number * 2654435769u) | 1u;
        play_round();
        if (check_failure_count != 0) {
            printf("in round %lu\n", round_number);
        }
    }
    printf("%lu rounds: %lu calls ended well, %lu met the damage\n", ROUNDS, status_counts[BF_OK],
           status_counts[BF_CORRUPTED]);
    CHECK(status_counts[BF_CORRUPTED] > ROUNDS);
}

TEST(links, bent_to_other_blocks_do_no_harm)
{
    is_forging = false;
    play_rounds();
}

TEST(links, bent_to_forged_blocks_stay_in_the_ranges)
{
    is_forging = true;
    play_rounds();
}

TESTS_BEGIN
ENTRY(links, bent_to_other_blocks_do_no_harm)
ENTRY(links, bent_to_forged_blocks_stay_in_the_ranges)
TESTS_END
