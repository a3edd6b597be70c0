/* SPDX-License-Identifier: MIT
 *
 * heapbed-record-merge HISTORY RECORD...: records of several runs of one commit on one machine
 * become one, which is appended to a history. The first has all the rows; of the others, whose rows
 * are among them, the samples are added, and medians, percentiles and fits are made anew.
 */
#include "history/append.h"
#include "jobs.h"
#include "plan.h"
#include "statistics.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_MAX ((size_t)256)
#define RECORDS_MAX ((size_t)64)

static bool complain(const char *what, const char *reason)
{
    (void)fprintf(stderr, "record: %s: %s\n", what, reason);
    return false;
}

static const char *text_of(const cJSON *object, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(object, name));

    return text != NULL ? text : "";
}

/* The element of a list whose member has that text; null: there is none. */
static cJSON *find(cJSON *list, const char *member, const char *text)
{
    cJSON *item = NULL;

    cJSON_ArrayForEach(item, list)
    {
        if (strcmp(text_of(item, member), text) == 0) {
            return item;
        }
    }
    return NULL;
}

/* -- one cell --------------------------------------------------------------------------------- */

static double median_of(const cJSON *list)
{
    double values[SAMPLES_MAX];
    size_t count = 0;
    const cJSON *item = NULL;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsNumber(item) && count < SAMPLES_MAX) {
            values[count++] = item->valuedouble;
        }
    }
    return count != 0 ? statistics_median(values, count) : 0;
}

/* While records are added a percentile is the list of what each of them has. */
static void add_percentiles(cJSON *into, const cJSON *percentiles)
{
    const cJSON *item = NULL;

    cJSON_ArrayForEach(item, percentiles)
    {
        cJSON *list = cJSON_GetObjectItem(into, item->string);

        if (!cJSON_IsNumber(item)) {
            continue;
        }
        if (list == NULL) {
            list = cJSON_AddArrayToObject(into, item->string);
        } else if (!cJSON_IsArray(list)) {
            const double first = list->valuedouble;

            cJSON_DeleteItemFromObject(into, item->string);
            list = cJSON_AddArrayToObject(into, item->string);
            cJSON_AddItemToArray(list, cJSON_CreateNumber(first));
        }
        cJSON_AddItemToArray(list, cJSON_CreateNumber(item->valuedouble));
    }
}

static void add_cell(cJSON *into, const cJSON *cell)
{
    cJSON *samples = cJSON_GetObjectItem(into, "samples");
    const cJSON *item = NULL;

    cJSON_ArrayForEach(item, cJSON_GetObjectItem(cell, "samples"))
    {
        cJSON_AddItemToArray(samples, cJSON_CreateNumber(item->valuedouble));
    }
    add_percentiles(cJSON_GetObjectItem(into, "percentiles"),
                    cJSON_GetObjectItem(cell, "percentiles"));
}

/* How many records an item is of. */
static int count_of(const cJSON *item)
{
    return cJSON_IsArray(item) ? cJSON_GetArraySize(item) : 1;
}

/* The maximum of all is the largest; of the rest it is the middle. A percentile that only some
 * records have goes: middles of different records need not be in the order of their shares. */
static void finish_percentiles(cJSON *percentiles)
{
    cJSON *next = percentiles != NULL ? percentiles->child : NULL;
    const int count = next != NULL ? count_of(cJSON_GetObjectItem(percentiles, "p10")) : 0;

    while (next != NULL) {
        cJSON *item = next;

        next = item->next;
        if (count_of(item) < count) {
            cJSON_Delete(cJSON_DetachItemViaPointer(percentiles, item));
            continue;
        }
        if (!cJSON_IsArray(item)) {
            continue;
        }
        double value = median_of(item);
        const cJSON *one = NULL;

        cJSON_ArrayForEach(one, item)
        {
            if (strcmp(item->string, "max") == 0 && one->valuedouble > value) {
                value = one->valuedouble;
            }
        }
        cJSON_ReplaceItemInObject(percentiles, item->string, cJSON_CreateNumber(value));
    }
}

static void finish_cell(cJSON *cell)
{
    cJSON *median = cJSON_GetObjectItem(cell, "median");

    cJSON_SetNumberHelper(median, median_of(cJSON_GetObjectItem(cell, "samples")));
    finish_percentiles(cJSON_GetObjectItem(cell, "percentiles"));
}

/* -- a record --------------------------------------------------------------------------------- */

static bool is_of_same(const cJSON *one, const cJSON *other)
{
    static const char *const members[] = {"cpu", "kernel", "compiler", "flags"};
    const cJSON *machine = cJSON_GetObjectItem(one, "machine");
    const cJSON *other_machine = cJSON_GetObjectItem(other, "machine");

    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        if (strcmp(text_of(machine, members[i]), text_of(other_machine, members[i])) != 0) {
            return false;
        }
    }
    return strcmp(text_of(one, "commit"), text_of(other, "commit")) == 0;
}

static bool add_record(cJSON *into, const cJSON *record, const char *path)
{
    const cJSON *row = NULL;

    if (!is_of_same(into, record)) {
        return complain(path, "is of another commit or machine than the first");
    }
    cJSON_ArrayForEach(row, cJSON_GetObjectItem(record, "rows"))
    {
        cJSON *row_into = find(cJSON_GetObjectItem(into, "rows"), "name", text_of(row, "name"));
        const cJSON *cell = NULL;

        cJSON_ArrayForEach(cell, cJSON_GetObjectItem(row, "cells"))
        {
            cJSON *cell_into =
                find(cJSON_GetObjectItem(row_into, "cells"), "subject", text_of(cell, "subject"));

            if (cell_into == NULL) {
                return complain(path, "has a row or a subject that the first has not");
            }
            add_cell(cell_into, cell);
        }
    }
    return true;
}

/* As plan_fit, from the record's own medians. */
static void finish_fit(cJSON *fit, const cJSON *rows)
{
    double lengths[RECORDS_MAX];
    double values[RECORDS_MAX];
    double exponent = 0;
    size_t count = 0;
    const cJSON *row = NULL;

    cJSON_ArrayForEach(row, rows)
    {
        const cJSON *cell =
            find(cJSON_GetObjectItem(row, "cells"), "subject", text_of(fit, "subject"));

        if (cell != NULL && strcmp(text_of(row, "family"), text_of(fit, "family")) == 0 &&
            count < RECORDS_MAX) {
            lengths[count] = cJSON_GetObjectItem(row, "length")->valuedouble;
            values[count++] = cJSON_GetObjectItem(cell, "median")->valuedouble;
        }
    }
    if (fit_exponent(lengths, values, count, &exponent)) {
        cJSON_SetNumberHelper(cJSON_GetObjectItem(fit, "exponent"), exponent);
    }
}

static void finish_record(cJSON *record)
{
    const cJSON *rows = cJSON_GetObjectItem(record, "rows");
    const cJSON *row = NULL;
    cJSON *item = NULL;

    cJSON_ArrayForEach(row, rows)
    {
        cJSON_ArrayForEach(item, cJSON_GetObjectItem(row, "cells"))
        {
            finish_cell(item);
        }
    }
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(record, "fits"))
    {
        finish_fit(item, rows);
    }
}

/* -- all of it -------------------------------------------------------------------------------- */

static cJSON *record_read(const char *path)
{
    char *text = text_read(path);
    cJSON *json = text != NULL ? cJSON_Parse(text) : NULL;

    free(text);
    if (json == NULL || cJSON_GetArraySize(cJSON_GetObjectItem(json, "rows")) == 0) {
        (void)complain(path, "is no record, or has no rows");
        cJSON_Delete(json);
        return NULL;
    }
    return json;
}

static bool append(const char *history, const cJSON *record)
{
    char error[400] = "no memory";
    char *line = cJSON_PrintUnformatted(record);
    const bool ok = line != NULL && history_append(history, line, error, sizeof error);

    cJSON_free(line);
    return ok || complain(history, error);
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        (void)complain("usage", "heapbed-record-merge HISTORY RECORD...");
        return 2;
    }
    cJSON *record = record_read(argv[2]);
    bool ok = record != NULL;

    for (int i = 3; ok && i < argc; i++) {
        cJSON *further = record_read(argv[i]);

        ok = further != NULL && add_record(record, further, argv[i]);
        cJSON_Delete(further);
    }
    if (ok) {
        finish_record(record);
        ok = append(argv[1], record);
    }
    cJSON_Delete(record);
    return ok ? 0 : 2;
}
