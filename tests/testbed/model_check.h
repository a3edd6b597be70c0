/* SPDX-License-Identifier: MIT
 *
 * A model to be judged by heaps worked out by hand: one model, one arena, and words for what is
 * expected of it. PLACEMENT says which model. Addresses are numbers, and nothing lies behind them.
 */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

#include "check.h"

#include "model.h"
#include "stream.h"

#define A          ((uintptr_t)0x100000)
#define ARENA_SIZE ((size_t)32768)

static struct hb_model *model;

static inline void reset(void)
{
    model = model == NULL ? hb_model_new(PLACEMENT) : model;
    if (model == NULL || !hb_model_reset(model, A, ARENA_SIZE)) {
        exit(2);
    }
}

/* An empty heap with one range at the begin of the arena. */
static inline void heap_with(size_t range_bytes)
{
    reset();
    CHECK_EQ(hb_model_add_range(model, A, A + range_bytes), HB_OK);
}

static inline void add(size_t begin, size_t end)
{
    CHECK_EQ(hb_model_add_range(model, A + begin, A + end), HB_OK);
}

/* Offset of the payload in the arena. */
static inline size_t allocated(size_t size)
{
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_malloc(model, size, 16, &payload), HB_OK);
    return payload - A;
}

static inline void freed(size_t offset, size_t size)
{
    CHECK_EQ(hb_model_free(model, A + offset, size), HB_OK);
}

static inline void check_stats(size_t ranges, size_t live_blocks, size_t live_bytes,
                               size_t free_blocks, size_t free_bytes)
{
    const struct hb_model_stats stats = hb_model_stats(model);
    CHECK_EQ(stats.range_count, ranges);
    CHECK_EQ(stats.live_block_count, live_blocks);
    CHECK_EQ(stats.live_bytes, live_bytes);
    CHECK_EQ(stats.free_block_count, free_blocks);
    CHECK_EQ(stats.free_bytes, free_bytes);
}

struct expected_block {
    size_t offset;
    size_t capacity;
    size_t request;
};

static inline void check_block(const struct hb_model_block *block,
                               const struct expected_block *expected)
{
    CHECK_EQ(block->payload - A, expected->offset);
    CHECK_EQ(block->capacity, expected->capacity);
    CHECK_EQ(block->request, expected->request);
}

static inline void check_walk(const struct expected_block *expected, size_t count)
{
    struct hb_model_block block;
    uint64_t position = 0;
    for (size_t i = 0; i < count; i++) {
        if (!CHECK(hb_model_next_block(model, &position, &block))) {
            return;
        }
        check_block(&block, &expected[i]);
    }
    CHECK(!hb_model_next_block(model, &position, &block));
}

/* The free list from its head. */
static inline void check_free_list(const struct expected_block *expected, size_t count)
{
    struct hb_model_block block;
    for (size_t i = 0; i < count; i++) {
        if (!CHECK(hb_model_free_block(model, i, &block))) {
            return;
        }
        check_block(&block, &expected[i]);
    }
    CHECK(!hb_model_free_block(model, count, &block));
}

#define WALK(...)                                                                                  \
    check_walk((const struct expected_block[]){__VA_ARGS__},                                       \
               sizeof((const struct expected_block[]){__VA_ARGS__}) /                              \
                   sizeof(struct expected_block))
#define FREE_LIST(...)                                                                             \
    check_free_list((const struct expected_block[]){__VA_ARGS__},                                  \
                    sizeof((const struct expected_block[]){__VA_ARGS__}) /                         \
                        sizeof(struct expected_block))

static inline enum hb_status judged(uintptr_t begin, uintptr_t end)
{
    return hb_model_judge_range(model, begin, end);
}

static inline enum hb_status malloc_status(size_t size, size_t align)
{
    uintptr_t payload = 0;
    return hb_model_malloc(model, size, align, &payload);
}

static inline enum hb_status free_status(size_t offset, size_t size)
{
    return hb_model_free(model, A + offset, size);
}

/* Steps of the call that was predicted last. */
static inline void check_bound(enum hb_status status, enum hb_status expected, uint64_t bound)
{
    CHECK_EQ(status, expected);
    CHECK_EQ(hb_model_work_bound(model), bound);
}

static inline enum hb_status realloc_status(size_t offset, size_t old_size, size_t new_size,
                                            size_t align)
{
    uintptr_t payload = 0;
    return hb_model_realloc(model, A + offset, old_size, new_size, align, &payload);
}

/* Offset of the payload that the block has now. */
static inline size_t resized(size_t offset, size_t old_size, size_t new_size)
{
    uintptr_t payload = 0;
    CHECK_EQ(hb_model_realloc(model, A + offset, old_size, new_size, 1, &payload), HB_OK);
    return payload - A;
}

static inline void check_usable(size_t offset, size_t capacity)
{
    size_t found = 0;
    CHECK_EQ(hb_model_usable_size(model, A + offset, &found), HB_OK);
    CHECK_EQ(found, capacity);
}

static inline enum hb_status usable_status(uintptr_t pointer)
{
    size_t capacity = 0;
    return hb_model_usable_size(model, pointer, &capacity);
}

static inline void removed(size_t begin)
{
    CHECK_EQ(hb_model_remove_range(model, A + begin), HB_OK);
}

#endif
