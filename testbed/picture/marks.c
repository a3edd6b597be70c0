/* SPDX-License-Identifier: MIT
 *
 * What to look at in a picture: the block that a call answered with, the one that was expected, the
 * pointer that was passed, and what the oracle named.
 */
#include "drawing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A block larger than this is looked at where it begins. */
#define LARGE_BYTES  8192
#define WINDOW_NEAR  1536
#define WINDOW_LEAST 96
#define AXIS_WHOLE   1024

static bool is_marked(const struct hb_marks *marks, int64_t at)
{
    for (size_t i = 0; i < marks->count; i++) {
        if (marks->items[i].where.begin == at) {
            return true;
        }
    }
    return false;
}

static void mark(struct hb_marks *marks, enum hb_mark_kind kind, int64_t begin, int64_t end,
                 const char *text)
{
    if (marks->count == HB_MARKS_MAX) {
        return;
    }
    struct hb_mark *next = &marks->items[marks->count++];
    *next = (struct hb_mark){.kind = kind, .where = {.begin = begin, .end = end}};
    (void)snprintf(next->text, sizeof next->text, "%s", text);
}

static int64_t bytes_asked(const struct hb_call *call)
{
    const uint64_t count = call->kind == HB_CALL_CALLOC ? call->count : 1;
    const uint64_t limit = (uint64_t)1 << 31;
    return call->size < limit && count < limit ? (int64_t)(call->size * count) : 0;
}

static void mark_allocation(const struct hb_call *call, struct hb_marks *marks)
{
    const int64_t bytes = bytes_asked(call);
    const bool is_answered = call->actual_status == HB_OK && call->actual.base == HB_IN_ARENA;
    const bool is_expected =
        call->is_exact && call->expected_status == HB_OK && call->expected.base == HB_IN_ARENA;
    char text[96];
    if (is_answered) {
        (void)snprintf(text, sizeof text, "%s answered +%" PRId64 " for %" PRId64 " bytes",
                       hb_call_kind_name(call->kind), call->actual.offset, bytes);
        mark(marks, HB_MARK_BLOCK, call->actual.offset, call->actual.offset + bytes, text);
    }
    if (is_expected && (!is_answered || call->expected.offset != call->actual.offset)) {
        (void)snprintf(text, sizeof text, "the model expected +%" PRId64, call->expected.offset);
        mark(marks, HB_MARK_WANTED, call->expected.offset, call->expected.offset + bytes, text);
    }
}

static void mark_call(const struct hb_call *call, struct hb_marks *marks)
{
    const int64_t at = call->pointer.offset;
    const bool has_pointer = call->pointer.base == HB_IN_ARENA;
    char text[96];
    switch (call->kind) {
    case HB_CALL_ADD_RANGE:
        if (has_pointer && call->end.base == HB_IN_ARENA) {
            const int64_t end = call->end.offset;
            (void)snprintf(text, sizeof text, "add_range +%" PRId64 " to +%" PRId64, at, end);
            mark(marks, HB_MARK_RANGE, at < end ? at : end, at < end ? end : at, text);
        }
        return;
    case HB_CALL_INIT:
    case HB_CALL_COPY:
        return;
    default:
        break;
    }
    if (hb_call_allocates(call->kind)) {
        mark_allocation(call, marks);
    }
    if (has_pointer && call->kind != HB_CALL_MALLOC && call->kind != HB_CALL_CALLOC) {
        (void)snprintf(text, sizeof text, "%s was passed +%" PRId64, hb_call_kind_name(call->kind),
                       at);
        mark(marks, HB_MARK_POINTER, at, at, text);
    }
}

/* Every "arena+N" in what an oracle says. */
static void mark_named(const char *words, struct hb_marks *marks)
{
    for (const char *at = strstr(words, "arena+"); at != NULL; at = strstr(at + 1, "arena+")) {
        char *end = NULL;
        const int64_t offset = strtoll(at + 6, &end, 10);
        char text[96];
        if (end == at + 6 || is_marked(marks, offset)) {
            continue;
        }
        (void)snprintf(text, sizeof text, "named by the oracle: +%" PRId64, offset);
        mark(marks, HB_MARK_POINTER, offset, offset, text);
    }
}

void hb_marks_find(const struct hb_film *film, size_t op_index, const struct hb_view *after,
                   struct hb_marks *marks)
{
    *marks = (struct hb_marks){.is_guilty = !hb_film_is_clean(film) && op_index == film->last};
    if (!after->has_arena) {
        return;
    }
    if (after->call.op_index == op_index) {
        mark_call(&after->call, marks);
    }
    if (marks->is_guilty) {
        mark_named(film->result.verdict.expected, marks);
        mark_named(film->result.verdict.actual, marks);
    }
}

static void widen(struct hb_extent *extent, int64_t begin, int64_t end)
{
    const bool is_empty = extent->end <= extent->begin;
    extent->begin = is_empty || begin < extent->begin ? begin : extent->begin;
    extent->end = is_empty || end > extent->end ? end : extent->end;
}

static void widen_by_view(struct hb_extent *axis, const struct hb_view *view)
{
    for (size_t i = 0; i < view->range_count && view->has_arena; i++) {
        widen(axis, view->ranges[i].begin, view->ranges[i].end);
    }
    for (size_t i = 0; i < view->allocated.count; i++) {
        const struct hb_view_block *block = &view->allocated.items[i];
        widen(axis, block->at, block->at + (int64_t)block->capacity);
    }
}

struct hb_extent hb_drawing_axis(const struct hb_film *film)
{
    const int64_t arena = (int64_t)1 << film->ops->header.arena_log2;
    struct hb_extent axis = {0};
    struct hb_marks marks;
    for (size_t i = 0; i < film->view_count; i++) {
        widen_by_view(&axis, &film->views[i]);
    }
    widen_by_view(&axis, hb_film_after(film));
    hb_marks_find(film, film->last, hb_film_after(film), &marks);
    for (size_t i = 0; i < marks.count; i++) {
        const struct hb_extent *where = &marks.items[i].where;
        if (where->begin >= 0 && where->begin <= arena) {
            widen(&axis, where->begin, where->end > arena ? arena : where->end + 1);
        }
    }
    if (axis.end <= axis.begin) {
        axis = (struct hb_extent){0, arena};
    }
    /* round ends, and a look at what lies behind */
    axis.begin = axis.begin / 16 * 16;
    axis.end = (axis.end + 15) / 16 * 16;
    return axis;
}

/* The block that an address lies in, header included, or what of it is near. */
static void widen_by_block(struct hb_extent *window, const struct hb_view *view, int64_t at)
{
    const struct hb_view_blocks *blocks = view->is_exact ? &view->model : &view->allocated;
    for (size_t i = 0; i < blocks->count; i++) {
        const int64_t front = hb_view_front(view, blocks, i);
        const int64_t end = blocks->items[i].at + (int64_t)blocks->items[i].capacity;
        if (at >= front && at < end) {
            widen(window, front > at - LARGE_BYTES ? front : at - 64,
                  end < at + LARGE_BYTES ? end : at + 128);
        }
    }
    widen(window, at, at + 16);
}

static struct hb_extent live_extent(const struct hb_view *view)
{
    struct hb_extent live = {0};
    for (size_t i = 0; i < view->allocated.count; i++) {
        const struct hb_view_block *block = &view->allocated.items[i];
        widen(&live, block->at - 16, block->at + (int64_t)block->capacity + 16);
    }
    return live;
}

struct hb_extent hb_drawing_window(struct hb_extent axis, const struct hb_view *view,
                                   const struct hb_marks *marks)
{
    struct hb_extent window = {0};
    if (axis.end - axis.begin <= AXIS_WHOLE) {
        return axis;
    }
    for (size_t i = 0; i < marks->count; i++) {
        const struct hb_extent *where = &marks->items[i].where;
        if (where->begin >= axis.begin && where->begin < axis.end) {
            widen_by_block(&window, view, where->begin);
            widen(&window, where->begin,
                  where->end - where->begin < LARGE_BYTES ? where->end : where->begin + 128);
        }
    }
    const struct hb_extent live = live_extent(view);
    struct hb_extent both = window;
    widen(&both, live.begin, live.end);
    if (live.end > live.begin && both.end - both.begin <= WINDOW_NEAR) {
        window = both;
    }
    if (window.end <= window.begin) {
        window = (struct hb_extent){axis.begin, axis.begin + 256};
    }
    const int64_t length = window.end - window.begin;
    const int64_t margin = length < WINDOW_LEAST ? (WINDOW_LEAST - length) / 2 + 32 : length / 6;
    window.begin =
        (window.begin - margin > axis.begin ? window.begin - margin : axis.begin) / 16 * 16;
    window.end = window.end + margin < axis.end ? (window.end + margin) / 16 * 16 : axis.end;
    return window;
}

static void print_address(const struct hb_address *address, bool has_arena, FILE *out)
{
    if (!has_arena) {
        (void)fprintf(out, "a block");
    } else if (address->base == HB_FROM_TOP) {
        (void)fprintf(out, "top-%" PRId64, address->offset);
    } else {
        (void)fprintf(out, "%s%+" PRId64, address->base == HB_FROM_ZERO ? "zero" : "",
                      address->offset);
    }
}

static void print_size(uint64_t size, FILE *out)
{
    if (size == SIZE_MAX) {
        (void)fprintf(out, ", any size");
    } else {
        (void)fprintf(out, ", %" PRIu64 " bytes", size);
    }
}

static void print_operands(const struct hb_call *call, bool has_arena, FILE *out)
{
    switch (call->kind) {
    case HB_CALL_ADD_RANGE:
        print_address(&call->pointer, true, out);
        (void)fprintf(out, " to ");
        print_address(&call->end, true, out);
        break;
    case HB_CALL_MALLOC:
        (void)fprintf(out, "slot %" PRIu32 ", %" PRIu64 " bytes, align %" PRIu64, call->slot,
                      call->size, call->align);
        break;
    case HB_CALL_CALLOC:
        (void)fprintf(out, "slot %" PRIu32 ", %" PRIu64 " times %" PRIu64 " bytes, align %" PRIu64,
                      call->slot, call->count, call->size, call->align);
        break;
    case HB_CALL_REALLOC:
        (void)fprintf(out, "slot %" PRIu32 ", ", call->slot);
        print_address(&call->pointer, has_arena, out);
        print_size(call->old_size, out);
        (void)fprintf(out, " to %" PRIu64 ", align %" PRIu64, call->size, call->align);
        break;
    case HB_CALL_FREE:
    case HB_CALL_FILL:
        print_address(&call->pointer, has_arena, out);
        print_size(call->size, out);
        break;
    case HB_CALL_REMOVE_RANGE:
    case HB_CALL_USABLE:
        print_address(&call->pointer, has_arena, out);
        break;
    default:
        break;
    }
}

void hb_call_describe(const struct hb_call *call, bool has_arena, char text[HB_CALL_TEXT_BYTES])
{
    FILE *out = fmemopen(text, HB_CALL_TEXT_BYTES, "w");
    text[0] = '\0';
    if (out == NULL) {
        return;
    }
    (void)fprintf(out, "%s(", hb_call_kind_name(call->kind));
    print_operands(call, has_arena, out);
    (void)fprintf(out, ")");
    if (call->actual_status == HB_STATUS_COUNT) {
        (void)fprintf(out, " did not come back");
    } else if (hb_call_is_made(call->kind)) {
        (void)fprintf(out, " answered %s", hb_status_name(call->actual_status));
    }
    if (hb_call_allocates(call->kind) && call->actual_status == HB_OK && has_arena) {
        (void)fprintf(out, ", ");
        print_address(&call->actual, true, out);
    }
    (void)fclose(out);
    text[HB_CALL_TEXT_BYTES - 1] = '\0';
}
