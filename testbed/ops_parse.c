/* SPDX-License-Identifier: MIT
 *
 * Text -> bytes. One operation a line; # begins a comment; blank lines are free. The first
 * operation may be preceded by a header line: heapbed 1 [arena BYTES] [slots COUNT] [swarm N].
 * Whatever can't be said exactly in the format is an error with line and column, never rounded.
 */
#include "ops_record.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* One line, being read from left to right. */
struct cursor {
    const char *line;
    size_t length;
    size_t at;
    size_t token_at; /* where the last token began: errors point there */
    const struct hb_ops_header *header;
    struct hb_text_error *error;
};

static bool fail(struct cursor *cursor, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static bool fail(struct cursor *cursor, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(cursor->error->reason, sizeof cursor->error->reason, format, arguments);
    va_end(arguments);
    cursor->error->column = cursor->token_at + 1;
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static void skip_space(struct cursor *cursor)
{
    while (cursor->at < cursor->length && is_space(cursor->line[cursor->at])) {
        cursor->at++;
    }
    cursor->token_at = cursor->at;
}

static bool at_end(struct cursor *cursor)
{
    skip_space(cursor);
    return cursor->at == cursor->length;
}

/* Takes text if it comes next, as a whole word where it ends in a letter. */
static bool take(struct cursor *cursor, const char *text)
{
    skip_space(cursor);
    const size_t length = strlen(text);
    const size_t left = cursor->length - cursor->at;
    if (left < length || memcmp(cursor->line + cursor->at, text, length) != 0) {
        return false;
    }
    const char last = text[length - 1];
    const bool is_word = last >= 'a' && last <= 'z';
    if (is_word && left > length) {
        const char next = cursor->line[cursor->at + length];
        if ((next >= 'a' && next <= 'z') || next == '_') {
            return false;
        }
    }
    cursor->at += length;
    return true;
}

static bool take_number(struct cursor *cursor, uint64_t max, uint64_t *number, const char *what)
{
    skip_space(cursor);
    uint64_t value = 0;
    const size_t first = cursor->at;
    while (cursor->at < cursor->length && cursor->line[cursor->at] >= '0' &&
           cursor->line[cursor->at] <= '9') {
        const uint64_t digit = (uint64_t)(cursor->line[cursor->at] - '0');
        if (value > (UINT64_MAX - digit) / 10) {
            return fail(cursor, "%s does not fit into 64 bits", what);
        }
        value = value * 10 + digit;
        cursor->at++;
    }
    if (cursor->at == first) {
        return fail(cursor, "expected %s, a number", what);
    }
    if (value > max) {
        return fail(cursor, "%s is %" PRIu64 "; the largest is %" PRIu64, what, value, max);
    }
    *number = value;
    return true;
}

static bool take_u32(struct cursor *cursor, uint32_t *number, const char *what)
{
    uint64_t value = 0;
    if (!take_number(cursor, UINT32_MAX, &value, what)) {
        return false;
    }
    *number = (uint32_t)value;
    return true;
}

/* A number with its sign, which may be left out where is_sign_optional. */
static bool take_signed(struct cursor *cursor, bool is_sign_optional, int32_t *number,
                        const char *what)
{
    const bool is_negative = take(cursor, "-");
    if (!is_negative && !take(cursor, "+") && !is_sign_optional) {
        return fail(cursor, "expected %s, with its sign (+0, -16)", what);
    }
    uint64_t value = 0;
    const uint64_t max = is_negative ? (uint64_t)INT32_MAX + 1 : INT32_MAX;
    if (!take_number(cursor, max, &value, what)) {
        return false;
    }
    *number = (int32_t)(is_negative ? -(int64_t)value : (int64_t)value);
    return true;
}

static bool take_slot(struct cursor *cursor, uint32_t *slot, const char *what)
{
    uint64_t value = 0;
    const uint64_t max = ((uint64_t)1 << cursor->header->slot_log2) - 1;
    if (!take_number(cursor, max, &value, what)) {
        return false;
    }
    *slot = (uint32_t)value;
    return true;
}

static uint64_t sign_extended(int32_t value)
{
    return (uint64_t)(int64_t)value;
}

static bool take_size(struct cursor *cursor, struct hb_op *op)
{
    int32_t delta = 0;
    if (take(cursor, "max")) {
        op->form = HB_SIZE_MAX_MINUS;
        return take(cursor, "-") ? take_number(cursor, UINT64_MAX, &op->value, "the distance")
                                 : fail(cursor, "expected max-N");
    }
    if (take(cursor, "limit")) {
        op->form = HB_SIZE_LIMIT;
        if (!take_signed(cursor, false, &delta, "the distance from the limit")) {
            return false;
        }
        op->value = sign_extended(delta);
        return true;
    }
    if (take(cursor, "own")) {
        if (op->kind == HB_OP_MALLOC) {
            return fail(cursor, "own is the slot's own size: malloc has none yet");
        }
        op->form = HB_SIZE_OWN;
        if (!take_signed(cursor, false, &delta, "the distance from the slot's own size")) {
            return false;
        }
        op->value = sign_extended(delta);
        return true;
    }
    if (take(cursor, "hole(")) {
        uint32_t fits = 0;
        op->form = HB_SIZE_HOLE;
        if (!take_u32(cursor, &fits, "the size that the hole fits") ||
            !(take(cursor, ")") || fail(cursor, "expected )")) ||
            !take_signed(cursor, false, &delta, "the distance from the hole's capacity")) {
            return false;
        }
        op->value = hb_pair(fits, (uint32_t)delta);
        return true;
    }
    op->form = HB_SIZE_LITERAL;
    return take_number(cursor, UINT64_MAX, &op->value, "the size");
}

static bool take_align(struct cursor *cursor, struct hb_op *op)
{
    op->align_code = HB_ALIGN_CODE_DEFAULT;
    if (at_end(cursor) || !take(cursor, "align")) {
        return true;
    }
    uint64_t align = 0;
    if (!take_number(cursor, UINT64_MAX, &align, "the alignment")) {
        return false;
    }
    return hb_align_encode(align, &op->align_code) ||
           fail(cursor, "the format has powers of two and other alignments up to %u",
                HB_ALIGN_CODE_MAX - HB_ALIGN_LITERAL_BASE);
}

static bool take_range(struct cursor *cursor, struct hb_op *op)
{
    uint32_t low = 0;
    uint32_t high = 0;
    bool ok;
    if (take(cursor, "after")) {
        int32_t gap = 0;
        op->form = HB_RANGE_AFTER;
        ok = take_signed(cursor, false, &gap, "the gap") && take_u32(cursor, &high, "the length");
        low = (uint32_t)gap;
    } else if (take(cursor, "top-")) {
        op->form = HB_RANGE_TOP;
        ok = take_u32(cursor, &low, "the distance") &&
             (take(cursor, "top-") || fail(cursor, "expected top-N as the end")) &&
             take_u32(cursor, &high, "the distance");
    } else if (take(cursor, "null")) {
        op->form = HB_RANGE_NULL;
        ok = take_u32(cursor, &high, "the end");
    } else {
        ok = take_u32(cursor, &low, "the begin") && take_u32(cursor, &high, "the end");
    }
    op->value = hb_pair(low, high);
    return ok;
}

static bool take_free_at(struct cursor *cursor, struct hb_op *op)
{
    uint32_t low = 0;
    uint32_t size = 0;
    bool ok = true;
    op->kind = HB_OP_FREE_AT;
    if (take(cursor, "null")) {
        op->form = HB_AT_NULL;
    } else if (take(cursor, "top-")) {
        op->form = HB_AT_TOP;
        ok = take_u32(cursor, &low, "the distance");
    } else {
        int32_t offset = 0;
        ok = take_signed(cursor, true, &offset, "an offset in the arena");
        low = (uint32_t)offset;
    }
    ok = ok && (take(cursor, "size") || fail(cursor, "expected: size N")) &&
         take_u32(cursor, &size, "the size");
    op->value = hb_pair(low, size);
    return ok;
}

static bool take_free(struct cursor *cursor, struct hb_op *op)
{
    op->kind = HB_OP_FREE;
    if (take(cursor, "at")) {
        return take_free_at(cursor, op);
    }
    if (!take_slot(cursor, &op->slot, "a slot")) {
        return false;
    }
    if (at_end(cursor)) {
        return true;
    }
    if (take(cursor, "twice")) {
        op->kind = HB_OP_FREE_TWICE;
        return true;
    }
    if (take(cursor, "any")) {
        op->kind = HB_OP_FREE_ANY_SIZE;
        return true;
    }
    if (take(cursor, "size")) {
        op->kind = HB_OP_FREE_WRONG_SIZE;
        return take_size(cursor, op);
    }
    if (take(cursor, "interior")) {
        int32_t delta = 0;
        op->kind = HB_OP_FREE_INTERIOR;
        if (!take_signed(cursor, false, &delta, "how far the pointer is moved")) {
            return false;
        }
        op->value = sign_extended(delta);
        return true;
    }
    if (take(cursor, "forged")) {
        uint32_t offset = 0;
        uint32_t donor = 0;
        op->kind = HB_OP_FREE_FORGED;
        if (!take_u32(cursor, &offset, "the offset") ||
            !(take(cursor, "as") || fail(cursor, "expected: as SLOT")) ||
            !take_slot(cursor, &donor, "the slot whose header is forged")) {
            return false;
        }
        op->value = hb_pair(donor, offset);
        return true;
    }
    return fail(cursor,
                "after the slot: nothing, twice, any, size N, interior +N or forged N as S");
}

static bool take_calloc(struct cursor *cursor, struct hb_op *op)
{
    uint32_t count = 0;
    uint32_t size = 0;
    if (!take_slot(cursor, &op->slot, "a slot") || !take_u32(cursor, &count, "the count")) {
        return false;
    }
    if (take(cursor, "max-")) {
        op->form = HB_CALLOC_MAX_MINUS;
    }
    if (!take_u32(cursor, &size, "the size")) {
        return false;
    }
    op->value = hb_pair(size, count);
    return take_align(cursor, op);
}

/* What is left of "realloc SLOT": a right one, or one of those that must be refused. */
static bool take_realloc(struct cursor *cursor, struct hb_op *op)
{
    int32_t delta = 0;
    uint32_t size = 0;
    bool ok = take_slot(cursor, &op->slot, "a slot");
    if (ok && take(cursor, "twice")) {
        op->form = HB_REALLOC_TWICE;
    } else if (ok && take(cursor, "interior")) {
        op->form = HB_REALLOC_INTERIOR;
        ok = take_signed(cursor, false, &delta, "how far the pointer is moved");
    } else if (ok && take(cursor, "size")) {
        op->form = HB_REALLOC_SIZE;
        ok = (take(cursor, "own") || fail(cursor, "expected own+N, the old size that is told")) &&
             take_signed(cursor, false, &delta, "the distance from the slot's own size");
    } else {
        return ok && take_size(cursor, op) && take_align(cursor, op);
    }
    op->kind = HB_OP_REALLOC_WRONG;
    ok = ok && (take(cursor, "to") || fail(cursor, "expected: to SIZE")) &&
         take_u32(cursor, &size, "the new size");
    op->value = hb_pair((uint32_t)delta, size);
    return ok;
}

static bool take_remove_range(struct cursor *cursor, struct hb_op *op)
{
    if (!take(cursor, "at")) {
        return take_number(cursor, 63, &op->value, "the range's number");
    }
    int32_t offset = 0;
    op->form = HB_REMOVE_AT;
    if (!take_signed(cursor, true, &offset, "an offset in the arena")) {
        return false;
    }
    op->value = sign_extended(offset);
    return true;
}

static bool take_usable(struct cursor *cursor, struct hb_op *op)
{
    int32_t delta = 0;
    if (!take_slot(cursor, &op->slot, "a slot") ||
        !(at_end(cursor) || take_signed(cursor, false, &delta, "how far the pointer is moved"))) {
        return false;
    }
    op->value = sign_extended(delta);
    return true;
}

/* "with zeros 16" */
static bool take_smash_with(struct cursor *cursor, uint32_t *how)
{
    uint64_t bytes = 0;
    unsigned with = 0;
    if (!take(cursor, "with")) {
        return fail(cursor, "expected: with random, bit, zeros, ones, ... N");
    }
    while (with < HB_SMASH_WITH_COUNT && !take(cursor, hb_smash_with_names[with])) {
        with++;
    }
    if (with == HB_SMASH_WITH_COUNT) {
        return fail(cursor, "there are random, bit, zeros, ones, copy, free, live and outside");
    }
    if (!take_number(cursor, 64, &bytes, "the number of bytes")) {
        return false;
    }
    *how = with + HB_SMASH_WITH_COUNT * (uint32_t)(bytes - 1);
    return bytes != 0 || fail(cursor, "at least one byte is written");
}

static bool take_smash(struct cursor *cursor, struct hb_op *op)
{
    int32_t place = 0;
    uint32_t how = 0;
    op->form = HB_SMASH_AT;
    if (!take(cursor, "at")) {
        if (!take_slot(cursor, &op->slot, "at, or a slot")) {
            return false;
        }
        op->form = 0;
        while (op->form < HB_SMASH_AT && !take(cursor, hb_smash_place_names[op->form])) {
            op->form++;
        }
        if (op->form == HB_SMASH_AT) {
            return fail(cursor, "of a slot there are header, behind, links and footer");
        }
    }
    if (!take_signed(cursor, op->form == HB_SMASH_AT, &place, "where it begins") ||
        !take_smash_with(cursor, &how)) {
        return false;
    }
    op->value = hb_pair((uint32_t)place, how);
    return true;
}

static bool take_damage(struct cursor *cursor, struct hb_op *op)
{
    uint32_t place = 0;
    uint32_t lie = 0;
    const bool ok = take_u32(cursor, &place, "the place") && take_u32(cursor, &lie, "the lie");
    op->value = hb_pair(place, lie);
    return ok;
}

static bool take_operation(struct cursor *cursor, struct hb_op *op)
{
    *op = (struct hb_op){0};
    if (take(cursor, "free")) {
        return take_free(cursor, op);
    }
    unsigned kind = 0;
    while (kind < HB_OP_KIND_GIVEN && !take(cursor, hb_op_kind_name(kind))) {
        kind++;
    }
    if (kind == HB_OP_KIND_GIVEN && take(cursor, "nop")) {
        kind = HB_OP_NOP;
    }
    op->kind = (uint8_t)kind;
    switch (kind) {
    case HB_OP_INIT:
    case HB_OP_CHECK:
    case HB_OP_NOP:
        return true;
    case HB_OP_ADD_RANGE:
        return take_range(cursor, op);
    case HB_OP_WRITE:
        return take_slot(cursor, &op->slot, "a slot");
    case HB_OP_CALLOC:
        return take_calloc(cursor, op);
    case HB_OP_MALLOC:
        return take_slot(cursor, &op->slot, "a slot") && take_size(cursor, op) &&
               take_align(cursor, op);
    case HB_OP_REALLOC:
        return take_realloc(cursor, op);
    case HB_OP_REMOVE_RANGE:
        return take_remove_range(cursor, op);
    case HB_OP_USABLE:
        return take_usable(cursor, op);
    case HB_OP_SMASH:
        return take_smash(cursor, op);
    case HB_OP_DAMAGE:
        return take_damage(cursor, op);
    default:
        return fail(cursor, "no such operation; there are init, add_range, malloc, calloc, realloc,"
                            " free, write, check, remove_range, usable, smash, damage, nop");
    }
}

static bool take_power_of_two(struct cursor *cursor, unsigned log2_min, unsigned log2_max,
                              uint8_t *log2, const char *what)
{
    uint64_t number = 0;
    uint16_t code = 0;
    if (!take_number(cursor, UINT32_MAX, &number, what)) {
        return false;
    }
    if (!hb_align_encode(number, &code) || code < log2_min || code > log2_max) {
        return fail(cursor, "%s is a power of two from %llu to %llu", what, 1ULL << log2_min,
                    1ULL << log2_max);
    }
    *log2 = (uint8_t)code;
    return true;
}

static bool take_swarm(struct cursor *cursor, struct hb_ops_header *header)
{
    uint64_t number = 0;
    if (!take_number(cursor, UINT16_MAX, &number, "the swarm's number")) {
        return false;
    }
    header->swarm = (uint16_t)number;
    return true;
}

static bool take_header(struct cursor *cursor, struct hb_ops_header *header)
{
    uint64_t version = 0;
    if (!take_number(cursor, UINT32_MAX, &version, "the version")) {
        return false;
    }
    if (version != HB_OPS_VERSION) {
        return fail(cursor, "version %" PRIu64 " is not known; this program reads version %u",
                    version, HB_OPS_VERSION);
    }
    while (!at_end(cursor)) {
        bool ok;
        if (take(cursor, "arena")) {
            ok = take_power_of_two(cursor, HB_ARENA_LOG2_MIN, HB_ARENA_LOG2_MAX,
                                   &header->arena_log2, "the arena");
        } else if (take(cursor, "slots")) {
            ok = take_power_of_two(cursor, 0, HB_SLOT_LOG2_MAX, &header->slot_log2,
                                   "the number of slots");
        } else if (take(cursor, "swarm")) {
            ok = take_swarm(cursor, header);
        } else {
            return fail(cursor, "expected arena BYTES, slots COUNT or swarm N");
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

static bool append(struct hb_bytes *bytes, size_t *room, const uint8_t record[HB_RECORD_BYTES])
{
    if (bytes->count + HB_RECORD_BYTES > *room) {
        const size_t more = *room * 2 + 64 * HB_RECORD_BYTES;
        uint8_t *data = realloc(bytes->data, more);
        if (data == NULL) {
            return false;
        }
        bytes->data = data;
        *room = more;
    }
    memcpy(bytes->data + bytes->count, record, HB_RECORD_BYTES);
    bytes->count += HB_RECORD_BYTES;
    return true;
}

/* A text being read: what has come of it so far. */
struct parse {
    struct hb_ops_header header;
    struct hb_bytes bytes;
    size_t room;
    bool is_begun; /* the header's place has passed */
};

static bool parse_line(struct parse *parse, struct cursor *cursor)
{
    uint8_t record[HB_RECORD_BYTES];
    if (at_end(cursor)) {
        return true;
    }
    if (!parse->is_begun) {
        parse->is_begun = true;
        const bool has_header = take(cursor, "heapbed");
        if (has_header && !take_header(cursor, &parse->header)) {
            return false;
        }
        hb_ops_encode_header(&parse->header, record);
        if (!append(&parse->bytes, &parse->room, record)) {
            return fail(cursor, "out of memory");
        }
        if (has_header) {
            return true;
        }
    }
    struct hb_op op;
    if (!take_operation(cursor, &op)) {
        return false;
    }
    if (!at_end(cursor)) {
        return fail(cursor, "more than one operation needs; expected the end of the line");
    }
    hb_ops_encode(&op, record);
    return append(&parse->bytes, &parse->room, record) || fail(cursor, "out of memory");
}

bool hb_ops_parse(const char *text, size_t text_bytes, struct hb_bytes *bytes,
                  struct hb_text_error *error)
{
    struct parse parse = {.header = hb_ops_default_header()};
    size_t line_number = 0;
    for (size_t begin = 0; begin < text_bytes;) {
        const char *newline = memchr(text + begin, '\n', text_bytes - begin);
        const size_t end = newline == NULL ? text_bytes : (size_t)(newline - text);
        const char *comment = memchr(text + begin, '#', end - begin);
        const size_t stop = comment == NULL ? end : (size_t)(comment - text);
        struct cursor cursor = {
            .line = text + begin, .length = stop - begin, .header = &parse.header, .error = error};
        line_number++;
        if (!parse_line(&parse, &cursor)) {
            error->line = line_number;
            free(parse.bytes.data);
            return false;
        }
        begin = end + 1;
    }
    if (!parse.is_begun) {
        free(parse.bytes.data);
        *error = (struct hb_text_error){line_number == 0 ? 1 : line_number, 1,
                                        "the text has no operation"};
        return false;
    }
    *bytes = parse.bytes;
    return true;
}
