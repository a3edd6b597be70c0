/* SPDX-License-Identifier: MIT
 *
 * The instruction counts that this tree's core is held to: bench/baseline.json.
 */
#ifndef BENCH_BASELINE_H
#define BENCH_BASELINE_H

#include "counts.h"

#include <cjson/cJSON.h>
#include <stdio.h>

/* What a file says; the tree that it was read into keeps the history. */
struct baseline {
    char path[1200];
    cJSON *json; /* null: there is no such file */
};

/* False: it is there but no baseline, and it has said why. A file without any count is none. */
bool baseline_read(struct baseline *baseline, const char *path);

const char *baseline_text(const struct baseline *baseline, const char *field);

/* The counts that it has for a row of a subject; false: none. */
bool baseline_find(const struct baseline *baseline, const struct count *count, double *mean);

size_t baseline_count(const struct baseline *baseline);

/* What is in the file and was not measured; it has said which. Of some_subjects only those count
 * that something was measured of. */
size_t baseline_unmeasured(const struct baseline *baseline, const struct count *counts,
                           size_t count, bool some_subjects, FILE *words);

/* What goes into the history. */
struct renewal {
    const char *reason;
    const char *compiler;
    const char *machine;
    const char *core; /* a hash of its text */
    const char *commit;
    const char *date;
};

/* Puts counts in the place of those in the file, and the renewal behind the earlier ones. */
bool baseline_write(const struct baseline *baseline, const struct renewal *renewal,
                    const struct count *counts, size_t count);

void baseline_free(struct baseline *baseline);

#endif
