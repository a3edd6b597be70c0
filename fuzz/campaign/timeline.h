/* SPDX-License-Identifier: MIT
 *
 * How far a campaign is: a line of JSON three times a minute in DIR/timeline.jsonl, which `bed
 * status` and the dashboard read, and by which the same command goes on after whatever ended it.
 */
#ifndef HB_TIMELINE_H
#define HB_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TIMELINE_SCHEMA    "heapbed-campaign/1"
#define TIMELINE_ROLES_MAX ((size_t)64)

/* What one process has done in all of its turns. */
struct role_moment {
    char name[48];
    uint64_t turns;
    uint64_t executions;
    uint64_t edges;   /* the most that it has said */
    double stability; /* percent; 0: not known, or not AFL++ */
};

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
    double stability; /* the least of all roles, in percent; 0: not known yet */
    uint64_t free_bytes;
    uint64_t merges;    /* of what AFL++ found into libFuzzer's corpus */
    uint64_t minimised; /* how often the corpus was */
    uint64_t removed;   /* inputs that were superfluous then */
    size_t next_role;
    char state[16];    /* running, paused (no space), stopped (by Ctrl-C), finished */
    char running[512]; /* the names of the processes that have their turn */
    struct role_moment roles[TIMELINE_ROLES_MAX];
    size_t role_count;
};

struct cJSON;
/* As in the file; the caller deletes it. */
struct cJSON *timeline_json(const struct moment *moment);

/* What is known of that role; null where nothing is. */
const struct role_moment *timeline_role(const struct moment *moment, const char *name);

/* Adds it, in one write, and waits until it is on the disk. False, with a reason on stderr. */
bool timeline_append(const char *path, const struct moment *moment);

/* The last line that is whole; false where there is none. What is behind it and none of ours is
 * passed over, and told on stderr with its number. */
bool timeline_last(const char *path, struct moment *moment);

/* Of what is older than the last two hours a line for ten minutes is enough, and those at which it
 * ended or something was found: written anew, so that it is whole at all times. */
void timeline_thin(const char *path);

#endif
