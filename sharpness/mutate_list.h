/* SPDX-License-Identifier: MIT
 *
 * The reviewed list of equivalent mutants: sharpness/equivalent.txt.
 *
 *     reason NAME: one line that says why
 *     NAME ID FILE FUNCTION: ORIGINAL -> REPLACEMENT (OCCURRENCE) in LINE
 *
 * The id is a hash of what stands behind it, so an edit elsewhere in the file changes nothing, and
 * an edit of the line ends the entry.
 */
#ifndef HB_MUTATE_LIST_H
#define HB_MUTATE_LIST_H

#include "mutate_generate.h"

#include <stdio.h>

/* Reads the list; reasons[i] is the name of the reason of mutant i, or null. False, with each error
 * on stderr: what matches no mutant, has no reason, is there twice. */
bool list_read(const char *path, const struct mutants *mutants, const char **reasons);

/* An entry, as the list has it. */
void list_print(const struct mutant *mutant, const char *reason, FILE *out);

#endif
