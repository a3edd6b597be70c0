/* SPDX-License-Identifier: MIT
 *
 * What was found: one entry for each oracle and shape, kept in OUT/findings.
 */
#ifndef HB_FINDINGS_H
#define HB_FINDINGS_H

#include <stdbool.h>
#include <stddef.h>

struct finding {
    char *name;  /* its files are findings/NAME.hbed, .txt, .c and .json */
    char *key;   /* the name, unless files that are no finding had it already */
    char *shape; /* two findings of the same oracle and shape are one */
    char *oracle;
    char *harness;
    char *seed;      /* what was drawn for it was drawn from */
    char *operation; /* that failed, as text */
    char *expected;
    char *actual;
    char *target;        /* by its own name; null: it is not said */
    unsigned operations; /* after shrinking */
    unsigned bits;       /* of the build in which it failed */
    bool has_c_program;  /* a target may have no stand-alone form */
    bool is_from_this_run;
};

struct findings {
    const char *folder;
    struct finding *list;
    size_t count;
};

/* Removes what was left of a finding where an earlier run had ended while it was moved there; its
 * input is looked at again. For whoever works in the folder, before it is opened. */
void findings_mend(const char *folder);

/* Takes over those of earlier runs with the same --out, by name. */
void findings_open(struct findings *findings, const char *folder);

/* How many are from this run. */
size_t findings_count(const struct findings *findings);

/* Adds what the triage helper left as STAGED.hbed, .txt, .c and .json; where it is known already,
 * the staged files are removed. False, with a reason on stderr, where the files make no sense. */
bool findings_add(struct findings *findings, const char *staged);

#endif
