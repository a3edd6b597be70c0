/* SPDX-License-Identifier: MIT
 *
 * What config.h promises of its hooks: every public function but bf_init and bf_status_name takes
 * the lock once and gives it back once, whatever it answers; a caller's mistake or damage is told
 * once, after the lock, with what is about to be returned and what was passed; and nothing else is.
 */
#include <stdbool.h>
#include <stddef.h>

static void hook_lock(const void *heap);
static void hook_unlock(const void *heap);
static void hook_panic(const void *heap, unsigned status, const void *pointer);

#define BF_PREFIX                       hooks_
#define BF_LOCK(heap)                   hook_lock(heap)
#define BF_UNLOCK(heap)                 hook_unlock(heap)
#define BF_PANIC(heap, status, pointer) hook_panic((heap), (unsigned)(status), (pointer))
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "hooks"
#include "check.h"

#include "arena.h"

static struct bf_heap heap;
static unsigned lock_count;
static unsigned unlock_count;
static unsigned panic_count;
static unsigned wrong_count; /* taken twice, given back unheld, told under the lock, another heap */
static bool is_locked;
static unsigned told_status;
static const void *told_pointer;

static void hook_lock(const void *locked)
{
    wrong_count += is_locked || locked != &heap;
    is_locked = true;
    lock_count++;
}

static void hook_unlock(const void *unlocked)
{
    wrong_count += !is_locked || unlocked != &heap;
    is_locked = false;
    unlock_count++;
}

static void hook_panic(const void *panicking, unsigned status, const void *pointer)
{
    wrong_count += is_locked || panicking != &heap;
    panic_count++;
    told_status = status;
    told_pointer = pointer;
}

static void forget(void)
{
    lock_count = 0;
    unlock_count = 0;
    panic_count = 0;
    wrong_count = 0;
    told_status = 0;
    told_pointer = NULL;
}

static bool was_locked(unsigned times)
{
    return lock_count == times && unlock_count == times && wrong_count == 0 && !is_locked;
}

/* After a call: the lock was taken that often, and nobody was told. */
static void check_quiet(enum bf_status status, enum bf_status expected, unsigned times)
{
    CHECK_EQ(status, expected);
    CHECK(was_locked(times));
    CHECK_EQ(panic_count, 0);
    forget();
}

/* After a call: it was told of, with that pointer. */
static void check_told(enum bf_status status, enum bf_status expected, const void *pointer)
{
    CHECK_EQ(status, expected);
    CHECK(was_locked(1));
    CHECK_EQ(panic_count, 1);
    CHECK_EQ(told_status, expected);
    CHECK(told_pointer == pointer);
    forget();
}

static struct arena *start(size_t byte_count)
{
    arena_reset();
    struct arena *arena = arena_take(byte_count);
    bf_init(&heap, 12345);
    forget();
    bf_add_range(&heap, arena->begin, arena->end);
    forget();
    return arena;
}

static void *take(size_t size)
{
    void *payload = NULL;
    CHECK_EQ(bf_malloc(&heap, size, 16, &payload), BF_OK);
    forget();
    return payload;
}

static bool visit_all(void *context, const struct bf_block_info *block)
{
    (void)block;
    return context == NULL;
}

TEST(lock, nothing_is_taken_without_a_heap)
{
    void *out = NULL;
    size_t size = 0;
    struct bf_stats stats;
    struct arena *arena = start(4096);
    check_quiet(bf_init(NULL, 1), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_init(&heap, 1), BF_OK, 0);
    check_quiet(bf_add_range(NULL, arena->begin, arena->end), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_remove_range(NULL, arena->begin), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_malloc(NULL, 16, 16, &out), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_calloc(NULL, 1, 16, 16, &out), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_realloc(NULL, NULL, 0, 16, 16, &out), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_free(NULL, arena->begin, 16), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_usable_size(NULL, arena->begin, &size), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_check(NULL, NULL), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_walk(NULL, visit_all, NULL), BF_INVALID_ARGUMENT, 0);
    check_quiet(bf_stats(NULL, &stats), BF_INVALID_ARGUMENT, 0);
    CHECK(!bf_owns(NULL, arena->begin));
    CHECK(was_locked(0));
}

TEST(lock, every_call_that_succeeds_takes_it_once)
{
    void *first = NULL;
    void *second = NULL;
    size_t size = 0;
    struct bf_stats stats;
    struct arena *arena = start(4096);
    check_quiet(bf_malloc(&heap, 40, 16, &first), BF_OK, 1);
    check_quiet(bf_calloc(&heap, 2, 20, 16, &second), BF_OK, 1);
    check_quiet(bf_free(&heap, first, 40), BF_OK, 1); /* between what is live and nothing */
    check_quiet(bf_malloc(&heap, 40, 16, NULL), BF_INVALID_ARGUMENT, 1);
    check_quiet(bf_malloc(&heap, 10, 16, NULL), BF_INVALID_ARGUMENT, 1);
    check_quiet(bf_malloc(&heap, 40, 16, &first), BF_OK, 1); /* from its own bin */
    check_quiet(bf_free(&heap, first, 40), BF_OK, 1);
    check_quiet(bf_malloc(&heap, 10, 16, &first), BF_OK, 1); /* from another */
    check_quiet(bf_realloc(&heap, first, 10, 600, 16, &first), BF_OK, 1);
    check_quiet(bf_realloc(&heap, NULL, 0, 60, 16, &second), BF_OK, 1);
    check_quiet(bf_usable_size(&heap, first, &size), BF_OK, 1);
    check_quiet(bf_check(&heap, NULL), BF_OK, 1);
    check_quiet(bf_walk(&heap, visit_all, NULL), BF_OK, 1);
    check_quiet(bf_stats(&heap, &stats), BF_OK, 1);
    CHECK(bf_owns(&heap, first));
    CHECK(was_locked(1));
    forget();
    CHECK(!bf_owns(&heap, &heap));
    CHECK(was_locked(1));
    forget();
    const struct arena *more = arena_take(256);

    check_quiet(bf_add_range(&heap, more->begin, more->end), BF_OK, 1);
    check_quiet(bf_remove_range(&heap, more->begin), BF_OK, 1);
    CHECK(arena->begin != NULL);
}

TEST(lock, what_is_refused_or_fails_takes_it_once_and_tells_nobody)
{
    void *out = NULL;
    struct arena *arena = start(256);
    check_quiet(bf_add_range(&heap, arena->begin, arena->end), BF_OVERLAP, 1);
    check_quiet(bf_add_range(&heap, arena->begin + 1, arena->end), BF_INVALID_ALIGN, 1);
    check_quiet(bf_add_range(&heap, NULL, arena->end), BF_INVALID_ADDRESS, 1);
    check_quiet(bf_malloc(&heap, 4096, 16, &out), BF_OUT_OF_MEMORY, 1);
    check_quiet(bf_malloc(&heap, 16, 3, &out), BF_INVALID_ALIGN, 1);
    check_quiet(bf_malloc(&heap, 0, 16, &out), BF_INVALID_SIZE, 1);
    check_quiet(bf_malloc(&heap, 16, 16, NULL), BF_INVALID_ARGUMENT, 1);
    check_quiet(bf_calloc(&heap, 0, 16, 16, &out), BF_INVALID_SIZE, 1);
    check_quiet(bf_realloc(&heap, NULL, 0, 4096, 16, &out), BF_OUT_OF_MEMORY, 1);
    out = take(16);
    check_quiet(bf_remove_range(&heap, arena->begin), BF_RANGE_IN_USE, 1);
    check_quiet(bf_realloc(&heap, out, 16, 4096, 16, &out), BF_OUT_OF_MEMORY, 1);
}

TEST(panic, a_null_pointer_is_refused_without_a_word)
{
    size_t size = 0;
    start(256);
    check_quiet(bf_free(&heap, NULL, 16), BF_INVALID_ADDRESS, 1);
    check_quiet(bf_remove_range(&heap, NULL), BF_INVALID_ADDRESS, 1);
    check_quiet(bf_usable_size(&heap, NULL, &size), BF_INVALID_ADDRESS, 1);
}

TEST(panic, a_range_that_is_none_is_told)
{
    struct arena *arena = start(256);
    check_told(bf_remove_range(&heap, arena->begin + 16), BF_INVALID_ADDRESS, arena->begin + 16);
}

#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
TEST(panic, wrong_pointers_and_sizes_are_told)
{
    size_t size = 0;
    void *out = NULL;
    start(1024);
    char *first = take(40);
    char *second = take(40);
    check_told(bf_free(&heap, first + 1, 40), BF_INVALID_ADDRESS, first + 1);
    check_told(bf_usable_size(&heap, &heap, &size), BF_INVALID_ADDRESS, &heap);
    check_told(bf_realloc(&heap, second, 41, 50, 16, &out), BF_WRONG_SIZE, second);
    check_told(bf_free(&heap, first, 41), BF_WRONG_SIZE, first);
    check_quiet(bf_free(&heap, first, 40), BF_OK, 1);
    check_told(bf_free(&heap, first, 40), BF_DOUBLE_FREE, first);
    CHECK(second != NULL);
}
#endif

TEST(panic, damage_is_told)
{
    static const size_t nonsense = SIZE_MAX / 3;
    struct bf_stats stats;
    void *out = NULL;
    struct arena *arena = start(1024);
    unsigned char *header = arena->begin + BF_FIRST_PAYLOAD - BF_HEADER_BYTES;
    memcpy(header, &nonsense, sizeof nonsense);
    check_told(bf_check(&heap, NULL), BF_CORRUPTED, NULL);
    check_told(bf_walk(&heap, visit_all, NULL), BF_CORRUPTED, NULL);
#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
    check_told(bf_malloc(&heap, 40, 16, &out), BF_CORRUPTED, NULL);
    check_told(bf_calloc(&heap, 1, 40, 16, &out), BF_CORRUPTED, NULL);
    check_told(bf_stats(&heap, &stats), BF_CORRUPTED, NULL);
    check_told(bf_remove_range(&heap, arena->begin), BF_CORRUPTED, arena->begin);
#else
    (void)stats;
#endif
    CHECK(out == NULL);
}

TESTS_BEGIN
ENTRY(lock, nothing_is_taken_without_a_heap)
ENTRY(lock, every_call_that_succeeds_takes_it_once)
ENTRY(lock, what_is_refused_or_fails_takes_it_once_and_tells_nobody)
ENTRY(panic, a_null_pointer_is_refused_without_a_word)
ENTRY(panic, a_range_that_is_none_is_told)
#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
ENTRY(panic, wrong_pointers_and_sizes_are_told)
#endif
ENTRY(panic, damage_is_told)
TESTS_END
