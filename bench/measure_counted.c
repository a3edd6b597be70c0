/* SPDX-License-Identifier: MIT
 *
 * bed bench: instructions, by callgrind.
 */
#include "callgrind.h"
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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
    char path[JOB_TEXT_MAX + 16];
    struct callgrind_counts counts = {0};

    (void)snprintf(path, sizeof path, "%s.callgrind", job->output);
    char *text = job->has_failed ? NULL : text_read(path);
    char *calls = text_read(job->output);
    const bool ok = text != NULL && calls != NULL && callgrind_read(text, &counts);
    const double call_count = calls != NULL ? strtod(calls, NULL) : 0;

    free(text);
    free(calls);
    (void)unlink(path);
    if (job->has_failed) {
        plan_fail(plan, job->row, job->column, "the probe broke off");
        return true;
    }
    if (!ok || call_count == 0) {
        return job_complain(job, "callgrind's output cannot be read");
    }
    if (bench_row_at(job->row)->kind == BENCH_INSTRUCTIONS) {
        plan_add_sample(plan, job->row, job->column, (double)counts.instructions / call_count);
    } else {
        worst_add(plan, job->column, &counts);
    }
    return true;
}

static bool counted_add(struct phase *phase, size_t row, size_t column)
{
    struct job *job = phase_add(phase, row, column, NULL);

    if (job == NULL) {
        return false;
    }
    job_add(job, "valgrind");
    job_add(job, "--quiet");
    job_add(job, "--instr-atstart=no");
    job_add(job, "--tool=callgrind");
    job_add(job, "--log-file=%s.log", job->output);
    job_add(job, "--callgrind-out-file=%s.callgrind", job->output);
    job_add(job, "--toggle-collect=bench_counted_*");
    job_add(job, "--combine-dumps=yes");
    job_add(job, "--compress-strings=no");
    job_add(job, "--compress-pos=no");
    job_add(job, "--dump-line=no");
    if (bench_row_at(row)->kind == BENCH_WORST) {
        job_add(job, "--dump-after=bench_counted_malloc");
        job_add(job, "--dump-after=bench_counted_free");
    }
    job_add(job, "%s/%s", phase->plan->programs, PROBE);
    job_add(job, "count");
    job_add(job, "%s", phase->plan->columns[column].argument);
    job_add(job, "%s", bench_row_at(row)->name);
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
