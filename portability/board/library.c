/* SPDX-License-Identifier: MIT
 *
 * What a test of the core (tests/core/) takes to be a board's program: the few functions of the C
 * library that it calls, and a start of its main without arguments, which is all of its tests. To
 * be compiled with -fno-builtin, or the loops below would become calls of the functions they are
 * in.
 */
#include "../player.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv);

FILE *const stdout = NULL;
FILE *const stderr = NULL;

int player_run(void)
{
    static char name[] = "test";
    static char *arguments[] = {name, NULL};
    return main(1, arguments);
}

void exit(int status)
{
    machine_end(status);
}

/* ---- memory and text ---- */

/* The tests move whole heaps about: word by word where both lie so. */
typedef __attribute__((may_alias)) uint32_t word;

static bool are_aligned(const void *one, const void *other)
{
    return ((uintptr_t)one | (uintptr_t)other) % sizeof(word) == 0;
}

void *memcpy(void *to, const void *from, size_t byte_count)
{
    size_t i = 0;
    for (; are_aligned(to, from) && byte_count - i >= sizeof(word); i += sizeof(word)) {
        ((word *)to)[i / sizeof(word)] = ((const word *)from)[i / sizeof(word)];
    }
    for (; i < byte_count; i++) {
        ((unsigned char *)to)[i] = ((const unsigned char *)from)[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t byte_count)
{
    if ((uintptr_t)to <= (uintptr_t)from) {
        return memcpy(to, from, byte_count);
    }
    for (size_t i = byte_count; i > 0; i--) {
        ((unsigned char *)to)[i - 1] = ((const unsigned char *)from)[i - 1];
    }
    return to;
}

void *memset(void *to, int value, size_t byte_count)
{
    const word words = (unsigned char)value * UINT32_C(0x01010101);
    size_t i = 0;
    for (; are_aligned(to, to) && byte_count - i >= sizeof(word); i += sizeof(word)) {
        ((word *)to)[i / sizeof(word)] = words;
    }
    for (; i < byte_count; i++) {
        ((unsigned char *)to)[i] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *left, const void *right, size_t byte_count)
{
    const unsigned char *const a = left;
    const unsigned char *const b = right;
    size_t i = 0;
    while (are_aligned(left, right) && byte_count - i >= sizeof(word) &&
           ((const word *)left)[i / sizeof(word)] == ((const word *)right)[i / sizeof(word)]) {
        i += sizeof(word);
    }
    for (; i < byte_count; i++) {
        if (a[i] != b[i]) {
            return a[i] < b[i] ? -1 : 1;
        }
    }
    return 0;
}

size_t strlen(const char *text)
{
    size_t length = 0;
    while (text[length] != '\0') {
        length++;
    }
    return length;
}

int strncmp(const char *left, const char *right, size_t byte_count)
{
    size_t length = strlen(left) + 1;
    length = length < byte_count ? length : byte_count;
    for (size_t i = 0; i < length; i++) {
        if (left[i] != right[i]) {
            return (unsigned char)left[i] < (unsigned char)right[i] ? -1 : 1;
        }
    }
    return 0;
}

int strcmp(const char *left, const char *right)
{
    return strncmp(left, right, SIZE_MAX);
}

/* ---- printing ---- */

static void print_number(unsigned long number, unsigned base, size_t digits_min)
{
    char digits[24];
    size_t begin = sizeof digits;
    do {
        digits[--begin] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0 || sizeof digits - begin < digits_min);
    machine_write(digits + begin, sizeof digits - begin);
}

static void print_signed(int number)
{
    if (number < 0) {
        machine_write("-", 1);
    }
    print_number(number < 0 ? 0 - (unsigned long)number : (unsigned long)number, 10, 1);
}

/* What begins behind a percent sign; where the format goes on. */
static const char *print_one(const char *format, va_list *arguments)
{
    size_t digits_min = 1;
    while (*format >= '0' && *format <= '9') {
        digits_min = digits_min % 10 * 10 + (size_t)(*format++ - '0');
    }
    const bool is_long = *format == 'l';
    format += is_long ? 1 : 0;
    if (*format == 's') {
        const char *const text = va_arg(*arguments, const char *);
        machine_write(text, strlen(text));
    } else if (*format == 'd' && !is_long) {
        print_signed(va_arg(*arguments, int));
    } else if (*format == 'u' || *format == 'x') {
        const unsigned long number =
            is_long ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
        print_number(number, *format == 'u' ? 10 : 16, digits_min);
    } else {
        machine_end(4); /* a format that is not known here: all that follows would be wrong */
    }
    return format + 1;
}

static void print_all(const char *format, va_list *arguments)
{
    while (*format != '\0') {
        if (*format == '%') {
            format = print_one(format + 1, arguments);
        } else {
            machine_write(format++, 1);
        }
    }
}

int printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    print_all(format, &arguments);
    va_end(arguments);
    return 0;
}

int fprintf(FILE *stream, const char *format, ...)
{
    va_list arguments;
    (void)stream;
    va_start(arguments, format);
    print_all(format, &arguments);
    va_end(arguments);
    return 0;
}

int setvbuf(FILE *stream, char *buffer, int mode, size_t byte_count)
{
    (void)stream;
    (void)buffer;
    (void)mode;
    (void)byte_count;
    return 0;
}
