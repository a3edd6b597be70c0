/* SPDX-License-Identifier: MIT
 *
 * Running mutants: the steps, cheapest first, that each is taken through until one objects.
 */
#ifndef HB_MUTATE_RUN_H
#define HB_MUTATE_RUN_H

#include "mutate_generate.h"

enum mutant_state {
    MUTANT_NOT_RUN,
    MUTANT_KILLED,
    MUTANT_SURVIVED,
    MUTANT_IDENTICAL, /* every variant compiles to the original's code */
    MUTANT_STILLBORN, /* it does not compile */
    MUTANT_ABSENT,    /* no variant compiles what is changed */
    MUTANT_LATE,      /* its time by the clock was over: nobody knows */
    MUTANT_FAILED,    /* a step could not be run: nobody knows */
    MUTANT_STATE_COUNT
};

const char *mutant_state_name(enum mutant_state state);

#define MUTANT_STEP_BYTES 48
#define MUTANT_TEXT_BYTES 160

struct mutant_result {
    enum mutant_state state;
    char step[MUTANT_STEP_BYTES]; /* "small/streams": who objected; as a hint, whom to ask first */
    char text[MUTANT_TEXT_BYTES]; /* the objection in words */
    double seconds;
};

struct mutate_options {
    const char *root;
    const char *work;        /* a folder for what is built, kept between runs */
    const char *programs;    /* the folder that bed-mutant is in */
    const char *programs_32; /* the same for 32 bits; null: there is none */
    unsigned groups;         /* only the first groups of steps (step_rank); 0: all */
    const char *only_steps;  /* prefix of the part behind the slash; null: all */
    unsigned jobs;
};

/* Compiles the core with its mutants, and the tests with it, and sees that nobody objects to the
 * original. False, with a reason on stderr. Of
 * the mutants only those wanted (null: all) can be run. results: one for each mutant; the stillborn
 * are entered. */
bool mutate_prepare(const struct mutate_options *options, const struct mutants *mutants,
                    const bool *is_wanted, struct mutant_result *results);

/* Runs those chosen (by index). results begins with hints, lies in memory shared with children
 * (pool_share), and is told of as each is there. False: not all were run. */
bool mutate_run(const struct mutate_options *options, const struct mutants *mutants,
                const size_t *chosen, size_t chosen_count, struct mutant_result *results,
                void (*told)(void *context, size_t index), void *context);

#endif
