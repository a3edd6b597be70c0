/* SPDX-License-Identifier: MIT
 *
 * Representation of the `bitmap` index: what a block looks like in memory. Accessors and arithmetic
 * only; nothing here knows of the index.
 *
 *     range begin                                       whole end  range end
 *     | (8) | header | payload | header | payload ... |        | tail |
 *           |<---- stride ---->|                      |<----- 0 to 15 bytes
 *
 *     live  | header | payload ........................|
 *     free  | header | next | previous | ...  | footer |
 *
 *     header  8 bytes, from the lowest bit: live, previous block is free, last of its range, one
 *             bit of zero; the stride in units of 16; 6 bits of size; a checksum in what is left
 *     size    live: what the stride exceeds the request and its guard by, plus 8 (1 to 55)
 *             quarantined: 0, and the block is as live to its neighbours
 *             free: the ragged tail of the range if the block is its last, else 0
 *     footer  the last word but in the last block of a range: the stride, for whoever is behind
 *
 * Blocks are named by the address of their header, which is 8 more than a multiple of 16.
 */
#ifndef BF_BITMAP_BLOCK_H
#define BF_BITMAP_BLOCK_H

#include "../index.h"
#include "../range_table.h"

#define STRIDE_UNIT ((size_t)16)
#define STRIDE_MIN  ((size_t)32) /* of a block that can be indexed */

#define HEADER_LIVE          ((uint64_t)1)
#define HEADER_PREVIOUS_FREE ((uint64_t)2)
#define HEADER_LAST          ((uint64_t)4)
#define HEADER_SIZE_MASK     ((uint64_t)63)
#define HEADER_SIZE_BIAS     ((size_t)8)

#if BF_CLASS_BITS == 44
#define HEADER_SIZE_SHIFT  48
#define HEADER_CHECK_SHIFT 54
#else
#define HEADER_SIZE_SHIFT  32
#define HEADER_CHECK_SHIFT 38
#endif
#define HEADER_STRIDE_MASK ((((uint64_t)1 << HEADER_SIZE_SHIFT) - 1) & ~(uint64_t)15)
#define HEADER_CHECK_MASK  (~(((uint64_t)1 << HEADER_CHECK_SHIFT) - 1))
#define HEADER_CHECK_BITS  (64 - HEADER_CHECK_SHIFT)
#define HEADER_SIZE_FIELD  (HEADER_SIZE_MASK << HEADER_SIZE_SHIFT)
/* Bit 3, which is always 0, too. */
#define HEADER_FLAGS_CHECKED (HEADER_LIVE | HEADER_LAST | 8)

static inline uint64_t header_read(uintptr_t block)
{
#if BF_CLASS_BITS == 44
    return word_read(block);
#else
    return (uint64_t)word_read(block + 4) << 32 | word_read(block);
#endif
}

static inline void header_write(uintptr_t block, uint64_t header)
{
#if BF_CLASS_BITS == 44
    word_write(block, header);
#else
    word_write(block, (uintptr_t)(header & UINTPTR_MAX));
    word_write(block + 4, (uintptr_t)(header >> 32));
#endif
}

static inline size_t header_stride(uint64_t header)
{
    return (size_t)(header & HEADER_STRIDE_MASK);
}

static inline size_t header_size_field(uint64_t header)
{
    return (size_t)(header >> HEADER_SIZE_SHIFT & HEADER_SIZE_MASK);
}

static inline bool header_is_live(uint64_t header)
{
    return (header & HEADER_LIVE) != 0;
}

/* As live to its neighbours, and of a size that no live block has. */
#if BF_QUARANTINE_BYTES > 0
static inline bool header_is_quarantined(uint64_t header)
{
    return header_is_live(header) && header_size_field(header) == 0;
}
#else
#define header_is_quarantined(header) false
#endif

static inline bool header_is_last(uint64_t header)
{
    return (header & HEADER_LAST) != 0;
}

/* What a live block was asked for with. A forged header may give any number. */
static inline size_t header_request(uint64_t header)
{
    return header_stride(header) + HEADER_SIZE_BIAS - header_size_field(header) - BF_GUARD_BYTES;
}

/* reserved_bytes: the request and its guard. */
static inline uint64_t header_make_live(size_t stride, size_t reserved_bytes, uint64_t last)
{
    return stride | (uint64_t)(stride + HEADER_SIZE_BIAS - reserved_bytes) << HEADER_SIZE_SHIFT |
           last | HEADER_LIVE;
}

/* tail_bytes is 0 where last is. */
static inline uint64_t header_make_free(size_t stride, size_t tail_bytes, uint64_t last)
{
    return stride | (uint64_t)tail_bytes << HEADER_SIZE_SHIFT | last;
}

static inline uintptr_t block_payload(uintptr_t block)
{
    return block + BF_HEADER_BYTES;
}

static inline uintptr_t block_footer(uintptr_t block, size_t stride)
{
    return block + stride - sizeof(uintptr_t);
}

/* The links of a free block, words of its payload. */
enum link { LINK_NEXT, LINK_PREVIOUS, LINK_CHILD, LINK_OTHER_CHILD };

static inline uintptr_t block_link(uintptr_t block, unsigned link)
{
    return word_read(block_payload(block) + link * sizeof(uintptr_t));
}

static inline void block_set_link(uintptr_t block, unsigned link, uintptr_t target)
{
    word_write(block_payload(block) + link * sizeof(uintptr_t), target);
}

/* Sizes by class: class c is the stride 32 + 16 c. A request has the class of the stride that it
 * needs. */
static inline size_t class_of_stride(size_t stride)
{
    return stride / STRIDE_UNIT - 2;
}

static inline size_t class_of_request(size_t size)
{
    return ((size < 9 ? 9 : size) - 9) / STRIDE_UNIT;
}

static inline size_t stride_of_class(size_t size_class)
{
    return (size_class + 2) * STRIDE_UNIT;
}

/* The stride that a request needs; for the last few sizes there are on 32 bits, where it would
 * wrap, one that no block has. */
static inline size_t stride_of_request(size_t size)
{
    return BF_CLASS_BITS < 44 && size > SIZE_MAX - 3 * STRIDE_UNIT
               ? SIZE_MAX & ~(STRIDE_UNIT - 1)
               : stride_of_class(class_of_request(size));
}

/* Whether what a stride has more than is needed makes a block that can be indexed. */
static inline bool stride_is_worth_splitting(size_t stride, size_t needed)
{
    return stride > needed && stride - needed >= STRIDE_MIN;
}

static inline uintptr_t range_first_block(const struct bf_range *range)
{
    return range->begin + (BF_FIRST_PAYLOAD - BF_HEADER_BYTES);
}

/* Where the last block of a range ends but for the ragged tail. */
static inline uintptr_t range_whole_end(const struct bf_range *range)
{
    return range_first_block(range) + (range->last_unit + 1) * STRIDE_UNIT;
}

static inline size_t range_tail_bytes(const struct bf_range *range)
{
    return (size_t)(range->end - range_whole_end(range));
}

/* The place of a header in its range, in units of 16 from the first. Of an address that is not
 * where a header can be, a number above last_unit: what is misaligned ends up in the highest bits.
 */
BF_INLINE size_t range_unit_of(const struct bf_range *range, uintptr_t address)
{
    const size_t distance = (size_t)(address - range_first_block(range));

    return distance >> 4 | distance << (WORD_BITS - 4);
}

/* The range in which there is place for a header at an address; null where there is none. */
BF_APART const struct bf_range *range_search(const struct bf_heap *heap, uintptr_t address)
{
    for (size_t i = 0; i < heap->range_count; i++) {
        if (range_unit_of(&heap->ranges[i], address) <= heap->ranges[i].last_unit) {
            return &heap->ranges[i];
        }
    }
    return NULL;
}

/* As range_search. Most heaps have one range, or one that they use most. (An unused entry has a
 * place for a header at 8, which is in no range.) */
BF_HOT const struct bf_range *range_of_block(const struct bf_heap *heap, uintptr_t address)
{
    const struct bf_range *first = &heap->ranges[0];

    return !BF_RARELY(range_unit_of(first, address) > first->last_unit) && address > BF_ALIGN
               ? first
               : range_search(heap, address);
}

#endif
