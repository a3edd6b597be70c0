/* SPDX-License-Identifier: MIT
 *
 * What a heap counts of its live blocks.
 */
#ifndef BF_COUNTERS_H
#define BF_COUNTERS_H

#include "bestfit.h"

static inline void heap_count_live(struct bf_heap *heap, size_t size)
{
    heap->live_block_count++;
    heap->live_bytes += size;
    if (heap->live_bytes > heap->peak_live_bytes) {
        heap->peak_live_bytes = heap->live_bytes;
    }
}

static inline void heap_count_dead(struct bf_heap *heap, size_t size)
{
    heap->live_block_count--;
    heap->live_bytes -= size;
}

#endif
