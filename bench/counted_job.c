/* SPDX-License-Identifier: MIT
 *
 * callgrind around the probe; callgrind.c reads its sums.
 */
#include "counted_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Inside of which functions it counts. */
static const char *counted_functions(const struct bench_row *row)
{
    switch (row->workload.calls) {
    case BENCH_CALLS_MALLOC:
        return "bench_counted_malloc";
    case BENCH_CALLS_FREE:
        return "bench_counted_free";
    default:
        return "bench_counted_*";
    }
}

void counted_job_fill(struct job *job, const char *probe, const char *subject,
                      const struct bench_row *row)
{
    job_add(job, "valgrind");
    job_add(job, "--quiet");
    job_add(job, "--instr-atstart=no"); /* the probe starts it: setting up is faster without */
    job_add(job, "--tool=callgrind");
    job_add(job, "--log-file=%s.log", job->output);
    job_add(job, "--callgrind-out-file=%s.callgrind", job->output);
    job_add(job, "--toggle-collect=%s", counted_functions(row));
    job_add(job, "--combine-dumps=yes");
    job_add(job, "--compress-strings=no");
    job_add(job, "--compress-pos=no");
    job_add(job, "--dump-line=no");
    if (row->kind == BENCH_WORST) {
        job_add(job, "--dump-after=bench_counted_malloc");
        job_add(job, "--dump-after=bench_counted_free");
    }
    job_add(job, "%s", probe);
    job_add(job, "count");
    job_add(job, "%s", subject);
    job_add(job, "%s", row->name);
}

bool counted_job_read(const struct job *job, char **text, struct callgrind_counts *counts,
                      unsigned long long *call_count)
{
    char path[JOB_TEXT_MAX + 16];
    char log[JOB_TEXT_MAX + 16];

    (void)snprintf(path, sizeof path, "%s.callgrind", job->output);
    (void)snprintf(log, sizeof log, "%s.log", job->output);
    *text = job->has_failed ? NULL : text_read(path);
    char *calls = job->has_failed ? NULL : text_read(job->output);

    *call_count = calls != NULL ? strtoull(calls, NULL, 10) : 0;
    free(calls);
    (void)unlink(path);
    (void)unlink(log);
    (void)unlink(job->output);
    return *text != NULL && *call_count != 0 && callgrind_read(*text, counts);
}
