/* SPDX-License-Identifier: MIT
 *
 * How far the run is, on stderr: a line that is rewritten on a terminal, now and then a line
 * anywhere else.
 */
#ifndef HB_PROGRESS_H
#define HB_PROGRESS_H

#include "options.h"
#include "run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* See ../live_stats.h. */
struct harness_totals {
    uint64_t executions;
    uint64_t operations;
    uint64_t no_ops;
    uint64_t verdicts;
    uint64_t lost;
    uint64_t inconclusive;
    uint64_t odds_checks;
    uint64_t odds_misses;
    uint64_t smashes;
    uint64_t smashed_calls;
    uint64_t detections;
    uint64_t misses[HB_MISS_COUNT];
};

/* All that the engines have come to. */
struct totals {
    struct harness_totals all;
    struct harness_totals of[HARNESS_COUNT];
    uint64_t
        edges[2]; /* libFuzzer's and AFL++'s count, the harness with the most; not comparable */
    size_t corpus[2];
};

struct progress {
    bool is_terminal;
    double shown_at;
    struct totals shown;
};

void progress_open(struct progress *progress, double now);

/* Is it time for a new line? */
bool progress_is_due(const struct progress *progress, double now);

void progress_show(struct progress *progress, const struct totals *totals, double now,
                   double seconds_left, size_t finding_count, size_t waiting_count);

/* Ends a line that could be rewritten. */
void progress_close(const struct progress *progress);

#endif
