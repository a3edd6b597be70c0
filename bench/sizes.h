/* SPDX-License-Identifier: MIT
 *
 * The sizes that workloads are made of. All come from one generator (splitmix64) with a fixed seed:
 * every run and every machine sees the same sizes in the same order.
 */
#ifndef BENCH_SIZES_H
#define BENCH_SIZES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum bench_sizes {
    /* Uniform over all sizes from 16 to 1,024. */
    BENCH_SIZES_SMALL,
    /* Log-uniform from 16 to 65,535: an octave, then a size within it. */
    BENCH_SIZES_LOG,
    /* As above, up to 1,048,575. */
    BENCH_SIZES_LOG_LARGE,
    /* All of 256 bytes. */
    BENCH_SIZES_SAME,
    /* 64 KiB + 240 i for block i, shuffled: all different, even when rounded to 16. What is asked
     * for is uniform over the same span. */
    BENCH_SIZES_DISTINCT,
    /* Against the list: small sizes, so ordered that a walk from the block that was freed last
     * finds a better or an equal fit at each step, and the best at the very end. What is asked for
     * is always that one. */
    BENCH_SIZES_FALLING,
    /* Against the bitmap: all in one bin of every profile, from 16 MiB on. The first fifteen make
     * the way to the largest as deep as the 14 bits that the bin of the default and the large
     * profile leaves open allow; the others fill the bin evenly, and are equal to others from
     * 16,384 on. Of the requests, half go that way, half anywhere. */
    BENCH_SIZES_DEEP
};

uint64_t bench_draw(uint64_t *generator);
size_t bench_draw_below(uint64_t *generator, size_t limit);

/* One size to ask for, where block_count blocks have been set up. */
size_t bench_draw_size(uint64_t *generator, enum bench_sizes sizes, size_t block_count);

/* The sizes of the blocks that a heap is set up with, in the order in which they lie there. One of
 * them serves every request. */
void bench_draw_blocks(uint64_t *generator, enum bench_sizes sizes, size_t *blocks, size_t count);

/* The order in which to free them, in place of that in which they lie: of the sizes for which it
 * matters. */
void bench_order_blocks(enum bench_sizes sizes, const size_t *blocks, size_t count, size_t *order);

#ifdef __cplusplus
}
#endif

#endif
