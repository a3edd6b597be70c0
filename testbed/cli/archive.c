/* SPDX-License-Identifier: MIT
 *
 * Folders and tar archives (ustar: members in the order in which they were made, no times, no
 * owners).
 */
#include "archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLOCK_BYTES ((size_t)512)

FILE *archive_begin(struct archive *archive, const char *name)
{
    if (archive->count == ARCHIVE_MEMBERS_MAX) {
        abort();
    }
    archive->members[archive->count].name = name;
    archive->open = open_memstream(&archive->members[archive->count].bytes,
                                   &archive->members[archive->count].count);
    if (archive->open == NULL) {
        perror("bed");
        return NULL;
    }
    archive->count++;
    return archive->open;
}

bool archive_end(struct archive *archive)
{
    const bool ok = fclose(archive->open) == 0;
    archive->open = NULL;
    if (!ok) {
        perror("bed");
    }
    return ok;
}

void archive_drop(struct archive *archive)
{
    archive->count--;
    free(archive->members[archive->count].bytes);
    archive->members[archive->count].bytes = NULL;
}

void archive_clear(struct archive *archive)
{
    while (archive->count > 0) {
        archive_drop(archive);
    }
}

bool archive_is_tar(const char *path)
{
    const size_t length = strlen(path);
    return length > 4 && strcmp(path + length - 4, ".tar") == 0;
}

struct tar_header {
    char name[100];
    char mode[8];
    char user[8];
    char group[8];
    char size[12];
    char time[12];
    char checksum[8];
    char type;
    char link[100];
    char magic[6];
    char version[2];
    char rest[247];
};
_Static_assert(sizeof(struct tar_header) == 512, "a header is one block");

static bool put(FILE *out, const void *bytes, size_t count)
{
    return count == 0 || fwrite(bytes, count, 1, out) == 1;
}

/* size_bytes: of a file; a folder has none. */
static bool put_header(FILE *out, const char *name, char type, size_t size_bytes)
{
    struct tar_header header;
    unsigned sum = 0;
    memset(&header, 0, sizeof header);
    (void)snprintf(header.name, sizeof header.name, "%s", name);
    (void)snprintf(header.mode, sizeof header.mode, "%07o", type == '5' ? 0755u : 0644u);
    (void)snprintf(header.user, sizeof header.user, "%07o", 0u);
    (void)snprintf(header.group, sizeof header.group, "%07o", 0u);
    (void)snprintf(header.size, sizeof header.size, "%011llo", (unsigned long long)size_bytes);
    (void)snprintf(header.time, sizeof header.time, "%011o", 0u);
    memset(header.checksum, ' ', sizeof header.checksum);
    header.type = type;
    memcpy(header.magic, "ustar", 6);
    memcpy(header.version, "00", 2);
    const unsigned char *bytes = (const unsigned char *)&header;
    for (size_t i = 0; i < sizeof header; i++) {
        sum += bytes[i];
    }
    (void)snprintf(header.checksum, sizeof header.checksum, "%06o", sum);
    return put(out, &header, sizeof header);
}

static bool write_tar(const struct archive *archive, const char *folder, FILE *out)
{
    static const char zeros[2 * 512];
    char name[100];
    (void)snprintf(name, sizeof name, "%.90s/", folder);
    bool ok = put_header(out, name, '5', 0);
    for (size_t i = 0; ok && i < archive->count; i++) {
        const size_t count = archive->members[i].count;
        (void)snprintf(name, sizeof name, "%.60s/%.30s", folder, archive->members[i].name);
        ok = put_header(out, name, '0', count) && put(out, archive->members[i].bytes, count) &&
             put(out, zeros, (BLOCK_BYTES - count % BLOCK_BYTES) % BLOCK_BYTES);
    }
    return ok && put(out, zeros, sizeof zeros);
}

static bool complain(const char *path, int error)
{
    (void)fprintf(stderr, "bed: %s: %s\n", path, strerror(error));
    return false;
}

static bool write_file(const char *path, const char *bytes, size_t count)
{
    FILE *file = fopen(path, "wbx");
    if (file == NULL) {
        return complain(path, errno);
    }
    const bool is_put = put(file, bytes, count);
    return (fclose(file) == 0 && is_put) || complain(path, errno);
}

static void remove_folder(const struct archive *archive, const char *folder)
{
    for (size_t i = 0; i < archive->count; i++) {
        char path[4300];
        (void)snprintf(path, sizeof path, "%s/%s", folder, archive->members[i].name);
        (void)unlink(path);
    }
    (void)rmdir(folder);
}

static bool write_folder(const struct archive *archive, const char *folder)
{
    bool ok = mkdir(folder, 0777) == 0 || complain(folder, errno);
    for (size_t i = 0; ok && i < archive->count; i++) {
        char path[4300];
        (void)snprintf(path, sizeof path, "%s/%s", folder, archive->members[i].name);
        ok = write_file(path, archive->members[i].bytes, archive->members[i].count);
    }
    return ok;
}

static bool write_archive(const struct archive *archive, const char *partial, const char *folder)
{
    FILE *file = fopen(partial, "wbx");
    if (file == NULL) {
        return complain(partial, errno);
    }
    const bool is_put = write_tar(archive, folder, file);
    return (fclose(file) == 0 && is_put) || complain(partial, errno);
}

bool archive_write(const struct archive *archive, const char *path, const char *folder)
{
    char partial[4200];
    const bool is_tar = archive_is_tar(path);
    (void)snprintf(partial, sizeof partial, "%s.partial-%d", path, (int)getpid());
    if (access(path, F_OK) == 0) {
        return complain(path, EEXIST);
    }
    bool ok = is_tar ? write_archive(archive, partial, folder) : write_folder(archive, partial);
    if (ok && renameat2(AT_FDCWD, partial, AT_FDCWD, path, RENAME_NOREPLACE) != 0) {
        ok = complain(path, errno);
    }
    if (!ok && is_tar) {
        (void)unlink(partial);
    } else if (!ok) {
        remove_folder(archive, partial);
    }
    return ok;
}
