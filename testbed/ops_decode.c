/* SPDX-License-Identifier: MIT
 *
 * Bytes -> operations. Every record means something: bytes beyond the canonical codes are folded
 * onto them, weighted so that random bytes make a lively heap (small sizes, good alignments, ranges
 * inside the arena) and still reach the whole domain. No generator of random numbers takes part, so
 * a search sees a steady map from bytes to behaviour.
 */
#include "ops_record.h"

#include <string.h>

static const uint8_t magic[4] = {'h', 'b', 'e', 'd'};

struct hb_ops_header hb_ops_default_header(void)
{
    return (struct hb_ops_header){.version = HB_OPS_VERSION, .arena_log2 = 14, .slot_log2 = 4};
}

unsigned hb_ops_version(const uint8_t *bytes, size_t byte_count)
{
    if (byte_count < HB_RECORD_BYTES || memcmp(bytes, magic, sizeof magic) != 0) {
        return 0;
    }
    return bytes[HB_HEADER_VERSION_AT];
}

struct hb_ops hb_ops_view(const uint8_t *bytes, size_t byte_count)
{
    struct hb_ops ops = {.header = hb_ops_default_header(), .records = bytes};
    if (byte_count >= HB_RECORD_BYTES && memcmp(bytes, magic, sizeof magic) == 0) {
        const unsigned spread = HB_ARENA_LOG2_MAX - HB_ARENA_LOG2_MIN + 1;
        const unsigned arena_log2 = bytes[HB_HEADER_ARENA_AT];
        ops.header.arena_log2 = arena_log2 >= HB_ARENA_LOG2_MIN && arena_log2 <= HB_ARENA_LOG2_MAX
                                    ? (uint8_t)arena_log2
                                    : (uint8_t)(HB_ARENA_LOG2_MIN + arena_log2 % spread);
        ops.header.slot_log2 = (uint8_t)(bytes[HB_HEADER_SLOT_AT] % (HB_SLOT_LOG2_MAX + 1));
        ops.header.swarm =
            (uint16_t)(bytes[HB_HEADER_SWARM_AT] | bytes[HB_HEADER_SWARM_AT + 1] << 8);
        ops.records = bytes + HB_RECORD_BYTES;
        byte_count -= HB_RECORD_BYTES;
    }
    ops.count = byte_count / HB_RECORD_BYTES;
    return ops;
}

void hb_ops_encode_header(const struct hb_ops_header *header, uint8_t bytes[HB_RECORD_BYTES])
{
    memset(bytes, 0, HB_RECORD_BYTES);
    memcpy(bytes, magic, sizeof magic);
    bytes[HB_HEADER_VERSION_AT] = header->version;
    bytes[HB_HEADER_ARENA_AT] = header->arena_log2;
    bytes[HB_HEADER_SLOT_AT] = header->slot_log2;
    bytes[HB_HEADER_SWARM_AT] = (uint8_t)header->swarm;
    bytes[HB_HEADER_SWARM_AT + 1] = (uint8_t)(header->swarm >> 8);
}

static uint32_t load_u32(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

static void store_u32(uint8_t *bytes, uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

void hb_ops_encode(const struct hb_op *op, uint8_t bytes[HB_RECORD_BYTES])
{
    bytes[0] = op->kind;
    bytes[1] = op->form;
    bytes[2] = (uint8_t)op->align_code;
    bytes[3] = (uint8_t)(op->align_code >> 8);
    store_u32(bytes + 4, op->slot);
    store_u32(bytes + 8, hb_low(op->value));
    store_u32(bytes + 12, hb_high(op->value));
}

/* Half of all random records allocate or free rightly; the rest spreads over everything else. A
 * smash, which most harnesses pass over, comes from its own code alone. */
static uint8_t fold_kind(uint8_t byte)
{
    static const uint8_t weighted[32] = {
        HB_OP_MALLOC,        HB_OP_FREE,         HB_OP_MALLOC,        HB_OP_FREE,
        HB_OP_MALLOC,        HB_OP_FREE,         HB_OP_MALLOC,        HB_OP_FREE,
        HB_OP_MALLOC,        HB_OP_FREE,         HB_OP_MALLOC,        HB_OP_FREE,
        HB_OP_MALLOC,        HB_OP_FREE,         HB_OP_MALLOC,        HB_OP_FREE,
        HB_OP_ADD_RANGE,     HB_OP_ADD_RANGE,    HB_OP_ADD_RANGE,     HB_OP_REALLOC,
        HB_OP_REALLOC,       HB_OP_CALLOC,       HB_OP_FREE_TWICE,    HB_OP_FREE_INTERIOR,
        HB_OP_FREE_AT,       HB_OP_FREE_FORGED,  HB_OP_REALLOC_WRONG, HB_OP_FREE_WRONG_SIZE,
        HB_OP_FREE_ANY_SIZE, HB_OP_REMOVE_RANGE, HB_OP_WRITE,         HB_OP_USABLE,
    };
    if (byte < HB_OP_KIND_COUNT) {
        return byte < HB_OP_KIND_GIVEN ? byte : HB_OP_NOP;
    }
    return weighted[byte % 32];
}

static uint16_t fold_align(uint16_t code)
{
    if (code < HB_ALIGN_LITERAL_BASE) {
        return code;
    }
    if (code <= HB_ALIGN_CODE_MAX) {
        uint16_t literal = (uint16_t)(code - HB_ALIGN_LITERAL_BASE);
        uint16_t canonical;
        return hb_align_encode(literal, &canonical) ? canonical : code;
    }
    if (code % 16 == 15) {
        return (uint16_t)(5 + code / 16 % 8); /* 32 to 4096 */
    }
    return (uint16_t)(code % 5); /* 1, 2, 4, 8, 16 */
}

/* value as a small signed number around 0, for "plus or minus a little". */
static uint64_t near_zero(uint64_t value)
{
    return value % 64 - 32;
}

static uint64_t signed_low(uint64_t value)
{
    return (uint64_t)(int64_t)(int32_t)hb_low(value);
}

static void fold_size(struct hb_op *op, bool has_own)
{
    if (op->form == HB_SIZE_LIMIT || (op->form == HB_SIZE_OWN && has_own)) {
        op->value = signed_low(op->value);
        return;
    }
    if (op->form < HB_SIZE_OWN) {
        return;
    }
    const unsigned choice = op->form % 16;
    op->form = HB_SIZE_LITERAL;
    if (choice < 6) {
        op->value %= 64;
    } else if (choice < 10) {
        op->value %= 512;
    } else if (choice < 12) {
        op->value %= 4096;
    } else if (choice == 12) {
        op->value %= 32768;
    } else if (choice == 13) {
        op->form = HB_SIZE_HOLE;
        op->value = hb_pair(hb_low(op->value) % 4096, hb_low(near_zero(hb_high(op->value))));
    } else if (choice == 14) {
        op->form = HB_SIZE_MAX_MINUS;
        op->value %= (op->value & 0x10000) != 0 ? 64 : 65536; /* sums wrap in the last few */
    } else {
        op->form = HB_SIZE_LIMIT;
        op->value = near_zero(op->value);
    }
}

static void fold_wrong_size(struct hb_op *op)
{
    if (op->form >= HB_SIZE_FORM_COUNT && op->form % 4 != 0) {
        op->form = HB_SIZE_OWN;
        op->value = near_zero(op->value);
        return;
    }
    fold_size(op, true);
}

static void fold_calloc(struct hb_op *op)
{
    if (op->form < HB_CALLOC_FORM_COUNT) {
        return;
    }
    const unsigned choice = op->form % 8;
    const uint32_t size = hb_low(op->value);
    const uint32_t count = hb_high(op->value);
    op->form = HB_CALLOC_LITERAL;
    if (choice < 6) {
        op->value = hb_pair(size % 64, count % 16);
    } else if (choice == 7) {
        op->form = HB_CALLOC_MAX_MINUS;
        op->value = hb_pair(size % 65536, count % 8);
    }
}

static void fold_range(struct hb_op *op, uint32_t arena_bytes)
{
    const uint32_t low = hb_low(op->value);
    const uint32_t high = hb_high(op->value);
    if (op->form < HB_RANGE_FORM_COUNT) {
        if (op->form == HB_RANGE_NULL) {
            op->value = hb_pair(0, high);
        }
        return;
    }
    const uint32_t begin = low % arena_bytes / 16 * 16;
    const uint32_t room = arena_bytes - begin;
    const unsigned choice = op->form % 8;
    static const uint32_t gaps[4] = {0, 1, 16, 15};
    op->form = HB_RANGE_ARENA;
    if (choice < 3) {
        const uint32_t length = choice == 2 ? high % 4096 / 16 * 16 : high % 4096;
        op->value = hb_pair(begin, begin + (length < room ? length : room));
    } else if (choice < 5) {
        op->form = HB_RANGE_AFTER;
        op->value =
            choice == 3 ? hb_pair(gaps[low % 4], high % 4096) : hb_pair(0, high % 4096 / 16 * 16);
    } else if (choice == 5) {
        op->value = hb_pair(low % arena_bytes, high % arena_bytes);
    } else if (choice == 6) {
        op->form = HB_RANGE_TOP;
        op->value = hb_pair(low % 256, high % 256);
    } else {
        op->value = hb_pair(begin, begin + high % (room + 1));
    }
}

static void fold_free_at(struct hb_op *op, uint32_t arena_bytes)
{
    const uint32_t low = hb_low(op->value);
    const uint32_t high = hb_high(op->value);
    if (op->form == HB_AT_NULL) {
        op->value = hb_pair(0, high);
    }
    if (op->form < HB_AT_FORM_COUNT) {
        return;
    }
    const unsigned choice = op->form % 8;
    op->form = HB_AT_ARENA;
    if (choice < 5) {
        op->value = hb_pair(low % arena_bytes / 16 * 16, high % 256);
    } else if (choice == 5) {
        op->value = hb_pair(low % arena_bytes, high % 256);
    } else if (choice == 6) {
        op->form = HB_AT_TOP;
        op->value = hb_pair(low % 256, high % 256);
    } else {
        op->form = HB_AT_NULL;
        op->value = hb_pair(0, high % 256);
    }
}

/* A short way from a pointer: mostly to where a block could begin. */
static uint64_t short_way(unsigned choice, uint64_t value)
{
    switch (choice % 4) {
    case 3:
        return 0 - (1 + value % 64);
    case 2:
        return 1 + value % 64;
    default:
        return 16 + value % 16 * 16;
    }
}

static void fold_interior(struct hb_op *op)
{
    op->value = op->form == 0 ? signed_low(op->value) : short_way(op->form, op->value);
    op->form = 0;
}

/* Mostly of the pointer itself. */
static void fold_usable(struct hb_op *op)
{
    if (op->form == 0) {
        op->value = signed_low(op->value);
    } else {
        op->value = op->form % 8 < 4 ? 0 : short_way(op->form, op->value);
    }
    op->form = 0;
}

static void fold_remove_range(struct hb_op *op, uint32_t arena_bytes)
{
    if (op->form >= HB_REMOVE_FORM_COUNT) {
        const bool is_number = op->form % 4 != 3;
        op->form = is_number ? HB_REMOVE_NUMBER : HB_REMOVE_AT;
        op->value %= is_number ? 4 : arena_bytes / 16;
        op->value *= is_number ? 1 : 16;
    }
    op->value = op->form == HB_REMOVE_NUMBER ? op->value % 64 : signed_low(op->value);
}

static void fold_realloc_wrong(struct hb_op *op)
{
    uint32_t low = hb_low(op->value);
    uint32_t high = hb_high(op->value);
    if (op->form >= HB_REALLOC_WRONG_FORM_COUNT) {
        const unsigned choice = op->form % 8;
        high %= 512;
        if (choice < 2) {
            op->form = HB_REALLOC_TWICE;
        } else if (choice < 6) {
            op->form = HB_REALLOC_INTERIOR;
            low = hb_low(short_way(choice, low));
        } else {
            op->form = HB_REALLOC_SIZE;
            low = hb_low(near_zero(low));
        }
    }
    op->value = hb_pair(op->form == HB_REALLOC_TWICE ? 0 : low, high);
}

static void fold_smash(struct hb_op *op, uint32_t arena_bytes)
{
    uint32_t low = hb_low(op->value);
    if (op->form >= HB_SMASH_FORM_COUNT) {
        op->form %= HB_SMASH_FORM_COUNT;
        low = op->form == HB_SMASH_AT ? low % arena_bytes : low % 32;
    }
    op->slot = op->form == HB_SMASH_AT ? 0 : op->slot;
    op->value = hb_pair(low, hb_high(op->value) & HB_SMASH_HOW_MASK);
}

/* Where the target keeps something, and what it is made to say: numbers that it takes modulo what
 * there is. */
static void fold_damage(struct hb_op *op)
{
    if (op->form != 0) {
        op->value = hb_pair(hb_low(op->value) % 256, hb_high(op->value) % 64);
    }
    op->form = 0;
}

static void fold_forged(struct hb_op *op, uint32_t slot_mask)
{
    const uint32_t offset = hb_high(op->value);
    op->value = hb_pair(hb_low(op->value) & slot_mask, op->form == 0 ? offset : offset % 16 * 16);
    op->form = 0;
}

/* How many forms the operands of a kind have. */
static unsigned form_count(unsigned kind)
{
    switch (kind) {
    case HB_OP_MALLOC:
    case HB_OP_REALLOC:
    case HB_OP_FREE_WRONG_SIZE:
        return HB_SIZE_FORM_COUNT;
    case HB_OP_CALLOC:
        return HB_CALLOC_FORM_COUNT;
    case HB_OP_ADD_RANGE:
        return HB_RANGE_FORM_COUNT;
    case HB_OP_FREE_AT:
        return HB_AT_FORM_COUNT;
    case HB_OP_REMOVE_RANGE:
        return HB_REMOVE_FORM_COUNT;
    case HB_OP_REALLOC_WRONG:
        return HB_REALLOC_WRONG_FORM_COUNT;
    case HB_OP_SMASH:
        return HB_SMASH_FORM_COUNT;
    default:
        return 1;
    }
}

static bool kind_has_slot(unsigned kind)
{
    return kind != HB_OP_NOP && kind != HB_OP_INIT && kind != HB_OP_ADD_RANGE &&
           kind != HB_OP_CHECK && kind != HB_OP_FREE_AT && kind != HB_OP_REMOVE_RANGE &&
           kind != HB_OP_DAMAGE;
}

bool hb_op_has_align(unsigned kind)
{
    return kind == HB_OP_MALLOC || kind == HB_OP_REALLOC || kind == HB_OP_CALLOC;
}

void hb_op_canonicalize(struct hb_op *op, const struct hb_ops_header *header)
{
    const uint32_t slot_mask = ((uint32_t)1 << header->slot_log2) - 1;
    const uint32_t arena_bytes = (uint32_t)1 << header->arena_log2;
    op->kind = fold_kind(op->kind);
    if (op->form >= form_count(op->kind) && op->form < HB_FORMS_RESERVED) {
        op->form = 0;
    }
    op->slot = kind_has_slot(op->kind) ? op->slot & slot_mask : 0;
    op->align_code = hb_op_has_align(op->kind) ? fold_align(op->align_code) : 0;
    switch (op->kind) {
    case HB_OP_ADD_RANGE:
        fold_range(op, arena_bytes);
        break;
    case HB_OP_MALLOC:
        fold_size(op, false);
        break;
    case HB_OP_REALLOC:
        fold_size(op, true);
        break;
    case HB_OP_CALLOC:
        fold_calloc(op);
        break;
    case HB_OP_FREE_INTERIOR:
        fold_interior(op);
        break;
    case HB_OP_FREE_AT:
        fold_free_at(op, arena_bytes);
        break;
    case HB_OP_FREE_FORGED:
        fold_forged(op, slot_mask);
        break;
    case HB_OP_FREE_WRONG_SIZE:
        fold_wrong_size(op);
        break;
    case HB_OP_REMOVE_RANGE:
        fold_remove_range(op, arena_bytes);
        break;
    case HB_OP_USABLE:
        fold_usable(op);
        break;
    case HB_OP_REALLOC_WRONG:
        fold_realloc_wrong(op);
        break;
    case HB_OP_SMASH:
        fold_smash(op, arena_bytes);
        break;
    case HB_OP_DAMAGE:
        fold_damage(op);
        break;
    default: /* init, free, write, check and the frees that need no operand */
        op->form = 0;
        op->value = 0;
        break;
    }
}

struct hb_op hb_ops_get(const struct hb_ops *ops, size_t index)
{
    const uint8_t *bytes = ops->records + index * HB_RECORD_BYTES;
    struct hb_op op = {
        .kind = bytes[0],
        .form = bytes[1],
        .align_code = (uint16_t)(bytes[2] | bytes[3] << 8),
        .slot = load_u32(bytes + 4),
        .value = hb_pair(load_u32(bytes + 8), load_u32(bytes + 12)),
    };
    hb_op_canonicalize(&op, &ops->header);
    return op;
}

size_t hb_op_align(const struct hb_op *op)
{
    if (op->align_code >= HB_ALIGN_LITERAL_BASE) {
        return (size_t)(op->align_code - HB_ALIGN_LITERAL_BASE);
    }
    if (op->align_code >= sizeof(size_t) * 8) {
        return SIZE_MAX / 2 + 1; /* the largest there is on this machine */
    }
    return (size_t)1 << op->align_code;
}

bool hb_align_encode(uint64_t align, uint16_t *code)
{
    if (align != 0 && (align & (align - 1)) == 0) {
        uint16_t log2 = 0;
        while (align >> log2 != 1) {
            log2++;
        }
        *code = log2;
        return true;
    }
    if (align > HB_ALIGN_CODE_MAX - HB_ALIGN_LITERAL_BASE) {
        return false;
    }
    *code = (uint16_t)(align + HB_ALIGN_LITERAL_BASE);
    return true;
}
