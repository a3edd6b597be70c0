/* SPDX-License-Identifier: MIT
 *
 * The placement of the bitmap index: smallest stride that is enough, among equals the block that
 * entered last; what is left over and what is freed is merged with its neighbours and enters anew.
 *
 * The strides that some free block has are an array in ascending order, the blocks of each a chain,
 * newest first: choosing is a search by halves. (An array is short: free blocks of n different
 * strides take 8 n^2 bytes of arena, so 16 MiB can't hold more than 1,448.)
 *
 * A stride is the capacity and the header, without the ragged tail of a range's last block. As the
 * tail is less than 16, the stride is capacity + 8 rounded down to 16, whichever block it is.
 */
#include "model_strides.h"

#include <string.h>

enum { HEADER = 8, STRIDE_MIN = 32 };

/* As on the machine that the model runs on. */
#define RANGE_BYTES_MAX (sizeof(size_t) > 4 ? (size_t)(((uint64_t)1 << 48) - 1) : SIZE_MAX)

/* The most steps of a call: so many for each level of a search, of which there are as many as bits
 * of a size (in units of 16), but no more than free blocks before the call; for each range; and
 * beside. docs/core.md, Bound. */
struct bound {
    unsigned per_level;
    unsigned per_range;
    unsigned beside;
};

static const struct bound bound_of_add_range = {2, 0, 6};
static const struct bound bound_of_remove_range = {4, 2, 6};
static const struct bound bound_of_malloc = {11, 3, 24};
static const struct bound bound_of_free = {13, 2, 26};
static const struct bound bound_of_realloc = {29, 6, 54};

/* A call that is made of others (a realloc that moves) has its own bound, which is above theirs. */
static void allow(struct hb_model *model, struct bound bound)
{
    const uint64_t bits = sizeof(size_t) > 4 ? 44 : 28;
    const uint64_t free_blocks = model->stats.free_block_count;
    const uint64_t levels = free_blocks < bits ? free_blocks : bits;
    const uint64_t steps =
        bound.per_level * levels + (uint64_t)bound.per_range * model->range_count + bound.beside;
    if (steps > model->work_bound) {
        model->work_bound = steps;
    }
}

static void bitmap_reset(struct hb_model *model)
{
    model->stride_count = 0;
    model->entry_count = 0;
    memset(model->octaves, 0, sizeof model->octaves);
}

/* The header in front of the pointer is looked at, and no other: that is part of the change. */
static void bitmap_look_up(struct hb_model *model, const struct hb_range *range)
{
    (void)model;
    (void)range;
}

static size_t stride_of(const struct hb_model *model, uint32_t number)
{
    return (model->blocks[number].capacity + HEADER) / HB_UNIT * HB_UNIT;
}

/* The stride that a request needs. Of 64 bits, so that no sum wraps on any machine: what is larger
 * than every range just doesn't fit. */
static uint64_t need(uint64_t size)
{
    const uint64_t stride = (size + HEADER + HB_UNIT - 1) / HB_UNIT * HB_UNIT;
    return stride < STRIDE_MIN ? STRIDE_MIN : stride;
}

/* The index. */

/* Position of the first stride that is not less; stride_count where all are. */
static size_t position_of(const struct hb_model *model, uint64_t stride)
{
    size_t low = 0;
    size_t high = model->stride_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (model->strides[middle].stride < stride) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static void open_stride(struct hb_model *model, size_t position, size_t stride)
{
    model->strides = hb_model_grow(model->strides, &model->stride_room, model->stride_count,
                                   sizeof *model->strides);
    struct hb_stride *at = &model->strides[position];
    memmove(at + 1, at, (model->stride_count - position) * sizeof *at);
    *at = (struct hb_stride){.stride = stride, .newest = HB_NO_BLOCK, .count = 0};
    model->stride_count++;
    hb_tell_opened(model, position);
}

static void close_stride(struct hb_model *model, size_t position)
{
    struct hb_stride *at = &model->strides[position];
    hb_tell_closed(model, position);
    model->stride_count--;
    memmove(at, at + 1, (model->stride_count - position) * sizeof *at);
}

/* The block is free from now on, and the most recent of its stride. */
static void enter(struct hb_model *model, uint32_t number)
{
    const size_t stride = stride_of(model, number);
    hb_block_count_free(model, number);
    if (stride < STRIDE_MIN) {
        return; /* a sliver serves nobody */
    }
    const size_t position = position_of(model, stride);
    if (position == model->stride_count || model->strides[position].stride != stride) {
        open_stride(model, position, stride);
    }
    struct hb_stride *at = &model->strides[position];
    struct hb_block *block = &model->blocks[number];
    block->entered = model->entry_count++;
    block->newer = HB_NO_BLOCK;
    block->older = at->newest;
    if (block->older != HB_NO_BLOCK) {
        model->blocks[block->older].newer = number;
    }
    at->newest = number;
    at->count++;
}

static void leave(struct hb_model *model, uint32_t number)
{
    const size_t stride = stride_of(model, number);
    hb_block_uncount_free(model, number);
    if (stride < STRIDE_MIN) {
        return;
    }
    const size_t position = position_of(model, stride);
    struct hb_stride *at = &model->strides[position];
    const struct hb_block *block = &model->blocks[number];
    hb_tell_leaves(model, block, stride);
    if (block->newer == HB_NO_BLOCK) {
        at->newest = block->older;
    } else {
        model->blocks[block->newer].older = block->older;
    }
    if (block->older != HB_NO_BLOCK) {
        model->blocks[block->older].newer = block->newer;
    }
    at->count--;
    if (at->count == 0) {
        close_stride(model, position);
    }
}

/* Whether a is to be preferred to b, of two last blocks that both serve by their ragged tails. */
static bool is_better_tail(const struct hb_block *a, const struct hb_block *b)
{
    return a->capacity != b->capacity ? a->capacity < b->capacity : a->entered > b->entered;
}

/* The last block of a range, one unit short of what is needed, whose ragged tail makes up for it.
 */
static uint32_t select_tail(const struct hb_model *model, uint64_t size, size_t align)
{
    uint32_t best = HB_NO_BLOCK;
    for (size_t i = 0; i < model->range_count; i++) {
        const uint32_t number = model->ranges[i].last;
        const size_t stride = stride_of(model, number);
        if (hb_block_is_free(model, number) && stride + HB_UNIT == need(size) &&
            stride >= STRIDE_MIN && stride >= align && model->blocks[number].capacity >= size &&
            (best == HB_NO_BLOCK || is_better_tail(&model->blocks[number], &model->blocks[best]))) {
            best = number;
        }
    }
    return best;
}

static uint32_t select_block(const struct hb_model *model, uint64_t size, size_t align)
{
    const size_t position = position_of(model, need(size));
    return position < model->stride_count ? model->strides[position].newest
                                          : select_tail(model, size, align);
}

/* The calls. */

static void bitmap_add(struct hb_model *model, uint32_t number)
{
    allow(model, bound_of_add_range);
    enter(model, number);
}

static void tell_trimmed(struct hb_model *model, uint32_t number, uint64_t stride)
{
    if (model->events != NULL) {
        const uint64_t whole = stride_of(model, number);
        hb_tell_taken(model, hb_model_range_of(model, model->blocks[number].payload),
                      whole > stride ? (size_t)(whole - stride) : 0);
    }
}

/* What a block that is handed out has beyond the stride that it needs becomes free, where it is
 * enough to serve anybody. */
static void trim(struct hb_model *model, uint32_t number, uint64_t stride)
{
    tell_trimmed(model, number, stride);
    if (stride_of(model, number) >= stride + STRIDE_MIN) {
        enter(model, hb_block_split(model, number, (size_t)stride - HEADER));
    }
}

static void tell_selected(struct hb_model *model, uint64_t wanted, uint32_t number)
{
    if (model->events == NULL) {
        return;
    }
    const size_t stride = stride_of(model, number);
    if (stride < need(wanted)) {
        hb_tell(model, HB_HEAP_TAIL);
    } else {
        hb_tell_found(model, need(wanted), position_of(model, stride));
    }
}

static uint32_t bitmap_take(struct hb_model *model, size_t size, size_t align)
{
    allow(model, bound_of_malloc);
    const uint64_t wanted = align <= HB_UNIT ? size : (uint64_t)size + align - HB_UNIT;
    uint32_t number = select_block(model, wanted, align);
    if (number == HB_NO_BLOCK) {
        return HB_NO_BLOCK;
    }
    tell_selected(model, wanted, number);
    leave(model, number);
    const size_t past = model->blocks[number].payload & (align - 1);
    hb_tell(model, HB_HEAP_GAP + hb_units_log2(past));
    if (past != 0) {
        const uint32_t front = number;
        number = hb_block_split(model, front, align - past - HEADER);
        enter(model, front);
    }
    trim(model, number, need(size));
    return number;
}

static void bitmap_give(struct hb_model *model, uint32_t number)
{
    allow(model, bound_of_free);
    hb_tell_given(model, number, STRIDE_MIN - HEADER);
    const uint32_t behind = model->blocks[number].next;
    const uint32_t in_front = model->blocks[number].previous;
    if (hb_block_is_free(model, behind)) {
        leave(model, behind);
        hb_block_join(model, number);
    }
    if (hb_block_is_free(model, in_front)) {
        leave(model, in_front);
        number = in_front;
        hb_block_join(model, number);
    }
    enter(model, number);
}

/* The block keeps the stride; the rest and what is free behind it become one free block. */
static void shrink(struct hb_model *model, uint32_t number, uint64_t stride)
{
    const uint32_t behind = model->blocks[number].next;
    const uint32_t rest = hb_block_split(model, number, (size_t)stride - HEADER);
    hb_tell_realloc(model, hb_block_is_free(model, behind) ? HB_REALLOC_SHRINKS_MERGES
                                                           : HB_REALLOC_SHRINKS);
    if (hb_block_is_free(model, behind)) {
        leave(model, behind);
        hb_block_join(model, rest);
    }
    enter(model, rest);
}

static bool bitmap_resize(struct hb_model *model, uint32_t number, size_t size, size_t align)
{
    allow(model, bound_of_realloc);
    const struct hb_block *block = &model->blocks[number];
    const uint32_t behind = block->next;
    const bool is_free_behind = hb_block_is_free(model, behind);
    const uint64_t stride = stride_of(model, number);
    const uint64_t needed = need(size);
    if ((block->payload & (align - 1)) != 0) {
        return false;
    }
    if (needed == stride || (needed + HB_UNIT == stride && !is_free_behind) ||
        (needed > stride && size <= block->capacity)) {
        hb_tell_realloc(model, HB_REALLOC_STAYS);
        return true;
    }
    if (needed < stride) {
        shrink(model, number, needed);
        return true;
    }
    /* Whole strides, or up to the end of the range with its ragged tail. */
    if (is_free_behind && size <= block->capacity + HEADER + model->blocks[behind].capacity) {
        leave(model, behind);
        hb_block_join(model, number);
        hb_tell_realloc(model, stride_of(model, number) < needed + STRIDE_MIN
                                   ? HB_REALLOC_GROWS_WHOLE
                                   : HB_REALLOC_GROWS);
        trim(model, number, needed);
        return true;
    }
    return false;
}

static void bitmap_remove(struct hb_model *model, const struct hb_range *range, bool is_in_use)
{
    allow(model, bound_of_remove_range);
    if (!is_in_use) {
        leave(model, range->first); /* coalesced, so there is no other */
    }
}

/* The last block of a range can have a ragged tail more than others of its stride. (With its tail a
 * sliver has fewer bytes than any block in the index.) */
static size_t bitmap_largest(const struct hb_model *model)
{
    if (model->stride_count == 0) {
        return 0;
    }
    size_t largest = model->strides[model->stride_count - 1].stride - HEADER;
    for (size_t i = 0; i < model->range_count; i++) {
        const uint32_t last = model->ranges[i].last;
        if (hb_block_is_free(model, last) && model->blocks[last].capacity > largest) {
            largest = model->blocks[last].capacity;
        }
    }
    return largest;
}

static size_t bitmap_hole(const struct hb_model *model, size_t size)
{
    const uint32_t number =
        size < hb_model_size_limit() ? select_block(model, size, HB_UNIT) : HB_NO_BLOCK;
    return number != HB_NO_BLOCK ? model->blocks[number].capacity : bitmap_largest(model);
}

static uint32_t bitmap_nth_free(const struct hb_model *model, size_t index)
{
    size_t position = 0;
    while (position < model->stride_count && index >= model->strides[position].count) {
        index -= model->strides[position++].count;
    }
    if (position == model->stride_count) {
        return HB_NO_BLOCK;
    }
    uint32_t number = model->strides[position].newest;
    while (index-- > 0) {
        number = model->blocks[number].older;
    }
    return number;
}

const struct hb_rules hb_rules_bitmap = {
    .header_bytes = HEADER,
    .range_bytes_min = 40,
    .range_bytes_max = RANGE_BYTES_MAX,
    .align_max = SIZE_MAX / 2 + 1,
    .reset = bitmap_reset,
    .look_up = bitmap_look_up,
    .add = bitmap_add,
    .take = bitmap_take,
    .give = bitmap_give,
    .resize = bitmap_resize,
    .remove = bitmap_remove,
    .hole = bitmap_hole,
    .largest = bitmap_largest,
    .nth_free = bitmap_nth_free,
};
