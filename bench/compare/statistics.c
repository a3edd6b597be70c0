/* SPDX-License-Identifier: MIT
 *
 * The percentile bootstrap: B. Efron, R. Tibshirani, An Introduction to the Bootstrap (1993),
 * chapter 13. For the median of paired differences it needs neither a normal distribution nor equal
 * variances, and timings have neither.
 */
#include "statistics.h"

#include <stdlib.h>

static int compare_numbers(const void *one, const void *other)
{
    const double a = *(const double *)one;
    const double b = *(const double *)other;

    return (a > b) - (a < b);
}

double statistics_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare_numbers);
    return (values[count / 2] + values[(count - 1) / 2]) / 2;
}

/* splitmix64 */
static size_t draw_below(uint64_t *generator, size_t limit)
{
    uint64_t mixed = *generator += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return (size_t)(((mixed ^ mixed >> 31) >> 32) * limit >> 32);
}

struct interval statistics_bootstrap(const double *values, size_t count, double level)
{
    static double medians[STATISTICS_RESAMPLES];
    static double drawn[STATISTICS_COUNT_MAX];
    uint64_t generator = 1;
    const size_t used = count < STATISTICS_COUNT_MAX ? count : STATISTICS_COUNT_MAX;

    for (size_t i = 0; i < STATISTICS_RESAMPLES; i++) {
        for (size_t j = 0; j < used; j++) {
            drawn[j] = values[draw_below(&generator, used)];
        }
        medians[i] = statistics_median(drawn, used);
    }
    qsort(medians, STATISTICS_RESAMPLES, sizeof medians[0], compare_numbers);
    const size_t cut = (size_t)((1 - level) / 2 * STATISTICS_RESAMPLES);

    return (struct interval){medians[cut], medians[STATISTICS_RESAMPLES - 1 - cut]};
}
