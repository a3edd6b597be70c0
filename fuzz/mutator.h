/* SPDX-License-Identifier: MIT
 *
 * Changes op streams as operations on a heap, not as bytes. One core for all engines:
 * mutator_libfuzzer.c and mutator_afl.c are its two doors. What it does and why: docs/fuzzing.md,
 * Search.
 *
 * A mutant is a header and whole records, and depends on the stream, the seed and nothing else.
 */
#ifndef HB_MUTATOR_H
#define HB_MUTATOR_H

#include "model.h"
#include "ops.h"

enum hb_mutation {
    /* Records, whatever they mean. */
    HB_MUTATION_INSERT, /* an operation, drawn for the heap that is there */
    HB_MUTATION_DELETE, /* a stretch */
    HB_MUTATION_DUPLICATE,
    HB_MUTATION_SWAP,
    HB_MUTATION_MOVE,
    HB_MUTATION_REPEAT, /* a stretch, several times */
    HB_MUTATION_SPLICE, /* a stretch of a generated stream */
    HB_MUTATION_HEADER, /* the arena, the number of slots, the swarm */
    HB_MUTATION_BYTES,  /* the engine's own, of a few records or of all */
    /* Operands. */
    HB_MUTATION_OPERAND,  /* of one record: a size, slot, alignment, distance */
    HB_MUTATION_BOUNDARY, /* a size around a power of two, a bin's or a unit's boundary */
    HB_MUTATION_ALIGN,    /* above 16 */
    HB_MUTATION_ALIAS,    /* one slot takes another's place from here on */
    /* Shapes of the heap: the stream is played on the model up to the place of the change. */
    HB_MUTATION_FREE_NEIGHBOUR, /* frees a live block beside a free one */
    HB_MUTATION_HOLE_SIZE,      /* malloc of a free block's capacity, plus or minus a little */
    HB_MUTATION_GROW,           /* realloc into the free block behind, plus or minus a little */
    HB_MUTATION_FILL,           /* mallocs until nothing fits any more */
    HB_MUTATION_DRAIN,          /* frees everything that is live */
    HB_MUTATION_COMB,           /* frees every other live block, by address */
    HB_MUTATION_LADDER,         /* many sizes of one octave, kept apart, then freed */
    HB_MUTATION_RANGES,         /* a range becomes several, touching or apart */
    HB_MUTATION_REMOVE_RANGE,   /* a range is emptied, removed, and mostly added again */
    HB_MUTATION_WRONG,          /* a wrong call, of pointers that are there */
    HB_MUTATION_COUNT
};

const char *hb_mutation_name(unsigned mutation);

struct hb_mutator;

/* An engine's own change of bytes; returns how many there are now, at most byte_count_max. */
typedef size_t (*hb_mutate_bytes)(uint8_t *bytes, size_t byte_count, size_t byte_count_max);

/* placement: of the model that streams are played on. is_smashing: smashes are drawn too. Null
 * where there is no memory. */
struct hb_mutator *hb_mutator_new(enum hb_placement placement, bool is_smashing);
void hb_mutator_delete(struct hb_mutator *mutator);

/* Changes the stream in place, in one or a few ways. Returns its new length: at most
 * byte_count_max, 0 only where that leaves no room for a header. mutate_bytes may be null. */
size_t hb_mutate(struct hb_mutator *mutator, uint8_t *bytes, size_t byte_count,
                 size_t byte_count_max, uint64_t seed, hb_mutate_bytes mutate_bytes);

/* One change of that kind. 0: the stream has nothing for it to act on, and is as it was but for its
 * header. */
size_t hb_mutate_as(struct hb_mutator *mutator, enum hb_mutation mutation, uint8_t *bytes,
                    size_t byte_count, size_t byte_count_max, uint64_t seed);

/* The header and a beginning of a, then a stretch of b, then the rest of a: all that follows, or
 * what comes behind a stretch of a that is left out. */
size_t hb_cross_over(const uint8_t *a, size_t a_byte_count, const uint8_t *b, size_t b_byte_count,
                     uint8_t *out, size_t byte_count_max, uint64_t seed);

#endif
