/* SPDX-License-Identifier: MIT
 *
 * Instructions counted by callgrind, inside of the calls of one subject only.
 */
#ifndef BENCH_COUNTS_H
#define BENCH_COUNTS_H

#include "rows.h"

#include <stdbool.h>

struct count {
    const struct bench_row *row;
    char subject[64];
    char module[1200];
    unsigned long long instructions;
    unsigned long long calls;
};

/* Counts all, as many at a time as there are cores, in a folder for what is written meanwhile.
 * False: one could not be counted, or instructions were counted outside of the module: then the
 * figure would depend on the machine's libc. It has said which. */
bool counts_measure(struct count *counts, size_t count, const char *probe, const char *scratch);

#endif
