/* SPDX-License-Identifier: MIT
 *
 * Prints the main of a reproducer: one direct call for each call of the run. The result of a malloc
 * becomes a variable where something later uses it, so that the program also holds where addresses
 * differ from run to run.
 */
#include "calls.h"

#include <inttypes.h>
#include <stdlib.h>

/* Which call an address came from, and how far from its result it lies. */
struct origin {
    bool is_known;
    size_t call_index;
    int64_t delta;
};

struct main_writer {
    const struct hb_call_list *calls;
    FILE *out;
    bool *is_used;    /* call index: its result is used later */
    size_t *variable; /* call index: the number of its variable */
};

static bool has_result(const struct hb_call *call)
{
    return hb_call_allocates(call->kind) && call->actual_status == HB_OK;
}

static bool is_near(const struct hb_address *address, const struct hb_call *call, int64_t below,
                    int64_t above)
{
    if (address->base != call->actual.base) {
        return false;
    }
    /* Unsigned: addresses may be any. */
    const uint64_t distance = (uint64_t)address->offset - (uint64_t)call->actual.offset;
    return distance + (uint64_t)below <= (uint64_t)above + (uint64_t)below;
}

/* The newest result before the call at index, of the slot (or of any), with the address in reach.
 */
static struct origin origin_find(const struct hb_call_list *calls, size_t index,
                                 const struct hb_address *address, bool any_slot, int64_t below,
                                 int64_t above)
{
    for (size_t i = index; i > 0; i--) {
        const struct hb_call *call = &calls->items[i - 1];
        if (has_result(call) && (any_slot || call->slot == calls->items[index].slot) &&
            is_near(address, call, below, above < 0 ? (int64_t)hb_call_bytes(call) : above)) {
            return (struct origin){true, i - 1, address->offset - call->actual.offset};
        }
    }
    return (struct origin){0};
}

/* What address stands for in the call at index: best the slot's own pointer, else one moved from
 * it, else any block's, or a byte of it, or the header in front of it. */
static struct origin origin_of(const struct hb_call_list *calls, size_t index,
                               const struct hb_address *address)
{
    const struct hb_call *call = &calls->items[index];
    struct origin origin = {0};
    if (call->kind == HB_CALL_ADD_RANGE || call->kind == HB_CALL_REMOVE_RANGE ||
        call->op.kind == HB_OP_FREE_AT) {
        return origin;
    }
    const struct {
        bool any_slot;
        int64_t below;
        int64_t above; /* -1: the size of the block */
    } attempts[] = {{false, 0, 0}, {true, 0, 0},         {false, 0, -1},
                    {true, 0, -1}, {false, 64, 1 << 20}, {true, 16, -1}};
    for (size_t i = 0; i < sizeof(attempts) / sizeof(attempts[0]) && !origin.is_known; i++) {
        origin = origin_find(calls, index, address, attempts[i].any_slot, attempts[i].below,
                             attempts[i].above);
    }
    return origin;
}

static void mark_use(struct main_writer *writer, size_t index, const struct hb_address *address)
{
    const struct origin origin = origin_of(writer->calls, index, address);
    if (origin.is_known) {
        writer->is_used[origin.call_index] = true;
    }
}

static void find_uses(struct main_writer *writer)
{
    for (size_t i = 0; i < writer->calls->count; i++) {
        const struct hb_call *call = &writer->calls->items[i];
        switch (call->kind) {
        case HB_CALL_FREE:
        case HB_CALL_REALLOC:
        case HB_CALL_USABLE:
        case HB_CALL_FILL:
            mark_use(writer, i, &call->pointer);
            break;
        case HB_CALL_COPY:
            mark_use(writer, i, &call->pointer);
            mark_use(writer, i, &call->end);
            break;
        case HB_CALL_INIT:
        case HB_CALL_ADD_RANGE:
        case HB_CALL_REMOVE_RANGE:
        case HB_CALL_MALLOC:
        case HB_CALL_CALLOC:
            break;
        }
    }
}

static void print_literal(const struct hb_address *address, FILE *out)
{
    switch (address->base) {
    case HB_IN_ARENA:
        fprintf(out, "at(%" PRId64 ")", address->offset);
        return;
    case HB_FROM_TOP:
        fprintf(out, "top(%" PRId64 ")", address->offset);
        return;
    case HB_FROM_ZERO:
        break;
    }
    if (address->offset == 0) {
        fputs("NULL", out);
    } else {
        fprintf(out, "(char *)%" PRId64, address->offset);
    }
}

static void print_pointer(const struct main_writer *writer, size_t index,
                          const struct hb_address *address)
{
    const struct origin origin = origin_of(writer->calls, index, address);
    if (!origin.is_known) {
        print_literal(address, writer->out);
        return;
    }
    fprintf(writer->out, "p%zu", writer->variable[origin.call_index]);
    if (origin.delta != 0) {
        fprintf(writer->out, " %c %" PRId64, origin.delta < 0 ? '-' : '+',
                origin.delta < 0 ? -origin.delta : origin.delta);
    }
}

static void print_size(uint64_t size, FILE *out)
{
    const uint64_t below_max = (uint64_t)SIZE_MAX - size;
    if (size <= INT32_MAX) {
        fprintf(out, "%" PRIu64, size);
    } else if (below_max == 0) {
        fputs("SIZE_MAX", out);
    } else if (below_max <= INT32_MAX) {
        fprintf(out, "SIZE_MAX - %" PRIu64, below_max);
    } else {
        fprintf(out, "%" PRIu64 "u", size);
    }
}

static const char *expected_name(const struct hb_call *call)
{
    static const char *const names[HB_STATUS_COUNT] = {
        [HB_OK] = "OK",
        [HB_OUT_OF_MEMORY] = "OUT_OF_MEMORY",
        [HB_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
        [HB_INVALID_ALIGN] = "INVALID_ALIGN",
        [HB_INVALID_SIZE] = "INVALID_SIZE",
        [HB_INVALID_ADDRESS] = "INVALID_ADDRESS",
        [HB_OVERLAP] = "OVERLAP",
        [HB_TOO_MANY_RANGES] = "TOO_MANY_RANGES",
        [HB_DOUBLE_FREE] = "DOUBLE_FREE",
        [HB_WRONG_SIZE] = "WRONG_SIZE",
        [HB_CORRUPTED] = "CORRUPTED",
        [HB_RANGE_IN_USE] = "RANGE_IN_USE",
    };
    if (!call->is_exact) {
        const bool may_be_full = hb_call_allocates(call->kind) || call->kind == HB_CALL_ADD_RANGE;
        if (call->expected_status != HB_OK) {
            return "REFUSED";
        }
        if (call->kind == HB_CALL_REMOVE_RANGE) {
            return "ANYTHING";
        }
        return may_be_full ? "OK_OR_FULL" : "OK";
    }
    return call->expected_status < HB_STATUS_COUNT ? names[call->expected_status] : "REFUSED";
}

/* malloc, calloc or realloc. */
static void print_allocation(const struct main_writer *writer, size_t index)
{
    const struct hb_call *call = &writer->calls->items[index];
    if (writer->is_used[index]) {
        fprintf(writer->out, "char *p%zu = ", writer->variable[index]);
    }
    fprintf(writer->out, "user_%s(%zu, ", hb_call_kind_name(call->kind), call->op_index);
    if (call->kind == HB_CALL_REALLOC) {
        print_pointer(writer, index, &call->pointer);
        fputs(", ", writer->out);
        print_size(call->old_size, writer->out);
        fputs(", ", writer->out);
    } else if (call->kind == HB_CALL_CALLOC) {
        print_size(call->count, writer->out);
        fputs(", ", writer->out);
    }
    print_size(call->size, writer->out);
    fputs(", ", writer->out);
    print_size(call->align, writer->out);
    fprintf(writer->out, ", %s, ", expected_name(call));
    if (call->is_exact && call->expected_status == HB_OK) {
        print_literal(&call->expected, writer->out);
    } else {
        fputs("ANYWHERE", writer->out);
    }
    fputs(");", writer->out);
}

static void print_call(const struct main_writer *writer, size_t index)
{
    const struct hb_call *call = &writer->calls->items[index];
    FILE *out = writer->out;
    switch (call->kind) {
    case HB_CALL_INIT:
        fprintf(out, "user_init(%zu, %" PRIu64 "u);", call->op_index, call->size);
        break;
    case HB_CALL_ADD_RANGE:
        fprintf(out, "user_add_range(%zu, ", call->op_index);
        print_pointer(writer, index, &call->pointer);
        fputs(", ", out);
        print_pointer(writer, index, &call->end);
        fprintf(out, ", %s);", expected_name(call));
        break;
    case HB_CALL_REMOVE_RANGE:
        fprintf(out, "user_remove_range(%zu, ", call->op_index);
        print_pointer(writer, index, &call->pointer);
        fprintf(out, ", %s);", expected_name(call));
        break;
    case HB_CALL_MALLOC:
    case HB_CALL_CALLOC:
    case HB_CALL_REALLOC:
        print_allocation(writer, index);
        break;
    case HB_CALL_USABLE:
        fprintf(out, "user_usable(%zu, ", call->op_index);
        print_pointer(writer, index, &call->pointer);
        fprintf(out, ", %s, %" PRIu64 ");", expected_name(call), call->count);
        break;
    case HB_CALL_FREE:
        fprintf(out, "user_free(%zu, ", call->op_index);
        print_pointer(writer, index, &call->pointer);
        fputs(", ", out);
        print_size(call->size, out);
        fprintf(out, ", %s);", expected_name(call));
        break;
    case HB_CALL_COPY:
        fputs("user_copy(", out);
        print_pointer(writer, index, &call->end);
        fputs(", ", out);
        print_pointer(writer, index, &call->pointer);
        fputs(", ", out);
        print_size(call->size, out);
        fputs(");", out);
        break;
    case HB_CALL_FILL:
        /* After a realloc or a forgery the user has what it had. */
        fputs(call->op.kind == HB_OP_WRITE ? "user_fill(" : "user_refill(", out);
        print_pointer(writer, index, &call->pointer);
        fputs(");", out);
        break;
    }
}

/* Each operation's text goes behind the first of its calls; the first call of all belongs to none:
 * every run begins with an empty heap. */
static bool is_first_of_operation(const struct hb_reproducer *reproducer, size_t index)
{
    const struct hb_call *calls = reproducer->calls->items;
    return index > 0 && calls[index].op_index < reproducer->ops->count &&
           (index == 1 || calls[index - 1].op_index != calls[index].op_index);
}

static void print_calls(const struct main_writer *writer, const struct hb_reproducer *reproducer)
{
    char text[HB_OP_TEXT_BYTES];
    const struct hb_call_list *calls = writer->calls;
    for (size_t i = 0; i < calls->count; i++) {
        const struct hb_call *call = &calls->items[i];
        fputs("    ", writer->out);
        print_call(writer, i);
        if (is_first_of_operation(reproducer, i)) {
            hb_op_print(&call->op, text);
            fprintf(writer->out, " /* %s */", text);
        }
        fputc('\n', writer->out);
    }
    if (calls->count == 0 ||
        calls->items[calls->count - 1].op_index < reproducer->verdict->op_index) {
        fprintf(writer->out, "    user_check(%zu);\n", reproducer->verdict->op_index);
    }
}

static void print_functions(const struct main_writer *writer,
                            const struct hb_reproducer *reproducer)
{
    FILE *out = writer->out;
    if (reproducer->verdict->oracle == HB_ORACLE_REPLAY) {
        fputs("void play(void)\n{\n", out);
        print_calls(writer, reproducer);
        fputs("}\n\nint main(void)\n{\n    bed_start();\n    play();\n"
              "    bed_start_second_pass();\n    play();\n    return bed_finish();\n}\n",
              out);
        return;
    }
    fputs("int main(void)\n{\n    bed_start();\n", out);
    print_calls(writer, reproducer);
    fputs("    return bed_finish();\n}\n", out);
}

void hb_reproducer_print_main(const struct hb_reproducer *reproducer, FILE *out)
{
    const size_t count = reproducer->calls->count;
    struct main_writer writer = {
        .calls = reproducer->calls,
        .out = out,
        .is_used = calloc(count + 1, sizeof(bool)),
        .variable = calloc(count + 1, sizeof(size_t)),
    };
    if (writer.is_used == NULL || writer.variable == NULL) {
        abort(); /* half a program would be worse than none */
    }
    size_t variable_count = 0;
    for (size_t i = 0; i < count; i++) {
        writer.variable[i] = has_result(&writer.calls->items[i]) ? ++variable_count : 0;
    }
    find_uses(&writer);
    print_functions(&writer, reproducer);
    free(writer.is_used);
    free(writer.variable);
}
