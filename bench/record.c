/* SPDX-License-Identifier: MIT
 *
 * bed bench: a run as one record of the history (docs/history.md has the format).
 */
#include "plan.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "heapbed-history/1"

const char *bench_unit(const struct bench_row *row)
{
    switch (row->kind) {
    case BENCH_TIMED:
        return "nanoseconds";
    case BENCH_INSTRUCTIONS:
    case BENCH_WORST:
        return "instructions";
    case BENCH_MEMORY:
    case BENCH_RESIDENT:
        return "ratio";
    case BENCH_CODE:
        return "bytes";
    case BENCH_CHECKED:
        return "operations/s";
    }
    return "";
}

/* Six digits: no figure here has more. */
static double rounded(double value)
{
    if (value == 0) {
        return 0;
    }
    const double unit = pow(10, floor(log10(fabs(value))) - 5);

    /* Through text, so that 0.1 stays 0.1. */
    char text[40];

    (void)snprintf(text, sizeof text, "%.6g", round(value / unit) * unit);
    return strtod(text, NULL);
}

static void add_number(cJSON *object, const char *name, double value)
{
    cJSON_AddNumberToObject(object, name, rounded(value));
}

/* -- where it was measured -------------------------------------------------------------------- */

/* "glibc 2.36" as a member. Of all, also of those that were left out: they say what machine it is.
 */
static void add_versions(cJSON *machine, const struct bench_plan *plan)
{
    cJSON *versions = cJSON_AddObjectToObject(machine, "versions");

    for (size_t i = 0; i < plan->column_count; i++) {
        const struct bench_column *column = &plan->columns[i];
        const char *space = strchr(column->version, ' ');

        if (space != NULL) {
            cJSON_AddStringToObject(versions, column->name, space + 1);
        }
    }
}

/* Another core is built apart, and a little differently: its figures are not compared with others.
 */
static const char *flags_of(const struct bench_plan *plan)
{
    static char text[200];
    const char *flags = strstr(BENCH_COMPILER, " -");

    (void)snprintf(text, sizeof text, "%s%s", flags != NULL ? flags + 1 : "",
                   plan->core != NULL ? " -fPIC -falign-functions=64" : "");
    return text;
}

static void add_machine(cJSON *json, const struct bench_plan *plan)
{
    struct bench_machine machine;
    const char *flags = strstr(BENCH_COMPILER, " -");

    machine_look(&machine);
    cJSON_AddStringToObject(json, "date", machine.date);
    cJSON_AddBoolToObject(json, "is_quick", plan->is_quick);
    if (plan->was_interrupted) {
        cJSON_AddTrueToObject(json, "was_interrupted");
    }
    cJSON *object = cJSON_AddObjectToObject(json, "machine");
    char compiler[] = BENCH_COMPILER;

    if (flags != NULL) {
        compiler[flags - (const char *)BENCH_COMPILER] = '\0';
    }
    cJSON_AddStringToObject(object, "cpu", machine.cpu);
    cJSON_AddNumberToObject(object, "cores", machine.core_count);
    cJSON_AddStringToObject(object, "system", machine.system);
    cJSON_AddStringToObject(object, "kernel", machine.kernel);
    cJSON_AddStringToObject(object, "compiler", compiler);
    cJSON_AddStringToObject(object, "flags", flags_of(plan));
    cJSON_AddNumberToObject(object, "load", plan->load);
    add_versions(object, plan);
}

static void add_commit(cJSON *json)
{
    const struct bench_commit commit = commit_look();

    cJSON_AddStringToObject(json, "commit", commit.id);
    cJSON_AddStringToObject(json, "parent", commit.parent);
    cJSON_AddStringToObject(json, "commit_date", commit.date);
    cJSON_AddStringToObject(json, "title", commit.title);
    cJSON_AddBoolToObject(json, "is_dirty", commit.is_dirty);
}

/* -- what was measured ------------------------------------------------------------------------ */

static const char *subject_name(const struct bench_column *column)
{
    return strcmp(column->argument, "null") == 0 ? NULL_LOOP : column->name;
}

static void add_percentiles(cJSON *object, const struct bench_cell *cell)
{
    if (cell->batch == 0) {
        return;
    }
    cJSON *percentiles = cJSON_AddObjectToObject(object, "percentiles");

    for (size_t i = 0; i < BENCH_PERCENTILE_COUNT; i++) {
        double value = 0;

        if (plan_percentile(cell, i, &value)) {
            add_number(percentiles, bench_percentile_names[i], value);
        }
    }
    add_number(percentiles, "batch", cell->batch);
    add_number(percentiles, "timer", cell->timer / cell->batch);
}

static void add_cell(cJSON *list, const struct bench_plan *plan, size_t row, size_t column)
{
    const struct bench_cell *cell = &plan->cells[row][column];
    double median = 0;

    if (!plan_median(plan, row, column, &median)) {
        return;
    }
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "subject", subject_name(&plan->columns[column]));
    add_number(object, "median", median);
    cJSON *samples = cJSON_AddArrayToObject(object, "samples");

    for (size_t i = 0; i < cell->count; i++) {
        cJSON_AddItemToArray(samples, cJSON_CreateNumber(rounded(cell->samples[i])));
    }
    add_percentiles(object, cell);
    cJSON_AddItemToArray(list, object);
}

static void add_row(cJSON *list, const struct bench_plan *plan, size_t row)
{
    const struct bench_row *of = bench_row_at(row);
    cJSON *cells = cJSON_CreateArray();

    for (size_t column = 0; column < plan->column_count; column++) {
        add_cell(cells, plan, row, column);
    }
    if (cJSON_GetArraySize(cells) == 0) {
        cJSON_Delete(cells);
        return;
    }
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "name", of->name);
    cJSON_AddStringToObject(object, "unit", bench_unit(of));
    cJSON_AddStringToObject(object, "direction", of->kind == BENCH_CHECKED ? "higher" : "lower");
    if (of->peer != NULL) {
        cJSON_AddStringToObject(object, "peer", of->peer);
    }
    if (of->family != NULL) {
        cJSON_AddStringToObject(object, "family", of->family);
        cJSON_AddNumberToObject(object, "length", (double)of->workload.free_count);
    }
    cJSON_AddItemToObject(object, "cells", cells);
    cJSON_AddItemToArray(list, object);
}

static void add_rows(cJSON *json, const struct bench_plan *plan)
{
    cJSON *list = cJSON_AddArrayToObject(json, "rows");

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        add_row(list, plan, row);
    }
}

static void add_fits(cJSON *json, const struct bench_plan *plan)
{
    cJSON *list = cJSON_AddArrayToObject(json, "fits");
    const char *last = "";

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        const char *family = bench_row_at(row)->family;

        if (family == NULL || strcmp(family, last) == 0) {
            continue;
        }
        last = family;
        for (size_t column = 0; column < plan->column_count; column++) {
            double exponent = 0;

            if (!plan_fit(plan, family, column, &exponent)) {
                continue;
            }
            cJSON *object = cJSON_CreateObject();

            cJSON_AddStringToObject(object, "family", family);
            cJSON_AddStringToObject(object, "subject", subject_name(&plan->columns[column]));
            add_number(object, "exponent", exponent);
            cJSON_AddItemToArray(list, object);
        }
    }
}

static void add_one_series(cJSON *list, const struct bench_plan *plan,
                           const struct bench_series *series)
{
    const struct bench_column *column = &plan->columns[series->column];
    const bool is_of_process = (column->subject->target->contract & HB_TAKES_RANGES) == 0;
    char name[100];
    cJSON *object = cJSON_CreateObject();

    (void)snprintf(name, sizeof name, "%s/%s", is_of_process ? "resident" : "fragmentation",
                   bench_row_at(series->row)->operand);
    cJSON_AddStringToObject(object, "name", name);
    cJSON_AddStringToObject(object, "subject", subject_name(column));
    cJSON_AddStringToObject(object, "x", "calls");
    cJSON *values = cJSON_AddArrayToObject(object, "values");

    for (size_t i = 0; i < series->count; i++) {
        const double point[2] = {(double)series->points[i].call, rounded(series->points[i].value)};

        cJSON_AddItemToArray(values, cJSON_CreateDoubleArray(point, 2));
    }
    cJSON_AddItemToArray(list, object);
}

char *plan_record(const struct bench_plan *plan, bool is_for_people)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "schema", SCHEMA);
    add_commit(json);
    add_machine(json, plan);
    add_rows(json, plan);
    add_fits(json, plan);
    cJSON *list = cJSON_AddArrayToObject(json, "series");

    for (size_t i = 0; i < plan->series_count; i++) {
        add_one_series(list, plan, &plan->series[i]);
    }
    char *text = is_for_people ? cJSON_Print(json) : cJSON_PrintUnformatted(json);

    cJSON_Delete(json);
    return text;
}
