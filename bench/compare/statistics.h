/* SPDX-License-Identifier: MIT
 *
 * The statistics of a comparison: a median, and how far it can be trusted.
 */
#ifndef BENCH_STATISTICS_H
#define BENCH_STATISTICS_H

#include <stddef.h>
#include <stdint.h>

struct interval {
    double low;
    double high;
};

/* The middle, or the mean of the two middle ones. Sorts the values; count must not be 0. */
double statistics_median(double *values, size_t count);

/* The interval in which the median lies at the level of confidence (0.95), by the bootstrap:
 * medians of STATISTICS_RESAMPLES samples drawn from the values with replacement, without as many
 * at either end as the level leaves out. The draws are the same every time. A sample that is too
 * large for STATISTICS_COUNT_MAX is cut off there. */
struct interval statistics_bootstrap(const double *values, size_t count, double level);

#define STATISTICS_RESAMPLES 10000
#define STATISTICS_COUNT_MAX ((size_t)1024)

#endif
