/* SPDX-License-Identifier: MIT
 *
 * The rows of the table: what is measured of each subject, how, and on which workload.
 */
#ifndef BENCH_ROWS_H
#define BENCH_ROWS_H

#include "workload.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bench_kind {
    BENCH_TIMED,        /* Google Benchmark, nanoseconds of CPU time a call */
    BENCH_INSTRUCTIONS, /* callgrind, instructions a call on average */
    BENCH_WORST,        /* callgrind, instructions of the most expensive malloc, free */
    BENCH_MEMORY,       /* smallest arena in which a recorded program runs, over its peak */
    BENCH_RESIDENT,     /* most pages in memory while a recorded program runs, over its peak */
    BENCH_CODE,         /* bytes */
    BENCH_CHECKED       /* operations a second of the bed itself, every oracle on */
};

struct bench_row {
    const char *name;  /* for --filter and in JSON */
    const char *title; /* at the head of a column */
    enum bench_kind kind;
    struct bench_workload workload; /* of the first three kinds */
    const char *operand;     /* BENCH_WORST: malloc or free; memory: a trace; BENCH_CODE: what */
    const char *peer;        /* the subject that ratios are to; null: none */
    const char *description; /* the workload, in words */
    const char *family;      /* of rows that differ in the length of the free list alone; or null */
    bool is_full_only;       /* not in a quick run */
};

/* Row number index, null past the last. Rows of one kind, and of one peer, are neighbours. */
const struct bench_row *bench_row_at(size_t index);

/* Null: there is none such. */
const struct bench_row *bench_row_find(const char *name);

#ifdef __cplusplus
}
#endif

#endif
