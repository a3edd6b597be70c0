/* SPDX-License-Identifier: MIT
 *
 * The processes that are measured, as seen by whoever asks them (player.c is what they run).
 */
#ifndef BENCH_PLAYERS_H
#define BENCH_PLAYERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct player {
    pid_t process; /* 0: none */
    int questions;
    int answers;
    char error[400]; /* why it broke off */
};

/* Starts one: a program, what of, and which row; burden as in seam.c, 0: none. False, with the
 * reason in player->error, where that is not possible. It gets ready while others start. */
bool player_start(struct player *player, const char *program, const char *module, const char *row,
                  unsigned burden);

/* Waits until its heap is set up. */
bool player_wait(struct player *player);

/* Lets it play the next calls; nanoseconds of CPU time for all of them. */
bool player_ask(struct player *player, size_t calls, double *nanoseconds);

void player_end(struct player *player);

#endif
