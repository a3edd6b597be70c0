/* SPDX-License-Identifier: MIT
 *
 * Verdicts on the last commit: a change is said where it is greater than what scatters, and nowhere
 * else; against the same machine and what no annotation has cut off.
 */
#define SUITE "history.verdicts"
#include "check.h"

#include "samples.h"
#include "verdicts.h"

#include <math.h>
#include <stdlib.h>

#define LAUNCH_COUNT 5
#define POINT_COUNT  20

/* Even between -1 and 1. */
static double scatter(uint64_t *state)
{
    return (double)(samples_draw(state) >> 11) * 0x1p-52 - 1;
}

/* A series of 20 commits around 100: commits scatter by `between`, launches by `within`, and the
 * last commit differs by `change`. */
struct made {
    struct series series;
    struct series_point points[POINT_COUNT];
    double samples[POINT_COUNT][LAUNCH_COUNT];
};

static void make(struct made *made, double between, double within, double change)
{
    uint64_t state = 3;

    memset(made, 0, sizeof *made);
    made->series = (struct series){.fingerprint = "f",
                                   .row = "select/16-log",
                                   .subject = "default-on",
                                   .unit = "nanoseconds",
                                   .points = made->points,
                                   .count = POINT_COUNT};
    for (size_t i = 0; i < POINT_COUNT; i++) {
        const double level =
            100 * (1 + between * scatter(&state)) * (i + 1 == POINT_COUNT ? 1 + change : 1);

        for (size_t launch = 0; launch < LAUNCH_COUNT; launch++) {
            made->samples[i][launch] = level * (1 + within * scatter(&state));
        }
        made->points[i] = (struct series_point){
            .record = i, .samples = made->samples[i], .sample_count = LAUNCH_COUNT};
        made->points[i].median = samples_median(made->samples[i], LAUNCH_COUNT);
    }
}

/* The verdict of the one series; false: there is none. */
static bool find(const struct series *series, struct verdict *verdict)
{
    struct series copy = *series;
    const struct series_set set = {.items = &copy, .count = 1};
    struct verdicts found;

    verdicts_find(&found, &set);
    CHECK(found.count <= 1);
    const bool is_there = found.count == 1;

    if (is_there) {
        *verdict = found.items[0];
    }
    verdicts_free(&found);
    return is_there;
}

static enum verdict_kind kind_of(double between, double within, double change)
{
    struct made made;
    struct verdict verdict = {0};

    make(&made, between, within, change);
    CHECK(find(&made.series, &verdict));
    return verdict.kind;
}

TEST(change, is_seen_with_its_interval)
{
    struct made made;
    struct verdict verdict = {0};

    make(&made, 0.002, 0.005, 0.10);
    CHECK(find(&made.series, &verdict));
    CHECK_EQ(verdict.kind, VERDICT_WORSE);
    CHECK(strcmp(verdict_name(verdict.kind), "slower") == 0);
    CHECK(verdict.change.low > 0.08 && verdict.change.low <= verdict.change.change);
    CHECK(verdict.change.high < 0.12 && verdict.change.high >= verdict.change.change);
    CHECK(verdict.noise == 0.03); /* of a time, 3% at least */
    CHECK(verdict.from == POINT_COUNT - 2 && verdict.to == POINT_COUNT - 1);
}

TEST(change, has_a_direction)
{
    struct made made;
    struct verdict verdict = {0};

    CHECK_EQ(kind_of(0.002, 0.005, -0.10), VERDICT_BETTER);
    make(&made, 0.002, 0.005, 0.10);
    made.series.is_higher_better = true;
    CHECK(find(&made.series, &verdict));
    CHECK_EQ(verdict.kind, VERDICT_BETTER);
}

/* The canary of each is change.is_seen_with_its_interval. */
TEST(change, that_is_noise_is_not_seen)
{
    CHECK_EQ(kind_of(0.002, 0.005, 0), VERDICT_SAME);
    CHECK_EQ(kind_of(0.002, 0.005, 0.02), VERDICT_SAME); /* under 3% */
    CHECK_EQ(kind_of(0.15, 0.005, 0.10), VERDICT_SAME);  /* commits scatter more than that */
    CHECK_EQ(kind_of(0.002, 0.30, 0.10), VERDICT_SAME);  /* launches do */
}

TEST(change, of_what_is_counted_may_be_smaller)
{
    struct made made;
    struct verdict verdict = {0};

    make(&made, 0, 0, 0.01);
    made.series.unit = "instructions";
    CHECK(find(&made.series, &verdict));
    CHECK_EQ(verdict.kind, VERDICT_WORSE);
    make(&made, 0, 0, 0.004);
    made.series.unit = "instructions";
    CHECK(find(&made.series, &verdict));
    CHECK_EQ(verdict.kind, VERDICT_SAME);
}

/* What scattered before a reset says nothing of today. */
TEST(noise, is_that_of_the_level)
{
    struct made made;
    struct verdict verdict = {0};

    make(&made, 0.002, 0.005, 0.10);
    for (size_t i = 0; i < 10; i++) {
        made.points[i].median *= i % 2 == 0 ? 1.5 : 0.5;
    }
    made.points[10].is_reset = true;
    CHECK(find(&made.series, &verdict));
    CHECK_EQ(verdict.kind, VERDICT_WORSE);
    made.points[10].is_reset = false;
    CHECK(verdict_noise(&made.series, POINT_COUNT - 1) > 0.5); /* the canary */
}

/* Of 400 series whose commits scatter by 8%, normally, few have a verdict: 1 is to be expected. */
TEST(noise, is_seldom_called_a_change)
{
    uint64_t state = 29;
    unsigned called = 0;

    for (unsigned round = 0; round < 400; round++) {
        struct made made;
        struct verdict verdict = {0};

        make(&made, 0, 0.005, 0);
        for (size_t i = 0; i < POINT_COUNT; i++) {
            double sum = 0;

            for (unsigned j = 0; j < 12; j++) {
                sum += scatter(&state) / 2;
            }
            for (size_t launch = 0; launch < LAUNCH_COUNT; launch++) {
                made.samples[i][launch] *= 1 + 0.08 * sum;
            }
            made.points[i].median = samples_median(made.samples[i], LAUNCH_COUNT);
        }
        CHECK(find(&made.series, &verdict));
        called += verdict.kind != VERDICT_SAME;
    }
    CHECK(called <= 12);
}

TEST(baseline, is_cut_off_by_a_reset)
{
    struct made made;
    struct verdict verdict = {0};

    make(&made, 0.002, 0.005, 0.10);
    made.points[POINT_COUNT - 1].is_reset = true;
    CHECK(!find(&made.series, &verdict));
    made.points[POINT_COUNT - 1].is_reset = false;
    made.series.count = 1;
    CHECK(!find(&made.series, &verdict));
    made.series.count = 2;
    CHECK(find(&made.series, &verdict));
}

/* Each machine has its last commit; a series that ended before it has no verdict. */
TEST(baseline, is_of_the_same_machine)
{
    static struct made made[3];
    struct series series[3];
    struct verdicts found;

    for (size_t i = 0; i < 3; i++) {
        make(&made[i], 0.002, 0.005, i == 0 ? 0.10 : 0);
        series[i] = made[i].series;
    }
    series[1].fingerprint = "another";
    series[1].count = 10;
    series[2].subject = "list";
    series[2].count = 15;
    const struct series_set set = {.items = series, .count = 3};

    verdicts_find(&found, &set);
    if (CHECK_EQ(found.count, 2)) {
        CHECK(found.items[0].series == 0 && found.items[0].kind == VERDICT_WORSE);
        CHECK(found.items[1].series == 1 && found.items[1].to == 9);
    }
    verdicts_free(&found);
}

/* -- samples ---------------------------------------------------------------------------------- */

TEST(samples, have_quantiles)
{
    static const double values[] = {5, 1, 4, 2};

    CHECK(samples_median(values, 4) == 3);
    CHECK(samples_median(values, 3) == 4);
    CHECK(samples_median(values, 1) == 5);
    CHECK(samples_quantile(values, 4, 0) == 1 && samples_quantile(values, 4, 1) == 5);
    CHECK(values[0] == 5 && values[3] == 2);
}

/* Of 300 pairs of samples, in how many the interval holds the true change. */
static unsigned count_covered(double change, double asked)
{
    uint64_t state = 17;
    double before[11];
    double after[11];
    unsigned covered = 0;

    for (unsigned round = 0; round < 300; round++) {
        for (size_t i = 0; i < 11; i++) {
            before[i] = 100 + scatter(&state) + scatter(&state);
            after[i] = (100 + scatter(&state) + scatter(&state)) * (1 + change);
        }
        const struct samples_change found = samples_change(before, 11, after, 11, round);

        covered += found.low <= asked && asked <= found.high;
    }
    return covered;
}

TEST(interval, holds_the_true_change)
{
    CHECK(count_covered(0, 0) >= 276); /* 95% of 300 are 285 */
    CHECK(count_covered(0.10, 0.10) >= 276);
    CHECK(count_covered(0.10, 0) == 0);
    CHECK(count_covered(0, 0.02) <= 20);
}

TESTS_BEGIN
ENTRY(change, is_seen_with_its_interval)
ENTRY(change, has_a_direction)
ENTRY(change, that_is_noise_is_not_seen)
ENTRY(change, of_what_is_counted_may_be_smaller)
ENTRY(noise, is_that_of_the_level)
ENTRY(noise, is_seldom_called_a_change)
ENTRY(baseline, is_cut_off_by_a_reset)
ENTRY(baseline, is_of_the_same_machine)
ENTRY(samples, have_quantiles)
ENTRY(interval, holds_the_true_change)
TESTS_END
