/* SPDX-License-Identifier: MIT
 *
 * The bound of the bitmap index, as docs/core.md states it: how many steps (BF_STEP) a call takes
 * at most. depth is the least of the bits of a class and the free blocks there were before the call
 * (the bits of a class alone, where the index may be damaged).
 */
#ifndef BOUND_H
#define BOUND_H

#include "bestfit.h"

static inline unsigned long bound_depth(size_t free_block_count)
{
    return free_block_count < BF_CLASS_BITS ? (unsigned long)free_block_count : BF_CLASS_BITS;
}

/* Up to the block in its range, with paranoid hardening. */
static inline unsigned long bound_walk(size_t blocks_of_range)
{
    return BF_HARDENING == BF_HARDENING_PARANOID ? (unsigned long)blocks_of_range : 0;
}

static inline unsigned long bound_add_range(unsigned long depth)
{
    return 2 * depth + 6;
}

static inline unsigned long bound_remove_range(unsigned long depth, size_t range_count)
{
    return 4 * depth + 2 * (unsigned long)range_count + 6;
}

static inline unsigned long bound_malloc(unsigned long depth, size_t range_count)
{
    return 11 * depth + 3 * (unsigned long)range_count + 24;
}

static inline unsigned long bound_free(unsigned long depth, size_t range_count, size_t block_count)
{
    return 13 * depth + 2 * (unsigned long)range_count + 26 + bound_walk(block_count);
}

static inline unsigned long bound_realloc(unsigned long depth, size_t range_count,
                                          size_t block_count)
{
    return 29 * depth + 6 * (unsigned long)range_count + 54 + bound_walk(block_count);
}

static inline unsigned long bound_usable_size(size_t block_count)
{
    return 1 + bound_walk(block_count);
}

static inline unsigned long bound_stats(unsigned long depth, size_t range_count)
{
    return depth + (unsigned long)range_count + 2;
}

static inline unsigned long bound_check(unsigned long depth, size_t range_count,
                                        size_t free_block_count, size_t block_count)
{
    return (unsigned long)block_count + (unsigned long)free_block_count * (2 * depth + 2) +
           (unsigned long)range_count;
}

#endif
