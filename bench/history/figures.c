/* SPDX-License-Identifier: MIT
 *
 * Sections of a record from the JSON of fuzz, bugs, mutate and matrix.
 */
#include "figures.h"

#include "allocate.h"
#include "samples.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const cJSON *field(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static cJSON *refuse(const char *name, char *reason, size_t reason_bytes)
{
    (void)snprintf(reason, reason_bytes, "it has no \"%s\"", name);
    return NULL;
}

/* The first of the names that is no number there; null: all are. */
static const char *missing_number(const cJSON *json, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!cJSON_IsNumber(field(json, names[i]))) {
            return names[i];
        }
    }
    return NULL;
}
#define MISSING_NUMBER(json, names) missing_number(json, names, sizeof(names) / sizeof(names)[0])

static void copy_number(cJSON *to, const char *name, const cJSON *from, const char *from_name)
{
    cJSON_AddNumberToObject(to, name, field(from, from_name)->valuedouble);
}

/* One more of a name. */
static void count_in(cJSON *counts, const char *name)
{
    cJSON *count = cJSON_GetObjectItemCaseSensitive(counts, name);

    if (count == NULL) {
        cJSON_AddNumberToObject(counts, name, 1);
    } else {
        cJSON_SetNumberValue(count, count->valuedouble + 1);
    }
}

/* -- fuzz ------------------------------------------------------------------------------------- */

/* Engines count coverage in different ways, so only the first one's edges are the figure. */
static void add_engines(cJSON *section, const cJSON *json)
{
    const cJSON *engine = NULL;
    char names[200] = "";

    cJSON_ArrayForEach(engine, field(json, "engines"))
    {
        const cJSON *edges = field(field(json, "coverage"), engine->valuestring);
        const cJSON *files = field(field(json, "corpus"), engine->valuestring);
        const size_t length = strlen(names);

        if (length == 0 && cJSON_IsNumber(edges) && cJSON_IsNumber(files)) {
            cJSON_AddNumberToObject(section, "coverage_edges", edges->valuedouble);
            cJSON_AddNumberToObject(section, "corpus_files", files->valuedouble);
        }
        (void)snprintf(names + length, sizeof names - length, "%s%s", length > 0 ? ", " : "",
                       engine->valuestring);
    }
    cJSON_AddStringToObject(section, "engine", names);
    cJSON_AddItemToObject(section, "coverage", cJSON_Duplicate(field(json, "coverage"), true));
    cJSON_AddItemToObject(section, "corpus", cJSON_Duplicate(field(json, "corpus"), true));
}

static bool has_engines(const cJSON *json)
{
    const cJSON *engine = NULL;

    cJSON_ArrayForEach(engine, field(json, "engines"))
    {
        if (!cJSON_IsString(engine)) {
            return false;
        }
    }
    return cJSON_GetArraySize(field(json, "engines")) > 0 &&
           cJSON_IsObject(field(json, "coverage")) && cJSON_IsObject(field(json, "corpus"));
}

cJSON *figures_fuzz(const cJSON *json, char *reason, size_t reason_bytes)
{
    static const char *const names[] = {"seconds", "executions", "operations_per_second"};
    const char *const missing = MISSING_NUMBER(json, names);

    if (missing != NULL) {
        return refuse(missing, reason, reason_bytes);
    }
    if (!has_engines(json)) {
        return refuse("engines, coverage, corpus", reason, reason_bytes);
    }
    const double seconds = field(json, "seconds")->valuedouble;

    if (seconds <= 0) {
        (void)snprintf(reason, reason_bytes, "it ran for no time");
        return NULL;
    }
    cJSON *section = cJSON_CreateObject();

    cJSON_AddNumberToObject(section, "executions_per_second",
                            field(json, "executions")->valuedouble / seconds);
    copy_number(section, "operations_per_second", json, "operations_per_second");
    add_engines(section, json);
    cJSON_AddNumberToObject(section, "seconds", seconds);
    cJSON_AddNumberToObject(section, "findings", cJSON_GetArraySize(field(json, "findings")));
    if (cJSON_IsString(field(json, "target"))) {
        cJSON_AddStringToObject(section, "target", field(json, "target")->valuestring);
    }
    return section;
}

/* -- bugs ------------------------------------------------------------------------------------- */

/* "class / oracle", by which a table of both can be made; missed: "class / ". */
static void count_class(cJSON *classes, const cJSON *bug, bool is_detected)
{
    const char *const name = cJSON_GetStringValue(field(bug, "class"));
    const char *const oracle = cJSON_GetStringValue(field(bug, "oracle"));
    char both[200];

    if (name != NULL) {
        (void)snprintf(both, sizeof both, "%s / %s", name,
                       is_detected && oracle != NULL ? oracle : "");
        count_in(classes, both);
    }
}

cJSON *figures_bugs(const cJSON *json, char *reason, size_t reason_bytes)
{
    static const char *const names[] = {"detected", "false_alarms"};
    const char *const missing = MISSING_NUMBER(json, names);
    const cJSON *bugs = field(json, "bugs");
    const cJSON *bug = NULL;
    size_t count = 0;

    if (missing != NULL || cJSON_GetArraySize(bugs) == 0) {
        return refuse(missing != NULL ? missing : "bugs", reason, reason_bytes);
    }
    double *seconds = memory_new((size_t)cJSON_GetArraySize(bugs), sizeof *seconds);
    cJSON *section = cJSON_CreateObject();
    cJSON *oracles = cJSON_CreateObject();
    cJSON *classes = cJSON_CreateObject();

    cJSON_ArrayForEach(bug, bugs)
    {
        count_class(classes, bug, cJSON_IsTrue(field(bug, "detected")));
        if (cJSON_IsTrue(field(bug, "detected")) && cJSON_IsString(field(bug, "oracle")) &&
            cJSON_IsNumber(field(bug, "seconds"))) {
            count_in(oracles, field(bug, "oracle")->valuestring);
            seconds[count++] = field(bug, "seconds")->valuedouble;
        }
    }
    cJSON_AddNumberToObject(section, "planted", cJSON_GetArraySize(bugs));
    copy_number(section, "detected", json, "detected");
    if (count > 0) {
        cJSON_AddNumberToObject(section, "median_seconds", samples_median(seconds, count));
    }
    cJSON_AddItemToObject(section, "oracles", oracles);
    if (cJSON_GetArraySize(classes) > 0) {
        cJSON_AddItemToObject(section, "classes", classes);
    } else {
        cJSON_Delete(classes);
    }
    copy_number(section, "false_alarms", json, "false_alarms");
    free(seconds);
    return section;
}

/* -- mutation, matrix ------------------------------------------------------------------------- */

cJSON *figures_mutation(const cJSON *json, char *reason, size_t reason_bytes)
{
    static const char *const names[] = {"mutants",   "killed",      "listed",
                                        "survivors", "raw_percent", "corrected_percent"};
    const char *const missing = MISSING_NUMBER(json, names);

    if (missing != NULL) {
        return refuse(missing, reason, reason_bytes);
    }
    cJSON *section = cJSON_CreateObject();

    for (size_t i = 0; i < 4; i++) {
        copy_number(section, names[i], json, names[i]);
    }
    /* Without those that do not compile, or are in no build. */
    if (cJSON_IsNumber(field(json, "counted"))) {
        copy_number(section, "counted", json, "counted");
    }
    copy_number(section, "score_raw", json, "raw_percent");
    copy_number(section, "score_corrected", json, "corrected_percent");
    return section;
}

cJSON *figures_matrix(const cJSON *json, char *reason, size_t reason_bytes)
{
    const cJSON *cells = field(json, "cells");
    const cJSON *cell = NULL;
    double count = 0;

    if (cJSON_GetArraySize(cells) == 0 || !cJSON_IsNumber(field(json, "failures"))) {
        return refuse("cells, failures", reason, reason_bytes);
    }
    cJSON *reported = cJSON_CreateObject();

    cJSON_ArrayForEach(cell, cells)
    {
        const cJSON *got = field(cell, "got");

        if (cJSON_IsTrue(field(cell, "twin"))) {
            continue;
        }
        count++;
        if (cJSON_IsString(got) && strcmp(got->valuestring, "report") == 0 &&
            cJSON_IsString(field(cell, "backend"))) {
            count_in(reported, field(cell, "backend")->valuestring);
        }
    }
    cJSON *section = cJSON_CreateObject();

    cJSON_AddNumberToObject(section, "cells", count);
    copy_number(section, "failures", json, "failures");
    cJSON_AddItemToObject(section, "reported", reported);
    return section;
}
