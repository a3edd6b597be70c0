/* SPDX-License-Identifier: MIT
 *
 * bed bench: launching what measures, and gathering the figures.
 *
 * The timed rows run alone, one process after the other; a sample is a launch. The others do not
 * look at a clock, and run as many at a time as there are cores.
 */
#include "callgrind.h"
#include "jobs.h"
#include "plan.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DRIVER "heapbed-bench-driver"
#define PROBE  "heapbed-bench-probe"

/* The jobs of one phase. */
struct phase {
    struct bench_plan *plan;
    struct job *jobs;
    size_t count;
    size_t room;
};

/* A further job; null: no memory. The one before it may move. program null: the first argument is
 * given by the caller. */
static struct job *phase_add(struct phase *phase, size_t row, size_t column, const char *program)
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

static bool phase_run(struct phase *phase, size_t at_once, const char *name,
                      bool (*done)(void *context, const struct job *job))
{
    const bool ok = jobs_run(phase->jobs, phase->count, at_once, name, done, phase->plan);

    free(phase->jobs);
    return ok;
}

static size_t core_count(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);

    return count > 0 ? (size_t)count : 1;
}

static bool row_is_wanted(const struct bench_plan *plan, size_t row, enum bench_kind kind,
                          size_t column)
{
    return plan->is_wanted[row] && bench_row_at(row)->kind == kind &&
           plan_applies(bench_row_at(row), &plan->columns[column]);
}

static bool job_complain(const struct job *job, const char *reason)
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

static bool measure_providers(struct bench_plan *plan)
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

/* -- timed ------------------------------------------------------------------------------------ */

/* The row that a benchmark's name begins with: the library appends "/iterations:..." to some. */
static size_t row_of_name(const char *name)
{
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        const size_t length = strlen(bench_row_at(row)->name);

        if (strncmp(bench_row_at(row)->name, name, length) == 0 &&
            (name[length] == '\0' || name[length] == '/')) {
            return row;
        }
    }
    return BENCH_ROWS_MAX;
}

static int compare_numbers(const void *one, const void *other)
{
    const double difference = *(const double *)one - *(const double *)other;

    return (difference > 0) - (difference < 0);
}

/* The middle of what one launch saw of a row: where a row is repeated within a launch, these are no
 * samples of their own. */
static bool launch_add(struct bench_plan *plan, size_t row, size_t column, const cJSON *benchmarks)
{
    double seen[256];
    size_t count = 0;
    const char *error = "it is missing from the driver's output";
    const cJSON *item = NULL;

    cJSON_ArrayForEach(item, benchmarks)
    {
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(item, "run_name"));
        const char *type = cJSON_GetStringValue(cJSON_GetObjectItem(item, "run_type"));
        const char *message = cJSON_GetStringValue(cJSON_GetObjectItem(item, "error_message"));
        const cJSON *time = cJSON_GetObjectItem(item, "cpu_time");

        if (name == NULL || type == NULL || row_of_name(name) != row) {
            continue;
        }
        if (message != NULL) {
            error = message;
            count = 0;
            break;
        }
        if (strcmp(type, "iteration") == 0 && cJSON_IsNumber(time) && count < 256) {
            seen[count++] = time->valuedouble;
        }
    }
    if (count == 0) {
        plan_fail(plan, row, column, error);
        return true;
    }
    qsort(seen, count, sizeof seen[0], compare_numbers);
    return plan_add_sample(plan, row, column, seen[count / 2]);
}

static bool timed_done(void *context, const struct job *job)
{
    struct bench_plan *plan = context;
    char *text = text_read(job->output);
    cJSON *json = text != NULL ? cJSON_Parse(text) : NULL;
    const cJSON *benchmarks = cJSON_GetObjectItem(json, "benchmarks");
    bool ok = true;

    for (size_t row = 0; ok && bench_row_at(row) != NULL; row++) {
        if (!row_is_wanted(plan, row, BENCH_TIMED, job->column)) {
            continue;
        }
        if (job->has_failed || benchmarks == NULL) {
            plan_fail(plan, row, job->column, "the driver broke off");
        } else {
            ok = launch_add(plan, row, job->column, benchmarks);
        }
    }
    cJSON_Delete(json);
    free(text);
    return ok || job_complain(job, "no memory");
}

static bool timed_add(struct phase *phase, size_t column)
{
    const struct bench_plan *plan = phase->plan;
    bool has_rows = false;

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        has_rows = has_rows || row_is_wanted(plan, row, BENCH_TIMED, column);
    }
    if (!has_rows) {
        return true;
    }
    struct job *job = phase_add(phase, 0, column, DRIVER);

    if (job == NULL) {
        return false;
    }
    job_add(job, "%s", plan->columns[column].argument);
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (row_is_wanted(plan, row, BENCH_TIMED, column)) {
            job_add(job, "%s", bench_row_at(row)->name);
        }
    }
    job_add(job, "--benchmark_min_time=%s", plan->is_quick ? "0.02" : "0.05");
    job_add(job, "--benchmark_enable_random_interleaving=true");
    return true;
}

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

static bool measure_timed(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};
    size_t order[BENCH_COLUMNS_MAX] = {0};
    unsigned generator = 1;

    for (size_t launch = 0; launch < plan->launch_count; launch++) {
        shuffle(order, plan->column_count, &generator);
        for (size_t i = 0; i < plan->column_count; i++) {
            if (!timed_add(&phase, order[i])) {
                return false;
            }
        }
    }
    return phase_run(&phase, 1, "timed", timed_done);
}

/* -- instructions ----------------------------------------------------------------------------- */

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
        return plan_add_sample(plan, job->row, job->column,
                               (double)counts.instructions / call_count);
    }
    return plan_add_sample(plan, job->row, job->column,
                           strcmp(bench_row_at(job->row)->operand, "malloc") == 0
                               ? (double)counts.worst_malloc
                               : (double)counts.worst_free);
}

static bool counted_add(struct phase *phase, size_t row, size_t column)
{
    struct job *job = phase_add(phase, row, column, NULL);

    if (job == NULL) {
        return false;
    }
    job_add(job, "valgrind");
    job_add(job, "--quiet");
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

static bool measure_counted(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        for (size_t column = 0; column < plan->column_count; column++) {
            if ((row_is_wanted(plan, row, BENCH_INSTRUCTIONS, column) ||
                 row_is_wanted(plan, row, BENCH_WORST, column)) &&
                !counted_add(&phase, row, column)) {
                return false;
            }
        }
    }
    return phase_run(&phase, core_count(), "instructions", counted_done);
}

/* -- memory ----------------------------------------------------------------------------------- */

static bool memory_done(void *context, const struct job *job)
{
    char *text = text_read(job->output);
    double arena = 0;
    double peak = 0;

    if (job->has_failed) {
        plan_fail(context, job->row, job->column, "the trace cannot be replayed");
        free(text);
        return true;
    }
    if (text != NULL) {
        char *rest = NULL;

        arena = strtod(text, &rest);
        peak = strtod(rest, NULL);
    }
    free(text);
    if (peak <= 0) {
        return job_complain(job, "the probe's output cannot be read");
    }
    return plan_add_sample(context, job->row, job->column, arena / peak);
}

static bool measure_memory(struct bench_plan *plan)
{
    struct phase phase = {.plan = plan};

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        for (size_t column = 0; column < plan->column_count; column++) {
            if (!row_is_wanted(plan, row, BENCH_MEMORY, column)) {
                continue;
            }
            struct job *job = phase_add(&phase, row, column, PROBE);

            if (job == NULL) {
                return false;
            }
            job_add(job, "arena");
            job_add(job, "%s", plan->columns[column].argument);
            job_add(job, BENCH_SOURCE "/corpus/traces/%s.hbed.zst", bench_row_at(row)->operand);
        }
    }
    return phase_run(&phase, core_count(), "memory", memory_done);
}

/* -- code ------------------------------------------------------------------------------------- */

static bool code_add(struct bench_plan *plan, const char *variant, const char *operand,
                     double bytes)
{
    const size_t column = plan_column(plan, variant);

    for (size_t row = 0; column < plan->column_count && bench_row_at(row) != NULL; row++) {
        if (row_is_wanted(plan, row, BENCH_CODE, column) &&
            strcmp(bench_row_at(row)->operand, operand) == 0) {
            return plan_add_sample(plan, row, column, bytes);
        }
    }
    return true;
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
            ok = code_add(context, variant, operand, strtod(bytes + 1, NULL));
            line_count++;
        }
    }
    free(text);
    return (ok && line_count != 0) || job_complain(job, "the sizes cannot be read");
}

static bool measure_code(struct bench_plan *plan)
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
    job_add(job, BENCH_SOURCE "/core");
    return phase_run(&phase, 1, "code", code_done);
}

bool plan_measure(struct bench_plan *plan)
{
    return measure_providers(plan) && measure_code(plan) && measure_counted(plan) &&
           measure_memory(plan) && measure_timed(plan);
}
