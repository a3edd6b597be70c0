/* SPDX-License-Identifier: MIT
 *
 * bed matrix: which memory error which backend sees, where. docs/matrix.md.
 */
#ifndef HB_MATRIX_H
#define HB_MATRIX_H

#include "stage.h"

#include <stdio.h>
#include <sys/types.h>

enum backend {
    BACKEND_ASAN,
    BACKEND_MSAN,
    BACKEND_VALGRIND,
    BACKEND_HARDENING,
    BACKEND_NOTHING,
    BACKEND_COUNT
};

enum index { INDEX_BITMAP, INDEX_LIST, INDEX_COUNT };

/* What came of one cell, or of its twin, with one backend and one index. */
struct outcome {
    char class_name[32];
    char access_name[8];
    char position[64];
    enum backend backend;
    enum index index;
    bool is_twin;
    struct record record;
    int exit_status; /* -1: died of a signal */
    int signal_number;
    pid_t process;
    bool is_expected; /* to report */
    bool has_reported;
    const char *reason; /* why it is silent, where that is expected */
    char why[192];      /* what is not as it must be; empty: all is */
};

struct outcomes {
    struct outcome *all;
    size_t count;
    size_t room;
};

struct request {
    char programs[1024]; /* the folder with the programs of cells */
    char work[1024];     /* where each process leaves what it printed */
    const char *json;
    const char *markdown;
    bool is_quick;
    bool is_listing;
    bool backends[BACKEND_COUNT];
    bool indexes[INDEX_COUNT];
    char **names;
    int name_count;
};

extern const char *const backend_names[BACKEND_COUNT];
extern const char *const index_names[INDEX_COUNT];
extern const char *const place_names[PLACE_COUNT];

/* matrix_run.c: runs all cells of a program, and appends what came of each. False: it could not,
 * with a reason on stderr. */
bool matrix_run(const struct request *request, enum backend backend, enum index index,
                struct outcomes *outcomes);
/* What the processes of a program print is in a folder of their own, as an id may come again. */
void matrix_remove_logs(const char *work, enum backend backend, enum index index);
bool matrix_list(const struct request *request);
bool matrix_is_interrupted(void);

/* matrix_rules.c: why a cell cannot be seen; null: it must be. Counts what each rule was good for.
 */
const char *rules_reason(const struct outcome *outcome);
size_t rules_count(void);
const char *rules_text(size_t rule);
size_t rules_uses(size_t rule);
size_t rules_number(const char *reason);

/* matrix_judge.c: what an outcome says, from what its process left and printed. */
void outcome_judge(const char *work, struct outcome *outcome);

/* matrix_print.c */
void matrix_print(FILE *out, const struct outcomes *outcomes);
bool matrix_write_json(const char *path, const struct outcomes *outcomes);
bool matrix_write_markdown(const char *path, const struct outcomes *outcomes);

#endif
