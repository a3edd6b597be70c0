/* SPDX-License-Identifier: MIT
 *
 * Forks from a program whose threads allocate all the time, also with locks of the C library held:
 * lines are read, which grow, and all files are flushed. Each child allocates on its own and ends.
 *
 * Exit status: 0 well, 1 a child hung or a block was not as it must be, 2 nothing could be run; the
 * program itself is ended by SIGALRM where it hangs.
 */
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FORK_COUNT 100

static unsigned child_seconds_max = 20; /* the first argument; the program waits twice as long */

static FILE *lines;
static char *_Atomic kept;

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "forks: %s\n", what);
        _exit(2);
    }
}

static void *allocate(void *context)
{
    for (uint32_t i = 0;; i++) {
        char *block = malloc(1 + i * 37 % 3000);
        char *resized = realloc(block, 1 + i * 91 % 5000);

        require(resized != NULL, "no memory");
        kept = resized;
        free(resized);
    }
    return context;
}

/* A thread that holds the lock of a file and wants memory. */
static void *read_lines(void *context)
{
    for (;;) {
        char *line = NULL;
        size_t line_bytes = 0;

        require(fseek(lines, 0, SEEK_SET) == 0, "no way back");
        errno = 0;
        while (getline(&line, &line_bytes, lines) > 0) {
        }
        free(line);
    }
    return context;
}

/* One that holds the lock of the list of files and wants that of a file. */
static void *flush(void *context)
{
    for (;;) {
        fflush(NULL);
    }
    return context;
}

static void write_lines(void)
{
    lines = tmpfile();
    require(lines != NULL, "no temporary file");
    for (int length = 0; length < 20000; length += 100) {
        fprintf(lines, "%*d\n", length, length);
    }
}

static void child(void)
{
    alarm(child_seconds_max);
    for (size_t size = 1; size < 2000; size += 10) {
        unsigned char *block = calloc(1, size);

        if (block == NULL || block[size - 1] != 0) {
            _exit(1);
        }
        free(block);
    }
    _exit(0);
}

int main(int argc, char **argv)
{
    void *(*const jobs[])(void *) = {allocate, read_lines, read_lines, flush, flush};
    pthread_t thread;

    if (argc > 1) {
        child_seconds_max = (unsigned)strtoul(argv[1], NULL, 10);
    }
    write_lines();
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        require(pthread_create(&thread, NULL, jobs[i], NULL) == 0, "no thread");
    }
    for (int i = 0; i < FORK_COUNT; i++) {
        int status = -1;

        alarm(2 * child_seconds_max);
        const pid_t process = fork();

        if (process == 0) {
            child();
        }
        require(process > 0 && waitpid(process, &status, 0) == process, "fork");
        if (status != 0) {
            fprintf(stderr, "forks: child %d ended with status 0x%x\n", i, (unsigned)status);
            _exit(1);
        }
    }
    _exit(0);
}
