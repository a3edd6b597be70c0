/* SPDX-License-Identifier: MIT
 *
 * What the files mutator*.c share: the stream that is being changed, where chance comes from, and
 * the heap that the stream leads to.
 */
#ifndef HB_MUTATOR_STATE_H
#define HB_MUTATOR_STATE_H

#include "mutator.h"

/* A generator of numbers (splitmix64): the same seed, the same mutant. */
struct dice {
    uint64_t state;
};

static inline uint64_t dice_roll(struct dice *dice)
{
    uint64_t z = dice->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

/* 0 to limit - 1; 0 where limit is 0. */
static inline uint32_t dice_below(struct dice *dice, size_t limit)
{
    return (uint32_t)((dice_roll(dice) >> 32) * limit >> 32);
}

static inline bool dice_one_in(struct dice *dice, size_t every)
{
    return dice_below(dice, every) == 0;
}

/* An index of weights, each as likely as its weight. */
size_t dice_weighted(struct dice *dice, const unsigned *weights, size_t count);

/* How sizes are drawn. */
enum size_mode {
    SIZE_TINY,  /* up to 64 */
    SIZE_CLASS, /* one of a few, the same for the whole stream: ties, exact fits */
    SIZE_UNIT,  /* around a multiple of 16 */
    SIZE_POWER, /* around a power of two */
    SIZE_ANY,   /* log-uniform */
    SIZE_LARGE, /* a good part of the arena */
    SIZE_MODE_COUNT
};

/* Which operations are drawn. */
enum draw {
    DRAW_MALLOC,
    DRAW_FREE,
    DRAW_REALLOC,
    DRAW_CALLOC,
    DRAW_RANGE,
    DRAW_WRONG,
    DRAW_OTHER, /* write, usable, check, init */
    DRAW_SMASH,
    DRAW_COUNT
};

/* What is drawn, and how often, told by the number in the header; 0 is everything. */
struct swarm {
    unsigned mutations[HB_MUTATION_COUNT];
    unsigned draws[DRAW_COUNT];
    unsigned sizes[SIZE_MODE_COUNT];
    unsigned align_every; /* one request in so many has an alignment of its own */
    uint64_t classes;     /* what the sizes of SIZE_CLASS are made of */
};

struct heap_slot {
    uintptr_t pointer;
    size_t size;
    enum { SLOT_EMPTY, SLOT_LIVE, SLOT_FREED } state;
};

#define NO_SLOT UINT32_MAX

/* Addresses are numbers to the model: the arena may be anywhere that is aligned enough. */
#define HEAP_ARENA_BEGIN ((uintptr_t)1 << 24)
#define HEAP_ALIGN       ((size_t)16) /* where an operation names none */

/* A block, and whose it is. */
struct heap_block {
    uintptr_t payload;
    size_t capacity;
    uint64_t range;
    uint32_t slot; /* NO_SLOT where it is free, or its slot was taken for another */
    bool is_free;
};

/* The heap that the beginning of the stream leads to, told by the model alone. */
struct heap {
    struct hb_model *model;
    struct heap_slot *slots;
    uint32_t *touched; /* slots that are not empty */
    size_t touched_count;
    uint32_t slot_count;
    uint32_t slot_room;
    uintptr_t last_range_end;
    size_t arena_bytes;
    struct heap_block *blocks; /* of heap_list */
    size_t block_count;
    size_t block_room;
};

struct hb_mutator {
    uint8_t *bytes; /* a header and records; null while there is no stream */
    size_t count;   /* records */
    size_t room;    /* for records */
    struct hb_ops_header header;
    struct dice dice;
    struct swarm swarm;
    struct heap heap;
    bool is_smashing;
    hb_mutate_bytes mutate_bytes; /* null: none */
};

/* mutator.c: records of the stream. */
struct hb_op record_get(const struct hb_mutator *mutator, size_t at);
/* Folds the operation onto what its record can hold. */
void record_put(struct hb_mutator *mutator, size_t at, struct hb_op op);
/* Puts operations in front of record at; those at the end that there is no room for are lost.
 * Returns how many were put. */
size_t records_insert(struct hb_mutator *mutator, size_t at, const struct hb_op *ops, size_t count);
void records_delete(struct hb_mutator *mutator, size_t at, size_t count);
/* A place to insert at, from 0 to count: often the end. */
size_t place_to_insert(struct hb_mutator *mutator);

/* mutator_swarm.c */
void swarm_set(struct swarm *swarm, uint16_t number);

/* mutator_operands.c: what is drawn without the heap. */
size_t draw_size(struct hb_mutator *mutator);
uint16_t draw_align(struct hb_mutator *mutator);
/* A small distance, such as one is off by. */
int32_t draw_slip(struct hb_mutator *mutator);
struct hb_op draw_op(struct hb_mutator *mutator);
/* The operation mallocs, or whatever it was; size and alignment are drawn. */
struct hb_op malloc_op(uint32_t slot, size_t size);

/* mutator_heap.c: plays the first count records. False where there is no memory. */
bool heap_play(struct hb_mutator *mutator, size_t count);
void heap_step(struct heap *heap, const struct hb_op *op);
/* All blocks, by address range by range, into heap->blocks. */
bool heap_list(struct heap *heap);
/* A slot in that state, by chance; NO_SLOT where there is none. */
uint32_t heap_slot_that_is(struct hb_mutator *mutator, unsigned state);
/* A slot that malloc can use: the next that is not live from a random one on; NO_SLOT. */
uint32_t heap_slot_to_use(struct hb_mutator *mutator);
void heap_close(struct heap *heap);

/* The changes, by file. Each returns false where it finds nothing to act on. */
bool mutate_insert(struct hb_mutator *mutator);
bool mutate_delete(struct hb_mutator *mutator);
bool mutate_duplicate(struct hb_mutator *mutator);
bool mutate_swap(struct hb_mutator *mutator);
bool mutate_move(struct hb_mutator *mutator);
bool mutate_repeat(struct hb_mutator *mutator);
bool mutate_splice(struct hb_mutator *mutator);
bool mutate_header(struct hb_mutator *mutator);
bool mutate_some_bytes(struct hb_mutator *mutator);
bool mutate_operand(struct hb_mutator *mutator);
bool mutate_boundary(struct hb_mutator *mutator);
bool mutate_align(struct hb_mutator *mutator);
bool mutate_alias(struct hb_mutator *mutator);
bool mutate_free_neighbour(struct hb_mutator *mutator);
bool mutate_hole_size(struct hb_mutator *mutator);
bool mutate_grow(struct hb_mutator *mutator);
bool mutate_fill(struct hb_mutator *mutator);
bool mutate_drain(struct hb_mutator *mutator);
bool mutate_comb(struct hb_mutator *mutator);
bool mutate_ladder(struct hb_mutator *mutator);
bool mutate_ranges(struct hb_mutator *mutator);
bool mutate_remove_range(struct hb_mutator *mutator);
bool mutate_wrong(struct hb_mutator *mutator);

/* Replaces the stream by a generated one that has at most that many records. */
bool stream_generate(struct hb_mutator *mutator, size_t count_max);

#endif
