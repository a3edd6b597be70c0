/* SPDX-License-Identifier: MIT
 *
 * What is exported is what its readers document (docs/history.md names the documents): each format
 * has a judge made from its document, and each judge refuses what breaks a rule of it.
 */
#define SUITE "history.interchange"
#include "check.h"

#include "export.h"
#include "made_up.h"
#include "scratch.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <time.h>

#define LINE_BYTES 4096

/* The judges' answer: null, or the rule that is broken. */
typedef const char *judge(const char *text);

static const cJSON *field(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name);
}

static bool is_number(const cJSON *json)
{
    return cJSON_IsNumber(json) && isfinite(json->valuedouble);
}

static bool is_text(const cJSON *json)
{
    return cJSON_IsString(json) && json->valuestring[0] != '\0';
}

static bool is_count(const cJSON *json, double least)
{
    return is_number(json) && json->valuedouble >= least &&
           floor(json->valuedouble) == json->valuedouble;
}

static bool ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text);

    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* No two objects of the array have the same name. */
static bool has_names_once(const cJSON *array)
{
    const cJSON *one = NULL;

    cJSON_ArrayForEach(one, array)
    {
        for (const cJSON *other = one->next; other != NULL; other = other->next) {
            if (strcmp(field(one, "name")->valuestring, field(other, "name")->valuestring) == 0) {
                return false;
            }
        }
    }
    return true;
}

/* -- Google Benchmark ------------------------------------------------------------------------- */

static const char *judge_google_context(const cJSON *context)
{
    if (!is_text(field(context, "date")) || !is_text(field(context, "executable")) ||
        !cJSON_IsString(field(context, "host_name"))) {
        return "context: date, host_name, executable";
    }
    if (!is_count(field(context, "num_cpus"), 1) || !is_count(field(context, "mhz_per_cpu"), 0)) {
        return "context: num_cpus, mhz_per_cpu";
    }
    if (!cJSON_IsArray(field(context, "caches")) || !cJSON_IsArray(field(context, "load_avg"))) {
        return "context: caches, load_avg";
    }
    const cJSON *build = field(context, "library_build_type");

    return is_text(build) && (strcmp(build->valuestring, "release") == 0 ||
                              strcmp(build->valuestring, "debug") == 0)
               ? NULL
               : "context: library_build_type";
}

/* Clean: nothing computed from other entries, so no aggregates, no BigO, no RMS. */
static const char *judge_google_entry(const cJSON *entry)
{
    const cJSON *name = field(entry, "name");
    const cJSON *kind = field(entry, "run_type");
    const cJSON *unit = field(entry, "time_unit");

    if (!is_text(name) || !is_text(field(entry, "run_name"))) {
        return "name, run_name";
    }
    if (!is_text(kind) || strcmp(kind->valuestring, "iteration") != 0 ||
        field(entry, "aggregate_name") != NULL || ends_in(name->valuestring, "_BigO") ||
        ends_in(name->valuestring, "_RMS")) {
        return "an entry that is computed from others";
    }
    if (!is_count(field(entry, "family_index"), 0) ||
        !is_count(field(entry, "per_family_instance_index"), 0) ||
        !is_count(field(entry, "repetitions"), 1) ||
        !is_count(field(entry, "repetition_index"), 0) || !is_count(field(entry, "threads"), 1) ||
        !is_count(field(entry, "iterations"), 1)) {
        return "a count";
    }
    if (!is_number(field(entry, "real_time")) || !is_number(field(entry, "cpu_time"))) {
        return "real_time, cpu_time";
    }
    if (!is_text(unit) ||
        (strcmp(unit->valuestring, "ns") != 0 && strcmp(unit->valuestring, "us") != 0 &&
         strcmp(unit->valuestring, "ms") != 0 && strcmp(unit->valuestring, "s") != 0)) {
        return "time_unit";
    }
    return NULL;
}

static const char *judge_google(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    const cJSON *entries = field(json, "benchmarks");
    const cJSON *entry = NULL;
    const char *broken =
        cJSON_IsObject(json) ? judge_google_context(field(json, "context")) : "JSON";

    if (broken == NULL && cJSON_GetArraySize(entries) == 0) {
        broken = "benchmarks";
    }
    for (entry = broken == NULL ? entries->child : NULL; entry != NULL && broken == NULL;
         entry = entry->next) {
        broken = judge_google_entry(entry);
    }
    if (broken == NULL && !has_names_once(entries)) {
        broken = "two entries of a name";
    }
    cJSON_Delete(json);
    return broken;
}

/* -- github-action-benchmark ------------------------------------------------------------------ */

static const char *judge_github_entry(const cJSON *entry)
{
    const cJSON *range = field(entry, "range");
    const cJSON *extra = field(entry, "extra");

    if (!is_text(field(entry, "name"))) {
        return "name";
    }
    if (!is_text(field(entry, "unit"))) {
        return "unit";
    }
    if (!is_number(field(entry, "value"))) {
        return "value";
    }
    return (range != NULL && !cJSON_IsString(range)) || (extra != NULL && !cJSON_IsString(extra))
               ? "range, extra"
               : NULL;
}

static const char *judge_github(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    const char *broken = cJSON_IsArray(json) && json->child != NULL ? NULL : "a list";

    for (const cJSON *entry = broken == NULL ? json->child : NULL; entry != NULL && broken == NULL;
         entry = entry->next) {
        broken = judge_github_entry(entry);
    }
    if (broken == NULL && !has_names_once(json)) {
        broken = "two entries of a name"; /* a chart a name */
    }
    cJSON_Delete(json);
    return broken;
}

/* -- Bencher ---------------------------------------------------------------------------------- */

static const char *judge_metric(const cJSON *metric)
{
    const cJSON *value = field(metric, "value");
    const cJSON *low = field(metric, "lower_value");
    const cJSON *high = field(metric, "upper_value");

    if (strlen(metric->string) == 0 || strlen(metric->string) > 64) {
        return "the name of a measure";
    }
    if (!cJSON_IsObject(metric) || !is_number(value)) {
        return "value";
    }
    if ((low != NULL && !is_number(low)) || (high != NULL && !is_number(high))) {
        return "lower_value, upper_value";
    }
    return (low != NULL && low->valuedouble > value->valuedouble) ||
                   (high != NULL && high->valuedouble < value->valuedouble)
               ? "the value lies between its bounds"
               : NULL;
}

static const char *judge_bencher(const char *text)
{
    cJSON *json = cJSON_Parse(text);
    const char *broken = cJSON_IsObject(json) && json->child != NULL ? NULL : "an object";

    for (const cJSON *benchmark = broken == NULL ? json->child : NULL;
         benchmark != NULL && broken == NULL; benchmark = benchmark->next) {
        if (strlen(benchmark->string) == 0 || strlen(benchmark->string) > 1024 ||
            !cJSON_IsObject(benchmark) || benchmark->child == NULL) {
            broken = "a benchmark";
        }
        for (const cJSON *other = benchmark->next; other != NULL; other = other->next) {
            broken = strcmp(other->string, benchmark->string) == 0 ? "twice" : broken;
        }
        for (const cJSON *metric = benchmark->child; metric != NULL && broken == NULL;
             metric = metric->next) {
            broken = judge_metric(metric);
        }
    }
    cJSON_Delete(json);
    return broken;
}

/* -- what is exported is so, what is bent is not ---------------------------------------------- */

/* A made-up record: times with percentiles, instructions, ratios, bytes and rates. */
static void read_made_up(struct history *history, size_t commit_count)
{
    const struct made_up_options options = {.commit_count = commit_count, .seed = 1};
    const char *path = scratch_path("made-up.jsonl");
    FILE *file = fopen(path, "w");

    CHECK(file != NULL && made_up_history(&options, file) && fclose(file) == 0);
    *history = (struct history){0};
    CHECK(history_read(history, path, stdout));
    history_finish(history, stdout);
}

/* text with the first `from` replaced; the caller frees it. */
static char *bent(const char *text, const char *from, const char *to)
{
    const char *const at = strstr(text, from);
    const size_t bytes = strlen(text) + strlen(to) + 1;
    char *result = malloc(bytes);

    if (at == NULL || result == NULL) {
        printf("nothing to bend: %s\n", from);
        exit(2);
    }
    (void)snprintf(result, bytes, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return result;
}

struct bend {
    const char *from;
    const char *to;
    const char *broken; /* the rule */
};

static void check_bends(const char *text, judge *judged, const struct bend *bends, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        char *wrong = bent(text, bends[i].from, bends[i].to);
        const char *const broken = judged(wrong);

        if (!CHECK(broken != NULL && strcmp(broken, bends[i].broken) == 0)) {
            printf("%s -> %s: %s\n", bends[i].from, bends[i].to, broken != NULL ? broken : "fine");
        }
        free(wrong);
    }
}

typedef cJSON *export_record(const struct history_record *record, size_t *skipped);

/* Cells in a record, and how many of them have a field of a row with this value. */
static size_t count_cells(const struct history_record *record, const char *name, const char *value)
{
    cJSON *json = history_record_json(record);
    const cJSON *row = NULL;
    size_t count = 0;

    cJSON_ArrayForEach(row, field(json, "rows"))
    {
        if (strcmp(field(row, name)->valuestring, value) == 0) {
            count += (size_t)cJSON_GetArraySize(field(row, "cells"));
        }
    }
    cJSON_Delete(json);
    return count;
}

/* The text of the last record, judged; the caller frees it. */
static char *export_text(export_record *make, judge *judged, size_t *exported, size_t *skipped,
                         const char *counted_name, const char *counted_value)
{
    struct history history;

    read_made_up(&history, 3);
    const struct history_record *record = &history.records[history.record_count - 1];
    cJSON *json = make(record, skipped);
    char *text = cJSON_PrintUnformatted(json);
    const char *const broken = judged(text);

    if (!CHECK(broken == NULL)) {
        printf("broken: %s\n", broken);
    }
    *exported = counted_name != NULL ? count_cells(record, counted_name, counted_value) : 0;
    cJSON_Delete(json);
    history_free(&history);
    return text;
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;

    for (const char *at = strstr(text, part); at != NULL; at = strstr(at + 1, part)) {
        count++;
    }
    return count;
}

TEST(google_benchmark, is_as_documented)
{
    static const struct bend bends[] = {
        {"\"date\":\"", "\"date\":3,\"d\":\"", "context: date, host_name, executable"},
        {"\"num_cpus\":8", "\"num_cpus\":\"8\"", "context: num_cpus, mhz_per_cpu"},
        {"\"caches\":[]", "\"caches\":0", "context: caches, load_avg"},
        {":\"release\"", ":\"fast\"", "context: library_build_type"},
        {"\"benchmarks\":", "\"benchmark\":", "benchmarks"},
        {"\"run_name\"", "\"walk_name\"", "name, run_name"},
        {"\"run_type\":\"iteration\"", "\"run_type\":\"aggregate\"",
         "an entry that is computed from others"},
        {"\"name\":\"select/16-log/list\"", "\"name\":\"select_BigO\"",
         "an entry that is computed from others"},
        {"\"threads\":1", "\"threads\":0", "a count"},
        {"\"iterations\":3", "\"iterations\":3.5", "a count"},
        {"\"cpu_time\":", "\"cpu_time\":null,\"c\":", "real_time, cpu_time"},
        {"\"time_unit\":\"ns\"", "\"time_unit\":\"fortnights\"", "time_unit"},
        {"\"name\":\"select/16-log/small-off\"", "\"name\":\"select/16-log/list\"",
         "two entries of a name"},
    };
    size_t expected = 0;
    size_t skipped = 0;
    char *text = export_text(export_google_benchmark, judge_google, &expected, &skipped, "unit",
                             "nanoseconds");

    CHECK_EQ(count_of(text, "\"real_time\":"), expected);
    CHECK(expected > 100 && skipped > 0);
    check_bends(text, judge_google, bends, sizeof bends / sizeof bends[0]);
    free(text);
}

TEST(github_action_benchmark, is_as_documented)
{
    static const struct bend bends[] = {
        {"[", "{\"benches\":[", "a list"},
        {"\"name\":\"select/16-log/list\"", "\"name\":\"\"", "name"},
        {"\"unit\":\"nanoseconds\"", "\"units\":\"nanoseconds\"", "unit"},
        {"\"value\":", "\"value\":\"1\",\"v\":", "value"},
        {"\"range\":", "\"range\":1,\"r\":", "range, extra"},
        {"\"name\":\"select/16-log/small-off\"", "\"name\":\"select/16-log/list\"",
         "two entries of a name"},
    };
    size_t expected = 0;
    size_t skipped = 0;
    char *text = export_text(export_github_action_benchmark, judge_github, &expected, &skipped,
                             "direction", "lower");

    CHECK_EQ(count_of(text, "\"value\":"), expected);
    CHECK_EQ(skipped, 8); /* a rate: greater is better */
    CHECK(strstr(text, "bed/checked") == NULL);
    check_bends(text, judge_github, bends, sizeof bends / sizeof bends[0]);
    free(text);
}

TEST(bencher, is_as_documented)
{
    static const struct bend bends[] = {
        {"{", "[{", "an object"},
        {"\"select/16-log/list\":{", "\"select/16-log/list\":7,\"x\":{", "a benchmark"},
        {"\"latency\":{", "\"\":{", "the name of a measure"},
        {"\"value\":", "\"values\":", "value"},
        {"\"lower_value\":", "\"lower_value\":\"1\",\"l\":", "lower_value, upper_value"},
        {"\"lower_value\":", "\"lower_value\":99999,\"l\":", "the value lies between its bounds"},
        {"\"upper_value\":", "\"upper_value\":0.001,\"u\":", "the value lies between its bounds"},
        {"\"select/16-log/small-off\":", "\"select/16-log/list\":", "twice"},
    };
    size_t unused = 0;
    size_t skipped = 0;
    char *text = export_text(export_bencher, judge_bencher, &unused, &skipped, NULL, NULL);

    CHECK_EQ(skipped, 0);
    CHECK(strstr(text, "\"bed/checked/list\":{\"throughput\":") != NULL);
    CHECK(strstr(text, "\"code/malloc-free/list\":{\"bytes\":") != NULL);
    check_bends(text, judge_bencher, bends, sizeof bends / sizeof bends[0]);
    free(text);
}

/* -- Otava ------------------------------------------------------------------------------------ */

/* A test of otava.yaml, as far as it has been read. */
struct otava_test {
    char name[256];
    char file[256];
    char time_column[64];
    char attributes[64];
    char columns[32][64];
    int directions[32];
    size_t column_count;
    bool is_csv;
};

/* The cells of a CSV line, of which cells in double quotes lose them. */
static size_t split_csv(char *line, char *cells[], size_t most)
{
    size_t count = 0;

    for (char *at = line; count < most; at++) {
        const bool is_quoted = *at == '"';

        at += is_quoted;
        cells[count++] = at;
        at += strcspn(at, is_quoted ? "\"" : ",\n");
        if (is_quoted && *at == '"') {
            *at++ = '\0';
        }
        const bool is_last = *at != ',';

        *at = '\0';
        if (is_last) {
            break;
        }
    }
    return count;
}

static size_t find_cell(char *const cells[], size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(cells[i], name) == 0) {
            return i;
        }
    }
    return count;
}

static bool is_float(const char *text)
{
    char *end = NULL;
    const double value = strtod(text, &end);

    return end != text && *end == '\0' && isfinite(value);
}

/* As otava's importer does: the columns are there, every line has them all, times and numbers can
 * be read. */
static const char *judge_otava_csv(const struct otava_test *test, const char *folder)
{
    static char line[LINE_BYTES];
    static char header[LINE_BYTES];
    char path[600];
    char *names[64];
    char *cells[64];
    size_t line_count = 0;
    const char *broken = NULL;

    (void)snprintf(path, sizeof path, "%s/%s", folder, test->file);
    FILE *file = fopen(path, "r");

    if (file == NULL) {
        return "file";
    }
    if (fgets(header, sizeof header, file) == NULL) {
        (void)fclose(file);
        return "no lines";
    }
    const size_t count = split_csv(header, names, 64);
    const size_t time_index = find_cell(names, count, test->time_column);

    if (time_index == count || find_cell(names, count, test->attributes) == count) {
        broken = "time_column, attributes";
    }
    while (broken == NULL && fgets(line, sizeof line, file) != NULL) {
        struct tm when;

        line_count++;
        if (split_csv(line, cells, 64) < count) {
            broken = "a line has too few cells";
            break;
        }
        if (strptime(cells[time_index], "%Y-%m-%dT%H:%M:%SZ", &when) == NULL) {
            broken = "a time";
        }
        for (size_t i = 0; i < test->column_count && broken == NULL; i++) {
            const size_t index = find_cell(names, count, test->columns[i]);

            if (index == count) {
                broken = "the column of a metric";
            } else if (!is_float(cells[index])) {
                broken = "a number";
            }
        }
    }
    (void)fclose(file);
    if (broken == NULL && line_count == 0) {
        broken = "no lines";
    }
    return broken;
}

static const char *judge_otava_test(const struct otava_test *test, const char *folder)
{
    if (!test->is_csv) {
        return "type";
    }
    if (test->column_count == 0) {
        return "metrics";
    }
    for (size_t i = 0; i < test->column_count; i++) {
        if (test->directions[i] != 1 && test->directions[i] != -1) {
            return "direction";
        }
    }
    return judge_otava_csv(test, folder);
}

/* "key: value" without quotes and brackets around the value, nor quotes around the key. */
static void split_yaml(const char *line, char *key, char *value)
{
    const char *at = line + strspn(line, " ");
    const char *end = *at == '"' ? strchr(at + 1, '"') : at + strcspn(at, ":");

    at += *at == '"';
    (void)snprintf(key, 256, "%.*s", (int)(end - at), at);
    at = strchr(end, ':');
    at = at != NULL ? at + 1 + strspn(at + 1, " [\"") : "";
    (void)snprintf(value, 256, "%.*s", (int)strcspn(at, "]\"\n"), at);
}

/* Takes a line of a test; the indent says what it is. */
static const char *take_otava_line(struct otava_test *test, size_t indent, const char *key,
                                   const char *value)
{
    if (indent == 4 && strcmp(key, "type") == 0) {
        test->is_csv = strcmp(value, "csv") == 0;
    } else if (indent == 4 && strcmp(key, "file") == 0) {
        (void)snprintf(test->file, sizeof test->file, "%s", value);
    } else if (indent == 4 && strcmp(key, "time_column") == 0) {
        (void)snprintf(test->time_column, sizeof test->time_column, "%.60s", value);
    } else if (indent == 4 && strcmp(key, "attributes") == 0) {
        (void)snprintf(test->attributes, sizeof test->attributes, "%.60s", value);
    } else if (indent == 6 && (strcmp(key, "delimiter") == 0 || strcmp(key, "quote_char") == 0)) {
        return NULL;
    } else if (indent == 6 && test->column_count < 32) {
        test->column_count++;
    } else if (indent == 8 && test->column_count > 0 && strcmp(key, "column") == 0) {
        (void)snprintf(test->columns[test->column_count - 1], 64, "%.60s", value);
    } else if (indent == 8 && test->column_count > 0 && strcmp(key, "direction") == 0) {
        test->directions[test->column_count - 1] = (int)strtol(value, NULL, 10);
    } else if (indent == 8 && strcmp(key, "scale") == 0) {
        return is_float(value) ? NULL : "scale";
    } else if (indent != 4 || (strcmp(key, "csv_options") != 0 && strcmp(key, "metrics") != 0)) {
        return "a key that otava does not know";
    }
    return NULL;
}

/* The block style that is written, and nothing else of YAML. */
static const char *judge_otava_yaml(const char *text, const char *folder)
{
    static struct otava_test test;
    size_t test_count = 0;
    const char *broken = strstr(text, "\ntests:\n") != NULL ? NULL : "tests";

    for (const char *line = text; *line != '\0' && broken == NULL;
         line += strcspn(line, "\n") + 1) {
        const size_t indent = strspn(line, " ");
        char key[256];
        char value[256];

        if (*line == '#' || strncmp(line, "tests:", 6) == 0) {
            continue;
        }
        split_yaml(line, key, value);
        if (indent == 2) {
            broken = test_count > 0 ? judge_otava_test(&test, folder) : NULL;
            memset(&test, 0, sizeof test);
            (void)snprintf(test.name, sizeof test.name, "%s", key);
            test_count++;
        } else {
            broken = take_otava_line(&test, indent, key, value);
        }
    }
    if (broken == NULL) {
        broken = test_count == 0 ? "tests" : judge_otava_test(&test, folder);
    }
    return broken;
}

static const char *otava_folder;

static const char *judge_otava(const char *text)
{
    return judge_otava_yaml(text, otava_folder);
}

/* 12 commits on one machine, 2 of them on another; one subject is missing at one commit. */
static void export_gappy(struct history *history)
{
    static char text[12 * 2 * LINE_BYTES];
    const char *path = scratch_path("gappy.jsonl");
    char error[300];

    text[0] = '\0';
    for (unsigned i = 0; i < 12; i++) {
        struct scratch_record record = scratch_plain(i, 100 + i);

        for (unsigned machine = 0; machine < (i % 6 == 0 ? 2 : 1); machine++) {
            record.cpu = machine == 0 ? "A processor" : "Another processor";
            scratch_line(&record, text + strlen(text), LINE_BYTES);
            if (i != 7) {
                char *cells = strstr(text + strlen(text) - 120, "}]}]}");

                static const char more[] =
                    "},{\"subject\":\"a, b\",\"median\":7,\"samples\":[7]}]}]}";

                memcpy(cells, more, sizeof more);
            }
            scratch_end_line(text);
        }
    }
    scratch_write(path, text, strlen(text));
    *history = (struct history){0};
    CHECK(history_read(history, path, stdout));
    history_finish(history, stdout);
    CHECK_EQ(history->record_count, 14);
    if (!CHECK(export_otava(history, otava_folder, error, sizeof error))) {
        printf("%s\n", error);
    }
}

static void check_folder(char **yaml)
{
    char path[300];
    size_t length = 0;

    (void)snprintf(path, sizeof path, "%s/otava.yaml", otava_folder);
    *yaml = scratch_read(path, &length);
    const char *const broken = judge_otava(*yaml);

    if (!CHECK(broken == NULL)) {
        printf("broken: %s\n%s\n", broken, *yaml);
    }
}

TEST(otava, is_as_documented)
{
    struct history history;
    char folder[256];
    char error[300];
    char *yaml = NULL;

    read_made_up(&history, 10);
    (void)snprintf(folder, sizeof folder, "%s", scratch_path("otava"));
    otava_folder = folder;
    CHECK(export_otava(&history, folder, error, sizeof error));
    check_folder(&yaml);
    CHECK_EQ(count_of(yaml, "type: csv"), 2 * 21); /* machines x rows */
    CHECK_EQ(count_of(yaml, "direction: 1\n"), 2 * 8);
    static const struct bend bends[] = {
        {"tests:", "test:", "tests"},
        {"type: csv", "type: postgres", "type"},
        {"file: \"", "file: \"no-", "file"},
        {"time_column: time", "time_column: when", "time_column, attributes"},
        {"attributes: [commit]", "attributes: [branch]", "time_column, attributes"},
        {"column: \"list\"", "column: \"lists\"", "the column of a metric"},
        {"direction: -1", "direction: down", "direction"},
        {"scale: 1", "scale: one", "scale"},
        {"    metrics:", "    metric:", "a key that otava does not know"},
    };
    check_bends(yaml, judge_otava, bends, sizeof bends / sizeof bends[0]);
    free(yaml);
    history_free(&history);
}

/* Subjects that were not measured at the same commits have files of their own: an empty cell is no
 * number. */
TEST(otava, has_no_empty_cells)
{
    struct history history;
    char folder[256];
    char *yaml = NULL;

    (void)snprintf(folder, sizeof folder, "%s", scratch_path("gappy"));
    otava_folder = folder;
    export_gappy(&history);
    if (CHECK_EQ(count_of(history.records[0].line, "\"a, b\""), 1)) {
        char path[600];
        static const char broken_line[] = "time,commit,\"default-on\"\n2026-01-01T00:00:00Z,1,\n";

        check_folder(&yaml);
        CHECK_EQ(count_of(yaml, "type: csv"), 3);
        /* The canary: such a cell is noticed, and so is a line that is too short. */
        (void)snprintf(path, sizeof path, "%s/%s.select.16-log.csv", folder,
                       history.records[0].fingerprint);
        scratch_write(path, broken_line, sizeof broken_line - 1);
        CHECK(strcmp(judge_otava(yaml), "a number") == 0);
        scratch_write(path, broken_line, sizeof broken_line - 3);
        CHECK(strcmp(judge_otava(yaml), "a line has too few cells") == 0);
        free(yaml);
    }
    history_free(&history);
}

TESTS_BEGIN
ENTRY(google_benchmark, is_as_documented)
ENTRY(github_action_benchmark, is_as_documented)
ENTRY(bencher, is_as_documented)
ENTRY(otava, is_as_documented)
ENTRY(otava, has_no_empty_cells)
TESTS_END
