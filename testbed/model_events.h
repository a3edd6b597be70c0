/* SPDX-License-Identifier: MIT
 *
 * How the files model*.c tell events: functions that look and change nothing, and cost a comparison
 * where nobody listens.
 */
#ifndef HB_MODEL_EVENTS_H
#define HB_MODEL_EVENTS_H

#include "events.h"
#include "model_heap.h"

static inline unsigned hb_at_most(size_t value, unsigned most)
{
    return value < most ? (unsigned)value : most;
}

static inline void hb_tell(struct hb_model *model, unsigned event)
{
    if (model->events != NULL) {
        model->events->counts[event]++;
    }
}

static inline void hb_tell_realloc(struct hb_model *model, enum hb_heap_realloc outcome)
{
    hb_tell(model, HB_HEAP_REALLOC + (unsigned)outcome);
}

static inline unsigned hb_units_log2(size_t bytes)
{
    return hb_at_most(hb_event_log2(bytes / HB_UNIT), 15);
}

enum hb_told_call { HB_TOLD_ADD, HB_TOLD_MALLOC, HB_TOLD_FREE, HB_TOLD_REALLOC, HB_TOLD_REMOVE };

/* What a call answered, and what the heap is like then. Returns the status. */
static inline enum hb_status hb_tell_answer(struct hb_model *model, enum hb_told_call call,
                                            enum hb_status status)
{
    if (model->events == NULL) {
        return status;
    }
    const struct hb_model_stats *stats = &model->stats;
    hb_tell(model, HB_HEAP_ANSWER + (unsigned)call * HB_STATUS_COUNT + (unsigned)status);
    if (status != HB_OK) {
        return status;
    }
    hb_tell(model, HB_HEAP_FREE_BLOCKS + hb_at_most(hb_event_log2(stats->free_block_count), 17));
    hb_tell(model, HB_HEAP_LIVE_BLOCKS + hb_at_most(hb_event_log2(stats->live_block_count), 17));
    hb_tell(model, HB_HEAP_STRIDES + hb_at_most(hb_event_log2(model->stride_count), 13));
    if (call == HB_TOLD_ADD || call == HB_TOLD_REMOVE) {
        hb_tell(model, HB_HEAP_RANGES + hb_at_most(model->range_count, 32));
    }
    return status;
}

/* A place among others: alone, at the one end, at the other, between. */
static inline unsigned hb_place(bool is_one_end, bool is_other_end)
{
    static const unsigned places[2][2] = {{3, 2}, {1, 0}};
    return places[is_one_end][is_other_end];
}

/* A block is handed out, of which so much is left beyond what was needed. */
static inline void hb_tell_taken(struct hb_model *model, const struct hb_range *range, size_t rest)
{
    if (model->events == NULL) {
        return;
    }
    const size_t units = rest / HB_UNIT;
    hb_tell(model, HB_HEAP_RANGE + hb_at_most((size_t)(range - model->ranges), 31));
    unsigned bucket = hb_at_most(units, 4);
    bucket += units > 16;
    bucket += units >= 256;
    hb_tell(model, HB_HEAP_REST + bucket);
}

/* 0: nothing free there; 1: a free block; 2: one that serves nobody. */
static inline unsigned hb_neighbour(const struct hb_model *model, uint32_t number,
                                    size_t serves_from)
{
    if (!hb_block_is_free(model, number)) {
        return 0;
    }
    return model->blocks[number].capacity >= serves_from ? 1 : 2;
}

/* A live block is about to become free. */
static inline void hb_tell_given(struct hb_model *model, uint32_t number, size_t serves_from)
{
    if (model->events == NULL) {
        return;
    }
    const struct hb_block *block = &model->blocks[number];
    const unsigned in_front = hb_neighbour(model, block->previous, serves_from);
    const unsigned behind = hb_neighbour(model, block->next, serves_from);
    size_t whole = block->capacity;
    whole += in_front != 0 ? model->blocks[block->previous].capacity : 0;
    whole += behind != 0 ? model->blocks[block->next].capacity : 0;
    hb_tell(model, HB_HEAP_FREE + (in_front * 3 + behind) * 16 + hb_units_log2(whole));
    hb_tell(model,
            HB_HEAP_EDGE + hb_place(block->previous == HB_NO_BLOCK, block->next == HB_NO_BLOCK));
}

/* The range is about to be dropped. */
static inline void hb_tell_removed(struct hb_model *model, const struct hb_range *range)
{
    hb_tell(model, HB_HEAP_REMOVED + hb_place(range == model->ranges,
                                              range + 1 == model->ranges + model->range_count));
}

#endif
