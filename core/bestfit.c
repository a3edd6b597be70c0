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

#include "counters.h"

#ifdef BF_INDEX_LIST
#include "list/heap.h"
#include "list/validate.h"
#else
#include "bitmap/heap.h"
#include "bitmap/validate.h"
#endif
#include "quarantine.h"

/* With the bitmap index the common cases of bf_malloc and bf_free are written out, unless small
 * code is asked for, or they would have to know of what is held back. */
#if !defined(BF_INDEX_LIST) && !defined(__OPTIMIZE_SIZE__) && BF_QUARANTINE_BYTES == 0 &&          \
    BF_GUARD_BYTES == 0
#include "bitmap/fast.h"
#define HAS_FAST_WAYS true
#else
#define HAS_FAST_WAYS                            false
#define fast_allocate(heap, size, payload)       ((void)(payload), false)
#define fast_allocate_front(heap, size, payload) ((void)(payload), false)
#define fast_release(heap, payload, size)        false
#endif

enum bf_status bf_init(struct bf_heap *heap, uintptr_t key)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    /* Through volatile, as a compiler would make a call of memset of it otherwise. */
    volatile struct bf_heap *fresh = heap;

    fresh->range_count = 0;
    fresh->live_block_count = 0;
    fresh->live_bytes = 0;
    fresh->peak_live_bytes = 0;
    fresh->free_block_count = 0;
    fresh->free_bytes = 0;
    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        fresh->failed_counts[i] = 0;
    }
    heap_clear(heap, key);
    quarantine_clear(heap);
    for (size_t i = 0; i < BF_RANGES_MAX; i++) {
        range_clear(&heap->ranges[i]);
    }
    return BF_OK;
}

/* Ends a call that took the lock: counts it if it failed. */
BF_HOT enum bf_status heap_leave(struct bf_heap *heap, enum bf_status status)
{
    if (BF_RARELY(status != BF_OK)) {
        heap->failed_counts[status]++;
    }
    BF_UNLOCK(heap);
    return status;
}

/* Tells of damage, and of mistakes with a pointer where there is one; after the lock. */
BF_HOT enum bf_status heap_tell(const struct bf_heap *heap, enum bf_status status,
                                const void *pointer)
{
    if (BF_RARELY(status == BF_CORRUPTED || status == BF_DOUBLE_FREE || status == BF_WRONG_SIZE ||
                  (status == BF_INVALID_ADDRESS && pointer != NULL))) {
        BF_PANIC(heap, status, pointer);
    }
    return status;
}

/* -- ranges ---------------------------------------------------------------------------------- */

static enum bf_status range_refusal(const struct bf_heap *heap, uintptr_t begin, uintptr_t end)
{
    if (!is_aligned(begin)) {
        return BF_INVALID_ALIGN;
    }
    if (begin == 0 || end < begin) {
        return BF_INVALID_ADDRESS;
    }
    if (end - begin < BF_RANGE_BYTES_MIN || end - begin > BF_RANGE_BYTES_MAX) {
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
    BF_LOCK(heap);
    enum bf_status status = range_refusal(heap, (uintptr_t)begin, (uintptr_t)end);

    if (status == BF_OK) {
        status = heap_adopt(heap, (uintptr_t)begin, (uintptr_t)end);
    }
    if (status == BF_OK) {
        BF_ON_ADD_RANGE(heap, (uintptr_t)begin, (uintptr_t)end);
    }
    return heap_tell(heap, heap_leave(heap, status), NULL);
}

static enum bf_status heap_remove_range(struct bf_heap *heap, uintptr_t begin)
{
    size_t i = 0;

    while (i < heap->range_count && heap->ranges[i].begin != begin) {
        i++;
    }
    if (i == heap->range_count) {
        return BF_INVALID_ADDRESS;
    }
    const enum bf_status status = heap_withdraw(heap, &heap->ranges[i]);

    if (status != BF_OK) {
        return status;
    }
    BF_ON_REMOVE_RANGE(heap, begin, heap->ranges[i].end);
    heap->range_count--;
    for (; i < heap->range_count; i++) {
        range_set(&heap->ranges[i], heap->ranges[i + 1].begin, heap->ranges[i + 1].end);
    }
    range_clear(&heap->ranges[i]);
    return BF_OK;
}

enum bf_status bf_remove_range(struct bf_heap *heap, void *begin)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    const enum bf_status status = heap_remove_range(heap, (uintptr_t)begin);

    return heap_tell(heap, heap_leave(heap, status), begin);
}

/* -- blocks ---------------------------------------------------------------------------------- */

BF_HOT enum bf_status request_refusal(size_t size, size_t align)
{
    if (BF_RARELY(align == 0 || (align & (align - 1)) != 0 || align > BF_ALIGN_MAX)) {
        return BF_INVALID_ALIGN;
    }
    return BF_RARELY(size - 1 >= BF_SIZE_LIMIT - 1 - BF_GUARD_BYTES) ? BF_INVALID_SIZE : BF_OK;
}

BF_HOT enum bf_status heap_malloc(struct bf_heap *heap, size_t size, size_t align, void **out)
{
    uintptr_t payload = 0;

    if (BF_RARELY(out == NULL)) {
        return BF_INVALID_ARGUMENT;
    }
    enum bf_status status = request_refusal(size, align);

    if (status == BF_OK) {
        status = heap_obtain(heap, size, align, &payload);
    }
    if (status == BF_OK) {
        heap_count_live(heap, size);
        BF_ON_MALLOC(heap, payload, size);
        *out = (void *)payload;
    }
    return status;
}

BF_APART enum bf_status heap_malloc_apart(struct bf_heap *heap, size_t size, size_t align,
                                          void **out)
{
    const enum bf_status status = heap_malloc(heap, size, align, out);

    return heap_tell(heap, heap_leave(heap, status), NULL);
}

/* Where the arguments are sound and no block has the very size. */
BF_APART enum bf_status heap_malloc_front(struct bf_heap *heap, size_t size, size_t align,
                                          void **out)
{
    uintptr_t payload = 0;

    if (fast_allocate_front(heap, size, &payload)) {
        BF_ON_MALLOC(heap, payload, size);
        *out = (void *)payload;
        BF_UNLOCK(heap);
        return BF_OK;
    }
    return heap_malloc_apart(heap, size, align, out);
}

enum bf_status bf_malloc(struct bf_heap *heap, size_t size, size_t align, void **out)
{
    uintptr_t payload = 0;

    if (BF_RARELY(heap == NULL)) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    /* The alignments 1, 2, 4, 8 and 16, as bits. */
    if (!HAS_FAST_WAYS || BF_RARELY(out == NULL) || BF_RARELY(align > BF_ALIGN) ||
        BF_RARELY((0x10116u >> align & 1) == 0)) {
        return heap_malloc_apart(heap, size, align, out);
    }
    if (!fast_allocate(heap, size, &payload)) {
        return heap_malloc_front(heap, size, align, out);
    }
    BF_ON_MALLOC(heap, payload, size);
    *out = (void *)payload;
    BF_UNLOCK(heap);
    return BF_OK;
}

/* The product of two sizes; 0, which no request may be, where it cannot be represented. By halves
 * of a word, as a division may be a call of the compiler's library. */
static size_t size_product(size_t one, size_t other)
{
    const unsigned half = WORD_BITS / 2;
    const size_t small = one < other ? one : other;
    const size_t large = one < other ? other : one;

    if (small >> half != 0) {
        return 0;
    }
    const size_t high = small * (large >> half);
    const size_t low = small * (large & (SIZE_MAX >> half));

    if (high >> half != 0 || (high << half) > SIZE_MAX - low) {
        return 0;
    }
    return (high << half) + low;
}

enum bf_status bf_calloc(struct bf_heap *heap, size_t count, size_t size, size_t align, void **out)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    const size_t byte_count = size_product(count, size);
    const enum bf_status status = heap_leave(heap, heap_malloc(heap, byte_count, align, out));

    if (status == BF_OK) {
        BF_ZERO(*out, byte_count);
    }
    return heap_tell(heap, status, NULL);
}

BF_APART enum bf_status heap_free_apart(struct bf_heap *heap, void *ptr, size_t size)
{
    struct spot spot;
    enum bf_status status = heap_locate(heap, (uintptr_t)ptr, size, &spot);

    if (status == BF_OK) {
        const size_t request = spot_request(&spot);

        status = heap_retire(heap, &spot);
        if (status == BF_OK) {
            heap_count_dead(heap, request);
            BF_ON_FREE(heap, (uintptr_t)ptr, request);
        }
    }
    return heap_tell(heap, heap_leave(heap, status), ptr);
}

enum bf_status bf_free(struct bf_heap *heap, void *ptr, size_t size)
{
    if (BF_RARELY(heap == NULL)) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    if (HAS_FAST_WAYS && fast_release(heap, (uintptr_t)ptr, size)) {
        BF_UNLOCK(heap);
        return BF_OK;
    }
    return heap_free_apart(heap, ptr, size);
}

/* Another block for a live one, with its content. What freeing the old block touches is looked at
 * before anything is changed. */
static enum bf_status heap_move(struct bf_heap *heap, struct spot *spot, size_t size, size_t align,
                                uintptr_t *payload)
{
    const void *old_payload = (const void *)*payload;
    const size_t old_request = spot_request(spot);
    const enum bf_status status =
        heap_can_move(heap, spot) ? heap_obtain(heap, size, align, payload) : BF_CORRUPTED;

    if (status == BF_OK) {
        void *new_payload = (void *)*payload;

        BF_ON_MALLOC(heap, *payload, size);
        BF_COPY(new_payload, old_payload, old_request < size ? old_request : size);
        heap_retire_moved(heap, spot);
        BF_ON_FREE(heap, (uintptr_t)old_payload, old_request);
    }
    return status;
}

static enum bf_status heap_realloc(struct bf_heap *heap, void *ptr, size_t old_size, size_t size,
                                   size_t align, void **out)
{
    struct spot spot;
    uintptr_t payload = (uintptr_t)ptr;

    if (ptr == NULL || out == NULL) {
        return heap_malloc(heap, size, align, out);
    }
    enum bf_status status = request_refusal(size, align);

    if (status == BF_OK) {
        status = heap_locate(heap, payload, old_size, &spot);
    }
    if (status != BF_OK) {
        return status;
    }
    const size_t old_request = spot_request(&spot);

    status = (payload & (align - 1)) == 0 ? heap_resize(heap, &spot, size + BF_GUARD_BYTES)
                                          : BF_OUT_OF_MEMORY;
    if (status == BF_OK) {
        BF_ON_RESIZE(heap, payload, old_request, size);
    }
    if (status == BF_OUT_OF_MEMORY) {
        status = heap_move(heap, &spot, size, align, &payload);
    }
    if (status == BF_OK) {
        heap->live_block_count--;
        heap->live_bytes -= old_request;
        heap_count_live(heap, size);
        *out = (void *)payload;
    }
    return status;
}

enum bf_status bf_realloc(struct bf_heap *heap, void *ptr, size_t old_size, size_t new_size,
                          size_t align, void **out)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    const enum bf_status status = heap_realloc(heap, ptr, old_size, new_size, align, out);

    return heap_tell(heap, heap_leave(heap, status), ptr);
}

/* -- questions ------------------------------------------------------------------------------- */

enum bf_status bf_usable_size(const struct bf_heap *heap, const void *ptr, size_t *size_bytes)
{
    struct spot spot;

    if (heap == NULL || size_bytes == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    const enum bf_status status = heap_locate(heap, (uintptr_t)ptr, BF_ANY_SIZE, &spot);

    if (status == BF_OK) {
        *size_bytes = BF_USABLE_IS_REQUEST ? spot_request(&spot)
                                           : spot_capacity(heap, &spot) - BF_GUARD_BYTES;
    }
    BF_UNLOCK(heap);
    return heap_tell(heap, status, ptr);
}

bool bf_owns(const struct bf_heap *heap, const void *ptr)
{
    bool is_owned = false;

    if (heap == NULL) {
        return false;
    }
    BF_LOCK(heap);
    for (size_t i = 0; !is_owned && i < heap->range_count; i++) {
        is_owned =
            (uintptr_t)ptr - heap->ranges[i].begin < heap->ranges[i].end - heap->ranges[i].begin;
    }
    BF_UNLOCK(heap);
    return is_owned;
}

enum bf_status bf_check(const struct bf_heap *heap, struct bf_fault *fault)
{
    if (heap == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    const enum bf_status status = heap_check(heap, fault);

    BF_UNLOCK(heap);
    return heap_tell(heap, status, NULL);
}

enum bf_status bf_walk(const struct bf_heap *heap, bf_visit visit, void *context)
{
    enum bf_status status = BF_OK;
    bool go_on = true;

    if (heap == NULL || visit == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    for (size_t i = 0; status == BF_OK && go_on && i < heap->range_count; i++) {
        status = range_walk(heap, i, visit, context, &go_on);
    }
    BF_UNLOCK(heap);
    return heap_tell(heap, status, NULL);
}

/* Adds to the rest of a division, and returns what the quotient grows by. Neither summand is more
 * than the divisor. */
static size_t rest_add(size_t *rest, size_t summand, size_t divisor)
{
    if (*rest < divisor - summand) {
        *rest += summand;
        return 0;
    }
    *rest -= divisor - summand;
    return 1;
}

/* 1,000 part / whole, rounded down, by long division, bit by bit of the 1,000: a division may be a
 * call of the compiler's library, and the product may not be represented. part is at most whole. */
static size_t permille(size_t part, size_t whole)
{
    size_t quotient = 0;
    size_t rest = 0;

    if (whole == 0) {
        return 0;
    }
    for (size_t bit = 512; bit > 0; bit >>= 1) {
        quotient += quotient + rest_add(&rest, rest, whole);
        if ((bit & 1000) != 0) {
            quotient += rest_add(&rest, part, whole);
        }
    }
    return quotient;
}

static enum bf_status heap_fill_stats(const struct bf_heap *heap, struct bf_stats *stats)
{
    size_t free_bytes = 0;
    size_t largest = 0;
    const enum bf_status status = heap_free_totals(heap, &free_bytes, &largest);

    if (status != BF_OK) {
        return status;
    }
    stats->range_count = heap->range_count;
    stats->live_block_count = heap->live_block_count;
    stats->live_bytes = heap->live_bytes;
    stats->peak_live_bytes = heap->peak_live_bytes;
    stats->free_block_count = heap->free_block_count;
    stats->free_bytes = free_bytes;
    stats->largest_free_bytes = largest;
    stats->fragmentation_permille = permille(free_bytes - largest, free_bytes);
    quarantine_fill_stats(heap, stats);
    stats->failed_call_count = 0;
    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        stats->failed_counts[i] = heap->failed_counts[i];
        stats->failed_call_count += heap->failed_counts[i];
    }
    return BF_OK;
}

enum bf_status bf_stats(const struct bf_heap *heap, struct bf_stats *stats)
{
    if (heap == NULL || stats == NULL) {
        return BF_INVALID_ARGUMENT;
    }
    BF_LOCK(heap);
    const enum bf_status status = heap_fill_stats(heap, stats);

    BF_UNLOCK(heap);
    return heap_tell(heap, status, NULL);
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
    case BF_RANGE_IN_USE:
        return "range in use";
    case BF_CORRUPTED:
        return "corrupted heap";
    }
    return "unknown status";
}
