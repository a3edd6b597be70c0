/* SPDX-License-Identifier: MIT
 *
 * Many threads allocate, resize and free each other's blocks. Every block is full of one value from
 * the moment it is handed out to the moment it is freed; a thread that finds another value in it
 * has shared it with somebody. Run as it is, and under ThreadSanitizer.
 *
 * Exit status: 0 well, 1 a block was not as it must be, 2 no memory or no thread.
 */
#include "allocator.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define THREAD_COUNT 4
#define BOX_COUNT    256

/* Blocks on their way from one thread to another. */
struct block {
    size_t size;
    unsigned char value;
    unsigned char bytes[];
};
static struct block *_Atomic boxes[BOX_COUNT];
static unsigned rounds = 60000;
static atomic_bool is_wrong;

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "threads: %s\n", what);
        exit(2);
    }
}

static void block_check(const struct block *block)
{
    for (size_t i = 0; i < block->size; i++) {
        if (block->bytes[i] != block->value) {
            fprintf(stderr, "threads: a block of %zu bytes is overwritten at %zu\n", block->size,
                    i);
            atomic_store(&is_wrong, true);
            return;
        }
    }
}

static void block_fill(struct block *block, size_t size, unsigned char value)
{
    block->size = size;
    block->value = value;
    memset(block->bytes, value, size);
}

/* Mostly small, now and then one that is mapped and given back in pages. */
static size_t random_size(uint32_t *state)
{
    const uint32_t kind = next_random(state) % 4096;

    if (kind == 0) {
        return 4500000;
    }
    return next_random(state) % (kind < 64 ? 100000 : 600);
}

static struct block *block_new(uint32_t *state)
{
    const size_t size = random_size(state);
    const size_t bytes = sizeof(struct block) + size;
    struct block *block = NULL;

    switch (next_random(state) % 4) {
    case 0:
        block = DROPIN_NAME(calloc)(1, bytes);
        break;
    case 1:
        block = DROPIN_NAME(aligned_alloc)((size_t)16 << next_random(state) % 5, bytes);
        break;
    default:
        block = DROPIN_NAME(malloc)(bytes);
    }
    require(block != NULL, "no memory");
    block_fill(block, size, (unsigned char)next_random(state));
    return block;
}

static struct block *block_resize(struct block *block, uint32_t *state)
{
    const size_t size = random_size(state);

    block->size = block->size < size ? block->size : size;
    struct block *resized = DROPIN_NAME(realloc)(block, sizeof *block + size);

    require(resized != NULL, "no memory");
    block_check(resized);
    block_fill(resized, size, (unsigned char)next_random(state));
    require(DROPIN_NAME(malloc_usable_size)(resized) >= sizeof *resized + size, "usable size");
    return resized;
}

static void *work(void *seed)
{
    uint32_t state = (uint32_t)(uintptr_t)seed;

    for (unsigned i = 0; i < rounds; i++) {
        struct block *_Atomic *box = &boxes[next_random(&state) % BOX_COUNT];
        struct block *block = atomic_exchange(box, NULL);

        if (block == NULL) {
            block = block_new(&state);
        } else {
            block_check(block);
            if (next_random(&state) % 2 == 0) {
                DROPIN_NAME(free)(block);
                block = NULL;
            } else {
                block = block_resize(block, &state);
            }
        }
        DROPIN_NAME(free)(atomic_exchange(box, block));
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t threads[THREAD_COUNT];

    if (argc > 1) {
        rounds = (unsigned)strtoul(argv[1], NULL, 10);
    }
    for (uintptr_t i = 0; i < THREAD_COUNT; i++) {
        require(pthread_create(&threads[i], NULL, work, (void *)(i + 1)) == 0, "no thread");
    }
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    for (size_t i = 0; i < BOX_COUNT; i++) {
        DROPIN_NAME(free)(boxes[i]);
    }
    return atomic_load(&is_wrong) ? 1 : 0;
}
