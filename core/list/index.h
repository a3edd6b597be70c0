/* SPDX-License-Identifier: MIT
 *
 * The `list` index: the free blocks in one singly linked list, last in, first out, as in the seed.
 * The links lie in the tags of the blocks.
 *
 *     free_head --> | capacity | link | ...     --> | capacity | link | ...     --> 0
 *
 * Best fit looks at every free block: O(F) steps, each O(R) at worst and O(1) where neighbours in
 * the list lie in the same range. In exchange it is small, and every look at the list checks it
 * whole: as many blocks as the heap counts, as many bytes, and then the end. A link is followed
 * only to an aligned place within a range, and a capacity is believed only if it ends in there.
 */
#ifndef BF_LIST_INDEX_H
#define BF_LIST_INDEX_H

#include "../index.h"
#include "header.h"

/* A block in the index, and what the index needs to take it out. Good until the index changes. */
struct index_position {
    uintptr_t block;
    uintptr_t previous; /* the free block whose link leads here; 0 where the head does */
};

static inline uintptr_t list_head(const struct bf_heap *heap)
{
    return heap->free_head;
}

/* Points the link behind previous (the head, if that is 0) to block. */
static inline void list_set_link(struct bf_heap *heap, uintptr_t previous, uintptr_t block)
{
    if (previous == 0) {
        heap->free_head = block;
    } else {
        block_set_tag(previous, block);
    }
}

/* The range that a link leads into, if it leads to room for a block; else null. The range of the
 * link before it is tried first. */
static inline const struct bf_range *list_link_range(const struct bf_heap *heap, uintptr_t link,
                                                     const struct bf_range *likely)
{
    if (!is_aligned(link)) {
        return NULL;
    }
    if (likely != NULL && range_has_room_at(likely, link)) {
        return likely;
    }
    return range_find(heap, link);
}

/* A walk along the list. */
struct list_walk {
    const struct bf_heap *heap;
    const struct bf_range *range; /* that block lies in */
    uintptr_t previous;
    uintptr_t block; /* the block met last, 0 before the first */
    size_t capacity_bytes;
    uintptr_t link; /* where to go on */
    size_t unmet_block_count;
    size_t unmet_bytes;
};

static inline void list_walk_start(struct list_walk *walk, const struct bf_heap *heap)
{
    walk->heap = heap;
    walk->range = NULL;
    walk->previous = 0;
    walk->block = 0;
    walk->capacity_bytes = 0;
    walk->link = list_head(heap);
    walk->unmet_block_count = heap->free_block_count;
    walk->unmet_bytes = heap->free_bytes;
}

/* Goes on to the next block; false at the end of the list, or where the list is damaged. That a
 * block is not live shows at the link behind it: the tag of a live block is odd, and neither leads
 * on nor ends the list. */
static inline bool list_walk_next(struct list_walk *walk)
{
    if (walk->unmet_block_count == 0) {
        return false;
    }
    BF_STEP();
    walk->range = list_link_range(walk->heap, walk->link, walk->range);
    if (walk->range == NULL || range_capacity_fault(walk->range, walk->link) != INVARIANT_NONE) {
        return false;
    }
    walk->capacity_bytes = block_capacity(walk->link);
    if (walk->capacity_bytes > walk->unmet_bytes) {
        return false;
    }
    walk->unmet_bytes -= walk->capacity_bytes;
    walk->unmet_block_count--;
    walk->previous = walk->block;
    walk->block = walk->link;
    walk->link = block_tag(walk->block);
    return true;
}

/* After list_walk_next returned false: whether it has been the end, and all was met. */
static inline bool list_walk_is_complete(const struct list_walk *walk)
{
    return walk->unmet_block_count == 0 && walk->unmet_bytes == 0 && walk->link == 0;
}

/* The smallest free block whose capacity is at least size_bytes. BF_OK: *found is it.
 * BF_OUT_OF_MEMORY: there is none. BF_CORRUPTED: the list is damaged.
 * Among equals the block met last, which is the one deepest in the list, wins: the seed's `<=`. */
BF_MEASURED static enum bf_status select_block(const struct bf_heap *heap, size_t size_bytes,
                                               struct index_position *found)
{
    struct list_walk walk;
    size_t best_bytes = SIZE_MAX;

    found->block = 0;
    found->previous = 0;
    list_walk_start(&walk, heap);
    while (list_walk_next(&walk)) {
        if (walk.capacity_bytes >= size_bytes && walk.capacity_bytes <= best_bytes) {
            best_bytes = walk.capacity_bytes;
            found->block = walk.block;
            found->previous = walk.previous;
        }
    }
    if (!list_walk_is_complete(&walk)) {
        return BF_CORRUPTED;
    }
    return found->block != 0 ? BF_OK : BF_OUT_OF_MEMORY;
}

static void index_remove(struct bf_heap *heap, const struct index_position *position)
{
    list_set_link(heap, position->previous, block_tag(position->block));
}

/* Puts the remainder of a split into the place of the block that was split. */
static void index_replace(struct bf_heap *heap, const struct index_position *position,
                          uintptr_t remainder)
{
    block_set_tag(remainder, block_tag(position->block));
    list_set_link(heap, position->previous, remainder);
}

static void index_insert(struct bf_heap *heap, uintptr_t block)
{
    block_set_tag(block, list_head(heap));
    heap->free_head = block;
}

static enum bf_status index_largest(const struct bf_heap *heap, size_t *largest_bytes)
{
    struct list_walk walk;
    size_t largest = 0;

    list_walk_start(&walk, heap);
    while (list_walk_next(&walk)) {
        if (walk.capacity_bytes > largest) {
            largest = walk.capacity_bytes;
        }
    }
    if (!list_walk_is_complete(&walk)) {
        return BF_CORRUPTED;
    }
    *largest_bytes = largest;
    return BF_OK;
}

/* I10 and I11. A list that ends cannot meet a block twice, since a block has one link: so when as
 * many links as there are free blocks have led to free blocks, and then the list ends, it holds
 * each of them once. A link may lead to a header forged inside a payload, so each is looked for
 * among the boundaries of its range: O(F x B). */
static enum bf_status index_check(const struct bf_heap *heap, struct bf_fault *fault)
{
    const struct bf_range *range = NULL; /* of the block that holds the link; null: the head */
    uintptr_t block = 0;
    uintptr_t link = list_head(heap);

    for (size_t unmet = heap->free_block_count; unmet > 0; unmet--) {
        BF_STEP();
        const struct bf_range *target = list_link_range(heap, link, range);

        if (target == NULL || !range_has_block_at(target, link) || block_is_live(link) ||
            block_is_quarantined(link)) {
            return fault_report(heap, fault, INVARIANT_LINK_TARGET, block, range);
        }
        range = target;
        block = link;
        link = block_tag(block);
    }
    if (link != 0) {
        return fault_report(heap, fault, INVARIANT_LIST_END, block, range);
    }
    return BF_OK;
}

#endif
