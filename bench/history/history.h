/* SPDX-License-Identifier: MIT
 *
 * The history of what was measured: records and annotations, read from files of one line of JSON
 * each. What is damaged or foreign is reported with its file, line and reason, and passed over.
 * docs/history.md has the formats.
 */
#ifndef HISTORY_H
#define HISTORY_H

#include <cjson/cJSON.h>
#include <regex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define HISTORY_SCHEMA            "heapbed-history/1"
#define HISTORY_ANNOTATION_SCHEMA "heapbed-annotation/1"
#define HISTORY_PAGE_SCHEMA       "heapbed-page/1"

#define HISTORY_COMMIT_BYTES      41
#define HISTORY_DATE_BYTES        21
#define HISTORY_FINGERPRINT_BYTES 17

/* One line of a history; its rows stay in the line until somebody asks (history_record_json). */
struct history_record {
    char *line;
    char *title;
    char commit[HISTORY_COMMIT_BYTES];
    char parent[HISTORY_COMMIT_BYTES]; /* or empty */
    char commit_date[HISTORY_DATE_BYTES];
    char date[HISTORY_DATE_BYTES];
    char fingerprint[HISTORY_FINGERPRINT_BYTES]; /* of the machine */
    bool is_dirty;                               /* measured with changes that no commit has */
    bool is_quick;
    size_t file; /* index of the file it came from */
    size_t line_number;
};

/* A remark on a commit, for the rows and subjects that match. */
struct history_annotation {
    char *line;
    char commit[HISTORY_COMMIT_BYTES];
    bool is_reset; /* what came before is no longer the baseline */
    regex_t rows;
    regex_t subjects;
    size_t position; /* the first record of its commit; SIZE_MAX: no record has it */
};

struct history {
    struct history_record *records; /* once finished: the oldest commit first */
    size_t record_count;
    struct history_annotation *annotations;
    size_t annotation_count;
    char **files;
    size_t file_count;
    size_t damaged_count; /* lines that were reported and passed over */
};

/* Reads a file of records, or of annotations, in addition to what has been read. Damaged lines are
 * told to complaints and counted. False: the file cannot be read, and complaints says why. */
bool history_read(struct history *history, const char *path, FILE *complaints);
bool history_read_annotations(struct history *history, const char *path, FILE *complaints);

/* After the last file: puts the records in order, each once, and finds what is annotated. */
void history_finish(struct history *history, FILE *complaints);

void history_free(struct history *history);

/* The record as JSON; the caller deletes it. */
cJSON *history_record_json(const struct history_record *record);

/* Whether the JSON is a record (an annotation) that can be used; else reason says what is wrong. */
bool history_record_check(const cJSON *json, char *reason, size_t reason_bytes);
bool history_annotation_check(const cJSON *json, char *reason, size_t reason_bytes);

/* What tells machines apart: 16 hexadecimal digits from the processor, the number of cores, the
 * kernel's major and minor version, the compiler, its flags, and the versions of libraries; not the
 * load. Figures of different fingerprints are never compared. */
void history_fingerprint(const cJSON *machine, char fingerprint[HISTORY_FINGERPRINT_BYTES]);

#endif
