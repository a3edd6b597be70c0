/* SPDX-License-Identifier: MIT
 *
 * The history as a SQLite database, for queries: built anew each time, never a source.
 * docs/history.md documents its tables.
 */
#ifndef HISTORY_SQLITE_H
#define HISTORY_SQLITE_H

#include "page.h"

#include <sqlite3.h>

/* Fills a new database at path (":memory:" for one that nobody keeps). On true the caller closes
 * *database. On false *database is closed and error says why. */
bool history_to_sqlite(const struct history *history, const struct findings *findings,
                       const char *path, sqlite3 **database, char *error, size_t error_bytes);

#endif
