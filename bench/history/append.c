/* SPDX-License-Identifier: MIT
 *
 * One write under a lock. O_APPEND alone would keep concurrent lines apart, but not see the torn
 * line of a crash, nor take back half a line where the disk is full.
 */
#include "append.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static bool complain(const char *path, const char *reason, char *error, size_t error_bytes)
{
    (void)snprintf(error, error_bytes, "%s: %s", path, reason);
    return false;
}

static bool is_one_object(const char *line)
{
    if (strpbrk(line, "\r\n") != NULL) {
        return false;
    }
    cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
    const bool ok = cJSON_IsObject(json);

    cJSON_Delete(json);
    return ok;
}

/* Whether the path still names the file that has been opened: git replaces files. */
static bool is_current(int file, const char *path, struct stat *status)
{
    struct stat named;

    return fstat(file, status) == 0 && stat(path, &named) == 0 && named.st_ino == status->st_ino &&
           named.st_dev == status->st_dev;
}

/* Opened and locked; -1 with errno set. */
static int open_locked(const char *path, struct stat *status)
{
    for (unsigned attempt = 0; attempt < 100; attempt++) {
        const int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

        if (file < 0) {
            return -1;
        }
        while (flock(file, LOCK_EX) != 0) {
            if (errno != EINTR) {
                (void)close(file);
                return -1;
            }
        }
        if (is_current(file, path, status)) {
            return file;
        }
        (void)close(file);
    }
    errno = EBUSY;
    return -1;
}

static bool ends_in_torn_line(int file, off_t size)
{
    char last = '\n';

    return size > 0 && pread(file, &last, 1, size - 1) == 1 && last != '\n';
}

static bool write_once(int file, off_t size, const char *text, size_t length)
{
    const ssize_t written = write(file, text, length);

    if (written == (ssize_t)length) {
        return true;
    }
    const int reason = written < 0 ? errno : ENOSPC;

    if (written > 0 && ftruncate(file, size) != 0) {
        return false;
    }
    errno = reason;
    return false;
}

bool history_append(const char *path, const char *line, char *error, size_t error_bytes)
{
    struct stat status;

    if (!is_one_object(line)) {
        return complain(path, "what is to be appended is not one line of JSON", error, error_bytes);
    }
    char *text = malloc(strlen(line) + 3);

    if (text == NULL) {
        return complain(path, "no memory", error, error_bytes);
    }
    const int file = open_locked(path, &status);

    if (file < 0) {
        free(text);
        return complain(path, strerror(errno), error, error_bytes);
    }
    const char *const before = ends_in_torn_line(file, status.st_size) ? "\n" : "";
    const int length = sprintf(text, "%s%s\n", before, line);
    bool ok = write_once(file, status.st_size, text, (size_t)length);
    int reason = errno;

    free(text);
    if (close(file) != 0 && ok) { /* the lock goes with it */
        reason = errno;
        ok = false;
    }
    return ok || complain(path, strerror(reason), error, error_bytes);
}
