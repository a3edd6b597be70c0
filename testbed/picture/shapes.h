/* SPDX-License-Identifier: MIT
 *
 * What bar and lanes of a drawing have in common.
 */
#ifndef HB_PICTURE_SHAPES_H
#define HB_PICTURE_SHAPES_H

#include "drawing.h"

#define HB_LEFT  24
#define HB_WIDTH (HB_DRAWING_WIDTH - 2 * HB_LEFT)

/* Bytes to pixels. */
struct hb_scale {
    struct hb_extent extent;
    double pixels; /* a byte */
};

struct hb_scale hb_scale_of(struct hb_extent extent);
/* At the edge where it lies beyond. */
double hb_x_of(const struct hb_scale *scale, int64_t at);
/* False where nothing of it is to be seen. */
bool hb_clip(const struct hb_scale *scale, int64_t begin, int64_t end, double *x, double *width);

void hb_draw_rectangle(const char *class, double x, double y, double width, double height,
                       FILE *out);
void hb_draw_text(const char *class, double x, double y, const char *text, FILE *out);
/* Of the monospace that numbers are in. */
double hb_text_width(const char *text);

/* Names of classes. */
const char *hb_state_class(uint32_t state);
const char *hb_mark_class(const struct hb_mark *mark, bool is_guilty);

/* All blocks of one state, without words. */
void hb_draw_state(const struct hb_scale *scale, const struct hb_view_blocks *blocks,
                   uint32_t state, double y, double height, FILE *out);
/* What the blocks are drawn upon. */
void hb_draw_ranges(const char *class, const struct hb_scale *scale, const struct hb_view *view,
                    double y, double height, FILE *out);

/* One window of a heap; the y below it. */
int hb_draw_lanes(const struct hb_film *film, const struct hb_view *view,
                  const struct hb_marks *marks, const struct hb_windows *windows, size_t number,
                  int y, FILE *out);

#endif
