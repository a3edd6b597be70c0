/* SPDX-License-Identifier: MIT
 *
 * A small allocator as one finds it in many a firmware: first fit over a list of free blocks,
 * boundary tags, coalescing on free. It stands for yours in docs/your-allocator.md, and knows
 * nothing of the bed.
 */
#ifndef POOL_ALLOCATOR_H
#define POOL_ALLOCATOR_H

#include <stdbool.h>
#include <stddef.h>

struct pool_block;

struct pool {
    struct pool_block *free; /* the block that was freed last */
};

void pool_init(struct pool *pool);
/* False where the memory is too small for a block. It need not be aligned. */
bool pool_add(struct pool *pool, void *begin, void *end);

/* align: a power of two. Null where nothing fits. */
void *pool_malloc(struct pool *pool, size_t size, size_t align);
void *pool_calloc(struct pool *pool, size_t count, size_t size, size_t align);
/* Null where nothing fits; then the old block stays. */
void *pool_realloc(struct pool *pool, void *payload, size_t size, size_t align);
void pool_free(struct pool *pool, void *payload);
size_t pool_capacity(const void *payload);

#endif
