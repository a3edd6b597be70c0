/* SPDX-License-Identifier: MIT
 *
 * The placement of the list index: smallest block that fits, among equals the one deepest in the
 * list, a split's remainder in its parent's place, what is new or freed at the head, no coalescing.
 *
 * The free list is an array of numbers whose last element is the head; choosing is one pass over
 * it.
 */
#include "model_events.h"

#include <string.h>

enum { HEADER = 16 };

static void list_reset(struct hb_model *model)
{
    model->free_list_count = 0;
    model->free_list_largest = 0;
}

static size_t capacity_at(const struct hb_model *model, size_t position)
{
    return model->blocks[model->free_list[position]].capacity;
}

static void push(struct hb_model *model, uint32_t number)
{
    const size_t capacity = model->blocks[number].capacity;
    model->free_list = hb_model_grow(model->free_list, &model->free_list_room,
                                     model->free_list_count, sizeof *model->free_list);
    model->free_list[model->free_list_count++] = number;
    if (capacity > model->free_list_largest) {
        model->free_list_largest = capacity;
    }
    hb_block_count_free(model, number);
}

/* To be found anew where a block of that capacity has left the list, and then only: counters are
 * asked for more often than that happens. */
static void find_largest(struct hb_model *model)
{
    model->free_list_largest = 0;
    for (size_t i = 0; i < model->free_list_count; i++) {
        if (capacity_at(model, i) > model->free_list_largest) {
            model->free_list_largest = capacity_at(model, i);
        }
    }
}

/* A pointer is looked for along the blocks of its range. */
static void list_look_up(struct hb_model *model, const struct hb_range *range)
{
    model->work_bound += range->block_count;
}

/* Position in the free list of the smallest block of at least size bytes, the deepest (that is, the
 * lowest position) among equals; free_list_count where there is none. */
static size_t smallest_fit(const struct hb_model *model, size_t size)
{
    size_t best = model->free_list_count;
    size_t best_capacity = SIZE_MAX;
    for (size_t i = 0; i < model->free_list_count; i++) {
        const size_t capacity = capacity_at(model, i);
        if (capacity >= size && (best == model->free_list_count || capacity < best_capacity)) {
            best = i;
            best_capacity = capacity;
        }
    }
    return best;
}

/* Of a size that can be rounded up: SIZE_MAX, which nothing has, where it can't be. */
static size_t rounded(size_t size)
{
    return size <= SIZE_MAX - (HB_UNIT - 1) ? (size + HB_UNIT - 1) / HB_UNIT * HB_UNIT : SIZE_MAX;
}

/* The rounded size where a block has it, else the size itself, where that is another. */
static size_t find_place(struct hb_model *model, size_t size)
{
    size_t position = smallest_fit(model, rounded(size));
    model->work_bound += model->free_list_count; /* one pass over the free list */
    if (position == model->free_list_count && rounded(size) != size) {
        model->work_bound += model->free_list_count; /* and one more for the fallback */
        position = smallest_fit(model, size);
    }
    return position;
}

static void take_from_list(struct hb_model *model, size_t position)
{
    memmove(&model->free_list[position], &model->free_list[position + 1],
            (model->free_list_count - position - 1) * sizeof model->free_list[0]);
    model->free_list_count--;
}

static void tell_taken(struct hb_model *model, size_t position, size_t size)
{
    if (model->events == NULL) {
        return;
    }
    const struct hb_block *block = &model->blocks[model->free_list[position]];
    size_t equals = 0;
    for (size_t i = 0; i < model->free_list_count; i++) {
        equals += capacity_at(model, i) == block->capacity;
    }
    hb_tell(model, HB_HEAP_TIE + hb_at_most(hb_event_log2(equals), 9));
    hb_tell(model, HB_HEAP_LIST + hb_place(position + 1 == model->free_list_count, position == 0));
    const size_t whole = block->capacity;
    if (whole < rounded(size)) {
        hb_tell(model, HB_HEAP_FALLBACK);
    }
    hb_tell_taken(model, hb_model_range_of(model, block->payload),
                  whole > rounded(size) ? whole - rounded(size) : 0);
}

/* Nothing is merged; what lies beside the block is told all the same. */
static void list_give(struct hb_model *model, uint32_t number)
{
    hb_tell_given(model, number, 1);
    push(model, number);
}

static uint32_t list_take(struct hb_model *model, size_t size, size_t align)
{
    (void)align; /* at most 16, which every payload has */
    const size_t position = find_place(model, size);
    if (position == model->free_list_count) {
        return HB_NO_BLOCK;
    }
    const uint32_t number = model->free_list[position];
    const size_t capacity = model->blocks[number].capacity;
    tell_taken(model, position, size);
    hb_block_uncount_free(model, number);
    if (capacity > rounded(size) && capacity - rounded(size) > HEADER) {
        model->free_list[position] = hb_block_split(model, number, rounded(size));
        hb_block_count_free(model, model->free_list[position]);
    } else {
        take_from_list(model, position);
    }
    if (capacity == model->free_list_largest) {
        find_largest(model);
    }
    return number;
}

/* As malloc could have handed the block out: it fits, and there is nothing to split off. */
static bool list_resize(struct hb_model *model, uint32_t number, size_t size, size_t align)
{
    (void)align;
    const size_t capacity = model->blocks[number].capacity;
    return capacity >= size && (capacity <= rounded(size) || capacity - rounded(size) <= HEADER);
}

/* One pass over the blocks of the range says whether it is in use. Where it is not, one over the
 * free list says whether the list is whole, and one more removes it. */
static void list_remove(struct hb_model *model, const struct hb_range *range, bool is_in_use)
{
    model->work_bound += range->block_count;
    if (is_in_use) {
        return;
    }
    model->work_bound += 2 * (uint64_t)model->free_list_count;
    size_t kept = 0;
    for (size_t i = 0; i < model->free_list_count; i++) {
        const uint32_t number = model->free_list[i];
        const uintptr_t payload = model->blocks[number].payload;
        if (payload >= range->begin && payload < range->end) {
            hb_block_uncount_free(model, number);
        } else {
            model->free_list[kept++] = number;
        }
    }
    model->free_list_count = kept;
    find_largest(model);
}

static size_t list_largest(const struct hb_model *model)
{
    return model->free_list_largest;
}

static size_t list_hole(const struct hb_model *model, size_t size)
{
    const size_t position = smallest_fit(model, size);
    return position < model->free_list_count ? capacity_at(model, position)
                                             : model->free_list_largest;
}

static uint32_t list_nth_free(const struct hb_model *model, size_t index)
{
    return index < model->free_list_count ? model->free_list[model->free_list_count - 1 - index]
                                          : HB_NO_BLOCK;
}

const struct hb_rules hb_rules_list = {
    .header_bytes = HEADER,
    .range_bytes_min = HEADER + 1,
    .range_bytes_max = SIZE_MAX,
    .align_max = 16,
    .reset = list_reset,
    .look_up = list_look_up,
    .add = push,
    .take = list_take,
    .give = list_give,
    .resize = list_resize,
    .remove = list_remove,
    .hole = list_hole,
    .largest = list_largest,
    .nth_free = list_nth_free,
};
