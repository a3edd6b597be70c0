/* SPDX-License-Identifier: MIT
 *
 * How small an arena can be for a recorded program to get everything it asks for, in order.
 */
#ifndef BENCH_ARENA_SEARCH_H
#define BENCH_ARENA_SEARCH_H

#include "trace.h"

#define BENCH_ARENA_STEP ((size_t)256)

struct bench_arena {
    size_t arena_bytes; /* the smallest that was found to be enough, a multiple of the step */
    size_t peak_bytes;  /* what the program had asked for at once, at most */
};

/* By bisection, to BENCH_ARENA_STEP: best fit has anomalies (a smaller arena may do where a larger
 * one failed), so that the smallest of all is not certain to be found. The subject takes ranges.
 * False, with a reason, where the trace cannot be played. */
bool bench_arena_search(const struct bench_subject *subject, const struct bench_trace *trace,
                        struct bench_arena *arena, const char **reason);

#endif
