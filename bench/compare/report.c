/* SPDX-License-Identifier: MIT
 *
 * What a comparison says: a table for people, JSON for programs.
 */
#include "compare.h"

#include "file.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA       "heapbed-compare/1"
#define COLUMN_COUNT ((size_t)8)
#define CELL_BYTES   96

struct line {
    char cells[COLUMN_COUNT][CELL_BYTES];
};

/* -- the table -------------------------------------------------------------------------------- */

static void line_print(const struct line *line, bool is_markdown)
{
    /* Below 0: to the left. */
    static const int widths[COLUMN_COUNT] = {-18, -16, 10, 10, 8, 18, 7, 0};

    for (size_t i = 0; i < COLUMN_COUNT; i++) {
        if (is_markdown) {
            (void)printf("| %s ", line->cells[i]);
        } else {
            (void)printf("%*s%s", widths[i], line->cells[i], i + 1 < COLUMN_COUNT ? "  " : "");
        }
    }
    (void)printf(is_markdown ? "|\n" : "\n");
}

static void head_print(bool is_markdown)
{
    static const struct line head = {
        {"row", "subject", "base", "head", "change", "95% interval", "noise", "verdict"}};

    line_print(&head, is_markdown);
    if (is_markdown) {
        (void)printf("|---|---|---:|---:|---:|---:|---:|---|\n");
    }
}

static void put_judgement(char *cell, struct judgement judgement, bool is_second)
{
    const bool has_reason = judgement.reason == JUDGE_BELOW_NOISE ||
                            judgement.reason == JUDGE_NOT_CONFIRMED ||
                            judgement.reason == JUDGE_BELOW_LIMIT;

    (void)snprintf(cell, CELL_BYTES, "%s%s%s%s", verdict_text(judgement.verdict),
                   has_reason ? ": " : "", has_reason ? judge_reason_text(judgement.reason) : "",
                   is_second && judgement.verdict != VERDICT_NONE ? ", confirmed" : "");
}

static void timed_print(const struct duel *duel, const struct compare_timed *timed,
                        bool is_markdown)
{
    const struct figure *figure = &timed->figure;
    struct line line = {0};

    (void)snprintf(line.cells[0], CELL_BYTES, "%s", duel->row->name);
    (void)snprintf(line.cells[1], CELL_BYTES, "%s", duel->subject);
    if (duel->pair_count == 0) {
        (void)snprintf(line.cells[7], CELL_BYTES, "not measured");
        line_print(&line, is_markdown);
        return;
    }
    (void)snprintf(line.cells[2], CELL_BYTES, "%.4g ns", duel_base_time(duel));
    (void)snprintf(line.cells[3], CELL_BYTES, "%.4g ns", duel_head_time(duel));
    (void)snprintf(line.cells[4], CELL_BYTES, "%+.2f%%", 100 * figure->change);
    (void)snprintf(line.cells[5], CELL_BYTES, "%+.2f%% to %+.2f%%", 100 * figure->interval.low,
                   100 * figure->interval.high);
    (void)snprintf(line.cells[6], CELL_BYTES, "%.2f%%", 100 * figure->noise);
    put_judgement(line.cells[7], timed->judgement, timed->is_second);
    line_print(&line, is_markdown);
}

static double count_mean(const struct count *count)
{
    return count->calls == 0 ? 0 : (double)count->instructions / (double)count->calls;
}

static void counted_print(const struct compare_counted *counted, bool is_markdown)
{
    const double base = count_mean(&counted->base);
    const double head = count_mean(&counted->head);
    struct line line = {0};

    (void)snprintf(line.cells[0], CELL_BYTES, "%s", counted->base.row->name);
    (void)snprintf(line.cells[1], CELL_BYTES, "%s", counted->base.subject);
    (void)snprintf(line.cells[2], CELL_BYTES, "%.5g", base);
    (void)snprintf(line.cells[3], CELL_BYTES, "%.5g", head);
    (void)snprintf(line.cells[4], CELL_BYTES, "%+.2f%%", 100 * (head / base - 1));
    (void)snprintf(line.cells[5], CELL_BYTES, "exact");
    put_judgement(line.cells[7], counted->judgement, false);
    line_print(&line, is_markdown);
}

static void summary_print(const struct compare *compare)
{
    const size_t slower = compare_verdict_count(compare, VERDICT_SLOWER);
    const size_t faster = compare_verdict_count(compare, VERDICT_FASTER);

    (void)printf("\n%zu slower, %zu faster, %zu without a difference that was seen.\n", slower,
                 faster, compare->timed_count + compare->counted_count - slower - faster);
    (void)printf("Time: told above 3%% and above the noise floor, and confirmed; %zu pairs of "
                 "processes a row.\nInstructions: told above 0.5%%. docs/comparing.md says how.\n",
                 compare->pair_count);
}

void compare_print(const struct compare *compare, bool is_markdown)
{
    (void)printf("base: %s; head: %s\n%s\n\n", compare->base.name, compare->head.name,
                 BENCH_COMPILER);
    head_print(is_markdown);
    for (size_t i = 0; i < compare->timed_count; i++) {
        timed_print(&compare->duels[i], &compare->timed[i], is_markdown);
    }
    for (size_t i = 0; i < compare->counted_count; i++) {
        counted_print(&compare->counted[i], is_markdown);
    }
    summary_print(compare);
}

/* -- JSON ------------------------------------------------------------------------------------- */

static cJSON *row_json(const char *row, const char *subject, const char *unit,
                       struct judgement judgement)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "row", row);
    cJSON_AddStringToObject(object, "subject", subject);
    cJSON_AddStringToObject(object, "unit", unit);
    cJSON_AddStringToObject(object, "verdict", verdict_text(judgement.verdict));
    cJSON_AddStringToObject(object, "reason", judge_reason_text(judgement.reason));
    return object;
}

static cJSON *timed_json(const struct duel *duel, const struct compare_timed *timed)
{
    const int count = (int)duel->pair_count;
    cJSON *object = row_json(duel->row->name, duel->subject, "nanoseconds", timed->judgement);

    cJSON_AddNumberToObject(object, "base", duel_base_time(duel));
    cJSON_AddNumberToObject(object, "head", duel_head_time(duel));
    cJSON_AddNumberToObject(object, "change", timed->figure.change);
    cJSON_AddNumberToObject(object, "low", timed->figure.interval.low);
    cJSON_AddNumberToObject(object, "high", timed->figure.interval.high);
    cJSON_AddNumberToObject(object, "noise", timed->figure.noise);
    cJSON_AddBoolToObject(object, "is_second", timed->is_second);
    cJSON_AddItemToObject(object, "base_samples", cJSON_CreateDoubleArray(duel->base_times, count));
    cJSON_AddItemToObject(object, "head_samples", cJSON_CreateDoubleArray(duel->head_times, count));
    cJSON_AddItemToObject(object, "log_ratios", cJSON_CreateDoubleArray(duel->changes, count));
    cJSON_AddItemToObject(object, "noise_log_ratios", cJSON_CreateDoubleArray(duel->noises, count));
    return object;
}

static cJSON *counted_json(const struct compare_counted *counted)
{
    const double base = count_mean(&counted->base);
    const double head = count_mean(&counted->head);
    cJSON *object = row_json(counted->base.row->name, counted->base.subject, "instructions",
                             counted->judgement);

    cJSON_AddNumberToObject(object, "base", base);
    cJSON_AddNumberToObject(object, "head", head);
    cJSON_AddNumberToObject(object, "change", head / base - 1);
    return object;
}

cJSON *compare_rows_json(const struct compare *compare)
{
    cJSON *rows = cJSON_CreateArray();

    for (size_t i = 0; i < compare->timed_count; i++) {
        if (compare->duels[i].pair_count != 0) {
            cJSON_AddItemToArray(rows, timed_json(&compare->duels[i], &compare->timed[i]));
        }
    }
    for (size_t i = 0; i < compare->counted_count; i++) {
        cJSON_AddItemToArray(rows, counted_json(&compare->counted[i]));
    }
    return rows;
}

static cJSON *compare_json(const struct compare *compare)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "schema", SCHEMA);
    cJSON_AddStringToObject(json, "base", compare->base.name);
    cJSON_AddStringToObject(json, "head", compare->head.name);
    cJSON_AddStringToObject(json, "compiler", BENCH_COMPILER);
    cJSON_AddNumberToObject(json, "pairs", (double)compare->pair_count);
    cJSON_AddBoolToObject(json, "is_interrupted", compare_is_interrupted != 0);
    cJSON_AddItemToObject(json, "rows", compare_rows_json(compare));
    return json;
}

bool compare_write_json(const struct compare *compare, const char *path, char *error,
                        size_t error_bytes)
{
    cJSON *json = compare_json(compare);
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
