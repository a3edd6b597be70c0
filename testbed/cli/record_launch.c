/* SPDX-License-Identifier: MIT
 *
 * fork and exec. That the program could not be executed is told apart from what it does itself by a
 * pipe that closes on exec, and carries errno otherwise.
 */
#include "record_launch.h"

#include "recorder/event.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define LIBRARY_VARIABLE "HEAPBED_RECORD_LIBRARY"
#define LIBRARY_NAME     "libheapbed_record.so"
#define PATH_BYTES       4096

static bool path_is_readable(const char *path)
{
    return access(path, R_OK) == 0;
}

/* Beside the program where it was built; in the library folder where it was installed. */
static bool find_beside_program(char *path, size_t path_bytes)
{
    static const char *const places[] = {"/", "/../lib/heapbed/"};
    char program[PATH_BYTES];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0) {
        return false;
    }
    program[length] = '\0';
    *strrchr(program, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof places[0]; ++i) {
        int bytes = snprintf(path, path_bytes, "%s%s" LIBRARY_NAME, program, places[i]);
        if ((size_t)bytes < path_bytes && path_is_readable(path)) {
            return true;
        }
    }
    return false;
}

bool hb_launch_find_library(char *path, size_t path_bytes, char *error, size_t error_bytes)
{
    const char *given = getenv(LIBRARY_VARIABLE);
    if (given == NULL && !find_beside_program(path, path_bytes)) {
        snprintf(error, error_bytes,
                 LIBRARY_NAME " is not beside this program; build it, or set " LIBRARY_VARIABLE
                              " to its path");
        return false;
    }
    if (given != NULL) {
        int bytes = snprintf(path, path_bytes, "%s", given);
        if ((size_t)bytes >= path_bytes || given[0] != '/' || !path_is_readable(path)) {
            snprintf(error, error_bytes,
                     LIBRARY_VARIABLE "=%s: it must be the absolute path of a readable file",
                     given);
            return false;
        }
    }
    if (strpbrk(path, ": ") != NULL) {
        snprintf(error, error_bytes,
                 "%s: the dynamic linker cannot preload a path with a colon or a space; copy it "
                 "elsewhere and set " LIBRARY_VARIABLE,
                 path);
        return false;
    }
    return true;
}

static bool set_variables(const char *library, const char *events_path)
{
    const char *before = getenv("LD_PRELOAD");
    char *preload = NULL;
    int bytes = before == NULL || before[0] == '\0' ? asprintf(&preload, "%s", library)
                                                    : asprintf(&preload, "%s:%s", library, before);
    bool is_set = bytes >= 0 && setenv("LD_PRELOAD", preload, 1) == 0 &&
                  setenv(HB_EVENTS_VARIABLE, events_path, 1) == 0;
    if (bytes >= 0) {
        free(preload);
    }
    return is_set;
}

/* In the child: becomes the program, or reports errno and ends. */
static void become_program(const char *library, const char *events_path, char *const *argv,
                           int report)
{
    int reason = ENOMEM;
    if (set_variables(library, events_path)) {
        execvp(argv[0], argv);
        reason = errno;
    }
    ssize_t written = write(report, &reason, sizeof reason);
    _exit(written == (ssize_t)sizeof reason ? 127 : 126);
}

static volatile sig_atomic_t child_process;

static void pass_on(int number)
{
    if (child_process > 0) {
        kill((pid_t)child_process, number);
    }
}

static const int watched_signals[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
#define WATCHED_COUNT (sizeof watched_signals / sizeof watched_signals[0])

/* The terminal sends SIGINT and SIGQUIT to the program as well: here they only must not kill. */
static void watch_signals(struct sigaction before[WATCHED_COUNT])
{
    for (size_t i = 0; i < WATCHED_COUNT; ++i) {
        int number = watched_signals[i];
        bool is_terminals = number == SIGINT || number == SIGQUIT;
        struct sigaction action = {.sa_flags = SA_RESTART};
        action.sa_handler = is_terminals ? SIG_IGN : pass_on;
        sigaction(number, &action, &before[i]);
    }
}

static void restore_signals(const struct sigaction before[WATCHED_COUNT])
{
    for (size_t i = 0; i < WATCHED_COUNT; ++i) {
        sigaction(watched_signals[i], &before[i], NULL);
    }
}

/* errno of an exec that failed; 0 where the pipe closed without a word. */
static int read_report(int report)
{
    int reason = 0;
    ssize_t got;
    do {
        got = read(report, &reason, sizeof reason);
    } while (got < 0 && errno == EINTR);
    return got == (ssize_t)sizeof reason ? reason : 0;
}

static int wait_for(pid_t process)
{
    int status = 0;
    while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

static void block_watched_signals(sigset_t *before)
{
    sigset_t watched;
    sigemptyset(&watched);
    for (size_t i = 0; i < WATCHED_COUNT; ++i) {
        sigaddset(&watched, watched_signals[i]);
    }
    sigprocmask(SIG_BLOCK, &watched, before);
}

/* Forks the child that becomes the program; signals wait until the handler knows whom to pass them
 * on to. Returns the child, or -1. */
static pid_t start(const char *library, const char *events_path, char *const *argv, int report,
                   struct sigaction before[WATCHED_COUNT])
{
    sigset_t mask;
    block_watched_signals(&mask);
    pid_t process = fork();
    if (process == 0) {
        sigprocmask(SIG_SETMASK, &mask, NULL);
        become_program(library, events_path, argv, report);
    }
    child_process = process;
    watch_signals(before);
    sigprocmask(SIG_SETMASK, &mask, NULL);
    return process;
}

bool hb_launch(const char *library, const char *events_path, char *const *argv, int *wait_status,
               char *error, size_t error_bytes)
{
    int report[2];
    int reason = 0;
    struct sigaction before[WATCHED_COUNT];
    if (pipe2(report, O_CLOEXEC) != 0) {
        snprintf(error, error_bytes, "cannot make a pipe: %s", strerror(errno));
        return false;
    }
    pid_t process = start(library, events_path, argv, report[1], before);
    close(report[1]);
    if (process > 0) {
        reason = read_report(report[0]);
        *wait_status = wait_for(process);
    }
    close(report[0]);
    restore_signals(before);
    if (process < 0) {
        snprintf(error, error_bytes, "cannot start another process");
    } else if (reason != 0) {
        snprintf(error, error_bytes, "cannot run %s: %s", argv[0], strerror(reason));
    }
    return process > 0 && reason == 0;
}
