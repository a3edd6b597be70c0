/* SPDX-License-Identifier: MIT
 *
 * Setting heaps up. workload.h says what each workload is.
 */
#include "workload.h"

#include "trace.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define SEPARATOR_BYTES ((size_t)16)
/* A power of two, and more than a branch predictor learns by heart. */
#define REQUEST_COUNT ((size_t)16384)
#define PAYLOAD_ALIGN ((size_t)16)
#define PAGE_BYTES    ((size_t)4096)
/* Arenas up to this size are touched before anything is measured, so that no page faults are. */
#define TOUCHED_BYTES_MAX ((size_t)1 << 28)

/* -- the arena -------------------------------------------------------------------------------- */

static void heap_panic(const char *reason)
{
    (void)fprintf(stderr, "bench: the target gave up: %s\n", reason);
    abort();
}

static void heap_hang(void)
{
    heap_panic("an endless call");
}

/* One arena for the whole process: what has been touched stays touched. */
static unsigned char *arena;
static size_t arena_bytes;

/* A large one is given back, so that the heap behind it does not find its pages. */
static void arena_release(void)
{
    if (arena_bytes > TOUCHED_BYTES_MAX) {
        (void)munmap(arena, arena_bytes);
        arena = NULL;
        arena_bytes = 0;
    }
}

static bool arena_reserve(size_t byte_count)
{
    if (byte_count <= arena_bytes) {
        return true;
    }
    if (arena != NULL) {
        (void)munmap(arena, arena_bytes);
        arena_bytes = 0;
    }
    void *mapped = mmap(NULL, byte_count, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    arena = mapped != MAP_FAILED ? mapped : NULL;
    if (arena == NULL) {
        return false;
    }
    arena_bytes = byte_count;
    /* A heap of a terabyte is meant to have a page here and there. */
    (void)madvise(arena, byte_count, MADV_NOHUGEPAGE);
    for (size_t i = 0; byte_count <= TOUCHED_BYTES_MAX && i < byte_count; i += PAGE_BYTES) {
        ((volatile unsigned char *)arena)[i] = 0;
    }
    return true;
}

static size_t arena_wanted(const struct bench_heap *heap)
{
    size_t wanted = 0;

    for (size_t i = 0; i < heap->slot_count; i++) {
        wanted += heap->slots[i].size + 4 * PAYLOAD_ALIGN;
    }
    /* Allocators that round up to a power of two need twice as much; where select_block is all that
     * is measured, there are none. */
    wanted = heap->workload->calls == BENCH_CALLS_SELECT ? wanted + wanted / 8 : 4 * wanted;
    return (wanted + ((size_t)1 << 20)) & ~(PAGE_BYTES - 1);
}

static bool heap_add_arena(struct bench_heap *heap, size_t wanted)
{
    const struct hb_target *target = heap->subject->target;

    return (target->contract & HB_TAKES_RANGES) == 0 ||
           (arena_reserve(wanted) &&
            target->add_range(heap->state, arena, arena + wanted) == HB_OK);
}

/* -- free blocks of given sizes --------------------------------------------------------------- */

static bool slot_fill(struct bench_heap *heap, struct bench_slot *slot)
{
    return heap->subject->target->malloc(heap->state, slot->size, PAYLOAD_ALIGN, &slot->payload) ==
           HB_OK;
}

static void slot_empty(struct bench_heap *heap, struct bench_slot *slot)
{
    const struct bench_subject *subject = heap->subject;

    if (subject->free_unchecked != NULL) {
        (void)subject->free_unchecked(heap->state, slot->payload, slot->size);
    } else {
        (void)subject->target->free(heap->state, slot->payload, slot->size);
    }
    slot->payload = NULL;
}

/* Takes all that is left of the arena, so that the free blocks are those that are freed later. */
static void heap_use_up(struct bench_heap *heap)
{
    const struct hb_target *target = heap->subject->target;

    if ((target->contract & HB_TAKES_RANGES) == 0) {
        return;
    }
    for (size_t size = arena_bytes; size > 0;) {
        void *forgotten = NULL;

        if (target->malloc(heap->state, size, PAYLOAD_ALIGN, &forgotten) != HB_OK) {
            size /= 2;
        }
    }
}

/* Blocks of the sizes drawn at the even slots and, at the odd ones, what keeps them apart. */
static bool heap_fragment(struct bench_heap *heap, const size_t *order)
{
    for (size_t i = 0; i < heap->slot_count; i++) {
        if (!slot_fill(heap, &heap->slots[i])) {
            return false;
        }
    }
    if (bench_is_steady(heap->workload)) {
        heap_use_up(heap);
    }
    for (size_t i = 0; i < heap->slot_count / 2; i++) {
        slot_empty(heap, &heap->slots[2 * order[i]]);
    }
    return true;
}

/* Sizes for all slots, and the order in which every other one is to be freed. */
static bool heap_draw_slots(struct bench_heap *heap, uint64_t *generator, size_t *order)
{
    const struct bench_workload *workload = heap->workload;
    const size_t spread = bench_is_mixed(workload) ? 1 : 2;
    const size_t count = heap->slot_count / spread;
    size_t *blocks = calloc(count, sizeof *blocks);

    if (blocks == NULL) {
        return false;
    }
    bench_draw_blocks(generator, workload->sizes, blocks, count);
    for (size_t i = 0; i < heap->slot_count; i++) {
        heap->slots[i].size = i % spread == 0 ? blocks[i / spread] : SEPARATOR_BYTES;
    }
    bench_order_blocks(workload->sizes, blocks, heap->slot_count / 2, order);
    free(blocks);
    return true;
}

/* -- calls ------------------------------------------------------------------------------------ */

/* What is played next on a mixed heap, of which it is known in advance which slots are live. */
struct drawing {
    struct bench_heap *heap;
    uint64_t *generator;
    bool *is_live;
};

static void draw_call(const struct drawing *drawing, struct bench_call *call, size_t slot,
                      enum bench_call_kind kind)
{
    const struct bench_workload *workload = drawing->heap->workload;
    const size_t size = bench_draw_size(drawing->generator, workload->sizes, workload->free_count);

    call->slot = (uint32_t)slot & (((uint32_t)1 << 28) - 1);
    call->kind = (unsigned)kind & 15u;
    call->size = kind == BENCH_CALL_FREE ? 0 : (uint32_t)size;
    drawing->is_live[slot] = kind != BENCH_CALL_FREE;
}

static size_t draw_slot(const struct drawing *drawing)
{
    return bench_draw_below(drawing->generator, drawing->heap->slot_count);
}

static size_t draw_slot_of(const struct drawing *drawing, bool is_live)
{
    size_t slot = draw_slot(drawing);

    while (drawing->is_live[slot] != is_live) {
        slot = draw_slot(drawing);
    }
    return slot;
}

static void draw_mixed(const struct drawing *drawing, struct bench_call *call)
{
    const size_t slot = draw_slot(drawing);

    draw_call(drawing, call, slot, drawing->is_live[slot] ? BENCH_CALL_FREE : BENCH_CALL_MALLOC);
}

static void draw_measured(const struct drawing *drawing, size_t i, struct bench_call *call)
{
    const bool is_free = i / BENCH_GROUP % 2 == 1;

    switch (drawing->heap->workload->calls) {
    case BENCH_CALLS_MALLOC:
    case BENCH_CALLS_FREE:
        draw_call(drawing, call, draw_slot_of(drawing, is_free),
                  is_free ? BENCH_CALL_FREE : BENCH_CALL_MALLOC);
        return;
    case BENCH_CALLS_REALLOC:
        draw_call(drawing, call, draw_slot_of(drawing, true), BENCH_CALL_REALLOC);
        return;
    default:
        draw_mixed(drawing, call);
    }
}

/* The even slots are not live, to begin with. */
static bool heap_draw_calls(struct bench_heap *heap, uint64_t *generator)
{
    const size_t mixing_count = heap->workload->mixing_count;
    const struct drawing drawing = {heap, generator,
                                    calloc(heap->slot_count, sizeof *drawing.is_live)};

    heap->call_count = mixing_count + heap->workload->call_count;
    heap->calls = calloc(heap->call_count + 1, sizeof *heap->calls);
    if (heap->calls == NULL || drawing.is_live == NULL) {
        free(drawing.is_live);
        return false;
    }
    for (size_t i = 1; i < heap->slot_count; i += 2) {
        drawing.is_live[i] = true;
    }
    for (size_t i = 0; i < mixing_count; i++) {
        draw_mixed(&drawing, &heap->calls[i]);
    }
    for (size_t i = mixing_count; i < heap->call_count; i++) {
        draw_measured(&drawing, i - mixing_count, &heap->calls[i]);
    }
    free(drawing.is_live);
    return true;
}

/* -- the three kinds of heap ------------------------------------------------------------------ */

static const char *set_up_drawn(struct bench_heap *heap)
{
    const struct bench_workload *workload = heap->workload;
    uint64_t generator = 0x6865617062656400u;
    size_t *order = calloc(workload->free_count, sizeof *order);
    bool ok = order != NULL && heap_draw_slots(heap, &generator, order);

    for (size_t i = 0; i < heap->size_count; i++) {
        heap->sizes[i] = bench_draw_size(&generator, workload->sizes, workload->free_count);
    }
    generator += heap->round;
    if (!ok || (bench_is_mixed(workload) && !heap_draw_calls(heap, &generator))) {
        free(order);
        return "no memory for the bench's own tables";
    }
    if (!heap_add_arena(heap, arena_wanted(heap))) {
        free(order);
        return "the target declined the arena";
    }
    ok = heap_fragment(heap, order);
    free(order);
    if (!ok) {
        return "the target ran out of memory while the heap was set up";
    }
    (void)bench_play(heap, bench_is_mixed(workload) ? workload->mixing_count : 0);
    return heap->failed_count == 0 ? NULL : "a call failed while the heap was mixed";
}

static const char *set_up_trace(struct bench_heap *heap)
{
    const char *reason = NULL;
    const struct bench_trace *trace = bench_trace_load(heap->workload->input, &reason);

    if (trace == NULL) {
        return reason;
    }
    heap->call_count = trace->count;
    heap->calls = calloc(trace->count, sizeof *heap->calls);
    if (heap->calls == NULL) {
        return "no memory for the bench's own tables";
    }
    memcpy(heap->calls, trace->calls, trace->count * sizeof *heap->calls);
    /* Four times that: for allocators that round up more than the core does. */
    return heap_add_arena(heap, 4 * trace->arena_bytes) ? NULL : "the target declined the arena";
}

static bool step_play(struct bench_heap *heap, const struct bench_step *step)
{
    const struct hb_target *target = heap->subject->target;
    struct bench_slot *slot = &heap->slots[step->slot % heap->slot_count];
    void *freed = NULL;

    switch (step->kind) {
    case BENCH_STEP_RANGE:
        return target->add_range(heap->state, arena + step->begin, arena + step->end) == HB_OK;
    case BENCH_STEP_MALLOC:
        return target->malloc(heap->state, (size_t)step->size, (size_t)step->align,
                              &slot->payload) == HB_OK;
    case BENCH_STEP_FREE:
        freed = slot->payload;
        slot->payload = NULL;
        return freed != NULL && target->free(heap->state, freed, (size_t)step->old_size) == HB_OK;
    case BENCH_STEP_REALLOC:
        return slot->payload != NULL &&
               target->realloc(heap->state, slot->payload, (size_t)step->old_size,
                               (size_t)step->size, (size_t)step->align, &slot->payload) == HB_OK;
    }
    return false;
}

/* What one index serves, another may not, and then has another heap: that is no failure. */
static const char *set_up_found(struct bench_heap *heap)
{
    const char *reason = NULL;
    const struct bench_found *found = bench_found_load(heap->workload->input, &reason);

    if (found == NULL) {
        return reason;
    }
    for (size_t i = 0; i < heap->size_count; i++) {
        heap->sizes[i] = found->size;
    }
    if ((heap->subject->target->contract & HB_TAKES_RANGES) == 0) {
        return NULL;
    }
    if (!arena_reserve(found->arena_bytes)) {
        return "no memory for the arena";
    }
    for (size_t i = 0; i < found->count; i++) {
        (void)step_play(heap, &found->steps[i]);
    }
    return NULL;
}

/* The slots that a stream names are known once it has been read. */
static size_t input_slot_count(const struct bench_workload *workload, const char **reason)
{
    if (workload->calls == BENCH_CALLS_TRACE) {
        const struct bench_trace *trace = bench_trace_load(workload->input, reason);

        return trace != NULL ? trace->slot_count : 0;
    }
    const struct bench_found *found = bench_found_load(workload->input, reason);

    return found != NULL ? found->slot_count : 0;
}

/* -- all of it -------------------------------------------------------------------------------- */

bool bench_can_play(const struct bench_subject *subject, const struct bench_workload *workload)
{
    return (workload->calls != BENCH_CALLS_SELECT || subject->select != NULL) &&
           (workload->calls != BENCH_CALLS_REALLOC || subject->target->realloc != NULL);
}

static const char *heap_set_up(struct bench_heap *heap)
{
    const struct bench_workload *workload = heap->workload;
    const size_t state_bytes = (heap->subject->target->state_bytes + 64) & ~(size_t)63;
    const char *reason = NULL;

    heap->slot_count =
        workload->input != NULL ? input_slot_count(workload, &reason) : 2 * workload->free_count;
    if (heap->slot_count == 0) {
        return reason;
    }
    heap->size_count = REQUEST_COUNT;
    heap->state = aligned_alloc(64, state_bytes);
    heap->slots = calloc(heap->slot_count, sizeof *heap->slots);
    heap->sizes = calloc(heap->size_count, sizeof *heap->sizes);
    if (heap->state == NULL || heap->slots == NULL || heap->sizes == NULL) {
        return "no memory for the bench's own tables";
    }
    heap->subject->target->init(heap->state, &heap->host);
    if (workload->input == NULL) {
        return set_up_drawn(heap);
    }
    return workload->calls == BENCH_CALLS_TRACE ? set_up_trace(heap) : set_up_found(heap);
}

bool bench_prepare(struct bench_heap *heap, const struct bench_subject *subject,
                   const struct bench_workload *workload, uint32_t round, const char **reason)
{
    memset(heap, 0, sizeof *heap);
    heap->subject = subject;
    heap->workload = workload;
    heap->round = round;
    heap->host.work_limit = UINT64_MAX;
    heap->host.panic = heap_panic;
    heap->host.hang = heap_hang;
    heap->host.key = 0x0123456789abcdefu;
    *reason = heap_set_up(heap);
    if (*reason != NULL) {
        bench_dispose(heap);
    }
    return *reason == NULL;
}

void bench_dispose(struct bench_heap *heap)
{
    /* Ranges are forgotten as they are; what a libc gave must go back to it. */
    if ((heap->subject->target->contract & HB_TAKES_RANGES) == 0 && heap->slots != NULL) {
        for (size_t i = 0; i < heap->slot_count; i++) {
            if (heap->slots[i].payload != NULL) {
                slot_empty(heap, &heap->slots[i]);
            }
        }
    }
    free(heap->calls);
    free(heap->sizes);
    free(heap->slots);
    free(heap->state);
    memset(heap, 0, sizeof *heap);
    arena_release();
}

size_t bench_calls_left(const struct bench_heap *heap)
{
    return bench_is_steady(heap->workload) ? SIZE_MAX : heap->call_count - heap->cursor;
}

size_t bench_free_block_count(const struct bench_heap *heap)
{
    struct hb_target_stats stats = {0};

    if (heap->subject->target->stats == NULL) {
        return SIZE_MAX;
    }
    heap->subject->target->stats(heap->state, &stats);
    return stats.free_block_count;
}
