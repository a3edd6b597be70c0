/* SPDX-License-Identifier: MIT
 *
 * One heap under test, in arenas, and the calls that have to succeed on the way to what a test is
 * about.
 */
#ifndef HEAP_H
#define HEAP_H

#include "address.h"
#include "arena.h"
#include "check.h"

static struct bf_heap heap;
static struct snapshot before;

static inline void note_state(void)
{
    snapshot_save(&before, &heap);
}

static inline bool is_as_noted(size_t more_failures)
{
    return snapshot_equals(&before, &heap, more_failures);
}

/* Checks that a call on the heap answers with status and changes nothing but the count of failed
 * calls, by failures. */
#define CHECK_CHANGES_NOTHING(call, status, failures)                                              \
    do {                                                                                           \
        note_state();                                                                              \
        CHECK_EQ(call, status);                                                                    \
        CHECK(is_as_noted(failures));                                                              \
    } while (0)
#define CHECK_REFUSED(call, status) CHECK_CHANGES_NOTHING(call, status, 1)
#define CHECK_READS(call, status)   CHECK_CHANGES_NOTHING(call, status, 0)

/* An empty heap. */
static inline void heap_begin(uintptr_t key)
{
    arena_reset();
    CHECK_EQ(bf_init(&heap, key), BF_OK);
}

static inline struct arena *add_range(size_t length)
{
    struct arena *arena = arena_take(length);

    if (CHECK(arena != NULL)) {
        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    }
    return arena;
}

/* What a failed allocation gives the test, so that it can go on and be reported. */
static _Alignas(16) unsigned char nowhere[1024];

static inline unsigned char *allocate(size_t size)
{
    void *pointer = NULL;

    CHECK_EQ(bf_malloc(&heap, size, 1, &pointer), BF_OK);
    return CHECK(arena_holds(pointer, size)) ? pointer : nowhere + 512;
}

static inline void release(void *pointer, size_t size)
{
    CHECK_EQ(bf_free(&heap, pointer, size), BF_OK);
}

static inline void finish(void)
{
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK(arena_gaps_are_intact());
}

#endif
