/* SPDX-License-Identifier: MIT
 *
 * A heap in memory that two processes share. One allocates a message, the other reads and frees it.
 *
 * Headers, links and the table of ranges hold addresses, so the memory must lie at the same address
 * in every process that uses the heap. Here the first process lets the system choose the address
 * and writes it down in the memory itself; the second is a new program (its own address space, laid
 * out at random), which maps the memory exactly there or gives up. A heap that must be mapped
 * wherever there is room needs an allocator that works with offsets; bestfit is not one.
 *
 * The lock lies in the shared memory too, in front of the heap that it is for. It is robust: where
 * a process ends within a call, the next to lock is told, validates the heap, and goes on only
 * where nothing is amiss. All processes must have been built with the same choices of config.h.
 *
 *     cc -I../../core shared_memory.c -pthread && ./a.out       (Linux)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void heap_lock(const void *heap);
static void heap_unlock(const void *heap);

#define BF_PROFILE_SMALL
#define BF_LOCK(heap)   heap_lock(heap)
#define BF_UNLOCK(heap) heap_unlock(heap)
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

/* What the memory begins with. */
struct shared {
    void *address; /* where it must be mapped */
    void *message; /* what one process tells the other */
    pthread_mutex_t lock;
    struct bf_heap heap;
};

#define SHARED_BYTES ((size_t)1 << 16)
#define MESSAGE      "the same address in both"

static struct shared *shared_of(const void *heap)
{
    return (struct shared *)((uintptr_t)heap - offsetof(struct shared, heap));
}

/* bf_check locks, too; not while it validates for somebody who has the lock. */
static _Thread_local bool is_validating;
static unsigned recovery_count;

static bool is_sound(const struct shared *shared)
{
    is_validating = true;
    const enum bf_status status = bf_check(&shared->heap, NULL);
    is_validating = false;
    return status == BF_OK;
}

static void heap_lock(const void *heap)
{
    struct shared *shared = shared_of(heap);

    if (is_validating) {
        return;
    }
    const int answer = pthread_mutex_lock(&shared->lock);

    if (answer == EOWNERDEAD && is_sound(shared)) {
        pthread_mutex_consistent(&shared->lock);
        recovery_count++;
    } else if (answer != 0) {
        abort();
    }
}

static void heap_unlock(const void *heap)
{
    if (!is_validating) {
        pthread_mutex_unlock(&shared_of(heap)->lock);
    }
}

static bool shared_begin(struct shared *shared)
{
    pthread_mutexattr_t kind;
    const uintptr_t begin = ((uintptr_t)(shared + 1) + BF_ALIGN - 1) & ~(uintptr_t)(BF_ALIGN - 1);

    shared->address = shared;
    return pthread_mutexattr_init(&kind) == 0 &&
           pthread_mutexattr_setpshared(&kind, PTHREAD_PROCESS_SHARED) == 0 &&
           pthread_mutexattr_setrobust(&kind, PTHREAD_MUTEX_ROBUST) == 0 &&
           pthread_mutex_init(&shared->lock, &kind) == 0 && bf_init(&shared->heap, 1) == BF_OK &&
           bf_add_range(&shared->heap, (void *)begin, (unsigned char *)shared + SHARED_BYTES) ==
               BF_OK;
}

static struct shared *map_at(void *address, int fd)
{
    const int flags = MAP_SHARED | (address != NULL ? MAP_FIXED_NOREPLACE : 0);
    void *memory = mmap(address, SHARED_BYTES, PROT_READ | PROT_WRITE, flags, fd, 0);

    if (memory == MAP_FAILED) {
        return NULL;
    }
    if (address != NULL && memory != address) { /* a kernel that does not know the flag */
        munmap(memory, SHARED_BYTES);
        return NULL;
    }
    return memory;
}

static int run_second(int fd)
{
    void *address = NULL;

    if (pread(fd, &address, sizeof address, offsetof(struct shared, address)) != sizeof address) {
        return 1;
    }
    struct shared *shared = map_at(address, fd);

    if (shared == NULL) {
        fprintf(stderr, "something else lies at %p: no shared heap\n", address);
        return 1;
    }
    printf("second process: \"%s\"\n", (const char *)shared->message);
    if (strcmp(shared->message, MESSAGE) != 0 ||
        bf_free(&shared->heap, shared->message, sizeof MESSAGE) != BF_OK) {
        return 1;
    }
    /* And ends as if within a call: it has the lock, and does not give it back. */
    return pthread_mutex_lock(&shared->lock);
}

static int run_first(char *program)
{
    const int fd = memfd_create("heap", 0);
    struct shared *shared = fd >= 0 && ftruncate(fd, SHARED_BYTES) == 0 ? map_at(NULL, fd) : NULL;
    char number[16];
    char *arguments[] = {program, number, NULL};
    int status = 1;

    if (shared == NULL || !shared_begin(shared) ||
        bf_malloc(&shared->heap, sizeof MESSAGE, 1, &shared->message) != BF_OK) {
        return 1;
    }
    memcpy(shared->message, MESSAGE, sizeof MESSAGE);
    snprintf(number, sizeof number, "%d", fd);
    const pid_t second = fork();

    if (second == 0) {
        execv("/proc/self/exe", arguments);
        _exit(1);
    }
    if (second < 0 || waitpid(second, &status, 0) != second || status != 0) {
        return 1;
    }
    struct bf_stats stats;

    printf("first process: it was freed\n");
    return bf_stats(&shared->heap, &stats) == BF_OK && recovery_count == 1 &&
                   stats.live_block_count == 0 && bf_check(&shared->heap, NULL) == BF_OK
               ? 0
               : 1;
}

int main(int argument_count, char **arguments)
{
    return argument_count > 1 ? run_second((int)strtol(arguments[1], NULL, 10))
                              : run_first(arguments[0]);
}
