/* SPDX-License-Identifier: MIT
 *
 * Pictures of a heap: in letters, as a drawing (SVG), and as a page to step through (HTML).
 */
#ifndef HB_PICTURE_H
#define HB_PICTURE_H

#include <stdio.h>

struct hb_film;
struct hb_run;
struct hb_view;

/* The heap in letters, as the model has it. */
void hb_picture(const struct hb_run *run, FILE *out);
void hb_picture_text(const struct hb_view *view, FILE *out);

/* Before and after the operation that an oracle objected to, or the last one of a clean run. */
void hb_picture_svg(const struct hb_film *film, FILE *out);

/* One page, self-contained, with the heap after each operation of the film. */
void hb_picture_html(const struct hb_film *film, FILE *out);

#endif
