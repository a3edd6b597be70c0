/* SPDX-License-Identifier: MIT
 *
 * Running children. jobs.h says what for.
 */
#include "jobs.h"

#include "file.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

void job_add(struct job *job, const char *format, ...)
{
    char text[JOB_TEXT_MAX];
    va_list values;

    va_start(values, format);
    (void)vsnprintf(text, sizeof text, format, values);
    va_end(values);
    char *copy = job->argument_count < JOB_ARGUMENTS_MAX ? strdup(text) : NULL;

    if (copy == NULL) {
        job->is_short_of_memory = true; /* and will not be started */
        return;
    }
    job->arguments[job->argument_count++] = copy;
}

void job_clear(struct job *job)
{
    for (size_t i = 0; i < job->argument_count; i++) {
        free(job->arguments[i]);
    }
    job->argument_count = 0;
}

/* -- interrupts ------------------------------------------------------------------------------- */

static volatile sig_atomic_t was_interrupted;

static void interrupt(int number)
{
    (void)number;
    was_interrupted = 1;
}

void jobs_watch_interrupts(void)
{
    struct sigaction action = {.sa_handler = interrupt}; /* no SA_RESTART: wait returns */

    (void)sigemptyset(&action.sa_mask);
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
}

bool jobs_were_interrupted(void)
{
    return was_interrupted != 0;
}

/* -- one job ---------------------------------------------------------------------------------- */

/* The environment of this process, with LD_PRELOAD as the job wants it, and symbols bound at the
 * start: what binding costs is nobody's call. */
static char **job_environment(const struct job *job)
{
    static char preload[JOB_TEXT_MAX + 16];
    static char bind_now[] = "LD_BIND_NOW=1";
    size_t count = 0;
    size_t kept = 0;

    while (environ[count] != NULL) {
        count++;
    }
    char **variables = calloc(count + 3, sizeof *variables);

    if (variables == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (strncmp(environ[i], "LD_PRELOAD=", 11) != 0) {
            variables[kept++] = environ[i];
        }
    }
    variables[kept++] = bind_now;
    if (job->preload != NULL) {
        (void)snprintf(preload, sizeof preload, "LD_PRELOAD=%s", job->preload);
        variables[kept] = preload;
    }
    return variables;
}

static bool job_start(struct job *job)
{
    posix_spawn_file_actions_t actions;
    char **variables = job_environment(job);

    (void)posix_spawn_file_actions_init(&actions);
    (void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    (void)posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, job->output,
                                           O_WRONLY | O_CREAT | O_TRUNC, 0600);
    const bool ok = variables != NULL && !job->is_short_of_memory && job->arguments[0] != NULL &&
                    posix_spawnp(&job->process, job->arguments[0], &actions, NULL, job->arguments,
                                 variables) == 0;
    (void)posix_spawn_file_actions_destroy(&actions);
    free(variables);
    if (!ok) {
        (void)fprintf(stderr, "bench: %s: cannot start %s\n", job->what, job->arguments[0]);
        job->process = 0;
    }
    return ok;
}

/* -- many ------------------------------------------------------------------------------------- */

static void jobs_end(struct job *jobs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (jobs[i].process > 0) {
            (void)kill(jobs[i].process, SIGKILL);
            (void)waitpid(jobs[i].process, NULL, 0);
            jobs[i].process = 0;
        }
    }
}

/* The next of the jobs to end. */
static struct job *jobs_wait(struct job *jobs, size_t count)
{
    int status = 0;
    const pid_t process = wait(&status);

    for (size_t i = 0; process > 0 && i < count; i++) {
        if (jobs[i].process != process) {
            continue;
        }
        jobs[i].process = 0;
        jobs[i].has_failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
        if (WIFSIGNALED(status)) {
            (void)fprintf(stderr, "\nbench: %s: %s: %s\n", jobs[i].what, jobs[i].arguments[0],
                          strsignal(WTERMSIG(status)));
        }
        return &jobs[i];
    }
    return NULL;
}

/* Without a terminal only where one more is done. */
static void show_progress(const char *phase, size_t done_count, size_t count, const char *what,
                          bool is_news)
{
    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r\033[Kbench: %s: %zu of %zu, %s", phase, done_count, count, what);
    } else if (is_news && done_count % (count / 4 + 1) == 0) {
        (void)fprintf(stderr, "bench: %s: %zu of %zu\n", phase, done_count, count);
    }
}

/* Processor time of all children that have ended. */
static double cpu_seconds(void)
{
    struct rusage usage;

    (void)getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

static void show_end(const char *phase, size_t count, time_t seconds, double cpu)
{
    (void)fprintf(stderr, "%sbench: %s: %zu in %lld s, %.0f s of processor time\n",
                  isatty(STDERR_FILENO) ? "\r\033[K" : "", phase, count, (long long)seconds, cpu);
}

bool jobs_run(struct job *jobs, size_t count, size_t at_once, const char *phase,
              bool (*done)(void *context, const struct job *job), void *context)
{
    size_t started_count = 0;
    size_t told_count = SIZE_MAX;
    const time_t begin = time(NULL);
    const double cpu_begin = cpu_seconds();

    for (size_t done_count = 0; done_count < count; done_count++) {
        bool ok = true;

        while (ok && started_count < count && started_count - done_count < at_once) {
            show_progress(phase, done_count, count, jobs[started_count].what,
                          done_count != told_count);
            told_count = done_count;
            ok = job_start(&jobs[started_count++]);
        }
        const struct job *ended = ok ? jobs_wait(jobs, started_count) : NULL;

        /* What a child says that Ctrl-C has ended is nobody's fault. */
        if (ended == NULL || was_interrupted || !done(context, ended)) {
            jobs_end(jobs, started_count);
            return false;
        }
    }
    if (count != 0) {
        show_end(phase, count, time(NULL) - begin, cpu_seconds() - cpu_begin);
    }
    return true;
}

char *text_read(const char *path)
{
    struct hb_bytes bytes = {NULL, 0};
    char error[JOB_TEXT_MAX + 200] = "";

    if (!hb_file_read(path, &bytes, error, sizeof error)) {
        (void)fprintf(stderr, "\nbench: %s\n", error);
        return NULL;
    }
    char *text = realloc(bytes.data, bytes.count + 1);

    if (text == NULL) {
        free(bytes.data);
        return NULL;
    }
    text[bytes.count] = '\0';
    return text;
}
