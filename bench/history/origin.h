/* SPDX-License-Identifier: MIT
 *
 * Where figures come from: the head of a record.
 */
#ifndef HISTORY_ORIGIN_H
#define HISTORY_ORIGIN_H

#include "history.h"

/* A record of a commit (a name that git knows, in the repository at root) and this machine, now;
 * without figures: "rows" is empty. Null, with a reason. The caller deletes it. */
cJSON *origin_record(const char *root, const char *commit, const char *compiler, const char *flags,
                     char *error, size_t error_bytes);

#endif
