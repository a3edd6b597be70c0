/* SPDX-License-Identifier: MIT
 *
 * The functions that the tests with threads call: those of the drop-in malloc by the names it was
 * built with. Under ThreadSanitizer, which replaces malloc itself, these are other names.
 */
#ifndef ALLOCATOR_H
#define ALLOCATOR_H

#include <malloc.h>
#include <stdlib.h>

#ifdef DROPIN_PREFIX
#define DROPIN_JOIN_(prefix, name) prefix##name
#define DROPIN_JOIN(prefix, name)  DROPIN_JOIN_(prefix, name)
#define DROPIN_NAME(name)          DROPIN_JOIN(DROPIN_PREFIX, name)
void *DROPIN_NAME(malloc)(size_t size);
void *DROPIN_NAME(calloc)(size_t count, size_t size);
void *DROPIN_NAME(realloc)(void *ptr, size_t size);
void DROPIN_NAME(free)(void *ptr);
void *DROPIN_NAME(aligned_alloc)(size_t align, size_t size);
size_t DROPIN_NAME(malloc_usable_size)(void *ptr);
#else
#define DROPIN_NAME(name) name
#endif

#endif
