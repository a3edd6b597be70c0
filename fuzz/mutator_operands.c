/* SPDX-License-Identifier: MIT
 *
 * What is drawn without a look at the heap: sizes, alignments, operations; and changes of one
 * record's operands.
 */
#include "mutator_state.h"

#include "ops_record.h"

#include <string.h>

size_t dice_weighted(struct dice *dice, const unsigned *weights, size_t count)
{
    unsigned sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += weights[i];
    }
    unsigned left = dice_below(dice, sum);
    size_t chosen = 0;
    while (chosen + 1 < count && left >= weights[chosen]) {
        left -= weights[chosen++];
    }
    return chosen;
}

int32_t draw_slip(struct hb_mutator *mutator)
{
    static const int32_t slips[] = {0,  0,  0,   1,  -1,  8,  -8,  9,  -9, 7,
                                    -7, 15, -15, 16, -16, 17, -17, 32, -32};
    return slips[dice_below(&mutator->dice, sizeof slips / sizeof slips[0])];
}

static size_t at_least_one(int64_t size)
{
    return size < 1 ? 1 : (size_t)size;
}

static size_t log_uniform(struct dice *dice, unsigned log2_max)
{
    const size_t power = (size_t)1 << dice_below(dice, log2_max);
    return power + dice_below(dice, power);
}

/* Around a boundary of the strides that blocks have: with a header of 8 bytes, or of 16. */
static size_t power_size(struct hb_mutator *mutator)
{
    const unsigned log2 = 4 + dice_below(&mutator->dice, mutator->header.arena_log2 - 4u);
    const int64_t header = dice_one_in(&mutator->dice, 4) ? 0 : 8;
    /* groups of 64 sizes begin 32 bytes behind a multiple of 1,024 */
    const int64_t units = (int64_t)dice_below(&mutator->dice, 7) - 2;
    const int64_t times = dice_one_in(&mutator->dice, 2) ? 1 : 1 + dice_below(&mutator->dice, 4);
    return at_least_one(((int64_t)1 << log2) * times - header + units * 16 +
                        draw_slip(mutator) % 2);
}

static size_t class_size(struct hb_mutator *mutator)
{
    const unsigned number = dice_below(&mutator->dice, 6);
    struct dice fixed = {.state = mutator->swarm.classes + number};
    return log_uniform(&fixed, 5 + number < mutator->header.arena_log2 - 4u
                                   ? 5 + number
                                   : mutator->header.arena_log2 - 4u);
}

size_t draw_size(struct hb_mutator *mutator)
{
    struct dice *dice = &mutator->dice;
    const unsigned arena_log2 = mutator->header.arena_log2;
    switch (dice_weighted(dice, mutator->swarm.sizes, SIZE_MODE_COUNT)) {
    case SIZE_TINY:
        return 1 + dice_below(dice, 64);
    case SIZE_CLASS:
        return class_size(mutator);
    case SIZE_UNIT:
        return at_least_one((int64_t)log_uniform(dice, arena_log2 - 6) * 16 + draw_slip(mutator));
    case SIZE_POWER:
        return power_size(mutator);
    case SIZE_LARGE:
        return at_least_one(((int64_t)1 << arena_log2) / (2 + dice_below(dice, 15)) +
                            draw_slip(mutator));
    default:
        return log_uniform(dice, arena_log2 - 2);
    }
}

uint16_t draw_align(struct hb_mutator *mutator)
{
    struct dice *dice = &mutator->dice;
    if (!dice_one_in(dice, mutator->swarm.align_every)) {
        return HB_ALIGN_CODE_DEFAULT;
    }
    const unsigned choice = dice_below(dice, 64);
    if (choice == 0) {
        return (uint16_t)(HB_ALIGN_LITERAL_BASE + dice_below(dice, 100)); /* no power of two */
    }
    if (choice == 1) {
        return (uint16_t)dice_below(dice, 64); /* more than there is memory */
    }
    return (uint16_t)(choice < 16 ? dice_below(dice, 5) : 5 + dice_below(dice, 8));
}

struct hb_op malloc_op(uint32_t slot, size_t size)
{
    return (struct hb_op){.kind = HB_OP_MALLOC,
                          .form = HB_SIZE_LITERAL,
                          .align_code = HB_ALIGN_CODE_DEFAULT,
                          .slot = slot,
                          .value = size};
}

/* The factors of a calloc: a few of a size, or a product just below, at or above 2^32, where a size
 * of 32 bits ends. */
static uint64_t draw_factors(struct hb_mutator *mutator)
{
    struct dice *dice = &mutator->dice;
    if (!dice_one_in(dice, 4)) {
        return hb_pair((uint32_t)draw_size(mutator), 1 + dice_below(dice, 3));
    }
    const uint64_t one = 1 + log_uniform(dice, 20);
    const uint64_t other = ((uint64_t)1 << 32) / one + dice_below(dice, 3) - 1;
    return dice_one_in(dice, 2) ? hb_pair((uint32_t)one, (uint32_t)other)
                                : hb_pair((uint32_t)other, (uint32_t)one);
}

static struct hb_op draw_range(struct hb_mutator *mutator)
{
    struct dice *dice = &mutator->dice;
    const uint32_t arena_bytes = (uint32_t)1 << mutator->header.arena_log2;
    const uint32_t begin = dice_below(dice, arena_bytes / 16) * 16;
    const uint32_t length = (uint32_t)draw_size(mutator) + 24;
    struct hb_op op = {.kind = HB_OP_ADD_RANGE, .form = HB_RANGE_AFTER};
    switch (dice_below(dice, 8)) {
    case 0:
    case 1:
        op.form = HB_RANGE_ARENA;
        op.value =
            hb_pair(begin, begin + (length < arena_bytes - begin ? length : arena_bytes - begin));
        return op;
    case 2:
    case 3:
        return (struct hb_op){.kind = HB_OP_REMOVE_RANGE, .value = dice_below(dice, 4)};
    case 4: /* refused */
        op.form = HB_RANGE_ARENA;
        op.value = hb_pair(begin + dice_below(dice, 3), dice_below(dice, arena_bytes));
        return op;
    default:
        op.value = hb_pair(dice_below(dice, 3) * 16, length);
        return op;
    }
}

static struct hb_op draw_other(struct hb_mutator *mutator)
{
    static const uint8_t kinds[] = {HB_OP_WRITE,  HB_OP_WRITE, HB_OP_USABLE, HB_OP_USABLE,
                                    HB_OP_USABLE, HB_OP_CHECK, HB_OP_INIT};
    return (struct hb_op){.kind = kinds[dice_below(&mutator->dice, sizeof kinds)]};
}

static struct hb_op draw_wrong(struct hb_mutator *mutator)
{
    static const uint8_t kinds[] = {HB_OP_FREE_TWICE,  HB_OP_FREE_INTERIOR,   HB_OP_FREE_AT,
                                    HB_OP_FREE_FORGED, HB_OP_FREE_WRONG_SIZE, HB_OP_REALLOC_WRONG};
    struct dice *dice = &mutator->dice;
    /* forms and values beyond the canonical ones: the decoder's folding makes something of them */
    return (struct hb_op){.kind = kinds[dice_below(dice, sizeof kinds)],
                          .form = (uint8_t)(HB_FORMS_RESERVED + dice_below(dice, 200)),
                          .value = dice_roll(dice)};
}

/* A record, by chance, whose kind is one of a set of bits; count where there is none. */
static size_t record_of_kinds(struct hb_mutator *mutator, uint32_t kinds)
{
    const size_t first = dice_below(&mutator->dice, mutator->count);
    for (size_t i = 0; i < mutator->count; i++) {
        const size_t at = (first + i) % mutator->count;
        if ((kinds >> record_get(mutator, at).kind & 1) != 0) {
            return at;
        }
    }
    return mutator->count;
}

static struct hb_op draw_damage(struct dice *dice)
{
    return (struct hb_op){.kind = HB_OP_DAMAGE,
                          .value = hb_pair(dice_below(dice, 256), dice_below(dice, 64))};
}

/* Damage, anything at all, or whole words of what a block that was freed has in it and around it:
 * there the index has its links. */
static struct hb_op draw_smash(struct hb_mutator *mutator, uint32_t slot)
{
    struct dice *dice = &mutator->dice;
    struct hb_op op = {.kind = HB_OP_SMASH, .slot = slot};
    if (dice_one_in(dice, 8)) {
        return draw_damage(dice);
    }
    const size_t freeing = mutator->count > 0 && dice_one_in(dice, 2)
                               ? record_of_kinds(mutator, (uint32_t)1 << HB_OP_FREE)
                               : mutator->count;
    if (freeing == mutator->count) {
        op.form = (uint8_t)(HB_FORMS_RESERVED + dice_below(dice, 200));
        op.value = dice_roll(dice);
        return op;
    }
    static const uint8_t forms[] = {HB_SMASH_LINKS, HB_SMASH_LINKS, HB_SMASH_HEADER,
                                    HB_SMASH_FOOTER};
    const uint32_t word_last = sizeof(uint64_t) - 1;
    op.form = forms[dice_below(dice, sizeof forms)];
    op.slot = record_get(mutator, freeing).slot;
    op.value =
        hb_pair(dice_below(dice, 2) * 8, dice_below(dice, HB_SMASH_WITH_COUNT) | word_last << 3);
    return op;
}

struct hb_op draw_op(struct hb_mutator *mutator)
{
    struct dice *dice = &mutator->dice;
    unsigned weights[DRAW_COUNT];
    memcpy(weights, mutator->swarm.draws, sizeof weights);
    weights[DRAW_SMASH] *= mutator->is_smashing;
    const uint32_t slot = dice_below(dice, (size_t)1 << mutator->header.slot_log2);
    struct hb_op op = malloc_op(slot, 0);
    switch (dice_weighted(dice, weights, DRAW_COUNT)) {
    case DRAW_FREE:
        op = (struct hb_op){.kind = dice_one_in(dice, 8) ? HB_OP_FREE_ANY_SIZE : HB_OP_FREE};
        break;
    case DRAW_REALLOC:
        op.kind = HB_OP_REALLOC;
        op.align_code = draw_align(mutator);
        op.value = draw_size(mutator);
        break;
    case DRAW_CALLOC:
        op.kind = HB_OP_CALLOC;
        op.align_code = draw_align(mutator);
        op.value = draw_factors(mutator);
        break;
    case DRAW_RANGE:
        return draw_range(mutator);
    case DRAW_WRONG:
        op = draw_wrong(mutator);
        break;
    case DRAW_OTHER:
        op = draw_other(mutator);
        break;
    case DRAW_SMASH:
        return draw_smash(mutator, slot);
    default:
        op.align_code = draw_align(mutator);
        op.value = draw_size(mutator);
    }
    op.slot = slot;
    return op;
}

#define SIZED_KINDS ((uint32_t)1 << HB_OP_MALLOC | (uint32_t)1 << HB_OP_REALLOC)

/* A number that is near another in one of the ways that numbers are. */
static uint64_t near(struct hb_mutator *mutator, uint64_t value)
{
    struct dice *dice = &mutator->dice;
    switch (dice_below(dice, 5)) {
    case 0:
        return value + (uint64_t)(int64_t)draw_slip(mutator);
    case 1:
        return value << 1;
    case 2:
        return value >> 1;
    case 3:
        return value ^ (uint64_t)1 << dice_below(dice, 20);
    default:
        return draw_size(mutator);
    }
}

static void change_value(struct hb_mutator *mutator, struct hb_op *op)
{
    const bool is_pair = op->kind != HB_OP_MALLOC && op->kind != HB_OP_REALLOC;
    if (is_pair && dice_one_in(&mutator->dice, 2)) {
        op->value = hb_pair(hb_low(op->value), (uint32_t)near(mutator, hb_high(op->value)));
    } else if (is_pair) {
        op->value = hb_pair((uint32_t)near(mutator, hb_low(op->value)), hb_high(op->value));
    } else {
        op->value = near(mutator, op->value);
    }
}

bool mutate_operand(struct hb_mutator *mutator)
{
    if (mutator->count == 0) {
        return false;
    }
    struct dice *dice = &mutator->dice;
    const size_t at = dice_below(dice, mutator->count);
    struct hb_op op = record_get(mutator, at);
    switch (dice_below(dice, 8)) {
    case 0:
        op.slot = dice_below(dice, (size_t)1 << mutator->header.slot_log2);
        break;
    case 1:
        op.align_code = draw_align(mutator);
        break;
    case 2:
        op.form = (uint8_t)dice_below(dice, 6);
        break;
    default:
        change_value(mutator, &op);
    }
    record_put(mutator, at, op);
    return true;
}

bool mutate_boundary(struct hb_mutator *mutator)
{
    const size_t at = record_of_kinds(mutator, SIZED_KINDS);
    if (at == mutator->count) {
        return false;
    }
    struct hb_op op = record_get(mutator, at);
    op.form = HB_SIZE_LITERAL;
    switch (dice_below(&mutator->dice, 8)) {
    case 0: /* the last sizes that there are */
        op.form = dice_one_in(&mutator->dice, 2) ? HB_SIZE_MAX_MINUS : HB_SIZE_LIMIT;
        op.value = dice_below(&mutator->dice, 64);
        break;
    case 1: { /* a unit's, where it was */
        const int64_t units = (int64_t)(op.value % ((uint64_t)1 << 20) + 8) / 16;
        op.value = at_least_one(units * 16 - 8 + draw_slip(mutator) % 2);
        break;
    }
    default:
        op.value = power_size(mutator);
    }
    record_put(mutator, at, op);
    return true;
}

bool mutate_align(struct hb_mutator *mutator)
{
    const size_t at = record_of_kinds(mutator, SIZED_KINDS | (uint32_t)1 << HB_OP_CALLOC);
    if (at == mutator->count) {
        return false;
    }
    struct hb_op op = record_get(mutator, at);
    op.align_code = (uint16_t)(5 + dice_below(&mutator->dice, mutator->header.arena_log2 - 6u));
    if (op.kind != HB_OP_CALLOC && dice_one_in(&mutator->dice, 4)) { /* whole lines, whole pages */
        op.form = HB_SIZE_LITERAL;
        op.value = (uint64_t)hb_op_align(&op) * (1 + dice_below(&mutator->dice, 2));
    }
    record_put(mutator, at, op);
    return true;
}

static bool has_slot(const struct hb_op *op)
{
    return op->kind != HB_OP_NOP && op->kind != HB_OP_INIT && op->kind != HB_OP_ADD_RANGE &&
           op->kind != HB_OP_CHECK && op->kind != HB_OP_FREE_AT && op->kind != HB_OP_REMOVE_RANGE;
}

/* From a record on the one slot's name stands for the other's. */
bool mutate_alias(struct hb_mutator *mutator)
{
    if (mutator->count < 2) {
        return false;
    }
    struct dice *dice = &mutator->dice;
    const size_t from = dice_below(dice, mutator->count);
    const struct hb_op first = record_get(mutator, from);
    const struct hb_op second = record_get(mutator, dice_below(dice, mutator->count));
    if (!has_slot(&first) || !has_slot(&second) || first.slot == second.slot) {
        return false;
    }
    const size_t to = dice_one_in(dice, 2) ? mutator->count : from + 1 + dice_below(dice, 16);
    for (size_t i = from; i < to && i < mutator->count; i++) {
        struct hb_op op = record_get(mutator, i);
        if (has_slot(&op) && op.slot == first.slot) {
            op.slot = second.slot;
            record_put(mutator, i, op);
        }
    }
    return true;
}
