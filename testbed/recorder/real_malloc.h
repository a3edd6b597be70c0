/* SPDX-License-Identifier: MIT
 *
 * The allocation functions that the program would have had without the recorder.
 */
#ifndef HB_REAL_MALLOC_H
#define HB_REAL_MALLOC_H

#include <stdbool.h>
#include <stddef.h>

/* The program that loads the library sees none of these. */
#pragma GCC visibility push(hidden)

struct hb_real_malloc {
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *pointer, size_t size);
    void (*free)(void *pointer);
    int (*posix_memalign)(void **out, size_t align, size_t size);
    void *(*aligned_alloc)(size_t align, size_t size);
    void *(*memalign)(size_t align, size_t size);
};

/* Null while they are being looked up: the look-up itself may allocate, and is served by
 * hb_early_allocate. */
const struct hb_real_malloc *hb_real_malloc(void);

/* Zeroed memory from a small static arena; never given back. Null where it is used up. */
void *hb_early_allocate(size_t size, size_t align);
bool hb_early_owns(const void *pointer);
/* Bytes that can be read from pointer on, at most size. */
size_t hb_early_readable(const void *pointer, size_t size);

#pragma GCC visibility pop

#endif
