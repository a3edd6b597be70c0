/* SPDX-License-Identifier: MIT
 *
 * Every sequence of malloc, aligned malloc, realloc and free up to a depth, on tiny heaps, against
 * the model in bitmap_oracle.h: after each operation every address, block and counter is compared,
 * bf_check looks at the heap, and every live block still holds what was written to it.
 *
 * The sequences form a tree; it is walked depth first, with the state of each level kept, so every
 * prefix is played once. Sizes, depth and counts are printed.
 */
#define SUITE "bitmap_exhaustive"
#include "check.h"

#include "arena.h"
#define ORACLE_BLOCKS_MAX 16
#include "bitmap_oracle.h"

/* A level keeps a copy of the heap, which is large in the larger profiles. */
#ifndef EXHAUSTIVE_DEPTH
#ifdef BF_PROFILE_SMALL
#define EXHAUSTIVE_DEPTH 6
#else
#define EXHAUSTIVE_DEPTH 4
#endif
#endif

#define BYTES_MAX    512 /* of both arenas */
#define REQUESTS_MAX 6

struct request {
    size_t size;
    size_t align;
};

struct level {
    struct bf_heap heap;
    struct oracle oracle;
    unsigned char bytes[BYTES_MAX];
    size_t next_op; /* the operation to try next from here */
};

struct counts {
    unsigned long sequences;
    unsigned long served;
    unsigned long refused;
    unsigned long moved;
    unsigned long frees;
    size_t blocks_max;
};

/* What is walked. */
struct scope {
    size_t range_bytes[2];
    struct request requests[REQUESTS_MAX];
    size_t request_count;
};

static struct level levels[EXHAUSTIVE_DEPTH + 1];
static struct counts counts;
static struct bf_heap heap;
static struct oracle oracle;

static size_t walked_count;

static unsigned char *at(uintptr_t address)
{
    return (unsigned char *)address; /* NOLINT(performance-no-int-to-ptr) */
}

/* The content of a live block: a byte that tells it from its neighbours. */
static unsigned char content_of(const struct oracle_block *block)
{
    return (unsigned char)(block->header / 16 * 7 + block->size);
}

static bool check_block(void *context, const struct bf_block_info *block)
{
    const struct oracle_block *expected = &oracle.blocks[walked_count++];

    (void)context;
    CHECK((uintptr_t)block->payload == expected->header + 8);
    CHECK_EQ(block->capacity_bytes, oracle_capacity(&oracle, expected));
    CHECK_EQ(block->request_bytes, expected->size);
    for (size_t i = 0; i < expected->size; i++) {
        CHECK_EQ(at(expected->header + 8)[i], content_of(expected));
    }
    return walked_count < oracle.block_count;
}

static void check_state(void)
{
    struct bf_stats stats;

    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    walked_count = 0;
    CHECK_EQ(bf_walk(&heap, check_block, NULL), BF_OK);
    CHECK_EQ(walked_count, oracle.block_count);
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.live_block_count + stats.free_block_count, oracle.block_count);
    CHECK_EQ(stats.live_bytes, oracle.live_bytes);
    CHECK_EQ(stats.peak_live_bytes, oracle.peak_bytes);
    if (oracle.block_count > counts.blocks_max) {
        counts.blocks_max = oracle.block_count;
    }
}

static void fill(uintptr_t payload)
{
    const struct oracle_block *block = &oracle.blocks[oracle_find(&oracle, payload)];

    memset(at(payload), content_of(block), block->size);
}

static void play_malloc(const struct request *request)
{
    const uintptr_t expected = oracle_malloc(&oracle, request->size, request->align);
    void *payload = NULL;

    CHECK_EQ(bf_malloc(&heap, request->size, request->align, &payload),
             expected != 0 ? BF_OK : BF_OUT_OF_MEMORY);
    if (CHECK((uintptr_t)payload == expected) && expected != 0) {
        fill(expected);
    }
    counts.served += expected != 0;
    counts.refused += expected == 0;
}

/* The payload of a live block by its number. */
static uintptr_t live_payload(size_t number)
{
    size_t i = 0;

    while (oracle.blocks[i].size == 0 || number-- > 0) {
        i++;
    }
    return oracle.blocks[i].header + 8;
}

static void play_free(uintptr_t payload)
{
    const size_t size = oracle.blocks[oracle_find(&oracle, payload)].size;

    if (BF_HARDENING != BF_HARDENING_OFF) {
        CHECK_EQ(bf_free(&heap, at(payload), size + 1), BF_WRONG_SIZE);
    }
    CHECK_EQ(bf_free(&heap, at(payload), size), BF_OK);
    oracle_free(&oracle, payload);
    if (BF_HARDENING == BF_HARDENING_ON) {
        CHECK_EQ(bf_free(&heap, at(payload), size), BF_DOUBLE_FREE);
    } else if (BF_HARDENING == BF_HARDENING_PARANOID) {
        CHECK(bf_free(&heap, at(payload), size) != BF_OK);
    }
    counts.frees++;
}

static void play_realloc(uintptr_t payload, const struct request *request)
{
    const struct oracle_block old = oracle.blocks[oracle_find(&oracle, payload)];
    const uintptr_t expected = oracle_realloc(&oracle, payload, request->size, request->align);
    void *out = NULL;

    CHECK_EQ(bf_realloc(&heap, at(payload), old.size, request->size, request->align, &out),
             expected != 0 ? BF_OK : BF_OUT_OF_MEMORY);
    if (CHECK((uintptr_t)out == expected) && expected != 0) {
        for (size_t i = 0; i < old.size && i < request->size; i++) {
            CHECK_EQ(at(expected)[i], content_of(&old));
        }
        fill(expected);
    }
    counts.moved += expected != 0 && expected != payload;
}

static size_t live_count(void)
{
    size_t count = 0;

    for (size_t i = 0; i < oracle.block_count; i++) {
        count += oracle.blocks[i].size != 0;
    }
    return count;
}

/* Operations are numbered: the requests first, then each live block's free and its reallocs. */
static size_t op_count(const struct scope *scope)
{
    return scope->request_count + live_count() * (1 + scope->request_count);
}

static void play_op(const struct scope *scope, size_t op)
{
    counts.sequences++;
    if (op < scope->request_count) {
        play_malloc(&scope->requests[op]);
    } else {
        const size_t number = (op - scope->request_count) / (1 + scope->request_count);
        const size_t kind = (op - scope->request_count) % (1 + scope->request_count);

        if (kind == 0) {
            play_free(live_payload(number));
        } else {
            play_realloc(live_payload(number), &scope->requests[kind - 1]);
        }
    }
    check_state();
}

static size_t range_bytes(size_t i)
{
    return i < arena_count ? (size_t)(arenas[i].end - arenas[i].begin) : 0;
}

static void level_save(struct level *level)
{
    memcpy(&level->heap, &heap, sizeof heap);
    memcpy(&level->oracle, &oracle, sizeof oracle);
    for (size_t i = 0; i < arena_count; i++) {
        memcpy(level->bytes + (i == 0 ? 0 : range_bytes(0)), arenas[i].begin, range_bytes(i));
    }
}

static void level_load(const struct level *level)
{
    memcpy(&heap, &level->heap, sizeof heap);
    memcpy(&oracle, &level->oracle, sizeof oracle);
    for (size_t i = 0; i < arena_count; i++) {
        memcpy(arenas[i].begin, level->bytes + (i == 0 ? 0 : range_bytes(0)), range_bytes(i));
    }
}

static void walk_tree(const struct scope *scope)
{
    size_t depth = 0;

    levels[0].next_op = 0;
    level_save(&levels[0]);
    for (;;) {
        struct level *level = &levels[depth];

        level_load(level);
        if (level->next_op == op_count(scope)) {
            if (depth == 0) {
                return;
            }
            depth--;
            continue;
        }
        play_op(scope, level->next_op++);
        if (check_failure_count != 0) {
            printf("after operations");
            for (size_t i = 0; i <= depth; i++) {
                printf(" %lu", (unsigned long)levels[i].next_op - 1);
            }
            printf("\n");
            return;
        }
        if (depth + 1 < EXHAUSTIVE_DEPTH) {
            depth++;
            levels[depth].next_op = 0;
            level_save(&levels[depth]);
        }
    }
}

static void cover(const struct scope *scope)
{
    memset(&counts, 0, sizeof counts);
    memset(&oracle, 0, sizeof oracle);
    arena_reset();
    CHECK_EQ(bf_init(&heap, 1), BF_OK);
    for (size_t i = 0; i < 2 && scope->range_bytes[i] != 0; i++) {
        const struct arena *arena = arena_take(scope->range_bytes[i]);

        memset(arena->begin, 0, scope->range_bytes[i]);
        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
        oracle_add_range(&oracle, (uintptr_t)arena->begin, (uintptr_t)arena->end);
    }
    walk_tree(scope);
    CHECK(arena_gaps_are_intact());
    printf("ranges of %lu and %lu bytes, depth %d: %lu sequences, %lu served, %lu out of memory, "
           "%lu moved, %lu frees, up to %lu blocks\n",
           (unsigned long)scope->range_bytes[0], (unsigned long)scope->range_bytes[1],
           EXHAUSTIVE_DEPTH, counts.sequences, counts.served, counts.refused, counts.moved,
           counts.frees, (unsigned long)counts.blocks_max);
    /* A walk that never split, ran out, moved or freed has not covered what it is for. */
    CHECK(counts.served > 10 && counts.refused > 0 && counts.frees > 10);
}

TEST(all_sequences, on_one_range_with_a_whole_end)
{
    static const struct scope scope = {{200, 0}, {{1, 1}, {24, 1}, {25, 1}, {56, 1}}, 4};

    cover(&scope);
    CHECK(counts.moved > 0);
}

TEST(all_sequences, on_one_range_with_a_ragged_end)
{
    static const struct scope scope = {{175, 0}, {{8, 1}, {31, 1}, {40, 1}, {63, 1}}, 4};

    cover(&scope);
}

TEST(all_sequences, with_large_alignments)
{
    static const struct scope scope = {{234, 0}, {{1, 32}, {5, 1}, {30, 64}, {40, 32}}, 4};

    cover(&scope);
    CHECK(counts.moved > 0);
}

TEST(all_sequences, on_two_ranges_with_ragged_ends)
{
    static const struct scope scope = {{119, 95}, {{11, 1}, {39, 32}, {47, 1}}, 3};

    cover(&scope);
}

TESTS_BEGIN
ENTRY(all_sequences, on_one_range_with_a_whole_end)
ENTRY(all_sequences, on_one_range_with_a_ragged_end)
ENTRY(all_sequences, with_large_alignments)
ENTRY(all_sequences, on_two_ranges_with_ragged_ends)
TESTS_END
