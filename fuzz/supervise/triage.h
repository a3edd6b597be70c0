/* SPDX-License-Identifier: MIT
 *
 * From candidates, inputs that failed in an engine, to findings: replayed in a process of their
 * own, shrunk and written out by the helper bed-triage, while the engines go on.
 */
#ifndef HB_TRIAGE_H
#define HB_TRIAGE_H

#include "engine.h"
#include "files.h"
#include "findings.h"
#include "journal.h"
#include "layout.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum triage_step {
    TRIAGE_PLAIN,     /* replay in the plain build, shrink */
    TRIAGE_SANITIZED, /* it did not fail there: the same in the sanitized build */
    TRIAGE_M32,       /* nor there: the same for 32 bits */
    TRIAGE_UNSHRUNK,  /* it took too long: as it is */
    TRIAGE_OVER
};

/* Who says that it failed. */
enum candidate_source {
    FROM_ORACLE,  /* the fuzz program itself */
    FROM_CRASH,   /* it took the fuzz program down */
    FROM_A_LIMIT, /* the engine's limit of time or memory: so does an innocent input, at times */
};

struct candidate {
    char *path;
    enum harness harness;
    enum candidate_source source;
    char *staged;    /* what bed-triage writes to */
    unsigned sample; /* of its kind, from 0 */
    enum triage_step step;
    pid_t process; /* 0: none */
    double started_at;
};

struct triage {
    const struct layout *layout;
    const struct options *options;
    struct findings *findings;
    struct journal *journal; /* of what is over, for the next time; null: none */
    bool has_sanitized_build;
    bool has_m32_build;
    struct candidate *candidates;
    size_t count;
    struct name_set known; /* the paths of all of them */
    size_t running_count;
    /* Copies in OUT/unreproduced, by what came of them. */
    struct text_list unreproduced; /* failed, and not again */
    struct text_list over_limit;   /* took an engine too long or too much memory, and not again */
    struct text_list untriaged;    /* there was no time to look at */
};

void triage_open(struct triage *triage, const struct layout *layout, const struct options *options,
                 struct findings *findings);

/* Looks for new candidates of the fuzz programs, and of this engine. */
void triage_collect(struct triage *triage);
void triage_collect_engine(struct triage *triage, const struct engine *engine);

/* Goes on: takes in what ended, starts what waits, at most process_limit helpers at a time. */
void triage_step(struct triage *triage, unsigned process_limit);

/* How many are not over yet; and of those, the first of their kind. */
size_t triage_waiting(const struct triage *triage);
size_t triage_first_waiting(const struct triage *triage);

/* Ends it. What is not over is untriaged; with a journal it waits for the next time instead. */
void triage_close(struct triage *triage);

#endif
