/* SPDX-License-Identifier: MIT
 *
 * bestfit: a best-fit allocator for ranges of memory that you hand it.
 *
 *     static struct bf_heap heap;
 *     bf_init(&heap, random_number);
 *     bf_add_range(&heap, __heap_start, __heap_end);
 *     void *p = NULL;
 *     if (bf_malloc(&heap, 100, 16, &p) == BF_OK) { ...; bf_free(&heap, p, 100); }
 *
 * Freestanding C11: no libc calls, no globals, no recursion, a bounded stack.
 *
 * Throughout this file
 *   - sizes and capacities are in bytes; an address range is [begin, end), end not included;
 *   - F is the number of free blocks of the heap, B the number of blocks (live and free) of the
 *     range that a pointer lies in, R the number of ranges, D the depth that a trie of the bitmap
 *     index can have: F, and at most 44 (28 on 32 bits);
 *   - a step is a visit of one block (BF_STEP in config.h). The numbers of steps are bounds that no
 *     call exceeds, whatever came before; on a damaged heap they hold with 44 (28) for D. They do
 *     not depend on the profile. A step also looks for its range, the first of the heap first;
 *   - bitmap and list are the two indexes of free blocks, chosen when building (config.h); what is
 *     said without naming one holds for both;
 *   - a call that returns anything but BF_OK has changed nothing: not the heap (but for its count
 *     of failed calls, and a quarantine, see config.h), not the ranges, not *out. BF_CORRUPTED may
 *     also be returned by a call that met damage while searching; it changes nothing either;
 *   - memory outside the ranges and *heap is never read or written, whatever pointer is passed
 *     (bitmap with hardening off trusts pointers, headers and links);
 *   - nothing is thread-safe unless BF_LOCK and BF_UNLOCK make it so: of the calls on one heap only
 *     one may run at a time (those that take a const heap may run together). Different heaps are
 *     independent;
 *   - a heap may be moved or copied while no call runs on it (it holds no pointer into itself).
 *     After a copy only one of the two may be used;
 *   - a "Source" names the lines of the allocator that this one was ported from (below) where a
 *     function has its algorithm from there; one without is not in it.
 *
 * Placement is part of the contract, so that a model can predict every address.
 *
 * bitmap: a block is an 8-byte header and a payload; a request takes a stride (header included) of
 * the size + 8, rounded up to 16, and at least 32. bf_malloc takes the smallest free block whose
 * stride is enough; among equals, the one freed most recently. Every block that enters the index,
 * as a remainder or merged, counts as just freed. Only where there is none, it takes the last block
 * of a range whose ragged tail makes up for what is missing. The front is handed out; the rest is
 * split off where it is 32 or more. Freeing merges with both neighbours, never across ranges.
 * docs/core.md says all of this to the byte: "Placement of the bitmap index".
 *
 * list: that of the allocator this one was ported from (the "seed": Osiris RTOS,
 * kernel/mem/alloc.rs):
 *   - a block is a 16-byte header and a payload; the payload is what bf_malloc returns;
 *   - bf_malloc takes the smallest free block whose capacity is at least the size rounded up to 16;
 *     among equals, the one deepest in the free list. Only where there is none, it takes the
 *     smallest whose capacity is at least the size itself (the ragged last block of a range), the
 *     deepest among equals;
 *   - where the capacity exceeds the rounded size by more than a header, the block is split: the
 *     front is handed out, the remainder takes the parent's place in the free list. Otherwise the
 *     block is handed out whole;
 *   - bf_add_range and bf_free put the block at the head of the free list. Nothing is coalesced;
 *   - bf_realloc leaves the block in place where bf_malloc could have handed it out for the new
 *     size; otherwise it is bf_malloc, a copy, and bf_free.
 *
 * Where BF_QUARANTINE_BYTES (config.h) is not 0, a block that is freed is first held back, and is
 * neither live nor free as long as it is. Held are at most so many bytes, of each block its header
 * and its whole capacity: the blocks freed first are freed for good until there is room for the one
 * freed last (which is itself, and all others before it, where it is larger than that). Then
 *   - of a block that is held, bf_free, bf_realloc and bf_usable_size say BF_DOUBLE_FREE (not with
 *     hardening off), and bf_walk and bf_stats show it apart;
 *   - bf_malloc, bf_calloc and bf_realloc that find no block free those held for good, the oldest
 *     first, until they find one. So one that returns BF_OUT_OF_MEMORY has emptied the quarantine:
 *     that, and nothing else, a call that fails may have changed. bf_remove_range does the same
 *     until the range is free, where nothing of it is live;
 *   - damage next to a block, or where it is held, is told as BF_CORRUPTED by the call that would
 *     have freed it for good; those that this call has freed before stay free.
 *
 * Where BF_GUARD_BYTES is not 0, a request takes so many bytes more than its size, and is placed as
 * one of that size would be. They are behind the request, and nobody's: every size that is asked
 * for, given or answered is without them, but the capacities of bf_walk and bf_stats are with them.
 * Sizes from BF_SIZE_LIMIT - BF_GUARD_BYTES on are BF_INVALID_SIZE.
 */
#ifndef BF_BESTFIT_H
#define BF_BESTFIT_H

#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Semantic versions: docs/compatibility.md says what may change in which. This is the one place
 * where the version is written; the build, the packages and their tests read it here. */
#define BF_VERSION_MAJOR 1
#define BF_VERSION_MINOR 0
#define BF_VERSION_PATCH 0

#ifdef __cplusplus
extern "C" {
#endif

/* Every payload, and the begin of every range, is a multiple of this. */
#define BF_ALIGN ((size_t)16)

/* The distance from the begin of a range to its first payload. */
#define BF_FIRST_PAYLOAD ((size_t)16)

#ifdef BF_INDEX_LIST
/* What each block costs: the distance from the header to the payload. */
#define BF_HEADER_BYTES ((size_t)16)
/* The smallest range that is accepted: a header and one byte (the seed's MIN_RANGE_SIZE). */
#define BF_RANGE_BYTES_MIN (BF_HEADER_BYTES + 1)
/* The largest. */
#define BF_RANGE_BYTES_MAX SIZE_MAX
/* The largest alignment that bf_malloc takes. */
#define BF_ALIGN_MAX BF_ALIGN
#else
#define BF_HEADER_BYTES    ((size_t)8)
/* 8 bytes in front of the first header, and a block that can be linked when it is free. */
#define BF_RANGE_BYTES_MIN ((size_t)40)
#if SIZE_MAX > 0xffffffffu
#define BF_RANGE_BYTES_MAX (((size_t)1 << 48) - 1)
#else
#define BF_RANGE_BYTES_MAX SIZE_MAX
#endif
#define BF_ALIGN_MAX (SIZE_MAX / 2 + 1)
#endif

/* Sizes from here on are refused with BF_INVALID_SIZE (the seed's MAX_ADDR). */
#if SIZE_MAX > 0xffffffffu
#define BF_SIZE_LIMIT ((size_t)1 << 48)
#else
#define BF_SIZE_LIMIT SIZE_MAX
#endif

/* As the size given to bf_free: "I don't know the size", as with C's free(). */
#define BF_ANY_SIZE SIZE_MAX

/* What a call answers: that it was done, or why it was not. Exhaustion, refusal, a mistake of the
 * caller and damage are told apart. */
enum bf_status {
    BF_OK = 0,
    BF_OUT_OF_MEMORY,    /* no free block fits */
    BF_INVALID_ARGUMENT, /* a null heap, out, callback or result pointer */
    BF_INVALID_ALIGN,    /* an alignment that is 0, no power of two, or above BF_ALIGN_MAX; a range
                            that does not begin at a multiple of BF_ALIGN */
    BF_INVALID_SIZE,    /* a size of 0, or of BF_SIZE_LIMIT and more; a range that is empty, smaller
                           than BF_RANGE_BYTES_MIN or larger than BF_RANGE_BYTES_MAX */
    BF_INVALID_ADDRESS, /* a range that begins at 0 or ends before it begins (wraps around), or is
                           not one of the heap's; a pointer that is no payload of this heap */
    BF_OVERLAP,         /* a range that shares bytes with one that the heap has, or with *heap */
    BF_TOO_MANY_RANGES, /* the heap has BF_RANGES_MAX ranges already */
    BF_DOUBLE_FREE,     /* the block is free already */
    BF_WRONG_SIZE,      /* not the size that this block was asked for with */
    BF_RANGE_IN_USE,    /* a range with live blocks cannot be removed */
    BF_CORRUPTED        /* a header or link has been overwritten */
};

#define BF_STATUS_COUNT ((size_t)BF_CORRUPTED + 1)

/* One range. Private: read it with bf_walk. */
struct bf_range {
    uintptr_t begin;
    uintptr_t end;
#ifndef BF_INDEX_LIST
    size_t last_unit; /* where the last header can be: begin + 8 + 16 times this */
#endif
};

#ifndef BF_INDEX_LIST
/* The bins of the bitmap index, and two levels of bits that say which are not empty. */
#define BF_BIN_COUNT                                                                               \
    (((size_t)1 << BF_EXACT_BINS_LOG2) +                                                           \
     ((size_t)(BF_CLASS_BITS - BF_EXACT_BINS_LOG2) << BF_OCTAVE_BINS_LOG2))
#define BF_WORD_BITS  (8 * sizeof(size_t))
#define BF_LEAF_COUNT ((BF_BIN_COUNT + BF_WORD_BITS - 1) / BF_WORD_BITS)
#define BF_TOP_COUNT  ((BF_LEAF_COUNT + BF_WORD_BITS - 1) / BF_WORD_BITS)
#endif

/* A heap. The fields are private; the struct is here so that you can place it where you like. Its
 * size depends on what config.h decides, so all that see it must decide the same. */
struct bf_heap {
    size_t live_bytes;
    size_t peak_live_bytes;
    size_t live_block_count;
    size_t range_count;
    size_t free_bytes; /* list: capacities of the free blocks; bitmap: 8 more for each */
#ifdef BF_INDEX_LIST
    uintptr_t free_head;
#else
    uintptr_t key;
#endif
    size_t free_block_count;
#ifndef BF_INDEX_LIST
    uintptr_t tail_head; /* the free last blocks of ranges, most recent first */
    size_t tops[BF_TOP_COUNT];
    size_t leaves[BF_LEAF_COUNT];
    uintptr_t bins[BF_BIN_COUNT];
#endif
#if BF_QUARANTINE_BYTES > 0
    uintptr_t quarantine_oldest; /* 0: it is empty */
    uintptr_t quarantine_newest;
    size_t quarantined_block_count;
    size_t quarantined_bytes; /* headers and capacities */
#endif
    size_t failed_counts[BF_STATUS_COUNT]; /* calls that failed, by status */
    struct bf_range ranges[BF_RANGES_MAX];
};

/* Makes an empty heap of *heap, whatever was in it; ranges and blocks that it had are forgotten.
 * heap: null, or sizeof(struct bf_heap) bytes of writable memory at a multiple of
 * _Alignof(struct bf_heap), as every other function expects it too.
 * A heap of all zero bytes is an initialised, empty heap with the key 0.
 * key: what the checksums of the bitmap index are keyed with; a random number that no attacker
 * knows, or any constant where nobody attacks. Another one for each bf_init: what an earlier heap
 * with the same key has left in the same range, is believed (but with paranoid hardening). It has
 * no influence on placement. list ignores it. Returns BF_OK; BF_INVALID_ARGUMENT if heap is null.
 * Cost: constant. */
enum bf_status bf_init(struct bf_heap *heap, uintptr_t key);

/* Gives the heap the memory [begin, end). It must stay readable and writable for as long as the
 * heap is used; the caller may not touch it but for the payloads handed out. begin must be a
 * multiple of BF_ALIGN; end may be any address up to UINTPTR_MAX, aligned or not: the last block's
 * capacity is ragged then. Its one block has the capacity end - begin - 16.
 * Ranges may touch; they are never joined. Of a range that another heap has as well nothing is
 * known here: two heaps in one memory overwrite each other.
 * Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap is null
 *   BF_INVALID_ALIGN     begin is not a multiple of BF_ALIGN
 *   BF_INVALID_ADDRESS   begin is 0, or end is below begin
 *   BF_INVALID_SIZE      end - begin is less than BF_RANGE_BYTES_MIN or more than
 *                        BF_RANGE_BYTES_MAX
 *   BF_OVERLAP           a byte of it belongs to the heap already: to a range, or to *heap itself
 *   BF_TOO_MANY_RANGES   the heap has BF_RANGES_MAX ranges
 *   BF_CORRUPTED         bitmap: the place in the index where it belongs is damaged
 *   BF_OK
 * Cost: a look at R ranges; bitmap 2 D + 6 steps, list none. Source: the seed, add_range, line 67;
 * its debug assertions are statuses here. */
enum bf_status bf_add_range(struct bf_heap *heap, void *begin, void *end);

/* Takes a range back from the heap. begin is what it was added with. The range must be wholly
 * free. Nothing of it is touched any more. The ranges that were added after it move down by one in
 * the order of bf_walk.
 * Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap is null
 *   BF_INVALID_ADDRESS   no range of the heap begins at begin
 *   BF_CORRUPTED         the first header of the range does not make sense (list: one before the
 *                        first live block)
 *   BF_RANGE_IN_USE      a block of it is live
 *   BF_CORRUPTED         the index is damaged where it leads to the range
 *   BF_OK
 * Cost: a look at R ranges; bitmap 4 D + 2 R + 6 steps; list B + 2 F. */
enum bf_status bf_remove_range(struct bf_heap *heap, void *begin);

/* Hands out size bytes at a multiple of 16 and of align. The bytes are not initialised.
 * size: 1 to BF_SIZE_LIMIT - 1. align: a power of two up to BF_ALIGN_MAX (list: up to 16).
 * bitmap: up to 16 it fails only where no free block fits; above, it takes the best fit for
 * size + align - 16 and fails only where there is none (the last block of a range that fits by its
 * ragged tail alone counts only where its stride is at least align). What lies in front of the
 * payload stays free.
 * Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap or out is null
 *   BF_INVALID_ALIGN     align is 0, not a power of two, or above BF_ALIGN_MAX
 *   BF_INVALID_SIZE      size is 0, or BF_SIZE_LIMIT or more
 *   BF_CORRUPTED         bitmap: a block or link on the way to the block is damaged. list: the free
 *                        list is: a link leads elsewhere than to a free block, or the list holds
 *                        more or less than the heap counts
 *   BF_OUT_OF_MEMORY     no free block fits
 *   BF_OK                *out is the payload
 * Cost: bitmap 11 D + 3 R + 24 steps; list 2 F. Source: the seed, malloc, line 184, and
 * select_block, 115. */
enum bf_status bf_malloc(struct bf_heap *heap, size_t size, size_t align, void **out);

/* As bf_malloc of count * size bytes, with the same heap, align and out; the bytes are set to 0.
 * Returns what bf_malloc returns for that size; a product of 0, or that cannot be represented, is
 * BF_INVALID_SIZE.
 * Cost: as bf_malloc, and count * size bytes of zeros (outside the lock). */
enum bf_status bf_calloc(struct bf_heap *heap, size_t count, size_t size, size_t align, void **out);

/* Changes the size of a block to new_size, at a multiple of 16 and of align. Where the block can
 * stay or grow in place, *out is ptr; otherwise it is another payload, with the first bytes, as
 * many as both sizes have, copied (what the block had beyond the size asked for is not). ptr may be
 * null: then this is bf_malloc, and old_size is not looked at. On failure the old block is live and
 * unchanged.
 * With a quarantine: whether the block can grow in place is asked first, and not again once held
 * blocks were freed for good. So it may return BF_OUT_OF_MEMORY, having emptied the quarantine,
 * where the same call would then succeed.
 * old_size: what the block was asked for with, exactly, or BF_ANY_SIZE. new_size: 1 to
 * BF_SIZE_LIMIT - 1; 0 is refused, and frees nothing. align: as for bf_malloc. A block that stays
 * where it is must lie at a multiple of it, otherwise it moves.
 * Returns, in this order of precedence, BF_INVALID_ARGUMENT (heap or out is null), BF_INVALID_ALIGN
 * and BF_INVALID_SIZE (of new_size) as bf_malloc; of ptr and old_size, what bf_free would return;
 * BF_CORRUPTED and BF_OUT_OF_MEMORY as bf_malloc; BF_OK.
 * Cost: bitmap 29 D + 6 R + 54 steps, paranoid B more; list 2 F + B; and min(old_size, new_size)
 * bytes of copying. */
enum bf_status bf_realloc(struct bf_heap *heap, void *ptr, size_t old_size, size_t new_size,
                          size_t align, void **out);

/* Takes back a payload. size must be the bytes it was asked for with, exactly, or BF_ANY_SIZE.
 * ptr may be anything. A stale pointer whose block is live again is judged by address and size.
 *
 * list, and bitmap with paranoid hardening: whether ptr is a live payload of this heap is found out
 * by walking the blocks of the range it lies in, which is exact while the headers of that range are
 * whole. Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap is null
 *   BF_INVALID_ADDRESS   ptr is null, misaligned, or outside every range
 *   BF_CORRUPTED         a header on the way to ptr does not make sense
 *   BF_INVALID_ADDRESS   ptr is within a range but no payload
 *   BF_DOUBLE_FREE       the block is free
 *   BF_WRONG_SIZE        size is not the size that was asked for
 *   BF_CORRUPTED         list: the block is said to be larger than all live blocks together;
 *                        bitmap: a neighbour's header or a link of the index is damaged
 *   BF_OK
 *
 * bitmap with hardening on: the header in front of ptr is judged by its checksum. Returns
 *   BF_INVALID_ARGUMENT  heap is null
 *   BF_INVALID_ADDRESS   ptr is null, misaligned, outside every range, or where no payload can be
 *                        (the begin of a range, its ragged tail)
 *   BF_CORRUPTED         what lies in front of ptr is no header of this heap: ptr is no payload, or
 *                        the header has been overwritten
 *   BF_DOUBLE_FREE       the block is free, or was when something last began here
 *   BF_WRONG_SIZE        size is not the size that was asked for
 *   BF_CORRUPTED         a neighbour's header or a link of the index is damaged, as far as it
 *                        matters to this call
 *   BF_OK
 *
 * bitmap with hardening off: BF_INVALID_ARGUMENT (heap is null), BF_INVALID_ADDRESS (ptr is null),
 * BF_OK. Anything else is trusted.
 *
 * Cost: bitmap 13 D + 2 R + 26 steps, paranoid B more; list B. Source: the seed, free, line 293;
 * here all checks come first. */
enum bf_status bf_free(struct bf_heap *heap, void *ptr, size_t size);

/* The capacity of a live block, without its guard: from ptr on *size_bytes bytes may be used. (The
 * size to free it with is still the one it was asked for with.) In a build with the sanitizers'
 * annotations (sanitizers/annotate/) it is the size asked for, as no byte behind that may be used.
 * Returns BF_INVALID_ARGUMENT (heap or size_bytes is null); of ptr, what bf_free with BF_ANY_SIZE
 * would return, but for damaged neighbours and links; BF_OK.
 * Cost: bitmap 1 step, paranoid B more; list B. */
enum bf_status bf_usable_size(const struct bf_heap *heap, const void *ptr, size_t *size_bytes);

/* Whether ptr lies in one of the ranges of the heap, be it a payload or not.
 * Returns true or false; false where heap is null. Cost: a look at R ranges. */
bool bf_owns(const struct bf_heap *heap, const void *ptr);

/* What bf_check found. The invariants are numbered in docs/core.md. */
struct bf_fault {
    unsigned invariant;  /* 1 and up; 0: none */
    const char *reason;  /* one sentence, static */
    const void *block;   /* the header where it shows, or null where it is the heap itself */
    size_t range_index;  /* the range it is in; SIZE_MAX where there is none */
    size_t offset_bytes; /* from the begin of that range to the header */
};

/* Validates everything: ranges, headers, index, counters. Writes nothing but *fault, reads
 * nothing outside the ranges and *heap however damaged they are, and ends.
 * fault may be null. On BF_OK *fault is unchanged.
 * Returns BF_OK, BF_CORRUPTED (the first fault is in *fault), BF_INVALID_ARGUMENT (heap is null).
 * Cost: a look at R^2 pairs of ranges and at all bins; bitmap all blocks + F x (2 D + 2) + R steps;
 * list all blocks + F x (B + 1). */
enum bf_status bf_check(const struct bf_heap *heap, struct bf_fault *fault);

/* One block, as bf_walk shows it. */
struct bf_block_info {
    const void *payload;
    size_t capacity_bytes; /* of the payload, its guard included */
    size_t request_bytes;  /* as asked for; 0 where the block is not live */
    size_t range_index;    /* in the order the ranges were added */
    bool is_live;
#if BF_QUARANTINE_BYTES > 0
    bool is_quarantined; /* neither live nor free */
#endif
};

/* Called by bf_walk for one block, with the context that bf_walk was given. block is valid until it
 * returns. It must not call anything that changes the heap, and, where BF_LOCK is defined, nothing
 * that takes the lock.
 * Returns true to go on, false to end the walk. */
typedef bool (*bf_visit)(void *context, const struct bf_block_info *block);

/* Visits every block, live, held back and free: range by range as they were added, by address
 * within a range. Each is a call of visit with context, which may be anything.
 * Returns BF_OK (also where visit ended it), BF_INVALID_ARGUMENT (heap or visit is null),
 * BF_CORRUPTED (a header does not make sense; the blocks before it have been visited).
 * Cost: a step for each block. */
enum bf_status bf_walk(const struct bf_heap *heap, bf_visit visit, void *context);

/* What bf_stats tells of a heap. */
struct bf_stats {
    size_t range_count;
    size_t live_block_count;
    size_t live_bytes;      /* as asked for, without headers and rounding */
    size_t peak_live_bytes; /* the most that live_bytes has been between two calls */
    size_t free_block_count;
    size_t free_bytes;         /* capacities of the free blocks, without their headers */
    size_t largest_free_bytes; /* the largest capacity of a free block that can serve a request; 0
                                  where there is none */
    /* What share of the free bytes is not in the largest block, in thousandths, rounded down: 0
     * where all is one block, or nothing is free. */
    size_t fragmentation_permille;
    /* Calls of add_range, remove_range, malloc, calloc, realloc and free that did not return BF_OK:
     * all of them, and by status. */
    size_t failed_call_count;
    size_t failed_counts[BF_STATUS_COUNT];
#if BF_QUARANTINE_BYTES > 0
    /* Blocks that were freed and are held back: neither live nor free. */
    size_t quarantined_block_count;
    size_t quarantined_bytes; /* headers and capacities */
#endif
};

/* Fills *stats, in bytes, blocks and calls as struct bf_stats says.
 * Returns BF_OK; BF_INVALID_ARGUMENT (heap or stats is null); BF_CORRUPTED (the index is damaged;
 * *stats is unchanged).
 * Cost: bitmap D + R + 2 steps; list F. */
#if defined(__cplusplus) && defined(__GNUC__)
/* In C++ a function that has the name of a struct counts as shadowing it. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#endif
enum bf_status bf_stats(const struct bf_heap *heap, struct bf_stats *stats);
#if defined(__cplusplus) && defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

/* The status in words, as "out of memory".
 * Returns a static text that ends in a zero; "unknown status" for anything that is no status.
 * Cost: constant. */
const char *bf_status_name(enum bf_status status);

#ifdef __cplusplus
}
#endif

#endif
