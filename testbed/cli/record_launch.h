/* SPDX-License-Identifier: MIT
 *
 * Runs a program with the recorder in front of its C library.
 */
#ifndef HB_RECORD_LAUNCH_H
#define HB_RECORD_LAUNCH_H

#include <stdbool.h>
#include <stddef.h>

/* The path of libheapbed_record.so: as HEAPBED_RECORD_LIBRARY says, or beside this program. False,
 * with a reason in error, where it cannot be used. */
bool hb_launch_find_library(char *path, size_t path_bytes, char *error, size_t error_bytes);

/* Runs the program (argv[0], searched in PATH) to its end. SIGINT and SIGQUIT of the terminal are
 * left to it; SIGTERM and SIGHUP are passed on to it. True where it was started: *wait_status is as
 * of waitpid. Otherwise error says why. */
bool hb_launch(const char *library, const char *events_path, char *const *argv, int *wait_status,
               char *error, size_t error_bytes);

#endif
