/* SPDX-License-Identifier: MIT
 *
 * What the files model*.c share: a heap as numbers, and what the two placements differ in. See
 * model.h for what the model is.
 *
 * A block is its number. The blocks of a range are chained by address; where a block begins is
 * looked up in a map with one entry for 16 bytes of arena.
 */
#ifndef HB_MODEL_HEAP_H
#define HB_MODEL_HEAP_H

#include "model.h"

#define HB_UNIT     ((size_t)16)
#define HB_NO_BLOCK UINT32_MAX

struct hb_block {
    uintptr_t payload;
    size_t capacity;
    size_t request;    /* 0 where free or held back */
    uint32_t previous; /* by address, in the same range */
    uint32_t next;
    bool is_held;        /* freed, and held back: in the quarantine */
    uint32_t held_after; /* the block that was freed next, where it is held too */
    /* bitmap, where it is free and serves requests: */
    uint32_t newer; /* of the same stride */
    uint32_t older;
    uint64_t entered; /* which entry into the index it was */
};

struct hb_range {
    uintptr_t begin;
    uintptr_t end;
    uint32_t first;
    uint32_t last;
    size_t block_count;
};

/* The free blocks of one stride. */
struct hb_stride {
    size_t stride;
    uint32_t newest;
    uint32_t count; /* never 0 */
};

struct hb_model {
    const struct hb_rules *rules;
    uintptr_t arena_begin;
    struct hb_range *ranges;
    size_t range_count;
    size_t range_room;
    struct hb_block *blocks;
    size_t block_count; /* numbers that were ever used */
    size_t block_room;
    uint32_t unused;    /* numbers of blocks that are no more, chained by next */
    uint32_t *block_at; /* number + 1 of the block whose payload begins there; 0: none */
    size_t block_at_count;
    struct hb_model_stats stats; /* but for largest_free_bytes */
    size_t quarantine_bytes;     /* at most so many, with their headers, are held back */
    size_t guard_bytes;          /* behind each request */
    uint32_t oldest_held;        /* HB_NO_BLOCK: none is */
    uint32_t newest_held;
    bool gave_up; /* the call freed blocks that were held */
    uint64_t work_bound;
    struct hb_events *events; /* null: nobody listens */

    /* list: numbers of the free blocks; the last is the head of the free list. */
    uint32_t *free_list;
    size_t free_list_count;
    size_t free_list_room;
    size_t free_list_largest;

    /* bitmap: the strides that some free block has, ascending. */
    struct hb_stride *strides;
    size_t stride_count;
    size_t stride_room;
    uint64_t entry_count;
    uint32_t octaves[64]; /* how many of the strides lie in each, for the events */
};

/* What a placement has to say. Arguments have been judged; live blocks are counted by the caller,
 * free blocks by the placement; each adds to the work bound what it may cost. */
struct hb_rules {
    size_t header_bytes;
    size_t range_bytes_min;
    size_t range_bytes_max;
    size_t align_max;
    void (*reset)(struct hb_model *model);
    /* A pointer is looked up in its range. */
    void (*look_up)(struct hb_model *model, const struct hb_range *range);
    /* A new block becomes free: the only one of a new range. */
    void (*add)(struct hb_model *model, uint32_t number);
    /* The block that malloc hands out, no longer free; HB_NO_BLOCK where none fits. */
    uint32_t (*take)(struct hb_model *model, size_t size, size_t align);
    /* A live block becomes free. */
    void (*give)(struct hb_model *model, uint32_t number);
    /* Whether the live block can stay where it is; its capacity is then as it must be. */
    bool (*resize)(struct hb_model *model, uint32_t number, size_t size, size_t align);
    /* The blocks of a range, all of them free, are free no longer; or would have been, but that
     * the range is in use. */
    void (*remove)(struct hb_model *model, const struct hb_range *range, bool is_in_use);
    size_t (*hole)(const struct hb_model *model, size_t size);
    size_t (*largest)(const struct hb_model *model);
    /* The number of the free block at this index, in the order of hb_model_free_block. */
    uint32_t (*nth_free)(const struct hb_model *model, size_t index);
};

extern const struct hb_rules hb_rules_list;
extern const struct hb_rules hb_rules_bitmap;

static inline bool hb_block_is_free(const struct hb_model *model, uint32_t number)
{
    return number != HB_NO_BLOCK && model->blocks[number].request == 0 &&
           !model->blocks[number].is_held;
}

/* The range that the address lies in; null where there is none. */
struct hb_range *hb_model_range_of(const struct hb_model *model, uintptr_t address);

/* The free block is counted, or no longer. */
void hb_block_count_free(struct hb_model *model, uint32_t number);
void hb_block_uncount_free(struct hb_model *model, uint32_t number);

/* Cuts a block down to capacity. The rest, behind a header of its own, is a new block. */
uint32_t hb_block_split(struct hb_model *model, uint32_t number, size_t capacity);

/* A block and the one behind it become one, with the number of the first. */
void hb_block_join(struct hb_model *model, uint32_t number);

/* Room for one element more; there is no return without. */
void *hb_model_grow(void *array, size_t *room, size_t count, size_t element_bytes);

#endif
