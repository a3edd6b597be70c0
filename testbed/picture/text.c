/* SPDX-License-Identifier: MIT
 *
 * The heap in letters, as the model has it: one line a range with a bar to scale, then its blocks.
 */
#include "picture.h"

#include "view.h"

#include <inttypes.h>
#include <string.h>

enum { BAR_COLUMNS = 64, BLOCKS_SHOWN_MAX = 64 };

/* # live, . free, | where a block begins */
static void draw_bar(const struct hb_view *view, uint32_t range, FILE *out)
{
    const struct hb_view_range *bounds = &view->ranges[range];
    char bar[BAR_COLUMNS + 1];
    memset(bar, ' ', BAR_COLUMNS);
    bar[BAR_COLUMNS] = '\0';
    const double scale = (double)BAR_COLUMNS / (double)(bounds->end - bounds->begin);
    for (size_t b = 0; b < view->model.count; b++) {
        const struct hb_view_block *block = &view->model.items[b];
        if (block->range != range) {
            continue;
        }
        const int64_t in_range = block->at - bounds->begin;
        const size_t from = (size_t)((double)in_range * scale);
        const size_t to = (size_t)(((double)in_range + (double)block->capacity) * scale);
        for (size_t i = from; i < to && i < BAR_COLUMNS; i++) {
            bar[i] = block->state == HB_VIEW_LIVE ? '#' : '.';
        }
        if (from < BAR_COLUMNS) {
            bar[from] = '|';
        }
    }
    (void)fprintf(out, "  range %" PRIu32 ", arena+%" PRId64 " to arena+%" PRId64 "  [%s]\n", range,
                  bounds->begin, bounds->end, bar);
}

static void list_block(const struct hb_view_block *block, FILE *out)
{
    (void)fprintf(out, "    arena+%-8" PRId64 " capacity %-8" PRIu64 " ", block->at,
                  block->capacity);
    if (block->state != HB_VIEW_LIVE) {
        (void)fprintf(out, "free\n");
    } else if (block->slot != HB_VIEW_NONE) {
        (void)fprintf(out, "live, slot %" PRIu32 ", %" PRIu64 " bytes asked for\n", block->slot,
                      block->request);
    } else {
        (void)fprintf(out, "live in the model, %" PRIu64 " bytes asked for\n", block->request);
    }
}

static void list_blocks(const struct hb_view *view, uint32_t range, FILE *out)
{
    size_t shown = 0;
    for (size_t i = 0; i < view->model.count; i++) {
        if (view->model.items[i].range != range) {
            continue;
        }
        if (shown++ == BLOCKS_SHOWN_MAX) {
            (void)fprintf(out, "    ... and more\n");
            return;
        }
        list_block(&view->model.items[i], out);
    }
}

static void list_allocations(const struct hb_view *view, FILE *out)
{
    for (size_t i = 0; i < view->allocated.count && i < BLOCKS_SHOWN_MAX; i++) {
        (void)fprintf(out, "    slot %" PRIu32 ", %" PRIu64 " bytes\n",
                      view->allocated.items[i].slot, view->allocated.items[i].request);
    }
}

void hb_picture_text(const struct hb_view *view, FILE *out)
{
    (void)fprintf(out, "heap as the model has it (| header, # live, . free):\n");
    if (!view->is_exact) {
        (void)fprintf(out, "  %zu live allocations, %" PRIu64 " bytes\n", view->allocated.count,
                      view->live_bytes);
        list_allocations(view, out);
        return;
    }
    if (view->range_count == 0) {
        (void)fprintf(out, "  no ranges\n");
    }
    for (uint32_t i = 0; i < view->range_count; i++) {
        draw_bar(view, i, out);
        list_blocks(view, i, out);
    }
}

void hb_picture(const struct hb_run *run, FILE *out)
{
    struct hb_view view;
    hb_view_take(run, &view);
    hb_picture_text(&view, out);
    hb_view_clear(&view);
}
