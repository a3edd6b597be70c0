/* SPDX-License-Identifier: MIT
 *
 * Who owns which bytes: the live allocations as the target answered them, sorted by address. It
 * knows nothing of any contract, so it serves every target: overlap is found when an allocation is
 * entered.
 */
#ifndef HB_LEDGER_H
#define HB_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_allocation {
    uintptr_t begin;
    size_t size;
    uint64_t key; /* of its content */
    uint32_t slot;
};

struct hb_ledger {
    struct hb_allocation *items;
    size_t count;
    size_t room;
    uint64_t bytes; /* sum of sizes */
};

/* The allocation that shares a byte with [begin, begin + size); null if there is none. */
const struct hb_allocation *hb_ledger_overlap(const struct hb_ledger *ledger, uintptr_t begin,
                                              size_t size);

/* Position of the first allocation that ends above address; the count where there is none. */
size_t hb_ledger_ending_above(const struct hb_ledger *ledger, uintptr_t address);

/* Enters an allocation that overlaps none. */
void hb_ledger_enter(struct hb_ledger *ledger, struct hb_allocation allocation);

/* The allocation that begins at begin; null if there is none. */
struct hb_allocation *hb_ledger_find(const struct hb_ledger *ledger, uintptr_t begin);

/* Strikes out an allocation that hb_ledger_find returned. */
void hb_ledger_strike(struct hb_ledger *ledger, struct hb_allocation *allocation);

#endif
