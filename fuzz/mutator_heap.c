/* SPDX-License-Identifier: MIT
 *
 * The heap that the beginning of a stream leads to: the stream is played on the model alone, with
 * the meaning that testbed/run_ops.c gives it. No memory is touched, so the arena is a number.
 */
#include "mutator_state.h"

#include "ops_operand.h"

#include <stdlib.h>

static bool heap_reset(struct heap *heap)
{
    for (size_t i = 0; i < heap->touched_count; i++) {
        heap->slots[heap->touched[i]].state = SLOT_EMPTY;
    }
    heap->touched_count = 0;
    heap->last_range_end = HEAP_ARENA_BEGIN;
    return hb_model_reset(heap->model, HEAP_ARENA_BEGIN, heap->arena_bytes);
}

static bool heap_open(struct heap *heap, const struct hb_ops_header *header)
{
    const uint32_t slot_count = (uint32_t)1 << header->slot_log2;
    if (slot_count > heap->slot_room) {
        free(heap->slots);
        free(heap->touched);
        heap->touched_count = 0;
        heap->slots = calloc(slot_count, sizeof *heap->slots);
        heap->touched = calloc(slot_count, sizeof *heap->touched);
        heap->slot_room = slot_count;
        if (heap->slots == NULL || heap->touched == NULL) {
            heap->slot_room = 0;
            return false;
        }
    }
    heap->slot_count = slot_count;
    heap->arena_bytes = (size_t)1 << header->arena_log2;
    return heap_reset(heap);
}

void heap_close(struct heap *heap)
{
    hb_model_delete(heap->model);
    free(heap->slots);
    free(heap->touched);
    free(heap->blocks);
}

static void take_slot(struct heap *heap, uint32_t slot, uintptr_t pointer, size_t size)
{
    struct heap_slot *named = &heap->slots[slot];
    if (named->state == SLOT_EMPTY) {
        heap->touched[heap->touched_count++] = slot;
    }
    *named = (struct heap_slot){.pointer = pointer, .size = size, .state = SLOT_LIVE};
}

static void step_malloc(struct heap *heap, const struct hb_op *op, size_t size)
{
    uintptr_t payload = 0;
    if (heap->slots[op->slot].state != SLOT_LIVE &&
        hb_model_malloc(heap->model, size, hb_op_align(op), &payload) == HB_OK) {
        take_slot(heap, op->slot, payload, size);
    }
}

/* The live slot whose block is there. */
static uint32_t slot_at(const struct heap *heap, uintptr_t payload)
{
    for (size_t i = 0; i < heap->touched_count; i++) {
        const struct heap_slot *slot = &heap->slots[heap->touched[i]];
        if (slot->state == SLOT_LIVE && slot->pointer == payload) {
            return heap->touched[i];
        }
    }
    return NO_SLOT;
}

static void step_realloc(struct heap *heap, const struct hb_op *op)
{
    const struct heap_slot *slot = &heap->slots[op->slot];
    const bool is_live = slot->state == SLOT_LIVE;
    const size_t old_size = is_live ? slot->size : 0;
    const size_t size = hb_op_size(op, heap->model, old_size);
    uintptr_t payload = 0;
    if (hb_model_realloc(heap->model, is_live ? slot->pointer : 0, old_size, size, hb_op_align(op),
                         &payload) == HB_OK) {
        take_slot(heap, op->slot, payload, size);
    }
}

/* By chance it is right: the size is the block's own, or the old pointer is another block's now. */
static void step_realloc_wrong(struct heap *heap, const struct hb_op *op)
{
    const struct heap_slot *slot = &heap->slots[op->slot];
    const int32_t delta = (int32_t)hb_low(op->value);
    const size_t size = hb_high(op->value);
    if (slot->state != (op->form == HB_REALLOC_TWICE ? SLOT_FREED : SLOT_LIVE)) {
        return;
    }
    const uintptr_t way = op->form == HB_REALLOC_INTERIOR ? (uintptr_t)(intptr_t)delta : 0;
    const uintptr_t pointer = slot->pointer + way;
    const size_t old_size = op->form == HB_REALLOC_SIZE ? hb_moved(slot->size, delta) : slot->size;
    const uint32_t owner = slot_at(heap, pointer);
    uintptr_t payload = 0;
    if (owner != NO_SLOT &&
        hb_model_realloc(heap->model, pointer, old_size, size, HEAP_ALIGN, &payload) == HB_OK) {
        take_slot(heap, owner, payload, size);
    }
}

static void step_free(struct heap *heap, const struct hb_op *op)
{
    struct heap_slot *slot = &heap->slots[op->slot];
    if (slot->state != SLOT_LIVE) {
        return;
    }
    size_t size = slot->size;
    if (op->kind == HB_OP_FREE_ANY_SIZE) {
        size = SIZE_MAX;
    } else if (op->kind == HB_OP_FREE_WRONG_SIZE) {
        size = hb_op_size(op, heap->model, slot->size);
    }
    if (hb_model_free(heap->model, slot->pointer, size) == HB_OK) {
        slot->state = SLOT_FREED;
    }
}

/* Of a pointer that is made up: by chance it is a live block's. */
static void step_free_at(struct heap *heap, uintptr_t pointer, size_t size)
{
    const uint32_t owner = slot_at(heap, pointer);
    if (hb_model_free(heap->model, pointer, size) == HB_OK && owner != NO_SLOT) {
        heap->slots[owner].state = SLOT_FREED;
    }
}

static void step_add_range(struct heap *heap, const struct hb_op *op)
{
    const uint32_t low = hb_low(op->value);
    const uint32_t high = hb_high(op->value);
    uintptr_t begin = HEAP_ARENA_BEGIN + low;
    uintptr_t end = HEAP_ARENA_BEGIN + high;
    if (op->form == HB_RANGE_AFTER) {
        begin = heap->last_range_end + (uintptr_t)(intptr_t)(int32_t)low;
        end = begin + high;
    } else if (op->form != HB_RANGE_ARENA) {
        return; /* refused */
    }
    if (begin >= HEAP_ARENA_BEGIN && end <= HEAP_ARENA_BEGIN + heap->arena_bytes &&
        hb_model_add_range(heap->model, begin, end) == HB_OK) {
        heap->last_range_end = end;
    }
}

static void step_remove_range(struct heap *heap, const struct hb_op *op)
{
    uintptr_t begin = HEAP_ARENA_BEGIN + (uintptr_t)op->value;
    uintptr_t end;
    if (op->form == HB_REMOVE_NUMBER) {
        if (op->value >= hb_model_range_count(heap->model)) {
            return;
        }
        hb_model_range(heap->model, (size_t)op->value, &begin, &end);
    }
    (void)hb_model_remove_range(heap->model, begin);
}

/* Calls that are always refused are left out: they change nothing. */
void heap_step(struct heap *heap, const struct hb_op *op)
{
    switch (op->kind) {
    case HB_OP_INIT:
        (void)heap_reset(heap);
        break;
    case HB_OP_ADD_RANGE:
        step_add_range(heap, op);
        break;
    case HB_OP_MALLOC:
        step_malloc(heap, op, hb_op_size(op, heap->model, 0));
        break;
    case HB_OP_CALLOC:
        step_malloc(heap, op, hb_op_calloc_size(op));
        break;
    case HB_OP_REALLOC:
        step_realloc(heap, op);
        break;
    case HB_OP_FREE:
    case HB_OP_FREE_ANY_SIZE:
    case HB_OP_FREE_WRONG_SIZE:
        step_free(heap, op);
        break;
    case HB_OP_FREE_AT:
        if (op->form == HB_AT_ARENA) {
            step_free_at(heap, HEAP_ARENA_BEGIN + (uintptr_t)(intptr_t)(int32_t)hb_low(op->value),
                         hb_high(op->value));
        }
        break;
    case HB_OP_FREE_TWICE:
        if (heap->slots[op->slot].state == SLOT_FREED) {
            step_free_at(heap, heap->slots[op->slot].pointer, heap->slots[op->slot].size);
        }
        break;
    case HB_OP_REALLOC_WRONG:
        step_realloc_wrong(heap, op);
        break;
    case HB_OP_FREE_INTERIOR:
        if (heap->slots[op->slot].state == SLOT_LIVE) {
            step_free_at(heap, heap->slots[op->slot].pointer + (uintptr_t)op->value,
                         heap->slots[op->slot].size);
        }
        break;
    case HB_OP_REMOVE_RANGE:
        step_remove_range(heap, op);
        break;
    default:
        break;
    }
}

bool heap_play(struct hb_mutator *mutator, size_t count)
{
    struct heap *heap = &mutator->heap;
    if (!heap_open(heap, &mutator->header)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const struct hb_op op = record_get(mutator, i);
        heap_step(heap, &op);
    }
    return true;
}

bool heap_list(struct heap *heap)
{
    uint64_t position = 0;
    struct hb_model_block block;
    heap->block_count = 0;
    for (uint64_t range = 0; hb_model_next_block(heap->model, &position, &block);
         range = position >> 32) {
        if (heap->block_count == heap->block_room) {
            const size_t room = heap->block_room * 2 + 64;
            struct heap_block *blocks = realloc(heap->blocks, room * sizeof *blocks);
            if (blocks == NULL) {
                return false;
            }
            heap->blocks = blocks;
            heap->block_room = room;
        }
        const bool is_free = block.request == 0;
        heap->blocks[heap->block_count++] =
            (struct heap_block){.payload = block.payload,
                                .capacity = block.capacity,
                                .range = range,
                                .slot = is_free ? NO_SLOT : slot_at(heap, block.payload),
                                .is_free = is_free};
    }
    return true;
}

uint32_t heap_slot_that_is(struct hb_mutator *mutator, unsigned state)
{
    const struct heap *heap = &mutator->heap;
    const size_t count = heap->touched_count;
    const size_t first = dice_below(&mutator->dice, count);
    for (size_t i = 0; i < count; i++) {
        const uint32_t slot = heap->touched[(first + i) % count];
        if (heap->slots[slot].state == state) {
            return slot;
        }
    }
    return NO_SLOT;
}

uint32_t heap_slot_to_use(struct hb_mutator *mutator)
{
    const struct heap *heap = &mutator->heap;
    const uint32_t first = dice_below(&mutator->dice, heap->slot_count);
    for (uint32_t i = 0; i < heap->slot_count; i++) {
        const uint32_t slot = (first + i) & (heap->slot_count - 1);
        if (heap->slots[slot].state != SLOT_LIVE) {
            return slot;
        }
    }
    return NO_SLOT;
}
