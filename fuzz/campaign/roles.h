/* SPDX-License-Identifier: MIT
 *
 * What the processes of a campaign do. There are more roles than processors, so they take turns;
 * each keeps its own state on the disk between its turns.
 */
#ifndef HB_ROLES_H
#define HB_ROLES_H

#include "options.h"
#include "plan.h"

#include <stdbool.h>
#include <stddef.h>

#define ROLES_MAX ((size_t)64)

/* Fills the list with the roles that fit the target and this machine, in the order of their turns,
 * at least as many as there are jobs; returns how many. */
size_t roles_choose(const struct options *options, bool has_m32, struct turn roles[ROLES_MAX]);

/* Prints the presets that they need, a line each, beside release. */
void roles_list_builds(const struct turn *roles, size_t count);

#endif
