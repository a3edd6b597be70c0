/* SPDX-License-Identifier: MIT
 *
 * Start-up of a Cortex-M3. Text and the exit status go to the debugger by semihosting, as
 * qemu-system-arm -M lm3s6965evb -semihosting has it.
 */
#include "platform.h"

#include <stddef.h>
#include <stdint.h>

/* From cortex_m3.ld. */
extern uint32_t stack_top[];
extern uint32_t data_source[];
extern uint32_t data_begin[];
extern uint32_t data_end[];
extern uint32_t bss_begin[];
extern uint32_t bss_end[];

enum { SEMIHOSTING_WRITE = 0x04, SEMIHOSTING_EXIT_EXTENDED = 0x20, APPLICATION_EXIT = 0x20026 };

void reset(void);

static void semihosting_call(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
}

void platform_write(const char *text)
{
    semihosting_call(SEMIHOSTING_WRITE, text);
}

/* Through volatile, as the loops would become calls of memcpy and memset. */
void reset(void)
{
    volatile uint32_t *to = data_begin;

    for (const uint32_t *from = data_source; to < data_end; from++) {
        *to++ = *from;
    }
    for (volatile uint32_t *word = bss_begin; word < bss_end; word++) {
        *word = 0;
    }
    const uint32_t ending[2] = {APPLICATION_EXIT, (uint32_t)main()};

    semihosting_call(SEMIHOSTING_EXIT_EXTENDED, ending);
    for (;;) {
    }
}

static void fault(void)
{
    const uint32_t ending[2] = {APPLICATION_EXIT, 3};

    semihosting_call(SEMIHOSTING_EXIT_EXTENDED, ending);
    for (;;) {
    }
}

struct vectors {
    const void *stack;
    void (*handlers[15])(void);
};

extern const struct vectors vectors;
__attribute__((section(".vectors")))
const struct vectors vectors = {stack_top, {reset, fault, fault, fault, fault, fault}};
