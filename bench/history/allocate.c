/* SPDX-License-Identifier: MIT
 *
 * Memory, or the end of the program.
 */
#include "allocate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_COUNT ((size_t)16)

static void *checked(void *memory)
{
    if (memory == NULL) {
        (void)fputs("heapbed-history: no memory\n", stderr);
        exit(2);
    }
    return memory;
}

void *memory_new(size_t count, size_t item_bytes)
{
    return checked(calloc(count > 0 ? count : 1, item_bytes));
}

/* It is full at 0, and at every power of two from FIRST_COUNT on. */
void *memory_grown(void *items, size_t count, size_t item_bytes)
{
    if (count == 0) {
        return checked(realloc(items, FIRST_COUNT * item_bytes));
    }
    if (count < FIRST_COUNT || (count & (count - 1)) != 0) {
        return items;
    }
    return checked(reallocarray(items, 2 * count, item_bytes));
}

char *memory_copy(const char *text)
{
    return checked(strdup(text));
}
