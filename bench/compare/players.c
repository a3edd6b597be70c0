/* SPDX-License-Identifier: MIT
 *
 * A child and two pipes. players.h says what for.
 */
#include "players.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static bool player_fail(struct player *player, const char *reason)
{
    (void)snprintf(player->error, sizeof player->error, "%s", reason);
    return false;
}

/* Both versions have the variable, and of one length: what the environment takes moves the stack.
 */
static void set_burden(unsigned burden)
{
    char text[16];

    (void)snprintf(text, sizeof text, "%09u", burden);
    (void)setenv("HEAPBED_BURDEN", text, 1);
}

static bool spawn(struct player *player, char *const *arguments, const int *questions,
                  const int *answers)
{
    posix_spawn_file_actions_t actions;

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_adddup2(&actions, questions[0], STDIN_FILENO);
    (void)posix_spawn_file_actions_adddup2(&actions, answers[1], STDOUT_FILENO);
    const bool ok =
        posix_spawn(&player->process, arguments[0], &actions, NULL, arguments, environ) == 0;

    (void)posix_spawn_file_actions_destroy(&actions);
    return ok;
}

bool player_start(struct player *player, const char *program, const char *module, const char *row,
                  unsigned burden)
{
    int questions[2];
    int answers[2];

    memset(player, 0, sizeof *player);
    if (pipe2(questions, O_CLOEXEC) != 0) {
        return player_fail(player, strerror(errno));
    }
    if (pipe2(answers, O_CLOEXEC) != 0) {
        (void)close(questions[0]);
        (void)close(questions[1]);
        return player_fail(player, strerror(errno));
    }
    char *arguments[] = {strdup(program), strdup(module), strdup(row), NULL};

    set_burden(burden);
    const bool ok = arguments[0] != NULL && arguments[1] != NULL && arguments[2] != NULL &&
                    spawn(player, arguments, questions, answers);

    for (size_t i = 0; i < 3; i++) {
        free(arguments[i]);
    }
    (void)close(questions[0]);
    (void)close(answers[1]);
    player->questions = questions[1];
    player->answers = answers[0];
    if (!ok) {
        (void)close(player->questions);
        (void)close(player->answers);
        player->process = 0;
        return player_fail(player, "cannot be started");
    }
    return true;
}

/* The next line that it says; what it says when it breaks off is the reason. */
static bool player_read(struct player *player, char *line, size_t line_bytes)
{
    size_t length = 0;

    while (length + 1 < line_bytes) {
        const ssize_t got = read(player->answers, line + length, 1);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0 || line[length] == '\n') {
            break;
        }
        length++;
    }
    line[length] = '\0';
    if (length == 0) {
        return player_fail(player, "it broke off without a word");
    }
    return true;
}

bool player_wait(struct player *player)
{
    char line[sizeof player->error];

    if (!player_read(player, line, sizeof line)) {
        return false;
    }
    return strcmp(line, "ready") == 0 || player_fail(player, line);
}

bool player_ask(struct player *player, size_t calls, double *nanoseconds)
{
    char line[sizeof player->error];
    char *end = NULL;

    if (dprintf(player->questions, "%zu\n", calls) < 0 || !player_read(player, line, sizeof line)) {
        return player_fail(player, "it broke off");
    }
    *nanoseconds = strtod(line, &end);
    return *end == '\0' || player_fail(player, line);
}

void player_end(struct player *player)
{
    if (player->process == 0) {
        return;
    }
    (void)close(player->questions);
    (void)close(player->answers);
    (void)kill(player->process, SIGKILL);
    (void)waitpid(player->process, NULL, 0);
    player->process = 0;
}
