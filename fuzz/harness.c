/* SPDX-License-Identifier: MIT
 *
 * One input in an engine: an op stream is run, and an oracle's objection is a crash of the fuzz
 * program, as every engine understands it, or is saved and the search goes on.
 */
#include "harness.h"

#include "collect.h"
#include "event_counters.h"
#include "live_stats.h"
#include "ops.h"
#include "parent_death.h"
#include "run.h"
#include "targets.h"
#include "uninstrumented.h"

#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Streams of a later version are for later programs, and bed replay would refuse them. Larger
 * arenas and tables of slots are for recorded programs: clearing one costs more than thousands of
 * operations. */
#define ARENA_LOG2_MAX 20u
#define SLOT_LOG2_MAX  16u

/* One input in so many is run twice. Which ones depends on their bytes alone, so that a finding of
 * the oracle "replay" is found again when its input is replayed. */
#define REPLAY_EVERY 16u

/* What an engine is told of an input that is none, so that it is no parent of others. honggfuzz
 * ends the process for every answer but 0 (oss-fuzz/CMakeLists.txt). */
#ifndef HB_REFUSED
#define HB_REFUSED (-1)
#endif

/* AFL++'s runtime; null with other engines. Looked up by name, since its instrumentation declares
 * the map in every file itself. */
static uint8_t **afl_map; /* what this execution covered, a byte an edge */
static const uint32_t *afl_map_size;
static void (*afl_discard_coverage)(void); /* what this execution covered does not count */

#define EDGES_MAX 65536u

static const struct hb_harness *harness;
static const struct hb_target *target;
static const struct hb_target *against; /* null: none */
static const char *findings_directory;
static uint64_t operations_max; /* 0: no limit */
static uint32_t without;        /* oracles that are off */
static bool is_foreign;
static const struct hb_probe *probe; /* of a target with a planted bug; null: it has none */
static struct hb_live_stats *live_stats;

static void find_afl_runtime(void)
{
    afl_map = dlsym(RTLD_DEFAULT, "__afl_area_ptr");
    afl_map_size = dlsym(RTLD_DEFAULT, "__afl_map_size");
    /* ISO C has no cast from an object's pointer to a function's; POSIX promises that this works */
    *(void **)&afl_discard_coverage = dlsym(RTLD_DEFAULT, "__afl_coverage_discard");
}

/* The target that the variable names, or else that one. */
static const struct hb_target *find_target(const char *variable, const char *otherwise)
{
    const char *name = getenv(variable);
    char error[256] = "";
    const struct hb_target *found =
        hb_target_find(name != NULL && *name != '\0' ? name : otherwise, error, sizeof error);
    if (found == NULL) {
        fprintf(stderr, "heapbed: %s: %s\n", variable, error);
        exit(2);
    }
    return found;
}

/* Exit status 2, like a target that does not exist: a search that is not what was asked for proves
 * nothing. */
static void read_variables(void)
{
    const char *const budget = getenv("HEAPBED_OPERATIONS");
    const char *const contract = getenv("HEAPBED_CONTRACT");
    const char *const off = getenv("HEAPBED_WITHOUT");
    char *end = NULL;
    operations_max = budget != NULL ? strtoull(budget, &end, 10) : 0;
    is_foreign = contract != NULL && strcmp(contract, "foreign") == 0;
    const bool has_number = budget == NULL || (*budget != '\0' && *end == '\0');
    const bool has_contract = contract == NULL || *contract == '\0' || is_foreign;
    const char *fault = NULL;
    if (!has_number) {
        fault = "HEAPBED_OPERATIONS is no number";
    } else if (!has_contract) {
        fault = "HEAPBED_CONTRACT can be 'foreign'";
    } else if (!hb_oracles_from_names(off, &without)) {
        fault = "HEAPBED_WITHOUT has an oracle that docs/oracles.md has not";
    }
    if (fault != NULL) {
        fprintf(stderr, "heapbed: %s\n", fault);
        exit(2);
    }
}

int hb_harness_open(const struct hb_harness *opened)
{
    harness = opened;
    target = find_target("HEAPBED_TARGET", harness->target);
    const char *refusal = hb_smash_refusal(target);
    if (harness->is_corrupting && refusal != NULL) {
        fprintf(stderr, "heapbed: %s %s\n", target->name, refusal);
        exit(2);
    }
    if (harness->against != NULL) {
        against = find_target("HEAPBED_TARGET_2", harness->against);
    }
    read_variables();
    probe = hb_target_object(target, "heapbed_probe");
    find_afl_runtime();
    if (getenv("HEAPBED_SUPERVISED") != NULL) {
        hb_die_with_parent();
    }
    findings_directory = getenv("HEAPBED_FINDINGS");
    live_stats = hb_live_stats_open(getenv("HEAPBED_STATS"));
    live_stats->edges = 0; /* a process started anew has its own */
    return 0;
}

static bool is_replayed(const uint8_t *bytes, size_t byte_count)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < byte_count; i++) {
        hash = (hash ^ bytes[i]) * UINT32_C(16777619); /* FNV-1a */
    }
    return (hash >> 16) % REPLAY_EVERY == 0;
}

static void count_run(const struct hb_run_result *result)
{
    const struct hb_run_counts *counts = &result->counts;
    live_stats->executions++;
    live_stats->operations += counts->operations;
    live_stats->no_ops += counts->no_ops;
    live_stats->verdicts += result->verdict.oracle != HB_ORACLE_NONE;
    live_stats->inconclusive += result->is_inconclusive;
    live_stats->odds_checks += counts->odds_checks;
    live_stats->odds_misses += counts->odds_misses;
    live_stats->smashes += counts->smashes;
    live_stats->smashed_calls += counts->smashed_calls;
    live_stats->detections += counts->detections;
    for (size_t i = 0; i < HB_MISS_COUNT; i++) {
        live_stats->misses[i] += counts->misses[i];
    }
}

/* Where a call's not coming back is nobody's to tell, it has to be caught all the same. */
#define HB_ESCAPES                                                                                 \
    (HB_ORACLE_BIT(HB_ORACLE_PANIC) | HB_ORACLE_BIT(HB_ORACLE_CRASH) |                             \
     HB_ORACLE_BIT(HB_ORACLE_HANG))

static void run(const struct hb_ops *ops, bool run_twice, struct hb_run_result *result)
{
    /* what a probe has counted has to be read before the process ends; a sanitizer says it better
     */
    const bool must_catch = findings_directory != NULL || (without & HB_ESCAPES) != 0 ||
                            (probe != NULL && !HB_IS_SANITIZED);
    const struct hb_run_options options = {.catch_signals = must_catch,
                                           .without = without,
                                           .is_foreign = is_foreign,
                                           .events = hb_event_counters_begin(),
                                           .run_twice = run_twice,
                                           .observe = harness->observe,
                                           .observe_context = harness->observe_context,
                                           .against = against,
                                           .is_corrupting = harness->is_corrupting};
    if (harness->begin != NULL) {
        harness->begin();
    }
    if (!hb_run(ops, target, &options, result)) {
        exit(2);
    }
    uint8_t *const map = afl_map != NULL ? *afl_map : NULL;
    hb_event_counters_end(map);
    if (harness->end != NULL) {
        harness->end(result, map);
    }
    count_run(result);
    if (probe != NULL) {
        live_stats->reached = probe->reached;
        live_stats->infected = probe->infected;
    }
}

/* At once, and not by exit: to the engine that would be the target's fault. */
static void end_with_budget(void)
{
    if (operations_max != 0 && live_stats->operations >= operations_max) {
        _exit(0);
    }
}

/* afl-fuzz writes down how many edges it knows once a minute, which is no live figure. */
static void count_edges(void)
{
    static uint8_t is_seen[EDGES_MAX];
    if (afl_map == NULL || afl_map_size == NULL || *afl_map_size > EDGES_MAX) {
        return;
    }
    for (uint32_t i = 0; i < *afl_map_size; i++) {
        live_stats->edges += (*afl_map)[i] != 0 && is_seen[i] == 0;
        is_seen[i] |= (*afl_map)[i];
    }
}

/* libFuzzer's counters are the process's own; the map of AFL++ is shared. */
void hb_harness_leave_coverage(void)
{
    if (afl_map != NULL && afl_map_size != NULL) {
        *afl_map = calloc(*afl_map_size, 1);
        if (*afl_map == NULL) {
            _exit(2);
        }
    }
}

/* The engine's own handler writes the input down; the run may have put another in its place. */
static struct sigaction engine_on_abort;

static void remember_engine(void)
{
    static bool is_done;
    if (!is_done) {
        is_done = true;
        (void)sigaction(SIGABRT, NULL, &engine_on_abort);
    }
}

/* Whoever runs a fleet sorts what it finds by the functions on the stack, and all objections would
 * be one finding: so each oracle aborts in a function of its own name. */
#define HB_OBJECTION(name)                                                                         \
    __attribute__((noinline)) static _Noreturn void objection_of_##name(void)                      \
    {                                                                                              \
        (void)sigaction(SIGABRT, &engine_on_abort, NULL);                                          \
        abort();                                                                                   \
    }
HB_OBJECTION(status)
HB_OBJECTION(place)
HB_OBJECTION(align)
HB_OBJECTION(inside)
HB_OBJECTION(overlap)
HB_OBJECTION(content)
HB_OBJECTION(guard)
HB_OBJECTION(unchanged)
HB_OBJECTION(check)
HB_OBJECTION(stats)
HB_OBJECTION(drain)
HB_OBJECTION(replay)
HB_OBJECTION(bound)
HB_OBJECTION(shadow)
HB_OBJECTION(differ)
HB_OBJECTION(outside_chunk)
HB_OBJECTION(arbitrary_write)
HB_OBJECTION(another_oracle)

static _Noreturn void end_with_finding(enum hb_oracle oracle)
{
    static void (*const objections[HB_ORACLE_COUNT])(void) = {
        [HB_ORACLE_STATUS] = objection_of_status,
        [HB_ORACLE_PLACE] = objection_of_place,
        [HB_ORACLE_ALIGN] = objection_of_align,
        [HB_ORACLE_INSIDE] = objection_of_inside,
        [HB_ORACLE_OVERLAP] = objection_of_overlap,
        [HB_ORACLE_CONTENT] = objection_of_content,
        [HB_ORACLE_GUARD] = objection_of_guard,
        [HB_ORACLE_UNCHANGED] = objection_of_unchanged,
        [HB_ORACLE_CHECK] = objection_of_check,
        [HB_ORACLE_STATS] = objection_of_stats,
        [HB_ORACLE_DRAIN] = objection_of_drain,
        [HB_ORACLE_REPLAY] = objection_of_replay,
        [HB_ORACLE_BOUND] = objection_of_bound,
        [HB_ORACLE_SHADOW] = objection_of_shadow,
        [HB_ORACLE_DIFFER] = objection_of_differ,
        [HB_ORACLE_OUTSIDE_CHUNK] = objection_of_outside_chunk,
        [HB_ORACLE_ARBITRARY_WRITE] = objection_of_arbitrary_write,
    };
    if (objections[oracle] != NULL) {
        objections[oracle]();
    }
    objection_of_another_oracle();
}

static void print_verdict(const struct hb_run_result *result)
{
    const struct hb_verdict *verdict = &result->verdict;
    char text[HB_OP_TEXT_BYTES];
    const char *const off = without != 0 ? getenv("HEAPBED_WITHOUT") : NULL;
    hb_op_print(&verdict->op, text);
    fprintf(stderr,
            "heapbed: target %s, oracle %s, operation %zu: %s\n"
            "heapbed:   expected %s\n"
            "heapbed:   actual   %s\n"
            "heapbed: replay this input with: bed replay --target %s%s%s%s%s%s%s FILE\n",
            result->is_against ? against->name : target->name, hb_oracle_name(verdict->oracle),
            verdict->op_index, text, verdict->expected, verdict->actual, target->name,
            against != NULL ? " --against " : "", against != NULL ? against->name : "",
            harness->is_corrupting ? " --corrupt" : "", is_foreign ? " --contract foreign" : "",
            off != NULL ? " --without " : "", off != NULL ? off : "");
}

int hb_harness_run(const uint8_t *bytes, size_t byte_count)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    if (hb_ops_version(bytes, byte_count) > HB_OPS_VERSION ||
        ops.header.arena_log2 > ARENA_LOG2_MAX || ops.header.slot_log2 > SLOT_LOG2_MAX) {
        return HB_REFUSED;
    }
    struct hb_run_result result;
    remember_engine();
    run(&ops, harness->is_replaying && is_replayed(bytes, byte_count), &result);
    if (result.verdict.oracle == HB_ORACLE_NONE) {
        end_with_budget();
        count_edges();
        return 0;
    }
    if (findings_directory == NULL) {
        print_verdict(&result);
        end_with_finding(result.verdict.oracle);
    }
    if (!hb_collect(findings_directory, &result.verdict, bytes, byte_count)) {
        live_stats->lost++;
    }
    /* An input that fails is no parent: its children would fail at the same operation. */
    if (afl_discard_coverage != NULL) {
        afl_discard_coverage();
    }
    return HB_REFUSED;
}

enum hb_placement hb_harness_placement(void)
{
    return (target->contract & HB_PLACES_AS_LIST) != 0 ? HB_PLACEMENT_LIST : HB_PLACEMENT_BITMAP;
}

void hb_harness_rehearse(void)
{
    const char *const asked = getenv("HEAPBED_REHEARSE");
    if (!harness->is_corrupting || target->rehearse == NULL ||
        (asked != NULL && strcmp(asked, "0") == 0)) {
        return;
    }
    const char *const wrong = target->rehearse();
    if (wrong != NULL) {
        fprintf(stderr, "heapbed: target %s, rehearsal of damage: %s\n", target->name, wrong);
        abort();
    }
}

bool hb_harness_is_corrupting(void)
{
    return harness->is_corrupting;
}

const struct hb_target *hb_harness_target(void)
{
    return target;
}
