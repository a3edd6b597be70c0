/* SPDX-License-Identifier: MIT
 *
 * The whole API at random, against the model in bitmap_oracle.h: statuses, addresses, every block,
 * the counters, the content, and the steps of each call against the stated bound, after every
 * operation. Sizes reach from one byte over bins and tries, so that a trie has many nodes. The core
 * is compiled in, with its steps counted.
 */
#include <stddef.h>
static size_t step_count;
#define BF_PREFIX placement_
#define BF_STEP() ((void)step_count++)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_placement"
#include "check.h"

#define ARENA_POOL_BYTES ((size_t)4 << 20)
#include "arena.h"
#define ORACLE_BLOCKS_MAX 2048
#include "bitmap_oracle.h"
#include "random.h"

#define SLOT_COUNT 400

static struct bf_heap heap;
static struct oracle oracle;
struct slot {
    unsigned char *payload;
    size_t size;
    unsigned char content;
};

static struct slot slots[SLOT_COUNT];
static unsigned long served_count;
static unsigned long refused_count;
static unsigned long moved_count;
static size_t steps_max;

/* What one round is about. */
struct scope {
    size_t size_bits_max; /* sizes are log-uniform up to 2 to that */
    size_t size_bits_min;
    size_t range_bytes;
    size_t range_count;
    size_t slot_count;
    size_t free_percent;
};

static size_t random_size(const struct scope *scope)
{
    const size_t bits =
        scope->size_bits_min + random_below(scope->size_bits_max - scope->size_bits_min + 1);

    return ((size_t)1 << bits) + random_below((size_t)1 << bits);
}

static size_t random_align(void)
{
    return random_below(4) == 0 ? (size_t)1 << random_below(11) : 1;
}

/* -- what the walk shows, against the model -------------------------------------------------- */

static size_t walked_count;

static bool check_block(void *context, const struct bf_block_info *block)
{
    const struct oracle_block *expected = &oracle.blocks[walked_count++];

    (void)context;
    return CHECK((uintptr_t)block->payload == expected->header + 8) &&
           CHECK_EQ(block->capacity_bytes, oracle_capacity(&oracle, expected)) &&
           CHECK_EQ(block->request_bytes, expected->size) &&
           CHECK_EQ(block->is_live, expected->size != 0) &&
           CHECK_EQ(block->range_index, expected->range);
}

static void check_stats(void)
{
    struct bf_stats stats = {0};
    size_t largest = 0;
    size_t free_bytes = 0;
    size_t free_count = 0;

    for (size_t i = 0; i < oracle.block_count; i++) {
        const size_t capacity = oracle_capacity(&oracle, &oracle.blocks[i]);

        if (oracle.blocks[i].size == 0) {
            free_count++;
            free_bytes += capacity;
            if (oracle.blocks[i].stride >= 32 && capacity > largest) {
                largest = capacity;
            }
        }
    }
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.free_block_count, free_count);
    CHECK_EQ(stats.live_block_count, oracle.block_count - free_count);
    CHECK_EQ(stats.free_bytes, free_bytes);
    CHECK_EQ(stats.largest_free_bytes, largest);
    CHECK_EQ(stats.live_bytes, oracle.live_bytes);
    CHECK_EQ(stats.peak_live_bytes, oracle.peak_bytes);
    CHECK_EQ(stats.fragmentation_permille,
             free_bytes == 0 ? 0 : 1000 * (uint64_t)(free_bytes - largest) / free_bytes);
}

static bool check_state(void)
{
    struct bf_fault fault = {0, NULL, NULL, 0, 0};

    walked_count = 0;
    if (!CHECK_EQ(bf_check(&heap, &fault), BF_OK)) {
        printf("I%u: %s\n", fault.invariant, fault.reason);
        return false;
    }
    CHECK_EQ(bf_walk(&heap, check_block, NULL), BF_OK);
    CHECK_EQ(walked_count, oracle.block_count);
    check_stats();
    return check_failure_count == 0;
}

static bool content_is(const struct slot *slot, size_t byte_count)
{
    for (size_t i = 0; i < byte_count; i++) {
        if (slot->payload[i] != slot->content) {
            return false;
        }
    }
    return true;
}

/* -- operations ------------------------------------------------------------------------------ */

/* The bound of docs/core.md: in bits of a size class, and ranges. (Paranoid hardening walks.) */
#define STEPS_BOUND (10 * (BF_CLASS_BITS + 3) + 4 * BF_RANGES_MAX)

static void steps_end(void)
{
    if (step_count > steps_max) {
        steps_max = step_count;
    }
    if (BF_HARDENING != BF_HARDENING_PARANOID) {
        CHECK(step_count <= STEPS_BOUND);
    }
}

static void slot_fill(struct slot *slot, void *payload, size_t size)
{
    slot->payload = payload;
    slot->size = size;
    slot->content = (unsigned char)random_next();
    memset(payload, slot->content, size);
}

static void play_malloc(const struct scope *scope, struct slot *slot)
{
    const size_t size = random_size(scope);
    const size_t align = random_align();
    const uintptr_t expected = oracle_malloc(&oracle, size, align);
    void *payload = NULL;
    const bool is_calloc = random_below(8) == 0;

    step_count = 0;
    CHECK_EQ(is_calloc ? bf_calloc(&heap, size, 1, align, &payload)
                       : bf_malloc(&heap, size, align, &payload),
             expected != 0 ? BF_OK : BF_OUT_OF_MEMORY);
    steps_end();
    refused_count += expected == 0;
    if (CHECK((uintptr_t)payload == expected) && expected != 0) {
        served_count++;
        CHECK(expected % align == 0);
        slot->payload = payload;
        slot->content = 0;
        CHECK(!is_calloc || content_is(slot, size));
        slot_fill(slot, payload, size);
    }
}

static void play_free(struct slot *slot)
{
    CHECK(content_is(slot, slot->size));
    oracle_free(&oracle, (uintptr_t)slot->payload);
    step_count = 0;
    CHECK_EQ(bf_free(&heap, slot->payload, random_below(2) == 0 ? slot->size : BF_ANY_SIZE), BF_OK);
    steps_end();
    slot->payload = NULL;
}

static void play_realloc(const struct scope *scope, struct slot *slot)
{
    const size_t near_size = slot->size + 1 + random_below(100) - (slot->size > 50 ? 50 : 0);
    const size_t size = random_below(2) == 0 ? random_size(scope) : near_size;
    const size_t align = random_align();
    const uintptr_t expected = oracle_realloc(&oracle, (uintptr_t)slot->payload, size, align);
    void *payload = slot->payload;

    step_count = 0;
    CHECK_EQ(bf_realloc(&heap, slot->payload, slot->size, size, align, &payload),
             expected != 0 ? BF_OK : BF_OUT_OF_MEMORY);
    steps_end();
    if (expected != 0 && CHECK((uintptr_t)payload == expected)) {
        moved_count += payload != slot->payload;
        slot->payload = payload;
        CHECK(content_is(slot, slot->size < size ? slot->size : size));
        slot_fill(slot, payload, size);
    }
}

static void play_op(const struct scope *scope)
{
    struct slot *slot = &slots[random_below(scope->slot_count)];
    size_t usable = 0;

    if (slot->payload == NULL) {
        play_malloc(scope, slot);
    } else if (random_below(100) < scope->free_percent) {
        play_free(slot);
    } else {
        CHECK_EQ(bf_usable_size(&heap, slot->payload, &usable), BF_OK);
        CHECK(usable >= slot->size);
        play_realloc(scope, slot);
    }
}

static void start(const struct scope *scope)
{
    arena_reset();
    memset(&oracle, 0, sizeof oracle);
    memset(slots, 0, sizeof slots);
    CHECK_EQ(bf_init(&heap, random_next()), BF_OK);
    for (size_t i = 0; i < scope->range_count; i++) {
        const struct arena *arena = arena_take(scope->range_bytes - random_below(17));

        if (CHECK(arena != NULL)) {
            CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
            oracle_add_range(&oracle, (uintptr_t)arena->begin, (uintptr_t)arena->end);
        }
    }
}

/* Frees all; each range is one block then, and can be removed. */
static void drain(const struct scope *scope)
{
    for (size_t i = 0; i < scope->slot_count; i++) {
        if (slots[i].payload != NULL) {
            play_free(&slots[i]);
        }
    }
    CHECK_EQ(oracle.block_count, scope->range_count);
    check_state();
    for (size_t i = 0; i < scope->range_count; i++) {
        CHECK_EQ(bf_remove_range(&heap, arenas[i].begin), BF_OK);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
    CHECK_EQ(heap.free_block_count + heap.free_bytes + heap.range_count, 0);
    CHECK(arena_gaps_are_intact());
}

#ifndef PLACEMENT_OPS
#ifdef BF_PROFILE_LARGE
#define PLACEMENT_OPS 12000ul /* bf_check looks at every bin */
#else
#define PLACEMENT_OPS 60000ul
#endif
#endif

static void play(const struct scope *scope, unsigned long rounds)
{
    served_count = refused_count = moved_count = 0;
    steps_max = 0;
    for (unsigned long round = 0; round < rounds && check_failure_count == 0; round++) {
        const uint32_t seed = (uint32_t)(0x9e3779b9u * (round + 1)) | 1u;

        random_state = seed;
        start(scope);
        for (unsigned long i = 0; i < PLACEMENT_OPS / rounds && check_failure_count == 0; i++) {
            play_op(scope);
            if (check_failure_count != 0 || !check_state()) {
                printf("in round %lu, operation %lu\n", round, i);
            }
        }
        if (check_failure_count == 0) {
            drain(scope);
        }
    }
    printf("%lu served, %lu out of memory, %lu moved, at most %lu steps\n", served_count,
           refused_count, moved_count, (unsigned long)steps_max);
    CHECK(served_count > PLACEMENT_OPS / 10 && refused_count > 0 && moved_count > 0);
}

TEST(random, small_sizes_in_tiny_ranges)
{
    static const struct scope scope = {6, 0, 400, 3, 12, 80};

    play(&scope, PLACEMENT_OPS / 200);
}

TEST(random, all_sizes_in_two_ranges)
{
    static const struct scope scope = {14, 0, 100000, 2, 60, 70};

    play(&scope, 10);
}

TEST(random, large_sizes_of_one_octave)
{
    static const struct scope scope = {12, 12, 500000, 2, 300, 85};

    play(&scope, 4);
}

TEST(random, sizes_beyond_the_exact_bins)
{
    static const struct scope scope = {18, 15, 4000000, 1, 60, 80};

    play(&scope, 10);
}

TESTS_BEGIN
ENTRY(random, small_sizes_in_tiny_ranges)
ENTRY(random, all_sizes_in_two_ranges)
ENTRY(random, large_sizes_of_one_octave)
ENTRY(random, sizes_beyond_the_exact_bins)
TESTS_END
