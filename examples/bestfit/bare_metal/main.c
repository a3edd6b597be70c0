/* SPDX-License-Identifier: MIT
 *
 * Bare metal: no operating system, no library, the heap where the linker script says. The start-up
 * code (cortex_m3.c, linux_x86_64.c) calls main and brings platform_write and the end.
 */
#include "bestfit.h"

#include "platform.h"

/* From the linker script; heap_start lies at a multiple of 16. Their addresses are what counts. */
extern unsigned char heap_start[];
extern unsigned char heap_end[];

static struct bf_heap heap; /* in .bss: all zeros is an initialised heap */

/* As many blocks as there is room for, the last of them freed first. */
static size_t fill_and_empty(void)
{
    void *last = NULL;
    void *block = NULL;
    size_t count = 0;

    while (bf_malloc(&heap, 100, 8, &block) == BF_OK) {
        *(void **)block = last;
        last = block;
        count++;
    }
    while (last != NULL) {
        void *next = *(void **)last;

        if (bf_free(&heap, last, 100) != BF_OK) {
            return 0;
        }
        last = next;
    }
    return count;
}

int main(void)
{
    const size_t heap_bytes = (size_t)(heap_end - heap_start);
    struct bf_stats stats;

    if (bf_add_range(&heap, heap_start, heap_end) != BF_OK) {
        platform_write("no heap: is heap_start a multiple of 16?\n");
        return 1;
    }
    /* 100 bytes and a header take 112. */
    if (fill_and_empty() != (heap_bytes - 16) / 112 || bf_stats(&heap, &stats) != BF_OK ||
        stats.free_bytes != heap_bytes - 16 || bf_check(&heap, NULL) != BF_OK) {
        platform_write("the heap is not what it should be\n");
        return 1;
    }
    platform_write("the heap was filled and emptied\n");
    return 0;
}
