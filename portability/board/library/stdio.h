/* SPDX-License-Identifier: MIT
 *
 * As much of the C library as the core's tests use, for boards that have none: see library.c.
 */
#ifndef STDIO_H
#define STDIO_H

#include <stddef.h>

typedef struct stream FILE;
extern FILE *const stdout;
extern FILE *const stderr;

#define _IOLBF 1
#define BUFSIZ 256

/* Of the formats: %s, %d, %u and %x, the last two also with l and with leading zeros (%08lx). */
__attribute__((format(printf, 1, 2))) int printf(const char *format, ...);
__attribute__((format(printf, 2, 3))) int fprintf(FILE *stream, const char *format, ...);
int setvbuf(FILE *stream, char *buffer, int mode, size_t byte_count);

#endif
