/* SPDX-License-Identifier: MIT
 *
 * A recorded program played for what it needs of memory, not of time: call by call, with the bytes
 * that it asked for counted.
 */
#ifndef BENCH_REPLAY_H
#define BENCH_REPLAY_H

#include "trace.h"

struct bench_replay {
    const struct bench_subject *subject;
    const struct bench_trace *trace;
    struct hb_host host;
    void *state;
    struct bench_slot *slots;
    unsigned char *arena;
    size_t room;       /* of the arena */
    bool is_written;   /* every payload is, as its program would */
    size_t live_bytes; /* as asked for */
    size_t peak_bytes;
};

/* Takes the memory for a replay from the system, not from malloc, and touches what is not the
 * arena: nothing here shows in the heap of the process. False: there is none. */
bool bench_replay_open(struct bench_replay *replay, const struct bench_subject *subject,
                       const struct bench_trace *trace, size_t room);
void bench_replay_close(struct bench_replay *replay);

/* An empty heap, with this much of the arena. */
bool bench_replay_begin(struct bench_replay *replay, size_t arena_bytes);

/* Call number index. False: it was not served. */
bool bench_replay_call(struct bench_replay *replay, size_t index);

#endif
