/* SPDX-License-Identifier: MIT
 *
 * The memory that targets play in: an arena whose base is a multiple of 64 KiB, a guard zone on
 * either side, and nothing beyond. Every byte that is in no range holds HB_GUARD_BYTE, so that a
 * write outside the ranges shows. Between runs the whole of it does.
 */
#ifndef HB_ARENA_H
#define HB_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HB_GUARD_BYTE  0xC7
#define HB_GUARD_BYTES ((size_t)1024)

struct hb_arena {
    uint8_t *base;
    size_t byte_count;
};

/* The arena of 2^log2 bytes; mapped once, kept until the process ends. False where the system has
 * no memory for it. */
bool hb_arena_open(unsigned log2, struct hb_arena *arena);

/* Makes [begin, end) of the arena as it was at first: whatever was poisoned can be touched. */
void hb_arena_restore(const struct hb_arena *arena, const uint8_t *begin, const uint8_t *end);
/* The same for all of it, guard zones included. */
void hb_arena_restore_all(const struct hb_arena *arena);

/* First byte of [begin, end) that is not HB_GUARD_BYTE; null if there is none. The bytes may lie in
 * the guard zones. */
const uint8_t *hb_arena_damage(const uint8_t *begin, const uint8_t *end);

#endif
