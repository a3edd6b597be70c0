/* SPDX-License-Identifier: MIT
 *
 * Reading: what is damaged is told with file, line and reason, and the rest is read; records come
 * in the order of their commits, each once; machines are told apart.
 */
#define SUITE "history.records"
#include "check.h"

#include "scratch.h"
#include "series.h"

#include <stdlib.h>

#define LINE_BYTES 2000

/* The line of commit number `commit`, with the first `from` in it replaced. */
static void changed_line(unsigned commit, const char *from, const char *to, char *line)
{
    const struct scratch_record record = scratch_plain(commit, 2.5);
    char whole[LINE_BYTES];

    scratch_line(&record, whole, sizeof whole);
    const char *const at = strstr(whole, from);

    if (at == NULL) {
        printf("not in a record: %s\n", from);
        exit(2);
    }
    (void)snprintf(line, LINE_BYTES, "%.*s%s%s", (int)(at - whole), whole, to, at + strlen(from));
}

/* Reads text as a file; what was told of it in complaints, which the caller frees. */
static char *read_text(struct history *history, const char *name, const char *text, size_t length)
{
    const char *path = scratch_path(name);
    char *complaints = NULL;
    size_t complaint_bytes = 0;
    FILE *out = open_memstream(&complaints, &complaint_bytes);

    scratch_write(path, text, length);
    *history = (struct history){0};
    CHECK(history_read(history, path, out));
    history_finish(history, out);
    (void)fclose(out);
    return complaints;
}

struct damage {
    const char *from;
    const char *to;
    const char *reason;
};

static const struct damage damages[] = {
    {"heapbed-history/1", "heapbed-history/2", "its schema is heapbed-history/2"},
    {"\"schema\":\"heapbed-history/1\",", "", "\"schema\" is missing"},
    {"\"commit\":\"00", "\"commit\":\"0", "\"commit\" is not 40 hexadecimal digits"},
    {"\"commit\":\"00", "\"commit\":\"XY", "\"commit\" is not 40 hexadecimal digits"},
    {"\"parent\":\"00", "\"parent\":\"0", "\"parent\" is neither"},
    {"\"commit_date\":\"2026-01-", "\"commit_date\":\"2026/01-", "\"commit_date\" is no date"},
    {":00:00Z\",\"is_quick\"", ":00:00\",\"is_quick\"", "\"date\" is no date"},
    {"\"title\":\"number 1\",", "", "\"title\" is missing"},
    {"\"is_dirty\":false", "\"is_dirty\":0", "\"is_dirty\" is not true or false"},
    {"\"is_quick\":true,", "", "\"is_quick\" is not true or false"},
    {"\"machine\":{", "\"machines\":{", "\"machine\" is missing"},
    {"\"cpu\":\"A processor\"", "\"cpu\":\"\"", "\"cpu\" is no text"},
    {"\"cores\":2", "\"cores\":\"2\"", "\"cores\" is no number"},
    {"\"kernel\"", "\"colonel\"", "\"kernel\" is no text"},
    {"\"flags\":\"-O3\"", "\"flags\":3", "\"flags\" is no text"},
    {"{\"glibc\":\"2.36\"}", "{\"glibc\":2.36}", "the version of glibc is no text"},
    {"\"rows\":[", "\"lines\":[", "\"rows\" is missing"},
    {"\"name\":\"select/16-log\"", "\"name\":\"\"", "a row has no name"},
    {"\"unit\":\"nanoseconds\"", "\"unit\":null", "row select/16-log has no unit"},
    {"\"direction\":\"lower\"", "\"direction\":\"down\"", "neither lower nor higher"},
    {"\"cells\":[", "\"cell\":[", "row select/16-log has no cells"},
    {"\"subject\":\"default-on\"", "\"subject\":7", "a cell has no subject or no median"},
    {"\"median\":2.5", "\"median\":1e999", "a cell has no subject or no median"},
    {"\"median\":2.5", "\"median\":2.6", "the median 2.6 lies outside of its samples"},
    {"\"samples\":[2.5,2.5,2.5]", "\"samples\":[]", "a cell has no samples"},
    {"\"samples\":[2.5,2.5,2.5]", "\"samples\":[2.5,null,2.5]", "a sample is no number"},
    {"\"samples\":[", "\"percentiles\":{\"p10\":3,\"p50\":2},\"samples\":[",
     "percentile p50 is less than the one before it"},
    {"\"cells\":[", "\"cells\":[{\"subject\":\"default-on\",\"median\":1,\"samples\":[1]},",
     "row select/16-log has two cells of default-on"},
    {"\"rows\":[",
     "\"rows\":[{\"name\":\"select/16-log\",\"unit\":\"x\",\"direction\":\"lower\",\"cells\":[]},",
     "there are two rows select/16-log"},
    {"\"is_quick\":true", "\"is_quick\":true,\"fits\":[{\"family\":\"f\",\"subject\":\"s\"}]",
     "\"exponent\" is no number"},
    {"\"is_quick\":true",
     "\"is_quick\":true,\"series\":[{\"name\":\"n\",\"subject\":\"s\",\"x\":\"x\","
     "\"values\":[[1]]}]",
     "series n: a value is no pair"},
    {"\"is_quick\":true", "\"is_quick\":true,\"bugs\":{}", "\"bugs\" is no object, or empty"},
    {"\"is_quick\":true", "\"is_quick\":true,\"fuzz\":{\"corpus_files\":[1]}",
     "\"fuzz\": \"corpus_files\" is no number"},
    {"number 1", "number \xc3(", "it is not UTF-8"},
    {"\"is_quick\":true", "\"is_quick\":true,,", "no JSON from byte "},
};

/* Each in the second line of three: the other two are read. */
TEST(damage, is_told_with_its_line_and_passed_over)
{
    for (size_t i = 0; i < sizeof damages / sizeof damages[0]; i++) {
        struct history history;
        char lines[3][LINE_BYTES];
        char text[3 * LINE_BYTES + 8];

        changed_line(0, "number 0", "number 0", lines[0]);
        changed_line(1, damages[i].from, damages[i].to, lines[1]);
        changed_line(2, "number 2", "number 2", lines[2]);
        (void)snprintf(text, sizeof text, "%s\n%s\n%s\n", lines[0], lines[1], lines[2]);
        char *complaints = read_text(&history, "damaged.jsonl", text, strlen(text));

        if (!CHECK_EQ(history.record_count, 2) || !CHECK_EQ(history.damaged_count, 1) ||
            !CHECK(strstr(complaints, "damaged.jsonl:2: ") != NULL) ||
            !CHECK(strstr(complaints, damages[i].reason) != NULL)) {
            printf("%s -> %s: %s\n", damages[i].from, damages[i].to, complaints);
        }
        free(complaints);
        history_free(&history);
    }
}

/* The canary of the above: nothing is wrong with the record that is bent. */
TEST(damage, is_not_seen_where_there_is_none)
{
    struct history history;
    char line[LINE_BYTES];

    changed_line(1, "\"is_quick\":true", "\"is_quick\":true,\"what_comes\":{\"later\":[]}", line);
    char *complaints = read_text(&history, "whole.jsonl", line, strlen(line));

    CHECK_EQ(history.record_count, 1);
    CHECK_EQ(history.damaged_count, 0);
    CHECK_EQ(complaints[0], '\0');
    free(complaints);
    history_free(&history);
}

TEST(damage, of_bytes_is_told)
{
    static const char nul[] = "{\"schema\":\0}\n\n  \nabc\n{\"schema\":\"heap";
    struct history history;
    char *complaints = read_text(&history, "bytes.jsonl", nul, sizeof nul - 1);

    CHECK(strstr(complaints, "bytes.jsonl:1: it contains a NUL") != NULL);
    CHECK(strstr(complaints, "bytes.jsonl:4: no JSON from byte 1") != NULL);
    CHECK(strstr(complaints, "bytes.jsonl:5: ") != NULL);
    CHECK(strstr(complaints, "the line has no end") != NULL);
    CHECK_EQ(history.damaged_count, 3); /* blank lines are no damage */
    free(complaints);
    history_free(&history);
}

TEST(file, that_is_missing_is_an_error)
{
    struct history history = {0};
    char *complaints = NULL;
    size_t bytes = 0;
    FILE *out = open_memstream(&complaints, &bytes);

    CHECK(!history_read(&history, "/nonexistent.jsonl", out));
    (void)fclose(out);
    CHECK(strstr(complaints, "/nonexistent.jsonl: ") != NULL);
    free(complaints);
    history_free(&history);
}

/* -- order ------------------------------------------------------------------------------------ */

TEST(order, is_that_of_commits)
{
    static const unsigned commits[] = {30, 2, 17, 0, 5};
    struct history history;
    char text[5 * LINE_BYTES] = "";
    unsigned last = 0;

    for (size_t i = 0; i < 5; i++) {
        const struct scratch_record record = scratch_plain(commits[i], 1);

        scratch_line(&record, text + strlen(text), LINE_BYTES);
        scratch_end_line(text);
    }
    char *complaints = read_text(&history, "order.jsonl", text, strlen(text));

    CHECK_EQ(history.record_count, 5);
    for (size_t i = 0; i < history.record_count; i++) {
        const unsigned commit = (unsigned)strtoul(history.records[i].commit + 32, NULL, 16);

        CHECK(commit > last);
        last = commit;
    }
    free(complaints);
    history_free(&history);
}

/* A rebase gives many commits one second; only the parents know their order. */
TEST(order, of_one_second_is_by_parents)
{
    struct history history;
    char text[5 * LINE_BYTES] = "";
    static const unsigned commits[] = {3, 1, 4, 2, 0};

    for (size_t i = 0; i < 5; i++) {
        char date[40];

        (void)snprintf(date, sizeof date, "\"commit_date\":\"2026-01-01T%02u", commits[i]);
        char *line = text + strlen(text);

        changed_line(commits[i], date, "\"commit_date\":\"2026-01-01T00", line);
        scratch_end_line(text);
        /* Ids in an order that is not theirs: number n becomes 9 - n. */
        for (unsigned id = 0; id < 2; id++) {
            char *digit = strstr(line, id == 0 ? "\"commit\":\"" : "\"parent\":\"") + 10;

            if (*digit == '0') {
                digit[39] = (char)('0' + 9 - (digit[39] - '0'));
            }
        }
    }
    char *complaints = read_text(&history, "second.jsonl", text, strlen(text));

    if (CHECK_EQ(history.record_count, 5)) {
        for (size_t i = 0; i < 5; i++) {
            CHECK_EQ(history.records[i].commit[39], '0' + 8 - (int)i);
        }
    }
    free(complaints);
    history_free(&history);
}

TEST(order, has_each_record_once)
{
    struct history history;
    char text[3 * LINE_BYTES + 8];
    char lines[2][LINE_BYTES];

    changed_line(1, "number 1", "number 1", lines[0]);
    changed_line(1, "2.5,2.5,2.5", "2.5,2.5,2.4", lines[1]);
    (void)snprintf(text, sizeof text, "%s\n%s\n%s\n", lines[0], lines[0], lines[1]);
    char *complaints = read_text(&history, "twice.jsonl", text, strlen(text));

    CHECK_EQ(history.record_count, 1);
    CHECK_EQ(history.damaged_count, 1); /* the same line twice is none */
    CHECK(strstr(complaints, "twice.jsonl:3: commit, date and machine of") != NULL);
    free(complaints);
    history_free(&history);
}

/* -- machines --------------------------------------------------------------------------------- */

static void fingerprint_of(const char *from, const char *to, char fingerprint[17])
{
    struct history history;
    char line[LINE_BYTES];

    changed_line(1, from, to, line);
    char *complaints = read_text(&history, "machine.jsonl", line, strlen(line));

    if (CHECK_EQ(history.record_count, 1)) {
        (void)snprintf(fingerprint, 17, "%s", history.records[0].fingerprint);
    }
    free(complaints);
    history_free(&history);
}

TEST(fingerprint, tells_machines_apart)
{
    static const char *const others[][2] = {
        {"A processor", "Another processor"},
        {"\"cores\":2", "\"cores\":4"},
        {"Linux 6.1.0-13", "Linux 6.2.0-13"},
        {"Linux 6.1.0-13", "Linux 5.1.0-13"},
        {"Clang 19", "Clang 20"},
        {"-O3", "-O2"},
        {"\"glibc\":\"2.36\"", "\"glibc\":\"2.37\""},
        {"\"glibc\":\"2.36\"", "\"glibc\":\"2.36\",\"jemalloc\":\"5.3.0\""},
        {"\"compiler\":\"Clang 19\",\"flags\":\"-O3\"",
         "\"compiler\":\"Clang 19-O3\",\"flags\":\"\""},
    };
    char first[17] = "";
    char other[17] = "";

    fingerprint_of("number 1", "number 1", first);
    CHECK_EQ(strlen(first), 16);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fingerprint_of(others[i][0], others[i][1], other);
        CHECK(strcmp(first, other) != 0);
    }
}

TEST(fingerprint, is_the_same_for_what_does_not_count)
{
    static const char *const same[][2] = {
        {"\"load\":0.1", "\"load\":7"},
        {"6.1.0-13-amd64", "6.1.99-1-amd64"},
        {"\"is_quick\":true", "\"is_quick\":false"},
        {"number 1", "another title"},
    };
    char first[17] = "";
    char other[17] = "";
    char orders[2][17];

    fingerprint_of("number 1", "number 1", first);
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        fingerprint_of(same[i][0], same[i][1], other);
        CHECK(strcmp(first, other) == 0);
    }
    fingerprint_of("\"glibc\":\"2.36\"", "\"a\":\"1\",\"b\":\"2\"", orders[0]);
    fingerprint_of("\"glibc\":\"2.36\"", "\"b\":\"2\",\"a\":\"1\"", orders[1]);
    CHECK(strcmp(orders[0], orders[1]) == 0);
}

/* The page's field of that name is not taken from a record. */
TEST(fingerprint, of_a_record_is_not_believed)
{
    struct history history;
    char line[LINE_BYTES];

    changed_line(1, "\"is_quick\":true", "\"is_quick\":true,\"fingerprint\":\"0\"", line);
    char *complaints = read_text(&history, "believed.jsonl", line, strlen(line));

    CHECK(history.record_count == 1 && strstr(history.records[0].line, "fingerprint") == NULL);
    free(complaints);
    history_free(&history);
}

TEST(series, are_of_one_machine_and_one_point_a_commit)
{
    struct history history;
    struct series_set set;
    char text[6 * LINE_BYTES] = "";

    for (unsigned i = 0; i < 6; i++) {
        struct scratch_record record = scratch_plain(i % 3, 10 + i);
        char *line = text + strlen(text);

        record.cpu = i == 5 ? "Another processor" : record.cpu;
        scratch_line(&record, line, LINE_BYTES);
        if (i >= 3) { /* the same commit on another day */
            memcpy(strstr(line, "\"date\":\"2026-02"), "\"date\":\"2026-03", 15);
        }
        scratch_end_line(text);
    }
    char *complaints = read_text(&history, "series.jsonl", text, strlen(text));

    CHECK_EQ(complaints[0], '\0');
    series_collect(&set, &history);
    if (CHECK_EQ(set.count, 2)) {
        CHECK_EQ(set.items[0].count, 3);
        CHECK_EQ(set.items[0].points[0].sample_count, 6);
        CHECK(set.items[0].points[0].median == 11.5);
        CHECK_EQ(set.items[0].points[2].sample_count, 3);
        CHECK_EQ(set.items[1].count, 1);
        CHECK(strcmp(set.items[0].fingerprint, set.items[1].fingerprint) != 0);
    }
    series_free(&set);
    free(complaints);
    history_free(&history);
}

TEST(series, have_nothing_of_uncommitted_changes)
{
    struct history history;
    struct series_set set;
    char line[LINE_BYTES];

    changed_line(1, "\"is_dirty\":false", "\"is_dirty\":true", line);
    char *complaints = read_text(&history, "dirty.jsonl", line, strlen(line));

    CHECK_EQ(history.record_count, 1);
    series_collect(&set, &history);
    CHECK_EQ(set.count, 0);
    series_free(&set);
    free(complaints);
    history_free(&history);
}

TESTS_BEGIN
ENTRY(damage, is_told_with_its_line_and_passed_over)
ENTRY(damage, is_not_seen_where_there_is_none)
ENTRY(damage, of_bytes_is_told)
ENTRY(file, that_is_missing_is_an_error)
ENTRY(order, is_that_of_commits)
ENTRY(order, of_one_second_is_by_parents)
ENTRY(order, has_each_record_once)
ENTRY(fingerprint, tells_machines_apart)
ENTRY(fingerprint, is_the_same_for_what_does_not_count)
ENTRY(fingerprint, of_a_record_is_not_believed)
ENTRY(series, are_of_one_machine_and_one_point_a_commit)
ENTRY(series, have_nothing_of_uncommitted_changes)
TESTS_END
