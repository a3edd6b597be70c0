/* SPDX-License-Identifier: MIT
 *
 * Memory for the heaps under test, watched. Arenas are cut from one static pool with gaps between
 * them. Whoever reads or writes a gap is caught by AddressSanitizer where the test is built with
 * it, to the byte; in any other build arena_gaps_are_intact sees what was written.
 *
 * Also: the whole state of a heap and its arenas, saved and compared, for "a call that fails
 * changes nothing".
 */
#ifndef ARENA_H
#define ARENA_H

#include "bestfit.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#endif

#ifdef ARENA_ASAN
void __asan_poison_memory_region(void const volatile *address, size_t byte_count);
void __asan_unpoison_memory_region(void const volatile *address, size_t byte_count);
#define ARENA_HIDE(address, byte_count) __asan_poison_memory_region((address), (byte_count))
#define ARENA_SHOW(address, byte_count) __asan_unpoison_memory_region((address), (byte_count))
#else
#define ARENA_HIDE(address, byte_count) ((void)0)
#define ARENA_SHOW(address, byte_count) ((void)0)
#endif

#ifndef ARENA_POOL_BYTES
#define ARENA_POOL_BYTES ((size_t)40 * 1024)
#endif
#define ARENA_GAP_BYTES   ((size_t)64)
#define ARENA_GAP_PATTERN 0xa5u
#define ARENAS_MAX        ((size_t)48)

struct arena {
    unsigned char *begin;
    unsigned char *end;
};

static _Alignas(4096) unsigned char arena_pool[ARENA_POOL_BYTES];
static struct arena arenas[ARENAS_MAX];
static size_t arena_count;
static size_t arena_pool_used = ARENA_POOL_BYTES;

/* Forgets all arenas. Every test begins with it. */
static void arena_reset(void)
{
    ARENA_SHOW(arena_pool, ARENA_POOL_BYTES);
    memset(arena_pool, ARENA_GAP_PATTERN, arena_pool_used);
    ARENA_HIDE(arena_pool, ARENA_POOL_BYTES);
    arena_count = 0;
    arena_pool_used = ARENA_GAP_BYTES;
}

/* A new arena of exactly byte_count bytes at a multiple of 16, or null where the pool is empty. */
static struct arena *arena_take(size_t byte_count)
{
    struct arena *arena = &arenas[arena_count];
    const size_t rounded = (byte_count + 15u) / 16u * 16u;

    if (arena_count == ARENAS_MAX ||
        rounded + ARENA_GAP_BYTES > ARENA_POOL_BYTES - arena_pool_used) {
        return NULL;
    }
    arena_count++;
    arena->begin = arena_pool + arena_pool_used;
    arena->end = arena->begin + byte_count;
    arena_pool_used += rounded + ARENA_GAP_BYTES;
    ARENA_SHOW(arena->begin, byte_count);
    return arena;
}

static inline bool arena_gap_is_intact(const unsigned char *begin, const unsigned char *end)
{
    for (const unsigned char *byte = begin; byte < end; byte++) {
        if (*byte != ARENA_GAP_PATTERN) {
            return false;
        }
    }
    return true;
}

/* Always true under AddressSanitizer, which has spoken before. */
static inline bool arena_gaps_are_intact(void)
{
#ifdef ARENA_ASAN
    return true;
#else
    const unsigned char *begin = arena_pool;

    for (size_t i = 0; i < arena_count; i++) {
        if (!arena_gap_is_intact(begin, arenas[i].begin)) {
            return false;
        }
        begin = arenas[i].end;
    }
    return arena_gap_is_intact(begin, arena_pool + arena_pool_used);
#endif
}

/* Whether all of [begin, begin + byte_count) lies in one arena. */
static inline bool arena_holds(const void *begin, size_t byte_count)
{
    const uintptr_t address = (uintptr_t)begin;

    for (size_t i = 0; i < arena_count; i++) {
        if (address >= (uintptr_t)arenas[i].begin && address <= (uintptr_t)arenas[i].end &&
            byte_count <= (uintptr_t)arenas[i].end - address) {
            return true;
        }
    }
    return false;
}

/* The state of one heap and of every arena. */
struct snapshot {
    struct bf_heap heap;
    unsigned char bytes[ARENA_POOL_BYTES];
};

static inline void snapshot_save(struct snapshot *snapshot, const struct bf_heap *heap)
{
    memcpy(&snapshot->heap, heap, sizeof *heap);
    for (size_t i = 0; i < arena_count; i++) {
        memcpy(snapshot->bytes + (arenas[i].begin - arena_pool), arenas[i].begin,
               (size_t)(arenas[i].end - arenas[i].begin));
    }
}

/* Whether nothing has changed since, but that the heap counts more_failures more failed calls. */
static inline bool snapshot_equals(const struct snapshot *snapshot, const struct bf_heap *heap,
                                   size_t more_failures)
{
    static struct bf_heap expected;

    memcpy(&expected, &snapshot->heap, sizeof expected);
    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        more_failures -= heap->failed_counts[i] - expected.failed_counts[i];
        expected.failed_counts[i] = heap->failed_counts[i];
    }
    if (more_failures != 0 || memcmp(&expected, heap, sizeof expected) != 0) {
        return false;
    }
    for (size_t i = 0; i < arena_count; i++) {
        if (memcmp(snapshot->bytes + (arenas[i].begin - arena_pool), arenas[i].begin,
                   (size_t)(arenas[i].end - arenas[i].begin)) != 0) {
            return false;
        }
    }
    return true;
}

#endif
