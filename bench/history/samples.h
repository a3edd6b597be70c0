/* SPDX-License-Identifier: MIT
 *
 * Statistics of the samples that a history holds: two sets of launches that are not paired (those
 * of two commits, measured on different days).
 */
#ifndef HISTORY_SAMPLES_H
#define HISTORY_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

/* SplitMix64: the same numbers from the same seed everywhere. */
uint64_t samples_draw(uint64_t *state);

/* Below bound, which is not 0. */
size_t samples_draw_below(uint64_t *state, size_t bound);

/* The middle of the values, which keep their order; count is not 0. */
double samples_median(const double *values, size_t count);

/* That part (0 to 1) of the values lies below: between two values on the line between them. */
double samples_quantile(const double *values, size_t count, double part);

/* The change from before to after, as a share of before, with the interval that holds 95% of what
 * resampling both sides gives (percentile bootstrap of the ratio of medians). */
struct samples_change {
    double change;
    double low;
    double high;
};
struct samples_change samples_change(const double *before, size_t before_count, const double *after,
                                     size_t after_count, uint64_t seed);

#endif
