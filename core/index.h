/* SPDX-License-Identifier: MIT
 *
 * The index of free blocks: how bf_malloc finds one. Each index brings the representation of blocks
 * that suits it, in a folder of its own (list, bitmap), with these functions among others:
 *
 *   select_block   the best fit for a size. Changes nothing. Never inlined nor cloned: it is what
 *                  the benchmarks measure, by its name
 *   index_insert   adds a free block
 *   index_remove   takes a free block out
 *   index_largest  the largest free capacity, 0 where nothing is free
 *   index_check    the invariants of the index, on ranges and counters that are sound
 *
 * and, built on them, what bestfit.c calls: heap_clear, heap_adopt, heap_allocate, heap_locate,
 * heap_release, heap_resize, heap_drop, heap_free_totals, range_walk, heap_validate.
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

/* Where the compiler can be told: what happens next to never; what must not be a call (INLINE),
 * what must not be one unless small code is asked for (HOT: one copy then, where -Os would inline
 * many), and what must stay one, as it is off the way that most calls go (APART). */
#if defined(__GNUC__)
#define BF_RARELY(condition) __builtin_expect(!!(condition), 0)
#define BF_INLINE            static inline __attribute__((always_inline))
#define BF_APART             static __attribute__((noinline))
#if defined(__OPTIMIZE_SIZE__)
#define BF_HOT BF_APART
#else
#define BF_HOT BF_INLINE
#endif
#else
#define BF_RARELY(condition) (condition)
#define BF_INLINE            static inline
#define BF_APART             static
#define BF_HOT               static inline
#endif

#endif
