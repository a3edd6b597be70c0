/* SPDX-License-Identifier: MIT
 *
 * An address as a pointer, whoever may own what is there.
 */
#ifndef ADDRESS_H
#define ADDRESS_H

#include <stdint.h>

static inline void *at(uintptr_t address)
{
    return (void *)address; /* NOLINT(performance-no-int-to-ptr) */
}

#endif
