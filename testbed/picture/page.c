/* SPDX-License-Identifier: MIT
 *
 * A page to step through a run: the operations, and the heap after each. All drawings are in it;
 * its script only chooses which of them is shown.
 */
#include "drawing.h"
#include "picture.h"
#include "picture_texts.h"

#include <inttypes.h>
#include <stdlib.h>

#define TEXT_MAX       ((size_t)400)
#define TABLE_ROWS_MAX ((size_t)64)
#define KEPT_TIMES     4

/* One step: the heap behind an operation; the first is the heap before all of them. */
struct step {
    const struct hb_view *view;
    bool has_operation;
    bool is_at_fault;
    size_t op_index;
};

static size_t step_count(const struct hb_film *film)
{
    return film->view_count + (film->has_after ? 1 : 0);
}

static struct step step_of(const struct hb_film *film, size_t index)
{
    struct step step = {.has_operation = index > 0, .op_index = film->first + index - 1};
    step.view = index < film->view_count ? &film->views[index] : hb_film_after(film);
    step.is_at_fault = step.has_operation && step.op_index == film->last && !hb_film_is_clean(film);
    return step;
}

static void print_definition(const char *name, const char *value, FILE *out)
{
    (void)fprintf(out, "<dt>%s</dt><dd>", name);
    hb_print_escaped(value, TEXT_MAX, out);
    (void)fprintf(out, "</dd>\n");
}

static void print_verdict(const struct hb_film *film, FILE *out)
{
    const struct hb_verdict *verdict = &film->result.verdict;
    const bool is_clean = hb_film_is_clean(film);
    char operation[HB_OP_TEXT_BYTES];
    char text[HB_OP_TEXT_BYTES + 40];
    (void)fprintf(out, "<section class=\"card verdict%s\" aria-label=\"Verdict\">\n<dl>\n",
                  is_clean ? " is-clean" : "");
    print_definition("target", film->target->name, out);
    if (is_clean) {
        print_definition("verdict",
                         film->result.is_inconclusive
                             ? "inconclusive: a wrong pointer passed, as the odds allow"
                             : "clean: no oracle objected",
                         out);
    } else {
        hb_op_print(&verdict->op, operation);
        (void)snprintf(text, sizeof text, "%zu: %s", verdict->op_index, operation);
        print_definition("oracle", hb_oracle_name(verdict->oracle), out);
        print_definition("operation", text, out);
        print_definition("expected", verdict->expected, out);
        print_definition("actual", verdict->actual, out);
    }
    (void)fprintf(out, "</dl>\n");
    if (film->is_cut) {
        (void)fprintf(
            out,
            "<p class=\"note\">The input has %zu operations. The last %zu up to the verdict "
            "are shown: a page holds at most %d operations and %d blocks.</p>\n",
            film->ops->count, step_count(film) - 1, HB_FILM_VIEWS_MAX, HB_FILM_BLOCKS_MAX);
    }
    (void)fprintf(out, "</section>\n");
}

static void print_name(const struct hb_film *film, const struct step *step, char *text,
                       size_t text_bytes)
{
    if (!step->has_operation) {
        (void)snprintf(text, text_bytes, film->first == 0 ? "an empty heap" : "before these");
    } else if (step->op_index >= film->ops->count) {
        (void)snprintf(text, text_bytes, "the end: all is freed and checked");
    } else {
        const struct hb_op op = hb_ops_get(film->ops, step->op_index);
        hb_op_print(&op, text);
    }
}

static void print_list(const struct hb_film *film, FILE *out)
{
    (void)fprintf(out, "<nav class=\"card operations\" aria-label=\"Operations\">\n"
                       "<h2>Operations</h2>\n<ol>\n");
    for (size_t i = 0; i < step_count(film); i++) {
        const struct step step = step_of(film, i);
        char text[HB_OP_TEXT_BYTES];
        char number[24] = "";
        print_name(film, &step, text, sizeof text);
        if (step.has_operation && step.op_index < film->ops->count) {
            (void)snprintf(number, sizeof number, "%zu", step.op_index);
        }
        (void)fprintf(out, "<li><button type=\"button\"%s><span class=\"number\">%s</span><code>",
                      step.is_at_fault ? " class=\"at-fault\"" : "", number);
        hb_print_escaped(text, TEXT_MAX, out);
        (void)fprintf(out, "</code>");
        if (step.is_at_fault) {
            (void)fprintf(out, "<small>&#10007; oracle %s objects</small>",
                          hb_oracle_name(film->result.verdict.oracle));
        }
        (void)fprintf(out, "</button></li>\n");
    }
    (void)fprintf(out, "</ol>\n</nav>\n");
}

static void print_row(const struct hb_view_block *block, bool has_arena, FILE *out)
{
    static const char *const states[] = {"live", "free", "held back or a sliver"};
    (void)fprintf(out, "<tr><td>");
    if (has_arena) {
        (void)fprintf(out, "+%" PRId64, block->at);
    }
    (void)fprintf(out, "</td><td>%" PRIu64 "</td>", block->capacity);
    if (block->state == HB_VIEW_LIVE) {
        (void)fprintf(out, "<td>%" PRIu64 "</td>", block->request);
    } else {
        (void)fprintf(out, "<td></td>");
    }
    (void)fprintf(out, "<td>%s", states[block->state]);
    if (block->slot != HB_VIEW_NONE) {
        (void)fprintf(out, ", slot %" PRIu32, block->slot);
    }
    if (block->rank != HB_VIEW_NONE) {
        (void)fprintf(out, ", number %" PRIu32 " of the free", block->rank + 1);
    }
    (void)fprintf(out, "</td></tr>\n");
}

/* The same in numbers, for who cannot see the drawing or wants to search it. */
static void print_table(const char *title, const struct hb_view_blocks *blocks, bool has_arena,
                        FILE *out)
{
    (void)fprintf(
        out,
        "<details><summary>%s: %zu block%s</summary>\n<div class=\"scroll\"><table>"
        "<thead><tr><th>at</th><th>bytes</th><th>asked for</th><th>state</th></tr></thead>"
        "<tbody>\n",
        title, blocks->count, blocks->count == 1 ? "" : "s");
    for (size_t i = 0; i < blocks->count && i < TABLE_ROWS_MAX; i++) {
        print_row(&blocks->items[i], has_arena, out);
    }
    (void)fprintf(out, "</tbody></table></div>\n");
    if (blocks->count > TABLE_ROWS_MAX) {
        (void)fprintf(out, "<p class=\"note\">and %zu more</p>\n", blocks->count - TABLE_ROWS_MAX);
    }
    (void)fprintf(out, "</details>\n");
}

static void print_tables(const struct hb_view *view, FILE *out)
{
    if (view->is_exact) {
        print_table(hb_view_agrees(view) ? "Blocks, of model and target" : "Blocks, of the model",
                    &view->model, view->has_arena, out);
    }
    if (!hb_view_agrees(view)) {
        print_table(view->is_walked ? "Blocks, of the target" : "Handed out by the target",
                    view->is_walked ? &view->walked : &view->allocated, view->has_arena, out);
    }
}

/* The last ones as long as all that matters is in them: a drawing that jumps is hard to follow.
 * What an oracle objected to is always looked at closely. */
static void follow(struct hb_windows *shown, const struct hb_windows *wanted, bool is_at_fault)
{
    const struct hb_extent *old = &shown->items[0];
    const struct hb_extent *new = &wanted->items[0];
    const bool is_kept = shown->count == 1 && wanted->count == 1 && !is_at_fault &&
                         new->begin >= old->begin &&new->end <= old->end &&
                         old->end - old->begin <= KEPT_TIMES *(new->end - new->begin);
    if (!is_kept) {
        *shown = *wanted;
    }
}

static void print_drawing(const struct hb_film *film, const struct step *step,
                          const struct hb_marks *marks, struct hb_extent axis,
                          const struct hb_windows *windows, FILE *out)
{
    char *body = NULL;
    size_t byte_count = 0;
    FILE *memory = open_memstream(&body, &byte_count);
    if (memory == NULL) {
        return;
    }
    const int height = hb_draw_heap(film, step->view, marks, axis, windows, 4, memory);
    (void)fclose(memory);
    (void)fprintf(out,
                  "<div class=\"scroll\" tabindex=\"0\" role=\"group\" aria-label=\"Drawing of the "
                  "heap\"><svg class=\"heap\" viewBox=\"16 0 %d %d\" role=\"img\" "
                  "aria-label=\"live: %zu, free blocks: %" PRIu64 "\">\n%s</svg></div>\n",
                  HB_DRAWING_WIDTH - 32, height, step->view->allocated.count,
                  step->view->free_count, body);
    free(body);
}

static void print_heading(const struct hb_film *film, const struct step *step, FILE *out)
{
    char text[HB_OP_TEXT_BYTES];
    char call[HB_CALL_TEXT_BYTES];
    print_name(film, step, text, sizeof text);
    (void)fprintf(out, "<h2>");
    if (step->has_operation && step->op_index < film->ops->count) {
        (void)fprintf(out, "After operation %zu: <code>", step->op_index);
        hb_print_escaped(text, TEXT_MAX, out);
        (void)fprintf(out, "</code></h2>\n<p><code>");
    } else {
        hb_print_escaped(text, TEXT_MAX, out);
        (void)fprintf(out, "</h2>\n<p><code>");
    }
    if (step->has_operation && step->view->call.op_index == step->op_index) {
        hb_call_describe(&step->view->call, step->view->has_arena, call);
        hb_print_escaped(call, TEXT_MAX, out);
    } else if (step->has_operation) {
        (void)fprintf(out, "there was nothing to call");
    }
    (void)fprintf(out, "</code></p>\n");
}

static void print_steps(const struct hb_film *film, FILE *out)
{
    const struct hb_extent axis = hb_drawing_axis(film);
    struct hb_windows windows = {.count = 0};
    for (size_t i = 0; i < step_count(film); i++) {
        const struct step step = step_of(film, i);
        struct hb_marks marks = {.count = 0};
        if (step.has_operation) {
            hb_marks_find(film, step.op_index, step.view, &marks);
        }
        struct hb_windows wanted;
        hb_drawing_windows(axis, step.view, &marks, &wanted);
        follow(&windows, &wanted, step.is_at_fault);
        (void)fprintf(out, "<section class=\"step%s\" data-operation=\"",
                      step.is_at_fault ? " at-fault" : "");
        if (step.has_operation) {
            (void)fprintf(out, "%zu\">\n", step.op_index);
        } else {
            (void)fprintf(out, "start\">\n");
        }
        print_heading(film, &step, out);
        print_drawing(film, &step, &marks, axis, &windows, out);
        print_tables(step.view, out);
        (void)fprintf(out, "</section>\n");
    }
}

static void print_legend(const struct hb_film *film, FILE *out)
{
    char *body = NULL;
    size_t byte_count = 0;
    FILE *memory = open_memstream(&body, &byte_count);
    if (memory == NULL) {
        return;
    }
    const int height = hb_draw_legend(film, 6, memory);
    (void)fclose(memory);
    (void)fprintf(out,
                  "<div class=\"scroll\"><svg class=\"heap\" viewBox=\"16 0 %d %d\" role=\"img\" "
                  "aria-label=\"Legend\">\n%s</svg></div>\n",
                  HB_DRAWING_WIDTH - 32, height, body);
    free(body);
}

static void print_head(const struct hb_film *film, FILE *out)
{
    (void)fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                "style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n<title>",
                out);
    hb_print_escaped(film->target->name, TEXT_MAX, out);
    (void)fprintf(out, ": %s</title>\n<style>\n%s%s</style>\n</head>\n<body>\n",
                  hb_film_is_clean(film) ? "a clean run"
                                         : hb_oracle_name(film->result.verdict.oracle),
                  hb_text_page_css, hb_text_picture_css);
    (void)fputs("<svg class=\"heap definitions\" aria-hidden=\"true\">\n", out);
    hb_draw_definitions(out);
    (void)fprintf(out, "</svg>\n<h1>");
    hb_print_escaped(film->target->name, TEXT_MAX, out);
    (void)fprintf(out, ", operation by operation</h1>\n");
}

void hb_picture_html(const struct hb_film *film, FILE *out)
{
    print_head(film, out);
    print_verdict(film, out);
    (void)fputs("<main>\n", out);
    print_list(film, out);
    (void)fprintf(
        out,
        "<div class=\"card\">\n<div class=\"controls\" hidden>\n"
        "<button type=\"button\" id=\"back\" aria-label=\"One operation back\">&#9664;</button>\n"
        "<button type=\"button\" id=\"play\">Play</button>\n"
        "<button type=\"button\" id=\"forth\" aria-label=\"One operation on\">&#9654;</button>\n"
        "<input type=\"range\" id=\"slider\" min=\"0\" max=\"%zu\" value=\"0\" "
        "aria-label=\"Operation\">\n<output id=\"place\"></output>\n</div>\n",
        step_count(film) - 1);
    print_steps(film, out);
    print_legend(film, out);
    (void)fprintf(
        out,
        "<p class=\"keys\"><kbd>&#8592;</kbd> <kbd>&#8594;</kbd> one operation, "
        "<kbd>Page Up</kbd> <kbd>Page Down</kbd> ten, <kbd>Home</kbd> <kbd>End</kbd>, "
        "<kbd>Space</kbd> play</p>\n</div>\n</main>\n"
        "<footer>Made by <code>bed show --format html</code>. Blocks are to scale; what a "
        "block is, a pointer over it tells.</footer>\n<script>\n%s</script>\n"
        "</body>\n</html>\n",
        hb_text_page_js);
}
