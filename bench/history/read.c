/* SPDX-License-Identifier: MIT
 *
 * Reads histories line by line, and puts the records of any number of files in one order.
 */
#include "history.h"

#include "allocate.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>

/* Where the line that is being read stands. */
struct place {
    const char *path;
    size_t file;
    size_t line_number;
    FILE *complaints;
};

static void report(struct history *history, const struct place *place, const char *reason)
{
    (void)fprintf(place->complaints, "%s:%zu: %s; passed over\n", place->path, place->line_number,
                  reason);
    history->damaged_count++;
}

/* The page is UTF-8, and so is JSON. Overlong forms and surrogates are no UTF-8. */
static bool is_utf8(const unsigned char *text)
{
    while (*text != '\0') {
        const unsigned char lead = *text++;
        const int more = (lead >= 0x80) + (lead >= 0xe0) + (lead >= 0xf0);

        if ((lead >= 0x80 && lead < 0xc2) || lead > 0xf4 || (lead == 0xe0 && *text < 0xa0) ||
            (lead == 0xed && *text > 0x9f) || (lead == 0xf0 && *text < 0x90) ||
            (lead == 0xf4 && *text > 0x8f)) {
            return false;
        }
        for (int i = 0; i < more; i++) {
            if ((*text++ & 0xc0) != 0x80) {
                return false;
            }
        }
    }
    return true;
}

/* The line as JSON. Null: it has been reported. */
static cJSON *parse_line(struct history *history, const struct place *place, const char *line,
                         size_t length, bool is_ended)
{
    char reason[200];
    const char *end = line;

    if (strlen(line) != length) {
        report(history, place, "it contains a NUL");
        return NULL;
    }
    if (!is_utf8((const unsigned char *)line)) {
        report(history, place, "it is not UTF-8");
        return NULL;
    }
    cJSON *json = cJSON_ParseWithOpts(line, &end, true);

    if (json == NULL) {
        (void)snprintf(reason, sizeof reason, "no JSON from byte %zu on%s",
                       (size_t)(end - line) + 1,
                       is_ended ? "" : " (the line has no end: its writer died?)");
        report(history, place, reason);
    }
    return json;
}

static bool is_blank(const char *line)
{
    return line[strspn(line, " \t\r")] == '\0';
}

static void copy_field(char *to, size_t bytes, const cJSON *json, const char *name)
{
    (void)snprintf(to, bytes, "%s", cJSON_GetObjectItemCaseSensitive(json, name)->valuestring);
}

/* -- records ---------------------------------------------------------------------------------- */

static void add_record(struct history *history, const struct place *place, cJSON *json,
                       const char *line)
{
    char reason[200];

    if (!history_record_check(json, reason, sizeof reason)) {
        report(history, place, reason);
        return;
    }
    history->records =
        memory_grown(history->records, history->record_count, sizeof *history->records);
    struct history_record *record = &history->records[history->record_count++];

    *record = (struct history_record){
        .file = place->file,
        .line_number = place->line_number,
        .is_dirty = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "is_dirty")),
        .is_quick = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(json, "is_quick"))};
    copy_field(record->commit, sizeof record->commit, json, "commit");
    copy_field(record->parent, sizeof record->parent, json, "parent");
    copy_field(record->commit_date, sizeof record->commit_date, json, "commit_date");
    copy_field(record->date, sizeof record->date, json, "date");
    record->title = memory_copy(cJSON_GetObjectItemCaseSensitive(json, "title")->valuestring);
    history_fingerprint(cJSON_GetObjectItemCaseSensitive(json, "machine"), record->fingerprint);
    /* The page's field of that name is ours. */
    if (cJSON_HasObjectItem(json, "fingerprint")) {
        cJSON_DeleteItemFromObjectCaseSensitive(json, "fingerprint");
        record->line = cJSON_PrintUnformatted(json);
    } else {
        record->line = memory_copy(line + strspn(line, " \t\r"));
    }
}

static void add_annotation(struct history *history, const struct place *place, cJSON *json,
                           const char *line)
{
    char reason[200];

    if (!history_annotation_check(json, reason, sizeof reason)) {
        report(history, place, reason);
        return;
    }
    for (size_t i = 0; i < history->annotation_count; i++) {
        if (strcmp(history->annotations[i].line, line) == 0) {
            return; /* a union of two branches has it twice */
        }
    }
    history->annotations =
        memory_grown(history->annotations, history->annotation_count, sizeof *history->annotations);
    struct history_annotation *annotation = &history->annotations[history->annotation_count++];

    *annotation = (struct history_annotation){.line = memory_copy(line), .position = SIZE_MAX};
    copy_field(annotation->commit, sizeof annotation->commit, json, "commit");
    annotation->is_reset =
        strcmp(cJSON_GetObjectItemCaseSensitive(json, "kind")->valuestring, "cause") != 0;
    (void)regcomp(&annotation->rows, cJSON_GetObjectItemCaseSensitive(json, "rows")->valuestring,
                  REG_EXTENDED | REG_NOSUB);
    (void)regcomp(&annotation->subjects,
                  cJSON_GetObjectItemCaseSensitive(json, "subjects")->valuestring,
                  REG_EXTENDED | REG_NOSUB);
}

/* -- files ------------------------------------------------------------------------------------ */

typedef void add_line(struct history *history, const struct place *place, cJSON *json,
                      const char *line);

static bool read_lines(struct history *history, const char *path, FILE *complaints, add_line *add)
{
    struct place place = {.path = path, .file = history->file_count, .complaints = complaints};
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length = 0;

    if (file == NULL) {
        (void)fprintf(complaints, "%s: %s\n", path, strerror(errno));
        return false;
    }
    history->files = memory_grown(history->files, history->file_count, sizeof *history->files);
    history->files[history->file_count++] = memory_copy(path);
    (void)flock(fileno(file), LOCK_SH); /* nobody is in the middle of a line */
    while ((length = getline(&line, &capacity, file)) >= 0) {
        const bool is_ended = length > 0 && line[length - 1] == '\n';

        place.line_number++;
        if (is_ended) {
            line[--length] = '\0';
        }
        if (is_blank(line) && strlen(line) == (size_t)length) {
            continue;
        }
        cJSON *json = parse_line(history, &place, line, (size_t)length, is_ended);

        if (json != NULL) {
            add(history, &place, json, line);
        }
        cJSON_Delete(json);
    }
    const bool ok = ferror(file) == 0;

    if (!ok) {
        (void)fprintf(complaints, "%s: %s\n", path, strerror(errno));
    }
    free(line);
    (void)fclose(file);
    return ok;
}

bool history_read(struct history *history, const char *path, FILE *complaints)
{
    return read_lines(history, path, complaints, add_record);
}

bool history_read_annotations(struct history *history, const char *path, FILE *complaints)
{
    return read_lines(history, path, complaints, add_annotation);
}

/* -- order ------------------------------------------------------------------------------------ */

static int compare_records(const void *one_item, const void *other_item)
{
    const struct history_record *one = one_item;
    const struct history_record *other = other_item;
    int order = strcmp(one->commit_date, other->commit_date);

    if (order == 0) {
        order = strcmp(one->commit, other->commit);
    }
    if (order == 0) {
        order = strcmp(one->date, other->date);
    }
    if (order == 0) {
        order = strcmp(one->fingerprint, other->fingerprint);
    }
    if (order == 0) {
        order = (one->file > other->file) - (one->file < other->file);
    }
    return order != 0
               ? order
               : (one->line_number > other->line_number) - (one->line_number < other->line_number);
}

static void free_record(struct history_record *record)
{
    free(record->line);
    free(record->title);
}

static bool is_same_record(const struct history_record *one, const struct history_record *other)
{
    return strcmp(one->commit, other->commit) == 0 && strcmp(one->date, other->date) == 0 &&
           strcmp(one->fingerprint, other->fingerprint) == 0;
}

/* Of records of one commit, date and machine the first stays. That they differ is told: both
 * cannot be true. */
static void drop_repeated(struct history *history, FILE *complaints)
{
    size_t kept = 0;

    for (size_t i = 0; i < history->record_count; i++) {
        struct history_record *record = &history->records[i];
        const struct history_record *last = kept > 0 ? &history->records[kept - 1] : NULL;

        if (last == NULL || !is_same_record(last, record)) {
            history->records[kept++] = *record;
            continue;
        }
        if (strcmp(last->line, record->line) != 0) {
            (void)fprintf(complaints,
                          "%s:%zu: commit, date and machine of %s:%zu with other figures; passed "
                          "over\n",
                          history->files[record->file], record->line_number,
                          history->files[last->file], last->line_number);
            history->damaged_count++;
        }
        free_record(record);
    }
    history->record_count = kept;
}

/* Commits of one second (a rebase makes them): a parent before its child. They come as runs of
 * records of one commit; a run that has its parent behind it moves there. */
static void order_second(struct history_record *records, size_t count)
{
    for (size_t moves = 0; moves < count; moves++) {
        size_t begin = 0;
        size_t parent = 0;

        for (; begin < count; begin++) {
            for (parent = begin + 1; parent < count; parent++) {
                if (strcmp(records[begin].parent, records[parent].commit) == 0) {
                    break;
                }
            }
            if (parent < count) {
                break;
            }
        }
        if (begin == count) {
            return;
        }
        const struct history_record parent_record = records[parent];

        memmove(&records[begin + 1], &records[begin], (parent - begin) * sizeof *records);
        records[begin] = parent_record;
    }
}

static void order_seconds(struct history *history)
{
    for (size_t begin = 0, end = 0; begin < history->record_count; begin = end) {
        for (end = begin + 1; end < history->record_count; end++) {
            if (strcmp(history->records[begin].commit_date, history->records[end].commit_date) !=
                0) {
                break;
            }
        }
        order_second(&history->records[begin], end - begin);
    }
}

void history_finish(struct history *history, FILE *complaints)
{
    if (history->record_count > 0) {
        qsort(history->records, history->record_count, sizeof *history->records, compare_records);
    }
    drop_repeated(history, complaints);
    order_seconds(history);
    for (size_t i = 0; i < history->annotation_count; i++) {
        struct history_annotation *annotation = &history->annotations[i];

        annotation->position = SIZE_MAX;
        for (size_t r = 0; r < history->record_count && annotation->position == SIZE_MAX; r++) {
            if (strcmp(history->records[r].commit, annotation->commit) == 0) {
                annotation->position = r;
            }
        }
    }
}

void history_free(struct history *history)
{
    for (size_t i = 0; i < history->record_count; i++) {
        free_record(&history->records[i]);
    }
    for (size_t i = 0; i < history->annotation_count; i++) {
        free(history->annotations[i].line);
        regfree(&history->annotations[i].rows);
        regfree(&history->annotations[i].subjects);
    }
    for (size_t i = 0; i < history->file_count; i++) {
        free(history->files[i]);
    }
    free(history->records);
    free(history->annotations);
    free(history->files);
    *history = (struct history){0};
}

cJSON *history_record_json(const struct history_record *record)
{
    return cJSON_Parse(record->line);
}
