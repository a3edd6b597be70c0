/* SPDX-License-Identifier: MIT
 *
 * The oracles that look beyond one call: content, stats, unchanged, and the look at the whole heap
 * (guard, check, content of every block, the walk over the blocks).
 *
 * A look costs as much as the heap is large, so it is taken when enough operations have paid for
 * it: each earns CREDIT_PER_OPERATION bytes, a look costs the bytes that it reads, and every stream
 * ends with one. The rule depends on nothing but the operations: a replay looks at the same times.
 */
#include "run_state.h"

#include "content.h"
#include "corrupt.h"
#include "uninstrumented.h"

#include <stdlib.h>
#include <string.h>

enum {
    CREDIT_PER_OPERATION = 128,
    BLOCK_COST = 64,
    STATS_FREE_BLOCKS_MAX = 1, /* up to here the counters are compared after every call */
    STATS_CALLS = 4            /* and otherwise after every fourth: an allocator may count anew */
};

/* Of a large heap's state, at either end: looked at whatever it costs. */
#define STATE_END_BYTES ((size_t)2048)

/* One that nobody would hear is not asked. */
static bool is_off(const struct hb_run *run, enum hb_oracle oracle)
{
    return !run->is_smashed && (run->options->without & HB_ORACLE_BIT(oracle)) != 0;
}

bool hb_check_content(struct hb_run *run, const struct hb_allocation *allocation)
{
    const bool was_in_call = run->is_in_call;
    run->is_in_call = true; /* a live block that can't be read is the target's fault */
    const size_t at =
        hb_content_damage((const void *)allocation->begin, allocation->size, allocation->key);
    run->is_in_call = was_in_call;
    return at == SIZE_MAX || hb_object(run, HB_ORACLE_CONTENT, "every byte as its owner wrote it",
                                       "slot %u, %zu bytes: byte %zu was changed", allocation->slot,
                                       allocation->size, at);
}

static bool is_equal(struct hb_run *run, const char *what, size_t expected, size_t actual)
{
    char wanted[HB_VALUE_TEXT_BYTES];
    if (expected == actual) {
        return true;
    }
    (void)snprintf(wanted, sizeof wanted, "%zu %s", expected, what);
    return hb_object(run, HB_ORACLE_STATS, wanted, "%zu %s", actual, what);
}

/* A validator, a walk or a question that takes more steps than this has no end. */
#define WORK_LIMIT_OF_LOOK 2000000000u

/* Between these the target says something about itself. */
static bool begin_question(struct hb_run *run)
{
    const bool was_in_call = run->is_in_call;
    run->host.work = 0;
    run->host.work_limit = WORK_LIMIT_OF_LOOK;
    run->is_in_call = true;
    return was_in_call;
}

static void end_question(struct hb_run *run, bool was_in_call)
{
    run->is_in_call = was_in_call;
}

static struct hb_target_stats target_stats(struct hb_run *run)
{
    struct hb_target_stats actual = {0};
    const bool was_in_call = begin_question(run);
    run->target->stats(run->state, &actual);
    end_question(run, was_in_call);
    return actual;
}

/* Another's allocator is held to what the bed itself has counted. */
static bool compare_more_stats(struct hb_run *run, const struct hb_model_stats *expected,
                               const struct hb_target_stats *actual)
{
    if ((run->target->contract & HB_COUNTS_MORE) == 0) {
        return true;
    }
    if (run->is_exact && !is_equal(run, "bytes in the largest free block",
                                   expected->largest_free_bytes, actual->largest_free_bytes)) {
        return false;
    }
    const size_t peak = run->is_exact ? expected->peak_live_bytes : (size_t)run->peak_live_bytes;
    return is_equal(run, "live bytes at the peak", peak, actual->peak_live_bytes) &&
           is_equal(run, "failed calls", (size_t)run->failed_call_count, actual->failed_call_count);
}

static bool compare_stats(struct hb_run *run)
{
    const struct hb_target_stats actual = target_stats(run);
    const struct hb_model_stats expected = hb_model_stats(run->model);
    if (!is_equal(run, "live blocks", run->ledger.count, actual.live_block_count) ||
        !is_equal(run, "live bytes", (size_t)run->ledger.bytes, actual.live_bytes)) {
        return false;
    }
    if (!compare_more_stats(run, &expected, &actual)) {
        return false;
    }
    if (!run->is_exact) {
        return true;
    }
    return is_equal(run, "ranges", expected.range_count, actual.range_count) &&
           is_equal(run, "free blocks", expected.free_block_count, actual.free_block_count) &&
           is_equal(run, "free bytes", expected.free_bytes, actual.free_bytes) &&
           (run->target->quarantine_bytes == 0 ||
            (is_equal(run, "quarantined blocks", expected.quarantined_block_count,
                      actual.quarantined_block_count) &&
             is_equal(run, "quarantined bytes", expected.quarantined_bytes,
                      actual.quarantined_bytes)));
}

/* An answer that costs the target more the more blocks it has is not asked for after every call. */
static bool is_turn_to_ask(const struct hb_run *run)
{
    return !run->is_exact || run->options->thorough ||
           hb_model_free_block_count(run->model) <= STATS_FREE_BLOCKS_MAX ||
           run->result->counts.operations % STATS_CALLS == 0;
}

bool hb_check_stats(struct hb_run *run)
{
    if (run->is_smashed) {
        return true;
    }
    if (run->is_exact) {
        const size_t free_blocks = hb_model_free_block_count(run->model);
        if (free_blocks > run->result->counts.peak_free_blocks) {
            run->result->counts.peak_free_blocks = free_blocks;
        }
    }
    return run->target->stats == NULL || !is_turn_to_ask(run) || compare_stats(run);
}

bool hb_check_owner(struct hb_run *run, uintptr_t address)
{
    if (run->target->owns == NULL || (run->target->contract & HB_TAKES_RANGES) == 0) {
        return true;
    }
    bool is_owned = false;
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        is_owned |= address >= begin && address < end;
    }
    const bool was_in_call = begin_question(run);
    const bool answer = run->target->owns(run->state, (const void *)address);
    end_question(run, was_in_call);
    if (answer == is_owned) {
        return true;
    }
    const struct hb_address where = hb_address_of(run, address);
    char text[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&where, text);
    return hb_object(run, HB_ORACLE_STATS, is_owned ? "owns: yes" : "owns: no", "owns: %s at %s",
                     answer ? "yes" : "no", text);
}

bool hb_check_edges(struct hb_run *run)
{
    for (size_t i = 0; run->is_exact && i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        if (!hb_check_owner(run, begin - 1) || !hb_check_owner(run, begin) ||
            !hb_check_owner(run, end - 1) || !hb_check_owner(run, end)) {
            return false;
        }
    }
    return true;
}

bool hb_check_capacity(struct hb_run *run, uintptr_t payload, size_t capacity)
{
    char wanted[HB_VALUE_TEXT_BYTES];
    size_t expected = 0;
    if (run->is_exact) {
        (void)hb_predict_usable(run, payload, &expected);
        return is_equal(run, "usable bytes", expected, capacity);
    }
    const struct hb_allocation *live = hb_ledger_find(&run->ledger, payload);
    if (live != NULL && hb_annotates(run->target)) {
        return is_equal(run, "usable bytes", live->size, capacity);
    }
    if (live == NULL || capacity >= live->size) {
        return true;
    }
    (void)snprintf(wanted, sizeof wanted, "at least %zu usable bytes", live->size);
    return hb_object(run, HB_ORACLE_STATS, wanted, "%zu usable bytes", capacity);
}

bool hb_check_described(struct hb_run *run, uintptr_t payload)
{
    const size_t size = run->slots[run->call.slot].size;
    if (run->call.actual_status != HB_OK || run->is_smashed) {
        return true;
    }
    if (!hb_check_owner(run, payload) || !hb_check_owner(run, payload + size - 1)) {
        return false;
    }
    const bool is_cheap = (run->target->contract & (HB_PLACES_AS_LIST | HB_WALKS_RANGES)) == 0;
    if (run->target->usable_size == NULL || !(is_cheap || is_turn_to_ask(run))) {
        return true;
    }
    size_t capacity = 0;
    const bool was_in_call = begin_question(run);
    const enum hb_status status =
        run->target->usable_size(run->state, (const void *)payload, &capacity);
    end_question(run, was_in_call);
    if (status != HB_OK) {
        return hb_object(run, HB_ORACLE_STATUS, "ok from usable_size", "%s",
                         hb_status_name(status));
    }
    return hb_check_capacity(run, payload, capacity);
}

/* The walk over the target's blocks beside the model's. */
struct comparison {
    struct hb_run *run;
    uint64_t position;
    bool ok;
};

static bool compare_block(void *context, const struct hb_target_block *actual)
{
    struct comparison *comparison = context;
    struct hb_model_block expected = {0};
    const bool has_more =
        hb_model_next_block(comparison->run->model, &comparison->position, &expected);
    const uintptr_t payload = (uintptr_t)actual->payload;
    if (has_more && payload == expected.payload && actual->capacity_bytes == expected.capacity &&
        actual->request_bytes == expected.request && actual->is_live == (expected.request != 0)) {
        return true;
    }
    const struct hb_address wanted = hb_address_of(comparison->run, expected.payload);
    const struct hb_address got = hb_address_of(comparison->run, payload);
    char text[HB_VALUE_TEXT_BYTES];
    char address[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&wanted, address);
    if (has_more) {
        (void)snprintf(text, sizeof text, "block at %s, capacity %zu, request %zu", address,
                       expected.capacity, expected.request);
    } else {
        (void)snprintf(text, sizeof text, "no more blocks");
    }
    hb_address_print(&got, address);
    comparison->ok = hb_object(
        comparison->run, HB_ORACLE_STATS, text, "block at %s, capacity %zu, request %zu, %s",
        address, actual->capacity_bytes, actual->request_bytes, actual->is_live ? "live" : "free");
    return false;
}

static bool compare_walk(struct hb_run *run)
{
    struct comparison comparison = {.run = run, .ok = true};
    run->target->walk(run->state, compare_block, &comparison);
    struct hb_model_block missing;
    if (comparison.ok && hb_model_next_block(run->model, &comparison.position, &missing)) {
        return hb_object(run, HB_ORACLE_STATS, "one more block", "the walk ended early");
    }
    return comparison.ok;
}

static bool check_gap(struct hb_run *run, const uint8_t *begin, const uint8_t *end)
{
    const uint8_t *damage = hb_arena_damage(begin, end);
    if (damage == NULL) {
        return true;
    }
    const struct hb_address where = hb_address_of(run, (uintptr_t)damage);
    char address[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&where, address);
    return hb_object(run, HB_ORACLE_GUARD, "bytes outside every range untouched",
                     "the byte at %s was written", address);
}

/* Begin of the lowest range at or above address, and its end; the arena's end where none is. */
static const uint8_t *next_range(const struct hb_run *run, const uint8_t *address,
                                 const uint8_t **range_end)
{
    const uint8_t *lowest = run->arena.base + run->arena.byte_count + HB_GUARD_BYTES;
    *range_end = lowest;
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        if (begin >= (uintptr_t)address && begin < (uintptr_t)lowest) {
            lowest = (const uint8_t *)begin;
            *range_end = (const uint8_t *)end;
        }
    }
    return lowest;
}

bool hb_check_guard(struct hb_run *run)
{
    if ((run->target->contract & HB_TAKES_RANGES) == 0 || is_off(run, HB_ORACLE_GUARD)) {
        return true;
    }
    const uint8_t *const last = run->arena.base + run->arena.byte_count + HB_GUARD_BYTES;
    const uint8_t *at = run->arena.base - HB_GUARD_BYTES;
    while (at < last) {
        const uint8_t *range_end;
        const uint8_t *range_begin = next_range(run, at, &range_end);
        if (!check_gap(run, at, range_begin)) {
            return false;
        }
        at = range_end;
    }
    return true;
}

static bool check_own(struct hb_run *run)
{
    const char *reason = "no reason given";
    return run->target->check(run->state, &reason) ||
           hb_object(run, HB_ORACLE_CHECK, "a heap that its own validator accepts", "%s", reason);
}

static bool look_at_blocks(struct hb_run *run)
{
    const struct hb_target *target = run->target;
    if (run->is_smashed) {
        hb_smashed_questions(run);
    } else if (target->check != NULL && !check_own(run)) {
        return false;
    }
    for (size_t i = 0; i < run->ledger.count; i++) {
        if (!hb_check_content(run, &run->ledger.items[i])) {
            return false;
        }
    }
    if (!hb_check_map(run)) {
        return false;
    }
    return run->is_smashed || ((target->stats == NULL || compare_stats(run)) &&
                               (target->walk == NULL || !run->is_exact || compare_walk(run)));
}

bool hb_look_at_blocks(struct hb_run *run)
{
    /* validator and walk are the target's, and so are the blocks */
    const bool was_in_call = begin_question(run);
    const bool ok = look_at_blocks(run);
    end_question(run, was_in_call);
    return ok;
}

bool hb_look(struct hb_run *run)
{
    return hb_check_guard(run) && hb_look_at_blocks(run);
}

static uint64_t look_cost(const struct hb_run *run)
{
    const struct hb_model_stats stats = hb_model_stats(run->model);
    const uint64_t blocks =
        run->is_exact ? stats.live_block_count + stats.free_block_count : run->ledger.count;
    const uint64_t guards = run->arena.byte_count + 2 * HB_GUARD_BYTES - run->range_bytes;
    /* a validator of the list looks each link up among the blocks; of the bitmap, at each bin */
    const bool is_bitmap = (run->target->contract & HB_PLACES_AS_BITMAP) != 0;
    const uint64_t index =
        is_bitmap ? run->target->state_bytes : 4 * (uint64_t)stats.free_block_count * blocks;
    return guards + run->ledger.bytes + BLOCK_COST * (blocks + 1) + index + hb_map_cost(run);
}

bool hb_look_amortised(struct hb_run *run)
{
    if (run->options->thorough) {
        return hb_look(run);
    }
    run->look_credit += CREDIT_PER_OPERATION;
    run->snapshot_credit += CREDIT_PER_OPERATION;
    run->state_credit += CREDIT_PER_OPERATION;
    if (run->look_credit < (uint64_t)CREDIT_PER_OPERATION * 64) {
        return true; /* not worth asking what a look would cost */
    }
    const uint64_t cost = look_cost(run);
    if (run->look_credit < cost) {
        return true;
    }
    run->look_credit -= cost;
    return hb_look(run);
}

static bool has_room_for_ranges(struct hb_run *run)
{
    if (run->range_snapshot_room >= run->range_bytes) {
        return true;
    }
    uint8_t *grown = realloc(run->range_snapshot, run->range_bytes * 2);
    if (grown == NULL) {
        return false;
    }
    run->range_snapshot = grown;
    run->range_snapshot_room = run->range_bytes * 2;
    return true;
}

/* A large heap is copied whole when there is credit for it, and otherwise at its ends: there lie
 * the counters, the heads and the table of ranges. */
static void snapshot_state(struct hb_run *run)
{
    const size_t bytes = run->target->state_bytes;
    uint8_t *copy = run->state_snapshot;
    const uint8_t *state = run->state;
    const bool is_large = bytes > 2 * STATE_END_BYTES;
    run->has_state_snapshot = !is_large || run->options->thorough || run->state_credit >= bytes;
    if (run->has_state_snapshot) {
        run->state_credit -= is_large && run->state_credit >= bytes ? bytes : 0;
        memcpy(copy, state, bytes);
        return;
    }
    memcpy(copy, state, STATE_END_BYTES);
    memcpy(copy + bytes - STATE_END_BYTES, state + bytes - STATE_END_BYTES, STATE_END_BYTES);
}

void hb_snapshot(struct hb_run *run)
{
    const struct hb_target *target = run->target;
    run->has_range_snapshot = false;
    if ((target->contract & HB_FAILS_UNCHANGED) == 0) {
        return;
    }
    snapshot_state(run);
    const uint64_t cost = (uint64_t)run->range_bytes;
    if (!(run->options->thorough || run->snapshot_credit >= cost) || !has_room_for_ranges(run)) {
        return;
    }
    run->snapshot_credit -= run->snapshot_credit < cost ? run->snapshot_credit : cost;
    uint8_t *copy = run->range_snapshot;
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        hb_bytes_copy(copy, (const void *)begin, end - begin);
        copy += end - begin;
    }
    run->has_range_snapshot = true;
}

/* Whether [begin, end) of the state is as it was, but for what may change. */
static bool is_same_state(const struct hb_run *run, size_t begin, size_t end)
{
    const uint8_t *before = run->state_snapshot;
    const uint8_t *after = run->state;
    const size_t scratch = run->target->scratch_offset;
    const size_t behind = scratch + run->target->scratch_bytes;
    const size_t first_end = end < scratch ? end : scratch;
    const size_t second = begin > behind ? begin : behind;
    return (begin >= first_end || memcmp(before + begin, after + begin, first_end - begin) == 0) &&
           (second >= end || memcmp(before + second, after + second, end - second) == 0);
}

static bool check_state_unchanged(struct hb_run *run)
{
    const size_t bytes = run->target->state_bytes;
    if (run->has_state_snapshot ? is_same_state(run, 0, bytes)
                                : is_same_state(run, 0, STATE_END_BYTES) &&
                                      is_same_state(run, bytes - STATE_END_BYTES, bytes)) {
        return true;
    }
    return hb_object(run, HB_ORACLE_UNCHANGED, "the heap's state as it was",
                     "it was changed by a call that may not change it");
}

/* Whether a call that failed may have given up blocks that were held back: the model knows, as long
 * as it is asked. */
static bool may_give_up(const struct hb_run *run)
{
    if (run->target->quarantine_bytes == 0) {
        return false;
    }
    if (run->is_exact) {
        return hb_model_gave_up(run->model);
    }
    return run->is_smashed ||
           (hb_call_allocates(run->call.kind) && run->call.actual_status == HB_OUT_OF_MEMORY);
}

bool hb_check_unchanged(struct hb_run *run)
{
    const bool may_change =
        run->call.kind != HB_CALL_USABLE && (run->call.actual_status == HB_OK || may_give_up(run));
    if (may_change || (run->target->contract & HB_FAILS_UNCHANGED) == 0) {
        return true;
    }
    if (!check_state_unchanged(run)) {
        return false;
    }
    if (!run->has_range_snapshot) {
        return true;
    }
    const uint8_t *copy = run->range_snapshot;
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        const size_t at = hb_bytes_differ(copy, (const void *)begin, end - begin);
        if (at != SIZE_MAX) {
            const struct hb_address where = hb_address_of(run, begin + at);
            char address[HB_ADDRESS_TEXT_BYTES];
            hb_address_print(&where, address);
            return hb_object(run, HB_ORACLE_UNCHANGED, "every byte of the ranges as it was",
                             "the byte at %s was changed by a call that may not change it",
                             address);
        }
        copy += end - begin;
    }
    return true;
}

/* With nothing live, a coalescing heap is one free block a range; any other has no live block. */
static bool check_drained(struct hb_run *run)
{
    if (run->target->stats == NULL || run->is_smashed) {
        return true;
    }
    const struct hb_target_stats stats = target_stats(run);
    if (stats.live_block_count != 0 || stats.live_bytes != 0) {
        return hb_object(run, HB_ORACLE_DRAIN, "nothing live", "%zu blocks, %zu bytes live",
                         stats.live_block_count, stats.live_bytes);
    }
    const bool coalesces = (run->target->contract & HB_COALESCES) != 0;
    return !coalesces || stats.free_block_count == hb_model_range_count(run->model) ||
           hb_object(run, HB_ORACLE_DRAIN, "one free block a range",
                     "%zu free blocks in %zu ranges", stats.free_block_count,
                     hb_model_range_count(run->model));
}

bool hb_drain(struct hb_run *run)
{
    for (size_t left = run->ledger.count; left-- > 0;) {
        const struct hb_allocation last = run->ledger.items[left];
        run->op = (struct hb_op){.kind = HB_OP_FREE, .slot = last.slot};
        if (!hb_play_free(run, last.slot, last.begin, last.size)) {
            return false;
        }
        if (!run->is_smashed && hb_ledger_find(&run->ledger, last.begin) !=
                                    NULL) { /* played by a model that knows better */
            return hb_object(run, HB_ORACLE_DRAIN, "every live block can be freed",
                             "slot %u, %zu bytes, is none for the model", last.slot, last.size);
        }
    }
    run->op = (struct hb_op){.kind = HB_OP_CHECK};
    return check_drained(run);
}
