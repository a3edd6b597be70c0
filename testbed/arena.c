/* SPDX-License-Identifier: MIT
 *
 *     64 KiB          4 KiB    2^log2 bytes   4 KiB    60 KiB
 *     no access | ... guard | base: arena    | guard | no access
 */
#include "arena.h"

#include "ops.h"
#include "uninstrumented.h"

#include <string.h>
#include <sys/mman.h>

#define BASE_ALIGN ((size_t)65536)

bool hb_arena_open(unsigned log2, struct hb_arena *arena)
{
    static struct hb_arena opened[HB_ARENA_LOG2_MAX + 1];
    if (opened[log2].base == NULL) {
        const size_t byte_count = (size_t)1 << log2;
        /* room to round the base up, and an unmapped border on either side */
        uint8_t *reserved = mmap(NULL, byte_count + 4 * BASE_ALIGN, PROT_NONE,
                                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (reserved == MAP_FAILED) {
            return false;
        }
        const size_t past = (uintptr_t)reserved % BASE_ALIGN;
        uint8_t *base = reserved + 2 * BASE_ALIGN - past;
        if (mprotect(base - HB_GUARD_BYTES, byte_count + 2 * HB_GUARD_BYTES,
                     PROT_READ | PROT_WRITE) != 0) {
            (void)munmap(reserved, byte_count + 4 * BASE_ALIGN);
            return false;
        }
        opened[log2] = (struct hb_arena){.base = base, .byte_count = byte_count};
        hb_arena_restore_all(&opened[log2]);
    }
    *arena = opened[log2];
    return true;
}

HB_UNINSTRUMENTED
void hb_arena_restore(const struct hb_arena *arena, const uint8_t *begin, const uint8_t *end)
{
    memset(arena->base + (begin - arena->base), HB_GUARD_BYTE, (size_t)(end - begin));
}

void hb_arena_restore_all(const struct hb_arena *arena)
{
    hb_arena_restore(arena, arena->base - HB_GUARD_BYTES,
                     arena->base + arena->byte_count + HB_GUARD_BYTES);
}

const uint8_t *hb_arena_damage(const uint8_t *begin, const uint8_t *end)
{
    /* memcmp is the fastest comparison there is, and says only that something differs */
    static uint8_t guard[1024];
    if (guard[0] != HB_GUARD_BYTE) {
        memset(guard, HB_GUARD_BYTE, sizeof guard);
    }
    const uint8_t *at = begin;
    while (end - at >= (ptrdiff_t)sizeof guard && memcmp(at, guard, sizeof guard) == 0) {
        at += sizeof guard;
    }
    const size_t left = (size_t)(end - at);
    if (memcmp(at, guard, left < sizeof guard ? left : sizeof guard) == 0) {
        return NULL;
    }
    while (*at == HB_GUARD_BYTE) {
        at++;
    }
    return at;
}
