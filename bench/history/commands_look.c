/* SPDX-License-Identifier: MIT
 *
 * The commands that say what is in a history: check, list, changes.
 */
#include "command.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>

/* -- check ------------------------------------------------------------------------------------ */

static bool is_annotations(const char *path)
{
    const char *const slash = strrchr(path, '/');

    return strcmp(slash != NULL ? slash + 1 : path, "annotations.jsonl") == 0;
}

int command_check(const struct request *request)
{
    struct history history = {0};
    bool can_read = true;

    for (int i = 0; i < request->word_count; i++) {
        const char *const path = request->words[i];

        can_read = (is_annotations(path) ? history_read_annotations(&history, path, stdout)
                                         : history_read(&history, path, stdout)) &&
                   can_read;
    }
    if (request->word_count == 0 && !load_history(&history, request, 0)) {
        return EXIT_USAGE;
    }
    const size_t read_count = history.record_count;

    history_finish(&history, stdout);
    (void)printf("%zu records, %zu annotations, %zu damaged or foreign lines\n", read_count,
                 history.annotation_count, history.damaged_count);
    for (size_t i = 0; i < history.annotation_count; i++) {
        if (history.annotations[i].position == SIZE_MAX && history.record_count > 0) {
            (void)printf("note: no record has the commit of the annotation on %.12s\n",
                         history.annotations[i].commit);
        }
    }
    const bool is_damaged = history.damaged_count > 0;

    history_free(&history);
    if (!can_read) {
        return EXIT_USAGE;
    }
    return is_damaged ? EXIT_FINDING : EXIT_OK;
}

/* -- list, changes ---------------------------------------------------------------------------- */

int command_list(const struct request *request)
{
    struct history history;

    if (!load_history(&history, request, 0)) {
        return EXIT_USAGE;
    }
    for (size_t i = 0; i < history.record_count; i++) {
        const struct history_record *record = &history.records[i];
        cJSON *json = history_record_json(record);

        (void)printf(
            "%.12s  %s  %s  %s%s %3d rows  %s\n", record->commit, record->date, record->fingerprint,
            record->is_quick ? "quick" : "full ", record->is_dirty ? " dirty" : "",
            cJSON_GetArraySize(cJSON_GetObjectItemCaseSensitive(json, "rows")), record->title);
        cJSON_Delete(json);
    }
    (void)fprintf(stderr, "%zu records\n", history.record_count);
    history_free(&history);
    return EXIT_OK;
}

static void print_changes(const struct findings *findings, const struct history *history)
{
    (void)printf("Change points (shown, never gating):\n");
    for (size_t i = 0; i < findings->changes.count; i++) {
        const struct change_point *change = &findings->changes.items[i];
        const struct series *series = &findings->series.items[change->series];

        (void)printf("  %.12s  %s  %s, %s: %g -> %g %s (%+.1f%%, p %.4f)\n",
                     history->records[series->points[change->point].record].commit,
                     series->fingerprint, series->row, series->subject, change->before,
                     change->after, series->unit, 100 * (change->after / change->before - 1),
                     change->significance);
    }
}

static void print_verdicts(const struct findings *findings, const struct history *history)
{
    size_t same_count = 0;

    (void)printf("The last commit of each machine:\n");
    for (size_t i = 0; i < findings->verdicts.count; i++) {
        const struct verdict *verdict = &findings->verdicts.items[i];
        const struct series *series = &findings->series.items[verdict->series];

        if (verdict->kind == VERDICT_SAME) {
            same_count++;
            continue;
        }
        (void)printf("  %.12s  %s  %s, %s: %s, %+.1f%% (%+.1f%% to %+.1f%%, noise %.1f%%)\n",
                     history->records[series->points[verdict->to].record].commit,
                     series->fingerprint, series->row, series->subject, verdict_name(verdict->kind),
                     100 * verdict->change.change, 100 * verdict->change.low,
                     100 * verdict->change.high, 100 * verdict->noise);
    }
    (void)printf("  %zu series: no difference seen\n", same_count);
}

static void print_findings(const struct findings *findings, const struct history *history)
{
    print_changes(findings, history);
    print_verdicts(findings, history);
}

int command_changes(const struct request *request)
{
    struct history history;
    struct findings findings;
    int status = EXIT_OK;

    if (!load_history(&history, request, 0)) {
        return EXIT_USAGE;
    }
    findings_make(&findings, &history, true);
    if (request->json == NULL || strcmp(request->json, "-") != 0) {
        print_findings(&findings, &history);
    }
    if (request->json != NULL) {
        cJSON *json = cJSON_CreateObject();

        cJSON_AddItemToObject(json, "change_points", findings_changes_json(&findings, &history));
        cJSON_AddItemToObject(json, "verdicts", findings_verdicts_json(&findings, &history));
        status = write_json(request, request->json, json);
        cJSON_Delete(json);
    }
    findings_free(&findings);
    history_free(&history);
    return status;
}
