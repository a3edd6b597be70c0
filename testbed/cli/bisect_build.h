/* SPDX-License-Identifier: MIT
 *
 * A target as it was at a commit: the core, compiled behind this tree's adapter, or whatever a
 * command builds in a worktree. All files lie in a folder of its own, which goes when it is done.
 */
#ifndef HB_BISECT_BUILD_H
#define HB_BISECT_BUILD_H

#include <stdbool.h>

struct bisect_build {
    const char *repository;
    const char *root;         /* this tree, whose adapter is used; null with a command */
    const char *core_options; /* the defines that make the variant of the core */
    const char *command;      /* null: the core */
    const char *target_path;  /* that the command builds, from the top of the worktree */

    char folder[4096];
    bool has_worktree;
};

/* False, with the reason on stderr. */
bool bisect_build_begin(struct bisect_build *build);
/* Writes the path of the shared object. False where the commit does not build; what was said is in
 * the file log_path. */
bool bisect_build_commit(struct bisect_build *build, const char *commit, char path[4200],
                         char log_path[4200]);
void bisect_build_end(struct bisect_build *build);

#endif
