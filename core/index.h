/* SPDX-License-Identifier: MIT
 *
 * The index of free blocks: how bf_malloc finds one. bestfit.c knows the index by these functions
 * only, so that another index is another header, chosen here when building:
 *
 *   select_block   the best fit for a size. Changes nothing. Never inlined nor cloned: it is what
 *                  the benchmarks measure, by its name
 *   index_remove   takes the block that select_block found out of the index
 *   index_replace  puts the remainder of a split into the place of the block that was split
 *   index_insert   adds a free block
 *   index_largest  the largest free capacity, 0 where nothing is free
 *   index_check    the invariants of the index, on ranges and counters that are sound
 *
 * The index owns the tag of a free block. It may read capacities and counters, and changes neither.
 */
#ifndef BF_INDEX_H
#define BF_INDEX_H

#include "bestfit.h"

#if defined(__has_attribute)
#if __has_attribute(noclone)
#define BF_MEASURED __attribute__((noinline, noclone))
#elif __has_attribute(noinline)
#define BF_MEASURED __attribute__((noinline))
#endif
#endif
#ifndef BF_MEASURED
#define BF_MEASURED
#endif

/* A block in the index, and what the index needs to take it out. Good until the index changes. */
struct index_position {
    uintptr_t block;
    uintptr_t previous; /* list: the free block whose link leads here; 0 where the head does */
};

/* The smallest free block whose capacity is at least size_bytes; ties as the index documents.
 * BF_OK: *found is it. BF_OUT_OF_MEMORY: there is none. BF_CORRUPTED: the index is damaged. */
static enum bf_status select_block(const struct bf_heap *heap, size_t size_bytes,
                                   struct index_position *found);
static void index_remove(struct bf_heap *heap, const struct index_position *position);
static void index_replace(struct bf_heap *heap, const struct index_position *position,
                          uintptr_t remainder);
static void index_insert(struct bf_heap *heap, uintptr_t block);
/* BF_OK or BF_CORRUPTED; on BF_CORRUPTED *largest_bytes is unchanged. */
static enum bf_status index_largest(const struct bf_heap *heap, size_t *largest_bytes);

/* BF_OK, or BF_CORRUPTED with the first fault in *fault, which may be null. */
static enum bf_status index_check(const struct bf_heap *heap, struct bf_fault *fault);

#include "index_list.h"

#endif
