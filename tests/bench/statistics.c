/* SPDX-License-Identifier: MIT
 *
 * The statistics of a comparison, on values worked out by hand.
 */
#include "../../bench/compare/statistics.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "statistics"
#include "check.h"

static bool is_near(double one, double other)
{
    const double difference = one - other;

    return difference < 1e-12 && difference > -1e-12;
}

TEST(median, is_the_middle)
{
    double one[] = {7};
    double odd[] = {3, -1, 2};
    double even[] = {4, 1, 3, 10};

    CHECK(is_near(statistics_median(one, 1), 7));
    CHECK(is_near(statistics_median(odd, 3), 2));
    CHECK(is_near(statistics_median(even, 4), 3.5));
}

TEST(median, is_not_moved_by_an_outlier)
{
    double values[] = {1, 2, 3, 4, 1e9};

    CHECK(is_near(statistics_median(values, 5), 3));
}

TEST(interval, of_one_value_is_that_value)
{
    const double values[] = {0.25};
    const struct interval interval = statistics_bootstrap(values, 1, 0.95);

    CHECK(is_near(interval.low, 0.25));
    CHECK(is_near(interval.high, 0.25));
}

/* Of two values the resamples' medians are 0, 0.5 and 1, with the odds 1/4, 1/2, 1/4. With 0.2 cut
 * off at each end all three are left, with 0.3 the middle alone. */
TEST(interval, of_two_values)
{
    const double values[] = {0, 1};
    const struct interval wide = statistics_bootstrap(values, 2, 0.6);
    const struct interval narrow = statistics_bootstrap(values, 2, 0.4);

    CHECK(is_near(wide.low, 0) && is_near(wide.high, 1));
    CHECK(is_near(narrow.low, 0.5) && is_near(narrow.high, 0.5));
}

/* Of three, the median is the least where two or three of three draws are that: 7 of 27, 0.26; the
 * middle has 13 of 27. With 0.2 cut off at each end all three are left, with 0.3 the middle alone.
 */
TEST(interval, of_three_values)
{
    const double values[] = {10, 30, 20};
    const struct interval wide = statistics_bootstrap(values, 3, 0.6);
    const struct interval narrow = statistics_bootstrap(values, 3, 0.4);

    CHECK(is_near(wide.low, 10) && is_near(wide.high, 30));
    CHECK(is_near(narrow.low, 20) && is_near(narrow.high, 20));
}

TEST(interval, is_the_same_every_time)
{
    const double values[] = {5, 3, 8, 1, 9, 2, 7, 4, 6, 0.5};
    const struct interval once = statistics_bootstrap(values, 10, 0.95);
    const struct interval again = statistics_bootstrap(values, 10, 0.95);

    CHECK(is_near(once.low, again.low) && is_near(once.high, again.high));
    CHECK(once.low < 4.5 && once.high > 4.5);
}

TEST(interval, leaves_the_values_alone)
{
    const double values[] = {3, 1, 2};

    (void)statistics_bootstrap(values, 3, 0.95);
    CHECK(is_near(values[0], 3) && is_near(values[1], 1) && is_near(values[2], 2));
}

TESTS_BEGIN
ENTRY(median, is_the_middle)
ENTRY(median, is_not_moved_by_an_outlier)
ENTRY(interval, of_one_value_is_that_value)
ENTRY(interval, of_two_values)
ENTRY(interval, of_three_values)
ENTRY(interval, is_the_same_every_time)
ENTRY(interval, leaves_the_values_alone)
TESTS_END
