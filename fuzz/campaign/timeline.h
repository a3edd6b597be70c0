/* SPDX-License-Identifier: MIT
 *
 * How far a campaign is: a line of JSON twice a minute in DIR/timeline.jsonl, which `bed status`
 * and the dashboard read, and by which the same command goes on after whatever ended it.
 */
#ifndef HB_TIMELINE_H
#define HB_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_SCHEMA "heapbed-campaign/1"

/* Counts are those of the whole campaign. */
struct moment {
    char time[32];  /* UTC, ISO 8601 */
    double seconds; /* of fuzzing, all its runs together */
    uint64_t executions;
    uint64_t operations;
    uint64_t verdicts;
    uint64_t lost;
    uint64_t inconclusive;
    uint64_t edges_libfuzzer;
    uint64_t edges_afl;
    size_t corpus_libfuzzer;
    size_t corpus_afl;
    size_t findings;
    size_t unreproduced;
    size_t waiting;
    double stability; /* percent; 0: not known yet */
    uint64_t free_bytes;
    size_t next_role;
    char state[16];    /* running, paused (no space), stopped (by Ctrl-C), finished */
    char running[512]; /* the names of the processes that have their turn */
};

struct cJSON;
/* As in the file; the caller deletes it. */
struct cJSON *timeline_json(const struct moment *moment);

/* Adds it, in one write, and waits until it is on the disk. False, with a reason on stderr. */
bool timeline_append(const char *path, const struct moment *moment);

/* The last line that is whole; false where there is none. Lines that are none of ours are passed
 * over, and told on stderr with their number. */
bool timeline_last(const char *path, struct moment *moment);

#endif
