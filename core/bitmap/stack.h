/* SPDX-License-Identifier: MIT
 *
 * The bin of one size: its blocks on a stack, doubly linked, the most recent on top.
 *
 *     bin --> | next | (stale) |  -->  | next | previous |  -->  | end | previous |
 *
 * The end has a mark of its own: a block that somebody cleared after its free must not read as the
 * last.
 *
 * What the top block says is previous is never written and never read, so that taking the top does
 * not touch the block behind it, whose memory is likely not in any cache. It also means that the
 * bin may lead to anything once links have been overwritten: whoever uses the top, looks first.
 */
#ifndef BF_BITMAP_STACK_H
#define BF_BITMAP_STACK_H

#include "bins.h"

#define STACK_END ((uintptr_t)2)

/* Whether a link leads to an indexed block of a class. */
BF_HOT bool stack_leads(const struct bf_heap *heap, uintptr_t link, size_t size_class)
{
    struct spot spot;

    return !IS_HARDENED || (spot_look_at_node(heap, link, &spot) &&
                            class_of_stride(header_stride(spot.header)) == size_class);
}

static inline bool stack_can_push(const struct bf_heap *heap, uintptr_t block, size_t size_class)
{
    if (!IS_HARDENED || heap->bins[size_class] == 0) {
        return true;
    }
    return heap->bins[size_class] != block && stack_leads(heap, heap->bins[size_class], size_class);
}

BF_HOT void stack_push(struct bf_heap *heap, uintptr_t block, size_t size_class)
{
    const uintptr_t top = heap->bins[size_class];

    heap->bins[size_class] = block;
    if (top != 0) {
        BF_STEP();
        block_set_link(block, LINK_NEXT, top);
        block_set_link(top, LINK_PREVIOUS, block);
    } else {
        block_set_link(block, LINK_NEXT, STACK_END);
        bin_mark(heap, size_class);
    }
}

/* Safe unlinking: both neighbours must agree. Of the top only that its link may be one: whoever
 * uses what it leads to as the next top, looks. */
BF_HOT bool stack_can_remove(const struct bf_heap *heap, uintptr_t block, size_t size_class)
{
    if (!IS_HARDENED) {
        return true;
    }
    const uintptr_t next = block_link(block, LINK_NEXT);

    if (heap->bins[size_class] == block) {
        return next != 0;
    }
    const uintptr_t previous = block_link(block, LINK_PREVIOUS);

    return stack_leads(heap, previous, size_class) && block_link(previous, LINK_NEXT) == block &&
           (next == STACK_END ||
            (stack_leads(heap, next, size_class) && block_link(next, LINK_PREVIOUS) == block));
}

BF_HOT void stack_pop(struct bf_heap *heap, uintptr_t top, size_t size_class)
{
    const uintptr_t next = block_link(top, LINK_NEXT);

    heap->bins[size_class] = next != STACK_END ? next : 0;
    if (next == STACK_END) {
        bin_unmark(heap, size_class);
    }
}

BF_HOT void stack_remove(struct bf_heap *heap, uintptr_t block, size_t size_class)
{
    if (heap->bins[size_class] == block) {
        stack_pop(heap, block, size_class);
        return;
    }
    const uintptr_t next = block_link(block, LINK_NEXT);
    const uintptr_t previous = block_link(block, LINK_PREVIOUS);

    BF_STEP();
    block_set_link(previous, LINK_NEXT, next);
    if (next != STACK_END) {
        BF_STEP();
        block_set_link(next, LINK_PREVIOUS, previous);
    }
}

#endif
