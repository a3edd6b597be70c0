/* SPDX-License-Identifier: MIT
 *
 * An arena inside a program: all that one job allocates comes out of a piece of memory that the
 * program got elsewhere, so that it cannot take more, and is given back at once.
 *
 *     cc arena.c -lbestfit && ./a.out
 */
#include <bestfit.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct job {
    struct bf_heap heap;
    void *memory;
};

static bool job_begin(struct job *job, size_t byte_count)
{
    job->memory = aligned_alloc(BF_ALIGN, byte_count);
    if (job->memory == NULL) {
        return false;
    }
    /* The key can be any number where nobody attacks; another one for each heap in the same memory.
     */
    static uintptr_t key;

    return bf_init(&job->heap, ++key) == BF_OK &&
           bf_add_range(&job->heap, job->memory, (unsigned char *)job->memory + byte_count) ==
               BF_OK;
}

/* Nothing has to be freed one by one. */
static void job_end(struct job *job)
{
    free(job->memory);
    job->memory = NULL;
}

static char *job_copy(struct job *job, const char *text)
{
    void *copy = NULL;
    const size_t byte_count = strlen(text) + 1;

    if (bf_malloc(&job->heap, byte_count, 1, &copy) != BF_OK) {
        return NULL;
    }
    return memcpy(copy, text, byte_count);
}

int main(void)
{
    static struct job job; /* struct bf_heap has 50 KB by default: not on the stack */
    size_t copy_count = 0;
    struct bf_stats stats;

    if (!job_begin(&job, 4096)) {
        return 1;
    }
    while (job_copy(&job, "as much as there is, and no more") != NULL) {
        copy_count++;
    }
    if (bf_stats(&job.heap, &stats) != BF_OK) {
        return 1;
    }
    printf("%zu copies, %zu bytes live, %zu free\n", copy_count, stats.live_bytes,
           stats.free_bytes);
    job_end(&job);
    /* 33 bytes and a header take 48: 85 blocks, and what is left is too small for another. */
    return copy_count == 85 && stats.live_bytes == 85 * sizeof "as much as there is, and no more"
               ? 0
               : 1;
}
