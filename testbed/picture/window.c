/* SPDX-License-Identifier: MIT
 *
 * What part of the heap a picture shows: all that the ranges span, and closer, around what the
 * operation was about.
 */
#include "drawing.h"

/* A block larger than this is looked at where it begins. */
#define LARGE_BYTES 8192
/* Marks that are no farther apart are looked at together. */
#define TOGETHER_BYTES 8192
/* All that is live is looked at too where it is as near as this. */
#define LIVE_NEAR_BYTES 1536
#define WINDOW_LEAST    96
/* So much is not worth a closer look. */
#define AXIS_WHOLE 1024

static void widen(struct hb_extent *extent, int64_t begin, int64_t end)
{
    const bool is_empty = extent->end <= extent->begin;
    extent->begin = is_empty || begin < extent->begin ? begin : extent->begin;
    extent->end = is_empty || end > extent->end ? end : extent->end;
}

static void widen_by_view(struct hb_extent *axis, const struct hb_view *view)
{
    for (size_t i = 0; i < view->range_count && view->has_arena; i++) {
        widen(axis, view->ranges[i].begin, view->ranges[i].end);
    }
    for (size_t i = 0; i < view->allocated.count; i++) {
        const struct hb_view_block *block = &view->allocated.items[i];
        widen(axis, block->at, block->at + (int64_t)block->capacity);
    }
}

struct hb_extent hb_drawing_axis(const struct hb_film *film)
{
    const int64_t arena = (int64_t)1 << film->ops->header.arena_log2;
    struct hb_extent axis = {0};
    struct hb_marks marks;
    for (size_t i = 0; i < film->view_count; i++) {
        widen_by_view(&axis, &film->views[i]);
    }
    widen_by_view(&axis, hb_film_after(film));
    hb_marks_find(film, film->last, hb_film_after(film), &marks);
    for (size_t i = 0; i < marks.count; i++) {
        const struct hb_extent *where = &marks.items[i].where;
        if (where->begin >= 0 && where->begin <= arena) {
            widen(&axis, where->begin, where->end > arena ? arena : where->end + 1);
        }
    }
    if (axis.end <= axis.begin) {
        axis = (struct hb_extent){0, arena};
    }
    /* round ends, and a look at what lies behind */
    axis.begin = axis.begin / 16 * 16;
    axis.end = (axis.end + 15) / 16 * 16;
    return axis;
}

/* The block that an address lies in, header included, or what of it is near. */
static void widen_by_block(struct hb_extent *window, const struct hb_view *view, int64_t at)
{
    const struct hb_view_blocks *blocks = view->is_exact ? &view->model : &view->allocated;
    for (size_t i = 0; i < blocks->count; i++) {
        const int64_t front = hb_view_front(view, blocks, i);
        const int64_t end = blocks->items[i].at + (int64_t)blocks->items[i].capacity;
        if (at >= front && at < end) {
            widen(window, front > at - LARGE_BYTES ? front : at - 64,
                  end < at + LARGE_BYTES ? end : at + 128);
        }
    }
    widen(window, at, at + 16);
}

static struct hb_extent live_extent(const struct hb_view *view)
{
    struct hb_extent live = {0};
    for (size_t i = 0; i < view->allocated.count; i++) {
        const struct hb_view_block *block = &view->allocated.items[i];
        widen(&live, block->at - 16, block->at + (int64_t)block->capacity + 16);
    }
    return live;
}

static struct hb_extent union_of(struct hb_extent one, const struct hb_extent *other)
{
    if (other->end > other->begin) {
        widen(&one, other->begin, other->end);
    }
    return one;
}

static int64_t length_of(const struct hb_extent *extent)
{
    return extent->end - extent->begin;
}

static void add_mark(struct hb_windows *windows, const struct hb_view *view,
                     const struct hb_extent *where)
{
    struct hb_extent wanted = {0};
    widen_by_block(&wanted, view, where->begin);
    widen(&wanted, where->begin, length_of(where) < LARGE_BYTES ? where->end : where->begin + 128);
    for (size_t i = 0; i < windows->count; i++) {
        const struct hb_extent both = union_of(wanted, &windows->items[i]);
        if (length_of(&both) <= TOGETHER_BYTES ||
            length_of(&both) < length_of(&wanted) + length_of(&windows->items[i])) {
            windows->items[i] = both;
            return;
        }
    }
    if (windows->count < HB_WINDOWS_MAX) {
        windows->items[windows->count++] = wanted;
    }
}

static void add_margin(struct hb_extent *window, const struct hb_extent *axis)
{
    const int64_t length = length_of(window);
    const int64_t margin = length < WINDOW_LEAST ? (WINDOW_LEAST - length) / 2 + 32 : length / 6;
    const int64_t begin = window->begin - margin;
    const int64_t end = window->end + margin;
    window->begin = (begin > axis->begin ? begin : axis->begin) / 16 * 16;
    window->end = end < axis->end ? end / 16 * 16 : axis->end;
}

/* By address; what overlaps becomes one. */
static void put_in_order(struct hb_windows *windows)
{
    struct hb_extent *one = &windows->items[0];
    struct hb_extent *other = &windows->items[1];
    if (windows->count < 2) {
        return;
    }
    if (one->begin > other->begin) {
        const struct hb_extent swapped = *one;
        *one = *other;
        *other = swapped;
    }
    if (one->end >= other->begin) {
        *one = union_of(*one, other);
        windows->count = 1;
    }
}

void hb_drawing_windows(struct hb_extent axis, const struct hb_view *view,
                        const struct hb_marks *marks, struct hb_windows *windows)
{
    *windows = (struct hb_windows){.count = 0};
    if (length_of(&axis) <= AXIS_WHOLE) {
        *windows = (struct hb_windows){.items = {axis}, .count = 1};
        return;
    }
    for (size_t i = 0; i < marks->count; i++) {
        const struct hb_extent *where = &marks->items[i].where;
        if (where->begin >= axis.begin && where->begin < axis.end) {
            add_mark(windows, view, where);
        }
    }
    const struct hb_extent live = live_extent(view);
    const struct hb_extent both = union_of(live, &windows->items[0]);
    if (windows->count < 2 && length_of(&both) > 0 && length_of(&both) <= LIVE_NEAR_BYTES) {
        *windows = (struct hb_windows){.items = {both}, .count = 1};
    }
    if (windows->count == 0) {
        *windows = (struct hb_windows){.items = {{axis.begin, axis.begin + 256}}, .count = 1};
    }
    for (size_t i = 0; i < windows->count; i++) {
        add_margin(&windows->items[i], &axis);
    }
    put_in_order(windows);
}
