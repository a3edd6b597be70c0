/* SPDX-License-Identifier: MIT
 *
 * bed bench: instructions, by callgrind.
 */
#include "counted_job.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- instructions ----------------------------------------------------------------------------- */

/* One run of the trace tells of both rows. */
static void worst_add(struct bench_plan *plan, size_t column, const struct callgrind_counts *counts)
{
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (cell_is_wanted(plan, row, BENCH_WORST, column)) {
            plan_add_sample(plan, row, column,
                            strcmp(bench_row_at(row)->operand, "malloc") == 0
                                ? (double)counts->worst_malloc
                                : (double)counts->worst_free);
        }
    }
}

static bool counted_done(void *context, const struct job *job)
{
    struct bench_plan *plan = context;
    struct callgrind_counts counts = {0};
    unsigned long long call_count = 0;
    char *text = NULL;
    const bool ok = counted_job_read(job, &text, &counts, &call_count);

    free(text);
    if (job->has_failed) {
        plan_fail(plan, job->row, job->column, "the probe broke off");
        return true;
    }
    if (!ok) {
        return job_complain(job, "callgrind's output cannot be read");
    }
    if (bench_row_at(job->row)->kind == BENCH_INSTRUCTIONS) {
        plan_add_sample(plan, job->row, job->column,
                        (double)counts.instructions / (double)call_count);
    } else {
        worst_add(plan, job->column, &counts);
    }
    return true;
}

static bool counted_add(struct phase *phase, size_t row, size_t column)
{
    char probe[sizeof phase->plan->programs + sizeof PROBE];
    struct job *job = phase_add(phase, row, column, NULL);

    if (job == NULL) {
        return false;
    }
    (void)snprintf(probe, sizeof probe, "%s/%s", phase->plan->programs, PROBE);
    counted_job_fill(job, probe, phase->plan->columns[column].argument, bench_row_at(row));
    return true;
}

/* Of the rows of one kind that one run tells, the first that is wanted. */
static bool is_first_worst(const struct bench_plan *plan, size_t row, size_t column)
{
    for (size_t before = 0; before < row; before++) {
        if (cell_is_wanted(plan, before, BENCH_WORST, column)) {
            return false;
        }
    }
    return cell_is_wanted(plan, row, BENCH_WORST, column);
}

bool measure_counted(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        for (size_t column = 0; column < plan->column_count; column++) {
            if ((cell_is_wanted(plan, row, BENCH_INSTRUCTIONS, column) ||
                 is_first_worst(plan, row, column)) &&
                !counted_add(&phase, row, column)) {
                return false;
            }
        }
    }
    return phase_run(&phase, core_count(), "instructions", counted_done);
}
