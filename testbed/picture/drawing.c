/* SPDX-License-Identifier: MIT
 *
 * One heap as SVG elements: all of it as a bar, a part of it enlarged with sizes and offsets, what
 * the operation was about, and the free blocks in the order in which they are found.
 */
#include "shapes.h"

#include <inttypes.h>
#include <string.h>

#define BAR_HEIGHT 16
#define CHIPS_MAX  12

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

/* --- the bar ------------------------------------------------------------------------------------
 */

/* What is known of the heap where there is no more than one lane of it. */
static const struct hb_view_blocks *blocks_of(const struct hb_view *view)
{
    if (view->is_exact) {
        return &view->model;
    }
    return view->is_walked ? &view->walked : &view->allocated;
}

static void draw_bar_marks(const struct hb_scale *scale, const struct hb_marks *marks, double y,
                           FILE *out)
{
    for (size_t i = 0; i < marks->count; i++) {
        const struct hb_mark *mark = &marks->items[i];
        if (mark->where.begin < scale->extent.begin || mark->where.begin > scale->extent.end) {
            continue;
        }
        const double x = hb_x_of(scale, mark->where.begin);
        (void)fprintf(out, "<path class=\"%s solid\" d=\"M%.1f %.1fl-5 -8h10z\"/>\n",
                      hb_mark_class(mark, marks->is_guilty), x, y - 1);
    }
}

/* The part of the bar that is enlarged; down to the lanes, where they are of no other one. */
static void draw_frame(const struct hb_scale *bar, struct hb_extent window, double y, bool is_alone,
                       FILE *out)
{
    const double left = hb_x_of(bar, window.begin);
    const double width = hb_x_of(bar, window.end) - left;
    const double drawn = width > 2 ? width : 2;
    if (is_alone) {
        (void)fprintf(out, "<path class=\"lens\" d=\"M%.1f %.1fL%d %.1fH%dL%.1f %.1fz\"/>\n", left,
                      y + BAR_HEIGHT + 1, HB_LEFT, y + BAR_HEIGHT + 19, HB_LEFT + HB_WIDTH,
                      left + drawn, y + BAR_HEIGHT + 1);
    }
    (void)fprintf(out,
                  "<rect class=\"frame\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%d\"/>\n",
                  left, y - 1, drawn, BAR_HEIGHT + 2);
}

static int draw_bar(const struct hb_view *view, const struct hb_marks *marks, struct hb_extent axis,
                    const struct hb_windows *windows, int y, FILE *out)
{
    const struct hb_scale scale = hb_scale_of(axis);
    char text[160];
    char ranges[40] = "";
    if (view->has_arena) {
        (void)snprintf(text, sizeof text, "+%" PRId64, axis.begin);
        hb_draw_text("number", HB_LEFT, y + 11, text, out);
        (void)snprintf(text, sizeof text, "+%" PRId64, axis.end);
        hb_draw_text("number end", HB_LEFT + HB_WIDTH, y + 11, text, out);
        (void)snprintf(ranges, sizeof ranges, "%zu range%s, ", view->range_count,
                       view->range_count == 1 ? "" : "s");
    }
    /* What an oracle objected to was not counted. */
    (void)snprintf(text, sizeof text, "%s%zu live, %" PRIu64 " bytes asked for%s", ranges,
                   view->allocated.count, view->live_bytes, marks->is_guilty ? " before it" : "");
    hb_draw_text("small dim middle", HB_DRAWING_WIDTH / 2.0, y + 11, text, out);
    y += 24;
    if (windows->items[0].begin == axis.begin && windows->items[0].end == axis.end) {
        return y - 4; /* the lanes show all of it */
    }
    hb_draw_ranges("range", &scale, view, y, BAR_HEIGHT, out);
    for (uint32_t state = HB_VIEW_LIVE; state <= HB_VIEW_ASIDE; state++) {
        hb_draw_state(&scale, blocks_of(view), state, y, BAR_HEIGHT, out);
    }
    draw_bar_marks(&scale, marks, y, out);
    for (size_t i = 0; i < windows->count; i++) {
        draw_frame(&scale, windows->items[i], y, windows->count == 1, out);
    }
    return y + BAR_HEIGHT + 19;
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
    double x = HB_LEFT;
    char text[64];
    if (!view->is_exact) {
        return y;
    }
    const char *const title = free_title(is_list, hb_view_agrees(view));
    hb_draw_text("small", x, y + 14, title, out);
    x += 12 + (double)strlen(title) * 6;
    for (uint32_t i = 0; i <= view->free_count; i++) {
        const struct hb_view_block *block = i < CHIPS_MAX ? ranked(view, i) : NULL;
        if (block == NULL) {
            break;
        }
        const bool is_alike = !is_list && block->capacity == size_before;
        (void)snprintf(text, sizeof text, is_alike ? "+%" PRId64 : "+%" PRId64 ": %" PRIu64,
                       block->at, block->capacity);
        const double width = hb_text_width(text) + 14;
        if (x + width > HB_LEFT + HB_WIDTH - 110) {
            x = HB_LEFT + 20;
            y += 26;
        }
        if (is_list && i > 0) {
            hb_draw_text("number", x - 13, y + 14, ">", out);
        }
        (void)fprintf(out,
                      "<rect class=\"chip\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"20\" "
                      "rx=\"%d\"/>\n",
                      x, y, width, is_alike ? 10 : 4);
        hb_draw_text("number", x + 7, y + 14, text, out);
        x += width + (is_list ? 18 : 6);
        size_before = block->capacity;
    }
    if (view->free_count == 0) {
        hb_draw_text("small dim", x, y + 14, "none", out);
    } else if (view->free_count > CHIPS_MAX) {
        (void)snprintf(text, sizeof text, "and %" PRIu64 " more", view->free_count - CHIPS_MAX);
        hb_draw_text("small dim", x, y + 14, text, out);
    }
    return y + 30;
}

/* --- all of it ----------------------------------------------------------------------------------
 */

int hb_draw_heap(const struct hb_film *film, const struct hb_view *view,
                 const struct hb_marks *marks, struct hb_extent axis,
                 const struct hb_windows *windows, int y, FILE *out)
{
    y = draw_bar(view, marks, axis, windows, y, out);
    for (size_t i = 0; i < windows->count; i++) {
        y = hb_draw_lanes(film, view, marks, windows, i, y + (i > 0 ? 10 : 0), out);
    }
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
    double x = HB_LEFT;
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        hb_draw_rectangle(i == 1 ? "live" : entries[i].class, x, y, 16, 14, out);
        if (i == 1) {
            hb_draw_rectangle("slack", x, y, 16, 14, out);
        }
        hb_draw_text("small", x + 22, y + 11, entries[i].text, out);
        x += entries[i].width;
    }
    hb_draw_text(
        "small dim", HB_LEFT, y + 34,
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
