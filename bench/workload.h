/* SPDX-License-Identifier: MIT
 *
 * What is measured: the workloads, by name. The timed driver (Google Benchmark), the counting probe
 * (callgrind) and the self-check all play them from here, so that one name is one workload.
 *
 * All numbers come from one generator (splitmix64) with a fixed seed: every run and every machine
 * sees the same sizes in the same order. Payloads are neither written nor read: what is measured is
 * the allocator, and the lines that it touches itself.
 */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "subject.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bench_sizes {
    /* Uniform over all sizes from 16 to 1,024. */
    BENCH_SIZES_SMALL,
    /* Log-uniform from 16 to 65,535: an octave, then a size within it. */
    BENCH_SIZES_LOG,
    /* As above, up to 1,048,575. */
    BENCH_SIZES_LOG_LARGE,
    /* 64 KiB + 240 i for i from 0 to 4,095, shuffled: all different, even when rounded to 16. What
     * is asked for is uniform over the same span. */
    BENCH_SIZES_DISTINCT
};

enum bench_calls {
    /* select_block for one size after the other, on a heap that does not change. free_count free
     * blocks, each between live blocks of 16 bytes; the rest of the arena is in use. One of the
     * free blocks has the largest size, so that every request finds one. */
    BENCH_CALLS_SELECT,
    /* malloc of a size and free of what it returned, at once: one call here is both. The heap is
     * that of BENCH_CALLS_SELECT: after each pair it is as before. */
    BENCH_CALLS_PAIR,
    /* 2 x free_count slots; every other one is freed, so that there are free_count free blocks
     * between live ones, and four times that in one piece behind them. Then each call draws a slot:
     * what is live is freed, else the slot gets a block of a new size. Calls are played until the
     * heap is well mixed, the next ones are measured. */
    BENCH_CALLS_MIXED
};

struct bench_workload {
    enum bench_calls calls;
    enum bench_sizes sizes;
    size_t free_count;   /* when the heap is set up */
    size_t mixing_count; /* BENCH_CALLS_MIXED: calls before those that are measured */
    size_t call_count; /* BENCH_CALLS_MIXED: as many calls are measured; else one round of sizes */
};

struct bench_slot {
    void *payload; /* null: not live */
    size_t size;
};

/* One call of a mixed trace. size 0: free. */
struct bench_call {
    uint32_t slot;
    uint32_t size;
};

struct bench_heap {
    const struct bench_subject *subject;
    const struct bench_workload *workload;
    void *state;
    struct hb_host host;
    size_t *sizes; /* what is asked for, one after the other */
    size_t size_count;
    size_t cursor; /* the next size, or call */
    struct bench_call *calls;
    struct bench_slot *slots;
    size_t slot_count;
    size_t failed_count; /* calls that got no memory: must be 0, or nothing was measured */
};

/* Whether a subject can play a workload. */
bool bench_can_play(const struct bench_subject *subject, const struct bench_workload *workload);

/* Sets a heap up. False, with a reason, where that is not possible. One heap at a time. */
bool bench_prepare(struct bench_heap *heap, const struct bench_subject *subject,
                   const struct bench_workload *workload, const char **reason);

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
