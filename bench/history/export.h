/* SPDX-License-Identifier: MIT
 *
 * A history in the formats that others read. docs/history.md names their documents.
 */
#ifndef HISTORY_EXPORT_H
#define HISTORY_EXPORT_H

#include "series.h"

/* The figures of one record. Google Benchmark: rows that are times, one entry a row and subject,
 * nothing computed from others. github-action-benchmark: entries for customSmallerIsBetter. Bencher
 * Metric Format: one benchmark a row and subject, with one measure. skipped: cells that the format
 * has no place for. The caller deletes what is returned. */
cJSON *export_google_benchmark(const struct history_record *record, size_t *skipped);
cJSON *export_github_action_benchmark(const struct history_record *record, size_t *skipped);
cJSON *export_bencher(const struct history_record *record, size_t *skipped);

/* Apache Otava: a folder (made where there is none) with a CSV file for each machine, row and set
 * of subjects that were measured at the same commits, and otava.yaml, which names them. */
bool export_otava(const struct history *history, const char *folder, char *error,
                  size_t error_bytes);

#endif
