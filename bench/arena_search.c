/* SPDX-License-Identifier: MIT
 *
 * Bisection over the size of the arena, with a whole replay for each.
 */
#include "arena_search.h"

#include "replay.h"

#define PEAKS_MAX ((size_t)64)

/* Whether the whole trace is served in an arena of this size. */
static bool replay_in(struct bench_replay *replay, size_t arena_bytes)
{
    if (!bench_replay_begin(replay, arena_bytes)) {
        return false;
    }
    for (size_t i = 0; i < replay->trace->count; i++) {
        if (!bench_replay_call(replay, i)) {
            return false;
        }
    }
    return true;
}

static size_t to_steps(size_t byte_count)
{
    return (byte_count + BENCH_ARENA_STEP - 1) / BENCH_ARENA_STEP;
}

/* A first replay with all the room there is finds the peak. */
static const char *search(struct bench_replay *replay, struct bench_arena *arena)
{
    if (!replay_in(replay, replay->room)) {
        return "the trace is not served in any arena";
    }
    arena->peak_bytes = replay->peak_bytes;
    size_t too_small = to_steps(arena->peak_bytes) - 1; /* less than what is asked for */
    size_t enough = 2 * too_small;

    while (!replay_in(replay, enough * BENCH_ARENA_STEP)) {
        too_small = enough;
        enough *= 2;
        if (enough > PEAKS_MAX * to_steps(arena->peak_bytes)) {
            return "no arena of up to 64 times the peak is enough";
        }
    }
    while (enough - too_small > 1) {
        const size_t middle = too_small + (enough - too_small) / 2;

        if (replay_in(replay, middle * BENCH_ARENA_STEP)) {
            enough = middle;
        } else {
            too_small = middle;
        }
    }
    arena->arena_bytes = enough * BENCH_ARENA_STEP;
    return NULL;
}

bool bench_arena_search(const struct bench_subject *subject, const struct bench_trace *trace,
                        struct bench_arena *arena, const char **reason)
{
    struct bench_replay replay;

    if (!bench_replay_open(&replay, subject, trace, (size_t)1 << 30)) {
        *reason = "no memory for a replay";
        return false;
    }
    *reason = search(&replay, arena);
    bench_replay_close(&replay);
    return *reason == NULL;
}
