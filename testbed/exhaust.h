/* SPDX-License-Identifier: MIT
 *
 * Every sequence of operations up to a depth, on tiny heaps, with every oracle at every step:
 * docs/exhaustive.md says what that covers, and why states may be merged.
 */
#ifndef HB_EXHAUST_H
#define HB_EXHAUST_H

#include "ops.h"
#include "run.h"

#define HB_EXHAUST_SIZES_MAX  8
#define HB_EXHAUST_ALIGNS_MAX 4
#define HB_EXHAUST_DEPTH_MAX  64
/* Of both ranges: so that there are slots for all the blocks that fit. */
#define HB_EXHAUST_BYTES_MAX ((size_t)1024)

/* What is covered. */
struct hb_exhaust_scope {
    const struct hb_target *target;
    size_t range_bytes[2]; /* the second begins where the first ends, rounded up to 16; 0: none */
    size_t sizes[HB_EXHAUST_SIZES_MAX];
    size_t size_count;
    size_t aligns[HB_EXHAUST_ALIGNS_MAX];
    size_t align_count;
    unsigned depth; /* operations from the empty heap */
    unsigned jobs;
    unsigned hang_seconds; /* a call that takes longer does not end; 0: ten */
    uint64_t states_max;   /* more are not kept: the search ends there, incomplete */
};

/* The states that are a number of operations away from the empty heap, and not fewer. */
struct hb_exhaust_level {
    uint64_t states;
    /* Operations played in each of them: right calls, and among these those that led to a state
     * that was known; and calls that must be refused and change nothing. */
    uint64_t transitions;
    uint64_t merged;
    uint64_t wrong_calls;
    uint64_t inconclusive;  /* wrong calls that were let through, as the stated odds allow */
    uint64_t forged;        /* headers whose refusal is a matter of odds alone */
    uint64_t forged_passed; /* and that were not refused: more than the odds allow is a finding */
};

struct hb_exhaust_result {
    struct hb_exhaust_level levels[HB_EXHAUST_DEPTH_MAX + 1];
    unsigned depth;  /* levels below it have been played whole */
    uint64_t states; /* sums */
    uint64_t transitions;
    uint64_t wrong_calls;
    uint64_t inconclusive;
    uint64_t forged;
    uint64_t forged_passed;
    bool has_blocks;  /* something was allocated at all */
    bool is_complete; /* to the depth that was asked for, or closed */
    bool is_closed;   /* no operation leads to a state that is not known: all depths are covered */
    bool has_finding;
    struct hb_verdict verdict;
    bool is_by_odds;         /* the verdict is on all forged headers; the stream has one of them */
    uint64_t draw_seed;      /* with which it fails */
    struct hb_bytes finding; /* the stream; the caller frees data */
};

/* Asked now and then; false ends the search. */
typedef bool (*hb_exhaust_go_on)(void *context, const struct hb_exhaust_result *so_far,
                                 uint64_t transitions);

/* The search. False, with a reason on stderr, where it cannot be made. */
bool hb_exhaust(const struct hb_exhaust_scope *scope, hb_exhaust_go_on go_on, void *context,
                struct hb_exhaust_result *result);

#endif
