/* SPDX-License-Identifier: MIT
 *
 * One heap as SVG elements: all of it as a bar, a part of it enlarged with sizes and offsets, what
 * the operation was about, and the free blocks in the order in which they are found.
 */
#include "drawing.h"

#include <inttypes.h>
#include <string.h>

#define LEFT         24
#define WIDTH        (HB_DRAWING_WIDTH - 2 * LEFT)
#define BAR_HEIGHT   16
#define LANE_HEIGHT  44
#define LABELLED_MAX 240 /* blocks of a lane; what has more is drawn without words */
#define CHIPS_MAX    12

#define CHARACTER_WIDTH 6.65 /* of the 11 pixel monospace that numbers are in */

void hb_print_escaped(const char *text, size_t max, FILE *out)
{
    const size_t length = strlen(text);
    for (size_t i = 0; i < length; i++) {
        if (i + 3 >= max && length > max) {
            (void)fputs("...", out);
            return;
        }
        switch (text[i]) {
        case '<':
            (void)fputs("&lt;", out);
            break;
        case '>':
            (void)fputs("&gt;", out);
            break;
        case '&':
            (void)fputs("&amp;", out);
            break;
        case '"':
            (void)fputs("&quot;", out);
            break;
        case '\'':
            (void)fputs("&#39;", out);
            break;
        default:
            (void)fputc(text[i] >= ' ' && text[i] <= '~' ? text[i] : '?', out);
        }
    }
}

/* --- bytes to pixels ----------------------------------------------------------------------------
 */

struct scale {
    struct hb_extent extent;
    double pixels; /* a byte */
};

static struct scale scale_of(struct hb_extent extent)
{
    return (struct scale){extent, (double)WIDTH / (double)(extent.end - extent.begin)};
}

static double x_of(const struct scale *scale, int64_t at)
{
    const double x = (double)(at - scale->extent.begin) * scale->pixels;
    if (x < 0) {
        return LEFT;
    }
    return x > WIDTH ? LEFT + WIDTH : LEFT + x;
}

/* False where nothing of it is to be seen. */
static bool clip(const struct scale *scale, int64_t begin, int64_t end, double *x, double *width)
{
    if (end <= scale->extent.begin || begin >= scale->extent.end) {
        return false;
    }
    *x = x_of(scale, begin);
    *width = x_of(scale, end) - *x;
    return true;
}

static void rectangle(const char *class, double x, double y, double width, double height, FILE *out)
{
    (void)fprintf(out,
                  "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                  class, x, y, width > 0.6 ? width : 0.6, height);
}

static void text_at(const char *class, double x, double y, const char *text, FILE *out)
{
    (void)fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    hb_print_escaped(text, 150, out);
    (void)fprintf(out, "</text>\n");
}

static double text_width(const char *text)
{
    return (double)strlen(text) * CHARACTER_WIDTH;
}

/* --- the bar ------------------------------------------------------------------------------------
 */

static const char *state_class(uint32_t state)
{
    static const char *const names[] = {"live", "free", "aside"};
    return names[state];
}

/* All blocks of one state as one path: there may be thousands. */
static void draw_state(const struct scale *scale, const struct hb_view_blocks *blocks,
                       uint32_t state, double y, double height, FILE *out)
{
    bool has_begun = false;
    for (size_t i = 0; i < blocks->count; i++) {
        const struct hb_view_block *block = &blocks->items[i];
        double x;
        double width;
        if (block->state != state ||
            !clip(scale, block->at, block->at + (int64_t)block->capacity, &x, &width)) {
            continue;
        }
        if (!has_begun) {
            (void)fprintf(out, "<path class=\"%s\" d=\"", state_class(state));
            has_begun = true;
        }
        (void)fprintf(out, "M%.1f %.1fh%.1fv%.0fh-%.1fz", x, y, width, height, width);
    }
    if (has_begun) {
        (void)fprintf(out, "\"/>\n");
    }
}

static void draw_ranges(const char *class, const struct scale *scale, const struct hb_view *view,
                        double y, double height, FILE *out)
{
    rectangle("nobody", LEFT, y, WIDTH, height, out);
    for (size_t i = 0; i < view->range_count; i++) {
        double x;
        double width;
        if (clip(scale, view->ranges[i].begin, view->ranges[i].end, &x, &width)) {
            rectangle(class, x, y, width, height, out);
        }
    }
}

/* What is known of the heap where there is no more than one lane of it. */
static const struct hb_view_blocks *blocks_of(const struct hb_view *view)
{
    if (view->is_exact) {
        return &view->model;
    }
    return view->is_walked ? &view->walked : &view->allocated;
}

static const char *mark_class(const struct hb_mark *mark, bool is_guilty)
{
    if (mark->kind == HB_MARK_WANTED) {
        return "wanted";
    }
    return is_guilty ? "guilty" : "touched";
}

static void draw_bar_marks(const struct scale *scale, const struct hb_marks *marks, double y,
                           FILE *out)
{
    for (size_t i = 0; i < marks->count; i++) {
        const struct hb_mark *mark = &marks->items[i];
        if (mark->where.begin < scale->extent.begin || mark->where.begin > scale->extent.end) {
            continue;
        }
        const double x = x_of(scale, mark->where.begin);
        (void)fprintf(out, "<path class=\"%s solid\" d=\"M%.1f %.1fl-5 -8h10z\"/>\n",
                      mark_class(mark, marks->is_guilty), x, y - 1);
    }
}

/* From the part of the bar that is enlarged down to the lane. */
static void draw_lens(const struct scale *bar, struct hb_extent window, double y, double height,
                      FILE *out)
{
    const double left = x_of(bar, window.begin);
    const double right = x_of(bar, window.end);
    const double width = right - left > 2 ? right - left : 2;
    (void)fprintf(out,
                  "<path class=\"lens\" d=\"M%.1f %.1fL%d %.1fH%dL%.1f %.1fz\"/>\n"
                  "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
                  left, y, LEFT, y + height, LEFT + WIDTH, left + width, y, left,
                  y - BAR_HEIGHT - 1, width, BAR_HEIGHT + 2);
}

static int draw_bar(const struct hb_view *view, const struct hb_marks *marks, struct hb_extent axis,
                    struct hb_extent window, int y, FILE *out)
{
    const struct scale scale = scale_of(axis);
    char text[160];
    char ranges[40] = "";
    if (view->has_arena) {
        (void)snprintf(text, sizeof text, "+%" PRId64, axis.begin);
        text_at("number", LEFT, y + 11, text, out);
        (void)snprintf(text, sizeof text, "+%" PRId64, axis.end);
        text_at("number end", LEFT + WIDTH, y + 11, text, out);
        (void)snprintf(ranges, sizeof ranges, "%zu range%s, ", view->range_count,
                       view->range_count == 1 ? "" : "s");
    }
    (void)snprintf(text, sizeof text, "%s%zu live, %" PRIu64 " bytes asked for", ranges,
                   view->allocated.count, view->live_bytes);
    text_at("small dim middle", HB_DRAWING_WIDTH / 2.0, y + 11, text, out);
    y += 24;
    if (window.begin == axis.begin && window.end == axis.end) {
        return y - 4; /* the lanes show all of it */
    }
    draw_ranges("range", &scale, view, y, BAR_HEIGHT, out);
    for (uint32_t state = HB_VIEW_LIVE; state <= HB_VIEW_ASIDE; state++) {
        draw_state(&scale, blocks_of(view), state, y, BAR_HEIGHT, out);
    }
    draw_bar_marks(&scale, marks, y, out);
    draw_lens(&scale, window, y + BAR_HEIGHT + 1, 18, out);
    return y + BAR_HEIGHT + 19;
}

/* --- the lanes ----------------------------------------------------------------------------------
 */

struct lane {
    const struct hb_view *view;
    const struct hb_view_blocks *blocks;
    const struct hb_marks *marks;
    struct scale scale;
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

static void label_block(const struct hb_view_block *block, double x, double y, double width,
                        FILE *out)
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
        if (text_width(size) + 6 > width) {
            (void)snprintf(size, sizeof size, "%" PRIu64, block->request);
        }
    } else {
        (void)snprintf(size, sizeof size, "%" PRIu64, block->capacity);
    }
    const char *const class = classes[block->state];
    if (text_width(name) + 4 <= width) {
        text_at(class, x + width / 2, y + 18, name, out);
    }
    if (text_width(size) + 4 <= width) {
        text_at(class, x + width / 2, y + 34, size, out);
    }
}

/* A block that goes on beyond the edge ends in teeth. */
static void draw_torn_edges(const struct lane *lane, int64_t begin, int64_t end)
{
    const double y = lane->y;
    if (begin < lane->scale.extent.begin) {
        (void)fprintf(lane->out,
                      "<path class=\"torn\" d=\"M%d %.1fl5 5.5l-5 5.5l5 5.5l-5 5.5l5 5.5l-5 "
                      "5.5l5 5.5l-5 5.5z\"/>\n",
                      LEFT, y);
    }
    if (end > lane->scale.extent.end) {
        (void)fprintf(lane->out,
                      "<path class=\"torn\" d=\"M%d %.1fl-5 5.5l5 5.5l-5 5.5l5 5.5l-5 5.5l5 "
                      "5.5l-5 5.5l5 5.5z\"/>\n",
                      LEFT + WIDTH, y);
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
    if (knows_headers && clip(&lane->scale, front, block->at, &x, &width) && front < block->at) {
        rectangle("header", x, lane->y, width, LANE_HEIGHT, lane->out);
    }
    if (!clip(&lane->scale, block->at, end, &x, &width)) {
        return;
    }
    (void)fprintf(lane->out, "<g>");
    print_tooltip(block, lane->view->has_arena, lane->out);
    rectangle(state_class(block->state), x, lane->y, width, LANE_HEIGHT, lane->out);
    if (block->state == HB_VIEW_LIVE && block->request < block->capacity) {
        double slack;
        double slack_width;
        if (clip(&lane->scale, block->at + (int64_t)block->request, end, &slack, &slack_width)) {
            rectangle("slack", slack, lane->y, slack_width, LANE_HEIGHT, lane->out);
        }
    }
    label_block(block, x, lane->y, width, lane->out);
    (void)fprintf(lane->out, "</g>\n");
    draw_torn_edges(lane, block->at, end);
    if (is_marked(lane, block, front)) {
        rectangle(lane->marks->is_guilty ? "guilty outline" : "touched outline", x + 1, lane->y + 1,
                  width - 2, LANE_HEIGHT - 2, lane->out);
    }
}

static size_t visible_count(const struct lane *lane)
{
    size_t count = 0;
    for (size_t i = 0; i < lane->blocks->count; i++) {
        double x;
        double width;
        count +=
            clip(&lane->scale, lane->blocks->items[i].at,
                 lane->blocks->items[i].at + (int64_t)lane->blocks->items[i].capacity, &x, &width);
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
        if (is_drawn || !clip(&lane->scale, mark->where.begin, mark->where.end + 1, &x, &width)) {
            continue;
        }
        char class[40];
        (void)snprintf(class, sizeof class, "%s outline%s",
                       mark_class(mark, lane->marks->is_guilty),
                       mark->kind == HB_MARK_BLOCK ? " hatched" : "");
        rectangle(class, x + 1, lane->y + 1, width - 2, LANE_HEIGHT - 2, lane->out);
    }
}

static void draw_lane(const struct lane *lane)
{
    draw_ranges(lane->blocks == &lane->view->allocated ? "unknown" : "range", &lane->scale,
                lane->view, lane->y, LANE_HEIGHT, lane->out);
    if (visible_count(lane) > LABELLED_MAX) {
        for (uint32_t state = HB_VIEW_LIVE; state <= HB_VIEW_ASIDE; state++) {
            draw_state(&lane->scale, lane->blocks, state, lane->y, LANE_HEIGHT, lane->out);
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
    const double half = text_width(text) / 2;
    const double x = x_of(&lane->scale, at);
    double middle = x < LEFT + half ? LEFT + half : x;
    middle = middle > LEFT + WIDTH - half ? LEFT + WIDTH - half : middle;
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
    text_at(class, middle, y + 16, text, lane->out);
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
                       mark_class(mark, lane->marks->is_guilty));
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

/* Words to each mark, below the lanes, with a line up to it. */
static int draw_callouts(const struct lane *lane, int y, FILE *out)
{
    for (size_t i = 0; i < lane->marks->count; i++) {
        const struct hb_mark *mark = &lane->marks->items[i];
        const char *const class = mark_class(mark, lane->marks->is_guilty);
        const bool is_right = x_of(&lane->scale, mark->where.begin) > LEFT + WIDTH - 330;
        const double x = x_of(&lane->scale, mark->where.begin);
        char text_class[48];
        const bool is_inside = mark->where.begin >= lane->scale.extent.begin &&
                               mark->where.begin <= lane->scale.extent.end;
        (void)snprintf(text_class, sizeof text_class, "small %s%s", class,
                       is_right && is_inside ? " end" : "");
        if (is_inside) {
            (void)fprintf(out, "<path class=\"%s leader\" d=\"M%.1f %.1fV%dh%d\"/>\n", class, x,
                          lane->y + LANE_HEIGHT + 20, y + 9, is_right ? -8 : 8);
            text_at(text_class, is_right ? x - 12 : x + 12, y + 13, mark->text, out);
        } else {
            text_at(text_class, LEFT, y + 13, mark->text, out);
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
    text_at("small", LEFT, y + 14, title, out);
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

static int draw_lanes(const struct hb_film *film, const struct hb_view *view,
                      const struct hb_marks *marks, struct hb_extent window, int y, FILE *out)
{
    struct lane lane = {
        .view = view, .marks = marks, .scale = scale_of(window), .has_answers = true, .out = out};
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
    return draw_callouts(&lane, y + 22, out);
}

/* --- free blocks --------------------------------------------------------------------------------
 */

static const struct hb_view_block *ranked(const struct hb_view *view, uint32_t rank)
{
    for (size_t i = 0; i < view->model.count; i++) {
        if (view->model.items[i].rank == rank) {
            return &view->model.items[i];
        }
    }
    return NULL;
}

/* A list as a chain from its head; an index as groups of one size, smallest first. */
static const char *free_title(bool is_list, bool is_of_both)
{
    if (is_list) {
        return is_of_both ? "free list, from its head" : "the model's free list, from its head";
    }
    return is_of_both ? "free blocks by size" : "the model's free blocks by size";
}

static int draw_free_blocks(const struct hb_film *film, const struct hb_view *view, int y,
                            FILE *out)
{
    const bool is_list = (film->target->contract & HB_PLACES_AS_LIST) != 0;
    uint64_t size_before = 0;
    double x = LEFT;
    char text[64];
    if (!view->is_exact) {
        return y;
    }
    const char *const title = free_title(is_list, hb_view_agrees(view));
    text_at("small", x, y + 14, title, out);
    x += 12 + (double)strlen(title) * 6;
    for (uint32_t i = 0; i <= view->free_count; i++) {
        const struct hb_view_block *block = i < CHIPS_MAX ? ranked(view, i) : NULL;
        if (block == NULL) {
            break;
        }
        const bool is_alike = !is_list && block->capacity == size_before;
        (void)snprintf(text, sizeof text, is_alike ? "+%" PRId64 : "+%" PRId64 ": %" PRIu64,
                       block->at, block->capacity);
        const double width = text_width(text) + 14;
        if (x + width > LEFT + WIDTH - 110) {
            x = LEFT + 20;
            y += 26;
        }
        if (is_list && i > 0) {
            text_at("number", x - 13, y + 14, ">", out);
        }
        (void)fprintf(out,
                      "<rect class=\"chip\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"20\" "
                      "rx=\"%d\"/>\n",
                      x, y, width, is_alike ? 10 : 4);
        text_at("number", x + 7, y + 14, text, out);
        x += width + (is_list ? 18 : 6);
        size_before = block->capacity;
    }
    if (view->free_count == 0) {
        text_at("small dim", x, y + 14, "none", out);
    } else if (view->free_count > CHIPS_MAX) {
        (void)snprintf(text, sizeof text, "and %" PRIu64 " more", view->free_count - CHIPS_MAX);
        text_at("small dim", x, y + 14, text, out);
    }
    return y + 30;
}

/* --- all of it ----------------------------------------------------------------------------------
 */

int hb_draw_heap(const struct hb_film *film, const struct hb_view *view,
                 const struct hb_marks *marks, struct hb_extent axis, struct hb_extent window,
                 int y, FILE *out)
{
    y = draw_bar(view, marks, axis, window, y, out);
    y = draw_lanes(film, view, marks, window, y, out);
    return draw_free_blocks(film, view, y + 4, out);
}

int hb_draw_legend(const struct hb_film *film, int y, FILE *out)
{
    static const struct {
        const char *class;
        const char *text;
        int width;
    } entries[] = {
        {"live", "live", 62},
        {"slack", "not asked for", 116},
        {"free", "free", 62},
        {"aside", "held back or sliver", 146},
        {"header", "header", 78},
        {"nobody", "in no range", 104},
        {"touched outline", "of this operation", 134},
        {"guilty outline hatched", "at fault", 84},
        {"wanted outline", "expected", 90},
    };
    double x = LEFT;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        rectangle(i == 1 ? "live" : entries[i].class, x, y, 16, 14, out);
        if (i == 1) {
            rectangle("slack", x, y, 16, 14, out);
        }
        text_at("small", x + 22, y + 11, entries[i].text, out);
        x += entries[i].width;
    }
    text_at(
        "small dim", LEFT, y + 34,
        film->target->contract & HB_TAKES_RANGES
            ? "Numbers are bytes; +N is an offset in the arena. Both rows of a heap are to scale; "
              "the lower one is the framed part of the upper."
            : "Numbers are bytes; blocks are to scale, the gaps between them are not.",
        out);
    return y + 46;
}

void hb_draw_definitions(FILE *out)
{
    (void)fputs(
        "<defs>\n"
        "<pattern id=\"hb-hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><path class=\"guilty line\" d=\"M0 0V7\"/></pattern>\n"
        "<pattern id=\"hb-dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">"
        "<rect class=\"dots-ground\" width=\"6\" height=\"6\"/>"
        "<circle class=\"dots\" cx=\"3\" cy=\"3\" r=\"1.1\"/></pattern>\n"
        "<pattern id=\"hb-nobody\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(-45)\"><rect class=\"nobody-ground\" width=\"6\" height=\"6\"/>"
        "<path class=\"nobody-line\" d=\"M0 0V6\"/></pattern>\n"
        "</defs>\n",
        out);
}
