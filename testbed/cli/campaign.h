/* SPDX-License-Identifier: MIT
 *
 * Generated streams by the million, on one target, on all processors.
 */
#ifndef HB_CAMPAIGN_H
#define HB_CAMPAIGN_H

#include "run.h"

struct campaign {
    const char *command; /* "agree" */
    const struct hb_target *target;
    const char *target_name; /* as it was given */
    const char *out;         /* the folder that findings are written to */
    uint64_t operations;     /* to be done at least */
    uint64_t seed;           /* number of the first stream */
    unsigned jobs;
    bool is_corrupting;
    FILE *for_people;
};

struct campaign_result {
    struct hb_run_counts counts; /* sums, and of peaks the highest */
    uint64_t streams;
    uint64_t inconclusive;
    uint64_t findings;
    double seconds;
    bool is_complete; /* it came to its end */
};

/* Plays until that many operations reached the target. What an oracle objects to is written to
 * out/TARGET-NUMBER.hbed and told there; after some of that it ends early. False, with a reason
 * on stderr, where it cannot be run. */
bool campaign_run(const struct campaign *campaign, struct campaign_result *result);

void campaign_add_counts(struct hb_run_counts *sum, const struct hb_run_counts *counts);

#endif
