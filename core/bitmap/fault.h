/* SPDX-License-Identifier: MIT
 *
 * Faults: the invariants by number, and what is wrong where one does not hold. docs/core.md states
 * the invariants of the bitmap index; the code cites them as I1 to I18.
 */
#ifndef BF_BITMAP_FAULT_H
#define BF_BITMAP_FAULT_H

#include "../bestfit.h"

enum invariant {
    INVARIANT_NONE,
    INVARIANT_RANGE_COUNT,     /* I1 */
    INVARIANT_RANGE_SHAPE,     /* I2 */
    INVARIANT_RANGES_DISJOINT, /* I3 */
    INVARIANT_BLOCKS_TILE,     /* I4 */
    INVARIANT_HEADER_SEALED,   /* I5 */
    INVARIANT_SIZE_FIELD,      /* I6 */
    INVARIANT_PREVIOUS_FREE,   /* I7 */
    INVARIANT_MERGED,          /* I8 */
    INVARIANT_FOOTER,          /* I9 */
    INVARIANT_FREE_COUNTERS,   /* I10 */
    INVARIANT_LIVE_COUNTERS,   /* I11 */
    INVARIANT_BIN_BITS,        /* I12 */
    INVARIANT_BIN_STACK,       /* I13 */
    INVARIANT_BIN_TRIE,        /* I14 */
    INVARIANT_TAILS,           /* I15 */
    INVARIANT_INDEX_COMPLETE,  /* I16 */
#if BF_QUARANTINE_BYTES > 0
    INVARIANT_QUARANTINE_COUNTERS, /* I17 */
    INVARIANT_QUARANTINE_CHAIN,    /* I18 */
#endif
};

/* Each as what is wrong where it does not hold. */
static const char *invariant_reason(enum invariant invariant)
{
    switch (invariant) {
    case INVARIANT_RANGE_COUNT:
        return "the heap counts more ranges than its table holds";
    case INVARIANT_RANGE_SHAPE:
        return "a range does not begin at a multiple of 16 above 0, or is too small or too large";
    case INVARIANT_RANGES_DISJOINT:
        return "two ranges share bytes";
    case INVARIANT_BLOCKS_TILE:
        return "a stride is 0 or passes the end of the range, or a wrong block is marked as last";
    case INVARIANT_HEADER_SEALED:
        return "the checksum of a header is not that of the header";
    case INVARIANT_SIZE_FIELD:
        return "the size in a header is none that bf_malloc leaves, or a free block's is not its "
               "ragged tail";
    case INVARIANT_PREVIOUS_FREE:
        return "a block is wrong about whether the one in front of it is free";
    case INVARIANT_MERGED:
        return "two neighbours are both free";
    case INVARIANT_FOOTER:
        return "the footer of a free block is not its stride";
    case INVARIANT_FREE_COUNTERS:
        return "the counters of free blocks and bytes differ from what the ranges hold";
    case INVARIANT_LIVE_COUNTERS:
        return "the counters of live blocks and bytes differ from what the ranges hold, or exceed "
               "the peak";
    case INVARIANT_BIN_BITS:
        return "a bit of the bitmap differs from whether its bin is empty";
    case INVARIANT_BIN_STACK:
        return "a link of a bin leads elsewhere than to a free block of its size, or not back";
    case INVARIANT_BIN_TRIE:
        return "a link of a trie leads elsewhere than to a free block of its bin, or a node is out "
               "of order";
    case INVARIANT_TAILS:
        return "the chain of tails does not hold each free last block of a range once";
    case INVARIANT_INDEX_COMPLETE:
        return "the bins do not hold each free block once";
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
