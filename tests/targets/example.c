/* SPDX-License-Identifier: MIT
 *
 * The example adapter is at most 40 lines, compiles without a warning, and runs in the bed.
 */
#define SUITE "example"
#include "check.h"

#include "fixtures/tools.h"
#include "targets.h"

static const char stream_text[] = "add_range 0 4096\n"
                                  "malloc 0 100\n"
                                  "malloc 1 17 align 64\n"
                                  "write 0\n"
                                  "free 1\n"
                                  "malloc 1 4000\n"
                                  "realloc 0 300\n"
                                  "free 0\n"
                                  "check\n";

static const struct hb_target *example(void)
{
    char object[128];
    char error[400];
    snprintf(object, sizeof(object), "%s", scratch_path("bump.so"));
    if (!CHECK_EQ(shell("%s -Wno-unused-parameter -shared -fPIC -I%s/testbed/include "
                        "%s/examples/bump_target.c -o %s",
                        compiler(), project_root(), project_root(), object),
                  0)) {
        printf("%s", shell_output());
        return NULL;
    }
    const struct hb_target *target = hb_target_find(object, error, sizeof(error));
    if (!CHECK(target != NULL)) {
        printf("%s\n", error);
    }
    return target;
}

TEST(adapter, is_at_most_40_lines)
{
    CHECK_EQ(shell("awk 'END { exit NR > 40 }' %s/examples/bump_target.c", project_root()), 0);
}

TEST(adapter, is_built_loaded_and_run_clean)
{
    const struct hb_target *target = example();
    struct hb_bytes bytes = {0};
    const struct hb_ops ops = parsed(stream_text, &bytes);
    const struct hb_run_options options = {.thorough = true, .run_twice = true};
    struct hb_run_result result = {0};
    if (target != NULL && CHECK(hb_run(&ops, target, &options, &result))) {
        CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
        CHECK_EQ(result.counts.out_of_memory, 1);
        CHECK_EQ(result.counts.peak_live_blocks, 2);
        CHECK(result.counts.operations >= 8);
    }
    free(bytes.data);
}

TESTS_BEGIN
ENTRY(adapter, is_at_most_40_lines)
ENTRY(adapter, is_built_loaded_and_run_clean)
TESTS_END
