/* SPDX-License-Identifier: MIT
 *
 * The blocks that are allocated at one moment of a recorded program: address -> slot and size.
 * Slots are numbered from 0; a new block takes the lowest number that is not in use, so that a
 * trace needs no more of them than the program ever had blocks at once.
 */
#ifndef HB_RECORD_BLOCKS_H
#define HB_RECORD_BLOCKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_block {
    uint64_t address; /* 0: an empty entry */
    uint64_t size_bytes;
    uint64_t capacity_units; /* that it takes in the heap of record_need.h */
    uint32_t slot;
};

struct hb_block_table {
    struct hb_block *entries; /* open addressing, linear probing */
    size_t entry_count;       /* a power of two */
    size_t block_count;
    uint32_t *free_slots; /* a binary heap, the lowest number first */
    size_t free_slot_count;
    size_t free_slot_capacity;
    uint32_t slot_count; /* slots ever in use */
};

/* An empty table is all zero. */
void hb_block_table_destroy(struct hb_block_table *table);

/* Null where there is no block at the address. Valid until the next insert or remove. */
struct hb_block *hb_block_table_find(const struct hb_block_table *table, uint64_t address);

/* Adds the block, at an address that has none, and not 0, and gives it a slot. False where memory
 * is used up. */
bool hb_block_table_insert(struct hb_block_table *table, struct hb_block *block);

/* The block at an address goes on as another one, in the same slot; at a new address there must be
 * none. */
void hb_block_table_replace(struct hb_block_table *table, uint64_t address,
                            const struct hb_block *block);

/* Takes away the block, which must be there, and gives its slot back. */
void hb_block_table_remove(struct hb_block_table *table, uint64_t address);

#endif
