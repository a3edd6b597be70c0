/* SPDX-License-Identifier: MIT
 *
 * The mix: sanitizers see what the oracles do not, but a plain build runs several times as many
 * inputs. So one process is sanitized and the others are plain, and the engines alternate, since
 * each finds what the other misses. With one job the engines take turns. The harnesses take turns
 * in every job, lockstep first and longest: what it leaves in the corpus the others begin with.
 */
#include "plan.h"

const char *build_preset(enum build build)
{
    static const char *const names[BUILD_COUNT] = {
        [BUILD_LIBFUZZER_SANITIZED] = "fuzz",    [BUILD_LIBFUZZER_PLAIN] = "fuzz-plain",
        [BUILD_LIBFUZZER_M32] = "fuzz-m32",      [BUILD_AFL] = "afl",
        [BUILD_AFL_SANITIZED] = "afl-sanitized", [BUILD_AFL_CMPLOG] = "afl-cmplog"};
    return names[build];
}

bool build_is_afl(enum build build)
{
    return build == BUILD_AFL || build == BUILD_AFL_SANITIZED || build == BUILD_AFL_CMPLOG;
}

bool build_is_sanitized(enum build build)
{
    return build == BUILD_LIBFUZZER_SANITIZED || build == BUILD_AFL_SANITIZED;
}

const char *build_engine(enum build build)
{
    return build_is_afl(build) ? "afl" : "libfuzzer";
}

static enum build choose_build(const struct options *options, unsigned job)
{
    const enum engine_choice engines = options->engines;
    if (options->is_sanitized) {
        return BUILD_LIBFUZZER_SANITIZED;
    }
    if (engines == ENGINES_AFL || (engines == ENGINES_BOTH && job % 2 == 1)) {
        return BUILD_AFL;
    }
    return job == 0 ? BUILD_LIBFUZZER_SANITIZED : BUILD_LIBFUZZER_PLAIN;
}

/* Of the time of a job, for each harness that is wanted. */
static const double weights[HARNESS_COUNT] = {[HARNESS_LOCKSTEP] = 14,
                                              [HARNESS_DIFFERENTIAL] = 3,
                                              [HARNESS_CORRUPT] = 3,
                                              [HARNESS_COMPLEXITY] = 3};

/* One engine from begin to end: a turn for each harness. */
static void plan_engine(const struct options *options, struct plan *plan, enum build build,
                        double begin, double end)
{
    double weight_total = 0;
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        weight_total += options->harnesses[i] ? weights[i] : 0;
    }
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        if (!options->harnesses[i]) {
            continue;
        }
        const double share = weights[i] / weight_total;
        const double turn_end = begin + (end - begin) * share;
        weight_total -= weights[i];
        const unsigned number = ++plan->numbers[i][build_is_afl(build)];
        plan->turns[plan->turn_count++] = (struct turn){.harness = (enum harness)i,
                                                        .build = build,
                                                        .number = number,
                                                        .is_main = number == 1,
                                                        .begin = begin,
                                                        .end = turn_end};
        begin = turn_end;
    }
}

void plan_make(const struct options *options, struct plan *plan)
{
    const double seconds = options->seconds;
    *plan = (struct plan){0};
    if (options->engines == ENGINES_BOTH && options->jobs == 1) {
        plan_engine(options, plan, choose_build(options, 0), 0, seconds / 2);
        plan_engine(options, plan, choose_build(options, 1), seconds / 2, seconds);
        return;
    }
    for (unsigned job = 0; job < options->jobs; job++) {
        plan_engine(options, plan, choose_build(options, job), 0, seconds);
    }
}
