/* SPDX-License-Identifier: MIT
 *
 * Makes a finding as short and plain as can be while it stays the same finding.
 */
#ifndef HB_SHRINK_H
#define HB_SHRINK_H

#include "run.h"

/* The same oracle, objecting to the same call (malloc, free, ...) with the same statuses, for the
 * same reason. */
bool hb_is_same_finding(const struct hb_verdict *a, const struct hb_verdict *b);

struct hb_shrink_options {
    unsigned runs_max;    /* 0: 20,000 */
    unsigned seconds_max; /* 0: 20; the best found so far is kept */
    /* If not null: told now and then how it goes. */
    void (*progress)(void *context, size_t operation_count, unsigned run_count);
    void *progress_context;
    /* As in struct hb_run_options. */
    const struct hb_target *against;
    bool is_corrupting;
    uint64_t draw_seed;
    uint32_t without;
    bool is_foreign;
};

enum hb_shrink_outcome {
    HB_SHRINK_CLEAN,   /* the stream does not give the finding; *result tells what it gives */
    HB_SHRINK_FINDING, /* *shrunk is a stream with its header, to be freed; *result is its result */
    HB_SHRINK_NOT_RUN  /* no memory, no process, or no time: the reason is on stderr */
};

/* Runs the stream, in a child process and as replay does; if a finding comes of it, shrinks it.
 * wanted may be null: then it is the finding that the stream gives. */
enum hb_shrink_outcome hb_shrink(const struct hb_ops *ops, const struct hb_target *target,
                                 const struct hb_verdict *wanted,
                                 const struct hb_shrink_options *options, struct hb_bytes *shrunk,
                                 struct hb_run_result *result);

#endif
