/* SPDX-License-Identifier: MIT
 *
 * Linear probing with removal by shifting back (Knuth, TAOCP 6.4, algorithm R), so that there are
 * no tombstones however long the trace; a binary heap for the free slot numbers. Both grow by
 * doubling: amortised constant, and logarithmic for the slots.
 */
#include "record_blocks.h"

#include <stdlib.h>

#define FIRST_ENTRY_COUNT ((size_t)1024)

void hb_block_table_destroy(struct hb_block_table *table)
{
    free(table->entries);
    free(table->free_slots);
    *table = (struct hb_block_table){0};
}

/* Fibonacci hashing; addresses are multiples of 16. */
static size_t entry_home(const struct hb_block_table *table, uint64_t address)
{
    uint64_t hash = (address >> 4) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(hash >> 32) & (table->entry_count - 1);
}

static size_t entry_next(const struct hb_block_table *table, size_t index)
{
    return (index + 1) & (table->entry_count - 1);
}

/* The block's entry, or the empty one where it would go. */
static size_t entry_find(const struct hb_block_table *table, uint64_t address)
{
    size_t index = entry_home(table, address);
    while (table->entries[index].address != 0 && table->entries[index].address != address) {
        index = entry_next(table, index);
    }
    return index;
}

struct hb_block *hb_block_table_find(const struct hb_block_table *table, uint64_t address)
{
    if (table->entry_count == 0 || address == 0) {
        return NULL;
    }
    struct hb_block *entry = &table->entries[entry_find(table, address)];
    return entry->address == 0 ? NULL : entry;
}

/* Room for one block more, at a load of at most one half. */
static bool entries_reserve(struct hb_block_table *table)
{
    if (table->entry_count >= 2 * (table->block_count + 1)) {
        return true;
    }
    struct hb_block_table larger = *table;
    larger.entry_count = table->entry_count == 0 ? FIRST_ENTRY_COUNT : 2 * table->entry_count;
    larger.entries = calloc(larger.entry_count, sizeof *larger.entries);
    if (larger.entries == NULL) {
        return false;
    }
    for (size_t i = 0; i < table->entry_count; ++i) {
        if (table->entries[i].address != 0) {
            larger.entries[entry_find(&larger, table->entries[i].address)] = table->entries[i];
        }
    }
    free(table->entries);
    *table = larger;
    return true;
}

/* Room to give back every slot in use, so that a removal cannot fail. */
static bool free_slots_reserve(struct hb_block_table *table)
{
    if (table->free_slot_capacity > table->slot_count) {
        return true;
    }
    size_t capacity = table->free_slot_capacity == 0 ? 256 : 2 * table->free_slot_capacity;
    uint32_t *larger = realloc(table->free_slots, capacity * sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    table->free_slots = larger;
    table->free_slot_capacity = capacity;
    return true;
}

static void free_slot_push(struct hb_block_table *table, uint32_t slot)
{
    uint32_t *heap = table->free_slots;
    size_t at = table->free_slot_count++;
    while (at > 0 && slot < heap[(at - 1) / 2]) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = slot;
}

static uint32_t free_slot_pop(struct hb_block_table *table)
{
    uint32_t *heap = table->free_slots;
    uint32_t lowest = heap[0];
    uint32_t last = heap[--table->free_slot_count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child + 1 < table->free_slot_count && heap[child + 1] < heap[child]) {
            ++child;
        }
        if (child >= table->free_slot_count || heap[child] >= last) {
            break;
        }
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return lowest;
}

bool hb_block_table_insert(struct hb_block_table *table, struct hb_block *block)
{
    if (!entries_reserve(table) || !free_slots_reserve(table)) {
        return false;
    }
    block->slot = table->free_slot_count > 0 ? free_slot_pop(table) : table->slot_count++;
    table->entries[entry_find(table, block->address)] = *block;
    ++table->block_count;
    return true;
}

/* Empties an entry and moves later ones back over the gap, as far as their homes allow. */
static void entry_remove(struct hb_block_table *table, size_t gap)
{
    size_t mask = table->entry_count - 1;
    for (size_t i = entry_next(table, gap); table->entries[i].address != 0;
         i = entry_next(table, i)) {
        size_t home = entry_home(table, table->entries[i].address);
        if (((i - home) & mask) >= ((i - gap) & mask)) {
            table->entries[gap] = table->entries[i];
            gap = i;
        }
    }
    table->entries[gap] = (struct hb_block){0};
}

void hb_block_table_replace(struct hb_block_table *table, uint64_t address,
                            const struct hb_block *block)
{
    size_t old = entry_find(table, address);
    struct hb_block replacement = *block;
    replacement.slot = table->entries[old].slot;
    entry_remove(table, old);
    table->entries[entry_find(table, block->address)] = replacement;
}

void hb_block_table_remove(struct hb_block_table *table, uint64_t address)
{
    size_t index = entry_find(table, address);
    free_slot_push(table, table->entries[index].slot);
    entry_remove(table, index);
    --table->block_count;
}
