/* SPDX-License-Identifier: MIT
 *
 * The bitmap index, one call on every sound heap of one small range: any blocks, any order in the
 * index, any key, any bytes elsewhere, and any arguments but for those named below. As
 * list_state.c.
 *
 * Not asked: a pointer into the middle of a block (whether the bytes in front of it look like a
 * header is a matter of odds, docs/core.md).
 */
#include "bitmap_picture.h"

static struct bf_heap heap;
static struct bf_heap heap_before;
static struct picture before;
static struct picture after;

/* The bins of the sizes that there can be. */
#define BINS_USED ((ARENA_WORDS * 8 - 8) / 16 - 1)

/* A number of so many bits: what a sound heap in the arena can hold has no more. */
static size_t any_bits(unsigned bit_count)
{
    return any_size() & (((size_t)1 << bit_count) - 1);
}

/* Any ranges, or where there can be one only, that one. */
static void assume_ranges(void)
{
#if BF_RANGES_MAX == 1
    heap.range_count = 1;
    heap.ranges[0].begin = ARENA_BEGIN;
    heap.ranges[0].end = ARENA_BEGIN + any_bits(8);
    heap.ranges[0].last_unit = any_bits(4);
#else
    heap.range_count = any_bits(2);
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        heap.ranges[i].begin = any_bits(13);
        heap.ranges[i].end = any_bits(13);
        heap.ranges[i].last_unit = any_bits(4);
    }
#endif
}

static void assume_failures(void)
{
    for (unsigned i = 0; i < BF_STATUS_COUNT; i++) {
        heap.failed_counts[i] = any_size();
    }
}

static void assume_sound(void)
{
    for (unsigned i = 0; i < BF_BIN_COUNT; i++) {
        heap.bins[i] = i < BINS_USED ? any_bits(13) : 0;
    }
    heap.key = any_bits(10);
    heap.leaves[0] = any_bits(BINS_USED);
    heap.tops[0] = any_bits(1);
    heap.tail_head = any_bits(13);
    heap.free_bytes = any_bits(9);
    heap.free_block_count = any_bits(4);
    heap.live_bytes = any_bits(9);
    heap.live_block_count = any_bits(4);
    heap.peak_live_bytes = any_bits(16);
    assume_failures();
    assume_ranges();
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena[i] = any_address();
    }
    ASSUME(picture_take(&heap, &before));
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        spans[i].begin = heap.ranges[i].begin;
        spans[i].end = heap.ranges[i].end;
    }
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
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        PROVE(heap.ranges[i].begin == heap_before.ranges[i].begin &&
                  heap.ranges[i].end == heap_before.ranges[i].end &&
                  heap.ranges[i].last_unit == heap_before.ranges[i].last_unit,
              "a call that fails changes no range");
    }
    PROVE(heap.range_count == heap_before.range_count && heap.leaves[0] == heap_before.leaves[0] &&
              heap.tops[0] == heap_before.tops[0] && heap.tail_head == heap_before.tail_head &&
              heap.free_bytes == heap_before.free_bytes &&
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
    const struct picture_block block = before.blocks[i];
    const uintptr_t address = ARENA_BEGIN + word * sizeof(uintptr_t);

    if (block.request != 0 && address >= block.at + 8 && address < block.at + block.stride) {
        PROVE(arena[word] == arena_before[word], "the content of live blocks is kept");
    }
}

static void prove_peak(void)
{
    PROVE(heap.peak_live_bytes == (heap_before.peak_live_bytes > heap.live_bytes
                                       ? heap_before.peak_live_bytes
                                       : heap.live_bytes),
          "the peak is the most that there was between calls");
}

/* What a call that does not fail leaves as it was. */
static void prove_none_failed(void)
{
    const unsigned status = any_unsigned();

    ASSUME(status < BF_STATUS_COUNT);
    PROVE(heap.failed_counts[status] == heap_before.failed_counts[status],
          "what does not fail is not counted as failed");
    PROVE(heap.key == heap_before.key, "the key stays");
}

/* Of two indexed blocks that entered last: what the call files after all others, if it is large
 * enough for that; else the one that was. */
static void prove_newest(uintptr_t filed, size_t stride)
{
    PROVE(after.newest == 0 || after.newest == (stride >= 32 ? filed : before.newest),
          "what is filed last has just entered the index");
}

/* A block of before that the call is not about is as it was. */
static void prove_kept(unsigned i)
{
    const unsigned k = picture_find(&after, before.blocks[i].at);

    PROVE(k != BLOCKS_MAX && after.blocks[k].stride == before.blocks[i].stride &&
              after.blocks[k].request == before.blocks[i].request,
          "the other blocks are as they were");
}

#if defined CALL_MALLOC || defined CALL_REALLOC
#ifdef ALIGN_ABOVE_16
#define IS_ASKED(align) ((align) > 16 && is_power_of_two(align))
#else
#define IS_ASKED(align) ((align) <= 16 || !is_power_of_two(align))
#endif

static bool is_power_of_two(size_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

static enum bf_status refusal(size_t size, size_t align)
{
    if (!is_power_of_two(align)) {
        return BF_INVALID_ALIGN;
    }
    return size == 0 || size >= BF_SIZE_LIMIT ? BF_INVALID_SIZE : BF_OK;
}

/* The best fit by looking at all: the smallest that is enough wherever it lies, of two equals the
 * newest; only where there is none, the last block if its ragged tail makes up for a unit. */
static unsigned naive_select(size_t request, size_t align)
{
    const size_t gap_max = align > 16 ? align - 16 : 0;
    const size_t size = request + gap_max;
    unsigned best = BLOCKS_MAX;

    if (request > 256 || gap_max > 256) {
        return BLOCKS_MAX;
    }
    for (unsigned i = 0; i < before.count; i++) {
        const struct picture_block block = before.blocks[i];

        if (block.request == 0 && block.stride >= stride_needed(size) &&
            (best == BLOCKS_MAX || block.stride < before.blocks[best].stride ||
             (block.stride == before.blocks[best].stride && block.at == before.newest))) {
            best = i;
        }
    }
    const struct picture_block last = before.blocks[before.count - 1];

    if (best == BLOCKS_MAX && last.request == 0 && last.stride >= 32 && last.stride >= align &&
        last.stride + 16 == stride_needed(size) && last.stride - 8 + last.tail >= size) {
        best = before.count - 1;
    }
    return best;
}

/* How a free block is cut for a request, told from where the payload is: a gap in front, what is
 * taken, a rest. */
struct parts {
    struct picture_block gap;
    struct picture_block taken;
    struct picture_block rest;
};

static struct parts naive_cut(struct picture_block source, uintptr_t payload, size_t size)
{
    const size_t needed = stride_needed(size);
    struct parts parts = {{0}, {0}, {0}};

    parts.gap.at = source.at;
    parts.gap.stride = payload - 8 - source.at;
    parts.taken.at = payload - 8;
    parts.taken.stride = source.stride - parts.gap.stride;
    if (parts.taken.stride >= needed + 32) {
        parts.rest.at = parts.taken.at + needed;
        parts.rest.stride = parts.taken.stride - needed;
        parts.taken.stride = needed;
    }
    return parts;
}

/* The gap enters the index first. */
static struct picture_block filed_last(const struct parts *parts)
{
    return parts->rest.stride != 0 ? parts->rest : parts->gap;
}

/* The payload lies at the first place in the block that the alignment allows. */
static void prove_aligned(struct picture_block source, uintptr_t payload, size_t align)
{
    PROVE(payload >= source.at + 8 && payload - (source.at + 8) < (align > 16 ? align : 16) &&
              payload % 16 == 0 && (payload & (align - 1)) == 0,
          "the best fit is handed out, at its first place that is aligned");
}

static void prove_free(struct picture_block block)
{
    const unsigned k = picture_find(&after, block.at);

    PROVE(block.stride == 0 || (k != BLOCKS_MAX && after.blocks[k].request == 0 &&
                                after.blocks[k].stride == block.stride),
          "what is left free is one block");
}
#endif

#ifdef CALL_MALLOC
static void call(void)
{
    const size_t size = any_size();
    const size_t align = any_size();
    const bool has_out = any_bool();
    const unsigned best = naive_select(size, align);
    void *out = &heap;
    enum bf_status expected = refusal(size, align);

    ASSUME(IS_ASKED(align));
    if (!has_out) {
        expected = BF_INVALID_ARGUMENT;
    } else if (expected == BF_OK && best == BLOCKS_MAX) {
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
    const struct picture_block old = before.blocks[best];
    const struct parts parts = naive_cut(old, (uintptr_t)out, size);
    const struct picture_block filed = filed_last(&parts);
    const unsigned k = picture_find(&after, parts.taken.at);
    const unsigned i = any_unsigned();

    prove_aligned(old, (uintptr_t)out, align);
    PROVE(k != BLOCKS_MAX && after.blocks[k].request == size &&
              after.blocks[k].stride == parts.taken.stride,
          "the block has the front of what there was behind the gap, or all of it");
    prove_free(parts.gap);
    prove_free(parts.rest);
    prove_peak();
    prove_none_failed();
    PROVE(after.count == before.count + (parts.gap.stride != 0) + (parts.rest.stride != 0),
          "no block is lost");
    prove_newest(filed.at, filed.stride);
    prove_content_kept(BLOCKS_MAX);
    ASSUME(i < before.count && i != best);
    prove_kept(i);
}
#endif

#if defined CALL_FREE || defined CALL_REALLOC
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

/* A pointer into the middle of a block is not asked about. */
static void assume_no_odds(uintptr_t payload, unsigned block)
{
    ASSUME(block != BLOCKS_MAX || payload % 16 != 0 || payload < ARENA_BEGIN + 16 ||
           payload > whole_end(&heap.ranges[0]));
}
#endif

#ifdef CALL_FREE
static void call(void)
{
    const uintptr_t payload = any_address();
    const size_t size = any_size();
    unsigned freed = BLOCKS_MAX;
    const enum bf_status expected = pointer_refusal(payload, size, &freed);

    assume_no_odds(payload, freed);
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
    const size_t stride = before.blocks[freed].stride +
                          (has_front ? before.blocks[freed - 1].stride : 0) +
                          (has_behind ? before.blocks[freed + 1].stride : 0);
    const unsigned k = picture_find(&after, at);
    const unsigned i = any_unsigned();

    PROVE(k != BLOCKS_MAX && after.blocks[k].request == 0 && after.blocks[k].stride == stride,
          "the block and its free neighbours are one");
    PROVE(after.count == before.count - has_front - has_behind, "no block is lost");
    prove_newest(at, stride);
    prove_none_failed();
    PROVE(heap.peak_live_bytes == heap_before.peak_live_bytes, "the peak stays");
    prove_content_kept(freed);
    ASSUME(i < before.count && i != freed && !(has_front && i + 1 == freed) &&
           !(has_behind && i == freed + 1));
    prove_kept(i);
}
#endif

#ifdef CALL_REALLOC
/* The free block behind one; of no stride where there is none. */
static struct picture_block free_behind(unsigned i)
{
    struct picture_block behind = {0};

    if (i + 1 < before.count && before.blocks[i + 1].request == 0) {
        behind = before.blocks[i + 1];
    }
    return behind;
}

/* The stride that a block has if it takes a size where it is; 0: it can't. */
static size_t stride_in_place(unsigned i, size_t size)
{
    const struct picture_block block = before.blocks[i];
    const struct picture_block behind = free_behind(i);
    const size_t needed = size <= 256 ? stride_needed(size) : 512;
    const size_t joined = block.stride + behind.stride;

    if (needed >= block.stride && size <= block.stride - 8 + block.tail) {
        return block.stride;
    }
    if (needed > block.stride && (size > joined - 8 + behind.tail)) {
        return 0;
    }
    return joined >= needed + 32 ? needed : joined;
}

/* What both sizes have of a block that stays is as it was. */
static void prove_payload_kept(struct picture_block block, size_t size)
{
    const size_t kept = size < block.request ? size : block.request;
    const unsigned word = any_unsigned();

    ASSUME(word < ARENA_WORDS);
    const uintptr_t address = ARENA_BEGIN + word * sizeof(uintptr_t);

    PROVE(address < block.at + 8 || address >= block.at + 8 + kept ||
              arena[word] == arena_before[word],
          "the content of the block is kept");
}

static void prove_stayed(unsigned resized, size_t size, size_t stride)
{
    const struct picture_block block = before.blocks[resized];
    const struct picture_block behind = free_behind(resized);
    const size_t joined = block.stride + behind.stride;
    const bool is_end_moved = stride != block.stride;
    const bool has_rest = is_end_moved && stride != joined;
    const unsigned k = picture_find(&after, block.at);
    const unsigned rest = picture_find(&after, block.at + stride);
    const unsigned i = any_unsigned();

    PROVE(k != BLOCKS_MAX && after.blocks[k].request == size && after.blocks[k].stride == stride,
          "the block has its new size, and no more than it needs");
    PROVE(!has_rest || (rest != BLOCKS_MAX && after.blocks[rest].request == 0 &&
                        after.blocks[rest].stride == joined - stride),
          "what is left is one free block");
    prove_newest(block.at + stride, has_rest ? joined - stride : 0);
    PROVE(after.count == before.count + has_rest - (is_end_moved && behind.stride != 0),
          "no block is lost");
    prove_payload_kept(block, size);
    prove_content_kept(resized);
    ASSUME(i < before.count && i != resized &&
           !(is_end_moved && behind.stride != 0 && i == resized + 1));
    prove_kept(i);
}

/* What the block that is moved leaves: with it goes what is left of the best fit next to it, or was
 * free there anyway. Returns how many blocks it has merged with. */
static size_t naive_merge(unsigned moved, unsigned best, const struct parts *parts,
                          struct picture_block *merged)
{
    const struct picture_block behind = best == moved + 1 ? parts->gap : free_behind(moved);
    struct picture_block front = {0};

    if (moved > 0 && best == moved - 1) {
        front = parts->rest;
    } else if (moved > 0 && before.blocks[moved - 1].request == 0) {
        front = before.blocks[moved - 1];
    }
    *merged = before.blocks[moved];
    merged->at -= front.stride;
    merged->stride += front.stride + behind.stride;
    return (size_t)(front.stride != 0) + (size_t)(behind.stride != 0);
}

static void prove_moved(unsigned moved, size_t size, unsigned best, uintptr_t payload)
{
    const struct picture_block old = before.blocks[moved];
    const struct parts parts = naive_cut(before.blocks[best], payload, size);
    struct picture_block merged;
    const size_t merge_count = naive_merge(moved, best, &parts, &merged);
    const struct picture_block filed = merged.stride >= 32 ? merged : filed_last(&parts);
    const unsigned k = picture_find(&after, parts.taken.at);
    const unsigned i = any_unsigned();

    PROVE(copied.count == 1 && copied.to == payload && copied.from == old.at + 8 &&
              copied.byte_count == (old.request < size ? old.request : size),
          "as many bytes as both have are copied, from the old block to the new");
    PROVE(k != BLOCKS_MAX && after.blocks[k].request == size &&
              after.blocks[k].stride == parts.taken.stride,
          "the best fit is taken, its front or all of it");
    prove_free(merged);
    if (best != moved + 1) {
        prove_free(parts.gap);
    }
    if (best + 1 != moved) {
        prove_free(parts.rest);
    }
    prove_newest(filed.at, filed.stride);
    PROVE(after.count ==
              before.count + (parts.gap.stride != 0) + (parts.rest.stride != 0) - merge_count,
          "no block is lost");
    prove_content_kept(moved);
    ASSUME(i < before.count && i != moved && i != best);
    ASSUME(before.blocks[i].request != 0 || (i + 1 != moved && i != moved + 1));
    prove_kept(i);
}

static void call(void)
{
    const uintptr_t payload = any_address();
    const size_t old_size = any_size();
    const size_t size = any_size();
    const size_t align = any_size();
    const bool has_out = any_bool();
    unsigned block = BLOCKS_MAX;
    unsigned best = BLOCKS_MAX;
    size_t stride = 0;
    void *out = &heap;
    enum bf_status expected = pointer_refusal(payload, old_size, &block);

    ASSUME(payload != 0);
    ASSUME(!REALLOC_MOVES || IS_ASKED(align));
    assume_no_odds(payload, block);
    if (expected == BF_OK) {
        stride = (payload & (align - 1)) == 0 ? stride_in_place(block, size) : 0;
        best = naive_select(size, align);
        expected = stride != 0 || best != BLOCKS_MAX ? BF_OK : BF_OUT_OF_MEMORY;
    }
    if (!has_out) {
        expected = BF_INVALID_ARGUMENT;
    } else if (refusal(size, align) != BF_OK) {
        expected = refusal(size, align);
    }
    /* Of three proofs one is of what moves the block, one of what does not find the memory. */
    ASSUME((expected == BF_OK && stride == 0) == REALLOC_MOVES);
    ASSUME((expected == BF_OUT_OF_MEMORY) == REALLOC_FAILS);
    const enum bf_status status =
        bf_realloc(&heap, (void *)payload, old_size, size, align, has_out ? &out : NULL);

    PROVE(status == expected, "bf_realloc returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        PROVE(out == &heap && copied.count == 0, "a call that fails writes nothing");
        return;
    }
    prove_peak();
    prove_none_failed();
    if (REALLOC_MOVES) {
        prove_aligned(before.blocks[best], (uintptr_t)out, align);
        prove_moved(block, size, best, (uintptr_t)out);
    } else {
        PROVE((uintptr_t)out == payload && copied.count == 0, "the block stays where it is");
        prove_stayed(block, size, stride);
    }
}
#endif

#ifdef CALL_RANGES
static enum bf_status range_refused(uintptr_t begin, uintptr_t end)
{
    bool is_overlap = begin <= (uintptr_t)&heap + (sizeof heap - 1) && (uintptr_t)&heap < end;

    for (unsigned i = 0; i < heap.range_count; i++) {
        is_overlap = is_overlap || (begin < heap.ranges[i].end && heap.ranges[i].begin < end);
    }
    if (begin % 16 != 0) {
        return BF_INVALID_ALIGN;
    }
    if (begin == 0 || end < begin) {
        return BF_INVALID_ADDRESS;
    }
    if (end - begin < 40 || end - begin >= (size_t)1 << 48) {
        return BF_INVALID_SIZE;
    }
    if (is_overlap) {
        return BF_OVERLAP;
    }
    return heap.range_count < BF_RANGES_MAX ? BF_OK : BF_TOO_MANY_RANGES;
}

static void call_add(void)
{
    const uintptr_t begin = any_address();
    const uintptr_t end = any_address();
    const size_t place = heap.range_count;
    const enum bf_status expected = range_refused(begin, end);

    /* What is accepted must be memory that there is. */
    ASSUME(expected != BF_OK || (begin >= ARENA_BEGIN && end <= ARENA_END));
    spans[BF_RANGES_MAX].begin = expected == BF_OK ? begin : 0;
    spans[BF_RANGES_MAX].end = expected == BF_OK ? end : 0;
    const enum bf_status status = bf_add_range(&heap, (void *)begin, (void *)end);

    PROVE(status == expected, "bf_add_range returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        return;
    }
    const unsigned k = picture_find(&after, begin + 8);
    const unsigned i = any_unsigned();

    PROVE(k != BLOCKS_MAX && after.blocks[k].request == 0 && after.blocks[k].is_last &&
              after.blocks[k].stride + after.blocks[k].tail == end - begin - 8,
          "all of the range is one free block");
    prove_newest(begin + 8, after.blocks[k].stride);
    prove_none_failed();
    PROVE(heap.tail_head == begin + 8, "it is the first of the tails");
    PROVE(heap.range_count == place + 1 && place < BF_RANGES_MAX &&
              heap.ranges[place].begin == begin && heap.ranges[place].end == end,
          "the range is the last of the table");
    PROVE(after.count == before.count + 1, "no block is lost");
    prove_content_kept(BLOCKS_MAX);
    ASSUME(i < before.count);
    prove_kept(i);
}

static void call_remove(void)
{
    const uintptr_t begin = any_address();
    const unsigned i = any_unsigned();
    unsigned removed = BF_RANGES_MAX;
    bool is_in_use = false;
    enum bf_status expected = BF_OK;

    for (unsigned k = 0; k < heap.range_count; k++) {
        removed = heap.ranges[k].begin == begin ? k : removed;
    }
    const uintptr_t end = removed != BF_RANGES_MAX ? heap.ranges[removed].end : begin;

    for (unsigned k = 0; k < before.count; k++) {
        is_in_use = is_in_use || (before.blocks[k].at >= begin && before.blocks[k].at < end &&
                                  before.blocks[k].request != 0);
    }
    if (removed == BF_RANGES_MAX) {
        expected = BF_INVALID_ADDRESS;
    } else if (is_in_use) {
        expected = BF_RANGE_IN_USE;
    }
    const enum bf_status status = bf_remove_range(&heap, (void *)begin);

    PROVE(status == expected, "bf_remove_range returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        return;
    }
    PROVE(heap.range_count == heap_before.range_count - 1, "one range is gone");
    for (unsigned k = 0; k + 1 < BF_RANGES_MAX; k++) {
        const struct bf_range *old = &heap_before.ranges[k < removed ? k : k + 1];

        PROVE(heap.ranges[k].begin == old->begin && heap.ranges[k].end == old->end,
              "the ranges behind it move down");
    }
    PROVE(after.count == before.count - 1, "its block, and no other");
    prove_none_failed();
    prove_content_kept(BLOCKS_MAX);
    ASSUME(i < before.count && !(before.blocks[i].at >= begin && before.blocks[i].at < end));
    prove_kept(i);
}

static void call(void)
{
    if (any_bool()) {
        call_add();
    } else {
        call_remove();
    }
}
#endif

int main(void)
{
    assume_sound();
    call();
    END_OF_PROOF();
    return 0;
}
