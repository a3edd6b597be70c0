/* SPDX-License-Identifier: MIT
 *
 * Which candidates a campaign is done with: a file that only grows, a path a line. A candidate is
 * written down after what came of it is on the disk, so that a process that is killed, or a machine
 * that goes down, has it looked at twice rather than never.
 */
#ifndef HB_JOURNAL_H
#define HB_JOURNAL_H

#include <stdbool.h>

/* Names, each once. It keeps its own copies. */
struct name_set {
    void *tree; /* tsearch(3) */
};
bool name_set_has(const struct name_set *set, const char *name);
void name_set_add(struct name_set *set, const char *name);

struct journal {
    int file;
    struct name_set names;
};

/* Reads what is there and goes on behind it. A last line without an end is of a write that was cut
 * short: it does not count. False, with a reason on stderr. */
bool journal_open(struct journal *journal, const char *path);

bool journal_has(const struct journal *journal, const char *name);

/* Where it cannot be written (a full disk) the name counts in this process alone. */
void journal_add(struct journal *journal, const char *name);

#endif
