// SPDX-License-Identifier: MIT
//
// The timed rows of one subject, on Google Benchmark: heapbed-bench-driver SUBJECT ROW... and the
// library's own options. One process is one subject; bed bench launches it again and again, in
// random order, and takes the medians. Results go to the standard output as JSON.
//
// In C++ only because the library is: what is measured is C (workload.c).

#include "rows.h"

#include <benchmark/benchmark.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

// Calls between two looks at the library's counter. Few where a call takes long.
constexpr int64_t kCallsAtOnce = 1024;
constexpr int64_t kSlowCallsAtOnce = 4;
constexpr double kSlowSeconds = 10e-6;
// A mixed trace is played from the start every time, for the same heap each time.
constexpr double kMixedSeconds = 0.02;
constexpr int64_t kMixedRepetitionsMax = 32;

// The heap that was set up last: the library calls a benchmark several times while it looks for a
// number of iterations.
struct Prepared {
    bench_heap heap{};
    const bench_row *row = nullptr;
    int64_t calls_at_once = kCallsAtOnce;
};

Prepared prepared;

void Release()
{
    if (prepared.row != nullptr) {
        bench_dispose(&prepared.heap);
        prepared.row = nullptr;
    }
}

bool Prepare(const bench_subject *subject, const bench_row *row, benchmark::State *state)
{
    const char *reason = nullptr;
    Release();
    if (!bench_prepare(&prepared.heap, subject, &row->workload, &reason)) {
        state->SkipWithError(reason);
        return false;
    }
    prepared.row = row;
    return true;
}

double SecondsOf(int64_t calls)
{
    const auto begin = std::chrono::steady_clock::now();
    benchmark::DoNotOptimize(bench_play(&prepared.heap, static_cast<size_t>(calls)));
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

void CheckFailed(benchmark::State *state)
{
    if (prepared.heap.failed_count != 0) {
        state->SkipWithError("the subject ran out of memory, or refused a free");
    }
}

// select_block and pairs leave the heap as it was: it serves all iterations.
void RunSteady(benchmark::State &state, const bench_subject *subject, const bench_row *row)
{
    if (prepared.row != row) {
        if (!Prepare(subject, row, &state)) {
            return;
        }
        const bool is_slow = SecondsOf(kSlowCallsAtOnce) > kSlowSeconds * kSlowCallsAtOnce;
        prepared.calls_at_once = is_slow ? kSlowCallsAtOnce : kCallsAtOnce;
    }
    while (state.KeepRunningBatch(prepared.calls_at_once)) {
        benchmark::DoNotOptimize(
            bench_play(&prepared.heap, static_cast<size_t>(prepared.calls_at_once)));
    }
    CheckFailed(&state);
}

// A mixed trace: one batch, once, on a heap of its own.
void RunMixed(benchmark::State &state, const bench_subject *subject, const bench_row *row)
{
    if (!Prepare(subject, row, &state)) {
        return;
    }
    const size_t calls = row->workload.call_count;
    while (state.KeepRunningBatch(static_cast<int64_t>(calls))) {
        benchmark::DoNotOptimize(bench_play(&prepared.heap, calls));
    }
    CheckFailed(&state);
}

// How often a mixed trace is to be played for a figure that the clock does not spoil.
int MixedRepetitions(const bench_subject *subject, const bench_row *row)
{
    const char *reason = nullptr;
    Release();
    if (!bench_prepare(&prepared.heap, subject, &row->workload, &reason)) {
        return 1; // the run says so again, and fails
    }
    prepared.row = row;
    const double seconds = SecondsOf(static_cast<int64_t>(row->workload.call_count));
    Release();
    const double wanted = kMixedSeconds / (seconds > 0 ? seconds : kMixedSeconds);
    return static_cast<int>(wanted < 1                      ? 1
                            : wanted > kMixedRepetitionsMax ? kMixedRepetitionsMax
                                                            : wanted);
}

void Register(const bench_subject *subject, const bench_row *row)
{
    const bool is_mixed = row->workload.calls == BENCH_CALLS_MIXED;
    auto *registered =
        benchmark::RegisterBenchmark(row->name, is_mixed ? RunMixed : RunSteady, subject, row);
    if (is_mixed) {
        registered->Iterations(static_cast<int64_t>(row->workload.call_count))
            ->Repetitions(MixedRepetitions(subject, row));
    }
}

int Usage(const char *reason)
{
    (void)fprintf(stderr, "heapbed-bench-driver SUBJECT ROW...: %s\n", reason);
    return 2;
}

} // namespace

int main(int argc, char **argv)
{
    benchmark::Initialize(&argc, argv);
    if (argc < 3) {
        return Usage("which subject, and which rows?");
    }
    char error[400] = "";
    const bench_subject *subject = bench_subject_find(argv[1], error, sizeof error);
    if (subject == nullptr) {
        return Usage(error);
    }
    for (int i = 2; i < argc; i++) {
        const bench_row *row = bench_row_find(argv[i]);
        if (row == nullptr || row->kind != BENCH_TIMED) {
            return Usage((std::string(argv[i]) + " is no timed row").c_str());
        }
        if (bench_can_play(subject, &row->workload)) {
            Register(subject, row);
        }
    }
    benchmark::JSONReporter reporter;
    benchmark::RunSpecifiedBenchmarks(&reporter);
    Release();
    return 0;
}
