/* SPDX-License-Identifier: MIT
 *
 * E-divisive on single numbers, with distances as they are (alpha = 1). Every piece is tested by
 * itself: is its best split better than that of the same values in another order?
 *
 * For X = values[0, t) and Y = values[t, k) the statistic is
 *     mn/(m+n) * (2 mean|X-Y| - mean|X-X'| - mean|Y-Y'|), m = t, n = k - t,
 * the greatest over all t and k. k runs too, as in the paper, so that a level that returns later
 * does not hide where it was left. All of it in O(count^2): the sums of distances grow with k.
 */
#include "change_points.h"

#include "allocate.h"
#include "clock.h"
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SIDE_MIN         CHANGE_POINT_SIDE_MIN
#define SEED             UINT64_C(0x6865617062656421)
#define PROGRESS_SECONDS 2.0

/* Sums of distances, grown value by value. */
struct sums {
    double *within; /* [t]: between all pairs of values[0, t) */
    double *across; /* [t]: between values[0, t) and those after it */
    double *share;  /* [n]: 1 / n */
};

static void sums_make(struct sums *sums, size_t count)
{
    sums->within = memory_new(count + 1, sizeof *sums->within);
    sums->across = memory_new(count + 1, sizeof *sums->across);
    sums->share = memory_new(count + 1, sizeof *sums->share);
    for (size_t n = 1; n <= count; n++) {
        sums->share[n] = 1.0 / (double)n;
    }
}

static void sums_free(struct sums *sums)
{
    free(sums->within);
    free(sums->across);
    free(sums->share);
}

static void sums_grow(struct sums *sums, const double *values, size_t last)
{
    double sum = 0;

    for (size_t i = 0; i < last; i++) {
        sum += fabs(values[i] - values[last]);
        sums->across[i + 1] += sum;
    }
    sums->within[last + 1] = sums->within[last] + sum;
}

static double split_statistic(const struct sums *sums, size_t split, size_t end)
{
    const double across = sums->across[split];
    const double before = sums->within[split];
    const double after = sums->within[end] - before - across;
    const size_t m = split;
    const size_t n = end - split;

    return 2 * sums->share[end] *
           (across - (double)n * before * sums->share[m - 1] -
            (double)m * after * sums->share[n - 1]);
}

/* Stops early at a statistic of enough or more. */
static size_t best_split(struct sums *sums, const double *values, size_t count, double enough,
                         double *statistic)
{
    size_t best = 0;

    memset(sums->within, 0, (count + 1) * sizeof *sums->within);
    memset(sums->across, 0, (count + 1) * sizeof *sums->across);
    *statistic = 0;
    for (size_t last = 0; last < count && *statistic < enough; last++) {
        sums_grow(sums, values, last);
        for (size_t split = SIDE_MIN; split + SIDE_MIN <= last + 1; split++) {
            const double found = split_statistic(sums, split, last + 1);

            if (found > *statistic) {
                *statistic = found;
                best = split;
            }
        }
    }
    return best;
}

size_t change_point_best(const double *values, size_t count, double *statistic)
{
    struct sums sums;

    sums_make(&sums, count);
    const size_t best = best_split(&sums, values, count, HUGE_VAL, statistic);

    sums_free(&sums);
    return best;
}

static void shuffle(double *values, size_t count, uint64_t *state)
{
    for (size_t i = count; i > 1; i--) {
        const size_t other = samples_draw_below(state, i);
        const double value = values[i - 1];

        values[i - 1] = values[other];
        values[other] = value;
    }
}

/* Orders to draw. Of short series there are few that differ, so that a shift there is told from
 * chance only by many; they cost little. */
static size_t order_count(size_t count)
{
    return count < 60 ? 1999 : 399;
}

/* The same orders for the same values, others for others: with one set of orders for all series,
 * the chance of a false change point would be that set's, for better or worse. */
static uint64_t seed_of(const double *values, size_t count)
{
    uint64_t seed = SEED;

    for (size_t i = 0; i < count; i++) {
        uint64_t bits = 0;

        memcpy(&bits, &values[i], sizeof bits);
        seed = samples_draw(&seed) ^ bits;
    }
    return seed;
}

/* The part of orders that split as well. Ends as soon as it is known to be too great. */
static double significance(struct sums *sums, const double *values, size_t count, double statistic)
{
    double *shuffled = memory_new(count, sizeof *shuffled);
    const size_t orders = order_count(count);
    uint64_t state = seed_of(values, count);
    size_t as_good = 1; /* the order that there is */

    memcpy(shuffled, values, count * sizeof *shuffled);
    for (size_t i = 0; i < orders; i++) {
        /* Of the same values in a mirrored order the last bits differ. */
        const double enough = statistic * (1 - 1e-9);
        double other = 0;

        shuffle(shuffled, count, &state);
        (void)best_split(sums, shuffled, count, enough, &other);
        as_good += other >= enough;
        if ((double)as_good > CHANGE_POINT_SIGNIFICANCE * (double)(orders + 1)) {
            break;
        }
    }
    free(shuffled);
    return (double)as_good / (double)(orders + 1);
}

/* -- a series --------------------------------------------------------------------------------- */

/* The end of the level that begins at begin. */
static size_t level_end(const struct series *series, const double *splits, size_t begin)
{
    size_t end = begin + 1;

    while (end < series->count && splits[end] == 0 && !series->points[end].is_reset) {
        end++;
    }
    return end;
}

static size_t level_begin(const struct series *series, const double *splits, size_t end)
{
    size_t begin = end - 1;

    while (begin > 0 && splits[begin] == 0 && !series->points[begin].is_reset) {
        begin--;
    }
    return begin;
}

/* Splits the piece that begins at begin. False: nothing in it is significant. */
static bool split_piece(struct sums *sums, const double *values, size_t begin, size_t end,
                        double *splits)
{
    double statistic = 0;
    const size_t count = end - begin;

    if (count < 2 * SIDE_MIN) {
        return false;
    }
    const size_t best = best_split(sums, values + begin, count, HUGE_VAL, &statistic);

    if (best == 0) {
        return false;
    }
    const double found = significance(sums, values + begin, count, statistic);

    if (found > CHANGE_POINT_SIGNIFICANCE) {
        return false;
    }
    splits[begin + best] = found;
    return true;
}

static void add_change_points(struct change_points *found, const struct series_set *set,
                              size_t index, const double *values, const double *splits)
{
    const struct series *series = &set->items[index];

    for (size_t i = 0; i < series->count; i++) {
        if (splits[i] == 0) {
            continue;
        }
        const size_t begin = level_begin(series, splits, i);
        const size_t end = level_end(series, splits, i);

        found->items = memory_grown(found->items, found->count, sizeof *found->items);
        found->items[found->count++] =
            (struct change_point){.series = index,
                                  .point = i,
                                  .before = samples_median(values + begin, i - begin),
                                  .after = samples_median(values + i, end - i),
                                  .significance = splits[i]};
    }
}

static void find_in_series(struct change_points *found, const struct series_set *set, size_t index)
{
    const struct series *series = &set->items[index];
    double *values = memory_new(series->count, sizeof *values);
    double *splits = memory_new(series->count, sizeof *splits); /* significance; 0: no split */
    struct sums sums;

    sums_make(&sums, series->count);
    for (size_t i = 0; i < series->count; i++) {
        values[i] = series->points[i].median;
    }
    /* A piece that was split is looked at again: it is shorter now. */
    for (size_t begin = 0; begin < series->count;) {
        const size_t end = level_end(series, splits, begin);

        if (!split_piece(&sums, values, begin, end, splits)) {
            begin = end;
        }
    }
    add_change_points(found, set, index, values, splits);
    sums_free(&sums);
    free(splits);
    free(values);
}

void change_points_find(struct change_points *found, const struct series_set *set, bool progress)
{
    double shown_at = seconds_now();

    *found = (struct change_points){0};
    for (size_t i = 0; i < set->count; i++) {
        find_in_series(found, set, i);
        if (progress && seconds_now() - shown_at > PROGRESS_SECONDS) {
            shown_at = seconds_now();
            (void)fprintf(stderr, "history: change points: %zu of %zu series\n", i + 1, set->count);
        }
    }
}

void change_points_free(struct change_points *found)
{
    free(found->items);
    *found = (struct change_points){0};
}
