/* SPDX-License-Identifier: MIT
 *
 * A tiny test harness: checks, a table of named tests, a main. Needs stdio and nothing else, so
 * that the same tests run on a microcontroller.
 *
 *     #define SUITE "api"
 *     #include "check.h"
 *     TEST(malloc, zero_size_is_refused) { CHECK_EQ(bf_malloc(...), BF_INVALID_SIZE); }
 *     TESTS_BEGIN
 *         ENTRY(malloc, zero_size_is_refused)
 *     TESTS_END
 *
 * The test above is called api.malloc.zero_size_is_refused; a name on the command line selects
 * every test that begins with it. A test that is missing from the table is an unused function,
 * which the compiler reports. Exit status: 0 all passed, 1 any failed, 2 none was run.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct test {
    const char *name;
    void (*run)(void);
};

#define TEST(group, sentence)  static void test_##group##_##sentence(void)
#define ENTRY(group, sentence) {SUITE "." #group "." #sentence, test_##group##_##sentence},
#define TESTS_BEGIN            static const struct test all_tests[] = {
#define TESTS_END                                                                                  \
    }                                                                                              \
    ;                                                                                              \
    int main(int argc, char **argv)                                                                \
    {                                                                                              \
        return check_main(argc, argv, all_tests, sizeof all_tests / sizeof all_tests[0]);          \
    }

/* Both are true where the check held, so that a test can stop: if (!CHECK(x)) return; */
#define CHECK(condition) check_that((condition), #condition, __FILE__, __LINE__)
#define CHECK_EQ(actual, expected)                                                                 \
    check_equal((uintmax_t)(actual), (uintmax_t)(expected), #actual, #expected, __FILE__, __LINE__)

/* Checks of the running test that failed; a test in a loop prints the first few only. */
static unsigned check_failure_count;
#define CHECK_PRINTED_MAX 10u

static inline bool check_that(bool holds, const char *text, const char *file, int line)
{
    if (!holds && ++check_failure_count <= CHECK_PRINTED_MAX) {
        printf("%s:%d: does not hold: %s\n", file, line, text);
    }
    return holds;
}

static inline bool check_equal(uintmax_t actual, uintmax_t expected, const char *actual_text,
                               const char *expected_text, const char *file, int line)
{
    if (actual != expected && ++check_failure_count <= CHECK_PRINTED_MAX) {
        printf("%s:%d: %s is 0x%lx_%08lx, expected 0x%lx_%08lx (%s)\n", file, line, actual_text,
               (unsigned long)(actual >> 32), (unsigned long)(actual & 0xffffffffu),
               (unsigned long)(expected >> 32), (unsigned long)(expected & 0xffffffffu),
               expected_text);
    }
    return actual == expected;
}

static bool check_is_selected(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        if (strncmp(name, argv[i], strlen(argv[i])) == 0) {
            return true;
        }
    }
    return argc <= 1;
}

static int check_main(int argc, char **argv, const struct test *tests, size_t test_count)
{
    const bool list_only = argc == 2 && strcmp(argv[1], "--list") == 0;
    unsigned passed = 0;
    unsigned failed = 0;

    /* So that what was said before a crash is not lost. */
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
    for (size_t i = 0; i < test_count; i++) {
        if (list_only) {
            printf("%s\n", tests[i].name);
        } else if (check_is_selected(tests[i].name, argc, argv)) {
            check_failure_count = 0;
            tests[i].run();
            passed += check_failure_count == 0;
            failed += check_failure_count != 0;
            printf("%s %s\n", check_failure_count == 0 ? "ok  " : "FAIL", tests[i].name);
        }
    }
    if (list_only) {
        return 0;
    }
    printf("%u passed, %u failed\n", passed, failed);
    if (passed + failed == 0) {
        fprintf(stderr, "no test begins with such a name: --list shows them all\n");
        return 2;
    }
    return failed != 0;
}

#endif
