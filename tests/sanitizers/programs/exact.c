/* SPDX-License-Identifier: MIT
 *
 * What a sanitizer thinks of every byte of a range, after every call, compared with what is so: of
 * the blocks that are live exactly the bytes asked for are the caller's, and initialised where the
 * caller did it. With all sizes up to 70 and all ragged ends. Then the same with each hook of the
 * backend dropped in turn, which must be noticed.
 *
 * Compiled by test_annotations.sh, for each backend, and with each variant of the core.
 */
#include "droppable.h"

#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#ifndef BF_GUARD_BYTES
#define BF_GUARD_BYTES 0
#endif

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#if !defined(BF_INDEX_LIST) && BF_HARDENING == BF_HARDENING_ON
#define IS_JUDGED_BY_CHECKSUM true
#else
#define IS_JUDGED_BY_CHECKSUM false
#endif

#define SIZE_MAX_TRIED ((size_t)70)
#define MARGIN_BYTES   ((size_t)32)
#define RANGE_BYTES    ((size_t)592)
#define POOL_BYTES     (MARGIN_BYTES + RANGE_BYTES + 16 + MARGIN_BYTES)
#define BLOCKS_MAX     ((size_t)6)

enum state { CLOSED, FRESH, WRITTEN };

enum hook dropped_hook = HOOK_NONE;

struct block {
    unsigned char *payload; /* null: there was no memory for it */
    size_t size;
};

static struct bf_heap heap;
static _Alignas(16) unsigned char pool[POOL_BYTES];
static enum state expected[POOL_BYTES];
static size_t range_bytes;
static size_t ragged_open_bytes; /* at the end of the range, where the backend cannot close them */
static unsigned long checked_count;
static unsigned long wrong_count;
static unsigned long grown_count;  /* in place */
static unsigned long shrunk_count; /* in place */
static unsigned long moved_count;

#if defined(ANNOTATE_ASAN)
#define BACKEND "asan"
#define GRAIN   8

static enum state state_seen(const unsigned char *byte)
{
    return __asan_address_is_poisoned(byte) ? CLOSED : WRITTEN;
}

static enum state state_visible(enum state state)
{
    return state == CLOSED ? CLOSED : WRITTEN;
}
#elif defined(ANNOTATE_MSAN)
#define BACKEND "msan"
#define GRAIN   1

static enum state state_seen(const unsigned char *byte)
{
    return __msan_test_shadow(byte, 1) == -1 ? WRITTEN : FRESH;
}

static enum state state_visible(enum state state)
{
    return state == CLOSED ? FRESH : state;
}
#else
#define BACKEND "memcheck"
#define GRAIN   1

static enum state state_seen(const unsigned char *byte)
{
    unsigned char bits = 0;

    if (VALGRIND_GET_VBITS(byte, &bits, 1) == 3) {
        return CLOSED;
    }
    return bits == 0 ? WRITTEN : FRESH;
}

static enum state state_visible(enum state state)
{
    return state;
}
#endif

static void must(bool holds, const char *what)
{
    checked_count++;
    wrong_count += !holds;
    if (!holds && dropped_hook == HOOK_NONE && wrong_count < 10) {
        printf("does not hold: %s\n", what);
    }
}

/* Puts the pool as it was before any heap. */
static void pool_open(void)
{
#if defined(ANNOTATE_ASAN)
    __asan_unpoison_memory_region(pool, sizeof pool);
#elif defined(BF_ANNOTATE_VALGRIND)
    (void)VALGRIND_MAKE_MEM_DEFINED(pool, sizeof pool);
#endif
    memset(pool, 0xa5, sizeof pool);
    for (size_t i = 0; i < POOL_BYTES; i++) {
        expected[i] = WRITTEN;
    }
}

static void expect(const unsigned char *begin, size_t byte_count, enum state state)
{
    for (size_t i = 0; i < byte_count; i++) {
        expected[(size_t)(begin - pool) + i] = state;
    }
}

static void compare(const char *after, size_t size)
{
    const size_t open_begin = MARGIN_BYTES + range_bytes - ragged_open_bytes;

    for (size_t i = 0; i < POOL_BYTES; i++) {
        const bool is_open = i >= open_begin && i < MARGIN_BYTES + range_bytes;
        const enum state wanted = is_open ? WRITTEN : state_visible(expected[i]);
        const enum state seen = state_seen(&pool[i]);

        checked_count++;
        wrong_count += seen != wanted;
        if (seen != wanted && dropped_hook == HOOK_NONE && wrong_count < 10) {
            printf("size %zu, range of %zu, after %s: byte %zu of it is %d, expected %d\n", size,
                   range_bytes, after, i - MARGIN_BYTES, (int)seen, (int)wanted);
        }
    }
}

static void write_all(unsigned char *payload, size_t size)
{
    memset(payload, 0x5a, size);
    expect(payload, size, WRITTEN);
}

static struct block take(size_t size, size_t align)
{
    void *payload = NULL;
    size_t usable = 0;

    if (bf_malloc(&heap, size, align, &payload) != BF_OK) {
        must(false, "bf_malloc");
        return (struct block){NULL, size};
    }
    expect(payload, size, FRESH);
    compare("bf_malloc", size);
    must(bf_usable_size(&heap, payload, &usable) == BF_OK && usable == size, "bf_usable_size");
    write_all(payload, size);
    compare("writing to it", size);

    return (struct block){payload, size};
}

static void give(const struct block *block)
{
    unsigned char *payload = block->payload;
    const size_t size = block->size;

    must(bf_free(&heap, payload, size) == BF_OK, "bf_free");
    expect(payload, size, CLOSED);
    compare("bf_free", size);
}

/* Stays as it is where there is no memory for it. */
static void resize(struct block *block, size_t size)
{
    unsigned char *old = block->payload;
    const size_t old_size = block->size;
    const size_t kept = old_size < size ? old_size : size;
    enum state state[RANGE_BYTES];
    void *payload = NULL;

    for (size_t i = 0; i < kept; i++) {
        state[i] = expected[(size_t)(old - pool) + i];
    }
    const enum bf_status status = bf_realloc(&heap, old, old_size, size, 1, &payload);

    must(status == BF_OK || status == BF_OUT_OF_MEMORY, "bf_realloc");
    if (status != BF_OK) {
        compare("bf_realloc that fails", size);
        return;
    }
    grown_count += payload == old && size > old_size;
    shrunk_count += payload == old && size < old_size;
    moved_count += payload != old;
    expect(old, old_size, CLOSED);
    expect(payload, size, FRESH);
    for (size_t i = 0; i < kept; i++) {
        expected[(size_t)((unsigned char *)payload - pool) + i] = state[i];
    }
    compare("bf_realloc", size);
    block->payload = payload;
    block->size = size;
}

static struct block take_zeros(size_t size)
{
    void *payload = NULL;

    if (bf_calloc(&heap, 1, size, 1, &payload) != BF_OK) {
        must(false, "bf_calloc");
        return (struct block){NULL, size};
    }
    expect(payload, size, WRITTEN);
    compare("bf_calloc", size);
    return (struct block){payload, size};
}

static bool visit(void *context, const struct bf_block_info *block)
{
    *(size_t *)context += block->capacity_bytes;
    return true;
}

/* Nothing that only looks, and nothing that is refused, changes what may be touched; nor is the
 * core's own look at what is in front of a wrong pointer reported. */
static void look(unsigned char *live, size_t size)
{
    struct bf_stats stats = {0};
    size_t byte_count = 0;
    void *payload = NULL;

    must(bf_check(&heap, NULL) == BF_OK, "bf_check");
    must(bf_walk(&heap, visit, &byte_count) == BF_OK && byte_count > 0, "bf_walk");
    must(bf_stats(&heap, &stats) == BF_OK && stats.live_bytes >= size, "bf_stats");
    must(bf_malloc(&heap, RANGE_BYTES, 1, &payload) == BF_OUT_OF_MEMORY, "bf_malloc of too much");
#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
    must(bf_free(&heap, live + 16, BF_ANY_SIZE) != BF_OK, "bf_free of no payload");
    must(bf_free(&heap, live, size + 1) == BF_WRONG_SIZE, "bf_free with a wrong size");
#else
    (void)live;
#endif
    compare("looking", size);
}

/* Everything that a range has, to its ragged end. */
static void fill(void)
{
    struct bf_stats stats = {0};

    must(bf_stats(&heap, &stats) == BF_OK, "bf_stats");
    stats.largest_free_bytes -= BF_GUARD_BYTES;

    struct block all = take(stats.largest_free_bytes, 1);

    if (all.payload != NULL) {
        resize(&all, all.size - 1);
        resize(&all, all.size + 1);
        give(&all);
    }
}

static void run_calls(size_t size)
{
    struct block first = take(size, 1);
    struct block second = take(size + 9, 16);
    struct block third = take(24, BF_ALIGN_MAX > 64 ? 64 : 16);

    if (first.payload == NULL || second.payload == NULL || third.payload == NULL) {
        return;
    }
    look(second.payload, second.size);
    give(&second);
    resize(&first, size + 8); /* into what was freed */
    resize(&first, size + 24);
    resize(&first, (size + 1) / 2);
    second = take_zeros(size);
    if (second.payload == NULL) {
        return;
    }
    resize(&first, size + 40);
    resize(&third, size < 24 ? 24 - size + 1 : size + 1);
    give(&third);
    give(&second);
    give(&first);
    fill();
}

static void run_size(size_t size)
{
    unsigned char *begin = pool + MARGIN_BYTES;

    range_bytes = RANGE_BYTES + size % 16;
    ragged_open_bytes = 0;
    pool_open();
    (void)bf_init(&heap, (uintptr_t)size * 0x9e3779b9u);
    compare("nothing", size);
    must(bf_add_range(&heap, begin, begin + range_bytes) == BF_OK, "bf_add_range");
    ragged_open_bytes = range_bytes % GRAIN;
    expect(begin, range_bytes, CLOSED);
    compare("bf_add_range", size);
    run_calls(size);
    must(bf_remove_range(&heap, begin) == BF_OK, "bf_remove_range");
    expect(begin, range_bytes, FRESH);
    /* What could not be closed is as it was. */
    compare("bf_remove_range", size);
}

static unsigned long run(enum hook dropped)
{
    dropped_hook = dropped;
    wrong_count = 0;
    for (size_t size = 1; size <= SIZE_MAX_TRIED; size += dropped == HOOK_NONE ? 1 : 23) {
        run_size(size);
    }
#ifdef BF_ANNOTATE_VALGRIND
    static unsigned long reported_count;
    const unsigned long reported_before = reported_count;

    reported_count = VALGRIND_COUNT_ERRORS;
    wrong_count += reported_count - reported_before;
#endif
    dropped_hook = HOOK_NONE;
    return wrong_count;
}

/* In a process of its own, which may well be ended by the sanitizer. */
static bool is_noticed(enum hook hook)
{
    int status = 0;

    (void)fflush(stdout);
    const pid_t child = fork();

    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        _exit(run(hook) == 0 ? 0 : 1);
    }
    return child > 0 && waitpid(child, &status, 0) == child && status != 0;
}

/* MemorySanitizer: what is handed out, and what an owner gets back, is closed ever since it was
 * freed or added; that it is said again tells where. */
static bool hook_is_used(enum hook hook)
{
#if defined(ANNOTATE_MSAN)
    return hook != HOOK_READ_END && hook != HOOK_MALLOC && hook != HOOK_REMOVE_RANGE;
#elif defined(BF_ANNOTATE_VALGRIND)
    /* Only a header that is judged by its checksum may be a word of the caller's. */
    return hook != HOOK_READ_END || IS_JUDGED_BY_CHECKSUM;
#else
    return hook != HOOK_WRITE_END && hook != HOOK_READ_END;
#endif
}

int main(void)
{
    bool is_sound = run(HOOK_NONE) == 0;

    printf("%s: %lu checks, %lu wrong; reallocs: %lu grown, %lu shrunk in place, %lu moved\n",
           BACKEND, checked_count, wrong_count, grown_count, shrunk_count, moved_count);
    is_sound =
        is_sound && checked_count > 0 && grown_count > 0 && shrunk_count > 0 && moved_count > 0;
    for (enum hook hook = HOOK_NONE + 1; hook < HOOK_COUNT; hook++) {
        if (hook_is_used(hook) && !is_noticed(hook)) {
            printf("nobody noticed that hook %d is not there\n", (int)hook);
            is_sound = false;
        }
    }
    return is_sound ? 0 : 1;
}
