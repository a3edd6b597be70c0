/* SPDX-License-Identifier: MIT
 *
 * bed bench: what is to be measured (rows x columns), and what has been.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "footprint.h"
#include "latency.h"
#include "rows.h"

#include <regex.h>

#define BENCH_COLUMNS_MAX  ((size_t)32)
#define BENCH_ROWS_MAX     ((size_t)192)
#define BENCH_LAUNCHES_MAX ((size_t)16)
#define BENCH_SERIES_MAX   ((size_t)512)
#define NULL_LOOP          "(null loop)"

struct bench_column {
    const char *name;    /* in the table */
    char argument[1024]; /* what the programs call it */
    const char *preload; /* a library to put in the place of libc's malloc, or null */
    const struct bench_subject *subject; /* as loaded into this process: what it can do */
    char version[64];                    /* of libc's malloc and what replaces it; else empty */
    bool is_left_out;                    /* by --subject */
};

struct bench_cell {
    double samples[BENCH_LAUNCHES_MAX]; /* one a launch, in their order */
    size_t count;
    /* Of each launch that told it: see latency.h. */
    double percentiles[BENCH_PERCENTILE_COUNT][BENCH_LAUNCHES_MAX];
    size_t percentile_counts[BENCH_PERCENTILE_COUNT];
    double timer;    /* nanoseconds of one reading of the clock */
    double batch;    /* calls between two of them; 0: no percentiles */
    double seconds;  /* that the last launch took */
    bool has_failed; /* what has been measured is no figure */
};

/* How a program used memory while it ran. */
struct bench_series {
    size_t row; /* of BENCH_RESIDENT */
    size_t column;
    struct bench_point points[BENCH_SERIES_POINTS];
    size_t count;
};

struct bench_plan {
    struct bench_column columns[BENCH_COLUMNS_MAX];
    size_t column_count;
    bool is_wanted[BENCH_ROWS_MAX];
    struct bench_cell cells[BENCH_ROWS_MAX][BENCH_COLUMNS_MAX];
    struct bench_series series[BENCH_SERIES_MAX];
    size_t series_count;
    bool is_quick;
    bool was_interrupted;
    size_t launch_count; /* of each column at most, for the timed rows */
    const char *core;    /* the folder of another core, or null */
    double load;         /* of the machine, when the run began */
    char programs[1024]; /* the folder that the driver and the probe lie in */
    char scratch[1024];  /* a folder for what they write */
};

/* Whether a row can be measured of a column at all, and is to be in a run of this kind. */
bool plan_applies(const struct bench_plan *plan, size_t row, size_t column);
/* BENCH_COLUMNS_MAX where there is none of that name. */
size_t plan_column(const struct bench_plan *plan, const char *name);

/* -- cells ------------------------------------------------------------------------------------ */

void plan_add_sample(struct bench_plan *plan, size_t row, size_t column, double sample);
/* Takes a cell out; says why, once. */
void plan_fail(struct bench_plan *plan, size_t row, size_t column, const char *reason);
/* How many cells have been taken out. */
size_t plan_failed_count(const struct bench_plan *plan);
/* How many have figures. */
size_t plan_measured_count(const struct bench_plan *plan);

/* The middle of the samples; false where there are none. */
bool plan_median(const struct bench_plan *plan, size_t row, size_t column, double *median);
/* From the first quartile to the third, as a share of the median. */
double plan_spread(const struct bench_cell *cell);
/* The middle of what the launches saw (of the maximum: the largest); false where none did. */
bool plan_percentile(const struct bench_cell *cell, size_t index, double *value);

/* How the medians of a family's rows grow with the length of the free list: the exponent of the
 * straight line that fits their logarithms best. False: there are fewer than three. */
bool plan_fit(const struct bench_plan *plan, const char *family, size_t column, double *exponent);
bool fit_exponent(const double *lengths, const double *values, size_t count, double *exponent);

/* -- measuring -------------------------------------------------------------------------------- */

/* Finds out whose malloc is behind each column that is malloc. */
bool plan_measure_providers(struct bench_plan *plan);

/* Measures everything that is wanted. False: it has said why, or plan->was_interrupted. What a
 * subject cannot do is no reason, but a failed cell. */
bool plan_measure(struct bench_plan *plan);

/* -- results ---------------------------------------------------------------------------------- */

/* The table, as text or as Markdown. */
void plan_print(const struct bench_plan *plan, bool is_markdown);

/* Nanoseconds, or whatever the row is measured in. */
const char *bench_unit(const struct bench_row *row);

/* The record of the run, heapbed-history/1 (docs/history.md): one line, or for people. The caller
 * frees it; null: no memory. */
char *plan_record(const struct bench_plan *plan, bool is_for_people);

/* What was measured and where. */
struct bench_machine {
    char cpu[128];
    char kernel[256];
    char system[128];
    char date[32];
    unsigned core_count;
    double load; /* the average of the last minute */
};

void machine_look(struct bench_machine *machine);

/* What ./bed knows from git: "" where it does not. */
struct bench_commit {
    const char *id;
    const char *parent;
    const char *date;
    const char *title;
    bool is_dirty;
    bool is_known;
};

struct bench_commit commit_look(void);

#endif
