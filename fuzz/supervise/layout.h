/* SPDX-License-Identifier: MIT
 *
 * The folders that one run works in.
 *
 *     OUT/target                           its name; locked while a run works here
 *     OUT/findings/NAME.{hbed,txt,c,json}  what was found, shrunk
 *     OUT/unreproduced/                    inputs that failed once and not again, and those that
 *                                          there was no time to look at
 *     OUT/corpus/                          what the libFuzzer processes share
 *     OUT/engines/afl-H/                   AFL++'s own state, by harness
 *     OUT/runs/TIME/                       this run: start (the inputs it began with), candidates
 *                                          by harness, logs, live counters, and what ended an
 *                                          engine
 *
 * All but runs/TIME is carried on by a later run with the same OUT. A campaign goes on with its
 * candidates too, so they lie in OUT/candidates and OUT/artifacts.
 */
#ifndef HB_LAYOUT_H
#define HB_LAYOUT_H

#include "options.h"

#include <stdbool.h>

struct layout {
    char *programs;   /* the folder that has one build folder for each preset */
    char *own_folder; /* the one of them that this program lies in */
    char *root;       /* the project */
    char *out;
    char *findings;
    char *unreproduced;
    char *corpus;
    char *engines;
    char *run;
    char *start;
    char *candidates; /* what the fuzz programs keep */
    char *artifacts;  /* what libFuzzer keeps, by engine process */
};

/* Makes the folders. False, with a reason on stderr: also where another run works in OUT, or one on
 * another target did. target_name is what the target calls itself, wherever its file lies. */
bool layout_make(const struct options *options, const char *target_name, struct layout *layout);

#endif
