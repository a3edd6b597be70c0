/* SPDX-License-Identifier: MIT
 *
 * Which candidates a campaign is done with.
 */
#include "journal.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int compare_names(const void *left, const void *right)
{
    return strcmp(left, right);
}

bool name_set_has(const struct name_set *set, const char *name)
{
    return tfind(name, &set->tree, compare_names) != NULL;
}

void name_set_add(struct name_set *set, const char *name)
{
    if (name_set_has(set, name)) {
        return;
    }
    if (tsearch(text_copy(name), &set->tree, compare_names) == NULL) {
        complain("out of memory");
        exit(2);
    }
}

/* Returns whether the last line has an end. */
static bool take_lines(struct journal *journal, char *text)
{
    char *end;
    for (; (end = strchr(text, '\n')) != NULL; text = end + 1) {
        *end = '\0';
        name_set_add(&journal->names, text);
    }
    return *text == '\0';
}

bool journal_open(struct journal *journal, const char *path)
{
    *journal = (struct journal){.file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666)};
    size_t byte_count = 0;
    char *text = journal->file < 0 ? NULL : file_read(path, &byte_count);
    bool is_open = text != NULL;
    if (is_open && !take_lines(journal, text)) {
        is_open = write(journal->file, "\n", 1) == 1;
    }
    if (!is_open) {
        complain("cannot use %s: %s", path, strerror(errno));
    }
    free(text);
    return is_open;
}

bool journal_has(const struct journal *journal, const char *name)
{
    return name_set_has(&journal->names, name);
}

void journal_add(struct journal *journal, const char *name)
{
    char *line = text_format("%s\n", name);
    const size_t length = strlen(line);
    name_set_add(&journal->names, name);
    if (write(journal->file, line, length) != (ssize_t)length || fdatasync(journal->file) != 0) {
        complain("cannot write down that %s is done with: %s", name, strerror(errno));
    }
    free(line);
}
