/* SPDX-License-Identifier: MIT
 *
 * Small capacities are counted in bins, found through a bitmap; large ones, of which programs have
 * few, lie in an unordered array that is searched whole.
 */
#include "record_need.h"

#include <stdlib.h>

#define UNIT_BYTES   16u
#define HEADER_UNITS 1u

void hb_need_destroy(struct hb_need *need)
{
    free(need->large);
    *need = (struct hb_need){0};
}

bool hb_need_give(struct hb_need *need, uint64_t capacity_units)
{
    if (capacity_units < HB_NEED_BIN_COUNT) {
        ++need->bins[capacity_units];
        need->bins_in_use[capacity_units / 64] |= (uint64_t)1 << capacity_units % 64;
        return true;
    }
    if (need->large_count == need->large_capacity) {
        size_t capacity = need->large_capacity == 0 ? 64 : 2 * need->large_capacity;
        uint64_t *larger = realloc(need->large, capacity * sizeof *larger);
        if (larger == NULL) {
            return false;
        }
        need->large = larger;
        need->large_capacity = capacity;
    }
    need->large[need->large_count++] = capacity_units;
    return true;
}

/* The least capacity from units on that has a bin in use, 0 where there is none. */
static uint64_t bins_find(const struct hb_need *need, uint64_t units)
{
    if (units >= HB_NEED_BIN_COUNT) {
        return 0;
    }
    uint64_t word = units / 64;
    uint64_t bits = need->bins_in_use[word] & ~(uint64_t)0 << units % 64;
    while (bits == 0) {
        if (++word == HB_NEED_BIN_COUNT / 64) {
            return 0;
        }
        bits = need->bins_in_use[word];
    }
    return word * 64 + (uint64_t)__builtin_ctzll(bits);
}

static void bins_remove(struct hb_need *need, uint64_t units)
{
    if (--need->bins[units] == 0) {
        need->bins_in_use[units / 64] &= ~((uint64_t)1 << units % 64);
    }
}

/* Takes out the least large block of at least that capacity, and returns its own; 0 for none. */
static uint64_t large_take(struct hb_need *need, uint64_t units)
{
    size_t best = need->large_count;
    for (size_t i = 0; i < need->large_count; ++i) {
        if (need->large[i] >= units &&
            (best == need->large_count || need->large[i] < need->large[best])) {
            best = i;
        }
    }
    if (best == need->large_count) {
        return 0;
    }
    uint64_t capacity = need->large[best];
    need->large[best] = need->large[--need->large_count];
    return capacity;
}

bool hb_need_take(struct hb_need *need, uint64_t size_bytes, uint64_t *capacity_units)
{
    uint64_t units = (size_bytes + UNIT_BYTES - 1) / UNIT_BYTES;
    uint64_t found = bins_find(need, units);
    if (found != 0) {
        bins_remove(need, found);
    } else {
        found = large_take(need, units);
    }
    if (found == 0) {
        need->used_bytes += (units + HEADER_UNITS) * UNIT_BYTES;
        found = units;
    } else if (found > units + HEADER_UNITS) {
        if (!hb_need_give(need, found - units - HEADER_UNITS)) {
            return false;
        }
        found = units;
    }
    *capacity_units = found;
    return true;
}
