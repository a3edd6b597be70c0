/* SPDX-License-Identifier: MIT
 *
 * Blocks tile the memory between a first block and a last one of no payload. Each begins with its
 * own size and that of the block in front of it, so that both neighbours are found in one step, and
 * has the links of the list of free blocks.
 *
 * With -DPOOL_FAULT=POOL_FAULT_LEAK (or another of the list) it has a fault, for the bed to find:
 * tests/targets/test_sample_faults.sh.
 */
#include "pool_allocator.h"

#include <stdint.h>
#include <string.h>

#ifndef POOL_STEP
#define POOL_STEP(pool) ((void)(pool)) /* called for each block that a search visits */
#endif

enum {
    POOL_FAULT_NONE,
    POOL_FAULT_LEAK,    /* a block that merges on both sides is forgotten */
    POOL_FAULT_OVERLAP, /* a block that is taken whole stays on the list */
    POOL_FAULT_ALIGN,   /* addresses are rounded up to half of the alignment */
    POOL_FAULT_REALLOC, /* a block that moves keeps half of its bytes */
    POOL_FAULT_CALLOC,  /* one element is cleared, not all of them */
    POOL_FAULT_SEARCH   /* where nothing fits, the list is searched again and again */
};

#ifndef POOL_FAULT
#define POOL_FAULT POOL_FAULT_NONE
#endif

struct pool_block {
    _Alignas(16) size_t size; /* with this header; a multiple of 16, and 1 more while it is live */
    size_t size_front;        /* of the block in front; 0: there is none */
    struct pool_block *next;
    struct pool_block *previous;
};

#define UNIT         ((size_t)16) /* sizes and addresses of blocks are multiples of it */
#define HEADER_BYTES (sizeof(struct pool_block))
#define BLOCK_MIN    (HEADER_BYTES + UNIT)
#define LIVE         ((size_t)1)

static uintptr_t round_up(uintptr_t value, size_t align)
{
    return (value + align - 1) & ~(uintptr_t)(align - 1);
}

static bool is_live(const struct pool_block *block)
{
    return (block->size & LIVE) != 0;
}

static size_t size_of(const struct pool_block *block)
{
    return block->size & ~LIVE;
}

static struct pool_block *block_at(const void *base, size_t distance)
{
    return (struct pool_block *)((uintptr_t)base + distance);
}

static struct pool_block *block_behind(const struct pool_block *block)
{
    return block_at(block, size_of(block));
}

static struct pool_block *block_of(const void *payload)
{
    return (struct pool_block *)((uintptr_t)payload - HEADER_BYTES);
}

static void set_size(struct pool_block *block, size_t size, size_t live)
{
    block->size = size | live;
    block_behind(block)->size_front = size;
}

static void list_insert(struct pool *pool, struct pool_block *block)
{
    block->next = pool->free;
    block->previous = NULL;
    if (pool->free != NULL) {
        pool->free->previous = block;
    }
    pool->free = block;
}

static void list_remove(struct pool *pool, struct pool_block *block)
{
    if (block->previous != NULL) {
        block->previous->next = block->next;
    } else {
        pool->free = block->next;
    }
    if (block->next != NULL) {
        block->next->previous = block->previous;
    }
}

void pool_init(struct pool *pool)
{
    pool->free = NULL;
}

bool pool_add(struct pool *pool, void *begin, void *end)
{
    const uintptr_t first = round_up((uintptr_t)begin, UNIT);
    const uintptr_t last = (uintptr_t)end & ~(uintptr_t)(UNIT - 1);
    if (last < first || last - first < BLOCK_MIN + HEADER_BYTES) {
        return false;
    }
    struct pool_block *block = (struct pool_block *)first;
    const size_t size = last - first - HEADER_BYTES;
    block->size_front = 0;
    block_at(block, size)->size = HEADER_BYTES | LIVE; /* nothing merges beyond it */
    set_size(block, size, 0);
    list_insert(pool, block);
    return true;
}

/* How far into the block a header must lie so that its payload is aligned: not at all, or so far
 * that what is left in front is a block. */
static size_t distance_to_aligned(const struct pool_block *block, size_t align)
{
    const uintptr_t payload = (uintptr_t)block + HEADER_BYTES;
    const size_t rounded = POOL_FAULT == POOL_FAULT_ALIGN && align > UNIT ? align / 2 : align;
    uintptr_t aligned = round_up(payload, rounded);
    while (aligned != payload && aligned - payload < BLOCK_MIN) {
        aligned += align;
    }
    return aligned - payload;
}

/* The first block of the list that holds need bytes at the distance that it asks for. */
static struct pool_block *first_fit(struct pool *pool, size_t need, size_t align, size_t *distance)
{
    for (struct pool_block *block = pool->free; block != NULL; block = block->next) {
        POOL_STEP(pool);
        *distance = distance_to_aligned(block, align);
        if (size_of(block) >= need && size_of(block) - need >= *distance) {
            return block;
        }
    }
    return NULL;
}

static struct pool_block *search(struct pool *pool, size_t need, size_t align, size_t *distance)
{
    struct pool_block *block = first_fit(pool, need, align, distance);
    for (unsigned i = 0; POOL_FAULT == POOL_FAULT_SEARCH && block == NULL && i < 100; i++) {
        block = first_fit(pool, need, align, distance);
    }
    return block;
}

void *pool_malloc(struct pool *pool, size_t size, size_t align)
{
    size_t distance = 0;
    if (size > SIZE_MAX / 2 || align > SIZE_MAX / 4) {
        return NULL;
    }
    align = align < UNIT ? UNIT : align;
    size_t need = round_up(size, UNIT) + HEADER_BYTES;
    need = need < BLOCK_MIN ? BLOCK_MIN : need;
    struct pool_block *block = search(pool, need, align, &distance);
    if (block == NULL) {
        return NULL;
    }
    size_t left = size_of(block) - distance - need;
    if (distance != 0) { /* what is in front stays on the list */
        block->size = distance;
        block = block_at(block, distance);
        block->size_front = distance;
    } else if (POOL_FAULT != POOL_FAULT_OVERLAP || left >= BLOCK_MIN) {
        list_remove(pool, block);
    }
    if (left < BLOCK_MIN) {
        set_size(block, need + left, LIVE);
    } else {
        set_size(block, need, LIVE);
        set_size(block_behind(block), left, 0);
        list_insert(pool, block_behind(block));
    }
    return block_at(block, HEADER_BYTES);
}

void *pool_calloc(struct pool *pool, size_t count, size_t size, size_t align)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *payload = pool_malloc(pool, count * size, align);
    if (payload != NULL) {
        memset(payload, 0, POOL_FAULT == POOL_FAULT_CALLOC ? size : count * size);
    }
    return payload;
}

void pool_free(struct pool *pool, void *payload)
{
    struct pool_block *block = block_of(payload);
    struct pool_block *behind = block_behind(block);
    size_t size = size_of(block);
    bool is_lost = POOL_FAULT == POOL_FAULT_LEAK && !is_live(behind);
    if (!is_live(behind)) {
        list_remove(pool, behind);
        size += size_of(behind);
    }
    if (block->size_front != 0) {
        struct pool_block *front = (struct pool_block *)((uintptr_t)block - block->size_front);
        is_lost = is_lost && !is_live(front);
        if (!is_live(front)) {
            list_remove(pool, front);
            size += block->size_front;
            block = front;
        }
    } else {
        is_lost = false;
    }
    set_size(block, size, 0);
    if (is_lost) {
        set_size(block, size, LIVE);
    } else {
        list_insert(pool, block);
    }
}

void *pool_realloc(struct pool *pool, void *payload, size_t size, size_t align)
{
    const size_t capacity = payload != NULL ? pool_capacity(payload) : 0;
    if (payload != NULL && size <= capacity && (uintptr_t)payload % align == 0) {
        return payload;
    }
    void *moved = pool_malloc(pool, size, align);
    if (moved != NULL && payload != NULL) {
        size_t kept = capacity < size ? capacity : size;
        kept -= POOL_FAULT == POOL_FAULT_REALLOC ? kept / 2 : 0;
        memcpy(moved, payload, kept);
        pool_free(pool, payload);
    }
    return moved;
}

size_t pool_capacity(const void *payload)
{
    return size_of(block_of(payload)) - HEADER_BYTES;
}
