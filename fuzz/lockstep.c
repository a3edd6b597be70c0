/* SPDX-License-Identifier: MIT
 *
 * The harness "lockstep": one LLVMFuzzerTestOneInput for every engine. The input is an op stream,
 * run on the target and the model side by side; an oracle's objection is a crash of the fuzz
 * program, as every engine understands it.
 *
 * Environment:
 *   HEAPBED_TARGET      the allocator under test, a name or a path (default: bestfit)
 *   HEAPBED_FINDINGS    a directory: inputs that fail are saved there and the search goes on,
 * instead of ending at the first one (see collect.h) HEAPBED_STATS       a file for live counters
 * (see live_stats.h) HEAPBED_SUPERVISED  if set: the process ends with its parent, however that
 * ends
 */
#include "collect.h"
#include "live_stats.h"
#include "ops.h"
#include "parent_death.h"
#include "run.h"
#include "targets.h"

#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Streams of a later version are for later programs, and bed replay would refuse them. Larger
 * arenas and tables of slots are for recorded programs: clearing one costs more than thousands of
 * operations. */
#define ARENA_LOG2_MAX 20u
#define SLOT_LOG2_MAX  16u

/* One input in so many is run twice. Which ones depends on their bytes alone, so that a finding of
 * the oracle "replay" is found again when its input is replayed. */
#define REPLAY_EVERY 16u

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count);

/* AFL++'s runtime; null with other engines. Looked up by name, since its instrumentation declares
 * the map in every file itself. */
static uint8_t **afl_map; /* what this execution covered, a byte an edge */
static const uint32_t *afl_map_size;
static void (*afl_discard_coverage)(void); /* what this execution covered does not count */

#define EDGES_MAX 65536u

static const struct hb_target *target;
static const char *findings_directory;
static struct hb_live_stats *live_stats;

static void find_afl_runtime(void)
{
    afl_map = dlsym(RTLD_DEFAULT, "__afl_area_ptr");
    afl_map_size = dlsym(RTLD_DEFAULT, "__afl_map_size");
    /* ISO C has no cast from an object's pointer to a function's; POSIX promises that this works */
    *(void **)&afl_discard_coverage = dlsym(RTLD_DEFAULT, "__afl_coverage_discard");
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    const char *name = getenv("HEAPBED_TARGET");
    char error[256] = "";
    target = hb_target_find(name != NULL && *name != '\0' ? name : "bestfit", error, sizeof error);
    if (target == NULL) {
        fprintf(stderr, "heapbed: HEAPBED_TARGET: %s\n", error);
        exit(2);
    }
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

static void run(const struct hb_ops *ops, bool run_twice, struct hb_run_result *result)
{
    const struct hb_run_options options = {.catch_signals = findings_directory != NULL,
                                           .run_twice = run_twice};
    if (!hb_run(ops, target, &options, result)) {
        exit(2);
    }
    live_stats->executions++;
    live_stats->operations += result->counts.operations;
    live_stats->no_ops += result->counts.no_ops;
    live_stats->verdicts += result->verdict.oracle != HB_ORACLE_NONE;
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

static void print_verdict(const struct hb_verdict *verdict)
{
    char text[HB_OP_TEXT_BYTES];
    hb_op_print(&verdict->op, text);
    fprintf(stderr,
            "heapbed: target %s, oracle %s, operation %zu: %s\n"
            "heapbed:   expected %s\n"
            "heapbed:   actual   %s\n"
            "heapbed: replay this input with: bed replay --target %s FILE\n",
            target->name, hb_oracle_name(verdict->oracle), verdict->op_index, text,
            verdict->expected, verdict->actual, target->name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    if (hb_ops_version(bytes, byte_count) > HB_OPS_VERSION ||
        ops.header.arena_log2 > ARENA_LOG2_MAX || ops.header.slot_log2 > SLOT_LOG2_MAX) {
        return -1;
    }
    struct hb_run_result result;
    run(&ops, is_replayed(bytes, byte_count), &result);
    if (result.verdict.oracle == HB_ORACLE_NONE) {
        count_edges();
        return 0;
    }
    if (findings_directory == NULL) {
        print_verdict(&result.verdict);
        abort();
    }
    if (!hb_collect(findings_directory, &result.verdict, bytes, byte_count)) {
        live_stats->lost++;
    }
    /* An input that fails is no parent: its children would fail at the same operation. */
    if (afl_discard_coverage != NULL) {
        afl_discard_coverage();
    }
    return -1;
}
