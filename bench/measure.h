/* SPDX-License-Identifier: MIT
 *
 * bed bench: the phases of a run. Each launches programs (jobs.h) and reads what they write.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include "jobs.h"
#include "plan.h"

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
struct job *phase_add(struct phase *phase, size_t row, size_t column, const char *program);

/* Runs all jobs, and forgets them. */
bool phase_run(struct phase *phase, size_t at_once, const char *name,
               bool (*done)(void *context, const struct job *job));

size_t core_count(void);

/* Whether a cell is to be measured, and in this way. */
bool cell_is_wanted(const struct bench_plan *plan, size_t row, enum bench_kind kind, size_t column);

/* Says why, and is false. */
bool job_complain(const struct job *job, const char *reason);

/* False: it has said why, or plan->was_interrupted. */
bool measure_code(struct bench_plan *plan);
bool measure_counted(struct bench_plan *plan);
bool measure_memory(struct bench_plan *plan);
bool measure_timed(struct bench_plan *plan);

#endif
