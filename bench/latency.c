/* SPDX-License-Identifier: MIT
 *
 * Batches by the clock, with warm or cold caches.
 */
#include "latency.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCHES_MAX      ((size_t)1 << 17)
#define TIMER_ROUNDS     20u
#define TIMER_READINGS   100u
#define LINE_BYTES       ((size_t)64)
#define CACHE_FILE       "/sys/devices/system/cpu/cpu0/cache/index3/size"
#define CACHE_BYTES_ELSE ((size_t)32 << 20)
#define CACHE_BYTES_MAX  ((size_t)1 << 31)

const char *const bench_percentile_names[BENCH_PERCENTILE_COUNT] = {"p10", "p50",  "p90",
                                                                    "p99", "p999", "max"};
static const double shares[BENCH_PERCENTILE_COUNT] = {0.1, 0.5, 0.9, 0.99, 0.999, 1};

static uint64_t now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

/* The least of some means: what else the machine does, only adds. A mean, for the clock may go in
 * steps that are coarser than what it costs to read it. */
static double timer_cost(void)
{
    double least = HUGE_VAL;

    for (unsigned round = 0; round < TIMER_ROUNDS; round++) {
        const uint64_t begin = now();

        for (unsigned i = 1; i < TIMER_READINGS; i++) {
            (void)now();
        }
        least = fmin(least, (double)(now() - begin) / TIMER_READINGS);
    }
    return least;
}

/* -- cold caches ------------------------------------------------------------------------------ */

/* What the letter behind a number of the kernel's stands for. */
static size_t unit_bytes(char letter)
{
    switch (letter) {
    case 'K':
        return (size_t)1 << 10;
    case 'M':
        return (size_t)1 << 20;
    default:
        return 1;
    }
}

/* Twice the last level of cache. */
static size_t evicting_bytes(void)
{
    FILE *file = fopen(CACHE_FILE, "r");
    char text[40] = "";
    char *end = NULL;

    if (file != NULL) {
        (void)fgets(text, sizeof text, file);
        (void)fclose(file);
    }
    const size_t number = strtoul(text, &end, 10);
    const size_t cache_bytes = number * unit_bytes(*end);
    const bool is_likely = number != 0 && number < CACHE_BYTES_MAX && cache_bytes < CACHE_BYTES_MAX;

    return 2 * (is_likely ? cache_bytes : CACHE_BYTES_ELSE);
}

/* Writes to every line of a buffer of its own, so that the caches hold that and nothing else. */
static void evict(void)
{
    static unsigned char *buffer;
    static size_t buffer_bytes;

    if (buffer == NULL) {
        buffer_bytes = evicting_bytes();
        buffer = calloc(buffer_bytes, 1);
    }
    for (size_t i = 0; buffer != NULL && i < buffer_bytes; i += LINE_BYTES) {
        ((volatile unsigned char *)buffer)[i]++;
    }
}

/* What is the bench's and not the allocator's: what is to be asked for, and of whom. */
static void touch_own_lines(const struct bench_heap *heap)
{
    const volatile size_t *sizes = heap->sizes;
    const volatile struct bench_subject *subject = heap->subject;
    const volatile struct hb_target *target = heap->subject->target;

    (void)sizes[heap->cursor % heap->size_count];
    (void)subject->select;
    (void)target->malloc;
    (void)target->free;
}

/* -- measuring -------------------------------------------------------------------------------- */

/* Of groups of mallocs and of frees, the row is about one kind. */
static bool batch_counts(const struct bench_heap *heap)
{
    switch (heap->workload->calls) {
    case BENCH_CALLS_MALLOC:
        return heap->calls[heap->cursor].kind == BENCH_CALL_MALLOC;
    case BENCH_CALLS_FREE:
        return heap->calls[heap->cursor].kind == BENCH_CALL_FREE;
    default:
        return true;
    }
}

void bench_latency_measure(struct bench_heap *heap, size_t batch, double seconds,
                           struct bench_latency *latency)
{
    volatile uintptr_t sink = 0;

    memset(latency, 0, sizeof *latency);
    latency->batch = batch;
    latency->timer = timer_cost();
    const uint64_t end = now() + (uint64_t)(seconds * 1e9);

    for (size_t i = 0; i < BATCHES_MAX && bench_calls_left(heap) >= batch; i++) {
        const bool counts = batch_counts(heap);

        if (heap->workload->is_cold) {
            evict();
            touch_own_lines(heap);
        }
        const uint64_t begin = now();

        sink += bench_play(heap, batch);
        const uint64_t ended = now();

        if (counts) {
            bench_histogram_add(&latency->histogram, ended - begin);
        }
        if (ended > end) {
            break;
        }
    }
}

/* What is left of a batch without its reading of the clock. That is a mean, and a clock may go in
 * steps of tens of nanoseconds: a batch takes at least one. */
static double per_call(const struct bench_latency *latency, double batch_nanoseconds)
{
    return fmax(batch_nanoseconds - latency->timer, 1) / (double)latency->batch;
}

double bench_latency_percentile(const struct bench_latency *latency, size_t index)
{
    const double count = (double)latency->histogram.count;

    if (count == 0) {
        return -1;
    }
    if (index == BENCH_PERCENTILE_COUNT - 1) {
        return per_call(latency, (double)latency->histogram.max);
    }
    /* With ten batches beyond it, or the figure is that of one batch. The middle needs none. */
    if (shares[index] > 0.5 && count * (1 - shares[index]) < 9.99) {
        return -1;
    }
    return per_call(latency, bench_histogram_quantile(&latency->histogram, shares[index]));
}
