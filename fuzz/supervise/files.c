/* SPDX-License-Identifier: MIT
 *
 * Files and folders, as the supervisor needs them.
 */
#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *command_name = "bed fuzz";

void command_name_set(const char *name)
{
    command_name = name;
}

void complain(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *message = NULL;
    if (vasprintf(&message, format, arguments) >= 0) {
        /* A terminal has a status line there, which comes again. */
        const char *begin = isatty(STDERR_FILENO) == 1 ? "\r\033[K" : "";
        fprintf(stderr, "%s%s: %s\n", begin, command_name, message);
    }
    free(message);
    va_end(arguments);
}

static void *checked(void *memory)
{
    if (memory == NULL) {
        complain("out of memory");
        exit(2);
    }
    return memory;
}

char *text_format(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    const int length = vasprintf(&text, format, arguments);
    va_end(arguments);
    return checked(length < 0 ? NULL : text);
}

char *text_copy(const char *text)
{
    return checked(strdup(text));
}

char *text_quote(const char *text)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=:,+@%";
    if (*text != '\0' && text[strspn(text, plain)] == '\0') {
        return text_copy(text);
    }
    char *quoted = checked(malloc(strlen(text) * 4 + 3));
    char *at = quoted;
    *at++ = '\'';
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            at = stpcpy(at, "'\\''");
        } else {
            *at++ = *text;
        }
    }
    *at++ = '\'';
    *at = '\0';
    return quoted;
}

void text_list_add(struct text_list *list, char *text)
{
    list->texts = checked(realloc(list->texts, (list->count + 1) * sizeof list->texts[0]));
    list->texts[list->count++] = text;
}

void text_list_free(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->texts[i]);
    }
    free(list->texts);
    *list = (struct text_list){0};
}

bool folder_make(const char *path)
{
    char *partial = text_copy(path);
    bool made = true;
    for (char *at = partial + 1; made; at++) {
        if (*at != '/' && *at != '\0') {
            continue;
        }
        const char end = *at;
        *at = '\0';
        made = mkdir(partial, 0777) == 0 || errno == EEXIST;
        *at = end;
        if (end == '\0') {
            break;
        }
    }
    struct stat status;
    if (made && (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))) {
        errno = ENOTDIR;
        made = false;
    }
    if (!made) {
        complain("cannot make the folder %s: %s", path, strerror(errno));
    }
    free(partial);
    return made;
}

void folder_each(const char *path, folder_visit visit, void *context)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        return;
    }
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        if (entry->d_name[0] != '.') {
            visit(context, entry->d_name);
        }
    }
    (void)closedir(folder);
}

static void count_one(void *context, const char *name)
{
    (void)name;
    ++*(size_t *)context;
}

size_t folder_count(const char *path)
{
    size_t count = 0;
    folder_each(path, count_one, &count);
    return count;
}

char *file_read(const char *path, size_t *byte_count)
{
    FILE *file = fopen(path, "rbe");
    if (file == NULL) {
        return NULL;
    }
    struct stat status;
    char *bytes = NULL;
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode)) {
        bytes = checked(malloc((size_t)status.st_size + 1));
        *byte_count = fread(bytes, 1, (size_t)status.st_size, file);
        bytes[*byte_count] = '\0';
    } else {
        errno = EINVAL;
    }
    (void)fclose(file);
    return bytes;
}

bool file_write(const char *path, const void *bytes, size_t byte_count)
{
    char *unfinished = text_format("%s.%ld.unfinished", path, (long)getpid());
    FILE *file = fopen(unfinished, "wbe");
    bool written = file != NULL && fwrite(bytes, 1, byte_count, file) == byte_count;
    if (file != NULL) {
        written = fclose(file) == 0 && written;
        written = written && rename(unfinished, path) == 0;
    }
    if (!written) {
        complain("cannot write %s: %s", path, strerror(errno));
        (void)unlink(unfinished);
    }
    free(unfinished);
    return written;
}

/* It is written anew beside itself, so it is the folder that counts. */
bool file_can_be_written(const char *path)
{
    char *folder = text_copy(path);
    char *slash = strrchr(folder, '/');
    struct stat status;
    if (slash != NULL) {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    bool can = access(slash != NULL ? folder : ".", W_OK | X_OK) == 0;
    if (can && stat(path, &status) == 0 && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
        can = false;
    }
    if (!can) {
        complain("cannot write %s: %s", path, strerror(errno));
    }
    free(folder);
    return can;
}

bool file_copy(const char *from, const char *to)
{
    size_t byte_count = 0;
    char *bytes = file_read(from, &byte_count);
    if (bytes == NULL) {
        complain("cannot read %s: %s", from, strerror(errno));
        return false;
    }
    const bool written = file_write(to, bytes, byte_count);
    free(bytes);
    return written;
}

bool file_sync(const char *path)
{
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    /* Some file systems cannot, for a folder. */
    const bool is_on_disk = fsync(file) == 0 || errno == EINVAL;
    return close(file) == 0 && is_on_disk;
}

void file_print_tail(const char *path, unsigned line_count)
{
    size_t byte_count = 0;
    char *bytes = file_read(path, &byte_count);
    if (bytes == NULL) {
        return;
    }
    size_t at = byte_count;
    for (unsigned lines = 0; at > 0; at--) {
        if (bytes[at - 1] == '\n' && at != byte_count && ++lines == line_count) {
            break;
        }
    }
    fprintf(stderr, "%s%s", bytes + at,
            byte_count > 0 && bytes[byte_count - 1] != '\n' ? "\n" : "");
    free(bytes);
}
