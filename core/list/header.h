/* SPDX-License-Identifier: MIT
 *
 * What can be said of a header from the range it lies in. A header is believed only after
 * range_header_fault has looked at it: that is what keeps every walk inside the ranges, whatever
 * has been written over the headers.
 */
#ifndef BF_LIST_HEADER_H
#define BF_LIST_HEADER_H

#include "../range_table.h"
#include "block.h"
#include "fault.h"

/* Whether a header and one byte of payload at address would lie within the range. */
static inline bool range_has_room_at(const struct bf_range *range, uintptr_t address)
{
    return address >= range->begin && address < range->end &&
           range->end - address >= BF_RANGE_BYTES_MIN;
}

/* The range in which there is room for a block at address; null where there is none. */
static const struct bf_range *range_find(const struct bf_heap *heap, uintptr_t address)
{
    for (size_t i = 0; i < heap->range_count; i++) {
        if (range_has_room_at(&heap->ranges[i], address)) {
            return &heap->ranges[i];
        }
    }
    return NULL;
}

/* I6: the slack is what bf_malloc leaves: under 16 of rounding, and 16 at most that were too few to
 * split off. */
static inline bool slack_is_sound(size_t capacity_bytes, size_t slack_bytes)
{
    return slack_bytes < 2 * BF_ALIGN && slack_bytes + BF_GUARD_BYTES < capacity_bytes &&
           !capacity_is_worth_splitting(capacity_bytes, round_up(capacity_bytes - slack_bytes));
}

/* I4 and I5, of a capacity in a block at an aligned address for which range_has_room_at holds.
 * Where they hold, the block ends with the range, or where there is room for a block again. */
static inline enum invariant range_capacity_fault(const struct bf_range *range, uintptr_t block)
{
    const size_t capacity = block_capacity(block);
    const size_t room = (size_t)(range->end - block_payload(block));

    if (capacity == 0 || capacity > room ||
        (capacity < room && room - capacity < BF_RANGE_BYTES_MIN)) {
        return INVARIANT_BLOCKS_TILE;
    }
    if (capacity < room && (capacity & (BF_ALIGN - 1)) != 0) {
        return INVARIANT_CAPACITY_WHOLE;
    }
    return INVARIANT_NONE;
}

/* Which of I4 to I7 a header breaks, going by the header and its range alone. */
static inline enum invariant range_header_fault(const struct bf_range *range, uintptr_t block)
{
    const enum invariant broken = range_capacity_fault(range, block);

    if (broken != INVARIANT_NONE) {
        return broken;
    }
    if (!block_is_live(block)) {
        return is_aligned(block_tag(block)) || block_is_quarantined(block) ? INVARIANT_NONE
                                                                           : INVARIANT_LINK_ALIGNED;
    }
    return slack_is_sound(block_capacity(block), block_slack(block)) ? INVARIANT_NONE
                                                                     : INVARIANT_SLACK_BOUND;
}

/* Whether a block begins at address, in a range whose blocks are sound. */
static bool range_has_block_at(const struct bf_range *range, uintptr_t address)
{
    uintptr_t block = range->begin;

    while (block < address) {
        BF_STEP();
        block = block_end(block);
    }
    return block == address;
}

#endif
