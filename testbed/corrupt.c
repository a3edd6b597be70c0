/* SPDX-License-Identifier: MIT
 *
 * Smashes and damage, and what is still judged after one.
 *
 * A smash names a place and a way; the bytes are drawn here, by a generator keyed by the stream as
 * a whole and the smash's ordinal, so that no search works towards bytes that pass a checksum.
 */
#include "corrupt.h"

#include "uninstrumented.h"

#include <string.h>

#define HEADER_BYTES 8u

/* splitmix64 */
static uint64_t draw(struct hb_run *run)
{
    uint64_t z = run->draws += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static bool is_in_a_range(const struct hb_run *run, uintptr_t address)
{
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        if (address >= begin && address < end) {
            return true;
        }
    }
    return false;
}

/* What a smash may write to: the allocator's, not its users'. */
static bool is_fair_game(const struct hb_run *run, uintptr_t address)
{
    return is_in_a_range(run, address) && hb_ledger_overlap(&run->ledger, address, 1) == NULL;
}

/* Where the smash begins. False: its slot holds nothing of the kind. */
static bool find_place(const struct hb_run *run, uintptr_t *begin)
{
    const struct hb_slot *slot = &run->slots[run->op.slot];
    const uintptr_t pointer = (uintptr_t)slot->pointer;
    const uintptr_t place = (uintptr_t)(intptr_t)(int32_t)hb_low(run->op.value);
    switch (run->op.form) {
    case HB_SMASH_HEADER:
        *begin = pointer - HEADER_BYTES - place;
        return slot->state != HB_SLOT_EMPTY;
    case HB_SMASH_BEHIND:
        *begin = pointer + slot->size + place;
        return slot->state != HB_SLOT_EMPTY;
    case HB_SMASH_LINKS:
        *begin = pointer + place;
        return slot->state == HB_SLOT_FREED;
    case HB_SMASH_FOOTER:
        *begin = pointer - HEADER_BYTES - sizeof(uintptr_t) - place;
        return slot->state != HB_SLOT_EMPTY;
    default:
        *begin = hb_arena_begin(run) + place;
        return true;
    }
}

/* Any live payload; 0 where there is none. */
static uintptr_t draw_live(struct hb_run *run)
{
    const uint64_t number = draw(run);
    return run->ledger.count == 0 ? 0 : run->ledger.items[number % run->ledger.count].begin;
}

/* Any freed one. It may be part of a larger block now. */
static uintptr_t draw_freed(struct hb_run *run)
{
    const uint64_t first = draw(run);
    for (size_t i = 0; i < run->touched_count; i++) {
        const struct hb_slot *slot = &run->slots[run->touched[(first + i) % run->touched_count]];
        if (slot->state == HB_SLOT_FREED) {
            return (uintptr_t)slot->pointer;
        }
    }
    return 0;
}

/* Any address that no range has. Half of them lie near: in the guard zones, or between the ranges,
 * where a write is seen by the guard and not merely a crash. */
static uintptr_t draw_outside(struct hb_run *run)
{
    const uint64_t number = draw(run);
    const bool is_near = (number & 4) != 0;
    const uintptr_t far = (uintptr_t)(number >> 8 & 0xfffff8);
    const uintptr_t near = is_near ? far & (HB_GUARD_BYTES - 8) : far;
    const uintptr_t between = hb_arena_begin(run) + far % run->arena.byte_count;
    switch (number % 4) {
    case 0:
        return is_near && !is_in_a_range(run, between) ? between : near;
    case 1:
        return hb_arena_begin(run) - near - HEADER_BYTES;
    case 2:
        return hb_arena_begin(run) + run->arena.byte_count + near + HEADER_BYTES;
    default:
        return UINTPTR_MAX - near;
    }
}

/* An address as links have it: of a block's header, or of its payload. */
static uintptr_t draw_address(struct hb_run *run)
{
    const unsigned with = hb_smash_with(&run->op);
    const uintptr_t to_header = draw(run) % 4 != 0 ? HEADER_BYTES : 0;
    uintptr_t payload = 0;
    if (with == HB_SMASH_OUTSIDE) {
        return draw_outside(run);
    }
    payload = with == HB_SMASH_LIVE ? draw_live(run) : draw_freed(run);
    return payload == 0 ? 0 : payload - to_header;
}

/* The header of another block, and what lies around it, as it lies around this one. False: there is
 * no other. */
HB_UNINSTRUMENTED
static bool copy_other(struct hb_run *run, uintptr_t begin, uint8_t *bytes, size_t count)
{
    const uintptr_t other = draw_live(run);
    const uintptr_t own = (uintptr_t)run->slots[run->op.slot].pointer;
    const bool is_header = run->op.form == HB_SMASH_HEADER || run->op.form == HB_SMASH_FOOTER;
    const uintptr_t from = is_header ? begin + (other - own) : other - HEADER_BYTES;
    for (size_t i = 0; i < count; i++) {
        if (other == 0 || !is_in_a_range(run, from + i)) {
            return false;
        }
        bytes[i] = *(const volatile uint8_t *)(from + i);
    }
    return true;
}

/* What is to be written; bytes has what is there. */
static bool draw_bytes(struct hb_run *run, uintptr_t begin, uint8_t *bytes, size_t count)
{
    switch (hb_smash_with(&run->op)) {
    case HB_SMASH_RANDOM:
        for (size_t i = 0; i < count; i++) {
            bytes[i] = (uint8_t)draw(run);
        }
        return true;
    case HB_SMASH_BIT: {
        const uint64_t bit = draw(run) % (count * 8);
        bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
        return true;
    }
    case HB_SMASH_ZEROS:
        memset(bytes, 0, count);
        return true;
    case HB_SMASH_ONES:
        memset(bytes, 0xff, count);
        return true;
    case HB_SMASH_COPY:
        return copy_other(run, begin, bytes, count);
    default:
        for (size_t at = 0; at < count; at += sizeof(uintptr_t)) {
            const uintptr_t address = draw_address(run);
            memcpy(bytes + at, &address, count - at < sizeof address ? count - at : sizeof address);
        }
        return true;
    }
}

HB_UNINSTRUMENTED
static bool write_fairly(struct hb_run *run, uintptr_t begin, const uint8_t *bytes, size_t count)
{
    bool has_written = false;
    for (size_t i = 0; i < count; i++) {
        if (is_fair_game(run, begin + i)) {
            *(volatile uint8_t *)(begin + i) = bytes[i];
            has_written = true;
        }
    }
    return has_written;
}

HB_UNINSTRUMENTED
static void read_fairly(const struct hb_run *run, uintptr_t begin, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = is_fair_game(run, begin + i) ? *(const volatile uint8_t *)(begin + i) : 0;
    }
}

const char *hb_smash_refusal(const struct hb_target *target)
{
    if (!hb_places_exactly(target)) {
        return "has no exact placement, so nobody knows where its headers are: nothing would be "
               "overwritten";
    }
    if (hb_oracle_applies(HB_ORACLE_SHADOW, target)) {
        return "annotates: where damage passes a checksum by the odds, it may copy what it has "
               "poisoned, and AddressSanitizer would end the process; take one that does not";
    }
    return NULL;
}

/* Whether the target is one whose heap may be overwritten: a run that the model has left is not. */
static bool is_playable(const struct hb_run *run)
{
    return run->is_exact || run->lockstep_model != NULL || run->options->is_foreign;
}

static void leave_lockstep(struct hb_run *run)
{
    if (!run->is_smashed) {
        hb_leave_model(run);
        run->is_smashed = true;
    }
}

bool hb_smash(struct hb_run *run)
{
    uint8_t bytes[64];
    const size_t count = hb_smash_bytes(&run->op);
    uintptr_t begin = 0;
    run->draws = run->stream_hash ^ (run->smash_count + 1) * UINT64_C(0xD1B54A32D192ED03);
    if (!is_playable(run) || !find_place(run, &begin)) {
        run->result->counts.no_ops++;
        return true;
    }
    read_fairly(run, begin, bytes, count);
    if (!draw_bytes(run, begin, bytes, count) || !write_fairly(run, begin, bytes, count)) {
        run->result->counts.no_ops++;
        return true;
    }
    leave_lockstep(run);
    run->smash_count++;
    run->result->counts.smashes++;
    return true;
}

/* A walk from each block is quadratic at worst. */
static void begin_questions(struct hb_run *run)
{
    const uint64_t units = run->range_bytes / 16;
    run->host.work = 0;
    run->host.work_limit = units * units + 1000000;
}

bool hb_damage(struct hb_run *run)
{
    if (run->target->damage == NULL || !is_playable(run)) {
        run->result->counts.no_ops++;
        return true;
    }
    begin_questions(run);
    run->is_in_call = true;
    const bool is_damaged =
        run->target->damage(run->state, hb_low(run->op.value), hb_high(run->op.value));
    run->is_in_call = false;
    run->result->counts.no_ops += !is_damaged;
    if (is_damaged) {
        leave_lockstep(run);
        run->is_damaged = true;
    }
    return true;
}

uint64_t hb_smashed_bound(const struct hb_run *run)
{
    return 4 * (uint64_t)(run->range_bytes / 16) + 4096;
}

bool hb_smashed_status(struct hb_run *run)
{
    const struct hb_call *call = &run->call;
    struct hb_run_counts *counts = &run->result->counts;
    counts->smashed_calls++;
    if (call->actual_status >= HB_STATUS_COUNT) {
        return hb_object(run, HB_ORACLE_STATUS, "one of the statuses", "%s",
                         hb_status_name(call->actual_status));
    }
    if (call->actual_status == HB_OK && call->expected_status != HB_OK) {
        counts->misses[HB_MISS_WRONG_CALL] += !run->is_damaged;
        run->result->is_inconclusive = true;
        return false;
    }
    /* what a right call has no other reason to be answered with */
    counts->detections += call->expected_status == HB_OK && call->actual_status != HB_OK &&
                          call->actual_status != HB_OUT_OF_MEMORY;
    return true;
}

enum hb_oracle hb_smashed_oracle(struct hb_run *run, enum hb_oracle oracle)
{
    struct hb_run_counts *counts = &run->result->counts;
    switch (oracle) {
    case HB_ORACLE_GUARD:
        return HB_ORACLE_ARBITRARY_WRITE;
    case HB_ORACLE_INSIDE:
        return HB_ORACLE_OUTSIDE_CHUNK;
    case HB_ORACLE_OVERLAP:
        counts->misses[HB_MISS_OVERLAPPING_CHUNKS] += !run->is_damaged;
        break;
    case HB_ORACLE_CONTENT:
        counts->misses[HB_MISS_RESTRICTED_WRITE] += !run->is_damaged;
        break;
    case HB_ORACLE_STATS: /* of the size of one block: its header is believed */
        counts->misses[HB_MISS_WRONG_CALL] += !run->is_damaged;
        break;
    default:
        return oracle;
    }
    run->result->is_inconclusive = true;
    return HB_ORACLE_NONE;
}

/* Looks at every block, as a caller of walk would. */
static bool visit(void *context, const struct hb_target_block *block)
{
    size_t *bytes = context;
    *bytes += block->capacity_bytes;
    return true;
}

void hb_smashed_questions(struct hb_run *run)
{
    const struct hb_target *target = run->target;
    const char *reason = NULL;
    struct hb_target_stats stats = {0};
    size_t bytes = 0;
    begin_questions(run);
    if (target->check != NULL) {
        (void)target->check(run->state, &reason);
    }
    if (target->stats != NULL) {
        target->stats(run->state, &stats);
    }
    if (target->walk != NULL) {
        target->walk(run->state, visit, &bytes);
    }
}

const char *hb_miss_name(unsigned miss)
{
    static const char *const names[HB_MISS_COUNT] = {"overlapping-chunks", "restricted-write",
                                                     "wrong-call"};
    return miss < HB_MISS_COUNT ? names[miss] : "unknown";
}
