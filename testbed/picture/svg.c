/* SPDX-License-Identifier: MIT
 *
 * The heap before and after the operation at fault, as one drawing.
 */
#include "drawing.h"
#include "picture.h"
#include "picture_texts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { LEFT = 24, COLUMNS_MAX = 112 };

static void text_at(const char *class, int x, int y, const char *text, FILE *out)
{
    (void)fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
    hb_print_escaped(text, COLUMNS_MAX, out);
    (void)fprintf(out, "</text>\n");
}

static int draw_line(const char *name, const char *value, int y, FILE *out)
{
    text_at("small dim", LEFT + 14, y, name, out);
    text_at("code", LEFT + 100, y, value, out);
    return y + 20;
}

static int draw_verdict(const struct hb_film *film, int y, FILE *out)
{
    const struct hb_verdict *verdict = &film->result.verdict;
    char operation[HB_OP_TEXT_BYTES];
    char text[HB_OP_TEXT_BYTES + 40];
    if (hb_film_is_clean(film)) {
        (void)fprintf(out,
                      "<rect class=\"clean\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"34\" "
                      "rx=\"6\"/>\n",
                      LEFT, y, HB_DRAWING_WIDTH - 2 * LEFT);
        text_at("small", LEFT + 14, y + 22,
                film->result.is_inconclusive
                    ? "Inconclusive: a wrong pointer passed, as the stated odds allow."
                    : "Clean: no oracle objected. The last operation is shown.",
                out);
        return y + 50;
    }
    (void)fprintf(
        out, "<rect class=\"verdict\" x=\"%d\" y=\"%d\" width=\"%d\" height=\"94\" rx=\"6\"/>\n",
        LEFT, y, HB_DRAWING_WIDTH - 2 * LEFT);
    hb_op_print(&verdict->op, operation);
    (void)snprintf(text, sizeof text, "%zu: %s", verdict->op_index, operation);
    y = draw_line("oracle", hb_oracle_name(verdict->oracle), y + 22, out);
    y = draw_line("operation", text, y, out);
    y = draw_line("expected", verdict->expected, y, out);
    y = draw_line("actual", verdict->actual, y, out);
    return y + 14;
}

/* What the oracle named is known before the operation, what the call answered is not. */
static void marks_before(const struct hb_marks *after, struct hb_marks *before)
{
    *before = (struct hb_marks){.is_guilty = after->is_guilty};
    for (size_t i = 0; i < after->count; i++) {
        if (after->items[i].kind == HB_MARK_POINTER) {
            before->items[before->count++] = after->items[i];
        }
    }
}

static int draw_panels(const struct hb_film *film, int y, FILE *out)
{
    const struct hb_view *after = hb_film_after(film);
    const struct hb_extent axis = hb_drawing_axis(film);
    struct hb_marks marks;
    struct hb_marks marks_at_first;
    char call[HB_CALL_TEXT_BYTES];
    char title[HB_CALL_TEXT_BYTES + 64];
    hb_marks_find(film, film->last, after, &marks);
    marks_before(&marks, &marks_at_first);
    struct hb_windows windows;
    hb_drawing_windows(axis, after, &marks, &windows);
    (void)snprintf(title, sizeof title, "Before operation %zu", film->last);
    text_at("panel", LEFT, y + 14, title, out);
    y = hb_draw_heap(film, hb_film_before(film), &marks_at_first, axis, &windows, y + 24, out);
    (void)fprintf(out, "<path class=\"rule\" d=\"M%d %dH%d\"/>\n", LEFT, y + 8,
                  HB_DRAWING_WIDTH - LEFT);
    hb_call_describe(&after->call, after->has_arena, call);
    (void)snprintf(title, sizeof title, "After it: %s",
                   after->call.op_index == film->last ? call : "no call of the target");
    text_at("panel", LEFT, y + 34, title, out);
    return hb_draw_heap(film, after, &marks, axis, &windows, y + 44, out);
}

static void print_description(const struct hb_film *film, FILE *out)
{
    const struct hb_verdict *verdict = &film->result.verdict;
    (void)fprintf(out, "<title id=\"hb-title\">Heap of ");
    hb_print_escaped(film->target->name, COLUMNS_MAX, out);
    (void)fprintf(out, " before and after operation %zu</title>\n<desc id=\"hb-description\">",
                  film->last);
    if (hb_film_is_clean(film)) {
        (void)fprintf(out, "No oracle objected.");
    } else {
        (void)fprintf(out, "Oracle %s objected. Expected: ", hb_oracle_name(verdict->oracle));
        hb_print_escaped(verdict->expected, COLUMNS_MAX, out);
        (void)fprintf(out, ". Actual: ");
        hb_print_escaped(verdict->actual, COLUMNS_MAX, out);
        (void)fprintf(out, ".");
    }
    (void)fprintf(out,
                  " Before: %zu live allocations, %" PRIu64
                  " free blocks. After: %zu live, %" PRIu64 " free.</desc>\n",
                  hb_film_before(film)->allocated.count, hb_film_before(film)->free_count,
                  hb_film_after(film)->allocated.count, hb_film_after(film)->free_count);
}

void hb_picture_svg(const struct hb_film *film, FILE *out)
{
    char *body = NULL;
    size_t byte_count = 0;
    char title[128];
    FILE *memory = open_memstream(&body, &byte_count);
    if (memory == NULL) {
        return;
    }
    (void)snprintf(title, sizeof title, "%s: %s", film->target->name,
                   hb_film_is_clean(film) ? "a clean run"
                                          : hb_oracle_name(film->result.verdict.oracle));
    text_at("title", LEFT, 38, title, memory);
    int y = draw_verdict(film, 54, memory);
    y = draw_panels(film, y, memory);
    y = hb_draw_legend(film, y + 14, memory);
    (void)fclose(memory);
    (void)fprintf(out,
                  "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"heap\" viewBox=\"0 0 %d %d\" "
                  "width=\"%d\" height=\"%d\" role=\"img\" "
                  "aria-labelledby=\"hb-title hb-description\">\n",
                  HB_DRAWING_WIDTH, y, HB_DRAWING_WIDTH, y);
    print_description(film, out);
    (void)fprintf(out, "<style>\n%s</style>\n", hb_text_picture_css);
    hb_draw_definitions(out);
    (void)fprintf(out, "<rect class=\"ground\" width=\"%d\" height=\"%d\"/>\n%s</svg>\n",
                  HB_DRAWING_WIDTH, y, body);
    free(body);
}
