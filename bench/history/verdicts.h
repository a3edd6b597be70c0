/* SPDX-License-Identifier: MIT
 *
 * What the last commit has changed: against the commit before it that was measured on the same
 * machine, unless an annotation has reset the baseline.
 */
#ifndef HISTORY_VERDICTS_H
#define HISTORY_VERDICTS_H

#include "samples.h"
#include "series.h"

enum verdict_kind { VERDICT_SAME, VERDICT_WORSE, VERDICT_BETTER };

struct verdict {
    size_t series;
    size_t from; /* points of the series */
    size_t to;
    struct samples_change change;
    double noise; /* a change as great as this one is not seen */
    enum verdict_kind kind;
};

struct verdicts {
    struct verdict *items;
    size_t count;
};

/* One for each series that ends in the last commit of its machine and has a baseline there. */
void verdicts_find(struct verdicts *found, const struct series_set *set);
void verdicts_free(struct verdicts *found);

/* "slower", "faster" (also where the unit is not one of time) or "no difference seen". */
const char *verdict_name(enum verdict_kind kind);

/* The noise floor of the step from point - 1 to point, as docs/history.md has it. */
double verdict_noise(const struct series *series, size_t point);

#endif
