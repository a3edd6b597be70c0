/* SPDX-License-Identifier: MIT
 *
 * One record as JSON for other tools.
 */
#include "export.h"

#include <math.h>
#include <string.h>

static const cJSON *field(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static const char *text(const cJSON *json, const char *name)
{
    return field(json, name)->valuestring;
}

static void full_name(const cJSON *row, const cJSON *cell, char *name, size_t bytes)
{
    (void)snprintf(name, bytes, "%s/%s", text(row, "name"), text(cell, "subject"));
}

static void sample_range(const cJSON *cell, double *least, double *most)
{
    const cJSON *sample = NULL;

    *least = HUGE_VAL;
    *most = -HUGE_VAL;
    cJSON_ArrayForEach(sample, field(cell, "samples"))
    {
        *least = fmin(*least, sample->valuedouble);
        *most = fmax(*most, sample->valuedouble);
    }
    /* The median may have been rounded. */
    *least = fmin(*least, field(cell, "median")->valuedouble);
    *most = fmax(*most, field(cell, "median")->valuedouble);
}

/* Adds what a cell becomes to json; false where the format has no place for it. */
typedef bool add_cell(cJSON *json, const cJSON *row, const cJSON *cell);

static void add_cells(const cJSON *record, add_cell *add, cJSON *json, size_t *skipped)
{
    const cJSON *row = NULL;
    const cJSON *cell = NULL;

    *skipped = 0;
    cJSON_ArrayForEach(row, field(record, "rows"))
    {
        cJSON_ArrayForEach(cell, field(row, "cells"))
        {
            *skipped += !add(json, row, cell);
        }
    }
}

/* -- Google Benchmark ------------------------------------------------------------------------- */

static cJSON *google_context(const cJSON *record)
{
    const cJSON *machine = field(record, "machine");
    const cJSON *load = field(machine, "load");
    cJSON *context = cJSON_CreateObject();

    cJSON_AddStringToObject(context, "date", text(record, "date"));
    cJSON_AddStringToObject(context, "host_name", "");
    cJSON_AddStringToObject(context, "executable", "heapbed-bench");
    cJSON_AddNumberToObject(context, "num_cpus", field(machine, "cores")->valuedouble);
    cJSON_AddNumberToObject(context, "mhz_per_cpu", 0); /* not recorded */
    cJSON_AddArrayToObject(context, "caches");
    cJSON *loads = cJSON_AddArrayToObject(context, "load_avg");
    if (cJSON_IsNumber(load)) {
        cJSON_AddItemToArray(loads, cJSON_CreateNumber(load->valuedouble));
    }
    cJSON_AddStringToObject(context, "library_build_type", "release");
    /* Further keys are the user's, as with --benchmark_context. */
    cJSON_AddStringToObject(context, "commit", text(record, "commit"));
    cJSON_AddStringToObject(context, "cpu", text(machine, "cpu"));
    return context;
}

static bool add_google_cell(cJSON *list, const cJSON *row, const cJSON *cell)
{
    char name[512];
    const cJSON *percentile = NULL;

    if (strcmp(text(row, "unit"), "nanoseconds") != 0) {
        return false;
    }
    full_name(row, cell, name, sizeof name);
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddNumberToObject(json, "family_index", cJSON_GetArraySize(list));
    cJSON_AddNumberToObject(json, "per_family_instance_index", 0);
    cJSON_AddStringToObject(json, "run_name", name);
    cJSON_AddStringToObject(json, "run_type", "iteration");
    cJSON_AddNumberToObject(json, "repetitions", 1);
    cJSON_AddNumberToObject(json, "repetition_index", 0);
    cJSON_AddNumberToObject(json, "threads", 1);
    cJSON_AddNumberToObject(json, "iterations", cJSON_GetArraySize(field(cell, "samples")));
    cJSON_AddNumberToObject(json, "real_time", field(cell, "median")->valuedouble);
    cJSON_AddNumberToObject(json, "cpu_time", field(cell, "median")->valuedouble);
    cJSON_AddStringToObject(json, "time_unit", "ns");
    cJSON_ArrayForEach(percentile, field(cell, "percentiles"))
    {
        if (cJSON_IsNumber(percentile)) { /* as user counters */
            cJSON_AddNumberToObject(json, percentile->string, percentile->valuedouble);
        }
    }
    cJSON_AddItemToArray(list, json);
    return true;
}

cJSON *export_google_benchmark(const struct history_record *record, size_t *skipped)
{
    cJSON *source = history_record_json(record);
    cJSON *json = cJSON_CreateObject();

    cJSON_AddItemToObject(json, "context", google_context(source));
    add_cells(source, add_google_cell, cJSON_AddArrayToObject(json, "benchmarks"), skipped);
    cJSON_Delete(source);
    return json;
}

/* -- github-action-benchmark ------------------------------------------------------------------ */

static bool add_github_cell(cJSON *list, const cJSON *row, const cJSON *cell)
{
    char name[512];
    char range[64];
    char extra[256];
    double least = 0;
    double most = 0;

    if (strcmp(text(row, "direction"), "lower") != 0) {
        return false;
    }
    full_name(row, cell, name, sizeof name);
    sample_range(cell, &least, &most);
    (void)snprintf(range, sizeof range, "± %g", (most - least) / 2);
    (void)snprintf(extra, sizeof extra, "%d launches, %g to %g",
                   cJSON_GetArraySize(field(cell, "samples")), least, most);
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "name", name);
    cJSON_AddStringToObject(json, "unit", text(row, "unit"));
    cJSON_AddNumberToObject(json, "value", field(cell, "median")->valuedouble);
    cJSON_AddStringToObject(json, "range", range);
    cJSON_AddStringToObject(json, "extra", extra);
    cJSON_AddItemToArray(list, json);
    return true;
}

cJSON *export_github_action_benchmark(const struct history_record *record, size_t *skipped)
{
    cJSON *source = history_record_json(record);
    cJSON *list = cJSON_CreateArray();

    add_cells(source, add_github_cell, list, skipped);
    cJSON_Delete(source);
    return list;
}

/* -- Bencher ---------------------------------------------------------------------------------- */

/* Times and rates have measures that every project there has; others are made by their name. */
static const char *bencher_measure(const char *unit)
{
    if (strcmp(unit, "nanoseconds") == 0) {
        return "latency";
    }
    return strcmp(unit, "operations/s") == 0 ? "throughput" : unit;
}

static bool add_bencher_cell(cJSON *json, const cJSON *row, const cJSON *cell)
{
    const char *const measure = bencher_measure(text(row, "unit"));
    char name[512];
    double least = 0;
    double most = 0;

    if (strlen(measure) > 64) {
        return false;
    }
    full_name(row, cell, name, sizeof name);
    sample_range(cell, &least, &most);
    cJSON *metric = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, name), measure);

    cJSON_AddNumberToObject(metric, "value", field(cell, "median")->valuedouble);
    cJSON_AddNumberToObject(metric, "lower_value", least);
    cJSON_AddNumberToObject(metric, "upper_value", most);
    return true;
}

cJSON *export_bencher(const struct history_record *record, size_t *skipped)
{
    cJSON *source = history_record_json(record);
    cJSON *json = cJSON_CreateObject();

    add_cells(source, add_bencher_cell, json, skipped);
    cJSON_Delete(source);
    return json;
}
