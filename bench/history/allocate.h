/* SPDX-License-Identifier: MIT
 *
 * Memory for programs that can do nothing without it: where there is none left, they say so and
 * end.
 */
#ifndef HISTORY_ALLOCATE_H
#define HISTORY_ALLOCATE_H

#include <stddef.h>

/* Zeroed; never null. */
void *memory_new(size_t count, size_t item_bytes);
/* items, with room for one behind the first count of them. */
void *memory_grown(void *items, size_t count, size_t item_bytes);
char *memory_copy(const char *text);

#endif
