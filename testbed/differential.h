/* SPDX-License-Identifier: MIT
 *
 * One stream on two targets.
 */
#ifndef HB_DIFFERENTIAL_H
#define HB_DIFFERENTIAL_H

#include "run.h"

/* Runs the stream on target and on options->against, each as hb_run does it alone; a verdict on
 * either is the result. Else their answers must be the same, status and offset of every call, and
 * at the first that is not the oracle differ objects: expected is what target answered, actual what
 * the other did. Where either run is inconclusive nothing is compared. The counts are of both. */
bool hb_run_differential(const struct hb_ops *ops, const struct hb_target *target,
                         const struct hb_run_options *options, struct hb_run_result *result);

#endif
