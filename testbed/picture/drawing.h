/* SPDX-License-Identifier: MIT
 *
 * What the drawing and the page share: one heap as SVG elements, and text that cannot break out of
 * the markup it is put into.
 */
#ifndef HB_PICTURE_DRAWING_H
#define HB_PICTURE_DRAWING_H

#include "film.h"

#include <stdio.h>

#define HB_DRAWING_WIDTH 960

/* Bytes that a drawing shows. */
struct hb_extent {
    int64_t begin;
    int64_t end;
};

enum hb_mark_kind {
    HB_MARK_BLOCK,   /* that the target answered with */
    HB_MARK_WANTED,  /* that the model expected instead */
    HB_MARK_POINTER, /* that was passed, or that the oracle names */
    HB_MARK_RANGE
};

struct hb_mark {
    enum hb_mark_kind kind;
    struct hb_extent where;
    char text[96];
};

#define HB_MARKS_MAX 6

/* What an operation was about. */
struct hb_marks {
    struct hb_mark items[HB_MARKS_MAX];
    size_t count;
    bool is_guilty; /* an oracle objected to it */
};

/* after: the heap behind operation op_index, which has the call that it came to. */
void hb_marks_find(const struct hb_film *film, size_t op_index, const struct hb_view *after,
                   struct hb_marks *marks);

/* From the first byte of any range to the last, in all views. */
struct hb_extent hb_drawing_axis(const struct hb_film *film);
#define HB_WINDOWS_MAX 2

/* Parts of it to look at closely, by address. */
struct hb_windows {
    struct hb_extent items[HB_WINDOWS_MAX];
    size_t count;
};

/* Around the marks, and around what is live if that is near. At least one. */
void hb_drawing_windows(struct hb_extent axis, const struct hb_view *view,
                        const struct hb_marks *marks, struct hb_windows *windows);

/* Draws the heap with its top at y, as elements of class names that picture.css knows. Returns the
 * y below it. */
int hb_draw_heap(const struct hb_film *film, const struct hb_view *view,
                 const struct hb_marks *marks, struct hb_extent axis,
                 const struct hb_windows *windows, int y, FILE *out);
int hb_draw_legend(const struct hb_film *film, int y, FILE *out);
/* Patterns that the others refer to. */
void hb_draw_definitions(FILE *out);

/* Text for an element or an attribute: what is markup is escaped, what is not printable ASCII is a
 * question mark. At most so many characters; what is longer ends in "...". */
void hb_print_escaped(const char *text, size_t max, FILE *out);

/* "malloc slot 1, 33 bytes -> ok, +80" of the call that is in the view. */
#define HB_CALL_TEXT_BYTES 200
void hb_call_describe(const struct hb_call *call, bool has_arena, char text[HB_CALL_TEXT_BYTES]);

#endif
