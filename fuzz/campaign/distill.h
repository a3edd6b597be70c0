/* SPDX-License-Identifier: MIT
 *
 * The corpus that all share, OUT/corpus: AFL++'s queues are merged into it after each of their
 * turns, and now and then it is minimised: of the inputs that cover the same, the shortest stay.
 * libFuzzer's -merge does both, in one process at a time beside the engines. (The other way round
 * AFL++'s main processes look into the corpus themselves, -F.)
 *
 * Engines remove files meanwhile, and a merge that misses one gives up: so it works on second
 * names.
 *
 * Nothing is lost if it is killed at any moment: merging adds files, and files are removed one by
 * one, only after all merges of a minimisation have ended well and what they chose is on the disk.
 */
#ifndef HB_DISTILL_H
#define HB_DISTILL_H

#include "fleet.h"
#include "layout.h"
#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct distill {
    const struct layout *layout;
    const struct options *options;
    bool has_m32;            /* one of the engines is of 32 bits */
    double interval_seconds; /* between two minimisations */
    double minimised_at;
    char *chosen; /* OUT/distill/chosen: what the minimisation that runs has chosen so far */
    char *has;    /* OUT/distill/has: second names of the corpus, as it was at the beginning */
    char *news;   /* OUT/distill/news: second names of a queue */
    char *log;
    struct text_list before; /* names in the corpus when it began */
    pid_t process;           /* 0: none */
    bool is_minimising;
    size_t yardstick; /* by whose coverage is merged next */
    bool has_failed;
    /* Of this run. */
    size_t merge_count;     /* AFL++'s queues into the corpus */
    size_t minimised_count; /* the corpus */
    size_t removed_count;   /* inputs that were superfluous then */
};

void distill_open(struct distill *distill, const struct layout *layout,
                  const struct options *options, bool has_m32, double interval_seconds, double now);

/* Takes in what has ended, and begins what is due. */
void distill_step(struct distill *distill, struct fleet *fleet, double now);

/* Ends what runs; what it had not done is done the next time. More may follow. */
void distill_close(struct distill *distill);

#endif
