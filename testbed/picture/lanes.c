/* SPDX-License-Identifier: MIT
 *
 * The lanes of a drawing: a part of the heap enlarged, with sizes and offsets, once where model and
 * target agree and twice where not, and what the operation was about.
 */
#include "shapes.h"

#include <inttypes.h>
#include <string.h>

#define LANE_HEIGHT  44
#define LABELLED_MAX 240 /* blocks of a lane; what has more is drawn without words */

struct lane {
    const struct hb_view *view;
    const struct hb_view_blocks *blocks;
    const struct hb_marks *marks;
    struct hb_scale scale;
    double y;
    bool has_answers; /* what the call answered is drawn here */
    FILE *out;
};

/* Whether the operation was about it. */
static bool is_marked(const struct lane *lane, const struct hb_view_block *block, int64_t front)
{
    for (size_t i = 0; i < lane->marks->count; i++) {
        const struct hb_mark *mark = &lane->marks->items[i];
        const int64_t at = mark->where.begin;
        if (mark->kind == HB_MARK_POINTER && at >= front &&
            at < block->at + (int64_t)block->capacity) {
            return true;
        }
        if (mark->kind == HB_MARK_BLOCK && lane->has_answers && at == block->at) {
            return true;
        }
    }
    return false;
}

static void print_tooltip(const struct hb_view_block *block, bool has_arena, FILE *out)
{
    static const char *const words[] = {"live", "free", "held back or a sliver"};
    (void)fprintf(out, "<title>");
    if (has_arena) {
        (void)fprintf(out, "+%" PRId64 ", ", block->at);
    }
    (void)fprintf(out, "%" PRIu64 " bytes, %s", block->capacity, words[block->state]);
    if (block->state == HB_VIEW_LIVE) {
        (void)fprintf(out, ", %" PRIu64 " asked for", block->request);
    }
    if (block->slot != HB_VIEW_NONE) {
        (void)fprintf(out, ", slot %" PRIu32, block->slot);
    }
    if (block->rank != HB_VIEW_NONE) {
        (void)fprintf(out, ", number %" PRIu32 " of the free blocks", block->rank + 1);
    }
    (void)fprintf(out, "</title>");
}

/* In the middle of the bytes that were asked for, or, where they are too few, of all; or not at
 * all. */
static void label(const char *class, const char *text, double x, double y, double asked,
                  double width, FILE *out)
{
    const double needed = hb_text_width(text) + 4;
    if (needed <= width) {
        hb_draw_text(class, x + (needed <= asked ? asked : width) / 2, y, text, out);
    }
}

static void label_block(const struct hb_view_block *block, double x, double y, double asked,
                        double width, FILE *out)
{
    static const char *const names[] = {"live", "free", "held"};
    static const char *const classes[] = {"number middle on", "number middle",
                                          "number middle held"};
    char name[40];
    char size[64];
    if (block->slot != HB_VIEW_NONE) {
        (void)snprintf(name, sizeof name, "slot %" PRIu32, block->slot);
    } else {
        (void)snprintf(name, sizeof name, "%s", names[block->state]);
    }
    if (block->state == HB_VIEW_LIVE && block->request != block->capacity) {
        (void)snprintf(size, sizeof size, "%" PRIu64 " of %" PRIu64, block->request,
                       block->capacity);
        if (hb_text_width(size) + 6 > width) {
            (void)snprintf(size, sizeof size, "%" PRIu64, block->request);
        }
    } else {
        (void)snprintf(size, sizeof size, "%" PRIu64, block->capacity);
    }
    const char *const class = classes[block->state];
    label(class, name, x, y + 18, asked, width, out);
    label(class, size, x, y + 34, asked, width, out);
}

/* A block that goes on beyond the edge ends in teeth. */
static void draw_torn_edges(const struct lane *lane, int64_t begin, int64_t end)
{
    const double y = lane->y;
    if (begin < lane->scale.extent.begin) {
        (void)fprintf(lane->out,
                      "<path class=\"torn\" d=\"M%d %.1fl5 5.5l-5 5.5l5 5.5l-5 5.5l5 5.5l-5 "
                      "5.5l5 5.5l-5 5.5z\"/>\n",
                      HB_LEFT, y);
    }
    if (end > lane->scale.extent.end) {
        (void)fprintf(lane->out,
                      "<path class=\"torn\" d=\"M%d %.1fl-5 5.5l5 5.5l-5 5.5l5 5.5l-5 5.5l5 "
                      "5.5l-5 5.5l5 5.5z\"/>\n",
                      HB_LEFT + HB_WIDTH, y);
    }
}

static void draw_block(const struct lane *lane, size_t index)
{
    const struct hb_view_block *block = &lane->blocks->items[index];
    const int64_t front = hb_view_front(lane->view, lane->blocks, index);
    const int64_t end = block->at + (int64_t)block->capacity;
    const bool knows_headers = lane->blocks != &lane->view->allocated;
    double x;
    double width;
    if (knows_headers && hb_clip(&lane->scale, front, block->at, &x, &width) && front < block->at) {
        hb_draw_rectangle("header", x, lane->y, width, LANE_HEIGHT, lane->out);
    }
    if (!hb_clip(&lane->scale, block->at, end, &x, &width)) {
        return;
    }
    (void)fprintf(lane->out, "<g>");
    print_tooltip(block, lane->view->has_arena, lane->out);
    hb_draw_rectangle(hb_state_class(block->state), x, lane->y, width, LANE_HEIGHT, lane->out);
    double asked = width;
    if (block->state == HB_VIEW_LIVE && block->request < block->capacity) {
        double slack;
        double slack_width;
        if (hb_clip(&lane->scale, block->at + (int64_t)block->request, end, &slack, &slack_width)) {
            hb_draw_rectangle("slack", slack, lane->y, slack_width, LANE_HEIGHT, lane->out);
            asked -= slack_width;
        }
    }
    label_block(block, x, lane->y, asked, width, lane->out);
    (void)fprintf(lane->out, "</g>\n");
    draw_torn_edges(lane, block->at, end);
    if (is_marked(lane, block, front)) {
        hb_draw_rectangle(lane->marks->is_guilty ? "guilty outline" : "touched outline", x + 1,
                          lane->y + 1, width - 2, LANE_HEIGHT - 2, lane->out);
    }
}

static size_t visible_count(const struct lane *lane)
{
    size_t count = 0;
    for (size_t i = 0; i < lane->blocks->count; i++) {
        double x;
        double width;
        count += hb_clip(&lane->scale, lane->blocks->items[i].at,
                         lane->blocks->items[i].at + (int64_t)lane->blocks->items[i].capacity, &x,
                         &width);
    }
    return count;
}

static bool has_block_at(const struct hb_view_blocks *blocks, int64_t at)
{
    for (size_t i = 0; i < blocks->count; i++) {
        if (blocks->items[i].at == at && blocks->items[i].state == HB_VIEW_LIVE) {
            return true;
        }
    }
    return false;
}

/* What a call answered that the bed has not entered, what was expected, and ranges. */
static void draw_answers(const struct lane *lane)
{
    for (size_t i = 0; i < lane->marks->count; i++) {
        const struct hb_mark *mark = &lane->marks->items[i];
        const bool is_drawn =
            mark->kind == HB_MARK_POINTER ||
            (mark->kind == HB_MARK_BLOCK && has_block_at(lane->blocks, mark->where.begin));
        double x;
        double width;
        if (is_drawn ||
            !hb_clip(&lane->scale, mark->where.begin, mark->where.end + 1, &x, &width)) {
            continue;
        }
        char class[40];
        (void)snprintf(class, sizeof class, "%s outline%s",
                       hb_mark_class(mark, lane->marks->is_guilty),
                       mark->kind == HB_MARK_BLOCK ? " hatched" : "");
        hb_draw_rectangle("under outline", x + 1, lane->y + 1, width - 2, LANE_HEIGHT - 2,
                          lane->out);
        hb_draw_rectangle(class, x + 1, lane->y + 1, width - 2, LANE_HEIGHT - 2, lane->out);
    }
}

static void draw_lane(const struct lane *lane)
{
    hb_draw_ranges(lane->blocks == &lane->view->allocated ? "unknown" : "range", &lane->scale,
                   lane->view, lane->y, LANE_HEIGHT, lane->out);
    if (visible_count(lane) > LABELLED_MAX) {
        for (uint32_t state = HB_VIEW_LIVE; state <= HB_VIEW_ASIDE; state++) {
            hb_draw_state(&lane->scale, lane->blocks, state, lane->y, LANE_HEIGHT, lane->out);
        }
    } else {
        for (size_t i = 0; i < lane->blocks->count; i++) {
            draw_block(lane, i);
        }
    }
    if (lane->has_answers) {
        draw_answers(lane);
    }
}

/* Where a number has been put already: they must not run into each other. */
struct ticks {
    double ends[256][2];
    size_t count;
};

static void draw_tick(const struct lane *lane, struct ticks *ticks, int64_t at, const char *class)
{
    char text[32];
    (void)snprintf(text, sizeof text, "+%" PRId64, at);
    const double half = hb_text_width(text) / 2;
    const double x = hb_x_of(&lane->scale, at);
    double middle = x < HB_LEFT + half ? HB_LEFT + half : x;
    middle = middle > HB_LEFT + HB_WIDTH - half ? HB_LEFT + HB_WIDTH - half : middle;
    if (at < lane->scale.extent.begin || at > lane->scale.extent.end || ticks->count == 256) {
        return;
    }
    for (size_t i = 0; i < ticks->count; i++) {
        if (middle + half + 5 > ticks->ends[i][0] && middle - half - 5 < ticks->ends[i][1]) {
            return;
        }
    }
    ticks->ends[ticks->count][0] = middle - half;
    ticks->ends[ticks->count++][1] = middle + half;
    const double y = lane->y + LANE_HEIGHT;
    (void)fprintf(lane->out, "<path class=\"tick\" d=\"M%.1f %.1fv5\"/>\n", x, y);
    hb_draw_text(class, middle, y + 16, text, lane->out);
}

/* First those that matter, then as many as there is room for. */
static void draw_ticks(const struct lane *lane)
{
    struct ticks ticks = {.count = 0};
    if (!lane->view->has_arena) {
        return;
    }
    for (size_t i = 0; i < lane->marks->count; i++) {
        const struct hb_mark *mark = &lane->marks->items[i];
        char class[40];
        (void)snprintf(class, sizeof class, "number middle %s",
                       hb_mark_class(mark, lane->marks->is_guilty));
        draw_tick(lane, &ticks, mark->where.begin, class);
    }
    for (size_t i = 0; i < lane->blocks->count; i++) {
        draw_tick(lane, &ticks, lane->blocks->items[i].at, "number middle");
    }
    for (size_t i = 0; i < lane->view->range_count; i++) {
        draw_tick(lane, &ticks, lane->view->ranges[i].begin, "number middle");
        draw_tick(lane, &ticks, lane->view->ranges[i].end, "number middle");
    }
    draw_tick(lane, &ticks, lane->scale.extent.begin, "number middle dim");
    draw_tick(lane, &ticks, lane->scale.extent.end, "number middle dim");
}

/* Whether an address is in one of the windows; or in none, and this is the first one. */
static bool is_for_window(const struct hb_windows *windows, size_t number, int64_t at)
{
    for (size_t i = 0; i < windows->count; i++) {
        if (at >= windows->items[i].begin && at <= windows->items[i].end) {
            return i == number;
        }
    }
    return number == 0;
}

/* Words to each mark, below the lanes, with a line up to it. */
static int draw_callouts(const struct lane *lane, const struct hb_windows *windows, size_t number,
                         int y, FILE *out)
{
    for (size_t i = 0; i < lane->marks->count; i++) {
        const struct hb_mark *mark = &lane->marks->items[i];
        if (!is_for_window(windows, number, mark->where.begin)) {
            continue;
        }
        const char *const class = hb_mark_class(mark, lane->marks->is_guilty);
        const bool is_right = hb_x_of(&lane->scale, mark->where.begin) > HB_LEFT + HB_WIDTH - 330;
        const double x = hb_x_of(&lane->scale, mark->where.begin);
        char text_class[48];
        const bool is_inside = mark->where.begin >= lane->scale.extent.begin &&
                               mark->where.begin <= lane->scale.extent.end;
        (void)snprintf(text_class, sizeof text_class, "small %s%s", class,
                       is_right && is_inside ? " end" : "");
        if (is_inside) {
            (void)fprintf(out, "<path class=\"%s leader\" d=\"M%.1f %.1fV%dh%d\"/>\n", class, x,
                          lane->y + LANE_HEIGHT + 20, y + 9, is_right ? -8 : 8);
            hb_draw_text(text_class, is_right ? x - 12 : x + 12, y + 13, mark->text, out);
        } else {
            char text[128];
            (void)snprintf(text, sizeof text, "%s, beyond this drawing", mark->text);
            hb_draw_text(text_class, HB_LEFT, y + 13, text, out);
        }
        y += 18;
    }
    return y;
}

static bool answers_something_new(const struct hb_view_blocks *blocks, const struct hb_marks *marks)
{
    for (size_t i = 0; i < marks->count; i++) {
        if (marks->items[i].kind == HB_MARK_BLOCK &&
            !has_block_at(blocks, marks->items[i].where.begin)) {
            return true;
        }
    }
    return false;
}

static int draw_one_lane(struct lane *lane, const char *title, int y, FILE *out)
{
    hb_draw_text("small", HB_LEFT, y + 14, title, out);
    lane->y = y + 20;
    draw_lane(lane);
    return y + 20 + LANE_HEIGHT;
}

/* The target's own view, and where it does not tell, what it has handed out. */
static const char *target_title(const struct hb_film *film, const struct hb_view *view)
{
    if (view->moment == HB_BEFORE_CALL && view == hb_film_after(film)) {
        return "target: as it was before the call, which did not come back (what it has handed "
               "out)";
    }
    if (!view->has_arena) {
        return "target: what it has handed out, side by side by slot (its addresses are its own)";
    }
    return view->is_walked ? "target: its blocks, as it tells them"
                           : "target: what it has handed out (it does not tell its free blocks)";
}

int hb_draw_lanes(const struct hb_film *film, const struct hb_view *view,
                  const struct hb_marks *marks, const struct hb_windows *windows, size_t number,
                  int y, FILE *out)
{
    struct lane lane = {.view = view,
                        .marks = marks,
                        .scale = hb_scale_of(windows->items[number]),
                        .has_answers = true,
                        .out = out};
    const bool is_one = hb_view_agrees(view) && !answers_something_new(&view->model, marks);
    if (is_one) {
        lane.blocks = &view->model;
        y = draw_one_lane(
            &lane,
            view->is_walked ? "model and target agree on this heap"
                            : "the model's heap; what the target has handed out lies where it must",
            y, out);
    } else {
        if (view->is_exact) {
            lane.blocks = &view->model;
            lane.has_answers = false;
            y = draw_one_lane(&lane, "model: the heap as it must be", y, out);
            draw_ticks(&lane);
            y += 24;
        } else if (view->is_walked && !hb_view_tells_all(view)) {
            lane.blocks = &view->allocated;
            lane.has_answers = false;
            y = draw_one_lane(&lane, "what the target has handed out", y, out);
            draw_ticks(&lane);
            y += 24;
        }
        lane.blocks = view->is_walked ? &view->walked : &view->allocated;
        lane.has_answers = true;
        y = draw_one_lane(&lane, target_title(film, view), y, out);
    }
    draw_ticks(&lane);
    return draw_callouts(&lane, windows, number, y + 22, out);
}
