/* SPDX-License-Identifier: MIT
 *
 * bench/baseline.json:
 *     {"schema": "heapbed-baseline/1", "compiler", "machine", "core",
 *      "rows": [{"row", "subject", "instructions", "calls"}, ...],
 *      "history": [{"date", "commit", "core", "compiler", "reason"}, ...]}
 */
#include "baseline.h"

#include "file.h"
#include "jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEMA "heapbed-baseline/1"

/* -- reading ---------------------------------------------------------------------------------- */

static bool baseline_complain(const struct baseline *baseline, const char *reason)
{
    (void)fprintf(stderr, "baseline: %s: %s\n", baseline->path, reason);
    return false;
}

static size_t line_of(const char *text, const char *place)
{
    size_t line = 1;

    for (; text < place; text++) {
        line += *text == '\n';
    }
    return line;
}

static bool row_is_sound(const cJSON *row)
{
    const cJSON *instructions = cJSON_GetObjectItem(row, "instructions");
    const cJSON *calls = cJSON_GetObjectItem(row, "calls");

    return cJSON_IsString(cJSON_GetObjectItem(row, "row")) &&
           cJSON_IsString(cJSON_GetObjectItem(row, "subject")) && cJSON_IsNumber(instructions) &&
           instructions->valuedouble > 0 && cJSON_IsNumber(calls) && calls->valuedouble > 0;
}

static const char *baseline_fault(const struct baseline *baseline)
{
    static const char *const texts[] = {"compiler", "machine", "core"};
    const cJSON *row = NULL;

    if (strcmp(baseline_text(baseline, "schema"), SCHEMA) != 0) {
        return "its schema is not " SCHEMA;
    }
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (baseline_text(baseline, texts[i])[0] == '\0') {
            return "the compiler, the machine or the core is missing";
        }
    }
    if (baseline_count(baseline) == 0) {
        return "it has no rows: nothing would be held to anything";
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(baseline->json, "rows"))
    {
        if (!row_is_sound(row)) {
            return "a row lacks its row, subject, instructions or calls";
        }
    }
    return cJSON_IsArray(cJSON_GetObjectItem(baseline->json, "history")) ? NULL
                                                                         : "it has no history";
}

bool baseline_read(struct baseline *baseline, const char *path)
{
    memset(baseline, 0, sizeof *baseline);
    (void)snprintf(baseline->path, sizeof baseline->path, "%s", path);
    if (access(path, F_OK) != 0) {
        return true;
    }
    char *text = text_read(path);
    const char *end = NULL;
    char reason[80];

    if (text == NULL) {
        return false;
    }
    baseline->json = cJSON_ParseWithOpts(text, &end, true);
    if (baseline->json == NULL) {
        (void)snprintf(reason, sizeof reason, "no JSON from line %zu on", line_of(text, end));
        free(text);
        return baseline_complain(baseline, reason);
    }
    free(text);
    const char *fault = baseline_fault(baseline);

    return fault == NULL || baseline_complain(baseline, fault);
}

void baseline_free(struct baseline *baseline)
{
    cJSON_Delete(baseline->json);
    baseline->json = NULL;
}

/* -- looking ---------------------------------------------------------------------------------- */

const char *baseline_text(const struct baseline *baseline, const char *field)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(baseline->json, field));

    return text != NULL ? text : "";
}

size_t baseline_count(const struct baseline *baseline)
{
    const int count = cJSON_GetArraySize(cJSON_GetObjectItem(baseline->json, "rows"));

    return count > 0 ? (size_t)count : 0;
}

static bool is_row_of(const cJSON *row, const struct count *count)
{
    return strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(row, "row")), count->row->name) == 0 &&
           strcmp(cJSON_GetStringValue(cJSON_GetObjectItem(row, "subject")), count->subject) == 0;
}

bool baseline_find(const struct baseline *baseline, const struct count *count, double *mean)
{
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(baseline->json, "rows"))
    {
        if (is_row_of(row, count)) {
            *mean = cJSON_GetObjectItem(row, "instructions")->valuedouble /
                    cJSON_GetObjectItem(row, "calls")->valuedouble;
            return true;
        }
    }
    return false;
}

static bool is_measured(const cJSON *row, const struct count *counts, size_t count)
{
    size_t i = 0;

    while (i < count && !is_row_of(row, &counts[i])) {
        i++;
    }
    return i < count;
}

static bool is_subject_of(const cJSON *row, const struct count *counts, size_t count)
{
    const char *subject = cJSON_GetStringValue(cJSON_GetObjectItem(row, "subject"));
    size_t i = 0;

    while (i < count && strcmp(subject, counts[i].subject) != 0) {
        i++;
    }
    return i < count;
}

size_t baseline_unmeasured(const struct baseline *baseline, const struct count *counts,
                           size_t count, bool some_subjects, FILE *words)
{
    const cJSON *row = NULL;
    size_t missing_count = 0;

    cJSON_ArrayForEach(row, cJSON_GetObjectItem(baseline->json, "rows"))
    {
        if (is_measured(row, counts, count) ||
            (some_subjects && !is_subject_of(row, counts, count))) {
            continue;
        }
        (void)fprintf(words, "%s of %s: is in the baseline, and there is no such row now\n",
                      cJSON_GetStringValue(cJSON_GetObjectItem(row, "row")),
                      cJSON_GetStringValue(cJSON_GetObjectItem(row, "subject")));
        missing_count++;
    }
    return missing_count;
}

/* -- writing ---------------------------------------------------------------------------------- */

static cJSON *rows_json(const struct count *counts, size_t count)
{
    cJSON *rows = cJSON_CreateArray();

    for (size_t i = 0; i < count; i++) {
        cJSON *row = cJSON_CreateObject();

        cJSON_AddStringToObject(row, "row", counts[i].row->name);
        cJSON_AddStringToObject(row, "subject", counts[i].subject);
        cJSON_AddNumberToObject(row, "instructions", (double)counts[i].instructions);
        cJSON_AddNumberToObject(row, "calls", (double)counts[i].calls);
        cJSON_AddItemToArray(rows, row);
    }
    return rows;
}

static cJSON *renewal_json(const struct renewal *renewal)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "date", renewal->date);
    cJSON_AddStringToObject(json, "commit", renewal->commit);
    cJSON_AddStringToObject(json, "core", renewal->core);
    cJSON_AddStringToObject(json, "compiler", renewal->compiler);
    cJSON_AddStringToObject(json, "reason", renewal->reason);
    return json;
}

/* A line for each element, so that a difference of two versions of the file can be read. */
static void print_list(FILE *file, const char *name, const cJSON *list, const char *end)
{
    const cJSON *item = NULL;

    (void)fprintf(file, "  \"%s\": [", name);
    cJSON_ArrayForEach(item, list)
    {
        char *text = cJSON_PrintUnformatted(item);

        (void)fprintf(file, "%s\n    %s", item == list->child ? "" : ",", text != NULL ? text : "");
        cJSON_free(text);
    }
    (void)fprintf(file, "\n  ]%s\n", end);
}

bool baseline_write(const struct baseline *baseline, const struct renewal *renewal,
                    const struct count *counts, size_t count)
{
    cJSON *history = cJSON_Duplicate(cJSON_GetObjectItem(baseline->json, "history"), true);
    cJSON *rows = rows_json(counts, count);
    char *text = NULL;
    size_t text_bytes = 0;
    char error[400] = "";
    FILE *file = open_memstream(&text, &text_bytes);

    if (history == NULL) {
        history = cJSON_CreateArray();
    }
    cJSON_AddItemToArray(history, renewal_json(renewal));
    bool ok = file != NULL;

    if (ok) {
        (void)fprintf(file,
                      "{\n  \"schema\": \"" SCHEMA "\",\n  \"compiler\": \"%s\",\n"
                      "  \"machine\": \"%s\",\n  \"core\": \"%s\",\n",
                      renewal->compiler, renewal->machine, renewal->core);
        print_list(file, "rows", rows, ",");
        print_list(file, "history", history, "");
        (void)fprintf(file, "}\n");
        ok = fclose(file) == 0;
    }
    ok = ok && hb_file_write(baseline->path, text, text_bytes, error, sizeof error);
    free(text);
    cJSON_Delete(history);
    cJSON_Delete(rows);
    return ok || baseline_complain(baseline, error);
}
