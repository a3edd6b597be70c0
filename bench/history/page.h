/* SPDX-License-Identifier: MIT
 *
 * What the dashboard is given: all records, annotations, change points and verdicts as one JSON
 * object (docs/history.md).
 */
#ifndef HISTORY_PAGE_H
#define HISTORY_PAGE_H

#include "change_points.h"
#include "verdicts.h"

/* What there is to say of a history that is finished. */
struct findings {
    struct series_set series;
    struct change_points changes;
    struct verdicts verdicts;
};

void findings_make(struct findings *findings, const struct history *history, bool progress);
void findings_free(struct findings *findings);

cJSON *findings_changes_json(const struct findings *findings, const struct history *history);
cJSON *findings_verdicts_json(const struct findings *findings, const struct history *history);

/* Writes the page's JSON; campaigns is a list of what campaign_json has made. False: out could not
 * take it. */
bool page_write(const struct history *history, const struct findings *findings,
                const cJSON *campaigns, FILE *out);

#endif
