/* SPDX-License-Identifier: MIT
 *
 * What is measured: the workloads, by name. The timed driver (Google Benchmark), the counting probe
 * (callgrind) and the self-check all play them from here, so that one name is one workload.
 *
 * Payloads are neither written nor read (but by a realloc that copies, and a calloc): what is
 * measured is the allocator, and the lines that it touches itself.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "sizes.h"
#include "subject.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bench_calls {
    /* select_block for one size after the other, on a heap that does not change. free_count free
     * blocks, each between live blocks of 16 bytes; the rest of the arena is in use. With an input
     * (a stream that the complexity search found): the heap as it is before the stream's most
     * expensive call, and the size of that call, again and again. */
    BENCH_CALLS_SELECT,
    /* malloc of a size and free of what it returned, at once: one call here is both. The heap is
     * that of BENCH_CALLS_SELECT: after each pair it is as before. */
    BENCH_CALLS_PAIR,
    /* 2 x free_count slots; every other one is freed, so that there are free_count free blocks
     * between live ones, and four times that in one piece behind them. Then each call draws a slot:
     * what is live is freed, else the slot gets a block of a new size. Calls are played until the
     * heap is well mixed, the next ones are measured. */
    BENCH_CALLS_MIXED,
    /* The same heap, mixed too; then BENCH_GROUP mallocs for slots that are empty, as many frees of
     * slots that are live, and so on. Measured are the groups of the one kind. */
    BENCH_CALLS_MALLOC,
    BENCH_CALLS_FREE,
    /* The same heap, mixed too; then each call gives a live block a new size. */
    BENCH_CALLS_REALLOC,
    /* All calls of a recorded program (input), on an empty heap. */
    BENCH_CALLS_TRACE
};

#define BENCH_GROUP ((size_t)16)

struct bench_workload {
    enum bench_calls calls;
    enum bench_sizes sizes;
    size_t free_count;   /* when the heap is set up */
    size_t mixing_count; /* calls before those that are measured, where the heap is mixed */
    size_t call_count; /* as many calls are measured; 0: one round of sizes, or all of the input */
    const char *input; /* a file in corpus/; null: none */
    bool is_cold;      /* the caches are filled with something else before each call */
};

/* SELECT and PAIR leave the heap as it was. */
static inline bool bench_is_steady(const struct bench_workload *workload)
{
    return workload->calls == BENCH_CALLS_SELECT || workload->calls == BENCH_CALLS_PAIR;
}

/* Whether it is a heap that is mixed before it is measured. */
static inline bool bench_is_mixed(const struct bench_workload *workload)
{
    return !bench_is_steady(workload) && workload->calls != BENCH_CALLS_TRACE;
}

/* Whether only the clock can time it, because of what goes on between the calls. */
static inline bool bench_is_by_clock(const struct bench_workload *workload)
{
    return workload->is_cold || workload->calls == BENCH_CALLS_MALLOC ||
           workload->calls == BENCH_CALLS_FREE;
}

struct bench_slot {
    void *payload; /* null: not live */
    size_t size;
};

enum bench_call_kind { BENCH_CALL_MALLOC, BENCH_CALL_FREE, BENCH_CALL_REALLOC, BENCH_CALL_CALLOC };

struct bench_call {
    uint32_t slot : 28;
    uint32_t kind : 4; /* enum bench_call_kind */
    uint32_t size;
};

struct bench_heap {
    const struct bench_subject *subject;
    const struct bench_workload *workload;
    uint32_t round; /* of the calls of a mixed heap */
    void *state;
    struct hb_host host;
    size_t *sizes; /* what is asked for, one after the other */
    size_t size_count;
    size_t cursor; /* the next size, or call */
    struct bench_call *calls;
    size_t call_count;
    struct bench_slot *slots;
    size_t slot_count;
    size_t failed_count; /* calls that got no memory: must be 0, or nothing was measured */
};

/* Whether a subject can play a workload. */
bool bench_can_play(const struct bench_subject *subject, const struct bench_workload *workload);

/* Sets a heap up. False, with a reason, where that is not possible. One heap at a time.
 *
 * The calls of a mixed heap are others in each round: what is played again and again, a branch
 * predictor knows by heart. All else is the same in each. */
bool bench_prepare(struct bench_heap *heap, const struct bench_subject *subject,
                   const struct bench_workload *workload, uint32_t round, const char **reason);

/* How many calls there are to be measured; SIZE_MAX where they never end. */
size_t bench_calls_left(const struct bench_heap *heap);

/* Plays the next count calls. Returns what no compiler can drop. */
uintptr_t bench_play(struct bench_heap *heap, size_t count);

/* As bench_play, each call through a function of its own, bench_counted_malloc and so on: the
 * brackets between which callgrind counts. */
uintptr_t bench_play_counted(struct bench_heap *heap, size_t count);

/* Frees what is live, and what the heap took. */
void bench_dispose(struct bench_heap *heap);

/* The free blocks that the subject counts; SIZE_MAX where it does not say. */
size_t bench_free_block_count(const struct bench_heap *heap);

#ifdef __cplusplus
}
#endif

#endif
