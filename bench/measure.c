/* SPDX-License-Identifier: MIT
 *
 * bed bench: what all phases have in common, and the two short ones.
 *
 * The timed rows run alone, one process after the other; a sample is a launch. The others do not
 * look at a clock, and run as many at a time as there are cores.
 */
#include "measure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct job *phase_add(struct phase *phase, size_t row, size_t column, const char *program)
{
    const struct bench_column *of = &phase->plan->columns[column];

    if (phase->count == phase->room) {
        const size_t room = 2 * phase->room + 16;
        struct job *jobs = realloc(phase->jobs, room * sizeof *jobs);

        if (jobs == NULL) {
            return NULL;
        }
        phase->jobs = jobs;
        phase->room = room;
    }
    struct job *job = &phase->jobs[phase->count];

    memset(job, 0, sizeof *job);
    if (program != NULL) {
        job_add(job, "%s/%s", phase->plan->programs, program);
    }
    (void)snprintf(job->output, sizeof job->output, "%s/output-%zu", phase->plan->scratch,
                   phase->count);
    job->preload = of->preload;
    job->what = of->name;
    job->row = row;
    job->column = column;
    phase->count++;
    return job;
}

bool phase_run(struct phase *phase, size_t at_once, const char *name,
               bool (*done)(void *context, const struct job *job))
{
    const bool ok = jobs_run(phase->jobs, phase->count, at_once, name, done, phase->plan);

    for (size_t i = 0; i < phase->count; i++) {
        job_clear(&phase->jobs[i]);
    }
    free(phase->jobs);
    *phase = (struct phase){.plan = phase->plan};
    phase->plan->was_interrupted = phase->plan->was_interrupted || jobs_were_interrupted();
    return ok;
}

size_t core_count(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (size_t)count : 1;
}

bool cell_is_wanted(const struct bench_plan *plan, size_t row, enum bench_kind kind, size_t column)
{
    return bench_row_at(row)->kind == kind && plan_applies(plan, row, column);
}

bool job_complain(const struct job *job, const char *reason)
{
    (void)fprintf(stderr, "\nbench: %s: %s\n", job->what, reason);
    return false;
}

/* -- whose malloc ----------------------------------------------------------------------------- */

/* A library that was not preloaded after all would be glibc under another name. */
static bool provider_done(void *context, const struct job *job)
{
    struct bench_plan *plan = context;
    struct bench_column *column = &plan->columns[job->column];
    char *text = text_read(job->output);

    if (job->has_failed || text == NULL || strncmp(text, column->name, strlen(column->name)) != 0) {
        free(text);
        return job_complain(job, "the process has another malloc than that");
    }
    text[strcspn(text, "\n")] = '\0';
    (void)snprintf(column->version, sizeof column->version, "%s", text);
    free(text);
    return true;
}

bool plan_measure_providers(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};

    for (size_t column = 0; column < plan->column_count; column++) {
        if (strcmp(plan->columns[column].argument, "libc") != 0) {
            continue;
        }
        struct job *job = phase_add(&phase, 0, column, PROBE);

        if (job == NULL) {
            return false;
        }
        job_add(job, "provider");
    }
    return phase_run(&phase, core_count(), "libraries", provider_done);
}

/* -- code ------------------------------------------------------------------------------------- */

static void code_add(struct bench_plan *plan, const char *variant, const char *operand,
                     double bytes)
{
    const size_t column = plan_column(plan, variant);

    for (size_t row = 0; column < plan->column_count && bench_row_at(row) != NULL; row++) {
        if (cell_is_wanted(plan, row, BENCH_CODE, column) &&
            strcmp(bench_row_at(row)->operand, operand) == 0) {
            plan_add_sample(plan, row, column, bytes);
        }
    }
}

/* Lines such as "small-off x86-64 calls 1234". */
static bool code_done(void *context, const struct job *job)
{
    char *text = text_read(job->output);
    char *rest = text;
    size_t line_count = 0;
    bool ok = text != NULL && !job->has_failed;

    for (char *line = NULL; ok && (line = strsep(&rest, "\n")) != NULL && *line != '\0';) {
        const char *variant = strsep(&line, " ");
        char *operand = line;
        char *bytes = operand != NULL ? strrchr(operand, ' ') : NULL;

        ok = bytes != NULL;
        if (ok) {
            *bytes = '\0';
            code_add(context, variant, operand, strtod(bytes + 1, NULL));
            line_count++;
        }
    }
    free(text);
    return (ok && line_count != 0) || job_complain(job, "the sizes cannot be read");
}

bool measure_code(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};
    bool is_wanted = false;

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        is_wanted = is_wanted || (plan->is_wanted[row] && bench_row_at(row)->kind == BENCH_CODE);
    }
    if (!is_wanted) {
        return true;
    }
    struct job *job = phase_add(&phase, 0, 0, NULL);

    if (job == NULL) {
        return false;
    }
    job->what = "code";
    job_add(job, BENCH_SOURCE "/bench/code_size.sh");
    job_add(job, "%s/core", plan->core != NULL ? plan->core : BENCH_SOURCE);
    return phase_run(&phase, 1, "code", code_done);
}

bool plan_measure(struct bench_plan *plan)
{
    return measure_code(plan) && measure_counted(plan) && measure_memory(plan) &&
           measure_timed(plan);
}
