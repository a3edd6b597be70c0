/* SPDX-License-Identifier: MIT
 *
 * A program to be recorded, with a heap whose every call is known. test_record.sh runs it in each
 * of its modes and compares the trace with what is written there. Requests of FENCE bytes stand
 * before and after the calls that are compared, so that the C library's own do not matter.
 */
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FENCE       54321
#define CHILD_BYTES 77777 /* must never show in a trace */

#define THREAD_COUNT 4
#define ROUND_COUNT  5000
#define BLOCK_COUNT  64
#define FORK_COUNT   40

/* Volatile, so that no allocation is optimised away. */
static void *volatile block[BLOCK_COUNT];
static volatile size_t huge = SIZE_MAX;
static volatile size_t nothing = 0;
/* Compilers may assume that malloc itself leaves errno alone. */
static void *(*volatile call_malloc)(size_t) = malloc;

static void require(int holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "recorded: failed: %s\n", what);
        exit(3);
    }
}

static void fence(void)
{
    void *volatile mark = malloc(FENCE);
    free(mark);
}

static void basic_calls(void)
{
    block[0] = malloc(100);
    block[1] = calloc(3, 7);
    block[2] = realloc(NULL, 50);
    block[0] = realloc(block[0], 100000);
    free(block[1]);
    block[1] = malloc(24);
    block[3] = strdup("hello");
    block[2] = reallocarray(block[2], 10, 20);
    block[4] = malloc(nothing);
    block[5] = calloc(nothing, 5);
    free(block[4]);
    block[1] = realloc(block[1], nothing);
    require(block[1] == NULL, "realloc to 0 bytes frees");
}

static void aligned_calls(void)
{
    void *aligned = NULL;
    require(posix_memalign(&aligned, 64, 200) == 0, "posix_memalign");
    block[6] = aligned;
    block[7] = aligned_alloc(32, 96);
    block[8] = memalign(4096, 10);
    block[9] = memalign(8, 40);
    free(block[6]);
    block[7] = realloc(block[7], 1000);
    block[6] = valloc(100);
    block[10] = pvalloc(1);
    free(block[6]);
    free(block[10]);
}

/* Leave no trace; errno is the real call's. */
static void failing_calls(void)
{
    void *untouched = NULL;
    free(NULL);
    errno = 0;
    block[10] = call_malloc(huge / 4);
    require(block[10] == NULL && errno == ENOMEM, "malloc of too much");
    block[10] = calloc(huge, 2);
    require(block[10] == NULL, "calloc that wraps");
    block[10] = reallocarray(block[0], huge, 2);
    require(block[10] == NULL, "reallocarray that wraps");
    block[10] = realloc(block[0], huge / 4);
    require(block[10] == NULL, "realloc to too much");
    require(posix_memalign(&untouched, 3, 8) == EINVAL, "posix_memalign to 3");
    require(untouched == NULL, "a failed posix_memalign leaves its result alone");
    errno = 1234;
    free(block[9]);
    require(errno == 1234, "free leaves errno alone");
}

static void all_calls(void)
{
    fence();
    basic_calls();
    aligned_calls();
    failing_calls();
    fence();
}

static void *allocate_at_random(void *seed)
{
    void *volatile own[BLOCK_COUNT] = {NULL};
    uint32_t state = (uint32_t)(uintptr_t)seed;
    for (int round = 0; round < ROUND_COUNT; ++round) {
        state = state * 1664525u + 1013904223u;
        uint32_t index = (state >> 16) % BLOCK_COUNT;
        size_t size = 1 + (state >> 8) % 300;
        if (own[index] == NULL) {
            own[index] = malloc(size);
        } else if (state >> 31) {
            own[index] = realloc(own[index], size);
        } else {
            free(own[index]);
            own[index] = NULL;
        }
    }
    for (int i = 0; i < BLOCK_COUNT; ++i) {
        free(own[i]);
    }
    return NULL;
}

static void fork_child(void)
{
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 100; ++i) {
            block[11] = malloc(CHILD_BYTES);
            free(block[11]);
        }
        _exit(0);
    }
    int status = -1;
    require(child > 0 && waitpid(child, &status, 0) == child, "fork");
    require(status == 0, "the child ends well");
}

static void start_threads(pthread_t threads[THREAD_COUNT])
{
    for (uintptr_t i = 0; i < THREAD_COUNT; ++i) {
        require(pthread_create(&threads[i], NULL, allocate_at_random, (void *)(i + 1)) == 0,
                "pthread_create");
    }
}

static void join_threads(const pthread_t threads[THREAD_COUNT])
{
    for (int i = 0; i < THREAD_COUNT; ++i) {
        require(pthread_join(threads[i], NULL) == 0, "pthread_join");
    }
}

/* Forks while other threads are inside recorded calls. */
static void threads_and_forks(void)
{
    pthread_t threads[THREAD_COUNT];
    start_threads(threads);
    for (int i = 0; i < FORK_COUNT; ++i) {
        fork_child();
    }
    join_threads(threads);
}

/* Enough events for a second window of the event file, after every descriptor was closed. */
static void many_calls_without_descriptors(void)
{
    for (int descriptor = 3; descriptor < 256; ++descriptor) {
        close(descriptor);
    }
    for (int i = 0; i < 50000; ++i) {
        block[0] = malloc(16);
        free(block[0]);
    }
    block[0] = malloc(FENCE);
}

/* Each of 200 growing blocks fits into none that was freed before, if those are not merged: 64 * i
 * bytes and a header of 16 each. Then 16,000 bytes likewise; what was freed is cut up for the rest.
 */
static void many_fragments(void)
{
    for (size_t i = 1; i <= 200; ++i) {
        block[0] = malloc(64 * i);
        free(block[0]);
    }
    block[0] = malloc(16000);
    free(block[0]);
    for (int i = 0; i < 500; ++i) {
        block[0] = malloc(16);
    }
}

/* Another program, from a child. */
static void run_again(char *program)
{
    char mode[] = "child";
    char *argv[] = {program, mode, NULL};
    pid_t child = fork();
    if (child == 0) {
        execv(program, argv);
        _exit(127);
    }
    int status = -1;
    require(child > 0 && waitpid(child, &status, 0) == child && status == 0, "run again");
}

static void environment_is_clean(void)
{
    require(getenv("HEAPBED_RECORD_EVENTS") == NULL, "the event file is not in the environment");
    const char *preload = getenv("LD_PRELOAD");
    require(preload == NULL || strstr(preload, "heapbed") == NULL,
            "the recorder is not in the environment");
}

static void run_mode(const char *mode, char *program)
{
    if (strcmp(mode, "calls") == 0) {
        environment_is_clean();
        all_calls();
    } else if (strcmp(mode, "fork") == 0) {
        fence();
        block[0] = malloc(10);
        fork_child();
        run_again(program);
        free(block[0]);
        fence();
    } else if (strcmp(mode, "threads") == 0) {
        threads_and_forks();
    } else if (strcmp(mode, "many") == 0) {
        many_calls_without_descriptors();
    } else if (strcmp(mode, "fragments") == 0) {
        many_fragments();
    } else if (strcmp(mode, "child") == 0) {
        environment_is_clean();
        block[0] = malloc(CHILD_BYTES);
    } else if (strcmp(mode, "kill") == 0) {
        all_calls();
        raise(SIGKILL);
    } else if (strcmp(mode, "exit") == 0) {
        all_calls();
        _exit(7);
    } else if (strcmp(mode, "wait") == 0) {
        all_calls();
        puts("ready");
        fflush(stdout);
        sleep(60);
    } else {
        require(0, "a mode: calls, fork, threads, many, fragments, child, kill, exit or wait");
    }
}

int main(int argc, char **argv)
{
    require(argc == 2, "one argument, the mode");
    run_mode(argv[1], argv[0]);
    return 0;
}
