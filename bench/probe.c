/* SPDX-License-Identifier: MIT
 *
 * What is measured without a clock, one figure a process:
 *     probe count SUBJECT ROW      plays the row's calls, for callgrind to count; prints how many
 *     probe arena SUBJECT TRACE    prints the smallest arena and the peak, in bytes
 *     probe provider               prints whose malloc this process has, and its version
 *     probe check SUBJECT          checks that every workload sets up what it says
 */
#include "arena_search.h"
#include "footprint.h"
#include "rows.h"
#include "targets.h"
#include "throughput.h"

#include <dlfcn.h>
#include <glob.h>
#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <valgrind/callgrind.h>

#define STEADY_CALL_COUNT ((size_t)1024)
/* Heaps with more free blocks are not validated: the list index takes minutes for that. */
#define VALIDATED_COUNT_MAX ((size_t)4096)
#define CHECKED_COUNT_MAX   VALIDATED_COUNT_MAX
#define CHECKED_CALLS_MAX   ((size_t)8192)
#define CHECKED_TRACE       "trace/git-log" /* all are played in the same way */

static int complain(const char *what, const char *reason)
{
    (void)fprintf(stderr, "heapbed-bench-probe: %s: %s\n", what, reason);
    return 2;
}

/* As many calls as are counted: where the heap is mixed first, all that follow. */
static size_t row_call_count(const struct bench_row *row, const struct bench_heap *heap)
{
    return bench_is_steady(&row->workload) ? STEADY_CALL_COUNT : bench_calls_left(heap);
}

static int count_calls(const struct bench_subject *subject, const char *row_name)
{
    const struct bench_row *row = bench_row_find(row_name);
    struct bench_heap heap;
    const char *reason = NULL;

    if (row == NULL || (row->kind != BENCH_INSTRUCTIONS && row->kind != BENCH_WORST)) {
        return complain(row_name, "no row of instructions");
    }
    if (!bench_can_play(subject, &row->workload)) {
        return complain(row_name, "not for this subject");
    }
    if (!bench_prepare(&heap, subject, &row->workload, 0, &reason)) {
        return complain(row_name, reason);
    }
    const size_t count = row_call_count(row, &heap);

    CALLGRIND_START_INSTRUMENTATION; /* what comes before is faster without */
    (void)bench_play_counted(&heap, count);
    const size_t failed_count = heap.failed_count;

    bench_dispose(&heap);
    if (failed_count != 0) {
        return complain(row_name, "the subject ran out of memory, or refused a free");
    }
    /* Of groups of mallocs and of frees, one kind is counted (counted_job.c). */
    const bool is_half =
        row->workload.calls == BENCH_CALLS_MALLOC || row->workload.calls == BENCH_CALLS_FREE;

    (void)printf("%zu\n", is_half ? count / 2 : count);
    return 0;
}

static int search_arena(const struct bench_subject *subject, const char *name)
{
    struct bench_arena arena = {0, 0};
    const char *reason = NULL;
    const struct bench_trace *trace = bench_trace_load(name, &reason);

    if (trace == NULL || !bench_arena_search(subject, trace, &arena, &reason)) {
        return complain(name, reason);
    }
    (void)printf("%zu %zu\n", arena.arena_bytes, arena.peak_bytes);
    return 0;
}

static int measure_footprint(const struct bench_subject *subject, const char *name)
{
    struct bench_footprint footprint;
    const char *reason = NULL;

    if (!bench_footprint_measure(subject, name, &footprint, &reason)) {
        return complain(name, reason);
    }
    (void)printf("%zu %zu\n", footprint.resident_bytes, footprint.peak_bytes);
    for (size_t i = 0; i < footprint.point_count; i++) {
        (void)printf("%zu %.4f\n", footprint.points[i].call, footprint.points[i].value);
    }
    return 0;
}

/* -- the bed itself --------------------------------------------------------------------------- */

static bool measure_input(const char *path, const struct hb_target *target, double seconds,
                          double *rate)
{
    struct hb_bytes bytes;
    struct hb_throughput throughput;
    struct hb_verdict verdict;
    char error[400] = "";

    if (!bench_input_read(path, &bytes, error, sizeof error)) {
        (void)complain(path, error);
        return false;
    }
    const bool ok = hb_throughput_measure(&bytes, target, seconds, NULL, &throughput, &verdict);

    free(bytes.data);
    if (!ok) {
        (void)complain(path, "an oracle objected");
        return false;
    }
    *rate = hb_throughput_rate(&throughput);
    return true;
}

/* The mean over the inputs: a few long ones do not outweigh the others. */
static int measure_checked(const char *target_name, const char *seconds)
{
    char error[400] = "";
    const struct hb_target *target = hb_target_find(target_name, error, sizeof error);
    glob_t inputs;
    double sum = 0;
    bool ok = true;

    if (target == NULL) {
        return complain(target_name, error);
    }
    if (glob(BENCH_SOURCE "/corpus/seeds/*.hbedt", 0, NULL, &inputs) != 0 ||
        glob(BENCH_SOURCE "/corpus/regressions/*.hbedt", GLOB_APPEND, NULL, &inputs) != 0) {
        return complain(BENCH_SOURCE "/corpus", "there is nothing to run");
    }
    const double count = (double)inputs.gl_pathc;

    for (size_t i = 0; ok && i < inputs.gl_pathc; i++) {
        double rate = 0;

        ok = measure_input(inputs.gl_pathv[i], target, strtod(seconds, NULL) / count, &rate);
        sum += rate;
    }
    globfree(&inputs);
    if (ok) {
        (void)printf("%.0f\n", sum / count);
    }
    return ok ? 0 : 2;
}

/* -- whose malloc ----------------------------------------------------------------------------- */

/* The version as the library itself tells it. */
static void print_version(void)
{
    /* What dlsym returns is an object pointer; POSIX says it can be a function's. */
    union {
        void *symbol;
        int (*mimalloc)(void);
        int (*jemalloc)(const char *, void *, size_t *, void *, size_t);
        const char *(*tcmalloc)(int *, int *, const char **);
    } found;
    const char *text = NULL;
    size_t text_bytes = sizeof text;

    found.symbol = dlsym(RTLD_DEFAULT, "mi_version");
    if (found.symbol != NULL) {
        const int version = found.mimalloc();

        (void)printf("mimalloc %d.%d.%d\n", version / 100, version / 10 % 10, version % 10);
        return;
    }
    found.symbol = dlsym(RTLD_DEFAULT, "mallctl");
    if (found.symbol != NULL && found.jemalloc("version", &text, &text_bytes, NULL, 0) == 0) {
        (void)printf("jemalloc %.*s\n", (int)strcspn(text, "-"), text);
        return;
    }
    found.symbol = dlsym(RTLD_DEFAULT, "tc_version");
    if (found.symbol != NULL) {
        (void)printf("tcmalloc %s\n", found.tcmalloc(NULL, NULL, NULL));
        return;
    }
    (void)printf("glibc %s\n", gnu_get_libc_version());
}

/* -- the self-check --------------------------------------------------------------------------- */

static bool check_row(const struct bench_subject *subject, const struct bench_row *row)
{
    struct bench_heap heap;
    const char *reason = NULL;

    if (!bench_prepare(&heap, subject, &row->workload, 0, &reason)) {
        (void)printf("%s: %s: %s\n", subject->name, row->name, reason);
        return false;
    }
    const size_t before = bench_free_block_count(&heap);

    const size_t count = row_call_count(row, &heap);

    (void)bench_play(&heap, count < CHECKED_CALLS_MAX ? count : CHECKED_CALLS_MAX);
    const size_t after = bench_free_block_count(&heap);
    const char *fault = "";
    const bool is_sound = subject->target->check == NULL ||
                          row->workload.free_count > VALIDATED_COUNT_MAX ||
                          subject->target->check(heap.state, &fault);
    bool ok = heap.failed_count == 0 && is_sound;

    if (bench_is_steady(&row->workload) && before != SIZE_MAX) {
        const bool is_drawn = row->workload.input == NULL;

        ok = ok && after == before && (!is_drawn || before == row->workload.free_count);
    }
    (void)printf("%s: %s: %zd free blocks, then %zd; %zu calls failed%s%s: %s\n", subject->name,
                 row->name, (ssize_t)before, (ssize_t)after, heap.failed_count,
                 is_sound ? "" : "; ", fault, ok ? "ok" : "WRONG");
    bench_dispose(&heap);
    return ok;
}

static int check_subject(const struct bench_subject *subject)
{
    bool ok = true;

    for (size_t i = 0; bench_row_at(i) != NULL; i++) {
        const struct bench_row *row = bench_row_at(i);
        const bool is_played =
            (row->kind == BENCH_TIMED || row->kind == BENCH_WORST) &&
            (row->workload.calls != BENCH_CALLS_TRACE || strcmp(row->name, CHECKED_TRACE) == 0);

        if (is_played && row->workload.free_count <= CHECKED_COUNT_MAX &&
            bench_can_play(subject, &row->workload)) {
            ok = check_row(subject, row) && ok;
        }
    }
    return ok ? 0 : 1;
}

/* --------------------------------------------------------------------------------------------- */

static int run(const char *command, const char *subject_name, const char *operand)
{
    char error[400] = "";
    const struct bench_subject *subject = bench_subject_find(subject_name, error, sizeof error);

    if (subject == NULL) {
        return complain(subject_name, error);
    }
    if (strcmp(command, "check") == 0) {
        return check_subject(subject);
    }
    if (strcmp(command, "count") == 0 && operand != NULL) {
        return count_calls(subject, operand);
    }
    if (strcmp(command, "arena") == 0 && operand != NULL) {
        return search_arena(subject, operand);
    }
    if (strcmp(command, "footprint") == 0 && operand != NULL) {
        return measure_footprint(subject, operand);
    }
    return complain(command, "no such command");
}

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "provider") == 0) {
        print_version();
        return 0;
    }
    if (argc == 4 && strcmp(argv[1], "checked") == 0) {
        return measure_checked(argv[2], argv[3]);
    }
    if (argc != 3 && argc != 4) {
        return complain("usage", "count|arena|footprint|check SUBJECT [ROW|TRACE], checked TARGET "
                                 "SECONDS, or provider");
    }
    return run(argv[1], argv[2], argv[3]);
}
