/* SPDX-License-Identifier: MIT
 *
 * One call, in lockstep: the model says what must come, the target answers, and the oracles that
 * look at a single call compare.
 */
#include "run_state.h"

#include "content.h"

#include <string.h>
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

/* No bound is stated for a call of another's allocator. */
#define NO_BOUND UINT64_MAX

static void begin_call(struct hb_run *run, uint64_t bound)
{
    struct hb_call *call = &run->call;
    call->op_index = run->op_index;
    call->op = run->op;
    call->is_exact = run->is_exact;
    call->actual_status = HB_STATUS_COUNT;
    run->host.work = 0;
    run->host.work_limit = bound == NO_BOUND ? WORK_LIMIT_UNBOUNDED : 4 * bound + 1024;
    if (!run->is_exact || call->expected_status != HB_OK) {
        hb_snapshot(run); /* another's allocator may refuse what it likes */
    }
    remember_shape(run);
    if (run->options->last_call != NULL) {
        call->begun_ns = now_ns();
        *run->options->last_call = *call;
    }
    run->is_in_call = true;
}

static void count_call(struct hb_run *run)
{
    struct hb_run_counts *counts = &run->result->counts;
    counts->operations++;
    counts->refused += run->call.actual_status != HB_OK;
    counts->out_of_memory += run->call.actual_status == HB_OUT_OF_MEMORY;
    counts->peak_work = run->host.work > counts->peak_work ? run->host.work : counts->peak_work;
}

static void end_call(struct hb_run *run, enum hb_status status)
{
    run->is_in_call = false;
    run->call.actual_status = (uint8_t)status;
    run->call.work = run->host.work;
    count_call(run);
    hash_into(&run->result->trace_hash, (uint64_t)run->call.kind << 8 | status);
    if (run->call.kind == HB_CALL_MALLOC && status == HB_OK &&
        (run->target->contract & HB_TAKES_RANGES) != 0) {
        hash_into(&run->result->trace_hash, (uint64_t)run->call.actual.offset);
    }
    if (run->options->observe != NULL) {
        run->options->observe(run->options->observe_context, &run->call);
    }
}

static bool check_status(struct hb_run *run)
{
    const struct hb_call *call = &run->call;
    if (run->is_exact) {
        return call->actual_status == call->expected_status ||
               hb_object(run, HB_ORACLE_STATUS, hb_status_name(call->expected_status), "%s",
                         hb_status_name(call->actual_status));
    }
    /* it may decline any range and be out of memory when it likes; a right free it must take */
    const bool may_refuse =
        call->kind == HB_CALL_ADD_RANGE ||
        (call->kind == HB_CALL_MALLOC && call->actual_status == HB_OUT_OF_MEMORY);
    const bool is_refused = call->actual_status != HB_OK;
    const bool ok = call->expected_status == HB_OK ? !is_refused || may_refuse : is_refused;
    const char *const allowed = call->kind == HB_CALL_MALLOC ? "ok or out_of_memory" : "ok";
    return ok ||
           hb_object(run, HB_ORACLE_STATUS, call->expected_status == HB_OK ? allowed : "a refusal",
                     "%s", hb_status_name(call->actual_status));
}

static bool check_bound(struct hb_run *run, uint64_t bound)
{
    return bound == NO_BOUND || run->host.work <= bound ||
           hb_object(run, HB_ORACLE_BOUND, "at most the stated bound of steps",
                     "%llu steps, bound %llu", (unsigned long long)run->host.work,
                     (unsigned long long)bound);
}

/* What every call is followed by. */
static bool check_call(struct hb_run *run, uint64_t bound)
{
    return check_status(run) && hb_check_unchanged(run) && check_bound(run, bound) &&
           hb_check_stats(run);
}

/* stated: by the contract, if the target is held to it and counts. */
static uint64_t work_bound(const struct hb_run *run, uint64_t stated)
{
    const bool is_counted = (run->target->contract & HB_COUNTS_WORK) != 0;
    return run->is_exact && is_counted ? stated : NO_BOUND;
}

bool hb_play_init(struct hb_run *run)
{
    run->call = (struct hb_call){.kind = HB_CALL_INIT};
    begin_call(run, NO_BOUND);
    run->target->init(run->state, &run->host);
    end_call(run, HB_OK);
    return hb_check_stats(run);
}

bool hb_play_add_range(struct hb_run *run, uintptr_t begin, uintptr_t end)
{
    const enum hb_status judged = hb_model_judge_range(run->model, begin, end);
    const bool is_backed =
        begin >= hb_arena_begin(run) && end <= hb_arena_begin(run) + run->arena.byte_count;
    /* what an allocator would rightly take must be memory; the rest only an exact one must refuse
     */
    if (judged == HB_OK ? !is_backed : !run->is_exact) {
        run->result->counts.no_ops++;
        return true;
    }
    run->call = (struct hb_call){.kind = HB_CALL_ADD_RANGE,
                                 .expected_status = (uint8_t)judged,
                                 .pointer = hb_address_of(run, begin),
                                 .end = hb_address_of(run, end)};
    const uint64_t bound = work_bound(run, 0); /* it visits no block */
    begin_call(run, bound);
    const enum hb_status status = run->target->add_range(run->state, (void *)begin, (void *)end);
    end_call(run, status);
    if (judged == HB_OK && status == HB_OK) {
        (void)hb_model_add_range(run->model, begin, end);
        run->last_range_end = end;
        run->range_bytes += end - begin;
    }
    return check_call(run, bound);
}

/* Whether a block lies within one range. An allocator without exact placement may take ranges that
 * touch for one. */
static bool is_inside_a_range(const struct hb_run *run, uintptr_t begin, size_t size)
{
    uintptr_t at = begin;
    size_t left = size;
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t range_begin;
        uintptr_t range_end;
        hb_model_range(run->model, i, &range_begin, &range_end);
        if (at < range_begin || at >= range_end) {
            continue;
        }
        if (range_end - at >= left) {
            return true;
        }
        if (run->is_exact) {
            return false;
        }
        left -= range_end - at;
        at = range_end;
        i = SIZE_MAX; /* the range behind may have been added before */
    }
    return false;
}

static bool object_to_payload(struct hb_run *run, enum hb_oracle oracle, const char *expected)
{
    char actual[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&run->call.actual, actual);
    return hb_object(run, oracle, expected, "%zu bytes at %s, alignment %zu",
                     (size_t)run->call.size, actual, (size_t)run->call.align);
}

/* The oracles on an address that the target handed out. */
static bool check_payload(struct hb_run *run, uintptr_t payload, uintptr_t expected)
{
    const size_t size = (size_t)run->call.size;
    const bool has_ranges = (run->target->contract & HB_TAKES_RANGES) != 0;
    if (payload == 0) {
        return hb_object(run, HB_ORACLE_STATUS, "an address with ok", "null with ok");
    }
    if (payload % (size_t)run->call.align != 0) {
        return object_to_payload(run, HB_ORACLE_ALIGN, "a multiple of the alignment");
    }
    if (has_ranges && !is_inside_a_range(run, payload, size)) {
        return object_to_payload(run, HB_ORACLE_INSIDE, "a block within one range");
    }
    const struct hb_allocation *other = hb_ledger_overlap(&run->ledger, payload, size);
    if (other != NULL) {
        char wanted[HB_VALUE_TEXT_BYTES];
        (void)snprintf(wanted, sizeof wanted, "bytes that slot %u, %zu bytes, has not", other->slot,
                       other->size);
        return object_to_payload(run, HB_ORACLE_OVERLAP, wanted);
    }
    if (run->is_exact && payload != expected) {
        char wanted[HB_ADDRESS_TEXT_BYTES];
        hb_address_print(&run->call.expected, wanted);
        return object_to_payload(run, HB_ORACLE_PLACE, wanted);
    }
    return true;
}

static void enter_allocation(struct hb_run *run, uint32_t slot, uintptr_t payload, size_t size)
{
    struct hb_slot *named = hb_slot_touch(run, slot);
    struct hb_run_counts *counts = &run->result->counts;
    *named = (struct hb_slot){
        .state = HB_SLOT_LIVE, .pointer = (void *)payload, .size = size, .key = run->next_key++};
    hb_ledger_enter(
        &run->ledger,
        (struct hb_allocation){.begin = payload, .size = size, .key = named->key, .slot = slot});
    run->is_in_call = true; /* memory that the target hands out must bear being written */
    hb_content_fill(named->pointer, size, named->key);
    run->is_in_call = false;
    if (run->ledger.count > counts->peak_live_blocks) {
        counts->peak_live_blocks = run->ledger.count;
    }
    if (run->ledger.bytes > counts->peak_live_bytes) {
        counts->peak_live_bytes = run->ledger.bytes;
    }
}

/* What only an exact target must answer to is not played on others: sizes and alignments outside
 * the domain, and more memory than the arena has. */
static bool is_playable_malloc(const struct hb_run *run, size_t size, size_t align)
{
    return run->is_exact || (size != 0 && align != 0 && (align & (align - 1)) == 0 &&
                             align <= run->target->align_max && size <= run->arena.byte_count &&
                             run->ledger.bytes <= run->arena.byte_count - size);
}

bool hb_play_malloc(struct hb_run *run, uint32_t slot, size_t size, size_t align)
{
    if (!is_playable_malloc(run, size, align)) {
        run->result->counts.no_ops++;
        return true;
    }
    uintptr_t expected = 0;
    const enum hb_status predicted =
        run->is_exact ? hb_model_malloc(run->model, size, align, &expected) : HB_OK;
    const uint64_t bound = work_bound(run, hb_model_work_bound(run->model));
    run->call = (struct hb_call){.kind = HB_CALL_MALLOC,
                                 .expected_status = (uint8_t)predicted,
                                 .slot = slot,
                                 .size = size,
                                 .align = align,
                                 .expected = hb_address_of(run, expected)};
    void *const untouched = &run->call;
    void *payload = untouched;
    begin_call(run, bound);
    const enum hb_status status = run->target->malloc(run->state, size, align, &payload);
    run->call.actual = hb_address_of(run, (uintptr_t)payload);
    end_call(run, status);
    if (status == HB_OK) {
        if (!check_status(run) || !check_payload(run, (uintptr_t)payload, expected)) {
            return false;
        }
        enter_allocation(run, slot, (uintptr_t)payload, size);
    } else if (payload != untouched && (run->target->contract & HB_FAILS_UNCHANGED) != 0) {
        return check_status(run) && hb_object(run, HB_ORACLE_UNCHANGED, "*out as it was",
                                              "*out was written by a call that failed");
    }
    return check_call(run, bound);
}

static void strike_allocation(struct hb_run *run, uintptr_t pointer)
{
    struct hb_allocation *freed = hb_ledger_find(&run->ledger, pointer);
    if (freed != NULL) {
        hb_slot_touch(run, freed->slot)->state = HB_SLOT_FREED;
        hb_ledger_strike(&run->ledger, freed);
    }
}

static enum hb_status predict_free(struct hb_run *run, uintptr_t pointer, size_t size)
{
    if (run->is_exact) {
        return hb_model_free(run->model, pointer, size);
    }
    const struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
    const bool is_size_checked = (run->target->contract & HB_SIZED_FREE) != 0;
    if (live == NULL) {
        return HB_INVALID_ADDRESS;
    }
    return !is_size_checked || size == SIZE_MAX || size == live->size ? HB_OK : HB_WRONG_SIZE;
}

bool hb_play_free(struct hb_run *run, uint32_t slot, uintptr_t pointer, size_t size)
{
    const enum hb_status predicted = predict_free(run, pointer, size);
    const uint64_t bound = work_bound(run, hb_model_work_bound(run->model));
    if (predicted != HB_OK && (run->target->contract & HB_REFUSES_WRONG_FREES) == 0) {
        run->result->counts.no_ops++;
        return true;
    }
    run->call = (struct hb_call){.kind = HB_CALL_FREE,
                                 .expected_status = (uint8_t)predicted,
                                 .slot = slot,
                                 .pointer = hb_address_of(run, pointer),
                                 .size = size};
    if (predicted == HB_OK) {
        const struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
        if (live != NULL && !hb_check_content(run, live)) {
            return false;
        }
        strike_allocation(run, pointer);
    }
    begin_call(run, bound);
    const enum hb_status status = run->target->free(run->state, (void *)pointer, size);
    end_call(run, status);
    return check_call(run, bound);
}

void hb_play_user(struct hb_run *run, enum hb_call_kind kind, uint32_t slot, const void *pointer,
                  const void *end, size_t size)
{
    if (run->options->observe == NULL) {
        return;
    }
    run->call = (struct hb_call){.op_index = run->op_index,
                                 .op = run->op,
                                 .kind = kind,
                                 .slot = slot,
                                 .pointer = hb_address_of(run, (uintptr_t)pointer),
                                 .end = hb_address_of(run, (uintptr_t)end),
                                 .size = size,
                                 .is_exact = run->is_exact};
    run->options->observe(run->options->observe_context, &run->call);
}
