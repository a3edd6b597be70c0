/* SPDX-License-Identifier: MIT
 *
 * Log-linear buckets: an octave of values from 64 << e on is 64 buckets of width 1 << e.
 */
#include "histogram.h"

#define SPLIT ((uint64_t)1 << BENCH_HISTOGRAM_SPLIT_LOG2)

static unsigned excess_bits(uint64_t value)
{
    unsigned bits = 0;

    while (value >> bits >= 2 * SPLIT) {
        bits++;
    }
    return bits;
}

static size_t bucket_of(uint64_t value)
{
    const unsigned bits = excess_bits(value);

    return (size_t)(bits * SPLIT + (value >> bits));
}

/* The middle of the values of a bucket. */
static double bucket_value(size_t bucket)
{
    const uint64_t bits = bucket < 2 * SPLIT ? 0 : bucket / SPLIT - 1;
    const double begin = (double)((bucket - bits * SPLIT) << bits);

    return begin + (double)(((uint64_t)1 << bits) - 1) / 2;
}

void bench_histogram_add(struct bench_histogram *histogram, uint64_t value)
{
    histogram->counts[bucket_of(value)]++;
    histogram->count++;
    if (value > histogram->max) {
        histogram->max = value;
    }
}

double bench_histogram_quantile(const struct bench_histogram *histogram, double share)
{
    const double wanted = share * (double)histogram->count;
    uint64_t met = 0;

    for (size_t i = 0; histogram->count != 0 && i < BENCH_HISTOGRAM_BUCKETS; i++) {
        met += histogram->counts[i];
        if (met != 0 && (double)met >= wanted) {
            const double value = bucket_value(i);

            return value < (double)histogram->max ? value : (double)histogram->max;
        }
    }
    return (double)histogram->max;
}
