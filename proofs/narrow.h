/* SPDX-License-Identifier: MIT
 *
 * For sequences: what is known of a number after a call, to have no more than some bits, is told
 * to the solver, so that it does not look at the others in each call that follows.
 */
#ifndef PROOFS_NARROW_H
#define PROOFS_NARROW_H

#include "prove.h"

#define ADDRESS_MASK ((uintptr_t)0x1fff) /* of the arena */
#define SIZE_MASK    ((size_t)0x7f)      /* of what is in there */
#define COUNT_MASK   ((size_t)7)

static uintptr_t narrowed(uintptr_t word, uintptr_t mask)
{
    BOUND((word & ~mask) == 0, "numbers have no more bits than an arena of so few bytes needs");
    return word & mask;
}

static size_t any_narrow(size_t mask)
{
    return any_size() & mask;
}

#endif
