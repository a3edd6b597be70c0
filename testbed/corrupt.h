/* SPDX-License-Identifier: MIT
 *
 * A run whose smashes are done (options->is_corrupting): what the files run*.c ask of corrupt.c.
 *
 * Until the first smash everything is exact lockstep. From there on the model is not asked any
 * more; the ledger knows who owns which bytes, and these are judged:
 *
 *   always: bytes outside every range are untouched (arbitrary-write), no block lies outside them
 *     (outside-chunk), alignment, no crash, panic or hang, no more work than corrupt_bound allows,
 *     a call that fails changes nothing.
 *   by the stated odds, a miss ends the run as inconclusive and is counted: no block overlaps a
 *     live one (overlapping-chunks), live bytes stay (restricted-write), a wrong call is refused.
 *
 * A call may be refused at any time. Once there was a damage the same holds, but that its misses
 * are no matter of odds: they end the run, and are not counted.
 */
#ifndef HB_CORRUPT_H
#define HB_CORRUPT_H

#include "run_state.h"

/* The operation smash: overwrites bytes in ranges, but no live payload and nothing of the heap's
 * struct. What is written is drawn from the stream's hash, or options->draw_seed. */
bool hb_smash(struct hb_run *run);

/* The operation damage: the target overwrites something of its own (target.h: damage). */
bool hb_damage(struct hb_run *run);

/* What a call may take, once smashed: every block of every range, a few times over. */
uint64_t hb_smashed_bound(const struct hb_run *run);

/* In the place of hb_check_status, once smashed. */
bool hb_smashed_status(struct hb_run *run);

/* Once smashed: what an objection comes to. Returns the oracle that speaks, or HB_ORACLE_NONE where
 * it was a matter of odds: then the miss has been counted, and the run is over. */
enum hb_oracle hb_smashed_oracle(struct hb_run *run, enum hb_oracle oracle);

/* The target's validator, counters and walk are called, and have to come back. */
void hb_smashed_questions(struct hb_run *run);

#endif
