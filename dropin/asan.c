/* SPDX-License-Identifier: MIT
 *
 * What the build for AddressSanitizer has beyond the others: the calls that come before the
 * sanitizer is ready, the pointers that are none of ours, and the copies of strings, whose memory
 * the sanitizer's own interceptors would take from its own heap.
 *
 * A pointer into our heap that is none of our live blocks is reported here. Any other pointer that
 * no call of ours has handed out is the sanitizer's to judge: it may be from its own heap (operator
 * new); or it is wrong, and nobody says better than its free and its realloc whose variable it is.
 */
#include "dropin.h"

#include <errno.h>
#include <sanitizer/common_interface_defs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bestfit_describe.h"
#include "provenance.h"

#define EXPORT __attribute__((visibility("default")))

/* The sanitizer's own, by the names that both its forms have: the archive of clang and the shared
 * library of gcc. */
extern void __interceptor_free(void *ptr);
extern void *__interceptor_realloc(void *ptr, size_t size);
extern size_t __interceptor_malloc_usable_size(void *ptr);

/* -- before the sanitizer is ready ----------------------------------------------------------- */

/* The dynamic linker and the sanitizer's start ask for a few bytes, such as the text of an error
 * about a function that this C library does not have. They are never given back. */
#define EARLY_BYTES ((size_t)64 << 10)

struct early_block {
    _Alignas(DROPIN_ALIGN) size_t size_bytes;
};

static _Alignas(4096) char early_bytes[EARLY_BYTES];
static size_t early_used_bytes;

bool dropin_early_allocate(size_t size, size_t align, void **out)
{
    const size_t begin =
        (early_used_bytes + sizeof(struct early_block) + align - 1) & ~(size_t)(align - 1);

    if (align > 4096 || begin > EARLY_BYTES || size > EARLY_BYTES - begin) {
        return false;
    }
    ((struct early_block *)(early_bytes + begin))[-1].size_bytes = size;
    early_used_bytes = begin + size;
    *out = early_bytes + begin;
    return true;
}

static bool is_early(const void *ptr)
{
    return (uintptr_t)ptr - (uintptr_t)early_bytes < EARLY_BYTES;
}

static void *early_move(void *ptr, size_t size)
{
    const size_t old_bytes = ((struct early_block *)ptr)[-1].size_bytes;
    void *block = malloc(size);

    if (block != NULL) {
        memcpy(block, ptr, old_bytes < size ? old_bytes : size);
    }
    return block;
}

/* -- pointers that are none of our blocks ---------------------------------------------------- */

/* Into our heap: told, and reported in the form of the sanitizer, which ends the program. Never
 * handed on: the sanitizer takes what is in front of a pointer for a header of its own, and content
 * of ours may look like one. True: the program is to go on (BESTFIT_HALT=0), and nothing has been
 * done. */
static bool is_ours_and_told(const char *function, const void *ptr, enum bf_status status)
{
    struct bf_description block = {.heap = NULL};
    size_t usable = 0;

    if (!dropin_owns(ptr)) {
        return false;
    }
    dropin_tell(function, ptr, status);
    (void)bf_describe(ptr, &block);
    bf_provenance_panic(block.heap, (int)status, ptr,
                        dropin_usable_size((void *)ptr, &usable) != BF_CORRUPTED);
    return true;
}

void dropin_reject_free(const char *function, void *ptr, enum bf_status status)
{
    if (!is_early(ptr) && !is_ours_and_told(function, ptr, status)) {
        __interceptor_free(ptr);
    }
}

void *dropin_reject_realloc(const char *function, void *ptr, size_t size, enum bf_status status)
{
    if (is_early(ptr)) {
        return early_move(ptr, size);
    }
    if (is_ours_and_told(function, ptr, status)) {
        errno = ENOMEM;
        return NULL;
    }
    return __interceptor_realloc(ptr, size);
}

size_t dropin_reject_usable_size(void *ptr, enum bf_status status)
{
    if (is_early(ptr)) {
        return ((struct early_block *)ptr)[-1].size_bytes;
    }
    return is_ours_and_told("malloc_usable_size", ptr, status)
               ? 0
               : __interceptor_malloc_usable_size(ptr);
}

/* A sanitizer in a shared library finds it only where it is exported. */
EXPORT void __asan_on_error(void);

void __asan_on_error(void)
{
    bf_on_asan_error();
}

/* -- at exit ---------------------------------------------------------------------------------- */

/* LeakSanitizer knows nothing of our blocks. Whether anything points to them is not looked at. */
__attribute__((destructor(102))) static void live_tell(void)
{
    char text[100];

    if (dropin_settings()->tells_live) {
        (void)snprintf(text, sizeof text, "bestfit_malloc: %zu blocks were live at exit",
                       bf_describe_live(NULL));
        __sanitizer_report_error_summary(text);
    }
}

/* -- copies of strings ----------------------------------------------------------------------- */

EXPORT char *__strdup(const char *string);
EXPORT char *__strndup(const char *string, size_t bytes_max);

/* strlen, strnlen and memcpy are the sanitizer's, which look at what they read. */
static char *copy(const char *string, size_t length)
{
    char *copied = malloc(length + 1);

    if (copied != NULL) {
        memcpy(copied, string, length);
        copied[length] = '\0';
    }
    return copied;
}

EXPORT char *strdup(const char *string)
{
    return copy(string, strlen(string));
}

char *__strdup(const char *string)
{
    return copy(string, strlen(string));
}

EXPORT char *strndup(const char *string, size_t bytes_max)
{
    return copy(string, strnlen(string, bytes_max));
}

char *__strndup(const char *string, size_t bytes_max)
{
    return copy(string, strnlen(string, bytes_max));
}
