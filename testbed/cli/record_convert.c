/* SPDX-License-Identifier: MIT
 *
 * One pass over the events. Header and add_range come first in the stream but depend on what
 * follows, so room is left for them and they are written last.
 *
 * The arena is a power of two that holds the peak of what is allocated twice, and all that the list
 * index needs, which never merges free blocks (record_need.h). A realloc is counted as what it may
 * come to: malloc, copy, free.
 */
#include "record_convert.h"

#include "record_blocks.h"
#include "record_need.h"

#include <inttypes.h>
#include <stdlib.h>

#define LEADING_RECORDS    ((size_t)2) /* header, add_range */
#define ARENA_LOG2_LEAST   16u         /* 64 KiB */
#define ALIGN_LOG2_DEFAULT 4u          /* what malloc promises */

struct conversion {
    const struct hb_convert_options *options;
    struct hb_convert_summary *summary;
    struct hb_block_table blocks;
    struct hb_bytes bytes;
    size_t capacity;
    uint64_t live_bytes;
    struct hb_need need;
    uint64_t live_units; /* of 16 bytes, headers included */
    uint64_t peak_live_units;
    const char *failure;
};

static bool out_of_memory(struct conversion *conversion)
{
    conversion->failure = "memory is used up; record fewer operations with --limit";
    return false;
}

static bool stream_append(struct conversion *conversion, const struct hb_op *op)
{
    struct hb_bytes *bytes = &conversion->bytes;
    if (bytes->count + HB_RECORD_BYTES > conversion->capacity) {
        size_t capacity = 2 * conversion->capacity;
        uint8_t *larger = realloc(bytes->data, capacity);
        if (larger == NULL) {
            return out_of_memory(conversion);
        }
        bytes->data = larger;
        conversion->capacity = capacity;
    }
    hb_ops_encode(op, bytes->data + bytes->count);
    bytes->count += HB_RECORD_BYTES;
    ++conversion->summary->operations;
    return true;
}

static void raise_to(uint64_t *peak, uint64_t value)
{
    if (value > *peak) {
        *peak = value;
    }
}

/* Alignment beyond 16 can cost a gap. */
static bool live_add(struct conversion *conversion, struct hb_block *block, unsigned align_log2)
{
    uint64_t gap = align_log2 > ALIGN_LOG2_DEFAULT ? (uint64_t)1 << align_log2 : 0;
    if (!hb_need_take(&conversion->need, block->size_bytes + gap, &block->capacity_units)) {
        return out_of_memory(conversion);
    }
    conversion->live_units += block->capacity_units + 1;
    conversion->live_bytes += block->size_bytes;
    raise_to(&conversion->peak_live_units, conversion->live_units);
    return true;
}

static bool live_subtract(struct conversion *conversion, const struct hb_block *block)
{
    conversion->live_units -= block->capacity_units + 1;
    conversion->live_bytes -= block->size_bytes;
    return hb_need_give(&conversion->need, block->capacity_units) || out_of_memory(conversion);
}

static void note_peaks(struct conversion *conversion)
{
    raise_to(&conversion->summary->peak_live_bytes, conversion->live_bytes);
    raise_to(&conversion->summary->peak_live_blocks, conversion->blocks.block_count);
}

/* The contract refuses requests for 0 bytes, C allows them: they become 1 byte. */
static uint64_t size_at_least_1(struct conversion *conversion, uint64_t size)
{
    if (size == 0) {
        ++conversion->summary->zero_sizes;
        return 1;
    }
    return size;
}

static bool convert_removal(struct conversion *conversion, const struct hb_block *block)
{
    struct hb_op op = {.kind = HB_OP_FREE, .slot = block->slot};
    if (!live_subtract(conversion, block)) {
        return false;
    }
    hb_block_table_remove(&conversion->blocks, block->address);
    ++conversion->summary->frees;
    return stream_append(conversion, &op);
}

/* A block at an address that was handed out again must have been freed without our seeing it. */
static bool convert_implied_free(struct conversion *conversion, uint64_t address)
{
    const struct hb_block *block = hb_block_table_find(&conversion->blocks, address);
    if (block == NULL) {
        return true;
    }
    ++conversion->summary->implied_frees;
    return convert_removal(conversion, block);
}

/* op has everything but its slot. */
static bool convert_allocation(struct conversion *conversion, struct hb_op *op, uint64_t address,
                               uint64_t size)
{
    struct hb_block block = {.address = address, .size_bytes = size};
    if (!convert_implied_free(conversion, address) ||
        !live_add(conversion, &block, op->align_code)) {
        return false;
    }
    if (!hb_block_table_insert(&conversion->blocks, &block)) {
        return out_of_memory(conversion);
    }
    op->slot = block.slot;
    note_peaks(conversion);
    return stream_append(conversion, op);
}

static bool convert_malloc(struct conversion *conversion, const struct hb_event *event)
{
    uint64_t size = size_at_least_1(conversion, event->size);
    bool has_align = event->align_log2 > ALIGN_LOG2_DEFAULT;
    struct hb_op op = {.kind = HB_OP_MALLOC,
                       .form = HB_SIZE_LITERAL,
                       .align_code = (uint16_t)(has_align ? event->align_log2 : ALIGN_LOG2_DEFAULT),
                       .value = size};
    ++conversion->summary->mallocs;
    return convert_allocation(conversion, &op, event->result, size);
}

static bool convert_calloc(struct conversion *conversion, const struct hb_event *event)
{
    uint64_t product = event->count * event->size; /* did not wrap: the call succeeded */
    uint64_t size = size_at_least_1(conversion, product);
    struct hb_op op = {.kind = HB_OP_CALLOC,
                       .form = HB_CALLOC_LITERAL,
                       .align_code = ALIGN_LOG2_DEFAULT,
                       .value = hb_pair(1, 1)};
    if (size > UINT32_MAX) {
        conversion->failure = "one calloc is larger than an arena can be (1 GiB)";
        return false;
    }
    if (product != 0) {
        op.value = hb_pair((uint32_t)event->size, (uint32_t)event->count);
    }
    ++conversion->summary->callocs;
    return convert_allocation(conversion, &op, event->result, size);
}

static bool convert_free(struct conversion *conversion, const struct hb_event *event)
{
    const struct hb_block *block = hb_block_table_find(&conversion->blocks, event->pointer);
    if (block == NULL) {
        ++conversion->summary->dropped_frees;
        return true;
    }
    return convert_removal(conversion, block);
}

/* The block goes on in its slot, at the address that it was moved to. */
static bool convert_resize(struct conversion *conversion, const struct hb_event *event)
{
    if (event->result != event->pointer && !convert_implied_free(conversion, event->result)) {
        return false;
    }
    const struct hb_block old = *hb_block_table_find(&conversion->blocks, event->pointer);
    struct hb_block resized = {.address = event->result,
                               .size_bytes = size_at_least_1(conversion, event->size)};
    struct hb_op op = {.kind = HB_OP_REALLOC,
                       .form = HB_SIZE_LITERAL,
                       .align_code = ALIGN_LOG2_DEFAULT,
                       .slot = old.slot,
                       .value = resized.size_bytes};
    if (!live_add(conversion, &resized, ALIGN_LOG2_DEFAULT) || !live_subtract(conversion, &old)) {
        return false;
    }
    note_peaks(conversion);
    hb_block_table_replace(&conversion->blocks, event->pointer, &resized);
    ++conversion->summary->reallocs;
    return stream_append(conversion, &op);
}

/* realloc of null allocates; of 0 bytes frees, where it returned null; of a block that was never
 * seen, the best that can be told is what it returned. */
static bool convert_realloc(struct conversion *conversion, const struct hb_event *event)
{
    if (event->result == 0) {
        return convert_free(conversion, event);
    }
    if (hb_block_table_find(&conversion->blocks, event->pointer) != NULL) {
        return convert_resize(conversion, event);
    }
    conversion->summary->dropped_reallocs += event->pointer != 0;
    return convert_malloc(conversion, event);
}

static bool convert_event(struct conversion *conversion, const struct hb_event *event)
{
    switch (event->kind) {
    case HB_EVENT_MALLOC:
        return convert_malloc(conversion, event);
    case HB_EVENT_CALLOC:
        return convert_calloc(conversion, event);
    case HB_EVENT_REALLOC:
        return convert_realloc(conversion, event);
    case HB_EVENT_FREE:
        return convert_free(conversion, event);
    default:
        conversion->failure = "the event file is damaged; record again";
        return false;
    }
}

static unsigned log2_ceiling(uint64_t value)
{
    unsigned log2 = 0;
    while (((uint64_t)1 << log2) < value) {
        ++log2;
    }
    return log2;
}

static unsigned at_least(unsigned value, unsigned least)
{
    return value < least ? least : value;
}

static bool choose_geometry(struct conversion *conversion)
{
    struct hb_convert_summary *summary = conversion->summary;
    summary->list_need_bytes = conversion->need.used_bytes;
    summary->arena_log2 = conversion->options->arena_log2;
    if (summary->arena_log2 == 0) {
        uint64_t bytes = 2 * conversion->peak_live_units * 16;
        raise_to(&bytes, summary->list_need_bytes);
        summary->arena_log2 = at_least(log2_ceiling(bytes), ARENA_LOG2_LEAST);
    }
    summary->slot_log2 = log2_ceiling(conversion->blocks.slot_count);
    if (summary->arena_log2 > HB_ARENA_LOG2_MAX) {
        conversion->failure = "its heap needs an arena above 1 GiB; record a smaller job, fewer "
                              "operations (--limit), or a tighter arena (--arena-log2 30)";
        return false;
    }
    if (summary->slot_log2 > HB_SLOT_LOG2_MAX) {
        conversion->failure = "it has more blocks at once than a trace has slots (16,777,216); "
                              "record a smaller job or fewer operations (--limit)";
        return false;
    }
    return true;
}

static void write_leading_records(struct conversion *conversion)
{
    const struct hb_convert_summary *summary = conversion->summary;
    struct hb_ops_header header = {.version = HB_OPS_VERSION,
                                   .arena_log2 = (uint8_t)summary->arena_log2,
                                   .slot_log2 = (uint8_t)summary->slot_log2};
    struct hb_op range = {.kind = HB_OP_ADD_RANGE,
                          .form = HB_RANGE_ARENA,
                          .value = hb_pair(0, (uint32_t)1 << summary->arena_log2)};
    hb_ops_encode_header(&header, conversion->bytes.data);
    hb_ops_encode(&range, conversion->bytes.data + HB_RECORD_BYTES);
}

static bool convert_all(struct conversion *conversion, const struct hb_event *events,
                        uint64_t event_count)
{
    struct hb_convert_summary *summary = conversion->summary;
    conversion->capacity = (size_t)64 * 1024;
    conversion->bytes.count = LEADING_RECORDS * HB_RECORD_BYTES;
    conversion->bytes.data = malloc(conversion->capacity);
    if (conversion->bytes.data == NULL) {
        conversion->failure = "memory is used up";
        return false;
    }
    for (uint64_t i = 0; i < event_count; ++i) {
        if (summary->operations >= conversion->options->operation_limit) {
            break;
        }
        if (!convert_event(conversion, &events[i])) {
            return false;
        }
        ++summary->events;
    }
    summary->end_live_bytes = conversion->live_bytes;
    summary->end_live_blocks = conversion->blocks.block_count;
    if (!choose_geometry(conversion)) {
        return false;
    }
    write_leading_records(conversion);
    return true;
}

bool hb_convert(const struct hb_event *events, uint64_t event_count,
                const struct hb_convert_options *options, struct hb_bytes *bytes,
                struct hb_convert_summary *summary, char *error, size_t error_bytes)
{
    *summary = (struct hb_convert_summary){0};
    struct conversion conversion = {.options = options, .summary = summary};
    bool is_done = convert_all(&conversion, events, event_count);
    if (is_done) {
        *bytes = conversion.bytes;
    } else {
        free(conversion.bytes.data);
        snprintf(error, error_bytes, "event %" PRIu64 ": %s", summary->events, conversion.failure);
    }
    hb_block_table_destroy(&conversion.blocks);
    hb_need_destroy(&conversion.need);
    return is_done;
}
