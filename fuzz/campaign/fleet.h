/* SPDX-License-Identifier: MIT
 *
 * The engine processes of a campaign: as many at a time as there are jobs, each for a turn.
 */
#ifndef HB_FLEET_H
#define HB_FLEET_H

#include "engine.h"
#include "roles.h"
#include "totals.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct member {
    struct engine engine;
    bool is_running; /* has a turn now */
    bool is_broken;  /* cannot run; said once */
    bool has_news;   /* AFL++: its queue was not given to libFuzzer's corpus yet */
    double turn_end;
    double stopped_at; /* asked to end; 0: not */
    uint64_t turn_count;
};

struct fleet {
    struct member members[ROLES_MAX];
    size_t count;
    size_t jobs;
    size_t next; /* whose turn is the next; kept over restarts */
    double turn_seconds;
    size_t restart_count;
    double starts_from; /* no process is started before: none was to be had */
};

/* False, with a reason on stderr, where a program is missing or a folder cannot be made. */
bool fleet_open(struct fleet *fleet, const struct turn *roles, size_t count,
                const struct layout *layout, const struct options *options);

/* Starts, restarts and ends processes, as it is their time. False where none can run. */
bool fleet_step(struct fleet *fleet, double now);

/* Asks all to end and waits for it. */
void fleet_stop(struct fleet *fleet);

void fleet_add_totals(struct fleet *fleet, struct totals *totals);

/* The share of AFL++'s edges that come again with the same input, in percent; 0: it is another
 * engine, or has not said so yet. */
double member_stability(const struct member *member);

/* "lockstep-libfuzzer-plain lockstep-afl-main"; the caller frees it. */
char *fleet_running(const struct fleet *fleet);

#endif
