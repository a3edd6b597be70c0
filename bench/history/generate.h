/* SPDX-License-Identifier: MIT
 *
 * A history that nobody has measured, for trying what reads one: made of a seed, with shifts at
 * known commits.
 */
#ifndef HISTORY_GENERATE_H
#define HISTORY_GENERATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct generate_options {
    size_t commit_count;
    uint64_t seed;
    bool is_noise; /* without the shifts */
};

/* A level that changes: from a commit on, of the rows and subjects whose names begin so. */
struct generate_shift {
    const char *row;
    const char *subject; /* empty: of all */
    double factor;
    size_t numerator; /* at commit_count * numerator / 12; 12: the last */
};

/* Null behind the last. */
const struct generate_shift *generate_shift_at(size_t index);
/* The index of the commit at which it is. */
size_t generate_shift_commit(const struct generate_shift *shift, size_t commit_count);
/* The id of a commit, 40 digits. */
void generate_commit(uint64_t seed, size_t index, char id[41]);

/* One record a line; every fifth commit is measured on a second machine too. False: out could not
 * take them. */
bool generate_history(const struct generate_options *options, FILE *out);

#endif
