/* SPDX-License-Identifier: MIT
 *
 * Histories for tests: a folder of their own, files in it, and records that can be bent.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

#include "history.h"

#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char scratch_folder[64];

static inline int scratch_remove_entry(const char *path, const struct stat *status, int kind,
                                       struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static inline void scratch_remove(void)
{
    (void)nftw(scratch_folder, scratch_remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

/* The path of a file in the folder; one of four that are remembered. */
static inline const char *scratch_path(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *path = paths[next++ % 4];

    if (scratch_folder[0] == '\0') {
        (void)snprintf(scratch_folder, sizeof scratch_folder, "/tmp/heapbed-history-XXXXXX");
        if (mkdtemp(scratch_folder) == NULL) {
            perror("mkdtemp");
            exit(2);
        }
        (void)atexit(scratch_remove);
    }
    (void)snprintf(path, sizeof paths[0], "%s/%s", scratch_folder, name);
    return path;
}

static inline void scratch_write(const char *path, const char *text, size_t length)
{
    FILE *file = fopen(path, "w");

    if (file == NULL || fwrite(text, 1, length, file) != length || fclose(file) != 0) {
        perror(path);
        exit(2);
    }
}

/* All of a file, ended by a zero; the caller frees it. */
static inline char *scratch_read(const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    long size = 0;

    if (file == NULL || fseek(file, 0, SEEK_END) != 0 || (size = ftell(file)) < 0 ||
        fseek(file, 0, SEEK_SET) != 0 || (text = calloc(1, (size_t)size + 1)) == NULL ||
        fread(text, 1, (size_t)size, file) != (size_t)size) {
        perror(path);
        exit(2);
    }
    (void)fclose(file);
    *length = (size_t)size;
    return text;
}

/* A record of commit number `commit`, with one row of one subject and three launches of value. */
struct scratch_record {
    unsigned commit;
    const char *cpu;
    const char *row;
    const char *subject;
    double values[3];
};

static inline void scratch_commit(unsigned number, char commit[HISTORY_COMMIT_BYTES])
{
    (void)snprintf(commit, HISTORY_COMMIT_BYTES, "%040x", number + 1);
}

/* As a line without its end. */
static inline void scratch_line(const struct scratch_record *record, char *line, size_t bytes)
{
    char commit[HISTORY_COMMIT_BYTES];
    char parent[HISTORY_COMMIT_BYTES] = "";

    scratch_commit(record->commit, commit);
    if (record->commit > 0) {
        scratch_commit(record->commit - 1, parent);
    }
    const double *v = record->values;
    const double least = fmin(v[0], fmin(v[1], v[2]));
    const double most = fmax(v[0], fmax(v[1], v[2]));
    const double median = v[0] + v[1] + v[2] - least - most;

    (void)snprintf(
        line, bytes,
        "{\"schema\":\"heapbed-history/1\",\"commit\":\"%s\",\"parent\":\"%s\","
        "\"commit_date\":\"2026-01-%02uT%02u:00:00Z\",\"title\":\"number %u\",\"is_dirty\":false,"
        "\"date\":\"2026-02-%02uT%02u:00:00Z\",\"is_quick\":true,\"machine\":{\"cpu\":\"%s\","
        "\"cores\":2,\"kernel\":\"Linux 6.1.0-13-amd64\",\"compiler\":\"Clang "
        "19\",\"flags\":\"-O3\","
        "\"load\":0.1,\"versions\":{\"glibc\":\"2.36\"}},\"rows\":[{\"name\":\"%s\",\"unit\":"
        "\"nanoseconds\",\"direction\":\"lower\",\"cells\":[{\"subject\":\"%s\",\"median\":%.9g,"
        "\"samples\":[%.9g,%.9g,%.9g]}]}]}",
        commit, parent, 1 + record->commit / 24, record->commit % 24, record->commit,
        1 + record->commit / 24, record->commit % 24, record->cpu, record->row, record->subject,
        median, v[0], v[1], v[2]);
}

static inline struct scratch_record scratch_plain(unsigned commit, double value)
{
    return (struct scratch_record){
        commit, "A processor", "select/16-log", "default-on", {value, value, value}};
}

/* Ends the line that text ends with. */
static inline void scratch_end_line(char *text)
{
    memcpy(text + strlen(text), "\n", 2);
}

#endif
