/* SPDX-License-Identifier: MIT
 *
 * The mix is that of the AFL++ and libFuzzer handbooks: one sanitized main process and plain
 * secondaries that are several times as fast, one of them with CMPLOG, the others with different
 * power schedules; libFuzzer sanitized, plain and as 32 bits. lockstep has most of the turns, and
 * stands between the others, since they begin with what it leaves.
 */
#include "roles.h"

#include "files.h"
#include "targets.h"

#include <stdio.h>
#include <string.h>

static const struct turn all_roles[] = {
    {.harness = HARNESS_LOCKSTEP,
     .build = BUILD_LIBFUZZER_SANITIZED,
     .role = "libfuzzer-sanitized"},
    {.harness = HARNESS_LOCKSTEP,
     .build = BUILD_AFL_SANITIZED,
     .role = "afl-main",
     .is_main = true},
    {.harness = HARNESS_LOCKSTEP, .build = BUILD_LIBFUZZER_PLAIN, .role = "libfuzzer-plain"},
    {.harness = HARNESS_LOCKSTEP, .build = BUILD_AFL, .role = "afl-cmplog", .has_cmplog = true},
    {.harness = HARNESS_CORRUPT, .build = BUILD_LIBFUZZER_PLAIN, .role = "libfuzzer-plain"},
    {.harness = HARNESS_LOCKSTEP, .build = BUILD_LIBFUZZER_M32, .role = "libfuzzer-m32"},
    {.harness = HARNESS_LOCKSTEP, .build = BUILD_AFL, .role = "afl-explore", .schedule = "explore"},
    {.harness = HARNESS_DIFFERENTIAL, .build = BUILD_LIBFUZZER_PLAIN, .role = "libfuzzer-plain"},
    {.harness = HARNESS_CORRUPT, .build = BUILD_AFL_SANITIZED, .role = "afl-main", .is_main = true},
    {.harness = HARNESS_LOCKSTEP, .build = BUILD_AFL, .role = "afl-rare", .schedule = "rare"},
    {.harness = HARNESS_DIFFERENTIAL, .build = BUILD_AFL, .role = "afl-main", .is_main = true},
    {.harness = HARNESS_CORRUPT, .build = BUILD_LIBFUZZER_SANITIZED, .role = "libfuzzer-sanitized"},
    {.harness = HARNESS_COMPLEXITY, .build = BUILD_LIBFUZZER_PLAIN, .role = "libfuzzer-plain"},
};
#define ROLE_COUNT (sizeof all_roles / sizeof all_roles[0])

/* The process that runs it loads 64-bit libraries, and has no annotations without the sanitizer. */
static bool is_built_as_m32(const char *target)
{
    return target == NULL || (strncmp(target, "bestfit", strlen("bestfit")) == 0 &&
                              hb_target_without_annotations(target) == NULL);
}

static bool fits(const struct turn *role, const struct options *options, bool has_m32)
{
    const bool is_afl = build_is_afl(role->build);
    if (!options->harnesses[role->harness] || (is_afl && options->engines == ENGINES_LIBFUZZER) ||
        (!is_afl && options->engines == ENGINES_AFL)) {
        return false;
    }
    if (options->is_sanitized && !build_is_sanitized(role->build)) {
        return false;
    }
    return role->build != BUILD_LIBFUZZER_M32 || (has_m32 && is_built_as_m32(options->target));
}

/* With more jobs than roles some run twice, as processes with names of their own; but AFL++ takes
 * one main process. */
static struct turn copy_of(const struct turn *role, unsigned number)
{
    struct turn copy = *role;
    copy.is_main = false;
    copy.role = text_format("%s-%u", role->role, number);
    return copy;
}

size_t roles_choose(const struct options *options, bool has_m32, struct turn roles[ROLES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        if (fits(&all_roles[i], options, has_m32)) {
            roles[count++] = all_roles[i];
        }
    }
    const size_t different = count;
    for (unsigned number = 2; different > 0 && count < options->jobs; number++) {
        for (size_t i = 0; i < different && count < ROLES_MAX && count < options->jobs; i++) {
            roles[count++] = copy_of(&roles[i], number);
        }
    }
    return count;
}

void roles_list_builds(const struct turn *roles, size_t count)
{
    bool is_wanted[BUILD_COUNT] = {false};
    for (size_t i = 0; i < count; i++) {
        is_wanted[roles[i].build] = true;
        is_wanted[BUILD_AFL_CMPLOG] = is_wanted[BUILD_AFL_CMPLOG] || roles[i].has_cmplog;
        /* Corpora are merged by it. */
        is_wanted[BUILD_LIBFUZZER_PLAIN] = true;
    }
    /* Findings are looked at again in the sanitized build. */
    is_wanted[BUILD_LIBFUZZER_SANITIZED] = true;
    puts("release");
    for (size_t i = 0; i < BUILD_COUNT; i++) {
        if (is_wanted[i]) {
            puts(build_preset((enum build)i));
        }
    }
}
