/* SPDX-License-Identifier: MIT
 *
 * A few files made in memory and written all at once: as a new folder, or as a tar archive that is
 * the same, byte for byte, whenever and by whomever it is made.
 */
#ifndef HB_CLI_ARCHIVE_H
#define HB_CLI_ARCHIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define ARCHIVE_MEMBERS_MAX 16

struct archive {
    struct {
        const char *name;
        char *bytes;
        size_t count;
    } members[ARCHIVE_MEMBERS_MAX];
    size_t count;
    FILE *open; /* the member that is being written */
};

/* A stream for the next member; archive_end closes it. Null, with the reason on stderr. */
FILE *archive_begin(struct archive *archive, const char *name);
bool archive_end(struct archive *archive);
/* Takes the member that was written last away again. */
void archive_drop(struct archive *archive);
void archive_clear(struct archive *archive);

/* Whether the path names an archive: it ends in .tar. */
bool archive_is_tar(const char *path);
/* Writes folder or archive in one step: it is there whole, or not at all. Refuses a path that is
 * there. folder: that the members of an archive lie in. False, with the reason on stderr. */
bool archive_write(const struct archive *archive, const char *path, const char *folder);

#endif
