/* SPDX-License-Identifier: MIT
 *
 * Which engine processes run, of which build, and when.
 */
#ifndef HB_PLAN_H
#define HB_PLAN_H

#include "options.h"

enum build { BUILD_LIBFUZZER_SANITIZED, BUILD_LIBFUZZER_PLAIN, BUILD_AFL, BUILD_COUNT };

/* The name of the CMake preset. */
const char *build_preset(enum build build);
/* "libfuzzer" or "afl". */
const char *build_engine(enum build build);

#define PLAN_TURNS_MAX 256u

/* One process: it runs from begin to end, in seconds since the start. */
struct turn {
    enum build build;
    unsigned number; /* of its engine, from 1 */
    double begin;
    double end;
};

struct plan {
    struct turn turns[PLAN_TURNS_MAX];
    unsigned turn_count;
};

void plan_make(const struct options *options, struct plan *plan);

#endif
