/* SPDX-License-Identifier: MIT
 *
 * The model: ranges, blocks and counters, and what every call answers. Which free block serves a
 * request, and what becomes of a block that is given back, is said by model_list.c and
 * model_bitmap.c.
 */
#include "model_events.h"

#include <stdlib.h>
#include <string.h>

/* The contract allows this many; the model holds what it must refuse, not what it can store. */
static const size_t range_limit = 32;

struct hb_model *hb_model_new(enum hb_placement placement)
{
    struct hb_model *model = calloc(1, sizeof *model);
    if (model != NULL) {
        model->rules = placement == HB_PLACEMENT_LIST ? &hb_rules_list : &hb_rules_bitmap;
        model->unused = HB_NO_BLOCK;
        model->oldest_held = HB_NO_BLOCK;
    }
    return model;
}

void hb_model_configure(struct hb_model *model, size_t quarantine_bytes, size_t guard_bytes)
{
    model->quarantine_bytes = quarantine_bytes;
    model->guard_bytes = guard_bytes;
}

void hb_model_set_events(struct hb_model *model, struct hb_events *events)
{
    model->events = events;
}

void hb_model_delete(struct hb_model *model)
{
    if (model != NULL) {
        free(model->ranges);
        free(model->blocks);
        free(model->block_at);
        free(model->free_list);
        free(model->strides);
        free(model);
    }
}

static uint32_t *map_entry(const struct hb_model *model, uintptr_t payload)
{
    return &model->block_at[(payload - model->arena_begin) / HB_UNIT];
}

bool hb_model_reset(struct hb_model *model, uintptr_t arena_begin, size_t arena_bytes)
{
    for (size_t i = 0; i < model->block_count; i++) {
        *map_entry(model, model->blocks[i].payload) = 0;
    }
    model->block_count = 0;
    model->unused = HB_NO_BLOCK;
    model->oldest_held = HB_NO_BLOCK;
    model->range_count = 0;
    model->stats = (struct hb_model_stats){0};
    model->work_bound = 0;
    model->rules->reset(model);
    model->arena_begin = arena_begin;
    const size_t needed = arena_bytes / HB_UNIT + 1;
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

void *hb_model_grow(void *array, size_t *room, size_t count, size_t element_bytes)
{
    if (count < *room) {
        return array;
    }
    const size_t more = *room * 2 + 64;
    void *grown = realloc(array, more * element_bytes);
    if (grown == NULL) {
        abort(); /* the model can't go on, and a wrong prediction would be worse */
    }
    *room = more;
    return grown;
}

/* Blocks. */

static uint32_t new_block(struct hb_model *model, uintptr_t payload, size_t capacity)
{
    uint32_t number = model->unused;
    if (number != HB_NO_BLOCK) {
        model->unused = model->blocks[number].next;
    } else {
        model->blocks = hb_model_grow(model->blocks, &model->block_room, model->block_count,
                                      sizeof *model->blocks);
        number = (uint32_t)model->block_count++;
    }
    model->blocks[number] = (struct hb_block){
        .payload = payload, .capacity = capacity, .previous = HB_NO_BLOCK, .next = HB_NO_BLOCK};
    *map_entry(model, payload) = number + 1;
    return number;
}

static void drop_block(struct hb_model *model, uint32_t number)
{
    *map_entry(model, model->blocks[number].payload) = 0;
    model->blocks[number].next = model->unused;
    model->unused = number;
}

struct hb_range *hb_model_range_of(const struct hb_model *model, uintptr_t address)
{
    for (size_t i = 0; i < model->range_count; i++) {
        if (address >= model->ranges[i].begin && address < model->ranges[i].end) {
            return &model->ranges[i];
        }
    }
    return NULL;
}

void hb_block_count_free(struct hb_model *model, uint32_t number)
{
    model->stats.free_block_count++;
    model->stats.free_bytes += model->blocks[number].capacity;
}

void hb_block_uncount_free(struct hb_model *model, uint32_t number)
{
    model->stats.free_block_count--;
    model->stats.free_bytes -= model->blocks[number].capacity;
}

/* The block behind has another in front of it now; or there is none behind. */
static void link_next(struct hb_model *model, struct hb_range *range, uint32_t number,
                      uint32_t next)
{
    model->blocks[number].next = next;
    if (next == HB_NO_BLOCK) {
        range->last = number;
    } else {
        model->blocks[next].previous = number;
    }
}

uint32_t hb_block_split(struct hb_model *model, uint32_t number, size_t capacity)
{
    const size_t header = model->rules->header_bytes;
    const struct hb_block whole = model->blocks[number];
    struct hb_range *range = hb_model_range_of(model, whole.payload);
    const uint32_t rest =
        new_block(model, whole.payload + capacity + header, whole.capacity - capacity - header);
    model->blocks[number].capacity = capacity;
    link_next(model, range, rest, whole.next);
    link_next(model, range, number, rest);
    range->block_count++;
    return rest;
}

void hb_block_join(struct hb_model *model, uint32_t number)
{
    const uint32_t behind = model->blocks[number].next;
    const struct hb_block absorbed = model->blocks[behind];
    struct hb_range *range = hb_model_range_of(model, absorbed.payload);
    model->blocks[number].capacity += model->rules->header_bytes + absorbed.capacity;
    link_next(model, range, number, absorbed.next);
    drop_block(model, behind);
    range->block_count--;
}

/* Live blocks. */

static void count_live(struct hb_model *model, uint32_t number, size_t request)
{
    model->blocks[number].request = request;
    model->stats.live_block_count++;
    model->stats.live_bytes += request;
}

static void uncount_live(struct hb_model *model, uint32_t number)
{
    model->stats.live_block_count--;
    model->stats.live_bytes -= model->blocks[number].request;
    model->blocks[number].request = 0;
}

/* Between two calls. */
static void note_peak(struct hb_model *model)
{
    if (model->stats.live_bytes > model->stats.peak_live_bytes) {
        model->stats.peak_live_bytes = model->stats.live_bytes;
    }
}

/* What is refused. */

enum hb_status hb_model_judge_range(const struct hb_model *model, uintptr_t begin, uintptr_t end)
{
    if (begin % HB_UNIT != 0) {
        return HB_INVALID_ALIGN;
    }
    if (begin == 0 || end < begin) {
        return HB_INVALID_ADDRESS;
    }
    if (end - begin < model->rules->range_bytes_min ||
        end - begin > model->rules->range_bytes_max) {
        return HB_INVALID_SIZE;
    }
    for (size_t i = 0; i < model->range_count; i++) {
        if (begin < model->ranges[i].end && model->ranges[i].begin < end) {
            return HB_OVERLAP;
        }
    }
    return model->range_count == range_limit ? HB_TOO_MANY_RANGES : HB_OK;
}

static enum hb_status judge_request(const struct hb_model *model, size_t size, size_t align)
{
    if (align == 0 || align > model->rules->align_max || (align & (align - 1)) != 0) {
        return HB_INVALID_ALIGN;
    }
    return size == 0 || size >= hb_model_size_limit() - model->guard_bytes ? HB_INVALID_SIZE
                                                                           : HB_OK;
}

/* Of a pointer that lies in this range, or in none. HB_OK where it is a live payload of that size,
 * and *number is its block. */
static enum hb_status judge_pointer(const struct hb_model *model, const struct hb_range *range,
                                    uintptr_t pointer, size_t size, uint32_t *number)
{
    if (pointer % HB_UNIT != 0 || range == NULL) {
        return HB_INVALID_ADDRESS;
    }
    const uint32_t entry = *map_entry(model, pointer);
    if (entry == 0) {
        return HB_INVALID_ADDRESS;
    }
    const size_t request = model->blocks[entry - 1].request;
    if (request == 0) {
        return HB_DOUBLE_FREE;
    }
    *number = entry - 1;
    return size == SIZE_MAX || size == request ? HB_OK : HB_WRONG_SIZE;
}

/* As judge_pointer, by a call that changes the heap. */
static enum hb_status look_up(struct hb_model *model, uintptr_t pointer, size_t size,
                              uint32_t *number)
{
    const struct hb_range *range = hb_model_range_of(model, pointer);
    if (pointer % HB_UNIT == 0 && range != NULL) {
        model->rules->look_up(model, range);
    }
    return judge_pointer(model, range, pointer, size, number);
}

/* The calls. */

static void begin_call(struct hb_model *model)
{
    model->work_bound = 0;
    model->gave_up = false;
}

enum hb_status hb_model_add_range(struct hb_model *model, uintptr_t begin, uintptr_t end)
{
    const enum hb_status status = hb_model_judge_range(model, begin, end);
    begin_call(model);
    if (status != HB_OK) {
        return hb_tell_answer(model, HB_TOLD_ADD, status);
    }
    model->ranges =
        hb_model_grow(model->ranges, &model->range_room, model->range_count, sizeof *model->ranges);
    const uintptr_t payload = begin + HB_UNIT;
    const uint32_t number = new_block(model, payload, end - payload);
    model->ranges[model->range_count++] = (struct hb_range){
        .begin = begin, .end = end, .first = number, .last = number, .block_count = 1};
    model->stats.range_count++;
    model->rules->add(model, number);
    return hb_tell_answer(model, HB_TOLD_ADD, HB_OK);
}

/* What is held back. */

/* The bound of a call that is made of parts is the sum of theirs: put aside before a part, and
 * added behind it. */
static uint64_t put_aside(struct hb_model *model)
{
    const uint64_t bound = model->work_bound;
    model->work_bound = 0;
    return bound;
}

static size_t bytes_held_by(const struct hb_model *model, uint32_t number)
{
    return model->rules->header_bytes + model->blocks[number].capacity;
}

/* Frees the block that has been held longest. It is looked at, and so is the one behind it. */
static void give_up_oldest(struct hb_model *model)
{
    const uint32_t number = model->oldest_held;
    const uint64_t bound = put_aside(model) + 2;
    model->oldest_held = model->blocks[number].held_after;
    model->blocks[number].is_held = false;
    model->stats.quarantined_block_count--;
    model->stats.quarantined_bytes -= bytes_held_by(model, number);
    model->rules->give(model, number);
    model->work_bound += bound;
    model->gave_up = true;
}

/* A block that is no longer live is held behind all others, and where that is too much, the oldest
 * are given up: in the end itself, where it is more than may be held at all. */
static void hold(struct hb_model *model, uint32_t number)
{
    model->blocks[number].is_held = true;
    model->blocks[number].held_after = HB_NO_BLOCK;
    if (model->oldest_held == HB_NO_BLOCK) {
        model->oldest_held = number;
    } else {
        model->blocks[model->newest_held].held_after = number;
    }
    model->newest_held = number;
    model->stats.quarantined_block_count++;
    model->stats.quarantined_bytes += bytes_held_by(model, number);
    while (model->stats.quarantined_bytes > model->quarantine_bytes) {
        give_up_oldest(model);
    }
}

/* HB_NO_BLOCK where nothing fits, though nothing is held back any more. */
static uint32_t hand_out(struct hb_model *model, size_t size, size_t align)
{
    const size_t reserved = size + model->guard_bytes;
    uint32_t number = model->rules->take(model, reserved, align);
    while (number == HB_NO_BLOCK && model->oldest_held != HB_NO_BLOCK) {
        give_up_oldest(model);
        const uint64_t bound = put_aside(model);
        number = model->rules->take(model, reserved, align);
        model->work_bound += bound;
    }
    if (number != HB_NO_BLOCK) {
        count_live(model, number, size);
    }
    return number;
}

static void take_back(struct hb_model *model, uint32_t number)
{
    uncount_live(model, number);
    if (model->quarantine_bytes != 0) {
        hold(model, number);
    } else {
        model->rules->give(model, number);
    }
}

enum hb_status hb_model_malloc(struct hb_model *model, size_t size, size_t align,
                               uintptr_t *payload)
{
    const enum hb_status status = judge_request(model, size, align);
    begin_call(model);
    if (status != HB_OK) {
        return hb_tell_answer(model, HB_TOLD_MALLOC, status);
    }
    const uint32_t number = hand_out(model, size, align);
    if (number == HB_NO_BLOCK) {
        return hb_tell_answer(model, HB_TOLD_MALLOC, HB_OUT_OF_MEMORY);
    }
    note_peak(model);
    *payload = model->blocks[number].payload;
    return hb_tell_answer(model, HB_TOLD_MALLOC, HB_OK);
}

enum hb_status hb_model_free(struct hb_model *model, uintptr_t pointer, size_t size)
{
    uint32_t number = HB_NO_BLOCK;
    begin_call(model);
    const enum hb_status status = look_up(model, pointer, size, &number);
    if (status == HB_OK) {
        take_back(model, number);
    }
    return hb_tell_answer(model, HB_TOLD_FREE, status);
}

enum hb_status hb_model_realloc(struct hb_model *model, uintptr_t pointer, size_t old_size,
                                size_t new_size, size_t align, uintptr_t *payload)
{
    if (pointer == 0) {
        return hb_model_malloc(model, new_size, align, payload);
    }
    uint32_t number = HB_NO_BLOCK;
    begin_call(model);
    enum hb_status status = judge_request(model, new_size, align);
    if (status == HB_OK) {
        status = look_up(model, pointer, old_size, &number);
    }
    if (status != HB_OK) {
        return hb_tell_answer(model, HB_TOLD_REALLOC, status);
    }
    if (model->rules->resize(model, number, new_size + model->guard_bytes, align)) {
        uncount_live(model, number);
        count_live(model, number, new_size);
        *payload = pointer;
    } else {
        const uint32_t moved = hand_out(model, new_size, align);
        if (moved == HB_NO_BLOCK) {
            hb_tell_realloc(model, HB_REALLOC_FAILS);
            return hb_tell_answer(model, HB_TOLD_REALLOC, HB_OUT_OF_MEMORY);
        }
        (void)look_up(model, pointer, SIZE_MAX, &number); /* as free does, once more */
        take_back(model, number);
        *payload = model->blocks[moved].payload;
        hb_tell_realloc(model, *payload > pointer ? HB_REALLOC_MOVES_UP : HB_REALLOC_MOVES_DOWN);
    }
    note_peak(model);
    return hb_tell_answer(model, HB_TOLD_REALLOC, HB_OK);
}

static bool is_in_use(const struct hb_model *model, const struct hb_range *range)
{
    uint32_t number = range->first;
    while (number != HB_NO_BLOCK && model->blocks[number].request == 0) {
        number = model->blocks[number].next;
    }
    return number != HB_NO_BLOCK;
}

static bool is_all_free(const struct hb_model *model, const struct hb_range *range)
{
    uint32_t number = range->first;
    while (hb_block_is_free(model, number)) {
        number = model->blocks[number].next;
    }
    return number == HB_NO_BLOCK;
}

/* Where nothing of a range is live, what is held goes, the oldest first, until the range is free:
 * after the first of so many looks whether it is, each block is asked whether it is live. */
static void give_up_range(struct hb_model *model, const struct hb_range *range, bool in_use)
{
    if (is_all_free(model, range)) {
        return;
    }
    model->work_bound += model->quarantine_bytes != 0 ? range->block_count : 0;
    while (!in_use && !is_all_free(model, range)) {
        const uint64_t bound = put_aside(model);
        model->rules->remove(model, range, true);
        model->work_bound += bound;
        give_up_oldest(model);
    }
}

static void drop_range(struct hb_model *model, struct hb_range *range)
{
    for (uint32_t number = range->first; number != HB_NO_BLOCK;) {
        const uint32_t next = model->blocks[number].next;
        drop_block(model, number);
        number = next;
    }
    const struct hb_range *end = model->ranges + model->range_count;
    memmove(range, range + 1, (size_t)(end - (range + 1)) * sizeof *range);
    model->range_count--;
    model->stats.range_count--;
}

enum hb_status hb_model_remove_range(struct hb_model *model, uintptr_t begin)
{
    struct hb_range *range = hb_model_range_of(model, begin);
    begin_call(model);
    if (range == NULL || range->begin != begin) {
        return hb_tell_answer(model, HB_TOLD_REMOVE, HB_INVALID_ADDRESS);
    }
    const bool in_use = is_in_use(model, range);
    give_up_range(model, range, in_use);
    const uint64_t bound = put_aside(model);
    model->rules->remove(model, range, in_use);
    model->work_bound += bound;
    if (in_use) {
        return hb_tell_answer(model, HB_TOLD_REMOVE, HB_RANGE_IN_USE);
    }
    hb_tell_removed(model, range);
    drop_range(model, range);
    return hb_tell_answer(model, HB_TOLD_REMOVE, HB_OK);
}

enum hb_status hb_model_usable_size(const struct hb_model *model, uintptr_t pointer,
                                    size_t *capacity)
{
    uint32_t number = HB_NO_BLOCK;
    const enum hb_status status =
        judge_pointer(model, hb_model_range_of(model, pointer), pointer, SIZE_MAX, &number);
    if (status == HB_OK) {
        *capacity = model->blocks[number].capacity - model->guard_bytes;
    }
    return status;
}

enum hb_status hb_model_request_size(const struct hb_model *model, uintptr_t pointer,
                                     size_t *request)
{
    uint32_t number = HB_NO_BLOCK;
    const enum hb_status status =
        judge_pointer(model, hb_model_range_of(model, pointer), pointer, SIZE_MAX, &number);
    if (status == HB_OK) {
        *request = model->blocks[number].request;
    }
    return status;
}

/* What there is to see. */

bool hb_model_gave_up(const struct hb_model *model)
{
    return model->gave_up;
}

bool hb_model_is_block(const struct hb_model *model, uintptr_t pointer)
{
    return pointer % HB_UNIT == 0 && hb_model_range_of(model, pointer) != NULL &&
           *map_entry(model, pointer) != 0;
}

size_t hb_model_hole(const struct hb_model *model, size_t size)
{
    return model->rules->hole(model, size);
}

struct hb_model_stats hb_model_stats(const struct hb_model *model)
{
    struct hb_model_stats stats = model->stats;
    stats.largest_free_bytes = model->rules->largest(model);
    return stats;
}

size_t hb_model_free_block_count(const struct hb_model *model)
{
    return model->stats.free_block_count;
}

uint64_t hb_model_work_bound(const struct hb_model *model)
{
    return model->work_bound;
}

uint64_t hb_model_walk_bound(const struct hb_model *model, uintptr_t pointer)
{
    const struct hb_range *range = hb_model_range_of(model, pointer);
    return range == NULL ? 0 : range->block_count;
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

static struct hb_model_block shown(const struct hb_block *block)
{
    return (struct hb_model_block){
        .payload = block->payload, .capacity = block->capacity, .request = block->request};
}

bool hb_model_next_block(const struct hb_model *model, uint64_t *position,
                         struct hb_model_block *block)
{
    /* high half: the range; low half: the number of the block + 1, or 0 for the range's first */
    const uint64_t range = *position >> 32;
    const uint32_t number = (uint32_t)*position;
    if (range >= model->range_count) {
        return false;
    }
    const uint32_t at = number == 0 ? model->ranges[range].first : number - 1;
    *block = shown(&model->blocks[at]);
    const uint32_t next = model->blocks[at].next;
    *position = next == HB_NO_BLOCK ? (range + 1) << 32 : range << 32 | (next + 1);
    return true;
}

bool hb_model_free_block(const struct hb_model *model, size_t index, struct hb_model_block *block)
{
    const uint32_t number = model->rules->nth_free(model, index);
    if (number == HB_NO_BLOCK) {
        return false;
    }
    *block = shown(&model->blocks[number]);
    return true;
}
