/* SPDX-License-Identifier: MIT
 *
 * One process a job, each with every jobs-th stream; what they have come to lies in memory that all
 * share. A job that dies of its stream (a sanitizer's report) leaves the stream's number there.
 */
#include "campaign.h"

#include "clock.h"
#include "file.h"
#include "generate.h"

#include <inttypes.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Findings of one job, after which it has shown enough. */
#define FINDINGS_MAX 8u
/* Operations of a stream. A heap that was smashed soon has nothing left that works. */
#define OPS_LOCKSTEP   2048u
#define OPS_CORRUPTING 400u

struct job {
    pid_t process;
    uint64_t number; /* of the stream that is running */
    struct campaign_result result;
};

struct shared {
    atomic_bool is_over;
    struct job jobs[];
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

void campaign_add_counts(struct hb_run_counts *sum, const struct hb_run_counts *counts)
{
    sum->operations += counts->operations;
    sum->no_ops += counts->no_ops;
    sum->refused += counts->refused;
    sum->out_of_memory += counts->out_of_memory;
    sum->odds_checks += counts->odds_checks;
    sum->odds_misses += counts->odds_misses;
    sum->smashes += counts->smashes;
    sum->smashed_calls += counts->smashed_calls;
    sum->detections += counts->detections;
    for (size_t i = 0; i < HB_MISS_COUNT; i++) {
        sum->misses[i] += counts->misses[i];
    }
    sum->peak_work = sum->peak_work > counts->peak_work ? sum->peak_work : counts->peak_work;
}

static void add_result(struct campaign_result *sum, const struct campaign_result *result)
{
    campaign_add_counts(&sum->counts, &result->counts);
    sum->streams += result->streams;
    sum->inconclusive += result->inconclusive;
    sum->findings += result->findings;
}

static bool make_stream(const struct campaign *campaign, uint64_t number, struct hb_bytes *bytes)
{
    const enum hb_stream_kind kind = (enum hb_stream_kind)(number % HB_STREAM_KIND_COUNT);
    const unsigned smash_every = 4u << number / HB_STREAM_KIND_COUNT % 6;
    return hb_generate(number, kind, campaign->is_corrupting ? OPS_CORRUPTING : OPS_LOCKSTEP,
                       campaign->is_corrupting ? smash_every : 0, bytes);
}

static void keep_finding(const struct campaign *campaign, uint64_t number,
                         const struct hb_bytes *bytes, const struct hb_verdict *verdict)
{
    char path[4096];
    char error[256];
    (void)snprintf(path, sizeof path, "%s/%s-%" PRIx64 ".hbed", campaign->out,
                   campaign->target->name, number);
    const bool is_kept = hb_file_write(path, bytes->data, bytes->count, error, sizeof error);
    (void)fprintf(campaign->for_people, "FINDING %s\n", is_kept ? path : error);
    if (verdict != NULL) {
        char text[HB_OP_TEXT_BYTES];
        hb_op_print(&verdict->op, text);
        (void)fprintf(campaign->for_people,
                      "  oracle     %s\n  operation  %zu: %s\n  expected   %s\n  actual     %s\n",
                      hb_oracle_name(verdict->oracle), verdict->op_index, text, verdict->expected,
                      verdict->actual);
    } else {
        (void)fprintf(campaign->for_people, "  it took its process down\n");
    }
    (void)fprintf(campaign->for_people, "  next       bed shrink --target %s%s -o SHRUNK %s\n",
                  campaign->target_name, campaign->is_corrupting ? " --corrupt" : "", path);
    (void)fflush(campaign->for_people);
}

static bool play(const struct campaign *campaign, struct job *job)
{
    const struct hb_run_options options = {.catch_signals = true,
                                           .is_corrupting = campaign->is_corrupting};
    struct hb_bytes bytes;
    struct hb_run_result result;
    if (!make_stream(campaign, job->number, &bytes)) {
        return false;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    const bool has_run = hb_run(&ops, campaign->target, &options, &result);
    if (has_run && result.verdict.oracle != HB_ORACLE_NONE) {
        keep_finding(campaign, job->number, &bytes, &result.verdict);
        job->result.findings++;
    }
    free(bytes.data);
    campaign_add_counts(&job->result.counts, &result.counts);
    job->result.streams++;
    job->result.inconclusive += result.is_inconclusive;
    return has_run;
}

static _Noreturn void work(const struct campaign *campaign, struct shared *shared, unsigned number)
{
    struct job *job = &shared->jobs[number];
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    (void)signal(SIGINT, SIG_IGN); /* the parent's to tell */
    job->number = campaign->seed + number;
    while (!atomic_load(&shared->is_over) && job->result.findings < FINDINGS_MAX) {
        if (!play(campaign, job)) {
            _exit(2);
        }
        job->number += campaign->jobs;
    }
    _exit(0);
}

static bool start_jobs(const struct campaign *campaign, struct shared *shared)
{
    (void)fflush(NULL);
    for (unsigned i = 0; i < campaign->jobs; i++) {
        const pid_t process = fork();
        if (process == 0) {
            work(campaign, shared, i);
        }
        shared->jobs[i].process = process;
        if (process < 0) {
            perror("bed: fork");
            atomic_store(&shared->is_over, true);
            return false;
        }
    }
    return true;
}

static struct campaign_result sum_up(const struct campaign *campaign, const struct shared *shared)
{
    struct campaign_result sum = {0};
    for (unsigned i = 0; i < campaign->jobs; i++) {
        add_result(&sum, &shared->jobs[i].result);
    }
    return sum;
}

/* How many still run. One that died of its stream has found something. */
static unsigned look_after(const struct campaign *campaign, struct shared *shared, bool *has_failed)
{
    unsigned running = 0;
    for (unsigned i = 0; i < campaign->jobs; i++) {
        struct job *job = &shared->jobs[i];
        int status = 0;
        if (job->process <= 0) {
            continue;
        }
        if (waitpid(job->process, &status, WNOHANG) == 0) {
            running++;
            continue;
        }
        job->process = 0;
        if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == 2)) {
            *has_failed |= WEXITSTATUS(status) == 2;
            continue;
        }
        struct hb_bytes bytes;
        job->result.findings++;
        if (make_stream(campaign, job->number, &bytes)) {
            keep_finding(campaign, job->number, &bytes, NULL);
            free(bytes.data);
        }
    }
    return running;
}

static void show_progress(const struct campaign *campaign, const struct campaign_result *sum,
                          double seconds)
{
    const bool is_terminal = isatty(STDERR_FILENO) != 0;
    static double shown_at;
    if (seconds < shown_at) {
        shown_at = 0; /* the next campaign */
    }
    if (seconds - shown_at < (is_terminal ? 1 : 10)) {
        return;
    }
    shown_at = seconds;
    (void)fprintf(stderr,
                  "%sbed %s: %s: %.1f of %.1f million operations, %.2f million a second, "
                  "%" PRIu64 " inconclusive, %" PRIu64 " findings%s",
                  is_terminal ? "\r\033[K" : "", campaign->command, campaign->target->name,
                  (double)sum->counts.operations / 1e6, (double)campaign->operations / 1e6,
                  (double)sum->counts.operations / seconds / 1e6, sum->inconclusive, sum->findings,
                  is_terminal ? "" : "\n");
}

/* Until there is enough, or nobody works any more. */
static bool wait_for_jobs(const struct campaign *campaign, struct shared *shared, double begun_at)
{
    bool has_failed = false;
    const struct timespec tick = {.tv_nsec = 50000000};
    while (look_after(campaign, shared, &has_failed) > 0) {
        const struct campaign_result sum = sum_up(campaign, shared);
        if (sum.counts.operations >= campaign->operations || is_interrupted != 0) {
            atomic_store(&shared->is_over, true);
        }
        show_progress(campaign, &sum, seconds_now() - begun_at);
        (void)nanosleep(&tick, NULL);
    }
    (void)fputs(isatty(STDERR_FILENO) ? "\r\033[K" : "", stderr);
    return !has_failed;
}

bool campaign_run(const struct campaign *campaign, struct campaign_result *result)
{
    const size_t bytes = sizeof(struct shared) + campaign->jobs * sizeof(struct job);
    const double begun_at = seconds_now();
    struct shared *shared =
        mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("bed: mmap");
        return false;
    }
    const struct sigaction action = {.sa_handler = interrupt};
    (void)sigaction(SIGINT, &action, NULL);
    const bool has_started = start_jobs(campaign, shared);
    const bool has_run = wait_for_jobs(campaign, shared, begun_at) && has_started;
    *result = sum_up(campaign, shared);
    result->seconds = seconds_now() - begun_at;
    result->is_complete = result->counts.operations >= campaign->operations;
    (void)munmap(shared, bytes);
    return has_run;
}
