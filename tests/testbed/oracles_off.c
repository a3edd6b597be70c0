/* SPDX-License-Identifier: MIT
 *
 * Oracles that are switched off, and the contract of another's allocator: what is off does not
 * speak, what is left over still does, and nothing raises a false alarm.
 */
#define SUITE "oracles_off"
#include "check.h"

#include "generate.h"
#include "stream.h"
#include "targets.h"
#include "targets/canary.h"
#include "uninstrumented.h"

#define OPERATIONS 3000u

static const struct hb_target *const cores[] = {
    &hb_target_bestfit,
    &hb_target_bestfit_list,
    &hb_target_bestfit_small,
    &hb_target_bestfit_large,
    &hb_target_bestfit_off,
    &hb_target_bestfit_paranoid,
    &hb_target_bestfit_quarantine,
    &hb_target_bestfit_list_quarantine,
#if HB_HAS_SHADOW
    &hb_target_bestfit_annotated,
#endif
};
#define CORE_COUNT (sizeof cores / sizeof cores[0])

static struct hb_run_result run(const char *text, const char *name, uint32_t without,
                                bool is_foreign)
{
    const struct hb_run_options options = {.thorough = true,
                                           .catch_signals = true,
                                           .is_quiet = true,
                                           .run_twice = true,
                                           .without = without,
                                           .is_foreign = is_foreign};
    char error[256];
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_run_result result = {0};
    const struct hb_target *target = hb_target_find(name, error, sizeof error);
    CHECK(target != NULL && hb_run_isolated(&ops, target, &options, 60, &result));
    free(bytes.data);
    return result;
}

static enum hb_oracle speaker(const char *text, const char *name, uint32_t without)
{
    return run(text, name, without, false).verdict.oracle;
}

static struct hb_run_counts check_clean(const struct hb_target *target, uint64_t number,
                                        const struct hb_run_options *options)
{
    struct hb_bytes bytes;
    struct hb_run_result result = {0};
    const unsigned smash_every = options->is_corrupting ? 32 : 0;
    CHECK(hb_generate(number, (enum hb_stream_kind)(number % HB_STREAM_KIND_COUNT), OPERATIONS,
                      smash_every, &bytes));
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    CHECK(hb_run(&ops, target, options, &result));
    if (!CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE)) {
        printf("    %s%s, stream %u, without %x: %s at operation %zu: expected %s, actual %s\n",
               target->name, options->is_foreign ? ", foreign" : "", (unsigned)number,
               (unsigned)options->without, hb_oracle_name(result.verdict.oracle),
               result.verdict.op_index, result.verdict.expected, result.verdict.actual);
    }
    free(bytes.data);
    return result.counts;
}

TEST(clean, the_core_is_with_each_oracle_off)
{
    for (unsigned oracle = HB_ORACLE_NONE; oracle < HB_ORACLE_COUNT; oracle++) {
        const struct hb_run_options options = {.without = HB_ORACLE_BIT(oracle) & ~1u};
        for (size_t i = 0; i < CORE_COUNT; i++) {
            CHECK(check_clean(cores[i], oracle + i, &options).operations > OPERATIONS / 4);
        }
    }
}

TEST(clean, the_core_is_under_the_contract_of_another)
{
    for (unsigned number = 0; number < 4 * HB_STREAM_KIND_COUNT; number++) {
        const struct hb_run_options options = {.is_foreign = true, .thorough = number % 8 == 0};
        for (size_t i = 0; i < CORE_COUNT; i++) {
            CHECK(check_clean(cores[i], number, &options).operations > OPERATIONS / 16);
        }
    }
}

TEST(clean, the_core_is_when_overwritten_under_the_contract_of_another)
{
    uint64_t smashes = 0;
    for (unsigned number = 0; number < 2 * HB_STREAM_KIND_COUNT; number++) {
        const struct hb_run_options options = {.is_foreign = true, .is_corrupting = true};
        smashes += check_clean(&hb_target_bestfit, number, &options).smashes;
        smashes += check_clean(&hb_target_bestfit_paranoid, number, &options).smashes;
    }
    CHECK(smashes > 4 * HB_STREAM_KIND_COUNT);
}

/* The ranges that the ledger goes by have to be those that the target has. */
#define PLACES_OTHERWISE                                                                           \
    "heapbed 1 arena 4096 slots 16\nadd_range 0 256\nadd_range 512 1024\nmalloc 0 77\n"            \
    "malloc 1 16\nadd_range 1024 2048\nfree 0\nremove_range 2\nmalloc 2 40\nremove_range 0\n"      \
    "add_range 2048 4096\nmalloc 3 1500\nrealloc 3 1600\nfree 3\ncalloc 4 3 20\n"

TEST(off, an_oracle_does_not_speak)
{
    static const struct {
        const char *name;
        const char *text;
        enum hb_oracle oracle;
        enum hb_oracle next; /* to speak, where that one is off */
    } canaries[] = {
        {"canary-status", "add_range 0 256\nmalloc 0 77\ncheck", HB_ORACLE_STATUS, HB_ORACLE_NONE},
        {"canary-place", PLACES_OTHERWISE, HB_ORACLE_PLACE, HB_ORACLE_STATUS},
        {"canary-align", "add_range 0 256\nmalloc 0 77\nwrite 0", HB_ORACLE_ALIGN, HB_ORACLE_PLACE},
        {"canary-guard", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_GUARD,
         HB_ORACLE_NONE},
        {"canary-unchanged-out", "add_range 0 256\nmalloc 0 77\nmalloc 1 9999\nfree 0",
         HB_ORACLE_UNCHANGED, HB_ORACLE_NONE},
        {"canary-check", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_CHECK,
         HB_ORACLE_NONE},
        {"canary-stats", "add_range 0 256\nmalloc 0 77\nmalloc 1 16", HB_ORACLE_STATS,
         HB_ORACLE_DRAIN},
        {"canary-replay", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_REPLAY, HB_ORACLE_NONE},
        {"canary-bound", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_BOUND, HB_ORACLE_NONE},
        {"canary-panic", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_PANIC, HB_ORACLE_NONE},
        {"canary-crash", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_CRASH, HB_ORACLE_NONE},
        {"canary-hang", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_HANG, HB_ORACLE_NONE},
        {"canary-calloc", "add_range 0 256\ncalloc 0 1 77\nfree 0", HB_ORACLE_CONTENT,
         HB_ORACLE_NONE},
#if HB_HAS_SHADOW
        {"canary-shadow-slack", "add_range 0 256\nmalloc 0 77\nfree 0", HB_ORACLE_SHADOW,
         HB_ORACLE_NONE},
#endif
    };
    for (size_t i = 0; i < sizeof canaries / sizeof canaries[0]; i++) {
        const enum hb_oracle oracle = canaries[i].oracle;
        CHECK_EQ(speaker(canaries[i].text, canaries[i].name, 0), oracle);
        const enum hb_oracle other =
            speaker(canaries[i].text, canaries[i].name, HB_ORACLE_BIT(oracle));
        CHECK_EQ(other, canaries[i].next);
    }
}

TEST(names, are_read_as_a_list)
{
    uint32_t bits = 1;
    CHECK(hb_oracles_from_names(NULL, &bits) && bits == 0);
    CHECK(hb_oracles_from_names("", &bits) && bits == 0);
    CHECK(hb_oracles_from_names("place,outside-chunk", &bits));
    CHECK_EQ(bits, HB_ORACLE_BIT(HB_ORACLE_PLACE) | HB_ORACLE_BIT(HB_ORACLE_OUTSIDE_CHUNK));
    CHECK(!hb_oracles_from_names("place,nonsense", &bits));
    CHECK(!hb_oracles_from_names("none", &bits));
}

TESTS_BEGIN
ENTRY(clean, the_core_is_with_each_oracle_off)
ENTRY(clean, the_core_is_under_the_contract_of_another)
ENTRY(clean, the_core_is_when_overwritten_under_the_contract_of_another)
ENTRY(off, an_oracle_does_not_speak)
ENTRY(names, are_read_as_a_list)
TESTS_END
