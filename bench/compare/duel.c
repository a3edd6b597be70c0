/* SPDX-License-Identifier: MIT
 *
 * A round of a duel has four fresh processes, two of each version, all alive at once: base, head,
 * head, base (and the other way around in every other round). They are asked in that order for a
 * batch of calls of about two milliseconds, all for the same calls, then again, nine times. The
 * ratio of a pair of processes is the median over its batches; so whatever changes on the machine
 * from one hundredth of a second to the next is on both sides of it. A process has luck of its own
 * (the pages that it got, where its stack begins), so that it is pairs of processes that are
 * counted.
 *
 * The two processes of one version make a pair in the same way: what they differ by is noise.
 */
#include "duel.h"

#include "players.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PLAYER_COUNT      ((size_t)4)
#define BATCH_COUNT       ((size_t)9)
#define BATCH_NANOSECONDS 2e6
#define SLOW_NANOSECONDS  1e4 /* where one call takes more, three times as long */

struct round {
    struct player players[PLAYER_COUNT]; /* base, head, head, base */
    double times[PLAYER_COUNT][BATCH_COUNT];
};

static const bool is_head[PLAYER_COUNT] = {false, true, true, false};

static bool duel_complain(const struct duel *duel, const struct player *player, const char *path)
{
    (void)fprintf(stderr, "\ncompare: %s of %s: %s\n", duel->row->name, path, player->error);
    return false;
}

/* -- a round ---------------------------------------------------------------------------------- */

static bool round_start(struct round *round, const struct duel *duel, const char *program)
{
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        const char *path = is_head[i] ? duel->head : duel->base;

        if (!player_start(&round->players[i], program, path, duel->row->name,
                          is_head[i] ? duel->burden : 0)) {
            return duel_complain(duel, &round->players[i], path);
        }
    }
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        if (!player_wait(&round->players[i])) {
            return duel_complain(duel, &round->players[i], is_head[i] ? duel->head : duel->base);
        }
    }
    return true;
}

static bool round_ask(struct round *round, const struct duel *duel, size_t batch, bool head_first)
{
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        const size_t which = head_first ? i ^ 1 : i;

        if (!player_ask(&round->players[which], duel->calls, &round->times[which][batch])) {
            return duel_complain(duel, &round->players[which],
                                 is_head[which] ? duel->head : duel->base);
        }
    }
    return true;
}

static void round_end(struct round *round)
{
    for (size_t i = 0; i < PLAYER_COUNT; i++) {
        player_end(&round->players[i]);
    }
}

/* -- what a round says ------------------------------------------------------------------------ */

static double batches_ratio(const double *from, const double *to)
{
    double logs[BATCH_COUNT];

    for (size_t i = 0; i < BATCH_COUNT; i++) {
        logs[i] = log(to[i] / from[i]);
    }
    return statistics_median(logs, BATCH_COUNT);
}

static double batches_time(const double *times, size_t calls)
{
    double sorted[BATCH_COUNT];

    memcpy(sorted, times, sizeof sorted);
    return statistics_median(sorted, BATCH_COUNT) / (double)calls;
}

static void duel_add(struct duel *duel, const struct round *round)
{
    for (size_t pair = 0; pair < 2; pair++) {
        const size_t base = pair == 0 ? 0 : 3;
        const size_t head = pair == 0 ? 1 : 2;
        const size_t next = duel->pair_count++;

        duel->changes[next] = batches_ratio(round->times[base], round->times[head]);
        duel->noises[next] = pair == 0 ? batches_ratio(round->times[0], round->times[3])
                                       : batches_ratio(round->times[1], round->times[2]);
        duel->base_times[next] = batches_time(round->times[base], duel->calls);
        duel->head_times[next] = batches_time(round->times[head], duel->calls);
    }
}

static bool duel_round(struct duel *duel, const char *program)
{
    struct round round;
    const bool head_first = duel->pair_count / 2 % 2 == 1;

    memset(&round, 0, sizeof round);
    bool ok = round_start(&round, duel, program);

    for (size_t batch = 0; ok && batch < BATCH_COUNT; batch++) {
        ok = round_ask(&round, duel, batch, head_first);
    }
    round_end(&round);
    if (ok) {
        duel_add(duel, &round);
    }
    return ok;
}

/* -- all rounds ------------------------------------------------------------------------------- */

/* As many calls as take the time of a batch. A trace that ends is not played beyond its end:
 * setting its heap up takes longer than playing it. */
static bool duel_calibrate(struct duel *duel, const char *program)
{
    const struct bench_workload *workload = &duel->row->workload;
    const bool has_end = !bench_is_steady(workload) && workload->call_count != 0;
    const size_t most = has_end ? 4 * workload->call_count : (size_t)1 << 24;
    struct player player;
    double nanoseconds = 0;
    bool ok =
        player_start(&player, program, duel->base, duel->row->name, 0) && player_wait(&player);

    duel->calls = 1;
    while (ok && duel->calls < most) {
        ok = player_ask(&player, duel->calls, &nanoseconds);
        const bool is_slow = nanoseconds > SLOW_NANOSECONDS * (double)duel->calls;

        if (!ok || nanoseconds > (is_slow ? 3 : 1) * BATCH_NANOSECONDS / 2) {
            break;
        }
        duel->calls = 2 * duel->calls < most ? 2 * duel->calls : most;
    }
    player_end(&player);
    return ok || duel_complain(duel, &player, duel->base);
}

static void show_progress(const char *phase, size_t done_count, size_t count, time_t begin)
{
    const long long seconds = (long long)(time(NULL) - begin);

    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r\033[Kcompare: %s: %zu of %zu rounds, %lld s", phase, done_count,
                      count, seconds);
    } else if (done_count == count || done_count % (count / 4 + 1) == 0) {
        (void)fprintf(stderr, "compare: %s: %zu of %zu rounds, %lld s\n", phase, done_count, count,
                      seconds);
    }
    if (done_count == count && isatty(STDERR_FILENO)) {
        (void)fputc('\n', stderr);
    }
}

bool duels_play(struct duel *duels, size_t count, size_t pair_count, const char *player_program,
                const char *phase, const volatile sig_atomic_t *is_interrupted)
{
    const size_t round_count = pair_count / 2;
    const time_t begin = time(NULL);

    for (size_t i = 0; i < count; i++) {
        duels[i].pair_count = 0;
        if (!duel_calibrate(&duels[i], player_program)) {
            return false;
        }
    }
    for (size_t round = 0; round < round_count && !*is_interrupted; round++) {
        show_progress(phase, round, round_count, begin);
        for (size_t i = 0; i < count; i++) {
            if (!duel_round(&duels[i], player_program)) {
                return false;
            }
        }
    }
    show_progress(phase, round_count, round_count, begin);
    return true;
}

/* -- figures ---------------------------------------------------------------------------------- */

static double size_of(double number)
{
    return number < 0 ? -number : number;
}

struct figure duel_figure(const struct duel *duel, double level)
{
    double sorted[DUEL_PAIRS_MAX];
    struct figure figure = {0};

    memcpy(sorted, duel->changes, sizeof sorted);
    const struct interval change = statistics_bootstrap(sorted, duel->pair_count, level);
    const struct interval noise = statistics_bootstrap(duel->noises, duel->pair_count, level);
    const double low = size_of(expm1(noise.low));
    const double high = size_of(expm1(noise.high));

    figure.change = expm1(statistics_median(sorted, duel->pair_count));
    figure.interval = (struct interval){expm1(change.low), expm1(change.high)};
    figure.noise = low > high ? low : high;
    return figure;
}

static double median_of(const double *values, size_t count)
{
    double sorted[DUEL_PAIRS_MAX];

    memcpy(sorted, values, sizeof sorted);
    return statistics_median(sorted, count);
}

double duel_base_time(const struct duel *duel)
{
    return median_of(duel->base_times, duel->pair_count);
}

double duel_head_time(const struct duel *duel)
{
    return median_of(duel->head_times, duel->pair_count);
}
