/* SPDX-License-Identifier: MIT
 *
 * bed bench: one cell of the table, its samples and what they come to.
 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int compare_numbers(const void *one, const void *other)
{
    const double difference = *(const double *)one - *(const double *)other;

    return (difference > 0) - (difference < 0);
}

static void sort(const double *numbers, size_t count, double *sorted)
{
    memcpy(sorted, numbers, count * sizeof *numbers);
    qsort(sorted, count, sizeof *sorted, compare_numbers);
}

static double middle(const double *numbers, size_t count)
{
    double sorted[BENCH_LAUNCHES_MAX];

    sort(numbers, count, sorted);
    return (sorted[count / 2] + sorted[(count - 1) / 2]) / 2;
}

void plan_add_sample(struct bench_plan *plan, size_t row, size_t column, double sample)
{
    struct bench_cell *cell = &plan->cells[row][column];

    if (cell->count < BENCH_LAUNCHES_MAX) {
        cell->samples[cell->count++] = sample;
    }
}

bool plan_median(const struct bench_plan *plan, size_t row, size_t column, double *median)
{
    const struct bench_cell *cell = &plan->cells[row][column];

    if (cell->count == 0 || cell->has_failed) {
        return false;
    }
    *median = middle(cell->samples, cell->count);
    return true;
}

bool plan_percentile(const struct bench_cell *cell, size_t index, double *value)
{
    const size_t count = cell->percentile_counts[index];
    double sorted[BENCH_LAUNCHES_MAX];

    /* Middles of the same launches are in the order of their shares; of others they need not be. */
    if (count == 0 || count != cell->percentile_counts[0] || cell->has_failed) {
        return false;
    }
    sort(cell->percentiles[index], count, sorted);
    *value = index == BENCH_PERCENTILE_COUNT - 1 ? sorted[count - 1]
                                                 : middle(cell->percentiles[index], count);
    return true;
}

double plan_spread(const struct bench_cell *cell)
{
    double sorted[BENCH_LAUNCHES_MAX];

    if (cell->count < 2) {
        return 0;
    }
    sort(cell->samples, cell->count, sorted);
    const double low = sorted[cell->count / 4];
    const double high = sorted[cell->count - 1 - cell->count / 4];
    const double median = sorted[cell->count / 2];

    return median > 0 ? (high - low) / median : 0;
}

void plan_fail(struct bench_plan *plan, size_t row, size_t column, const char *reason)
{
    struct bench_cell *cell = &plan->cells[row][column];

    if (!cell->has_failed) {
        (void)fprintf(stderr, "\nbench: %s: %s: %s\n", plan->columns[column].name,
                      bench_row_at(row)->name, reason);
    }
    cell->has_failed = true;
}

size_t plan_failed_count(const struct bench_plan *plan)
{
    size_t count = 0;

    for (size_t row = 0; row < BENCH_ROWS_MAX; row++) {
        for (size_t column = 0; column < BENCH_COLUMNS_MAX; column++) {
            count += plan->cells[row][column].has_failed;
        }
    }
    return count;
}

size_t plan_measured_count(const struct bench_plan *plan)
{
    size_t count = 0;

    for (size_t row = 0; row < BENCH_ROWS_MAX; row++) {
        for (size_t column = 0; column < BENCH_COLUMNS_MAX; column++) {
            count += plan->cells[row][column].count != 0;
        }
    }
    return count;
}
