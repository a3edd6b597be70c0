/* SPDX-License-Identifier: MIT
 *
 * Faults: the invariants by number, what is wrong where one does not hold, and how that is told.
 * docs/core.md states the invariants of the list index; the code cites them as I1 to I13.
 */
#ifndef BF_LIST_FAULT_H
#define BF_LIST_FAULT_H

#include "../bestfit.h"

enum invariant {
    INVARIANT_NONE,
    INVARIANT_RANGE_COUNT,     /* I1 */
    INVARIANT_RANGE_SHAPE,     /* I2 */
    INVARIANT_RANGES_DISJOINT, /* I3 */
    INVARIANT_BLOCKS_TILE,     /* I4 */
    INVARIANT_CAPACITY_WHOLE,  /* I5 */
    INVARIANT_SLACK_BOUND,     /* I6 */
    INVARIANT_LINK_ALIGNED,    /* I7 */
    INVARIANT_FREE_COUNTERS,   /* I8 */
    INVARIANT_LIVE_COUNTERS,   /* I9 */
    INVARIANT_LINK_TARGET,     /* I10 */
    INVARIANT_LIST_END,        /* I11 */
#if BF_QUARANTINE_BYTES > 0
    INVARIANT_QUARANTINE_COUNTERS, /* I12 */
    INVARIANT_QUARANTINE_CHAIN,    /* I13 */
#endif
};

/* Each as what is wrong where it does not hold. */
static const char *invariant_reason(enum invariant invariant)
{
    switch (invariant) {
    case INVARIANT_RANGE_COUNT:
        return "the heap counts more ranges than its table holds";
    case INVARIANT_RANGE_SHAPE:
        return "a range does not begin at a multiple of 16 above 0, or is too small for a block";
    case INVARIANT_RANGES_DISJOINT:
        return "two ranges share bytes";
    case INVARIANT_BLOCKS_TILE:
        return "a capacity is 0, runs past the end of the range, or leaves a gap before it";
    case INVARIANT_CAPACITY_WHOLE:
        return "the capacity of a block that is not the last of its range is no multiple of 16";
    case INVARIANT_SLACK_BOUND:
        return "a live block has more slack than bf_malloc leaves";
    case INVARIANT_LINK_ALIGNED:
        return "the link of a free block is no multiple of 16";
    case INVARIANT_FREE_COUNTERS:
        return "the counters of free blocks and bytes differ from what the ranges hold";
    case INVARIANT_LIVE_COUNTERS:
        return "the counters of live blocks and bytes differ from what the ranges hold, or exceed "
               "the peak";
    case INVARIANT_LINK_TARGET:
        return "a link of the free list does not lead to a free block";
    case INVARIANT_LIST_END:
        return "the free list goes on when every free block has been met";
#if BF_QUARANTINE_BYTES > 0
    case INVARIANT_QUARANTINE_COUNTERS:
        return "the counters of quarantined blocks and bytes differ from what the ranges hold";
    case INVARIANT_QUARANTINE_CHAIN:
        return "the links of the quarantine do not lead from the oldest to the newest block over "
               "each other once";
#endif
    case INVARIANT_NONE:
    default:
        return "nothing is wrong";
    }
}

#include "../fault.h"

#endif
