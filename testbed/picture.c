/* SPDX-License-Identifier: MIT
 *
 * The heap in letters, as the model has it: one line a range with a bar to scale, then its blocks.
 */
#include "run_state.h"

#include "picture.h"

#include <inttypes.h>
#include <string.h>

enum { BAR_COLUMNS = 64, BLOCKS_SHOWN_MAX = 64 };

/* # live, . free, | where a block begins */
static void draw_bar(const struct hb_run *run, size_t range, uintptr_t begin, uintptr_t end,
                     FILE *out)
{
    char bar[BAR_COLUMNS + 1];
    memset(bar, ' ', BAR_COLUMNS);
    bar[BAR_COLUMNS] = '\0';
    const double scale = (double)BAR_COLUMNS / (double)(end - begin);
    struct hb_model_block block;
    for (uint64_t at = (uint64_t)range << 32;
         at >> 32 == range && hb_model_next_block(run->model, &at, &block);) {
        const size_t from = (size_t)((double)(block.payload - begin) * scale);
        const size_t to = (size_t)((double)(block.payload + block.capacity - begin) * scale);
        for (size_t i = from; i < to && i < BAR_COLUMNS; i++) {
            bar[i] = block.request != 0 ? '#' : '.';
        }
        if (from < BAR_COLUMNS) {
            bar[from] = '|';
        }
    }
    (void)fprintf(out, "  range %zu, arena+%" PRIuPTR " to arena+%" PRIuPTR "  [%s]\n", range,
                  begin - hb_arena_begin(run), end - hb_arena_begin(run), bar);
}

static void list_blocks(const struct hb_run *run, size_t range, FILE *out)
{
    struct hb_model_block block;
    size_t shown = 0;
    for (uint64_t at = (uint64_t)range << 32;
         at >> 32 == range && hb_model_next_block(run->model, &at, &block); shown++) {
        if (shown == BLOCKS_SHOWN_MAX) {
            (void)fprintf(out, "    ... and more\n");
            return;
        }
        const struct hb_allocation *owner = hb_ledger_find(&run->ledger, block.payload);
        (void)fprintf(out, "    arena+%-8" PRIuPTR " capacity %-8zu ",
                      block.payload - hb_arena_begin(run), block.capacity);
        if (block.request == 0) {
            (void)fprintf(out, "free\n");
        } else if (owner != NULL) {
            (void)fprintf(out, "live, slot %" PRIu32 ", %zu bytes asked for\n", owner->slot,
                          block.request);
        } else {
            (void)fprintf(out, "live in the model, %zu bytes asked for\n", block.request);
        }
    }
}

static void list_allocations(const struct hb_run *run, FILE *out)
{
    for (size_t i = 0; i < run->ledger.count && i < BLOCKS_SHOWN_MAX; i++) {
        (void)fprintf(out, "    slot %" PRIu32 ", %zu bytes\n", run->ledger.items[i].slot,
                      run->ledger.items[i].size);
    }
}

void hb_picture(const struct hb_run *run, FILE *out)
{
    (void)fprintf(out, "heap as the model has it (| header, # live, . free):\n");
    if (!run->is_exact) {
        (void)fprintf(out, "  %zu live allocations, %" PRIu64 " bytes\n", run->ledger.count,
                      run->ledger.bytes);
        list_allocations(run, out);
        return;
    }
    if (hb_model_range_count(run->model) == 0) {
        (void)fprintf(out, "  no ranges\n");
    }
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        draw_bar(run, i, begin, end, out);
        list_blocks(run, i, out);
    }
}
