/* SPDX-License-Identifier: MIT
 *
 * Several heaps: one for each kind of memory, here fast and scarce, slow and plenty. A block is
 * given back to the heap that owns it.
 *
 *     cc several_heaps.c -lbestfit && ./a.out
 */
#include <bestfit.h>

#include <stdio.h>

enum region { FAST, SLOW, REGION_COUNT };

static struct bf_heap heaps[REGION_COUNT];
static _Alignas(16) unsigned char fast_memory[1024];
static _Alignas(16) unsigned char slow_memory[2][4096]; /* a heap can have several ranges */

static bool regions_begin(void)
{
    return bf_init(&heaps[FAST], 1) == BF_OK && bf_init(&heaps[SLOW], 2) == BF_OK &&
           bf_add_range(&heaps[FAST], fast_memory, fast_memory + sizeof fast_memory) == BF_OK &&
           bf_add_range(&heaps[SLOW], slow_memory[0], slow_memory[0] + sizeof slow_memory[0]) ==
               BF_OK &&
           bf_add_range(&heaps[SLOW], slow_memory[1], slow_memory[1] + sizeof slow_memory[1]) ==
               BF_OK;
}

/* Memory of the kind that is wanted, or of the next that has some. */
static void *region_malloc(enum region wanted, size_t size)
{
    void *block = NULL;

    for (unsigned i = wanted; i < REGION_COUNT; i++) {
        if (bf_malloc(&heaps[i], size, BF_ALIGN, &block) == BF_OK) {
            return block;
        }
    }
    return NULL;
}

static enum bf_status region_free(void *block, size_t size)
{
    for (unsigned i = 0; i < REGION_COUNT; i++) {
        if (bf_owns(&heaps[i], block)) {
            return bf_free(&heaps[i], block, size);
        }
    }
    return BF_INVALID_ADDRESS;
}

int main(void)
{
    if (!regions_begin()) {
        return 1;
    }
    void *first = region_malloc(FAST, 600);
    void *second = region_malloc(FAST, 600); /* no room there: slow memory */
    const bool is_first_fast = bf_owns(&heaps[FAST], first);
    const bool is_second_slow = bf_owns(&heaps[SLOW], second);
    int foreign = 0;

    printf("first in %s memory, second in %s\n", is_first_fast ? "fast" : "slow",
           is_second_slow ? "slow" : "fast");
    /* A heap that is given a block of another refuses it, and changes nothing. */
    const bool is_refused = bf_free(&heaps[FAST], second, 600) == BF_INVALID_ADDRESS &&
                            region_free(&foreign, sizeof foreign) == BF_INVALID_ADDRESS;
    const bool is_freed = region_free(first, 600) == BF_OK && region_free(second, 600) == BF_OK;

    return is_first_fast && is_second_slow && is_refused && is_freed ? 0 : 1;
}
