/* SPDX-License-Identifier: MIT
 *
 * The trie of one bin, for any set of up to BLOCKS_MAX blocks in it (of any of its sizes, equal
 * ones too, that entered in any order): an insertion and a removal keep it what it must be, and
 * what is selected for a request is what a look at all blocks names.
 *
 * What a trie must be is stated without following a link: the sizes alone decide where each node
 * is, and the order of entry who is a node and how a ring is linked (docs/core.md). The block that
 * is inserted or removed is the first in memory; the sizes and the order of entry are any.
 */
#include "prove.h"

/* The bin: that of the classes from 2^KEY_BITS on, which differ in so many bits. */
#define KEY_BITS    3
#define CLASS_FIRST ((size_t)1 << KEY_BITS)
#define CLASS_END   (2 * CLASS_FIRST)
#define BLOCK_BYTES ((CLASS_END + 1) * 16)
#define BEGIN       ((uintptr_t)4096)

static struct bf_heap heap;

static struct block {
    bool is_in;
    size_t size_class;
    unsigned age; /* larger: entered later */
} blocks[BLOCKS_MAX];

static uintptr_t at(unsigned i)
{
    return BEGIN + 8 + i * BLOCK_BYTES;
}

static uintptr_t link_of(unsigned i, unsigned link)
{
    return word_values[i * 5 + 1 + link];
}

/* The header of a free block, in words of the proof's own. */
static uint64_t header_of(unsigned i)
{
    const size_t units = blocks[i].size_class + 2;
    const uint64_t place = i * BLOCK_BYTES / 16;

    return units << 4 | ((units ^ heap.key ^ place) & 1023) << 54;
}

/* The oldest of a size is the node of it. */
static bool is_node[BLOCKS_MAX];

static void nodes_tell(void)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        is_node[i] = blocks[i].is_in;
        for (unsigned k = 0; k < BLOCKS_MAX; k++) {
            is_node[i] = is_node[i] && (!blocks[k].is_in || blocks[k].age >= blocks[i].age ||
                                        blocks[k].size_class != blocks[i].size_class);
        }
    }
}

/* The smallest node above a class whose bits from the highest on, all but so many, are those of
 * another; BLOCKS_MAX where there is none. */
static unsigned smallest_node(size_t above, size_t like, unsigned open_bits)
{
    unsigned smallest = BLOCKS_MAX;

    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        if (is_node[i] && blocks[i].size_class > above &&
            blocks[i].size_class >> open_bits == like >> open_bits &&
            (smallest == BLOCKS_MAX || blocks[i].size_class < blocks[smallest].size_class)) {
            smallest = i;
        }
    }
    return smallest;
}

static uintptr_t address_of(unsigned i)
{
    return i == BLOCKS_MAX ? 0 : at(i);
}

/* How many bits are open below a node: one less for each node above it. */
static unsigned open_bits_of(unsigned node)
{
    const size_t wanted = blocks[node].size_class;
    unsigned met = smallest_node(0, wanted, KEY_BITS);
    unsigned open_bits = KEY_BITS;

    for (unsigned i = 0; i < BLOCKS_MAX && met != node && met != BLOCKS_MAX; i++) {
        open_bits--;
        met = smallest_node(blocks[met].size_class, wanted, open_bits);
    }
    return open_bits;
}

static bool node_is_right(unsigned node)
{
    const size_t size_class = blocks[node].size_class;
    const unsigned open_bits = open_bits_of(node);

    if (open_bits == 0) {
        return link_of(node, 2) == 0 && link_of(node, 3) == 0;
    }
    const size_t side = (size_t)1 << (open_bits - 1);

    return link_of(node, 2) ==
               address_of(smallest_node(size_class, size_class & ~side, open_bits - 1)) &&
           link_of(node, 3) ==
               address_of(smallest_node(size_class, size_class | side, open_bits - 1));
}

/* The one that a step to the older, or to the newer, of a size leads to; behind the last comes the
 * first again. */
static unsigned ring_step(unsigned from, bool is_to_older)
{
    unsigned nearest = from;
    unsigned farthest = from;

    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        if (blocks[i].is_in && blocks[i].size_class == blocks[from].size_class && i != from) {
            const bool is_ahead = (blocks[i].age < blocks[from].age) == is_to_older;
            const bool is_before_nearest = (blocks[i].age > blocks[nearest].age) == is_to_older;
            const bool is_behind_farthest = (blocks[i].age > blocks[farthest].age) == is_to_older;

            nearest = is_ahead && (nearest == from || is_before_nearest) ? i : nearest;
            farthest = farthest == from ? i : (is_behind_farthest ? i : farthest);
        }
    }
    return nearest != from ? nearest : farthest;
}

static bool trie_is_right(void)
{
    nodes_tell();

    const unsigned root = smallest_node(0, CLASS_FIRST, KEY_BITS);
    const size_t bin = 2 + (KEY_BITS - 1);
    const size_t bits = root == BLOCKS_MAX ? 0 : (size_t)1 << bin;

    if (heap.bins[bin] != address_of(root) || heap.leaves[0] != bits ||
        heap.tops[0] != (bits != 0)) {
        return false;
    }
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        if (blocks[i].is_in &&
            (word_values[i * 5] != header_of(i) || link_of(i, 0) != at(ring_step(i, true)) ||
             link_of(i, 1) != at(ring_step(i, false)) ||
             !(is_node[i] ? node_is_right(i) : link_of(i, 2) == at(i)))) {
            return false;
        }
    }
    return true;
}

static void assume_right(void)
{
    heap.key = any_size() & 1023;
    heap.range_count = 1;
    heap.ranges[0].begin = BEGIN;
    heap.ranges[0].end = BEGIN + 8 + BLOCKS_MAX * BLOCK_BYTES + 16;
    heap.ranges[0].last_unit = (BLOCKS_MAX * BLOCK_BYTES + 16) / 16 - 1;
    heap.leaves[0] = any_size() & 255;
    heap.tops[0] = any_size() & 1;
    heap.bins[2 + (KEY_BITS - 1)] = any_address();
    spans[0].begin = BEGIN;
    spans[0].end = heap.ranges[0].end;
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        words_declare(at(i), 5);
        blocks[i].is_in = any_bool();
        blocks[i].size_class = CLASS_FIRST + (any_size() & (CLASS_FIRST - 1));
        blocks[i].age = any_unsigned() & 7;
        for (unsigned k = 0; k < i; k++) {
            ASSUME(blocks[i].age != blocks[k].age);
        }
    }
    ASSUME(trie_is_right());
}

#ifdef CALL_INSERT
static void call(void)
{
    const unsigned i = 0;
    const size_t stride = (blocks[i].size_class + 2) * 16;

    ASSUME(!blocks[i].is_in);
    PROVE(bins_can_insert(&heap, any_bool() ? at(i) : 0, stride), "a sound trie takes a block");
    word_values[i * 5] = header_of(i);
    index_insert(&heap, at(i), stride, false);
    blocks[i].is_in = true;
    blocks[i].age = 8;
    PROVE(trie_is_right(), "the trie with the block is what it must be");
}
#endif

#ifdef CALL_REMOVE
static void call(void)
{
    const unsigned i = 0;
    struct spot spot;

    ASSUME(blocks[i].is_in);
    PROVE(spot_look_at_node(&heap, at(i), &spot), "an indexed block is one");
    PROVE(index_can_remove(&heap, &spot), "a sound trie gives up a block");
    index_remove(&heap, &spot);
    blocks[i].is_in = false;
    PROVE(trie_is_right(), "the trie without the block is what it must be");
}
#endif

#ifdef CALL_SELECT
static void call(void)
{
    const size_t size = any_size();
    unsigned best = BLOCKS_MAX;
    unsigned largest = BLOCKS_MAX;
    size_t largest_bytes = 0;

    ASSUME(size > 0 && size < BF_SIZE_LIMIT);
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        const struct block *block = &blocks[i];

        if (block->is_in && (block->size_class + 2) * 16 - 8 >= size &&
            (best == BLOCKS_MAX || block->size_class < blocks[best].size_class ||
             (block->size_class == blocks[best].size_class && block->age > blocks[best].age))) {
            best = i;
        }
        if (block->is_in &&
            (largest == BLOCKS_MAX || block->size_class > blocks[largest].size_class)) {
            largest = i;
        }
    }
    PROVE(select_block(&heap, size) == address_of(best), "the best fit is selected, the newest");
    PROVE(index_largest(&heap, &largest_bytes) == BF_OK, "the largest is found");
    PROVE(largest_bytes == (largest == BLOCKS_MAX ? 0 : (blocks[largest].size_class + 2) * 16 - 8),
          "the largest is that of all");
    PROVE(trie_is_right(), "a question changes nothing");
}
#endif

int main(void)
{
    assume_right();
    call();
    END_OF_PROOF();
    return 0;
}
