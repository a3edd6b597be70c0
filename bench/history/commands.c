/* SPDX-License-Identifier: MIT
 *
 * The commands that read a history and say what is in it.
 */
#include "append.h"
#include "command.h"
#include "generate.h"
#include "memory.h"
#include "page.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ERROR_BYTES 500

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
    return !can_read ? EXIT_USAGE : is_damaged ? EXIT_FINDING : EXIT_OK;
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

static int write_json(const struct request *request, cJSON *json)
{
    char error[ERROR_BYTES];
    struct output output;
    char *text = cJSON_Print(json);

    if (text == NULL || !output_open(&output, request->json)) {
        return complain(request, "--json", "no memory");
    }
    (void)fprintf(output.file, "%s\n", text);
    cJSON_free(text);
    return output_close(&output, error, sizeof error) ? EXIT_OK
                                                      : complain(request, "--json", error);
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
        status = write_json(request, json);
        cJSON_Delete(json);
    }
    findings_free(&findings);
    history_free(&history);
    return status;
}

/* -- page, generate, append ------------------------------------------------------------------- */

int command_page(const struct request *request)
{
    char error[ERROR_BYTES];
    struct history history;
    struct findings findings;
    struct output output;

    if (!load_history(&history, request, 0)) {
        return EXIT_USAGE;
    }
    if (!output_open(&output, request->out)) {
        return complain(request, "-o", "no memory");
    }
    findings_make(&findings, &history, true);
    bool ok = page_write(&history, &findings, output.file);

    ok = output_close(&output, error, sizeof error) && ok;
    findings_free(&findings);
    history_free(&history);
    return ok ? EXIT_OK : complain(request, "-o", error);
}

static void tell_shifts(const struct generate_options *options)
{
    for (size_t i = 0; generate_shift_at(i) != NULL && !options->is_noise; i++) {
        const struct generate_shift *shift = generate_shift_at(i);
        const size_t commit = generate_shift_commit(shift, options->commit_count);
        char id[HISTORY_COMMIT_BYTES];

        generate_commit(options->seed, commit, id);
        (void)fprintf(stderr,
                      "shift: x%.2f from commit %zu (%.12s) on, rows %s..., subjects %s...\n",
                      shift->factor, commit, id, shift->row, shift->subject);
    }
}

int command_generate(const struct request *request)
{
    const struct generate_options options = {
        .commit_count = request->commits, .seed = request->seed, .is_noise = request->is_noise};
    char error[ERROR_BYTES];
    struct output output;

    if (options.commit_count == 0) {
        return complain(request, "--commits", "is missing, or 0");
    }
    if (!output_open(&output, request->out)) {
        return complain(request, "-o", "no memory");
    }
    bool ok = generate_history(&options, output.file);

    ok = output_close(&output, error, sizeof error) && ok;
    tell_shifts(&options);
    return ok ? EXIT_OK : complain(request, "-o", error);
}

/* A line of the standard input that is a record. */
static bool append_line(const char *path, size_t number, const char *line)
{
    char reason[ERROR_BYTES] = "no JSON";
    cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
    const bool ok = json != NULL && history_record_check(json, reason, sizeof reason) &&
                    history_append(path, line, reason, sizeof reason);

    cJSON_Delete(json);
    if (!ok) {
        (void)fprintf(stderr, "standard input:%zu: %s; not appended\n", number, reason);
    }
    return ok;
}

int command_append(const struct request *request)
{
    char *line = NULL;
    size_t capacity = 0;
    size_t number = 0;
    bool ok = true;

    if (request->word_count != 1) {
        return complain(request, "FILE", "is missing: the history to append to");
    }
    while (getline(&line, &capacity, stdin) >= 0) {
        line[strcspn(line, "\n")] = '\0';
        ok = append_line(request->words[0], ++number, line) && ok;
    }
    free(line);
    return ok ? EXIT_OK : EXIT_FINDING;
}
