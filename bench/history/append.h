/* SPDX-License-Identifier: MIT
 *
 * Appends one record to a history: a file of one line of JSON a record.
 */
#ifndef HISTORY_APPEND_H
#define HISTORY_APPEND_H

#include <stdbool.h>
#include <stddef.h>

/* line is one JSON object without a line end. The file is made where there is none. Any number of
 * processes may append at once: none of their lines is lost or torn. What is left of a line whose
 * writer died is ended first, so that it spoils no other. On false nothing has been appended, and
 * error names the file and the reason. */
bool history_append(const char *path, const char *line, char *error, size_t error_bytes);

#endif
