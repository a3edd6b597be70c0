/* SPDX-License-Identifier: MIT
 *
 * bestfit: a best-fit allocator for ranges of memory that you hand it.
 *
 *     static struct bf_heap heap;
 *     bf_init(&heap);
 *     bf_add_range(&heap, __heap_start, __heap_end);
 *     void *p = NULL;
 *     if (bf_malloc(&heap, 100, 16, &p) == BF_OK) { ...; bf_free(&heap, p, 100); }
 *
 * Freestanding C11: no libc calls, no globals, no recursion, a bounded stack.
 *
 * Throughout this file
 *   - sizes and capacities are in bytes; an address range is [begin, end), end not included;
 *   - F is the number of free blocks of the heap, B the number of blocks (live and free) of the
 *     range that a pointer lies in, R the number of ranges;
 *   - a call that returns anything but BF_OK has changed nothing: not the heap (but for its count
 *     of failed calls), not the ranges, not *out. BF_CORRUPTED may also be returned by a call that
 *     met damage while searching; it changes nothing either;
 *   - memory outside the ranges and *heap is never read or written, whatever pointer is passed;
 *   - nothing is thread-safe: of the calls on one heap only one may run at a time (those that take
 *     a const heap may run together). Different heaps are independent;
 *   - a heap may be moved or copied while no call runs on it (it holds no pointer into itself).
 *     After a copy only one of the two may be used.
 *
 * Placement is part of the contract, so that a model can predict every address. It is that of the
 * allocator this one was ported from (the "seed": Osiris RTOS, kernel/mem/alloc.rs):
 *   - a block is a 16-byte header and a payload; the payload is what bf_malloc returns;
 *   - bf_malloc takes the smallest free block whose capacity is at least the size rounded up to 16;
 *     among equals, the one deepest in the free list. Only where there is none, it takes the
 *     smallest whose capacity is at least the size itself (the ragged last block of a range), the
 *     deepest among equals;
 *   - where the capacity exceeds the rounded size by more than a header, the block is split: the
 *     front is handed out, the remainder takes the parent's place in the free list. Otherwise the
 *     block is handed out whole;
 *   - bf_add_range and bf_free put the block at the head of the free list. Nothing is coalesced.
 */
#ifndef BF_BESTFIT_H
#define BF_BESTFIT_H

#include "config.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Every payload, and the begin of every range, is a multiple of this. */
#define BF_ALIGN ((size_t)16)

/* What each block costs: the distance from the header to the payload. */
#define BF_HEADER_BYTES ((size_t)16)

/* The smallest range that is accepted: a header and one byte (the seed's MIN_RANGE_SIZE). */
#define BF_RANGE_BYTES_MIN (BF_HEADER_BYTES + 1)

/* Sizes from here on are refused with BF_INVALID_SIZE (the seed's MAX_ADDR). */
#if SIZE_MAX > 0xffffffffu
#define BF_SIZE_LIMIT ((size_t)1 << 48)
#else
#define BF_SIZE_LIMIT SIZE_MAX
#endif

/* As the size given to bf_free: "I don't know the size", as with C's free(). */
#define BF_ANY_SIZE SIZE_MAX

enum bf_status {
    BF_OK = 0,
    BF_OUT_OF_MEMORY,    /* no free block fits */
    BF_INVALID_ARGUMENT, /* a null heap, out, callback or result pointer */
    BF_INVALID_ALIGN,    /* an alignment that is 0, no power of two, or above BF_ALIGN; a range
                            that does not begin at a multiple of BF_ALIGN */
    BF_INVALID_SIZE,     /* a size of 0, or of BF_SIZE_LIMIT and more; a range that is empty or
                            smaller than BF_RANGE_BYTES_MIN */
    BF_INVALID_ADDRESS,  /* a range that begins at 0 or ends before it begins (wraps around); a
                            pointer that is no payload of this heap */
    BF_OVERLAP,          /* a range that shares bytes with one that the heap has, or with *heap */
    BF_TOO_MANY_RANGES,  /* the heap has BF_RANGES_MAX ranges already */
    BF_DOUBLE_FREE,      /* the block is free already */
    BF_WRONG_SIZE,       /* not the size that this block was asked for with */
    BF_CORRUPTED         /* a header or link has been overwritten */
};

/* One range. Private: read it with bf_walk. */
struct bf_range {
    uintptr_t begin;
    uintptr_t end;
};

struct bf_block;

/* A heap. The fields are private; the struct is here so that you can place it where you like. */
struct bf_heap {
    struct bf_block *free_head;
    size_t range_count;
    size_t live_block_count;
    size_t live_bytes;
    size_t free_block_count;
    size_t free_bytes;
    size_t failed_call_count;
    struct bf_range ranges[BF_RANGES_MAX];
};

/* Makes an empty heap of *heap, whatever was in it; ranges and blocks that it had are forgotten.
 * A heap of all zero bytes is an initialised, empty heap.
 * Returns BF_OK; BF_INVALID_ARGUMENT if heap is null. Cost: constant. */
enum bf_status bf_init(struct bf_heap *heap);

/* Gives the heap the memory [begin, end). It must stay readable and writable for as long as the
 * heap is used; the caller may not touch it but for the payloads handed out. begin must be a
 * multiple of BF_ALIGN; end may be any address up to UINTPTR_MAX, aligned or not: the last block's
 * capacity is ragged then. The range costs one header (nothing else is taken from it).
 * Ranges may touch; they are never joined.
 * Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap is null
 *   BF_INVALID_ALIGN     begin is not a multiple of BF_ALIGN
 *   BF_INVALID_ADDRESS   begin is 0, or end is below begin
 *   BF_INVALID_SIZE      end - begin is less than BF_RANGE_BYTES_MIN
 *   BF_OVERLAP           a byte of it belongs to the heap already: to a range, or to *heap itself
 *   BF_TOO_MANY_RANGES   the heap has BF_RANGES_MAX ranges
 *   BF_OK
 * Cost: O(R). Source: the seed, add_range, line 67; its debug assertions are statuses here. */
enum bf_status bf_add_range(struct bf_heap *heap, void *begin, void *end);

/* Hands out size bytes at a multiple of 16 (so of align). The bytes are not initialised.
 * size: 1 to BF_SIZE_LIMIT - 1. align: 1, 2, 4, 8 or 16.
 * Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap or out is null
 *   BF_INVALID_ALIGN     align is 0, not a power of two, or above BF_ALIGN
 *   BF_INVALID_SIZE      size is 0, or BF_SIZE_LIMIT or more
 *   BF_CORRUPTED         the free list is damaged: a link leads elsewhere than to a free block, or
 *                        the list holds more or less than the heap counts
 *   BF_OUT_OF_MEMORY     no free block has a capacity of at least size
 *   BF_OK                *out is the payload
 * Cost: O(F x R), at most 2 F steps. Source: the seed, malloc, line 184, and select_block, 115. */
enum bf_status bf_malloc(struct bf_heap *heap, size_t size, size_t align, void **out);

/* Takes back a payload. size must be the size it was asked for with, exactly, or BF_ANY_SIZE.
 * ptr may be anything: whether it is a live payload of this heap is found out by walking the blocks
 * of the range it lies in, which is exact while the headers of that range are whole. A stale
 * pointer whose block is live again is judged by address and size.
 * Returns, in this order of precedence,
 *   BF_INVALID_ARGUMENT  heap is null
 *   BF_INVALID_ADDRESS   ptr is null, misaligned, or outside every range
 *   BF_CORRUPTED         a header on the way to ptr does not make sense
 *   BF_INVALID_ADDRESS   ptr is within a range but no payload
 *   BF_DOUBLE_FREE       the block is free
 *   BF_WRONG_SIZE        size is not the size that was asked for
 *   BF_CORRUPTED         the block is said to be larger than all live blocks together
 *   BF_OK
 * Cost: O(R + B), at most B steps. Source: the seed, free, line 293; here all checks come first. */
enum bf_status bf_free(struct bf_heap *heap, void *ptr, size_t size);

/* What bf_check found. The invariants are numbered in docs/core.md. */
struct bf_fault {
    unsigned invariant;  /* 1 and up; 0: none */
    const char *reason;  /* one sentence, static */
    const void *block;   /* the header where it shows, or null where it is the heap itself */
    size_t range_index;  /* the range it is in; SIZE_MAX where there is none */
    size_t offset_bytes; /* from the begin of that range to the header */
};

/* Validates everything: ranges, headers, free list, counters. Writes nothing but *fault, reads
 * nothing outside the ranges and *heap however damaged they are, and ends.
 * fault may be null. On BF_OK *fault is unchanged.
 * Returns BF_OK, BF_CORRUPTED (the first fault is in *fault), BF_INVALID_ARGUMENT (heap is null).
 * Cost: O(R^2 + blocks + F x B). Thread-safety: as for reading the heap. */
enum bf_status bf_check(const struct bf_heap *heap, struct bf_fault *fault);

/* One block, as bf_walk shows it. */
struct bf_block_info {
    const void *payload;
    size_t capacity_bytes; /* of the payload */
    size_t request_bytes;  /* as asked for; 0 where the block is free */
    size_t range_index;    /* in the order the ranges were added */
    bool is_live;
};

/* Called by bf_walk for one block; returns true to go on, false to end the walk. It must not call
 * anything that changes the heap. */
typedef bool (*bf_visit)(void *context, const struct bf_block_info *block);

/* Visits every block, live and free: range by range as they were added, by address within a range.
 * Returns BF_OK (also where visit ended it), BF_INVALID_ARGUMENT (heap or visit is null),
 * BF_CORRUPTED (a header does not make sense; the blocks before it have been visited).
 * Cost: O(blocks). */
enum bf_status bf_walk(const struct bf_heap *heap, bf_visit visit, void *context);

struct bf_stats {
    size_t range_count;
    size_t live_block_count;
    size_t live_bytes; /* as asked for, without headers and rounding */
    size_t free_block_count;
    size_t free_bytes;         /* capacities of the free blocks, without their headers */
    size_t largest_free_bytes; /* the largest capacity of a free block; 0 where there is none */
    size_t failed_call_count;  /* calls of add_range, malloc and free that did not return BF_OK */
};

/* Fills *stats. Returns BF_OK; BF_INVALID_ARGUMENT (heap or stats is null); BF_CORRUPTED (the free
 * list is damaged; *stats is unchanged). Cost: O(F x R). */
enum bf_status bf_stats(const struct bf_heap *heap, struct bf_stats *stats);

/* The status in words ("out of memory"); "unknown status" for anything else. Static text. */
const char *bf_status_name(enum bf_status status);

#ifdef __cplusplus
}
#endif

#endif
