/* SPDX-License-Identifier: MIT
 *
 * Runs other programs by posix_spawn.
 */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h> /* NOLINT(readability-duplicate-include): the system's */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int status_of(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0) {
        if (errno != EINTR) {
            perror("bed: waitpid");
            return -1;
        }
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Output to descriptor, complaints to the other one; -1 leaves them as they are. */
static pid_t start(const char *const *argv, const char *folder, int out, int err)
{
    posix_spawn_file_actions_t actions;
    pid_t process = -1;
    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
    if (err >= 0) {
        (void)posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
    }
    if (folder != NULL) {
        (void)posix_spawn_file_actions_addchdir_np(&actions, folder);
    }
    const int error =
        posix_spawnp(&process, argv[0], &actions, NULL, (char *const *)(uintptr_t)argv, environ);
    (void)posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
        (void)fprintf(stderr, "bed: %s: %s\n", argv[0], strerror(error));
        return -1;
    }
    return process;
}

int cli_run(const char *const *argv, const char *folder, const char *log_path)
{
    const int log = open(log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (log < 0) {
        (void)fprintf(stderr, "bed: %s: %s\n", log_path, strerror(errno));
        return -1;
    }
    const pid_t process = start(argv, folder, log, log);
    (void)close(log);
    return process < 0 ? -1 : status_of(process);
}

char *cli_capture(const char *const *argv, bool is_quiet)
{
    int ends[2];
    char *text = NULL;
    size_t count = 0;
    const int nowhere = is_quiet ? open("/dev/null", O_WRONLY | O_CLOEXEC) : -1;
    FILE *memory = open_memstream(&text, &count);
    if (memory == NULL || pipe2(ends, O_CLOEXEC) != 0) {
        perror("bed");
        return NULL;
    }
    const pid_t process = start(argv, NULL, ends[1], nowhere);
    (void)close(ends[1]);
    if (nowhere >= 0) {
        (void)close(nowhere);
    }
    char part[4096];
    for (ssize_t n; (n = read(ends[0], part, sizeof part)) != 0;) {
        if (n < 0 && errno != EINTR) {
            break;
        }
        (void)fwrite(part, 1, n > 0 ? (size_t)n : 0, memory);
    }
    (void)close(ends[0]);
    const bool ok = fclose(memory) == 0 && process >= 0 && status_of(process) == 0;
    if (!ok) {
        free(text);
        return NULL;
    }
    while (count > 0 && text[count - 1] == '\n') {
        text[--count] = '\0';
    }
    return text;
}
