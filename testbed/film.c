/* SPDX-License-Identifier: MIT
 *
 * Plays the stream twice: for the verdict, and then to look at the heap around it. Looking may
 * change how a faulty target behaves, so the verdict is always the first run's. A view goes to a
 * file in one write, so that all views up to a child's death are whole.
 */
#include "film.h"

#include "run_state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct camera {
    int file;
    size_t first;
    size_t last;
    bool is_walking;
};

static size_t bytes_of(const struct hb_view_blocks *blocks)
{
    return blocks->count * sizeof *blocks->items;
}

static bool write_all(int file, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count > 0) {
        const ssize_t written = write(file, at, count);
        if (written <= 0 && errno != EINTR) {
            return false;
        }
        at += written > 0 ? written : 0;
        count -= written > 0 ? (size_t)written : 0;
    }
    return true;
}

static void write_view(int file, const struct hb_view *view)
{
    char *bytes = NULL;
    size_t byte_count = 0;
    FILE *memory = open_memstream(&bytes, &byte_count);
    if (memory == NULL) {
        return;
    }
    (void)fwrite(view, sizeof *view, 1, memory);
    (void)fwrite(view->ranges, sizeof *view->ranges, view->range_count, memory);
    (void)fwrite(view->model.items, bytes_of(&view->model), view->model.count > 0, memory);
    (void)fwrite(view->allocated.items, bytes_of(&view->allocated), view->allocated.count > 0,
                 memory);
    (void)fwrite(view->walked.items, bytes_of(&view->walked), view->walked.count > 0, memory);
    if (fclose(memory) == 0 && !write_all(file, bytes, byte_count)) {
        perror("heapbed: a view of the heap");
    }
    free(bytes);
}

/* Told first without the target's own view: asking for it may be the end. */
static void look(void *context, struct hb_run *run, enum hb_moment moment)
{
    const struct camera *camera = context;
    const bool is_wanted = moment == HB_BEFORE_OPERATION
                               ? run->op_index >= camera->first && run->op_index <= camera->last + 1
                               : run->op_index == camera->last;
    const bool can_walk = camera->is_walking && !run->is_smashed && moment != HB_BEFORE_CALL;
    struct hb_view view;
    if (!is_wanted) {
        return;
    }
    hb_view_take(run, &view);
    view.moment = moment;
    write_view(camera->file, &view);
    if (can_walk && run->target->walk != NULL) {
        hb_view_walk(run, &view);
        write_view(camera->file, &view);
    }
    hb_view_clear(&view);
}

static bool read_all(FILE *file, void *bytes, size_t count)
{
    return count == 0 || fread(bytes, count, 1, file) == 1;
}

static bool read_blocks(FILE *file, struct hb_view_blocks *blocks)
{
    blocks->room = blocks->count;
    blocks->items = calloc(blocks->count + 1, sizeof *blocks->items);
    return blocks->items != NULL && read_all(file, blocks->items, bytes_of(blocks));
}

/* False at the end, or where the last view was not finished. */
static bool read_view(FILE *file, struct hb_view *view)
{
    if (!read_all(file, view, sizeof *view)) {
        *view = (struct hb_view){0};
        return false;
    }
    view->model.items = view->allocated.items = view->walked.items = NULL;
    view->ranges = calloc(view->range_count + 1, sizeof *view->ranges);
    const bool ok = view->ranges != NULL &&
                    read_all(file, view->ranges, view->range_count * sizeof *view->ranges) &&
                    read_blocks(file, &view->model) && read_blocks(file, &view->allocated) &&
                    read_blocks(file, &view->walked);
    if (!ok) {
        hb_view_clear(view);
    }
    return ok;
}

static void replace(struct hb_view *old, const struct hb_view *view)
{
    hb_view_clear(old);
    *old = *view;
}

/* Where a view of the same moment comes again, it is a better one. */
static void keep(struct hb_film *film, struct hb_view *view)
{
    const bool is_before = view->moment == HB_BEFORE_OPERATION && view->op_index <= film->last;
    if (!is_before) {
        film->has_no_answer = view->moment == HB_BEFORE_CALL;
        film->has_after = true;
        replace(&film->after, view);
        return;
    }
    const size_t index = view->op_index - film->first;
    if (index < film->view_count) {
        replace(&film->views[index], view);
    } else if (index == film->view_count) {
        film->views[film->view_count++] = *view;
    } else {
        hb_view_clear(view);
    }
}

static size_t block_count(const struct hb_view *view)
{
    return view->model.count + view->allocated.count + view->walked.count;
}

/* The oldest go first. The one before the verdict stays. */
static void keep_to_limit(struct hb_film *film)
{
    size_t blocks = 0;
    size_t kept = 0;
    while (kept < film->view_count &&
           (kept < 2 || blocks + block_count(&film->views[film->view_count - 1 - kept]) <=
                            HB_FILM_BLOCKS_MAX)) {
        blocks += block_count(&film->views[film->view_count - 1 - kept]);
        kept++;
    }
    const size_t dropped = film->view_count - kept;
    for (size_t i = 0; i < dropped; i++) {
        hb_view_clear(&film->views[i]);
    }
    memmove(film->views, film->views + dropped, kept * sizeof *film->views);
    film->view_count = kept;
    film->first += dropped;
    film->is_cut = film->first > 0;
}

static bool shoot(const struct hb_run_options *options, unsigned seconds_max, bool is_walking,
                  struct hb_film *film)
{
    FILE *file = tmpfile();
    if (file == NULL) {
        perror("heapbed: a temporary file");
        return false;
    }
    struct camera camera = {
        .file = fileno(file), .first = film->first, .last = film->last, .is_walking = is_walking};
    struct hb_run_options own = *options;
    struct hb_run_result unused;
    own.run_twice = false;
    own.against = NULL;
    own.observe = NULL;
    own.picture = NULL;
    own.events = NULL;
    own.draw_seed = film->result.draw_seed;
    own.watch = look;
    own.watch_context = &camera;
    const bool ok = hb_run_isolated(film->ops, film->target, &own, seconds_max, &unused);
    const bool is_read = ok && fseek(file, 0, SEEK_SET) == 0;
    for (struct hb_view view; is_read && read_view(file, &view);) {
        keep(film, &view);
    }
    (void)fclose(file);
    if (is_read && film->view_count == film->last - film->first + 1) {
        return true;
    }
    for (size_t i = 0; i < film->view_count; i++) {
        hb_view_clear(&film->views[i]);
    }
    film->view_count = 0;
    film->has_after = false;
    hb_view_clear(&film->after);
    return false;
}

/* The last operation that is looked at. A stream without a verdict ends with its last operation. */
static size_t last_of(const struct hb_ops *ops, const struct hb_run_result *result)
{
    if (result->verdict.oracle != HB_ORACLE_NONE) {
        return result->verdict.op_index < ops->count ? result->verdict.op_index : ops->count;
    }
    return ops->count > 0 ? ops->count - 1 : 0;
}

/* How many views are worth taking: what would go beyond the limit on blocks is not even written.
 * The heap may be smaller now than it was at its peak. */
static size_t views_worth_taking(const struct hb_run_result *result, size_t views_max)
{
    const struct hb_run_counts *counts = &result->counts;
    const uint64_t blocks = 3 * counts->peak_live_blocks + 2 * counts->peak_free_blocks + 1;
    const uint64_t by_blocks = 2 * (uint64_t)HB_FILM_BLOCKS_MAX / blocks + 2;
    const size_t limit =
        views_max != 0 && views_max < HB_FILM_VIEWS_MAX ? views_max : HB_FILM_VIEWS_MAX;
    return by_blocks < limit ? (size_t)by_blocks : limit;
}

bool hb_film_take(const struct hb_ops *ops, const struct hb_target *target,
                  const struct hb_run_options *options, unsigned seconds_max, size_t views_max,
                  struct hb_film *film)
{
    struct hb_run_options quiet = *options;
    *film = (struct hb_film){.ops = ops, .target = target};
    quiet.is_quiet = true;
    quiet.picture = NULL;
    if (!hb_run_isolated(ops, target, &quiet, seconds_max, &film->result)) {
        return false;
    }
    const bool is_other =
        film->result.is_against || film->result.verdict.oracle == HB_ORACLE_DIFFER;
    film->target = is_other ? options->against : target;
    const size_t limit = views_worth_taking(&film->result, views_max);
    film->last = last_of(ops, &film->result);
    film->first = film->last + 1 > limit ? film->last + 1 - limit : 0;
    film->views = limit == 0 ? NULL : calloc(limit, sizeof *film->views);
    if (film->views == NULL) {
        perror("heapbed: a film");
        return false;
    }
    if (!shoot(&quiet, seconds_max, true, film) && !shoot(&quiet, seconds_max, false, film)) {
        (void)fprintf(stderr,
                      "heapbed: the heap cannot be shown: the target ended before operation"
                      " %zu when it was looked at\n",
                      film->last);
        hb_film_clear(film);
        return false;
    }
    keep_to_limit(film);
    return true;
}

void hb_film_clear(struct hb_film *film)
{
    for (size_t i = 0; i < film->view_count; i++) {
        hb_view_clear(&film->views[i]);
    }
    free(film->views);
    hb_view_clear(&film->after);
    film->views = NULL;
    film->view_count = 0;
}
