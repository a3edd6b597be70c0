/* SPDX-License-Identifier: MIT
 *
 * A campaign of a week has 30,000 moments, and a chart fewer columns than a thousand: as often as
 * the list is full, every other moment goes, and from then on twice as many are passed over.
 */
#include "campaign.h"

#include "allocate.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define CAMPAIGN_SCHEMA "heapbed-campaign/1"
#define MOMENTS_MAX     1000u
#define PATH_BYTES_MAX  4096

struct timeline {
    const char *path;
    FILE *complaints;
    size_t line_number;
    cJSON *moments[MOMENTS_MAX];
    size_t count;
    size_t seen;
    size_t step;   /* every so many are kept */
    cJSON *newest; /* whatever the step */
};

/* A bare number of each moment; other fields (the roles) are told of the newest alone. */
static const char *const numbers[] = {
    "seconds",    "executions", "operations",   "edges_libfuzzer", "edges_afl", "corpus_libfuzzer",
    "corpus_afl", "findings",   "unreproduced", "waiting",         "stability"};

static cJSON *slim(const cJSON *line)
{
    cJSON *moment = cJSON_CreateObject();
    const cJSON *time = cJSON_GetObjectItemCaseSensitive(line, "time");

    cJSON_AddStringToObject(moment, "time", cJSON_IsString(time) ? time->valuestring : "");
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        const cJSON *number = cJSON_GetObjectItemCaseSensitive(line, numbers[i]);

        if (cJSON_IsNumber(number)) {
            cJSON_AddNumberToObject(moment, numbers[i], number->valuedouble);
        }
    }
    return moment;
}

static void thin_out(struct timeline *timeline)
{
    size_t kept = 0;

    for (size_t i = 0; i < timeline->count; i++) {
        if (i % 2 == 0) {
            timeline->moments[kept++] = timeline->moments[i];
        } else {
            cJSON_Delete(timeline->moments[i]);
        }
    }
    timeline->count = kept;
    timeline->step *= 2;
}

static void add_moment(struct timeline *timeline, cJSON *line)
{
    if (timeline->seen++ % timeline->step == 0) {
        if (timeline->count == MOMENTS_MAX) {
            thin_out(timeline);
        }
        timeline->moments[timeline->count++] = slim(line);
    }
    cJSON_Delete(timeline->newest);
    timeline->newest = line;
}

static bool is_moment(const cJSON *line)
{
    const char *schema = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(line, "schema"));

    return schema != NULL && strcmp(schema, CAMPAIGN_SCHEMA) == 0 &&
           cJSON_IsNumber(cJSON_GetObjectItemCaseSensitive(line, "seconds"));
}

static void take_line(struct timeline *timeline, const char *text)
{
    cJSON *line = cJSON_Parse(text);

    timeline->line_number++;
    if (is_moment(line)) {
        add_moment(timeline, line);
        return;
    }
    if (text[strspn(text, " \t\r\n")] != '\0') {
        (void)fprintf(timeline->complaints, "%s:%zu: %s; passed over\n", timeline->path,
                      timeline->line_number, line == NULL ? "no JSON" : "no line of a campaign");
    }
    cJSON_Delete(line);
}

static bool read_timeline(struct timeline *timeline)
{
    FILE *file = fopen(timeline->path, "re");
    char *text = NULL;
    size_t room = 0;

    if (file == NULL) {
        (void)fprintf(timeline->complaints, "history: %s: %s\n", timeline->path, strerror(errno));
        return false;
    }
    while (getline(&text, &room, file) >= 0) {
        take_line(timeline, text);
    }
    free(text);
    (void)fclose(file);
    if (timeline->newest == NULL) {
        (void)fprintf(timeline->complaints, "history: %s has no line of a campaign\n",
                      timeline->path);
    }
    return timeline->newest != NULL;
}

/* -- findings --------------------------------------------------------------------------------- */

static cJSON *read_json(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = NULL;
    size_t room = 0;

    if (file == NULL) {
        return NULL;
    }
    const bool has_text = getdelim(&text, &room, '\0', file) >= 0;
    cJSON *json = has_text ? cJSON_Parse(text) : NULL;

    free(text);
    (void)fclose(file);
    return json;
}

static cJSON *finding_json(const char *path, const char *name, size_t name_length)
{
    static const char *const copied[] = {"oracle",   "harness", "operation",
                                         "expected", "actual",  "operations"};
    cJSON *from = read_json(path);

    if (!cJSON_IsString(cJSON_GetObjectItemCaseSensitive(from, "oracle"))) {
        cJSON_Delete(from);
        return NULL;
    }
    char *stem = memory_copy(name);
    cJSON *finding = cJSON_CreateObject();

    stem[name_length] = '\0';
    cJSON_AddStringToObject(finding, "name", stem);
    for (size_t i = 0; i < sizeof copied / sizeof copied[0]; i++) {
        cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(from, copied[i]);

        if (item != NULL) {
            cJSON_AddItemToObject(finding, copied[i], item);
        }
    }
    free(stem);
    cJSON_Delete(from);
    return finding;
}

static int compare_files(const struct dirent **one, const struct dirent **other)
{
    return strcmp((*one)->d_name, (*other)->d_name);
}

static cJSON *findings_json(const char *folder, FILE *complaints)
{
    char path[PATH_BYTES_MAX];
    cJSON *list = cJSON_CreateArray();
    struct dirent **entries = NULL;

    (void)snprintf(path, sizeof path, "%s/findings", folder);
    const int count = scandir(path, &entries, NULL, compare_files);

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        const char *ending = strrchr(name, '.');

        if (ending != NULL && strcmp(ending, ".json") == 0) {
            (void)snprintf(path, sizeof path, "%s/findings/%s", folder, name);
            cJSON *finding = finding_json(path, name, (size_t)(ending - name));

            if (finding != NULL) {
                cJSON_AddItemToArray(list, finding);
            } else {
                (void)fprintf(complaints, "%s: no finding; passed over\n", path);
            }
        }
        free(entries[i]);
    }
    free(entries);
    return list;
}

/* -----------------------------------------------------------------------------------------------
 */

cJSON *campaign_json(const char *folder, FILE *complaints)
{
    char path[PATH_BYTES_MAX];
    struct timeline timeline = {.path = path, .complaints = complaints, .step = 1};

    (void)snprintf(path, sizeof path, "%s/timeline.jsonl", folder);
    if (!read_timeline(&timeline)) {
        return NULL;
    }
    cJSON *campaign = cJSON_CreateObject();
    cJSON *moments = cJSON_AddArrayToObject(campaign, "moments");

    for (size_t i = 0; i < timeline.count; i++) {
        cJSON_AddItemToArray(moments, timeline.moments[i]);
    }
    if ((timeline.seen - 1) % timeline.step != 0) {
        cJSON_AddItemToArray(moments, slim(timeline.newest));
    }
    cJSON_AddStringToObject(campaign, "folder", folder);
    cJSON_AddItemToObject(campaign, "newest", timeline.newest);
    cJSON_AddItemToObject(campaign, "findings", findings_json(folder, complaints));
    return campaign;
}
