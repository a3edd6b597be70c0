/* SPDX-License-Identifier: MIT
 *
 * The bin of several sizes: a bitwise trie keyed by the bits of the size class that the bin leaves
 * open, ordered as a heap: a node is smaller than everything below it (a priority search tree, E.
 * McCreight, 1985, on the fixed grid of the bits). So the smallest block of a subtree is its root,
 * and the best fit is found on one way down: the first node that is large enough, or the other
 * child where the way last went left. The shape follows from the set of sizes alone.
 *
 *     bin --> 35          keys of a bin with 5 open bits: 3 and more bits below the root
 *            /  \         the children of a node at depth d differ in bit 4 - d
 *          38    49
 *
 * Blocks of the same size hang on a ring behind the node, most recent first; the node itself is the
 * oldest, so that what is taken and given most moves no node.
 *
 *     node --next--> most recent --next--> ... --next--> second oldest --next--> node
 *
 * A block on a ring says so by naming itself as its child. There are no links to parents: a node is
 * found by its key. Bound: a function that finds or inserts visits at most one node for each open
 * bit and two more, one that removes two for each and two more. docs/core.md adds it up.
 */
#ifndef BF_BITMAP_TRIE_H
#define BF_BITMAP_TRIE_H

#include "bins.h"

/* Where a link to a node lies: in the bin (parent is 0) or in a node. */
struct trie_slot {
    size_t bin;
    uintptr_t parent;
    unsigned link;
    unsigned open_bits; /* that tell apart what is below */
};

BF_HOT void slot_write(struct bf_heap *heap, const struct trie_slot *slot, uintptr_t node)
{
    if (slot->parent == 0) {
        heap->bins[slot->bin] = node;
    } else {
        block_set_link(slot->parent, slot->link, node);
    }
}

/* The class of a node; false where the link leads elsewhere than to a free block that a trie can
 * have. Without hardening it is read, not verified. That is enough to look for a fit. */
BF_HOT bool trie_glance(const struct bf_heap *heap, uintptr_t node, size_t *size_class)
{
    struct spot spot;

    if (!spot_look(heap, node, &spot)) {
        return false;
    }
    *size_class = class_of_stride(header_stride(spot.header));
    return !IS_HARDENED || (!header_is_live(spot.header) &&
                            header_stride(spot.header) >= stride_of_class(EXACT_BINS));
}

/* The same, of a block of the bin: what is changed must be in its own trie. */
BF_HOT bool trie_look(const struct bf_heap *heap, uintptr_t node, size_t bin, size_t *size_class)
{
    return trie_glance(heap, node, size_class) &&
           (!IS_HARDENED || bin_of_class(*size_class) == bin);
}

/* The same of a node that is below one of *size_class, and so must be larger: no way along such
 * nodes meets one twice, whatever links have been overwritten. */
BF_HOT bool trie_look_below(const struct bf_heap *heap, uintptr_t node, size_t bin,
                            size_t *size_class)
{
    size_t met_class = 0;

    if (!trie_look(heap, node, bin, &met_class) || (IS_HARDENED && met_class <= *size_class)) {
        return false;
    }
    *size_class = met_class;
    return true;
}

/* Which child the way to a class goes to, where bit_count bits are still open. */
static inline unsigned trie_side(size_t size_class, unsigned bit_count)
{
    return LINK_CHILD + (unsigned)(size_class >> (bit_count - 1) & 1);
}

/* The smallest node of at least a class; 0 where there is none, INDEX_DAMAGED where a link leads
 * astray. */
static inline uintptr_t trie_find(const struct bf_heap *heap, size_t bin, size_t wanted)
{
    uintptr_t node = heap->bins[bin];
    uintptr_t larger = 0;
    size_t size_class = 0;

    for (unsigned bits = bin_key_bits(wanted); node != 0; bits--) {
        if (BF_RARELY(!trie_glance(heap, node, &size_class))) {
            return INDEX_DAMAGED;
        }
        if (size_class >= wanted) {
            return node;
        }
        if (bits == 0) {
            break;
        }
        const unsigned side = trie_side(wanted, bits);

        if (side == LINK_CHILD && block_link(node, LINK_OTHER_CHILD) != 0) {
            larger = block_link(node, LINK_OTHER_CHILD);
        }
        node = block_link(node, side);
    }
    if (IS_HARDENED && larger != 0 && BF_RARELY(!trie_glance(heap, larger, &size_class))) {
        return INDEX_DAMAGED;
    }
    return larger;
}

/* The largest node of a bin that is not empty. */
static inline uintptr_t trie_last(const struct bf_heap *heap, size_t bin)
{
    uintptr_t node = heap->bins[bin];
    size_t size_class = 0;

    for (unsigned limit = 0; limit < BF_CLASS_BITS; limit++) {
        if (!trie_look_below(heap, node, bin, &size_class)) {
            break;
        }
        const uintptr_t large = block_link(node, LINK_OTHER_CHILD);
        const uintptr_t small = block_link(node, LINK_CHILD);

        if (large == 0 && small == 0) {
            return node;
        }
        node = large != 0 ? large : small;
    }
    return INDEX_DAMAGED;
}

/* Whether a block of the ring that another is on has neighbours that agree. */
static inline bool ring_can_remove(const struct bf_heap *heap, uintptr_t block, size_t bin,
                                   size_t size_class)
{
    const uintptr_t next = block_link(block, LINK_NEXT);
    const uintptr_t previous = block_link(block, LINK_PREVIOUS);
    size_t next_class = 0;
    size_t previous_class = 0;

    return trie_look(heap, next, bin, &next_class) && next_class == size_class &&
           trie_look(heap, previous, bin, &previous_class) && previous_class == size_class &&
           block_link(next, LINK_PREVIOUS) == block && block_link(previous, LINK_NEXT) == block;
}

static void ring_remove(uintptr_t block)
{
    const uintptr_t next = block_link(block, LINK_NEXT);
    const uintptr_t previous = block_link(block, LINK_PREVIOUS);

    BF_STEP();
    block_set_link(previous, LINK_NEXT, next);
    BF_STEP();
    block_set_link(next, LINK_PREVIOUS, previous);
}

/* What trie_insert would visit, is visited here first and only looked at. An insertion goes down
 * by the larger of the two sizes that meet, as the smaller one stays. A damaged link may lead to
 * the very block that is to be inserted, whose old header is still there. */
static bool trie_can_insert(const struct bf_heap *heap, uintptr_t block, size_t bin, size_t carried)
{
    uintptr_t node = heap->bins[bin];
    const size_t wanted = carried;
    size_t size_class = 0;

    for (unsigned bits = bin_key_bits(wanted); node != 0; bits--) {
        if (node == block || !trie_look_below(heap, node, bin, &size_class)) {
            return false;
        }
        if (size_class == wanted) {
            node = block_link(node, LINK_NEXT);
            return node != block && trie_look(heap, node, bin, &size_class) && size_class == wanted;
        }
        if (bits == 0) {
            return false;
        }
        carried = size_class > carried ? size_class : carried;
        node = block_link(node, trie_side(carried, bits));
    }
    return true;
}

/* Whether a node and the most recent of its ring are where they can be written to. */
BF_HOT bool ring_can_insert(const struct bf_heap *heap, uintptr_t node)
{
    size_t size_class = 0;

    return !IS_HARDENED || (trie_glance(heap, node, &size_class) &&
                            trie_glance(heap, block_link(node, LINK_NEXT), &size_class));
}

/* A block of a size that the trie has: behind its node, as the most recent of the ring. */
static inline void ring_insert(uintptr_t node, uintptr_t block)
{
    const uintptr_t next = block_link(node, LINK_NEXT);

    BF_STEP();
    block_set_link(block, LINK_NEXT, next);
    block_set_link(block, LINK_PREVIOUS, node);
    block_set_link(block, LINK_CHILD, block);
    BF_STEP();
    block_set_link(next, LINK_PREVIOUS, block);
    block_set_link(node, LINK_NEXT, block);
}

static inline void node_set_children(uintptr_t node, uintptr_t child, uintptr_t other_child)
{
    block_set_link(node, LINK_CHILD, child);
    block_set_link(node, LINK_OTHER_CHILD, other_child);
}

/* The block goes down until it is smaller than the node it meets, takes that node's place, and the
 * node goes on down. All of this has been looked at; but where memory is damaged so that two nodes
 * overlap, the one may have changed with the other: such a node is as good as none. */
static void trie_insert(struct bf_heap *heap, uintptr_t block, size_t bin, size_t carried)
{
    struct trie_slot slot = {bin, 0, LINK_CHILD, 0};
    uintptr_t node = heap->bins[bin];

    if (node == 0) {
        bin_mark(heap, bin);
    }
    block_set_link(block, LINK_NEXT, block);
    block_set_link(block, LINK_PREVIOUS, block);
    for (unsigned bits = bin_key_bits(carried); node != 0 && bits > 0; bits--) {
        size_t size_class = 0;

        if (!trie_glance(heap, node, &size_class) || size_class == carried) {
            break;
        }
        if (size_class > carried) {
            const uintptr_t larger = node;

            node_set_children(block, block_link(node, LINK_CHILD),
                              block_link(node, LINK_OTHER_CHILD));
            slot_write(heap, &slot, block);
            node = block;
            block = larger;
            carried = size_class;
        }
        slot.parent = node;
        slot.link = trie_side(carried, bits);
        node = block_link(node, slot.link);
    }
    if (node != 0 && ring_can_insert(heap, node)) {
        ring_insert(node, block);
    } else {
        node_set_children(block, 0, 0);
        slot_write(heap, &slot, block);
    }
}

static inline bool trie_is_on_ring(uintptr_t block)
{
    return block_link(block, LINK_CHILD) == block;
}

/* Where the link to a node lies; false where there is none on the way to its class, or the way is
 * damaged. */
static bool trie_find_slot(const struct bf_heap *heap, uintptr_t block, size_t bin,
                           size_t size_class, struct trie_slot *slot)
{
    uintptr_t node = heap->bins[bin];
    size_t met_class = 0;

    slot->bin = bin;
    slot->parent = 0;
    slot->link = LINK_CHILD;
    slot->open_bits = bin_key_bits(size_class);
    for (unsigned bits = slot->open_bits; node != block; bits--) {
        if (bits == 0 || node == 0 || !trie_look_below(heap, node, bin, &met_class)) {
            return false;
        }
        slot->parent = node;
        slot->link = trie_side(size_class, bits);
        slot->open_bits = bits - 1;
        node = block_link(node, slot->link);
    }
    return !IS_HARDENED || met_class < size_class;
}

/* The smaller child of a node of *size_class, and the class of that; 0 where it has none,
 * INDEX_DAMAGED where a link leads astray. */
static uintptr_t trie_smaller_child(const struct bf_heap *heap, uintptr_t child,
                                    uintptr_t other_child, size_t bin, size_t *size_class)
{
    size_t other_class = *size_class;

    if ((child != 0 && !trie_look_below(heap, child, bin, size_class)) ||
        (other_child != 0 && !trie_look_below(heap, other_child, bin, &other_class))) {
        return INDEX_DAMAGED;
    }
    if (other_child != 0 && (child == 0 || other_class < *size_class)) {
        *size_class = other_class;
        return other_child;
    }
    return child;
}

/* Whether everything that trie_remove would visit is sound. (With hardening off nobody asks.) */
static bool trie_can_remove(const struct bf_heap *heap, uintptr_t block, size_t bin,
                            size_t size_class)
{
    struct trie_slot slot;

    if (!ring_can_remove(heap, block, bin, size_class)) {
        return false;
    }
    if (trie_is_on_ring(block)) {
        return block_link(block, LINK_NEXT) != block;
    }
    if (!trie_find_slot(heap, block, bin, size_class, &slot)) {
        return false;
    }
    if (block_link(block, LINK_NEXT) != block) {
        return true;
    }
    uintptr_t node = block;

    for (unsigned bits = slot.open_bits;; bits--) {
        node = trie_smaller_child(heap, block_link(node, LINK_CHILD),
                                  block_link(node, LINK_OTHER_CHILD), bin, &size_class);
        if (node == 0) {
            return true;
        }
        if (node == INDEX_DAMAGED || bits == 0) {
            return false;
        }
    }
}

/* Fills the place of a node with the smaller of its children, that one's with the smaller of its,
 * and so on. */
static void trie_pull_up(struct bf_heap *heap, struct trie_slot *slot, uintptr_t child,
                         uintptr_t other_child, size_t size_class)
{
    uintptr_t node = trie_smaller_child(heap, child, other_child, slot->bin, &size_class);

    while (node > INDEX_DAMAGED) {
        const uintptr_t next_child = block_link(node, LINK_CHILD);
        const uintptr_t next_other_child = block_link(node, LINK_OTHER_CHILD);

        node_set_children(node, child, other_child);
        slot_write(heap, slot, node);
        slot->parent = node;
        slot->link = node == child ? LINK_CHILD : LINK_OTHER_CHILD;
        child = next_child;
        other_child = next_other_child;
        node = trie_smaller_child(heap, child, other_child, slot->bin, &size_class);
    }
    slot_write(heap, slot, 0);
}

static void trie_remove(struct bf_heap *heap, uintptr_t block, size_t bin, size_t size_class)
{
    struct trie_slot slot;

    if (trie_is_on_ring(block)) {
        ring_remove(block);
        return;
    }
    if (!trie_find_slot(heap, block, bin, size_class, &slot)) {
        return;
    }
    const uintptr_t child = block_link(block, LINK_CHILD);
    const uintptr_t other_child = block_link(block, LINK_OTHER_CHILD);
    const uintptr_t oldest = block_link(block, LINK_PREVIOUS);

    if (oldest != block) {
        ring_remove(block);
        node_set_children(oldest, child, other_child);
        slot_write(heap, &slot, oldest);
        return;
    }
    trie_pull_up(heap, &slot, child, other_child, size_class);
    if (heap->bins[bin] == 0) {
        bin_unmark(heap, bin);
    }
}

#endif
