/* SPDX-License-Identifier: MIT
 *
 * The list of calls, and what the model says about the heap that they lead to: the program that is
 * printed has no model of its own, so the few numbers that only a model knows are put into it.
 */
#include "calls.h"

#include "model.h"

#include <stdlib.h>
#include <string.h>

void hb_call_list_add(struct hb_call_list *list, const struct hb_call *call)
{
    if (list->count == list->room) {
        const size_t room = list->room * 2 + 64;
        struct hb_call *items = realloc(list->items, room * sizeof(*items));
        if (items == NULL) {
            abort(); /* a list with gaps would make a program that shows something else */
        }
        list->items = items;
        list->room = room;
    }
    list->items[list->count++] = *call;
}

void hb_call_list_clear(struct hb_call_list *list)
{
    free(list->items);
    *list = (struct hb_call_list){0};
}

/* The model takes addresses for numbers: any base will do that is aligned as the arena's is. */
static const uintptr_t model_base = (uintptr_t)1 << 30;

static uintptr_t model_address(const struct hb_address *address)
{
    switch (address->base) {
    case HB_IN_ARENA:
        return model_base + (uintptr_t)address->offset;
    case HB_FROM_TOP:
        return UINTPTR_MAX - (uintptr_t)address->offset;
    case HB_FROM_ZERO:
        break;
    }
    return (uintptr_t)address->offset;
}

/* What the last call that is foreseen came to. */
static void foresee_last(struct hb_model *model, uintptr_t payload, uint64_t bound,
                         uint32_t contract, struct hb_foresight *foresight)
{
    foresight->capacity = 0;
    (void)((contract & HB_ANNOTATES) != 0
               ? hb_model_request_size(model, payload, &foresight->capacity)
               : hb_model_usable_size(model, payload, &foresight->capacity));
    foresight->work_bound = bound;
}

/* Steps that finding the pointer may take, on top of what the call itself may. */
static uint64_t lookup_bound(const struct hb_model *model, const struct hb_call *call,
                             uint32_t contract)
{
    const bool is_asked = call->kind == HB_CALL_USABLE && (contract & HB_PLACES_AS_LIST) != 0;
    const bool is_passed =
        call->kind == HB_CALL_FREE || call->kind == HB_CALL_REALLOC || call->kind == HB_CALL_USABLE;
    const uint64_t look = is_passed && (contract & HB_PLACES_AS_BITMAP) != 0;
    const bool is_walked = is_asked || (is_passed && (contract & HB_WALKS_RANGES) != 0);
    return look + (is_walked ? hb_model_walk_bound(model, model_address(&call->pointer)) : 0);
}

static void foresee_call(struct hb_model *model, const struct hb_call *call, size_t arena_bytes,
                         uint32_t contract, struct hb_foresight *foresight)
{
    const uintptr_t pointer = model_address(&call->pointer);
    const uint64_t lookup = lookup_bound(model, call, contract);
    uintptr_t payload = 0;
    switch (call->kind) {
    case HB_CALL_INIT:
        foresight->has_stats = hb_model_reset(model, model_base, arena_bytes);
        break;
    case HB_CALL_ADD_RANGE:
        (void)hb_model_add_range(model, pointer, model_address(&call->end));
        break;
    case HB_CALL_REMOVE_RANGE:
        (void)hb_model_remove_range(model, pointer);
        break;
    case HB_CALL_MALLOC:
    case HB_CALL_CALLOC:
        (void)hb_model_malloc(model, (size_t)hb_call_bytes(call), (size_t)call->align, &payload);
        break;
    case HB_CALL_REALLOC:
        (void)hb_model_realloc(model, pointer, (size_t)call->old_size, (size_t)call->size,
                               (size_t)call->align, &payload);
        break;
    case HB_CALL_FREE:
        (void)hb_model_free(model, pointer, (size_t)call->size);
        break;
    case HB_CALL_USABLE:
        foresee_last(model, pointer, lookup, contract, foresight);
        return;
    case HB_CALL_COPY:
    case HB_CALL_FILL:
        return;
    }
    foresee_last(model, payload, hb_model_work_bound(model) + lookup, contract, foresight);
}

static void foresee_blocks(const struct hb_model *model, struct hb_foresight *foresight)
{
    const struct hb_model_stats stats = hb_model_stats(model);
    const size_t count =
        stats.live_block_count + stats.free_block_count + stats.quarantined_block_count;
    struct hb_model_block block;
    uint64_t position = 0;
    foresight->blocks = calloc(count + 1, sizeof(foresight->blocks[0]));
    while (foresight->blocks != NULL && foresight->block_count < count &&
           hb_model_next_block(model, &position, &block)) {
        foresight->blocks[foresight->block_count++] = (struct hb_foreseen_block){
            .offset = (int64_t)(block.payload - model_base),
            .capacity_bytes = block.capacity,
            .request_bytes = block.request,
        };
    }
}

/* Of another's allocator what the verdict says, and no more: see hb_check_regained, check_bound. */
static void foresee_own(const struct hb_verdict *verdict, struct hb_foresight *foresight)
{
    static const char blocks_of[] = "blocks of";
    unsigned long long bound = 0;
    if (verdict->oracle == HB_ORACLE_BOUND) {
        const char *said = strstr(verdict->actual, "bound ");
        bound = said != NULL ? strtoull(said + strlen("bound "), NULL, 10) : 0;
    } else if (verdict->oracle == HB_ORACLE_HANG) {
        const char *said = strstr(verdict->actual, "after ");
        const unsigned long long steps =
            said != NULL ? strtoull(said + strlen("after "), NULL, 10) : 0;
        bound = steps > 1024 ? (steps - 1025) / 4 : 0;
    } else if (verdict->oracle == HB_ORACLE_DRAIN &&
               strncmp(verdict->expected, blocks_of, sizeof blocks_of - 1) == 0) {
        char *at = (char *)(uintptr_t)verdict->expected + sizeof blocks_of - 1;
        for (size_t i = 0; i < HB_REGAINED_MAX && (*at == ' ' || *at == ','); i++) {
            foresight->regained[i] = strtoul(at + strspn(at, " ,"), &at, 10);
        }
    }
    foresight->work_bound = bound;
}

void hb_foresee(const struct hb_reproducer *reproducer, struct hb_foresight *foresight)
{
    *foresight = (struct hb_foresight){0};
    const struct hb_call_list *calls = reproducer->calls;
    const size_t arena_bytes = (size_t)1 << reproducer->ops->header.arena_log2;
    const uint32_t contract = reproducer->target->contract;
    if (calls->count == 0 || !calls->items[0].is_exact) {
        foresee_own(reproducer->verdict, foresight);
        return;
    }
    struct hb_model *model = hb_model_new(
        (contract & HB_PLACES_AS_BITMAP) != 0 ? HB_PLACEMENT_BITMAP : HB_PLACEMENT_LIST);
    if (model != NULL) {
        hb_model_configure(model, reproducer->target->quarantine_bytes,
                           reproducer->target->guard_bytes);
    }
    if (model == NULL || !hb_model_reset(model, model_base, arena_bytes)) {
        hb_model_delete(model);
        return;
    }
    for (size_t i = 0; i < calls->count; i++) {
        foresee_call(model, &calls->items[i], arena_bytes, contract, foresight);
    }
    const struct hb_model_stats stats = hb_model_stats(model);
    foresight->has_stats = true;
    foresight->free_block_count = stats.free_block_count;
    foresight->free_bytes = stats.free_bytes;
    foresight->largest_free_bytes = stats.largest_free_bytes;
    if (reproducer->verdict->oracle == HB_ORACLE_STATS) {
        foresee_blocks(model, foresight);
    }
    if ((contract & HB_COUNTS_WORK) == 0) {
        foresight->work_bound = 0;
    }
    hb_model_delete(model);
}
