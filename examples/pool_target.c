/* SPDX-License-Identifier: MIT
 *
 * The adapter of pool_allocator.c: docs/your-allocator.md goes through it.
 */
#include <heapbed/target.h>

/* The allocator is included, not linked, so that its searches can be counted. */
static void count_step(void *pool);
#define POOL_STEP(pool) count_step(pool)
#include "pool_allocator.c"

struct pool_heap {
    struct pool pool; /* first: a pool is its heap */
    struct hb_host *host;
};

static void count_step(void *pool)
{
    hb_step(((struct pool_heap *)pool)->host);
}

static void target_init(void *state, struct hb_host *host)
{
    struct pool_heap *heap = state;
    heap->host = host;
    pool_init(&heap->pool);
}

static enum hb_status target_add_range(void *state, void *begin, void *end)
{
    return pool_add(state, begin, end) ? HB_OK : HB_INVALID_SIZE;
}

static enum hb_status answer(void *payload, void **out)
{
    if (payload == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    *out = payload;
    return HB_OK;
}

static enum hb_status target_malloc(void *state, size_t size, size_t align, void **out)
{
    return answer(pool_malloc(state, size, align), out);
}

static enum hb_status target_calloc(void *state, size_t count, size_t size, size_t align,
                                    void **out)
{
    return answer(pool_calloc(state, count, size, align), out);
}

static enum hb_status target_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                     size_t align, void **out)
{
    (void)old_size;
    return answer(pool_realloc(state, ptr, new_size, align), out);
}

static enum hb_status target_free(void *state, void *ptr, size_t size)
{
    (void)size;
    pool_free(state, ptr);
    return HB_OK;
}

static enum hb_status target_usable_size(void *state, const void *ptr, size_t *size_bytes)
{
    (void)state;
    *size_bytes = pool_capacity(ptr);
    return HB_OK;
}

/* One step for each free block, and between two free blocks lies a live one. */
static uint64_t target_work_bound(const struct hb_load *load)
{
    return load->live_block_count + load->range_count;
}

const struct hb_target heapbed_target = {
    HB_TARGET_HEAD,
    .name = "pool",
    .summary = "the sample allocator: first fit, boundary tags",
    .contract = HB_TAKES_RANGES | HB_FAILS_UNCHANGED | HB_COALESCES | HB_COUNTS_WORK,
    .align_max = 4096,
    .state_bytes = sizeof(struct pool_heap),
    .init = target_init,
    .add_range = target_add_range,
    .malloc = target_malloc,
    .free = target_free,
    .realloc = target_realloc,
    .calloc = target_calloc,
    .usable_size = target_usable_size,
    .work_bound = target_work_bound,
};
