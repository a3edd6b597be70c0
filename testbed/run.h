/* SPDX-License-Identifier: MIT
 *
 * Runs an op stream on a target and the model in lockstep, and says what came of it.
 */
#ifndef HB_RUN_H
#define HB_RUN_H

#include "events.h"
#include "heapbed/target.h"
#include "ops.h"

/* Who spoke. Described in docs/oracles.md. */
enum hb_oracle {
    HB_ORACLE_NONE, /* the run is clean */
    HB_ORACLE_STATUS,
    HB_ORACLE_PLACE,
    HB_ORACLE_ALIGN,
    HB_ORACLE_INSIDE,
    HB_ORACLE_OVERLAP,
    HB_ORACLE_CONTENT,
    HB_ORACLE_GUARD,
    HB_ORACLE_UNCHANGED,
    HB_ORACLE_CHECK,
    HB_ORACLE_STATS,
    HB_ORACLE_DRAIN,
    HB_ORACLE_REPLAY,
    HB_ORACLE_BOUND,
    HB_ORACLE_PANIC,
    HB_ORACLE_CRASH,
    HB_ORACLE_SANITIZER,
    HB_ORACLE_HANG,
    HB_ORACLE_SHADOW,
    HB_ORACLE_DIFFER,
    HB_ORACLE_OUTSIDE_CHUNK,
    HB_ORACLE_ARBITRARY_WRITE,
    HB_ORACLE_COUNT
};

const char *hb_oracle_name(enum hb_oracle oracle);
/* "none" and unknown names give HB_ORACLE_NONE. */
enum hb_oracle hb_oracle_from_name(const char *name);
/* "place,status" as HB_ORACLE_BITs; null and "" are none. False: one of the names is unknown. */
bool hb_oracles_from_names(const char *names, uint32_t *bits);
/* "add_range" */
const char *hb_call_kind_name(unsigned kind);
/* "out_of_memory"; HB_STATUS_COUNT is "no answer". */
const char *hb_status_name(unsigned status);

#define HB_VALUE_TEXT_BYTES 120

/* An address as it can be told on any machine. */
struct hb_address {
    enum { HB_IN_ARENA, HB_FROM_TOP, HB_FROM_ZERO } base;
    int64_t offset; /* from the arena's base; or below UINTPTR_MAX; or above 0 */
};

enum hb_call_kind {
    HB_CALL_INIT,         /* size: the key that the target was given */
    HB_CALL_ADD_RANGE,    /* pointer, end */
    HB_CALL_MALLOC,       /* size, align; result where it succeeded */
    HB_CALL_FREE,         /* pointer, size */
    HB_CALL_REALLOC,      /* pointer, old_size, size, align; result where it succeeded */
    HB_CALL_CALLOC,       /* count, size (of one), align; result where it succeeded */
    HB_CALL_REMOVE_RANGE, /* pointer */
    HB_CALL_USABLE,       /* pointer; count: what the model expects; size: the answer */
    HB_CALL_COPY,         /* not a call: the user copies size bytes from pointer to end */
    HB_CALL_FILL /* not a call: the user fills the slot's block, size bytes at pointer, anew */
};

/* Whether it is a call of the target, and whether one that answers with a block. */
static inline bool hb_call_is_made(enum hb_call_kind kind)
{
    return kind < HB_CALL_COPY;
}

static inline bool hb_call_allocates(enum hb_call_kind kind)
{
    return kind == HB_CALL_MALLOC || kind == HB_CALL_CALLOC || kind == HB_CALL_REALLOC;
}

/* Blocks that the oracle drain asks for at most, where free blocks are not known. */
#define HB_REGAINED_MAX 4

/* The first thing that an oracle objected to. */
struct hb_verdict {
    enum hb_oracle oracle;
    size_t op_index;         /* counted from 0; the stream's count for what shows at its end */
    struct hb_op op;         /* that operation; kind HB_OP_CHECK at the end of the stream */
    uint8_t call_kind;       /* enum hb_call_kind, of the last call */
    uint8_t expected_status; /* enum hb_status, as the model predicted for that operation */
    uint8_t actual_status;   /* HB_STATUS_COUNT where the call did not return */
    char expected[HB_VALUE_TEXT_BYTES];
    char actual[HB_VALUE_TEXT_BYTES];
    uint32_t reason_digest; /* of the two texts without their numbers and places */
};

/* One call on the target, with every operand worked out: what a realloc or a "hole" came to. */
struct hb_call {
    size_t op_index;
    struct hb_op op;
    enum hb_call_kind kind;
    uint32_t slot; /* that the result goes to, or that the pointer came from */
    struct hb_address pointer;
    struct hb_address end;
    uint64_t size;
    uint64_t old_size;
    uint64_t count;
    uint64_t align;
    /* The model predicts status and address; else only what must hold, as for a wrong pointer whose
     * refusal is a matter of odds. */
    bool is_exact;
    uint8_t expected_status;    /* enum hb_status, where is_exact */
    uint8_t actual_status;      /* HB_STATUS_COUNT where the call did not return */
    struct hb_address expected; /* of what allocates, where is_exact and expected to succeed */
    struct hb_address actual;   /* of what allocates, where it succeeded */
    uint64_t work;
    uint64_t begun_ns; /* CLOCK_MONOTONIC, where options->last_call asks for it */
};

struct hb_run;
typedef void (*hb_observe_heap)(void *context, const struct hb_run *run);

/* When a heap is looked at: between two operations (before the one that op_index names), with a
 * call about to be made (what the model predicts has been played), or where the run has ended with
 * a verdict. */
enum hb_moment { HB_BEFORE_OPERATION, HB_BEFORE_CALL, HB_AT_VERDICT };
typedef void (*hb_watch_heap)(void *context, struct hb_run *run, enum hb_moment moment);

/* Told of each call after it returned, and of the one that did not. */
typedef void (*hb_observe_call)(void *context, const struct hb_call *call);

struct hb_run_options {
    /* Every oracle looks at the whole heap after every operation. Otherwise the full-heap ones are
     * amortised: see docs/oracles.md. */
    bool thorough;
    /* A signal in the target (a wild access, an abort, the watchdog's alarm) ends the run with the
     * verdict crash or hang instead of the process. */
    bool catch_signals;
    /* Everything is run a second time, and must come out the same: oracle replay. */
    bool run_twice;
    /* What a target in a child process prints goes nowhere. */
    bool is_quiet;
    /* If not null: holds the call that is running. */
    struct hb_call *last_call;
    /* If not null: told of every call. */
    hb_observe_call observe;
    void *observe_context;
    /* If not null: at a verdict, a picture of the heap as the model has it. */
    FILE *picture;
    /* If not null: the same is played on this target too, and both must answer the same: oracle
     * differ. See differential.h. */
    const struct hb_target *against;
    /* The smashes of the stream are done: see corrupt.h. */
    bool is_corrupting;
    /* If not null: events of heap shape are counted there (see events.h); added to what it has. */
    struct hb_events *events;
    /* If not 0: in the place of the stream's hash, which keys and smashes are drawn from. So a
     * finding that depends on what was drawn can be shrunk. */
    uint64_t draw_seed;
    /* For exhaust.h. Operations below it are played without a look at the whole heap: it was taken
     * when the same prefix was played before. */
    size_t thorough_from;
    /* The user leaves nothing behind: a range is zeros when it is given, a block when it is freed,
     * and what a block is filled with depends on its place alone. */
    bool is_tidy;
    /* If not null: told of the heap behind the last operation, before all is freed. */
    hb_observe_heap reached;
    void *reached_context;
    /* If not null: shown the heap at each of these moments. See film.h. */
    hb_watch_heap watch;
    void *watch_context;
    /* Oracles that do not speak, a bit each (HB_ORACLE_BIT). Where status or place would have
     * spoken of an exact target, the run goes on by the ledger alone up to the next init, as for a
     * target without exact placement, and what the target answered is believed. Where a call does
     * not come back (panic, crash, hang) the run is inconclusive. */
    uint32_t without;
    /* A realloc of a pointer that odds may let through is passed over: what it would copy then is
     * no block, and AddressSanitizer knows. Of a target with the oracle shadow it always is. */
    bool without_odd_reallocs;
    /* The target's placement flags are ignored: as another's allocator that promises all the rest.
     */
    bool is_foreign;
};

#define HB_ORACLE_BIT(oracle) (UINT32_C(1) << (oracle))

/* What a smashed heap may come to at the stated odds: see corrupt.h. */
enum hb_miss {
    HB_MISS_OVERLAPPING_CHUNKS, /* a block was handed out that shares a byte with a live one */
    HB_MISS_RESTRICTED_WRITE,   /* a byte that a user wrote has changed */
    HB_MISS_WRONG_CALL,         /* a wrong call was not refused */
    HB_MISS_COUNT
};

const char *hb_miss_name(unsigned miss);

struct hb_run_counts {
    uint64_t operations; /* calls that reached the target */
    uint64_t no_ops;     /* operations that had nothing to act on */
    uint64_t refused;    /* calls that the target answered with anything but HB_OK */
    uint64_t out_of_memory;
    uint64_t peak_live_bytes;
    uint64_t peak_live_blocks;
    uint64_t peak_free_blocks;
    uint64_t peak_work;   /* most steps of one call */
    uint64_t odds_checks; /* wrong pointers whose refusal was a matter of odds */
    uint64_t odds_misses; /* those that were not refused; each ended its run as inconclusive */
    /* With options->is_corrupting: */
    uint64_t smashes;
    uint64_t smashed_calls; /* on a heap that had been smashed */
    uint64_t detections; /* right calls, of them, that were refused, and not for want of memory */
    uint64_t misses[HB_MISS_COUNT]; /* each ended its run as inconclusive */
};

/* The first calls of a run, each as its kind (enum hb_call_kind) and the status that was expected,
 * a repetition counted once: what makes two short findings alike. */
#define HB_SHAPE_CALLS 24

struct hb_shape {
    uint32_t call_count;
    uint8_t kinds[HB_SHAPE_CALLS];
    uint8_t expected[HB_SHAPE_CALLS];
};

struct hb_run_result {
    struct hb_verdict verdict;
    struct hb_run_counts counts;
    struct hb_shape shape;
    uint64_t trace_hash; /* over every status and offset */
    /* The target missed a wrong pointer, as its stated odds allow: the run ended there, without a
     * verdict. */
    bool is_inconclusive;
    uint64_t draw_seed; /* that was in use */
    bool is_against;    /* the verdict is on options->against, the counts are of both */
};

#define HB_SHAPE_TEXT_BYTES 800
/* "status: add_range ok, malloc invalid_align -> accepted", and the digest of the reason where the
 * oracle gives reasons of its own: the name of a finding. Calls beyond HB_SHAPE_CALLS are counted,
 * not named. */
void hb_shape_print(const struct hb_run_result *result, char text[HB_SHAPE_TEXT_BYTES]);

/* Whether the stream is short enough, in an arena small enough, to be played thoroughly: what
 * decides how replay, show, shrink and triage play it. */
bool hb_run_is_short(const struct hb_ops *ops);

/* Whether the model predicts where its blocks lie. */
static inline bool hb_places_exactly(const struct hb_target *target)
{
    return (target->contract & (HB_PLACES_AS_LIST | HB_PLACES_AS_BITMAP)) != 0;
}

/* Whether what a block can hold is what was asked for, and no byte more can be touched. */
static inline bool hb_annotates(const struct hb_target *target)
{
    return (target->contract & HB_ANNOTATES) != 0;
}

static inline void hb_raise_to(uint64_t *peak, uint64_t value)
{
    *peak = value > *peak ? value : *peak;
}

/* One wrong pointer in so many may pass, where that is a matter of odds. */
enum { HB_POINTERS_FOR_A_MISS = 1024 };

/* Whether that many misses can be chance, where one trial in so many is missed at most: four
 * standard deviations above what is to be expected. */
bool hb_is_within_odds(uint64_t trials, uint64_t one_in, uint64_t misses);

/* Why smashes are not done to its heaps: where its blocks lie must be known to the byte, and
 * nothing but an oracle may speak. Null: they are. */
const char *hb_smash_refusal(const struct hb_target *target);

/* Whether an oracle can speak at all of a target, by its contract and its functions. */
bool hb_oracle_applies(enum hb_oracle oracle, const struct hb_target *target);

/* Runs the stream on a fresh heap of the target. The result is the same each time, on every machine
 * (offsets and statuses; not the text of addresses). Returns false, with a reason on stderr, only
 * where the arena cannot be had. Not reentrant. */
bool hb_run(const struct hb_ops *ops, const struct hb_target *target,
            const struct hb_run_options *options, struct hb_run_result *result);

/* As hb_run, in a child process: a target that takes its process down with it (a sanitizer's
 * report, exit, a smashed stack, an endless loop) is a verdict too. seconds_max bounds its time: a
 * single call that took half of it is a hang; many calls that did are no verdict, and false is
 * returned with a reason on stderr.
 * What options->observe keeps in memory is the child's and lost; what it prints is not. */
bool hb_run_isolated(const struct hb_ops *ops, const struct hb_target *target,
                     const struct hb_run_options *options, unsigned seconds_max,
                     struct hb_run_result *result);

#endif
