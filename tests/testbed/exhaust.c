/* SPDX-License-Identifier: MIT
 *
 * The exhaustive search: on both indexes a heap of 96 bytes is clean to any depth, and a canary is
 * found with the fewest operations that show it. Runs in builds without the command line program
 * too: 32 bits.
 */
#define SUITE "exhaust"
#include "check.h"

#include "exhaust.h"
#include "targets.h"

#include <stdlib.h>

static bool always(void *context, const struct hb_exhaust_result *so_far, uint64_t transitions)
{
    (void)context;
    (void)so_far;
    (void)transitions;
    return true;
}

static bool never(void *context, const struct hb_exhaust_result *so_far, uint64_t transitions)
{
    (void)context;
    (void)so_far;
    (void)transitions;
    return false;
}

static struct hb_exhaust_scope scope_of(const struct hb_target *target)
{
    return (struct hb_exhaust_scope){.target = target,
                                     .range_bytes = {96, 0},
                                     .sizes = {1, 24, 40},
                                     .size_count = 3,
                                     .aligns = {1},
                                     .align_count = 1,
                                     .depth = 30,
                                     .jobs = 1,
                                     .states_max = 1000000};
}

static void check_covered(const struct hb_target *target)
{
    const struct hb_exhaust_scope scope = scope_of(target);
    struct hb_exhaust_result result;
    if (!CHECK(hb_exhaust(&scope, always, NULL, &result))) {
        return;
    }
    CHECK(!result.has_finding);
    CHECK(result.is_complete);
    CHECK(result.is_closed);
    CHECK_EQ(result.levels[result.depth].states, 0);
    CHECK(result.depth > 5);
    CHECK(result.states > 100);
    CHECK(result.transitions > 5 * result.states);
    CHECK(result.wrong_calls > result.transitions);
    uint64_t states = 0;
    uint64_t merged = 0;
    for (unsigned i = 0; i <= result.depth; i++) {
        states += result.levels[i].states;
        merged += result.levels[i].merged;
    }
    CHECK_EQ(states, result.states);
    CHECK_EQ(merged, result.transitions - (result.states - 1)); /* each leads somewhere */
    printf("%s: %u operations deep, %llu states, %llu transitions, %llu wrong calls\n",
           target->name, result.depth, (unsigned long long)result.states,
           (unsigned long long)result.transitions, (unsigned long long)result.wrong_calls);
}

TEST(heap_of_96_bytes, is_clean_to_any_depth_with_the_bitmap_index)
{
    check_covered(&hb_target_bestfit_small);
}

TEST(heap_of_96_bytes, is_clean_to_any_depth_with_the_list_index)
{
    check_covered(&hb_target_bestfit_list);
}

/* Hands out a live block once more, where it is asked for 77 bytes. */
static struct hb_exhaust_scope broken_scope(void)
{
    char error[256];
    struct hb_exhaust_scope scope = scope_of(hb_target_find("canary-overlap", error, sizeof error));
    scope.range_bytes[0] = 160;
    scope.sizes[2] = 77;
    return scope;
}

TEST(search, finds_the_shortest_sequence_that_fails)
{
    const struct hb_exhaust_scope scope = broken_scope();
    struct hb_exhaust_result result;
    if (!CHECK(hb_exhaust(&scope, always, NULL, &result))) {
        return;
    }
    CHECK(result.has_finding);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_OVERLAP);
    CHECK(result.finding.data != NULL);
    CHECK(!result.is_complete);
    CHECK_EQ(result.verdict.op_index, 2); /* add_range, malloc, malloc */
    const struct hb_ops ops = hb_ops_view(result.finding.data, result.finding.count);
    const struct hb_run_options options = {.thorough = true, .catch_signals = true};
    struct hb_run_result run;
    CHECK(hb_run(&ops, scope.target, &options, &run));
    CHECK_EQ(run.verdict.oracle, result.verdict.oracle);
    free(result.finding.data);
}

/* With one operation less there is nothing. */
TEST(search, finds_nothing_shorter)
{
    struct hb_exhaust_scope scope = broken_scope();
    struct hb_exhaust_result result;
    CHECK(hb_exhaust(&scope, always, NULL, &result));
    free(result.finding.data);
    scope.depth = result.depth;
    CHECK(scope.depth > 0);
    CHECK(hb_exhaust(&scope, always, NULL, &result));
    CHECK(!result.has_finding);
    CHECK(result.is_complete);
}

TEST(search, that_is_ended_early_is_not_complete)
{
    const struct hb_exhaust_scope scope = scope_of(&hb_target_bestfit_list);
    struct hb_exhaust_result result;
    CHECK(hb_exhaust(&scope, never, NULL, &result));
    CHECK(!result.is_complete);
    CHECK(!result.has_finding);
}

TEST(search, that_may_keep_no_more_states_is_not_complete)
{
    struct hb_exhaust_scope scope = scope_of(&hb_target_bestfit_list);
    struct hb_exhaust_result result;
    scope.states_max = 50;
    CHECK(hb_exhaust(&scope, always, NULL, &result));
    CHECK(!result.is_complete);
    CHECK_EQ(result.states, 50);
}

TESTS_BEGIN
ENTRY(heap_of_96_bytes, is_clean_to_any_depth_with_the_bitmap_index)
ENTRY(heap_of_96_bytes, is_clean_to_any_depth_with_the_list_index)
ENTRY(search, finds_the_shortest_sequence_that_fails)
ENTRY(search, finds_nothing_shorter)
ENTRY(search, that_is_ended_early_is_not_complete)
ENTRY(search, that_may_keep_no_more_states_is_not_complete)
TESTS_END
