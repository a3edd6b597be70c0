/* SPDX-License-Identifier: MIT
 *
 * What a stream costs an allocator at worst: steps of one call, and memory that lies idle. What the
 * harness complexity searches for, and bed replay --complexity tells.
 */
#ifndef HB_COMPLEXITY_H
#define HB_COMPLEXITY_H

#include "run.h"

enum hb_figure {
    HB_FIGURE_MALLOC_STEPS, /* most steps of one malloc or calloc */
    HB_FIGURE_FREE_STEPS,
    HB_FIGURE_REALLOC_STEPS,
    HB_FIGURE_ARENA, /* the arena that was used, in percent of the peak of live bytes */
    HB_FIGURE_COUNT
};

/* "malloc-steps" */
const char *hb_figure_name(unsigned figure);

/* The arena counts only where nothing but the order of calls makes it large: one range, alignments
 * up to 16, and this many live bytes at the peak, so that headers are not all there is. */
#define HB_ARENA_FIGURE_BYTES_MIN 4096u

struct hb_complexity {
    uint64_t steps[HB_FIGURE_ARENA];
    uint64_t extent_bytes; /* from the range's begin to the end of the last block there ever was */
    int64_t range_begin;
    unsigned range_count;
    bool is_aligned; /* an alignment above 16 was asked for */
};

/* An hb_observe_call; context is a struct hb_complexity, zeros at first. */
void hb_complexity_observe(void *context, const struct hb_call *call);

/* After the run. */
uint64_t hb_complexity_figure(const struct hb_complexity *complexity,
                              const struct hb_run_counts *counts, enum hb_figure figure);

#endif
