/* SPDX-License-Identifier: MIT
 *
 * A process group of its own keeps a Ctrl-C at the terminal from the children, so that the
 * supervisor can stop them in order; the parent-death signal takes them along if it is killed.
 */
#include "process.h"

#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMPLAIN_SECONDS 30.0
#define LOG_BYTES_MAX    (4 << 20)

static void reset_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
    (void)signal(SIGINT, SIG_DFL);
    (void)signal(SIGTERM, SIG_DFL);
}

_Noreturn static void become(const char *const *argv, const char *const *variables, const char *log,
                             pid_t parent)
{
    (void)setpgid(0, 0);
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(127); /* it died before the line above */
    }
    reset_signals();
    const int nothing = open("/dev/null", O_RDONLY);
    const int output = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    if (nothing < 0 || output < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 ||
        dup2(output, 2) < 0) {
        _exit(127);
    }
    (void)close(nothing);
    (void)close(output);
    for (; *variables != NULL; variables++) {
        if (putenv((char *)(uintptr_t)*variables) != 0) {
            _exit(127);
        }
    }
    (void)execvp(argv[0], (char *const *)(uintptr_t)argv);
    fprintf(stderr, "cannot run %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

/* Who has no process tries again soon, and need not say so every time. */
static void complain_of_none(void)
{
    static double complained_at = -COMPLAIN_SECONDS;
    const int reason = errno;
    const double now = seconds_now();
    if (now - complained_at >= COMPLAIN_SECONDS) {
        complain("cannot start a process: %s; tried again", strerror(reason));
        complained_at = now;
    }
}

/* A campaign of days starts a program a thousand times: what its log begins with goes then. */
static void cut_log(const char *log)
{
    struct stat status;
    if (stat(log, &status) == 0 && status.st_size > LOG_BYTES_MAX) {
        char *old = text_format("%s.old", log);
        (void)rename(log, old);
        free(old);
    }
}

pid_t process_start(const char *const *argv, const char *const *variables, const char *log)
{
    cut_log(log);
    const pid_t parent = getpid();
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        become(argv, variables, log, parent);
    }
    if (child < 0) {
        complain_of_none();
        return -1;
    }
    (void)setpgid(child, child); /* here too: whoever comes first */
    return child;
}

bool process_ended(pid_t process, int *status)
{
    return waitpid(process, status, WNOHANG) == process;
}

void process_signal(pid_t process, int signal_number)
{
    if (kill(-process, signal_number) != 0) {
        (void)kill(process, signal_number);
    }
}

/* proc(5): after the name, which is in brackets and may hold anything, come state and numbers; the
 * four times are the 12th to 15th of these. */
double process_cpu_seconds(pid_t process)
{
    char path[64];
    char text[1024] = "";
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)process);
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        return 0;
    }
    const size_t byte_count = fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    text[byte_count] = '\0';
    char *at = strrchr(text, ')');
    double ticks = 0;
    for (unsigned field = 0; at != NULL && field < 15; field++) {
        at = strchr(at + 1, ' ');
        if (at != NULL && field >= 11) {
            ticks += (double)strtoull(at, NULL, 10);
        }
    }
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

double load_factor(void)
{
    double load = 0;
    const double processors = (double)sysconf(_SC_NPROCESSORS_ONLN);
    if (getloadavg(&load, 1) != 1 || processors < 1 || load < processors) {
        return 1;
    }
    return load / processors < 8 ? load / processors : 8;
}

void sleep_seconds(double seconds)
{
    const struct timespec pause = {.tv_sec = (time_t)seconds,
                                   .tv_nsec = (long)((seconds - (double)(time_t)seconds) * 1e9)};
    (void)nanosleep(&pause, NULL);
}
