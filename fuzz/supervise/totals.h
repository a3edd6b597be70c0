/* SPDX-License-Identifier: MIT
 *
 * What the engines have come to, added up.
 */
#ifndef HB_TOTALS_H
#define HB_TOTALS_H

#include "engine.h"
#include "options.h"
#include "run.h"

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

/* Reads the engine and adds what it has done. The inputs that libFuzzer's processes share are not
 * counted: they are nobody's own. */
void totals_add_engine(struct totals *totals, struct engine *engine);

#endif
