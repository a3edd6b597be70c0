/* SPDX-License-Identifier: MIT
 *
 * What the dashboard shows of a campaign (docs/continuous.md): its timeline, thinned out, and its
 * findings.
 */
#ifndef HISTORY_CAMPAIGN_H
#define HISTORY_CAMPAIGN_H

#include <cjson/cJSON.h>
#include <stdio.h>

/* Null where the folder has no timeline, or one without a line of a campaign: it has said so. Lines
 * that are damaged are told with their number, and passed over. */
cJSON *campaign_json(const char *folder, FILE *complaints);

#endif
