/* SPDX-License-Identifier: MIT
 *
 * The logs of a campaign's runs, OUT/runs/TIME: a campaign that is begun again every hour for a
 * year has thousands. Those of the last ones stay, and longer those in which something was found.
 */
#ifndef HB_RUNS_H
#define HB_RUNS_H

#include "layout.h"

/* Something was found in this run. */
void runs_mark(const struct layout *layout);

/* Removes the oldest ones. Those of bed fuzz in the same folder are left alone. */
void runs_prune(const struct layout *layout);

#endif
