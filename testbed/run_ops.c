/* SPDX-License-Identifier: MIT
 *
 * One operation of the stream: works out its operands, then makes the calls that it comes to. An
 * operation with nothing to act on (a free of an empty slot) is counted and passed over.
 */
#include "run_state.h"

#include "content.h"
#include "corrupt.h"
#include "ops_operand.h"
#include "uninstrumented.h"

#include <string.h>

#define HB_PLAIN_ALIGN ((size_t)16)

static bool pass(struct hb_run *run)
{
    run->result->counts.no_ops++;
    return true;
}

static size_t size_of(const struct hb_run *run, size_t own_size)
{
    return hb_op_size(&run->op, run->is_exact ? run->model : NULL, own_size);
}

static struct hb_slot *live_slot(struct hb_run *run, uint32_t slot)
{
    struct hb_slot *named = &run->slots[slot];
    return named->state == HB_SLOT_LIVE ? named : NULL;
}

/* Whether blocks lie in the arena. Where they lie anywhere, a pointer that is stale or moved may be
 * that of another block the second time. */
static bool has_places(const struct hb_run *run)
{
    return (run->target->contract & HB_TAKES_RANGES) != 0;
}

static bool play_add_range(struct hb_run *run)
{
    const uintptr_t arena = hb_arena_begin(run);
    const uint32_t low = hb_low(run->op.value);
    const uint32_t high = hb_high(run->op.value);
    if (run->target->add_range == NULL) {
        return pass(run);
    }
    switch (run->op.form) {
    case HB_RANGE_AFTER: {
        const uintptr_t begin = run->last_range_end + (uintptr_t)(intptr_t)(int32_t)low;
        return hb_play_add_range(run, begin, begin + high);
    }
    case HB_RANGE_TOP:
        return hb_play_add_range(run, UINTPTR_MAX - low, UINTPTR_MAX - high);
    case HB_RANGE_NULL:
        return hb_play_add_range(run, 0, arena + high);
    default:
        /* what lies outside the arena is not ours to give */
        return low > run->arena.byte_count || high > run->arena.byte_count
                   ? pass(run)
                   : hb_play_add_range(run, arena + low, arena + high);
    }
}

static bool play_malloc(struct hb_run *run, size_t size)
{
    if (live_slot(run, run->op.slot) != NULL) {
        return pass(run);
    }
    return hb_play_malloc(run, run->op.slot, size, hb_op_align(&run->op));
}

static bool play_calloc(struct hb_run *run)
{
    const size_t low = hb_low(run->op.value);
    const size_t size = run->op.form == HB_CALLOC_MAX_MINUS ? SIZE_MAX - low : low;
    if (live_slot(run, run->op.slot) != NULL) {
        return pass(run);
    }
    return hb_play_calloc(run, run->op.slot, hb_high(run->op.value), size, hb_op_align(&run->op));
}

/* What a program without realloc does: malloc, copy, free. */
static bool emulate_realloc(struct hb_run *run, struct hb_slot old, size_t size)
{
    const uint64_t reached = run->result->counts.operations;
    const uint64_t refused = run->result->counts.refused;
    if (!hb_check_content(run, hb_ledger_find(&run->ledger, (uintptr_t)old.pointer)) ||
        !hb_play_malloc(run, run->op.slot, size, hb_op_align(&run->op))) {
        return false;
    }
    if (run->result->counts.operations == reached || run->result->counts.refused > refused) {
        return true; /* the old block stays */
    }
    const struct hb_slot fresh = run->slots[run->op.slot];
    const size_t common = old.size < size ? old.size : size;
    hb_bytes_copy(fresh.pointer, old.pointer, common);
    hb_play_user(run, HB_CALL_COPY, run->op.slot, old.pointer, fresh.pointer, common);
    if (hb_content_damage(fresh.pointer, common, old.key) != SIZE_MAX) {
        return hb_object(run, HB_ORACLE_CONTENT, "the old block's bytes in the new one",
                         "slot %u lost them", run->op.slot);
    }
    hb_content_fill(fresh.pointer, size, fresh.key);
    hb_play_user(run, HB_CALL_FILL, run->op.slot, fresh.pointer, NULL, size);
    if (!hb_play_free(run, run->op.slot, (uintptr_t)old.pointer, old.size)) {
        return false;
    }
    run->slots[run->op.slot] = fresh; /* the free was of the old block */
    return true;
}

/* Of a slot that holds nothing it is malloc, as it is for C. */
static bool play_realloc(struct hb_run *run)
{
    const uint32_t slot = run->op.slot;
    const size_t align = hb_op_align(&run->op);
    const struct hb_slot *live = live_slot(run, slot);
    const struct hb_slot old = live != NULL ? *live : (struct hb_slot){0};
    const size_t size = size_of(run, old.size);
    if (run->target->realloc != NULL) {
        return hb_play_realloc(run, slot, (uintptr_t)old.pointer, old.size, size, align);
    }
    return live != NULL ? emulate_realloc(run, old, size) : hb_play_malloc(run, slot, size, align);
}

static bool play_realloc_wrong(struct hb_run *run)
{
    const struct hb_slot *slot = &run->slots[run->op.slot];
    const bool is_twice = run->op.form == HB_REALLOC_TWICE;
    const intptr_t delta = (int32_t)hb_low(run->op.value);
    const bool is_moved = run->op.form == HB_REALLOC_INTERIOR;
    if (run->target->realloc == NULL || slot->state != (is_twice ? HB_SLOT_FREED : HB_SLOT_LIVE) ||
        ((is_twice || is_moved) && !has_places(run))) {
        return pass(run);
    }
    const uintptr_t pointer = (uintptr_t)slot->pointer + (is_moved ? (uintptr_t)delta : 0);
    const size_t old_size =
        run->op.form == HB_REALLOC_SIZE ? hb_moved(slot->size, delta) : slot->size;
    return pointer == 0 ? pass(run)
                        : hb_play_realloc(run, run->op.slot, pointer, old_size,
                                          hb_high(run->op.value), HB_PLAIN_ALIGN);
}

/* Of a freed slot, it is asked about the old pointer. */
static bool play_usable(struct hb_run *run)
{
    const struct hb_slot *slot = &run->slots[run->op.slot];
    const bool has_owner =
        run->target->owns != NULL && (run->target->contract & HB_TAKES_RANGES) != 0;
    const bool is_own = slot->state == HB_SLOT_LIVE && run->op.value == 0;
    if (slot->state == HB_SLOT_EMPTY || (run->target->usable_size == NULL && !has_owner) ||
        !(is_own || has_places(run))) {
        return pass(run);
    }
    const uintptr_t pointer = (uintptr_t)slot->pointer + (uintptr_t)run->op.value;
    return hb_play_usable(run, run->op.slot, pointer) && hb_check_owner(run, pointer);
}

static bool play_remove_range(struct hb_run *run)
{
    uintptr_t begin = hb_arena_begin(run) + (uintptr_t)run->op.value;
    uintptr_t end;
    if (run->op.form == HB_REMOVE_NUMBER) {
        if (run->op.value >= hb_model_range_count(run->model)) {
            return pass(run);
        }
        hb_model_range(run->model, (size_t)run->op.value, &begin, &end);
    }
    return hb_play_remove_range(run, begin);
}

static bool play_write(struct hb_run *run)
{
    struct hb_slot *slot = live_slot(run, run->op.slot);
    if (slot == NULL) {
        return pass(run);
    }
    struct hb_allocation *allocation = hb_ledger_find(&run->ledger, (uintptr_t)slot->pointer);
    if (allocation == NULL) {
        return pass(run); /* another slot's, by the answers that nobody objected to */
    }
    if (!hb_check_content(run, allocation)) {
        return false;
    }
    slot->key = run->next_key++;
    allocation->key = slot->key;
    hb_content_fill(slot->pointer, slot->size, slot->key);
    hb_play_user(run, HB_CALL_FILL, run->op.slot, slot->pointer, NULL, slot->size);
    return true;
}

static bool play_free(struct hb_run *run)
{
    const struct hb_slot *slot = live_slot(run, run->op.slot);
    if (slot == NULL) {
        return pass(run);
    }
    size_t size = slot->size;
    if (run->op.kind == HB_OP_FREE_ANY_SIZE) {
        size = SIZE_MAX;
    } else if (run->op.kind == HB_OP_FREE_WRONG_SIZE) {
        size = size_of(run, slot->size);
    }
    return hb_play_free(run, run->op.slot, (uintptr_t)slot->pointer, size);
}

static bool play_free_twice(struct hb_run *run)
{
    const struct hb_slot *slot = &run->slots[run->op.slot];
    if (slot->state != HB_SLOT_FREED || !has_places(run)) {
        return pass(run);
    }
    return hb_play_free(run, run->op.slot, (uintptr_t)slot->pointer, slot->size);
}

static bool play_free_interior(struct hb_run *run)
{
    const struct hb_slot *slot = live_slot(run, run->op.slot);
    if (slot == NULL || !has_places(run)) {
        return pass(run);
    }
    const uintptr_t pointer = (uintptr_t)slot->pointer + (uintptr_t)run->op.value;
    return hb_play_free(run, run->op.slot, pointer, slot->size);
}

static bool play_free_at(struct hb_run *run)
{
    const uint32_t low = hb_low(run->op.value);
    const size_t size = hb_high(run->op.value);
    switch (run->op.form) {
    case HB_AT_NULL: /* which C allows, and so may others */
        return run->is_exact ? hb_play_free(run, 0, 0, size) : pass(run);
    case HB_AT_TOP:
        return hb_play_free(run, 0, UINTPTR_MAX - low, size);
    default:
        return hb_play_free(run, 0, hb_arena_begin(run) + (uintptr_t)(intptr_t)(int32_t)low, size);
    }
}

/* Reads a header, which is not the bed's to read: hence no instrumentation. */
HB_UNINSTRUMENTED
static void copy_header(uint8_t *to, const uint8_t *payload)
{
    for (size_t i = 0; i < 16; i++) {
        to[i] = (payload - 16)[i];
    }
}

static bool play_free_forged(struct hb_run *run)
{
    const struct hb_slot *slot = live_slot(run, run->op.slot);
    const struct hb_slot *donor = live_slot(run, hb_low(run->op.value));
    const size_t offset = hb_high(run->op.value);
    const bool is_played = (run->target->contract & HB_REFUSES_WRONG_FREES) != 0 &&
                           (run->target->contract & HB_TAKES_RANGES) != 0;
    if (!is_played || slot == NULL || donor == NULL || slot->size < 16 ||
        offset > slot->size - 16) {
        return pass(run);
    }
    struct hb_allocation *allocation = hb_ledger_find(&run->ledger, (uintptr_t)slot->pointer);
    if (allocation != NULL && !hb_check_content(run, allocation)) {
        return false;
    }
    const struct hb_slot before = *slot;
    uint8_t *forged = (uint8_t *)before.pointer + offset;
    copy_header(forged, donor->pointer);
    hb_play_user(run, HB_CALL_COPY, run->op.slot, (uint8_t *)donor->pointer - 16, forged, 16);
    if (!hb_play_free(run, run->op.slot, (uintptr_t)forged + 16, donor->size)) {
        return false;
    }
    hb_content_fill(before.pointer, before.size, before.key);
    hb_play_user(run, HB_CALL_FILL, run->op.slot, before.pointer, NULL, before.size);
    return true;
}

bool hb_play_operation(struct hb_run *run)
{
    switch (run->op.kind) {
    case HB_OP_ADD_RANGE:
        return play_add_range(run);
    case HB_OP_MALLOC:
        return play_malloc(run, size_of(run, 0));
    case HB_OP_CALLOC:
        return play_calloc(run);
    case HB_OP_REALLOC:
        return play_realloc(run);
    case HB_OP_FREE:
    case HB_OP_FREE_ANY_SIZE:
    case HB_OP_FREE_WRONG_SIZE:
        return play_free(run);
    case HB_OP_FREE_TWICE:
        return play_free_twice(run);
    case HB_OP_FREE_INTERIOR:
        return play_free_interior(run);
    case HB_OP_FREE_AT:
        return play_free_at(run);
    case HB_OP_FREE_FORGED:
        return play_free_forged(run);
    case HB_OP_WRITE:
        return play_write(run);
    case HB_OP_CHECK:
        return hb_look(run);
    case HB_OP_REALLOC_WRONG:
        return play_realloc_wrong(run);
    case HB_OP_USABLE:
        return play_usable(run);
    case HB_OP_REMOVE_RANGE:
        return play_remove_range(run);
    case HB_OP_SMASH:
        return run->options->is_corrupting ? hb_smash(run) : pass(run);
    case HB_OP_DAMAGE:
        return run->options->is_corrupting ? hb_damage(run) : pass(run);
    default: /* nop */
        return pass(run);
    }
}
