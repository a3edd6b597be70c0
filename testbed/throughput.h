/* SPDX-License-Identifier: MIT
 *
 * How many operations a second reach a target with the oracles on: one input, run again and again
 * in this process, as an engine would. CPU time counts, so that a busy machine does not.
 */
#ifndef HB_THROUGHPUT_H
#define HB_THROUGHPUT_H

#include "run.h"

struct hb_throughput {
    uint64_t operations;
    uint64_t runs;
    double seconds;
};

/* Runs for about so many seconds, with events counted where events is not null. False: an oracle
 * objected (*verdict says which), or there is no memory (its oracle is HB_ORACLE_NONE). */
bool hb_throughput_measure(const struct hb_bytes *bytes, const struct hb_target *target,
                           double seconds, struct hb_events *events,
                           struct hb_throughput *throughput, struct hb_verdict *verdict);

/* Operations a second. */
double hb_throughput_rate(const struct hb_throughput *throughput);

#endif
