/* SPDX-License-Identifier: MIT
 *
 * Representation of the `list` index: what a block looks like in memory. Accessors and arithmetic
 * only; nothing here knows of the free list, and nothing but the accessors at the top touches a
 * range's bytes.
 *
 *     block            payload = block + 16                     next block, or the range's end
 *     | capacity | tag | (pad) | capacity bytes ................|
 *
 *     capacity  bytes of the payload: a multiple of 16, but for the last block of a range
 *     tag       free: the address of the next free block's header, 0 at the end of the list
 *               live: slack << 1 | 1, where slack is what the capacity exceeds the request
 *               and its guard by
 *               quarantined: the address of the block freed after it, 0 of the newest, and bit 1
 *
 * Headers are 16-aligned, so the lowest bits of a tag tell live, quarantined and free.
 */
#ifndef BF_LIST_BLOCK_H
#define BF_LIST_BLOCK_H

#include "../word.h"

_Static_assert(2 * sizeof(uintptr_t) <= BF_HEADER_BYTES, "a header holds two words");

static inline size_t block_capacity(uintptr_t block)
{
    return (size_t)word_read(block);
}

static inline void block_set_capacity(uintptr_t block, size_t capacity_bytes)
{
    word_write(block, (uintptr_t)capacity_bytes);
}

static inline uintptr_t block_tag(uintptr_t block)
{
    return word_read(block + sizeof(uintptr_t));
}

static inline void block_set_tag(uintptr_t block, uintptr_t tag)
{
    word_write(block + sizeof(uintptr_t), tag);
}

/* Saturates: no block has so much capacity, so such a request finds none. */
static inline size_t round_up(size_t size)
{
    if (size > SIZE_MAX - (BF_ALIGN - 1)) {
        return SIZE_MAX;
    }
    return (size + (BF_ALIGN - 1)) & ~(BF_ALIGN - 1);
}

static inline uintptr_t block_payload(uintptr_t block)
{
    return block + BF_HEADER_BYTES;
}

static inline uintptr_t block_end(uintptr_t block)
{
    return block_payload(block) + block_capacity(block);
}

static inline bool block_is_live(uintptr_t block)
{
    return (block_tag(block) & 1u) != 0;
}

static inline bool block_is_quarantined(uintptr_t block)
{
    return BF_QUARANTINE_BYTES > 0 && (block_tag(block) & (BF_ALIGN - 1)) == 2;
}

static inline size_t block_slack(uintptr_t block)
{
    return (size_t)(block_tag(block) >> 1);
}

/* What a live block was asked for with. */
static inline size_t block_request(uintptr_t block)
{
    return block_capacity(block) - block_slack(block) - BF_GUARD_BYTES;
}

/* reserved_bytes: the request and its guard. */
static inline void block_mark_live(uintptr_t block, size_t reserved_bytes)
{
    block_set_tag(block, (uintptr_t)(block_capacity(block) - reserved_bytes) << 1 | 1u);
}

/* Whether a request that rounds up to rounded leaves enough of a capacity for a block of its own: a
 * header and at least one byte. */
static inline bool capacity_is_worth_splitting(size_t capacity_bytes, size_t rounded_bytes)
{
    return capacity_bytes > rounded_bytes && capacity_bytes - rounded_bytes > BF_HEADER_BYTES;
}

/* Cuts a block behind its first capacity_bytes and returns the remainder. Does not touch the free
 * list: both tags are left to the caller.
 *
 *     | header | capacity ................................. |
 *     | header | capacity_bytes | header | rest, at least 1 |
 */
static inline uintptr_t block_split(uintptr_t block, size_t capacity_bytes)
{
    const uintptr_t remainder = block_payload(block) + capacity_bytes;

    block_set_capacity(remainder, block_capacity(block) - capacity_bytes - BF_HEADER_BYTES);
    block_set_capacity(block, capacity_bytes);
    return remainder;
}

#endif
