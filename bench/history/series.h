/* SPDX-License-Identifier: MIT
 *
 * The figures of a history as series: one a machine, row, unit and subject, a point a commit. What
 * was measured with uncommitted changes belongs to no commit and is in none of them.
 */
#ifndef HISTORY_SERIES_H
#define HISTORY_SERIES_H

#include "history.h"

struct series_point {
    size_t record;   /* the first of the commit's, by which the commit is known */
    double *samples; /* of all records of the commit */
    size_t sample_count;
    double median;
    bool is_reset; /* an annotation says that nothing before is a baseline */
};

struct series {
    const char *fingerprint;
    char *row;
    char *subject;
    char *unit;
    bool is_higher_better;
    struct series_point *points; /* the oldest first */
    size_t count;
};

struct series_set {
    struct series *items;
    size_t count;
    size_t hint; /* where the next one is probably found: records name them in one order */
};

/* Of a history that is finished and outlives the set. */
void series_collect(struct series_set *set, const struct history *history);
void series_free(struct series_set *set);

/* The point at or before index from which on the series has had no reset. */
size_t series_segment_begin(const struct series *series, size_t index);

#endif
