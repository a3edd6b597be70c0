/* SPDX-License-Identifier: MIT
 *
 * A run from its first operation to the drain at its end. Memory of the bed's own is kept from run
 * to run: an engine makes hundreds of thousands of them a second.
 */
#include "run_state.h"

#include "corrupt.h"
#include "differential.h"
#include "picture/picture.h"

#include <stdlib.h>
#include <string.h>

struct hb_slot *hb_slot_touch(struct hb_run *run, uint32_t slot)
{
    struct hb_slot *named = &run->slots[slot];
    if (named->state != HB_SLOT_EMPTY) {
        return named;
    }
    if (run->touched_count == run->touched_room) {
        const size_t room = run->touched_room * 2 + 64;
        uint32_t *touched = realloc(run->touched, room * sizeof *touched);
        if (touched == NULL) {
            abort();
        }
        run->touched = touched;
        run->touched_room = room;
    }
    run->touched[run->touched_count++] = slot;
    return named;
}

void hb_leave_model(struct hb_run *run)
{
    struct hb_model *keeper = run->models[HB_PLACEMENT_LIST];
    const size_t count = hb_model_range_count(run->model);
    if (run->lockstep_model != NULL) {
        return;
    }
    uintptr_t(*ranges)[2] = calloc(count + 1, sizeof *ranges);
    if (keeper == NULL) {
        keeper = run->models[HB_PLACEMENT_LIST] = hb_model_new(HB_PLACEMENT_LIST);
    }
    if (ranges == NULL || keeper == NULL) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        hb_model_range(run->model, i, &ranges[i][0], &ranges[i][1]);
    }
    if (!hb_model_reset(keeper, hb_arena_begin(run), run->arena.byte_count)) {
        abort();
    }
    for (size_t i = 0; i < count; i++) {
        if (hb_model_add_range(keeper, ranges[i][0], ranges[i][1]) != HB_OK) {
            abort(); /* the list takes every range that the bitmap takes */
        }
    }
    free(ranges);
    run->lockstep_model = run->model;
    run->model = keeper;
    run->is_exact = false;
}

static void return_to_model(struct hb_run *run)
{
    run->is_smashed = false;
    run->is_damaged = false;
    run->is_exact = hb_places_exactly(run->target);
    if (run->lockstep_model != NULL) {
        run->model = run->lockstep_model;
        run->lockstep_model = NULL;
    }
}

/* Everything allocated is forgotten and the ranges are arena again. */
static bool forget(struct hb_run *run)
{
    for (size_t i = 0; i < run->touched_count; i++) {
        run->slots[run->touched[i]] = (struct hb_slot){0};
    }
    run->touched_count = 0;
    run->ledger.count = 0;
    run->ledger.bytes = 0;
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        hb_arena_restore(&run->arena, (const uint8_t *)begin, (const uint8_t *)end);
    }
    return_to_model(run);
    run->range_bytes = 0;
    run->last_range_end = hb_arena_begin(run);
    return hb_model_reset(run->model, hb_arena_begin(run), run->arena.byte_count);
}

static bool begin_heap(struct hb_run *run)
{
    if (!forget(run)) {
        abort(); /* no memory for the model's map */
    }
    return hb_play_init(run);
}

static bool play_one(struct hb_run *run)
{
    hb_show_heap(run, HB_BEFORE_OPERATION);
    if (run->op.kind == HB_OP_INIT) {
        return hb_look(run) && begin_heap(run);
    }
    return hb_play_operation(run) &&
           (run->op_index < run->options->thorough_from || hb_look_amortised(run));
}

static bool play_all(struct hb_run *run)
{
    run->op = (struct hb_op){.kind = HB_OP_INIT};
    if (!begin_heap(run)) {
        return false;
    }
    for (run->op_index = 0; run->op_index < run->ops->count; run->op_index++) {
        run->op = hb_ops_get(run->ops, run->op_index);
        if (!play_one(run)) {
            return false;
        }
    }
    run->op = (struct hb_op){.kind = HB_OP_CHECK};
    hb_show_heap(run, HB_BEFORE_OPERATION);
    if (run->options->reached != NULL) {
        run->options->reached(run->options->reached_context, run);
    }
    return hb_look_at_blocks(run) && hb_drain(run) && hb_look(run) && hb_check_regained(run);
}

static bool grow_zeroed(void **memory, size_t *room, size_t count, size_t element_bytes)
{
    if (*room >= count) {
        return true;
    }
    free(*memory);
    *memory = calloc(count, element_bytes);
    *room = *memory == NULL ? 0 : count;
    return *memory != NULL;
}

static bool prepare(struct hb_run *run)
{
    static size_t state_room;
    static size_t snapshot_room;
    const size_t state_bytes = (run->target->state_bytes + 15) / 16 * 16 + 16;
    const size_t slot_count = (size_t)1 << run->ops->header.slot_log2;
    const bool is_bitmap = (run->target->contract & HB_PLACES_AS_BITMAP) != 0;
    const enum hb_placement placement = is_bitmap ? HB_PLACEMENT_BITMAP : HB_PLACEMENT_LIST;
    if (run->models[placement] == NULL) {
        run->models[placement] = hb_model_new(placement);
    }
    run->model = run->models[placement];
    if (run->model != NULL) {
        hb_model_configure(run->model, run->target->quarantine_bytes, run->target->guard_bytes);
    }
    return run->model != NULL && hb_arena_open(run->ops->header.arena_log2, &run->arena) &&
           grow_zeroed(&run->state, &state_room, state_bytes, 1) &&
           grow_zeroed(&run->state_snapshot, &snapshot_room, state_bytes, 1) &&
           grow_zeroed((void **)&run->slots, &run->slot_room, slot_count, sizeof *run->slots);
}

/* Of header and records, eight bytes at a time. */
static uint64_t hash_of(const struct hb_ops *ops)
{
    const struct hb_ops_header *header = &ops->header;
    uint64_t hash = (uint64_t)header->arena_log2 << 8 | header->slot_log2;
    for (size_t at = 0; at < ops->count * HB_RECORD_BYTES; at += 8) {
        uint64_t word = 0;
        for (unsigned i = 0; i < 8; i++) {
            word |= (uint64_t)ops->records[at + i] << 8 * i;
        }
        hash = (hash ^ word) * 0x9E3779B97F4A7C15u;
        hash ^= hash >> 32;
    }
    return hash;
}

/* What the odds let pass may have damaged the heap, but never what lies outside of the ranges. */
static void look_outside(struct hb_run *run)
{
    run->result->is_inconclusive = false;
    run->result->is_inconclusive = hb_check_guard(run);
}

/* A write outside the ranges that nobody objected to stays there, and the next run would see it:
 * then another oracle would seem to. */
static bool may_leave_damage(const struct hb_run *run)
{
    const uint32_t looking =
        HB_ORACLE_BIT(HB_ORACLE_GUARD) | HB_ORACLE_BIT(HB_ORACLE_ARBITRARY_WRITE);
    return (run->options->without & looking) != 0;
}

static void run_once(struct hb_run *run)
{
    run->next_key = 0;
    run->init_count = 0;
    run->smash_count = 0;
    run->op_index = 0;
    run->look_credit = 0;
    run->snapshot_credit = HB_SNAPSHOT_CREDIT_AT_FIRST;
    run->state_credit = 0;
    memset(run->state, 0, run->target->state_bytes);
    hb_escape_prepare(run);
    const int escaped = sigsetjmp(run->escape, 0);
    const bool is_clean = escaped == 0 ? play_all(run) : hb_escape_verdict(run, escaped);
    if (!is_clean && run->result->is_inconclusive) {
        look_outside(run);
    }
    if (!is_clean) {
        hb_show_heap(run, HB_AT_VERDICT);
        if (run->options->picture != NULL && !run->result->is_inconclusive) {
            hb_picture(run, run->options->picture);
        }
    }
    if (!is_clean || may_leave_damage(run)) {
        hb_arena_restore_all(&run->arena);
    }
    (void)forget(run);
}

bool hb_run_is_short(const struct hb_ops *ops)
{
    /* an operation's look reads the arena, and the validator's pass over list and blocks */
    const double count = (double)ops->count;
    const double look = (double)((uint64_t)1 << ops->header.arena_log2) + count * count / 4;
    return count * look < 4e9;
}

bool hb_run(const struct hb_ops *ops, const struct hb_target *target,
            const struct hb_run_options *options, struct hb_run_result *result)
{
    if (options->against != NULL) {
        return hb_run_differential(ops, target, options, result);
    }
    static struct hb_run run;
    static struct hb_target foreign;
    if (options->is_foreign) {
        foreign = *target;
        foreign.contract &= ~(uint32_t)(HB_PLACES_AS_LIST | HB_PLACES_AS_BITMAP);
    }
    run.ops = ops;
    run.target = options->is_foreign ? &foreign : target;
    run.options = options;
    run.result = result;
    run.is_exact = hb_places_exactly(run.target);
    run.stream_hash = options->draw_seed != 0 ? options->draw_seed : hash_of(ops);
    *result = (struct hb_run_result){.draw_seed = run.stream_hash};
    if (!prepare(&run)) {
        (void)fprintf(stderr, "heapbed: no memory for an arena of 2^%u bytes\n",
                      ops->header.arena_log2);
        return false;
    }
    hb_model_set_events(run.model, options->events);
    run_once(&run);
    hb_model_set_events(run.model, NULL);
    if (options->run_twice && result->verdict.oracle == HB_ORACLE_NONE &&
        (options->without & HB_ORACLE_BIT(HB_ORACLE_REPLAY)) == 0) {
        const struct hb_run_result first = *result;
        struct hb_run_options quiet = *options;
        quiet.observe = NULL;
        quiet.watch = NULL;
        run.options = &quiet;
        *result = (struct hb_run_result){0};
        run_once(&run);
        if (result->verdict.oracle != HB_ORACLE_NONE || result->trace_hash != first.trace_hash ||
            result->is_inconclusive != first.is_inconclusive) {
            result->is_inconclusive = false;
            result->verdict.oracle =
                HB_ORACLE_NONE; /* what the second time brought is not the point */
            (void)hb_object(&run, HB_ORACLE_REPLAY, "the same answers as the first time",
                            "other answers the second time");
        } else {
            *result = first;
        }
        run.options = options;
    }
    return true;
}
