/* SPDX-License-Identifier: MIT
 *
 * Series from records.
 */
#include "series.h"

#include "allocate.h"
#include "samples.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const char *text(const cJSON *json, const char *name)
{
    return cJSON_GetObjectItemCaseSensitive(json, name)->valuestring;
}

static bool is_series(const struct series *series, const char *fingerprint, const cJSON *row,
                      const cJSON *cell)
{
    return strcmp(series->subject, text(cell, "subject")) == 0 &&
           strcmp(series->row, text(row, "name")) == 0 &&
           strcmp(series->fingerprint, fingerprint) == 0 &&
           strcmp(series->unit, text(row, "unit")) == 0;
}

static struct series *find_series(struct series_set *set, const char *fingerprint, const cJSON *row,
                                  const cJSON *cell)
{
    for (size_t i = 0; i < set->count; i++) {
        const size_t index = (set->hint + i) % set->count;

        if (is_series(&set->items[index], fingerprint, row, cell)) {
            set->hint = index + 1;
            return &set->items[index];
        }
    }
    set->items = memory_grown(set->items, set->count, sizeof *set->items);
    struct series *series = &set->items[set->count++];

    *series = (struct series){.fingerprint = fingerprint,
                              .row = memory_copy(text(row, "name")),
                              .subject = memory_copy(text(cell, "subject")),
                              .unit = memory_copy(text(row, "unit")),
                              .is_higher_better = strcmp(text(row, "direction"), "higher") == 0};
    set->hint = set->count;
    return series;
}

/* The point of the record's commit: the last one, or a new one. Records of a commit stand together.
 */
static struct series_point *find_point(struct series *series, const struct history *history,
                                       size_t record)
{
    while (record > 0 &&
           strcmp(history->records[record - 1].commit, history->records[record].commit) == 0) {
        record--;
    }
    struct series_point *last = series->count > 0 ? &series->points[series->count - 1] : NULL;

    if (last != NULL &&
        strcmp(history->records[last->record].commit, history->records[record].commit) == 0) {
        return last;
    }
    series->points = memory_grown(series->points, series->count, sizeof *series->points);
    last = &series->points[series->count++];
    *last = (struct series_point){.record = record};
    return last;
}

static void add_cell(struct series_set *set, const struct history *history, size_t record,
                     const cJSON *row, const cJSON *cell)
{
    const cJSON *samples = cJSON_GetObjectItemCaseSensitive(cell, "samples");
    const cJSON *sample = NULL;
    struct series_point *point = find_point(
        find_series(set, history->records[record].fingerprint, row, cell), history, record);

    cJSON_ArrayForEach(sample, samples)
    {
        point->samples = memory_grown(point->samples, point->sample_count, sizeof *point->samples);
        point->samples[point->sample_count++] = sample->valuedouble;
    }
}

static void add_record(struct series_set *set, const struct history *history, size_t record)
{
    cJSON *json = history_record_json(&history->records[record]);
    const cJSON *row = NULL;
    const cJSON *cell = NULL;

    cJSON_ArrayForEach(row, cJSON_GetObjectItemCaseSensitive(json, "rows"))
    {
        cJSON_ArrayForEach(cell, cJSON_GetObjectItemCaseSensitive(row, "cells"))
        {
            add_cell(set, history, record, row, cell);
        }
    }
    cJSON_Delete(json);
}

/* A reset holds from its commit on, also where that commit was not measured in this series. */
static void mark_resets(struct series *series, const struct history *history)
{
    for (size_t a = 0; a < history->annotation_count; a++) {
        const struct history_annotation *annotation = &history->annotations[a];

        if (!annotation->is_reset || annotation->position == SIZE_MAX ||
            regexec(&annotation->rows, series->row, 0, NULL, 0) != 0 ||
            regexec(&annotation->subjects, series->subject, 0, NULL, 0) != 0) {
            continue;
        }
        for (size_t i = 0; i < series->count; i++) {
            if (series->points[i].record >= annotation->position) {
                series->points[i].is_reset = true;
                break;
            }
        }
    }
}

void series_collect(struct series_set *set, const struct history *history)
{
    *set = (struct series_set){0};
    for (size_t record = 0; record < history->record_count; record++) {
        if (!history->records[record].is_dirty) {
            add_record(set, history, record);
        }
    }
    for (size_t i = 0; i < set->count; i++) {
        struct series *series = &set->items[i];

        for (size_t p = 0; p < series->count; p++) {
            series->points[p].median =
                samples_median(series->points[p].samples, series->points[p].sample_count);
        }
        mark_resets(series, history);
    }
}

void series_free(struct series_set *set)
{
    for (size_t i = 0; i < set->count; i++) {
        struct series *series = &set->items[i];

        for (size_t p = 0; p < series->count; p++) {
            free(series->points[p].samples);
        }
        free(series->points);
        free(series->row);
        free(series->subject);
        free(series->unit);
    }
    free(set->items);
    *set = (struct series_set){0};
}

size_t series_segment_begin(const struct series *series, size_t index)
{
    while (index > 0 && !series->points[index].is_reset) {
        index--;
    }
    return index;
}
