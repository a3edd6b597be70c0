/* SPDX-License-Identifier: MIT
 *
 * Changed copies of the core: with one mutant, or with all of them in one, each behind a switch (a
 * mutant schema: Untch, Offutt, Harrold, ISSTA 1993), so that the core is compiled once for all.
 *
 *     if (size > capacity) {
 *     if (((unsigned)(heapbed_mutant - 7) >= 2 ? (size > capacity)
 *          : heapbed_mutant == 7 ? (size >= capacity)
 *          : heapbed_mutant == 8 ? (size <= capacity) : (size > capacity))) {
 */
#ifndef HB_MUTATE_SCHEMA_H
#define HB_MUTATE_SCHEMA_H

#include "mutate_generate.h"

#include <stdio.h>

/* The name of the header, in the same folder, that defines the switch. It is to be included before
 * anything else; the environment variable of that name, in upper case, sets it. */
#define SCHEMA_SWITCH "heapbed_mutant.h"

/* Writes the files that have mutants into a folder that has a copy of the core, and the header.
 * Those left out (by index) are not in it. The line of a compiler's message about a mutant is its
 * number, and the file is "mutant". False, with a reason on stderr. */
bool schema_write(const struct mutants *mutants, const bool *is_left_out, const char *folder);

/* Writes the one file that a mutant changes. */
bool schema_write_one(const struct mutants *mutants, const struct mutant *mutant,
                      const char *folder);

/* As lines that begin with - and +. */
void schema_print_one(const struct mutants *mutants, const struct mutant *mutant, FILE *out);

#endif
