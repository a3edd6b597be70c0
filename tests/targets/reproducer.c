/* SPDX-License-Identifier: MIT
 *
 * Reproducers: each program is compiled by `cc -Icore` alone, exits 1 and names the oracle that the
 * bed named, and says so at the same operation; with the fault gone it exits 0.
 */
#define SUITE "reproducer"
#include "check.h"

#include "fixtures/tools.h"
#include "reproducer.h"
#include "reproducer/calls.h"
#include "targets.h"
#include "uninstrumented.h"

/* Runs the stream, writes the program, builds it, runs it; then the verdicts are compared. */
static void check_shown(const char *text, const struct hb_target *target, const char *path,
                        enum hb_oracle oracle, size_t op_index)
{
    struct hb_bytes bytes = {0};
    const struct hb_ops ops = parsed(text, &bytes);
    const struct hb_run_options options = {
        .thorough = true, .catch_signals = true, .run_twice = oracle == HB_ORACLE_REPLAY};
    struct hb_run_result result = {0};
    CHECK(hb_run(&ops, target, &options, &result));
    CHECK_EQ(result.verdict.oracle, oracle);
    CHECK_EQ(result.verdict.op_index, op_index);

    FILE *program = fopen(scratch_path("finding.c"), "w");
    if (program == NULL) {
        tool_failed("no file in /tmp");
    }
    CHECK(hb_reproducer_write(&ops, target, path, &result.verdict, program));
    fclose(program);
    free(bytes.data);

    const int built = shell("%s -I%s/core %s -o %s", compiler(), project_root(),
                            scratch_path("finding.c"), scratch_path("finding"));
    if (!CHECK_EQ(built, 0)) {
        printf("%s", shell_output());
        return;
    }
    char begin[80];
    const bool has_operation = oracle != HB_ORACLE_CRASH;
    snprintf(begin, sizeof(begin),
             has_operation ? "%s: operation %zu, " : "%s: ", hb_oracle_name(oracle), op_index);
    CHECK_EQ(shell("%s", scratch_path("finding")), 1);
    if (!CHECK(begins_with(shell_output(), begin))) {
        printf("it says: %s", shell_output());
    }
}

static void check_seed(const char *text, enum hb_oracle oracle, size_t op_index)
{
    check_shown(text, &hb_target_seed, NULL, oracle, op_index);
}

TEST(seed, a_free_that_shrinks_a_block)
{
    check_seed("add_range 0 4096\nmalloc 0 17\nfree 0\nmalloc 1 16\nfree 1\n", HB_ORACLE_PANIC, 4);
}

TEST(seed, a_block_taken_whole)
{
    check_seed("add_range 0 80\nmalloc 0 48\nfree 0\n", HB_ORACLE_PANIC, 2);
}

TEST(seed, a_panic_when_everything_is_freed_at_the_end)
{
    check_seed("add_range 0 80\nmalloc 0 48\n", HB_ORACLE_PANIC, 2);
}

TEST(seed, a_double_free)
{
    check_seed("add_range 0 4096\nmalloc 0 16\nfree 0\nfree 0 twice\n", HB_ORACLE_STATUS, 3);
}

TEST(seed, a_reversed_range)
{
    check_seed("add_range 64 32\n", HB_ORACLE_STATUS, 0);
}

TEST(seed, an_overlapping_range)
{
    check_seed("add_range 0 64\nadd_range 32 96\n", HB_ORACLE_STATUS, 1);
}

TEST(seed, an_alignment_of_zero)
{
    check_seed("add_range 0 64\nmalloc 0 1 align 0\n", HB_ORACLE_STATUS, 1);
}

TEST(seed, a_forged_pointer)
{
    check_seed("add_range 0 4096\nmalloc 0 64\nmalloc 1 16\nfree 0 forged 0 as 1\n",
               HB_ORACLE_STATUS, 3);
}

TEST(seed, a_pointer_from_nowhere)
{
    check_seed("add_range 0 64\nfree at top-100 size 16\n", HB_ORACLE_CRASH, 1);
}

TEST(seed, a_realloc_before_the_fault)
{
    check_seed("add_range 0 4096\nmalloc 0 16\nrealloc 0 32\nwrite 0\nfree 0 size 31\n",
               HB_ORACLE_STATUS, 4);
}

static const char plain_stream[] = "add_range 64 1088\n"
                                   "malloc 0 32\n"
                                   "malloc 1 5000\n"
                                   "malloc 1 48\n"
                                   "free 0\n";
static const char whole_interface[] = "add_range 64 1088\n"
                                      "add_range 2048 3072\n"
                                      "malloc 0 32\n"
                                      "realloc 0 300\n"
                                      "calloc 1 3 40\n"
                                      "usable 1\n"
                                      "remove_range 1\n"
                                      "free 0\n";

static void check_broken(const char *kind, const char *stream_text, enum hb_oracle oracle,
                         size_t op_index)
{
    char object[128];
    char error[400];
    char name[64];
    snprintf(name, sizeof(name), "%s.so", kind);
    snprintf(object, sizeof(object), "%s", scratch_path(name));
    const char *root = project_root();
    const int built = shell("%s -shared -fPIC -DBREAK=%s -I%s/testbed -I%s/testbed/include "
                            "-I%s/core %s/tests/targets/fixtures/broken.c -o %s",
                            compiler(), kind, root, root, root, root, object);
    if (!CHECK_EQ(built, 0)) {
        printf("%s", shell_output());
        return;
    }
    const struct hb_target *target = hb_target_find(object, error, sizeof(error));
    if (!CHECK(target != NULL)) {
        printf("%s\n", error);
        return;
    }
    if (oracle != HB_ORACLE_NONE) {
        check_shown(stream_text, target, object, oracle, op_index);
        return;
    }
    struct hb_bytes bytes = {0};
    const struct hb_ops ops = parsed(stream_text, &bytes);
    const struct hb_run_options options = {.thorough = true};
    struct hb_run_result result = {0};
    CHECK(hb_run(&ops, target, &options, &result));
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    free(bytes.data);
}

#define BROKEN_TEST(sentence, kind, oracle, op_index)                                              \
    TEST(loaded, sentence)                                                                         \
    {                                                                                              \
        check_broken(#kind, plain_stream, oracle, op_index);                                       \
    }
#define BROKEN_INTERFACE_TEST(sentence, kind, oracle, op_index)                                    \
    TEST(interface, sentence)                                                                      \
    {                                                                                              \
        check_broken(#kind, whole_interface, oracle, op_index);                                    \
    }

BROKEN_TEST(nothing_is_found_where_nothing_is_broken, BREAK_NOTHING, HB_ORACLE_NONE, 0)
BROKEN_TEST(status, BREAK_STATUS, HB_ORACLE_STATUS, 3)
BROKEN_TEST(place, BREAK_PLACE, HB_ORACLE_PLACE, 3)
BROKEN_TEST(align, BREAK_ALIGN, HB_ORACLE_ALIGN, 3)
BROKEN_TEST(inside, BREAK_INSIDE, HB_ORACLE_INSIDE, 3)
BROKEN_TEST(overlap, BREAK_OVERLAP, HB_ORACLE_OVERLAP, 3)
BROKEN_TEST(content, BREAK_CONTENT, HB_ORACLE_CONTENT, 3)
BROKEN_TEST(guard, BREAK_GUARD, HB_ORACLE_GUARD, 3)
BROKEN_TEST(unchanged, BREAK_UNCHANGED, HB_ORACLE_UNCHANGED, 2)
BROKEN_TEST(check, BREAK_CHECK, HB_ORACLE_CHECK, 3)
BROKEN_TEST(stats, BREAK_STATS, HB_ORACLE_STATS, 3)
BROKEN_TEST(stats_of_single_blocks, BREAK_WALK, HB_ORACLE_STATS, 3)
BROKEN_TEST(drain, BREAK_DRAIN, HB_ORACLE_DRAIN, 5)
BROKEN_TEST(replay, BREAK_REPLAY, HB_ORACLE_REPLAY, 3)
BROKEN_TEST(bound, BREAK_BOUND, HB_ORACLE_BOUND, 3)
BROKEN_TEST(panic, BREAK_PANIC, HB_ORACLE_PANIC, 3)
BROKEN_TEST(crash, BREAK_CRASH, HB_ORACLE_CRASH, 3)
BROKEN_TEST(hang, BREAK_HANG, HB_ORACLE_HANG, 3)

BROKEN_INTERFACE_TEST(nothing_is_found_where_nothing_is_broken, BREAK_NOTHING, HB_ORACLE_NONE, 0)
BROKEN_INTERFACE_TEST(realloc_that_loses_a_byte, BREAK_REALLOC, HB_ORACLE_CONTENT, 3)
BROKEN_INTERFACE_TEST(calloc_that_forgets_a_byte, BREAK_CALLOC, HB_ORACLE_CONTENT, 4)
BROKEN_INTERFACE_TEST(usable_size_that_lies, BREAK_USABLE, HB_ORACLE_STATS, 2)
BROKEN_INTERFACE_TEST(owns_that_lies, BREAK_OWNS, HB_ORACLE_STATS, 0)
BROKEN_INTERFACE_TEST(a_range_that_is_used_after_its_end, BREAK_REMOVE, HB_ORACLE_GUARD, 7)
BROKEN_INTERFACE_TEST(a_peak_that_is_forgotten, BREAK_PEAK, HB_ORACLE_STATS, 7)

static struct hb_call call_of(size_t op_index, enum hb_call_kind kind, enum hb_status expected)
{
    return (struct hb_call){.op_index = op_index,
                            .op = {.kind = HB_OP_CHECK},
                            .kind = kind,
                            .is_exact = true,
                            .expected_status = (uint8_t)expected,
                            .actual_status = (uint8_t)expected};
}

/* Prints, builds and runs a program of hand-made calls on the core: init, a range, a malloc that is
 * expected to end as told, at an offset. */
static int exit_of_core_program(const struct hb_target *target, enum hb_status expected,
                                int64_t expected_offset)
{
    struct hb_call_list calls = {0};
    struct hb_call init = call_of(0, HB_CALL_INIT, HB_OK);
    struct hb_call range = call_of(0, HB_CALL_ADD_RANGE, HB_OK);
    range.end.offset = 256;
    struct hb_call malloc_call = call_of(1, HB_CALL_MALLOC, expected);
    malloc_call.size = 100;
    malloc_call.align = 1;
    malloc_call.expected.offset = expected_offset;
    malloc_call.actual.offset = expected_offset;
    hb_call_list_add(&calls, &init);
    hb_call_list_add(&calls, &range);
    hb_call_list_add(&calls, &malloc_call);

    struct hb_bytes bytes = {0};
    const struct hb_ops ops = parsed("add_range 0 256\nmalloc 0 100\n", &bytes);
    const struct hb_verdict verdict = {.oracle = HB_ORACLE_STATUS, .op_index = 1};
    const struct hb_reproducer reproducer = {
        .ops = &ops, .target = target, .verdict = &verdict, .calls = &calls};
    FILE *program = fopen(scratch_path("core.c"), "w");
    if (program == NULL) {
        tool_failed("no file in /tmp");
    }
    hb_reproducer_print(&reproducer, program);
    fclose(program);
    hb_call_list_clear(&calls);
    free(bytes.data);
    if (!CHECK_EQ(shell("%s -I%s/core %s -o %s", compiler(), project_root(), scratch_path("core.c"),
                        scratch_path("core")),
                  0)) {
        printf("%s", shell_output());
    }
    return shell("%s", scratch_path("core"));
}

TEST(core, a_program_whose_fault_is_gone_exits_0)
{
    CHECK_EQ(exit_of_core_program(&hb_target_bestfit, HB_OK, 16), 0);
    if (!CHECK(begins_with(shell_output(), "no fault shown"))) {
        printf("it says: %s", shell_output());
    }
}

TEST(core, an_unexpected_status_is_shown)
{
    CHECK_EQ(exit_of_core_program(&hb_target_bestfit, HB_OUT_OF_MEMORY, 0), 1);
    CHECK(begins_with(shell_output(),
                      "status: operation 1, malloc(100, 1): expected out_of_memory, got ok"));
}

TEST(core, an_unexpected_place_is_shown)
{
    CHECK_EQ(exit_of_core_program(&hb_target_bestfit, HB_OK, 32), 1);
    CHECK(begins_with(shell_output(),
                      "place: operation 1, malloc(100, 1): expected at(32), got at(16)"));
}

/* Builds the program for a stream that is clean on the target, and runs it. */
static void check_shows_nothing(const char *text, const struct hb_target *target,
                                const struct hb_verdict *verdict)
{
    struct hb_bytes bytes = {0};
    const struct hb_ops ops = parsed(text, &bytes);
    FILE *program = fopen(scratch_path("clean.c"), "w");
    if (program == NULL) {
        tool_failed("no file in /tmp");
    }
    CHECK(hb_reproducer_write(&ops, target, NULL, verdict, program));
    fclose(program);
    free(bytes.data);
    CHECK_EQ(shell("%s -I%s/core %s -o %s", compiler(), project_root(), scratch_path("clean.c"),
                   scratch_path("clean")),
             0);
    CHECK_EQ(shell("%s", scratch_path("clean")), 0);
    if (!CHECK(begins_with(shell_output(), "no fault shown"))) {
        printf("it says: %s", shell_output());
    }
}

TEST(libc, a_program_on_malloc_shows_no_fault_that_is_not_there)
{
    const struct hb_verdict verdict = {.oracle = HB_ORACLE_CONTENT, .op_index = 4};
    check_shows_nothing("malloc 0 100\nmalloc 1 200 align 256\nfree 0\nrealloc 1 4000\nwrite 1\n",
                        &hb_target_libc, &verdict);
    CHECK_EQ(shell("grep -q 'user_refill' %s", scratch_path("clean.c")), 0);
}

static const struct hb_target *const variants[] = {
    &hb_target_bestfit,
    &hb_target_bestfit_list,
    &hb_target_bestfit_small,
    &hb_target_bestfit_large,
    &hb_target_bestfit_off,
    &hb_target_bestfit_paranoid,
    &hb_target_bestfit_quarantine,
    &hb_target_bestfit_list_quarantine,
};

/* Every call there is, right and wrong: the program's own expectations hold on each variant. */
TEST(variants, a_program_with_every_call_shows_nothing)
{
    static const char text[] = "add_range 0 4096\nadd_range 8192 9001\nmalloc 0 100\n"
                               "malloc 1 60 align 8\ncalloc 2 5 20\ncalloc 3 2 max-1\n"
                               "realloc 0 200\nrealloc 1 16\nrealloc 4 33\nrealloc 4 99999\n"
                               "realloc 2 own-90\nusable 0\nusable 0 +16\nusable 1 +8\n"
                               "free 1\nusable 1\nfree 1 twice\nrealloc 1 twice to 5\n"
                               "realloc 0 interior +32 to 9\nrealloc 0 size own+1 to 9\n"
                               "free 0 forged 0 as 2\nfree at 64 size 9\nwrite 0\n"
                               "remove_range 0\nremove_range at 16\nremove_range 1\n"
                               "malloc 5 40 align 64\ninit\nadd_range 16 4096\nmalloc 0 9\n"
                               "free 0\nremove_range 0\nmalloc 0 1\n";
    const struct hb_verdict clean = {.oracle = HB_ORACLE_NONE};
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        check_shows_nothing(text, variants[i], &clean);
        CHECK_EQ(shell("grep -q 'user_realloc' %s", scratch_path("clean.c")), 0);
        CHECK_EQ(shell("grep -q 'user_usable' %s", scratch_path("clean.c")), 0);
    }
}

TEST(variants, an_unexpected_place_is_shown)
{
    for (size_t i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
        CHECK_EQ(exit_of_core_program(variants[i], HB_OK, 16), 0);
        CHECK_EQ(exit_of_core_program(variants[i], HB_OK, 32), 1);
        CHECK(begins_with(shell_output(),
                          "place: operation 1, malloc(100, 1): expected at(32), got at(16)"));
    }
}

TEST(clean, a_clean_run_is_a_program_that_finds_nothing)
{
    const struct hb_verdict verdict = {.oracle = HB_ORACLE_NONE};
    check_shows_nothing("add_range 0 256\nmalloc 0 100\nfree 0 interior +16\nfree 0\n",
                        &hb_target_bestfit, &verdict);
}

#if HB_HAS_SHADOW
/* The program's exit status, with the backend and with one that opens a byte too many. */
static int run_annotated(bool is_broken)
{
    FILE *header = fopen(scratch_path("bestfit_annotate.h"), "w");
    if (header == NULL) {
        tool_failed("no file in /tmp");
    }
    fprintf(header, "#include \"%s/sanitizers/annotate/bestfit_annotate.h\"\n", project_root());
    if (is_broken) {
        fprintf(header, "#undef BF_ON_MALLOC\n#define BF_ON_MALLOC(heap, payload, size) "
                        "annotate_malloc((payload), (size) + 1)\n");
    }
    fclose(header);
    const int built = shell("%s -I%s -I%s/core %s -o %s", compiler(), scratch_folder,
                            project_root(), scratch_path("finding.c"), scratch_path("finding"));
    if (!CHECK_EQ(built, 0)) {
        printf("%s", shell_output());
    }
    return shell("%s", scratch_path("finding"));
}

TEST(annotated, shadow_without_a_sanitizer)
{
    struct hb_bytes bytes = {0};
    const struct hb_ops ops = parsed("add_range 0 1003\nmalloc 0 32\nfree 0\n", &bytes);
    const struct hb_verdict verdict = {.oracle = HB_ORACLE_SHADOW, .op_index = 1};
    const struct hb_verdict unseen = {.oracle = HB_ORACLE_SANITIZER, .op_index = 1};
    FILE *program = fopen(scratch_path("finding.c"), "w");
    if (program == NULL) {
        tool_failed("no file in /tmp");
    }
    CHECK(hb_reproducer_write(&ops, &hb_target_bestfit_annotated, NULL, &verdict, program));
    CHECK(!hb_reproducer_write(&ops, &hb_target_bestfit_annotated, NULL, &unseen, program));
    CHECK(!hb_reproducer_write(&ops, &hb_target_bestfit_annotated, "./a.so", &verdict, program));
    fclose(program);
    free(bytes.data);
    CHECK_EQ(run_annotated(true), 1);
    CHECK(begins_with(shell_output(), "shadow: operation 1, "));
    CHECK_EQ(run_annotated(false), 0);
}
#endif

TESTS_BEGIN
#if HB_HAS_SHADOW
ENTRY(annotated, shadow_without_a_sanitizer)
#endif
ENTRY(seed, a_free_that_shrinks_a_block)
ENTRY(seed, a_block_taken_whole)
ENTRY(seed, a_panic_when_everything_is_freed_at_the_end)
ENTRY(seed, a_double_free)
ENTRY(seed, a_reversed_range)
ENTRY(seed, an_overlapping_range)
ENTRY(seed, an_alignment_of_zero)
ENTRY(seed, a_forged_pointer)
ENTRY(seed, a_pointer_from_nowhere)
ENTRY(seed, a_realloc_before_the_fault)
ENTRY(loaded, nothing_is_found_where_nothing_is_broken)
ENTRY(loaded, status)
ENTRY(loaded, place)
ENTRY(loaded, align)
ENTRY(loaded, inside)
ENTRY(loaded, overlap)
ENTRY(loaded, content)
ENTRY(loaded, guard)
ENTRY(loaded, unchanged)
ENTRY(loaded, check)
ENTRY(loaded, stats)
ENTRY(loaded, stats_of_single_blocks)
ENTRY(loaded, drain)
ENTRY(loaded, replay)
ENTRY(loaded, bound)
ENTRY(loaded, panic)
ENTRY(loaded, crash)
ENTRY(loaded, hang)
ENTRY(interface, nothing_is_found_where_nothing_is_broken)
ENTRY(interface, realloc_that_loses_a_byte)
ENTRY(interface, calloc_that_forgets_a_byte)
ENTRY(interface, usable_size_that_lies)
ENTRY(interface, owns_that_lies)
ENTRY(interface, a_range_that_is_used_after_its_end)
ENTRY(interface, a_peak_that_is_forgotten)
ENTRY(core, a_program_whose_fault_is_gone_exits_0)
ENTRY(core, an_unexpected_status_is_shown)
ENTRY(core, an_unexpected_place_is_shown)
ENTRY(libc, a_program_on_malloc_shows_no_fault_that_is_not_there)
ENTRY(variants, a_program_with_every_call_shows_nothing)
ENTRY(variants, an_unexpected_place_is_shown)
ENTRY(clean, a_clean_run_is_a_program_that_finds_nothing)
TESTS_END
