/* SPDX-License-Identifier: MIT
 *
 * Medians, quantiles and the bootstrap (Efron and Tibshirani, An Introduction to the Bootstrap,
 * 1993, chapter 13: the percentile interval).
 */
#include "samples.h"

#include "allocate.h"

#include <stdlib.h>
#include <string.h>

#define RESAMPLE_COUNT ((size_t)1000)

uint64_t samples_draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);

    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* The bias of the remainder is bound / 2^64. */
size_t samples_draw_below(uint64_t *state, size_t bound)
{
    return (size_t)(samples_draw(state) % bound);
}

static int compare(const void *one, const void *other)
{
    const double a = *(const double *)one;
    const double b = *(const double *)other;

    return (a > b) - (a < b);
}

static double sorted_quantile(const double *sorted, size_t count, double part)
{
    const double place = part * (double)(count - 1);
    const size_t below = (size_t)place;
    const size_t above = below + 1 < count ? below + 1 : below;

    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

double samples_quantile(const double *values, size_t count, double part)
{
    double *sorted = memory_new(count, sizeof *sorted);

    memcpy(sorted, values, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    const double result = sorted_quantile(sorted, count, part);

    free(sorted);
    return result;
}

double samples_median(const double *values, size_t count)
{
    return samples_quantile(values, count, 0.5);
}

/* As many values as there are, each drawn from all of them. */
static double resampled_median(const double *values, size_t count, double *scratch, uint64_t *state)
{
    for (size_t i = 0; i < count; i++) {
        scratch[i] = values[samples_draw_below(state, count)];
    }
    qsort(scratch, count, sizeof *scratch, compare);
    return sorted_quantile(scratch, count, 0.5);
}

static double relative(double before, double after)
{
    if (before == 0) {
        return after == 0 ? 0 : 1;
    }
    return after / before - 1;
}

struct samples_change samples_change(const double *before, size_t before_count, const double *after,
                                     size_t after_count, uint64_t seed)
{
    const size_t most = before_count > after_count ? before_count : after_count;
    double *scratch = memory_new(most, sizeof *scratch);
    double *changes = memory_new(RESAMPLE_COUNT, sizeof *changes);

    for (size_t i = 0; i < RESAMPLE_COUNT; i++) {
        const double from = resampled_median(before, before_count, scratch, &seed);

        changes[i] = relative(from, resampled_median(after, after_count, scratch, &seed));
    }
    qsort(changes, RESAMPLE_COUNT, sizeof *changes, compare);
    const struct samples_change result = {.change = relative(samples_median(before, before_count),
                                                             samples_median(after, after_count)),
                                          .low = sorted_quantile(changes, RESAMPLE_COUNT, 0.025),
                                          .high = sorted_quantile(changes, RESAMPLE_COUNT, 0.975)};

    free(scratch);
    free(changes);
    return result;
}
