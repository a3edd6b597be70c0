/* SPDX-License-Identifier: MIT
 *
 * The core of the mutator: which change is made, and records within a buffer.
 */
#include "mutator_state.h"

#include "ops_record.h"

#include <stdlib.h>
#include <string.h>

/* As large as the harnesses play them: see harness.c. */
#define ARENA_LOG2_MAX 20
#define SLOT_LOG2_MAX  16

/* What a stream that begins from nothing has at most; it grows by and by. */
#define FIRST_COUNT_MAX 64

struct change {
    const char *name;
    bool (*make)(struct hb_mutator *mutator);
};

static const struct change changes[HB_MUTATION_COUNT] = {
    [HB_MUTATION_INSERT] = {"insert", mutate_insert},
    [HB_MUTATION_DELETE] = {"delete", mutate_delete},
    [HB_MUTATION_DUPLICATE] = {"duplicate", mutate_duplicate},
    [HB_MUTATION_SWAP] = {"swap", mutate_swap},
    [HB_MUTATION_MOVE] = {"move", mutate_move},
    [HB_MUTATION_REPEAT] = {"repeat", mutate_repeat},
    [HB_MUTATION_SPLICE] = {"splice", mutate_splice},
    [HB_MUTATION_HEADER] = {"header", mutate_header},
    [HB_MUTATION_BYTES] = {"bytes", mutate_some_bytes},
    [HB_MUTATION_OPERAND] = {"operand", mutate_operand},
    [HB_MUTATION_BOUNDARY] = {"boundary", mutate_boundary},
    [HB_MUTATION_ALIGN] = {"align", mutate_align},
    [HB_MUTATION_ALIAS] = {"alias", mutate_alias},
    [HB_MUTATION_FREE_NEIGHBOUR] = {"free-neighbour", mutate_free_neighbour},
    [HB_MUTATION_HOLE_SIZE] = {"hole-size", mutate_hole_size},
    [HB_MUTATION_GROW] = {"grow", mutate_grow},
    [HB_MUTATION_FILL] = {"fill", mutate_fill},
    [HB_MUTATION_DRAIN] = {"drain", mutate_drain},
    [HB_MUTATION_COMB] = {"comb", mutate_comb},
    [HB_MUTATION_LADDER] = {"ladder", mutate_ladder},
    [HB_MUTATION_RANGES] = {"ranges", mutate_ranges},
    [HB_MUTATION_REMOVE_RANGE] = {"remove-range", mutate_remove_range},
    [HB_MUTATION_WRONG] = {"wrong", mutate_wrong},
};

const char *hb_mutation_name(unsigned mutation)
{
    return mutation < HB_MUTATION_COUNT ? changes[mutation].name : "unknown";
}

struct hb_mutator *hb_mutator_new(enum hb_placement placement, bool is_smashing)
{
    struct hb_mutator *mutator = calloc(1, sizeof *mutator);
    struct hb_model *model = hb_model_new(placement);
    if (mutator == NULL || model == NULL) {
        free(mutator);
        hb_model_delete(model);
        return NULL;
    }
    mutator->heap.model = model;
    mutator->is_smashing = is_smashing;
    return mutator;
}

void hb_mutator_delete(struct hb_mutator *mutator)
{
    if (mutator != NULL) {
        heap_close(&mutator->heap);
        free(mutator);
    }
}

/* Records. */

static struct hb_ops view_of(const struct hb_mutator *mutator)
{
    return (struct hb_ops){.header = mutator->header,
                           .records = mutator->bytes + HB_RECORD_BYTES,
                           .count = mutator->count};
}

static uint8_t *record_at(const struct hb_mutator *mutator, size_t at)
{
    return mutator->bytes + (at + 1) * HB_RECORD_BYTES;
}

struct hb_op record_get(const struct hb_mutator *mutator, size_t at)
{
    const struct hb_ops view = view_of(mutator);
    return hb_ops_get(&view, at);
}

void record_put(struct hb_mutator *mutator, size_t at, struct hb_op op)
{
    hb_op_canonicalize(&op, &mutator->header);
    hb_ops_encode(&op, record_at(mutator, at));
}

size_t records_insert(struct hb_mutator *mutator, size_t at, const struct hb_op *ops, size_t count)
{
    const size_t room = mutator->room - at;
    const size_t put = count < room ? count : room;
    const size_t kept = mutator->count - at < room - put ? mutator->count - at : room - put;
    memmove(record_at(mutator, at + put), record_at(mutator, at), kept * HB_RECORD_BYTES);
    mutator->count = at + put + kept;
    for (size_t i = 0; i < put; i++) {
        record_put(mutator, at + i, ops[i]);
    }
    return put;
}

void records_delete(struct hb_mutator *mutator, size_t at, size_t count)
{
    memmove(record_at(mutator, at), record_at(mutator, at + count),
            (mutator->count - at - count) * HB_RECORD_BYTES);
    mutator->count -= count;
}

/* A full stream takes something new in the middle, and loses its end. */
size_t place_to_insert(struct hb_mutator *mutator)
{
    if (mutator->count < mutator->room && dice_one_in(&mutator->dice, 3)) {
        return mutator->count;
    }
    return dice_below(&mutator->dice,
                      mutator->count < mutator->room ? mutator->count + 1 : mutator->room);
}

/* One stream. */

/* With a header, and within what the harnesses play. */
static void open_stream(struct hb_mutator *mutator, uint8_t *bytes, size_t byte_count,
                        size_t byte_count_max, uint64_t seed)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    mutator->bytes = bytes;
    mutator->room = byte_count_max / HB_RECORD_BYTES - 1;
    mutator->count = ops.count < mutator->room ? ops.count : mutator->room;
    mutator->header = ops.header;
    mutator->dice = (struct dice){.state = seed};
    memmove(bytes + HB_RECORD_BYTES, ops.records, mutator->count * HB_RECORD_BYTES);
    if (mutator->header.arena_log2 > ARENA_LOG2_MAX) {
        mutator->header.arena_log2 = ARENA_LOG2_MAX;
    }
    if (mutator->header.slot_log2 > SLOT_LOG2_MAX) {
        mutator->header.slot_log2 = SLOT_LOG2_MAX;
    }
    hb_ops_encode_header(&mutator->header, bytes);
    swarm_set(&mutator->swarm, mutator->header.swarm);
}

static size_t close_stream(struct hb_mutator *mutator)
{
    hb_ops_encode_header(&mutator->header, mutator->bytes);
    return (mutator->count + 1) * HB_RECORD_BYTES;
}

/* A stream that has nothing begins as a generated one, in a swarm of its own. */
static void begin_stream(struct hb_mutator *mutator)
{
    const size_t most = mutator->room < FIRST_COUNT_MAX ? mutator->room : FIRST_COUNT_MAX;
    if (most > 0 && stream_generate(mutator, 1 + dice_below(&mutator->dice, most))) {
        mutator->header.swarm = (uint16_t)dice_roll(&mutator->dice);
        swarm_set(&mutator->swarm, mutator->header.swarm);
    }
}

/* The change that the swarm makes likely; another where it finds nothing to act on. */
static void change_once(struct hb_mutator *mutator)
{
    if (mutator->mutate_bytes ==
        NULL) { /* not the engine's business: every draw of it would be wasted */
        mutator->swarm.mutations[HB_MUTATION_BYTES] = 0;
    }
    for (unsigned attempts = 0; attempts < 16; attempts++) {
        const size_t mutation =
            dice_weighted(&mutator->dice, mutator->swarm.mutations, HB_MUTATION_COUNT);
        if (changes[mutation].make(mutator)) {
            return;
        }
    }
}

size_t hb_mutate(struct hb_mutator *mutator, uint8_t *bytes, size_t byte_count,
                 size_t byte_count_max, uint64_t seed, hb_mutate_bytes mutate_bytes)
{
    if (byte_count_max < HB_RECORD_BYTES) {
        return 0;
    }
    open_stream(mutator, bytes, byte_count, byte_count_max, seed);
    mutator->mutate_bytes = mutate_bytes;
    if (mutator->count == 0 || dice_one_in(&mutator->dice, 512)) {
        begin_stream(mutator);
        return close_stream(mutator);
    }
    do {
        change_once(mutator);
    } while (dice_one_in(&mutator->dice, 3));
    return close_stream(mutator);
}

size_t hb_mutate_as(struct hb_mutator *mutator, enum hb_mutation mutation, uint8_t *bytes,
                    size_t byte_count, size_t byte_count_max, uint64_t seed)
{
    if (byte_count_max < HB_RECORD_BYTES) {
        return 0;
    }
    open_stream(mutator, bytes, byte_count, byte_count_max, seed);
    mutator->mutate_bytes = NULL;
    return changes[mutation].make(mutator) ? close_stream(mutator) : 0;
}

/* Two streams. */

static size_t append(uint8_t *out, size_t at, size_t room, const struct hb_ops *from, size_t begin,
                     size_t end)
{
    const size_t count = end - begin < room - at ? end - begin : room - at;
    memcpy(out + (at + 1) * HB_RECORD_BYTES, from->records + begin * HB_RECORD_BYTES,
           count * HB_RECORD_BYTES);
    return at + count;
}

/* Where in a stream two cuts are, in order. */
static void cut(struct dice *dice, const struct hb_ops *ops, size_t *first, size_t *second)
{
    const size_t a = dice_below(dice, ops->count + 1);
    const size_t b = dice_below(dice, ops->count + 1);
    *first = a < b ? a : b;
    *second = a < b ? b : a;
}

size_t hb_cross_over(const uint8_t *a, size_t a_byte_count, const uint8_t *b, size_t b_byte_count,
                     uint8_t *out, size_t byte_count_max, uint64_t seed)
{
    if (byte_count_max < HB_RECORD_BYTES) {
        return 0;
    }
    const struct hb_ops first = hb_ops_view(a, a_byte_count);
    const struct hb_ops second = hb_ops_view(b, b_byte_count);
    const size_t room = byte_count_max / HB_RECORD_BYTES - 1;
    struct dice dice = {.state = seed};
    size_t a_begin;
    size_t a_end;
    size_t b_begin;
    size_t b_end;
    cut(&dice, &first, &a_begin, &a_end);
    cut(&dice, &second, &b_begin, &b_end);
    if (dice_one_in(&dice, 2)) {
        a_end = a_begin; /* nothing of a is lost but what there is no room for */
    }
    hb_ops_encode_header(&first.header, out);
    size_t count = append(out, 0, room, &first, 0, a_begin);
    count = append(out, count, room, &second, b_begin, b_end);
    count = append(out, count, room, &first, a_end, first.count);
    return (count + 1) * HB_RECORD_BYTES;
}
