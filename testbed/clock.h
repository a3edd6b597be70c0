/* SPDX-License-Identifier: MIT
 *
 * The time by the clock, for what waits and what tells how long it took.
 */
#ifndef HB_CLOCK_H
#define HB_CLOCK_H

#include <time.h>

/* Since some moment that does not change while the machine runs. */
static inline double seconds_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

#endif
