/* SPDX-License-Identifier: MIT
 *
 * Second part of a reproducer for bestfit: the core itself, from the include path.
 */
#define BF_INDEX_LIST
#define BF_STEP() bed_step()
#include "bestfit.c"

#define TAKES_RANGES    true
#define FAILS_UNCHANGED true
#define COALESCES       false

struct bf_heap bed_heap;

const size_t bed_heap_bytes = sizeof(bed_heap);
const size_t bed_scratch_offset = offsetof(struct bf_heap, failed_counts);
const size_t bed_scratch_bytes = BF_STATUS_COUNT * sizeof(size_t);

void *bed_heap_state(void)
{
    return &bed_heap;
}

enum status bed_status(enum bf_status status)
{
    switch (status) {
    case BF_OK:
        return OK;
    case BF_OUT_OF_MEMORY:
        return OUT_OF_MEMORY;
    case BF_INVALID_ARGUMENT:
        return INVALID_ARGUMENT;
    case BF_INVALID_ALIGN:
        return INVALID_ALIGN;
    case BF_INVALID_SIZE:
        return INVALID_SIZE;
    case BF_INVALID_ADDRESS:
        return INVALID_ADDRESS;
    case BF_OVERLAP:
        return OVERLAP;
    case BF_TOO_MANY_RANGES:
        return TOO_MANY_RANGES;
    case BF_DOUBLE_FREE:
        return DOUBLE_FREE;
    case BF_WRONG_SIZE:
        return WRONG_SIZE;
    case BF_RANGE_IN_USE:
        return INVALID_ADDRESS;
    case BF_CORRUPTED:
        return CORRUPTED;
    }
    return REFUSED;
}

void bed_prepare_target(void) {}

void target_init(void)
{
    bf_init(&bed_heap, 0);
}

enum status target_add_range(char *begin, char *end)
{
    return bed_status(bf_add_range(&bed_heap, begin, end));
}

enum status target_malloc(size_t size, size_t align, void **out)
{
    return bed_status(bf_malloc(&bed_heap, size, align, out));
}

enum status target_free(char *ptr, size_t size)
{
    return bed_status(bf_free(&bed_heap, ptr, size));
}

bool target_check(const char **reason)
{
    struct bf_fault fault = {0};
    if (bf_check(&bed_heap, &fault) == BF_OK) {
        return true;
    }
    *reason = fault.reason;
    return false;
}

bool target_stats(struct bed_stats *stats)
{
    struct bf_stats own = {0};
    bf_stats(&bed_heap, &own);
    stats->range_count = own.range_count;
    stats->live_block_count = own.live_block_count;
    stats->live_bytes = own.live_bytes;
    stats->free_block_count = own.free_block_count;
    stats->free_bytes = own.free_bytes;
    return true;
}

bool bed_walk_visit(void *visit, const struct bf_block_info *block)
{
    (*(bed_visit *)visit)(block->payload, block->capacity_bytes, block->request_bytes);
    return true;
}

void target_walk(bed_visit visit)
{
    bf_walk(&bed_heap, bed_walk_visit, &visit);
}
