/* SPDX-License-Identifier: MIT
 *
 * The invariants of the bitmap index in words of the proofs' own (none of the core's functions is
 * called), for ranges of so few bytes that no more than two free blocks are indexed: what the index
 * must hold can be said of those without following links. The bins are of one size each:
 * no block here is large enough for a trie (and that none is reached is asserted).
 */
#ifndef PROOFS_BITMAP_PICTURE_H
#define PROOFS_BITMAP_PICTURE_H

#include "prove.h"

#ifndef BLOCKS_MAX
#define BLOCKS_MAX 4
#endif
#define RANGE_BLOCKS_MAX (BLOCKS_MAX / BF_RANGES_MAX)

/* 16, as the invariants have it (only an alignment above 16 leaves a live block of a stride of 16,
 * behind its gap), or more where a proof has not the time for that. */
#ifndef LIVE_STRIDE_MIN
#define LIVE_STRIDE_MIN 16
#endif

struct picture_block {
    uintptr_t at;
    size_t stride;
    size_t request; /* 0: free */
    size_t tail;    /* the ragged bytes behind the last block of a range */
    bool is_last;
};

struct picture {
    unsigned count;
    struct picture_block blocks[BLOCKS_MAX];
    uintptr_t newest; /* of two indexed blocks the one that entered last; else 0 */
};

static uintptr_t arena_word(uintptr_t address)
{
    return arena[(address - ARENA_BEGIN) / sizeof(uintptr_t)];
}

static uintptr_t first_block(const struct bf_range *range)
{
    return range->begin + 8;
}

static uintptr_t whole_end(const struct bf_range *range)
{
    return first_block(range) + ((range->end - first_block(range)) & ~(uintptr_t)15);
}

static size_t stride_needed(size_t size)
{
    return size <= 24 ? 32 : (size + 23) & ~(size_t)15;
}

/* The checksum that instead_of_stride_hash makes of a header: of the stride, the place, the size
 * and the flags.
 */
static uint64_t checksum(const struct bf_heap *heap, const struct bf_range *range, uintptr_t at,
                         uint64_t header)
{
#if BF_HARDENING == BF_HARDENING_OFF
    (void)heap;
    (void)range;
    (void)at;
    (void)header;
    return 0;
#else
    const uint64_t stride = header >> 4 & 1023;
    const uint64_t place = (at - first_block(range)) / 16;
    const uint64_t size = header >> 48 & 63;

    return (stride ^ heap->key ^ place ^ size << 4 ^ (header & 5)) & 1023;
#endif
}

/* Reads one block; false where its header is not as it must be. */
static bool block_is_right(const struct bf_heap *heap, const struct bf_range *range,
                           struct picture_block *block, bool is_front_free)
{
    const uint64_t header = arena_word(block->at);
    const size_t field = header >> 48 & 63;
    const uintptr_t end = whole_end(range);
    const bool is_live = (header & 1) != 0;
    const bool is_last = (header & 4) != 0;
    block->stride = (size_t)(header & 0xfffffffffff0);
    block->is_last = is_last;
    block->tail = is_last ? range->end - end : 0;
    block->request = is_live ? block->stride + 8 - field : 0;
    if (block->stride == 0 || block->stride > end - block->at ||
        (block->stride == end - block->at) != is_last || (header & 8) != 0 ||
        ((header & 2) != 0) != is_front_free ||
        header >> 54 != checksum(heap, range, block->at, header)) {
        return false;
    }
    if (is_live) {
        return block->stride >= LIVE_STRIDE_MIN && field < block->stride + 8 &&
               field + block->tail >= 16 && block->stride < stride_needed(block->request) + 32;
    }
    return field == block->tail && !is_front_free &&
           (is_last || arena_word(block->at + block->stride - 8) == block->stride);
}

/* Reads the blocks of one range behind those that there are already. */
static bool picture_range(const struct bf_heap *heap, const struct bf_range *range,
                          struct picture *picture)
{
    uintptr_t at = first_block(range);
    bool is_front_free = false;

    if (range->begin % 16 != 0 || range->begin < ARENA_BEGIN || range->end > ARENA_END ||
        range->end < range->begin + 40 ||
        range->last_unit != (range->end - range->begin - 8) / 16 - 1) {
        return false;
    }
    for (unsigned i = 0; i < RANGE_BLOCKS_MAX; i++) {
        struct picture_block *block = &picture->blocks[picture->count];

        block->at = at;
        if (!block_is_right(heap, range, block, is_front_free)) {
            return false;
        }
        is_front_free = block->request == 0;
        picture->count++;
        at += block->stride;
        if (block->is_last) {
            return true;
        }
    }
    return false;
}

/* All ranges, which share no byte; entries that are not used are 0. */
static bool picture_blocks(const struct bf_heap *heap, struct picture *picture)
{
    picture->count = 0;
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        const struct bf_range *range = &heap->ranges[i];

        if (i >= heap->range_count) {
            if (range->begin != 0 || range->end != 0 || range->last_unit != 0) {
                return false;
            }
            continue;
        }
        for (unsigned k = 0; k < i; k++) {
            if (range->begin < heap->ranges[k].end && heap->ranges[k].begin < range->end) {
                return false;
            }
        }
        if (!picture_range(heap, range, picture)) {
            return false;
        }
    }
    return true;
}

static bool picture_counters(const struct bf_heap *heap, const struct picture *picture)
{
    size_t live_count = 0;
    size_t live_bytes = 0;
    size_t free_count = 0;
    size_t free_bytes = 0;

    for (unsigned i = 0; i < picture->count; i++) {
        const struct picture_block *block = &picture->blocks[i];
        const bool is_free = block->request == 0;

        live_count += !is_free;
        live_bytes += block->request;
        free_count += is_free;
        free_bytes += is_free ? block->stride + block->tail : 0;
    }
    return heap->live_block_count == live_count && heap->live_bytes == live_bytes &&
           heap->peak_live_bytes >= live_bytes && heap->free_block_count == free_count &&
           heap->free_bytes == free_bytes;
}

/* The bin of a stride, for the sizes that there can be here. */
static unsigned bin_of(size_t stride)
{
    return (unsigned)(stride / 16 - 2);
}

static uintptr_t link_of(uintptr_t at, unsigned link)
{
    return arena_word(at + 8 + link * 8);
}

/* A block that has its bin to itself. */
static bool is_alone(const struct bf_heap *heap, struct picture_block block)
{
    const uintptr_t at = block.at;

    if (heap->bins[bin_of(block.stride)] != at) {
        return false;
    }
    return link_of(at, 0) == 2;
}

/* Two blocks on one stack, the newest above. */
static bool are_stacked(const struct bf_heap *heap, struct picture_block newest,
                        struct picture_block oldest)
{
    return heap->bins[bin_of(newest.stride)] == newest.at && link_of(newest.at, 0) == oldest.at &&
           link_of(oldest.at, 0) == 2 && link_of(oldest.at, 1) == newest.at;
}

static uintptr_t tail_link(struct picture_block block)
{
    return arena_word(block.at + block.stride - 8);
}

/* The chain of the free last blocks, of the one or two that are indexed. */
static bool picture_tails(const struct bf_heap *heap, struct picture_block one,
                          struct picture_block other)
{
    const struct picture_block first = one.is_last ? one : other;

    if (one.is_last && other.is_last) {
        return heap->tail_head == one.at ? tail_link(one) == other.at && tail_link(other) == 0
                                         : heap->tail_head == other.at &&
                                               tail_link(other) == one.at && tail_link(one) == 0;
    }
    return first.is_last ? heap->tail_head == first.at && tail_link(first) == 0
                         : heap->tail_head == 0;
}

static bool picture_index(const struct bf_heap *heap, struct picture *picture)
{
    struct picture_block one = {0};
    struct picture_block other = {0};
    size_t bits = 0;

    for (unsigned i = 0; i < picture->count; i++) {
        const struct picture_block *block = &picture->blocks[i];

        if (block->request == 0 && block->stride >= 32) {
            BOUND(other.stride == 0, "no more than two blocks are indexed");
            other = one;
            one = *block;
            bits |= (size_t)1 << bin_of(block->stride);
        }
    }
    for (unsigned bin = 0; bin < BF_BIN_COUNT; bin++) {
        if ((heap->bins[bin] != 0) != (bin < BF_WORD_BITS && (bits >> bin & 1) != 0)) {
            return false;
        }
    }
    for (unsigned leaf = 1; leaf < BF_LEAF_COUNT; leaf++) {
        if (heap->leaves[leaf] != 0) {
            return false;
        }
    }
    if (heap->leaves[0] != bits || heap->tops[0] != (bits != 0) ||
        !picture_tails(heap, one, other)) {
        return false;
    }
    picture->newest = 0;
    if (other.stride == 0) {
        return one.stride == 0 || is_alone(heap, one);
    }
    if (one.stride != other.stride) {
        return is_alone(heap, one) && is_alone(heap, other);
    }
    picture->newest = heap->bins[bin_of(one.stride)];
    return are_stacked(heap, one, other) || are_stacked(heap, other, one);
}

/* Whether a heap is sound; then *picture is what it holds. */
static bool picture_take(const struct bf_heap *heap, struct picture *picture)
{
    return heap->range_count <= BF_RANGES_MAX && picture_blocks(heap, picture) &&
           picture_counters(heap, picture) && picture_index(heap, picture);
}

#endif
