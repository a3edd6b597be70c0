/* SPDX-License-Identifier: MIT
 *
 * Looks at /proc/self/smaps_rollup while a trace is played, at every point of the series and
 * wherever more is live than at the last look.
 */
#include "footprint.h"

#include "replay.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define CALLS_MAX ((size_t)1 << 22)
/* A peak that is higher by less than this share is not looked at. */
#define PEAK_SHARE 64

/* -- the trace -------------------------------------------------------------------------------- */

/* What the child leaves behind. */
struct shared {
    struct bench_trace trace; /* its calls are those below */
    bool is_whole;
    char reason[400];
    struct bench_call calls[];
};

static void read_trace(const char *name, struct shared *shared)
{
    const char *reason = NULL;
    const struct bench_trace *trace = bench_trace_load(name, &reason);

    if (trace == NULL || trace->count > CALLS_MAX) {
        (void)strncpy(shared->reason, trace == NULL ? reason : "it is too long",
                      sizeof shared->reason - 1);
        return;
    }
    shared->trace = *trace;
    memcpy(shared->calls, trace->calls, trace->count * sizeof *trace->calls);
    shared->is_whole = true;
}

static const struct bench_trace *read_trace_apart(const char *name, const char **reason)
{
    struct shared *shared =
        mmap(NULL, sizeof *shared + CALLS_MAX * sizeof shared->calls[0], PROT_READ | PROT_WRITE,
             MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    *reason = "no memory, or no process";
    if (shared == MAP_FAILED) {
        return NULL;
    }
    const pid_t child = fork();

    if (child == 0) {
        read_trace(name, shared);
        _exit(0);
    }
    if (child < 0 || waitpid(child, NULL, 0) != child) {
        return NULL;
    }
    *reason = shared->reason;
    shared->trace.calls = shared->calls;
    return shared->is_whole ? &shared->trace : NULL;
}

/* -- looking ---------------------------------------------------------------------------------- */

/* Anonymous memory of this process, in bytes: exact, page by page. 0: the kernel does not tell. No
 * stdio, for that would call malloc. */
static size_t anonymous_bytes(void)
{
    static char text[4096];
    const int file = open("/proc/self/smaps_rollup", O_RDONLY | O_CLOEXEC);
    const ssize_t count = file >= 0 ? read(file, text, sizeof text - 1) : -1;

    if (file >= 0) {
        (void)close(file);
    }
    text[count > 0 ? count : 0] = '\0';
    const char *line = strstr(text, "\nAnonymous:");

    return line != NULL ? (size_t)strtoul(line + strlen("\nAnonymous:"), NULL, 10) * 1024 : 0;
}

static size_t anonymous_now(size_t before)
{
    const size_t bytes = anonymous_bytes();

    return bytes > before ? bytes - before : 0;
}

static double used_bytes(const struct bench_replay *replay, size_t resident)
{
    const struct hb_target *target = replay->subject->target;
    struct hb_target_stats stats = {0};

    if ((target->contract & HB_TAKES_RANGES) == 0 || target->stats == NULL) {
        return (double)resident;
    }
    target->stats(replay->state, &stats);
    return (double)(replay->room - stats.largest_free_bytes);
}

static void add_point(struct bench_footprint *footprint, const struct bench_replay *replay,
                      size_t call, size_t resident)
{
    if (replay->live_bytes == 0 || footprint->point_count == BENCH_SERIES_POINTS) {
        return;
    }
    footprint->points[footprint->point_count++] =
        (struct bench_point){call, used_bytes(replay, resident) / (double)replay->live_bytes};
}

static const char *play(struct bench_replay *replay, struct bench_footprint *footprint)
{
    const size_t count = replay->trace->count;
    const size_t stride = (count + BENCH_SERIES_POINTS - 1) / BENCH_SERIES_POINTS;
    size_t looked_at = 0; /* the most that was live at a look */
    size_t before = 0;

    (void)anonymous_bytes();
    before = anonymous_bytes();
    if (before == 0) {
        return "the kernel does not tell what is in memory";
    }
    if (!bench_replay_begin(replay, replay->room)) {
        return "the target declined the arena";
    }
    for (size_t i = 0; i < count; i++) {
        if (!bench_replay_call(replay, i)) {
            return "a call failed";
        }
        const bool is_point = (i + 1) % stride == 0 || i + 1 == count;
        const bool is_peak = replay->live_bytes > looked_at + looked_at / PEAK_SHARE;

        if (!is_point && !is_peak) {
            continue;
        }
        const size_t resident = anonymous_now(before);

        looked_at = replay->live_bytes > looked_at ? replay->live_bytes : looked_at;
        if (resident > footprint->resident_bytes) {
            footprint->resident_bytes = resident;
        }
        if (is_point) {
            add_point(footprint, replay, i + 1, resident);
        }
    }
    footprint->peak_bytes = replay->peak_bytes;
    return NULL;
}

bool bench_footprint_measure(const struct bench_subject *subject, const char *trace_name,
                             struct bench_footprint *footprint, const char **reason)
{
    const struct bench_trace *trace = read_trace_apart(trace_name, reason);
    struct bench_replay replay;

    memset(footprint, 0, sizeof *footprint);
    if (trace == NULL) {
        return false;
    }
    /* A page here is one of 4 KiB, for all of them. */
    (void)prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
    if (!bench_replay_open(&replay, subject, trace, 4 * trace->arena_bytes)) {
        *reason = "no memory for a replay";
        return false;
    }
    replay.is_written = true;
    *reason = play(&replay, footprint);
    bench_replay_close(&replay);
    return *reason == NULL;
}
