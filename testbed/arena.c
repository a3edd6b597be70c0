/* SPDX-License-Identifier: MIT
 *
 *     4 GiB       4 KiB    2^log2 bytes  4 KiB    4 GiB
 *     no access | border | base: arena | border | no access
 *
 * Borders are whole pages; the part of them next to the arena is its guard zone.
 */
#include "arena.h"

#include "ops.h"
#include "shadow.h"
#include "uninstrumented.h"

#include <string.h>
#include <sys/mman.h>

#define BASE_ALIGN   ((size_t)65536)
#define BORDER_BYTES ((size_t)4096)

/* Reserves byte_count bytes that nobody may touch, and as much on either side as an operand can
 * reach from the arena, so that a wild pointer faults rather than meet the bed's own memory. Where
 * the address space is too small for that, 64 KiB. Returns the begin of the bytes; null if there is
 * no room even so. */
static uint8_t *reserve(size_t byte_count)
{
    static const uint64_t reaches[] = {(uint64_t)1 << 32, 2 * BASE_ALIGN};
    for (size_t i = 0; i < sizeof reaches / sizeof reaches[0]; i++) {
        if (reaches[i] > SIZE_MAX / 4) {
            continue;
        }
        const size_t reach = (size_t)reaches[i];
        uint8_t *reserved = mmap(NULL, byte_count + 2 * reach, PROT_NONE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (reserved != MAP_FAILED) {
            return reserved + reach;
        }
    }
    return NULL;
}

bool hb_arena_open(unsigned log2, struct hb_arena *arena)
{
    static struct hb_arena opened[HB_ARENA_LOG2_MAX + 1];
    if (opened[log2].base == NULL) {
        const size_t byte_count = (size_t)1 << log2;
        uint8_t *reserved = reserve(byte_count);
        if (reserved == NULL) {
            return false;
        }
        uint8_t *base = reserved - (uintptr_t)reserved % BASE_ALIGN;
        if (mprotect(base - BORDER_BYTES, byte_count + 2 * BORDER_BYTES, PROT_READ | PROT_WRITE) !=
            0) {
            return false;
        }
        opened[log2] = (struct hb_arena){.base = base, .byte_count = byte_count};
        hb_arena_restore_all(&opened[log2]);
    }
    *arena = opened[log2];
    return true;
}

void hb_arena_restore(const struct hb_arena *arena, const uint8_t *begin, const uint8_t *end)
{
    hb_shadow_open(begin, end);
    hb_bytes_set(arena->base + (begin - arena->base), HB_GUARD_BYTE, (size_t)(end - begin));
}

void hb_arena_restore_all(const struct hb_arena *arena)
{
    hb_arena_restore(arena, arena->base - BORDER_BYTES,
                     arena->base + arena->byte_count + BORDER_BYTES);
}

/* Whether any of the bytes is not HB_GUARD_BYTE. Nothing is as fast as memcmp, here of the bytes
 * with themselves, one further; but a sanitizer intercepts it, and then a plain loop is faster. */
HB_UNINSTRUMENTED
static bool has_damage(const uint8_t *bytes, size_t byte_count)
{
#if HB_IS_SANITIZED
    const uint64_t guard = HB_GUARD_BYTE * UINT64_C(0x0101010101010101);
    uint64_t differs = 0;
    for (size_t i = 0; i < byte_count; i += sizeof guard) {
        uint64_t word;
        __builtin_memcpy(&word, bytes + i, sizeof word);
        differs |= word ^ guard;
    }
    return differs != 0;
#else
    return byte_count > 0 &&
           (bytes[0] != HB_GUARD_BYTE || memcmp(bytes, bytes + 1, byte_count - 1) != 0);
#endif
}

HB_UNINSTRUMENTED
const uint8_t *hb_arena_damage(const uint8_t *begin, const uint8_t *end)
{
    const size_t whole_words = (size_t)(end - begin) / 8 * 8;
    const uint8_t *at = has_damage(begin, whole_words) ? begin : begin + whole_words;
    while (at < end && *at == HB_GUARD_BYTE) {
        at++;
    }
    return at < end ? at : NULL;
}
