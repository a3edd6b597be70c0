/* SPDX-License-Identifier: MIT
 *
 * Setting heaps up, and playing calls on them. workload.h says what each workload is.
 */
#include "workload.h"

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

#define DISTINCT_BYTES_MIN ((size_t)1 << 16)
#define DISTINCT_STEP      ((size_t)240)
#define DISTINCT_BYTES_MAX (DISTINCT_BYTES_MIN + 4095 * DISTINCT_STEP)

/* -- numbers ---------------------------------------------------------------------------------- */

static uint64_t draw(uint64_t *generator)
{
    uint64_t mixed = *generator += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

static size_t draw_below(uint64_t *generator, size_t limit)
{
    return (size_t)((draw(generator) >> 32) * limit >> 32);
}

static size_t draw_log(uint64_t *generator, size_t octave_count)
{
    const size_t octave = (size_t)16 << draw_below(generator, octave_count);

    return octave + draw_below(generator, octave);
}

static size_t draw_size(uint64_t *generator, enum bench_sizes sizes)
{
    switch (sizes) {
    case BENCH_SIZES_SMALL:
        return 16 + draw_below(generator, 1024 - 16 + 1);
    case BENCH_SIZES_LOG:
        return draw_log(generator, 12);
    case BENCH_SIZES_LOG_LARGE:
        return draw_log(generator, 16);
    case BENCH_SIZES_DISTINCT:
        return DISTINCT_BYTES_MIN +
               draw_below(generator, DISTINCT_BYTES_MAX - DISTINCT_BYTES_MIN + 1);
    }
    return 0;
}

static size_t largest_size(enum bench_sizes sizes)
{
    switch (sizes) {
    case BENCH_SIZES_SMALL:
        return 1024;
    case BENCH_SIZES_LOG:
        return 65535;
    case BENCH_SIZES_LOG_LARGE:
        return 1048575;
    case BENCH_SIZES_DISTINCT:
        return DISTINCT_BYTES_MAX;
    }
    return 0;
}

/* The sizes of the blocks that a heap is set up with. */
static void draw_block_sizes(uint64_t *generator, enum bench_sizes sizes, struct bench_slot *slots,
                             size_t count)
{
    for (size_t i = 0; i < count; i++) {
        slots[i].size = sizes == BENCH_SIZES_DISTINCT ? DISTINCT_BYTES_MIN + i * DISTINCT_STEP
                                                      : draw_size(generator, sizes);
    }
    slots[count - 1].size = largest_size(sizes);
    for (size_t i = count - 1; i > 0; i--) {
        const size_t j = draw_below(generator, i + 1);
        const size_t size = slots[i].size;

        slots[i].size = slots[j].size;
        slots[j].size = size;
    }
}

/* -- setting up ------------------------------------------------------------------------------- */

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
    for (size_t i = 0; byte_count <= TOUCHED_BYTES_MAX && i < byte_count; i += PAGE_BYTES) {
        ((volatile unsigned char *)arena)[i] = 0;
    }
    return true;
}

static bool heap_add_arena(struct bench_heap *heap)
{
    const struct hb_target *target = heap->subject->target;
    const struct bench_workload *workload = heap->workload;
    size_t wanted = 0;

    if ((target->contract & HB_TAKES_RANGES) == 0) {
        return true;
    }
    for (size_t i = 0; i < heap->slot_count; i++) {
        wanted += heap->slots[i].size + 4 * PAYLOAD_ALIGN;
    }
    /* Allocators that round up to a power of two need twice as much; where select_block is all that
     * is measured, there are none. */
    wanted = workload->calls == BENCH_CALLS_SELECT ? wanted + wanted / 8 : 4 * wanted;
    wanted = (wanted + ((size_t)1 << 20)) & ~(PAGE_BYTES - 1);
    return arena_reserve(wanted) && target->add_range(heap->state, arena, arena + wanted) == HB_OK;
}

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
static bool heap_fragment(struct bench_heap *heap)
{
    for (size_t i = 0; i < heap->slot_count; i++) {
        if (!slot_fill(heap, &heap->slots[i])) {
            return false;
        }
    }
    if (heap->workload->calls != BENCH_CALLS_MIXED) {
        heap_use_up(heap);
    }
    for (size_t i = 0; i < heap->slot_count; i += 2) {
        slot_empty(heap, &heap->slots[i]);
    }
    return true;
}

static void heap_draw_slots(struct bench_heap *heap, uint64_t *generator)
{
    const struct bench_workload *workload = heap->workload;
    const size_t count = workload->free_count;

    if (workload->calls == BENCH_CALLS_MIXED) {
        draw_block_sizes(generator, workload->sizes, heap->slots, 2 * count);
        return;
    }
    draw_block_sizes(generator, workload->sizes, heap->slots, count);
    for (size_t i = count; i-- > 0;) {
        heap->slots[2 * i].size = heap->slots[i].size;
        heap->slots[2 * i + 1].size = SEPARATOR_BYTES;
    }
}

static void heap_draw_requests(struct bench_heap *heap, uint64_t *generator)
{
    for (size_t i = 0; i < heap->size_count; i++) {
        heap->sizes[i] = draw_size(generator, heap->workload->sizes);
    }
}

/* Which slots are live is known in advance: the even ones are not, to begin with. */
static bool heap_draw_calls(struct bench_heap *heap, uint64_t *generator, size_t count)
{
    bool *is_live = calloc(heap->slot_count, sizeof *is_live);

    if (is_live == NULL) {
        return false;
    }
    for (size_t i = 1; i < heap->slot_count; i += 2) {
        is_live[i] = true;
    }
    for (size_t i = 0; i < count; i++) {
        const size_t slot = draw_below(generator, heap->slot_count);
        const size_t size = draw_size(generator, heap->workload->sizes);

        heap->calls[i].slot = (uint32_t)slot;
        heap->calls[i].size = is_live[slot] ? 0 : (uint32_t)size;
        is_live[slot] = !is_live[slot];
    }
    free(is_live);
    return true;
}

bool bench_can_play(const struct bench_subject *subject, const struct bench_workload *workload)
{
    const size_t limit = subject->free_count_max;

    return (workload->calls != BENCH_CALLS_SELECT || subject->select != NULL) &&
           (limit == 0 || workload->free_count <= limit);
}

static bool heap_take_memory(struct bench_heap *heap)
{
    const size_t state_bytes = (heap->subject->target->state_bytes + 64) & ~(size_t)63;
    const size_t call_count = heap->workload->mixing_count + heap->workload->call_count;

    heap->state = aligned_alloc(64, state_bytes);
    heap->slots = calloc(heap->slot_count, sizeof *heap->slots);
    heap->sizes = calloc(heap->size_count, sizeof *heap->sizes);
    heap->calls = calloc(call_count + 1, sizeof *heap->calls);
    return heap->state != NULL && heap->slots != NULL && heap->sizes != NULL && heap->calls != NULL;
}

static const char *heap_set_up(struct bench_heap *heap)
{
    const struct bench_workload *workload = heap->workload;
    uint64_t generator = 0x6865617062656400u;

    if (!heap_take_memory(heap)) {
        return "no memory for the bench's own tables";
    }
    heap_draw_slots(heap, &generator);
    heap_draw_requests(heap, &generator);
    if (!heap_draw_calls(heap, &generator, workload->mixing_count + workload->call_count)) {
        return "no memory for the bench's own tables";
    }
    heap->subject->target->init(heap->state, &heap->host);
    if (!heap_add_arena(heap)) {
        return "the target declined the arena";
    }
    if (!heap_fragment(heap)) {
        return "the target ran out of memory while the heap was set up";
    }
    (void)bench_play(heap, workload->mixing_count);
    return heap->failed_count == 0 ? NULL : "a call failed while the heap was mixed";
}

bool bench_prepare(struct bench_heap *heap, const struct bench_subject *subject,
                   const struct bench_workload *workload, const char **reason)
{
    memset(heap, 0, sizeof *heap);
    heap->subject = subject;
    heap->workload = workload;
    heap->slot_count = 2 * workload->free_count;
    heap->size_count = REQUEST_COUNT;
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

/* -- playing ---------------------------------------------------------------------------------- */

/* The calls, as a subject gets them when they are timed. The loops are written once, for these and
 * for the counted ones: always inlined, so that either loop has its calls and nothing between. */
struct calls {
    uintptr_t (*select)(const struct bench_heap *heap, size_t size);
    enum hb_status (*malloc)(const struct bench_heap *heap, size_t size, void **out);
    enum hb_status (*free)(const struct bench_heap *heap, void *ptr, size_t size);
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

/* Brackets for callgrind (--toggle-collect=bench_counted_*): what these functions themselves take
 * is known by their names, and not counted. Volatile, so that no call in them is a jump. */
#define COUNTED __attribute__((noinline))

COUNTED uintptr_t bench_counted_select(const struct bench_heap *heap, size_t size);
COUNTED enum hb_status bench_counted_malloc(const struct bench_heap *heap, size_t size, void **out);
COUNTED enum hb_status bench_counted_free(const struct bench_heap *heap, void *ptr, size_t size);

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

ALWAYS_INLINE uintptr_t play_select(struct bench_heap *heap, size_t count, struct calls calls)
{
    uintptr_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        sum += calls.select(heap, heap->sizes[(heap->cursor + i) % REQUEST_COUNT]);
    }
    heap->cursor += count;
    return sum;
}

ALWAYS_INLINE uintptr_t play_pairs(struct bench_heap *heap, size_t count, struct calls calls)
{
    uintptr_t sum = 0;

    for (size_t i = 0; i < count; i++) {
        const size_t size = heap->sizes[(heap->cursor + i) % REQUEST_COUNT];
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

ALWAYS_INLINE uintptr_t play_mixed(struct bench_heap *heap, size_t count, struct calls calls)
{
    const struct bench_call *trace = heap->calls + heap->cursor;
    struct bench_slot *slots = heap->slots;

    for (size_t i = 0; i < count; i++) {
        struct bench_slot *slot = &slots[trace[i].slot];
        enum hb_status status = HB_OK;

        if (trace[i].size != 0) {
            slot->size = trace[i].size;
            status = calls.malloc(heap, slot->size, &slot->payload);
        } else {
            status = calls.free(heap, slot->payload, slot->size);
            slot->payload = NULL;
        }
        if (status != HB_OK) {
            heap->failed_count++;
            break; /* what follows would free what is not there */
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
        return play_mixed(heap, count, calls);
    }
    return 0;
}

uintptr_t bench_play(struct bench_heap *heap, size_t count)
{
    const struct calls calls = {timed_select, timed_malloc, timed_free};

    return play(heap, count, calls);
}

uintptr_t bench_play_counted(struct bench_heap *heap, size_t count)
{
    const struct calls calls = {bench_counted_select, bench_counted_malloc, bench_counted_free};

    return play(heap, count, calls);
}
