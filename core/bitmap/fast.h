/* SPDX-License-Identifier: MIT
 *
 * The ways that most calls go, written out: a request that a bin of one size serves and that leaves
 * nothing or a rest for another, and a free between two live neighbours into such a bin. They do
 * what the functions in heap.h would do, verify whatever they write links to, and leave everything
 * else, damage too, to them. (Those also verify the header behind a block that is freed.) They know
 * the first range only: the one that most heaps have, or were given first.
 */
#ifndef BF_BITMAP_FAST_H
#define BF_BITMAP_FAST_H

#include "../counters.h"
#include "heap.h"

/* The header of an indexed block of a stride that is not the last of its range, at an address in
 * the first range. */
BF_INLINE uint64_t fast_free_header(const struct bf_heap *heap, uintptr_t block, size_t stride)
{
#if IS_HARDENED
    const size_t unit = range_unit_of(&heap->ranges[0], block);

    return stride | (stride_hash(stride, heap->key, unit) & HEADER_CHECK_MASK);
#else
    (void)heap;
    (void)block;
    return stride;
#endif
}

/* What the header of a live block differs by from that of the free one. */
BF_INLINE uint64_t fast_live_bits(size_t size_field)
{
    const unsigned fold = IS_HARDENED ? HEADER_CHECK_BITS : 0;
    const uint64_t live = HEADER_LIVE | (IS_HARDENED ? HEADER_LIVE << HEADER_CHECK_SHIFT : 0);
    const uint64_t unit = (uint64_t)1 << HEADER_SIZE_SHIFT;

    return live | size_field * (unit | unit << fold);
}

/* Whether at an address there is, in the first range, a block with that header, as far as the
 * checksum tells; and room for its links. */
BF_INLINE bool fast_is_free(const struct bf_heap *heap, uintptr_t block, uint64_t header)
{
    BF_STEP();
    return (!IS_HARDENED ||
            !BF_RARELY(range_unit_of(&heap->ranges[0], block) >= heap->ranges[0].last_unit)) &&
           header_read(block) == header;
}

/* Whether a block of a stride can be pushed onto a bin with that top. */
BF_INLINE bool fast_can_push(const struct bf_heap *heap, uintptr_t top, size_t stride)
{
    return !IS_HARDENED || top == 0 ||
           !BF_RARELY(!fast_is_free(heap, top, fast_free_header(heap, top, stride)));
}

/* Whether a block of a number of units fits into the first range, and is not its last. */
BF_INLINE bool fast_fits(const struct bf_heap *heap, uintptr_t block, size_t units)
{
    return !IS_HARDENED ||
           units - 1 < heap->ranges[0].last_unit - range_unit_of(&heap->ranges[0], block);
}

/* Makes what is taken of a block in the first range live, and counts it. */
BF_INLINE void fast_make_live(struct bf_heap *heap, uintptr_t block, uint64_t free_header,
                              size_t taken, size_t size)
{
    header_write(block, free_header ^ fast_live_bits(taken + HEADER_SIZE_BIAS - size));
    heap->free_bytes -= taken;
    heap_count_live(heap, size);
}

/* Takes the top of a bin as a whole. */
BF_INLINE void fast_take(struct bf_heap *heap, uintptr_t block, uint64_t free_header,
                         size_t size_class, size_t size)
{
    const size_t stride = stride_of_class(size_class);

    stack_pop(heap, block, size_class);
    block_set_previous_free(block + stride, false);
    heap->free_block_count--;
    fast_make_live(heap, block, free_header, stride, size);
}

/* Whether the top of a bin can be taken. */
BF_INLINE bool fast_can_take(const struct bf_heap *heap, uintptr_t block, uint64_t free_header,
                             size_t size_class)
{
    return !BF_RARELY(!fast_is_free(heap, block, free_header)) &&
           !BF_RARELY(!fast_fits(heap, block, size_class + 2)) &&
           (!IS_HARDENED || !BF_RARELY(block_link(block, LINK_NEXT) == 0));
}

/* The payload that a request gets where its own bin has a block. False: it has none, or it is not
 * so simple; nothing has been done. */
BF_INLINE bool fast_allocate(struct bf_heap *heap, size_t size, uintptr_t *payload)
{
    const size_t size_class = (size - 9) / STRIDE_UNIT; /* wraps below 9 */

    if (BF_RARELY(size_class >= EXACT_BINS)) {
        return false;
    }
    const uintptr_t block = heap->bins[size_class];
    const uint64_t header = fast_free_header(heap, block, stride_of_class(size_class));

    if (block == 0 || !fast_can_take(heap, block, header, size_class)) {
        return false;
    }
    fast_take(heap, block, header, size_class, size);
    *payload = block_payload(block);
    return true;
}

/* The payload that a request gets where its own bin is empty, and the next that is not serves it
 * and leaves nothing or a rest. False: it is not so simple; nothing has been done. */
BF_INLINE bool fast_allocate_front(struct bf_heap *heap, size_t size, uintptr_t *payload)
{
    const size_t needed_class = (size - 9) / STRIDE_UNIT; /* wraps below 9 */

    if (BF_RARELY(needed_class >= EXACT_BINS) || heap->bins[needed_class] != 0) {
        return false;
    }
    const size_t size_class = bin_after(heap, needed_class);

    if (BF_RARELY(size_class >= EXACT_BINS)) {
        return false;
    }
    const uintptr_t block = heap->bins[size_class];
    const uint64_t header = fast_free_header(heap, block, stride_of_class(size_class));

    if (!fast_can_take(heap, block, header, size_class)) {
        return false;
    }
    *payload = block_payload(block);
    if (size_class == needed_class + 1) {
        fast_take(heap, block, header, size_class, size);
        return true;
    }
    const size_t taken = stride_of_class(needed_class);
    const size_t rest_class = size_class - needed_class - 2;
    const size_t rest_stride = stride_of_class(rest_class);
    const uintptr_t rest = block + taken;
    const uintptr_t top = heap->bins[rest_class];

    if (!fast_can_push(heap, top, rest_stride)) {
        return false;
    }
    stack_pop(heap, block, size_class);
    header_write(rest, fast_free_header(heap, rest, rest_stride));
    word_write(block_footer(rest, rest_stride), rest_stride);
    stack_push(heap, rest, rest_class);
    fast_make_live(heap, block, fast_free_header(heap, block, taken), taken, size);
    return true;
}

/* Whether a pointer is that of a live block in the first range that has no free block in front and
 * is not the last. Then *header is its header, and *free_header what it becomes. */
BF_INLINE bool fast_locate(const struct bf_heap *heap, uintptr_t block, uint64_t *header,
                           uint64_t *free_header)
{
#if IS_HARDENED
    const struct bf_range *range = &heap->ranges[0];

    if (BF_RARELY(range_unit_of(range, block) >= range->last_unit)) {
        return false;
    }
    BF_STEP();
    *header = header_read(block);
    *free_header = fast_free_header(heap, block, header_stride(*header));
    return (*header ^ fast_live_bits(header_size_field(*header))) == *free_header;
#else
    if (BF_RARELY(block == 0 - (uintptr_t)BF_HEADER_BYTES)) {
        return false;
    }
    BF_STEP();
    *header = header_read(block);
    *free_header = fast_free_header(heap, block, header_stride(*header));
    return (*header & (HEADER_PREVIOUS_FREE | HEADER_LAST)) == 0;
#endif
}

/* Whether the block behind is live, and knows that the one in front of it is. */
BF_INLINE bool fast_is_live_behind(uintptr_t behind)
{
    BF_STEP();
    return (word_read(behind) & (HEADER_LIVE | HEADER_PREVIOUS_FREE)) == HEADER_LIVE;
}

/* Frees a live block where nothing is to be merged. False: it is not so simple, or wrong; nothing
 * has been done. */
BF_INLINE bool fast_release(struct bf_heap *heap, uintptr_t payload, size_t size)
{
    uint64_t header = 0;
    uint64_t free_header = 0;

    if (BF_HARDENING == BF_HARDENING_PARANOID ||
        BF_RARELY(!fast_locate(heap, payload - BF_HEADER_BYTES, &header, &free_header))) {
        return false;
    }
    const uintptr_t block = payload - BF_HEADER_BYTES;
    const size_t stride = header_stride(header);
    const size_t size_class = class_of_stride(stride);
    const size_t request = header_request(header);

    if (BF_RARELY(size_class >= EXACT_BINS) || BF_RARELY(!fast_fits(heap, block, size_class + 2)) ||
        (IS_HARDENED && BF_RARELY(size != request) && size != BF_ANY_SIZE) ||
        !fast_is_live_behind(block + stride) ||
        !fast_can_push(heap, heap->bins[size_class], stride)) {
        return false;
    }
    block_set_previous_free(block + stride, true);
    header_write(block, free_header);
    word_write(block_footer(block, stride), stride);
    stack_push(heap, block, size_class);
    heap->free_bytes += stride;
    heap->free_block_count++;
    heap_count_dead(heap, request);
    BF_ON_FREE(heap, payload, request);
    return true;
}

#endif
