/* SPDX-License-Identifier: MIT
 *
 * Swarms: a test that may do everything does nothing often. The number in a stream's header
 * switches some operations and changes off and weighs the others unevenly, so that one stream is
 * all small blocks and ranges, the next all large alignments. (Groce and others, Swarm Testing,
 * 2012.)
 */
#include "mutator_state.h"

#include <string.h>

static const unsigned mutation_weights[HB_MUTATION_COUNT] = {
    [HB_MUTATION_INSERT] = 24,    [HB_MUTATION_DELETE] = 10,
    [HB_MUTATION_DUPLICATE] = 6,  [HB_MUTATION_SWAP] = 4,
    [HB_MUTATION_MOVE] = 4,       [HB_MUTATION_REPEAT] = 6,
    [HB_MUTATION_SPLICE] = 8,     [HB_MUTATION_HEADER] = 2,
    [HB_MUTATION_BYTES] = 36,     [HB_MUTATION_OPERAND] = 16,
    [HB_MUTATION_BOUNDARY] = 8,   [HB_MUTATION_ALIGN] = 4,
    [HB_MUTATION_ALIAS] = 3,      [HB_MUTATION_FREE_NEIGHBOUR] = 10,
    [HB_MUTATION_HOLE_SIZE] = 12, [HB_MUTATION_GROW] = 6,
    [HB_MUTATION_FILL] = 4,       [HB_MUTATION_DRAIN] = 4,
    [HB_MUTATION_COMB] = 6,       [HB_MUTATION_LADDER] = 6,
    [HB_MUTATION_RANGES] = 3,     [HB_MUTATION_REMOVE_RANGE] = 4,
    [HB_MUTATION_WRONG] = 8,
};

static const unsigned draw_weights[DRAW_COUNT] = {
    [DRAW_MALLOC] = 24, [DRAW_FREE] = 24, [DRAW_REALLOC] = 8, [DRAW_CALLOC] = 3,
    [DRAW_RANGE] = 3,   [DRAW_WRONG] = 6, [DRAW_OTHER] = 3,   [DRAW_SMASH] = 12,
};

static const unsigned size_weights[SIZE_MODE_COUNT] = {
    [SIZE_TINY] = 4,  [SIZE_CLASS] = 4, [SIZE_UNIT] = 3,
    [SIZE_POWER] = 3, [SIZE_ANY] = 4,   [SIZE_LARGE] = 2,
};

/* Each weight is off, once in four, or once, twice or four times what it was. */
static void skew(struct dice *dice, const unsigned *from, unsigned *to, size_t count)
{
    static const unsigned factors[4] = {0, 1, 2, 4};
    for (size_t i = 0; i < count; i++) {
        to[i] = from[i] * factors[dice_below(dice, 4)];
    }
}

void swarm_set(struct swarm *swarm, uint16_t number)
{
    struct dice dice = {.state = number};
    *swarm = (struct swarm){.align_every = 8, .classes = dice_roll(&dice)};
    if (number == 0) {
        memcpy(swarm->mutations, mutation_weights, sizeof mutation_weights);
        memcpy(swarm->draws, draw_weights, sizeof draw_weights);
        memcpy(swarm->sizes, size_weights, sizeof size_weights);
        return;
    }
    skew(&dice, mutation_weights, swarm->mutations, HB_MUTATION_COUNT);
    skew(&dice, draw_weights, swarm->draws, DRAW_COUNT);
    skew(&dice, size_weights, swarm->sizes, SIZE_MODE_COUNT);
    swarm->align_every = 1 + dice_below(&dice, 32);
    /* what no stream can do without */
    swarm->mutations[HB_MUTATION_INSERT] += 8;
    swarm->mutations[HB_MUTATION_HEADER] += 2;
    swarm->draws[DRAW_MALLOC] += 8;
    swarm->draws[DRAW_FREE] += 4;
    swarm->sizes[SIZE_ANY] += 1;
}
