/* SPDX-License-Identifier: MIT
 *
 * Start-up of a Cortex-M, and the player's input and output by semihosting, as qemu-system-arm has
 * it: standard input and output of qemu. No library.
 */
#include "../player.h"

/* From board.ld. */
extern uint32_t stack_top[];
extern uint32_t data_source[];
extern uint32_t data_begin[];
extern uint32_t data_end[];
extern uint32_t bss_begin[];
extern uint32_t bss_end[];

enum {
    SEMIHOSTING_OPEN = 0x01,
    SEMIHOSTING_WRITE = 0x05,
    SEMIHOSTING_READ = 0x06,
    SEMIHOSTING_EXIT_EXTENDED = 0x20,
    OPEN_TO_READ = 1,  /* "rb" */
    OPEN_TO_WRITE = 5, /* "wb" */
    APPLICATION_EXIT = 0x20026
};

static uint32_t input;
static uint32_t output;
static unsigned char pending[256]; /* of the output */
static size_t pending_bytes;

void reset(void);

static uint32_t semihosting_call(uint32_t operation, const void *argument)
{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;

    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static uint32_t console_open(uint32_t mode)
{
    const uint32_t arguments[3] = {(uint32_t)(uintptr_t)":tt", mode, 3};
    return semihosting_call(SEMIHOSTING_OPEN, arguments);
}

size_t machine_read(void *bytes, size_t byte_count)
{
    const uint32_t arguments[3] = {input, (uint32_t)(uintptr_t)bytes, (uint32_t)byte_count};
    const size_t missing = semihosting_call(SEMIHOSTING_READ, arguments);
    return missing <= byte_count ? byte_count - missing : 0;
}

static void flush(void)
{
    const uint32_t arguments[3] = {output, (uint32_t)(uintptr_t)pending, (uint32_t)pending_bytes};
    if (pending_bytes > 0) {
        (void)semihosting_call(SEMIHOSTING_WRITE, arguments);
    }
    pending_bytes = 0;
}

void machine_write(const void *bytes, size_t byte_count)
{
    for (size_t i = 0; i < byte_count; i++) {
        if (pending_bytes == sizeof pending) {
            flush();
        }
        pending[pending_bytes++] = ((const unsigned char *)bytes)[i];
    }
}

void machine_end(int status)
{
    const uint32_t ending[2] = {APPLICATION_EXIT, (uint32_t)status};
    flush();
    (void)semihosting_call(SEMIHOSTING_EXIT_EXTENDED, ending);
    for (;;) {
    }
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
    input = console_open(OPEN_TO_READ);
    output = console_open(OPEN_TO_WRITE);
    machine_end(player_run());
}

static void fault(void)
{
    machine_end(3);
}

struct vectors {
    const void *stack;
    void (*handlers[15])(void);
};

extern const struct vectors vectors;
__attribute__((section(".vectors")))
const struct vectors vectors = {stack_top, {reset, fault, fault, fault, fault, fault}};
