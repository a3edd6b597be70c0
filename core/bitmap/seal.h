/* SPDX-License-Identifier: MIT
 *
 * Hardening: what makes a header believable. The spare bits of a header hold a checksum of the
 * others, of the heap's key, and of the block's offset in its range (not its address, so that the
 * same calls leave the same bytes wherever the range lies). The key and the offset are hashed with
 * the stride alone; the bits of the size and the flags are added so that each changes the checksum.
 * A header that is a copy of another's, a pattern, or one of another key passes with odds of 1 in
 * 1,024 on 64 bits and 1 in 2^26 on 32. A single bit that is flipped never does, but for the bit
 * that says that the previous block is free, which the checksum leaves out: it changes while the
 * block is none of the caller's business, and is verified against the footer that it vouches for.
 *
 * Whatever the odds, no block is believed that does not end within its range: that is exact.
 */
#ifndef BF_BITMAP_SEAL_H
#define BF_BITMAP_SEAL_H

#include "../index.h"
#include "block.h"

/* In the place of a block, where the index is damaged. */
#define INDEX_DAMAGED ((uintptr_t)1)

#define IS_HARDENED (BF_HARDENING != BF_HARDENING_OFF)

/* The keyed part of the checksum: of a stride in its place. A word, of which the bits that a header
 * has for it count. Fibonacci hashing: the highest bits of the product depend on all bits below. */
BF_INLINE uint64_t stride_hash(size_t stride, uintptr_t key, size_t unit)
{
#if BF_CLASS_BITS == 44
    return ((stride ^ key) + unit) * 0x9e3779b97f4a7c15u;
#else
    uint32_t mixed = ((stride ^ key) + unit) * 0x9e3779b1u;

    mixed ^= mixed >> 15;
    return (uint64_t)(mixed * 0x85ebca77u) << 32;
#endif
}

/* What the size and the flags of a header without a checksum change in it: each bit of them one of
 * its own, so that a live header and the free one of the same block need one hash. */
BF_INLINE uint64_t header_fold(uint64_t header)
{
    return (header & HEADER_SIZE_FIELD) << HEADER_CHECK_BITS | (header & HEADER_FLAGS_CHECKED)
                                                                   << HEADER_CHECK_SHIFT;
}

/* Puts the checksum into a header that has none. */
BF_HOT uint64_t header_seal(const struct bf_heap *heap, const struct bf_range *range,
                            uintptr_t block, uint64_t header)
{
#if IS_HARDENED
    const uint64_t hash =
        stride_hash(header_stride(header), heap->key, range_unit_of(range, block));

    return header | ((hash ^ header_fold(header)) & HEADER_CHECK_MASK);
#else
    (void)heap;
    (void)range;
    (void)block;
    return header;
#endif
}

BF_HOT bool header_is_sealed(const struct bf_heap *heap, const struct bf_range *range,
                             uintptr_t block, uint64_t header)
{
#if IS_HARDENED
    const uint64_t hash =
        stride_hash(header_stride(header), heap->key, range_unit_of(range, block));

    return (header ^ hash ^ header_fold(header)) >> HEADER_CHECK_SHIFT == 0;
#else
    (void)heap;
    (void)range;
    (void)block;
    return (header & (HEADER_CHECK_MASK | 8)) == 0;
#endif
}

/* Whether a block of that header would end where it says: with its range, or where there is room
 * for another. */
BF_HOT bool header_fits(const struct bf_range *range, uintptr_t block, uint64_t header)
{
    const size_t units = header_stride(header) / STRIDE_UNIT;
    const size_t units_behind = range->last_unit - range_unit_of(range, block);

    return header_is_last(header) ? units == units_behind + 1 : units - 1 < units_behind;
}

/* A block, its header as it was read, and the range it lies in (with hardening off: null, unless
 * somebody needed to know). */
struct spot {
    uintptr_t block;
    uint64_t header;
    const struct bf_range *range;
};

/* Looks at the block at an address, which may be anything. False: there is none. */
BF_HOT bool spot_look(const struct bf_heap *heap, uintptr_t block, struct spot *spot)
{
    BF_STEP();
    spot->block = block;
#if IS_HARDENED
    spot->range = range_of_block(heap, block);
    if (BF_RARELY(spot->range == NULL)) {
        return false;
    }
    spot->header = header_read(block);
    return header_is_sealed(heap, spot->range, block, spot->header) &&
           header_fits(spot->range, block, spot->header);
#else
    (void)heap;
    spot->range = NULL;
    spot->header = header_read(block);
    return true;
#endif
}

/* As spot_look, at a block of a known range that may be damaged, but is within it. */
BF_HOT bool spot_look_in(const struct bf_heap *heap, const struct bf_range *range, uintptr_t block,
                         struct spot *spot)
{
    BF_STEP();
    spot->block = block;
    spot->range = range;
    spot->header = header_read(block);
#if IS_HARDENED
    return header_is_sealed(heap, range, block, spot->header) &&
           header_fits(range, block, spot->header);
#else
    (void)heap;
    return true;
#endif
}

/* Looks at what a link leads to, which ought to be an indexed block. */
BF_HOT bool spot_look_at_node(const struct bf_heap *heap, uintptr_t block, struct spot *spot)
{
    return spot_look(heap, block, spot) && !header_is_live(spot->header) &&
           header_stride(spot->header) >= STRIDE_MIN;
}

#endif
