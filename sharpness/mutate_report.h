/* SPDX-License-Identifier: MIT
 *
 * What mutation has come to.
 *
 *     counted     all but stillborn, absent and identical ones
 *     raw         killed of counted
 *     corrected   killed of counted less those on the list of equivalents
 */
#ifndef HB_MUTATE_REPORT_H
#define HB_MUTATE_REPORT_H

#include "mutate_run.h"

#include <stdio.h>

struct report {
    const struct mutants *mutants;
    const struct mutant_result *results;
    const char *const *reasons;
    const bool *is_chosen;
    bool is_complete;
    bool is_part; /* a sample, or those named: the scores are of no meaning */
};

/* For people. True: no survivor but those listed (as open, where it is a hole that is known), none
 * of those killed, something was counted, and of all at least 98% corrected and at most 10% listed.
 */
bool report_print(const struct report *report, FILE *out);

/* Whether of each that was run it is known what became of it. */
bool report_is_settled(const struct report *report);

void report_survivor(const struct mutant *mutant, FILE *out);

/* Writes a file in one of these ways ("-": standard output). */
bool report_write(const struct report *report, const char *path,
                  void (*print)(const struct report *report, FILE *out));
/* report_markdown, between these marks where the file has them, and else as the whole file. */
#define REPORT_MARK_BEGIN "<!-- mutants: written by ./bed mutate -->"
#define REPORT_MARK_END   "<!-- end of mutants -->"
bool report_write_page(const struct report *report, const char *path);
void report_survivors(const struct report *report, FILE *out);
void report_json(const struct report *report, FILE *out);
void report_markdown(const struct report *report, FILE *out);

#endif
