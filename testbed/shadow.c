/* SPDX-License-Identifier: MIT
 *
 * The map is read where it lies. Asking for each byte (__asan_address_is_poisoned) takes many times
 * as long; tests/testbed/shadow.c asks, and compares.
 */
#include "shadow.h"

#if HB_HAS_SHADOW

#include <sanitizer/asan_interface.h>

#include <stdlib.h>

/* Part of the runtime's interface, in no header. */
void __asan_get_shadow_mapping(size_t *scale, size_t *offset); /* NOLINT: its name */

/* Where the byte of the granule at address 0 would lie. */
static uintptr_t shadow_origin(void)
{
    static size_t offset;
    static size_t scale;
    if (scale == 0) {
        __asan_get_shadow_mapping(&scale, &offset);
        if ((uintptr_t)1 << scale != HB_GRANULE_BYTES) {
            abort(); /* another AddressSanitizer than this was written for */
        }
    }
    return offset;
}

/* 0: all of it; 1 to 7: so many; negative: none. */
static unsigned open_bytes(int8_t shadow)
{
    if (shadow == 0) {
        return (unsigned)HB_GRANULE_BYTES;
    }
    return shadow > 0 ? (unsigned)shadow : 0;
}

static const int8_t *shadow_of(uintptr_t address)
{
    return (const int8_t *)(shadow_origin() + address / HB_GRANULE_BYTES);
}

HB_UNINSTRUMENTED
unsigned hb_shadow_open_bytes(uintptr_t granule)
{
    return open_bytes(*shadow_of(granule));
}

HB_UNINSTRUMENTED
uintptr_t hb_shadow_differs(uintptr_t begin, uintptr_t end, const uint8_t *expected)
{
    const int8_t *shadow = shadow_of(begin);
    const size_t count = (size_t)(end - begin) / HB_GRANULE_BYTES;
    size_t i = 0;
    while (i < count && open_bytes(shadow[i]) == expected[i]) {
        i++;
    }
    return begin + i * HB_GRANULE_BYTES;
}

void hb_shadow_open(const void *begin, const void *end)
{
    __asan_unpoison_memory_region(begin, (size_t)((uintptr_t)end - (uintptr_t)begin));
}

#else

unsigned hb_shadow_open_bytes(uintptr_t granule)
{
    (void)granule;
    return (unsigned)HB_GRANULE_BYTES;
}

uintptr_t hb_shadow_differs(uintptr_t begin, uintptr_t end, const uint8_t *expected)
{
    for (uintptr_t at = begin; at < end; at += HB_GRANULE_BYTES) {
        if (expected[(at - begin) / HB_GRANULE_BYTES] != HB_GRANULE_BYTES) {
            return at;
        }
    }
    return end;
}

void hb_shadow_open(const void *begin, const void *end)
{
    (void)begin;
    (void)end;
}

#endif
