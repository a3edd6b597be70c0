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
 * The lock lies in the shared memory too, and every call is made with it. It is robust: where a
 * process ends within a call, the next to lock is told, validates the heap, and goes on only where
 * nothing is amiss. All processes must have been built with the same choices of config.h.
 *
 *     cc shared_memory.c -lbestfit -pthread && ./a.out       (Linux)
 */
#define _GNU_SOURCE
#include <bestfit.h>

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the memory begins with. */
struct shared {
    void *address; /* where it must be mapped */
    void *message; /* what one process tells the other */
    pthread_mutex_t lock;
    struct bf_heap heap;
};

#define SHARED_BYTES ((size_t)1 << 17) /* struct bf_heap has 50 KB by default */
#define MESSAGE      "the same address in both"

static unsigned recovery_count;

/* The heap, for one call. */
static struct bf_heap *shared_lock(struct shared *shared)
{
    const int answer = pthread_mutex_lock(&shared->lock);

    if (answer == EOWNERDEAD && bf_check(&shared->heap, NULL) == BF_OK) {
        pthread_mutex_consistent(&shared->lock);
        recovery_count++;
    } else if (answer != 0) {
        abort();
    }
    return &shared->heap;
}

static void shared_unlock(struct shared *shared)
{
    pthread_mutex_unlock(&shared->lock);
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
    const bool is_right = strcmp(shared->message, MESSAGE) == 0;
    const enum bf_status status = bf_free(shared_lock(shared), shared->message, sizeof MESSAGE);

    /* And ends as if within that call: the lock is not given back. */
    return is_right && status == BF_OK ? 0 : 1;
}

static int run_first(char *program)
{
    const int fd = memfd_create("heap", 0);
    struct shared *shared = fd >= 0 && ftruncate(fd, SHARED_BYTES) == 0 ? map_at(NULL, fd) : NULL;
    char number[16];
    char *arguments[] = {program, number, NULL};
    int status = 1;

    if (shared == NULL || !shared_begin(shared) ||
        bf_malloc(shared_lock(shared), sizeof MESSAGE, 1, &shared->message) != BF_OK) {
        return 1;
    }
    shared_unlock(shared);
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
    const bool is_freed =
        bf_stats(shared_lock(shared), &stats) == BF_OK && stats.live_block_count == 0;

    shared_unlock(shared);
    printf("first process: it was freed, and the heap is sound\n");
    return is_freed && recovery_count == 1 ? 0 : 1;
}

int main(int argument_count, char **arguments)
{
    return argument_count > 1 ? run_second((int)strtol(arguments[1], NULL, 10))
                              : run_first(arguments[0]);
}
