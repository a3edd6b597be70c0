/* SPDX-License-Identifier: MIT
 *
 * Every oracle objects to the target that is broken in just its way, by its own name, both with all
 * oracles on after every operation and with the amortised ones at the end of the stream; and to
 * nothing where the canary does not sing. An oracle that has gone blind fails here.
 */
#define SUITE "canaries"
#include "check.h"

#include "stream.h"
#include "targets.h"
#include "targets/canary.h"
#include "uninstrumented.h"

#define AT_END SIZE_MAX

static const struct {
    const char *name;
    const char *text;
    enum hb_oracle oracle;
    size_t op_thorough;  /* the operation that the verdict names; AT_END: the drain */
    size_t op_amortised; /* the same where the looks at the whole heap are amortised */
} canaries[] = {
    {"canary-status", "add_range 0 256\nmalloc 0 77\ncheck", HB_ORACLE_STATUS, 1, 1},
    {"canary-place", "add_range 0 256\nmalloc 0 77\ncheck", HB_ORACLE_PLACE, 1, 1},
    {"canary-align", "add_range 0 256\nmalloc 0 77\nwrite 0", HB_ORACLE_ALIGN, 1, 1},
    {"canary-inside", "add_range 0 256\nmalloc 0 77\nwrite 0", HB_ORACLE_INSIDE, 1, 1},
    {"canary-overlap", "add_range 0 256\nmalloc 0 16\nmalloc 1 77\nwrite 0", HB_ORACLE_OVERLAP, 2,
     2},
    {"canary-content", "add_range 0 256\nmalloc 0 16\nmalloc 1 77\nmalloc 2 16\nfree 0",
     HB_ORACLE_CONTENT, 2, 4},
    {"canary-guard", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_GUARD, 1, AT_END},
    {"canary-unchanged", "add_range 0 256\nmalloc 0 77\nfree 0 interior +16\nfree 0",
     HB_ORACLE_UNCHANGED, 2, 2},
    {"canary-unchanged-state", "add_range 0 256\nmalloc 0 77\nfree 0 size 1\nfree 0",
     HB_ORACLE_UNCHANGED, 2, 2},
    {"canary-unchanged-foreign", "add_range 0 256\nmalloc 0 77\nfree 0 interior +16\nfree 0",
     HB_ORACLE_UNCHANGED, 2, 2},
    {"canary-unchanged-out", "add_range 0 256\nmalloc 0 77\nmalloc 1 9999\nfree 0",
     HB_ORACLE_UNCHANGED, 2, 2},
    {"canary-check", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_CHECK, 1, AT_END},
    {"canary-stats", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_STATS, 1, 1},
    {"canary-walk", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_STATS, 1, AT_END},
    {"canary-drain", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_DRAIN, AT_END, AT_END},
    {"canary-replay", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_REPLAY, AT_END, AT_END},
    {"canary-bound", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_BOUND, 1, 1},
    {"canary-panic", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_PANIC, 1, 1},
    {"canary-crash", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_CRASH, 1, 1},
    {"canary-sanitizer", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_SANITIZER, 1, 1},
    {"canary-hang", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_HANG, 1, 1},
    {"canary-hang-uncounted", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_HANG, 1, 1},
    {"canary-realloc-content", "add_range 0 512\nmalloc 0 16\nrealloc 0 77\nfree 0",
     HB_ORACLE_CONTENT, 2, 2},
    {"canary-realloc-place", "add_range 0 512\nmalloc 0 70\nrealloc 0 77\nfree 0", HB_ORACLE_PLACE,
     2, 2},
    {"canary-realloc-out", "add_range 0 512\nmalloc 0 77\nrealloc 0 9999\nfree 0",
     HB_ORACLE_UNCHANGED, 2, 2},
    {"canary-calloc", "add_range 0 256\ncalloc 0 1 77\nfree 0", HB_ORACLE_CONTENT, 1, 1},
    {"canary-usable", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_STATS, 1, 1},
    {"canary-usable-changes", "add_range 0 256\nmalloc 0 77\nusable 0", HB_ORACLE_UNCHANGED, 2, 2},
    {"canary-owns", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_STATS, 1, 1},
    {"canary-remove-in-use", "add_range 0 256\nmalloc 0 77\nremove_range 0\nfree 0",
     HB_ORACLE_STATUS, 2, 2},
    {"canary-remove-foreign", "add_range 0 256\nmalloc 0 77\nremove_range 0\nfree 0",
     HB_ORACLE_STATUS, 2, 2},
    {"canary-remove-writes",
     "add_range 0 256\nadd_range 1024 1280\nmalloc 0 77\nremove_range 1\nfree 0", HB_ORACLE_GUARD,
     4, AT_END},
    {"canary-peak", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_STATS, 2, 2},
    {"canary-largest", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_STATS, 1, 1},
    {"canary-failed-calls", "add_range 0 256\nmalloc 0 77\nfree 0 size 1\nfree 0", HB_ORACLE_STATS,
     2, 2},
    {"canary-wrong-pointer", "add_range 0 256\nmalloc 0 77\nfree 0 interior +16\nfree 0",
     HB_ORACLE_STATUS, 2, 2},
#if HB_HAS_SHADOW
    {"canary-shadow-slack", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_SHADOW, 1, 1},
    {"canary-shadow-header", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_SHADOW, 1, 1},
    {"canary-shadow-live", "add_range 0 256\nmalloc 0 77\nwrite 0", HB_ORACLE_SHADOW, 1, 1},
    {"canary-shadow-outside", "add_range 0 96\nmalloc 0 77\nfree 0", HB_ORACLE_SHADOW, 1, 1},
    {"canary-shadow-far", "add_range 0 512\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_SHADOW, 1, AT_END},
    {"canary-shadow-free", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_SHADOW, 2, 2},
    {"canary-shadow-refused", "add_range 0 256\nmalloc 0 77\nfree 0 size 1\nfree 0",
     HB_ORACLE_SHADOW, 2, 2},
    {"canary-shadow-resize", "add_range 0 256\nmalloc 0 90\nrealloc 0 77\nfree 0", HB_ORACLE_SHADOW,
     2, 2},
    {"canary-shadow-remove", "add_range 0 256\nadd_range 1024 1280\nmalloc 0 77\nremove_range 1",
     HB_ORACLE_SHADOW, 3, 3},
    {"canary-shadow-usable", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_STATS, 1, 1},
#endif
};
#define CANARY_COUNT (sizeof canaries / sizeof canaries[0])

/* On an ordinary build the sanitizer's canary ends its process, which is a crash. */
static enum hb_oracle expected_oracle(size_t index)
{
    const enum hb_oracle oracle = canaries[index].oracle;
    return oracle == HB_ORACLE_SANITIZER && !HB_IS_SANITIZED ? HB_ORACLE_CRASH : oracle;
}

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

static struct hb_run_result run(const char *text, const struct hb_target *target, bool is_thorough)
{
    const struct hb_run_options options = {
        .thorough = is_thorough, .catch_signals = true, .run_twice = true, .is_quiet = true};
    const bool is_endless = strcmp(target->name, "canary-hang-uncounted") == 0;
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_run_result result = {0};
    unsigned seconds = is_endless ? 1 : 60;
    /* Where the machine is that slow, the same with more time. */
    while (!hb_run_isolated(&ops, target, &options, seconds, &result) && seconds < 240) {
        seconds *= 2;
    }
    CHECK(seconds < 240);
    free(bytes.data);
    return result;
}

static size_t operation_count(const char *text)
{
    struct hb_bytes bytes = stream_parse(text);
    const size_t count = stream_view(&bytes).count;
    free(bytes.data);
    return count;
}

static void check_sings(size_t index, bool is_thorough)
{
    const char *text = canaries[index].text;
    const struct hb_target *target = target_called(canaries[index].name);
    const struct hb_verdict verdict = run(text, target, is_thorough).verdict;
    const size_t at = is_thorough ? canaries[index].op_thorough : canaries[index].op_amortised;
    bool ok = CHECK_EQ(verdict.oracle, expected_oracle(index));
    ok &= CHECK_EQ(verdict.op_index, at == AT_END ? operation_count(text) : at);
    ok &= CHECK(verdict.expected[0] != '\0' && verdict.actual[0] != '\0');
    ok &= CHECK(strcmp(verdict.expected, verdict.actual) != 0);
    if (!ok) {
        printf("    %s, %s: the oracle %s at operation %zu: expected %s, actual %s\n",
               canaries[index].name, is_thorough ? "thorough" : "amortised",
               hb_oracle_name(verdict.oracle), verdict.op_index, verdict.expected, verdict.actual);
    }
}

TEST(table, has_every_canary_once)
{
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        CHECK(hb_canary(i) != NULL);
    }
    CHECK(hb_canary(CANARY_COUNT) == NULL);
    for (size_t i = 0; i < CANARY_COUNT && hb_canary(i) != NULL; i++) {
        unsigned found = 0;
        for (size_t at = 0; at < CANARY_COUNT; at++) {
            found += strcmp(canaries[at].name, hb_canary(i)->name) == 0;
        }
        if (!CHECK_EQ(found, 1)) {
            printf("    %s\n", hb_canary(i)->name);
        }
    }
}

TEST(table, has_every_oracle)
{
    /* those from DIFFER on need two targets, or a heap that is overwritten: see tests/fuzz */
    for (unsigned oracle = HB_ORACLE_NONE + 1; oracle < HB_ORACLE_DIFFER; oracle++) {
        /* the poison map is there for AddressSanitizer alone */
        bool is_covered = oracle == HB_ORACLE_SHADOW && !HB_HAS_SHADOW;
        for (size_t i = 0; i < CANARY_COUNT; i++) {
            is_covered |= canaries[i].oracle == oracle;
        }
        if (!CHECK(is_covered)) {
            printf("    no canary for the oracle %s\n", hb_oracle_name(oracle));
        }
    }
}

TEST(thorough, every_canary_is_heard_by_its_oracle)
{
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        check_sings(i, true);
    }
}

TEST(amortised, every_canary_is_heard_by_its_oracle)
{
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        check_sings(i, false);
    }
}

/* In a long stream the looks at the whole heap come before its end. */
TEST(amortised, a_long_stream_is_looked_at_on_the_way)
{
    enum { TURNS = 2000 };
    static char text[64 + TURNS * 32];
    size_t used = (size_t)snprintf(text, sizeof text,
                                   "heapbed 1 arena 4096 slots 16\n"
                                   "add_range 0 256\nmalloc 0 77\n");
    for (unsigned i = 0; i < TURNS; i++) {
        used += (size_t)snprintf(text + used, sizeof text - used, "malloc 1 16\nfree 1\n");
    }
    static const char *const names[] = {
        "canary-guard",
        "canary-check",
        "canary-walk",
#if HB_HAS_SHADOW
        "canary-shadow-far",
#endif
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct hb_verdict verdict = run(text, target_called(names[i]), false).verdict;
        CHECK(verdict.oracle != HB_ORACLE_NONE);
        CHECK(verdict.op_index > 1 && verdict.op_index < TURNS);
    }
}

/* The same stream with a size that no canary knows. */
static void without_trigger(const char *text, char *plain, size_t plain_bytes)
{
    (void)snprintf(plain, plain_bytes, "%s", text);
    for (char *at = plain; (at = strstr(at, " 77\n")) != NULL;) {
        memcpy(at, " 78\n", 4);
    }
}

TEST(silence, a_canary_without_its_trigger_is_clean)
{
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        char plain[256];
        without_trigger(canaries[i].text, plain, sizeof plain);
        CHECK(strcmp(plain, canaries[i].text) != 0);
        if (strcmp(canaries[i].name, "canary-drain") == 0) {
            (void)snprintf(plain, sizeof plain,
                           "add_range 0 96\nmalloc 0 77\nfree 0"); /* no split */
        }
        const struct hb_verdict verdict =
            run(plain, target_called(canaries[i].name), i % 2 == 0).verdict;
        if (!CHECK_EQ(verdict.oracle, HB_ORACLE_NONE)) {
            printf("    %s: %s: expected %s, actual %s\n", canaries[i].name,
                   hb_oracle_name(verdict.oracle), verdict.expected, verdict.actual);
        }
    }
}

TEST(silence, bestfit_is_clean_on_every_stream_of_the_table)
{
    for (size_t i = 0; i < CANARY_COUNT; i++) {
        for (unsigned thorough = 0; thorough < 2; thorough++) {
            const struct hb_run_result result =
                run(canaries[i].text, &hb_target_bestfit, thorough != 0);
            CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
            CHECK(result.counts.operations > 2);
        }
    }
}

TEST(names, of_oracles_go_there_and_back)
{
    for (unsigned oracle = 0; oracle < HB_ORACLE_COUNT; oracle++) {
        CHECK_EQ(hb_oracle_from_name(hb_oracle_name(oracle)), oracle);
    }
    CHECK_EQ(hb_oracle_from_name("no such oracle"), HB_ORACLE_NONE);
    CHECK(strcmp(hb_oracle_name(HB_ORACLE_SANITIZER), "sanitizer") == 0);
}

TESTS_BEGIN
ENTRY(table, has_every_canary_once)
ENTRY(table, has_every_oracle)
ENTRY(thorough, every_canary_is_heard_by_its_oracle)
ENTRY(amortised, every_canary_is_heard_by_its_oracle)
ENTRY(amortised, a_long_stream_is_looked_at_on_the_way)
ENTRY(silence, a_canary_without_its_trigger_is_clean)
ENTRY(silence, bestfit_is_clean_on_every_stream_of_the_table)
ENTRY(names, of_oracles_go_there_and_back)
TESTS_END
