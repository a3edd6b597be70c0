/* SPDX-License-Identifier: MIT
 *
 * The histogram against sorting, on values of every magnitude.
 */
#include "histogram.h"
#include "sizes.h"

#include <stdio.h>
#include <stdlib.h>

#define VALUE_COUNT ((size_t)20000)

static int compare_values(const void *one, const void *other)
{
    const uint64_t a = *(const uint64_t *)one;
    const uint64_t b = *(const uint64_t *)other;

    return (a > b) - (a < b);
}

/* Whether the figure is the value of that rank, to within half a bucket. */
static int is_near(double figure, uint64_t value, const char *what)
{
    const double off = figure > (double)value ? figure - (double)value : (double)value - figure;

    if (off <= (double)value / 128 && (value >= 64 || off == 0)) {
        return 1;
    }
    (void)printf("FAILED: %s: %.1f for %llu\n", what, figure, (unsigned long long)value);
    return 0;
}

static int check(unsigned bits, uint64_t seed)
{
    static struct bench_histogram histogram;
    static uint64_t values[VALUE_COUNT];
    const double shares[] = {0.1, 0.5, 0.9, 0.99, 0.999, 1};
    int ok = 1;

    histogram = (struct bench_histogram){.count = 0};
    for (size_t i = 0; i < VALUE_COUNT; i++) {
        values[i] = bench_draw(&seed) >> (64 - bits);
        bench_histogram_add(&histogram, values[i]);
    }
    qsort(values, VALUE_COUNT, sizeof values[0], compare_values);
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        const size_t rank = (size_t)(shares[i] * (double)VALUE_COUNT + 0.5) - 1;

        ok &= is_near(bench_histogram_quantile(&histogram, shares[i]), values[rank], "a share");
    }
    ok &= is_near((double)histogram.max, values[VALUE_COUNT - 1], "the maximum");
    return ok;
}

int main(void)
{
    static struct bench_histogram empty;
    int ok = bench_histogram_quantile(&empty, 0.5) == 0;

    for (unsigned bits = 3; bits <= 64; bits++) {
        ok &= check(bits, bits);
    }
    if (is_near(1016, 1000, "expected: the canary")) {
        (void)printf("FAILED: a figure that is off by 1.6%% passes\n");
        ok = 0;
    }
    return ok ? 0 : 1;
}
