/* SPDX-License-Identifier: MIT
 *
 * What came of the run, for people and as JSON.
 */
#ifndef HB_SUMMARY_H
#define HB_SUMMARY_H

#include "findings.h"
#include "layout.h"
#include "options.h"
#include "progress.h"
#include "triage.h"

#include <stdbool.h>

struct summary {
    const struct options *options;
    const struct layout *layout;
    const struct findings *findings;
    struct totals totals;
    double seconds;  /* of fuzzing */
    bool has_run[2]; /* libFuzzer, AFL++ */
    size_t restart_count;
    const struct triage *triage; /* for what is no finding */
    bool was_interrupted;
};

/* For people: on stdout, or stderr where the JSON goes to stdout. */
void summary_print(const struct summary *summary);

/* Writes it to the file. False, with a reason on stderr. */
bool summary_write_json(const struct summary *summary, const char *path);
bool summary_print_json(const struct summary *summary);

#endif
