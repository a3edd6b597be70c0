/* SPDX-License-Identifier: MIT
 *
 * callgrind, run as jobs. callgrind.c reads the sums; here they are held against what was counted
 * in the module itself ("ob=FILE", then for each function its own costs).
 */
#include "counts.h"

#include "counted_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct counting {
    struct count *counts;
    struct job *jobs;
};

static bool begins_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What the functions of one object took themselves. */
static unsigned long long object_instructions(const char *text, const char *object)
{
    const size_t length = strlen(object);
    unsigned long long sum = 0;
    bool is_inside = false;
    bool is_callee = false; /* the next cost is that of a called function */

    for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (begins_with(line, "ob=")) {
            is_inside = begins_with(line + 3, object) && line[3 + length] == '\n';
        } else if (begins_with(line, "calls=")) {
            is_callee = true;
        } else if (*line >= '0' && *line <= '9') {
            const char *cost = strchr(line, ' ');

            sum += is_inside && !is_callee && cost != NULL ? strtoull(cost, NULL, 10) : 0;
            is_callee = false;
        }
    }
    return sum;
}

static bool count_complain(const struct count *count, const char *reason)
{
    (void)fprintf(stderr, "\ncompare: %s of %s: %s\n", count->row->name, count->module, reason);
    return false;
}

static bool count_check(const struct count *count, const char *text)
{
    if (count->instructions == 0) {
        return count_complain(count, "nothing was counted");
    }
    if (object_instructions(text, count->module) != count->instructions) {
        return count_complain(count, "instructions were counted outside of the core, so that the "
                                     "figure would not be the same on another machine");
    }
    return true;
}

static bool counted_done(void *context, const struct job *job)
{
    const struct counting *counting = context;
    struct count *count = &counting->counts[job->row];
    struct callgrind_counts read = {0};
    char *text = NULL;
    const bool is_read = counted_job_read(job, &text, &read, &count->calls);

    count->instructions = read.instructions;
    const bool ok =
        is_read ? count_check(count, text)
                : count_complain(count, job->has_failed ? "the probe broke off"
                                                        : "callgrind's output cannot be read");

    free(text);
    return ok;
}

static void job_prepare(struct job *job, size_t index, const struct count *count, const char *probe,
                        const char *scratch)
{
    job->row = index;
    job->what = count->subject;
    (void)snprintf(job->output, sizeof job->output, "%s/count-%zu", scratch, index);
    counted_job_fill(job, probe, count->module, count->row);
}

bool counts_measure(struct count *counts, size_t count, const char *probe, const char *scratch)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct counting counting = {counts, calloc(count + 1, sizeof *counting.jobs)};

    if (counting.jobs == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        job_prepare(&counting.jobs[i], i, &counts[i], probe, scratch);
    }
    const bool ok = jobs_run(counting.jobs, count, cores > 0 ? (size_t)cores : 1, "instructions",
                             counted_done, &counting);

    for (size_t i = 0; i < count; i++) {
        job_clear(&counting.jobs[i]);
    }
    free(counting.jobs);
    return ok;
}
