/* SPDX-License-Identifier: MIT
 *
 * What is measured of one version: heapbed-compare-player SUBJECT ROW sets the row's heap up, says
 * "ready", and then, for each number of calls that it reads, plays the next calls and answers with
 * the nanoseconds of CPU time that they took. It ends with its input.
 *
 * Several players live at a time and are asked in turn, so that what changes on the machine within
 * a hundredth of a second changes for all of them. Players of one row play the same calls.
 */
#include "rows.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <time.h>

struct player {
    const struct bench_subject *subject;
    const struct bench_row *row;
    struct bench_heap heap;
    size_t left; /* calls until the heap has to be set up anew */
    uint32_t round;
};

static int complain(const char *what, const char *reason)
{
    (void)printf("%s: %s\n", what, reason);
    return 2;
}

static uint64_t cpu_nanoseconds(void)
{
    struct timespec now = {0};

    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static const char *player_prepare(struct player *player)
{
    const char *reason = NULL;

    if (!bench_prepare(&player->heap, player->subject, &player->row->workload, player->round++,
                       &reason)) {
        return reason;
    }
    player->left = bench_calls_left(&player->heap);
    return NULL;
}

/* The others have filled the caches with their own since this one was asked last: an eighth of the
 * calls, which are not timed, make them warm again. Where calls are not to be had for nothing,
 * there is none. */
static void player_warm(struct player *player, size_t count)
{
    if (bench_is_steady(&player->row->workload)) {
        (void)bench_play(&player->heap, count / 8 + 1);
    }
}

/* A trace that is at its end begins again, on a heap of its own, which is not timed. */
static const char *player_play(struct player *player, size_t count, uint64_t *nanoseconds)
{
    *nanoseconds = 0;
    player_warm(player, count);
    while (count != 0) {
        if (player->left == 0) {
            bench_dispose(&player->heap);
            const char *reason = player_prepare(player);

            if (reason != NULL) {
                return reason;
            }
        }
        const size_t part = count < player->left ? count : player->left;
        const uint64_t begin = cpu_nanoseconds();

        (void)bench_play(&player->heap, part);
        *nanoseconds += cpu_nanoseconds() - begin;
        player->left -= part;
        count -= part;
    }
    return player->heap.failed_count == 0 ? NULL : "a call failed";
}

static int player_answer(struct player *player)
{
    const char *reason = player_prepare(player);
    uint64_t nanoseconds = 0;
    size_t count = 0;

    if (reason == NULL) {
        (void)printf("ready\n");
    }
    while (reason == NULL && fflush(stdout) == 0 && scanf("%zu", &count) == 1) {
        reason = player_play(player, count, &nanoseconds);
        if (reason == NULL) {
            (void)printf("%" PRIu64 "\n", nanoseconds);
        }
    }
    return reason == NULL ? 0 : complain(player->row->name, reason);
}

int main(int argc, char **argv)
{
    struct player player = {0};
    char error[400] = "";

    if (argc != 3) {
        return complain("usage", "heapbed-compare-player SUBJECT ROW");
    }
    (void)signal(SIGINT, SIG_IGN); /* whoever asks decides what an interrupt ends */
    player.subject = bench_subject_find(argv[1], error, sizeof error);
    if (player.subject == NULL) {
        return complain(argv[1], error);
    }
    player.row = bench_row_find(argv[2]);
    if (player.row == NULL || player.row->kind != BENCH_TIMED ||
        bench_is_by_clock(&player.row->workload)) {
        return complain(argv[2], "no row whose calls can be timed together");
    }
    if (!bench_can_play(player.subject, &player.row->workload)) {
        return complain(argv[2], "not for this subject");
    }
    return player_answer(&player);
}
