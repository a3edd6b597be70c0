/* SPDX-License-Identifier: MIT
 *
 * Programs run as children, some at a time, each with its output in a file.
 */
#ifndef BENCH_JOBS_H
#define BENCH_JOBS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define JOB_ARGUMENTS_MAX 160
#define JOB_TEXT_MAX      1200

struct job {
    char *arguments[JOB_ARGUMENTS_MAX + 1];
    size_t argument_count;
    const char *preload;       /* LD_PRELOAD; null: none */
    char output[JOB_TEXT_MAX]; /* where the standard output goes */
    const char *what;          /* for progress and complaints */
    size_t row;                /* the rest is for whoever made the job */
    size_t column;
    pid_t process;
    bool is_short_of_memory;
    bool has_failed; /* it ended with a signal, or a status other than 0 */
};

/* A further argument, as printf. The first is the program. */
void job_add(struct job *job, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Forgets the arguments. */
void job_clear(struct job *job);

/* Runs all, at most at_once at a time. done is called for each that ended well, in the order in
 * which they end. False: one did not end well, or done returned false; the others have been ended.
 */
bool jobs_run(struct job *jobs, size_t count, size_t at_once, const char *phase,
              bool (*done)(void *context, const struct job *job), void *context);

/* Whether the user has had enough (Ctrl-C): what runs then is ended, and jobs_run returns false. */
void jobs_watch_interrupts(void);
bool jobs_were_interrupted(void);

/* The text of a file, with a 0 behind it, for the caller to free; null: unreadable. */
char *text_read(const char *path);

#endif
