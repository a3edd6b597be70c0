/* SPDX-License-Identifier: MIT
 *
 * What bed bench, compare and baseline have in common: options with values, files that are to be
 * written when all is measured, and a folder for what is written meanwhile.
 */
#ifndef BENCH_COMMAND_LINE_H
#define BENCH_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

/* The value of an option that has one: "--name=VALUE", or next behind "--name" (*took_next). Null:
 * the argument is not this option, or the value is missing. */
const char *option_value(const char *name, const char *argument, const char *next, bool *took_next);

/* Before anything is measured: whether the results will have a place. A null path and "-" (the
 * standard output) have. */
bool output_is_usable(const char *path);

/* The folder of the running program. */
bool program_folder(char *folder, size_t folder_bytes);

/* A new folder for what is written meanwhile, and its end with all that is in it. */
bool scratch_make(char *folder, size_t folder_bytes, const char *name);
void scratch_remove(const char *folder);

#endif
