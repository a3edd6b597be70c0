/* SPDX-License-Identifier: MIT
 *
 * Words of memory, and what can be asked of one. Addresses are uintptr_t: pointer arithmetic
 * between a caller's objects would be undefined, and a range may end at the last address there is.
 * No sum of an address and a size wraps in the core, because a block lies within a range, and a
 * range within [16, UINTPTR_MAX].
 */
#ifndef BF_WORD_H
#define BF_WORD_H

#include "annotate.h"

_Static_assert(sizeof(uintptr_t) == sizeof(size_t), "an address and a size must be equally wide");
_Static_assert(sizeof(uintptr_t) == 8 || sizeof(uintptr_t) == 4, "words of 64 or 32 bits");
_Static_assert(BF_RANGES_MAX >= 1, "BF_RANGES_MAX must be at least 1");

#define WORD_BITS ((unsigned)(8 * sizeof(size_t)))

/* Headers and links lie in memory that the caller may declare as anything. */
#if defined(__GNUC__)
typedef uintptr_t __attribute__((may_alias)) block_word;
#else
typedef uintptr_t block_word;
#endif

/* The one place where an address becomes a pointer. A test of ranges that no process can have, such
 * as at the top of the address space, puts a window in front of it. */
#ifndef BF_WORD_AT
#define BF_WORD_AT(address) ((block_word *)(address))
#endif

BF_ACCESSOR static inline uintptr_t word_read(uintptr_t address)
{
    BF_ACCESS_BEGIN();
    uintptr_t word = *BF_WORD_AT(address);
    BF_READ_END(word);

    return word;
}

BF_ACCESSOR static inline void word_write(uintptr_t address, uintptr_t value)
{
    BF_ACCESS_BEGIN();
    *BF_WORD_AT(address) = value;
    BF_WRITE_END(address);
}

static inline bool is_aligned(uintptr_t address)
{
    return (address & (uintptr_t)(BF_ALIGN - 1)) == 0;
}

/* The number of the lowest bit that is set; word is not 0. */
static inline unsigned word_lowest_bit(size_t word)
{
#if defined(__GNUC__)
    return WORD_BITS == 64 ? (unsigned)__builtin_ctzll(word) : (unsigned)__builtin_ctzl(word);
#else
    unsigned bit = 0;

    for (unsigned step = WORD_BITS / 2; step > 0; step /= 2) {
        if ((word & (((size_t)1 << step) - 1)) == 0) {
            word >>= step;
            bit += step;
        }
    }
    return bit;
#endif
}

/* The number of the highest bit that is set; word is not 0. */
static inline unsigned word_highest_bit(size_t word)
{
#if defined(__GNUC__)
    return WORD_BITS == 64 ? 63u - (unsigned)__builtin_clzll(word)
                           : 31u - (unsigned)__builtin_clzl(word);
#else
    unsigned bit = 0;

    for (unsigned step = WORD_BITS / 2; step > 0; step /= 2) {
        if (word >> step != 0) {
            word >>= step;
            bit += step;
        }
    }
    return bit;
#endif
}

/* The bytes of a payload, word by word and then byte by byte. Through volatile, as a compiler would
 * make calls of memcpy and memset of the loops otherwise; config.h lets you ask for those. */
#ifndef BF_COPY
static inline void bytes_copy(uintptr_t to, uintptr_t from, size_t byte_count)
{
    const size_t word_bytes = sizeof(block_word);
    size_t i = 0;

    for (; byte_count - i >= word_bytes; i += word_bytes) {
        *(volatile block_word *)(to + i) = *(const volatile block_word *)(from + i);
    }
    for (; i < byte_count; i++) {
        *(volatile unsigned char *)(to + i) = *(const volatile unsigned char *)(from + i);
    }
}
#define BF_COPY(to, from, byte_count) bytes_copy((uintptr_t)(to), (uintptr_t)(from), (byte_count))
#endif

#ifndef BF_ZERO
static inline void bytes_zero(uintptr_t begin, size_t byte_count)
{
    const size_t word_bytes = sizeof(block_word);
    size_t i = 0;

    for (; byte_count - i >= word_bytes; i += word_bytes) {
        *(volatile block_word *)(begin + i) = 0;
    }
    for (; i < byte_count; i++) {
        *(volatile unsigned char *)(begin + i) = 0;
    }
}
#define BF_ZERO(begin, byte_count) bytes_zero((uintptr_t)(begin), (byte_count))
#endif

#endif
