/* SPDX-License-Identifier: MIT
 *
 * The mutator: every mutant is a stream, the same seed gives the same one, and each change does
 * what its name says. What heap a mutant leads to is asked of the mutator's own player, and that
 * one is compared with runs in lockstep.
 */
#include "mutator_state.h"

#define SUITE "mutator"
#include "../testbed/stream.h"
#include "check.h"
#include "generate.h"
#include "targets.h"

#define BYTES_MAX 4096

/* A stream in a buffer with room to grow. */
struct stream {
    uint8_t bytes[BYTES_MAX];
    size_t byte_count;
};

static struct hb_mutator *opened(enum hb_placement placement)
{
    struct hb_mutator *mutator = hb_mutator_new(placement, false);
    if (mutator == NULL) {
        exit(2);
    }
    return mutator;
}

static struct stream stream_of_text(const char *text)
{
    struct stream stream = {0};
    struct hb_bytes bytes = stream_parse(text);
    memcpy(stream.bytes, bytes.data, bytes.count);
    stream.byte_count = bytes.count;
    free(bytes.data);
    return stream;
}

static struct stream stream_generated(uint64_t number, size_t op_count)
{
    struct stream stream = {0};
    struct hb_bytes bytes;
    if (!hb_generate(number, number % HB_STREAM_KIND_COUNT, op_count, 0, &bytes)) {
        exit(2);
    }
    memcpy(stream.bytes, bytes.data, bytes.count);
    stream.byte_count = bytes.count;
    free(bytes.data);
    return stream;
}

static struct hb_ops view(const struct stream *stream)
{
    return hb_ops_view(stream->bytes, stream->byte_count);
}

/* One change of a kind; false where there was nothing to act on. */
static bool change(struct hb_mutator *mutator, enum hb_mutation mutation, struct stream *stream,
                   uint64_t seed)
{
    const size_t now =
        hb_mutate_as(mutator, mutation, stream->bytes, stream->byte_count, BYTES_MAX, seed);
    stream->byte_count = now != 0 ? now : stream->byte_count;
    return now != 0;
}

static bool is_stream(const uint8_t *bytes, size_t byte_count, size_t byte_count_max)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    return byte_count >= HB_RECORD_BYTES && byte_count <= byte_count_max &&
           byte_count % HB_RECORD_BYTES == 0 && hb_ops_version(bytes, byte_count) == 1 &&
           (ops.count + 1) * HB_RECORD_BYTES == byte_count && ops.header.arena_log2 <= 20 &&
           ops.header.slot_log2 <= 16;
}

/* As an engine's: anything, of any length. */
static size_t scribble(uint8_t *bytes, size_t byte_count, size_t byte_count_max)
{
    static uint64_t state = 77;
    const size_t now = random_below(&state, byte_count_max + 1);
    random_fill(&state, bytes, now > byte_count ? now : byte_count);
    return now;
}

TEST(mutant, is_whole_records_within_the_limit)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    uint64_t state = 5;
    uint8_t bytes[BYTES_MAX];
    for (unsigned i = 0; i < 20000; i++) {
        const size_t max = random_below(&state, 8) == 0 ? random_below(&state, 64) : BYTES_MAX;
        size_t count = random_below(&state, 3) == 0 ? 0 : random_below(&state, max + 1);
        if (random_below(&state, 2) == 0) {
            random_fill(&state, bytes, count);
        } else if (count >= 2 * HB_RECORD_BYTES) {
            const struct stream made = stream_generated(i, count / HB_RECORD_BYTES - 1);
            memcpy(bytes, made.bytes, made.byte_count);
        } /* else what the last round left */
        const size_t now = hb_mutate(mutator, bytes, count, max, i, i % 2 == 0 ? scribble : NULL);
        if (max < HB_RECORD_BYTES) {
            CHECK_EQ(now, 0);
        } else if (!CHECK(is_stream(bytes, now, max))) {
            break;
        }
    }
    hb_mutator_delete(mutator);
}

TEST(mutant, is_the_same_for_the_same_seed)
{
    unsigned differing = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct hb_mutator *one = opened(HB_PLACEMENT_BITMAP);
        struct hb_mutator *other = opened(HB_PLACEMENT_BITMAP);
        struct stream a = stream_generated(seed / 2, 40);
        struct stream b = a;
        struct stream c = a;
        (void)hb_mutate(other, c.bytes, c.byte_count, BYTES_MAX, seed + 1000, NULL);
        a.byte_count = hb_mutate(one, a.bytes, a.byte_count, BYTES_MAX, seed, NULL);
        b.byte_count = hb_mutate(other, b.bytes, b.byte_count, BYTES_MAX, seed, NULL);
        CHECK_EQ(a.byte_count, b.byte_count);
        CHECK(memcmp(a.bytes, b.bytes, a.byte_count) == 0);
        differing += memcmp(a.bytes, c.bytes, BYTES_MAX) != 0;
        hb_mutator_delete(one);
        hb_mutator_delete(other);
    }
    CHECK(differing > 350);
}

TEST(mutant, of_nothing_is_a_generated_stream)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct stream stream = {0};
        stream.byte_count = hb_mutate(mutator, stream.bytes, 0, BYTES_MAX, seed, NULL);
        const struct hb_ops ops = view(&stream);
        CHECK(ops.count >= 1);
        CHECK_EQ(hb_ops_get(&ops, 0).kind, HB_OP_ADD_RANGE);
    }
    hb_mutator_delete(mutator);
}

TEST(mutant, swarms_differ_in_what_they_draw)
{
    struct swarm all;
    unsigned off = 0;
    swarm_set(&all, 0);
    for (unsigned i = 0; i < HB_MUTATION_COUNT; i++) {
        CHECK(all.mutations[i] != 0);
    }
    for (uint16_t number = 1; number <= 100; number++) {
        struct swarm swarm;
        swarm_set(&swarm, number);
        CHECK(swarm.draws[DRAW_MALLOC] != 0 && swarm.draws[DRAW_FREE] != 0);
        CHECK(swarm.mutations[HB_MUTATION_HEADER] != 0);
        off += swarm.mutations[HB_MUTATION_DRAIN] == 0;
    }
    CHECK(off > 10 && off < 50);
}

/* Each kind of change, on streams that have something for all of them. */
TEST(change, of_every_kind_finds_something_to_act_on)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    for (unsigned mutation = 0; mutation < HB_MUTATION_COUNT; mutation++) {
        unsigned made = 0;
        unsigned changed = 0;
        for (uint64_t seed = 0; seed < 50; seed++) {
            struct stream stream = stream_generated(seed * HB_STREAM_KIND_COUNT, 60);
            const struct stream before = stream;
            if (change(mutator, mutation, &stream, seed)) {
                made++;
                changed += stream.byte_count != before.byte_count ||
                           memcmp(stream.bytes, before.bytes, before.byte_count) != 0;
                CHECK(is_stream(stream.bytes, stream.byte_count, BYTES_MAX));
            } else {
                CHECK(memcmp(stream.bytes, before.bytes, before.byte_count) == 0);
            }
        }
        if (mutation == HB_MUTATION_BYTES) {
            CHECK_EQ(made, 0); /* there is no engine here */
        } else if (!CHECK(made >= 20 && changed >= made / 2)) {
            printf("%s: %u made, %u changed something\n", hb_mutation_name(mutation), made,
                   changed);
        }
    }
    hb_mutator_delete(mutator);
}

/* How many records of one stream are met, in order, in the other. */
static size_t in_order(const struct hb_ops *of, const struct hb_ops *in)
{
    size_t met = 0;
    for (size_t i = 0; i < in->count && met < of->count; i++) {
        const struct hb_op a = hb_ops_get(of, met);
        const struct hb_op b = hb_ops_get(in, i);
        met += is_same_op(&a, &b);
    }
    return met;
}

TEST(change, by_insertion_keeps_all_that_was_there)
{
    static const enum hb_mutation insertions[] = {
        HB_MUTATION_INSERT,         HB_MUTATION_DUPLICATE, HB_MUTATION_REPEAT, HB_MUTATION_SPLICE,
        HB_MUTATION_FREE_NEIGHBOUR, HB_MUTATION_FILL,      HB_MUTATION_DRAIN,  HB_MUTATION_COMB,
        HB_MUTATION_LADDER,         HB_MUTATION_GROW,      HB_MUTATION_WRONG};
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    for (size_t i = 0; i < sizeof insertions / sizeof insertions[0]; i++) {
        for (uint64_t seed = 0; seed < 40; seed++) {
            struct stream stream = stream_generated(seed, 12);
            const struct stream before = stream;
            const struct hb_ops old = view(&before);
            if (!change(mutator, insertions[i], &stream, seed)) {
                continue;
            }
            const struct hb_ops now = view(&stream);
            CHECK(now.count > old.count);
            /* a stretch repeated to the end of the buffer pushes others out */
            CHECK(in_order(&old, &now) == old.count || now.count == BYTES_MAX / 16 - 1);
        }
    }
    hb_mutator_delete(mutator);
}

TEST(change, by_deletion_keeps_the_rest_in_order)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream stream = stream_generated(seed, 30);
        const struct stream before = stream;
        const struct hb_ops old = view(&before);
        CHECK(change(mutator, HB_MUTATION_DELETE, &stream, seed));
        const struct hb_ops now = view(&stream);
        CHECK(now.count >= 1 && now.count < old.count);
        CHECK_EQ(in_order(&now, &old), now.count);
    }
    hb_mutator_delete(mutator);
}

static uint64_t sum_of_records(const struct hb_ops *ops)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < ops->count; i++) {
        const struct hb_op op = hb_ops_get(ops, i);
        sum += (op.value + op.slot * 31 + op.kind) * (op.form + UINT64_C(77));
    }
    return sum;
}

TEST(change, swap_and_move_lose_nothing)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream stream = stream_generated(seed, 30);
        struct hb_ops ops = view(&stream);
        const uint64_t sum = sum_of_records(&ops);
        CHECK(change(mutator, seed % 2 == 0 ? HB_MUTATION_SWAP : HB_MUTATION_MOVE, &stream, seed));
        ops = view(&stream);
        CHECK_EQ(ops.count, 30);
        CHECK_EQ(sum_of_records(&ops), sum);
    }
    hb_mutator_delete(mutator);
}

/* The player against the runner. */

struct seen {
    size_t op_count;
    uint64_t offsets[1 << 9]; /* by slot; 0: not live */
};

static void see(void *context, const struct hb_call *call)
{
    struct seen *seen = context;
    if (call->op_index >= seen->op_count || call->actual_status != HB_OK) {
        return;
    }
    if (hb_call_allocates(call->kind)) {
        seen->offsets[call->slot] = (uint64_t)call->actual.offset;
    } else if (call->kind == HB_CALL_INIT) {
        memset(seen->offsets, 0, sizeof seen->offsets);
    } else if (call->kind == HB_CALL_FREE) {
        for (size_t i = 0; i < sizeof seen->offsets / sizeof seen->offsets[0]; i++) {
            if (seen->offsets[i] == (uint64_t)call->pointer.offset) {
                seen->offsets[i] = 0;
            }
        }
    }
}

static size_t compare_with_run(struct hb_mutator *mutator, const struct hb_target *target,
                               struct stream *stream)
{
    const struct hb_ops ops = view(stream);
    struct seen seen = {.op_count = ops.count};
    const struct hb_run_options options = {.observe = see, .observe_context = &seen};
    struct hb_run_result result;
    size_t live = 0;
    CHECK(hb_run(&ops, target, &options, &result));
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    mutator->bytes = stream->bytes;
    mutator->header = ops.header;
    mutator->count = ops.count;
    CHECK(heap_play(mutator, ops.count));
    for (uint32_t slot = 0; slot < mutator->heap.slot_count && !result.is_inconclusive; slot++) {
        const struct heap_slot *played = &mutator->heap.slots[slot];
        const uint64_t offset = played->state == SLOT_LIVE ? played->pointer - HEAP_ARENA_BEGIN : 0;
        CHECK_EQ(offset, seen.offsets[slot]);
        live += offset != 0;
    }
    return live;
}

TEST(heap, is_that_of_the_run)
{
    struct hb_mutator *bitmap = opened(HB_PLACEMENT_BITMAP);
    struct hb_mutator *list = opened(HB_PLACEMENT_LIST);
    size_t live = 0;
    for (uint64_t number = 0; number < 240; number++) {
        struct stream stream = stream_generated(number, 200);
        live += compare_with_run(bitmap, &hb_target_bestfit, &stream);
        live += compare_with_run(list, &hb_target_bestfit_list, &stream);
    }
    CHECK(live > 2000);
    hb_mutator_delete(bitmap);
    hb_mutator_delete(list);
}

/* What each change of the heap's shape comes to. The heap at the end of the stream is looked at. */

static const char four_blocks[] = "heapbed 1 arena 4096 slots 16\n"
                                  "add_range 0 4096\n"
                                  "malloc 0 40\nmalloc 1 40\nmalloc 2 40\nmalloc 3 40\n";

static void play_all(struct hb_mutator *mutator, struct stream *stream)
{
    const struct hb_ops ops = view(stream);
    mutator->bytes = stream->bytes;
    mutator->header = ops.header;
    mutator->count = ops.count;
    CHECK(heap_play(mutator, ops.count));
    CHECK(heap_list(&mutator->heap));
}

static struct hb_op last_op(const struct stream *stream)
{
    const struct hb_ops ops = view(stream);
    return hb_ops_get(&ops, ops.count - 1);
}

/* Blocks of the heap that are free and have a free one behind them: with the list's placement,
 * which merges nothing. */
static size_t free_pairs(const struct heap *heap)
{
    size_t pairs = 0;
    for (size_t i = 0; i + 1 < heap->block_count; i++) {
        pairs += heap->blocks[i].is_free && heap->blocks[i + 1].is_free;
    }
    return pairs;
}

TEST(shape, free_neighbour_makes_two_free_blocks_side_by_side)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_LIST);
    unsigned made = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream stream = stream_of_text(four_blocks);
        const size_t before = stream.byte_count;
        if (!change(mutator, HB_MUTATION_FREE_NEIGHBOUR, &stream, seed)) {
            continue;
        }
        const bool is_at_end = memcmp(stream.bytes, stream_of_text(four_blocks).bytes, before) == 0;
        play_all(mutator, &stream);
        made += is_at_end;
        if (is_at_end) {
            CHECK(free_pairs(&mutator->heap) >= 1);
        }
    }
    CHECK(made >= 50);
    hb_mutator_delete(mutator);
}

TEST(shape, hole_size_asks_for_a_hole_plus_or_minus_a_little)
{
    static const char holes[] = "heapbed 1 arena 4096 slots 16\n"
                                "add_range 0 4096\n"
                                "malloc 0 200\nmalloc 1 8\nmalloc 2 777\nmalloc 3 8\n"
                                "free 0\nfree 2\n";
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned exact = 0;
    unsigned near_by = 0;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct stream stream = stream_of_text(holes);
        const size_t before = stream.byte_count;
        if (!change(mutator, HB_MUTATION_HOLE_SIZE, &stream, seed) ||
            memcmp(stream.bytes, stream_of_text(holes).bytes, before) != 0) {
            continue;
        }
        const struct hb_op op = last_op(&stream);
        CHECK(op.kind == HB_OP_MALLOC || op.kind == HB_OP_CALLOC);
        play_all(mutator, &stream);
        const size_t size = mutator->heap.slots[op.slot].size;
        exact += size == 200 || size == 792; /* capacities: the strides 208 and 800, less 8 */
        near_by += (size >= 168 && size <= 232) || (size >= 760 && size <= 824);
    }
    CHECK(near_by >= 40);
    CHECK(exact >= 8);
    hb_mutator_delete(mutator);
}

TEST(shape, grow_takes_the_free_block_behind)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned grown = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream stream = stream_of_text(four_blocks);
        if (!change(mutator, HB_MUTATION_GROW, &stream, seed)) {
            continue;
        }
        const struct hb_op op = last_op(&stream);
        play_all(mutator, &stream);
        const struct heap_slot *slot = &mutator->heap.slots[op.slot];
        grown += op.kind == HB_OP_REALLOC && op.slot == 3 && slot->size > 40 &&
                 slot->pointer == HEAP_ARENA_BEGIN + 16 + UINT64_C(3) * 48;
    }
    CHECK(grown >= 20);
    hb_mutator_delete(mutator);
}

TEST(shape, fill_ends_in_out_of_memory)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned filled = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream stream = stream_of_text("heapbed 1 arena 4096 slots 256\nadd_range 0 4096\n");
        (void)change(mutator, HB_MUTATION_FILL, &stream,
                     seed); /* it may find nothing that fits at first */
        const struct hb_op op = last_op(&stream);
        play_all(mutator, &stream);
        filled += op.kind == HB_OP_MALLOC && mutator->heap.slots[op.slot].state != SLOT_LIVE;
    }
    CHECK(filled >= 30);
    hb_mutator_delete(mutator);
}

TEST(shape, drain_leaves_nothing_live)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned drained = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct stream stream = stream_of_text(four_blocks);
        if (change(mutator, HB_MUTATION_DRAIN, &stream, seed) &&
            last_op(&stream).kind != HB_OP_MALLOC && view(&stream).count == 9) {
            play_all(mutator, &stream);
            CHECK_EQ(mutator->heap.block_count, 1);
            drained++;
        }
    }
    CHECK(drained >= 20);
    hb_mutator_delete(mutator);
}

TEST(shape, comb_leaves_holes_between_live_blocks)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned combed = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct stream stream = stream_of_text(four_blocks);
        if (change(mutator, HB_MUTATION_COMB, &stream, seed) && view(&stream).count == 7 &&
            last_op(&stream).kind != HB_OP_MALLOC) {
            play_all(mutator, &stream);
            const size_t holes = hb_model_free_block_count(mutator->heap.model);
            CHECK(holes == 2 || holes == 3);
            combed++;
        }
    }
    CHECK(combed >= 10);
    hb_mutator_delete(mutator);
}

TEST(shape, ladder_leaves_many_sizes_free)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    size_t most = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct stream stream =
            stream_of_text("heapbed 1 arena 1048576 slots 128\nadd_range 0 1048576\n");
        if (change(mutator, HB_MUTATION_LADDER, &stream, seed)) {
            play_all(mutator, &stream);
            size_t strides = 0;
            for (size_t i = 0; i + 1 < mutator->heap.block_count; i++) {
                strides += mutator->heap.blocks[i].is_free;
            }
            most = strides > most ? strides : most;
        }
    }
    CHECK(most >= 20);
    hb_mutator_delete(mutator);
}

TEST(shape, ranges_come_to_as_many_as_there_can_be)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    size_t most = 0;
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct stream stream = stream_of_text(four_blocks);
        if (change(mutator, HB_MUTATION_RANGES, &stream, seed)) {
            play_all(mutator, &stream);
            const size_t ranges = hb_model_range_count(mutator->heap.model);
            CHECK(ranges >= 2);
            most = ranges > most ? ranges : most;
        }
    }
    CHECK_EQ(most, 32);
    hb_mutator_delete(mutator);
}

TEST(shape, remove_range_empties_it_first)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned removed = 0;
    unsigned added_again = 0;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct stream stream = stream_of_text(four_blocks);
        if (!change(mutator, HB_MUTATION_REMOVE_RANGE, &stream, seed)) {
            continue;
        }
        const struct hb_op op = last_op(&stream);
        play_all(mutator, &stream);
        const size_t ranges = hb_model_range_count(mutator->heap.model);
        removed += op.kind == HB_OP_REMOVE_RANGE && ranges == 0;
        added_again += op.kind == HB_OP_ADD_RANGE && ranges == 1;
    }
    CHECK(removed >= 10 && added_again >= 10);
    hb_mutator_delete(mutator);
}

TEST(shape, wrong_calls_are_right_by_rare_chance_alone)
{
    struct hb_mutator *mutator = opened(HB_PLACEMENT_BITMAP);
    unsigned made = 0;
    unsigned right = 0; /* an old pointer is another block's now, of the same size */
    for (uint64_t seed = 0; seed < 300; seed++) {
        struct stream stream = stream_generated(seed, 40);
        const size_t before = compare_with_run(mutator, &hb_target_bestfit_paranoid, &stream);
        if (change(mutator, HB_MUTATION_WRONG, &stream, seed)) {
            made++;
            right += compare_with_run(mutator, &hb_target_bestfit_paranoid, &stream) != before;
        }
    }
    CHECK(made >= 100 && right <= made / 20);
    hb_mutator_delete(mutator);
}

TEST(cross_over, has_records_of_both_and_the_first_header)
{
    unsigned of_both = 0;
    for (uint64_t seed = 0; seed < 300; seed++) {
        const struct stream a = stream_of_text("heapbed 1 arena 4096 slots 8 swarm 9\n"
                                               "malloc 1 1\nmalloc 1 2\nmalloc 1 3\n");
        const struct stream b = stream_of_text("heapbed 1 arena 8192\nfree 1\nfree 2\nfree 3\n");
        const size_t max = seed % 2 == 0 ? 64 : BYTES_MAX;
        uint8_t out[BYTES_MAX];
        const size_t count =
            hb_cross_over(a.bytes, a.byte_count, b.bytes, b.byte_count, out, max, seed);
        CHECK(is_stream(out, count, max));
        const struct hb_ops ops = hb_ops_view(out, count);
        CHECK_EQ(ops.header.arena_log2, 12);
        CHECK_EQ(ops.header.swarm, 9);
        unsigned kinds = 0;
        for (size_t i = 0; i < ops.count; i++) {
            kinds |= hb_ops_get(&ops, i).kind == HB_OP_FREE ? 2 : 1;
        }
        of_both += kinds == 3;
    }
    CHECK(of_both > 100);
}

TESTS_BEGIN
ENTRY(mutant, is_whole_records_within_the_limit)
ENTRY(mutant, is_the_same_for_the_same_seed)
ENTRY(mutant, of_nothing_is_a_generated_stream)
ENTRY(mutant, swarms_differ_in_what_they_draw)
ENTRY(change, of_every_kind_finds_something_to_act_on)
ENTRY(change, by_insertion_keeps_all_that_was_there)
ENTRY(change, by_deletion_keeps_the_rest_in_order)
ENTRY(change, swap_and_move_lose_nothing)
ENTRY(heap, is_that_of_the_run)
ENTRY(shape, free_neighbour_makes_two_free_blocks_side_by_side)
ENTRY(shape, hole_size_asks_for_a_hole_plus_or_minus_a_little)
ENTRY(shape, grow_takes_the_free_block_behind)
ENTRY(shape, fill_ends_in_out_of_memory)
ENTRY(shape, drain_leaves_nothing_live)
ENTRY(shape, comb_leaves_holes_between_live_blocks)
ENTRY(shape, ladder_leaves_many_sizes_free)
ENTRY(shape, ranges_come_to_as_many_as_there_can_be)
ENTRY(shape, remove_range_empties_it_first)
ENTRY(shape, wrong_calls_are_right_by_rare_chance_alone)
ENTRY(cross_over, has_records_of_both_and_the_first_header)
TESTS_END
