/* SPDX-License-Identifier: MIT
 *
 * The mix: sanitizers see what the oracles do not, but a plain build runs several times as many
 * inputs. So one process is sanitized and the others are plain, and the engines alternate, since
 * each finds what the other misses. With one job the engines take turns.
 */
#include "plan.h"

#include <stdbool.h>

const char *build_preset(enum build build)
{
    static const char *const names[BUILD_COUNT] = {[BUILD_LIBFUZZER_SANITIZED] = "fuzz",
                                                   [BUILD_LIBFUZZER_PLAIN] = "fuzz-plain",
                                                   [BUILD_AFL] = "afl"};
    return names[build];
}

const char *build_engine(enum build build)
{
    return build == BUILD_AFL ? "afl" : "libfuzzer";
}

static enum build choose_build(enum engine_choice engines, unsigned job)
{
    if (engines == ENGINES_AFL || (engines == ENGINES_BOTH && job % 2 == 1)) {
        return BUILD_AFL;
    }
    return job == 0 ? BUILD_LIBFUZZER_SANITIZED : BUILD_LIBFUZZER_PLAIN;
}

void plan_make(const struct options *options, struct plan *plan)
{
    const bool take_turns = options->engines == ENGINES_BOTH && options->jobs == 1;
    const double seconds = options->seconds;
    plan->turn_count = take_turns ? 2 : options->jobs;
    unsigned numbers[2] = {0, 0};
    for (unsigned job = 0; job < plan->turn_count; job++) {
        const enum build build = choose_build(options->engines, job);
        plan->turns[job] =
            (struct turn){.build = build, .number = ++numbers[build == BUILD_AFL], .end = seconds};
    }
    if (take_turns) {
        plan->turns[0].end = seconds / 2;
        plan->turns[1].begin = seconds / 2;
    }
}
