/* SPDX-License-Identifier: MIT
 *
 * The core's own hooks for a lock, BF_LOCK and BF_UNLOCK: threads call every function that takes a
 * heap, with no lock but that one. Meant for ThreadSanitizer; without the hooks
 * (-DWITHOUT_LOCKS) it must object.
 */
#include <pthread.h>

#ifndef WITHOUT_LOCKS
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
#define BF_LOCK(heap)   ((void)(heap), (void)pthread_mutex_lock(&mutex))
#define BF_UNLOCK(heap) ((void)(heap), (void)pthread_mutex_unlock(&mutex))
#endif

#define BF_PREFIX bf_locked_
#include <bestfit.c> /* NOLINT(bugprone-suspicious-include) */

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define THREAD_COUNT 3
#define ROUND_COUNT  4000
#define RANGE_BYTES  ((size_t)1 << 20)

static struct bf_heap heap;
static _Alignas(16) unsigned char memory[RANGE_BYTES];
static _Alignas(16) unsigned char others[THREAD_COUNT][4096];

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "locks: %s\n", what);
        exit(1);
    }
}

static bool see_block(void *context, const struct bf_block_info *block)
{
    *(size_t *)context += block->capacity_bytes;
    return true;
}

static void ask(const void *block)
{
    struct bf_stats stats;
    size_t bytes = 0;

    require(bf_owns(&heap, block), "a block is not owned");
    require(bf_usable_size(&heap, block, &bytes) == BF_OK && bytes >= 1, "no usable size");
    require(bf_stats(&heap, &stats) == BF_OK && stats.live_block_count >= 1, "no statistics");
    require(bf_walk(&heap, see_block, &bytes) == BF_OK, "the walk ended");
    require(bf_check(&heap, NULL) == BF_OK, "the heap is damaged");
}

/* A range comes and goes, where the others have no blocks in it. */
static void move_range(unsigned char *range)
{
    if (!bf_owns(&heap, range)) {
        require(bf_add_range(&heap, range, range + sizeof others[0]) == BF_OK, "no range");
    }
    const enum bf_status status = bf_remove_range(&heap, range);

    require(status == BF_OK || status == BF_RANGE_IN_USE, "the range stayed");
}

/* Without locks the threads would damage the heap, and end before the sanitizer has told why. So
 * there they take turns, by a variable that orders nothing for the sanitizer. */
#ifdef WITHOUT_LOCKS
static atomic_size_t turn;

static void turn_wait(size_t mine)
{
    while (atomic_load_explicit(&turn, memory_order_relaxed) % THREAD_COUNT != mine) {
        sched_yield();
    }
}

static void turn_end(void)
{
    atomic_fetch_add_explicit(&turn, 1, memory_order_relaxed);
}
#else
#define turn_wait(mine) ((void)(mine))
#define turn_end()      ((void)0)
#endif

static void *work(void *range)
{
    const size_t mine = (size_t)((unsigned char *)range - others[0]) / sizeof others[0];

    for (size_t i = 1; i <= ROUND_COUNT; i++) {
        const size_t size = 1 + i * 37 % 500;
        void *block = NULL;
        void *cleared = NULL;

        turn_wait(mine);
        require(bf_malloc(&heap, size, 16, &block) == BF_OK, "no block");
        memset(block, 1, size);
        require(bf_calloc(&heap, 2, size, 8, &cleared) == BF_OK, "no cleared block");
        require(bf_realloc(&heap, block, size, 2 * size, 16, &block) == BF_OK, "no realloc");
        if (i % 100 == 0) {
            move_range(range);
            ask(block);
        }
        require(bf_free(&heap, block, 2 * size) == BF_OK, "no free");
        require(bf_free(&heap, cleared, BF_ANY_SIZE) == BF_OK, "no free of a cleared block");
        turn_end();
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREAD_COUNT];

    require(bf_init(&heap, 1) == BF_OK, "no heap");
    require(bf_add_range(&heap, memory, memory + sizeof memory) == BF_OK, "no range");
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        require(pthread_create(&threads[i], NULL, work, others[i]) == 0, "no thread");
    }
    for (size_t i = 0; i < THREAD_COUNT; i++) {
        pthread_join(threads[i], NULL);
    }
    require(bf_check(&heap, NULL) == BF_OK, "the heap is damaged at the end");
    return 0;
}
