/* SPDX-License-Identifier: MIT
 *
 * What is played in a state: each right operation of the scope, one a run; and the calls that must
 * be refused, all in one run, since they change nothing.
 */
#include "exhaust_state.h"

struct moves {
    struct hb_op *items;
    size_t count;
};

static void add(struct moves *moves, struct hb_op op)
{
    if (moves->count < HB_EXHAUST_MOVES_MAX) {
        moves->items[moves->count++] = op;
    }
}

static size_t second_begin(const struct hb_exhaust_scope *scope)
{
    return (scope->range_bytes[0] + 15) / 16 * 16;
}

static bool is_live_slot(const struct hb_exhaust_heap *heap, uint32_t slot)
{
    for (size_t i = 0; i < heap->live_count; i++) {
        if (heap->live_slots[i] == slot) {
            return true;
        }
    }
    return false;
}

static bool is_live_offset(const struct hb_exhaust_heap *heap, size_t offset)
{
    for (size_t i = 0; i < heap->live_count; i++) {
        if (heap->live_offsets[i] == offset) {
            return true;
        }
    }
    return false;
}

/* The first that holds nothing. Which one it is makes no difference to the heap. */
static uint32_t empty_slot(const struct hb_exhaust_heap *heap)
{
    uint32_t slot = 0;
    while (is_live_slot(heap, slot)) {
        slot++;
    }
    return slot;
}

static struct hb_op range_op(const struct hb_exhaust_scope *scope, size_t range)
{
    const size_t begin = range == 0 ? 0 : second_begin(scope);
    return (struct hb_op){
        .kind = HB_OP_ADD_RANGE,
        .value = hb_pair((uint32_t)begin, (uint32_t)(begin + scope->range_bytes[range]))};
}

static void add_range_moves(const struct hb_exhaust_scope *scope,
                            const struct hb_exhaust_heap *heap, struct moves *moves)
{
    for (size_t i = 0; i < 2; i++) {
        const struct hb_op op = range_op(scope, i);
        if (heap->has_range[i]) {
            add(moves, (struct hb_op){.kind = HB_OP_REMOVE_RANGE,
                                      .form = HB_REMOVE_AT,
                                      .value = hb_low(op.value)});
        } else if (scope->range_bytes[i] != 0) {
            add(moves, op);
        }
    }
}

size_t hb_exhaust_moves(const struct hb_exhaust_scope *scope, const struct hb_exhaust_heap *heap,
                        struct hb_op items[HB_EXHAUST_MOVES_MAX])
{
    struct moves moves = {.items = items};
    const uint32_t slot = empty_slot(heap);
    add_range_moves(scope, heap, &moves);
    for (size_t i = 0; i < scope->size_count * scope->align_count; i++) {
        struct hb_op op = {
            .kind = HB_OP_MALLOC, .slot = slot, .value = scope->sizes[i / scope->align_count]};
        (void)hb_align_encode(scope->aligns[i % scope->align_count], &op.align_code);
        add(&moves, op);
    }
    for (size_t live = 0; live < heap->live_count; live++) {
        add(&moves, (struct hb_op){.kind = HB_OP_FREE, .slot = heap->live_slots[live]});
        for (size_t i = 0; i < scope->size_count; i++) {
            struct hb_op op = {
                .kind = HB_OP_REALLOC, .slot = heap->live_slots[live], .value = scope->sizes[i]};
            (void)hb_align_encode(1, &op.align_code);
            add(&moves, op);
        }
    }
    return moves.count;
}

static void add_wrong_frees(const struct hb_exhaust_scope *scope,
                            const struct hb_exhaust_heap *heap, struct moves *moves)
{
    const size_t end = second_begin(scope) + scope->range_bytes[1];
    for (size_t offset = 0; offset <= end; offset += 8) {
        if (is_live_offset(heap, offset)) {
            continue;
        }
        for (size_t i = 0; i < (offset % 16 == 0 ? scope->size_count : 1); i++) {
            add(moves,
                (struct hb_op){.kind = HB_OP_FREE_AT,
                               .form = HB_AT_ARENA,
                               .value = hb_pair((uint32_t)offset, (uint32_t)scope->sizes[i])});
        }
    }
    add(moves, (struct hb_op){.kind = HB_OP_FREE_AT, .form = HB_AT_NULL, .value = hb_pair(0, 16)});
    add(moves, (struct hb_op){.kind = HB_OP_FREE_AT, .form = HB_AT_TOP, .value = hb_pair(15, 16)});
}

static void add_wrong_calls_of(uint32_t slot, struct moves *moves)
{
    static const int64_t deltas[] = {-1, 1, 16};
    for (size_t i = 0; i < sizeof deltas / sizeof deltas[0]; i++) {
        add(moves, (struct hb_op){.kind = HB_OP_FREE_WRONG_SIZE,
                                  .form = HB_SIZE_OWN,
                                  .slot = slot,
                                  .value = (uint64_t)deltas[i]});
    }
    add(moves, (struct hb_op){.kind = HB_OP_REALLOC_WRONG,
                              .form = HB_REALLOC_INTERIOR,
                              .slot = slot,
                              .value = hb_pair(16, 24)});
    add(moves, (struct hb_op){.kind = HB_OP_REALLOC_WRONG,
                              .form = HB_REALLOC_SIZE,
                              .slot = slot,
                              .value = hb_pair(1, 24)});
    add(moves, (struct hb_op){.kind = HB_OP_USABLE, .slot = slot});
    add(moves, (struct hb_op){.kind = HB_OP_USABLE, .slot = slot, .value = 16});
}

static void add_wrong_ranges(const struct hb_exhaust_scope *scope,
                             const struct hb_exhaust_heap *heap, struct moves *moves)
{
    for (size_t i = 0; i < 2; i++) {
        if (heap->has_range[i]) {
            const struct hb_op whole = range_op(scope, i);
            struct hb_op inner = whole;
            inner.value = hb_pair(hb_low(whole.value) + 16, hb_high(whole.value));
            add(moves, whole);
            add(moves, inner);
        }
    }
    add(moves, (struct hb_op){.kind = HB_OP_ADD_RANGE, .value = hb_pair(64, 64)});
    add(moves, (struct hb_op){.kind = HB_OP_ADD_RANGE, .value = hb_pair(2048, 1024)});
    add(moves, (struct hb_op){.kind = HB_OP_ADD_RANGE, .value = hb_pair(2056, 3072)});
    add(moves,
        (struct hb_op){.kind = HB_OP_REMOVE_RANGE, .form = HB_REMOVE_AT, .value = hb_pair(16, 0)});
}

static void add_wrong_sizes(uint32_t slot, struct moves *moves)
{
    uint16_t three = 0;
    (void)hb_align_encode(3, &three);
    add(moves, (struct hb_op){.kind = HB_OP_MALLOC, .slot = slot, .align_code = 4, .value = 0});
    add(moves, (struct hb_op){.kind = HB_OP_MALLOC, .slot = slot, .align_code = three, .value = 8});
    for (uint64_t less = 0; less < 64; less += 9) {
        add(moves, (struct hb_op){.kind = HB_OP_MALLOC,
                                  .form = HB_SIZE_MAX_MINUS,
                                  .slot = slot,
                                  .align_code = 4,
                                  .value = less});
    }
    add(moves, (struct hb_op){.kind = HB_OP_CALLOC,
                              .form = HB_CALLOC_MAX_MINUS,
                              .slot = slot,
                              .align_code = 4,
                              .value = hb_pair(0, 3)});
}

size_t hb_exhaust_wrong_calls(const struct hb_exhaust_scope *scope,
                              const struct hb_exhaust_heap *heap,
                              struct hb_op items[HB_EXHAUST_MOVES_MAX])
{
    struct moves moves = {.items = items};
    add_wrong_frees(scope, heap, &moves);
    for (size_t live = 0; live < heap->live_count; live++) {
        add_wrong_calls_of(heap->live_slots[live], &moves);
    }
    if (hb_places_exactly(scope->target)) {
        add_wrong_ranges(scope, heap, &moves);
        add_wrong_sizes(empty_slot(heap), &moves);
    }
    return moves.count;
}

size_t hb_exhaust_forged(const struct hb_exhaust_heap *heap,
                         struct hb_op items[HB_EXHAUST_MOVES_MAX])
{
    struct moves moves = {.items = items};
    for (size_t to = 0; to < heap->live_count; to++) {
        for (uint32_t offset = 0; offset + 16 <= heap->live_sizes[to]; offset += 16) {
            for (size_t from = 0; from < heap->live_count; from++) {
                add(&moves, (struct hb_op){.kind = HB_OP_FREE_FORGED,
                                           .slot = heap->live_slots[to],
                                           .value = hb_pair(heap->live_slots[from], offset)});
            }
        }
    }
    return moves.count;
}
