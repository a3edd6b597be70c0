/* SPDX-License-Identifier: MIT
 *
 * Op streams from corpus/ as calls to be played: recorded programs as they are, and what the
 * complexity search found with every operand worked out (by a run in the bed).
 */
#ifndef BENCH_TRACE_H
#define BENCH_TRACE_H

#include "workload.h"

#include "ops.h"

/* Reads a stream, binary or text, compressed or not. name is relative to corpus/, or has a slash at
 * its front. On true the caller frees bytes->data. */
bool bench_input_read(const char *name, struct hb_bytes *bytes, char *error, size_t error_bytes);

/* A recorded program. */
struct bench_trace {
    struct bench_call *calls;
    size_t count;
    size_t slot_count;
    size_t arena_bytes; /* as recorded: the peak twice, and what the list index needs */
};

/* Calls that do nothing (a free of an empty slot) are left out. False, with a reason, where the
 * stream has what no recorded program has. The caller frees trace->calls. */
bool bench_trace_make(const struct hb_ops *ops, struct bench_trace *trace, const char **reason);

/* The same, from a file; read once, and kept for the next call with that name. */
const struct bench_trace *bench_trace_load(const char *name, const char **reason);

/* What a found stream does up to its most expensive call, and that call's size. */
struct bench_step {
    enum { BENCH_STEP_RANGE, BENCH_STEP_MALLOC, BENCH_STEP_FREE, BENCH_STEP_REALLOC } kind;
    uint32_t slot;
    uint64_t size;
    uint64_t old_size; /* of realloc, and free */
    uint64_t align;
    int64_t begin; /* of a range, in the arena */
    int64_t end;
};

struct bench_found {
    struct bench_step *steps;
    size_t count;
    size_t slot_count;
    size_t arena_bytes;
    size_t size; /* what the expensive call asks for */
};

/* As bench_trace_load. The file's name says on which target it was found. */
const struct bench_found *bench_found_load(const char *name, const char **reason);

#endif
