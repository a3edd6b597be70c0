/* SPDX-License-Identifier: MIT
 *
 * Drawing sizes. sizes.h says what each distribution is.
 */
#include "sizes.h"

#define SAME_BYTES         ((size_t)256)
#define SMALL_BYTES_MIN    ((size_t)16)
#define SMALL_BYTES_MAX    ((size_t)1024)
#define DISTINCT_BYTES_MIN ((size_t)1 << 16)
#define DISTINCT_STEP      ((size_t)240)
/* The stride of 2^20 + 2 units begins a bin in every profile; 8 of its bytes are the header. */
#define DEEP_BYTES_MIN ((((size_t)1 << 20) + 2) * 16 - 8)
#define DEEP_BITS      14u

/* -- numbers ---------------------------------------------------------------------------------- */

uint64_t bench_draw(uint64_t *generator)
{
    uint64_t mixed = *generator += 0x9e3779b97f4a7c15u;

    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebu;
    return mixed ^ mixed >> 31;
}

size_t bench_draw_below(uint64_t *generator, size_t limit)
{
    return (size_t)((bench_draw(generator) >> 32) * limit >> 32);
}

static size_t draw_log(uint64_t *generator, size_t octave_count)
{
    const size_t octave = (size_t)16 << bench_draw_below(generator, octave_count);

    return octave + bench_draw_below(generator, octave);
}

static size_t draw_small(uint64_t *generator)
{
    return SMALL_BYTES_MIN + bench_draw_below(generator, SMALL_BYTES_MAX - SMALL_BYTES_MIN + 1);
}

static size_t deep_bytes(size_t place)
{
    return DEEP_BYTES_MIN + 16 * place;
}

static size_t draw_deep(uint64_t *generator)
{
    const size_t place = bench_draw_below(generator, (size_t)2 << DEEP_BITS);
    const size_t last = ((size_t)1 << DEEP_BITS) - 1;

    return deep_bytes(place < last ? place : last);
}

/* -- what is asked for ------------------------------------------------------------------------ */

static size_t largest_size(enum bench_sizes sizes, size_t block_count)
{
    switch (sizes) {
    case BENCH_SIZES_SMALL:
    case BENCH_SIZES_FALLING:
        return SMALL_BYTES_MAX;
    case BENCH_SIZES_LOG:
        return 65535;
    case BENCH_SIZES_LOG_LARGE:
        return 1048575;
    case BENCH_SIZES_SAME:
        return SAME_BYTES;
    case BENCH_SIZES_DISTINCT:
        return DISTINCT_BYTES_MIN + (block_count - 1) * DISTINCT_STEP;
    case BENCH_SIZES_DEEP:
        return deep_bytes(((size_t)1 << DEEP_BITS) - 1);
    }
    return 0;
}

size_t bench_draw_size(uint64_t *generator, enum bench_sizes sizes, size_t block_count)
{
    switch (sizes) {
    case BENCH_SIZES_SMALL:
        return draw_small(generator);
    case BENCH_SIZES_LOG:
        return draw_log(generator, 12);
    case BENCH_SIZES_LOG_LARGE:
        return draw_log(generator, 16);
    case BENCH_SIZES_SAME:
        return SAME_BYTES;
    case BENCH_SIZES_DISTINCT:
        return DISTINCT_BYTES_MIN + bench_draw_below(generator, largest_size(sizes, block_count) -
                                                                    DISTINCT_BYTES_MIN + 1);
    case BENCH_SIZES_FALLING:
        return SMALL_BYTES_MIN;
    case BENCH_SIZES_DEEP:
        return draw_deep(generator);
    }
    return 0;
}

/* -- blocks ----------------------------------------------------------------------------------- */

/* Nodes 0, 1000.., 1100.., 1110.. and so on to 1111..1; then 0, 1000.., 0100.., 1100.. and so on.
 */
static size_t deep_block(size_t i)
{
    const size_t ones = ((size_t)1 << DEEP_BITS) - 1;
    size_t place = 0;

    if (i <= DEEP_BITS) {
        return deep_bytes(ones & ~(ones >> i));
    }
    for (unsigned bit = 0; bit < DEEP_BITS; bit++) {
        place |= (i >> bit & 1) << (DEEP_BITS - 1 - bit);
    }
    return deep_bytes(place);
}

static size_t block_size(uint64_t *generator, enum bench_sizes sizes, size_t i, size_t count)
{
    switch (sizes) {
    case BENCH_SIZES_DISTINCT:
        return DISTINCT_BYTES_MIN + i * DISTINCT_STEP;
    case BENCH_SIZES_FALLING:
        return SMALL_BYTES_MIN + (SMALL_BYTES_MAX - SMALL_BYTES_MIN) * i / count;
    case BENCH_SIZES_DEEP:
        return deep_block(i);
    default:
        return bench_draw_size(generator, sizes, count);
    }
}

void bench_draw_blocks(uint64_t *generator, enum bench_sizes sizes, size_t *blocks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        blocks[i] = block_size(generator, sizes, i, count);
    }
    blocks[count - 1] = largest_size(sizes, count);
    for (size_t i = count - 1; i > 0; i--) {
        const size_t j = bench_draw_below(generator, i + 1);
        const size_t size = blocks[i];

        blocks[i] = blocks[j];
        blocks[j] = size;
    }
}

/* Counting sort, for sizes up to SMALL_BYTES_MAX. */
static void order_by_size(const size_t *blocks, size_t count, size_t *order)
{
    size_t begins[SMALL_BYTES_MAX + 2] = {0};

    for (size_t i = 0; i < count; i++) {
        begins[blocks[i] + 1]++;
    }
    for (size_t size = 0; size <= SMALL_BYTES_MAX; size++) {
        begins[size + 1] += begins[size];
    }
    for (size_t i = 0; i < count; i++) {
        order[begins[blocks[i]]++] = i;
    }
}

void bench_order_blocks(enum bench_sizes sizes, const size_t *blocks, size_t count, size_t *order)
{
    if (sizes == BENCH_SIZES_FALLING) {
        order_by_size(blocks, count, order);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        order[i] = i;
    }
}
