/* SPDX-License-Identifier: MIT
 *
 * Random programs: Marsaglia's xorshift, 32 bits. A test sets random_state, to anything but 0.
 */
#ifndef RANDOM_H
#define RANDOM_H

#include <stddef.h>
#include <stdint.h>

static uint32_t random_state;

static inline uint32_t random_next(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static inline uint32_t random_below(size_t bound)
{
    return (uint32_t)(random_next() % bound);
}

#endif
