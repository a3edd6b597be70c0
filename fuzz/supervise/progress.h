/* SPDX-License-Identifier: MIT
 *
 * How far the run is, on stderr: a line that is rewritten on a terminal, now and then a line
 * anywhere else.
 */
#ifndef HB_PROGRESS_H
#define HB_PROGRESS_H

#include "totals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    bool is_terminal;
    double shown_at;
    struct totals shown;
};

void progress_open(struct progress *progress, double now);

/* Is it time for a new line? */
bool progress_is_due(const struct progress *progress, double now);

void progress_show(struct progress *progress, const struct totals *totals, double now,
                   double seconds_left, size_t finding_count, size_t waiting_count);

/* Ends a line that could be rewritten. */
void progress_close(const struct progress *progress);

#endif
