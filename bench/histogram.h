/* SPDX-License-Identifier: MIT
 *
 * Times in log-linear buckets: 64 to an octave, so that no figure is off by more than 1.6%, in
 * constant memory however many are added. Below 64 each number has a bucket of its own.
 */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BENCH_HISTOGRAM_SPLIT_LOG2 6u
#define BENCH_HISTOGRAM_BUCKETS                                                                    \
    ((size_t)(64 - BENCH_HISTOGRAM_SPLIT_LOG2 + 1) << BENCH_HISTOGRAM_SPLIT_LOG2)

struct bench_histogram {
    uint64_t counts[BENCH_HISTOGRAM_BUCKETS];
    uint64_t count;
    uint64_t max; /* exact */
};

/* Zeros make an empty one. */
void bench_histogram_add(struct bench_histogram *histogram, uint64_t value);

/* The smallest bucket that, with all below it, has at least this share (above 0, up to 1) of what
 * was added: its middle, and never more than the maximum. 0 where nothing was added. */
double bench_histogram_quantile(const struct bench_histogram *histogram, double share);

#ifdef __cplusplus
}
#endif

#endif
