/* SPDX-License-Identifier: MIT
 *
 * The harness "complexity": looks for streams that are costly, not wrong. Each figure
 * (complexity.h) is told to the engine as coverage: a call that takes more steps than any before
 * it, for the number of free blocks that there are, is as good as a new edge. Oracles look all the
 * same.
 *
 * Environment, beside what harness.h has:
 *   HEAPBED_BEST  a folder: of each figure the stream that is worst, shortened, as FIGURE.hbed
 */
#include "complexity.h"

#include "event_counters.h"
#include "harness.h"
#include "targets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define BYTES_MAX    4096
#define PATH_BYTES   4096
#define FREE_BUCKETS 10
#define COST_BUCKETS 96

/* An octave of values is 8 buckets, but what is below 16 has one for each value. */
static unsigned bucket_of(uint64_t value)
{
    const unsigned bits = hb_event_log2(value);
    if (bits < 5) {
        return (unsigned)value;
    }
    const unsigned bucket = 16 + (bits - 5) * 8 + (unsigned)(value >> (bits - 4) & 7);
    return bucket < COST_BUCKETS ? bucket : COST_BUCKETS - 1;
}

/* As coverage, in both engines: see event_counters.c. */
#define COUNTER_COUNT (HB_FIGURE_COUNT * FREE_BUCKETS * COST_BUCKETS)
__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t libfuzzer_counters[COUNTER_COUNT];
HB_AFL_GUARDS static uint32_t afl_guards[COUNTER_COUNT];

static struct hb_complexity complexity;
static const char *best_folder;
static uint64_t figures[HB_FIGURE_COUNT]; /* of the last run; 0 where it was not clean */
static uint64_t best[HB_FIGURE_COUNT];

static void tell(const struct hb_run_result *result, uint8_t *afl_map)
{
    const bool is_clean = result->verdict.oracle == HB_ORACLE_NONE && !result->is_inconclusive;
    const unsigned free_log2 = hb_event_log2(result->counts.peak_free_blocks);
    const unsigned free_bucket = free_log2 < FREE_BUCKETS ? free_log2 : FREE_BUCKETS - 1;
    for (unsigned i = 0; i < HB_FIGURE_COUNT; i++) {
        const uint64_t figure = hb_complexity_figure(&complexity, &result->counts, i);
        figures[i] = is_clean ? figure : 0;
        const size_t at = (i * FREE_BUCKETS + free_bucket) * COST_BUCKETS + bucket_of(figure);
        libfuzzer_counters[at] = figure != 0;
        if (afl_map != NULL && figure != 0) {
            afl_map[afl_guards[at]] = 1;
        }
    }
}

static void begin(void)
{
    complexity = (struct hb_complexity){0};
}

/* The worst of each figure, as short as it gets. */

static uint64_t figure_of(const uint8_t *bytes, size_t byte_count, unsigned figure)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    const struct hb_run_options options = {
        .catch_signals = true, .observe = hb_complexity_observe, .observe_context = &complexity};
    struct hb_run_result result;
    begin();
    return hb_run(&ops, hb_harness_target(), &options, &result) &&
                   result.verdict.oracle == HB_ORACLE_NONE && !result.is_inconclusive
               ? hb_complexity_figure(&complexity, &result.counts, figure)
               : 0;
}

/* Leaves out every record, or run of records, that the figure does not need. */
static size_t shorten(uint8_t *bytes, size_t byte_count, unsigned figure, uint64_t wanted)
{
    uint8_t shorter[BYTES_MAX];
    const size_t first = HB_RECORD_BYTES;
    for (size_t chunk = BYTES_MAX / 2; chunk >= HB_RECORD_BYTES; chunk /= 2) {
        for (size_t at = first; at + chunk <= byte_count;) {
            memcpy(shorter, bytes, at);
            memcpy(shorter + at, bytes + at + chunk, byte_count - at - chunk);
            if (figure_of(shorter, byte_count - chunk, figure) >= wanted) {
                byte_count -= chunk;
                memcpy(bytes, shorter, byte_count);
            } else {
                at += chunk;
            }
        }
    }
    return byte_count;
}

static void path_of(unsigned figure, const char *ending, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/%s.hbed%s", best_folder, hb_figure_name(figure), ending);
}

/* The engine may be ended at any time: what is there is replaced at once, or not at all. */
static void save(const uint8_t *bytes, size_t byte_count, unsigned figure, uint64_t value)
{
    char path[PATH_BYTES];
    char unfinished[PATH_BYTES];
    path_of(figure, "", path);
    path_of(figure, ".unfinished", unfinished);
    FILE *file = fopen(unfinished, "wb");
    const bool is_written = file != NULL && fwrite(bytes, 1, byte_count, file) == byte_count;
    const bool is_closed = file != NULL && fclose(file) == 0;
    if (!is_written || !is_closed || rename(unfinished, path) != 0) {
        fprintf(stderr, "heapbed: %s cannot be written\n", path);
        return;
    }
    fprintf(stderr, "heapbed: %s is %llu now: %s\n", hb_figure_name(figure),
            (unsigned long long)value, path);
}

/* What an earlier process has kept is to be surpassed, not replaced. */
static void read_best(void)
{
    uint8_t bytes[BYTES_MAX];
    for (unsigned i = 0; i < HB_FIGURE_COUNT; i++) {
        char path[PATH_BYTES];
        path_of(i, "", path);
        FILE *file = fopen(path, "rb");
        if (file != NULL) {
            best[i] = figure_of(bytes, fread(bytes, 1, sizeof bytes, file), i);
            (void)fclose(file);
        }
    }
}

/* In a process of its own: the hundreds of streams that shortening plays are no part of what the
 * engine's input covers. */
static void shorten_and_save(uint8_t *bytes, size_t byte_count, unsigned figure, uint64_t value)
{
    const pid_t process = fork();
    if (process == 0) {
        hb_harness_leave_coverage();
        save(bytes, shorten(bytes, byte_count, figure, value), figure, value);
        _exit(0);
    }
    if (process < 0) {
        save(bytes, byte_count, figure, value);
    }
    while (process > 0 && waitpid(process, NULL, 0) < 0 && errno == EINTR) {
    }
}

static void keep_worst(const uint8_t *bytes, size_t byte_count)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    const size_t whole_count = (ops.count + 1) * HB_RECORD_BYTES;
    uint8_t whole[BYTES_MAX];
    if (whole_count > sizeof whole) {
        return;
    }
    for (unsigned i = 0; i < HB_FIGURE_COUNT; i++) {
        if (figures[i] > best[i]) {
            best[i] = figures[i];
            hb_ops_encode_header(&ops.header, whole);
            memcpy(whole + HB_RECORD_BYTES, ops.records, ops.count * HB_RECORD_BYTES);
            shorten_and_save(whole, whole_count, i, figures[i]);
        }
    }
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct hb_harness harness = {.name = "complexity",
                                              .target = HB_HARNESS_TARGET,
                                              .begin = begin,
                                              .observe = hb_complexity_observe,
                                              .observe_context = &complexity,
                                              .end = tell};

    (void)argc;
    (void)argv;
    best_folder = getenv("HEAPBED_BEST");
    const int status = hb_harness_open(&harness);
    if (best_folder != NULL) {
        read_best();
    }
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    const int status = hb_harness_run(bytes, byte_count);
    if (best_folder != NULL && status == 0 && byte_count > 0) {
        keep_worst(bytes, byte_count);
    }
    return status;
}
