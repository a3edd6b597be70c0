/* SPDX-License-Identifier: MIT
 *
 * Counters that a fuzz program shows while it runs: a file that it maps, one for each process, and
 * that whoever supervises it maps too. A restarted process goes on counting in the same file.
 */
#ifndef HB_LIVE_STATS_H
#define HB_LIVE_STATS_H

#include "run.h"

#include <stdint.h>

#define HB_LIVE_STATS_MAGIC UINT64_C(0x3173746174736268) /* "hbstats1" */

struct hb_live_stats {
    uint64_t magic;
    uint64_t executions;   /* inputs run */
    uint64_t operations;   /* calls that reached the target, each one checked */
    uint64_t no_ops;       /* operations that had nothing to act on */
    uint64_t verdicts;     /* inputs that an oracle objected to */
    uint64_t edges;        /* that this process covered; 0 where the engine tells them itself */
    uint64_t lost;         /* inputs that an oracle objected to and that could not be saved */
    uint64_t inconclusive; /* inputs whose run ended early, the target having missed by its odds */
    uint64_t odds_checks;  /* wrong pointers whose refusal was a matter of odds */
    uint64_t odds_misses;  /* those that were not refused */
    /* Of the harness corrupt; see ../testbed/run.h. */
    uint64_t smashes;
    uint64_t smashed_calls;
    uint64_t detections;
    uint64_t misses[HB_MISS_COUNT];
    /* Of a target with a planted bug (sharpness/probe.h): how often its place was come to, and how
     * often that made a difference. */
    uint64_t reached;
    uint64_t infected;
};

/* Maps the file, made where it does not exist. Never null: where path is null or the file cannot be
 * mapped (with a reason on stderr) the counters are in memory that nobody else sees. */
struct hb_live_stats *hb_live_stats_open(const char *path);

#endif
