/* SPDX-License-Identifier: MIT
 *
 * Finding targets: by name, by the path of a shared object, and the reasons given where one cannot
 * be used.
 */
#define SUITE "loading"
#include "check.h"

#include "fixtures/tools.h"
#include "targets.h"

#define HEAD "#include <heapbed/target.h>\n"
#define FUNCTIONS                                                                                  \
    "static void i(void *s, struct hb_host *h) { (void)s; (void)h; }\n"                            \
    "static enum hb_status m(void *s, size_t n, size_t a, void **o)\n"                             \
    "{ (void)s; (void)n; (void)a; (void)o; return HB_OUT_OF_MEMORY; }\n"                           \
    "static enum hb_status f(void *s, void *p, size_t n)\n"                                        \
    "{ (void)s; (void)p; (void)n; return HB_OK; }\n"
#define TARGET(fields)                                                                             \
    HEAD FUNCTIONS "const struct hb_target heapbed_target = {" fields ".init = i, .malloc = m, "   \
                   ".free = f};\n"
#define GOOD ".name = \"good\", .summary = \"\", .align_max = 16, "

static char error[400];

/* Compiles a source text to a shared object and tries to find it. */
static const struct hb_target *found(const char *name, const char *source)
{
    char object[128];
    snprintf(object, sizeof(object), "%s", scratch_path(name));
    FILE *file = fopen(scratch_path("source.c"), "w");
    if (file == NULL || fputs(source, file) < 0 || fclose(file) != 0) {
        tool_failed("no source file in /tmp");
    }
    if (!CHECK_EQ(shell("%s -shared -fPIC -I%s/testbed/include -o %s %s", compiler(),
                        project_root(), object, scratch_path("source.c")),
                  0)) {
        printf("%s", shell_output());
    }
    error[0] = '\0';
    return hb_target_find(object, error, sizeof(error));
}

static void check_refused(const char *name, const char *source, const char *reason)
{
    CHECK(found(name, source) == NULL);
    if (!CHECK(strstr(error, reason) != NULL)) {
        printf("the reason given is: %s\n", error);
    }
}

TEST(name, of_a_built_in_target_is_found)
{
    CHECK(hb_target_find("bestfit", error, sizeof(error)) == &hb_target_bestfit);
    CHECK(hb_target_find("seed", error, sizeof(error)) == &hb_target_seed);
    CHECK(hb_target_find("libc", error, sizeof(error)) == &hb_target_libc);
}

TEST(name, that_nothing_has_is_an_error_that_helps)
{
    CHECK(hb_target_find("besfit", error, sizeof(error)) == NULL);
    CHECK(strstr(error, "besfit") != NULL);
    CHECK(strstr(error, "bed targets") != NULL);
}

TEST(name, each_built_in_target_finds_itself)
{
    size_t count = 0;
    for (const struct hb_target *target; (target = hb_target_builtin(count)) != NULL; count++) {
        const bool is_found = hb_target_find(target->name, error, sizeof(error)) == target;
        const bool may_be_missing = hb_malloc_target_soname(target) != NULL;
        if (!is_found && may_be_missing) {
            CHECK(strstr(error, "apt-get install") != NULL);
            printf("skipped: %s\n", error);
        } else {
            CHECK(is_found);
        }
        CHECK_EQ(target->abi_version, HB_TARGET_ABI);
        CHECK_EQ(target->struct_bytes, sizeof(struct hb_target));
    }
    CHECK(count >= 3);
    CHECK(hb_target_builtin(count + 1) == NULL);
}

TEST(path, of_a_sound_object_is_loaded_once)
{
    const struct hb_target *first = found("good.so", TARGET("HB_TARGET_HEAD, " GOOD));
    if (!CHECK(first != NULL)) {
        printf("%s\n", error);
        return;
    }
    CHECK(strcmp(first->name, "good") == 0);
    CHECK(hb_target_find(scratch_path("good.so"), error, sizeof(error)) == first);
}

TEST(path, of_an_object_with_a_shorter_struct_reads_as_not_having_the_rest)
{
    const struct hb_target *target =
        found("short.so", HEAD FUNCTIONS
              "static bool c(void *s, const char **r) { (void)s; (void)r; return false; }\n"
              "const struct hb_target heapbed_target = {.abi_version = HB_TARGET_ABI, "
              ".struct_bytes = offsetof(struct hb_target, check), " GOOD
              ".init = i, .malloc = m, .free = f, .check = c};\n");
    if (CHECK(target != NULL)) {
        CHECK(target->check == NULL);
        CHECK(target->malloc != NULL);
    }
}

TEST(path, that_leads_nowhere_is_an_error)
{
    CHECK(hb_target_find("./no/such.so", error, sizeof(error)) == NULL);
    CHECK(strstr(error, "./no/such.so") != NULL);
}

TEST(path, of_an_object_without_the_symbol_is_an_error)
{
    check_refused("empty.so", HEAD "extern int nothing; int nothing;\n", "heapbed_target");
}

TEST(path, of_an_object_of_another_version_is_an_error)
{
    check_refused("version.so",
                  TARGET(".abi_version = 99, .struct_bytes = sizeof(struct hb_target), " GOOD),
                  "version 99");
}

TEST(path, of_an_object_with_too_short_a_struct_is_an_error)
{
    check_refused("tiny.so", TARGET(".abi_version = HB_TARGET_ABI, .struct_bytes = 8, " GOOD),
                  "struct_bytes is 8");
}

TEST(path, of_an_object_with_unknown_flags_is_an_error)
{
    check_refused("flags.so", TARGET("HB_TARGET_HEAD, .contract = 1u << 30, " GOOD), "0x40000000");
}

TEST(path, of_an_object_without_a_required_function_is_an_error)
{
    check_refused("no_malloc.so",
                  HEAD FUNCTIONS "const struct hb_target heapbed_target = {HB_TARGET_HEAD, " GOOD
                                 ".init = i, .free = f};\n"
                                 "void *used = (void *)m;\n",
                  "required");
}

TEST(path, of_an_object_that_takes_ranges_without_add_range_is_an_error)
{
    check_refused("no_range.so", TARGET("HB_TARGET_HEAD, .contract = HB_TAKES_RANGES, " GOOD),
                  "add_range");
}

TEST(path, of_an_object_with_a_bad_alignment_is_an_error)
{
    check_refused("align.so",
                  TARGET("HB_TARGET_HEAD, .name = \"a\", .summary = \"\", .align_max = 24, "),
                  "align_max");
}

TEST(path, of_an_object_with_a_bad_name_is_an_error)
{
    check_refused("name.so",
                  TARGET("HB_TARGET_HEAD, .name = \"A b\", .summary = \"\", .align_max = 16, "),
                  "name");
}

TEST(path, of_an_object_with_scratch_beyond_its_state_is_an_error)
{
    check_refused("scratch.so",
                  TARGET("HB_TARGET_HEAD, .state_bytes = 8, .scratch_offset = 4, "
                         ".scratch_bytes = SIZE_MAX, " GOOD),
                  "scratch");
}

TESTS_BEGIN
ENTRY(name, of_a_built_in_target_is_found)
ENTRY(name, that_nothing_has_is_an_error_that_helps)
ENTRY(name, each_built_in_target_finds_itself)
ENTRY(path, of_a_sound_object_is_loaded_once)
ENTRY(path, of_an_object_with_a_shorter_struct_reads_as_not_having_the_rest)
ENTRY(path, that_leads_nowhere_is_an_error)
ENTRY(path, of_an_object_without_the_symbol_is_an_error)
ENTRY(path, of_an_object_of_another_version_is_an_error)
ENTRY(path, of_an_object_with_too_short_a_struct_is_an_error)
ENTRY(path, of_an_object_with_unknown_flags_is_an_error)
ENTRY(path, of_an_object_without_a_required_function_is_an_error)
ENTRY(path, of_an_object_that_takes_ranges_without_add_range_is_an_error)
ENTRY(path, of_an_object_with_a_bad_alignment_is_an_error)
ENTRY(path, of_an_object_with_a_bad_name_is_an_error)
ENTRY(path, of_an_object_with_scratch_beyond_its_state_is_an_error)
TESTS_END
