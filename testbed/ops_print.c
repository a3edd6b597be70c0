/* SPDX-License-Identifier: MIT
 *
 * Operations -> text, one operation a line. ops_parse.c reads it back to the same bytes.
 */
#include "ops_record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

const char *hb_op_kind_name(unsigned kind)
{
    static const char *const names[HB_OP_KIND_GIVEN] = {
        "init",    "add_range",     "malloc",          "free",          "realloc",
        "calloc",  "write",         "check",           "free_twice",    "free_interior",
        "free_at", "free_forged",   "free_wrong_size", "free_any_size", "remove_range",
        "usable",  "realloc_wrong", "smash",           "damage",
    };
    return kind < HB_OP_KIND_GIVEN ? names[kind] : "nop";
}

const char *const hb_smash_place_names[HB_SMASH_FORM_COUNT] = {
    "header", "behind", "links", "footer", "at",
};

const char *const hb_smash_with_names[HB_SMASH_WITH_COUNT] = {
    "random", "bit", "zeros", "ones", "copy", "free", "live", "outside",
};

/* A line being written. */
struct line {
    char *text;
    size_t used;
};

static void put(struct line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    const int written =
        vsnprintf(line->text + line->used, HB_OP_TEXT_BYTES - line->used, format, arguments);
    va_end(arguments);
    line->used += written > 0 ? (size_t)written : 0;
}

static int32_t as_signed(uint32_t value)
{
    return (int32_t)value;
}

static void put_size(struct line *line, const struct hb_op *op)
{
    switch (op->form) {
    case HB_SIZE_MAX_MINUS:
        put(line, "max-%" PRIu64, op->value);
        break;
    case HB_SIZE_LIMIT:
        put(line, "limit%+" PRId64, (int64_t)op->value);
        break;
    case HB_SIZE_HOLE:
        put(line, "hole(%" PRIu32 ")%+" PRId32, hb_low(op->value), as_signed(hb_high(op->value)));
        break;
    case HB_SIZE_OWN:
        put(line, "own%+" PRId64, (int64_t)op->value);
        break;
    default:
        put(line, "%" PRIu64, op->value);
        break;
    }
}

static void put_align(struct line *line, const struct hb_op *op)
{
    if (op->align_code == HB_ALIGN_CODE_DEFAULT) {
        return;
    }
    const uint64_t align = op->align_code < HB_ALIGN_LITERAL_BASE
                               ? (uint64_t)1 << op->align_code
                               : op->align_code - HB_ALIGN_LITERAL_BASE;
    put(line, " align %" PRIu64, align);
}

static void put_calloc(struct line *line, const struct hb_op *op)
{
    put(line, "calloc %" PRIu32 " %" PRIu32 " %s%" PRIu32, op->slot, hb_high(op->value),
        op->form == HB_CALLOC_MAX_MINUS ? "max-" : "", hb_low(op->value));
}

static void put_range(struct line *line, const struct hb_op *op)
{
    const uint32_t low = hb_low(op->value);
    const uint32_t high = hb_high(op->value);
    switch (op->form) {
    case HB_RANGE_AFTER:
        put(line, "add_range after%+" PRId32 " %" PRIu32, as_signed(low), high);
        break;
    case HB_RANGE_TOP:
        put(line, "add_range top-%" PRIu32 " top-%" PRIu32, low, high);
        break;
    case HB_RANGE_NULL:
        put(line, "add_range null %" PRIu32, high);
        break;
    default:
        put(line, "add_range %" PRIu32 " %" PRIu32, low, high);
        break;
    }
}

static void put_free_at(struct line *line, const struct hb_op *op)
{
    const uint32_t low = hb_low(op->value);
    if (op->form == HB_AT_NULL) {
        put(line, "free at null");
    } else if (op->form == HB_AT_TOP) {
        put(line, "free at top-%" PRIu32, low);
    } else {
        put(line, "free at %" PRId32, as_signed(low));
    }
    put(line, " size %" PRIu32, hb_high(op->value));
}

static void put_remove_range(struct line *line, const struct hb_op *op)
{
    if (op->form == HB_REMOVE_AT) {
        put(line, "remove_range at %" PRId64, (int64_t)op->value);
    } else {
        put(line, "remove_range %" PRIu64, op->value);
    }
}

static void put_usable(struct line *line, const struct hb_op *op)
{
    put(line, "usable %" PRIu32, op->slot);
    if (op->value != 0) {
        put(line, " %+" PRId64, (int64_t)op->value);
    }
}

static void put_realloc_wrong(struct line *line, const struct hb_op *op)
{
    static const char *const words[HB_REALLOC_WRONG_FORM_COUNT] = {"twice", "interior ",
                                                                   "size own"};
    put(line, "realloc %" PRIu32 " %s", op->slot, words[op->form]);
    if (op->form != HB_REALLOC_TWICE) {
        put(line, "%+" PRId32, as_signed(hb_low(op->value)));
    }
    put(line, " to %" PRIu32, hb_high(op->value));
}

static void put_smash(struct line *line, const struct hb_op *op)
{
    const int32_t place = as_signed(hb_low(op->value));
    if (op->form == HB_SMASH_AT) {
        put(line, "smash at %" PRId32, place);
    } else {
        put(line, "smash %" PRIu32 " %s %+" PRId32, op->slot, hb_smash_place_names[op->form],
            place);
    }
    put(line, " with %s %zu", hb_smash_with_names[hb_smash_with(op)], hb_smash_bytes(op));
}

void hb_op_print(const struct hb_op *op, char text[HB_OP_TEXT_BYTES])
{
    struct line line = {.text = text};
    text[0] = '\0';
    switch (op->kind) {
    case HB_OP_ADD_RANGE:
        put_range(&line, op);
        break;
    case HB_OP_MALLOC:
    case HB_OP_REALLOC:
        put(&line, "%s %" PRIu32 " ", hb_op_kind_name(op->kind), op->slot);
        put_size(&line, op);
        put_align(&line, op);
        break;
    case HB_OP_CALLOC:
        put_calloc(&line, op);
        put_align(&line, op);
        break;
    case HB_OP_FREE:
    case HB_OP_WRITE:
        put(&line, "%s %" PRIu32, hb_op_kind_name(op->kind), op->slot);
        break;
    case HB_OP_FREE_TWICE:
        put(&line, "free %" PRIu32 " twice", op->slot);
        break;
    case HB_OP_FREE_ANY_SIZE:
        put(&line, "free %" PRIu32 " any", op->slot);
        break;
    case HB_OP_FREE_INTERIOR:
        put(&line, "free %" PRIu32 " interior %+" PRId64, op->slot, (int64_t)op->value);
        break;
    case HB_OP_FREE_FORGED:
        put(&line, "free %" PRIu32 " forged %" PRIu32 " as %" PRIu32, op->slot, hb_high(op->value),
            hb_low(op->value));
        break;
    case HB_OP_FREE_WRONG_SIZE:
        put(&line, "free %" PRIu32 " size ", op->slot);
        put_size(&line, op);
        break;
    case HB_OP_FREE_AT:
        put_free_at(&line, op);
        break;
    case HB_OP_REMOVE_RANGE:
        put_remove_range(&line, op);
        break;
    case HB_OP_USABLE:
        put_usable(&line, op);
        break;
    case HB_OP_REALLOC_WRONG:
        put_realloc_wrong(&line, op);
        break;
    case HB_OP_SMASH:
        put_smash(&line, op);
        break;
    case HB_OP_DAMAGE:
        put(&line, "damage %" PRIu32 " %" PRIu32, hb_low(op->value), hb_high(op->value));
        break;
    default:
        put(&line, "%s", hb_op_kind_name(op->kind));
        break;
    }
}

void hb_ops_print(const struct hb_ops *ops, FILE *out)
{
    (void)fprintf(out, "heapbed %u arena %" PRIu32 " slots %" PRIu32, HB_OPS_VERSION,
                  (uint32_t)1 << ops->header.arena_log2, (uint32_t)1 << ops->header.slot_log2);
    if (ops->header.swarm != 0) {
        (void)fprintf(out, " swarm %u", ops->header.swarm);
    }
    (void)fputc('\n', out);
    for (size_t i = 0; i < ops->count; i++) {
        const struct hb_op op = hb_ops_get(ops, i);
        char text[HB_OP_TEXT_BYTES];
        hb_op_print(&op, text);
        (void)fprintf(out, "%s\n", text);
    }
}
