/* SPDX-License-Identifier: MIT
 *
 * Change points: the statistic is the paper's, planted shifts are found where they are, noise has
 * as few as the significance says, and neither other machines nor annotated commits make any.
 */
#define SUITE "history.change_points"
#include "check.h"

#include "change_points.h"
#include "made_up.h"
#include "samples.h"
#include "scratch.h"

#include <math.h>
#include <stdlib.h>

#define LINE_BYTES 2000

/* Even between -1 and 1. */
static double scatter(uint64_t *state)
{
    return (double)(samples_draw(state) >> 11) * 0x1p-52 - 1;
}

/* -- one series, made by hand ----------------------------------------------------------------- */

/* What is found in values; the caller frees it. */
static struct change_points find(const double *values, size_t count)
{
    struct series_point *points = calloc(count, sizeof *points);
    struct series series = {.fingerprint = "f", .points = points, .count = count};
    struct series_set set = {.items = &series, .count = 1};
    struct change_points found;

    for (size_t i = 0; i < count; i++) {
        points[i].median = values[i];
    }
    change_points_find(&found, &set, false);
    free(points);
    return found;
}

/* The statistic as the paper has it: all splits, all ends, all pairs. */
static double paper_statistic(const double *values, size_t split, size_t end)
{
    double across = 0;
    double before = 0;
    double after = 0;
    const double m = (double)split;
    const double n = (double)(end - split);

    for (size_t i = 0; i < end; i++) {
        for (size_t j = i + 1; j < end; j++) {
            const double distance = fabs(values[i] - values[j]);

            across += i < split && j >= split ? distance : 0;
            before += j < split ? distance : 0;
            after += i >= split ? distance : 0;
        }
    }
    return m * n / (m + n) *
           (2 / (m * n) * across - before / (m * (m - 1) / 2) - after / (n * (n - 1) / 2));
}

TEST(statistic, is_that_of_the_paper)
{
    uint64_t state = 5;
    double values[24];

    for (size_t round = 0; round < 200; round++) {
        const size_t count = 10 + round % 15;
        double best = 0;
        double found = 0;
        size_t place = 0;

        for (size_t i = 0; i < count; i++) {
            values[i] = scatter(&state) + (round % 3 == 0 && i > count / 2 ? 1 : 0);
        }
        for (size_t split = 5; split + 5 <= count; split++) {
            for (size_t end = split + 5; end <= count; end++) {
                const double statistic = paper_statistic(values, split, end);

                place = statistic > best + 1e-12 ? split : place;
                best = fmax(best, statistic);
            }
        }
        CHECK_EQ(change_point_best(values, count, &found), place);
        CHECK(fabs(found - best) < 1e-9);
    }
}

TEST(shift, is_found_at_its_commit)
{
    uint64_t state = 7;
    double values[120];

    for (size_t at = 20; at <= 100; at += 20) {
        for (size_t i = 0; i < 120; i++) {
            values[i] = (i < at ? 100 : 103) + scatter(&state);
        }
        struct change_points found = find(values, 120);

        if (CHECK_EQ(found.count, 1)) {
            CHECK_EQ(found.items[0].point, at);
            CHECK(fabs(found.items[0].before - 100) < 0.5 &&
                  fabs(found.items[0].after - 103) < 0.5);
            CHECK(found.items[0].significance <= CHANGE_POINT_SIGNIFICANCE);
        }
        change_points_free(&found);
    }
}

/* A level that comes back hides nothing, and three levels have two ends. */
TEST(shift, among_others_is_found)
{
    static const size_t ends[] = {30, 42, 80};
    static const double levels[] = {100, 110, 100, 95};
    uint64_t state = 9;
    double values[110];

    for (size_t i = 0; i < 110; i++) {
        values[i] = levels[(i >= ends[0]) + (i >= ends[1]) + (i >= ends[2])] + scatter(&state);
    }
    struct change_points found = find(values, 110);

    if (CHECK_EQ(found.count, 3)) {
        for (size_t i = 0; i < 3; i++) {
            CHECK_EQ(found.items[i].point, ends[i]);
            CHECK(fabs(found.items[i].before - levels[i]) < 0.5);
            CHECK(fabs(found.items[i].after - levels[i + 1]) < 0.5);
        }
    }
    change_points_free(&found);
}

/* What does not scatter: instructions. */
TEST(shift, of_constants_is_found)
{
    double values[40];

    for (size_t i = 0; i < 40; i++) {
        values[i] = i < 33 ? 84 : 85;
    }
    struct change_points found = find(values, 40);

    CHECK(found.count == 1 && found.items[0].point == 33);
    change_points_free(&found);
    found = find(values, 33);
    CHECK_EQ(found.count, 0);
    change_points_free(&found);
}

TEST(shift, needs_five_commits_on_either_side)
{
    double values[40];

    for (size_t late = 3; late <= 6; late++) {
        for (size_t i = 0; i < 40; i++) {
            values[i] = i + late < 40 ? 84 : 95;
        }
        struct change_points found = find(values, 40);

        CHECK_EQ(found.count > 0 && found.items[0].point == 40 - late, late >= 5);
        change_points_free(&found);
    }
    for (size_t count = 0; count < 10; count++) {
        struct change_points found = find(values + 30, count);

        CHECK_EQ(found.count, 0);
        change_points_free(&found);
    }
}

/* Of so many series of noise, as many as the significance allows; most have their shift found. */
static size_t count_with_change(double shift)
{
    uint64_t state = 11;
    double values[60];
    size_t count = 0;

    for (size_t round = 0; round < 200; round++) {
        for (size_t i = 0; i < 60; i++) {
            values[i] = 100 + scatter(&state) + scatter(&state) + (i < 25 ? 0 : shift);
        }
        struct change_points found = find(values, 60);

        count += found.count > 0;
        change_points_free(&found);
    }
    return count;
}

TEST(noise, has_as_few_as_the_significance_says)
{
    CHECK(count_with_change(0) <= 4); /* 1 is to be expected of 200 */
    CHECK(count_with_change(2) >= 196);
}

/* -- histories -------------------------------------------------------------------------------- */

/* 30 commits, whose level changes at number 15; from there on measured by cpu. */
static void read_shifted(struct history *history, const char *cpu, const char *annotation)
{
    static char text[30 * LINE_BYTES];
    const char *path = scratch_path("shifted.jsonl");
    const char *notes = scratch_path("annotations.jsonl");
    char commit[HISTORY_COMMIT_BYTES];
    char note[500] = "";
    uint64_t state = 13;

    text[0] = '\0';
    for (unsigned i = 0; i < 30; i++) {
        struct scratch_record record = scratch_plain(i, (i < 15 ? 100 : 130) + scatter(&state));

        record.cpu = i < 15 ? record.cpu : cpu;
        scratch_line(&record, text + strlen(text), LINE_BYTES);
        scratch_end_line(text);
    }
    scratch_write(path, text, strlen(text));
    scratch_commit(15, commit);
    if (annotation != NULL) {
        (void)snprintf(note, sizeof note,
                       "{\"schema\":\"heapbed-annotation/1\",\"commit\":\"%s\",%s,\"text\":\"t\","
                       "\"date\":\"2026-01-01T00:00:00Z\"}\n",
                       commit, annotation);
    }
    scratch_write(notes, note, strlen(note));
    *history = (struct history){0};
    CHECK(history_read(history, path, stdout) && history_read_annotations(history, notes, stdout));
    history_finish(history, stdout);
    CHECK_EQ(history->record_count, 30);
    CHECK_EQ(history->damaged_count, 0);
    CHECK_EQ(history->annotation_count, annotation != NULL);
}

static size_t count_in_shifted(const char *cpu, const char *annotation)
{
    struct history history;
    struct series_set set;
    struct change_points found;

    read_shifted(&history, cpu, annotation);
    series_collect(&set, &history);
    change_points_find(&found, &set, false);
    const size_t count = found.count;

    CHECK(count == 0 || found.items[0].point == 15);
    change_points_free(&found);
    series_free(&set);
    history_free(&history);
    return count;
}

TEST(machines, are_never_compared)
{
    CHECK_EQ(count_in_shifted("Another processor", NULL), 0);
    CHECK_EQ(count_in_shifted("A processor", NULL), 1); /* the canary */
}

TEST(annotations, end_a_level)
{
    static const char any[] = "\"kind\":\"%s\",\"rows\":\"\",\"subjects\":\"\"";
    char text[100];

    (void)snprintf(text, sizeof text, any, "accepted");
    CHECK_EQ(count_in_shifted("A processor", text), 0);
    (void)snprintf(text, sizeof text, any, "machine");
    CHECK_EQ(count_in_shifted("A processor", text), 0);
    (void)snprintf(text, sizeof text, any, "cause");
    CHECK_EQ(count_in_shifted("A processor", text), 1);
}

TEST(annotations, are_for_what_they_name)
{
    static const char *const kind = "\"kind\":\"accepted\"";
    char text[200];

    (void)snprintf(text, sizeof text, "%s,\"rows\":\"^select/\",\"subjects\":\"-on$\"", kind);
    CHECK_EQ(count_in_shifted("A processor", text), 0);
    (void)snprintf(text, sizeof text, "%s,\"rows\":\"^pair/\",\"subjects\":\"\"", kind);
    CHECK_EQ(count_in_shifted("A processor", text), 1);
    (void)snprintf(text, sizeof text, "%s,\"rows\":\"\",\"subjects\":\"^list$\"", kind);
    CHECK_EQ(count_in_shifted("A processor", text), 1);
}

/* -- the generator ---------------------------------------------------------------------------- */

static bool begins(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* Whether it is one of the generator's, at its very commit. */
static bool is_planted(const struct history *history, const struct series *series, size_t point,
                       const struct made_up_options *options)
{
    char id[HISTORY_COMMIT_BYTES];

    for (size_t i = 0; made_up_shift_at(i) != NULL; i++) {
        const struct made_up_shift *shift = made_up_shift_at(i);

        made_up_commit(options->seed, made_up_shift_commit(shift, options->commit_count), id);
        if (begins(series->row, shift->row) && begins(series->subject, shift->subject) &&
            strcmp(history->records[series->points[point].record].commit, id) == 0) {
            return true;
        }
    }
    return false;
}

static void count_generated(const struct made_up_options *options, size_t *planted, size_t *others)
{
    const char *path = scratch_path("generated.jsonl");
    FILE *file = fopen(path, "w");
    struct history history = {0};
    struct series_set set;
    struct change_points found;

    CHECK(file != NULL && made_up_history(options, file) && fclose(file) == 0);
    CHECK(history_read(&history, path, stdout));
    history_finish(&history, stdout);
    CHECK_EQ(history.damaged_count, 0);
    CHECK_EQ(history.record_count, options->commit_count * 6 / 5);
    series_collect(&set, &history);
    change_points_find(&found, &set, false);
    *planted = 0;
    *others = 0;
    for (size_t i = 0; i < found.count; i++) {
        const bool is_ours =
            is_planted(&history, &set.items[found.items[i].series], found.items[i].point, options);

        *planted += is_ours;
        *others += !is_ours;
    }
    change_points_free(&found);
    series_free(&set);
    history_free(&history);
}

/* 384 series: 12 of the first machine have shifts in the middle; the second one has a fifth of the
 * commits, so that its shifts are seen some commits late, or not. */
TEST(generator, has_its_shifts_found)
{
    const struct made_up_options options = {.commit_count = 60, .seed = 4};
    const struct made_up_options noise = {.commit_count = 60, .seed = 4, .is_noise = true};
    size_t planted = 0;
    size_t others = 0;

    count_generated(&options, &planted, &others);
    CHECK(planted >= 12);
    count_generated(&noise, &planted, &others);
    CHECK_EQ(planted, 0);
    CHECK(others <= 6); /* 2 are to be expected of 384 */
}

TESTS_BEGIN
ENTRY(statistic, is_that_of_the_paper)
ENTRY(shift, is_found_at_its_commit)
ENTRY(shift, among_others_is_found)
ENTRY(shift, of_constants_is_found)
ENTRY(shift, needs_five_commits_on_either_side)
ENTRY(noise, has_as_few_as_the_significance_says)
ENTRY(machines, are_never_compared)
ENTRY(annotations, end_a_level)
ENTRY(annotations, are_for_what_they_name)
ENTRY(generator, has_its_shifts_found)
TESTS_END
