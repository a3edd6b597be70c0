/* SPDX-License-Identifier: MIT
 *
 * Appending: many writers at once lose nothing and tear nothing, what a crash has left does no
 * harm, and what is no record line is not written.
 */
#define SUITE "history.append"
#include "check.h"

#include "append.h"
#include "scratch.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define WRITER_COUNT 12
#define LINE_COUNT   40
#define FILLER_BYTES 9000 /* more than a page, or a pipe, takes at once */

typedef bool append_line(const char *path, const char *line);

static bool append_well(const char *path, const char *line)
{
    char error[300];

    return history_append(path, line, error, sizeof error);
}

/* As somebody would write it who thinks of one writer: piece by piece, without a lock. */
static bool append_badly(const char *path, const char *line)
{
    const int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0666);
    const size_t half = strlen(line) / 2;
    const bool ok = file >= 0 && write(file, line, half) == (ssize_t)half && usleep(50) == 0 &&
                    write(file, line + half, strlen(line) - half) > 0 && write(file, "\n", 1) == 1;

    (void)close(file);
    return ok;
}

static bool write_lines(const char *path, unsigned writer, append_line *append)
{
    static char line[FILLER_BYTES + 100];
    char filler[FILLER_BYTES];
    bool ok = true;

    memset(filler, 'a' + (int)writer, sizeof filler - 1);
    filler[sizeof filler - 1] = '\0';
    for (unsigned i = 0; i < LINE_COUNT; i++) {
        (void)snprintf(line, sizeof line, "{\"writer\":%u,\"line\":%u,\"filler\":\"%s\"}", writer,
                       i, filler);
        ok = append(path, line) && ok;
    }
    return ok;
}

/* All writers at once; false where one of them failed. */
static bool run_writers(const char *path, append_line *append)
{
    bool ok = true;
    int status = 0;

    (void)unlink(path);
    for (unsigned writer = 0; writer < WRITER_COUNT; writer++) {
        const pid_t child = fork();

        if (child == 0) {
            _exit(write_lines(path, writer, append) ? 0 : 1);
        }
        ok = ok && child > 0;
    }
    while (wait(&status) > 0) {
        ok = ok && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    }
    return ok;
}

/* Lines that are whole, none twice. */
static size_t count_whole_lines(const char *path)
{
    static bool seen[WRITER_COUNT][LINE_COUNT];
    size_t length = 0;
    size_t count = 0;
    char *text = scratch_read(path, &length);

    memset(seen, 0, sizeof seen);
    for (char *line = text; *line != '\0';) {
        const size_t line_length = strcspn(line, "\n");

        line[line_length] = '\0';
        cJSON *json = cJSON_ParseWithOpts(line, NULL, true);
        const cJSON *writer = cJSON_GetObjectItem(json, "writer");
        const cJSON *number = cJSON_GetObjectItem(json, "line");
        const cJSON *filler = cJSON_GetObjectItem(json, "filler");

        if (writer != NULL && number != NULL && filler != NULL &&
            strlen(filler->valuestring) == FILLER_BYTES - 1 &&
            !seen[writer->valueint][number->valueint]) {
            seen[writer->valueint][number->valueint] = true;
            count++;
        }
        cJSON_Delete(json);
        line += line_length + 1;
    }
    free(text);
    return count;
}

TEST(writers, lose_nothing)
{
    const char *path = scratch_path("concurrent.jsonl");

    CHECK(run_writers(path, append_well));
    CHECK_EQ(count_whole_lines(path), WRITER_COUNT * LINE_COUNT);
}

/* The canary: the same judge sees what is lost without the lock. */
TEST(writers, without_a_lock_are_noticed)
{
    const char *path = scratch_path("canary.jsonl");

    CHECK(run_writers(path, append_badly));
    CHECK(count_whole_lines(path) < WRITER_COUNT * LINE_COUNT);
}

TEST(torn_line, is_ended_first)
{
    const char *path = scratch_path("torn.jsonl");
    char error[300];
    size_t length = 0;

    scratch_write(path, "{\"a\":1}\n{\"b\":", 13);
    CHECK(history_append(path, "{\"c\":3}", error, sizeof error));
    char *text = scratch_read(path, &length);

    CHECK(strcmp(text, "{\"a\":1}\n{\"b\":\n{\"c\":3}\n") == 0);
    free(text);
}

TEST(line, that_is_none_is_refused)
{
    static const char *const lines[] = {"",           "{\"a\":1}\n", "{\"a\":\n1}", "{\"a\":1} x",
                                        "{\"a\":1",   "[1]",         "1",           "{\"a\":1}\r",
                                        "{}\n{\"a\"}"};
    const char *path = scratch_path("refused.jsonl");
    char error[300];

    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        CHECK(!history_append(path, lines[i], error, sizeof error));
        CHECK(strstr(error, "refused.jsonl") != NULL);
    }
    CHECK(access(path, F_OK) != 0);
}

TEST(file, that_cannot_be_written_is_named)
{
    char error[300] = "";

    CHECK(!history_append("/nonexistent/history.jsonl", "{}", error, sizeof error));
    CHECK(strstr(error, "/nonexistent/history.jsonl: ") != NULL);
    CHECK(!history_append("/dev/full", "{}", error, sizeof error));
    CHECK(strstr(error, "/dev/full: ") != NULL);
}

/* A file-size limit stands for a full disk: half a line must not stay. */
TEST(full_disk, leaves_nothing_behind)
{
    const char *path = scratch_path("full.jsonl");
    char line[200];
    char error[300];
    size_t length = 0;

    memset(line, 'x', sizeof line);
    memcpy(line, "{\"a\":\"", 6);
    memcpy(line + sizeof line - 3, "\"}", 3);
    CHECK(history_append(path, "{\"b\":1}", error, sizeof error));
    const pid_t child = fork();

    if (child == 0) {
        const struct rlimit limit = {100, 100};

        (void)signal(SIGXFSZ, SIG_IGN);
        _exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 && !append_well(path, line) ? 0 : 1);
    }
    int status = 1;

    CHECK(waitpid(child, &status, 0) == child && status == 0);
    char *text = scratch_read(path, &length);

    CHECK(strcmp(text, "{\"b\":1}\n") == 0);
    free(text);
}

TESTS_BEGIN
ENTRY(writers, lose_nothing)
ENTRY(writers, without_a_lock_are_noticed)
ENTRY(torn_line, is_ended_first)
ENTRY(line, that_is_none_is_refused)
ENTRY(file, that_cannot_be_written_is_named)
ENTRY(full_disk, leaves_nothing_behind)
TESTS_END
