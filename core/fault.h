/* SPDX-License-Identifier: MIT
 *
 * How a broken invariant is told. Each index has its own invariants by number: enum invariant and
 * invariant_reason are in list/fault.h and bitmap/fault.h, which include this file.
 */
#ifndef BF_FAULT_H
#define BF_FAULT_H

#include "index.h"

/* Puts a fault down; block is 0 where it is the heap's own. */
BF_APART enum bf_status fault_report(const struct bf_heap *heap, struct bf_fault *fault,
                                     enum invariant invariant, uintptr_t block,
                                     const struct bf_range *range)
{
    if (fault != NULL) {
        fault->invariant = (unsigned)invariant;
        fault->reason = invariant_reason(invariant);
        fault->block = (const void *)block;
        fault->range_index = range != NULL ? (size_t)(range - heap->ranges) : SIZE_MAX;
        fault->offset_bytes = block != 0 && range != NULL ? (size_t)(block - range->begin) : 0;
    }
    return BF_CORRUPTED;
}

#endif
