/* SPDX-License-Identifier: MIT
 *
 * The model: what an exact best-fit allocator must answer, told out of line and as simply as can
 * be. It shares no header, constant, rounding helper or traversal with core/ (the build gives it no
 * include path to it); the numbers below are those of docs/core.md, written down a second time on
 * purpose.
 *
 * It never reads or writes the memory it speaks of: addresses are numbers to it.
 */
#ifndef HB_MODEL_H
#define HB_MODEL_H

#include "heapbed/target.h"

struct hb_events;
struct hb_model;

/* Whose rules: docs/core.md has them, to the byte. */
enum hb_placement { HB_PLACEMENT_LIST, HB_PLACEMENT_BITMAP, HB_PLACEMENT_COUNT };

/* What the model would count, if asked. */
struct hb_model_stats {
    size_t range_count;
    size_t live_block_count;
    size_t live_bytes;
    size_t free_block_count;
    size_t free_bytes;
    size_t peak_live_bytes;
    size_t largest_free_bytes;      /* of the blocks that can serve a request */
    size_t quarantined_block_count; /* neither live nor free */
    size_t quarantined_bytes;       /* with their headers */
};

struct hb_model_block {
    uintptr_t payload;
    size_t capacity;
    size_t request; /* 0 where free or held back */
};

/* Null if there is no memory for it. */
struct hb_model *hb_model_new(enum hb_placement placement);
void hb_model_delete(struct hb_model *model);

/* From the next reset on: blocks that are freed are held back, up to so many bytes with their
 * headers, and the oldest are given up first; behind each request so many bytes are nobody's. 0 and
 * 0 as long as nobody says so. */
void hb_model_configure(struct hb_model *model, size_t quarantine_bytes, size_t guard_bytes);

/* Events of heap shape are counted there from now on; null: no more. See events.h. */
void hb_model_set_events(struct hb_model *model, struct hb_events *events);

/* An empty heap, in an arena that all its ranges lie in. Cost: what the last heap had. */
bool hb_model_reset(struct hb_model *model, uintptr_t arena_begin, size_t arena_bytes);

/* Sizes from here on are refused. */
size_t hb_model_size_limit(void);

/* What add_range must answer, and nothing else happens. */
enum hb_status hb_model_judge_range(const struct hb_model *model, uintptr_t begin, uintptr_t end);

/* The operations, predicted and played. On HB_OK of malloc, *payload is where it must lie. */
enum hb_status hb_model_add_range(struct hb_model *model, uintptr_t begin, uintptr_t end);
enum hb_status hb_model_malloc(struct hb_model *model, size_t size, size_t align,
                               uintptr_t *payload);
enum hb_status hb_model_free(struct hb_model *model, uintptr_t pointer, size_t size);
/* pointer 0: as malloc. On HB_OK *payload is where the block must lie now. */
enum hb_status hb_model_realloc(struct hb_model *model, uintptr_t pointer, size_t old_size,
                                size_t new_size, size_t align, uintptr_t *payload);
enum hb_status hb_model_remove_range(struct hb_model *model, uintptr_t begin);

/* What usable_size must answer: for what is no live payload as hb_model_free with SIZE_MAX, else
 * HB_OK and the capacity without the guard. Nothing happens. */
enum hb_status hb_model_usable_size(const struct hb_model *model, uintptr_t pointer,
                                    size_t *capacity);

/* The same for a target that annotates, where no byte behind those asked for can be touched: the
 * size asked for. */
enum hb_status hb_model_request_size(const struct hb_model *model, uintptr_t pointer,
                                     size_t *request);

/* Whether the call that was predicted last gave up blocks that were held back: then even one that
 * fails has changed the heap. */
bool hb_model_gave_up(const struct hb_model *model);

/* Whether a block, live or free, begins with its payload at pointer. */
bool hb_model_is_block(const struct hb_model *model, uintptr_t pointer);

/* The capacity of the smallest free block that holds size bytes; of the largest free block where
 * none does; 0 where nothing is free. */
size_t hb_model_hole(const struct hb_model *model, size_t size);

struct hb_model_stats hb_model_stats(const struct hb_model *model);
/* One of them, at no cost. */
size_t hb_model_free_block_count(const struct hb_model *model);

/* Most steps that the operation that was predicted last may take: see docs/oracles.md, bound. */
uint64_t hb_model_work_bound(const struct hb_model *model);
/* The same for a target that walks the range of every pointer it is given (paranoid hardening): to
 * be added for each pointer that the operation looks up. */
uint64_t hb_model_walk_bound(const struct hb_model *model, uintptr_t pointer);

/* Ranges as they were added. */
size_t hb_model_range_count(const struct hb_model *model);
void hb_model_range(const struct hb_model *model, size_t index, uintptr_t *begin, uintptr_t *end);

/* Blocks, range by range as added, by address within a range: begin with *position 0; false when
 * there are no more. */
bool hb_model_next_block(const struct hb_model *model, uint64_t *position,
                         struct hb_model_block *block);

/* Free blocks: list from the head of the free list (index 0); bitmap by size, and of the same size
 * the one that a request would get first; slivers are none of them. */
bool hb_model_free_block(const struct hb_model *model, size_t index, struct hb_model_block *block);

#endif
