/* SPDX-License-Identifier: MIT
 *
 * The invariants of the list index in words of the proofs' own (none of the core's functions is
 * called): what a sound heap in the arena holds, as a list of blocks.
 */
#ifndef PROOFS_LIST_PICTURE_H
#define PROOFS_LIST_PICTURE_H

#include "prove.h"

#ifndef BLOCKS_MAX
#define BLOCKS_MAX 4
#endif

struct picture_block {
    uintptr_t at;
    size_t capacity;
    size_t request; /* 0: free */
    unsigned range;
    unsigned place; /* of a free block in the list, from 0 */
};

struct picture {
    unsigned count;
    struct picture_block blocks[BLOCKS_MAX];
};

static uintptr_t arena_word(uintptr_t address)
{
    return arena[ARENA_INDEX(address)];
}

static size_t sixteens(size_t size)
{
    return (size + 15) & ~(size_t)15;
}

/* A capacity that a request is not handed out with, as the rest makes a block. */
static bool is_splittable(size_t capacity, size_t request)
{
    return capacity > sixteens(request) && capacity - sixteens(request) > 16;
}

static bool range_is_right(const struct bf_range *range)
{
    return range->begin % 16 == 0 && range->begin >= ARENA_BEGIN && range->end <= ARENA_END &&
           range->begin < range->end && range->end - range->begin >= 17;
}

static bool block_is_right(struct picture_block *block, uintptr_t end)
{
    const size_t room = end - block->at - 16;
    const uintptr_t tag = arena_word(block->at + sizeof(uintptr_t));
    const size_t slack = tag >> 1;

    block->capacity = arena_word(block->at);
    block->place = BLOCKS_MAX;
    if (block->capacity == 0 || block->capacity > room ||
        (block->capacity < room && (block->capacity % 16 != 0 || room - block->capacity < 17))) {
        return false;
    }
    if ((tag & 1) == 0) {
        block->request = 0;
        return tag % 16 == 0;
    }
    block->request = block->capacity - slack;
    return slack < block->capacity && slack < 32 && !is_splittable(block->capacity, block->request);
}

/* The blocks of all ranges, by range and address. */
static bool picture_blocks(const struct bf_heap *heap, struct picture *picture)
{
    unsigned range = 0;
    uintptr_t at = heap->ranges[0].begin;

    picture->count = 0;
    if (heap->range_count == 0) {
        return true;
    }
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        struct picture_block *block = &picture->blocks[i];

        block->at = at;
        block->range = range;
        if (!block_is_right(block, heap->ranges[range].end)) {
            return false;
        }
        picture->count++;
        at += 16 + block->capacity;
        if (at == heap->ranges[range].end) {
            range++;
            if (range == heap->range_count) {
                return true;
            }
            at = heap->ranges[range].begin;
        }
    }
    return false;
}

/* The free blocks' places in the list, each once, and no other's. */
static bool picture_places(const struct bf_heap *heap, struct picture *picture)
{
    uintptr_t link = heap->free_head;
    unsigned free_count = 0;
    size_t free_bytes = 0;

    for (unsigned i = 0; i < picture->count; i++) {
        free_count += picture->blocks[i].request == 0;
        free_bytes += picture->blocks[i].request == 0 ? picture->blocks[i].capacity : 0;
    }
    if (heap->free_block_count != free_count || heap->free_bytes != free_bytes) {
        return false;
    }
    for (unsigned place = 0; place < free_count; place++) {
        unsigned met = BLOCKS_MAX;

        for (unsigned i = 0; i < picture->count; i++) {
            if (picture->blocks[i].at == link && picture->blocks[i].request == 0 &&
                picture->blocks[i].place == BLOCKS_MAX) {
                met = i;
            }
        }
        if (met == BLOCKS_MAX) {
            return false;
        }
        picture->blocks[met].place = place;
        link = arena_word(link + sizeof(uintptr_t));
    }
    return link == 0;
}

static bool picture_counters(const struct bf_heap *heap, const struct picture *picture)
{
    size_t live_count = 0;
    size_t live_bytes = 0;

    for (unsigned i = 0; i < picture->count; i++) {
        live_count += picture->blocks[i].request != 0;
        live_bytes += picture->blocks[i].request;
    }
    return heap->live_block_count == live_count && heap->live_bytes == live_bytes &&
           heap->peak_live_bytes >= live_bytes;
}

/* Whether a heap is sound; then *picture is what it holds. */
static bool picture_take(const struct bf_heap *heap, struct picture *picture)
{
    if (heap->range_count > BF_RANGES_MAX) {
        return false;
    }
    for (unsigned i = 0; i < heap->range_count; i++) {
        if (!range_is_right(&heap->ranges[i])) {
            return false;
        }
        for (unsigned k = 0; k < i; k++) {
            if (heap->ranges[i].begin < heap->ranges[k].end &&
                heap->ranges[k].begin < heap->ranges[i].end) {
                return false;
            }
        }
    }
    return picture_blocks(heap, picture) && picture_places(heap, picture) &&
           picture_counters(heap, picture);
}

#endif
