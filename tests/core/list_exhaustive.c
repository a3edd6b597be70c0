/* SPDX-License-Identifier: MIT
 *
 * Every sequence of malloc and free up to a depth, on tiny heaps. After each operation bf_check
 * looks at the heap, and so does an oracle of its own, which knows nothing of how the core works:
 * an array for the free list, a map that says which allocation owns each byte, and the rules of
 * placement as bestfit.h states them.
 *
 * The sequences form a tree; it is walked depth first, with the state of each level kept, so every
 * prefix is played once. Sizes, depth and counts are printed.
 */
#define SUITE "exhaustive"
#include "check.h"

#include "arena.h"

#ifndef EXHAUSTIVE_DEPTH
#define EXHAUSTIVE_DEPTH 7
#endif

#define BYTES_MAX    192 /* of both arenas */
#define BLOCKS_MAX   16
#define REQUESTS_MAX 6
#define NO_OWNER     0
#define HEADER_BYTES 16
#define IS_HEADER    255

/* Two ranges, offsets counted through the first and then the second. */
struct oracle {
    size_t free_offset[BLOCKS_MAX]; /* of payloads; number 0 is at the head of the list */
    size_t free_capacity[BLOCKS_MAX];
    size_t free_count;
    size_t live_offset[BLOCKS_MAX];
    size_t live_capacity[BLOCKS_MAX];
    size_t live_size[BLOCKS_MAX];
    unsigned char live_owner[BLOCKS_MAX]; /* a number never used twice in a sequence */
    size_t live_count;
    unsigned char last_owner;
    unsigned char map[BYTES_MAX]; /* owner of each byte */
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
    unsigned long out_of_memory;
    unsigned long splits;
    unsigned long fallbacks;
    unsigned long frees;
    size_t blocks_max;
};

/* What is walked. */
struct scope {
    size_t range_bytes[2];
    size_t sizes[REQUESTS_MAX];
    size_t size_count;
};

static struct level levels[EXHAUSTIVE_DEPTH + 1];
static struct counts counts;
static struct bf_heap heap;
static struct oracle oracle;

/* -- the oracle
 * ------------------------------------------------------------------------------------- */

static void list_insert(size_t position, size_t offset, size_t capacity)
{
    for (size_t i = oracle.free_count++; i > position; i--) {
        oracle.free_offset[i] = oracle.free_offset[i - 1];
        oracle.free_capacity[i] = oracle.free_capacity[i - 1];
    }
    oracle.free_offset[position] = offset;
    oracle.free_capacity[position] = capacity;
}

static void list_remove(size_t position)
{
    oracle.free_count--;
    for (size_t i = position; i < oracle.free_count; i++) {
        oracle.free_offset[i] = oracle.free_offset[i + 1];
        oracle.free_capacity[i] = oracle.free_capacity[i + 1];
    }
}

/* The place in the list of the smallest block of at least a capacity, the last among equals;
 * BLOCKS_MAX where there is none. */
static size_t list_best(size_t capacity)
{
    size_t best = BLOCKS_MAX;

    for (size_t i = oracle.free_count; i > 0; i--) {
        const size_t candidate = oracle.free_capacity[i - 1];

        if (candidate >= capacity &&
            (best == BLOCKS_MAX || candidate < oracle.free_capacity[best])) {
            best = i - 1;
        }
    }
    return best;
}

static void map_fill(size_t offset, size_t byte_count, unsigned char from, unsigned char to)
{
    for (size_t i = offset; i < offset + byte_count; i++) {
        CHECK_EQ(oracle.map[i], from);
        oracle.map[i] = to;
    }
}

static void oracle_start(const struct scope *scope)
{
    memset(&oracle, 0, sizeof oracle);
    for (size_t i = 0; i < 2; i++) {
        const size_t begin = i == 0 ? 0 : scope->range_bytes[0];

        if (scope->range_bytes[i] != 0) {
            map_fill(begin, HEADER_BYTES, NO_OWNER, IS_HEADER);
            list_insert(0, begin + HEADER_BYTES, scope->range_bytes[i] - HEADER_BYTES);
        }
    }
}

/* Predicts a malloc, and does it. False: out of memory. */
static bool oracle_malloc(size_t size, size_t *offset)
{
    const size_t units = (size + 15) / 16 * 16;
    size_t best = list_best(units);

    if (best == BLOCKS_MAX) {
        best = list_best(size);
        counts.fallbacks += best != BLOCKS_MAX;
    }
    if (best == BLOCKS_MAX) {
        return false;
    }
    size_t capacity = oracle.free_capacity[best];

    *offset = oracle.free_offset[best];
    list_remove(best);
    if (capacity > units + HEADER_BYTES) {
        map_fill(*offset + units, HEADER_BYTES, NO_OWNER, IS_HEADER);
        list_insert(best, *offset + units + HEADER_BYTES, capacity - units - HEADER_BYTES);
        capacity = units;
        counts.splits++;
    }
    oracle.live_offset[oracle.live_count] = *offset;
    oracle.live_capacity[oracle.live_count] = capacity;
    oracle.live_size[oracle.live_count] = size;
    oracle.live_owner[oracle.live_count] = ++oracle.last_owner;
    oracle.live_count++;
    map_fill(*offset, size, NO_OWNER, oracle.last_owner);
    return true;
}

static void oracle_free(size_t index)
{
    map_fill(oracle.live_offset[index], oracle.live_size[index], oracle.live_owner[index],
             NO_OWNER);
    list_insert(0, oracle.live_offset[index], oracle.live_capacity[index]);
    oracle.live_count--;
    oracle.live_offset[index] = oracle.live_offset[oracle.live_count];
    oracle.live_capacity[index] = oracle.live_capacity[oracle.live_count];
    oracle.live_size[index] = oracle.live_size[oracle.live_count];
    oracle.live_owner[index] = oracle.live_owner[oracle.live_count];
}

/* -- the heap against the oracle
 * ------------------------------------------------------------------- */

static size_t range_bytes(size_t index)
{
    return index < arena_count ? (size_t)(arenas[index].end - arenas[index].begin) : 0;
}

static size_t offset_of(const void *payload)
{
    for (size_t i = 0; i < arena_count; i++) {
        if (arena_holds(payload, 1) && (uintptr_t)payload >= (uintptr_t)arenas[i].begin &&
            (uintptr_t)payload < (uintptr_t)arenas[i].end) {
            return (i == 0 ? 0 : range_bytes(0)) +
                   (size_t)((uintptr_t)payload - (uintptr_t)arenas[i].begin);
        }
    }
    return SIZE_MAX;
}

static unsigned char *place_of(size_t offset)
{
    return offset < range_bytes(0) ? arenas[0].begin + offset
                                   : arenas[1].begin + (offset - range_bytes(0));
}

/* One block of the walk: every byte of it is in the map what the walk says it is. */
static bool check_block(void *context, const struct bf_block_info *block)
{
    const size_t offset = offset_of(block->payload);
    const unsigned char owner = block->is_live ? oracle.map[offset] : NO_OWNER;

    if (!CHECK(offset != SIZE_MAX)) {
        return false;
    }
    CHECK_EQ(block->is_live, oracle.map[offset] != NO_OWNER);
    for (size_t i = 0; i < HEADER_BYTES; i++) {
        CHECK_EQ(oracle.map[offset - 1 - i], IS_HEADER);
    }
    for (size_t i = 0; i < block->capacity_bytes; i++) {
        CHECK_EQ(oracle.map[offset + i], i < block->request_bytes ? owner : NO_OWNER);
    }
    *(size_t *)context += HEADER_BYTES + block->capacity_bytes;
    return true;
}

/* The heap holds what the oracle says, and every live block still what was written to it. */
static void check_state(void)
{
    struct bf_stats stats;
    size_t covered_bytes = 0;

    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_walk(&heap, check_block, &covered_bytes), BF_OK);
    CHECK_EQ(covered_bytes, range_bytes(0) + range_bytes(1));
    CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    CHECK_EQ(stats.live_block_count, oracle.live_count);
    CHECK_EQ(stats.free_block_count, oracle.free_count);
    for (size_t i = 0; i < oracle.live_count; i++) {
        const unsigned char *payload = place_of(oracle.live_offset[i]);

        for (size_t k = 0; k < oracle.live_size[i]; k++) {
            CHECK_EQ(payload[k], oracle.live_owner[i]);
        }
    }
    if (oracle.live_count + oracle.free_count > counts.blocks_max) {
        counts.blocks_max = oracle.live_count + oracle.free_count;
    }
}

static void play_malloc(size_t size)
{
    size_t expected = SIZE_MAX;
    void *payload = NULL;
    const bool is_served = oracle_malloc(size, &expected);

    CHECK_EQ(bf_malloc(&heap, size, 1, &payload), is_served ? BF_OK : BF_OUT_OF_MEMORY);
    if (is_served && CHECK_EQ(offset_of(payload), expected)) {
        CHECK_EQ((uintptr_t)payload % 16, 0);
        memset(payload, oracle.last_owner, size);
    }
    counts.served += is_served;
    counts.out_of_memory += !is_served;
}

static void play_free(size_t index)
{
    void *payload = place_of(oracle.live_offset[index]);
    const size_t size = oracle.live_size[index];

    CHECK_EQ(bf_free(&heap, payload, size + 1), BF_WRONG_SIZE);
    CHECK_EQ(bf_free(&heap, payload, size), BF_OK);
    CHECK_EQ(bf_free(&heap, payload, size), BF_DOUBLE_FREE);
    oracle_free(index);
    counts.frees++;
}

/* -- the tree
 * --------------------------------------------------------------------------------------- */

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

/* Operations are numbered: the sizes first, then the live blocks. */
static void play_op(const struct scope *scope, size_t op)
{
    if (op < scope->size_count) {
        play_malloc(scope->sizes[op]);
    } else {
        play_free(op - scope->size_count);
    }
    counts.sequences++;
    check_state();
}

static void print_path(const struct scope *scope, size_t depth)
{
    printf("after");
    for (size_t i = 0; i <= depth; i++) {
        const size_t op = levels[i].next_op - 1;

        if (op < scope->size_count) {
            printf(" malloc(%lu)", (unsigned long)scope->sizes[op]);
        } else {
            printf(" free(live block %lu)", (unsigned long)(op - scope->size_count));
        }
    }
    printf("\n");
}

static void walk_tree(const struct scope *scope)
{
    size_t depth = 0;

    levels[0].next_op = 0;
    level_save(&levels[0]);
    for (;;) {
        struct level *level = &levels[depth];

        if (level->next_op == scope->size_count + level->oracle.live_count) {
            if (depth == 0) {
                return;
            }
            depth--;
            continue;
        }
        level_load(level);
        play_op(scope, level->next_op++);
        if (check_failure_count != 0) {
            print_path(scope, depth);
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
    arena_reset();
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    for (size_t i = 0; i < 2; i++) {
        if (scope->range_bytes[i] != 0) {
            const struct arena *arena = arena_take(scope->range_bytes[i]);

            memset(arena->begin, 0, scope->range_bytes[i]);
            CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
        }
    }
    oracle_start(scope);
    walk_tree(scope);
    CHECK(arena_gaps_are_intact());
    printf("ranges of %lu and %lu bytes, sizes", (unsigned long)scope->range_bytes[0],
           (unsigned long)scope->range_bytes[1]);
    for (size_t i = 0; i < scope->size_count; i++) {
        printf(" %lu", (unsigned long)scope->sizes[i]);
    }
    printf(", depth %d: %lu sequences, %lu served (%lu splits, %lu by a ragged tail), "
           "%lu out of memory, %lu frees, up to %lu blocks\n",
           EXHAUSTIVE_DEPTH, counts.sequences, counts.served, counts.splits, counts.fallbacks,
           counts.out_of_memory, counts.frees, (unsigned long)counts.blocks_max);
    /* A walk that never split, fell back, ran out or freed has not covered what it is for. */
    CHECK(counts.splits > 100 && counts.out_of_memory > 100 && counts.frees > 100);
}

TEST(all_sequences, on_one_range_with_a_whole_end)
{
    static const struct scope scope = {{160, 0}, {1, 16, 17, 33, 64}, 5};

    cover(&scope);
}

TEST(all_sequences, on_one_range_with_a_ragged_end)
{
    static const struct scope scope = {{119, 0}, {1, 7, 20, 23, 40}, 5};

    cover(&scope);
    CHECK(counts.fallbacks > 100);
}

TEST(all_sequences, on_one_range_that_leaves_a_sliver)
{
    static const struct scope scope = {{97, 0}, {1, 2, 16, 32, 48}, 5};

    cover(&scope);
    CHECK(counts.fallbacks > 100);
}

TEST(all_sequences, on_two_ranges_with_ragged_ends)
{
    static const struct scope scope = {{75, 59}, {11, 16, 27, 40}, 4};

    cover(&scope);
    CHECK(counts.fallbacks > 100);
}

TESTS_BEGIN
ENTRY(all_sequences, on_one_range_with_a_whole_end)
ENTRY(all_sequences, on_one_range_with_a_ragged_end)
ENTRY(all_sequences, on_one_range_that_leaves_a_sliver)
ENTRY(all_sequences, on_two_ranges_with_ragged_ends)
TESTS_END
