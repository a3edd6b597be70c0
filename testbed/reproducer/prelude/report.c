/* SPDX-License-Identifier: MIT
 *
 * First part of every reproducer: the arena, and how a fault is reported.
 *
 * A reproducer is this file, one dialect (bestfit.c, seed.c, shared.c or libc.c), play.c and a
 * main, one after the other in one C file; write.c puts them together. What the machinery of it is
 * called begins with bed_, what stands for the user's calls with user_, so that neither meets a
 * name of the allocator. Functions are not static: those that a reproducer does not need raise no
 * warning.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define GUARD_BYTES   4096
#define BASE_ALIGN    65536
#define PATTERN       0xC7
#define HANG_SECONDS  10
#define HANG_STEPS    10000000ul
#define LOOK_STEPS    2000000000ul /* of a validator or a walk */
#define ANYWHERE      NULL         /* as the expected address: no particular one */
#define WATCHED_BYTES ((size_t)GUARD_BYTES + ARENA_BYTES + GUARD_BYTES)

/* How a call ends. The last three are expectations only: ok, or no room for it; anything but ok;
 * whatever the allocator likes. */
enum status {
    OK,
    OUT_OF_MEMORY,
    INVALID_ARGUMENT,
    INVALID_ALIGN,
    INVALID_SIZE,
    INVALID_ADDRESS,
    OVERLAP,
    TOO_MANY_RANGES,
    DOUBLE_FREE,
    WRONG_SIZE,
    CORRUPTED,
    RANGE_IN_USE,
    OK_OR_FULL,
    REFUSED,
    ANYTHING
};

const char *const bed_status_names[] = {
    "ok",
    "out_of_memory",
    "invalid_argument",
    "invalid_align",
    "invalid_size",
    "invalid_address",
    "overlap",
    "too_many_ranges",
    "double_free",
    "wrong_size",
    "corrupted",
    "range_in_use",
    "ok or out_of_memory",
    "a refusal",
    "anything",
};

/* The call that runs, or ran last. */
struct {
    unsigned long number; /* from 1 */
    unsigned long operation;
    char text[160];
    unsigned long steps;
    unsigned long work;      /* the steps of the call, once it has returned */
    unsigned long steps_max; /* above that the call counts as endless */
    enum status expected;
    enum status got;
    const char *expected_place; /* of a block; ANYWHERE where it may be any */
    const char *result;         /* the block, where there is one */
    size_t size;
    size_t align;
    bool is_allocation;
    bool is_question;    /* changes nothing, whatever it answers */
    bool is_out_written; /* it has set its result */
} bed_call;

/* Offset 0 of the arena. A guard zone lies on either side, and nothing around them. */
unsigned char *bed_arena;

/* The first byte that is watched: the guard zone below the arena. */
unsigned char *bed_watched(void)
{
    return bed_arena - GUARD_BYTES;
}

void bed_map_arena(void)
{
    unsigned char *mapped = mmap(NULL, ARENA_BYTES + 4ul * BASE_ALIGN, PROT_NONE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (mapped == MAP_FAILED) {
        perror("cannot run: mmap");
        exit(2);
    }
    bed_arena = mapped + 2 * BASE_ALIGN - (uintptr_t)mapped % BASE_ALIGN;
    if (mprotect(bed_watched(), WATCHED_BYTES, PROT_READ | PROT_WRITE) != 0) {
        perror("cannot run: mprotect");
        exit(2);
    }
}

/* The address that many bytes into the arena. */
char *at(long long offset)
{
    return (char *)((uintptr_t)bed_arena + (uintptr_t)offset);
}

/* The address that many bytes below the highest one. */
char *top(unsigned long long offset)
{
    return (char *)(UINTPTR_MAX - (uintptr_t)offset);
}

_Noreturn void bed_fault(const char *oracle, const char *expected, const char *got)
{
    printf("%s: operation %lu, %s: expected %s, got %s\n", oracle, bed_call.operation,
           bed_call.text, expected, got);
    fflush(stdout);
    _exit(1);
}

_Noreturn void bed_panic(const char *reason)
{
    bed_fault("panic", "a return", reason);
}

/* Counts one step of work of the call that runs. */
void bed_step(void)
{
    if (++bed_call.steps > bed_call.steps_max) {
        bed_fault("hang", "a return", "no end of work");
    }
}

/* An address as it reads on any machine. */
const char *bed_place_text(const void *place, char text[32])
{
    long long offset = (long long)((uintptr_t)place - (uintptr_t)bed_arena);
    if (offset < -GUARD_BYTES || offset > ARENA_BYTES + GUARD_BYTES) {
        return place == NULL ? "null" : "an address outside the arena";
    }
    snprintf(text, 32, "at(%lld)", offset);
    return text;
}

/* Only what a signal handler may do. */
void bed_on_signal(int number)
{
    const char *oracle = number == SIGALRM ? "hang: " : "crash: ";
    const char *end = number == SIGALRM ? ": expected a return, got none in time\n"
                                        : ": expected a return, got a signal\n";
    ssize_t written = write(1, oracle, strlen(oracle));
    written += write(1, bed_call.text, strlen(bed_call.text));
    written += write(1, end, strlen(end));
    _exit(written > 0 ? 1 : 2);
}

void bed_catch_signals(void)
{
    static unsigned char stack[65536];
    const stack_t alternate = {.ss_sp = stack, .ss_size = sizeof(stack)};
    sigaltstack(&alternate, NULL);
    struct sigaction action = {.sa_handler = bed_on_signal, .sa_flags = SA_ONSTACK};
    const int numbers[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGALRM};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        sigaction(numbers[i], &action, NULL);
    }
}

/* One block of the heap, as the allocator shows it and as it should be. */
struct bed_expected_block {
    long long offset; /* of the payload in the arena */
    size_t capacity_bytes;
    size_t request_bytes; /* 0 where free */
};

/* What the bed found, and what its model says about the heap there. */
struct bed_verdict {
    const char *oracle;
    unsigned long call;            /* the one it spoke after, counted from 1 */
    unsigned long whole_heap_from; /* operation; before it only the call itself is judged */
    unsigned long work_max;        /* of that call, in steps */
    unsigned long steps_max;       /* above that the call counts as endless */
    bool has_stats;
    size_t free_block_count;
    size_t free_bytes;
    size_t largest_free_bytes;
    size_t capacity;    /* of that call's block; 0: none */
    size_t block_count; /* 0: the blocks are not compared */
    const struct bed_expected_block *blocks;
    size_t regained[4]; /* blocks that can be had once nothing is live */
};

extern const struct bed_verdict bed_verdict;

typedef void (*bed_visit)(const void *payload, size_t capacity_bytes, size_t request_bytes);

/* What the allocator says about itself, where it can. */
struct bed_stats {
    size_t range_count;
    size_t live_block_count;
    size_t live_bytes;
    size_t free_block_count;
    size_t free_bytes;
    bool has_more; /* what follows */
    size_t peak_live_bytes;
    size_t largest_free_bytes;
    size_t failed_call_count;
};
