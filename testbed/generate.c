/* SPDX-License-Identifier: MIT
 *
 * Streams from a number. An operation is drawn from the weights of its stream's kind; operations
 * that have nothing to act on (a malloc into a slot that is in use) are left for the runner to pass
 * over.
 */
#include "generate.h"

#include "ops_record.h"

#include <stdlib.h>
#include <string.h>

struct recipe {
    const char *name;
    uint8_t arena_log2;
    uint8_t slot_log2;
    uint8_t size_log2_max;  /* log-uniform up to 2^this */
    uint8_t align_log2_max; /* one malloc in four is aligned, up to this */
    unsigned wrong_every;   /* one operation in so many is a wrong call */
    unsigned range_every;   /* one in so many adds or removes a range */
};

static const struct recipe recipes[HB_STREAM_KIND_COUNT] = {
    [HB_STREAM_SMALL] = {"small", 14, 7, 8, 4, 24, 400},
    [HB_STREAM_CLASSES] = {"classes", 16, 9, 0, 4, 60, 1000},
    [HB_STREAM_MIXED] = {"mixed", 17, 7, 13, 6, 40, 400},
    [HB_STREAM_LARGE] = {"large", 20, 7, 18, 7, 60, 600},
    [HB_STREAM_RANGES] = {"ranges", 15, 6, 9, 5, 30, 12},
    [HB_STREAM_ALIGNED] = {"aligned", 17, 7, 11, 12, 40, 400},
    [HB_STREAM_WRONG] = {"wrong", 14, 6, 9, 6, 3, 200},
    [HB_STREAM_BYTES] = {"bytes", 14, 4, 0, 0, 0, 0},
};

struct generator {
    uint64_t state;
    const struct recipe *recipe;
    uint32_t slot_count;
    uint32_t arena_bytes;
    uint32_t classes[6]; /* the sizes of HB_STREAM_CLASSES */
};

const char *hb_stream_kind_name(unsigned kind)
{
    return kind < HB_STREAM_KIND_COUNT ? recipes[kind].name : "unknown";
}

/* splitmix64 */
static uint64_t draw(struct generator *generator)
{
    uint64_t z = generator->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static uint32_t below(struct generator *generator, uint32_t limit)
{
    return (uint32_t)((draw(generator) >> 32) * limit >> 32);
}

static bool one_in(struct generator *generator, unsigned every)
{
    return every != 0 && below(generator, every) == 0;
}

static uint32_t draw_size(struct generator *generator)
{
    const struct recipe *recipe = generator->recipe;
    if (recipe->size_log2_max == 0) {
        return generator->classes[below(generator, 6)];
    }
    const uint32_t log2 = below(generator, recipe->size_log2_max);
    return ((uint32_t)1 << log2) + below(generator, (uint32_t)1 << log2);
}

static uint16_t draw_align(struct generator *generator)
{
    return (uint16_t)(one_in(generator, 4)
                          ? below(generator, generator->recipe->align_log2_max + 1u)
                          : HB_ALIGN_CODE_DEFAULT);
}

/* Sizes by their forms: mostly literal, sometimes the hole plus or minus a little. */
static void draw_size_operand(struct generator *generator, struct hb_op *op)
{
    const uint32_t size = draw_size(generator);
    op->align_code = draw_align(generator);
    op->form = HB_SIZE_LITERAL;
    op->value = size;
    if (one_in(generator, 8)) {
        op->form = HB_SIZE_HOLE;
        op->value = hb_pair(size, below(generator, 40) - 20);
    }
}

static void draw_smash(struct generator *generator, struct hb_op *op)
{
    const uint32_t how = below(generator, HB_SMASH_WITH_COUNT) |
                         (one_in(generator, 3) ? below(generator, 64) : 7) << 3;
    op->kind = HB_OP_SMASH;
    op->form = (uint8_t)below(generator, HB_SMASH_FORM_COUNT);
    const uint32_t place =
        op->form == HB_SMASH_AT ? below(generator, generator->arena_bytes) : below(generator, 32);
    op->value = hb_pair(op->form != HB_SMASH_AT && one_in(generator, 2) ? 0 : place, how);
}

static void draw_range(struct generator *generator, struct hb_op *op)
{
    if (one_in(generator, 2)) {
        op->kind = HB_OP_REMOVE_RANGE;
        op->value = below(generator, 6);
        return;
    }
    const uint32_t begin = below(generator, generator->arena_bytes / 16) * 16;
    const uint32_t length = 40 + below(generator, generator->arena_bytes / 4);
    const uint32_t end =
        begin + length < generator->arena_bytes ? begin + length : generator->arena_bytes;
    op->kind = HB_OP_ADD_RANGE;
    op->form = one_in(generator, 2) ? HB_RANGE_AFTER : HB_RANGE_ARENA;
    op->value = op->form == HB_RANGE_AFTER ? hb_pair(below(generator, 3) * 16, length)
                                           : hb_pair(begin, end);
}

static void draw_wrong(struct generator *generator, struct hb_op *op)
{
    static const uint8_t kinds[] = {HB_OP_FREE_TWICE,  HB_OP_FREE_INTERIOR,   HB_OP_FREE_AT,
                                    HB_OP_FREE_FORGED, HB_OP_FREE_WRONG_SIZE, HB_OP_REALLOC_WRONG,
                                    HB_OP_USABLE,      HB_OP_MALLOC};
    const uint32_t delta = below(generator, 16) * 16 + (one_in(generator, 4) ? 8 : 0);
    op->kind = kinds[below(generator, sizeof kinds)];
    switch (op->kind) {
    case HB_OP_FREE_FORGED:
        op->value = hb_pair(below(generator, generator->slot_count), delta / 16 * 16);
        break;
    case HB_OP_FREE_AT:
        op->value =
            hb_pair(below(generator, generator->arena_bytes / 16) * 16, draw_size(generator));
        break;
    case HB_OP_FREE_WRONG_SIZE:
        op->form = HB_SIZE_OWN;
        op->value = (uint64_t)(int64_t)((int32_t)below(generator, 64) - 32);
        break;
    case HB_OP_REALLOC_WRONG:
        op->form = (uint8_t)below(generator, HB_REALLOC_WRONG_FORM_COUNT);
        op->value = hb_pair(op->form == HB_REALLOC_TWICE ? 0 : delta, draw_size(generator));
        break;
    case HB_OP_MALLOC: /* of a size that is refused */
        op->form = one_in(generator, 2) ? HB_SIZE_LIMIT : HB_SIZE_MAX_MINUS;
        op->align_code = (uint16_t)(HB_ALIGN_CODE_DEFAULT + (one_in(generator, 4) ? 61 : 0));
        op->value = below(generator, 64);
        break;
    case HB_OP_FREE_TWICE:
        break;
    default:
        op->value = delta;
    }
}

static void draw_right(struct generator *generator, struct hb_op *op)
{
    const uint32_t choice = below(generator, 32);
    op->kind = HB_OP_MALLOC;
    if (choice < 12) {
        draw_size_operand(generator, op);
    } else if (choice < 24) {
        op->kind = HB_OP_FREE;
    } else if (choice < 28) {
        op->kind = HB_OP_REALLOC;
        draw_size_operand(generator, op);
    } else if (choice < 30) {
        op->kind = HB_OP_CALLOC;
        op->align_code = draw_align(generator);
        op->value = hb_pair(draw_size(generator), 1 + below(generator, 3));
    } else if (choice == 30) {
        op->kind = one_in(generator, 2) ? HB_OP_WRITE : HB_OP_USABLE;
    } else {
        op->kind = one_in(generator, 40) ? HB_OP_INIT : HB_OP_FREE_ANY_SIZE;
    }
}

static void draw_op(struct generator *generator, unsigned smash_every, struct hb_op *op)
{
    *op = (struct hb_op){.slot = below(generator, generator->slot_count)};
    if (one_in(generator, smash_every)) {
        draw_smash(generator, op);
    } else if (one_in(generator, generator->recipe->range_every)) {
        draw_range(generator, op);
    } else if (one_in(generator, generator->recipe->wrong_every)) {
        draw_wrong(generator, op);
    } else {
        draw_right(generator, op);
    }
}

/* All of the arena, or two halves that touch or lie apart. */
static size_t first_ranges(struct generator *generator, struct hb_op ops[2])
{
    const uint32_t end = generator->arena_bytes - below(generator, 64);
    const uint32_t middle = end / 32 * 16;
    const uint32_t gap = one_in(generator, 2) ? 16 : 0;
    ops[0] = (struct hb_op){.kind = HB_OP_ADD_RANGE, .value = hb_pair(0, end)};
    if (one_in(generator, 2)) {
        return 1;
    }
    ops[0].value = hb_pair(0, middle);
    ops[1] = (struct hb_op){.kind = HB_OP_ADD_RANGE, .value = hb_pair(middle + gap, end)};
    return 2;
}

static void fill(struct generator *generator, const struct hb_ops_header *header, size_t op_count,
                 unsigned smash_every, uint8_t *bytes)
{
    struct hb_op first[2];
    const size_t first_count = first_ranges(generator, first);
    hb_ops_encode_header(header, bytes);
    for (size_t i = 0; i < op_count; i++) {
        struct hb_op op;
        if (i < first_count) {
            op = first[i];
        } else {
            draw_op(generator, smash_every, &op);
        }
        hb_op_canonicalize(&op, header);
        hb_ops_encode(&op, bytes + (i + 1) * HB_RECORD_BYTES);
    }
}

/* Random bytes behind one range; smashes have a code of their own, which is put in. */
static void fill_random(struct generator *generator, size_t op_count, unsigned smash_every,
                        uint8_t *bytes)
{
    for (size_t at = HB_RECORD_BYTES * 2; at < (op_count + 1) * HB_RECORD_BYTES; at++) {
        bytes[at] = (uint8_t)draw(generator);
        if (at % HB_RECORD_BYTES == 0 && one_in(generator, smash_every)) {
            bytes[at] = HB_OP_SMASH;
        }
    }
}

bool hb_generate(uint64_t number, enum hb_stream_kind kind, size_t op_count, unsigned smash_every,
                 struct hb_bytes *bytes)
{
    const struct recipe *recipe = &recipes[kind];
    const struct hb_ops_header header = {.version = HB_OPS_VERSION,
                                         .arena_log2 = recipe->arena_log2,
                                         .slot_log2 = recipe->slot_log2};
    struct generator generator = {.state = number * 31 + kind,
                                  .recipe = recipe,
                                  .slot_count = (uint32_t)1 << recipe->slot_log2,
                                  .arena_bytes = (uint32_t)1 << recipe->arena_log2};
    bytes->count = (op_count + 1) * HB_RECORD_BYTES;
    bytes->data = malloc(bytes->count);
    if (bytes->data == NULL) {
        return false;
    }
    for (size_t i = 0; i < sizeof generator.classes / sizeof generator.classes[0]; i++) {
        generator.classes[i] = 1 + below(&generator, (uint32_t)1 << (4 + i));
    }
    fill(&generator, &header, op_count, smash_every, bytes->data);
    if (kind == HB_STREAM_BYTES) {
        fill_random(&generator, op_count, smash_every, bytes->data);
    }
    return true;
}
