/* SPDX-License-Identifier: MIT
 *
 * Other programs, run to their end.
 */
#ifndef HB_CLI_SPAWN_H
#define HB_CLI_SPAWN_H

#include <stdbool.h>

/* Runs argv (found along PATH; nothing to read) in a folder (null: here), with its output in a file
 * that is replaced. Returns its exit status; 128 and the signal where it died of one; -1, with the
 * reason on stderr, where it cannot be run. */
int cli_run(const char *const *argv, const char *folder, const char *log_path);

/* What it prints, without the line end, to be freed. Null where it fails; what it complained of
 * goes to standard error, but for is_quiet. */
char *cli_capture(const char *const *argv, bool is_quiet);

#endif
