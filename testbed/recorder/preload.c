/* SPDX-License-Identifier: MIT
 *
 * The allocation functions that a recorded program calls instead of its C library's: each makes the
 * real call and appends an event for it. Built into libheapbed_record.so, which `bed record` has
 * the dynamic linker load in front of everything else.
 *
 * A call that fails is not recorded: the heap that replays the trace has its own limits.
 */
#include "real_malloc.h"
#include "recorder.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static uint64_t address(const void *pointer)
{
    return (uint64_t)(uintptr_t)pointer;
}

static void leave_allocated(const struct hb_event *event)
{
    hb_recorder_leave(event->result == 0 ? NULL : event);
}

/* As the C library does for a memalign of 24: the next power of two. */
static uint32_t align_log2(size_t align)
{
    uint32_t log2 = 0;
    while (log2 < 63 && ((uint64_t)1 << log2) < align) {
        ++log2;
    }
    return log2;
}

static struct hb_event aligned_event(const void *result, size_t align, size_t size)
{
    return (struct hb_event){.kind = HB_EVENT_MALLOC,
                             .result = address(result),
                             .size = size,
                             .align_log2 = align_log2(align)};
}

EXPORT void *malloc(size_t size)
{
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        return hb_early_allocate(size, 0);
    }
    if (!hb_recorder_enter()) {
        return real->malloc(size);
    }
    void *result = real->malloc(size);
    leave_allocated(
        &(struct hb_event){.kind = HB_EVENT_MALLOC, .result = address(result), .size = size});
    return result;
}

EXPORT void *calloc(size_t count, size_t size)
{
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        size_t bytes;
        return __builtin_mul_overflow(count, size, &bytes) ? NULL : hb_early_allocate(bytes, 0);
    }
    if (!hb_recorder_enter()) {
        return real->calloc(count, size);
    }
    void *result = real->calloc(count, size);
    leave_allocated(&(struct hb_event){
        .kind = HB_EVENT_CALLOC, .result = address(result), .count = count, .size = size});
    return result;
}

static void *early_realloc(void *pointer, size_t size)
{
    void *result = malloc(size);
    if (result != NULL) {
        memcpy(result, pointer, hb_early_readable(pointer, size));
    }
    return result;
}

EXPORT void *realloc(void *pointer, size_t size)
{
    if (pointer != NULL && hb_early_owns(pointer)) {
        return early_realloc(pointer, size);
    }
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        return hb_early_allocate(size, 0);
    }
    if (!hb_recorder_enter()) {
        return real->realloc(pointer, size);
    }
    uint64_t old = address(pointer);
    void *result = real->realloc(pointer, size);
    struct hb_event event = {
        .kind = HB_EVENT_REALLOC, .pointer = old, .result = address(result), .size = size};
    bool has_failed = result == NULL && (size != 0 || old == 0);
    hb_recorder_leave(has_failed ? NULL : &event);
    return result;
}

EXPORT void *reallocarray(void *pointer, size_t count, size_t size)
{
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(pointer, bytes);
}

EXPORT void free(void *pointer)
{
    if (pointer == NULL || hb_early_owns(pointer)) {
        return;
    }
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        return;
    }
    if (!hb_recorder_enter()) {
        real->free(pointer);
        return;
    }
    struct hb_event event = {.kind = HB_EVENT_FREE, .pointer = address(pointer)};
    real->free(pointer);
    hb_recorder_leave(&event);
}

EXPORT int posix_memalign(void **out, size_t align, size_t size)
{
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        void *early = hb_early_allocate(size, align);
        if (early != NULL) {
            *out = early;
        }
        return early == NULL ? ENOMEM : 0;
    }
    if (!hb_recorder_enter()) {
        return real->posix_memalign(out, align, size);
    }
    int status = real->posix_memalign(out, align, size);
    struct hb_event event = aligned_event(status == 0 ? *out : NULL, align, size);
    leave_allocated(&event);
    return status;
}

EXPORT void *aligned_alloc(size_t align, size_t size)
{
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        return hb_early_allocate(size, align);
    }
    if (!hb_recorder_enter()) {
        return real->aligned_alloc(align, size);
    }
    void *result = real->aligned_alloc(align, size);
    struct hb_event event = aligned_event(result, align, size);
    leave_allocated(&event);
    return result;
}

EXPORT void *memalign(size_t align, size_t size)
{
    const struct hb_real_malloc *real = hb_real_malloc();
    if (real == NULL) {
        return hb_early_allocate(size, align);
    }
    if (!hb_recorder_enter()) {
        return real->memalign(align, size);
    }
    void *result = real->memalign(align, size);
    struct hb_event event = aligned_event(result, align, size);
    leave_allocated(&event);
    return result;
}

EXPORT void *valloc(size_t size)
{
    return memalign((size_t)sysconf(_SC_PAGESIZE), size);
}

EXPORT void *pvalloc(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    if (size > SIZE_MAX - page) {
        errno = ENOMEM;
        return NULL;
    }
    return memalign(page, (size + page - 1) / page * page);
}
