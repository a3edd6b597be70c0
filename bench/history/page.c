/* SPDX-License-Identifier: MIT
 *
 * The page's JSON. Records go through as they were written.
 */
#include "page.h"

#include <string.h>
#include <time.h>

void findings_make(struct findings *findings, const struct history *history, bool progress)
{
    series_collect(&findings->series, history);
    change_points_find(&findings->changes, &findings->series, progress);
    verdicts_find(&findings->verdicts, &findings->series);
}

void findings_free(struct findings *findings)
{
    verdicts_free(&findings->verdicts);
    change_points_free(&findings->changes);
    series_free(&findings->series);
}

static cJSON *series_json(const struct series *series)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "fingerprint", series->fingerprint);
    cJSON_AddStringToObject(json, "row", series->row);
    cJSON_AddStringToObject(json, "subject", series->subject);
    return json;
}

static const char *commit_of(const struct history *history, const struct series *series,
                             size_t point)
{
    return history->records[series->points[point].record].commit;
}

cJSON *findings_changes_json(const struct findings *findings, const struct history *history)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < findings->changes.count; i++) {
        const struct change_point *change = &findings->changes.items[i];
        const struct series *series = &findings->series.items[change->series];
        cJSON *json = series_json(series);

        cJSON_AddStringToObject(json, "commit", commit_of(history, series, change->point));
        cJSON_AddNumberToObject(json, "before", change->before);
        cJSON_AddNumberToObject(json, "after", change->after);
        cJSON_AddNumberToObject(json, "significance", change->significance);
        cJSON_AddItemToArray(list, json);
    }
    return list;
}

cJSON *findings_verdicts_json(const struct findings *findings, const struct history *history)
{
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < findings->verdicts.count; i++) {
        const struct verdict *verdict = &findings->verdicts.items[i];
        const struct series *series = &findings->series.items[verdict->series];
        cJSON *json = series_json(series);

        cJSON_AddStringToObject(json, "unit", series->unit);
        cJSON_AddStringToObject(json, "from", commit_of(history, series, verdict->from));
        cJSON_AddStringToObject(json, "to", commit_of(history, series, verdict->to));
        cJSON_AddNumberToObject(json, "change", verdict->change.change);
        cJSON_AddNumberToObject(json, "low", verdict->change.low);
        cJSON_AddNumberToObject(json, "high", verdict->change.high);
        cJSON_AddNumberToObject(json, "noise", verdict->noise);
        cJSON_AddStringToObject(json, "verdict", verdict_name(verdict->kind));
        cJSON_AddItemToArray(list, json);
    }
    return list;
}

static void write_records(const struct history *history, FILE *out)
{
    for (size_t i = 0; i < history->record_count; i++) {
        const struct history_record *record = &history->records[i];

        /* A record is an object that is not empty: behind its brace goes one field more. */
        (void)fprintf(out, "%s\n{\"fingerprint\":\"%s\",%s", i > 0 ? "," : "", record->fingerprint,
                      strchr(record->line, '{') + 1);
    }
}

static void write_list(const char *name, const cJSON *list, FILE *out)
{
    char *text = cJSON_PrintUnformatted(list);

    (void)fprintf(out, ",\n\"%s\":%s", name, text != NULL ? text : "null");
    cJSON_free(text);
}

bool page_write(const struct history *history, const struct findings *findings,
                const cJSON *campaigns, FILE *out)
{
    char date[HISTORY_DATE_BYTES];
    const time_t now = time(NULL);
    struct tm broken_down;

    (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", gmtime_r(&now, &broken_down));
    (void)fprintf(out, "{\"schema\":\"" HISTORY_PAGE_SCHEMA "\",\"generated\":\"%s\",\"records\":[",
                  date);
    write_records(history, out);
    (void)fputs("],\n\"annotations\":[", out);
    for (size_t i = 0; i < history->annotation_count; i++) {
        (void)fprintf(out, "%s\n%s", i > 0 ? "," : "", history->annotations[i].line);
    }
    (void)fputs("]", out);
    cJSON *changes = findings_changes_json(findings, history);
    cJSON *verdicts = findings_verdicts_json(findings, history);

    write_list("change_points", changes, out);
    write_list("verdicts", verdicts, out);
    write_list("campaigns", campaigns, out);
    cJSON_Delete(changes);
    cJSON_Delete(verdicts);
    (void)fputs("}\n", out);
    return ferror(out) == 0;
}
