/* SPDX-License-Identifier: MIT
 *
 * How single calls are spread: a loop that reads the clock around small batches of calls. The
 * library's repetitions tell nothing of that. Each time includes one reading of the clock; what
 * that takes is measured, told, and taken off the percentiles.
 */
#ifndef BENCH_LATENCY_H
#define BENCH_LATENCY_H

#include "histogram.h"
#include "workload.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Shares of the calls, and the names under which they are told; the last is the maximum. */
#define BENCH_PERCENTILE_COUNT ((size_t)6)
extern const char *const bench_percentile_names[BENCH_PERCENTILE_COUNT];

struct bench_latency {
    struct bench_histogram histogram; /* nanoseconds of a batch, by the clock on the wall */
    size_t batch;                     /* calls */
    double timer;                     /* nanoseconds of one reading of the clock */
};

/* Plays calls for about so long, in batches of so many; or until there are none left. */
void bench_latency_measure(struct bench_heap *heap, size_t batch, double seconds,
                           struct bench_latency *latency);

/* Nanoseconds a call; negative where there are too few batches to tell. */
double bench_latency_percentile(const struct bench_latency *latency, size_t index);

#ifdef __cplusplus
}
#endif

#endif
