/* SPDX-License-Identifier: MIT
 *
 * Reading what callgrind writes.
 */
#ifndef BENCH_CALLGRIND_H
#define BENCH_CALLGRIND_H

#include <stdbool.h>
#include <stdint.h>

struct callgrind_counts {
    uint64_t instructions; /* in all parts, without those of the brackets themselves */
    uint64_t worst_malloc; /* the most in a part that ends with bench_counted_malloc */
    uint64_t worst_free;
};

/* Reads a file that was written with --combine-dumps=yes --compress-strings=no --compress-pos=no
 * --dump-line=no. False: it does not look like one. */
bool callgrind_read(const char *text, struct callgrind_counts *counts);

#endif
