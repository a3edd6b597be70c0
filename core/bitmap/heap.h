/* SPDX-License-Identifier: MIT
 *
 * What the `bitmap` index does with blocks: hands out, takes back, merges, resizes.
 *
 * Every function first looks at all that it is going to touch and refuses, without a write, where
 * something is not as it must be; then it does what cannot fail. (With hardening off the looks are
 * gone.) A trie is looked at along the very nodes that the change will visit, and each of them must
 * be larger than the one before, so that none is met twice. Where two changes in a row meet in one
 * trie, the first may lead the second along other nodes where links are damaged, so there is
 * another look between them. If that one finds damage, the call still succeeds, but leaves a free
 * block unmerged or out of the index, lost until bf_init: bf_check tells, and so does whoever comes
 * across it.
 */
#ifndef BF_BITMAP_HEAP_H
#define BF_BITMAP_HEAP_H

#include "index.h"
#include "walk.h"

static void heap_clear(struct bf_heap *heap, uintptr_t key)
{
    /* Through volatile, as a compiler would make a call of memset of it otherwise. */
    volatile struct bf_heap *fresh = heap;

    fresh->key = key;
    fresh->tail_head = 0;
    for (size_t i = 0; i < BF_TOP_COUNT; i++) {
        fresh->tops[i] = 0;
    }
    for (size_t i = 0; i < BF_LEAF_COUNT; i++) {
        fresh->leaves[i] = 0;
    }
    for (size_t i = 0; i < BF_BIN_COUNT; i++) {
        fresh->bins[i] = 0;
    }
}

/* Where a range lies, as far as something in it must be computed with hardening off. */
static inline const struct bf_range *spot_range(const struct bf_heap *heap, const struct spot *spot)
{
    return IS_HARDENED ? spot->range : range_of_block(heap, spot->block);
}

/* A free block that is in no index yet. */
struct fragment {
    uintptr_t block;
    size_t stride;
    size_t tail_bytes;
    uint64_t last; /* HEADER_LAST or 0 */
};

/* Writes the header and the footer of a fragment whose neighbours are live. The block behind knows
 * already that it is free. */
BF_HOT void fragment_write(struct bf_heap *heap, const struct bf_range *range,
                           const struct fragment *fragment)
{
    header_write(
        fragment->block,
        header_seal(heap, range, fragment->block,
                    header_make_free(fragment->stride, fragment->tail_bytes, fragment->last)));
    if (fragment->last == 0) {
        word_write(block_footer(fragment->block, fragment->stride), fragment->stride);
    }
}

/* The same of one that the index is too damaged to take: whoever is to merge with it, finds out. */
BF_APART void fragment_lose(struct bf_heap *heap, const struct bf_range *range,
                            const struct fragment *fragment)
{
    fragment_write(heap, range, fragment);
    if (fragment->stride >= STRIDE_MIN) {
        block_set_link(fragment->block, LINK_NEXT, INDEX_DAMAGED);
        block_set_link(fragment->block, LINK_PREVIOUS, INDEX_DAMAGED);
    }
}

/* The same of one that is indexed. */
BF_HOT void fragment_file(struct bf_heap *heap, const struct bf_range *range,
                          const struct fragment *fragment)
{
    fragment_write(heap, range, fragment);
    index_insert(heap, fragment->block, fragment->stride, fragment->last != 0);
}

/* The same, where its place in the index has not been looked at yet, or may have changed since. */
BF_APART void fragment_try_file(struct bf_heap *heap, const struct bf_range *range,
                                const struct fragment *fragment)
{
    if (bins_can_insert(heap, fragment->block, fragment->stride)) {
        fragment_file(heap, range, fragment);
    } else {
        fragment_lose(heap, range, fragment);
    }
}

/* Whether two blocks of these strides are in one trie, so that what is done to one of them may lead
 * along other nodes than those that were looked at for the other. */
BF_HOT bool strides_share_trie(size_t one, size_t other)
{
    return IS_HARDENED && one >= stride_of_class(EXACT_BINS) &&
           other >= stride_of_class(EXACT_BINS) &&
           bin_of_class(class_of_stride(one)) == bin_of_class(class_of_stride(other));
}

/* Tells the block behind whether the one in front of it is free. */
BF_HOT void block_set_previous_free(uintptr_t block, bool is_free)
{
    const uintptr_t word = word_read(block);

    BF_STEP();
    word_write(block, is_free ? word | (uintptr_t)HEADER_PREVIOUS_FREE
                              : word & ~(uintptr_t)HEADER_PREVIOUS_FREE);
}

/* What is left of a header that was in the middle of what is now one block: free, so that a second
 * free is told as such, and of no stride, so that nothing else ever believes it. */
BF_HOT void header_bury(const struct bf_heap *heap, const struct bf_range *range, uintptr_t block)
{
    if (IS_HARDENED) {
        header_write(block, header_seal(heap, range, block, 0));
    }
}

static enum bf_status heap_adopt(struct bf_heap *heap, uintptr_t begin, uintptr_t end)
{
    struct bf_range *range = &heap->ranges[heap->range_count];
    struct bf_range added;

    range_set(&added, begin, end);
    const struct fragment fragment = {range_first_block(&added),
                                      range_whole_end(&added) - range_first_block(&added),
                                      range_tail_bytes(&added), HEADER_LAST};

    if (!bins_can_insert(heap, 0, fragment.stride)) {
        return BF_CORRUPTED;
    }
    range_set(range, begin, end);
    heap->range_count++;
    fragment_file(heap, range, &fragment);
    heap->free_block_count++;
    heap->free_bytes += fragment.stride + fragment.tail_bytes;
    return BF_OK;
}

/* -- handing out ----------------------------------------------------------------------------- */

/* How a free block is cut: a gap in front, what is handed out, a rest behind. */
struct cut {
    size_t gap;
    size_t taken;
    size_t rest;
};

BF_HOT struct cut block_plan_cut(const struct spot *spot, size_t size, size_t align)
{
    const size_t needed = stride_of_request(size);
    struct cut cut = {0, header_stride(spot->header), 0};

    if (BF_RARELY(align > BF_ALIGN)) {
        cut.gap = (size_t)(-block_payload(spot->block) & (align - 1));
        cut.taken -= cut.gap;
    }
    if (stride_is_worth_splitting(cut.taken, needed)) {
        cut.rest = cut.taken - needed;
        cut.taken = needed;
    }
    return cut;
}

/* Whether a free block is one that a request can be cut from. */
static inline bool spot_serves(const struct spot *spot, size_t size, size_t align)
{
    const size_t stride = header_stride(spot->header);
    const size_t tail_bytes = header_is_last(spot->header) ? range_tail_bytes(spot->range) : 0;
    const size_t margin = align > BF_ALIGN ? align - BF_ALIGN : 0;

    return header_size_field(spot->header) == tail_bytes && stride > margin &&
           stride + tail_bytes - BF_HEADER_BYTES >= size + margin;
}

/* Cuts a free block and returns the part that is handed out; 0 where the index is damaged. */
BF_HOT uintptr_t block_cut(struct bf_heap *heap, const struct spot *spot, const struct cut *cut,
                           size_t size)
{
    const struct bf_range *range = spot->range;
    const uintptr_t block = spot->block + cut->gap;
    uint64_t last = spot->header & HEADER_LAST;
    const uint64_t previous_free = cut->gap != 0 ? HEADER_PREVIOUS_FREE : 0;
    const size_t tail_bytes = header_size_field(spot->header);

    if (!index_can_remove(heap, spot) || !bins_can_insert(heap, 0, cut->rest) ||
        !bins_can_insert(heap, 0, cut->gap)) {
        return 0;
    }
    index_remove(heap, spot);
    /* Before anything is filed, so that no damaged link leads to what is still said to be free. */
    header_write(block, header_seal(heap, range, block,
                                    header_make_live(cut->taken, size, cut->rest != 0 ? 0 : last)) |
                            previous_free);
    if (BF_RARELY(cut->gap != 0)) {
        const struct fragment front = {spot->block, cut->gap, 0, 0};

        fragment_try_file(heap, range, &front);
    }
    if (cut->rest != 0) {
        const struct fragment rest = {block + cut->taken, cut->rest, tail_bytes, last};

        if (BF_RARELY(cut->gap != 0) ||
            BF_RARELY(strides_share_trie(cut->rest, header_stride(spot->header)))) {
            fragment_try_file(heap, range, &rest);
        } else {
            fragment_file(heap, range, &rest);
        }
        last = 0;
    } else if (last == 0) {
        block_set_previous_free(block + cut->taken, false);
    }
    heap->free_bytes -= cut->taken + (last != 0 ? tail_bytes : 0);
    heap->free_block_count += (size_t)(cut->gap != 0) + (size_t)(cut->rest != 0) - 1;
    return block;
}

/* The best fit for a request; 0 or INDEX_DAMAGED as select_block. */
BF_HOT uintptr_t heap_select(const struct bf_heap *heap, size_t size, size_t align)
{
    size_t wanted = size;

    if (BF_RARELY(align > BF_ALIGN)) {
        wanted += align - BF_ALIGN;
        if (wanted < size || wanted >= BF_SIZE_LIMIT) {
            return 0;
        }
    }
    const uintptr_t block = select_block(heap, wanted);

    return block != 0 ? block : tails_select(heap, wanted, align);
}

BF_APART enum bf_status heap_allocate(struct bf_heap *heap, size_t size, size_t align,
                                      uintptr_t *payload)
{
    const uintptr_t selected = heap_select(heap, size, align);
    struct spot spot;

    if (BF_RARELY(selected == 0)) {
        return BF_OUT_OF_MEMORY;
    }
    if (IS_HARDENED && BF_RARELY(!spot_look_at_node(heap, selected, &spot))) {
        return BF_CORRUPTED;
    }
    if (!IS_HARDENED) {
        spot_look(heap, selected, &spot);
    }
    /* What a damaged link has led to may be too small. */
    if (IS_HARDENED && BF_RARELY(!spot_serves(&spot, size, align))) {
        return BF_CORRUPTED;
    }
    const struct cut cut = block_plan_cut(&spot, size, align);
    const uintptr_t block = block_cut(heap, &spot, &cut, size);

    if (IS_HARDENED && BF_RARELY(block == 0)) {
        return BF_CORRUPTED;
    }
    *payload = block_payload(block);
    return BF_OK;
}

/* -- taking back ----------------------------------------------------------------------------- */

/* The live block whose payload is at an address that may be anything. */
static enum bf_status heap_locate(const struct bf_heap *heap, uintptr_t payload, size_t size,
                                  struct spot *spot)
{
    spot->block = payload - BF_HEADER_BYTES;
    spot->range = NULL;
    if (!IS_HARDENED) {
        if (payload == 0) {
            return BF_INVALID_ADDRESS;
        }
        spot->header = header_read(spot->block);
        return BF_OK;
    }
    spot->range = range_of_block(heap, spot->block);
    if (BF_RARELY(spot->range == NULL)) {
        return BF_INVALID_ADDRESS;
    }
#if BF_HARDENING == BF_HARDENING_PARANOID
    const enum bf_status verdict = range_find_block(heap, spot->range, spot->block);

    if (verdict != BF_OK) {
        return verdict;
    }
#endif
    spot->header = header_read(spot->block);
    if (BF_RARELY(!header_is_sealed(heap, spot->range, spot->block, spot->header))) {
        return BF_CORRUPTED;
    }
    if (BF_RARELY(!header_is_live(spot->header) || header_is_quarantined(spot->header))) {
        return BF_DOUBLE_FREE;
    }
    if (BF_RARELY(!header_fits(spot->range, spot->block, spot->header))) {
        return BF_CORRUPTED;
    }
    return size != BF_ANY_SIZE && size != header_request(spot->header) ? BF_WRONG_SIZE : BF_OK;
}

/* Nothing that could be merged with. */
static inline void spot_set_none(struct spot *spot)
{
    spot->block = 0;
    spot->header = HEADER_LIVE;
    spot->range = NULL;
}

/* The block behind a live one that is not the last. False: it is damaged. */
BF_HOT bool spot_look_behind(const struct bf_heap *heap, const struct spot *spot,
                             struct spot *behind)
{
    return spot_look_in(heap, spot->range, spot->block + header_stride(spot->header), behind) &&
           (!IS_HARDENED || (behind->header & HEADER_PREVIOUS_FREE) == 0);
}

/* The free block in front of one that says there is such. False: it is damaged. */
BF_HOT bool spot_look_in_front(const struct bf_heap *heap, const struct spot *spot,
                               struct spot *front)
{
    const size_t stride = word_read(spot->block - sizeof(uintptr_t));

    if (!IS_HARDENED) {
        return spot_look_in(heap, spot->range, spot->block - stride, front);
    }
    return stride % STRIDE_UNIT == 0 && stride != 0 &&
           stride <= spot->block - range_first_block(spot->range) &&
           spot_look_in(heap, spot->range, spot->block - stride, front) &&
           !header_is_live(front->header) && header_stride(front->header) == stride;
}

/* What is around a live block that is to be freed. */
struct around {
    struct spot behind;
    struct spot front;
    struct fragment merged; /* what the block and its free neighbours become */
};

/* Looks at all that freeing a block touches. False: something is damaged. */
BF_HOT bool spot_look_around(const struct bf_heap *heap, const struct spot *spot,
                             struct around *around)
{
    struct fragment *merged = &around->merged;

    merged->block = spot->block;
    merged->stride = header_stride(spot->header);
    merged->tail_bytes = 0;
    merged->last = spot->header & HEADER_LAST;
    spot_set_none(&around->behind);
    spot_set_none(&around->front);
    if (merged->last == 0 && BF_RARELY(!spot_look_behind(heap, spot, &around->behind))) {
        return false;
    }
    if (!header_is_live(around->behind.header)) {
        if (BF_RARELY(!index_can_remove(heap, &around->behind))) {
            return false;
        }
        merged->stride += header_stride(around->behind.header);
        merged->last = around->behind.header & HEADER_LAST;
    }
    if (merged->last != 0) {
        merged->tail_bytes = range_tail_bytes(spot_range(heap, spot));
    }
    if ((spot->header & HEADER_PREVIOUS_FREE) != 0) {
        if (BF_RARELY(!spot_look_in_front(heap, spot, &around->front)) ||
            BF_RARELY(!index_can_remove(heap, &around->front))) {
            return false;
        }
        merged->block = around->front.block;
        merged->stride += header_stride(around->front.header);
    }
    return !BF_RARELY(!bins_can_insert(heap, 0, merged->stride));
}

/* Takes the free neighbours out of the index. Where the second is out of reach once the first is
 * gone, it stays apart. */
BF_HOT void around_unfile(struct bf_heap *heap, const struct spot *spot, struct around *around)
{
    const bool has_behind = !header_is_live(around->behind.header);
    const bool has_front = !header_is_live(around->front.header);

    if (has_behind) {
        index_remove(heap, &around->behind);
    }
    if (has_behind && has_front && BF_RARELY(!index_can_remove(heap, &around->front))) {
        around->merged.block = spot->block;
        around->merged.stride -= header_stride(around->front.header);
        spot_set_none(&around->front);
        return;
    }
    if (has_front) {
        index_remove(heap, &around->front);
    }
}

/* Frees a live block that heap_locate has found. */
BF_APART enum bf_status heap_release(struct bf_heap *heap, const struct spot *spot)
{
    struct around around;

    if (BF_RARELY(!spot_look_around(heap, spot, &around))) {
        return BF_CORRUPTED;
    }
    around_unfile(heap, spot, &around);
    const bool has_behind = !header_is_live(around.behind.header);
    const bool has_front = !header_is_live(around.front.header);

    if (has_behind) {
        header_bury(heap, spot->range, around.behind.block);
    } else if (around.merged.last == 0) {
        block_set_previous_free(around.behind.block, true);
    }
    if (has_front) {
        header_bury(heap, spot->range, spot->block);
    }
    if (IS_HARDENED && (has_behind || has_front) &&
        BF_RARELY(around.merged.stride >= stride_of_class(EXACT_BINS))) {
        fragment_try_file(heap, spot->range, &around.merged);
    } else {
        fragment_file(heap, spot->range, &around.merged);
    }
    heap->free_bytes +=
        header_stride(spot->header) + (header_is_last(spot->header) ? around.merged.tail_bytes : 0);
    heap->free_block_count += 1 - (size_t)has_behind - (size_t)has_front;
    return BF_OK;
}

/* Whether a live block can be copied elsewhere and freed: also, that its size is no more than there
 * is. */
BF_APART bool heap_can_move(const struct bf_heap *heap, const struct spot *spot)
{
    struct around around;

    return !IS_HARDENED || (header_size_is_sound(spot->range, spot->header) &&
                            spot_look_around(heap, spot, &around));
}

/* Looks again at a live block that may have been written over since it was found, where memory is
 * damaged so that another lies over it. False: it has been. */
static bool spot_look_again(const struct bf_heap *heap, struct spot *spot)
{
    spot->header = header_read(spot->block);
    return !IS_HARDENED || (header_is_live(spot->header) &&
                            header_is_sealed(heap, spot->range, spot->block, spot->header) &&
                            header_fits(spot->range, spot->block, spot->header));
}

/* Frees a block that heap_can_move has looked at, now that there is another with its content, which
 * may have come from next to it. In a damaged index even that can have put it out of reach: then
 * the block is free, and lost. Where the content has been copied over its very header, nothing is
 * known of it any more. */
static void heap_release_moved(struct bf_heap *heap, struct spot *spot)
{
    if (!spot_look_again(heap, spot)) {
        return;
    }
    if (heap_release(heap, spot) != BF_OK) {
        const uint64_t last = spot->header & HEADER_LAST;
        const struct fragment lost = {spot->block, header_stride(spot->header),
                                      last != 0 ? range_tail_bytes(spot->range) : 0, last};

        fragment_lose(heap, spot->range, &lost);
        if (last == 0) {
            block_set_previous_free(spot->block + lost.stride, true);
        }
        heap->free_bytes += lost.stride + lost.tail_bytes;
        heap->free_block_count++;
    }
}

/* -- changing the size ----------------------------------------------------------------------- */

static inline size_t spot_request(const struct spot *spot)
{
    return header_request(spot->header);
}

BF_HOT size_t spot_capacity(const struct bf_heap *heap, const struct spot *spot)
{
    const size_t tail = header_is_last(spot->header) ? range_tail_bytes(spot_range(heap, spot)) : 0;

    return header_stride(spot->header) - BF_HEADER_BYTES + tail;
}

BF_HOT void spot_set_size(struct bf_heap *heap, const struct spot *spot, size_t stride, size_t size,
                          uint64_t last)
{
    header_write(spot->block,
                 header_seal(heap, spot->range, spot->block, header_make_live(stride, size, last)) |
                     (spot->header & HEADER_PREVIOUS_FREE));
}

/* Joins a live block with the free block behind, if there is one, and gives back what is more than
 * the stride wanted, as far as that makes a block. */
static enum bf_status block_move_end(struct bf_heap *heap, const struct spot *spot,
                                     const struct spot *behind, size_t wanted, size_t size)
{
    const bool has_behind = !header_is_live(behind->header);
    const size_t stride = header_stride(spot->header);
    const size_t joined = stride + (has_behind ? header_stride(behind->header) : 0);
    const uint64_t last = (has_behind ? behind->header : spot->header) & HEADER_LAST;
    const size_t tail_bytes = last != 0 ? range_tail_bytes(spot_range(heap, spot)) : 0;
    const size_t kept = stride_is_worth_splitting(joined, wanted) ? wanted : joined;
    const struct fragment rest = {spot->block + kept, joined - kept, tail_bytes, last};
    const uint64_t kept_last = rest.stride != 0 ? 0 : last;

    if ((has_behind && !index_can_remove(heap, behind)) || !bins_can_insert(heap, 0, rest.stride)) {
        return BF_CORRUPTED;
    }
    if (has_behind) {
        index_remove(heap, behind);
        header_bury(heap, spot->range, behind->block);
    }
    if (rest.stride != 0) {
        fragment_try_file(heap, spot->range, &rest);
    }
    if (last == 0 && has_behind != (rest.stride != 0)) {
        block_set_previous_free(spot->block + joined, rest.stride != 0);
    }
    spot_set_size(heap, spot, kept, size, kept_last);
    heap->free_bytes += stride + (header_is_last(spot->header) ? tail_bytes : 0);
    heap->free_bytes -= kept + (kept_last != 0 ? tail_bytes : 0);
    heap->free_block_count += (size_t)(rest.stride != 0) - (size_t)has_behind;
    return BF_OK;
}

/* Changes the size of a live block in place. BF_OUT_OF_MEMORY: it cannot stay where it is. */
static enum bf_status heap_resize(struct bf_heap *heap, const struct spot *spot, size_t size)
{
    const size_t wanted = stride_of_request(size);
    const size_t stride = header_stride(spot->header);
    const uint64_t last = spot->header & HEADER_LAST;
    struct spot behind;

    spot_set_none(&behind);
    if (last == 0 && !spot_look_behind(heap, spot, &behind)) {
        return BF_CORRUPTED;
    }
    const bool has_behind = !header_is_live(behind.header);

    if (wanted == stride || (wanted + STRIDE_UNIT == stride && !has_behind) ||
        (wanted > stride && size <= spot_capacity(heap, spot))) {
        spot_set_size(heap, spot, stride, size, last);
        return BF_OK;
    }
    if (wanted > stride) {
        if (!has_behind || stride + spot_capacity(heap, &behind) < size) {
            return BF_OUT_OF_MEMORY;
        }
    }
    return block_move_end(heap, spot, &behind, wanted, size);
}

/* -- ranges and totals ----------------------------------------------------------------------- */

/* Takes the one block of a range that is wholly free out of the index. */
static enum bf_status heap_drop(struct bf_heap *heap, const struct bf_range *range)
{
    struct spot spot;

    if (!spot_look_in(heap, range, range_first_block(range), &spot)) {
        return BF_CORRUPTED;
    }
    if (header_is_live(spot.header) || !header_is_last(spot.header)) {
        return BF_RANGE_IN_USE;
    }
    if (!index_can_remove(heap, &spot)) {
        return BF_CORRUPTED;
    }
    index_remove(heap, &spot);
    heap->free_block_count--;
    heap->free_bytes -= header_stride(spot.header) + header_size_field(spot.header);
    return BF_OK;
}

/* The capacities of all free blocks, and the largest that is indexed. */
static enum bf_status heap_free_totals(const struct bf_heap *heap, size_t *free_bytes,
                                       size_t *largest_bytes)
{
    *free_bytes = heap->free_bytes - heap->free_block_count * BF_HEADER_BYTES;
    return index_largest(heap, largest_bytes);
}

#if BF_QUARANTINE_BYTES > 0
/* -- in quarantine --------------------------------------------------------------------------- */

/* Looks at what a link of the quarantine leads to, verified at every level of hardening. */
static bool quarantine_look(const struct bf_heap *heap, uintptr_t block, struct spot *spot)
{
    BF_STEP();
    spot->block = block;
    spot->range = range_of_block(heap, block);
    if (spot->range == NULL || range_header_fault(heap, spot->range, block) != INVARIANT_NONE) {
        return false;
    }
    spot->header = header_read(block);
    return header_is_quarantined(spot->header);
}

/* The link is the first word of the payload, which every block has. */
static uintptr_t quarantine_link(uintptr_t block)
{
    return block_link(block, LINK_NEXT);
}

static void quarantine_set_link(uintptr_t block, uintptr_t target)
{
    block_set_link(block, LINK_NEXT, target);
}

static void spot_quarantine(struct bf_heap *heap, const struct spot *spot)
{
    const uint64_t kept = spot->header & (HEADER_STRIDE_MASK | HEADER_LAST | HEADER_LIVE);

    header_write(spot->block, header_seal(heap, spot_range(heap, spot), spot->block, kept) |
                                  (spot->header & HEADER_PREVIOUS_FREE));
    quarantine_set_link(spot->block, 0);
}
#endif

#endif
