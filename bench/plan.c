/* SPDX-License-Identifier: MIT
 *
 * bed bench: which cells there are.
 */
#include "plan.h"

#include <string.h>

/* A call of the list takes longer than that many nanoseconds a block; of longer lists a quick run
 * measures nothing. */
#define QUICK_LENGTH_MAX ((size_t)65536)

static bool is_libc(const struct bench_column *column)
{
    return strcmp(column->argument, "libc") == 0;
}

/* Whether it can be done at all. */
static bool is_possible(const struct bench_row *row, const struct bench_column *column)
{
    const struct bench_subject *subject = column->subject;
    const bool takes_ranges = (subject->target->contract & HB_TAKES_RANGES) != 0;
    const bool has_heap = subject->target->state_bytes != 0 || is_libc(column);

    switch (row->kind) {
    case BENCH_TIMED:
    case BENCH_INSTRUCTIONS:
        return bench_can_play(subject, &row->workload);
    case BENCH_WORST:
    case BENCH_RESIDENT:
        return has_heap;
    case BENCH_MEMORY:
        return takes_ranges;
    case BENCH_CODE:
        return takes_ranges && subject->select != NULL;
    case BENCH_CHECKED:
        return subject->checked_name != NULL;
    }
    return false;
}

/* Recorded programs on a heap that is walked at each free take a third of a quick run; the list
 * has them, for it is there to be compared with. */
static bool is_quick_enough(const struct bench_row *row, const struct bench_column *column)
{
    const bool is_list = strcmp(column->name, "list") == 0;
    const bool is_walking = column->subject->free_unchecked != NULL;

    if (is_walking && !is_list && row->workload.calls == BENCH_CALLS_TRACE) {
        return false;
    }
    return !row->is_full_only && !(is_list && row->workload.free_count > QUICK_LENGTH_MAX);
}

bool plan_applies(const struct bench_plan *plan, size_t row, size_t column)
{
    const struct bench_row *of = bench_row_at(row);
    const struct bench_column *by = &plan->columns[column];

    return plan->is_wanted[row] && !by->is_left_out && is_possible(of, by) &&
           (!plan->is_quick || is_quick_enough(of, by));
}

size_t plan_column(const struct bench_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->column_count; i++) {
        if (strcmp(plan->columns[i].name, name) == 0) {
            return i;
        }
    }
    return BENCH_COLUMNS_MAX;
}
