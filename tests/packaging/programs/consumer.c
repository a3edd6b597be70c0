/* SPDX-License-Identifier: MIT
 *
 * A program that uses the core in whatever form it got it. Exit status 0: it does what it should.
 */
#ifndef HEADER
#define HEADER "bestfit.h"
#endif
#include HEADER

static struct bf_heap heap;
static _Alignas(16) unsigned char arena[4096];

static enum bf_status allocate_and_free(void)
{
    struct bf_stats stats;
    void *block = NULL;
    void *larger = NULL;
    enum bf_status status = bf_malloc(&heap, 100, 64, &block);

    if (status == BF_OK) {
        status = bf_realloc(&heap, block, 100, 300, 16, &larger);
    }
    if (status == BF_OK) {
        status = bf_free(&heap, larger, 300);
    }
    if (status == BF_OK) {
        status = bf_stats(&heap, &stats);
    }
    if (status == BF_OK && (stats.live_bytes != 0 || stats.peak_live_bytes != 300)) {
        status = BF_CORRUPTED;
    }
    return status;
}

int main(void)
{
    struct bf_fault fault;
    enum bf_status status = bf_init(&heap, 1);

    if (status == BF_OK) {
        status = bf_add_range(&heap, arena, arena + sizeof arena);
    }
    if (status == BF_OK) {
        status = allocate_and_free();
    }
    if (status == BF_OK) {
        status = bf_check(&heap, &fault);
    }
    /* The table of ranges is full after BF_RANGES_MAX, as this program knows it: the library must
     * know the same. */
    if (status == BF_OK && BF_RANGES_MAX != sizeof heap.ranges / sizeof heap.ranges[0]) {
        status = BF_TOO_MANY_RANGES;
    }
    return (int)status;
}
