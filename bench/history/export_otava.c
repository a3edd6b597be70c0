/* SPDX-License-Identifier: MIT
 *
 * The history as Apache Otava reads it. Every line of its CSV files must have a number in every
 * column, so only subjects that were measured at the same commits share a file. A file holds one
 * machine: Otava knows nothing of machines.
 */
#include "export.h"

#include "allocate.h"
#include "file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define NAME_BYTES 256
#define PATH_BYTES 4096

struct otava {
    const struct history *history;
    const char *folder;
    struct series_set set;
    bool *is_written; /* by series */
    FILE *yaml;
    char *error;
    size_t error_bytes;
};

/* Numbers as they were recorded: the shortest of the forms that read back the same. */
static void write_number(FILE *out, double value)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value) {
        (void)snprintf(text, sizeof text, "%.17g", value);
    }
    (void)fputs(text, out);
}

/* In double quotes; an inner one twice (RFC 4180). */
static void write_csv_text(FILE *out, const char *text)
{
    (void)fputc('"', out);
    for (; *text != '\0'; text++) {
        (void)fprintf(out, *text == '"' ? "\"\"" : "%c", *text);
    }
    (void)fputc('"', out);
}

/* A JSON string is a YAML string. */
static void write_yaml_text(FILE *out, const char *text)
{
    cJSON *json = cJSON_CreateString(text);
    char *quoted = cJSON_PrintUnformatted(json);

    (void)fputs(quoted != NULL ? quoted : "", out);
    cJSON_free(quoted);
    cJSON_Delete(json);
}

/* Whether two series of one row were measured at the same commits. */
static bool shares_file(const struct series *one, const struct series *other)
{
    if (strcmp(one->fingerprint, other->fingerprint) != 0 || strcmp(one->row, other->row) != 0 ||
        strcmp(one->unit, other->unit) != 0 || one->count != other->count) {
        return false;
    }
    for (size_t i = 0; i < one->count; i++) {
        if (one->points[i].record != other->points[i].record) {
            return false;
        }
    }
    return true;
}

/* fingerprint.row, with dots for slashes; a number where subjects of the row need a further file.
 */
static void test_name(const struct otava *otava, size_t first, char name[NAME_BYTES])
{
    const struct series *series = &otava->set.items[first];
    unsigned before = 0;
    char number[16] = "";

    for (size_t i = 0; i < first; i++) {
        const struct series *other = &otava->set.items[i];
        bool begins_file = strcmp(other->fingerprint, series->fingerprint) == 0 &&
                           strcmp(other->row, series->row) == 0;

        for (size_t j = 0; j < i && begins_file; j++) {
            begins_file = !shares_file(other, &otava->set.items[j]);
        }
        before += begins_file;
    }
    if (before > 0) {
        (void)snprintf(number, sizeof number, "-%u", before + 1);
    }
    (void)snprintf(name, NAME_BYTES, "%s.%s%s", series->fingerprint, series->row, number);
    for (char *c = name; *c != '\0'; c++) {
        if (strchr("/ \t\"'\\", *c) != NULL) {
            *c = '.';
        }
    }
}

static void write_metric(struct otava *otava, const struct series *series)
{
    (void)fputs("      ", otava->yaml);
    write_yaml_text(otava->yaml, series->subject);
    (void)fputs(":\n        column: ", otava->yaml);
    write_yaml_text(otava->yaml, series->subject);
    (void)fprintf(otava->yaml, "\n        direction: %d\n        scale: 1\n",
                  series->is_higher_better ? 1 : -1);
}

static void write_test(struct otava *otava, const char *name)
{
    (void)fputs("  ", otava->yaml);
    write_yaml_text(otava->yaml, name);
    (void)fprintf(otava->yaml, ":\n    type: csv\n    file: \"%s.csv\"\n", name);
    (void)fputs("    time_column: time\n    attributes: [commit]\n    csv_options:\n"
                "      delimiter: \",\"\n      quote_char: '\"'\n    metrics:\n",
                otava->yaml);
}

/* The lines below the header: one a commit. */
static void write_lines(const struct otava *otava, const size_t *columns, size_t column_count,
                        FILE *out)
{
    const struct series *first = &otava->set.items[columns[0]];

    for (size_t point = 0; point < first->count; point++) {
        const struct history_record *record = &otava->history->records[first->points[point].record];

        (void)fprintf(out, "%s,%s", record->commit_date, record->commit);
        for (size_t i = 0; i < column_count; i++) {
            (void)fputc(',', out);
            write_number(out, otava->set.items[columns[i]].points[point].median);
        }
        (void)fputc('\n', out);
    }
}

static bool write_file(const struct otava *otava, const char *name, const char *text, size_t length)
{
    char path[PATH_BYTES];

    (void)snprintf(path, sizeof path, "%s/%s", otava->folder, name);
    return hb_file_write(path, text, length, otava->error, otava->error_bytes);
}

/* The file that begins with a series: its columns, its test. */
static bool write_group(struct otava *otava, size_t first)
{
    char name[NAME_BYTES];
    char file_name[NAME_BYTES + 8];
    char *text = NULL;
    size_t length = 0;
    size_t *columns = memory_new(otava->set.count, sizeof *columns);
    size_t column_count = 0;
    FILE *out = open_memstream(&text, &length);

    if (out == NULL) {
        free(columns);
        return false;
    }
    test_name(otava, first, name);
    write_test(otava, name);
    (void)fputs("time,commit", out);
    for (size_t i = first; i < otava->set.count; i++) {
        if (!otava->is_written[i] && shares_file(&otava->set.items[first], &otava->set.items[i])) {
            otava->is_written[i] = true;
            columns[column_count++] = i;
            (void)fputc(',', out);
            write_csv_text(out, otava->set.items[i].subject);
            write_metric(otava, &otava->set.items[i]);
        }
    }
    (void)fputc('\n', out);
    write_lines(otava, columns, column_count, out);
    (void)snprintf(file_name, sizeof file_name, "%s.csv", name);
    const bool ok = fclose(out) == 0 && write_file(otava, file_name, text, length);

    free(text);
    free(columns);
    return ok;
}

static bool write_all(struct otava *otava)
{
    char *text = NULL;
    size_t length = 0;
    bool ok = true;

    otava->yaml = open_memstream(&text, &length);
    if (otava->yaml == NULL) {
        return false;
    }
    (void)fputs("# bed history export --format otava; run otava in this folder:\n"
                "#   OTAVA_CONFIG=otava.yaml otava analyze TEST\n"
                "# A test is named for the machine's fingerprint and the row.\n"
                "tests:\n",
                otava->yaml);
    for (size_t i = 0; ok && i < otava->set.count; i++) {
        if (!otava->is_written[i]) {
            ok = write_group(otava, i);
        }
    }
    ok = fclose(otava->yaml) == 0 && ok;
    ok = ok && write_file(otava, "otava.yaml", text, length);
    free(text);
    return ok;
}

bool export_otava(const struct history *history, const char *folder, char *error,
                  size_t error_bytes)
{
    struct otava otava = {
        .history = history, .folder = folder, .error = error, .error_bytes = error_bytes};

    (void)snprintf(error, error_bytes, "%s: no memory", folder);
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        (void)snprintf(error, error_bytes, "%s: %s", folder, strerror(errno));
        return false;
    }
    series_collect(&otava.set, history);
    otava.is_written = memory_new(otava.set.count, sizeof *otava.is_written);
    const bool ok = write_all(&otava);

    free(otava.is_written);
    series_free(&otava.set);
    return ok;
}
