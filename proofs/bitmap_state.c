/* SPDX-License-Identifier: MIT
 *
 * The bitmap index, one call on every sound heap of one small range: any blocks, any order in the
 * index, any key, any bytes elsewhere, and any arguments but for those named below. As
 * list_state.c.
 *
 * Not asked: an alignment above 16; a pointer into the middle of a block (whether the bytes in
 * front of it look like a header is a matter of odds, docs/core.md).
 */
#include "bitmap_picture.h"

static struct bf_heap heap;
static struct bf_heap heap_before;
static uintptr_t arena_before[ARENA_WORDS];
static struct picture before;
static struct picture after;

/* A number of so many bits: what a sound heap in the arena can hold has no more. */
static size_t any_bits(unsigned bit_count)
{
    return any_size() & (((size_t)1 << bit_count) - 1);
}

static void assume_sound(void)
{
    for (unsigned i = 0; i < BF_BIN_COUNT; i++) {
        heap.bins[i] = i < 5 ? any_bits(13) : 0;
    }
    heap.key = any_bits(10);
    heap.leaves[0] = any_bits(5);
    heap.tops[0] = any_bits(1);
    heap.tail_head = any_bits(13);
    heap.free_bytes = any_bits(9);
    heap.free_block_count = any_bits(4);
    heap.live_bytes = any_bits(9);
    heap.live_block_count = any_bits(4);
    heap.peak_live_bytes = any_bits(16);
    heap.range_count = 1;
    heap.ranges[0].begin = ARENA_BEGIN;
    heap.ranges[0].end = ARENA_BEGIN + any_bits(7);
    heap.ranges[0].last_unit = any_bits(4);
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena[i] = any_address();
    }
    ASSUME(picture_take(&heap, &before));
    spans[0].begin = heap.ranges[0].begin;
    spans[0].end = heap.ranges[0].end;
    heap_before = heap;
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena_before[i] = arena[i];
    }
}

/* BLOCKS_MAX: none. */
static unsigned picture_find(const struct picture *picture, uintptr_t at)
{
    unsigned found = BLOCKS_MAX;

    for (unsigned i = 0; i < picture->count; i++) {
        found = picture->blocks[i].at == at ? i : found;
    }
    return found;
}

static void prove_unchanged(enum bf_status status)
{
    const unsigned word = any_unsigned();
    const unsigned other = any_unsigned();

    ASSUME(word < ARENA_WORDS && other < BF_STATUS_COUNT);
    PROVE(arena[word] == arena_before[word], "a call that fails changes no word of the range");
    PROVE(heap.failed_counts[other] == heap_before.failed_counts[other] + (other == status),
          "a call that fails is counted, once");
    for (unsigned bin = 0; bin < BF_BIN_COUNT; bin++) {
        PROVE(heap.bins[bin] == heap_before.bins[bin], "a call that fails changes no bin");
    }
    PROVE(heap.tail_head == heap_before.tail_head && heap.free_bytes == heap_before.free_bytes &&
              heap.free_block_count == heap_before.free_block_count &&
              heap.live_bytes == heap_before.live_bytes &&
              heap.live_block_count == heap_before.live_block_count &&
              heap.peak_live_bytes == heap_before.peak_live_bytes && heap.key == heap_before.key,
          "a call that fails changes no field of the heap");
}

/* No word of a block that is live before has changed behind its header, but of the one that is
 * freed. */
static void prove_content_kept(unsigned freed)
{
    const unsigned i = any_unsigned();
    const unsigned word = any_unsigned();

    ASSUME(i < before.count && word < ARENA_WORDS && i != freed);
    const struct picture_block *block = &before.blocks[i];
    const uintptr_t address = ARENA_BEGIN + word * sizeof(uintptr_t);

    if (block->request != 0 && address >= block->at + 8 && address < block->at + block->stride) {
        PROVE(arena[word] == arena_before[word], "the content of live blocks is kept");
    }
}

/* A block of before that the call is not about is as it was. */
static void prove_kept(unsigned i)
{
    const unsigned k = picture_find(&after, before.blocks[i].at);

    PROVE(k != BLOCKS_MAX && after.blocks[k].stride == before.blocks[i].stride &&
              after.blocks[k].request == before.blocks[i].request,
          "the other blocks are as they were");
}

#ifdef CALL_MALLOC
/* The best fit by looking at all: the smallest that is enough, of two equals the newest; only where
 * there is none, the last block if its ragged tail makes up for a unit. */
static unsigned naive_select(size_t size)
{
    unsigned best = BLOCKS_MAX;

    if (size > 256) {
        return BLOCKS_MAX;
    }
    for (unsigned i = 0; i < before.count; i++) {
        const struct picture_block *block = &before.blocks[i];

        if (block->request == 0 && block->stride >= stride_needed(size) &&
            (best == BLOCKS_MAX || block->stride < before.blocks[best].stride ||
             (block->stride == before.blocks[best].stride && block->at == before.newest))) {
            best = i;
        }
    }
    const struct picture_block *last = &before.blocks[before.count - 1];

    if (best == BLOCKS_MAX && last->request == 0 && last->stride >= 32 &&
        last->stride + 16 == stride_needed(size) && last->stride - 8 + before.tail >= size) {
        best = before.count - 1;
    }
    return best;
}

static void call(void)
{
    const size_t size = any_size();
    const size_t align = any_size();
    const bool has_out = any_bool();
    const unsigned best = naive_select(size);
    void *out = &heap;
    enum bf_status expected = BF_OK;

    ASSUME(align <= 16 || (align & (align - 1)) != 0);
    if (!has_out) {
        expected = BF_INVALID_ARGUMENT;
    } else if (align == 0 || (align & (align - 1)) != 0) {
        expected = BF_INVALID_ALIGN;
    } else if (size == 0 || size >= BF_SIZE_LIMIT) {
        expected = BF_INVALID_SIZE;
    } else if (best == BLOCKS_MAX) {
        expected = BF_OUT_OF_MEMORY;
    }
    const enum bf_status status = bf_malloc(&heap, size, align, has_out ? &out : NULL);

    PROVE(status == expected, "bf_malloc returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        PROVE(out == &heap, "a call that fails does not write *out");
        return;
    }
    const struct picture_block *old = &before.blocks[best];
    const size_t needed = stride_needed(size);
    const bool is_split = old->stride >= needed + 32;
    const unsigned k = picture_find(&after, old->at);
    const unsigned i = any_unsigned();

    PROVE((uintptr_t)out == old->at + 8, "the best fit is handed out");
    PROVE(k != BLOCKS_MAX && after.blocks[k].request == size &&
              after.blocks[k].stride == (is_split ? needed : old->stride),
          "the block has the front of what there was, or all of it");
    PROVE(after.count == before.count + is_split, "no block is lost");
    PROVE(!is_split || after.newest == 0 || after.newest == old->at + needed,
          "what is left has just entered the index");
    prove_content_kept(BLOCKS_MAX);
    ASSUME(i < before.count && i != best);
    prove_kept(i);
}
#endif

#ifdef CALL_FREE
static enum bf_status pointer_refusal(uintptr_t payload, size_t size, unsigned *block)
{
    *block = picture_find(&before, payload - 8);
    if (*block == BLOCKS_MAX) {
        return BF_INVALID_ADDRESS;
    }
    if (before.blocks[*block].request == 0) {
        return BF_DOUBLE_FREE;
    }
    return size != BF_ANY_SIZE && size != before.blocks[*block].request ? BF_WRONG_SIZE : BF_OK;
}

static void call(void)
{
    const uintptr_t payload = any_address();
    const size_t size = any_size();
    unsigned freed = BLOCKS_MAX;
    const enum bf_status expected = pointer_refusal(payload, size, &freed);

    ASSUME(freed != BLOCKS_MAX || payload % 16 != 0 || payload < ARENA_BEGIN + 16 ||
           payload > whole_end(&heap));
    const enum bf_status status = bf_free(&heap, (void *)payload, size);

    PROVE(status == expected, "bf_free returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        return;
    }
    const bool has_front = freed > 0 && before.blocks[freed - 1].request == 0;
    const bool has_behind = freed + 1 < before.count && before.blocks[freed + 1].request == 0;
    const uintptr_t at = has_front ? before.blocks[freed - 1].at : before.blocks[freed].at;
    const unsigned k = picture_find(&after, at);
    const unsigned i = any_unsigned();

    PROVE(k != BLOCKS_MAX && after.blocks[k].request == 0 &&
              after.blocks[k].stride == before.blocks[freed].stride +
                                            (has_front ? before.blocks[freed - 1].stride : 0) +
                                            (has_behind ? before.blocks[freed + 1].stride : 0),
          "the block and its free neighbours are one");
    PROVE(after.count == before.count - has_front - has_behind, "no block is lost");
    PROVE(after.newest == 0 || after.newest == at, "it has just entered the index");
    PROVE(heap.peak_live_bytes == heap_before.peak_live_bytes, "the peak stays");
    prove_content_kept(freed);
    ASSUME(i < before.count && i != freed && !(has_front && i + 1 == freed) &&
           !(has_behind && i == freed + 1));
    prove_kept(i);
}
#endif

int main(void)
{
    assume_sound();
    call();
    END_OF_PROOF();
    return 0;
}
