/* SPDX-License-Identifier: MIT
 *
 * The poison map, and the oracle that compares it: in builds with AddressSanitizer. That the map is
 * read rightly is asked of AddressSanitizer byte by byte; that no wrong byte of it goes unseen is
 * tried with every wrong state of every granule; and the annotated core is clean.
 */
#define SUITE "shadow"
#include "check.h"

#include "generate.h"
#include "run_state.h"
#include "shadow.h"
#include "stream.h"
#include "targets.h"

#if HB_HAS_SHADOW

#include <sanitizer/asan_interface.h>

static const char *const annotated[] = {"bestfit-annotated", "bestfit-list-annotated",
                                        "bestfit-quarantine-annotated"};
#define ANNOTATED_COUNT (sizeof annotated / sizeof annotated[0])

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

static _Alignas(8) uint8_t bytes[32];

static bool is_read_rightly(void)
{
    for (size_t i = 0; i < sizeof bytes; i++) {
        const uintptr_t granule = (uintptr_t)bytes + i / 8 * 8;
        const bool is_open = i % 8 < hb_shadow_open_bytes(granule);
        if (!CHECK_EQ(is_open, __asan_address_is_poisoned(bytes + i) == 0)) {
            return false;
        }
    }
    return true;
}

TEST(map, is_read_as_the_sanitizer_tells_it)
{
    for (size_t begin = 0; begin < sizeof bytes; begin++) {
        for (size_t end = begin; end <= sizeof bytes; end++) {
            __asan_unpoison_memory_region(bytes, sizeof bytes);
            __asan_poison_memory_region(bytes + begin, end - begin);
            bool ok = is_read_rightly();
            __asan_poison_memory_region(bytes, sizeof bytes);
            __asan_unpoison_memory_region(bytes + begin, end - begin);
            ok &= is_read_rightly();
            hb_shadow_open(bytes, bytes + sizeof bytes);
            if (!ok || !is_read_rightly()) {
                return;
            }
        }
    }
}

/* As its owner: each of these would end the process, were it instrumented. */
TEST(map, does_not_keep_the_bed_from_its_own_memory)
{
    uint8_t other[sizeof bytes];
    for (size_t count = 0; count <= sizeof bytes; count++) {
        __asan_poison_memory_region(bytes, sizeof bytes);
        hb_bytes_set(bytes, 1, sizeof bytes);
        hb_bytes_set(bytes, 2, count);
        hb_bytes_copy(other, bytes, sizeof bytes);
        for (size_t i = 0; i < sizeof bytes; i++) {
            CHECK_EQ(other[i], i < count ? 2 : 1);
        }
        CHECK_EQ(hb_bytes_differ(other, bytes, sizeof bytes), SIZE_MAX);
        for (size_t i = 0; i < count; i++) {
            other[i] ^= 4;
            CHECK_EQ(hb_bytes_differ(other, bytes, count), i);
            other[i] ^= 4;
        }
        hb_shadow_open(bytes, bytes + sizeof bytes);
    }
}

static struct hb_run_result play(const char *text, const char *name,
                                 const struct hb_run_options *options)
{
    struct hb_bytes stream = stream_parse(text);
    const struct hb_ops ops = stream_view(&stream);
    struct hb_run_result result = {0};
    CHECK(hb_run(&ops, target_called(name), options, &result));
    free(stream.data);
    return result;
}

static bool check_clean(const char *text, const char *name, uint64_t refused_max)
{
    for (unsigned mode = 0; mode < 4; mode++) {
        const struct hb_run_options options = {
            .thorough = mode % 2 == 0, .is_foreign = mode >= 2, .run_twice = true};
        const struct hb_run_result result = play(text, name, &options);
        if (!CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE) ||
            !CHECK_EQ(result.counts.no_ops, 0) || !CHECK(result.counts.refused <= refused_max)) {
            printf("    %s: %s at operation %zu: expected %s, actual %s\n%s", name,
                   hb_oracle_name(result.verdict.oracle), result.verdict.op_index,
                   result.verdict.expected, result.verdict.actual, text);
            return false;
        }
    }
    return true;
}

/* Wherever a range ends, and with a payload that reaches to its last byte. */
TEST(annotated, core_is_clean_in_ragged_ranges)
{
    for (size_t i = 0; i < ANNOTATED_COUNT; i++) {
        const size_t guard = target_called(annotated[i])->guard_bytes;
        for (size_t end = 1024; end < 1040; end++) {
            char text[400];
            (void)snprintf(
                text, sizeof text,
                "heapbed 1 arena 4096 slots 16\nadd_range 0 %zu\nmalloc 0 %zu\nfree 0\n"
                "malloc 0 900\nrealloc 0 %zu\nrealloc 0 7\nmalloc 1 100\nfree 0\nfree 1\n"
                "remove_range 0\nadd_range 16 %zu\nmalloc 2 40\nadd_range 1040 2048\n"
                "malloc 3 960\nfree 2\n",
                end, end - 16 - guard, end - 16 - guard, end);
            if (!check_clean(text, annotated[i], 2)) {
                return;
            }
        }
    }
}

/* An init in mid-stream leaves a heap behind; another range takes its place. */
TEST(annotated, core_is_clean_where_ranges_come_and_go)
{
    for (size_t i = 0; i < ANNOTATED_COUNT; i++) {
        CHECK(check_clean("heapbed 1 arena 4096 slots 16\nadd_range 0 2048\nmalloc 0 100\n"
                          "malloc 1 200\ninit\nadd_range 64 1000\nmalloc 0 300\nfree 0\n"
                          "remove_range 0\nadd_range 0 512\nadd_range 512 1024\nremove_range 1\n"
                          "add_range 528 2048\nmalloc 0 77\ncalloc 1 3 20\nmalloc 2 1000\n",
                          annotated[i], 0));
    }
}

TEST(annotated, core_is_clean_on_generated_streams)
{
    for (unsigned number = 0; number < 2 * HB_STREAM_KIND_COUNT; number++) {
        const struct hb_run_options options = {.thorough = true, .is_foreign = number % 4 == 3};
        struct hb_bytes stream;
        CHECK(hb_generate(number, (enum hb_stream_kind)(number % HB_STREAM_KIND_COUNT), 300, 0,
                          &stream));
        const struct hb_ops ops = hb_ops_view(stream.data, stream.count);
        for (size_t i = 0; i < ANNOTATED_COUNT; i++) {
            struct hb_run_result result;
            CHECK(hb_run(&ops, target_called(annotated[i]), &options, &result));
            CHECK(result.counts.operations > 20);
            if (!CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE)) {
                printf("    %s, stream %u: expected %s, actual %s\n", annotated[i], number,
                       result.verdict.expected, result.verdict.actual);
            }
        }
        free(stream.data);
    }
}

/* What odds let through would be copied, and that ends the process: so it isn't played. */
TEST(annotated, core_is_not_asked_for_what_odds_may_let_through)
{
    static const char text[] = "heapbed 1 arena 4096 slots 16\nadd_range 0 2048\nmalloc 0 100\n"
                               "realloc 0 interior +16 to 50\nrealloc 0 interior +1 to 50\n";
    const struct hb_run_options options = {.thorough = true};
    CHECK_EQ(play(text, "bestfit", &options).counts.no_ops, 0);
    CHECK_EQ(play(text, "bestfit-annotated", &options).counts.no_ops, 1);
    CHECK_EQ(play(text, "bestfit-list-annotated", &options).counts.no_ops, 0);
    CHECK(hb_smash_refusal(target_called("bestfit")) == NULL);
    CHECK(hb_smash_refusal(target_called("bestfit-annotated")) != NULL);
}

/* Beside the core without annotations, which is asked for all the same: nothing differs. */
TEST(annotated, core_answers_as_the_other)
{
    uint64_t operations = 0;
    for (unsigned number = 0; number < 2 * HB_STREAM_KIND_COUNT; number++) {
        const struct hb_run_options options = {.against = target_called("bestfit")};
        struct hb_bytes stream;
        struct hb_run_result result;
        CHECK(hb_generate(number, (enum hb_stream_kind)(number % HB_STREAM_KIND_COUNT), 1000, 0,
                          &stream));
        const struct hb_ops ops = hb_ops_view(stream.data, stream.count);
        CHECK(hb_run(&ops, target_called("bestfit-annotated"), &options, &result));
        if (!CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE)) {
            printf("    stream %u: %s\n", number, result.verdict.actual);
        }
        operations += result.counts.operations;
        free(stream.data);
    }
    CHECK(operations > 8000);
}

static void set_open(uintptr_t granule, unsigned open)
{
    __asan_unpoison_memory_region((void *)granule, HB_GRANULE_BYTES);
    __asan_poison_memory_region((void *)(granule + open), HB_GRANULE_BYTES - open);
}

/* Whether the oracle speaks when the granule is like this, and names the first byte that is wrong.
 */
static bool is_seen(struct hb_run *run, uintptr_t granule, unsigned wanted, unsigned open)
{
    struct hb_verdict *verdict = &run->result->verdict;
    char place[HB_ADDRESS_TEXT_BYTES + 8];
    char address[HB_ADDRESS_TEXT_BYTES];
    const struct hb_address where = hb_address_of(run, granule + (open < wanted ? open : wanted));
    hb_address_print(&where, address);
    (void)snprintf(place, sizeof place, " at %s,", address);
    set_open(granule, open);
    const bool is_silent = hb_check_map(run);
    bool ok = CHECK(!is_silent) && CHECK_EQ(verdict->oracle, HB_ORACLE_SHADOW) &&
              CHECK(strstr(verdict->actual, place) != NULL) &&
              CHECK_EQ(strncmp(verdict->actual, "poisoned", 8) == 0, open < wanted);
    *verdict = (struct hb_verdict){0};
    ok = ok && CHECK(!hb_check_touched(run, granule, 1));
    *verdict = (struct hb_verdict){0};
    set_open(granule, wanted);
    return ok;
}

static unsigned tried; /* wrong states */

static void try_every_granule(void *context, const struct hb_run *reached)
{
    struct hb_run *run = context;
    const uintptr_t end = hb_arena_begin(reached) + reached->arena.byte_count + HB_GUARD_BYTES;
    memcpy(run, reached, sizeof *run); /* the same run, and to be asked */
    CHECK(hb_check_map(run));
    for (uintptr_t at = hb_arena_begin(run) - HB_GUARD_BYTES; at < end; at += HB_GRANULE_BYTES) {
        const unsigned wanted = hb_shadow_open_bytes(at);
        for (unsigned open = 0; open <= HB_GRANULE_BYTES; open++) {
            if (open != wanted && !is_seen(run, at, wanted, open)) {
                return;
            }
            tried += open != wanted;
        }
    }
    CHECK(hb_check_map(run));
    ((struct hb_run *)(uintptr_t)reached)->shadow = run->shadow;
    ((struct hb_run *)(uintptr_t)reached)->shadow_room = run->shadow_room;
}

TEST(oracle, sees_every_wrong_state_of_every_granule)
{
    static struct hb_run run;
    for (size_t i = 0; i < ANNOTATED_COUNT; i++) {
        const struct hb_run_options options = {.reached = try_every_granule,
                                               .reached_context = &run};
        tried = 0;
        const struct hb_run_result result =
            play("heapbed 1 arena 4096 slots 16\nadd_range 0 1003\nadd_range 1024 2048\n"
                 "malloc 0 1\nmalloc 1 8\nmalloc 2 77\nmalloc 3 100\nfree 2\nmalloc 4 1000\n"
                 "malloc 5 48\nrealloc 3 50\n",
                 annotated[i], &options);
        CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
        CHECK_EQ(tried, (4096 + 2 * HB_GUARD_BYTES) / HB_GRANULE_BYTES * 8);
    }
}

TEST(oracle, applies_to_what_annotates)
{
    CHECK(hb_oracle_applies(HB_ORACLE_SHADOW, target_called("bestfit-annotated")));
    CHECK(!hb_oracle_applies(HB_ORACLE_SHADOW, target_called("bestfit")));
}

TESTS_BEGIN
ENTRY(map, is_read_as_the_sanitizer_tells_it)
ENTRY(map, does_not_keep_the_bed_from_its_own_memory)
ENTRY(annotated, core_is_clean_in_ragged_ranges)
ENTRY(annotated, core_is_clean_where_ranges_come_and_go)
ENTRY(annotated, core_is_clean_on_generated_streams)
ENTRY(annotated, core_is_not_asked_for_what_odds_may_let_through)
ENTRY(annotated, core_answers_as_the_other)
ENTRY(oracle, sees_every_wrong_state_of_every_granule)
ENTRY(oracle, applies_to_what_annotates)
TESTS_END

#else

TEST(annotated, core_is_named_with_the_build_that_has_it)
{
    char error[256] = "";
    CHECK(hb_target_find("bestfit-annotated", error, sizeof error) == NULL);
    CHECK(strstr(error, "asan-ubsan") != NULL);
    CHECK(hb_target_find("bestfit-list-annotated", error, sizeof error) == NULL);
    CHECK(strstr(error, "asan-ubsan") != NULL);
}

TEST(map, has_everything_open)
{
    _Alignas(8) static const uint8_t bytes[16];
    const uint8_t open[2] = {8, 8};
    const uint8_t closed[2] = {8, 0};
    const uintptr_t begin = (uintptr_t)bytes;
    CHECK_EQ(hb_shadow_open_bytes(begin), 8);
    CHECK_EQ(hb_shadow_differs(begin, begin + 16, open), begin + 16);
    CHECK_EQ(hb_shadow_differs(begin, begin + 16, closed), begin + 8);
}

TESTS_BEGIN
ENTRY(annotated, core_is_named_with_the_build_that_has_it)
ENTRY(map, has_everything_open)
TESTS_END

#endif
