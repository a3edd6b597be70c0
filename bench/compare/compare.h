/* SPDX-License-Identifier: MIT
 *
 * bed compare: what is compared, and what came out.
 */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include "counts.h"
#include "duel.h"

#include <regex.h>

#define COMPARE_ROWS_MAX ((size_t)256)

struct compare_side {
    char name[256];    /* as the user called it */
    char folder[1000]; /* where its core is built */
    unsigned burden;   /* for the self-test; 0: none */
};

/* A row of a subject that takes time: measured once, and once more where something was seen. */
struct compare_timed {
    struct figure figure; /* of the second measurement, where there is one */
    bool is_second;
    struct judgement judgement;
};

struct compare_counted {
    struct count base;
    struct count head;
    struct judgement judgement;
};

struct compare {
    struct compare_side base;
    struct compare_side head;
    const char *row_filter;     /* null: the default rows */
    const char *subject_filter; /* null: the default subjects */
    size_t pair_count;
    bool is_timed_only;   /* the rows instructions/... are left out */
    bool is_counted_only; /* all others are */
    char programs[1024];  /* the folder of the player and the probe */
    char scratch[1024];
    struct duel *duels; /* where there is a second measurement, that */
    struct compare_timed *timed;
    size_t timed_count;
    struct compare_counted *counted;
    size_t counted_count;
};

extern volatile sig_atomic_t compare_is_interrupted;

/* Builds the core of a commit, in a folder, or of the working tree ("-"); burdened: with a
 * select_block that can be slowed down. False: it has said why. */
bool compare_build(struct compare_side *side, const char *commit, bool is_burdened);

/* Which rows of which subjects. False, with a complaint, where there are none. */
bool compare_choose(struct compare *compare);

/* Whether a row takes no more than moments of a subject whose calls take time linear in the blocks.
 */
bool compare_is_affordable(const struct bench_row *row, const struct bench_subject *subject);

/* Measures the rows that take time, once. */
bool compare_play(struct compare *compare, size_t pair_count, const char *phase);

/* Measures, and judges. */
bool compare_measure(struct compare *compare);

size_t compare_verdict_count(const struct compare *compare, enum verdict verdict);
void compare_free(struct compare *compare);

void compare_print(const struct compare *compare, bool is_markdown);
bool compare_write_json(const struct compare *compare, const char *path, char *error,
                        size_t error_bytes);

/* The rows as JSON, with every sample. */
struct cJSON *compare_rows_json(const struct compare *compare);

/* bed compare --self-test: the exit status. json_path null: none is written. */
int self_test(struct compare *compare, const char *json_path);

#endif
