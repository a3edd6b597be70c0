/* SPDX-License-Identifier: MIT
 *
 * Options, and where files go. command_line.h says whose.
 */
#include "command_line.h"

#include <ftw.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *option_value(const char *name, const char *argument, const char *next, bool *took_next)
{
    const size_t length = strlen(name);

    if (strncmp(argument, name, length) != 0) {
        return NULL;
    }
    if (argument[length] == '=') {
        return argument + length + 1;
    }
    if (argument[length] != '\0') {
        return NULL;
    }
    *took_next = true;
    return next;
}

bool output_is_usable(const char *path)
{
    if (path == NULL || strcmp(path, "-") == 0) {
        return true;
    }
    char *copy = strdup(path);
    struct stat status;
    const bool is_there = stat(path, &status) == 0;
    const bool ok = copy != NULL && access(dirname(copy), W_OK) == 0 &&
                    (!is_there || (!S_ISDIR(status.st_mode) && access(path, W_OK) == 0));

    free(copy);
    return ok;
}

bool program_folder(char *folder, size_t folder_bytes)
{
    const ssize_t length = readlink("/proc/self/exe", folder, folder_bytes - 1);

    if (length <= 0) {
        return false;
    }
    folder[length] = '\0';
    (void)dirname(folder); /* ends it at the last slash */
    return true;
}

bool scratch_make(char *folder, size_t folder_bytes, const char *name)
{
    const char *parent = getenv("TMPDIR");

    (void)snprintf(folder, folder_bytes, "%s/%s-XXXXXX", parent != NULL ? parent : "/tmp", name);
    return mkdtemp(folder) != NULL;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

void scratch_remove(const char *folder)
{
    (void)nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}
