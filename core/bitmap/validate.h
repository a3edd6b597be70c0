/* SPDX-License-Identifier: MIT
 *
 * The validator behind bf_check. It believes nothing: first the table (I1 to I3), then every block
 * by walking the ranges (I4 to I9), then the counters against what that walk found (I10, I11), and
 * then the index (I12 to I16).
 *
 * That the index holds each free block once is told without memory and without looking each one up:
 * as many nodes as there are free blocks are met, and the sum of a hash of their addresses is that
 * of the free blocks. Another set has the same sum with odds of 1 in 2^64 (2^32 on 32 bits).
 *
 * Bound: O(R^2 + bins + blocks x bits of a class) steps.
 */
#ifndef BF_BITMAP_VALIDATE_H
#define BF_BITMAP_VALIDATE_H

#include "heap.h"

/* What the ranges hold, and what the index does. */
struct block_totals {
    size_t live_block_count;
    size_t live_bytes;
    size_t free_block_count;
    size_t free_bytes;
    size_t indexed_count;
    uintptr_t indexed_sum;
    size_t last_count;
    uintptr_t last_sum;
};

static inline uintptr_t address_hash(uintptr_t address)
{
#if BF_CLASS_BITS == 44
    address = (address ^ address >> 32) * 0xd6e8feb86659fd93u;
    return (address ^ address >> 32) * 0xd6e8feb86659fd93u;
#else
    address = (address ^ address >> 16) * 0x7feb352du;
    return (address ^ address >> 15) * 0x846ca68bu;
#endif
}

static bool range_is_sound(const struct bf_range *range)
{
    return range->begin != 0 && is_aligned(range->begin) && range->end >= range->begin &&
           range->end - range->begin >= BF_RANGE_BYTES_MIN &&
           range->end - range->begin <= BF_RANGE_BYTES_MAX &&
           range->last_unit == (range->end - range->begin - 8) / BF_ALIGN - 1;
}

/* I1 to I3. */
static enum bf_status validate_ranges(const struct bf_heap *heap, struct bf_fault *fault)
{
    if (heap->range_count > BF_RANGES_MAX) {
        return fault_report(heap, fault, INVARIANT_RANGE_COUNT, 0, NULL);
    }
    for (size_t i = 0; i < heap->range_count; i++) {
        const struct bf_range *range = &heap->ranges[i];

        if (!range_is_sound(range)) {
            return fault_report(heap, fault, INVARIANT_RANGE_SHAPE, 0, range);
        }
        for (size_t k = 0; k < i; k++) {
            if (spans_overlap(range->begin, range->end, heap->ranges[k].begin,
                              heap->ranges[k].end)) {
                return fault_report(heap, fault, INVARIANT_RANGES_DISJOINT, 0, range);
            }
        }
    }
    return BF_OK;
}

/* I7 to I9, of a block and whether the one in front of it is free. */
static enum invariant block_neighbour_fault(uintptr_t block, uint64_t header, bool is_front_free)
{
    if (((header & HEADER_PREVIOUS_FREE) != 0) != is_front_free) {
        return INVARIANT_PREVIOUS_FREE;
    }
    if (header_is_live(header)) {
        return INVARIANT_NONE;
    }
    if (is_front_free) {
        return INVARIANT_MERGED;
    }
    return header_is_last(header) ||
                   word_read(block_footer(block, header_stride(header))) == header_stride(header)
               ? INVARIANT_NONE
               : INVARIANT_FOOTER;
}

static void totals_add(struct block_totals *totals, uintptr_t block, uint64_t header)
{
    if (header_is_quarantined(header)) {
        return;
    }
    if (header_is_live(header)) {
        totals->live_block_count++;
        totals->live_bytes += header_request(header);
        return;
    }
    totals->free_block_count++;
    totals->free_bytes += header_stride(header) + header_size_field(header);
    if (header_stride(header) >= STRIDE_MIN) {
        totals->indexed_count++;
        totals->indexed_sum += address_hash(block);
        if (header_is_last(header)) {
            totals->last_count++;
            totals->last_sum += address_hash(block);
        }
    }
}

/* I4 to I9 for one range; adds what it holds to *totals. */
static enum bf_status validate_blocks(const struct bf_heap *heap, const struct bf_range *range,
                                      struct block_totals *totals, struct bf_fault *fault)
{
    bool is_front_free = false;
    uintptr_t block = range_first_block(range);

    while (block != range_whole_end(range)) {
        BF_STEP();
        const uint64_t header = header_read(block);
        enum invariant broken = range_header_fault(heap, range, block);

        if (broken == INVARIANT_NONE) {
            broken = block_neighbour_fault(block, header, is_front_free);
        }
        if (broken != INVARIANT_NONE) {
            return fault_report(heap, fault, broken, block, range);
        }
        totals_add(totals, block, header);
        is_front_free = !header_is_live(header);
        block += header_stride(header);
    }
    return BF_OK;
}

/* I10 and I11. */
static enum bf_status validate_counters(const struct bf_heap *heap,
                                        const struct block_totals *totals, struct bf_fault *fault)
{
    if (heap->free_block_count != totals->free_block_count ||
        heap->free_bytes != totals->free_bytes) {
        return fault_report(heap, fault, INVARIANT_FREE_COUNTERS, 0, NULL);
    }
    if (heap->live_block_count != totals->live_block_count ||
        heap->live_bytes != totals->live_bytes || heap->peak_live_bytes < heap->live_bytes) {
        return fault_report(heap, fault, INVARIANT_LIVE_COUNTERS, 0, NULL);
    }
    return BF_OK;
}

/* I12, of one leaf and its bins. Most leaves are 0, and their bins quickly seen to be. */
static bool leaf_is_sound(const struct bf_heap *heap, size_t leaf)
{
    const size_t top = heap->tops[leaf / BF_WORD_BITS];
    const uintptr_t *bins = &heap->bins[leaf * BF_WORD_BITS];
    const size_t left = BF_BIN_COUNT - leaf * BF_WORD_BITS;
    const size_t count = left < BF_WORD_BITS ? left : BF_WORD_BITS;
    uintptr_t any = 0;
    size_t expected = 0;

    for (size_t i = 0; i < count; i++) {
        any |= bins[i];
    }
    for (size_t i = 0; any != 0 && i < count; i++) {
        expected |= (size_t)(bins[i] != 0) << i;
    }
    return heap->leaves[leaf] == expected &&
           (top >> leaf % BF_WORD_BITS & 1) == (size_t)(expected != 0);
}

static enum bf_status validate_bits(const struct bf_heap *heap, struct bf_fault *fault)
{
    const size_t used = BF_LEAF_COUNT % BF_WORD_BITS;
    bool is_sound = used == 0 || heap->tops[BF_TOP_COUNT - 1] >> used == 0;

    for (size_t leaf = 0; is_sound && leaf < BF_LEAF_COUNT; leaf++) {
        is_sound = leaf_is_sound(heap, leaf);
    }
    return is_sound ? BF_OK : fault_report(heap, fault, INVARIANT_BIN_BITS, 0, NULL);
}

/* Looks at a node, verified at every level of hardening, and takes it off what is still to be met;
 * false where it is no free block of the class (SIZE_MAX: of any), or more than there are. */
static bool node_meet(const struct bf_heap *heap, uintptr_t node, struct block_totals *unmet,
                      size_t *size_class)
{
    const struct bf_range *range = range_of_block(heap, node);

    BF_STEP();
    if (range == NULL || unmet->indexed_count == 0 ||
        range_header_fault(heap, range, node) != INVARIANT_NONE ||
        header_is_live(header_read(node)) || header_stride(header_read(node)) < STRIDE_MIN) {
        return false;
    }
    unmet->indexed_count--;
    unmet->indexed_sum -= address_hash(node);
    *size_class = class_of_stride(header_stride(header_read(node)));
    return true;
}

BF_APART enum bf_status fault_report_at(const struct bf_heap *heap, struct bf_fault *fault,
                                        enum invariant invariant, uintptr_t block)
{
    return fault_report(heap, fault, invariant, block, range_of_block(heap, block));
}

/* I13: what the links of one bin lead to. */
static enum bf_status validate_stack(const struct bf_heap *heap, size_t bin,
                                     struct block_totals *unmet, struct bf_fault *fault)
{
    uintptr_t above = 0;
    uintptr_t block = heap->bins[bin];
    size_t size_class = 0;

    while (block != STACK_END) {
        if (!node_meet(heap, block, unmet, &size_class) || size_class != bin ||
            (above != 0 && block_link(block, LINK_PREVIOUS) != above)) {
            return fault_report_at(heap, fault, INVARIANT_BIN_STACK, above);
        }
        above = block;
        block = block_link(block, LINK_NEXT);
    }
    return BF_OK;
}

/* The ring behind a node that has been met. */
static bool ring_is_sound(const struct bf_heap *heap, uintptr_t node, size_t size_class,
                          struct block_totals *unmet)
{
    uintptr_t previous = node;
    uintptr_t block = block_link(node, LINK_NEXT);
    size_t met_class = 0;

    for (; block != node; block = block_link(block, LINK_NEXT)) {
        if (!node_meet(heap, block, unmet, &met_class) || met_class != size_class ||
            block_link(block, LINK_PREVIOUS) != previous ||
            block_link(block, LINK_CHILD) != block) {
            return false;
        }
        previous = block;
    }
    return block_link(node, LINK_PREVIOUS) == previous;
}

/* The way back from a node, as a node has no link to its parent: the last place on the way from the
 * bin to the node where the other child is still to be visited. */
static uintptr_t trie_next_subtree(const struct bf_heap *heap, size_t bin, uintptr_t node,
                                   size_t size_class)
{
    uintptr_t met = heap->bins[bin];
    uintptr_t next = 0;

    for (unsigned bits = bin_key_bits(size_class); met != node && bits > 0; bits--) {
        BF_STEP();
        const unsigned side = trie_side(size_class, bits);

        if (side == LINK_CHILD && block_link(met, LINK_OTHER_CHILD) != 0) {
            next = block_link(met, LINK_OTHER_CHILD);
        }
        met = block_link(met, side);
    }
    return met == node ? next : INDEX_DAMAGED;
}

/* Whether a node is where its key belongs, and above what is below it. */
static bool trie_node_is_placed(const struct bf_heap *heap, size_t bin, uintptr_t node,
                                size_t size_class)
{
    uintptr_t met = heap->bins[bin];

    for (unsigned bits = bin_key_bits(size_class); met != node; bits--) {
        const struct bf_range *range = range_of_block(heap, met);

        BF_STEP();
        if (bits == 0 || range == NULL || !header_fits(range, met, header_read(met))) {
            return false;
        }
        const size_t met_class = class_of_stride(header_stride(header_read(met)));

        if (met_class < EXACT_BINS || met_class >= size_class) {
            return false;
        }
        met = block_link(met, trie_side(size_class, bits));
    }
    return true;
}

/* I14: every node in order from the bin down, smaller keys first. */
static enum bf_status validate_trie(const struct bf_heap *heap, size_t bin,
                                    struct block_totals *unmet, struct bf_fault *fault)
{
    uintptr_t node = heap->bins[bin];
    uintptr_t from = 0;

    while (node != 0) {
        size_t size_class = 0;

        if (!node_meet(heap, node, unmet, &size_class) || bin_of_class(size_class) != bin ||
            trie_is_on_ring(node) || !trie_node_is_placed(heap, bin, node, size_class) ||
            !ring_is_sound(heap, node, size_class, unmet)) {
            return fault_report_at(heap, fault, INVARIANT_BIN_TRIE, from);
        }
        from = node;
        if (block_link(node, LINK_CHILD) != 0) {
            node = block_link(node, LINK_CHILD);
        } else if (block_link(node, LINK_OTHER_CHILD) != 0) {
            node = block_link(node, LINK_OTHER_CHILD);
        } else {
            node = trie_next_subtree(heap, bin, node, size_class);
        }
    }
    return BF_OK;
}

/* I15. */
static enum bf_status validate_tails(const struct bf_heap *heap, struct block_totals *unmet,
                                     struct bf_fault *fault)
{
    uintptr_t from = 0;
    uintptr_t block = heap->tail_head;

    while (block != 0) {
        const struct bf_range *range = range_of_block(heap, block);

        BF_STEP();
        if (range == NULL || unmet->last_count == 0 ||
            range_header_fault(heap, range, block) != INVARIANT_NONE ||
            header_is_live(header_read(block)) || !header_is_last(header_read(block)) ||
            header_stride(header_read(block)) < STRIDE_MIN) {
            return fault_report_at(heap, fault, INVARIANT_TAILS, from);
        }
        unmet->last_count--;
        unmet->last_sum -= address_hash(block);
        from = block;
        block = word_read(block_footer(block, header_stride(header_read(block))));
    }
    return unmet->last_count == 0 && unmet->last_sum == 0
               ? BF_OK
               : fault_report(heap, fault, INVARIANT_TAILS, 0, NULL);
}

/* I12 to I16, against what the ranges hold. */
static enum bf_status index_check(const struct bf_heap *heap, struct block_totals *unmet,
                                  struct bf_fault *fault)
{
    enum bf_status status = validate_bits(heap, fault);

    for (size_t bin = 0; status == BF_OK && bin < BF_BIN_COUNT; bin++) {
        if (bin % BF_WORD_BITS == 0 && heap->leaves[bin / BF_WORD_BITS] == 0) {
            bin += BF_WORD_BITS - 1; /* validate_bits has seen that they are empty */
        } else if (heap->bins[bin] != 0) {
            status = bin < EXACT_BINS ? validate_stack(heap, bin, unmet, fault)
                                      : validate_trie(heap, bin, unmet, fault);
        }
    }
    if (status == BF_OK) {
        status = validate_tails(heap, unmet, fault);
    }
    if (status == BF_OK && (unmet->indexed_count != 0 || unmet->indexed_sum != 0)) {
        status = fault_report(heap, fault, INVARIANT_INDEX_COMPLETE, 0, NULL);
    }
    return status;
}

static enum bf_status heap_validate(const struct bf_heap *heap, struct bf_fault *fault)
{
    struct block_totals totals;

    /* One by one: an initialiser may become a call of memset. */
    totals.live_block_count = 0;
    totals.live_bytes = 0;
    totals.free_block_count = 0;
    totals.free_bytes = 0;
    totals.indexed_count = 0;
    totals.indexed_sum = 0;
    totals.last_count = 0;
    totals.last_sum = 0;
    enum bf_status status = validate_ranges(heap, fault);

    for (size_t i = 0; status == BF_OK && i < heap->range_count; i++) {
        status = validate_blocks(heap, &heap->ranges[i], &totals, fault);
    }
    if (status == BF_OK) {
        status = validate_counters(heap, &totals, fault);
    }
    if (status == BF_OK) {
        status = index_check(heap, &totals, fault);
    }
    return status;
}

#endif
