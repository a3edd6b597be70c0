/* SPDX-License-Identifier: MIT
 *
 * What a process has in memory while a recorded program runs on a subject, and how that memory is
 * used. The same for every allocator: the kernel is asked, not the allocator.
 */
#ifndef BENCH_FOOTPRINT_H
#define BENCH_FOOTPRINT_H

#include "subject.h"

/* How many points of a series there are. */
#define BENCH_SERIES_POINTS ((size_t)24)

struct bench_point {
    size_t call; /* after so many */
    double value;
};

struct bench_footprint {
    size_t peak_bytes;     /* that the program had asked for at once */
    size_t resident_bytes; /* the most that the process had above what it had before */
    /* Over the bytes that are live then. Of a subject that takes ranges and counts: what of the
     * range is not in its largest free block; of the others: what is resident. */
    struct bench_point points[BENCH_SERIES_POINTS];
    size_t point_count;
};

/* The trace is read by a child, so that nothing but the program's own calls reaches malloc. False,
 * with a reason, where it cannot be played. */
bool bench_footprint_measure(const struct bench_subject *subject, const char *trace_name,
                             struct bench_footprint *footprint, const char **reason);

#endif
