/* SPDX-License-Identifier: MIT
 *
 * Who had a byte last: see bestfit_describe.h. Used inside malloc and inside reports of sanitizers,
 * so it has memory of its own (mmap) and prints with write(2).
 *
 * Each block that is handed out gets a record. Each range has a map from its bytes to records: a
 * number for each unit of 16 bytes, counted from the first header, as blocks begin and end there;
 * and one for each chunk of 256 units, which stands for all of them until a block begins or ends in
 * the chunk, so that a large block costs a thousandth of its size. Freeing a block changes its
 * record only: the map says who had a byte last.
 *
 * Records are used again where all are taken: that of the block freed first, or, where none is
 * freed, one of a live block, in turn. A number in a map then leads to a record of another place,
 * which is seen by its extent. So a block may be forgotten, and never taken for another.
 *
 * One lock for all, which is held for the changes themselves alone. A thread that holds it already,
 * as a signal handler may, gets nothing. In the child of a fork it is free: whoever else held it,
 * is gone.
 */
#include "provenance.h"
#include "bestfit.h"
#include "bestfit_describe.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <unwind.h>

/* What is not instrumented hands over what MemorySanitizer takes for not initialised. */
#if defined(__clang__)
#pragma clang attribute push(__attribute__((no_sanitize("address", "memory"))), apply_to = function)
#endif

/* How many blocks are remembered at once. Memory is used for as many as there were. */
#ifndef BF_PROVENANCE_RECORDS
#define BF_PROVENANCE_RECORDS ((uint32_t)1 << 17)
#endif
/* How many ranges of all heaps. Of those beyond, nothing is known. */
#ifndef BF_PROVENANCE_RANGES
#define BF_PROVENANCE_RANGES 1024u
#endif
/* How many frames of a backtrace; 0: none are taken, which is most of the time that this costs. */
#ifndef BF_PROVENANCE_FRAMES
#define BF_PROVENANCE_FRAMES 16
#endif
_Static_assert(BF_PROVENANCE_FRAMES >= 0 && BF_PROVENANCE_FRAMES <= BF_FRAMES_MAX,
               "BF_PROVENANCE_FRAMES is at most 16");

#define UNIT_BYTES      ((size_t)16)
#define CHUNK_BYTES     ((size_t)4096)
#define UNITS_PER_CHUNK (CHUNK_BYTES / UNIT_BYTES)
#define CHUNK_IS_SPLIT  UINT32_MAX
#define NEAR_BYTES      CHUNK_BYTES
#define GAP_BYTES_MAX   ((size_t)128)
#define REPORT_BYTES    ((size_t)8192)

struct backtrace {
    unsigned count;
    unsigned own_frames_left; /* backtrace_take, and who called it */
    uintptr_t pc[BF_PROVENANCE_FRAMES + (BF_PROVENANCE_FRAMES == 0)];
};

struct record {
    const void *heap; /* null: the record of no block */
    uintptr_t begin;  /* of the header */
    uintptr_t payload;
    size_t request_bytes;
    uintptr_t end;      /* of the block; less than it was where it shrank */
    uintptr_t last_end; /* the most that it was */
    bool is_live;
    uint32_t next_freed; /* in the order of their frees; a number, 0: none */
    uint64_t allocated_at;
    uint64_t freed_at;
    struct backtrace allocated;
    struct backtrace freed;
};

struct heap_count {
    const void *heap;
    size_t range_count;
    uint64_t operation_count;
};

struct range {
    struct heap_count *heap; /* null: the entry is not used */
    uintptr_t begin;
    uintptr_t end;
    uintptr_t first_unit;
    size_t header_bytes;
    uint32_t *chunks; /* numbers of records, from 1; 0: no block was ever here */
    uint32_t *units;
    size_t map_bytes;
};

static struct record *records;
static uint32_t record_count; /* that were ever used */
static uint32_t record_count_max;
static uint32_t oldest_freed;
static uint32_t newest_freed;
static uint32_t next_victim;
static struct heap_count heaps[BF_PROVENANCE_RANGES];
static struct range ranges[BF_PROVENANCE_RANGES];
static size_t range_count; /* entries that were ever used */

/* -- the lock -------------------------------------------------------------------------------- */

static _Atomic(const char *) lock_holder;
static _Thread_local char thread_mark __attribute__((tls_model("initial-exec")));

static bool lock_take(void)
{
    for (unsigned i = 0;; i++) {
        const char *holder = NULL;

        if (atomic_compare_exchange_weak_explicit(&lock_holder, &holder, &thread_mark,
                                                  memory_order_acquire, memory_order_relaxed)) {
            return true;
        }
        if (holder == &thread_mark) {
            return false;
        }
        if (i % 64 == 63) {
            (void)sched_yield();
        }
    }
}

static void lock_give(void)
{
    atomic_store_explicit(&lock_holder, NULL, memory_order_release);
}

__attribute__((constructor)) static void lock_prepare(void)
{
    (void)pthread_atfork(NULL, NULL, lock_give);
}

/* -- backtraces ------------------------------------------------------------------------------ */

#if BF_PROVENANCE_FRAMES > 0
static _Unwind_Reason_Code frame_note(struct _Unwind_Context *context, void *argument)
{
    struct backtrace *trace = argument;
    int is_before = 0;
    const uintptr_t pc = (uintptr_t)_Unwind_GetIPInfo(context, &is_before);

    if (trace->own_frames_left > 0) {
        trace->own_frames_left--;
        return _URC_NO_REASON;
    }
    if (pc == 0) {
        return _URC_END_OF_STACK;
    }
    trace->pc[trace->count++] = is_before ? pc : pc - 1;
    return trace->count < BF_PROVENANCE_FRAMES ? _URC_NO_REASON : _URC_END_OF_STACK;
}
#endif

/* Before the lock is taken, as damaged stacks end programs. */
__attribute__((noinline)) static void backtrace_take(struct backtrace *trace)
{
    trace->count = 0;
    trace->own_frames_left = 2;
#if BF_PROVENANCE_FRAMES > 0
    (void)_Unwind_Backtrace(frame_note, trace);
#endif
}

/* -- the map --------------------------------------------------------------------------------- */

static void *pages_map(size_t byte_count)
{
    void *pages = mmap(NULL, byte_count, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return pages == MAP_FAILED ? NULL : pages;
}

static struct range *range_of(uintptr_t address)
{
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].heap != NULL && address - ranges[i].begin < ranges[i].end - ranges[i].begin) {
            return &ranges[i];
        }
    }
    return NULL;
}

static uint32_t map_number(const struct range *range, uintptr_t address)
{
    if (address < range->first_unit || address >= range->end) {
        return 0;
    }
    const size_t offset = address - range->first_unit;
    const uint32_t number = range->chunks[offset / CHUNK_BYTES];

    return number == CHUNK_IS_SPLIT ? range->units[offset / UNIT_BYTES] : number;
}

static void chunk_split(struct range *range, size_t chunk)
{
    if (range->chunks[chunk] != CHUNK_IS_SPLIT) {
        for (size_t i = 0; i < UNITS_PER_CHUNK; i++) {
            range->units[chunk * UNITS_PER_CHUNK + i] = range->chunks[chunk];
        }
        range->chunks[chunk] = CHUNK_IS_SPLIT;
    }
}

static void map_fill(struct range *range, uintptr_t begin, uintptr_t end, uint32_t number)
{
    size_t offset = begin - range->first_unit;
    const size_t end_offset = end - range->first_unit;

    while (offset < end_offset) {
        const size_t chunk = offset / CHUNK_BYTES;

        if (offset % CHUNK_BYTES == 0 && end_offset - offset >= CHUNK_BYTES) {
            range->chunks[chunk] = number;
            offset += CHUNK_BYTES;
        } else {
            chunk_split(range, chunk);
            range->units[offset / UNIT_BYTES] = number;
            offset += UNIT_BYTES;
        }
    }
}

/* The record that an entry of a map leads to; null: it is that of another block now. */
static struct record *record_of(uint32_t number, uintptr_t address)
{
    struct record *record = &records[number - 1];

    return record->heap != NULL && address >= record->begin && address < record->last_end ? record
                                                                                          : NULL;
}

static struct record *record_at(const struct range *range, uintptr_t address)
{
    const uint32_t number = map_number(range, address);

    return number == 0 ? NULL : record_of(number, address);
}

/* -- records --------------------------------------------------------------------------------- */

static bool records_are_there(void)
{
    uint32_t count = BF_PROVENANCE_RECORDS;

    while (records == NULL && count > 0) {
        records = pages_map(count * sizeof *records);
        record_count_max = count;
        count /= 2;
    }
    return records != NULL;
}

static void record_bury(struct record *record)
{
    const uint32_t number = (uint32_t)(record - records) + 1;

    record->is_live = false;
    record->next_freed = 0;
    if (oldest_freed == 0) {
        oldest_freed = number;
    } else {
        records[newest_freed - 1].next_freed = number;
    }
    newest_freed = number;
}

static struct record *record_take(void)
{
    uint32_t number = 0;

    if (record_count < record_count_max) {
        number = ++record_count;
    } else if (oldest_freed != 0) {
        number = oldest_freed;
        oldest_freed = records[number - 1].next_freed;
    } else {
        number = next_victim++ % record_count_max + 1;
    }
    memset(&records[number - 1], 0, sizeof records[0]);
    return &records[number - 1];
}

/* A record for a block, in the map. */
static struct record *record_make(struct range *range, uintptr_t payload, size_t size,
                                  uintptr_t block_end)
{
    struct record *record = record_take();

    record->heap = range->heap->heap;
    record->begin = payload - range->header_bytes;
    record->payload = payload;
    record->request_bytes = size;
    record->end = block_end;
    record->last_end = block_end;
    record->is_live = true;
    map_fill(range, record->begin, block_end, (uint32_t)(record - records) + 1);
    return record;
}

/* The record of a live block; where it is forgotten a new one, that does not know when. */
static struct record *record_of_live(struct range *range, uintptr_t payload, size_t size)
{
    struct record *record = record_at(range, payload);

    return record != NULL && record->is_live && record->payload == payload
               ? record
               : record_make(range, payload, size, payload + size);
}

/* -- what the core tells --------------------------------------------------------------------- */

/* The blocks that were live in a range that is gone are nobody's. */
static void range_forget(struct range *range)
{
    uintptr_t address = range->first_unit;

    while (address < range->end) {
        struct record *record = record_at(range, address);

        if (record != NULL && record->is_live) {
            record_bury(record);
        }
        if (record != NULL) {
            record->heap = NULL;
        }
        address += range->chunks[(address - range->first_unit) / CHUNK_BYTES] == CHUNK_IS_SPLIT
                       ? UNIT_BYTES
                       : CHUNK_BYTES;
    }
    (void)munmap(range->chunks, range->map_bytes);
    range->heap->range_count--;
    if (range->heap->range_count == 0) {
        range->heap->heap = NULL;
    }
    range->heap = NULL;
}

static struct heap_count *heap_find(const void *heap)
{
    struct heap_count *unused = NULL;

    for (size_t i = 0; i < BF_PROVENANCE_RANGES; i++) {
        if (heaps[i].heap == heap) {
            return &heaps[i];
        }
        if (heaps[i].heap == NULL && unused == NULL) {
            unused = &heaps[i];
        }
    }
    /* There are as many heaps with a range as ranges. */
    if (unused != NULL) {
        unused->heap = heap;
        unused->operation_count = 0;
    }
    return unused;
}

static struct range *range_find_unused(void)
{
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].heap == NULL) {
            return &ranges[i];
        }
    }
    return range_count < BF_PROVENANCE_RANGES ? &ranges[range_count++] : NULL;
}

static void range_note(const void *heap, uintptr_t begin, uintptr_t end, size_t header_bytes)
{
    for (size_t i = 0; i < range_count; i++) {
        if (ranges[i].heap != NULL && ranges[i].begin < end && begin < ranges[i].end) {
            range_forget(&ranges[i]);
        }
    }
    struct range *range = range_find_unused();
    const size_t chunk_count = (end - begin) / CHUNK_BYTES + 1;
    const size_t map_bytes = chunk_count * (1 + UNITS_PER_CHUNK) * sizeof(uint32_t);
    uint32_t *map = range == NULL || !records_are_there() ? NULL : pages_map(map_bytes);

    if (map == NULL) {
        return;
    }
    /* Headers end where payloads, which are multiples of 16, begin. */
    *range = (struct range){heap_find(heap),
                            begin,
                            end,
                            begin + (UNIT_BYTES - header_bytes) % UNIT_BYTES,
                            header_bytes,
                            map,
                            map + chunk_count,
                            map_bytes};
    range->heap->range_count++;
}

void bf_provenance_range(const void *heap, uintptr_t begin, uintptr_t end, size_t header_bytes)
{
    if (lock_take()) {
        range_note(heap, begin, end, header_bytes);
        lock_give();
    }
}

void bf_provenance_no_range(uintptr_t begin, uintptr_t end)
{
    if (lock_take()) {
        struct range *range = range_of(begin);

        if (range != NULL && range->begin == begin && range->end == end) {
            range_forget(range);
        }
        lock_give();
    }
}

void bf_provenance_malloc(uintptr_t payload, size_t size, uintptr_t block_end)
{
    struct backtrace trace;

    backtrace_take(&trace);
    if (lock_take()) {
        struct range *range = range_of(payload);

        if (range != NULL) {
            struct record *record = record_make(range, payload, size, block_end);

            record->allocated_at = ++range->heap->operation_count;
            record->allocated = trace;
        }
        lock_give();
    }
}

void bf_provenance_free(uintptr_t payload, size_t size)
{
    struct backtrace trace;

    backtrace_take(&trace);
    if (lock_take()) {
        struct range *range = range_of(payload);

        if (range != NULL) {
            struct record *record = record_of_live(range, payload, size);

            record->freed_at = ++range->heap->operation_count;
            record->freed = trace;
            record_bury(record);
        }
        lock_give();
    }
}

/* Where it was resized is where it was allocated. */
void bf_provenance_resize(uintptr_t payload, size_t size, uintptr_t block_end)
{
    struct backtrace trace;

    backtrace_take(&trace);
    if (lock_take()) {
        struct range *range = range_of(payload);

        if (range != NULL) {
            struct record *record = record_of_live(range, payload, size);

            if (block_end > record->end) {
                map_fill(range, record->end, block_end, (uint32_t)(record - records) + 1);
            }
            record->request_bytes = size;
            record->end = block_end;
            record->last_end = block_end > record->last_end ? block_end : record->last_end;
            record->allocated_at = ++range->heap->operation_count;
            record->allocated = trace;
        }
        lock_give();
    }
}

/* -- whose a byte is ------------------------------------------------------------------------- */

/* What is in no range. */
#define OWNED_OUTSIDE (BF_OWNED_FORGOTTEN + 1)

/* A copy, so that the lock need not be held while it is told. */
struct finding {
    const void *heap;
    int state; /* an enum bf_owner_state, or OWNED_OUTSIDE */
    bool has_blamed;
    bool has_other;
    const char *class;
    struct record owner;  /* where it is live or freed */
    struct record blamed; /* whom the text is about */
    struct record other;  /* a live block that it may be about as well */
};

static void finding_blame(struct finding *finding, const char *class, const struct record *record)
{
    finding->class = class;
    finding->has_blamed = true;
    finding->blamed = *record;
}

static size_t distance_behind(const struct record *record, uintptr_t address)
{
    return address - (record->payload + record->request_bytes);
}

/* In the header of a block, or of free memory, that lies directly behind a live block in front. */
static const struct record *live_in_front_of_header(const struct range *range, uintptr_t address)
{
    const struct record *front = record_at(range, address - range->header_bytes);

    return front != NULL && front->is_live && address >= front->end &&
                   address - front->end < range->header_bytes
               ? front
               : NULL;
}

/* Between two live blocks: of the nearer one, or else of the other. */
static void finding_of_gap(struct finding *finding, const struct record *front,
                           const struct record *behind, uintptr_t address)
{
    const bool is_nearer_front = distance_behind(front, address) < behind->payload - address;

    finding_blame(finding, is_nearer_front ? "heap-buffer-overflow" : "heap-buffer-underflow",
                  is_nearer_front ? front : behind);
    finding->has_other = true;
    finding->other = is_nearer_front ? *behind : *front;
}

/* The live block behind another one, or behind the gap that an alignment has left there; null:
 * there is none. */
static const struct record *live_behind(const struct range *range, const struct record *record,
                                        uintptr_t address)
{
    const struct record *behind = NULL;

    for (size_t gap = 0; behind == NULL && gap <= GAP_BYTES_MAX; gap += UNIT_BYTES) {
        behind = record_at(range, record->end + gap);
    }
    return behind != NULL && behind->is_live && behind->payload > address ? behind : NULL;
}

static void finding_of_slack(struct finding *finding, const struct range *range,
                             const struct record *record, uintptr_t address)
{
    const struct record *behind = live_behind(range, record, address);

    if (behind != NULL) {
        finding_of_gap(finding, record, behind, address);
    } else {
        finding_blame(finding, "heap-buffer-overflow", record);
    }
}

static void finding_of_live(struct finding *finding, const struct range *range,
                            const struct record *record, uintptr_t address)
{
    if (address >= record->payload) {
        if (address - record->payload < record->request_bytes) {
            finding_blame(finding, "heap-use", record);
        } else {
            finding_of_slack(finding, range, record, address);
        }
        return;
    }
    const struct record *front = live_in_front_of_header(range, address);

    if (front == NULL) {
        finding_blame(finding, "heap-buffer-underflow", record);
        return;
    }
    finding_of_gap(finding, front, record, address);
}

static void finding_of_freed(struct finding *finding, const struct range *range,
                             const struct record *record, uintptr_t address)
{
    const struct record *front = live_in_front_of_header(range, address);

    const bool is_behind_end =
        address >= record->payload && address - record->payload >= record->request_bytes;
    const struct record *behind = is_behind_end ? live_behind(range, record, address) : NULL;

    if (front == NULL && behind == NULL) {
        finding_blame(finding, "use-after-free", record);
        return;
    }
    if (front != NULL) {
        finding_blame(finding, "heap-buffer-overflow", front);
    } else {
        finding_blame(finding, "heap-buffer-underflow", behind);
    }
    finding->has_other = true;
    finding->other = *record;
}

/* Of memory that never was a block's: the nearest block, in both directions at once. */
static void finding_of_never(struct finding *finding, const struct range *range, uintptr_t address)
{
    finding->class = "wild";
    for (size_t distance = UNIT_BYTES; distance <= NEAR_BYTES; distance += UNIT_BYTES) {
        const struct record *front = record_at(range, address - distance);
        const struct record *behind = record_at(range, address + distance);

        if (front != NULL || behind != NULL) {
            if (front != NULL && front->is_live && behind != NULL && behind->is_live) {
                finding_of_gap(finding, front, behind, address);
            } else if (front != NULL && front->is_live) {
                finding_blame(finding, "heap-buffer-overflow", front);
            } else if (front == NULL && behind->is_live) {
                finding_blame(finding, "heap-buffer-underflow", behind);
            }
            return;
        }
    }
}

static bool finding_make(struct finding *finding, uintptr_t address)
{
    const struct range *range = range_of(address);

    if (range == NULL) {
        return false;
    }
    const uint32_t number = map_number(range, address);
    const struct record *record = number == 0 ? NULL : record_of(number, address);

    *finding = (struct finding){.heap = range->heap->heap, .class = "forgotten"};
    if (record != NULL) {
        finding->owner = *record;
        finding->state = record->is_live ? BF_OWNED_LIVE : BF_OWNED_FREED;
        (record->is_live ? finding_of_live : finding_of_freed)(finding, range, record, address);
    } else if (number == 0) {
        finding->state = BF_OWNED_NEVER;
        finding_of_never(finding, range, address);
    } else {
        finding->state = BF_OWNED_FORGOTTEN;
    }
    return true;
}

static bool finding_take(struct finding *finding, uintptr_t address)
{
    if (!lock_take()) {
        return false;
    }
    const bool is_found = finding_make(finding, address);

    lock_give();
    return is_found;
}

static unsigned backtrace_copy(const struct backtrace *trace, uintptr_t *pc)
{
    memcpy(pc, trace->pc, trace->count * sizeof *pc);
    return trace->count;
}

bool bf_describe(const void *ptr, struct bf_description *description)
{
    struct finding finding;

    if (!finding_take(&finding, (uintptr_t)ptr)) {
        return false;
    }
    const struct record *owner = &finding.owner;

    memset(description, 0, sizeof *description);
    description->heap = finding.heap;
    description->state = (enum bf_owner_state)finding.state;
    if (finding.state == BF_OWNED_LIVE || finding.state == BF_OWNED_FREED) {
        description->is_header = (uintptr_t)ptr < owner->payload;
        description->payload = owner->payload;
        description->request_bytes = owner->request_bytes;
        description->offset = (ptrdiff_t)((uintptr_t)ptr - owner->payload);
        description->allocated_at = owner->allocated_at;
        description->freed_at = owner->freed_at;
        description->allocated_frames =
            backtrace_copy(&owner->allocated, description->allocated_pc);
        description->freed_frames = backtrace_copy(&owner->freed, description->freed_pc);
    }
    return true;
}

/* -- text ------------------------------------------------------------------------------------ */

/* As much of it as fits into a buffer, and how long it would be. */
struct text {
    char *buffer;
    size_t buffer_bytes;
    size_t length;
};

static void text_add(struct text *text, const char *words)
{
    const size_t length = strlen(words);

    for (size_t i = 0; text->buffer != NULL && i < length; i++) {
        if (text->length + i + 1 < text->buffer_bytes) {
            text->buffer[text->length + i] = words[i];
            text->buffer[text->length + i + 1] = '\0';
        }
    }
    text->length += length;
}

static void text_add_number(struct text *text, uint64_t number, unsigned base)
{
    char digits[24];
    size_t i = sizeof digits - 1;

    digits[i] = '\0';
    do {
        digits[--i] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    text_add(text, base == 16 ? "0x" : "");
    text_add(text, &digits[i]);
}

extern void __sanitizer_report_error_summary(const char *text) __attribute__((weak));
extern void __sanitizer_symbolize_pc(void *pc, const char *format, char *text, size_t text_bytes)
    __attribute__((weak));

static void text_add_frame(struct text *text, unsigned i, uintptr_t pc)
{
    char words[512] = "";
    Dl_info info;

    text_add(text, "    #");
    text_add_number(text, i, 10);
    text_add(text, " ");
    text_add_number(text, pc, 16);
    if (__sanitizer_symbolize_pc != NULL) {
        /* It takes one off the address that a call returns to; that is done already. */
        __sanitizer_symbolize_pc((void *)(pc + 1), " in %f %L", words, sizeof words);
        words[sizeof words - 1] = '\0';
        text_add(text, words);
    } else if (dladdr((void *)pc, &info) != 0 && info.dli_fname != NULL) {
        text_add(text, " (");
        text_add(text, info.dli_fname);
        text_add(text, "+");
        text_add_number(text, pc - (uintptr_t)info.dli_fbase, 16);
        text_add(text, ")");
    }
    text_add(text, "\n");
}

static void text_add_backtrace(struct text *text, const char *what, const struct backtrace *trace)
{
    if (trace->count == 0) {
        return;
    }
    text_add(text, "  ");
    text_add(text, what);
    text_add(text, " at\n");
    for (unsigned i = 0; i < trace->count; i++) {
        text_add_frame(text, i, trace->pc[i]);
    }
}

/* "N bytes PLACE a block ..." */
static void text_add_place(struct text *text, const struct record *record, uintptr_t address)
{
    const uintptr_t end = record->payload + record->request_bytes;
    const char *place = "inside";
    size_t distance = address - record->payload;

    if (address < record->payload) {
        place = "in front of";
        distance = record->payload - address;
    } else if (address >= end) {
        place = "behind the end of";
        distance = address - end;
    }

    text_add_number(text, distance, 10);
    text_add(text, distance == 1 ? " byte " : " bytes ");
    text_add(text, place);
    text_add(text, " a block of ");
    text_add_number(text, record->request_bytes, 10);
    text_add(text, record->request_bytes == 1 ? " byte [" : " bytes [");
    text_add_number(text, record->payload, 16);
    text_add(text, ",");
    text_add_number(text, end, 16);
    text_add(text, ")");
    if (record->allocated_at != 0) {
        text_add(text, ", allocated at operation ");
        text_add_number(text, record->allocated_at, 10);
    }
    if (record->freed_at != 0) {
        text_add(text, ", freed at operation ");
        text_add_number(text, record->freed_at, 10);
    }
    text_add(text, "\n");
}

static void text_add_finding(struct text *text, const struct finding *finding, const char *class,
                             uintptr_t address)
{
    static const char *const nowhere[] = {
        [BF_OWNED_NEVER] = "in a range of a heap, where no block ever was\n",
        [BF_OWNED_FORGOTTEN] = "of a block that is remembered no more\n",
        [OWNED_OUTSIDE] = "in no range of a heap\n",
    };
    text_add(text, "bestfit: ");
    text_add_number(text, address, 16);
    text_add(text, " is ");
    text_add(text, class);
    text_add(text, ": ");
    if (!finding->has_blamed) {
        text_add(text, nowhere[finding->state]);
        return;
    }
    text_add_place(text, &finding->blamed, address);
    if (finding->has_other) {
        text_add(text, "bestfit: or ");
        text_add_place(text, &finding->other, address);
    }
    text_add_backtrace(text, "allocated", &finding->blamed.allocated);
    text_add_backtrace(text, "freed", &finding->blamed.freed);
}

/* Where the sanitizer prints, which may be a file; or to stderr. */
static void finding_print(const struct finding *finding, const char *class, uintptr_t address)
{
    char buffer[REPORT_BYTES];
    struct text text = {buffer, sizeof buffer, 0};

    text_add_finding(&text, finding, class, address);
    if (text.length >= sizeof buffer) {
        text.length = sizeof buffer - 1;
        buffer[text.length - 1] = '\n';
    }
    if (__sanitizer_report_error_summary != NULL) {
        buffer[text.length - 1] = '\0';
        __sanitizer_report_error_summary(buffer);
    } else {
        (void)!write(STDERR_FILENO, buffer, text.length);
    }
}

size_t bf_describe_text(const void *ptr, char *buffer, size_t buffer_bytes)
{
    struct text text = {buffer, buffer_bytes, 0};
    struct finding finding;

    if (buffer != NULL && buffer_bytes > 0) {
        buffer[0] = '\0';
    }
    if (finding_take(&finding, (uintptr_t)ptr)) {
        text_add_finding(&text, &finding, finding.class, (uintptr_t)ptr);
    }
    return text.length;
}

/* A live record of the heap from a number on; false: there is none. */
static bool live_take(const void *heap, uint32_t *number, struct record *record)
{
    bool is_found = false;

    if (!lock_take()) {
        return false;
    }
    for (; !is_found && *number < record_count; (*number)++) {
        is_found = records[*number].is_live && (heap == NULL || records[*number].heap == heap);
        if (is_found) {
            *record = records[*number];
        }
    }
    lock_give();
    return is_found;
}

size_t bf_describe_live(const void *heap)
{
    struct finding finding = {.state = BF_OWNED_LIVE, .has_blamed = true};
    uint32_t number = 0;
    size_t count = 0;

    while (live_take(heap, &number, &finding.blamed)) {
        finding_print(&finding, "live", finding.blamed.payload);
        count++;
    }
    return count;
}

/* -- reports --------------------------------------------------------------------------------- */

extern void *__asan_get_report_address(void) __attribute__((weak));
extern int __asan_report_present(void) __attribute__((weak));
extern size_t __asan_get_report_access_size(void) __attribute__((weak));
extern int __asan_address_is_poisoned(const void *address) __attribute__((weak));
extern void __asan_report_error(void *pc, void *frame, void *stack, void *address, int is_write,
                                size_t access_bytes) __attribute__((weak));
extern void __sanitizer_print_stack_trace(void) __attribute__((weak));

/* Whether this thread has told of its error already. */
static _Thread_local bool has_told __attribute__((tls_model("initial-exec")));

/* The report has the begin of the access, whose first bytes may be good. */
static uintptr_t first_bad(uintptr_t address)
{
    const size_t access_bytes = __asan_get_report_access_size();

    for (size_t i = 0; i < access_bytes; i++) {
        if (__asan_address_is_poisoned((const void *)(address + i))) {
            return address + i;
        }
    }
    return address;
}

void bf_on_asan_error(void)
{
    struct finding finding;

    if (__asan_report_present == NULL || !__asan_report_present() || has_told) {
        return;
    }
    const uintptr_t address = first_bad((uintptr_t)__asan_get_report_address());

    if (finding_take(&finding, address)) {
        finding_print(&finding, finding.class, address);
    }
}

#ifndef BF_NO_ON_ERROR
/* AddressSanitizer calls this before it prints a report. */
void __asan_on_error(void);
void __asan_on_error(void)
{
    bf_on_asan_error();
}
#endif

/* What is wrong with a payload of the heap that no block is found at. What has been overwritten may
 * be its own header, or one that lies around it, or a block that the core holds back. */
static const char *payload_class(int status, int state, bool is_header_sound)
{
    if (state == BF_OWNED_FREED) {
        return "double-free";
    }
    if (status != BF_CORRUPTED) {
        return "invalid-free";
    }
    return is_header_sound ? "corrupted-heap" : "corrupted-header";
}

static const char *panic_class(const void *heap, int status, const struct finding *finding,
                               uintptr_t pointer, bool is_header_sound)
{
    /* Another heap's payload is none of this. */
    const bool is_payload =
        finding->heap == heap && finding->has_blamed && pointer == finding->owner.payload;

    if (pointer == 0) {
        return "corrupted-heap";
    }
    if (status == BF_DOUBLE_FREE) {
        return "double-free";
    }
    if (status == BF_WRONG_SIZE) {
        return "size-mismatch";
    }
    return is_payload ? payload_class(status, finding->state, is_header_sound) : "invalid-free";
}

static void panic_tell(const void *heap, int status, uintptr_t pointer, bool is_header_sound)
{
    struct finding finding = {.state = OWNED_OUTSIDE};

    if (pointer != 0) {
        (void)finding_take(&finding, pointer);
    }
    finding_print(&finding, panic_class(heap, status, &finding, pointer, is_header_sound), pointer);
}

__attribute__((noinline)) void bf_provenance_panic(const void *heap, int status,
                                                   const void *pointer, bool is_header_sound)
{
    const char *halt = getenv("BESTFIT_HALT");

    panic_tell(heap, status, (uintptr_t)pointer, is_header_sound);
    if (halt != NULL && strcmp(halt, "0") == 0) {
        return;
    }
    if (__asan_report_error != NULL) {
        has_told = true;
        __asan_report_error(__builtin_return_address(0), __builtin_frame_address(0), &heap,
                            (void *)pointer, 0, 1);
    }
    if (__sanitizer_print_stack_trace != NULL) {
        __sanitizer_print_stack_trace();
    }
    abort();
}

#if defined(__clang__)
#pragma clang attribute pop
#endif
