/* SPDX-License-Identifier: MIT
 *
 * Every status that the contract in bestfit.h names for a function is returned by it here, and
 * none that it does not name; where it is a failure, nothing has changed. The table below is the
 * contract as pairs. A pair that no scenario brings about is a failure, and so is a status that is
 * not in the table; test_statuses.sh compares the table with the text of bestfit.h.
 */
#define SUITE "statuses"
#include "check.h"

#include "arena.h"

#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
#define IN_CHECKED true
#else
#define IN_CHECKED false /* bitmap with hardening off trusts pointers, headers and links */
#endif
#define IN_ALL true
#ifdef BF_INDEX_LIST
#define IN_BITMAP_CHECKED false
#else
#define IN_BITMAP_CHECKED IN_CHECKED
#endif

enum function {
    F_init,
    F_add_range,
    F_remove_range,
    F_malloc,
    F_calloc,
    F_realloc,
    F_free,
    F_usable_size,
    F_check,
    F_walk,
    F_stats,
    FUNCTION_COUNT
};

static const char *const function_names[FUNCTION_COUNT] = {
    "bf_init", "bf_add_range",   "bf_remove_range", "bf_malloc", "bf_calloc", "bf_realloc",
    "bf_free", "bf_usable_size", "bf_check",        "bf_walk",   "bf_stats"};

struct pair {
    enum function function;
    enum bf_status status;
    bool is_in_build;
};

#define PAIR(function, status, builds) {F_##function, status, IN_##builds}

static const struct pair contract[] = {
    PAIR(init, BF_OK, ALL),
    PAIR(init, BF_INVALID_ARGUMENT, ALL),
    PAIR(add_range, BF_OK, ALL),
    PAIR(add_range, BF_INVALID_ARGUMENT, ALL),
    PAIR(add_range, BF_INVALID_ALIGN, ALL),
    PAIR(add_range, BF_INVALID_ADDRESS, ALL),
    PAIR(add_range, BF_INVALID_SIZE, ALL),
    PAIR(add_range, BF_OVERLAP, ALL),
    PAIR(add_range, BF_TOO_MANY_RANGES, ALL),
    PAIR(add_range, BF_CORRUPTED, BITMAP_CHECKED),
    PAIR(remove_range, BF_OK, ALL),
    PAIR(remove_range, BF_INVALID_ARGUMENT, ALL),
    PAIR(remove_range, BF_INVALID_ADDRESS, ALL),
    PAIR(remove_range, BF_RANGE_IN_USE, ALL),
    PAIR(remove_range, BF_CORRUPTED, CHECKED),
    PAIR(malloc, BF_OK, ALL),
    PAIR(malloc, BF_INVALID_ARGUMENT, ALL),
    PAIR(malloc, BF_INVALID_ALIGN, ALL),
    PAIR(malloc, BF_INVALID_SIZE, ALL),
    PAIR(malloc, BF_OUT_OF_MEMORY, ALL),
    PAIR(malloc, BF_CORRUPTED, CHECKED),
    PAIR(calloc, BF_OK, ALL),
    PAIR(calloc, BF_INVALID_ARGUMENT, ALL),
    PAIR(calloc, BF_INVALID_ALIGN, ALL),
    PAIR(calloc, BF_INVALID_SIZE, ALL),
    PAIR(calloc, BF_OUT_OF_MEMORY, ALL),
    PAIR(calloc, BF_CORRUPTED, CHECKED),
    PAIR(realloc, BF_OK, ALL),
    PAIR(realloc, BF_INVALID_ARGUMENT, ALL),
    PAIR(realloc, BF_INVALID_ALIGN, ALL),
    PAIR(realloc, BF_INVALID_SIZE, ALL),
    PAIR(realloc, BF_OUT_OF_MEMORY, ALL),
    PAIR(realloc, BF_INVALID_ADDRESS, CHECKED),
    PAIR(realloc, BF_DOUBLE_FREE, CHECKED),
    PAIR(realloc, BF_WRONG_SIZE, CHECKED),
    PAIR(realloc, BF_CORRUPTED, CHECKED),
    PAIR(free, BF_OK, ALL),
    PAIR(free, BF_INVALID_ARGUMENT, ALL),
    PAIR(free, BF_INVALID_ADDRESS, ALL),
    PAIR(free, BF_DOUBLE_FREE, CHECKED),
    PAIR(free, BF_WRONG_SIZE, CHECKED),
    PAIR(free, BF_CORRUPTED, CHECKED),
    PAIR(usable_size, BF_OK, ALL),
    PAIR(usable_size, BF_INVALID_ARGUMENT, ALL),
    PAIR(usable_size, BF_INVALID_ADDRESS, ALL),
    PAIR(usable_size, BF_DOUBLE_FREE, CHECKED),
    PAIR(usable_size, BF_CORRUPTED, CHECKED),
    PAIR(check, BF_OK, ALL),
    PAIR(check, BF_INVALID_ARGUMENT, ALL),
    PAIR(check, BF_CORRUPTED, ALL),
    PAIR(walk, BF_OK, ALL),
    PAIR(walk, BF_INVALID_ARGUMENT, ALL),
    PAIR(walk, BF_CORRUPTED, ALL),
    PAIR(stats, BF_OK, ALL),
    PAIR(stats, BF_INVALID_ARGUMENT, ALL),
    PAIR(stats, BF_CORRUPTED, CHECKED),
};
#define PAIR_COUNT (sizeof contract / sizeof contract[0])

/* -- what has been seen ---------------------------------------------------------------------- */

static struct bf_heap heap;
static struct snapshot before;
static bool seen[FUNCTION_COUNT][BF_STATUS_COUNT];

static bool is_in_contract(enum function function, enum bf_status status)
{
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        if (contract[i].function == function && contract[i].status == status) {
            return contract[i].is_in_build;
        }
    }
    return false;
}

/* Notes what a call has answered with. The count of failures is the only thing that may differ. */
static void note(enum function function, enum bf_status actual, enum bf_status expected)
{
    size_t failures = 0;

    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        failures += heap.failed_counts[i] - before.heap.failed_counts[i];
    }
    if (!CHECK_EQ(actual, expected) || !CHECK(is_in_contract(function, actual))) {
        printf("%s: %s\n", function_names[function], bf_status_name(actual));
    }
    CHECK(failures <= 1 || function == F_init);
    CHECK(actual == BF_OK || snapshot_equals(&before, &heap, failures));
    seen[function][actual] = true;
}

#define CALL(function, arguments, status)                                                          \
    do {                                                                                           \
        snapshot_save(&before, &heap);                                                             \
        note(F_##function, bf_##function arguments, status);                                       \
    } while (0)

/* -- scenarios ------------------------------------------------------------------------------- */

static unsigned char *begin;
static unsigned char *block;
static void *out;
static struct bf_stats stats;
static size_t size_bytes;

static bool visit(void *context, const struct bf_block_info *info)
{
    (void)context;
    (void)info;
    return true;
}

/* One range with a live block of 40 bytes, another behind it, and the rest free. */
static void start(void)
{
    arena_reset();
    snapshot_save(&before, &heap);
    note(F_init, bf_init(&heap, 99), BF_OK);
    begin = arena_take(512)->begin;
    memset(begin, 0, 512);
    CALL(add_range, (&heap, begin, begin + 512), BF_OK);
    CALL(malloc, (&heap, 40, 1, &out), BF_OK);
    block = out;
    CALL(malloc, (&heap, 40, 1, &out), BF_OK);
    out = NULL;
}

static void play_null_and_sound_calls(void)
{
    start();
    CALL(init, (NULL, 0), BF_INVALID_ARGUMENT);
    CALL(add_range, (NULL, begin, begin), BF_INVALID_ARGUMENT);
    CALL(remove_range, (NULL, begin), BF_INVALID_ARGUMENT);
    CALL(malloc, (&heap, 1, 1, NULL), BF_INVALID_ARGUMENT);
    CALL(calloc, (&heap, 1, 1, 1, NULL), BF_INVALID_ARGUMENT);
    CALL(realloc, (&heap, block, 40, 1, 1, NULL), BF_INVALID_ARGUMENT);
    CALL(free, (NULL, block, 40), BF_INVALID_ARGUMENT);
    CALL(usable_size, (&heap, block, NULL), BF_INVALID_ARGUMENT);
    CALL(check, (NULL, NULL), BF_INVALID_ARGUMENT);
    CALL(walk, (&heap, NULL, NULL), BF_INVALID_ARGUMENT);
    CALL(stats, (&heap, NULL), BF_INVALID_ARGUMENT);
    CALL(usable_size, (&heap, block, &size_bytes), BF_OK);
    CALL(check, (&heap, NULL), BF_OK);
    CALL(walk, (&heap, visit, NULL), BF_OK);
    CALL(stats, (&heap, &stats), BF_OK);
    CALL(realloc, (&heap, block, 40, 30, 1, &out), BF_OK);
    CALL(free, (&heap, out, 30), BF_OK);
    CALL(calloc, (&heap, 2, 20, 1, &out), BF_OK);
}

static void play_ranges(void)
{
    start();
    CALL(add_range, (&heap, begin + 8, begin + 400), BF_INVALID_ALIGN);
    CALL(add_range, (&heap, NULL, begin), BF_INVALID_ADDRESS);
    CALL(add_range, (&heap, begin, begin + 15), BF_INVALID_SIZE);
    CALL(add_range, (&heap, begin, begin + 512), BF_OVERLAP);
    CALL(remove_range, (&heap, begin + 16), BF_INVALID_ADDRESS);
    CALL(remove_range, (&heap, begin), BF_RANGE_IN_USE);
    for (size_t i = 1; i < BF_RANGES_MAX; i++) {
        unsigned char *more = arena_take(64)->begin;

        CALL(add_range, (&heap, more, more + 64), BF_OK);
    }
    CALL(remove_range, (&heap, arenas[1].begin), BF_OK);
    CALL(add_range, (&heap, arenas[1].begin, arenas[1].end), BF_OK);
    unsigned char *more = arena_take(64)->begin;

    CALL(add_range, (&heap, more, more + 64), BF_TOO_MANY_RANGES);
}

static void play_requests(void)
{
    start();
    CALL(malloc, (&heap, 1, 3, &out), BF_INVALID_ALIGN);
    CALL(malloc, (&heap, 0, 1, &out), BF_INVALID_SIZE);
    CALL(malloc, (&heap, 1000, 1, &out), BF_OUT_OF_MEMORY);
    CALL(calloc, (&heap, 1, 1, 3, &out), BF_INVALID_ALIGN);
    CALL(calloc, (&heap, SIZE_MAX, 2, 1, &out), BF_INVALID_SIZE);
    CALL(calloc, (&heap, 10, 100, 1, &out), BF_OUT_OF_MEMORY);
    CALL(realloc, (&heap, block, 40, 1, 3, &out), BF_INVALID_ALIGN);
    CALL(realloc, (&heap, block, 40, 0, 1, &out), BF_INVALID_SIZE);
    CALL(realloc, (&heap, block, 40, 1000, 1, &out), BF_OUT_OF_MEMORY);
    CALL(free, (&heap, NULL, 40), BF_INVALID_ADDRESS);
    CALL(usable_size, (&heap, NULL, &size_bytes), BF_INVALID_ADDRESS);
}

static void play_wrong_pointers(void)
{
    start();
    CALL(free, (&heap, block + 1, 40), BF_INVALID_ADDRESS);
    CALL(realloc, (&heap, block + 1, 40, 50, 1, &out), BF_INVALID_ADDRESS);
    CALL(usable_size, (&heap, &heap, &size_bytes), BF_INVALID_ADDRESS);
    CALL(free, (&heap, block, 41), BF_WRONG_SIZE);
    CALL(realloc, (&heap, block, 41, 50, 1, &out), BF_WRONG_SIZE);
    CALL(free, (&heap, block, 40), BF_OK);
    CALL(free, (&heap, block, 40), BF_DOUBLE_FREE);
    CALL(realloc, (&heap, block, 40, 50, 1, &out), BF_DOUBLE_FREE);
    CALL(usable_size, (&heap, block, &size_bytes), BF_DOUBLE_FREE);
}

static void play_damaged_live_header(void)
{
    start();
    memset(block - BF_HEADER_BYTES, 0xff, BF_HEADER_BYTES);
    CALL(check, (&heap, NULL), BF_CORRUPTED);
    CALL(walk, (&heap, visit, NULL), BF_CORRUPTED);
    if (IN_CHECKED) {
        CALL(remove_range, (&heap, begin), BF_CORRUPTED);
        CALL(free, (&heap, block, 40), BF_CORRUPTED);
        CALL(realloc, (&heap, block, 40, 50, 1, &out), BF_CORRUPTED);
        CALL(usable_size, (&heap, block, &size_bytes), BF_CORRUPTED);
    }
}

/* What is free is one block: of the whole first range, where its two live ones are gone. */
static void play_damaged_free_header(void)
{
    arena_reset();
    CHECK_EQ(bf_init(&heap, 99), BF_OK);
    begin = arena_take(512)->begin;
    CALL(add_range, (&heap, begin, begin + 512), BF_OK);
    memset(begin, 0xff, 16);
    CALL(malloc, (&heap, 40, 1, &out), BF_CORRUPTED);
    CALL(calloc, (&heap, 2, 20, 1, &out), BF_CORRUPTED);
    CALL(stats, (&heap, &stats), BF_CORRUPTED);
    if (IN_BITMAP_CHECKED) {
        unsigned char *more = arena_take(512)->begin;

        CALL(add_range, (&heap, more, more + 512), BF_CORRUPTED);
    }
}

TEST(contract, every_status_of_every_function_is_returned)
{
    play_null_and_sound_calls();
    play_ranges();
    play_requests();
    if (IN_CHECKED) {
        play_wrong_pointers();
        play_damaged_free_header();
    }
    play_damaged_live_header();
    CHECK(arena_gaps_are_intact());
    for (size_t i = 0; i < PAIR_COUNT; i++) {
        const struct pair *pair = &contract[i];

        if (pair->is_in_build && !CHECK(seen[pair->function][pair->status])) {
            printf("no test: %s, %s\n", function_names[pair->function],
                   bf_status_name(pair->status));
        }
    }
}

TESTS_BEGIN
ENTRY(contract, every_status_of_every_function_is_returned)
TESTS_END
