/* SPDX-License-Identifier: MIT
 *
 * Second part of a reproducer for bestfit: the core itself, from the include path.
 */
#define BF_STEP() bed_step()
#include "bestfit.c"

#define TAKES_RANGES true
#if BF_QUARANTINE_BYTES > 0
/* What finds no room has given up all that was held back. */
#define FAILS_UNCHANGED (bed_call.got != OUT_OF_MEMORY)
#else
#define FAILS_UNCHANGED true
#endif
#if defined(BF_INDEX_LIST) || BF_QUARANTINE_BYTES > 0
#define COALESCES false
#else
#define COALESCES true
#endif
#define HAS_USABLE true
#define HAS_OWNS   true

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
        return RANGE_IN_USE;
    case BF_CORRUPTED:
        return CORRUPTED;
    }
    return REFUSED;
}

void bed_prepare_target(void) {}

void target_init(unsigned long long key)
{
    bf_init(&bed_heap, (uintptr_t)key);
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

enum status target_remove_range(char *begin)
{
    return bed_status(bf_remove_range(&bed_heap, begin));
}

enum status target_calloc(size_t count, size_t size, size_t align, void **out)
{
    return bed_status(bf_calloc(&bed_heap, count, size, align, out));
}

enum status target_realloc(char *ptr, size_t old_size, size_t size, size_t align, void **out)
{
    return bed_status(bf_realloc(&bed_heap, ptr, old_size, size, align, out));
}

enum status target_usable(const char *ptr, size_t *size)
{
    return bed_status(bf_usable_size(&bed_heap, ptr, size));
}

bool target_owns(const char *ptr)
{
    return bf_owns(&bed_heap, ptr);
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
    stats->has_more = true;
    stats->peak_live_bytes = own.peak_live_bytes;
    stats->largest_free_bytes = own.largest_free_bytes;
    stats->failed_call_count = own.failed_call_count;
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
