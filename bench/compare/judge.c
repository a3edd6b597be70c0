/* SPDX-License-Identifier: MIT
 *
 * The rule. docs/comparing.md gives its reasons.
 */
#include "judge.h"

static struct judgement none(enum judge_reason reason)
{
    return (struct judgement){VERDICT_NONE, reason};
}

struct judgement judge(const struct figure *figure, double limit)
{
    const double size = figure->change < 0 ? -figure->change : figure->change;

    if (figure->interval.low <= 0 && figure->interval.high >= 0) {
        return none(JUDGE_ZERO_INSIDE);
    }
    if (size <= limit) {
        return none(JUDGE_BELOW_LIMIT);
    }
    if (size <= figure->noise) {
        return none(JUDGE_BELOW_NOISE);
    }
    return (struct judgement){figure->change > 0 ? VERDICT_SLOWER : VERDICT_FASTER, JUDGE_CLEAR};
}

struct judgement judge_both(const struct figure *first, const struct figure *second, double limit)
{
    const struct judgement one = judge(first, limit);
    const struct judgement other = judge(second, limit);

    if (one.verdict == VERDICT_NONE || one.verdict == other.verdict) {
        return one;
    }
    return none(JUDGE_NOT_CONFIRMED);
}

double judge_level(size_t count)
{
    return count == 0 ? JUDGE_LEVEL : 1 - (1 - JUDGE_LEVEL) / (double)count;
}

const char *verdict_text(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_NONE:
        return "no difference seen";
    case VERDICT_FASTER:
        return "faster";
    case VERDICT_SLOWER:
        return "slower";
    }
    return "";
}

const char *judge_reason_text(enum judge_reason reason)
{
    switch (reason) {
    case JUDGE_CLEAR:
        return "";
    case JUDGE_ZERO_INSIDE:
        return "the interval includes zero";
    case JUDGE_BELOW_LIMIT:
        return "too small to be told";
    case JUDGE_BELOW_NOISE:
        return "below the noise floor";
    case JUDGE_NOT_CONFIRMED:
        return "not confirmed";
    }
    return "";
}
