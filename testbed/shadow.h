/* SPDX-License-Identifier: MIT
 *
 * AddressSanitizer's poison map, as bytes. It keeps one byte for each granule of eight: the granule
 * can be touched up to some byte of it, and not behind that. In a build without it everything can.
 */
#ifndef HB_SHADOW_H
#define HB_SHADOW_H

#include "uninstrumented.h"

#define HB_GRANULE_BYTES ((uintptr_t)8)

/* How many bytes, from the granule's first, can be touched: 0 to 8. granule is a multiple of 8. */
unsigned hb_shadow_open_bytes(uintptr_t granule);

/* The first granule of [begin, end) that is not as expected, where there is a byte for each; end if
 * there is none. begin and end are multiples of 8. */
uintptr_t hb_shadow_differs(uintptr_t begin, uintptr_t end, const uint8_t *open_bytes);

/* [begin, end) can be touched again, whatever a target has poisoned. */
void hb_shadow_open(const void *begin, const void *end);

#endif
