/* SPDX-License-Identifier: MIT
 *
 * bed bench: what looks at a clock, alone on the machine and launch by launch.
 */
#include "measure.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A cell is launched as often as fits into so many seconds, but at least once. */
#define QUICK_CELL_SECONDS 0.25
#define CELL_SECONDS       1.5

/* Columns in another order each time: what changes on the machine while the run lasts, changes for
 * all of them. */
static void shuffle(size_t *order, size_t count, unsigned *generator)
{
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
    for (size_t i = count; i-- > 1;) {
        *generator = *generator * 1664525u + 1013904223u;
        const size_t j = (*generator >> 16) % (i + 1);
        const size_t swapped = order[i];

        order[i] = order[j];
        order[j] = swapped;
    }
}

/* -- what the driver says --------------------------------------------------------------------- */

/* Whether a benchmark's name is that of a row: the library appends "/iterations:..." to some. */
static bool is_of_row(const cJSON *item, const struct bench_row *row)
{
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "run_name"));
    const size_t length = strlen(row->name);

    return name != NULL && strncmp(row->name, name, length) == 0 &&
           (name[length] == '\0' || name[length] == '/');
}

static double number_of(const cJSON *item, const char *name, double otherwise)
{
    const cJSON *number = cJSON_GetObjectItem(item, name);

    return cJSON_IsNumber(number) ? number->valuedouble : otherwise;
}

static void add_percentiles(struct bench_cell *cell, const cJSON *item)
{
    cell->timer = number_of(item, "timer", cell->timer);
    cell->batch = number_of(item, "batch", cell->batch);
    for (size_t i = 0; i < BENCH_PERCENTILE_COUNT; i++) {
        const double value = number_of(item, bench_percentile_names[i], -1);
        size_t *count = &cell->percentile_counts[i];

        if (value >= 0 && *count < BENCH_LAUNCHES_MAX) {
            cell->percentiles[i][(*count)++] = value;
        }
    }
}

static int compare_numbers(const void *one, const void *other)
{
    const double difference = *(const double *)one - *(const double *)other;

    return (difference > 0) - (difference < 0);
}

/* The middle of what one launch saw of a row: where a row is repeated within a launch, these are no
 * samples of their own. Rows that only the clock can time have their figure in p50. */
static void launch_add(struct bench_plan *plan, size_t row, size_t column, const cJSON *benchmarks)
{
    const struct bench_row *of = bench_row_at(row);
    struct bench_cell *cell = &plan->cells[row][column];
    double seen[64];
    double seconds = 0;
    size_t count = 0;
    const char *error = "it is missing from the driver's output";
    const cJSON *item = NULL;

    cJSON_ArrayForEach(item, benchmarks)
    {
        const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(item, "run_type"));
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(item, "error_message"));

        if (!is_of_row(item, of)) {
            continue;
        }
        if (message != NULL) {
            error = message;
            count = 0;
            break;
        }
        if (type != NULL && strcmp(type, "iteration") == 0 && count < 64) {
            seen[count++] =
                number_of(item, bench_is_by_clock(&of->workload) ? "p50" : "cpu_time", 0);
            seconds += number_of(item, "wall", 0);
            add_percentiles(cell, item);
        }
    }
    if (count == 0) {
        plan_fail(plan, row, column, error);
        return;
    }
    qsort(seen, count, sizeof seen[0], compare_numbers);
    plan_add_sample(plan, row, column, seen[count / 2]);
    cell->seconds = seconds;
}

/* Which rows a launch is of, its arguments say. */
static bool job_has_row(const struct job *job, size_t row)
{
    for (size_t i = 2; i < job->argument_count; i++) {
        if (strcmp(job->arguments[i], bench_row_at(row)->name) == 0) {
            return true;
        }
    }
    return false;
}

static bool timed_done(void *context, const struct job *job)
{
    struct bench_plan *plan = context;
    char *text = text_read(job->output);
    cJSON *json = text != NULL ? cJSON_Parse(text) : NULL;
    const cJSON *benchmarks = cJSON_GetObjectItem(json, "benchmarks");

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (!job_has_row(job, row)) {
            continue;
        }
        if (job->has_failed || benchmarks == NULL) {
            plan_fail(plan, row, job->column, "the driver broke off");
        } else {
            launch_add(plan, row, job->column, benchmarks);
        }
    }
    cJSON_Delete(json);
    free(text);
    return true;
}

/* -- launches --------------------------------------------------------------------------------- */

static bool is_due(const struct bench_plan *plan, size_t row, size_t column)
{
    const struct bench_cell *cell = &plan->cells[row][column];
    const double room = plan->is_quick ? QUICK_CELL_SECONDS : CELL_SECONDS;

    return cell_is_wanted(plan, row, BENCH_TIMED, column) && !cell->has_failed &&
           (cell->count == 0 || (double)(cell->count + 1) * cell->seconds <= room);
}

static bool timed_add(struct phase *phase, size_t column)
{
    const struct bench_plan *plan = phase->plan;
    struct job *job = NULL;

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (!is_due(plan, row, column)) {
            continue;
        }
        if (job == NULL) {
            job = phase_add(phase, 0, column, DRIVER);
            if (job == NULL) {
                return false;
            }
            job_add(job, "%s", plan->columns[column].argument);
        }
        job_add(job, "%s", bench_row_at(row)->name);
    }
    if (job != NULL) {
        job_add(job, "--benchmark_min_time=%s", plan->is_quick ? "0.01" : "0.05");
        job_add(job, "--benchmark_enable_random_interleaving=true");
    }
    return true;
}

static bool launch(struct bench_plan *plan, size_t number, unsigned *generator)
{
    struct phase phase = {.plan = plan};
    size_t order[BENCH_COLUMNS_MAX] = {0};
    char name[40];

    (void)snprintf(name, sizeof name, "timed, launch %zu of %zu", number + 1, plan->launch_count);
    shuffle(order, plan->column_count, generator);
    for (size_t i = 0; i < plan->column_count; i++) {
        if (!timed_add(&phase, order[i])) {
            return false;
        }
    }
    return phase_run(&phase, 1, name, timed_done);
}

/* -- the bed itself --------------------------------------------------------------------------- */

static bool checked_done(void *context, const struct job *job)
{
    char *text = text_read(job->output);
    const double rate = text != NULL ? strtod(text, NULL) : 0;

    free(text);
    if (job->has_failed || rate <= 0) {
        plan_fail(context, job->row, job->column, "the corpus cannot be run");
    } else {
        plan_add_sample(context, job->row, job->column, rate);
    }
    return true;
}

static bool measure_checked(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};

    for (size_t number = 0; number < plan->launch_count && number < 3; number++) {
        for (size_t row = 0; bench_row_at(row) != NULL; row++) {
            for (size_t column = 0; column < plan->column_count; column++) {
                if (!cell_is_wanted(plan, row, BENCH_CHECKED, column)) {
                    continue;
                }
                struct job *job = phase_add(&phase, row, column, PROBE);

                if (job == NULL) {
                    return false;
                }
                job_add(job, "checked");
                job_add(job, "%s", plan->columns[column].subject->checked_name);
                job_add(job, "%s", plan->is_quick ? "0.3" : "3");
            }
        }
    }
    return phase_run(&phase, 1, "checked operations", checked_done);
}

bool measure_timed(struct bench_plan *plan)
{
    unsigned generator = 1;

    for (size_t number = 0; number < plan->launch_count; number++) {
        if (!launch(plan, number, &generator)) {
            return false;
        }
    }
    return measure_checked(plan);
}
