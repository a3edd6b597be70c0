/* SPDX-License-Identifier: MIT
 *
 * The pattern is a sequence of 64-bit words, each one a constant more than the last, so that the
 * loops need no memory of their own and compilers vectorize them. Stored little endian by byte, so
 * that a block has the same bytes on every machine.
 */
#include "content.h"

#include "uninstrumented.h"

#include <string.h>

static const uint64_t stride = 0x9E3779B97F4A7C15u; /* odd: all words of a block differ */

static uint64_t first_word(uint64_t key)
{
    uint64_t word = (key + 1) * 0xD1342543DE82EF95u;
    return word ^ word >> 29;
}

static uint64_t little_endian(uint64_t word)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(word);
#else
    return word;
#endif
}

HB_UNINSTRUMENTED
void hb_content_fill(void *payload, size_t byte_count, uint64_t key)
{
    uint8_t *bytes = payload;
    uint64_t word = first_word(key);
    size_t i = 0;
    for (; i + 8 <= byte_count; i += 8) {
        const uint64_t stored = little_endian(word);
        memcpy(bytes + i, &stored, 8);
        word += stride;
    }
    for (unsigned shift = 0; i < byte_count; i++, shift += 8) {
        bytes[i] = (uint8_t)(word >> shift);
    }
}

HB_UNINSTRUMENTED
static size_t first_difference(const uint8_t *bytes, size_t from, size_t to, uint64_t word)
{
    for (size_t i = from; i < to; i++) {
        if (bytes[i] != (uint8_t)(word >> (i - from) % 8 * 8)) {
            return i;
        }
        if ((i - from) % 8 == 7) {
            word += stride;
        }
    }
    return SIZE_MAX;
}

HB_UNINSTRUMENTED
size_t hb_content_damage(const void *payload, size_t byte_count, uint64_t key)
{
    const uint8_t *bytes = payload;
    uint64_t word = first_word(key);
    size_t i = 0;
    /* whole chunks first, without asking which byte */
    for (; i + 64 <= byte_count; i += 64) {
        uint64_t differs = 0;
        uint64_t chunk[8];
        memcpy(chunk, bytes + i, sizeof chunk);
        for (size_t at = 0; at < 8; at++) {
            differs |= chunk[at] ^ little_endian(word + at * stride);
        }
        if (differs != 0) {
            break;
        }
        word += 8 * stride;
    }
    return first_difference(bytes, i, byte_count, word);
}
