/* SPDX-License-Identifier: MIT
 *
 * Takes views: the one walk over a run's heap that all pictures share.
 */
#include "view.h"

#include "run_state.h"

#include <stdlib.h>
#include <unistd.h>

/* Free blocks beyond these get no number: to find the n-th costs n steps. */
enum { RANKS_MAX = 256 };

/* A walk that tells more has no end. */
#define WALKED_MAX      ((size_t)1 << 20)
#define WALK_STEPS_MAX  ((uint64_t)1 << 32)
#define GAP_BYTES       16
#define BLOCKS_AT_FIRST ((size_t)64)

static void add(struct hb_view_blocks *blocks, struct hb_view_block block)
{
    if (blocks->count == blocks->room) {
        const size_t room = blocks->room == 0 ? BLOCKS_AT_FIRST : 2 * blocks->room;
        struct hb_view_block *items = realloc(blocks->items, room * sizeof *items);
        if (items == NULL) {
            abort();
        }
        blocks->items = items;
        blocks->room = room;
    }
    blocks->items[blocks->count++] = block;
}

static int64_t offset_of(const struct hb_run *run, uintptr_t address)
{
    return (int64_t)(address - hb_arena_begin(run));
}

static void take_ranges(const struct hb_run *run, struct hb_view *view)
{
    view->range_count = hb_model_range_count(run->model);
    view->ranges = calloc(view->range_count + 1, sizeof *view->ranges);
    if (view->ranges == NULL) {
        abort();
    }
    for (size_t i = 0; i < view->range_count; i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        view->ranges[i] =
            (struct hb_view_range){.begin = offset_of(run, begin), .end = offset_of(run, end)};
    }
}

static struct hb_view_block *find(struct hb_view_blocks *blocks, int64_t at)
{
    for (size_t i = 0; i < blocks->count; i++) {
        if (blocks->items[i].at == at) {
            return &blocks->items[i];
        }
    }
    return NULL;
}

static void rank_free_blocks(const struct hb_run *run, struct hb_view *view)
{
    struct hb_model_block block;
    for (uint32_t i = 0; i < RANKS_MAX && hb_model_free_block(run->model, i, &block); i++) {
        struct hb_view_block *free_block = find(&view->model, offset_of(run, block.payload));
        if (free_block != NULL) {
            free_block->rank = i;
        }
    }
}

/* What is not live is free, but for what is held back and for slivers. Which those are, the numbers
 * tell; beyond the last number they all count as free. */
static void set_aside(struct hb_view *view)
{
    size_t ranked = 0;
    for (size_t i = 0; i < view->model.count; i++) {
        ranked += view->model.items[i].rank != HB_VIEW_NONE;
    }
    if (ranked == RANKS_MAX) {
        return;
    }
    view->free_count = ranked;
    for (size_t i = 0; i < view->model.count; i++) {
        struct hb_view_block *block = &view->model.items[i];
        if (block->state == HB_VIEW_FREE && block->rank == HB_VIEW_NONE) {
            block->state = HB_VIEW_ASIDE;
        }
    }
}

static void take_model(const struct hb_run *run, struct hb_view *view)
{
    struct hb_model_block block;
    for (size_t range = 0; range < view->range_count; range++) {
        for (uint64_t at = (uint64_t)range << 32;
             at >> 32 == range && hb_model_next_block(run->model, &at, &block);) {
            const struct hb_allocation *owner = hb_ledger_find(&run->ledger, block.payload);
            const bool is_live = block.request != 0;
            add(&view->model, (struct hb_view_block){
                                  .at = offset_of(run, block.payload),
                                  .capacity = block.capacity,
                                  .request = block.request,
                                  .slot = is_live && owner != NULL ? owner->slot : HB_VIEW_NONE,
                                  .rank = HB_VIEW_NONE,
                                  .state = is_live ? HB_VIEW_LIVE : HB_VIEW_FREE,
                                  .range = (uint32_t)range});
        }
    }
    view->free_count = hb_model_free_block_count(run->model);
    rank_free_blocks(run, view);
    set_aside(view);
}

static int by_slot(const void *one, const void *other)
{
    const struct hb_view_block *a = one;
    const struct hb_view_block *b = other;
    return (a->slot > b->slot) - (a->slot < b->slot);
}

static void lay_side_by_side(struct hb_view_blocks *blocks)
{
    int64_t at = GAP_BYTES;
    if (blocks->count > 0) {
        qsort(blocks->items, blocks->count, sizeof *blocks->items, by_slot);
    }
    for (size_t i = 0; i < blocks->count; i++) {
        blocks->items[i].at = at;
        at += (int64_t)blocks->items[i].capacity + GAP_BYTES;
    }
}

void hb_view_take(const struct hb_run *run, struct hb_view *view)
{
    *view = (struct hb_view){.op_index = run->op_index,
                             .call = run->call,
                             .is_exact = run->is_exact,
                             .has_arena = (run->target->contract & HB_TAKES_RANGES) != 0,
                             .live_bytes = run->ledger.bytes};
    take_ranges(run, view);
    if (run->is_exact) {
        take_model(run, view);
    }
    for (size_t i = 0; i < run->ledger.count; i++) {
        const struct hb_allocation *owned = &run->ledger.items[i];
        add(&view->allocated, (struct hb_view_block){.at = offset_of(run, owned->begin),
                                                     .capacity = owned->size,
                                                     .request = owned->size,
                                                     .slot = owned->slot,
                                                     .rank = HB_VIEW_NONE,
                                                     .state = HB_VIEW_LIVE});
    }
    if (!view->has_arena) {
        lay_side_by_side(&view->allocated);
    }
}

struct walk {
    const struct hb_run *run;
    struct hb_view *view;
};

static bool keep_walked(void *context, const struct hb_target_block *block)
{
    const struct walk *walk = context;
    const struct hb_allocation *owner =
        hb_ledger_find(&walk->run->ledger, (uintptr_t)block->payload);
    add(&walk->view->walked,
        (struct hb_view_block){.at = offset_of(walk->run, (uintptr_t)block->payload),
                               .capacity = block->capacity_bytes,
                               .request = block->is_live ? block->request_bytes : 0,
                               .slot = owner != NULL ? owner->slot : HB_VIEW_NONE,
                               .rank = HB_VIEW_NONE,
                               .state = block->is_live ? HB_VIEW_LIVE : HB_VIEW_FREE});
    return walk->view->walked.count < WALKED_MAX;
}

static _Noreturn void leave(void)
{
    _exit(0);
}

static _Noreturn void leave_panicking(const char *reason)
{
    (void)reason;
    _exit(0);
}

void hb_view_walk(struct hb_run *run, struct hb_view *view)
{
    struct walk walk = {.run = run, .view = view};
    if (run->target->walk == NULL || !view->has_arena) {
        return;
    }
    const struct hb_host host = run->host;
    run->host.work = 0;
    run->host.work_limit = WALK_STEPS_MAX;
    run->host.hang = leave;
    run->host.panic = leave_panicking;
    run->target->walk(run->state, keep_walked, &walk);
    run->host = host;
    view->is_walked = view->walked.count < WALKED_MAX;
}

void hb_view_clear(struct hb_view *view)
{
    free(view->ranges);
    free(view->model.items);
    free(view->allocated.items);
    free(view->walked.items);
    *view = (struct hb_view){0};
}

int64_t hb_view_front(const struct hb_view *view, const struct hb_view_blocks *blocks, size_t index)
{
    const int64_t at = blocks->items[index].at;
    int64_t front = at;
    for (size_t i = 0; i < view->range_count; i++) {
        if (view->ranges[i].begin <= at && at < view->ranges[i].end) {
            front = view->ranges[i].begin;
        }
    }
    if (index > 0) {
        const struct hb_view_block *before = &blocks->items[index - 1];
        const int64_t end = before->at + (int64_t)before->capacity;
        front = end > front && end <= at ? end : front;
    }
    return front;
}

bool hb_view_tells_all(const struct hb_view *view)
{
    size_t owned = 0;
    for (size_t i = 0; i < view->walked.count; i++) {
        const struct hb_view_block *block = &view->walked.items[i];
        owned += block->state == HB_VIEW_LIVE && block->slot != HB_VIEW_NONE;
    }
    return view->is_walked && owned == view->allocated.count;
}

/* Both by address within a range, ranges as they were added. */
static bool has_same_blocks(const struct hb_view *view)
{
    if (view->model.count != view->walked.count) {
        return false;
    }
    for (size_t i = 0; i < view->model.count; i++) {
        const struct hb_view_block *ours = &view->model.items[i];
        const struct hb_view_block *told = &view->walked.items[i];
        if (ours->at != told->at || ours->capacity != told->capacity ||
            (ours->state == HB_VIEW_LIVE) != (told->state == HB_VIEW_LIVE)) {
            return false;
        }
    }
    return true;
}

/* The ledger is sorted by address, the model's blocks may not be. */
static bool has_same_allocations(const struct hb_view *view)
{
    size_t live = 0;
    for (size_t i = 0; i < view->model.count; i++) {
        const struct hb_view_block *block = &view->model.items[i];
        if (block->state != HB_VIEW_LIVE) {
            continue;
        }
        live++;
        if (block->slot == HB_VIEW_NONE) {
            return false; /* the model has it, and the ledger does not */
        }
    }
    return live == view->allocated.count;
}

bool hb_view_agrees(const struct hb_view *view)
{
    return view->is_exact && has_same_allocations(view) &&
           (!view->is_walked || has_same_blocks(view));
}
