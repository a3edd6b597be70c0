/* SPDX-License-Identifier: MIT
 *
 * The model of the list index: smallest block that fits, among equals the one deepest in the list,
 * a split's remainder in its parent's place, what is new or freed at the head, no coalescing.
 *
 * Blocks are numbered as they come to be and are never joined, so a block is its number. The free
 * list is an array of numbers whose last element is the head; choosing is one pass over it. Where a
 * block begins is looked up in a map with one entry for 16 bytes of arena.
 */
#include "model.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = 16, HEADER = 16 };

#define NO_BLOCK UINT32_MAX

struct block {
    uintptr_t payload;
    size_t capacity;
    size_t request; /* 0 where free */
    uint32_t next;  /* by address, in the same range; NO_BLOCK for the last */
};

struct range {
    uintptr_t begin;
    uintptr_t end;
    uint32_t first;
    size_t block_count;
};

struct hb_model {
    uintptr_t arena_begin;
    size_t arena_bytes;
    struct range *ranges;
    size_t range_count;
    size_t range_room;
    struct block *blocks;
    size_t block_count;
    size_t block_room;
    uint32_t *free_list; /* as much room as blocks */
    size_t free_count;
    uint32_t *block_at; /* number + 1 of the block whose payload begins there; 0: none */
    size_t block_at_count;
    struct hb_model_stats stats;
    uint64_t work_bound; /* of the operation that was predicted last */
};

/* The contract allows this many; the model holds what it must refuse, not what it can store. */
static const size_t range_limit = 32;

struct hb_model *hb_model_new(enum hb_placement placement)
{
    (void)placement;
    return calloc(1, sizeof(struct hb_model));
}

void hb_model_delete(struct hb_model *model)
{
    if (model != NULL) {
        free(model->ranges);
        free(model->blocks);
        free(model->free_list);
        free(model->block_at);
        free(model);
    }
}

static uint32_t *map_entry(const struct hb_model *model, uintptr_t payload)
{
    return &model->block_at[(payload - model->arena_begin) / UNIT];
}

bool hb_model_reset(struct hb_model *model, uintptr_t arena_begin, size_t arena_bytes)
{
    for (size_t i = 0; i < model->block_count; i++) {
        *map_entry(model, model->blocks[i].payload) = 0;
    }
    model->block_count = 0;
    model->free_count = 0;
    model->range_count = 0;
    model->stats = (struct hb_model_stats){0};
    model->work_bound = 0;
    model->arena_begin = arena_begin;
    model->arena_bytes = arena_bytes;
    const size_t needed = arena_bytes / UNIT + 1;
    if (needed > model->block_at_count) {
        free(model->block_at);
        model->block_at = calloc(needed, sizeof *model->block_at);
        model->block_at_count = model->block_at == NULL ? 0 : needed;
    }
    return model->block_at != NULL;
}

size_t hb_model_size_limit(void)
{
    return sizeof(size_t) > 4 ? (size_t)((uint64_t)1 << 48) : SIZE_MAX;
}

static bool grow(void **array, size_t *room, size_t count, size_t element_bytes)
{
    if (count < *room) {
        return true;
    }
    const size_t more = *room * 2 + 64;
    void *grown = realloc(*array, more * element_bytes);
    if (grown == NULL) {
        return false;
    }
    *array = grown;
    *room = more;
    return true;
}

/* A new free block, not yet on the list. */
static uint32_t new_block(struct hb_model *model, uintptr_t payload, size_t capacity)
{
    size_t list_room = model->block_room;
    if (!grow((void **)&model->free_list, &list_room, model->block_count, sizeof(uint32_t)) ||
        !grow((void **)&model->blocks, &model->block_room, model->block_count,
              sizeof(struct block))) {
        abort(); /* the model can't go on, and a wrong prediction would be worse */
    }
    const uint32_t number = (uint32_t)model->block_count++;
    model->blocks[number] =
        (struct block){.payload = payload, .capacity = capacity, .next = NO_BLOCK};
    *map_entry(model, payload) = number + 1;
    return number;
}

enum hb_status hb_model_judge_range(const struct hb_model *model, uintptr_t begin, uintptr_t end)
{
    if (begin % UNIT != 0) {
        return HB_INVALID_ALIGN;
    }
    if (begin == 0 || end < begin) {
        return HB_INVALID_ADDRESS;
    }
    if (end - begin < HEADER + 1) {
        return HB_INVALID_SIZE;
    }
    for (size_t i = 0; i < model->range_count; i++) {
        if (begin < model->ranges[i].end && model->ranges[i].begin < end) {
            return HB_OVERLAP;
        }
    }
    return model->range_count == range_limit ? HB_TOO_MANY_RANGES : HB_OK;
}

enum hb_status hb_model_add_range(struct hb_model *model, uintptr_t begin, uintptr_t end)
{
    const enum hb_status status = hb_model_judge_range(model, begin, end);
    model->work_bound = 0;
    if (status != HB_OK) {
        return status;
    }
    if (!grow((void **)&model->ranges, &model->range_room, model->range_count,
              sizeof(struct range))) {
        abort();
    }
    const size_t capacity = end - begin - HEADER;
    const uint32_t number = new_block(model, begin + HEADER, capacity);
    model->free_list[model->free_count++] = number;
    model->ranges[model->range_count++] =
        (struct range){.begin = begin, .end = end, .first = number, .block_count = 1};
    model->stats.range_count++;
    model->stats.free_block_count++;
    model->stats.free_bytes += capacity;
    return HB_OK;
}

/* Position in the free list of the smallest block of at least size bytes, the deepest (that is, the
 * lowest position) among equals; free_count where there is none. */
static size_t smallest_fit(const struct hb_model *model, size_t size)
{
    size_t best = model->free_count;
    size_t best_capacity = SIZE_MAX;
    for (size_t i = 0; i < model->free_count; i++) {
        const size_t capacity = model->blocks[model->free_list[i]].capacity;
        if (capacity >= size && (best == model->free_count || capacity < best_capacity)) {
            best = i;
            best_capacity = capacity;
        }
    }
    return best;
}

static struct range *range_of(struct hb_model *model, uintptr_t address)
{
    for (size_t i = 0; i < model->range_count; i++) {
        if (address >= model->ranges[i].begin && address < model->ranges[i].end) {
            return &model->ranges[i];
        }
    }
    return NULL;
}

/* Cuts the block down to capacity; the rest becomes a block in its place on the free list. */
static void split(struct hb_model *model, size_t position, size_t capacity)
{
    const uint32_t front = model->free_list[position];
    const uintptr_t rest_payload = model->blocks[front].payload + capacity + HEADER;
    const size_t rest_capacity = model->blocks[front].capacity - capacity - HEADER;
    const uint32_t rest = new_block(model, rest_payload, rest_capacity);
    model->blocks[rest].next = model->blocks[front].next;
    model->blocks[front].next = rest;
    model->blocks[front].capacity = capacity;
    model->free_list[position] = rest;
    range_of(model, rest_payload)->block_count++;
    model->stats.free_bytes -= HEADER;
    model->stats.free_block_count++;
}

static void take_from_list(struct hb_model *model, size_t position)
{
    memmove(&model->free_list[position], &model->free_list[position + 1],
            (model->free_count - position - 1) * sizeof model->free_list[0]);
    model->free_count--;
}

enum hb_status hb_model_malloc(struct hb_model *model, size_t size, size_t align,
                               uintptr_t *payload)
{
    model->work_bound = 0;
    if (align == 0 || align > UNIT || (align & (align - 1)) != 0) {
        return HB_INVALID_ALIGN;
    }
    if (size == 0 || size >= hb_model_size_limit()) {
        return HB_INVALID_SIZE;
    }
    const bool rounds = size <= SIZE_MAX - (UNIT - 1);
    const size_t rounded = rounds ? (size + UNIT - 1) / UNIT * UNIT : SIZE_MAX;
    size_t position = smallest_fit(model, rounded);
    const bool fits_rounded = rounds && position < model->free_count;
    model->work_bound = model->free_count; /* one pass over the free list */
    if (!fits_rounded) {
        model->work_bound *= 2; /* and one more for the fallback */
        position = smallest_fit(model, size);
    }
    if (position == model->free_count) {
        return HB_OUT_OF_MEMORY;
    }
    const uint32_t number = model->free_list[position];
    if (fits_rounded && model->blocks[number].capacity - rounded > HEADER) {
        split(model, position, rounded);
    } else {
        take_from_list(model, position);
    }
    struct block *block = &model->blocks[number];
    block->request = size;
    model->stats.free_block_count--;
    model->stats.free_bytes -= block->capacity;
    model->stats.live_block_count++;
    model->stats.live_bytes += size;
    *payload = block->payload;
    return HB_OK;
}

enum hb_status hb_model_free(struct hb_model *model, uintptr_t pointer, size_t size)
{
    const struct range *range = range_of(model, pointer);
    model->work_bound = 0;
    if (pointer % UNIT != 0 || range == NULL) {
        return HB_INVALID_ADDRESS;
    }
    model->work_bound = range->block_count; /* one pass over the range's blocks */
    const uint32_t entry = *map_entry(model, pointer);
    if (entry == 0) {
        return HB_INVALID_ADDRESS;
    }
    struct block *block = &model->blocks[entry - 1];
    if (block->request == 0) {
        return HB_DOUBLE_FREE;
    }
    if (size != SIZE_MAX && size != block->request) {
        return HB_WRONG_SIZE;
    }
    model->stats.live_block_count--;
    model->stats.live_bytes -= block->request;
    model->stats.free_block_count++;
    model->stats.free_bytes += block->capacity;
    block->request = 0;
    model->free_list[model->free_count++] = entry - 1;
    return HB_OK;
}

static size_t largest_free(const struct hb_model *model)
{
    size_t largest = 0;
    for (size_t i = 0; i < model->free_count; i++) {
        const size_t capacity = model->blocks[model->free_list[i]].capacity;
        largest = capacity > largest ? capacity : largest;
    }
    return largest;
}

size_t hb_model_hole(const struct hb_model *model, size_t size)
{
    const size_t position = smallest_fit(model, size);
    return position < model->free_count ? model->blocks[model->free_list[position]].capacity
                                        : largest_free(model);
}

struct hb_model_stats hb_model_stats(const struct hb_model *model)
{
    return model->stats;
}

uint64_t hb_model_work_bound(const struct hb_model *model)
{
    return model->work_bound;
}

size_t hb_model_range_count(const struct hb_model *model)
{
    return model->range_count;
}

void hb_model_range(const struct hb_model *model, size_t index, uintptr_t *begin, uintptr_t *end)
{
    *begin = model->ranges[index].begin;
    *end = model->ranges[index].end;
}

static struct hb_model_block shown(const struct block *block)
{
    return (struct hb_model_block){
        .payload = block->payload, .capacity = block->capacity, .request = block->request};
}

bool hb_model_next_block(const struct hb_model *model, uint64_t *position,
                         struct hb_model_block *block)
{
    /* high half: the range; low half: the number of the block + 1, or 0 for the range's first */
    uint64_t range = *position >> 32;
    uint32_t number = (uint32_t)*position;
    if (range >= model->range_count) {
        return false;
    }
    const uint32_t at = number == 0 ? model->ranges[range].first : number - 1;
    *block = shown(&model->blocks[at]);
    const uint32_t next = model->blocks[at].next;
    *position = next == NO_BLOCK ? (range + 1) << 32 : range << 32 | (next + 1);
    return true;
}

bool hb_model_free_block(const struct hb_model *model, size_t index, struct hb_model_block *block)
{
    if (index >= model->free_count) {
        return false;
    }
    *block = shown(&model->blocks[model->free_list[model->free_count - 1 - index]]);
    return true;
}
