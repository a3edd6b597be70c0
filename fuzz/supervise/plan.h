/* SPDX-License-Identifier: MIT
 *
 * Which engine processes run, of which build, and when.
 */
#ifndef HB_PLAN_H
#define HB_PLAN_H

#include "options.h"

#include <stdbool.h>

enum build {
    BUILD_LIBFUZZER_SANITIZED,
    BUILD_LIBFUZZER_PLAIN,
    BUILD_LIBFUZZER_M32,
    BUILD_AFL,
    BUILD_AFL_SANITIZED,
    BUILD_AFL_CMPLOG, /* not run by itself: beside the others, to see what is compared */
    BUILD_COUNT
};

/* The name of the CMake preset. */
const char *build_preset(enum build build);
bool build_is_afl(enum build build);
bool build_is_sanitized(enum build build);
/* "libfuzzer" or "afl". */
const char *build_engine(enum build build);

/* Of each harness and job, and twice as many where the engines take turns. */
#define PLAN_TURNS_MAX (256u * HARNESS_COUNT)

/* One process: it runs from begin to end, in seconds since the start. */
struct turn {
    enum harness harness;
    enum build build;
    unsigned number;      /* of its harness and engine, from 1 */
    bool is_main;         /* of AFL++: looks into libFuzzer's corpus too */
    bool has_cmplog;      /* of AFL++: with the build that tells what is compared */
    const char *role;     /* in the place of the number in its name; null: none */
    const char *schedule; /* of AFL++, how it spreads its time; null: its own choice */
    double begin;
    double end;
};

struct plan {
    struct turn turns[PLAN_TURNS_MAX];
    unsigned turn_count;
    unsigned numbers[HARNESS_COUNT][2]; /* given out so far, for libFuzzer and AFL++ */
};

void plan_make(const struct options *options, struct plan *plan);

#endif
