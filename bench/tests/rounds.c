/* SPDX-License-Identifier: MIT
 *
 * A mixed heap is played with other calls in each round, and with the same ones in each run.
 */
#include "rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUND_COUNT 3

/* The calls of a round, for the caller to free. */
static struct bench_call *calls_of(const struct bench_row *row, uint32_t round, size_t *count)
{
    struct bench_heap heap;
    const char *reason = NULL;

    if (!bench_prepare(&heap, bench_subject_builtin(0), &row->workload, round, &reason)) {
        (void)printf("%s: %s\n", row->name, reason);
        exit(1);
    }
    struct bench_call *calls = calloc(heap.call_count, sizeof *calls);

    if (calls == NULL) {
        exit(2);
    }
    *count = heap.call_count;
    memcpy(calls, heap.calls, heap.call_count * sizeof *calls);
    bench_dispose(&heap);
    return calls;
}

/* How many calls are as in another round; random ones would be alike in few. */
static size_t equal_count(const struct bench_row *row, uint32_t one, uint32_t other, size_t *count)
{
    struct bench_call *calls = calls_of(row, one, count);
    struct bench_call *others = calls_of(row, other, count);
    size_t equal = 0;

    for (size_t i = 0; i < *count; i++) {
        equal += memcmp(&calls[i], &others[i], sizeof calls[i]) == 0;
    }
    free(calls);
    free(others);
    return equal;
}

static bool check(const struct bench_row *row, uint32_t one, uint32_t other)
{
    size_t count = 0;
    const size_t equal = equal_count(row, one, other, &count);
    const bool ok = count != 0 && (one == other ? equal == count : equal * 100 < count);

    (void)printf("%s: rounds %u and %u: %zu of %zu calls are the same: %s\n", row->name,
                 (unsigned)one, (unsigned)other, equal, count, ok ? "ok" : "WRONG");
    return ok;
}

int main(void)
{
    static const char *const names[] = {"mixed/4096-small", "realloc/4096-small"};
    bool ok = true;

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        for (uint32_t one = 0; one < ROUND_COUNT; one++) {
            for (uint32_t other = 0; other < ROUND_COUNT; other++) {
                ok = check(bench_row_find(names[i]), one, other) && ok;
            }
        }
    }
    return ok ? 0 : 1;
}
