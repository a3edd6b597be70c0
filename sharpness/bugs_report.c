/* SPDX-License-Identifier: MIT
 *
 * What a run has come to: for people, as JSON.
 */
#include "bugs.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_stdout(const char *path)
{
    return path != NULL && strcmp(path, "-") == 0;
}

static const char *yes(bool is_so)
{
    return is_so ? "yes" : "no";
}

/* The replay looks at everything after every operation, so another oracle may be the first. */
static const char *replayed_otherwise(const struct outcome *outcome)
{
    static char text[64];
    if (outcome->replay_oracle[0] == '\0' || strcmp(outcome->replay_oracle, outcome->oracle) == 0) {
        return "";
    }
    (void)snprintf(text, sizeof text, "replayed: %s", outcome->replay_oracle);
    return text;
}

static bool is_replayed_only(const struct bugs *bugs, size_t index)
{
    return bugs->options.is_quick && bugs->list.items[index].hard[0] != '\0';
}

/* What became of it, where that is not what should have. */
static const char *complaint(const struct bugs *bugs, size_t index)
{
    const struct outcome *outcome = &bugs->outcomes[index];
    if (!outcome->is_built) {
        return "NOT BUILT";
    }
    if (outcome->is_not_run) {
        return "NOT RUN: bed-reduce failed";
    }
    if (!bugs_is_miss(bugs, index)) {
        if (bugs_is_slow(bugs, index)) {
            return "TOO SLOW: more than 60 s";
        }
        return outcome->is_unmeasured ? "infection not measured: the call did not come back"
                                      : replayed_otherwise(outcome);
    }
    if (outcome->searches == 0 && !is_replayed_only(bugs, index)) {
        return "not searched";
    }
    if (outcome->searches == 0) {
        return "MISSED: its .txt is not there or does not show it (--update makes it anew)";
    }
    if (outcome->found == 0) {
        return "MISSED";
    }
    if (!outcome->is_replayed) {
        return "FOUND, but the plain build does not fail on it";
    }
    if (!outcome->is_clean_sound) {
        return "FOUND, but the clean core fails on it, too";
    }
    return outcome->found * 2 <= outcome->searches ? "MISSED by half of the searches"
                                                   : "FOUND, but the probe saw no infection";
}

static void print_bug(const struct bugs *bugs, size_t index, FILE *out)
{
    const struct bug *bug = &bugs->list.items[index];
    const struct outcome *outcome = &bugs->outcomes[index];
    char searches[32] = "input";
    if (!outcome->is_by_input) {
        (void)snprintf(searches, sizeof searches, "%u/%u", outcome->found, outcome->searches);
    }
    char operations[32];
    (void)snprintf(operations, sizeof operations, "%s%" PRIu64, outcome->is_median_miss ? ">" : "",
                   outcome->operations);
    (void)fprintf(
        out, "%-36s %-4s %-7s %-8s %5s  %-16s %10s %8.2f %6u  %s\n", bug->name,
        bug->hard[0] != '\0' ? "hard" : "", outcome->is_unmeasured ? "?" : yes(outcome->is_reached),
        outcome->is_unmeasured ? "?" : yes(outcome->is_infected), searches, outcome->oracle,
        operations, outcome->seconds, outcome->shrunk, complaint(bugs, index));
    if (!outcome->is_built) {
        (void)fprintf(out, "%s\n", outcome->reason);
    }
}

static int compare_doubles(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* The median of the searched bugs' seconds, of hard ones or of the others. */
static double median_seconds(const struct bugs *bugs, bool is_hard)
{
    double seconds[1024];
    size_t count = 0;
    for (size_t i = 0; i < bugs->list.count && count < 1024; i++) {
        if ((bugs->list.items[i].hard[0] != '\0') == is_hard && bugs->outcomes[i].searches > 0) {
            seconds[count++] = bugs->outcomes[i].seconds;
        }
    }
    qsort(seconds, count, sizeof seconds[0], compare_doubles);
    return count > 0 ? seconds[count / 2] : 0;
}

static unsigned count_detected(const struct bugs *bugs, bool is_hard)
{
    unsigned detected = 0;
    for (size_t i = 0; i < bugs->list.count; i++) {
        detected += (bugs->list.items[i].hard[0] != '\0') == is_hard && !bugs_is_miss(bugs, i);
    }
    return detected;
}

static unsigned count_hard(const struct bugs *bugs)
{
    unsigned hard = 0;
    for (size_t i = 0; i < bugs->list.count; i++) {
        hard += bugs->list.items[i].hard[0] != '\0';
    }
    return hard;
}

static void print_sum(const struct bugs *bugs, double seconds, FILE *out)
{
    const unsigned hard = count_hard(bugs);
    const unsigned others = (unsigned)bugs->list.count - hard;
    (void)fprintf(out,
                  "%u of %u bugs detected (%u of %u hard ones); median %.2f s, of hard ones %.2f "
                  "s\n",
                  count_detected(bugs, false) + count_detected(bugs, true), others + hard,
                  count_detected(bugs, true), hard, median_seconds(bugs, false),
                  median_seconds(bugs, true));
    (void)fprintf(out, "clean core: %u searches, %" PRIu64 " operations, %u false alarms\n",
                  bugs->clean.searches, bugs->clean.operations, bugs->clean.false_alarms);
    for (size_t i = 0; i < bugs->list.count; i++) {
        const bool is_known = bugs->outcomes[i].searches > 0 || is_replayed_only(bugs, i);
        if (is_known && bugs_is_miss(bugs, i)) {
            (void)fprintf(out, "missed: %s\n", bugs->list.items[i].name);
        }
    }
    (void)fprintf(out, "%.0f seconds\n", seconds);
}

static void print_matrix(const struct bugs *bugs, FILE *out)
{
    (void)fprintf(out, "\n%-36s %-16s %-16s %-16s %-16s %-16s %s\n", "bug", "exact", "that off",
                  "foreign", "that off", "two", "that off");
    for (size_t i = 0; i < bugs->list.count; i++) {
        const struct row *row = &bugs->rows[i];
        (void)fprintf(out, "%-36s", bugs->list.items[i].name);
        for (unsigned cell = 0; cell < CELLS; cell++) {
            char text[SEARCH_ORACLE_BYTES + 16];
            (void)bugs_cell(row, cell, text, sizeof text);
            (void)fprintf(out, " %-16s", text[0] != '\0' ? text : "-");
        }
        (void)fprintf(out, "\n");
    }
    char dead[512];
    if (bugs->is_cut_short) {
        return; /* nobody knows yet */
    }
    bugs_dead_weight(bugs, dead, sizeof dead);
    (void)fprintf(out, "oracles that none of these bugs needs: %s\n",
                  dead[0] != '\0' ? dead : "none");
}

void bugs_print(const struct bugs *bugs, double seconds)
{
    FILE *const out = is_stdout(bugs->options.json_path) ? stderr : stdout;
    (void)fprintf(out, "%-36s %-4s %-7s %-8s %5s  %-16s %10s %8s %6s\n", "bug", "", "reached",
                  "infected", "found", "oracle", "operations", "seconds", "shrunk");
    for (size_t i = 0; i < bugs->list.count; i++) {
        print_bug(bugs, i, out);
    }
    if (bugs->rows != NULL) {
        print_matrix(bugs, out);
    }
    print_sum(bugs, seconds, out);
}

static cJSON *bug_json(const struct bugs *bugs, size_t index)
{
    const struct bug *bug = &bugs->list.items[index];
    const struct outcome *outcome = &bugs->outcomes[index];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "name", bug->name);
    cJSON_AddStringToObject(json, "class", bug->class_name);
    cJSON_AddStringToObject(json, "source", bug->source);
    cJSON_AddStringToObject(json, "sees", bug->sees);
    cJSON_AddStringToObject(json, "target", bug->target);
    cJSON_AddBoolToObject(json, "hard", bug->hard[0] != '\0');
    cJSON_AddBoolToObject(json, "reached", outcome->is_reached);
    cJSON_AddBoolToObject(json, "infected", outcome->is_infected);
    cJSON_AddBoolToObject(json, "detected", !bugs_is_miss(bugs, index));
    cJSON_AddStringToObject(json, "oracle", outcome->oracle);
    cJSON_AddNumberToObject(json, "operations", (double)outcome->operations);
    cJSON_AddBoolToObject(json, "infection_measured", !outcome->is_unmeasured);
    cJSON_AddBoolToObject(json, "median_is_a_miss", outcome->is_median_miss);
    cJSON_AddStringToObject(json, "replay_oracle", outcome->replay_oracle);
    cJSON_AddNumberToObject(json, "seconds", outcome->seconds);
    cJSON_AddNumberToObject(json, "shrunk", outcome->shrunk);
    cJSON_AddStringToObject(json, "by", outcome->is_by_input ? "input" : "search");
    cJSON_AddNumberToObject(json, "searches", outcome->searches);
    cJSON_AddNumberToObject(json, "found", outcome->found);
    cJSON *samples =
        cJSON_AddArrayToObject(json, "samples"); /* those that found nothing are last */
    for (unsigned i = 0; i < outcome->searches && i < SEEDS_MAX; i++) {
        cJSON_AddItemToArray(samples, cJSON_CreateNumber((double)outcome->samples[i]));
    }
    return json;
}

static void add_matrix(const struct bugs *bugs, cJSON *json)
{
    static const char *const names[CELLS] = {"exact",        "exact_then",   "foreign",
                                             "foreign_then", "differential", "differential_then"};
    char dead[512];
    cJSON *rows = cJSON_AddArrayToObject(json, "matrix");
    for (size_t i = 0; i < bugs->list.count; i++) {
        cJSON *row = cJSON_CreateObject();
        cJSON_AddStringToObject(row, "name", bugs->list.items[i].name);
        for (unsigned cell = 0; cell < CELLS; cell++) {
            char text[SEARCH_ORACLE_BYTES + 16];
            cJSON_AddStringToObject(row, names[cell],
                                    bugs_cell(&bugs->rows[i], cell, text, sizeof text));
        }
        cJSON_AddItemToArray(rows, row);
    }
    if (!bugs->is_cut_short) {
        bugs_dead_weight(bugs, dead, sizeof dead);
        cJSON_AddStringToObject(json, "dispensable", dead);
    }
}

bool bugs_write_json(const struct bugs *bugs, double seconds)
{
    const char *const path = bugs->options.json_path;
    if (path == NULL) {
        return true;
    }
    cJSON *json = cJSON_CreateObject();
    cJSON *list = cJSON_AddArrayToObject(json, "bugs");
    for (size_t i = 0; i < bugs->list.count; i++) {
        cJSON_AddItemToArray(list, bug_json(bugs, i));
    }
    cJSON_AddNumberToObject(json, "detected",
                            count_detected(bugs, false) + count_detected(bugs, true));
    cJSON_AddNumberToObject(json, "false_alarms", bugs->clean.false_alarms);
    cJSON_AddNumberToObject(json, "clean_operations", (double)bugs->clean.operations);
    cJSON_AddNumberToObject(json, "clean_searches", bugs->clean.searches);
    cJSON_AddNumberToObject(json, "seconds", seconds);
    cJSON_AddBoolToObject(json, "complete", !bugs->is_cut_short);
    if (bugs->rows != NULL) {
        add_matrix(bugs, json);
    }
    char *text = cJSON_Print(json);
    cJSON_Delete(json);
    FILE *file = is_stdout(path) ? NULL : fopen(path, "we");
    FILE *const out = is_stdout(path) ? stdout : file;
    bool ok = text != NULL && out != NULL && fprintf(out, "%s\n", text) > 0 && fflush(out) == 0;
    ok = (file == NULL || fclose(file) == 0) && ok;
    free(text);
    if (!ok) {
        (void)fprintf(stderr, "bed bugs: %s cannot be written\n", path);
    }
    return ok;
}
