/* SPDX-License-Identifier: MIT
 *
 * What the `list` index does with blocks: hands out, takes back, resizes in the plainest way.
 */
#ifndef BF_LIST_HEAP_H
#define BF_LIST_HEAP_H

#include "index.h"

/* A block, and the header that says what it is. */
struct spot {
    uintptr_t block;
};

static void heap_clear(struct bf_heap *heap, uintptr_t key)
{
    (void)key;
    heap->free_head = 0;
}

static enum bf_status heap_adopt(struct bf_heap *heap, uintptr_t begin, uintptr_t end)
{
    struct bf_range *range = &heap->ranges[heap->range_count++];

    range_set(range, begin, end);
    block_set_capacity(begin, (size_t)(end - block_payload(begin)));
    index_insert(heap, begin);
    heap->free_block_count++;
    heap->free_bytes += block_capacity(begin);
    return BF_OK;
}

/* The best fit for the rounded size, and only where there is none the ragged last block of a range
 * that holds the size itself. */
static enum bf_status heap_select(const struct bf_heap *heap, size_t size,
                                  struct index_position *found)
{
    const size_t rounded = round_up(size);
    const enum bf_status status = select_block(heap, rounded, found);

    if (status != BF_OUT_OF_MEMORY || rounded == size) {
        return status;
    }
    return select_block(heap, size, found);
}

/* Hands out the block that was found, whole or its front. */
static void heap_take(struct bf_heap *heap, const struct index_position *found, size_t size)
{
    const uintptr_t block = found->block;
    const size_t rounded = round_up(size);

    heap->free_bytes -= block_capacity(block);
    if (capacity_is_worth_splitting(block_capacity(block), rounded)) {
        const uintptr_t remainder = block_split(block, rounded);

        index_replace(heap, found, remainder);
        heap->free_bytes += block_capacity(remainder);
    } else {
        index_remove(heap, found);
        heap->free_block_count--;
    }
    block_mark_live(block, size);
}

static enum bf_status heap_allocate(struct bf_heap *heap, size_t size, size_t align,
                                    uintptr_t *payload)
{
    struct index_position found;
    const enum bf_status status = heap_select(heap, size, &found);

    (void)align; /* 16 at most, as every payload has */
    if (status == BF_OK) {
        heap_take(heap, &found, size);
        *payload = block_payload(found.block);
    }
    return status;
}

/* Finds the block whose payload is at address, by walking its range. An address that is no payload,
 * because it is inside one, in a header, or misaligned, is passed on the way. */
static enum bf_status heap_find_block(const struct bf_heap *heap, uintptr_t address,
                                      uintptr_t *found)
{
    if (address < BF_HEADER_BYTES || !is_aligned(address)) {
        return BF_INVALID_ADDRESS;
    }
    const struct bf_range *range = range_find(heap, address - BF_HEADER_BYTES);

    if (range == NULL) {
        return BF_INVALID_ADDRESS;
    }
    for (uintptr_t block = range->begin; block_payload(block) <= address;
         block = block_end(block)) {
        BF_STEP();
        if (range_header_fault(range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        if (block_payload(block) == address) {
            *found = block;
            return BF_OK;
        }
        if (block_end(block) == range->end) {
            break;
        }
    }
    return BF_INVALID_ADDRESS;
}

static enum bf_status heap_locate(const struct bf_heap *heap, uintptr_t payload, size_t size,
                                  struct spot *spot)
{
    const enum bf_status status = heap_find_block(heap, payload, &spot->block);

    if (status != BF_OK) {
        return status;
    }
    if (!block_is_live(spot->block)) {
        return BF_DOUBLE_FREE;
    }
    if (size != BF_ANY_SIZE && size != block_request(spot->block)) {
        return BF_WRONG_SIZE;
    }
    /* A header that was overwritten with something plausible must not wrap the counters. */
    if (heap->live_block_count == 0 || heap->live_bytes < block_request(spot->block)) {
        return BF_CORRUPTED;
    }
    return BF_OK;
}

static enum bf_status heap_release(struct bf_heap *heap, const struct spot *spot)
{
    heap->free_block_count++;
    heap->free_bytes += block_capacity(spot->block);
    index_insert(heap, spot->block);
    return BF_OK;
}

/* That an address is a live block has been found by walking there: nothing else is in the way. */
static bool heap_can_move(const struct bf_heap *heap, const struct spot *spot)
{
    (void)heap;
    (void)spot;
    return true;
}

static void heap_release_moved(struct bf_heap *heap, const struct spot *spot)
{
    heap_release(heap, spot);
}

static size_t spot_request(const struct spot *spot)
{
    return block_request(spot->block);
}

static size_t spot_capacity(const struct bf_heap *heap, const struct spot *spot)
{
    (void)heap;
    return block_capacity(spot->block);
}

/* In place only where bf_malloc could have handed out this very block for the size. */
static enum bf_status heap_resize(struct bf_heap *heap, const struct spot *spot, size_t size)
{
    const size_t capacity = block_capacity(spot->block);

    (void)heap;
    if (size > capacity || capacity_is_worth_splitting(capacity, round_up(size))) {
        return BF_OUT_OF_MEMORY;
    }
    block_mark_live(spot->block, size);
    return BF_OK;
}

/* Takes every block of a range out of the list, where all are free. */
static enum bf_status heap_drop(struct bf_heap *heap, const struct bf_range *range)
{
    struct list_walk walk;
    uintptr_t kept = 0; /* the last block met that stays */

    for (uintptr_t block = range->begin; block != range->end; block = block_end(block)) {
        BF_STEP();
        if (range_header_fault(range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        if (block_is_live(block) || block_is_quarantined(block)) {
            return BF_RANGE_IN_USE;
        }
    }
    list_walk_start(&walk, heap);
    while (list_walk_next(&walk)) {
    }
    if (!list_walk_is_complete(&walk)) {
        return BF_CORRUPTED;
    }
    list_walk_start(&walk, heap);
    while (list_walk_next(&walk)) {
        if (walk.range != range) {
            list_set_link(heap, kept, walk.block);
            kept = walk.block;
        }
    }
    list_set_link(heap, kept, 0);
    for (uintptr_t block = range->begin; block != range->end; block = block_end(block)) {
        heap->free_block_count--;
        heap->free_bytes -= block_capacity(block);
    }
    return BF_OK;
}

static enum bf_status heap_free_totals(const struct bf_heap *heap, size_t *free_bytes,
                                       size_t *largest_bytes)
{
    *free_bytes = heap->free_bytes;
    return index_largest(heap, largest_bytes);
}

/* Visits the blocks of one range; *go_on turns false where visit ends it. */
static enum bf_status range_walk(const struct bf_heap *heap, size_t range_index, bf_visit visit,
                                 void *context, bool *go_on)
{
    const struct bf_range *range = &heap->ranges[range_index];

    for (uintptr_t block = range->begin; *go_on && block != range->end; block = block_end(block)) {
        BF_STEP();
        if (range_header_fault(range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        struct bf_block_info info;

        info.payload = (const void *)block_payload(block);
        info.capacity_bytes = block_capacity(block);
        info.is_live = block_is_live(block);
        info.request_bytes = info.is_live ? block_request(block) : 0;
        info.range_index = range_index;
#if BF_QUARANTINE_BYTES > 0
        info.is_quarantined = block_is_quarantined(block);
#endif
        *go_on = visit(context, &info);
    }
    return BF_OK;
}

#if BF_QUARANTINE_BYTES > 0
/* Looks at what a link of the quarantine leads to. */
static bool quarantine_look(const struct bf_heap *heap, uintptr_t block, struct spot *spot)
{
    const struct bf_range *range = range_find(heap, block);

    BF_STEP();
    spot->block = block;
    return block != 0 && is_aligned(block) && range != NULL &&
           range_header_fault(range, block) == INVARIANT_NONE && block_is_quarantined(block);
}

/* The link is in the tag, as a payload may have a single byte. */
static uintptr_t quarantine_link(uintptr_t block)
{
    return block_tag(block) & ~(uintptr_t)(BF_ALIGN - 1);
}

static void quarantine_set_link(uintptr_t block, uintptr_t target)
{
    block_set_tag(block, target | 2);
}

/* A neighbour changes nothing in a header, and of one nothing is kept. */
static bool spot_look_again(const struct bf_heap *heap, const struct spot *spot)
{
    (void)heap;
    (void)spot;
    return true;
}

static void spot_quarantine(struct bf_heap *heap, const struct spot *spot)
{
    (void)heap;
    quarantine_set_link(spot->block, 0);
}
#endif

#endif
