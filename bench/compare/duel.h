/* SPDX-License-Identifier: MIT
 *
 * Two versions measured against each other, and each against itself, on rows that take time.
 */
#ifndef BENCH_DUEL_H
#define BENCH_DUEL_H

#include "judge.h"
#include "rows.h"

#include <signal.h>

#define DUEL_PAIRS_MAX ((size_t)200)
#define DUEL_PATH_MAX  ((size_t)1200)

/* One row of one subject. */
struct duel {
    const struct bench_row *row;
    char subject[64];
    char base[DUEL_PATH_MAX]; /* the modules: cores/NAME.so */
    char head[DUEL_PATH_MAX];
    unsigned burden;                   /* of the head, for the self-test */
    size_t calls;                      /* in a batch */
    double changes[DUEL_PAIRS_MAX];    /* log(head / base), one a pair of processes */
    double noises[DUEL_PAIRS_MAX];     /* the same between two processes of one version */
    double base_times[DUEL_PAIRS_MAX]; /* nanoseconds a call */
    double head_times[DUEL_PAIRS_MAX];
    size_t pair_count;
};

/* Plays pair_count pairs (an even number) of each duel, round after round over all of them. False:
 * something could not be measured, and it has said why. Where *is_interrupted becomes true, it ends
 * after the round at hand. */
bool duels_play(struct duel *duels, size_t count, size_t pair_count, const char *player_program,
                const char *phase, const volatile sig_atomic_t *is_interrupted);

/* What the pairs of a duel say, at a level of confidence. */
struct figure duel_figure(const struct duel *duel, double level);

/* Medians, in nanoseconds a call. */
double duel_base_time(const struct duel *duel);
double duel_head_time(const struct duel *duel);

#endif
