/* SPDX-License-Identifier: MIT
 *
 * What is read from callgrind's files, on texts whose sums are known.
 */
#include "callgrind.h"

#include <stdio.h>

static int failed_count;

static void check(bool is_right, const char *what)
{
    if (!is_right) {
        (void)printf("FAILED: %s\n", what);
        failed_count++;
    }
}

#define HEAD "# callgrind format\nversion: 1\n"
/* A malloc of 100 instructions, 11 of which are the bracket's; a free of 50, 9 of them. */
#define MALLOC_PART                                                                                \
    "part: 2\n\ndesc: Trigger: --dump-after=bench_counted_malloc\n\nsummary: 100\n\n"              \
    "fn=bench_counted_malloc\n0 7\ncfn=seam_malloc\ncalls=1 0 \n0 89\n0 4\n\n"                     \
    "fn=main\ncfn=bench_counted_malloc\ncalls=1 0 \n0 100\n\nfn=seam_malloc\n0 89\n\n"
#define FREE_PART                                                                                  \
    "part: 3\n\ndesc: Trigger: --dump-after=bench_counted_free\n\nsummary: 50\n\n"                 \
    "fn=bench_counted_free\n0 5\ncalls=1 0 \n0 41\n0 4\n\nfn=seam_free\n0 41\n"
#define FIRST_PART "part: 1\n\nsummary: 0\n\n"

static void check_parts(void)
{
    struct callgrind_counts counts;

    check(callgrind_read(HEAD FIRST_PART MALLOC_PART FREE_PART, &counts), "three parts are read");
    check(counts.instructions == 89 + 41, "the brackets are not counted");
    check(counts.worst_malloc == 89, "the worst malloc is the one there is");
    check(counts.worst_free == 41, "the worst free is the one there is");
}

static void check_whole(void)
{
    struct callgrind_counts counts;

    check(callgrind_read(HEAD "part: 1\ndesc: Trigger: Program termination\nsummary: 30\n"
                              "fn=bench_counted_select\n0 10\ncalls=1 0\n0 20\n",
                         &counts),
          "a file without dumps is read");
    check(counts.instructions == 20, "it is one sum");
    check(counts.worst_malloc == 0 && counts.worst_free == 0, "and says nothing of single calls");
}

static void check_refused(void)
{
    struct callgrind_counts counts;

    check(!callgrind_read("", &counts), "nothing is no file");
    check(!callgrind_read(HEAD, &counts), "a head alone is no file");
    check(!callgrind_read(HEAD "part: 1\nfn=bench_counted_malloc\n0 7\n", &counts),
          "a part that breaks off is seen");
    check(!callgrind_read(HEAD "part: 1\nsummary: 5\nfn=bench_counted_malloc\n0 7\n", &counts),
          "brackets that took more than all is seen");
}

int main(void)
{
    check_parts();
    check_whole();
    check_refused();
    (void)printf("%d failed\n", failed_count);
    return failed_count != 0;
}
