/* SPDX-License-Identifier: MIT
 *
 * Shrinking: a finding hidden in two hundred operations comes out as the few that it needs, known
 * beforehand, and stays the same finding.
 */
#define SUITE "shrink"
#include "check.h"

#include "shrink.h"
#include "stream.h"
#include "targets.h"

enum { NOISE_OPERATIONS = 200, TEXT_BYTES = 16384 };

/* What is hidden, and the shortest text that shows it. */
static const struct {
    const char *target;
    const char *hidden;
    const char *shortest;
    enum hb_oracle oracle;
} cases[] = {
    {"canary-place", "malloc 15 77\n", "add_range 0 128\nmalloc 0 77\n", HB_ORACLE_PLACE},
    {"canary-status", "malloc 15 77\n", "add_range 0 96\nmalloc 0 77\n", HB_ORACLE_STATUS},
    {"canary-guard", "malloc 15 77\n", "add_range 0 96\nmalloc 0 77\n", HB_ORACLE_GUARD},
    {"canary-overlap", "malloc 15 77\n", "add_range 0 128\nmalloc 0 1\nmalloc 1 77\n",
     HB_ORACLE_OVERLAP},
    {"canary-panic", "malloc 15 77\n", "add_range 0 96\nmalloc 0 77\n", HB_ORACLE_PANIC},
    {"canary-crash", "malloc 15 77\n", "add_range 0 96\nmalloc 0 77\n", HB_ORACLE_CRASH},
    {"seed", "malloc 15 16 align 3\n", "add_range 0 64\nmalloc 0 1 align 0\n", HB_ORACLE_STATUS},
    {"seed", "malloc 15 32\nfree 15\nfree 15 twice\n",
     "add_range 0 64\nmalloc 0 16\nfree 0\nfree 0 twice\n", HB_ORACLE_STATUS},
    {"seed", "add_range 30000 30000\n", "add_range 0 0\n", HB_ORACLE_STATUS},
    {"seed", "malloc 15 32\nfree 15 size 64\n", "add_range 0 64\nmalloc 0 1\nfree 0 size 0\n",
     HB_ORACLE_PANIC},
    {"canary-realloc-content", "malloc 15 32\nrealloc 15 77 align 8\n",
     "add_range 0 128\nmalloc 0 1\nrealloc 0 77\n", HB_ORACLE_CONTENT},
    {"canary-calloc", "calloc 15 7 11\n", "add_range 0 96\ncalloc 0 1 77\n", HB_ORACLE_CONTENT},
    {"canary-usable-changes", "malloc 15 77\nusable 15 +16\n",
     "add_range 0 96\nmalloc 0 77\nusable 0 +16\n", HB_ORACLE_UNCHANGED},
    {"canary-remove-in-use", "malloc 15 77\nremove_range 1\nremove_range 0\n",
     "add_range 0 96\nmalloc 0 77\nremove_range 0\n", HB_ORACLE_STATUS},
};
#define CASE_COUNT (sizeof cases / sizeof cases[0])

static const struct hb_target *target_called(const char *name)
{
    char error[256];
    const struct hb_target *target = hb_target_find(name, error, sizeof error);
    if (target == NULL) {
        printf("%s\n", error);
        exit(2);
    }
    return target;
}

/* Operations that even the seed plays rightly: what is allocated stays, sizes are multiples of 16,
 * and slot 15 stays empty. */
static size_t put_noise(char *text, size_t used, uint64_t *random, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const unsigned slot = (unsigned)(random_below(random, 15));
        const unsigned size = 16 + 16 * (unsigned)(random_below(random, 8));
        const char *const kinds[] = {"malloc", "calloc", "write", "check"};
        const char *kind = kinds[random_below(random, 4)];
        if (kind == kinds[0]) {
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "malloc %u %u align %u\n",
                                     slot, size, 1u << random_below(random, 5));
        } else if (kind == kinds[1]) {
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "calloc %u %u 16\n", slot,
                                     size / 16);
        } else if (kind == kinds[2]) {
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "write %u\n", slot);
        } else {
            used += (size_t)snprintf(text + used, TEXT_BYTES - used, "check\n");
        }
    }
    return used;
}

static struct hb_bytes hidden_in_noise(const char *hidden, uint64_t seed)
{
    static char text[TEXT_BYTES];
    uint64_t random = seed;
    size_t used = (size_t)snprintf(text, sizeof text,
                                   "heapbed 1 arena 32768 slots 16\n"
                                   "add_range 64 8192\nadd_range 9008 20000\n");
    used = put_noise(text, used, &random, NOISE_OPERATIONS / 2);
    used += (size_t)snprintf(text + used, sizeof text - used, "%s", hidden);
    (void)put_noise(text, used, &random, NOISE_OPERATIONS / 2);
    return stream_parse(text);
}

static void check_is_clean(const struct hb_bytes *bytes, const struct hb_target *target)
{
    const struct hb_run_options options = {.thorough = true, .catch_signals = true};
    const struct hb_ops ops = stream_view(bytes);
    struct hb_run_result result;
    CHECK(hb_run(&ops, target, &options, &result));
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
}

static size_t lines_of(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++) {
        lines += *text == '\n';
    }
    return lines;
}

static void check_replays(const struct hb_ops *ops, const struct hb_target *target,
                          const struct hb_verdict *verdict)
{
    const struct hb_run_options options = {
        .thorough = true, .catch_signals = true, .is_quiet = true};
    struct hb_run_result result;
    CHECK(hb_run_isolated(ops, target, &options, 60, &result));
    CHECK(hb_is_same_finding(&result.verdict, verdict));
    CHECK_EQ(result.verdict.op_index, verdict->op_index);
}

static void check_case(size_t index)
{
    const struct hb_target *target = target_called(cases[index].target);
    struct hb_bytes bytes = hidden_in_noise(cases[index].hidden, index + 1);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_bytes shrunk = {0};
    struct hb_run_result result;
    if (CHECK_EQ(hb_shrink(&ops, target, NULL, NULL, &shrunk, &result), HB_SHRINK_FINDING)) {
        const struct hb_ops view = stream_view(&shrunk);
        char *text = stream_text(&view);
        const char *operations = text + strcspn(text, "\n") + 1;
        bool ok = CHECK_EQ(result.verdict.oracle, cases[index].oracle);
        ok &= CHECK_EQ(view.count, lines_of(cases[index].shortest));
        ok &= CHECK(strcmp(operations, cases[index].shortest) == 0);
        check_replays(&view, target, &result.verdict);
        if (!ok) {
            printf("    %s, %s:\n%s", cases[index].target, cases[index].hidden, operations);
        }
        free(text);
        free(shrunk.data);
    }
    free(bytes.data);
}

TEST(noise, alone_is_clean_on_every_target)
{
    for (size_t i = 0; i < CASE_COUNT; i++) {
        struct hb_bytes bytes = hidden_in_noise("", i + 1);
        CHECK(stream_view(&bytes).count > NOISE_OPERATIONS);
        check_is_clean(&bytes, target_called(cases[i].target));
        free(bytes.data);
    }
}

TEST(finding, shrinks_to_the_operations_that_it_needs)
{
    for (size_t i = 0; i < CASE_COUNT; i++) {
        check_case(i);
    }
}

TEST(finding, is_shrunk_the_same_way_each_time)
{
    struct hb_bytes bytes = hidden_in_noise(cases[7].hidden, 99);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_bytes first = {0};
    struct hb_bytes second = {0};
    struct hb_run_result result;
    CHECK_EQ(hb_shrink(&ops, &hb_target_seed, NULL, NULL, &first, &result), HB_SHRINK_FINDING);
    CHECK_EQ(hb_shrink(&ops, &hb_target_seed, NULL, NULL, &second, &result), HB_SHRINK_FINDING);
    CHECK_EQ(first.count, second.count);
    CHECK(first.count == second.count && memcmp(first.data, second.data, first.count) == 0);
    free(first.data);
    free(second.data);
    free(bytes.data);
}

TEST(finding, of_two_in_a_stream_the_wanted_one_stays)
{
    struct hb_bytes bytes = stream_parse("add_range 0 1024\nmalloc 0 32\nmalloc 1 16 align 3\n");
    struct hb_bytes other = stream_parse("add_range 0 64\nmalloc 0 32\nfree 0\n");
    const struct hb_ops ops = stream_view(&bytes);
    const struct hb_ops other_ops = stream_view(&other);
    struct hb_bytes shrunk = {0};
    struct hb_run_result result;
    struct hb_run_result panic;
    CHECK_EQ(hb_shrink(&other_ops, &hb_target_seed, NULL, NULL, &shrunk, &panic),
             HB_SHRINK_FINDING);
    CHECK_EQ(panic.verdict.oracle, HB_ORACLE_PANIC);
    free(shrunk.data);
    shrunk = (struct hb_bytes){0};
    CHECK_EQ(hb_shrink(&ops, &hb_target_seed, &panic.verdict, NULL, &shrunk, &result),
             HB_SHRINK_CLEAN);
    CHECK(shrunk.data == NULL);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_STATUS); /* what it gives instead */
    const struct hb_verdict wanted = result.verdict;
    CHECK_EQ(hb_shrink(&ops, &hb_target_seed, &wanted, NULL, &shrunk, &result), HB_SHRINK_FINDING);
    CHECK_EQ(stream_view(&shrunk).count, 2);
    free(shrunk.data);
    free(bytes.data);
    free(other.data);
}

TEST(finding, needs_no_more_than_it_is_allowed)
{
    const struct hb_shrink_options options = {.runs_max = 3};
    struct hb_bytes bytes = hidden_in_noise(cases[0].hidden, 5);
    const struct hb_ops ops = stream_view(&bytes);
    const struct hb_target *target = target_called(cases[0].target);
    struct hb_bytes shrunk = {0};
    struct hb_run_result result;
    CHECK_EQ(hb_shrink(&ops, target, NULL, &options, &shrunk, &result), HB_SHRINK_FINDING);
    const struct hb_ops view = stream_view(&shrunk);
    CHECK(view.count < ops.count); /* the tail is cut at once */
    CHECK(view.count > 10);        /* and the rest would take more runs */
    check_replays(&view, target, &result.verdict);
    free(shrunk.data);
    free(bytes.data);
}

TEST(clean, streams_are_not_shrunk)
{
    struct hb_bytes bytes = hidden_in_noise("malloc 15 77\nfree 15\nfree 15 twice\n", 3);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_bytes shrunk = {0};
    struct hb_run_result result;
    CHECK_EQ(hb_shrink(&ops, &hb_target_bestfit, NULL, NULL, &shrunk, &result), HB_SHRINK_CLEAN);
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    CHECK(shrunk.data == NULL);
    free(bytes.data);
}

TEST(same, is_the_same_oracle_call_and_answers)
{
    const struct hb_verdict one = {.oracle = HB_ORACLE_STATUS,
                                   .call_kind = HB_CALL_FREE,
                                   .expected_status = HB_DOUBLE_FREE,
                                   .actual_status = HB_OK};
    struct hb_verdict other = one;
    other.op_index = 7;
    other.op.slot = 3;
    CHECK(hb_is_same_finding(&one, &other));
    other.oracle = HB_ORACLE_PLACE;
    CHECK(!hb_is_same_finding(&one, &other));
    other = one;
    other.call_kind = HB_CALL_MALLOC;
    CHECK(!hb_is_same_finding(&one, &other));
    other = one;
    other.expected_status = HB_OK;
    CHECK(!hb_is_same_finding(&one, &other));
    other = one;
    other.actual_status = HB_WRONG_SIZE;
    CHECK(!hb_is_same_finding(&one, &other));
}

TESTS_BEGIN
ENTRY(noise, alone_is_clean_on_every_target)
ENTRY(finding, shrinks_to_the_operations_that_it_needs)
ENTRY(finding, is_shrunk_the_same_way_each_time)
ENTRY(finding, of_two_in_a_stream_the_wanted_one_stays)
ENTRY(finding, needs_no_more_than_it_is_allowed)
ENTRY(clean, streams_are_not_shrunk)
ENTRY(same, is_the_same_oracle_call_and_answers)
TESTS_END
