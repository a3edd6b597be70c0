/* SPDX-License-Identifier: MIT
 *
 * How far a campaign is.
 */
#include "timeline.h"

#include "files.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define WHOLE_SECONDS 7200.0
#define THIN_SECONDS  600.0

static cJSON *role_json(const struct role_moment *role)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", role->name);
    cJSON_AddNumberToObject(object, "turns", (double)role->turns);
    cJSON_AddNumberToObject(object, "executions", (double)role->executions);
    cJSON_AddNumberToObject(object, "edges", (double)role->edges);
    if (role->stability > 0) {
        cJSON_AddNumberToObject(object, "stability", role->stability);
    }
    return object;
}

cJSON *timeline_json(const struct moment *moment)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "schema", TIMELINE_SCHEMA);
    cJSON_AddStringToObject(object, "time", moment->time);
    cJSON_AddStringToObject(object, "state", moment->state);
    cJSON_AddNumberToObject(object, "seconds", moment->seconds);
    cJSON_AddNumberToObject(object, "executions", (double)moment->executions);
    cJSON_AddNumberToObject(object, "operations", (double)moment->operations);
    cJSON_AddNumberToObject(object, "verdicts", (double)moment->verdicts);
    cJSON_AddNumberToObject(object, "lost", (double)moment->lost);
    cJSON_AddNumberToObject(object, "inconclusive", (double)moment->inconclusive);
    cJSON_AddNumberToObject(object, "edges_libfuzzer", (double)moment->edges_libfuzzer);
    cJSON_AddNumberToObject(object, "edges_afl", (double)moment->edges_afl);
    cJSON_AddNumberToObject(object, "corpus_libfuzzer", (double)moment->corpus_libfuzzer);
    cJSON_AddNumberToObject(object, "corpus_afl", (double)moment->corpus_afl);
    cJSON_AddNumberToObject(object, "findings", (double)moment->findings);
    cJSON_AddNumberToObject(object, "unreproduced", (double)moment->unreproduced);
    cJSON_AddNumberToObject(object, "waiting", (double)moment->waiting);
    cJSON_AddNumberToObject(object, "stability", moment->stability);
    cJSON_AddNumberToObject(object, "free_bytes", (double)moment->free_bytes);
    cJSON_AddNumberToObject(object, "merges", (double)moment->merges);
    cJSON_AddNumberToObject(object, "minimised", (double)moment->minimised);
    cJSON_AddNumberToObject(object, "removed", (double)moment->removed);
    cJSON_AddNumberToObject(object, "next_role", (double)moment->next_role);
    cJSON_AddStringToObject(object, "running", moment->running);
    cJSON *roles = cJSON_AddArrayToObject(object, "roles");
    for (size_t i = 0; i < moment->role_count; i++) {
        cJSON_AddItemToArray(roles, role_json(&moment->roles[i]));
    }
    return object;
}

static double number(const cJSON *object, const char *key)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) && item->valuedouble >= 0 ? item->valuedouble : 0;
}

static void take_text(const cJSON *object, const char *key, char *text, size_t text_bytes)
{
    const char *value = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
    (void)snprintf(text, text_bytes, "%s", value == NULL ? "" : value);
}

static void take_roles(const cJSON *object, struct moment *moment)
{
    const cJSON *role = NULL;
    cJSON_ArrayForEach(role, cJSON_GetObjectItemCaseSensitive(object, "roles"))
    {
        if (moment->role_count < TIMELINE_ROLES_MAX) {
            struct role_moment *to = &moment->roles[moment->role_count++];
            take_text(role, "name", to->name, sizeof to->name);
            to->turns = (uint64_t)number(role, "turns");
            to->executions = (uint64_t)number(role, "executions");
            to->edges = (uint64_t)number(role, "edges");
            to->stability = number(role, "stability");
        }
    }
}

static bool from_json(const cJSON *object, struct moment *moment)
{
    const char *schema = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "schema"));
    if (schema == NULL || strcmp(schema, TIMELINE_SCHEMA) != 0) {
        return false;
    }
    *moment = (struct moment){
        .seconds = number(object, "seconds"),
        .executions = (uint64_t)number(object, "executions"),
        .operations = (uint64_t)number(object, "operations"),
        .verdicts = (uint64_t)number(object, "verdicts"),
        .lost = (uint64_t)number(object, "lost"),
        .inconclusive = (uint64_t)number(object, "inconclusive"),
        .edges_libfuzzer = (uint64_t)number(object, "edges_libfuzzer"),
        .edges_afl = (uint64_t)number(object, "edges_afl"),
        .corpus_libfuzzer = (size_t)number(object, "corpus_libfuzzer"),
        .corpus_afl = (size_t)number(object, "corpus_afl"),
        .findings = (size_t)number(object, "findings"),
        .unreproduced = (size_t)number(object, "unreproduced"),
        .waiting = (size_t)number(object, "waiting"),
        .stability = number(object, "stability"),
        .free_bytes = (uint64_t)number(object, "free_bytes"),
        .merges = (uint64_t)number(object, "merges"),
        .minimised = (uint64_t)number(object, "minimised"),
        .removed = (uint64_t)number(object, "removed"),
        .next_role = (size_t)number(object, "next_role"),
    };
    take_text(object, "time", moment->time, sizeof moment->time);
    take_text(object, "state", moment->state, sizeof moment->state);
    take_text(object, "running", moment->running, sizeof moment->running);
    take_roles(object, moment);
    return true;
}

/* A last line without an end is of a write that was cut short: ours begins with an end then. */
static bool write_line(int file, const char *text)
{
    char last = '\n';
    const off_t end = lseek(file, 0, SEEK_END);
    if (end > 0 && pread(file, &last, 1, end - 1) != 1) {
        return false;
    }
    char *line = text_format("%s%s\n", last == '\n' ? "" : "\n", text);
    const size_t length = strlen(line);
    const bool is_written = write(file, line, length) == (ssize_t)length && fdatasync(file) == 0;
    free(line);
    return is_written;
}

const struct role_moment *timeline_role(const struct moment *moment, const char *name)
{
    for (size_t i = 0; i < moment->role_count; i++) {
        if (strcmp(moment->roles[i].name, name) == 0) {
            return &moment->roles[i];
        }
    }
    return NULL;
}

bool timeline_append(const char *path, const struct moment *moment)
{
    cJSON *object = timeline_json(moment);
    char *text = cJSON_PrintUnformatted(object);
    const int file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    bool is_written = text != NULL && file >= 0 && write_line(file, text);
    if (file >= 0) {
        is_written = close(file) == 0 && is_written;
    }
    if (!is_written) {
        complain("cannot write %s: %s", path, strerror(errno));
    }
    cJSON_free(text);
    cJSON_Delete(object);
    return is_written;
}

/* Where the last line of the first `length` bytes begins; what has no end yet is none. */
static size_t last_line(const char *text, size_t length)
{
    const char *before = length > 1 ? memrchr(text, '\n', length - 1) : NULL;
    return before == NULL ? 0 : (size_t)(before - text) + 1;
}

static unsigned line_number(const char *text, size_t at)
{
    unsigned number = 1;
    for (size_t i = 0; i < at; i++) {
        number += text[i] == '\n';
    }
    return number;
}

static bool take_line(const char *path, char *text, size_t begin, struct moment *moment)
{
    cJSON *object = cJSON_Parse(text + begin);
    const bool is_ours = from_json(object, moment);
    if (!is_ours && text[begin] != '\0') {
        fprintf(stderr, "%s:%u: no line of a campaign (%s); passed over\n", path,
                line_number(text, begin), object == NULL ? "no JSON" : "another schema");
    }
    cJSON_Delete(object);
    return is_ours;
}

bool timeline_last(const char *path, struct moment *moment)
{
    size_t byte_count = 0;
    char *text = file_read(path, &byte_count);
    const char *end = text == NULL ? NULL : memrchr(text, '\n', byte_count);
    bool is_found = false;
    for (size_t length = end == NULL ? 0 : (size_t)(end - text) + 1; length > 0 && !is_found;) {
        const size_t begin = last_line(text, length);
        text[length - 1] = '\0';
        is_found = take_line(path, text, begin, moment);
        text[length - 1] = '\n';
        length = begin;
    }
    free(text);
    return is_found;
}

/* --- thinning ------------------------------------------------------------------------------------
 */

struct thinning {
    double newest; /* seconds of the last line */
    struct moment kept;
    bool has_kept;
    unsigned dropped_count;
    FILE *out;
};

/* Lines that are none of ours stay: whoever wrote them may want them. */
static bool is_kept(struct thinning *thinning, const struct moment *moment)
{
    const struct moment *before = &thinning->kept;
    const bool is_end =
        strcmp(moment->state, "finished") == 0 || strcmp(moment->state, "stopped") == 0;
    if (thinning->has_kept && !is_end && moment->findings == before->findings &&
        moment->unreproduced == before->unreproduced &&
        moment->seconds < thinning->newest - WHOLE_SECONDS &&
        moment->seconds < before->seconds + THIN_SECONDS) {
        return false;
    }
    thinning->kept = *moment;
    thinning->has_kept = true;
    return true;
}

static void thin_line(struct thinning *thinning, const char *line, size_t length)
{
    struct moment moment;
    cJSON *object = cJSON_ParseWithLength(line, length);
    if (from_json(object, &moment) && !is_kept(thinning, &moment)) {
        thinning->dropped_count++;
    } else {
        (void)fprintf(thinning->out, "%.*s\n", (int)length, line);
    }
    cJSON_Delete(object);
}

static void replace(const char *path, const char *text, size_t byte_count)
{
    char *fresh = text_format("%s.thinned", path);
    if (!file_write(fresh, text, byte_count) || !file_sync(fresh) || rename(fresh, path) != 0) {
        (void)unlink(fresh); /* it stays as long as it was */
    }
    free(fresh);
}

void timeline_thin(const char *path)
{
    struct moment last = {0};
    size_t byte_count = 0;
    size_t thinned_count = 0;
    char *thinned = NULL;
    char *text = timeline_last(path, &last) ? file_read(path, &byte_count) : NULL;
    struct thinning thinning = {.newest = last.seconds};
    if (text == NULL || (thinning.out = open_memstream(&thinned, &thinned_count)) == NULL) {
        free(text);
        return;
    }
    const char *end;
    for (const char *line = text;
         (end = memchr(line, '\n', byte_count - (size_t)(line - text))) != NULL; line = end + 1) {
        thin_line(&thinning, line, (size_t)(end - line));
    }
    if (fclose(thinning.out) == 0 && thinning.dropped_count > 0) {
        replace(path, thinned, thinned_count);
    }
    free(thinned);
    free(text);
}
