/* SPDX-License-Identifier: MIT
 *
 * One heap for a whole system, behind a lock, as an RTOS has it: kernel_malloc and kernel_free for
 * all tasks. The core is compiled into this file, as the lock is decided when it is compiled.
 *
 * On a microcontroller with one core lock and unlock would mask interrupts and restore the mask;
 * what runs between them is bounded (the costs in bestfit.h), whatever is free. Here tasks are
 * threads and the lock spins, as between the cores of a multiprocessor.
 *
 *     cc -I../../core locked.c -pthread && ./a.out
 */
#include <stdatomic.h>

static atomic_flag heap_is_locked = ATOMIC_FLAG_INIT;

static void heap_lock(void)
{
    while (atomic_flag_test_and_set_explicit(&heap_is_locked, memory_order_acquire)) {
    }
}

static void heap_unlock(void)
{
    atomic_flag_clear_explicit(&heap_is_locked, memory_order_release);
}

#define BF_LOCK(heap)   ((void)(heap), heap_lock())
#define BF_UNLOCK(heap) ((void)(heap), heap_unlock())
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#include <pthread.h>
#include <stdio.h>

static struct bf_heap kernel_heap; /* all zeros is an initialised heap */
static _Alignas(16) unsigned char kernel_memory[1u << 16];

static void *kernel_malloc(size_t size)
{
    void *block = NULL;

    return bf_malloc(&kernel_heap, size, BF_ALIGN, &block) == BF_OK ? block : NULL;
}

static bool kernel_free(void *block)
{
    return bf_free(&kernel_heap, block, BF_ANY_SIZE) == BF_OK;
}

/* Fills what it gets with its own number, and looks whether that is still there. */
static void *task_run(void *argument)
{
    const unsigned char number = *(const unsigned char *)argument;
    bool is_sound = true;

    for (size_t round = 0; is_sound && round < 5000; round++) {
        const size_t size = 1 + round * number % 500;
        unsigned char *block = kernel_malloc(size);

        if (block == NULL) {
            continue;
        }
        for (size_t i = 0; i < size; i++) {
            block[i] = number;
        }
        for (size_t i = 0; i < size; i++) {
            is_sound = is_sound && block[i] == number;
        }
        is_sound = kernel_free(block) && is_sound;
    }
    return is_sound ? argument : NULL;
}

int main(void)
{
    enum { TASK_COUNT = 4 };
    static const unsigned char numbers[TASK_COUNT] = {3, 7, 11, 13};
    pthread_t tasks[TASK_COUNT];
    int sound_count = 0;
    struct bf_stats stats;

    if (bf_add_range(&kernel_heap, kernel_memory, kernel_memory + sizeof kernel_memory) != BF_OK) {
        return 1;
    }
    for (size_t i = 0; i < TASK_COUNT; i++) {
        if (pthread_create(&tasks[i], NULL, task_run, (void *)&numbers[i]) != 0) {
            return 1;
        }
    }
    for (size_t i = 0; i < TASK_COUNT; i++) {
        void *result = NULL;

        pthread_join(tasks[i], &result);
        sound_count += result != NULL;
    }
    if (bf_check(&kernel_heap, NULL) != BF_OK || bf_stats(&kernel_heap, &stats) != BF_OK) {
        return 1;
    }
    printf("%d tasks, %zu blocks live, %zu bytes at the most\n", sound_count,
           stats.live_block_count, stats.peak_live_bytes);
    return sound_count == TASK_COUNT && stats.live_block_count == 0 && stats.peak_live_bytes > 0
               ? 0
               : 1;
}
