/* SPDX-License-Identifier: MIT
 *
 * The key of a state: a hash of all that what comes can depend on.
 *
 * - Of the target: every byte of its state and every byte of its ranges. It has nothing else to
 *   remember by (a target with globals cannot be searched this way), so from equal bytes on, equal
 *   calls have equal answers. Nothing is masked: no knowledge of what the target reads goes into
 * it.
 * - Of the model: its ranges in order, its blocks, its free blocks in their order, its counters.
 * - Of the user: which bytes belong to whom. What lies in the blocks is among the bytes of the
 *   ranges. Slots are only names, so they are left out.
 * - Of the bed: the block that was freed last, which is refused without odds (oracle status).
 *
 * So that equal heaps have equal bytes more often, the user is a tidy one (options->is_tidy).
 */
#include "exhaust_state.h"

#include "uninstrumented.h"

#include <string.h>

static void mix(struct hb_exhaust_key *key, uint64_t value)
{
    uint64_t one = (key->words[0] ^ value) * UINT64_C(0x9E3779B97F4A7C15);
    uint64_t other = (key->words[1] + value) * UINT64_C(0xD1342543DE82EF95);
    key->words[0] = one ^ one >> 32;
    key->words[1] = other ^ other >> 29 ^ key->words[0];
}

HB_UNINSTRUMENTED
static void mix_bytes(struct hb_exhaust_key *key, const uint8_t *bytes, size_t count)
{
    for (size_t at = 0; at < count; at += 8) {
        uint64_t word = 0;
        for (size_t i = at; i < count && i < at + 8; i++) {
            word = word << 8 | bytes[i];
        }
        mix(key, word);
    }
    mix(key, count);
}

static void mix_ranges(struct hb_exhaust_key *key, const struct hb_run *run)
{
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        mix(key, begin - hb_arena_begin(run));
        mix_bytes(key, (const uint8_t *)begin, end - begin);
    }
}

static void mix_model_block(struct hb_exhaust_key *key, const struct hb_run *run,
                            const struct hb_model_block *block)
{
    mix(key, block->payload - hb_arena_begin(run));
    mix(key, block->capacity);
    mix(key, block->request);
}

static void mix_model(struct hb_exhaust_key *key, const struct hb_run *run)
{
    const struct hb_model_stats stats = hb_model_stats(run->model);
    struct hb_model_block block;
    uint64_t position = 0;
    mix_bytes(key, (const uint8_t *)&stats, sizeof stats);
    while (hb_model_next_block(run->model, &position, &block)) {
        mix_model_block(key, run, &block);
    }
    for (size_t i = 0; hb_model_free_block(run->model, i, &block); i++) {
        mix_model_block(key, run, &block);
    }
}

static void look_at_live(struct hb_exhaust_heap *heap, const struct hb_run *run)
{
    heap->live_count = run->ledger.count;
    for (size_t i = 0; i < run->ledger.count && i < HB_EXHAUST_SLOTS; i++) {
        const struct hb_allocation *live = &run->ledger.items[i];
        heap->live_slots[i] = live->slot;
        heap->live_offsets[i] = live->begin - hb_arena_begin(run);
        heap->live_sizes[i] = live->size;
        mix(&heap->key, heap->live_offsets[i]);
        mix(&heap->key, live->size);
    }
}

void hb_exhaust_look_at(void *context, const struct hb_run *run)
{
    struct hb_exhaust_heap *heap = context;
    *heap = (struct hb_exhaust_heap){.is_reached = true,
                                     .is_refused = run->call.actual_status != HB_OK};
    mix_bytes(&heap->key, run->state, run->target->state_bytes);
    mix_ranges(&heap->key, run);
    if (run->is_exact) {
        mix_model(&heap->key, run);
    }
    look_at_live(heap, run);
    mix(&heap->key, run->freed_last == 0 ? 0 : run->freed_last - hb_arena_begin(run));
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        heap->has_range[begin != hb_arena_begin(run)] = true;
    }
}
