/* SPDX-License-Identifier: MIT
 *
 * How large an arena the list index needs to serve a trace: best fit with a 16-byte header, that
 * splits blocks and never merges them. Since it never does, addresses do not matter: the heap is
 * the sizes of its free blocks, and one block without end that is cut when none of them fits.
 */
#ifndef HB_RECORD_NEED_H
#define HB_RECORD_NEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Capacities are counted in units of 16 bytes; up to this many have a bin of their own. */
#define HB_NEED_BIN_COUNT 4096

struct hb_need {
    uint32_t bins[HB_NEED_BIN_COUNT];             /* free blocks of that capacity */
    uint64_t bins_in_use[HB_NEED_BIN_COUNT / 64]; /* a bit for each bin that is not empty */
    uint64_t *large;                              /* capacities of the other free blocks */
    size_t large_count;
    size_t large_capacity;
    uint64_t used_bytes; /* cut from the endless block so far: the arena that is needed */
};

/* A fresh heap is all zero. */
void hb_need_destroy(struct hb_need *need);

/* Takes a block for size_bytes and sets its capacity. False where memory is used up. */
bool hb_need_take(struct hb_need *need, uint64_t size_bytes, uint64_t *capacity_units);

/* Gives back a block of that capacity. False where memory is used up. */
bool hb_need_give(struct hb_need *need, uint64_t capacity_units);

#endif
