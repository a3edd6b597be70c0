/* SPDX-License-Identifier: MIT
 *
 * Files and folders, as the supervisor needs them.
 */
#ifndef HB_FILES_H
#define HB_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As sprintf, into memory of its own that the caller frees. Ends the program where there is none.
 */
char *text_format(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A copy that the caller frees. */
char *text_copy(const char *text);

/* The text as one word of a shell command; the caller frees it. */
char *text_quote(const char *text);

/* A growing list of texts that it owns. */
struct text_list {
    char **texts;
    size_t count;
};
void text_list_add(struct text_list *list, char *text);
void text_list_free(struct text_list *list);

/* The command that speaks, "bed fuzz" where nothing was said. */
void command_name_set(const char *name);

/* Prints it, a colon, the message and a line end to stderr. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The folder and those above it. False, with a reason on stderr. */
bool folder_make(const char *path);

/* Visits the names in a folder that do not begin with a dot, in no order. A folder that does not
 * exist has none. */
typedef void (*folder_visit)(void *context, const char *name);
void folder_each(const char *path, folder_visit visit, void *context);

size_t folder_count(const char *path);

/* The whole file, a null byte behind it; the caller frees it. Null, with errno set. */
char *file_read(const char *path, size_t *byte_count);

/* Writes under another name first, so that a reader sees all or nothing. False, with a reason on
 * stderr. */
bool file_write(const char *path, const void *bytes, size_t byte_count);

/* Whether file_write could write it. False, with a reason on stderr. */
bool file_can_be_written(const char *path);

bool file_copy(const char *from, const char *to);

/* Waits until the file, or the names in the folder, are on the disk. False, with errno set. */
bool file_sync(const char *path);

/* Prints the last lines of a file to stderr. */
void file_print_tail(const char *path, unsigned line_count);

#endif
