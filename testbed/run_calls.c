/* SPDX-License-Identifier: MIT
 *
 * The calls, in lockstep: the model says what must come, the target answers, and the oracles that
 * look at a single call compare.
 */
#include "run_state.h"

#include "content.h"
#include "uninstrumented.h"

/* A call that no contract lets a target be asked for. */
static bool pass(struct hb_run *run)
{
    run->result->counts.no_ops++;
    return true;
}

/* Another number for each init of each stream. */
static uint64_t next_key(struct hb_run *run)
{
    uint64_t key = run->stream_hash + ++run->init_count * 0x9E3779B97F4A7C15u;
    key = (key ^ key >> 30) * 0xBF58476D1CE4E5B9u;
    key = (key ^ key >> 27) * 0x94D049BB133111EBu;
    return key ^ key >> 31;
}

static void new_call(struct hb_run *run, struct hb_call call)
{
    run->call = call;
    run->is_by_odds = false;
}

bool hb_play_init(struct hb_run *run)
{
    run->host.key = next_key(run);
    run->failed_call_count = 0;
    run->peak_live_bytes = 0;
    new_call(run, (struct hb_call){.kind = HB_CALL_INIT, .size = run->host.key});
    hb_call_begin(run, HB_NO_BOUND);
    run->target->init(run->state, &run->host);
    hb_call_end(run, HB_OK);
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
        return pass(run);
    }
    /* a wild range may meet the heap itself, and where that lies is not for the stream to say */
    const uintptr_t state = (uintptr_t)run->state;
    if (judged == HB_TOO_MANY_RANGES && begin < state + run->target->state_bytes && state < end) {
        return pass(run);
    }
    new_call(run, (struct hb_call){.kind = HB_CALL_ADD_RANGE,
                                   .expected_status = (uint8_t)judged,
                                   .pointer = hb_address_of(run, begin),
                                   .end = hb_address_of(run, end)});
    if (run->is_exact) {
        (void)hb_model_add_range(run->model, begin, end);
    }
    if (run->options->is_tidy && judged == HB_OK) {
        hb_bytes_set((void *)begin, 0, end - begin);
    }
    const uint64_t bound = hb_call_bound(run, hb_model_work_bound(run->model));
    hb_call_begin(run, bound);
    const enum hb_status status = run->target->add_range(run->state, (void *)begin, (void *)end);
    hb_call_end(run, status);
    const bool was_exact = run->is_exact;
    if (judged == HB_OK && status == HB_OK) {
        if (!was_exact) {
            (void)hb_model_add_range(run->model, begin, end); /* keeps its ranges for us */
        }
        run->last_range_end = end;
        run->range_bytes += end - begin;
    } else if (run->options->is_tidy && judged == HB_OK) {
        hb_arena_restore(&run->arena, (const uint8_t *)begin, (const uint8_t *)end);
    }
    if (!hb_check_call(run, bound)) {
        return false;
    }
    if (was_exact && !run->is_exact && judged == HB_OK) {
        (void)hb_model_remove_range(run->model, begin); /* it has not been taken */
    }
    return hb_check_edges(run) && hb_check_touched(run, begin, status == HB_OK ? end - begin : 0);
}

/* The end of the range that begins at begin; 0 where there is none. */
static uintptr_t end_of_range(const struct hb_run *run, uintptr_t begin)
{
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t range_begin;
        uintptr_t range_end;
        hb_model_range(run->model, i, &range_begin, &range_end);
        if (range_begin == begin) {
            return range_end;
        }
    }
    return 0;
}

/* What another's allocator must answer: it may keep a range that it could give back. */
static enum hb_status predict_remove(struct hb_run *run, uintptr_t begin, uintptr_t end)
{
    if (run->is_exact) {
        return hb_model_remove_range(run->model, begin);
    }
    return hb_ledger_overlap(&run->ledger, begin, end - begin) == NULL ? HB_OK : HB_RANGE_IN_USE;
}

bool hb_play_remove_range(struct hb_run *run, uintptr_t begin)
{
    const uintptr_t end = end_of_range(run, begin);
    if (run->target->remove_range == NULL || (end == 0 && !run->is_exact)) {
        return pass(run);
    }
    const enum hb_status predicted = predict_remove(run, begin, end);
    const uint64_t bound = hb_call_bound(run, hb_model_work_bound(run->model));
    new_call(run, (struct hb_call){.kind = HB_CALL_REMOVE_RANGE,
                                   .expected_status = (uint8_t)predicted,
                                   .pointer = hb_address_of(run, begin)});
    hb_call_begin(run, bound);
    const enum hb_status status = run->target->remove_range(run->state, (void *)begin);
    hb_call_end(run, status);
    const bool was_exact = run->is_exact;
    if (predicted == HB_OK && status == HB_OK) {
        if (!run->is_exact) {
            (void)hb_model_remove_range(run->model, begin);
        }
        if (!hb_check_touched(run, begin, end - begin)) {
            return false;
        }
        hb_arena_restore(&run->arena, (const uint8_t *)begin, (const uint8_t *)end);
        run->range_bytes -= end - begin;
    }
    if (!hb_check_call(run, bound)) {
        return false;
    }
    if (was_exact && !run->is_exact && predicted == HB_OK) {
        (void)hb_model_add_range(run->model, begin, end); /* it has not been given back */
    }
    return hb_check_edges(run) && hb_check_touched(run, begin, end != 0 ? end - begin : 0);
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
        if (run->is_exact || run->is_smashed) {
            return false;
        }
        left -= range_end - at;
        at = range_end;
        i = SIZE_MAX; /* the range behind may have been added before */
    }
    return false;
}

static bool object_to_payload(struct hb_run *run, enum hb_oracle oracle, size_t size,
                              const char *expected)
{
    char actual[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&run->call.actual, actual);
    return hb_object(run, oracle, expected, "%zu bytes at %s, alignment %zu", size, actual,
                     (size_t)run->call.align);
}

/* The oracles on an address that the target handed out for size bytes. */
static bool check_payload(struct hb_run *run, uintptr_t payload, size_t size, uintptr_t expected)
{
    const bool has_ranges = (run->target->contract & HB_TAKES_RANGES) != 0;
    const size_t align = (size_t)run->call.align;
    if (payload == 0 && !hb_object(run, HB_ORACLE_STATUS, "an address with ok", "null with ok")) {
        return false;
    }
    if (align != 0 && payload % align != 0 &&
        !object_to_payload(run, HB_ORACLE_ALIGN, size, "a multiple of the alignment")) {
        return false;
    }
    if (has_ranges && !is_inside_a_range(run, payload, size) &&
        !object_to_payload(run, HB_ORACLE_INSIDE, size, "a block within one range")) {
        return false;
    }
    const struct hb_allocation *other = hb_ledger_overlap(&run->ledger, payload, size);
    if (other != NULL) {
        char wanted[HB_VALUE_TEXT_BYTES];
        (void)snprintf(wanted, sizeof wanted, "bytes that slot %u, %zu bytes, has not", other->slot,
                       other->size);
        if (!object_to_payload(run, HB_ORACLE_OVERLAP, size, wanted)) {
            return false;
        }
    }
    if (run->is_exact && payload != expected) {
        char wanted[HB_ADDRESS_TEXT_BYTES];
        hb_address_print(&run->call.expected, wanted);
        if (!object_to_payload(run, HB_ORACLE_PLACE, size, wanted)) {
            return false;
        }
        hb_leave_model(run);
    }
    return true;
}

static uint64_t next_content_key(struct hb_run *run, uintptr_t payload)
{
    return run->options->is_tidy ? payload - hb_arena_begin(run) : run->next_key++;
}

static void enter_allocation(struct hb_run *run, uint32_t slot, uintptr_t payload, size_t size)
{
    struct hb_slot *named = hb_slot_touch(run, slot);
    struct hb_run_counts *counts = &run->result->counts;
    *named = (struct hb_slot){.state = HB_SLOT_LIVE,
                              .pointer = (void *)payload,
                              .size = size,
                              .key = next_content_key(run, payload)};
    hb_ledger_enter(
        &run->ledger,
        (struct hb_allocation){.begin = payload, .size = size, .key = named->key, .slot = slot});
    run->is_in_call = true; /* memory that the target hands out must bear being written */
    hb_content_fill(named->pointer, size, named->key);
    run->is_in_call = false;
    hb_raise_to(&counts->peak_live_blocks, run->ledger.count);
    hb_raise_to(&counts->peak_live_bytes, run->ledger.bytes);
    hb_raise_to(&run->peak_live_bytes, run->ledger.bytes);
}

/* What only an exact target must answer to is not played on others: sizes and alignments outside
 * the domain, and more memory than the arena has. */
static bool is_playable_malloc(const struct hb_run *run, size_t size, size_t align)
{
    return run->is_exact || (size != 0 && align != 0 && (align & (align - 1)) == 0 &&
                             align <= run->target->align_max && size <= run->arena.byte_count &&
                             run->ledger.bytes <= run->arena.byte_count - size);
}

/* A call that allocates answers through its out pointer: this is what it holds before. */
static void *untouched(const struct hb_run *run)
{
    return (void *)(uintptr_t)&run->call;
}

/* A call that failed has left its out pointer alone. */
static bool check_out(struct hb_run *run, const void *out)
{
    return run->call.actual_status == HB_OK || out == untouched(run) ||
           (run->target->contract & HB_FAILS_UNCHANGED) == 0 ||
           hb_object(run, HB_ORACLE_UNCHANGED, "*out as it was",
                     "*out was written by a call that failed");
}

HB_UNINSTRUMENTED
static size_t first_not_zero(const uint8_t *bytes, size_t byte_count)
{
    size_t at = 0;
    while (at < byte_count && bytes[at] == 0) {
        at++;
    }
    return at;
}

static bool check_zeros(struct hb_run *run, const uint8_t *payload, size_t size)
{
    run->is_in_call = true; /* a live block that can't be read is the target's fault */
    const size_t at = first_not_zero(payload, size);
    run->is_in_call = false;
    return at == size || hb_object(run, HB_ORACLE_CONTENT, "zeros from calloc",
                                   "%zu bytes: byte %zu is not 0", size, at);
}

/* One call of malloc, or of calloc where the call's kind says so. size: of the whole block. */
static enum hb_status call_malloc(struct hb_run *run, size_t size, void **payload)
{
    const struct hb_target *target = run->target;
    const size_t align = (size_t)run->call.align;
    const enum hb_status status = run->call.kind == HB_CALL_CALLOC
                                      ? target->calloc(run->state, (size_t)run->call.count,
                                                       (size_t)run->call.size, align, payload)
                                      : target->malloc(run->state, size, align, payload);
    run->call.actual = hb_address_of(run, (uintptr_t)*payload);
    return status;
}

static bool play_allocation(struct hb_run *run, struct hb_call call, size_t size)
{
    if (!is_playable_malloc(run, size, (size_t)call.align)) {
        return pass(run);
    }
    uintptr_t expected = 0;
    const enum hb_status predicted =
        run->is_exact ? hb_model_malloc(run->model, size, (size_t)call.align, &expected) : HB_OK;
    const uint64_t bound = hb_call_bound(run, hb_model_work_bound(run->model));
    call.expected_status = (uint8_t)predicted;
    call.expected = hb_address_of(run, expected);
    new_call(run, call);
    void *payload = untouched(run);
    hb_call_begin(run, bound);
    hb_call_end(run, call_malloc(run, size, &payload));
    if (!hb_check_status(run) || !check_out(run, payload)) {
        return false;
    }
    if (run->call.actual_status == HB_OK) {
        if (!check_payload(run, (uintptr_t)payload, size, expected) ||
            (call.kind == HB_CALL_CALLOC && !check_zeros(run, payload, size))) {
            return false;
        }
        enter_allocation(run, call.slot, (uintptr_t)payload, size);
    }
    if (!hb_check_call(run, bound) || !hb_check_described(run, (uintptr_t)payload)) {
        return false;
    }
    return run->call.actual_status != HB_OK || hb_check_touched(run, (uintptr_t)payload, size);
}

bool hb_play_malloc(struct hb_run *run, uint32_t slot, size_t size, size_t align)
{
    const struct hb_call call = {
        .kind = HB_CALL_MALLOC, .slot = slot, .size = size, .align = align};
    return play_allocation(run, call, size);
}

bool hb_play_calloc(struct hb_run *run, uint32_t slot, size_t count, size_t size, size_t align)
{
    const size_t product = size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
    const struct hb_call call = {
        .kind = HB_CALL_CALLOC, .slot = slot, .count = count, .size = size, .align = align};
    return run->target->calloc == NULL ? hb_play_malloc(run, slot, product, align)
                                       : play_allocation(run, call, product);
}

static void strike_allocation(struct hb_run *run, uintptr_t pointer)
{
    struct hb_allocation *freed = hb_ledger_find(&run->ledger, pointer);
    if (freed != NULL) {
        hb_slot_touch(run, freed->slot)->state = HB_SLOT_FREED;
        hb_ledger_strike(&run->ledger, freed);
    }
}

/* What a call that is given this pointer and this size must say to them, going by the ledger. */
static enum hb_status judge_pointer(const struct hb_run *run, uintptr_t pointer, size_t size)
{
    const struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
    const bool is_size_checked = (run->target->contract & HB_SIZED_FREE) != 0;
    if (live == NULL) {
        return HB_INVALID_ADDRESS;
    }
    return !is_size_checked || size == SIZE_MAX || size == live->size ? HB_OK : HB_WRONG_SIZE;
}

/* A target that has not promised to refuse what is wrong is not asked; nor is another's allocator
 * that may take the size at its word. */
static bool is_playable_pointer(const struct hb_run *run, uintptr_t pointer, size_t size)
{
    const struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
    const bool is_right = live != NULL && (size == SIZE_MAX || size == live->size);
    const bool is_size_wrong = live != NULL && !run->is_exact;
    const uint32_t promised = HB_REFUSES_WRONG_FREES | (is_size_wrong ? HB_SIZED_FREE : 0);
    return is_right || (run->target->contract & promised) == promised;
}

static bool object_to_accepted(struct hb_run *run)
{
    return hb_object(run, HB_ORACLE_STATUS, "a refusal: the block was freed just before", "ok");
}

/* The links of a free block take so many bytes of it at most. */
#define LINK_BYTES_MAX 40u

/* Whether a wrong pointer is that of the block freed last, which has become part of one that is
 * free, behind the links of that: what was its header has not been written over by anyone, and
 * tells. No odds are in this. */
static bool is_freed_last(const struct hb_run *run, uintptr_t pointer)
{
    struct hb_model_block block;
    uint64_t position = 0;
    if (!run->is_by_odds || pointer != run->freed_last || !run->is_exact) {
        return false;
    }
    while (hb_model_next_block(run->model, &position, &block)) {
        if (pointer - block.payload < block.capacity) {
            return block.request == 0 && pointer - block.payload >= LINK_BYTES_MAX;
        }
    }
    return false;
}

bool hb_play_free(struct hb_run *run, uint32_t slot, uintptr_t pointer, size_t size)
{
    if (!is_playable_pointer(run, pointer, size)) {
        return pass(run);
    }
    const uint64_t lookup = hb_lookup_bound(run, pointer);
    const enum hb_status predicted = run->is_exact ? hb_model_free(run->model, pointer, size)
                                                   : judge_pointer(run, pointer, size);
    const uint64_t bound = hb_call_bound(run, hb_model_work_bound(run->model) + lookup);
    new_call(run, (struct hb_call){.kind = HB_CALL_FREE,
                                   .expected_status = (uint8_t)predicted,
                                   .slot = slot,
                                   .pointer = hb_address_of(run, pointer),
                                   .size = size});
    const struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
    const size_t live_size = live != NULL ? live->size : 0;
    if (predicted == HB_OK && live != NULL && !hb_check_content(run, live)) {
        return false;
    }
    if (run->options->is_tidy && predicted == HB_OK && live != NULL) {
        hb_bytes_set((void *)live->begin, 0, live->size);
    }
    run->is_by_odds = predicted == HB_INVALID_ADDRESS && hb_is_by_odds(run, pointer);
    const bool is_certain = is_freed_last(run, pointer);
    hb_call_begin(run, bound);
    hb_call_end(run, run->target->free(run->state, (void *)pointer, size));
    if (is_certain && run->call.actual_status == HB_OK && !object_to_accepted(run)) {
        return false;
    }
    run->freed_last =
        predicted == HB_OK && run->call.actual_status == HB_OK ? pointer : run->freed_last;
    if (run->call.actual_status == HB_OK) { /* its user believes it */
        strike_allocation(run, pointer);
    }
    return hb_check_call(run, bound) && hb_check_touched(run, pointer, live_size);
}

static bool is_odd_realloc(const struct hb_run *run, uintptr_t pointer)
{
    return (run->options->without_odd_reallocs ||
            hb_oracle_applies(HB_ORACLE_SHADOW, run->target)) &&
           pointer != 0 && hb_is_by_odds(run, pointer);
}

static enum hb_status predict_realloc(struct hb_run *run, uintptr_t pointer, uintptr_t *expected)
{
    const struct hb_call *call = &run->call;
    if (run->is_exact) {
        return hb_model_realloc(run->model, pointer, (size_t)call->old_size, (size_t)call->size,
                                (size_t)call->align, expected);
    }
    return pointer == 0 ? HB_OK : judge_pointer(run, pointer, (size_t)call->old_size);
}

/* The block has moved, or not: what it had is what it has, as far as both sizes go. */
static bool take_over(struct hb_run *run, uintptr_t pointer, uintptr_t payload, uintptr_t expected)
{
    const size_t size = (size_t)run->call.size;
    struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
    const struct hb_allocation old = live != NULL ? *live : (struct hb_allocation){0};
    if (live != NULL) {
        hb_ledger_strike(&run->ledger, live);
    }
    if (!check_payload(run, payload, size, expected)) {
        return false;
    }
    const struct hb_allocation kept = {.begin = payload,
                                       .size = old.size < size ? old.size : size,
                                       .key = old.key,
                                       .slot = run->call.slot};
    if (!hb_check_content(run, &kept)) {
        return false;
    }
    enter_allocation(run, run->call.slot, payload, size);
    return true;
}

bool hb_play_realloc(struct hb_run *run, uint32_t slot, uintptr_t pointer, size_t old_size,
                     size_t size, size_t align)
{
    const struct hb_allocation *live = hb_ledger_find(&run->ledger, pointer);
    if (!is_playable_malloc(run, size, align) ||
        (pointer != 0 && !is_playable_pointer(run, pointer, old_size)) ||
        is_odd_realloc(run, pointer)) {
        return pass(run);
    }
    if (live != NULL && !hb_check_content(run, live)) {
        return false;
    }
    const size_t live_size = live != NULL ? live->size : 0;
    uintptr_t expected = 0;
    uint64_t lookup = hb_lookup_bound(run, pointer);
    new_call(run, (struct hb_call){.kind = HB_CALL_REALLOC,
                                   .slot = live != NULL ? live->slot : slot,
                                   .pointer = hb_address_of(run, pointer),
                                   .size = size,
                                   .old_size = old_size,
                                   .align = align});
    const enum hb_status predicted = predict_realloc(run, pointer, &expected);
    const uint64_t bound = hb_call_bound(run, hb_model_work_bound(run->model) + lookup);
    run->call.expected_status = (uint8_t)predicted;
    run->call.expected = hb_address_of(run, expected);
    run->is_by_odds = predicted == HB_INVALID_ADDRESS && hb_is_by_odds(run, pointer);
    void *payload = untouched(run);
    hb_call_begin(run, bound);
    const enum hb_status status =
        run->target->realloc(run->state, (void *)pointer, old_size, size, align, &payload);
    run->call.actual = hb_address_of(run, (uintptr_t)payload);
    hb_call_end(run, status);
    if (status != HB_OK) {
        return hb_check_call(run, bound) && check_out(run, payload) &&
               hb_check_touched(run, pointer, live_size);
    }
    /* an answer that should not be, and that nobody objects to, is believed */
    if (predicted != HB_OK && !hb_check_call(run, bound)) {
        return false;
    }
    return take_over(run, pointer, (uintptr_t)payload, expected) && hb_check_call(run, bound) &&
           hb_check_described(run, (uintptr_t)payload) &&
           hb_check_touched(run, pointer, live_size) &&
           hb_check_touched(run, (uintptr_t)payload, size);
}

enum hb_status hb_predict_usable(const struct hb_run *run, uintptr_t pointer, size_t *capacity)
{
    if (!run->is_exact) {
        return judge_pointer(run, pointer, SIZE_MAX);
    }
    return hb_annotates(run->target) ? hb_model_request_size(run->model, pointer, capacity)
                                     : hb_model_usable_size(run->model, pointer, capacity);
}

/* It visits no block but the pointer's, and where it walks, those in front of it. */
static uint64_t usable_bound(const struct hb_run *run, uintptr_t pointer)
{
    const bool is_list = (run->target->contract & HB_PLACES_AS_LIST) != 0;
    return is_list ? hb_model_walk_bound(run->model, pointer) : hb_lookup_bound(run, pointer);
}

bool hb_play_usable(struct hb_run *run, uint32_t slot, uintptr_t pointer)
{
    if (run->target->usable_size == NULL || !is_playable_pointer(run, pointer, SIZE_MAX)) {
        return pass(run);
    }
    size_t expected = 0;
    const enum hb_status predicted = hb_predict_usable(run, pointer, &expected);
    const uint64_t bound = hb_call_bound(run, usable_bound(run, pointer));
    new_call(run, (struct hb_call){.kind = HB_CALL_USABLE,
                                   .expected_status = (uint8_t)predicted,
                                   .slot = slot,
                                   .pointer = hb_address_of(run, pointer),
                                   .count = expected});
    run->is_by_odds = predicted == HB_INVALID_ADDRESS && hb_is_by_odds(run, pointer);
    const bool is_certain = is_freed_last(run, pointer);
    static const size_t unwritten = 0x5A5A5A5A;
    size_t size = unwritten;
    hb_call_begin(run, bound);
    const enum hb_status status =
        run->target->usable_size(run->state, (const void *)pointer, &size);
    run->call.size = size;
    hb_call_end(run, status);
    if (is_certain && status == HB_OK && !object_to_accepted(run)) {
        return false;
    }
    if (!hb_check_call(run, bound)) {
        return false;
    }
    return status == HB_OK
               ? hb_check_capacity(run, pointer, size)
               : size == unwritten || hb_object(run, HB_ORACLE_UNCHANGED, "*size_bytes as it was",
                                                "it was written by a call that failed");
}

void hb_play_user(struct hb_run *run, enum hb_call_kind kind, uint32_t slot, const void *pointer,
                  const void *end, size_t size)
{
    if (run->options->observe == NULL) {
        return;
    }
    new_call(run, (struct hb_call){.op_index = run->op_index,
                                   .op = run->op,
                                   .kind = kind,
                                   .slot = slot,
                                   .pointer = hb_address_of(run, (uintptr_t)pointer),
                                   .end = hb_address_of(run, (uintptr_t)end),
                                   .size = size,
                                   .is_exact = run->is_exact});
    run->options->observe(run->options->observe_context, &run->call);
}
