/* SPDX-License-Identifier: MIT
 *
 * Pieces of work, each in a child process with a limit of time, some at once. What a piece comes to
 * it leaves in memory that it shares with the parent, or in files.
 */
#ifndef HB_SHARPNESS_POOL_H
#define HB_SHARPNESS_POOL_H

#include <stdbool.h>
#include <stddef.h>

enum pool_end {
    POOL_DONE,   /* it returned true */
    POOL_FAILED, /* it returned false, or its process died */
    POOL_LATE    /* its time was over, and it was killed */
};

struct pool {
    unsigned jobs; /* at once; 0: as many as there are processors */
    size_t count;
    unsigned seconds_max; /* of one piece; 0: no limit */
    /* In the child. */
    bool (*work)(void *context, size_t index);
    /* In the parent, as each ends; may be null. False: no more are started. */
    bool (*done)(void *context, size_t index, enum pool_end end);
    void *context;
};

/* Does all. False: it was cut short, by done, by Ctrl-C or because no process could be had (with a
 * reason on stderr). No child outlives the call, nor this process. */
bool pool_run(const struct pool *pool);

/* Zeroed memory that children share with this process; ends the program where there is none. */
void *pool_share(size_t byte_count);

/* Whether Ctrl-C (or SIGTERM) has ended a pool_run: no other one starts anything then. */
bool pool_is_interrupted(void);

#endif
