/* SPDX-License-Identifier: MIT
 *
 * The canaries of the harness corrupt: the core, and beside it the core with one thing done wrong
 * once the heap has been overwritten. Each is heard by the oracle that it is for, or counted as the
 * miss that it is (after damage by one who knows the key it is no matter of odds, and not counted);
 * and without a smash it is all lockstep.
 */
#define SUITE "corrupt"
#include "check.h"

#include "targets.h"
#include "testbed/stream.h"

/* What the canary does at the fourth malloc, which comes after the smash. */
enum wrong { BEHAVES, OUTSIDE, WRITES_OUTSIDE, OVERLAPS, WRITES_LIVE, CHANGES, LOOPS, ODD_STATUS };

static const struct hb_target *core;
static enum wrong wrong;
static struct hb_host *host;
static unsigned malloc_count;
static uint8_t *first_payload;
static uint8_t *last_end;

static void canary_init(void *state, struct hb_host *given)
{
    host = given;
    malloc_count = 0;
    core->init(state, given);
}

static enum hb_status canary_add_range(void *state, void *begin, void *end)
{
    last_end = end;
    return core->add_range(state, begin, end);
}

static enum hb_status do_wrong(void *state, void **out)
{
    switch (wrong) {
    case OUTSIDE:
        *out = last_end + 64;
        return HB_OK;
    case OVERLAPS:
        *out = first_payload;
        return HB_OK;
    case WRITES_OUTSIDE:
        last_end[8] = 1;
        return HB_OUT_OF_MEMORY;
    case CHANGES:
        *(uint8_t *)state ^= 1;
        return HB_OUT_OF_MEMORY;
    case LOOPS:
        while (true) {
            hb_step(host);
        }
    case ODD_STATUS:
        return HB_STATUS_COUNT;
    default:
        return HB_OUT_OF_MEMORY;
    }
}

static enum hb_status canary_malloc(void *state, size_t size, size_t align, void **out)
{
    if (++malloc_count == 4 && wrong == WRITES_LIVE) {
        first_payload[3] ^= 1;
    } else if (malloc_count == 4 && wrong != BEHAVES) {
        return do_wrong(state, out);
    }
    const enum hb_status status = core->malloc(state, size, align, out);
    if (malloc_count == 1) {
        first_payload = *out;
    }
    return status;
}

static struct hb_run_result run_as(enum wrong what, const char *text, bool is_corrupting)
{
    char error[256];
    core = hb_target_find("bestfit-small", error, sizeof error);
    struct hb_target canary = *core;
    canary.name = "canary";
    canary.init = canary_init;
    canary.add_range = canary_add_range;
    canary.malloc = canary_malloc;
    wrong = what;
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    const struct hb_run_options options = {
        .thorough = true, .catch_signals = true, .is_corrupting = is_corrupting};
    struct hb_run_result result;
    if (!hb_run(&ops, &canary, &options, &result)) {
        exit(2);
    }
    free(bytes.data);
    return result;
}

static const char smashed[] = "add_range 0 4096\n"
                              "malloc 0 40\nmalloc 1 40\nmalloc 2 40\nfree 2\n"
                              "smash 1 header +0 with random 8\n"
                              "malloc 3 500\n"
                              "free 0\nfree 1\n";

/* As smashed; what lies is the header of the first block, with its checksum right. */
static const char damaged[] = "add_range 0 4096\n"
                              "malloc 0 40\nmalloc 1 40\nmalloc 2 40\nfree 2\n"
                              "damage 0 16\n"
                              "malloc 3 500\n"
                              "check\nfree 0\nfree 1\n";

static void check_oracle_of(const char *text, enum wrong what, enum hb_oracle oracle)
{
    const struct hb_run_result result = run_as(what, text, true);
    if (!CHECK_EQ(result.verdict.oracle, oracle)) {
        printf("    %s: %s\n", hb_oracle_name(result.verdict.oracle), result.verdict.actual);
    }
    CHECK(!result.is_inconclusive);
}

static void check_oracle(enum wrong what, enum hb_oracle oracle)
{
    check_oracle_of(smashed, what, oracle);
    check_oracle_of(damaged, what, oracle);
}

static void check_miss(enum wrong what, enum hb_miss miss)
{
    const struct hb_run_result result = run_as(what, smashed, true);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK(result.is_inconclusive);
    CHECK_EQ(result.counts.misses[miss], 1);
    const struct hb_run_result with_key = run_as(what, damaged, true);
    CHECK_EQ(with_key.verdict.oracle, HB_ORACLE_NONE);
    CHECK(with_key.is_inconclusive);
    CHECK_EQ(with_key.counts.misses[miss], 0);
}

TEST(core, behaves_or_reports)
{
    const struct hb_run_result result = run_as(BEHAVES, smashed, true);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK_EQ(result.counts.smashes, 1);
    CHECK(result.counts.smashed_calls > 0);
}

TEST(core, without_the_mode_a_smash_is_passed_over)
{
    const struct hb_run_result result = run_as(BEHAVES, smashed, false);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK_EQ(result.counts.smashes, 0);
}

static uint64_t no_ops_of(const char *target, const char *text, bool is_corrupting)
{
    char error[256];
    const struct hb_target *found = hb_target_find(target, error, sizeof error);
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    const struct hb_run_options options = {.thorough = true, .is_corrupting = is_corrupting};
    struct hb_run_result result;
    if (found == NULL || !hb_run(&ops, found, &options, &result)) {
        exit(2);
    }
    free(bytes.data);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK_EQ(result.counts.smashed_calls != 0, result.counts.no_ops == 0);
    return result.counts.no_ops;
}

/* It needs the mode, and a target that knows where it keeps what. */
TEST(core, damage_is_done_or_passed_over)
{
    CHECK_EQ(no_ops_of("bestfit", damaged, true), 0);
    CHECK_EQ(no_ops_of("bestfit-list", damaged, true), 0);
    CHECK_EQ(no_ops_of("bestfit-quarantine", damaged, true), 0);
    CHECK_EQ(no_ops_of("bestfit", damaged, false), 1);
    CHECK_EQ(no_ops_of("bestfit-off", damaged, true), 1);
}

/* A stride that goes on over the block behind, where a checksum no longer stands in the way: each
 * is noticed as what it is. */
TEST(core, damage_is_behind_the_checksum)
{
    const struct hb_run_result result = run_as(BEHAVES, damaged, true);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK_EQ(result.counts.smashes, 0);
    CHECK(result.counts.smashed_calls > 0);
    CHECK(result.counts.detections > 0);
}

TEST(core, a_seed_stands_for_what_is_drawn)
{
    const struct hb_run_result first = run_as(BEHAVES, smashed, true);
    const struct hb_run_result second = run_as(BEHAVES, smashed, true);
    CHECK(first.draw_seed != 0);
    CHECK_EQ(first.draw_seed, second.draw_seed);
    CHECK_EQ(first.trace_hash, second.trace_hash);
}

TEST(always, a_block_outside_is_heard)
{
    check_oracle(OUTSIDE, HB_ORACLE_OUTSIDE_CHUNK);
}

TEST(always, a_write_outside_is_heard)
{
    check_oracle(WRITES_OUTSIDE, HB_ORACLE_ARBITRARY_WRITE);
}

TEST(always, a_refusal_that_changes_something_is_heard)
{
    check_oracle(CHANGES, HB_ORACLE_UNCHANGED);
}

TEST(always, an_endless_loop_is_heard)
{
    check_oracle(LOOPS, HB_ORACLE_HANG);
}

TEST(always, a_status_that_is_none_is_heard)
{
    check_oracle(ODD_STATUS, HB_ORACLE_STATUS);
}

TEST(odds, a_block_that_overlaps_is_counted)
{
    check_miss(OVERLAPS, HB_MISS_OVERLAPPING_CHUNKS);
}

TEST(odds, a_write_to_live_bytes_is_counted)
{
    check_miss(WRITES_LIVE, HB_MISS_RESTRICTED_WRITE);
}

/* Before the first smash everything is judged by the model. */
TEST(lockstep, until_the_first_smash)
{
    static const char text[] = "add_range 0 4096\nmalloc 0 40\nmalloc 1 40\nmalloc 2 40\n"
                               "malloc 3 500\nsmash 2 header +0 with random 8\n";
    const struct hb_run_result result = run_as(OVERLAPS, text, true);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_OVERLAP);
}

TESTS_BEGIN
ENTRY(core, behaves_or_reports)
ENTRY(core, without_the_mode_a_smash_is_passed_over)
ENTRY(core, damage_is_done_or_passed_over)
ENTRY(core, damage_is_behind_the_checksum)
ENTRY(core, a_seed_stands_for_what_is_drawn)
ENTRY(always, a_block_outside_is_heard)
ENTRY(always, a_write_outside_is_heard)
ENTRY(always, a_refusal_that_changes_something_is_heard)
ENTRY(always, an_endless_loop_is_heard)
ENTRY(always, a_status_that_is_none_is_heard)
ENTRY(odds, a_block_that_overlaps_is_counted)
ENTRY(odds, a_write_to_live_bytes_is_counted)
ENTRY(lockstep, until_the_first_smash)
TESTS_END
