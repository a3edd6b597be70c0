/* SPDX-License-Identifier: MIT
 *
 * Verdicts on the last commit. Worse or better is only said where the interval leaves zero out and
 * the change is greater than the noise floor.
 */
#include "verdicts.h"

#include "allocate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEED           UINT64_C(0x7665726469637421)
#define STEP_COUNT_MIN ((size_t)5)
#define STEP_COUNT_MAX ((size_t)20)
/* Three standard deviations, by the median of what is normal: one step in 370 is greater. */
#define STEP_MEDIANS (3 * 1.4826)

/* What is too little to speak of, whatever was measured: 3% of a time, 0.5% of what is counted. */
static double least_change(const char *unit)
{
    static const char *const counted[] = {"instructions", "bytes", "ratio"};

    for (size_t i = 0; i < sizeof counted / sizeof counted[0]; i++) {
        if (strcmp(unit, counted[i]) == 0) {
            return 0.005;
        }
    }
    return 0.03;
}

static double step(const struct series *series, size_t point)
{
    const double before = series->points[point - 1].median;
    const double after = series->points[point].median;

    return before == 0 ? (double)(after != 0) : fabs(after / before - 1);
}

/* From the first to the third quartile of the launches, as a share of their median. */
static double launch_spread(const struct series_point *point)
{
    const double quartiles = samples_quantile(point->samples, point->sample_count, 0.75) -
                             samples_quantile(point->samples, point->sample_count, 0.25);

    return point->median == 0 ? 0 : quartiles / fabs(point->median);
}

double verdict_noise(const struct series *series, size_t point)
{
    const size_t begin = series_segment_begin(series, point - 1);
    double steps[STEP_COUNT_MAX];
    size_t count = 0;
    double noise = fmax(least_change(series->unit), fmax(launch_spread(&series->points[point - 1]),
                                                         launch_spread(&series->points[point])));

    for (size_t i = point - 1; i > begin && count < STEP_COUNT_MAX; i--) {
        steps[count++] = step(series, i);
    }
    if (count >= STEP_COUNT_MIN) {
        noise = fmax(noise, STEP_MEDIANS * samples_median(steps, count));
    }
    return noise;
}

static enum verdict_kind judge(const struct series *series, const struct samples_change *change,
                               double noise)
{
    if ((change->low <= 0 && change->high >= 0) || fabs(change->change) <= noise) {
        return VERDICT_SAME;
    }
    return (change->change > 0) == series->is_higher_better ? VERDICT_BETTER : VERDICT_WORSE;
}

/* The last record that a series of this machine has. */
static size_t last_record(const struct series_set *set, const char *fingerprint)
{
    size_t last = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct series *series = &set->items[i];
        const size_t record = series->points[series->count - 1].record;

        if (strcmp(series->fingerprint, fingerprint) == 0 && record > last) {
            last = record;
        }
    }
    return last;
}

void verdicts_find(struct verdicts *found, const struct series_set *set)
{
    const char *fingerprint = "";
    size_t last = 0;

    *found = (struct verdicts){0};
    for (size_t i = 0; i < set->count; i++) {
        const struct series *series = &set->items[i];
        const size_t to = series->count - 1;

        if (strcmp(fingerprint, series->fingerprint) != 0) {
            fingerprint = series->fingerprint;
            last = last_record(set, fingerprint);
        }
        if (to == 0 || series->points[to].is_reset || series->points[to].record < last) {
            continue;
        }
        struct verdict verdict = {.series = i, .from = to - 1, .to = to};
        const struct series_point *before = &series->points[to - 1];
        const struct series_point *after = &series->points[to];

        verdict.change = samples_change(before->samples, before->sample_count, after->samples,
                                        after->sample_count, SEED);
        verdict.noise = verdict_noise(series, to);
        verdict.kind = judge(series, &verdict.change, verdict.noise);
        found->items = memory_grown(found->items, found->count, sizeof *found->items);
        found->items[found->count++] = verdict;
    }
}

void verdicts_free(struct verdicts *found)
{
    free(found->items);
    *found = (struct verdicts){0};
}

const char *verdict_name(enum verdict_kind kind)
{
    switch (kind) {
    case VERDICT_WORSE:
        return "slower";
    case VERDICT_BETTER:
        return "faster";
    case VERDICT_SAME:
        break;
    }
    return "no difference seen";
}
