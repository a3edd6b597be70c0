/* SPDX-License-Identifier: MIT
 *
 * What is decided when building the core. Define any of these on the command line (or before
 * including bestfit.c) to change it; every translation unit that includes bestfit.h must agree.
 */
#ifndef BF_CONFIG_H
#define BF_CONFIG_H

#include <stdint.h>

/* The index of free blocks. Default: `bitmap`, exact best fit in a handful of instructions,
 * coalescing, 8 bytes of overhead a block. With BF_INDEX_LIST defined: `list`, the seed's linked
 * list and exact placement, no coalescing, 16 bytes of overhead, the smallest code. */

/* How many ranges a heap can hold. The table lies in struct bf_heap (two or three words an entry),
 * never in the ranges. Default 32, at least 1; one range more is refused with BF_TOO_MANY_RANGES.
 */
#ifndef BF_RANGES_MAX
#define BF_RANGES_MAX 32
#endif

/* The size of struct bf_heap, and with it the speed; never the placement (bitmap only). Define
 * BF_PROFILE_SMALL or BF_PROFILE_LARGE for the other two profiles. There is a bin for each of the
 * first 2^BF_EXACT_BINS_LOG2 sizes (of 16 bytes each, from a stride of 32 on), and from there on
 * 2^BF_OCTAVE_BINS_LOG2 bins for each doubling of the size. struct bf_heap without its table of
 * ranges, in bytes on 64 / 32 bits: small 752 / 312, default 50,096 / 4,908, large 547,336 /
 * 273,844. */
#if UINTPTR_MAX > 0xffffffffu
#define BF_CLASS_BITS 44
#else
#define BF_CLASS_BITS 28
#endif
#ifndef BF_EXACT_BINS_LOG2
#if defined(BF_PROFILE_SMALL)
#define BF_EXACT_BINS_LOG2  5
#define BF_OCTAVE_BINS_LOG2 0
#elif defined(BF_PROFILE_LARGE)
#define BF_EXACT_BINS_LOG2  16
#define BF_OCTAVE_BINS_LOG2 6
#elif BF_CLASS_BITS == 44
#define BF_EXACT_BINS_LOG2  12
#define BF_OCTAVE_BINS_LOG2 6
#else
#define BF_EXACT_BINS_LOG2  10
#define BF_OCTAVE_BINS_LOG2 3
#endif
#endif
#ifndef BF_OCTAVE_BINS_LOG2
#define BF_OCTAVE_BINS_LOG2 0
#endif

/* What is detected of wrong calls and overwritten memory (bitmap only; list always checks by
 * walking). Default: BF_HARDENING_ON. The odds are in docs/core.md.
 *   off       nothing: callers and memory are trusted
 *   on        wrong pointers, wrong sizes, overwritten headers and links, at constant cost
 *   paranoid  also walks the range of every pointer: exact for wrong pointers, O(blocks) */
#define BF_HARDENING_OFF      0
#define BF_HARDENING_ON       1
#define BF_HARDENING_PARANOID 2
#ifndef BF_HARDENING
#define BF_HARDENING BF_HARDENING_ON
#endif

/* How many bytes of freed blocks are held back from reuse, oldest given up first, so that a use
 * after free stays visible to a sanitizer and a double free is told exactly (not with hardening
 * off): a block counts with its header and its whole capacity. Default 0: none, and not a byte of
 * code or of struct bf_heap is different for it. bestfit.h says what differs where it is not 0. A
 * plain number. */
#ifndef BF_QUARANTINE_BYTES
#define BF_QUARANTINE_BYTES 0
#endif

/* How many bytes behind every request belong to nobody, so that an overflow meets neither a header
 * nor another block. They are part of the block's capacity, and of nothing that is asked for or
 * answered: sizes, usable sizes and live bytes are those of the request. Default 0; up to 65,536.
 * A plain number. */
#ifndef BF_GUARD_BYTES
#define BF_GUARD_BYTES 0
#endif

/* Called once for every visit of a block that a link, a neighbour or a pointer leads to, so that a
 * test bed can count work and end an endless walk. Default: nothing. */
#ifndef BF_STEP
#define BF_STEP() ((void)0)
#endif

/* Called with the heap around the body of every public function but bf_init and bf_status_name (a
 * call with a null argument may be refused without). BF_LOCK and BF_UNLOCK come in pairs and are
 * never nested. Default: nothing. */
#ifndef BF_LOCK
#define BF_LOCK(heap) ((void)(heap))
#endif
#ifndef BF_UNLOCK
#define BF_UNLOCK(heap) ((void)(heap))
#endif

/* Called where a caller's mistake or damage has been found, outside the lock, with the heap (as a
 * const pointer), the status that is about to be returned, and the pointer that was passed, or
 * null: a pointer that is no payload, a double free, a wrong size, corruption. It may return (the
 * status is returned then) or not. Default: nothing. */
#ifndef BF_PANIC
#define BF_PANIC(heap, status, pointer) ((void)(heap), (void)(status), (void)(pointer))
#endif

/* BF_COPY(to, from, byte_count) and BF_ZERO(begin, byte_count), of void pointers: how bf_realloc
 * copies and bf_calloc clears. Default: a loop over words, so that no library is needed; define
 * them as memcpy and memset where there are such. */

/* Put in front of every public name instead of bf_, so that several builds of the core can be
 * linked into one program: -DBF_PREFIX=bf_small_ gives bf_small_malloc. Default: bf_. The source
 * text keeps saying bf_malloc. */
#ifdef BF_PREFIX
#define BF_JOIN_(prefix, name) prefix##name
#define BF_JOIN(prefix, name)  BF_JOIN_(prefix, name)
#define bf_init                BF_JOIN(BF_PREFIX, init)
#define bf_add_range           BF_JOIN(BF_PREFIX, add_range)
#define bf_remove_range        BF_JOIN(BF_PREFIX, remove_range)
#define bf_malloc              BF_JOIN(BF_PREFIX, malloc)
#define bf_calloc              BF_JOIN(BF_PREFIX, calloc)
#define bf_realloc             BF_JOIN(BF_PREFIX, realloc)
#define bf_free                BF_JOIN(BF_PREFIX, free)
#define bf_usable_size         BF_JOIN(BF_PREFIX, usable_size)
#define bf_owns                BF_JOIN(BF_PREFIX, owns)
#define bf_check               BF_JOIN(BF_PREFIX, check)
#define bf_walk                BF_JOIN(BF_PREFIX, walk)
#define bf_stats               BF_JOIN(BF_PREFIX, stats)
#define bf_status_name         BF_JOIN(BF_PREFIX, status_name)
#endif

#endif
