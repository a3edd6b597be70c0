/* SPDX-License-Identifier: MIT
 *
 * A job in which callgrind counts the calls of one row of one subject.
 */
#ifndef BENCH_COUNTED_JOB_H
#define BENCH_COUNTED_JOB_H

#include "callgrind.h"
#include "jobs.h"
#include "rows.h"

/* Adds the arguments to a job whose output is named already. subject: as the probe is given it. */
void counted_job_fill(struct job *job, const char *probe, const char *subject,
                      const struct bench_row *row);

/* What such a job has left behind, which is removed: callgrind's text (for the caller to free; null
 * where there is none) and how many calls were played. False: it cannot be read. */
bool counted_job_read(const struct job *job, char **text, struct callgrind_counts *counts,
                      unsigned long long *call_count);

#endif
