/* SPDX-License-Identifier: MIT
 *
 * The rows of the table. A row more is an entry more here.
 */
#include "rows.h"

#include <string.h>

#define SELECT(sizes, count)       {BENCH_CALLS_SELECT, BENCH_SIZES_##sizes, count, 0, 0}
#define PAIR(sizes, count)         {BENCH_CALLS_PAIR, BENCH_SIZES_##sizes, count, 0, 0}
#define MIXED(sizes, count, calls) {BENCH_CALLS_MIXED, BENCH_SIZES_##sizes, count, calls, calls}
#define NO_WORKLOAD                SELECT(SMALL, 0)

#define MEMORY_TEXT                                                                                \
    "the smallest arena in which the recorded program is served to its end, by bisection to 256 "  \
    "bytes, over the peak of the bytes that it had asked for at once"
#define CODE_TEXT "-Os, .text and .rodata of bf_init, bf_malloc, bf_free and all that they reach"
#define API_TEXT  "as above, of every public function"

static const struct bench_row rows[] = {
    {"select/256-small", "256 small", BENCH_TIMED, SELECT(SMALL, 256), NULL, "list",
     "select_block; 256 free blocks, sizes uniform from 16 to 1,024"},
    {"select/4096-log", "4,096 log", BENCH_TIMED, SELECT(LOG, 4096), NULL, "list",
     "select_block; 4,096 free blocks, sizes log-uniform from 16 to 64 KiB"},
    {"select/65536-log", "65,536 log", BENCH_TIMED, SELECT(LOG, 65536), NULL, "list",
     "select_block; 65,536 free blocks, sizes log-uniform from 16 to 64 KiB"},
    {"select/4096-large", "4,096 large", BENCH_TIMED, SELECT(DISTINCT, 4096), NULL, "list",
     "select_block; 4,096 free blocks, all of different sizes from 64 KiB to 1 MiB"},
    {"pair/4096-small", "pair", BENCH_TIMED, PAIR(SMALL, 4096), NULL, "glibc",
     "malloc and free of it at once (one call here is both); 4,096 free blocks, sizes uniform "
     "from 16 to 1,024"},
    {"mixed/4096-small", "mixed", BENCH_TIMED, MIXED(SMALL, 4096, 8192), NULL, "glibc",
     "8,192 slots, every other one live to begin with; each call draws a slot and frees it or "
     "fills it anew, sizes uniform from 16 to 1,024; calls 8,193 to 16,384 are measured"},
    {"instructions/select", "select", BENCH_INSTRUCTIONS, SELECT(LOG, 4096), NULL, "list",
     "as select/4096-log, instructions a call"},
    {"instructions/pair", "pair", BENCH_INSTRUCTIONS, PAIR(SMALL, 4096), NULL, "glibc",
     "as pair/4096-small, instructions a pair"},
    {"instructions/mixed", "mixed", BENCH_INSTRUCTIONS, MIXED(SMALL, 4096, 8192), NULL, "glibc",
     "as mixed/4096-small, instructions a call"},
    {"worst/malloc", "malloc", BENCH_WORST, MIXED(LOG_LARGE, 512, 4096), "malloc", NULL,
     "1,024 slots, otherwise as mixed, sizes log-uniform from 16 to 1 MiB: the most instructions "
     "that one malloc took (a system call counts as one)"},
    {"worst/free", "free", BENCH_WORST, MIXED(LOG_LARGE, 512, 4096), "free", NULL,
     "the same trace: the most instructions that one free took"},
    {"memory/cc1-compile", "cc1", BENCH_MEMORY, NO_WORKLOAD, "cc1-compile", NULL,
     "gcc's cc1: " MEMORY_TEXT},
    {"memory/python3-objects", "py objects", BENCH_MEMORY, NO_WORKLOAD, "python3-objects", NULL,
     "python3, each object a block of its own; otherwise as above"},
    {"memory/python3-words", "py words", BENCH_MEMORY, NO_WORKLOAD, "python3-words", NULL,
     "python3; otherwise as above"},
    {"memory/git-log", "git log", BENCH_MEMORY, NO_WORKLOAD, "git-log", NULL,
     "git log; otherwise as above"},
    {"memory/perl-words", "perl", BENCH_MEMORY, NO_WORKLOAD, "perl-words", NULL,
     "perl; otherwise as above"},
    {"code/x86-64", "x86-64", BENCH_CODE, NO_WORKLOAD, "x86-64 calls", NULL,
     "x86-64, gcc " CODE_TEXT},
    {"code/x86-64-api", "all", BENCH_CODE, NO_WORKLOAD, "x86-64 api", NULL, API_TEXT},
    {"code/cortex-m4", "Cortex-M4", BENCH_CODE, NO_WORKLOAD, "cortex-m4 calls", NULL,
     "Cortex-M4 (Thumb-2), clang " CODE_TEXT},
    {"code/cortex-m4-api", "all", BENCH_CODE, NO_WORKLOAD, "cortex-m4 api", NULL, API_TEXT},
};

const struct bench_row *bench_row_at(size_t index)
{
    return index < sizeof(rows) / sizeof(rows[0]) ? &rows[index] : NULL;
}

const struct bench_row *bench_row_find(const char *name)
{
    for (size_t i = 0; bench_row_at(i) != NULL; i++) {
        if (strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    return NULL;
}
