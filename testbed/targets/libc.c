/* SPDX-License-Identifier: MIT
 *
 * The target libc: the C library's malloc (or what is preloaded or linked in its place) as a
 * foreign target. It takes no ranges and promises no placement.
 *
 * It keeps nothing but a sum: the bed fills what it is given, so that an adapter without a limit
 * would let a stream take all the memory of the machine (and a sanitizer's malloc ends the process
 * where a size is absurd). The limit is the largest arena that a stream can have.
 */
#include "targets.h"

#include "ops.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#define LIBC_BYTES_MAX ((size_t)1 << HB_ARENA_LOG2_MAX)
#define LIBC_ALIGN_MAX ((size_t)4096)

struct libc_state {
    size_t live_bytes;
};

static void target_init(void *state, struct hb_host *host)
{
    (void)host;
    struct libc_state *libc = state;
    libc->live_bytes = 0;
}

static enum hb_status target_malloc(void *state, size_t size, size_t align, void **out)
{
    struct libc_state *libc = state;
    if (align == 0 || (align & (align - 1)) != 0 || align > LIBC_ALIGN_MAX) {
        return HB_INVALID_ALIGN;
    }
    /* malloc(0) may answer null or not; the bed wants one answer. */
    if (size == 0) {
        return HB_INVALID_SIZE;
    }
    if (size > LIBC_BYTES_MAX || libc->live_bytes > LIBC_BYTES_MAX - size) {
        return HB_OUT_OF_MEMORY;
    }
    void *result = NULL;
    if (align <= _Alignof(max_align_t)) {
        result = malloc(size);
    } else if (posix_memalign(&result, align, size) != 0) {
        result = NULL;
    }
    if (result == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    libc->live_bytes += malloc_usable_size(result);
    *out = result;
    return HB_OK;
}

static enum hb_status target_calloc(void *state, size_t count, size_t size, size_t align,
                                    void **out)
{
    if (align > _Alignof(max_align_t)) { /* which C has no function for */
        const enum hb_status status = target_malloc(state, count * size, align, out);
        if (status == HB_OK) {
            memset(*out, 0, count * size);
        }
        return status;
    }
    struct libc_state *libc = state;
    if (count * size > LIBC_BYTES_MAX - libc->live_bytes) {
        return HB_OUT_OF_MEMORY;
    }
    void *result = calloc(count, size);
    if (result == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    libc->live_bytes += malloc_usable_size(result);
    *out = result;
    return HB_OK;
}

static enum hb_status target_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                     size_t align, void **out)
{
    struct libc_state *libc = state;
    const size_t before = ptr != NULL ? malloc_usable_size(ptr) : 0;
    if (align > _Alignof(max_align_t)) {
        const enum hb_status status = target_malloc(state, new_size, align, out);
        if (status == HB_OK && ptr != NULL) {
            memcpy(*out, ptr, old_size < new_size ? old_size : new_size);
            libc->live_bytes -= before;
            free(ptr);
        }
        return status;
    }
    if (new_size > LIBC_BYTES_MAX - (libc->live_bytes - before)) {
        return HB_OUT_OF_MEMORY;
    }
    void *result = realloc(ptr, new_size);
    if (result == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    libc->live_bytes += malloc_usable_size(result) - before;
    *out = result;
    return HB_OK;
}

static enum hb_status target_usable_size(void *state, const void *ptr, size_t *size_bytes)
{
    (void)state;
    *size_bytes = malloc_usable_size((void *)(uintptr_t)ptr);
    return HB_OK;
}

static enum hb_status target_free(void *state, void *ptr, size_t size)
{
    (void)size;
    struct libc_state *libc = state;
    libc->live_bytes -= malloc_usable_size(ptr);
    free(ptr);
    return HB_OK;
}

const struct hb_target hb_target_libc = {
    HB_TARGET_HEAD,
    .name = "libc",
    .summary = "the C library's malloc, calloc, realloc and free; no ranges, no placement",
    .contract = 0,
    .align_max = LIBC_ALIGN_MAX,
    .state_bytes = sizeof(struct libc_state),
    .init = target_init,
    .malloc = target_malloc,
    .free = target_free,
    .realloc = target_realloc,
    .calloc = target_calloc,
    .usable_size = target_usable_size,
};
