/* SPDX-License-Identifier: MIT
 *
 * When a change is one: the rule, apart from all measuring.
 */
#ifndef BENCH_JUDGE_H
#define BENCH_JUDGE_H

#include "statistics.h"

#include <stdbool.h>

/* Changes are shares: 0.05 is 5% more time, or instructions, than the base. */
#define JUDGE_TIME_LIMIT         0.03
#define JUDGE_INSTRUCTIONS_LIMIT 0.005
#define JUDGE_LEVEL              0.95

struct figure {
    double change;            /* the median */
    struct interval interval; /* of the change */
    double noise;             /* what the same program against itself seems to change by */
};

enum verdict {
    VERDICT_NONE, /* no difference seen */
    VERDICT_FASTER,
    VERDICT_SLOWER
};

enum judge_reason {
    JUDGE_CLEAR,
    JUDGE_ZERO_INSIDE, /* the interval includes no change at all */
    JUDGE_BELOW_LIMIT,
    JUDGE_BELOW_NOISE,
    JUDGE_NOT_CONFIRMED
};

struct judgement {
    enum verdict verdict;
    enum judge_reason reason; /* JUDGE_CLEAR where the verdict is slower or faster */
};

/* One measurement. */
struct judgement judge(const struct figure *figure, double limit);

/* A measurement and another one, made because of it: both must say the same. */
struct judgement judge_both(const struct figure *first, const struct figure *second, double limit);

/* The level for each of count confirmations, so that all of them together err as seldom as one at
 * JUDGE_LEVEL (Bonferroni). */
double judge_level(size_t count);

const char *verdict_text(enum verdict verdict);
const char *judge_reason_text(enum judge_reason reason);

#endif
