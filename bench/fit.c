/* SPDX-License-Identifier: MIT
 *
 * bed bench: how a figure grows with the length of the free list.
 */
#include "plan.h"

#include <math.h>
#include <string.h>

#define FIT_COUNT_MIN 3
#define FIT_COUNT_MAX 32

bool fit_exponent(const double *lengths, const double *values, size_t count, double *exponent)
{
    double x_sum = 0;
    double y_sum = 0;
    double x_squares = 0;
    double products = 0;

    for (size_t i = 0; i < count; i++) {
        if (lengths[i] <= 0 || values[i] <= 0) {
            return false;
        }
        x_sum += log(lengths[i]);
        y_sum += log(values[i]);
    }
    for (size_t i = 0; i < count; i++) {
        const double x = log(lengths[i]) - x_sum / (double)count;
        const double y = log(values[i]) - y_sum / (double)count;

        x_squares += x * x;
        products += x * y;
    }
    if (count < FIT_COUNT_MIN || x_squares <= 0) {
        return false;
    }
    *exponent = products / x_squares;
    return true;
}

bool plan_fit(const struct bench_plan *plan, const char *family, size_t column, double *exponent)
{
    double lengths[FIT_COUNT_MAX];
    double values[FIT_COUNT_MAX];
    size_t count = 0;

    for (size_t row = 0; bench_row_at(row) != NULL && count < FIT_COUNT_MAX; row++) {
        const struct bench_row *of = bench_row_at(row);

        if (of->family != NULL && strcmp(of->family, family) == 0 &&
            plan_median(plan, row, column, &values[count])) {
            lengths[count++] = (double)of->workload.free_count;
        }
    }
    return fit_exponent(lengths, values, count, exponent);
}
