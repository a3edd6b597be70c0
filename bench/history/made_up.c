/* SPDX-License-Identifier: MIT
 *
 * Made-up figures in the shape of real ones: times grow with the list for the list index, launches
 * scatter by 1.5% with some slow ones among them, instructions and bytes do not scatter.
 */
#include "made_up.h"

#include "allocate.h"
#include "history.h"
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define LAUNCH_COUNT     3
#define LAUNCH_SCATTER   0.015
#define SLOW_LAUNCH_ODDS 25
#define FIRST_DATE       1767225600 /* 2026-01-01 */
#define SECONDS_APART    ((size_t)7 * 3600)

static const char *const subjects[] = {"list",       "small-off",        "small-on",  "default-off",
                                       "default-on", "default-paranoid", "large-off", "large-on",
                                       "glibc",      "mimalloc",         "jemalloc",  "tcmalloc"};
#define CORE_SUBJECT_COUNT ((size_t)8)
#define SUBJECT_COUNT      (sizeof subjects / sizeof subjects[0])

struct row {
    const char *name;
    const char *unit;
    const char *direction;
    const char *family;
    double level;      /* about, of the default profile */
    double list_share; /* the list index's figure: this many times its length */
    double length;
    size_t subject_count;
};

static const struct row rows[] = {
    {"select/16-log", "nanoseconds", "lower", "select/log", 2.1, 0.3, 16, 8},
    {"select/64-log", "nanoseconds", "lower", "select/log", 2.2, 0.3, 64, 8},
    {"select/256-log", "nanoseconds", "lower", "select/log", 2.2, 0.3, 256, 8},
    {"select/1024-log", "nanoseconds", "lower", "select/log", 2.3, 0.3, 1024, 8},
    {"select/4096-log", "nanoseconds", "lower", "select/log", 2.4, 0.3, 4096, 8},
    {"select/16384-log", "nanoseconds", "lower", "select/log", 2.6, 0.3, 16384, 8},
    {"select/65536-log", "nanoseconds", "lower", "select/log", 3.1, 0.3, 65536, 8},
    {"select/262144-log", "nanoseconds", "lower", "select/log", 3.9, 0.3, 262144, 8},
    {"select/1048576-log", "nanoseconds", "lower", "select/log", 5.2, 0.3, 1048576, 8},
    {"select/4096-same", "nanoseconds", "lower", NULL, 1.9, 0.001, 4096, 8},
    {"pair/4096-log", "nanoseconds", "lower", NULL, 14, 0.3, 4096, SUBJECT_COUNT},
    {"mixed/10000", "nanoseconds", "lower", NULL, 24, 0.02, 10000, SUBJECT_COUNT},
    {"trace/git-log", "nanoseconds", "lower", NULL, 31, 0.01, 10000, SUBJECT_COUNT},
    {"trace/cc1-compile", "nanoseconds", "lower", NULL, 28, 0.01, 10000, SUBJECT_COUNT},
    {"instructions/select", "instructions", "lower", NULL, 21, 2, 4096, 8},
    {"instructions/malloc", "instructions", "lower", NULL, 66, 2, 4096, 8},
    {"instructions/free", "instructions", "lower", NULL, 71, 0.01, 4096, 8},
    {"memory/git-log", "ratio", "lower", NULL, 1.09, 1e-4, 4096, SUBJECT_COUNT},
    {"memory/cc1-compile", "ratio", "lower", NULL, 1.06, 1e-4, 4096, SUBJECT_COUNT},
    {"code/malloc-free", "bytes", "lower", NULL, 2290, 0.1, 4096, 8},
    {"bed/checked", "operations/s", "higher", NULL, 4.1e6, 300, 10000, 8},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static const struct made_up_shift shifts[] = {
    {"select/4096-log", "default-on", 1.10, 4}, {"pair/", "default-", 0.85, 8},
    {"instructions/malloc", "", 1.03, 6},       {"trace/git-log", "default-on", 1.12, 12},
    {"mixed/10000", "large-", 0.80, 12},
};

const struct made_up_shift *made_up_shift_at(size_t index)
{
    return index < sizeof shifts / sizeof shifts[0] ? &shifts[index] : NULL;
}

size_t made_up_shift_commit(const struct made_up_shift *shift, size_t commit_count)
{
    const size_t commit = commit_count * shift->numerator / 12;

    return commit < commit_count ? commit : commit_count - 1;
}

void made_up_commit(uint64_t seed, size_t index, char id[41])
{
    uint64_t state = seed * UINT64_C(0x100000001b3) + index;

    for (size_t i = 0; i < 5; i++) {
        (void)snprintf(id + 8 * i, 9, "%08x", (unsigned)samples_draw(&state));
    }
}

/* -- one figure ------------------------------------------------------------------------------- */

struct generator {
    const struct made_up_options *options;
    uint64_t state;
    size_t commit;
    size_t machine;
};

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* As a program would print it. */
static double rounded(double value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%.4g", value);
    return strtod(text, NULL);
}

static double level(const struct generator *generator, const struct row *row, size_t subject)
{
    double value = row->level * (subject == 0 ? 1 + row->list_share * row->length / row->level
                                              : 1 + 0.07 * (double)subject);

    for (size_t i = 0; !generator->options->is_noise && made_up_shift_at(i) != NULL; i++) {
        const struct made_up_shift *shift = made_up_shift_at(i);

        if (generator->commit >= made_up_shift_commit(shift, generator->options->commit_count) &&
            begins(row->name, shift->row) && begins(subjects[subject], shift->subject)) {
            value *= shift->factor;
        }
    }
    return generator->machine == 0 ? value : 1.4 * value;
}

/* Between -1 and 1, mostly near 0: the sum of three. */
static double scatter(struct generator *generator)
{
    double sum = 0;

    for (unsigned i = 0; i < 3; i++) {
        sum += (double)(samples_draw(&generator->state) >> 11) * 0x1p-53 - 0.5;
    }
    return sum / 1.5;
}

static double sample(struct generator *generator, const struct row *row, double value)
{
    const bool is_slow = samples_draw_below(&generator->state, SLOW_LAUNCH_ODDS) == 0;

    if (strcmp(row->unit, "nanoseconds") != 0 && strcmp(row->unit, "operations/s") != 0) {
        return strcmp(row->unit, "ratio") == 0 ? rounded(value) : floor(value);
    }
    return rounded(value * (1 + 2 * LAUNCH_SCATTER * scatter(generator) + (is_slow ? 0.08 : 0)));
}

static void add_percentiles(cJSON *cell, const struct row *row, double median)
{
    static const char *const names[] = {"p10", "p50", "p90", "p99", "p999", "max"};
    static const double factors[] = {0.9, 1, 1.25, 2.1, 6, 40};

    if (row->family == NULL) {
        return;
    }
    cJSON *percentiles = cJSON_AddObjectToObject(cell, "percentiles");
    for (size_t i = 0; i < sizeof factors / sizeof factors[0]; i++) {
        cJSON_AddNumberToObject(percentiles, names[i], rounded(median * factors[i]));
    }
}

static void add_cell(struct generator *generator, cJSON *cells, const struct row *row,
                     size_t subject)
{
    const double value = level(generator, row, subject);
    double samples[LAUNCH_COUNT];
    cJSON *cell = cJSON_CreateObject();

    for (size_t i = 0; i < LAUNCH_COUNT; i++) {
        samples[i] = sample(generator, row, value);
    }
    const double median = samples_median(samples, LAUNCH_COUNT);

    cJSON_AddStringToObject(cell, "subject", subjects[subject]);
    cJSON_AddNumberToObject(cell, "median", median);
    cJSON_AddItemToObject(cell, "samples", cJSON_CreateDoubleArray(samples, LAUNCH_COUNT));
    add_percentiles(cell, row, median);
    cJSON_AddItemToArray(cells, cell);
}

/* -- one record ------------------------------------------------------------------------------- */

static void add_date(cJSON *record, const char *name, size_t seconds)
{
    char text[HISTORY_DATE_BYTES];
    const time_t date = FIRST_DATE + (time_t)seconds;
    struct tm broken_down;

    (void)strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&date, &broken_down));
    cJSON_AddStringToObject(record, name, text);
}

static void add_head(const struct generator *generator, cJSON *record)
{
    const size_t commit = generator->commit;
    char id[HISTORY_COMMIT_BYTES];
    char title[64];

    cJSON_AddStringToObject(record, "schema", HISTORY_SCHEMA);
    made_up_commit(generator->options->seed, commit, id);
    cJSON_AddStringToObject(record, "commit", id);
    if (commit > 0) {
        made_up_commit(generator->options->seed, commit - 1, id);
    }
    cJSON_AddStringToObject(record, "parent", commit > 0 ? id : "");
    add_date(record, "commit_date", commit * SECONDS_APART);
    (void)snprintf(title, sizeof title, "Commit %zu, which nobody has written", commit);
    cJSON_AddStringToObject(record, "title", title);
    cJSON_AddBoolToObject(record, "is_dirty", false);
    add_date(record, "date", commit * SECONDS_APART + 600 * (generator->machine + 1));
    cJSON_AddBoolToObject(record, "is_quick", true);
}

static void add_machine(const struct generator *generator, cJSON *record)
{
    const bool is_first = generator->machine == 0;
    cJSON *machine = cJSON_AddObjectToObject(record, "machine");

    cJSON_AddStringToObject(machine, "cpu",
                            is_first ? "Made-up Processor 3.0 GHz" : "Made-up Older Processor");
    cJSON_AddNumberToObject(machine, "cores", is_first ? 8 : 2);
    cJSON_AddStringToObject(machine, "system", "Debian GNU/Linux 12 (bookworm)");
    cJSON_AddStringToObject(machine, "kernel", "Linux 6.1.0-13-amd64 x86_64");
    cJSON_AddStringToObject(machine, "compiler", "Clang 19.1.7");
    cJSON_AddStringToObject(machine, "flags", "-O3 -DNDEBUG");
    cJSON_AddNumberToObject(machine, "load", 0.25);
    cJSON *versions = cJSON_AddObjectToObject(machine, "versions");
    cJSON_AddStringToObject(versions, "glibc", "2.36");
    cJSON_AddStringToObject(versions, "mimalloc", "2.0.9");
    cJSON_AddStringToObject(versions, "jemalloc", "5.3.0");
    cJSON_AddStringToObject(versions, "tcmalloc", "2.10");
}

static void add_row(struct generator *generator, cJSON *list, const struct row *row)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "name", row->name);
    cJSON_AddStringToObject(json, "unit", row->unit);
    cJSON_AddStringToObject(json, "direction", row->direction);
    cJSON_AddStringToObject(json, "peer",
                            row->subject_count > CORE_SUBJECT_COUNT ? "glibc" : "list");
    if (row->family != NULL) {
        cJSON_AddStringToObject(json, "family", row->family);
        cJSON_AddNumberToObject(json, "length", row->length);
    }
    cJSON *cells = cJSON_AddArrayToObject(json, "cells");
    for (size_t subject = 0; subject < row->subject_count; subject++) {
        add_cell(generator, cells, row, subject);
    }
    cJSON_AddItemToArray(list, json);
}

static void add_fits(struct generator *generator, cJSON *record)
{
    cJSON *fits = cJSON_AddArrayToObject(record, "fits");

    for (size_t subject = 0; subject < CORE_SUBJECT_COUNT; subject++) {
        cJSON *fit = cJSON_CreateObject();

        cJSON_AddStringToObject(fit, "family", "select/log");
        cJSON_AddStringToObject(fit, "subject", subjects[subject]);
        cJSON_AddNumberToObject(fit, "exponent",
                                rounded((subject == 0 ? 0.98 : 0.08) + 0.01 * scatter(generator)));
        cJSON_AddItemToArray(fits, fit);
    }
}

static void add_series(struct generator *generator, cJSON *record)
{
    static const size_t chosen[] = {0, 4, 8};
    cJSON *list = cJSON_AddArrayToObject(record, "series");

    for (size_t s = 0; s < sizeof chosen / sizeof chosen[0]; s++) {
        cJSON *json = cJSON_CreateObject();

        cJSON_AddStringToObject(json, "name", "fragmentation/cc1-compile");
        cJSON_AddStringToObject(json, "subject", subjects[chosen[s]]);
        cJSON_AddStringToObject(json, "x", "calls");
        cJSON *values = cJSON_AddArrayToObject(json, "values");
        for (unsigned i = 0; i < 40; i++) {
            const double share = (double)i / 40;
            const double pair[] = {250.0 * i, rounded(1 + (s == 0 ? 0.9 : 0.12) * sqrt(share) +
                                                      0.02 * scatter(generator))};

            cJSON_AddItemToArray(values, cJSON_CreateDoubleArray(pair, 2));
        }
        cJSON_AddItemToArray(list, json);
    }
}

static void add_other_figures(const struct generator *generator, cJSON *record)
{
    const double commit = (double)generator->commit;

    cJSON *fuzz = cJSON_AddObjectToObject(record, "fuzz");
    cJSON_AddNumberToObject(fuzz, "executions_per_second", rounded(41000 + 15 * commit));
    cJSON_AddNumberToObject(fuzz, "operations_per_second", rounded(2.6e6 + 900 * commit));
    cJSON_AddNumberToObject(fuzz, "coverage_edges", floor(3400 + 2 * sqrt(commit)));
    cJSON_AddNumberToObject(fuzz, "corpus_files", floor(900 + commit));
    cJSON_AddStringToObject(fuzz, "engine", "libFuzzer, AFL++");
    cJSON *bugs = cJSON_AddObjectToObject(record, "bugs");
    cJSON_AddNumberToObject(bugs, "planted", 60 + floor(commit / 50));
    cJSON_AddNumberToObject(bugs, "detected", 60 + floor(commit / 50));
    cJSON_AddNumberToObject(bugs, "median_seconds", 0.4);
    cJSON *oracles = cJSON_AddObjectToObject(bugs, "oracles");
    cJSON_AddNumberToObject(oracles, "place", 22);
    cJSON_AddNumberToObject(oracles, "content", 14);
    cJSON_AddNumberToObject(oracles, "validate", 24 + floor(commit / 50));
    cJSON_AddNumberToObject(bugs, "false_alarms", 0);
    cJSON *mutation = cJSON_AddObjectToObject(record, "mutation");
    cJSON_AddNumberToObject(mutation, "mutants", 2400 + commit);
    cJSON_AddNumberToObject(mutation, "killed", 2250 + commit);
    cJSON_AddNumberToObject(mutation, "listed", 140);
    cJSON_AddNumberToObject(mutation, "survivors", 10);
    cJSON_AddNumberToObject(mutation, "score_raw",
                            rounded(100 * (2250 + commit) / (2400 + commit)));
    cJSON_AddNumberToObject(mutation, "score_corrected",
                            rounded(100 * (2250 + commit) / (2260 + commit)));
}

static bool write_record(struct generator *generator, FILE *out)
{
    cJSON *record = cJSON_CreateObject();

    add_head(generator, record);
    add_machine(generator, record);
    cJSON *list = cJSON_AddArrayToObject(record, "rows");
    for (size_t row = 0; row < ROW_COUNT; row++) {
        add_row(generator, list, &rows[row]);
    }
    add_fits(generator, record);
    if (generator->commit % 10 == 0) {
        add_series(generator, record);
        add_other_figures(generator, record);
    }
    char *line = cJSON_PrintUnformatted(record);
    const bool ok = line != NULL && fprintf(out, "%s\n", line) > 0;

    cJSON_free(line);
    cJSON_Delete(record);
    return ok;
}

bool made_up_history(const struct made_up_options *options, FILE *out)
{
    struct generator generator = {.options = options, .state = options->seed};
    bool ok = true;

    for (size_t commit = 0; ok && commit < options->commit_count; commit++) {
        generator.commit = commit;
        generator.machine = 0;
        ok = write_record(&generator, out);
        if (ok && commit % 5 == 4) {
            generator.machine = 1;
            ok = write_record(&generator, out);
        }
    }
    return ok;
}
