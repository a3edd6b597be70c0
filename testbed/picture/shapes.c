/* SPDX-License-Identifier: MIT
 *
 * Bytes to pixels, and what bar and lanes have in common.
 */
#include "shapes.h"

#include <string.h>

#define CHARACTER_WIDTH 6.65 /* of the 11 pixel monospace that numbers are in */

struct hb_scale hb_scale_of(struct hb_extent extent)
{
    return (struct hb_scale){extent, (double)HB_WIDTH / (double)(extent.end - extent.begin)};
}

double hb_x_of(const struct hb_scale *scale, int64_t at)
{
    const double x = (double)(at - scale->extent.begin) * scale->pixels;
    if (x < 0) {
        return HB_LEFT;
    }
    return x > HB_WIDTH ? HB_LEFT + HB_WIDTH : HB_LEFT + x;
}

/* False where nothing of it is to be seen. */
bool hb_clip(const struct hb_scale *scale, int64_t begin, int64_t end, double *x, double *width)
{
    if (end <= scale->extent.begin || begin >= scale->extent.end) {
        return false;
    }
    *x = hb_x_of(scale, begin);
    *width = hb_x_of(scale, end) - *x;
    return true;
}

void hb_draw_rectangle(const char *class, double x, double y, double width, double height,
                       FILE *out)
{
    (void)fprintf(out,
                  "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>\n",
                  class, x, y, width > 0.6 ? width : 0.6, height);
}

void hb_draw_text(const char *class, double x, double y, const char *text, FILE *out)
{
    (void)fprintf(out, "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", class, x, y);
    hb_print_escaped(text, 150, out);
    (void)fprintf(out, "</text>\n");
}

double hb_text_width(const char *text)
{
    return (double)strlen(text) * CHARACTER_WIDTH;
}

const char *hb_state_class(uint32_t state)
{
    static const char *const names[] = {"live", "free", "aside"};
    return names[state];
}

/* All blocks of one state as one path: there may be thousands. */
void hb_draw_state(const struct hb_scale *scale, const struct hb_view_blocks *blocks,
                   uint32_t state, double y, double height, FILE *out)
{
    bool has_begun = false;
    for (size_t i = 0; i < blocks->count; i++) {
        const struct hb_view_block *block = &blocks->items[i];
        double x;
        double width;
        if (block->state != state ||
            !hb_clip(scale, block->at, block->at + (int64_t)block->capacity, &x, &width)) {
            continue;
        }
        if (!has_begun) {
            (void)fprintf(out, "<path class=\"%s\" d=\"", hb_state_class(state));
            has_begun = true;
        }
        (void)fprintf(out, "M%.1f %.1fh%.1fv%.0fh-%.1fz", x, y, width, height, width);
    }
    if (has_begun) {
        (void)fprintf(out, "\"/>\n");
    }
}

void hb_draw_ranges(const char *class, const struct hb_scale *scale, const struct hb_view *view,
                    double y, double height, FILE *out)
{
    hb_draw_rectangle("nobody", HB_LEFT, y, HB_WIDTH, height, out);
    for (size_t i = 0; i < view->range_count; i++) {
        double x;
        double width;
        if (hb_clip(scale, view->ranges[i].begin, view->ranges[i].end, &x, &width)) {
            hb_draw_rectangle(class, x, y, width, height, out);
        }
    }
}

const char *hb_mark_class(const struct hb_mark *mark, bool is_guilty)
{
    if (mark->kind == HB_MARK_WANTED) {
        return "wanted";
    }
    return is_guilty ? "guilty" : "touched";
}
