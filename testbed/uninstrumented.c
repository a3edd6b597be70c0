/* SPDX-License-Identifier: MIT
 *
 * Bytes of the ranges, whoever's they are. AddressSanitizer looks at what memcpy, memset and memcmp
 * are given, whoever calls them, so there they are loops, of volatile words: a compiler would make
 * calls of those functions of plain ones.
 */
#include "uninstrumented.h"

#include <stdint.h>
#include <string.h>

#if HB_HAS_SHADOW

typedef uint64_t __attribute__((may_alias, aligned(1))) any_word;

HB_UNINSTRUMENTED
void hb_bytes_copy(void *to, const void *from, size_t byte_count)
{
    volatile uint8_t *target = to;
    const volatile uint8_t *source = from;
    size_t i = 0;
    for (; i + 8 <= byte_count; i += 8) {
        *(volatile any_word *)(target + i) = *(const volatile any_word *)(source + i);
    }
    for (; i < byte_count; i++) {
        target[i] = source[i];
    }
}

HB_UNINSTRUMENTED
void hb_bytes_set(void *to, uint8_t value, size_t byte_count)
{
    volatile uint8_t *target = to;
    size_t i = 0;
    for (; i + 8 <= byte_count; i += 8) {
        *(volatile any_word *)(target + i) = value * UINT64_C(0x0101010101010101);
    }
    for (; i < byte_count; i++) {
        target[i] = value;
    }
}

HB_UNINSTRUMENTED
size_t hb_bytes_differ(const void *a, const void *b, size_t byte_count)
{
    const uint8_t *one = a;
    const uint8_t *other = b;
    size_t i = 0;
    while (i + 8 <= byte_count && *(const any_word *)(one + i) == *(const any_word *)(other + i)) {
        i += 8;
    }
    while (i < byte_count && one[i] == other[i]) {
        i++;
    }
    return i < byte_count ? i : SIZE_MAX;
}

#else

void hb_bytes_copy(void *to, const void *from, size_t byte_count)
{
    memcpy(to, from, byte_count);
}

void hb_bytes_set(void *to, uint8_t value, size_t byte_count)
{
    memset(to, value, byte_count);
}

size_t hb_bytes_differ(const void *a, const void *b, size_t byte_count)
{
    const uint8_t *one = a;
    const uint8_t *other = b;
    if (memcmp(one, other, byte_count) == 0) {
        return SIZE_MAX;
    }
    size_t i = 0;
    while (one[i] == other[i]) {
        i++;
    }
    return i;
}

#endif
