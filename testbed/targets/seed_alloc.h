/* SPDX-License-Identifier: MIT OR Apache-2.0
 *
 * The seed: the best-fit allocator of Osiris RTOS (kernel/mem/alloc.rs, MIT or Apache-2.0), from
 * which bestfit was ported, rendered in C statement by statement with all its faults.
 *
 * It stands for the Rust as built for release: debug assertions are gone, arithmetic wraps. "seed
 * N" is line N of alloc.rs. A panic (BUG_ON, seed 301) is SEED_PANIC(text), which must not return;
 * SEED_STEP() is called for every block that a search visits. Define both before including this.
 *
 * Headers are read and written wherever a pointer says they are, at any alignment and over any
 * other object, because that is what the Rust compiles to: hence a packed struct that may alias.
 * Not a fault, and not in the file: its parent's align_up, which saturates.
 */
#ifndef SEED_ALLOC_H
#define SEED_ALLOC_H

#include <stddef.h>
#include <stdint.h>

#ifndef SEED_PANIC
#error "define SEED_PANIC(text) before including seed_alloc.h"
#endif
#ifndef SEED_STEP
#define SEED_STEP() ((void)0)
#endif

/* align_of::<u128>(): 16, but 8 on 32-bit Arm (where headers shrink to 8 bytes with it). */
#ifndef SEED_ALIGN
#define SEED_ALIGN ((size_t)16)
#endif

/* seed 8 to 12: 2^48 where pointers have 64 bits. */
#if SIZE_MAX > 0xffffffffu
#define SEED_MAX_ADDR ((size_t)1 << 48)
#else
#define SEED_MAX_ADDR SIZE_MAX
#endif

enum seed_status {
    SEED_OK = 0,
    SEED_OUT_OF_MEMORY,
    SEED_INVALID_ALIGN,
    SEED_INVALID_SIZE,
    SEED_INVALID_ADDRESS
};

/* seed 29: in front of every block. next is null where the block is allocated. */
struct seed_meta {
    size_t size;
    struct seed_meta *next;
} __attribute__((packed, may_alias));

/* seed 40. */
struct seed_heap {
    struct seed_meta *head;
};

/* What select_block found: the block, and the block before it in the list (null: the head). */
struct seed_selection {
    struct seed_meta *block;
    struct seed_meta *prev;
};

/* super::align_up, from the parent module. */
static size_t seed_align_up_size(size_t size)
{
    if (size >= SIZE_MAX - 16) {
        return SIZE_MAX;
    }
    return (size + SEED_ALIGN - 1) / SEED_ALIGN * SEED_ALIGN;
}

/* seed 106, Self::align_up: the padding behind a header. */
static size_t seed_align_up(void)
{
    return (SEED_ALIGN - sizeof(struct seed_meta) % SEED_ALIGN) % SEED_ALIGN;
}

/* The distance from a control pointer to its user pointer. */
static size_t seed_overhead(void)
{
    return sizeof(struct seed_meta) + seed_align_up();
}

static struct seed_meta *seed_meta_at(uintptr_t address)
{
    return (struct seed_meta *)address;
}

/* seed 156. */
static uintptr_t seed_user_ptr(const struct seed_meta *block)
{
    return (uintptr_t)block + seed_overhead();
}

/* seed 173. */
static struct seed_meta *seed_control_ptr(const void *ptr)
{
    return seed_meta_at((uintptr_t)ptr - seed_overhead());
}

/* seed 55. */
static void seed_init(struct seed_heap *heap)
{
    heap->head = NULL;
}

/* seed 70: the size may wrap (seed 82 to 84 are debug assertions); overlap goes unseen. */
static enum seed_status seed_add_range(struct seed_heap *heap, uintptr_t begin, uintptr_t end)
{
    if (begin % SEED_ALIGN != 0) {
        return SEED_INVALID_ALIGN;
    }
    if (begin == 0) {
        return SEED_INVALID_ADDRESS;
    }

    uintptr_t user_pointer = begin + seed_overhead();
    struct seed_meta *block = seed_meta_at(begin);
    block->size = end - user_pointer;
    block->next = heap->head;
    heap->head = block;
    return SEED_OK;
}

/* seed 115: the smallest block of at least size bytes; among equals the one deepest in the list. */
static enum seed_status seed_select_block(const struct seed_heap *heap, size_t size,
                                          struct seed_selection *best)
{
    enum seed_status status = SEED_OUT_OF_MEMORY;
    size_t best_fit_size = SIZE_MAX;
    struct seed_meta *prev = NULL;

    for (struct seed_meta *block = heap->head; block != NULL; block = block->next) {
        SEED_STEP();
        if (block->size >= size && block->size <= best_fit_size) {
            best->block = block;
            best->prev = prev;
            best_fit_size = block->size;
            status = SEED_OK;
        }
        prev = block;
    }
    return status;
}

/* seed 250 and 272: what prev, or else the head, leads to from now on. */
static void seed_set_next(struct seed_heap *heap, struct seed_meta *prev, struct seed_meta *next)
{
    if (prev != NULL) {
        prev->next = next;
    } else {
        heap->head = next;
    }
}

/* seed 231 to 258: the front is handed out, the remainder takes its place in the list. */
static void seed_split(struct seed_heap *heap, const struct seed_selection *best,
                       size_t aligned_size, size_t min)
{
    struct seed_meta *block = best->block;
    size_t remaining_size = block->size - min;
    struct seed_meta *remaining_next = block->next;
    block->size = aligned_size;

    struct seed_meta *remaining = seed_meta_at(seed_user_ptr(block) + aligned_size);
    remaining->size = remaining_size;
    remaining->next = remaining_next;

    seed_set_next(heap, best->prev, remaining);
    block->next = NULL;
}

/* seed 187: an alignment of 0, or that is no power of two, goes unseen. */
static enum seed_status seed_malloc(struct seed_heap *heap, size_t size, size_t align, void **out)
{
    if (align > SEED_ALIGN) {
        return SEED_INVALID_ALIGN;
    }
    if (size == 0 || size >= SEED_MAX_ADDR) {
        return SEED_INVALID_SIZE;
    }

    size_t aligned_size = seed_align_up_size(size);
    struct seed_selection best = {NULL, NULL};
    int is_split = 0;
    if (seed_select_block(heap, aligned_size, &best) == SEED_OK) {
        /* seed 216: saturating. */
        size_t overhead = seed_overhead();
        size_t min = aligned_size > SIZE_MAX - overhead ? SIZE_MAX : aligned_size + overhead;
        if (best.block->size > min) {
            seed_split(heap, &best, aligned_size, min);
            is_split = 1;
        }
    } else if (seed_select_block(heap, size, &best) != SEED_OK) {
        return SEED_OUT_OF_MEMORY;
    }

    /* seed 271: a block taken whole keeps its size, whatever was asked for. */
    if (!is_split) {
        seed_set_next(heap, best.prev, best.block->next);
        best.block->next = NULL;
    }
    *out = (void *)seed_user_ptr(best.block);
    return SEED_OK;
}

/* seed 296: whatever lies in front of ptr is written to before it is checked, and the size that is
 * kept is the one that was passed, not rounded. */
static void seed_free(struct seed_heap *heap, void *ptr, size_t size)
{
    struct seed_meta *block = seed_control_ptr(ptr);
    block->next = heap->head;
    if (block->size != seed_align_up_size(size)) {
        SEED_PANIC("Invalid size in free()");
    }
    block->size = size;
    heap->head = block;
}

#endif
