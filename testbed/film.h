/* SPDX-License-Identifier: MIT
 *
 * A run as a row of views: the heap before each operation and behind the last one. The run is in a
 * child process, and what it showed outlives it, so there is a film of a target that takes its
 * process down too.
 */
#ifndef HB_FILM_H
#define HB_FILM_H

#include "view.h"

/* Views up to the verdict that are kept at most, and blocks in all of them. */
#define HB_FILM_VIEWS_MAX  400
#define HB_FILM_BLOCKS_MAX 160000

struct hb_film {
    const struct hb_ops *ops;
    const struct hb_target *target; /* that is shown: of two, the one at fault */
    struct hb_run_result result;    /* of the run as replay has it */
    size_t last;           /* the operation at fault, or the last one; ops->count: the end */
    size_t first;          /* views[0] is the heap before it */
    struct hb_view *views; /* before each operation from first to last */
    size_t view_count;
    struct hb_view after; /* behind operation last, as far as it came: see hb_film_after */
    bool has_after;
    bool is_cut;        /* operations before first were played, and are not shown */
    bool has_no_answer; /* after is how the heap was when the last call began */
};

/* options: as for replay; their watch is not asked. views_max: 0 for all that the limits allow.
 * False, with the reason on stderr, where the stream can't be run. */
bool hb_film_take(const struct hb_ops *ops, const struct hb_target *target,
                  const struct hb_run_options *options, unsigned seconds_max, size_t views_max,
                  struct hb_film *film);
void hb_film_clear(struct hb_film *film);

/* The heap in front of the last operation, and behind it: the same where nothing came of it. */
static inline const struct hb_view *hb_film_before(const struct hb_film *film)
{
    return &film->views[film->view_count - 1];
}

static inline const struct hb_view *hb_film_after(const struct hb_film *film)
{
    return film->has_after ? &film->after : hb_film_before(film);
}

static inline bool hb_film_is_clean(const struct hb_film *film)
{
    return film->result.verdict.oracle == HB_ORACLE_NONE;
}

#endif
