/* SPDX-License-Identifier: MIT
 *
 * As much of the C library as the core's tests use, for boards that have none: see library.c.
 */
#ifndef STRING_H
#define STRING_H

#include <stddef.h>

void *memcpy(void *to, const void *from, size_t byte_count);
void *memmove(void *to, const void *from, size_t byte_count);
void *memset(void *to, int value, size_t byte_count);
int memcmp(const void *left, const void *right, size_t byte_count);
size_t strlen(const char *text);
int strcmp(const char *left, const char *right);
int strncmp(const char *left, const char *right, size_t byte_count);

#endif
