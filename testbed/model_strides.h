/* SPDX-License-Identifier: MIT
 *
 * Events of the bitmap placement's index: where a stride lies among the others. Included by
 * model_bitmap.c alone.
 *
 * A stride's class is its number from 0, in units; classes from 2^n to 2^(n+1) - 1 are an octave.
 * docs/core.md says what the core makes of them (a bin for each small class, a trie for a share of
 * an octave, with the smallest on top of each subtree); here an octave is looked at as one trie.
 */
#ifndef HB_MODEL_STRIDES_H
#define HB_MODEL_STRIDES_H

#include "model_events.h"

/* Smaller classes have bins of their own, whatever the profile. */
#define HB_OCTAVE_CLASS_MIN 32u

static inline uint64_t hb_class_of(size_t stride)
{
    return stride / HB_UNIT - 2;
}

/* Position of the first stride of that class or above. */
static inline size_t hb_position_of_class(const struct hb_model *model, uint64_t class_)
{
    size_t low = 0;
    size_t high = model->stride_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (hb_class_of(model->strides[middle].stride) < class_) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* How many nodes lie above the one at this position. On the way down each node is the smallest of
 * its subtree, so the nodes already passed are the first of what is left. */
static inline unsigned hb_depth_of(const struct hb_model *model, size_t position)
{
    const uint64_t class_ = hb_class_of(model->strides[position].stride);
    unsigned bit = hb_event_log2(class_ | 1) - 1;
    uint64_t prefix = (uint64_t)1 << bit;
    size_t node = hb_position_of_class(model, prefix);
    unsigned depth = 0;
    while (node != position && bit-- > 0) {
        const uint64_t middle = prefix | (uint64_t)1 << bit;
        node++;
        if (class_ >= middle) {
            const size_t first = hb_position_of_class(model, middle);
            node = node > first ? node : first;
            prefix = middle;
        }
        depth++;
    }
    return depth;
}

static inline unsigned hb_octave_of(uint64_t class_)
{
    return hb_event_log2(class_) - 1;
}

/* The stride at this position has just come to be. */
static inline void hb_tell_opened(struct hb_model *model, size_t position)
{
    if (model->events == NULL) {
        return;
    }
    const uint64_t class_ = hb_class_of(model->strides[position].stride);
    if (class_ < HB_OCTAVE_CLASS_MIN) {
        return;
    }
    const uint32_t count = ++model->octaves[hb_octave_of(class_)];
    const unsigned octave = hb_at_most(hb_octave_of(class_), 15);
    hb_tell(model, HB_HEAP_OCTAVE + octave * 8 + hb_at_most(hb_event_log2(count), 7));
    if (count > 1) {
        hb_tell(model, HB_HEAP_DEPTH + hb_at_most(hb_depth_of(model, position), 19));
    }
}

/* The stride at this position is about to be no more. */
static inline void hb_tell_closed(struct hb_model *model, size_t position)
{
    if (model->events == NULL) {
        return;
    }
    const uint64_t class_ = hb_class_of(model->strides[position].stride);
    if (class_ < HB_OCTAVE_CLASS_MIN) {
        return;
    }
    const unsigned octave = hb_octave_of(class_);
    const bool is_first =
        position == 0 || hb_class_of(model->strides[position - 1].stride) < (uint64_t)1 << octave;
    const bool is_last = position + 1 == model->stride_count ||
                         hb_class_of(model->strides[position + 1].stride) >= (uint64_t)2 << octave;
    model->octaves[octave] -= model->octaves[octave] > 0;
    hb_tell(model, HB_HEAP_CLOSED + hb_place(is_first, is_last));
    if (!(is_first && is_last)) {
        hb_tell(model, HB_HEAP_CLOSED_DEPTH + hb_at_most(hb_depth_of(model, position), 19));
    }
}

/* The block is about to leave the others of its stride, whose position this is. */
static inline void hb_tell_leaves(struct hb_model *model, const struct hb_block *block,
                                  size_t stride)
{
    if (model->events == NULL) {
        return;
    }
    const unsigned place = hb_place(block->newer == HB_NO_BLOCK, block->older == HB_NO_BLOCK);
    const unsigned class_size = (stride >= 544) + (unsigned)(stride >= 65568);
    hb_tell(model, HB_HEAP_LEAVE + class_size * 4 + place);
}

/* A request that needs so much is served from the stride at this position. */
static inline void hb_tell_found(struct hb_model *model, uint64_t needed, size_t position)
{
    if (model->events == NULL) {
        return;
    }
    const struct hb_stride *found = &model->strides[position];
    const uint64_t wanted = hb_class_of((size_t)needed);
    const uint64_t got = hb_class_of(found->stride);
    const unsigned level = (got != wanted) + (unsigned)(got >> 6 != wanted >> 6) +
                           (unsigned)(got >> 12 != wanted >> 12);
    hb_tell(model, HB_HEAP_FIT + level * 16 + hb_units_log2((size_t)needed));
    hb_tell(model, HB_HEAP_TIE + hb_at_most(hb_event_log2(found->count), 9));
}

#endif
