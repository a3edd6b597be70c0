/* SPDX-License-Identifier: MIT
 *
 * The same without a board: a Linux process of nothing but system calls, so that the tests can run
 * what has no library on the machine that built it.
 */
#include "platform.h"

#include <stddef.h>

enum { CALL_WRITE = 1, CALL_EXIT = 60 };

void start(void);

static void system_call(long number, long first, const char *second, size_t third)
{
    __asm__ volatile("syscall"
                     : "+a"(number)
                     : "D"(first), "S"(second), "d"(third)
                     : "rcx", "r11", "memory");
}

void platform_write(const char *text)
{
    size_t byte_count = 0;

    while (text[byte_count] != 0) {
        byte_count++;
    }
    system_call(CALL_WRITE, 1, text, byte_count);
}

/* The stack is aligned for a function that was called; nobody calls this one. */
__attribute__((force_align_arg_pointer, noreturn)) void start(void)
{
    const int status = main();

    for (;;) {
        system_call(CALL_EXIT, status, NULL, 0);
    }
}
