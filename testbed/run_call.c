/* SPDX-License-Identifier: MIT
 *
 * What every call has, whatever it asks for: it is told to whoever wants to know, counted, and
 * judged by the oracles that look at any call.
 */
#include "run_state.h"

#include "corrupt.h"

#include <time.h>

/* A call of a target whose work has no stated bound is endless from here on. */
#define WORK_LIMIT_UNBOUNDED 10000000u

static void hash_into(uint64_t *hash, uint64_t value)
{
    *hash = (*hash ^ value) * 0x9E3779B97F4A7C15u;
    *hash ^= *hash >> 32;
}

static void remember_shape(struct hb_run *run)
{
    struct hb_shape *shape = &run->result->shape;
    const uint32_t next = shape->call_count;
    const uint32_t last = next - 1; /* wraps to what is not below HB_SHAPE_CALLS */
    if (last < HB_SHAPE_CALLS && shape->kinds[last] == run->call.kind &&
        shape->expected[last] == run->call.expected_status) {
        return;
    }
    if (next < HB_SHAPE_CALLS) {
        shape->kinds[next] = (uint8_t)run->call.kind;
        shape->expected[next] = run->call.expected_status;
    }
    shape->call_count++;
}

static uint64_t now_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* What another's allocator states for itself. */
static uint64_t own_bound(const struct hb_run *run)
{
    const struct hb_load load = {.live_block_count = run->ledger.count,
                                 .range_count = hb_model_range_count(run->model),
                                 .range_bytes = run->range_bytes};
    return run->target->work_bound != NULL ? run->target->work_bound(&load) : HB_NO_BOUND;
}

uint64_t hb_call_bound(const struct hb_run *run, uint64_t stated)
{
    if ((run->target->contract & HB_COUNTS_WORK) == 0) {
        return HB_NO_BOUND;
    }
    if (run->is_smashed) {
        return hb_smashed_bound(run);
    }
    return run->is_exact ? stated : own_bound(run);
}

uint64_t hb_lookup_bound(const struct hb_run *run, uintptr_t pointer)
{
    const uint32_t contract = run->target->contract;
    const uint64_t look = (contract & HB_PLACES_AS_BITMAP) != 0; /* at the header, right or wrong */
    return look +
           ((contract & HB_WALKS_RANGES) != 0 ? hb_model_walk_bound(run->model, pointer) : 0);
}

/* Where another's free blocks begin is not known. */
static bool is_block(const struct hb_run *run, uintptr_t pointer)
{
    return run->is_exact ? hb_model_is_block(run->model, pointer)
                         : hb_ledger_find(&run->ledger, pointer) != NULL;
}

bool hb_is_by_odds(const struct hb_run *run, uintptr_t pointer)
{
    if (run->is_smashed || (run->target->contract & HB_REFUSES_BY_ODDS) == 0 || pointer % 16 != 0 ||
        is_block(run, pointer)) {
        return false;
    }
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        if (pointer >= begin && pointer < end) {
            return true;
        }
    }
    return false;
}

void hb_call_begin(struct hb_run *run, uint64_t bound)
{
    struct hb_call *call = &run->call;
    call->op_index = run->op_index;
    call->op = run->op;
    call->is_exact = run->is_exact && !run->is_by_odds;
    call->actual_status = HB_STATUS_COUNT;
    run->host.work = 0;
    run->host.work_limit = bound == HB_NO_BOUND ? WORK_LIMIT_UNBOUNDED : 4 * bound + 1024;
    /* another's allocator may refuse what it likes, and a question changes nothing at all */
    if (!run->is_exact || call->expected_status != HB_OK || call->kind == HB_CALL_USABLE) {
        hb_snapshot(run);
    }
    remember_shape(run);
    hb_show_heap(run, HB_BEFORE_CALL);
    if (run->options->last_call != NULL) {
        call->begun_ns = now_ns();
        *run->options->last_call = *call;
    }
    run->is_in_call = true;
}

static void count_call(struct hb_run *run)
{
    struct hb_run_counts *counts = &run->result->counts;
    const bool is_refused = run->call.actual_status != HB_OK;
    counts->operations++;
    counts->refused += is_refused;
    counts->out_of_memory += run->call.actual_status == HB_OUT_OF_MEMORY;
    counts->peak_work = run->call.work > counts->peak_work ? run->call.work : counts->peak_work;
    counts->odds_checks += run->is_by_odds;
    run->failed_call_count += is_refused && run->call.kind != HB_CALL_USABLE;
}

/* What a call answers beyond its status, where it is the same on every machine. */
static void hash_answer(struct hb_run *run)
{
    const struct hb_call *call = &run->call;
    hash_into(&run->result->trace_hash, (uint64_t)call->kind << 8 | call->actual_status);
    if (call->actual_status != HB_OK || (run->target->contract & HB_TAKES_RANGES) == 0) {
        return;
    }
    if (hb_call_allocates(call->kind)) {
        hash_into(&run->result->trace_hash, (uint64_t)call->actual.offset);
    } else if (call->kind == HB_CALL_USABLE) {
        hash_into(&run->result->trace_hash, call->size);
    }
}

void hb_call_end(struct hb_run *run, enum hb_status status)
{
    run->is_in_call = false;
    run->call.actual_status = (uint8_t)status;
    run->call.work = run->host.work;
    if (status == HB_OK && run->call.kind != HB_CALL_USABLE) {
        run->freed_last = 0;
    }
    count_call(run);
    hash_answer(run);
    if (run->options->observe != NULL) {
        run->options->observe(run->options->observe_context, &run->call);
    }
}

/* Another's allocator may decline any range, keep any it has, and be out of memory when it likes; a
 * right free it must take. */
static bool may_refuse(const struct hb_call *call)
{
    return call->kind == HB_CALL_ADD_RANGE || call->kind == HB_CALL_REMOVE_RANGE ||
           (hb_call_allocates(call->kind) && call->actual_status == HB_OUT_OF_MEMORY);
}

bool hb_check_status(struct hb_run *run)
{
    const struct hb_call *call = &run->call;
    if (run->is_smashed) {
        return hb_smashed_status(run);
    }
    if (call->is_exact) {
        if (call->actual_status == call->expected_status) {
            return true;
        }
        if (!hb_object(run, HB_ORACLE_STATUS, hb_status_name(call->expected_status), "%s",
                       hb_status_name(call->actual_status))) {
            return false;
        }
        hb_leave_model(run);
        return true;
    }
    const bool is_refused = call->actual_status != HB_OK;
    const bool ok = call->expected_status == HB_OK ? !is_refused || may_refuse(call) : is_refused;
    const char *const allowed = hb_call_allocates(call->kind) ? "ok or out_of_memory" : "ok";
    return ok ||
           hb_object(run, HB_ORACLE_STATUS, call->expected_status == HB_OK ? allowed : "a refusal",
                     "%s", hb_status_name(call->actual_status));
}

static bool check_bound(struct hb_run *run, uint64_t bound)
{
    /* a wrong pointer that passes for a right one leads on to neighbours that do not */
    const bool has_left = run->call.is_exact && !run->is_exact; /* the bound is of another path */
    return bound == HB_NO_BOUND || run->is_by_odds || has_left || run->call.work <= bound ||
           hb_object(run, HB_ORACLE_BOUND, "at most the stated bound of steps",
                     "%llu steps, bound %llu", (unsigned long long)run->call.work,
                     (unsigned long long)bound);
}

/* A wrong pointer that the odds let through: the heap may be damaged from here on, so the run is
 * over, and nobody is to blame. */
static bool is_missed(struct hb_run *run)
{
    const bool is_missed = run->is_by_odds && run->call.actual_status == HB_OK;
    run->result->counts.odds_misses += is_missed;
    run->result->is_inconclusive |= is_missed;
    return is_missed;
}

bool hb_check_call(struct hb_run *run, uint64_t bound)
{
    return !is_missed(run) && hb_check_status(run) && hb_check_unchanged(run) &&
           check_bound(run, bound) && hb_check_stats(run);
}
