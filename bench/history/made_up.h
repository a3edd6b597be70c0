/* SPDX-License-Identifier: MIT
 *
 * A history that nobody has measured, for trying what reads one: made of a seed, with shifts at
 * known commits.
 */
#ifndef HISTORY_MADE_UP_H
#define HISTORY_MADE_UP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct made_up_options {
    size_t commit_count;
    uint64_t seed;
    bool is_noise; /* without the shifts */
};

/* A level that changes: from a commit on, of the rows and subjects whose names begin so. */
struct made_up_shift {
    const char *row;
    const char *subject; /* empty: of all */
    double factor;
    size_t numerator; /* at commit_count * numerator / 12; 12: the last */
};

/* Null behind the last. */
const struct made_up_shift *made_up_shift_at(size_t index);
/* The index of the commit at which it is. */
size_t made_up_shift_commit(const struct made_up_shift *shift, size_t commit_count);
/* The id of a commit, 40 digits. */
void made_up_commit(uint64_t seed, size_t index, char id[41]);

/* One record a line; every fifth commit is measured on a second machine too. False: out could not
 * take them. */
bool made_up_history(const struct made_up_options *options, FILE *out);

#endif
