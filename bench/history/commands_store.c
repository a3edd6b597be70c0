/* SPDX-License-Identifier: MIT
 *
 * The commands that add to a history: annotate, add, append.
 */
#include "append.h"
#include "command.h"
#include "figures.h"
#include "file.h"
#include "origin.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define ERROR_BYTES    500
#define PATH_BYTES_MAX 4096

/* Where it is appended to: what was asked for, or a file of the project. */
static const char *target_path(const char *asked, const char *name, char path[PATH_BYTES_MAX])
{
    (void)snprintf(path, PATH_BYTES_MAX, "%s/%s", project_root(), name);
    return asked != NULL ? asked : path;
}

static bool append_json(const char *path, const cJSON *json, char *error, size_t error_bytes)
{
    char *line = cJSON_PrintUnformatted(json);

    (void)snprintf(error, error_bytes, "no memory");
    const bool ok = line != NULL && history_append(path, line, error, error_bytes);

    cJSON_free(line);
    return ok;
}

/* -- annotate --------------------------------------------------------------------------------- */

/* 40 digits as they are; fewer: the one commit in the histories that begins so. */
static bool find_commit(const struct request *request, const char *word,
                        char commit[HISTORY_COMMIT_BYTES])
{
    struct history history;
    struct request records = *request;
    size_t found = 0;

    records.annotations = NULL; /* that file may not be there yet */
    (void)snprintf(commit, HISTORY_COMMIT_BYTES, "%s", word);
    if (strlen(word) == HISTORY_COMMIT_BYTES - 1) {
        return true;
    }
    if (strlen(word) < 7) {
        (void)complain(request, word, "a commit is named by 7 digits or more");
        return false;
    }
    if (!load_history(&history, &records, 1)) {
        return false;
    }
    for (size_t i = 0; i < history.record_count; i++) {
        const char *const candidate = history.records[i].commit;

        if (strncmp(candidate, word, strlen(word)) == 0 &&
            (found == 0 || strcmp(candidate, commit) != 0)) {
            (void)snprintf(commit, HISTORY_COMMIT_BYTES, "%s", candidate);
            found++;
        }
    }
    history_free(&history);
    if (found != 1) {
        (void)complain(request, word,
                       found == 0 ? "no record has such a commit; all 40 digits are taken as they "
                                    "are"
                                  : "more than one commit begins so");
    }
    return found == 1;
}

int command_annotate(const struct request *request)
{
    char commit[HISTORY_COMMIT_BYTES];
    char date[HISTORY_DATE_BYTES];
    char path[PATH_BYTES_MAX];
    char error[ERROR_BYTES];

    if (request->word_count == 0 || request->kind == NULL || request->text == NULL) {
        return complain(request, "COMMIT, --kind, --text", "one of them is missing");
    }
    if (!find_commit(request, request->words[0], commit)) {
        return EXIT_USAGE;
    }
    cJSON *json = cJSON_CreateObject();

    date_now(date);
    cJSON_AddStringToObject(json, "schema", HISTORY_ANNOTATION_SCHEMA);
    cJSON_AddStringToObject(json, "commit", commit);
    cJSON_AddStringToObject(json, "kind", request->kind);
    cJSON_AddStringToObject(json, "rows", request->rows != NULL ? request->rows : "");
    cJSON_AddStringToObject(json, "subjects", request->subjects != NULL ? request->subjects : "");
    cJSON_AddStringToObject(json, "text", request->text);
    cJSON_AddStringToObject(json, "date", date);
    const char *const target =
        target_path(request->annotations, "bench/history/annotations.jsonl", path);
    const bool ok = history_annotation_check(json, error, sizeof error) &&
                    append_json(target, json, error, sizeof error);

    cJSON_Delete(json);
    if (ok) {
        (void)printf("%s: %s at %.12s\n", target, request->kind, commit);
    }
    return ok ? EXIT_OK : complain(request, "annotation", error);
}

/* -- add -------------------------------------------------------------------------------------- */

struct source {
    const char *section;
    const char *path;
    figures_make *make;
};

static bool add_section(const struct request *request, cJSON *record, const struct source *source)
{
    char error[ERROR_BYTES] = "it is not JSON";
    struct hb_bytes bytes;

    if (source->path == NULL) {
        return true;
    }
    if (!hb_file_read(source->path, &bytes, error, sizeof error)) {
        (void)complain(request, source->section, error);
        return false;
    }
    cJSON *json = cJSON_ParseWithLength((const char *)bytes.data, bytes.count);
    cJSON *section = json != NULL ? source->make(json, error, sizeof error) : NULL;

    if (section != NULL) {
        cJSON_AddItemToObject(record, source->section, section);
    } else {
        (void)complain(request, source->path, error);
    }
    cJSON_Delete(json);
    free(bytes.data);
    return section != NULL;
}

static bool add_sections(const struct request *request, cJSON *record)
{
    const struct source sources[] = {{"fuzz", request->fuzz, figures_fuzz},
                                     {"bugs", request->bugs, figures_bugs},
                                     {"mutation", request->mutation, figures_mutation},
                                     {"matrix", request->matrix, figures_matrix}};

    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (!add_section(request, record, &sources[i])) {
            return false;
        }
    }
    return true;
}

int command_add(const struct request *request)
{
    const char *const commit = request->commit != NULL ? request->commit : "HEAD";
    char path[PATH_BYTES_MAX];
    char error[ERROR_BYTES];
    const char *const target = target_path(request->history, "out/history.jsonl", path);

    if (request->fuzz == NULL && request->bugs == NULL && request->mutation == NULL &&
        request->matrix == NULL) {
        return complain(request, "--fuzz, --bugs, --mutation, --matrix", "none of them is given");
    }
    cJSON *record =
        origin_record(project_root(), commit, HISTORY_COMPILER, HISTORY_FLAGS, error, sizeof error);

    if (record == NULL) {
        return complain(request, "--commit", error);
    }
    if (!add_sections(request, record)) {
        cJSON_Delete(record);
        return EXIT_USAGE;
    }
    if (request->history == NULL) {
        char folder[PATH_BYTES_MAX];

        (void)mkdir(target_path(NULL, "out", folder), 0777);
    }
    const bool ok = history_record_check(record, error, sizeof error) &&
                    append_json(target, record, error, sizeof error);

    cJSON_Delete(record);
    if (ok) {
        (void)printf("%s: a record more\n", target);
    }
    return ok ? EXIT_OK : complain(request, "record", error);
}

/* -- append ----------------------------------------------------------------------------------- */

/* A line of the standard input that is a record. */
static bool append_line(const char *path, size_t number, const char *line)
{
    char reason[ERROR_BYTES] = "no JSON";
    cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
    const bool ok = json != NULL && history_record_check(json, reason, sizeof reason) &&
                    history_append(path, line, reason, sizeof reason);

    cJSON_Delete(json);
    if (!ok) {
        (void)fprintf(stderr, "standard input:%zu: %s; not appended\n", number, reason);
    }
    return ok;
}

int command_append(const struct request *request)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t number = 0;
    bool ok = true;

    if (request->word_count != 1) {
        return complain(request, "FILE", "is missing: the history to append to");
    }
    while (getline(&line, &capacity, stdin) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        ok = append_line(request->words[0], ++number, line) && ok;
    }
    free(line);
    if (number == 0) {
        return complain(request, "standard input", "there is no record");
    }
    return ok ? EXIT_OK : EXIT_FINDING;
}
