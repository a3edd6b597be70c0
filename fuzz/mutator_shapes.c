/* SPDX-License-Identifier: MIT
 *
 * Changes that know the heap: the stream is played on the model up to a place, and what is inserted
 * there fits the blocks that there are. What would take an engine thousands of tries by chance (an
 * exact fit, a neighbour, the last range) takes one.
 */
#include "mutator_state.h"

#include "ops_record.h"

/* No change inserts more. */
#define OPS_MAX 96

/* Operations that are put together, and played on the way. */
struct batch {
    struct hb_mutator *mutator;
    size_t at; /* where they go */
    size_t count;
    struct hb_op ops[OPS_MAX];
};

/* Plays the stream up to a place; the heap's blocks are listed. */
static bool batch_open(struct batch *batch, struct hb_mutator *mutator)
{
    batch->mutator = mutator;
    batch->at = place_to_insert(mutator);
    batch->count = 0;
    return heap_play(mutator, batch->at) && heap_list(&mutator->heap);
}

static bool batch_is_full(const struct batch *batch)
{
    return batch->count == OPS_MAX;
}

static void batch_add(struct batch *batch, struct hb_op op)
{
    if (!batch_is_full(batch)) {
        hb_op_canonicalize(&op, &batch->mutator->header);
        batch->ops[batch->count++] = op;
        heap_step(&batch->mutator->heap, &op);
    }
}

static void batch_free(struct batch *batch, uint32_t slot)
{
    const enum hb_op_kind kind =
        dice_one_in(&batch->mutator->dice, 8) ? HB_OP_FREE_ANY_SIZE : HB_OP_FREE;
    batch_add(batch, (struct hb_op){.kind = (uint8_t)kind, .slot = slot});
}

/* The slot of a malloc of that size; NO_SLOT where there is none left. */
static uint32_t batch_malloc(struct batch *batch, size_t size)
{
    const uint32_t slot = heap_slot_to_use(batch->mutator);
    if (slot != NO_SLOT && !batch_is_full(batch)) {
        batch_add(batch, malloc_op(slot, size));
        return slot;
    }
    return NO_SLOT;
}

static bool batch_close(const struct batch *batch)
{
    return records_insert(batch->mutator, batch->at, batch->ops, batch->count) > 0;
}

static size_t slipped(struct hb_mutator *mutator, size_t size)
{
    const int64_t slip = draw_slip(mutator);
    return slip < 0 && (size_t)-slip >= size ? 1 : size + (size_t)slip;
}

/* Blocks. */

typedef bool (*is_wanted)(const struct heap *heap, size_t block);

static const struct heap_block *neighbour(const struct heap *heap, size_t block, size_t other)
{
    return other < heap->block_count && heap->blocks[other].range == heap->blocks[block].range
               ? &heap->blocks[other]
               : NULL;
}

static bool is_held(const struct heap *heap, size_t block)
{
    return heap->blocks[block].slot != NO_SLOT;
}

static bool is_free(const struct heap *heap, size_t block)
{
    return heap->blocks[block].is_free;
}

static bool is_beside_free(const struct heap *heap, size_t block)
{
    const struct heap_block *behind = neighbour(heap, block, block + 1);
    const struct heap_block *in_front = neighbour(heap, block, block - 1);
    return is_held(heap, block) &&
           ((behind != NULL && behind->is_free) || (in_front != NULL && in_front->is_free));
}

static bool is_before_free(const struct heap *heap, size_t block)
{
    const struct heap_block *behind = neighbour(heap, block, block + 1);
    return is_held(heap, block) && behind != NULL && behind->is_free;
}

static bool is_before_held(const struct heap *heap, size_t block)
{
    const struct heap_block *behind = neighbour(heap, block, block + 1);
    return is_held(heap, block) && behind != NULL && behind->slot != NO_SLOT;
}

/* One of the blocks that are wanted, by chance; null where there is none. */
static const struct heap_block *choose(struct hb_mutator *mutator, is_wanted wanted)
{
    const struct heap *heap = &mutator->heap;
    const size_t first = dice_below(&mutator->dice, heap->block_count);
    for (size_t i = 0; i < heap->block_count; i++) {
        const size_t block = (first + i) % heap->block_count;
        if (wanted(heap, block)) {
            return &heap->blocks[block];
        }
    }
    return NULL;
}

/* The changes. */

bool mutate_free_neighbour(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const struct heap_block *block = choose(mutator, is_beside_free);
    if (block == NULL) {
        block = choose(mutator, is_before_held); /* two live ones will do */
        if (block == NULL) {
            return false;
        }
        batch_free(&batch, block[1].slot);
    }
    batch_free(&batch, block->slot);
    return batch_close(&batch);
}

static bool is_free_last(const struct heap *heap, size_t block)
{
    return is_free(heap, block) && neighbour(heap, block, block + 1) == NULL;
}

/* The last block of a range is one in many, and unlike the others: its end may be ragged. */
static const struct heap_block *choose_hole(struct hb_mutator *mutator)
{
    const struct heap_block *last =
        dice_one_in(&mutator->dice, 4) ? choose(mutator, is_free_last) : NULL;
    return last != NULL ? last : choose(mutator, is_free);
}

static struct hb_op hole_op(struct hb_mutator *mutator, uint32_t slot, size_t capacity)
{
    struct dice *dice = &mutator->dice;
    struct hb_op op = malloc_op(slot, slipped(mutator, capacity));
    op.align_code = draw_align(mutator);
    if (dice_one_in(dice, 4)) { /* stays the hole's, whatever comes in front of it */
        op.form = HB_SIZE_HOLE;
        op.value = hb_pair((uint32_t)capacity, (uint32_t)draw_slip(mutator));
    } else if (dice_one_in(dice, 6)) {
        op.kind = HB_OP_CALLOC;
        op.value = hb_pair((uint32_t)op.value, 1);
    }
    return op;
}

bool mutate_hole_size(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const struct heap_block *block = choose_hole(mutator);
    const uint32_t slot = heap_slot_to_use(mutator);
    if (block == NULL || slot == NO_SLOT) {
        return false;
    }
    const struct hb_op op = hole_op(mutator, slot, block->capacity);
    if (batch.at < mutator->count && dice_one_in(&mutator->dice, 2)) {
        struct hb_op there = record_get(mutator, batch.at);
        if (op.kind == HB_OP_MALLOC &&
            (there.kind == HB_OP_MALLOC || there.kind == HB_OP_REALLOC)) {
            there.form = op.form;
            there.value = op.value;
            record_put(mutator, batch.at, there);
            return true;
        }
    }
    batch_add(&batch, op);
    return batch_close(&batch);
}

bool mutate_grow(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const struct heap_block *block = choose(mutator, is_before_free);
    if (block == NULL) {
        return false;
    }
    const size_t whole = (size_t)(block[1].payload - block->payload) + block[1].capacity;
    struct hb_op op = malloc_op(block->slot, slipped(mutator, whole));
    op.kind = HB_OP_REALLOC;
    if (dice_one_in(&mutator->dice, 3)) {
        op.value = 1 + dice_below(&mutator->dice, whole);
    }
    batch_add(&batch, op);
    return batch_close(&batch);
}

bool mutate_fill(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const struct heap *heap = &mutator->heap;
    const size_t size = draw_size(mutator);
    const bool is_by_holes = dice_one_in(&mutator->dice, 3);
    uint32_t slot;
    do {
        const size_t hole = hb_model_hole(heap->model, SIZE_MAX);
        slot = batch_malloc(&batch, is_by_holes && hole != 0 ? hole : size);
    } while (slot != NO_SLOT && heap->slots[slot].state == SLOT_LIVE);
    return batch_close(&batch);
}

/* Live slots in one of three orders: by address, against it, or as they were first used. */
bool mutate_drain(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const struct heap *heap = &mutator->heap;
    const unsigned order = dice_below(&mutator->dice, 3);
    const size_t count = order == 2 ? heap->touched_count : heap->block_count;
    for (size_t i = 0; i < count; i++) {
        const size_t block = order == 1 ? count - 1 - i : i;
        const uint32_t slot = order == 2 ? heap->touched[i] : heap->blocks[block].slot;
        if (slot != NO_SLOT && heap->slots[slot].state == SLOT_LIVE) {
            batch_free(&batch, slot);
        }
    }
    return batch_close(&batch);
}

bool mutate_comb(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const struct heap *heap = &mutator->heap;
    const size_t step = 2 + dice_below(&mutator->dice, 2);
    for (size_t i = dice_below(&mutator->dice, step), held = 0; i < heap->block_count; i++) {
        if (is_held(heap, i) && held++ % step == 0) {
            batch_free(&batch, heap->blocks[i].slot);
        }
    }
    return batch_close(&batch);
}

/* In an order of its own: forwards, backwards, or neither. */
static void shuffle(struct dice *dice, uint32_t *slots, size_t count)
{
    const unsigned order = dice_below(dice, 3);
    for (size_t i = count; i > 1 && order != 0; i--) {
        const size_t other = order == 1 ? count - i : dice_below(dice, i);
        if (order == 2 || other < i - 1) {
            const uint32_t slot = slots[i - 1];
            slots[i - 1] = slots[other];
            slots[other] = slot;
        }
    }
}

/* Free blocks of many sizes within one octave, none beside another: what makes an index deep. */
bool mutate_ladder(struct hb_mutator *mutator)
{
    struct batch batch;
    struct dice *dice = &mutator->dice;
    uint32_t rungs[OPS_MAX / 3];
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    const size_t wanted = 4 + dice_below(dice, OPS_MAX / 3 - 3);
    const size_t hole = hb_model_hole(mutator->heap.model, SIZE_MAX);
    size_t base = 64;
    while (base * 2 * wanted * 3 / 2 < hole && !dice_one_in(dice, 8)) {
        base *= 2;
    }
    const size_t step = ((size_t)16 << dice_below(dice, 4)) % base;
    size_t count = 0;
    for (; count < wanted; count++) {
        const size_t unit =
            dice_one_in(dice, 3) ? (size_t)16 * dice_below(dice, base / 16) : count * step;
        rungs[count] = batch_malloc(&batch, base + unit % base - 8);
        const uint32_t between = batch_malloc(&batch, 1 + dice_below(dice, 24));
        if (rungs[count] == NO_SLOT || between == NO_SLOT) {
            break;
        }
    }
    shuffle(dice, rungs, count);
    for (size_t i = 0; i < count; i++) {
        batch_free(&batch, rungs[i]);
    }
    return batch_close(&batch);
}

/* The record of an add_range that has room for several; count where there is none. */
static size_t wide_range(struct hb_mutator *mutator)
{
    const size_t first = dice_below(&mutator->dice, mutator->count);
    for (size_t i = 0; i < mutator->count; i++) {
        const size_t at = (first + i) % mutator->count;
        const struct hb_op op = record_get(mutator, at);
        if (op.kind == HB_OP_ADD_RANGE && op.form == HB_RANGE_ARENA &&
            hb_high(op.value) > hb_low(op.value) && hb_high(op.value) - hb_low(op.value) >= 256) {
            return at;
        }
    }
    return mutator->count;
}

bool mutate_ranges(struct hb_mutator *mutator)
{
    struct dice *dice = &mutator->dice;
    const size_t at = wide_range(mutator);
    if (at == mutator->count) {
        return false;
    }
    const struct hb_op whole = record_get(mutator, at);
    const uint32_t length = hb_high(whole.value) - hb_low(whole.value);
    const uint32_t most = length / 64 < 33 ? length / 64 : 33;
    const uint32_t count = dice_one_in(dice, 4) ? most : 2 + dice_below(dice, most - 1);
    struct hb_op ops[33];
    const uint32_t gap = dice_one_in(dice, 2) ? 0 : 16;
    const uint32_t piece = length / count / 16 * 16 - gap;
    const bool is_ragged = dice_one_in(dice, 2);
    uint32_t ragged = 0; /* bytes that the range in front lacks to a multiple of 16 */
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t before = ragged;
        ragged = is_ragged ? dice_below(dice, 16) : 0;
        ops[i] = (struct hb_op){.kind = HB_OP_ADD_RANGE,
                                .form = HB_RANGE_AFTER,
                                .value = hb_pair(gap + before, piece - ragged)};
    }
    ops[0].form = HB_RANGE_ARENA;
    ops[0].value = hb_pair(hb_low(whole.value), hb_low(whole.value) + hb_high(ops[0].value));
    record_put(mutator, at, ops[0]);
    return records_insert(mutator, at + 1, ops + 1, count - 1) > 0;
}

bool mutate_remove_range(struct hb_mutator *mutator)
{
    struct batch batch;
    struct dice *dice = &mutator->dice;
    const struct heap *heap = &mutator->heap;
    if (!batch_open(&batch, mutator) || hb_model_range_count(heap->model) == 0) {
        return false;
    }
    const uint32_t range = dice_below(dice, hb_model_range_count(heap->model));
    uintptr_t begin;
    uintptr_t end;
    hb_model_range(heap->model, range, &begin, &end);
    for (size_t i = 0; i < heap->block_count; i++) {
        if (heap->blocks[i].range == range && is_held(heap, i)) {
            batch_free(&batch, heap->blocks[i].slot);
        }
    }
    batch_add(&batch, (struct hb_op){.kind = HB_OP_REMOVE_RANGE, .value = range});
    if (!dice_one_in(dice, 3)) {
        const uint32_t first = (uint32_t)(begin - HEAP_ARENA_BEGIN);
        const uint32_t last = (uint32_t)(end - HEAP_ARENA_BEGIN);
        const uint32_t shorter = dice_one_in(dice, 2) ? 0 : dice_below(dice, (last - first) / 2);
        batch_add(&batch,
                  (struct hb_op){.kind = HB_OP_ADD_RANGE, .value = hb_pair(first, last - shorter)});
    }
    return batch_close(&batch);
}

/* Of a slot that was freed. */
static bool wrong_of_freed(struct batch *batch)
{
    struct hb_mutator *mutator = batch->mutator;
    const uint32_t slot = heap_slot_that_is(mutator, SLOT_FREED);
    if (slot == NO_SLOT) {
        return false;
    }
    struct hb_op op = {.kind = HB_OP_FREE_TWICE, .slot = slot};
    if (dice_one_in(&mutator->dice, 3)) {
        op.kind = HB_OP_REALLOC_WRONG;
        op.form = HB_REALLOC_TWICE;
        op.value = hb_pair(0, (uint32_t)draw_size(mutator));
    } else if (dice_one_in(&mutator->dice, 4)) {
        op.kind = HB_OP_USABLE;
    }
    batch_add(batch, op);
    return true;
}

/* Of a live slot: a pointer into it, or another size. */
static bool wrong_of_live(struct batch *batch)
{
    struct hb_mutator *mutator = batch->mutator;
    struct dice *dice = &mutator->dice;
    const uint32_t slot = heap_slot_that_is(mutator, SLOT_LIVE);
    if (slot == NO_SLOT) {
        return false;
    }
    const size_t size = mutator->heap.slots[slot].size;
    const uint32_t inside = 16 * (1 + dice_below(dice, size / 16 + 1));
    const uint32_t slip = (uint32_t)(draw_slip(mutator) | 1);
    struct hb_op op = {.kind = HB_OP_FREE_INTERIOR, .slot = slot, .value = inside};
    switch (dice_below(dice, 5)) {
    case 0:
        op.kind = HB_OP_FREE_WRONG_SIZE;
        op.form = HB_SIZE_OWN;
        op.value = (uint64_t)(int64_t)(int32_t)slip;
        break;
    case 1:
        op.kind = HB_OP_REALLOC_WRONG;
        op.form = dice_one_in(dice, 2) ? HB_REALLOC_SIZE : HB_REALLOC_INTERIOR;
        op.value =
            hb_pair(op.form == HB_REALLOC_SIZE ? slip : inside, (uint32_t)draw_size(mutator));
        break;
    case 2:
        op.kind = HB_OP_USABLE;
        break;
    case 3:
        op.kind = HB_OP_FREE_FORGED;
        op.value = hb_pair(heap_slot_that_is(mutator, SLOT_LIVE), inside - 16);
        break;
    default:
        break;
    }
    batch_add(batch, op);
    return true;
}

/* Of a block of any kind, as a pointer made up. */
static bool wrong_of_block(struct batch *batch)
{
    struct hb_mutator *mutator = batch->mutator;
    const struct heap_block *block = choose(mutator, is_free);
    if (block == NULL) {
        return false;
    }
    const uint32_t offset = (uint32_t)(block->payload - HEAP_ARENA_BEGIN);
    const uint32_t moved = offset + (uint32_t)draw_slip(mutator) / 16 * 16;
    batch_add(batch, (struct hb_op){.kind = HB_OP_FREE_AT,
                                    .value = hb_pair(moved, (uint32_t)block->capacity)});
    return true;
}

/* Of a range: one that overlaps it, a pointer at its edges, a begin that is none. */
static bool wrong_of_range(struct batch *batch)
{
    struct hb_mutator *mutator = batch->mutator;
    struct dice *dice = &mutator->dice;
    const size_t count = hb_model_range_count(mutator->heap.model);
    if (count == 0) {
        return false;
    }
    uintptr_t from;
    uintptr_t to;
    hb_model_range(mutator->heap.model, dice_below(dice, count), &from, &to);
    const uint32_t begin = (uint32_t)(from - HEAP_ARENA_BEGIN);
    const uint32_t end = (uint32_t)(to - HEAP_ARENA_BEGIN);
    const uint32_t less = 16 * dice_below(dice, 3);
    const uint32_t more = dice_below(dice, 33);
    struct hb_op op = {.kind = HB_OP_ADD_RANGE};
    switch (dice_below(dice, 5)) {
    case 0: /* around it */
        op.value = hb_pair(less < begin ? begin - less : 0, end + more);
        break;
    case 1: /* over one of its ends */
        op.value = dice_one_in(dice, 2) ? hb_pair(less < begin ? begin - less : 0, begin + more)
                                        : hb_pair((end - more) / 16 * 16, end + 64);
        break;
    case 2:
        op.kind = HB_OP_REMOVE_RANGE;
        op.form = HB_REMOVE_AT;
        op.value = begin + less;
        break;
    default:
        op.kind = HB_OP_FREE_AT;
        op.value =
            hb_pair(dice_one_in(dice, 2) ? begin + less - 16 : (end + less) / 16 * 16, 1 + more);
    }
    batch_add(batch, op);
    return true;
}

bool mutate_wrong(struct hb_mutator *mutator)
{
    struct batch batch;
    if (!batch_open(&batch, mutator)) {
        return false;
    }
    /* as likely as they are many */
    static bool (*const wrongs[])(struct batch *batch) = {
        wrong_of_freed, wrong_of_freed, wrong_of_freed, wrong_of_live,  wrong_of_live,
        wrong_of_live,  wrong_of_live,  wrong_of_block, wrong_of_range, wrong_of_range};
    const bool is_made = wrongs[dice_below(&mutator->dice, 10)](&batch);
    return is_made && batch_close(&batch);
}
