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

#include "harness.h"
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX    4096
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
__attribute__((section("__sancov_guards"), used)) static uint32_t afl_guards[COUNTER_COUNT];

static struct hb_complexity complexity;
static const char *best_folder;
static uint64_t best[HB_FIGURE_COUNT];

static void tell(const struct hb_run_result *result, uint8_t *afl_map)
{
    const unsigned free_log2 = hb_event_log2(result->counts.peak_free_blocks);
    const unsigned free_bucket = free_log2 < FREE_BUCKETS ? free_log2 : FREE_BUCKETS - 1;
    for (unsigned i = 0; i < HB_FIGURE_COUNT; i++) {
        const uint64_t figure = hb_complexity_figure(&complexity, &result->counts, i);
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

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct hb_harness harness = {.name = "complexity",
                                              .target = "bestfit",
                                              .begin = begin,
                                              .observe = hb_complexity_observe,
                                              .observe_context = &complexity,
                                              .end = tell};

    (void)argc;
    (void)argv;
    best_folder = getenv("HEAPBED_BEST");
    return hb_harness_open(&harness);
}

/* The worst of each figure, as short as it gets. */

static uint64_t figure_of(const uint8_t *bytes, size_t byte_count, unsigned figure)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    const struct hb_run_options options = {.observe = hb_complexity_observe,
                                           .observe_context = &complexity};
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

static void save(const uint8_t *bytes, size_t byte_count, unsigned figure, uint64_t value)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s.hbed", best_folder, hb_figure_name(figure));
    FILE *file = fopen(path, "wb");
    if (file == NULL || fwrite(bytes, 1, byte_count, file) != byte_count) {
        fprintf(stderr, "heapbed: %s cannot be written\n", path);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    fprintf(stderr, "heapbed: %s is %llu now: %s\n", hb_figure_name(figure),
            (unsigned long long)value, path);
}

static void keep_worst(const uint8_t *bytes, size_t byte_count)
{
    const struct hb_ops ops = hb_ops_view(bytes, byte_count);
    uint8_t whole[BYTES_MAX];
    if ((ops.count + 1) * HB_RECORD_BYTES > sizeof whole) {
        return;
    }
    for (unsigned i = 0; i < HB_FIGURE_COUNT; i++) {
        hb_ops_encode_header(&ops.header, whole);
        memcpy(whole + HB_RECORD_BYTES, ops.records, ops.count * HB_RECORD_BYTES);
        const uint64_t value = figure_of(whole, (ops.count + 1) * HB_RECORD_BYTES, i);
        if (value > best[i]) {
            best[i] = value;
            save(whole, shorten(whole, (ops.count + 1) * HB_RECORD_BYTES, i, value), i, value);
        }
    }
}

static bool is_worse(void)
{
    const struct hb_run_counts none = {.peak_live_bytes = HB_ARENA_FIGURE_BYTES_MIN};
    for (unsigned i = 0; i < HB_FIGURE_ARENA; i++) {
        if (complexity.steps[i] > best[i]) {
            return true;
        }
    }
    /* an upper bound: more live bytes make it smaller */
    return hb_complexity_figure(&complexity, &none, HB_FIGURE_ARENA) > best[HB_FIGURE_ARENA];
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    const int status = hb_harness_run(bytes, byte_count);
    if (best_folder != NULL && status == 0 && byte_count > 0 && is_worse()) {
        keep_worst(bytes, byte_count);
    }
    return status;
}
