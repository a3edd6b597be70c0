/* SPDX-License-Identifier: MIT
 *
 * Playing calls on a heap that has been set up.
 */
#include "workload.h"

#include <string.h>

#define PAYLOAD_ALIGN ((size_t)16)

/* The calls, as a subject gets them when they are timed. The loops are written once, for these and
 * for the counted ones: always inlined, so that either loop has its calls and nothing between. */
struct calls {
    uintptr_t (*select)(const struct bench_heap *heap, size_t size);
    enum hb_status (*malloc)(const struct bench_heap *heap, size_t size, void **out);
    enum hb_status (*free)(const struct bench_heap *heap, void *ptr, size_t size);
    enum hb_status (*realloc)(const struct bench_heap *heap, struct bench_slot *slot, size_t size);
};

#define ALWAYS_INLINE static inline __attribute__((always_inline))

ALWAYS_INLINE uintptr_t timed_select(const struct bench_heap *heap, size_t size)
{
    return heap->subject->select(heap->state, size);
}

ALWAYS_INLINE enum hb_status timed_malloc(const struct bench_heap *heap, size_t size, void **out)
{
    return heap->subject->target->malloc(heap->state, size, PAYLOAD_ALIGN, out);
}

ALWAYS_INLINE enum hb_status timed_free(const struct bench_heap *heap, void *ptr, size_t size)
{
    return heap->subject->target->free(heap->state, ptr, size);
}

/* A target without realloc gets what the bed would play. */
static enum hb_status move_block(const struct bench_heap *heap, struct bench_slot *slot,
                                 size_t size)
{
    const struct bench_slot old = *slot;
    const enum hb_status status = timed_malloc(heap, size, &slot->payload);

    if (status != HB_OK) {
        return status;
    }
    memcpy(slot->payload, old.payload, old.size < size ? old.size : size);
    return timed_free(heap, old.payload, old.size);
}

ALWAYS_INLINE enum hb_status timed_realloc(const struct bench_heap *heap, struct bench_slot *slot,
                                           size_t size)
{
    const struct hb_target *target = heap->subject->target;

    return target->realloc != NULL ? target->realloc(heap->state, slot->payload, slot->size, size,
                                                     PAYLOAD_ALIGN, &slot->payload)
                                   : move_block(heap, slot, size);
}

/* Brackets for callgrind (--toggle-collect=bench_counted_*): what these functions themselves take
 * is known by their names, and not counted. Volatile, so that no call in them is a jump. */
#define COUNTED __attribute__((noinline))

COUNTED uintptr_t bench_counted_select(const struct bench_heap *heap, size_t size);
COUNTED enum hb_status bench_counted_malloc(const struct bench_heap *heap, size_t size, void **out);
COUNTED enum hb_status bench_counted_free(const struct bench_heap *heap, void *ptr, size_t size);
COUNTED enum hb_status bench_counted_realloc(const struct bench_heap *heap, struct bench_slot *slot,
                                             size_t size);

uintptr_t bench_counted_select(const struct bench_heap *heap, size_t size)
{
    const volatile uintptr_t found = timed_select(heap, size);

    return found;
}

enum hb_status bench_counted_malloc(const struct bench_heap *heap, size_t size, void **out)
{
    const volatile enum hb_status status = timed_malloc(heap, size, out);

    return status;
}

enum hb_status bench_counted_free(const struct bench_heap *heap, void *ptr, size_t size)
{
    const volatile enum hb_status status = timed_free(heap, ptr, size);

    return status;
}

enum hb_status bench_counted_realloc(const struct bench_heap *heap, struct bench_slot *slot,
                                     size_t size)
{
    const volatile enum hb_status status = timed_realloc(heap, slot, size);

    return status;
}

/* -- one after the other ---------------------------------------------------------------------- */

ALWAYS_INLINE uintptr_t play_select(struct bench_heap *heap, size_t count, struct calls calls)
{
    const size_t mask = heap->size_count - 1;
    uintptr_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += calls.select(heap, heap->sizes[(heap->cursor + i) & mask]);
    }
    heap->cursor += count;
    return sum;
}

ALWAYS_INLINE uintptr_t play_pairs(struct bench_heap *heap, size_t count, struct calls calls)
{
    const size_t mask = heap->size_count - 1;
    uintptr_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t size = heap->sizes[(heap->cursor + i) & mask];
        void *payload = NULL;

        if (calls.malloc(heap, size, &payload) != HB_OK) {
            heap->failed_count++;
            continue;
        }
        sum += (uintptr_t)payload;
        if (calls.free(heap, payload, size) != HB_OK) {
            heap->failed_count++;
        }
    }
    heap->cursor += count;
    return sum;
}

ALWAYS_INLINE enum hb_status play_malloc(struct bench_heap *heap, struct bench_slot *slot,
                                         size_t size, struct calls calls)
{
    slot->size = size;
    return calls.malloc(heap, size, &slot->payload);
}

ALWAYS_INLINE enum hb_status play_free(struct bench_heap *heap, struct bench_slot *slot,
                                       struct calls calls)
{
    const enum hb_status status = calls.free(heap, slot->payload, slot->size);

    slot->payload = NULL;
    return status;
}

ALWAYS_INLINE uintptr_t play_mixed(struct bench_heap *heap, size_t count, struct calls calls)
{
    const struct bench_call *trace = heap->calls + heap->cursor;

    for (size_t i = 0; i < count; i++) {
        struct bench_slot *slot = &heap->slots[trace[i].slot];
        const enum hb_status status = trace[i].size != 0
                                          ? play_malloc(heap, slot, trace[i].size, calls)
                                          : play_free(heap, slot, calls);

        if (status != HB_OK) {
            heap->failed_count++;
            break; /* what follows would free what is not there */
        }
    }
    heap->cursor += count;
    return heap->failed_count;
}

ALWAYS_INLINE enum hb_status play_calloc(struct bench_heap *heap, struct bench_slot *slot,
                                         size_t size, struct calls calls)
{
    const struct hb_target *target = heap->subject->target;

    slot->size = size;
    if (target->calloc != NULL) {
        return target->calloc(heap->state, 1, size, PAYLOAD_ALIGN, &slot->payload);
    }
    const enum hb_status status = calls.malloc(heap, size, &slot->payload);

    if (status == HB_OK) {
        memset(slot->payload, 0, size);
    }
    return status;
}

ALWAYS_INLINE enum hb_status play_realloc(struct bench_heap *heap, struct bench_slot *slot,
                                          size_t size, struct calls calls)
{
    const enum hb_status status = calls.realloc(heap, slot, size);

    slot->size = size;
    return status;
}

ALWAYS_INLINE enum hb_status play_any(struct bench_heap *heap, const struct bench_call *call,
                                      struct calls calls)
{
    struct bench_slot *slot = &heap->slots[call->slot];

    switch ((enum bench_call_kind)call->kind) {
    case BENCH_CALL_MALLOC:
        return play_malloc(heap, slot, call->size, calls);
    case BENCH_CALL_FREE:
        return play_free(heap, slot, calls);
    case BENCH_CALL_REALLOC:
        return play_realloc(heap, slot, call->size, calls);
    case BENCH_CALL_CALLOC:
        return play_calloc(heap, slot, call->size, calls);
    }
    return HB_INVALID_ARGUMENT;
}

ALWAYS_INLINE uintptr_t play_trace(struct bench_heap *heap, size_t count, struct calls calls)
{
    const struct bench_call *trace = heap->calls + heap->cursor;

    for (size_t i = 0; i < count; i++) {
        if (play_any(heap, &trace[i], calls) != HB_OK) {
            heap->failed_count++;
            break;
        }
    }
    heap->cursor += count;
    return heap->failed_count;
}

ALWAYS_INLINE uintptr_t play(struct bench_heap *heap, size_t count, struct calls calls)
{
    switch (heap->workload->calls) {
    case BENCH_CALLS_SELECT:
        return play_select(heap, count, calls);
    case BENCH_CALLS_PAIR:
        return play_pairs(heap, count, calls);
    case BENCH_CALLS_MIXED:
    case BENCH_CALLS_MALLOC:
    case BENCH_CALLS_FREE:
        return play_mixed(heap, count, calls);
    case BENCH_CALLS_REALLOC:
    case BENCH_CALLS_TRACE:
        return play_trace(heap, count, calls);
    }
    return 0;
}

uintptr_t bench_play(struct bench_heap *heap, size_t count)
{
    const struct calls calls = {timed_select, timed_malloc, timed_free, timed_realloc};

    return play(heap, count, calls);
}

uintptr_t bench_play_counted(struct bench_heap *heap, size_t count)
{
    const struct calls calls = {bench_counted_select, bench_counted_malloc, bench_counted_free,
                                bench_counted_realloc};

    return play(heap, count, calls);
}
