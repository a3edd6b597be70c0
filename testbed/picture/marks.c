/* SPDX-License-Identifier: MIT
 *
 * What to look at in a picture: the block that a call answered with, the one that was expected, the
 * pointer that was passed, and what the oracle named.
 */
#include "drawing.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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
        (void)snprintf(text, sizeof text, "the oracle names +%" PRId64, offset);
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
