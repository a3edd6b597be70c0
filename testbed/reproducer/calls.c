/* SPDX-License-Identifier: MIT
 *
 * The list of calls, and what the model says about the heap that they lead to: the program that is
 * printed has no model of its own, so the few numbers that only a model knows are put into it.
 */
#include "calls.h"

#include "model.h"

#include <stdlib.h>

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

static void foresee_call(struct hb_model *model, const struct hb_call *call, size_t arena_bytes,
                         struct hb_foresight *foresight)
{
    uintptr_t payload = 0;
    switch (call->kind) {
    case HB_CALL_INIT:
        foresight->has_stats = hb_model_reset(model, model_base, arena_bytes);
        break;
    case HB_CALL_ADD_RANGE:
        (void)hb_model_add_range(model, model_address(&call->pointer), model_address(&call->end));
        break;
    case HB_CALL_MALLOC:
        (void)hb_model_malloc(model, (size_t)call->size, (size_t)call->align, &payload);
        break;
    case HB_CALL_FREE:
        (void)hb_model_free(model, model_address(&call->pointer), (size_t)call->size);
        break;
    case HB_CALL_COPY:
    case HB_CALL_FILL:
        return;
    }
    foresight->work_bound = hb_model_work_bound(model);
}

static void foresee_blocks(const struct hb_model *model, struct hb_foresight *foresight)
{
    const struct hb_model_stats stats = hb_model_stats(model);
    const size_t count = stats.live_block_count + stats.free_block_count;
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

void hb_foresee(const struct hb_reproducer *reproducer, struct hb_foresight *foresight)
{
    *foresight = (struct hb_foresight){0};
    const struct hb_call_list *calls = reproducer->calls;
    const size_t arena_bytes = (size_t)1 << reproducer->ops->header.arena_log2;
    struct hb_model *model = hb_model_new(HB_PLACEMENT_LIST);
    if (model == NULL || calls->count == 0 || !calls->items[0].is_exact ||
        !hb_model_reset(model, model_base, arena_bytes)) {
        hb_model_delete(model);
        return;
    }
    for (size_t i = 0; i < calls->count; i++) {
        foresee_call(model, &calls->items[i], arena_bytes, foresight);
    }
    const struct hb_model_stats stats = hb_model_stats(model);
    foresight->has_stats = true;
    foresight->free_block_count = stats.free_block_count;
    foresight->free_bytes = stats.free_bytes;
    if (reproducer->verdict->oracle == HB_ORACLE_STATS) {
        foresee_blocks(model, foresight);
    }
    if ((reproducer->target->contract & HB_COUNTS_WORK) == 0) {
        foresight->work_bound = 0;
    }
    hb_model_delete(model);
}
