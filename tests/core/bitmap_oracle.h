/* SPDX-License-Identifier: MIT
 *
 * A simple model of the placement of the bitmap index, written from the section of that name in
 * docs/core.md alone: one array of all blocks in the order of addresses, and a clock that says when
 * each free block entered the index. Everything is a search through that array.
 */
#ifndef BITMAP_ORACLE_H
#define BITMAP_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifndef ORACLE_BLOCKS_MAX
#define ORACLE_BLOCKS_MAX 64
#endif
#define ORACLE_RANGES_MAX 4
#define ORACLE_NONE       SIZE_MAX

struct oracle_range {
    uintptr_t begin;
    uintptr_t end;
    size_t tail_bytes;
};

struct oracle_block {
    uintptr_t header;
    size_t stride;
    size_t size; /* 0: free */
    size_t range;
    bool is_last;
    unsigned long entered; /* the time, where it is free */
};

struct oracle {
    struct oracle_range ranges[ORACLE_RANGES_MAX];
    size_t range_count;
    struct oracle_block blocks[ORACLE_BLOCKS_MAX];
    size_t block_count;
    unsigned long clock;
    size_t live_bytes;
    size_t peak_bytes;
};

static inline size_t oracle_need(size_t size)
{
    const size_t stride = (size + 8 + 15) / 16 * 16;

    return stride < 32 ? 32 : stride;
}

static inline size_t oracle_capacity(const struct oracle *oracle, const struct oracle_block *block)
{
    return block->stride - 8 + (block->is_last ? oracle->ranges[block->range].tail_bytes : 0);
}

static inline void oracle_insert(struct oracle *oracle, size_t at, struct oracle_block block)
{
    memmove(&oracle->blocks[at + 1], &oracle->blocks[at],
            (oracle->block_count - at) * sizeof block);
    oracle->blocks[at] = block;
    oracle->block_count++;
}

static inline void oracle_delete(struct oracle *oracle, size_t at)
{
    oracle->block_count--;
    memmove(&oracle->blocks[at], &oracle->blocks[at + 1],
            (oracle->block_count - at) * sizeof oracle->blocks[0]);
}

/* Ranges must be added in the order of their addresses. */
static inline void oracle_add_range(struct oracle *oracle, uintptr_t begin, uintptr_t end)
{
    const size_t whole = (end - begin - 8) / 16 * 16;
    const struct oracle_range range = {begin, end, end - begin - 8 - whole};
    const struct oracle_block block = {begin + 8,           whole, 0,
                                       oracle->range_count, true,  ++oracle->clock};

    oracle->ranges[oracle->range_count++] = range;
    oracle_insert(oracle, oracle->block_count, block);
}

/* The number of the block that a request gets. */
static inline size_t oracle_select(const struct oracle *oracle, size_t size, size_t align)
{
    const size_t need = oracle_need(size);
    size_t best = ORACLE_NONE;

    for (size_t i = 0; i < oracle->block_count; i++) {
        const struct oracle_block *block = &oracle->blocks[i];
        const struct oracle_block *chosen = &oracle->blocks[best == ORACLE_NONE ? i : best];

        if (block->size == 0 && block->stride >= need &&
            (best == ORACLE_NONE || block->stride < chosen->stride ||
             (block->stride == chosen->stride && block->entered > chosen->entered))) {
            best = i;
        }
    }
    if (best != ORACLE_NONE) {
        return best;
    }
    for (size_t i = 0; i < oracle->block_count; i++) {
        const struct oracle_block *block = &oracle->blocks[i];
        const struct oracle_block *chosen = &oracle->blocks[best == ORACLE_NONE ? i : best];
        const size_t capacity = oracle_capacity(oracle, block);

        if (block->size == 0 && block->is_last && block->stride + 16 == need &&
            block->stride >= 32 && block->stride >= align && capacity >= size &&
            (best == ORACLE_NONE || capacity < oracle_capacity(oracle, chosen) ||
             (capacity == oracle_capacity(oracle, chosen) && block->entered > chosen->entered))) {
            best = i;
        }
    }
    return best;
}

static inline void oracle_count(struct oracle *oracle, size_t more, size_t less)
{
    oracle->live_bytes = oracle->live_bytes - less + more;
    if (oracle->live_bytes > oracle->peak_bytes) {
        oracle->peak_bytes = oracle->live_bytes;
    }
}

/* Cuts block number i, free or live, after stride bytes. What is behind is free, and enters. */
static inline void oracle_split(struct oracle *oracle, size_t i, size_t stride)
{
    struct oracle_block rest = oracle->blocks[i];

    rest.header += stride;
    rest.stride -= stride;
    rest.size = 0;
    rest.entered = ++oracle->clock;
    oracle->blocks[i].stride = stride;
    oracle->blocks[i].is_last = false;
    oracle_insert(oracle, i + 1, rest);
}

/* The payload that a request gets, 0 where nothing fits; without counting its bytes. */
static inline uintptr_t oracle_place(struct oracle *oracle, size_t size, size_t align)
{
    const size_t wanted = align > 16 ? size + align - 16 : size;
    size_t i = wanted < size ? ORACLE_NONE : oracle_select(oracle, wanted, align);

    if (i == ORACLE_NONE) {
        return 0;
    }
    const uintptr_t payload = oracle->blocks[i].header + 8;
    const uintptr_t gap = (align - payload % align) % align;

    if (align > 16 && gap != 0) {
        oracle_split(oracle, i, gap);
        oracle->blocks[i].entered = ++oracle->clock;
        i++;
    }
    if (oracle->blocks[i].stride >= oracle_need(size) + 32) {
        oracle_split(oracle, i, oracle_need(size));
    }
    oracle->blocks[i].size = size;
    return oracle->blocks[i].header + 8;
}

static inline uintptr_t oracle_malloc(struct oracle *oracle, size_t size, size_t align)
{
    const uintptr_t payload = oracle_place(oracle, size, align);

    if (payload != 0) {
        oracle_count(oracle, size, 0);
    }
    return payload;
}

static inline size_t oracle_find(const struct oracle *oracle, uintptr_t payload)
{
    for (size_t i = 0; i < oracle->block_count; i++) {
        if (oracle->blocks[i].header + 8 == payload) {
            return i;
        }
    }
    return ORACLE_NONE;
}

/* Joins block number i with the one behind it. */
static inline void oracle_join(struct oracle *oracle, size_t i)
{
    oracle->blocks[i].stride += oracle->blocks[i + 1].stride;
    oracle->blocks[i].is_last = oracle->blocks[i + 1].is_last;
    oracle_delete(oracle, i + 1);
}

static inline bool oracle_has_free_behind(const struct oracle *oracle, size_t i)
{
    return !oracle->blocks[i].is_last && oracle->blocks[i + 1].size == 0;
}

static inline void oracle_release(struct oracle *oracle, size_t i)
{
    oracle->blocks[i].size = 0;
    if (oracle_has_free_behind(oracle, i)) {
        oracle_join(oracle, i);
    }
    if (i > 0 && oracle->blocks[i - 1].size == 0 && !oracle->blocks[i - 1].is_last) {
        i--;
        oracle_join(oracle, i);
    }
    oracle->blocks[i].entered = ++oracle->clock;
}

static inline void oracle_free(struct oracle *oracle, uintptr_t payload)
{
    const size_t i = oracle_find(oracle, payload);

    oracle_count(oracle, 0, oracle->blocks[i].size);
    oracle_release(oracle, i);
}

/* The case of the rule that applies in place: 1, 2 or 3; 0 where the block must move. */
static inline int oracle_realloc_case(const struct oracle *oracle, size_t i, size_t size)
{
    const struct oracle_block *block = &oracle->blocks[i];
    const size_t need = oracle_need(size);
    const bool has_behind = oracle_has_free_behind(oracle, i);

    if (need == block->stride || (need + 16 == block->stride && !has_behind) ||
        (need > block->stride && size <= oracle_capacity(oracle, block))) {
        return 1;
    }
    if (need < block->stride) {
        return 2;
    }
    if (has_behind && size <= block->stride + oracle_capacity(oracle, block + 1)) {
        return 3;
    }
    return 0;
}

/* The payload that the block has then; 0 where nothing fits. */
static inline uintptr_t oracle_realloc(struct oracle *oracle, uintptr_t payload, size_t size,
                                       size_t align)
{
    const size_t i = oracle_find(oracle, payload);
    const size_t old_size = oracle->blocks[i].size;
    const int rule = payload % align == 0 ? oracle_realloc_case(oracle, i, size) : 0;

    if (rule == 0) {
        const uintptr_t moved = oracle_place(oracle, size, align);

        if (moved == 0) {
            return 0;
        }
        oracle_release(oracle, oracle_find(oracle, payload));
        payload = moved;
    } else {
        if (rule != 1 && oracle_has_free_behind(oracle, i)) {
            oracle_join(oracle, i);
        }
        oracle->blocks[i].size = size;
        if (rule != 1 && oracle->blocks[i].stride >= oracle_need(size) + 32) {
            oracle_split(oracle, i, oracle_need(size));
        }
    }
    oracle_count(oracle, size, old_size);
    return payload;
}

#endif
