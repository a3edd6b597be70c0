/* SPDX-License-Identifier: MIT
 *
 * A sorted array and binary search: heaps under test are small, and recorded programs have tens of
 * thousands of blocks at most.
 */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>

/* Position of the first allocation that begins above address. */
static size_t first_above(const struct hb_ledger *ledger, uintptr_t address)
{
    size_t low = 0;
    size_t high = ledger->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (ledger->items[middle].begin > address) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

size_t hb_ledger_ending_above(const struct hb_ledger *ledger, uintptr_t address)
{
    const size_t above = first_above(ledger, address);
    if (above == 0) {
        return 0;
    }
    const struct hb_allocation *below = &ledger->items[above - 1];
    return address - below->begin < below->size ? above - 1 : above;
}

const struct hb_allocation *hb_ledger_overlap(const struct hb_ledger *ledger, uintptr_t begin,
                                              size_t size)
{
    const size_t above = first_above(ledger, begin);
    if (above > 0) {
        const struct hb_allocation *below = &ledger->items[above - 1];
        if (begin - below->begin < below->size) {
            return below;
        }
    }
    if (above < ledger->count && ledger->items[above].begin - begin < size) {
        return &ledger->items[above];
    }
    return NULL;
}

void hb_ledger_enter(struct hb_ledger *ledger, struct hb_allocation allocation)
{
    if (ledger->count == ledger->room) {
        const size_t room = ledger->room * 2 + 64;
        struct hb_allocation *items = realloc(ledger->items, room * sizeof *items);
        if (items == NULL) {
            abort(); /* a ledger with gaps would raise false alarms */
        }
        ledger->items = items;
        ledger->room = room;
    }
    const size_t at = first_above(ledger, allocation.begin);
    memmove(&ledger->items[at + 1], &ledger->items[at],
            (ledger->count - at) * sizeof ledger->items[0]);
    ledger->items[at] = allocation;
    ledger->count++;
    ledger->bytes += allocation.size;
}

struct hb_allocation *hb_ledger_find(const struct hb_ledger *ledger, uintptr_t begin)
{
    const size_t above = first_above(ledger, begin);
    if (above == 0 || ledger->items[above - 1].begin != begin) {
        return NULL;
    }
    return &ledger->items[above - 1];
}

void hb_ledger_strike(struct hb_ledger *ledger, struct hb_allocation *allocation)
{
    const size_t at = (size_t)(allocation - ledger->items);
    ledger->bytes -= allocation->size;
    memmove(&ledger->items[at], &ledger->items[at + 1],
            (ledger->count - at - 1) * sizeof ledger->items[0]);
    ledger->count--;
}
