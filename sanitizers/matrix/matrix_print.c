/* SPDX-License-Identifier: MIT
 *
 * The matrix as a table, as JSON and as Markdown.
 */
#include "matrix.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* -- rows -------------------------------------------------------------------------------------- */

static bool is_same_row(const struct outcome *one, const struct outcome *other)
{
    return one->index == other->index && strcmp(one->class_name, other->class_name) == 0 &&
           strcmp(one->access_name, other->access_name) == 0 &&
           strcmp(one->position, other->position) == 0;
}

static const struct outcome *find(const struct outcomes *outcomes, const struct outcome *row,
                                  enum backend backend, bool is_twin)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *outcome = &outcomes->all[i];
        if (outcome->backend == backend && outcome->is_twin == is_twin &&
            is_same_row(outcome, row)) {
            return outcome;
        }
    }
    return NULL;
}

/* Each row once: by the first backend that has it. */
static bool begins_row(const struct outcomes *outcomes, const struct outcome *row)
{
    if (row->is_twin) {
        return false;
    }
    for (unsigned backend = 0; backend < BACKEND_COUNT; backend++) {
        const struct outcome *first = find(outcomes, row, (enum backend)backend, false);
        if (first != NULL) {
            return first == row;
        }
    }
    return false;
}

static bool has_backend(const struct outcomes *outcomes, enum backend backend, enum index index)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        if (outcomes->all[i].backend == backend && outcomes->all[i].index == index) {
            return true;
        }
    }
    return false;
}

static bool is_wrong(const struct outcome *outcome)
{
    return outcome->is_expected != outcome->has_reported;
}

/* report; the number of the reason for which it is silent; what is wrong. */
static void describe(const struct outcome *cell, const struct outcome *twin, char *text,
                     size_t text_bytes)
{
    if (cell == NULL) {
        (void)snprintf(text, text_bytes, " ");
    } else if (is_wrong(cell)) {
        (void)snprintf(text, text_bytes, "%s", cell->is_expected ? "MISSED" : "UNTRUE");
    } else if (twin != NULL && is_wrong(twin)) {
        (void)snprintf(text, text_bytes, "ALARM");
    } else if (cell->is_expected) {
        (void)snprintf(text, text_bytes, "report");
    } else {
        (void)snprintf(text, text_bytes, "- (%zu)", rules_number(cell->reason));
    }
}

static void print_row(FILE *out, const struct outcomes *outcomes, const struct outcome *row)
{
    char text[32];
    (void)fprintf(out, "  %-23s %-6s %-48s", row->class_name, row->access_name, row->position);
    for (unsigned backend = 0; backend < BACKEND_COUNT; backend++) {
        if (has_backend(outcomes, (enum backend)backend, row->index)) {
            describe(find(outcomes, row, (enum backend)backend, false),
                     find(outcomes, row, (enum backend)backend, true), text, sizeof text);
            (void)fprintf(out, " %-9s", text);
        }
    }
    (void)fputc('\n', out);
}

static void print_head(FILE *out, const struct outcomes *outcomes, enum index index)
{
    (void)fprintf(out, "\nindex %s\n  %-23s %-6s %-48s", index_names[index], "class", "access",
                  "position");
    for (unsigned backend = 0; backend < BACKEND_COUNT; backend++) {
        if (has_backend(outcomes, (enum backend)backend, index)) {
            (void)fprintf(out, " %-9s", backend_names[backend]);
        }
    }
    (void)fputc('\n', out);
}

static void print_table(FILE *out, const struct outcomes *outcomes, enum index index)
{
    bool has_head = false;
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *row = &outcomes->all[i];
        if (row->index != index || !begins_row(outcomes, row)) {
            continue;
        }
        if (!has_head) {
            print_head(out, outcomes, index);
            has_head = true;
        }
        print_row(out, outcomes, row);
    }
}

/* -- as Markdown: both indexes in one -------------------------------------------------------- */

/* Of the same row with the other index; null: there is none. */
static const struct outcome *twin_row(const struct outcomes *outcomes, const struct outcome *row)
{
    struct outcome wanted = *row;
    wanted.index = row->index == INDEX_BITMAP ? INDEX_LIST : INDEX_BITMAP;
    for (size_t i = 0; i < outcomes->count; i++) {
        if (is_same_row(&outcomes->all[i], &wanted)) {
            return &outcomes->all[i];
        }
    }
    return NULL;
}

static void write_cell(FILE *out, const struct outcomes *outcomes, const struct outcome *row,
                       enum backend backend)
{
    const struct outcome *other = twin_row(outcomes, row);
    char text[32];
    char other_text[32] = " ";
    describe(find(outcomes, row, backend, false), find(outcomes, row, backend, true), text,
             sizeof text);
    if (other != NULL) {
        describe(find(outcomes, other, backend, false), find(outcomes, other, backend, true),
                 other_text, sizeof other_text);
    }
    const bool is_one = strcmp(other_text, " ") == 0 || strcmp(other_text, text) == 0;
    (void)fprintf(out, " %s%s%s |", text, is_one ? "" : " / ", is_one ? "" : other_text);
}

/* A row that only one index has, is named so. */
static void write_row(FILE *out, const struct outcomes *outcomes, const struct outcome *row)
{
    const bool is_single = twin_row(outcomes, row) == NULL;
    (void)fprintf(out, "| %s | %s | %s%s%s |", row->class_name, row->access_name, row->position,
                  is_single ? ", " : "", is_single ? index_names[row->index] : "");
    for (unsigned backend = 0; backend < BACKEND_COUNT; backend++) {
        write_cell(out, outcomes, row, (enum backend)backend);
    }
    (void)fputc('\n', out);
}

static void write_table(FILE *out, const struct outcomes *outcomes)
{
    (void)fputs("\n| class | access | position |", out);
    for (unsigned backend = 0; backend < BACKEND_COUNT; backend++) {
        (void)fprintf(out, " %s |", backend_names[backend]);
    }
    (void)fputs("\n|---|---|---|---|---|---|---|---|\n", out);
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *row = &outcomes->all[i];
        if (begins_row(outcomes, row) &&
            (row->index == INDEX_BITMAP || twin_row(outcomes, row) == NULL)) {
            write_row(out, outcomes, row);
        }
    }
}

/* -- what it comes to -------------------------------------------------------------------------- */

struct sums {
    size_t cells;
    size_t reported;
    size_t must_report;
    size_t excused;
    size_t twins;
    size_t silent_twins;
    size_t wrong;
};

static struct sums sum(const struct outcomes *outcomes)
{
    struct sums sums = {0};
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *outcome = &outcomes->all[i];
        sums.wrong += is_wrong(outcome);
        if (outcome->is_twin) {
            sums.twins++;
            sums.silent_twins += !outcome->has_reported;
        } else {
            sums.cells++;
            sums.must_report += outcome->is_expected;
            sums.reported += outcome->is_expected && outcome->has_reported;
            sums.excused += !outcome->is_expected && !outcome->has_reported;
        }
    }
    return sums;
}

static void print_sums(FILE *out, const struct outcomes *outcomes)
{
    const struct sums sums = sum(outcomes);
    (void)fprintf(out,
                  "%zu cells: %zu of %zu that must be reported are, exactly; %zu cannot be seen, "
                  "for a reason.\n%zu of %zu twins are silent. %zu not as expected.\n",
                  sums.cells, sums.reported, sums.must_report, sums.excused, sums.silent_twins,
                  sums.twins, sums.wrong);
}

static void print_reasons(FILE *out, const char *format)
{
    for (size_t i = 0; i < rules_count(); i++) {
        if (rules_uses(i) > 0 && rules_number(rules_text(i)) == i + 1) {
            (void)fprintf(out, "%zu", i + 1);
            (void)fprintf(out, "%s%s\n", format, rules_text(i));
        }
    }
}

static void print_wrong(FILE *out, const struct outcomes *outcomes)
{
    for (size_t i = 0; i < outcomes->count; i++) {
        const struct outcome *outcome = &outcomes->all[i];
        if (is_wrong(outcome)) {
            (void)fprintf(out, "FAILED: %s, %s: %s/%s/%s%s (%s): %s\n",
                          backend_names[outcome->backend], index_names[outcome->index],
                          outcome->class_name, outcome->access_name, outcome->position,
                          outcome->is_twin ? ", the twin" : "", place_names[outcome->record.place],
                          outcome->why);
        }
    }
}

void matrix_print(FILE *out, const struct outcomes *outcomes)
{
    print_table(out, outcomes, INDEX_BITMAP);
    print_table(out, outcomes, INDEX_LIST);
    (void)fputs("\nreport: exactly, and its twin is silent. - (N): silent, as N says.\n", out);
    print_reasons(out, ". ");
    (void)fputc('\n', out);
    print_wrong(out, outcomes);
    print_sums(out, outcomes);
}

/* -- files ------------------------------------------------------------------------------------- */

static bool close_file(const char *path, FILE *file)
{
    const bool ok = ferror(file) == 0;
    if (fclose(file) == 0 && ok) {
        return true;
    }
    perror(path);
    return false;
}

static FILE *open_output(void)
{
    const int output = dup(STDOUT_FILENO);
    (void)fflush(stdout);
    return output < 0 ? NULL : fdopen(output, "w");
}

static FILE *open_file(const char *path)
{
    FILE *file = strcmp(path, "-") == 0 ? open_output() : fopen(path, "we");
    if (file == NULL) {
        perror(path);
    }
    return file;
}

static cJSON *outcome_to_json(const struct outcome *outcome)
{
    cJSON *cell = cJSON_CreateObject();
    (void)cJSON_AddStringToObject(cell, "class", outcome->class_name);
    (void)cJSON_AddStringToObject(cell, "access", outcome->access_name);
    (void)cJSON_AddStringToObject(cell, "position", outcome->position);
    (void)cJSON_AddStringToObject(cell, "backend", backend_names[outcome->backend]);
    (void)cJSON_AddStringToObject(cell, "index", index_names[outcome->index]);
    (void)cJSON_AddBoolToObject(cell, "twin", outcome->is_twin);
    (void)cJSON_AddStringToObject(cell, "place", place_names[outcome->record.place]);
    (void)cJSON_AddStringToObject(cell, "expected", outcome->is_expected ? "report" : "silent");
    (void)cJSON_AddStringToObject(cell, "got", outcome->has_reported ? "report" : "silent");
    if (outcome->reason != NULL) {
        (void)cJSON_AddStringToObject(cell, "reason", outcome->reason);
    }
    if (is_wrong(outcome)) {
        (void)cJSON_AddStringToObject(cell, "failure", outcome->why);
    }
    return cell;
}

static bool write_text(const char *path, const char *text)
{
    FILE *file = open_file(path);
    if (file == NULL) {
        return false;
    }
    (void)fprintf(file, "%s\n", text);
    return close_file(path, file);
}

bool matrix_write_json(const char *path, const struct outcomes *outcomes)
{
    const struct sums sums = sum(outcomes);
    cJSON *root = cJSON_CreateObject();
    cJSON *cells = cJSON_AddArrayToObject(root, "cells");
    (void)cJSON_AddNumberToObject(root, "failures", (double)sums.wrong);
    for (size_t i = 0; i < outcomes->count; i++) {
        (void)cJSON_AddItemToArray(cells, outcome_to_json(&outcomes->all[i]));
    }
    char *text = cJSON_Print(root);
    const bool ok = text != NULL && write_text(path, text);
    cJSON_free(text);
    cJSON_Delete(root);
    return ok;
}

bool matrix_write_markdown(const char *path, const struct outcomes *outcomes)
{
    FILE *file = open_file(path);
    if (file == NULL) {
        return false;
    }
    print_sums(file, outcomes);
    (void)fputs("\n", file);
    print_reasons(file, ". ");
    write_table(file, outcomes);
    return close_file(path, file);
}
