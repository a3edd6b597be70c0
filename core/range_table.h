/* SPDX-License-Identifier: MIT
 *
 * The table of ranges. Searches are linear in the number of ranges; nobody has many.
 */
#ifndef BF_RANGE_TABLE_H
#define BF_RANGE_TABLE_H

#include "word.h"

static inline void range_set(struct bf_range *range, uintptr_t begin, uintptr_t end)
{
    range->begin = begin;
    range->end = end;
#ifndef BF_INDEX_LIST
    range->last_unit = (size_t)(end - begin - 8) / BF_ALIGN - 1;
#endif
}

/* An entry that is not used. Through volatile, as a compiler would make a call of memset of a loop
 * of these otherwise. */
static inline void range_clear(struct bf_range *range)
{
    volatile struct bf_range *fresh = range;

    fresh->begin = 0;
    fresh->end = 0;
#ifndef BF_INDEX_LIST
    fresh->last_unit = 0;
#endif
}

static inline bool spans_overlap(uintptr_t begin, uintptr_t end, uintptr_t other_begin,
                                 uintptr_t other_end)
{
    return begin < other_end && other_begin < end;
}

/* Whether [begin, end) shares a byte with a range of the heap, or with the heap itself. */
static bool range_table_overlaps(const struct bf_heap *heap, uintptr_t begin, uintptr_t end)
{
    const uintptr_t self = (uintptr_t)heap;

    /* Inclusive of the heap's last byte, as the end of an object may be 0. */
    if (begin <= self + (sizeof *heap - 1) && self < end) {
        return true;
    }
    for (size_t i = 0; i < heap->range_count; i++) {
        if (spans_overlap(begin, end, heap->ranges[i].begin, heap->ranges[i].end)) {
            return true;
        }
    }
    return false;
}

#endif
