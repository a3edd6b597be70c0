/* SPDX-License-Identifier: MIT
 *
 * The bound of the bitmap index, held to the step: every call of a random program on tries as deep
 * as the memory of a test allows, of sizes that differ in few bits. And the bound is not empty
 * talk: the longest calls of each kind take a good part of it.
 */
static void count_step(void);

#undef BF_EXACT_BINS_LOG2
#undef BF_OCTAVE_BINS_LOG2
#define BF_EXACT_BINS_LOG2  1
#define BF_OCTAVE_BINS_LOG2 0
#define BF_PREFIX           steps_
#define BF_STEP()           count_step()
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_bound"
#include "check.h"

#include "bound.h"
#include "random.h"

static struct bf_heap heap;
static unsigned long step_count;

static void count_step(void)
{
    step_count++;
}

/* Only headers, links and footers are touched, so most pages of it never exist. */
#define RANGE_COUNT 3
#define RANGE_BYTES ((size_t)40 << 20)
static _Alignas(16) unsigned char memory[RANGE_COUNT][RANGE_BYTES];

enum call { CALL_ADD, CALL_REMOVE, CALL_MALLOC, CALL_FREE, CALL_REALLOC, CALL_STATS, CALL_CHECK };
#define CALLS_COUNT 7

/* For each call, how many thousandths of its bound the longest took. */
static unsigned long longest_permille[CALLS_COUNT];
static unsigned long longest_steps[CALLS_COUNT];

struct before {
    size_t free_block_count;
    size_t block_count;
    size_t range_count;
};

static struct before before_call(void)
{
    const struct before before = {heap.free_block_count,
                                  heap.free_block_count + heap.live_block_count, heap.range_count};

    step_count = 0;
    return before;
}

static unsigned long bound_of(enum call call, const struct before *before)
{
    const unsigned long depth = bound_depth(before->free_block_count);

    switch (call) {
    case CALL_ADD:
        return bound_add_range(depth);
    case CALL_REMOVE:
        return bound_remove_range(depth, before->range_count);
    case CALL_MALLOC:
        return bound_malloc(depth, before->range_count);
    case CALL_FREE:
        return bound_free(depth, before->range_count, before->block_count);
    case CALL_REALLOC:
        return bound_realloc(depth, before->range_count, before->block_count);
    case CALL_STATS:
        return bound_stats(depth, before->range_count);
    case CALL_CHECK:
        break;
    }
    return bound_check(depth, before->range_count, before->free_block_count, before->block_count);
}

static void after_call(enum call call, const struct before *before)
{
    const unsigned long bound = bound_of(call, before);
    const unsigned long permille = 1000 * step_count / bound;

    CHECK(step_count <= bound);
    if (permille > longest_permille[call]) {
        longest_permille[call] = permille;
    }
    if (step_count > longest_steps[call]) {
        longest_steps[call] = step_count;
    }
}

#define SLOTS_MAX 100

struct slot {
    void *payload;
    size_t size;
};

static struct slot slots[SLOTS_MAX];

/* Sizes of one octave that differ from each other in a few bits: long ways down, with branches. */
static size_t draw_size(void)
{
    const unsigned octave = 10 + (unsigned)random_below(7);
    size_t units = (size_t)1 << octave;

    for (size_t bits = random_below(4); bits > 0; bits--) {
        units |= (size_t)1 << random_below(octave);
    }
    return units * 16 + random_below(3) * 16 + 24;
}

static void play_malloc(struct slot *slot)
{
    const size_t size = draw_size();
    const size_t align = random_below(8) == 0 ? (size_t)16 << random_below(8) : 16;
    const struct before before = before_call();
    const enum bf_status status = bf_malloc(&heap, size, align, &slot->payload);

    after_call(CALL_MALLOC, &before);
    CHECK(status == BF_OK || status == BF_OUT_OF_MEMORY);
    slot->size = size;
    if (status != BF_OK) {
        slot->payload = NULL;
    }
}

static void play_realloc(struct slot *slot)
{
    const size_t size = draw_size() / 64;
    const struct before before = before_call();
    const enum bf_status status =
        bf_realloc(&heap, slot->payload, slot->size, size, 16, &slot->payload);

    after_call(CALL_REALLOC, &before);
    if (CHECK(status == BF_OK || status == BF_OUT_OF_MEMORY) && status == BF_OK) {
        slot->size = size;
    }
}

static void play_free(struct slot *slot)
{
    const struct before before = before_call();

    CHECK_EQ(bf_free(&heap, slot->payload, slot->size), BF_OK);
    after_call(CALL_FREE, &before);
    slot->payload = NULL;
}

static void play_op(void)
{
    struct slot *slot = &slots[random_below(SLOTS_MAX)];

    if (slot->payload == NULL) {
        play_malloc(slot);
    } else if (random_below(8) == 0) {
        play_realloc(slot);
    } else {
        play_free(slot);
    }
}

static void play_readers(void)
{
    struct bf_stats stats;
    struct before before = before_call();

    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    after_call(CALL_STATS, &before);
    before = before_call();
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    after_call(CALL_CHECK, &before);
}

static void start(void)
{
    CHECK_EQ(bf_init(&heap, 5), BF_OK);
    memset(slots, 0, sizeof slots);
    for (size_t i = 0; i < RANGE_COUNT; i++) {
        const struct before before = before_call();

        CHECK_EQ(bf_add_range(&heap, memory[i], memory[i] + RANGE_BYTES - 5 * i), BF_OK);
        after_call(CALL_ADD, &before);
    }
}

static void finish(void)
{
    for (size_t i = 0; i < SLOTS_MAX; i++) {
        if (slots[i].payload != NULL) {
            play_free(&slots[i]);
        }
    }
    for (size_t i = 0; i < RANGE_COUNT; i++) {
        const struct before before = before_call();

        CHECK_EQ(bf_remove_range(&heap, memory[i]), BF_OK);
        after_call(CALL_REMOVE, &before);
    }
}

TEST(steps, of_every_call_are_within_the_bound)
{
    random_state = 0x57e9beefu;
    for (int round = 0; round < 60; round++) {
        start();
        for (int i = 0; i < 3000; i++) {
            play_op();
            if (i % 50 == 0) {
                play_readers();
            }
        }
        finish();
    }
    static const char *const names[CALLS_COUNT] = {"add_range", "remove_range", "malloc", "free",
                                                   "realloc",   "stats",        "check"};

    for (int call = 0; call < CALLS_COUNT; call++) {
        printf("%s: at most %lu steps, and %lu.%lu%% of the bound\n", names[call],
               longest_steps[call], longest_permille[call] / 10, longest_permille[call] % 10);
        CHECK(longest_permille[call] > 15);
    }
}

/* Free blocks of the sizes 1000, 1100, 1110, 1111 (in units, bits) and so on are one way down: what
 * is counted grows with it, so what is counted is what is visited. */
TEST(steps, grow_with_the_depth_of_a_trie)
{
    enum { BITS = 12 };

    for (unsigned depth = 2; depth <= BITS; depth++) {
        size_t sizes[BITS + 1];
        void *payloads[BITS + 1];
        void *out = NULL;

        CHECK_EQ(bf_init(&heap, 5), BF_OK);
        CHECK_EQ(bf_add_range(&heap, memory[0], memory[0] + RANGE_BYTES), BF_OK);
        for (unsigned i = 0; i <= depth; i++) {
            const size_t ones = ((size_t)2 << BITS) - ((size_t)1 << (BITS - i));

            sizes[i] = stride_of_class(ones) - BF_HEADER_BYTES;
            CHECK_EQ(bf_malloc(&heap, sizes[i], 16, &payloads[i]), BF_OK);
            CHECK_EQ(bf_malloc(&heap, 1, 16, &out), BF_OK);
        }
        for (unsigned i = 0; i <= depth; i++) {
            CHECK_EQ(bf_free(&heap, payloads[i], sizes[i]), BF_OK);
        }
        const struct before before = before_call();

        CHECK_EQ(bf_malloc(&heap, sizes[depth], 16, &out), BF_OK);
        CHECK(out == payloads[depth]);
        after_call(CALL_MALLOC, &before);
        CHECK(step_count >= (IS_HARDENED ? 3 : 2) * depth);
    }
}

TESTS_BEGIN
ENTRY(steps, of_every_call_are_within_the_bound)
ENTRY(steps, grow_with_the_depth_of_a_trie)
TESTS_END
