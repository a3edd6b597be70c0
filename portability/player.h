/* SPDX-License-Identifier: MIT
 *
 * What a machine offers the player: bytes in, bytes out, and memory for the arena.
 */
#ifndef PLAYER_H
#define PLAYER_H

#include <stddef.h>
#include <stdint.h>

/* Reads up to byte_count bytes; 0 at the end of the input. */
size_t machine_read(void *bytes, size_t byte_count);
void machine_write(const void *bytes, size_t byte_count);
/* Ends the program; the board has it, whose program does not return from anywhere. */
_Noreturn void machine_end(int status);

/* Plays all of the input. 0: to its end; 1: a line was not understood, or a block's bytes changed.
 */
int player_run(void);

#endif
