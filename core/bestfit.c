/* SPDX-License-Identifier: MIT
 *
 * bestfit: the public functions. The contract is in bestfit.h, the reasons in docs/core.md.
 *
 * One translation unit: the headers below hold static functions, so a firmware compiles this file
 * and nothing else, and a program may include it. Each function first refuses what must be refused,
 * without a write, and then does what cannot fail.
 *
 * Ported from the best-fit allocator of Osiris RTOS (kernel/mem/alloc.rs, MIT or Apache-2.0).
 */
#include "bestfit.h"

#include "block.h"
#include "index.h"
#include "range_table.h"
#include "validate.h"

/* Through volatile, as a compiler would make a call of memset of it otherwise. */
enum bf_status bf_init(struct bf_heap *heap)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    volatile struct bf_heap *fresh = heap;

    fresh->free_head = NULL;
    fresh->range_count = 0;
    fresh->live_block_count = 0;
    fresh->live_bytes = 0;
    fresh->free_block_count = 0;
    fresh->free_bytes = 0;
    fresh->failed_call_count = 0;
    for (size_t i = 0; i < BF_RANGES_MAX; i++) {
        fresh->ranges[i].begin = 0;
        fresh->ranges[i].end = 0;
    }
    return BF_OK;
}

/* Counts a call that failed; every status of the calls that count goes through here. */
static enum bf_status heap_count_failure(struct bf_heap *heap, enum bf_status status)
{
    if (status != BF_OK) {
        heap->failed_call_count++;
    }
    return status;
}

static enum bf_status range_refusal(const struct bf_heap *heap, uintptr_t begin, uintptr_t end)
{
    if (!is_aligned(begin)) {
        return BF_INVALID_ALIGN;
    }
    if (begin == 0 || end < begin) {
        return BF_INVALID_ADDRESS;
    }
    if (end - begin < BF_RANGE_BYTES_MIN) {
        return BF_INVALID_SIZE;
    }
    if (range_table_overlaps(heap, begin, end)) {
        return BF_OVERLAP;
    }
    return heap->range_count < BF_RANGES_MAX ? BF_OK : BF_TOO_MANY_RANGES;
}

enum bf_status bf_add_range(struct bf_heap *heap, void *begin, void *end)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    const uintptr_t block = (uintptr_t)begin;
    const enum bf_status refusal = range_refusal(heap, block, (uintptr_t)end);

    if (refusal != BF_OK) {
        return heap_count_failure(heap, refusal);
    }
    struct bf_range *range = &heap->ranges[heap->range_count++];

    range->begin = block;
    range->end = (uintptr_t)end;
    block_set_capacity(block, (size_t)(range->end - block_payload(block)));
    index_insert(heap, block);
    heap->free_block_count++;
    heap->free_bytes += block_capacity(block);
    return BF_OK;
}

static enum bf_status request_refusal(size_t size, size_t align)
{
    if (align == 0 || (align & (align - 1)) != 0 || align > BF_ALIGN) {
        return BF_INVALID_ALIGN;
    }
    return size == 0 || size >= BF_SIZE_LIMIT ? BF_INVALID_SIZE : BF_OK;
}

/* The best fit for the rounded size, and only where there is none the ragged last block of a range
 * that holds the size itself. */
static enum bf_status heap_select(const struct bf_heap *heap, size_t size,
                                  struct index_position *found)
{
    const size_t rounded = round_up(size);
    const enum bf_status status = select_block(heap, rounded, found);

    if (status != BF_OUT_OF_MEMORY || rounded == size) {
        return status;
    }
    return select_block(heap, size, found);
}

/* Hands out the block that was found, whole or its front. */
static void heap_take(struct bf_heap *heap, const struct index_position *found, size_t size)
{
    const uintptr_t block = found->block;
    const size_t rounded = round_up(size);

    heap->free_bytes -= block_capacity(block);
    if (capacity_is_worth_splitting(block_capacity(block), rounded)) {
        const uintptr_t remainder = block_split(block, rounded);

        index_replace(heap, found, remainder);
        heap->free_bytes += block_capacity(remainder);
    } else {
        index_remove(heap, found);
        heap->free_block_count--;
    }
    block_mark_live(block, size);
    heap->live_block_count++;
    heap->live_bytes += size;
}

enum bf_status bf_malloc(struct bf_heap *heap, size_t size, size_t align, void **out)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    if (out == NULL) {
        return heap_count_failure(heap, BF_INVALID_ARGUMENT);
    }
    struct index_position found;
    enum bf_status status = request_refusal(size, align);

    if (status == BF_OK) {
        status = heap_select(heap, size, &found);
    }
    if (status == BF_OK) {
        heap_take(heap, &found, size);
        *out = (void *)block_payload(found.block);
    }
    return heap_count_failure(heap, status);
}

/* Finds the block whose payload is at address, by walking its range. An address that is no payload,
 * because it is inside one, in a header, or misaligned, is passed on the way. */
static enum bf_status heap_find_block(const struct bf_heap *heap, uintptr_t address,
                                      uintptr_t *found)
{
    if (address < BF_HEADER_BYTES || !is_aligned(address)) {
        return BF_INVALID_ADDRESS;
    }
    const struct bf_range *range = range_find(heap, address - BF_HEADER_BYTES);

    if (range == NULL) {
        return BF_INVALID_ADDRESS;
    }
    for (uintptr_t block = range->begin; block_payload(block) <= address;
         block = block_end(block)) {
        BF_STEP();
        if (range_header_fault(range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        if (block_payload(block) == address) {
            *found = block;
            return BF_OK;
        }
        if (block_end(block) == range->end) {
            break;
        }
    }
    return BF_INVALID_ADDRESS;
}

static enum bf_status free_refusal(const struct bf_heap *heap, uintptr_t block, size_t size)
{
    if (!block_is_live(block)) {
        return BF_DOUBLE_FREE;
    }
    if (size != BF_ANY_SIZE && size != block_request(block)) {
        return BF_WRONG_SIZE;
    }
    /* A header that was overwritten with something plausible must not wrap the counters. */
    if (heap->live_block_count == 0 || heap->live_bytes < block_request(block)) {
        return BF_CORRUPTED;
    }
    return BF_OK;
}

enum bf_status bf_free(struct bf_heap *heap, void *ptr, size_t size)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    uintptr_t block = 0;
    enum bf_status status = heap_find_block(heap, (uintptr_t)ptr, &block);

    if (status == BF_OK) {
        status = free_refusal(heap, block, size);
    }
    if (status != BF_OK) {
        return heap_count_failure(heap, status);
    }
    heap->live_block_count--;
    heap->live_bytes -= block_request(block);
    heap->free_block_count++;
    heap->free_bytes += block_capacity(block);
    index_insert(heap, block);
    return BF_OK;
}

enum bf_status bf_check(const struct bf_heap *heap, struct bf_fault *fault)
{
    return heap == NULL ? BF_INVALID_ARGUMENT : heap_validate(heap, fault);
}

/* Visits the blocks of one range; *go_on turns false where visit ends it. */
static enum bf_status range_walk(const struct bf_range *range, size_t range_index, bf_visit visit,
                                 void *context, bool *go_on)
{
    for (uintptr_t block = range->begin; *go_on && block != range->end; block = block_end(block)) {
        BF_STEP();
        if (range_header_fault(range, block) != INVARIANT_NONE) {
            return BF_CORRUPTED;
        }
        struct bf_block_info info;

        info.payload = (const void *)block_payload(block);
        info.capacity_bytes = block_capacity(block);
        info.is_live = block_is_live(block);
        info.request_bytes = info.is_live ? block_request(block) : 0;
        info.range_index = range_index;
        *go_on = visit(context, &info);
    }
    return BF_OK;
}

enum bf_status bf_walk(const struct bf_heap *heap, bf_visit visit, void *context)
{
    if (heap == NULL || visit == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    enum bf_status status = BF_OK;
    bool go_on = true;

    for (size_t i = 0; status == BF_OK && go_on && i < heap->range_count; i++) {
        status = range_walk(&heap->ranges[i], i, visit, context, &go_on);
    }
    return status;
}

enum bf_status bf_stats(const struct bf_heap *heap, struct bf_stats *stats)
{
    if (heap == NULL || stats == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    size_t largest = 0;
    const enum bf_status status = index_largest(heap, &largest);

    if (status != BF_OK) {
        return status;
    }
    stats->range_count = heap->range_count;
    stats->live_block_count = heap->live_block_count;
    stats->live_bytes = heap->live_bytes;
    stats->free_block_count = heap->free_block_count;
    stats->free_bytes = heap->free_bytes;
    stats->largest_free_bytes = largest;
    stats->failed_call_count = heap->failed_call_count;
    return BF_OK;
}

const char *bf_status_name(enum bf_status status)
{
    switch (status) {
    case BF_OK:
        return "ok";
    case BF_OUT_OF_MEMORY:
        return "out of memory";
    case BF_INVALID_ARGUMENT:
        return "invalid argument";
    case BF_INVALID_ALIGN:
        return "invalid alignment";
    case BF_INVALID_SIZE:
        return "invalid size";
    case BF_INVALID_ADDRESS:
        return "invalid address";
    case BF_OVERLAP:
        return "overlapping ranges";
    case BF_TOO_MANY_RANGES:
        return "too many ranges";
    case BF_DOUBLE_FREE:
        return "double free";
    case BF_WRONG_SIZE:
        return "wrong size";
    case BF_CORRUPTED:
        return "corrupted heap";
    }
    return "unknown status";
}
