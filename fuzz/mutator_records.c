/* SPDX-License-Identifier: MIT
 *
 * Changes of records, whatever they mean, and of the header.
 */
#include "mutator_state.h"

#include "generate.h"

#include <stdlib.h>
#include <string.h>

/* No stretch that is copied is longer. */
#define STRETCH_MAX 64

/* A length of a stretch that begins at a record: mostly short. */
static size_t stretch_from(struct hb_mutator *mutator, size_t at)
{
    const size_t left = mutator->count - at;
    const size_t most = left < STRETCH_MAX ? left : STRETCH_MAX;
    const size_t wanted = (size_t)1 << dice_below(&mutator->dice, 7);
    return 1 + dice_below(&mutator->dice, wanted < most ? wanted : most);
}

static size_t read_stretch(const struct hb_mutator *mutator, size_t at, size_t count,
                           struct hb_op ops[STRETCH_MAX])
{
    for (size_t i = 0; i < count; i++) {
        ops[i] = record_get(mutator, at + i);
    }
    return count;
}

/* Makes the operation one that has something to act on. */
static void fit_to_heap(struct hb_mutator *mutator, struct hb_op *op)
{
    const bool allocates = op->kind == HB_OP_MALLOC || op->kind == HB_OP_CALLOC;
    const uint32_t slot =
        allocates
            ? heap_slot_to_use(mutator)
            : heap_slot_that_is(mutator, op->kind == HB_OP_FREE_TWICE ? SLOT_FREED : SLOT_LIVE);
    op->slot = slot != NO_SLOT ? slot : op->slot;
}

bool mutate_insert(struct hb_mutator *mutator)
{
    const size_t at = place_to_insert(mutator);
    size_t count = 1 + (dice_one_in(&mutator->dice, 2) ? 0 : dice_below(&mutator->dice, 8));
    const bool is_played = !dice_one_in(&mutator->dice, 4) && heap_play(mutator, at);
    struct hb_op ops[8];
    for (size_t i = 0; i < count; i++) {
        ops[i] = draw_op(mutator);
        if (is_played) {
            fit_to_heap(mutator, &ops[i]);
            heap_step(&mutator->heap, &ops[i]);
        }
    }
    return records_insert(mutator, at, ops, count) > 0;
}

bool mutate_delete(struct hb_mutator *mutator)
{
    if (mutator->count < 2) {
        return false;
    }
    const size_t at = dice_below(&mutator->dice, mutator->count);
    const size_t count = stretch_from(mutator, at);
    records_delete(mutator, at, count < mutator->count ? count : 1);
    return true;
}

bool mutate_duplicate(struct hb_mutator *mutator)
{
    if (mutator->count == 0) {
        return false;
    }
    struct hb_op ops[STRETCH_MAX];
    const size_t from = dice_below(&mutator->dice, mutator->count);
    const size_t count = read_stretch(mutator, from, stretch_from(mutator, from), ops);
    return records_insert(mutator, place_to_insert(mutator), ops, count) > 0;
}

bool mutate_swap(struct hb_mutator *mutator)
{
    if (mutator->count < 2) {
        return false;
    }
    const size_t first = dice_below(&mutator->dice, mutator->count);
    const size_t second =
        (first + 1 + dice_below(&mutator->dice, mutator->count - 1)) % mutator->count;
    const struct hb_op op = record_get(mutator, first);
    record_put(mutator, first, record_get(mutator, second));
    record_put(mutator, second, op);
    return true;
}

bool mutate_move(struct hb_mutator *mutator)
{
    if (mutator->count < 2) {
        return false;
    }
    struct hb_op ops[STRETCH_MAX];
    const size_t from = dice_below(&mutator->dice, mutator->count);
    const size_t count = read_stretch(mutator, from, stretch_from(mutator, from), ops);
    records_delete(mutator, from, count);
    return records_insert(mutator, dice_below(&mutator->dice, mutator->count + 1), ops, count) > 0;
}

/* The same again and again, in its place; often with the slots moved on, so that each allocation is
 * one more. */
bool mutate_repeat(struct hb_mutator *mutator)
{
    if (mutator->count == 0) {
        return false;
    }
    struct hb_op ops[STRETCH_MAX];
    const size_t from = dice_below(&mutator->dice, mutator->count);
    const size_t count = read_stretch(mutator, from, stretch_from(mutator, from), ops);
    const size_t times = 1 + dice_below(&mutator->dice, 15);
    const uint32_t step = dice_one_in(&mutator->dice, 3) ? 0 : 1 + dice_below(&mutator->dice, 4);
    size_t put = 0;
    for (size_t i = 1; i <= times && from + i * count <= mutator->room; i++) {
        for (size_t j = 0; j < count; j++) {
            ops[j].slot += step;
        }
        put += records_insert(mutator, from + i * count, ops, count);
    }
    return put > 0;
}

static size_t generated(struct hb_mutator *mutator, size_t count, struct hb_bytes *stream)
{
    static const uint8_t kinds[] = {HB_STREAM_SMALL, HB_STREAM_CLASSES, HB_STREAM_MIXED,
                                    HB_STREAM_LARGE, HB_STREAM_RANGES,  HB_STREAM_ALIGNED,
                                    HB_STREAM_WRONG};
    const enum hb_stream_kind kind = kinds[dice_below(&mutator->dice, sizeof kinds)];
    const unsigned smash_every = mutator->is_smashing ? 8 : 0;
    return hb_generate(dice_roll(&mutator->dice), kind, count, smash_every, stream) ? count : 0;
}

bool mutate_splice(struct hb_mutator *mutator)
{
    struct hb_bytes stream;
    struct hb_op ops[STRETCH_MAX];
    const size_t count =
        generated(mutator, 2 + dice_below(&mutator->dice, STRETCH_MAX - 1), &stream);
    if (count == 0) {
        return false;
    }
    /* without the ranges that it begins with */
    const struct hb_ops view = hb_ops_view(stream.data, stream.count);
    for (size_t i = 2; i < count; i++) {
        ops[i - 2] = hb_ops_get(&view, i);
    }
    free(stream.data);
    return records_insert(mutator, place_to_insert(mutator), ops, count - 2) > 0;
}

bool stream_generate(struct hb_mutator *mutator, size_t count_max)
{
    struct hb_bytes stream;
    const size_t count = generated(mutator, count_max, &stream);
    if (count == 0) {
        return false;
    }
    memcpy(mutator->bytes, stream.data, stream.count);
    free(stream.data);
    mutator->header = hb_ops_view(mutator->bytes, stream.count).header;
    mutator->count = count;
    return true;
}

/* Records are made canonical first: how others fold depends on the header. */
bool mutate_header(struct hb_mutator *mutator)
{
    struct hb_ops_header *header = &mutator->header;
    for (size_t i = 0; i < mutator->count; i++) {
        record_put(mutator, i, record_get(mutator, i));
    }
    switch (dice_below(&mutator->dice, 4)) {
    case 0:
        header->arena_log2 = (uint8_t)(HB_ARENA_LOG2_MIN + dice_below(&mutator->dice, 9));
        break;
    case 1:
        header->slot_log2 = (uint8_t)(2 + dice_below(&mutator->dice, 7));
        break;
    default:
        header->swarm = (uint16_t)dice_below(&mutator->dice, UINT16_MAX);
        swarm_set(&mutator->swarm, header->swarm);
    }
    return true;
}

/* Of a few records, which keep their length, so that what follows keeps its meaning; or of all. */
bool mutate_some_bytes(struct hb_mutator *mutator)
{
    if (mutator->mutate_bytes == NULL || mutator->count == 0) {
        return false;
    }
    uint8_t *records = mutator->bytes + HB_RECORD_BYTES;
    if (dice_one_in(&mutator->dice, 3)) {
        const size_t now = mutator->mutate_bytes(records, mutator->count * HB_RECORD_BYTES,
                                                 mutator->room * HB_RECORD_BYTES);
        mutator->count = now / HB_RECORD_BYTES;
        return true;
    }
    const size_t at = dice_below(&mutator->dice, mutator->count);
    const size_t left = mutator->count - at;
    const size_t count = 1 + dice_below(&mutator->dice, left < 4 ? left : 4);
    (void)mutator->mutate_bytes(records + at * HB_RECORD_BYTES, count * HB_RECORD_BYTES,
                                count * HB_RECORD_BYTES);
    return true;
}
