/* SPDX-License-Identifier: MIT
 *
 * bed bench: memory, in the smallest arena and in the process.
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Two numbers at the front of a probe's output, and what is behind them. False, and said so, where
 * there are none. */
static bool read_pair(const struct job *job, char *text, double *bytes, double *peak, char **rest)
{
    *rest = text;
    *bytes = text != NULL ? strtod(text, rest) : 0;
    *peak = text != NULL ? strtod(*rest, rest) : 0;
    return *peak > 0 || job_complain(job, "the probe's output cannot be read");
}

/* Lines of a number of calls and a value. */
static void series_add(struct bench_plan *plan, const struct job *job, char *text)
{
    if (plan->series_count == BENCH_SERIES_MAX) {
        return;
    }
    struct bench_series *series = &plan->series[plan->series_count++];

    *series = (struct bench_series){.row = job->row, .column = job->column};
    while (series->count < BENCH_SERIES_POINTS) {
        struct bench_point *point = &series->points[series->count];
        char *end = text;

        point->call = strtoul(text, &end, 10);
        point->value = strtod(end, &text);
        if (end == text) {
            return;
        }
        series->count++;
    }
}

static bool memory_done(void *context, const struct job *job)
{
    double bytes = 0;
    double peak = 0;
    char *rest = NULL;

    if (job->has_failed) {
        plan_fail(context, job->row, job->column, "the trace cannot be replayed");
        return true;
    }
    char *text = text_read(job->output);
    const bool ok = read_pair(job, text, &bytes, &peak, &rest);

    if (ok) {
        plan_add_sample(context, job->row, job->column, bytes / peak);
    }
    if (ok && bench_row_at(job->row)->kind == BENCH_RESIDENT) {
        series_add(context, job, rest);
    }
    free(text);
    return ok;
}

static bool memory_add(struct phase *phase, size_t row, size_t column)
{
    const bool is_resident = bench_row_at(row)->kind == BENCH_RESIDENT;
    struct job *job = phase_add(phase, row, column, PROBE);

    if (job == NULL) {
        return false;
    }
    job_add(job, is_resident ? "footprint" : "arena");
    job_add(job, "%s", phase->plan->columns[column].argument);
    job_add(job, "traces/%s.hbed.zst", bench_row_at(row)->operand);
    return true;
}

bool measure_memory(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        for (size_t column = 0; column < plan->column_count; column++) {
            if ((cell_is_wanted(plan, row, BENCH_MEMORY, column) ||
                 cell_is_wanted(plan, row, BENCH_RESIDENT, column)) &&
                !memory_add(&phase, row, column)) {
                return false;
            }
        }
    }
    return phase_run(&phase, core_count(), "memory", memory_done);
}
