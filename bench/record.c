/* SPDX-License-Identifier: MIT
 *
 * bed bench: the figures as JSON, for programs.
 */
#include "plan.h"

#include "file.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "heapbed-bench/1"

static const char *kind_name(enum bench_kind kind)
{
    switch (kind) {
    case BENCH_TIMED:
        return "nanoseconds";
    case BENCH_INSTRUCTIONS:
    case BENCH_WORST:
        return "instructions";
    case BENCH_MEMORY:
        return "ratio";
    case BENCH_CODE:
        return "bytes";
    }
    return "";
}

static void add_machine(cJSON *json, const struct bench_plan *plan)
{
    struct bench_machine machine;

    machine_look(&machine);
    cJSON_AddStringToObject(json, "commit", machine.commit);
    cJSON_AddStringToObject(json, "date", machine.date);
    cJSON *object = cJSON_AddObjectToObject(json, "machine");
    cJSON_AddStringToObject(object, "cpu", machine.cpu);
    cJSON_AddNumberToObject(object, "cores", machine.core_count);
    cJSON_AddStringToObject(object, "system", machine.system);
    cJSON_AddStringToObject(object, "kernel", machine.kernel);
    cJSON_AddStringToObject(object, "compiler", BENCH_COMPILER);
    cJSON_AddNumberToObject(object, "load", plan->load);
}

static void add_subjects(cJSON *json, const struct bench_plan *plan)
{
    cJSON *list = cJSON_AddArrayToObject(json, "subjects");

    for (size_t i = 0; i < plan->column_count; i++) {
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "name", plan->columns[i].name);
        if (plan->columns[i].version[0] != '\0') {
            cJSON_AddStringToObject(object, "version", plan->columns[i].version);
        }
        cJSON_AddItemToArray(list, object);
    }
}

static void add_cell(cJSON *list, const struct bench_plan *plan, size_t row, size_t column)
{
    const struct bench_cell *cell = &plan->cells[row][column];
    double median = 0;

    if (!plan_median(plan, row, column, &median)) {
        return;
    }
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "subject", plan->columns[column].name);
    cJSON_AddNumberToObject(object, "median", median);
    cJSON_AddItemToObject(object, "samples",
                          cJSON_CreateDoubleArray(cell->samples, (int)cell->count));
    cJSON_AddItemToArray(list, object);
}

static void add_rows(cJSON *json, const struct bench_plan *plan)
{
    cJSON *list = cJSON_AddArrayToObject(json, "rows");

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (!plan->is_wanted[row]) {
            continue;
        }
        cJSON *object = cJSON_CreateObject();

        cJSON_AddStringToObject(object, "name", bench_row_at(row)->name);
        cJSON_AddStringToObject(object, "unit", kind_name(bench_row_at(row)->kind));
        cJSON_AddStringToObject(object, "workload", bench_row_at(row)->description);
        if (bench_row_at(row)->peer != NULL) {
            cJSON_AddStringToObject(object, "peer", bench_row_at(row)->peer);
        }
        cJSON *cells = cJSON_AddArrayToObject(object, "cells");
        for (size_t column = 0; column < plan->column_count; column++) {
            add_cell(cells, plan, row, column);
        }
        cJSON_AddItemToArray(list, object);
    }
}

bool plan_write_json(const struct bench_plan *plan, const char *path, char *error,
                     size_t error_bytes)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "schema", SCHEMA);
    cJSON_AddBoolToObject(json, "quick", plan->is_quick);
    add_machine(json, plan);
    add_subjects(json, plan);
    add_rows(json, plan);
    char *text = cJSON_Print(json);
    bool ok = false;

    (void)snprintf(error, error_bytes, "no memory");
    if (text != NULL) {
        ok = hb_file_write(path, text, strlen(text), error, error_bytes);
    }
    cJSON_free(text);
    cJSON_Delete(json);
    return ok;
}
