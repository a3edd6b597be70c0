/* SPDX-License-Identifier: MIT
 *
 * One run in progress: what the files run*.c share. See run.h for what a run is.
 */
#ifndef HB_RUN_STATE_H
#define HB_RUN_STATE_H

#include "arena.h"
#include "ledger.h"
#include "model.h"
#include "run.h"

#include <setjmp.h>

/* Bytes of ranges that may be copied, before any operation has earned credit for it. */
#define HB_SNAPSHOT_CREDIT_AT_FIRST 4096u

enum hb_slot_state { HB_SLOT_EMPTY, HB_SLOT_LIVE, HB_SLOT_FREED };

/* A name for an allocation. A freed slot remembers its pointer, for the double free. */
struct hb_slot {
    void *pointer;
    size_t size;
    uint64_t key;
    uint8_t state; /* enum hb_slot_state */
};

struct hb_run {
    const struct hb_ops *ops;
    const struct hb_target *target;
    const struct hb_run_options *options;
    struct hb_run_result *result;
    bool is_exact;           /* the model predicts this target */
    bool is_smashed;         /* not any more, since the heap was overwritten: see corrupt.h */
    bool is_damaged;         /* and by one who knows the key: no odds are stated for what follows */
    bool has_state_snapshot; /* of all of it; else of its ends */
    bool has_range_snapshot;
    struct hb_model *lockstep_model; /* the one that predicted, where the run has left it */
    uint64_t smash_count;
    uint64_t draws;       /* state of the generator that smashes are drawn from */
    uint64_t stream_hash; /* of all that the stream has: keys are drawn from it */

    struct hb_arena arena;
    struct hb_model *models[HB_PLACEMENT_COUNT];
    struct hb_model *model; /* the one of these that predicts, or keeps the ranges */
    struct hb_ledger ledger;
    struct hb_host host;
    void *state;          /* the target's heap */
    void *state_snapshot; /* as it was before a call that must fail */
    uint8_t *range_snapshot;
    size_t range_snapshot_room;
    uint8_t *shadow; /* what the poison map should be, where it is compared: run_shadow.c */
    size_t shadow_room;

    struct hb_slot *slots;
    size_t slot_room;
    uint32_t *touched; /* slots that were ever used in this run */
    size_t touched_count;
    size_t touched_room;

    size_t op_index;
    struct hb_op op;
    struct hb_call call;      /* the one that is running, or ran last */
    bool is_by_odds;          /* and it passes a wrong pointer that may be taken for a right one */
    uintptr_t freed_last;     /* what the last call that changed something has freed; or 0 */
    volatile bool is_in_call; /* a panic, hang or signal now is the target's */
    uint64_t next_key;
    uint64_t init_count;
    uint64_t failed_call_count; /* since init, as the target should count */
    uint64_t peak_live_bytes;   /* since init */
    uintptr_t last_range_end;
    size_t range_bytes;
    uint64_t look_credit;     /* bytes: see docs/oracles.md, amortisation */
    uint64_t snapshot_credit; /* for copies of ranges */
    uint64_t state_credit;    /* for copies of a large heap's state */
    sigjmp_buf escape;
    char escape_reason[HB_VALUE_TEXT_BYTES];
};

/* Writes the verdict, unless there is one already. Returns false, for the caller to return; true
 * where that oracle is off, and the run goes on. */
bool hb_object(struct hb_run *run, enum hb_oracle oracle, const char *expected, const char *actual,
               ...) __attribute__((format(printf, 4, 5)));

/* Sets the digest from the texts. */
void hb_verdict_digest(struct hb_verdict *verdict);

/* run_call.c: what calls have in common. */

/* No bound is stated for a call of another's allocator. */
#define HB_NO_BOUND UINT64_MAX

/* stated: by the contract, if the target is held to it and counts. */
uint64_t hb_call_bound(const struct hb_run *run, uint64_t stated);
/* What is added for a pointer that is looked up; to be asked before the model plays the call. */
uint64_t hb_lookup_bound(const struct hb_run *run, uintptr_t pointer);
/* Whether a pointer, which is wrong, may be taken for a right one at the odds that are stated. */
bool hb_is_by_odds(const struct hb_run *run, uintptr_t pointer);
/* Around each call; run->call says what it is. */
void hb_call_begin(struct hb_run *run, uint64_t bound);
void hb_call_end(struct hb_run *run, enum hb_status status);
bool hb_check_status(struct hb_run *run);
/* What every call is followed by. */
bool hb_check_call(struct hb_run *run, uint64_t bound);

/* run_calls.c: one call on target and model. False: the run is over, mostly with a verdict. What
 * the target does not have is passed over, but for calloc, which malloc stands in for. */
bool hb_play_init(struct hb_run *run);
bool hb_play_add_range(struct hb_run *run, uintptr_t begin, uintptr_t end);
bool hb_play_remove_range(struct hb_run *run, uintptr_t begin);
bool hb_play_malloc(struct hb_run *run, uint32_t slot, size_t size, size_t align);
bool hb_play_calloc(struct hb_run *run, uint32_t slot, size_t count, size_t size, size_t align);
/* Requires that the target has one. pointer 0: nothing is there yet. */
bool hb_play_realloc(struct hb_run *run, uint32_t slot, uintptr_t pointer, size_t old_size,
                     size_t size, size_t align);
bool hb_play_free(struct hb_run *run, uint32_t slot, uintptr_t pointer, size_t size);
bool hb_play_usable(struct hb_run *run, uint32_t slot, uintptr_t pointer);
/* What usable_size must answer; *capacity only where the model predicts it. */
enum hb_status hb_predict_usable(const struct hb_run *run, uintptr_t pointer, size_t *capacity);
/* Not a call; told to the observer all the same. */
void hb_play_user(struct hb_run *run, enum hb_call_kind kind, uint32_t slot, const void *pointer,
                  const void *end, size_t size);

/* run_ops.c: one operation of the stream. */
bool hb_play_operation(struct hb_run *run);

/* run_oracles.c */
bool hb_check_content(struct hb_run *run, const struct hb_allocation *allocation);
bool hb_check_stats(struct hb_run *run);
/* What the target says about the block that it has just handed out. */
bool hb_check_described(struct hb_run *run, uintptr_t payload);
bool hb_check_capacity(struct hb_run *run, uintptr_t payload, size_t capacity);
/* Whether it says rightly that an address is, or is not, in one of its ranges. */
bool hb_check_owner(struct hb_run *run, uintptr_t address);
/* The same of what lies on either side of each range's ends: exact targets only, since another's
 * may leave a ragged end out. */
bool hb_check_edges(struct hb_run *run);
/* Every oracle that looks at the whole heap; the same but for the guards. */
bool hb_look(struct hb_run *run);
bool hb_look_at_blocks(struct hb_run *run);
bool hb_check_guard(struct hb_run *run);
/* The same, if there is credit for it. */
bool hb_look_amortised(struct hb_run *run);
void hb_snapshot(struct hb_run *run);
bool hb_check_unchanged(struct hb_run *run);
/* Frees everything that is live. */
bool hb_drain(struct hb_run *run);
/* After the drain: what a new heap can hand out can be had again. Ends the heap. */
bool hb_check_regained(struct hb_run *run);

/* run_shadow.c: the oracle shadow, on the map around what a call was about, and on all of it. */
bool hb_check_touched(struct hb_run *run, uintptr_t begin, size_t size);
bool hb_check_map(struct hb_run *run);
/* What comparing the whole map costs. */
uint64_t hb_map_cost(const struct hb_run *run);

/* run_escape.c: ways out of a call that does not return. */
void hb_escape_prepare(struct hb_run *run);
bool hb_escape_verdict(struct hb_run *run, int how);

/* run.c */
/* The model is not asked any more, up to the next init: the ledger judges, and the list's model
 * merely keeps the ranges. Nothing happens where it is not asked anyway. */
void hb_leave_model(struct hb_run *run);
static inline void hb_show_heap(struct hb_run *run, enum hb_moment moment)
{
    if (run->options->watch != NULL) {
        run->options->watch(run->options->watch_context, run, moment);
    }
}

struct hb_slot *hb_slot_touch(struct hb_run *run, uint32_t slot);
struct hb_address hb_address_of(const struct hb_run *run, uintptr_t address);

#define HB_ADDRESS_TEXT_BYTES 40
/* "arena+16", "top-3", "zero+0" */
void hb_address_print(const struct hb_address *address, char text[HB_ADDRESS_TEXT_BYTES]);

static inline uintptr_t hb_arena_begin(const struct hb_run *run)
{
    return (uintptr_t)run->arena.base;
}

#endif
