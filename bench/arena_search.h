/* SPDX-License-Identifier: MIT
 *
 * How small an arena can be for a recorded program.
 */
#ifndef BENCH_ARENA_SEARCH_H
#define BENCH_ARENA_SEARCH_H

#include "ops.h"
#include "subject.h"

#define BENCH_ARENA_STEP ((size_t)256)

struct bench_arena {
    size_t peak_bytes;  /* the most that the program had asked for at once */
    size_t arena_bytes; /* the smallest arena found: BENCH_ARENA_STEP less was not enough */
};

/* Plays a trace of malloc, calloc, realloc and free in arenas of different sizes. False, with a
 * reason, where the trace holds something else, or no arena of up to 64 times the peak is enough.
 *
 * By bisection: where an allocator that fails in one arena succeeded in a smaller one (best fit has
 * such anomalies, of a few blocks), the smallest is not certain to be found. */
bool bench_arena_search(const struct bench_subject *subject, const struct hb_ops *ops,
                        struct bench_arena *arena, const char **reason);

#endif
