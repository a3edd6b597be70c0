/* SPDX-License-Identifier: MIT
 *
 * When a change is told: each condition by itself.
 */
#include "../../bench/compare/judge.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "judge"
#include "check.h"

static struct figure figure(double low, double change, double high, double noise)
{
    return (struct figure){change, {low, high}, noise};
}

static struct judgement once(double low, double change, double high, double noise)
{
    const struct figure one = figure(low, change, high, noise);

    return judge(&one, JUDGE_TIME_LIMIT);
}

TEST(one, clear_changes_are_told)
{
    CHECK_EQ(once(0.04, 0.05, 0.06, 0.01).verdict, VERDICT_SLOWER);
    CHECK_EQ(once(-0.06, -0.05, -0.04, 0.01).verdict, VERDICT_FASTER);
    CHECK_EQ(once(0.04, 0.05, 0.06, 0.01).reason, JUDGE_CLEAR);
}

TEST(one, interval_with_zero_is_no_difference)
{
    CHECK_EQ(once(-0.001, 0.05, 0.09, 0.01).reason, JUDGE_ZERO_INSIDE);
    CHECK_EQ(once(0, 0.05, 0.09, 0.01).reason, JUDGE_ZERO_INSIDE);
    CHECK_EQ(once(-0.09, -0.05, 0.001, 0.01).reason, JUDGE_ZERO_INSIDE);
    CHECK_EQ(once(-0.001, 0.05, 0.09, 0.01).verdict, VERDICT_NONE);
}

TEST(one, small_changes_are_not_told)
{
    CHECK_EQ(once(0.028, 0.029, 0.03, 0.001).reason, JUDGE_BELOW_LIMIT);
    CHECK_EQ(once(-0.03, -0.029, -0.028, 0.001).reason, JUDGE_BELOW_LIMIT);
    CHECK_EQ(once(0.030, 0.031, 0.032, 0.001).verdict, VERDICT_SLOWER);
}

TEST(one, changes_below_the_noise_are_not_told)
{
    CHECK_EQ(once(0.04, 0.05, 0.06, 0.05).reason, JUDGE_BELOW_NOISE);
    CHECK_EQ(once(-0.06, -0.05, -0.04, 0.07).reason, JUDGE_BELOW_NOISE);
    CHECK_EQ(once(0.04, 0.05, 0.06, 0.049).verdict, VERDICT_SLOWER);
}

TEST(one, instructions_have_a_limit_of_their_own)
{
    const struct figure above = figure(0.0051, 0.0051, 0.0051, 0);
    const struct figure below = figure(0.0049, 0.0049, 0.0049, 0);
    const struct figure none = figure(0, 0, 0, 0);

    CHECK_EQ(judge(&above, JUDGE_INSTRUCTIONS_LIMIT).verdict, VERDICT_SLOWER);
    CHECK_EQ(judge(&below, JUDGE_INSTRUCTIONS_LIMIT).verdict, VERDICT_NONE);
    CHECK_EQ(judge(&none, JUDGE_INSTRUCTIONS_LIMIT).verdict, VERDICT_NONE);
}

TEST(both, must_say_the_same)
{
    const struct figure slower = figure(0.04, 0.05, 0.06, 0.01);
    const struct figure faster = figure(-0.06, -0.05, -0.04, 0.01);
    const struct figure nothing = figure(-0.01, 0.001, 0.01, 0.01);

    CHECK_EQ(judge_both(&slower, &slower, JUDGE_TIME_LIMIT).verdict, VERDICT_SLOWER);
    CHECK_EQ(judge_both(&faster, &faster, JUDGE_TIME_LIMIT).verdict, VERDICT_FASTER);
    CHECK_EQ(judge_both(&slower, &nothing, JUDGE_TIME_LIMIT).reason, JUDGE_NOT_CONFIRMED);
    CHECK_EQ(judge_both(&slower, &faster, JUDGE_TIME_LIMIT).verdict, VERDICT_NONE);
    CHECK_EQ(judge_both(&nothing, &slower, JUDGE_TIME_LIMIT).verdict, VERDICT_NONE);
}

TEST(both, many_are_held_to_a_higher_level)
{
    CHECK(judge_level(1) > 0.9499 && judge_level(1) < 0.9501);
    CHECK(judge_level(5) > 0.9899 && judge_level(5) < 0.9901);
}

TESTS_BEGIN
ENTRY(one, clear_changes_are_told)
ENTRY(one, interval_with_zero_is_no_difference)
ENTRY(one, small_changes_are_not_told)
ENTRY(one, changes_below_the_noise_are_not_told)
ENTRY(one, instructions_have_a_limit_of_their_own)
ENTRY(both, must_say_the_same)
ENTRY(both, many_are_held_to_a_higher_level)
TESTS_END
