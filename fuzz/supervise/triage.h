/* SPDX-License-Identifier: MIT
 *
 * From candidates, inputs that failed in an engine, to findings: replayed in a process of their
 * own, shrunk and written out by the helper bed-triage, while the engines go on.
 */
#ifndef HB_TRIAGE_H
#define HB_TRIAGE_H

#include "engine.h"
#include "findings.h"
#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum triage_step {
    TRIAGE_PLAIN,     /* replay in the plain build, shrink */
    TRIAGE_SANITIZED, /* it did not fail there: the same in the sanitized build */
    TRIAGE_UNSHRUNK,  /* it took too long: as it is */
    TRIAGE_OVER
};

struct candidate {
    char *path;
    char *staged; /* what bed-triage writes to */
    unsigned sample;
    enum triage_step step;
    pid_t process; /* 0: none */
    double started_at;
};

struct triage {
    const struct layout *layout;
    const char *target;
    struct findings *findings;
    bool has_sanitized_build;
    struct candidate *candidates;
    size_t count;
    size_t unreproduced_count;
    size_t running_count;
};

void triage_open(struct triage *triage, const struct layout *layout, const char *target,
                 struct findings *findings);

/* Looks for new candidates of the fuzz programs, and of this engine. */
void triage_collect(struct triage *triage);
void triage_collect_engine(struct triage *triage, const struct engine *engine);

/* Goes on: takes in what ended, starts what waits, at most process_limit helpers at a time. */
void triage_step(struct triage *triage, unsigned process_limit);

/* How many are not over yet. */
size_t triage_waiting(const struct triage *triage);

/* Ends it; what is not over is kept in OUT/unreproduced. Returns how many those are. */
size_t triage_close(struct triage *triage);

#endif
