/* SPDX-License-Identifier: MIT
 *
 * bed bench: what is to be measured (rows x columns), and what has been.
 */
#ifndef BENCH_PLAN_H
#define BENCH_PLAN_H

#include "rows.h"

#include <regex.h>

#define BENCH_COLUMNS_MAX ((size_t)32)
#define BENCH_ROWS_MAX    ((size_t)64)

struct bench_column {
    const char *name;    /* in the table */
    char argument[1024]; /* what the programs call it */
    const char *preload; /* a library to put in the place of libc's malloc, or null */
    const struct bench_subject *subject; /* as loaded into this process: what it can do */
    char version[64];                    /* of libc's malloc and what replaces it; else empty */
};

struct bench_cell {
    double *samples; /* one a launch */
    size_t count;
    bool has_failed; /* what has been measured is no figure */
};

struct bench_plan {
    struct bench_column columns[BENCH_COLUMNS_MAX];
    size_t column_count;
    bool is_wanted[BENCH_ROWS_MAX];
    struct bench_cell cells[BENCH_ROWS_MAX][BENCH_COLUMNS_MAX];
    bool is_quick;
    size_t launch_count; /* of each column, for the timed rows */
    double load;         /* of the machine, when the run began */
    char programs[1024]; /* the folder that the driver and the probe lie in */
    char scratch[1024];  /* a folder for what they write */
};

/* Whether a row can be measured of a column at all. */
bool plan_applies(const struct bench_row *row, const struct bench_column *column);

/* The middle of the samples; false where there are none. */
bool plan_median(const struct bench_plan *plan, size_t row, size_t column, double *median);
/* From the first quartile to the third, as a share of the median. */
double plan_spread(const struct bench_cell *cell);

bool plan_add_sample(struct bench_plan *plan, size_t row, size_t column, double sample);
/* BENCH_COLUMNS_MAX where there is none of that name. */
size_t plan_column(const struct bench_plan *plan, const char *name);

/* Takes a cell out; says why, once. */
void plan_fail(struct bench_plan *plan, size_t row, size_t column, const char *reason);
/* How many cells have been taken out. */
size_t plan_failed_count(const struct bench_plan *plan);

/* Measures everything that is wanted. False: it has said why. What a subject cannot do is no
 * reason, but a failed cell. */
bool plan_measure(struct bench_plan *plan);

void plan_free(struct bench_plan *plan);

/* The table, as text or as Markdown. */
void plan_print(const struct bench_plan *plan, bool is_markdown);

/* Everything, with what is known of the machine, as JSON. False, with a reason. */
bool plan_write_json(const struct bench_plan *plan, const char *path, char *error,
                     size_t error_bytes);

/* What was measured and where, a line each: the machine, the compiler, the versions. */
struct bench_machine {
    char cpu[128];
    char kernel[256];
    char system[128];
    char commit[64];
    char date[32];
    unsigned core_count;
    double load; /* the average of the last minute */
};

void machine_look(struct bench_machine *machine);

#endif
