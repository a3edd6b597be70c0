// SPDX-License-Identifier: MIT
//
// The timed rows of one subject, on Google Benchmark: heapbed-bench-driver SUBJECT ROW... and the
// library's own options. One process is one subject; bed bench launches it again and again, in
// random order, and takes the medians. Results go to the standard output as JSON. Counters of a
// row: p10 to max, nanoseconds a call, from batches of `batch` calls by the clock, a reading of
// which takes `timer`, and is taken off; and `wall`, all seconds that the row took, its heap's
// setting up included.
//
// In C++ only because the library is: what is measured is C (workload.c, play.c, latency.c).

#include "latency.h"
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
constexpr double kVerySlowSeconds = 1e-3;
// A trace is played from the start every time, a mixed heap with other calls each time.
constexpr double kPlayedSeconds = 0.02;
constexpr int64_t kRepetitionsMax = 32;
// How long batches are timed. Cold ones take milliseconds each, to fill the caches.
constexpr double kLatencySeconds = 0.02;
constexpr double kColdSeconds = 0.4;

// The heap that was set up last: the library calls a benchmark several times while it looks for a
// number of iterations.
struct Prepared {
    bench_heap heap{};
    const bench_row *row = nullptr;
    int64_t calls_at_once = kCallsAtOnce;
    std::chrono::steady_clock::time_point begin;
    bench_latency latency{};
    bool has_latency = false;
};

Prepared prepared;

void Release()
{
    if (prepared.row != nullptr) {
        bench_dispose(&prepared.heap);
        prepared.row = nullptr;
    }
}

bool Prepare(const bench_subject *subject, const bench_row *row, uint32_t round,
             benchmark::State *state)
{
    const char *reason = nullptr;
    Release();
    prepared.begin = std::chrono::steady_clock::now();
    prepared.has_latency = false;
    if (!bench_prepare(&prepared.heap, subject, &row->workload, round, &reason)) {
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

void MeasureLatency(size_t batch, double seconds)
{
    bench_latency_measure(&prepared.heap, batch, seconds, &prepared.latency);
    prepared.has_latency = true;
}

void Report(benchmark::State &state)
{
    if (prepared.has_latency) {
        for (size_t i = 0; i < BENCH_PERCENTILE_COUNT; i++) {
            const double value = bench_latency_percentile(&prepared.latency, i);
            if (value >= 0) {
                state.counters[bench_percentile_names[i]] = value;
            }
        }
        state.counters["batch"] = static_cast<double>(prepared.latency.batch);
        state.counters["timer"] = prepared.latency.timer;
    }
    const auto wall = std::chrono::steady_clock::now() - prepared.begin;
    state.counters["wall"] = std::chrono::duration<double>(wall).count();
    CheckFailed(&state);
}

// How many calls go between two looks at the counter, and how they are spread.
void LookAtSteady()
{
    double seconds = SecondsOf(1);
    if (seconds < kVerySlowSeconds) {
        seconds = SecondsOf(1); // warm now
    }
    prepared.calls_at_once = seconds < kSlowSeconds       ? kCallsAtOnce
                             : seconds < kVerySlowSeconds ? kSlowCallsAtOnce
                                                          : 1;
    if (seconds < kVerySlowSeconds) {
        MeasureLatency(seconds < kSlowSeconds ? BENCH_GROUP : 1, kLatencySeconds);
    }
}

// select_block and pairs leave the heap as it was: it serves all iterations.
void RunSteady(benchmark::State &state, const bench_subject *subject, const bench_row *row)
{
    if (prepared.row != row) {
        if (!Prepare(subject, row, 0, &state)) {
            return;
        }
        LookAtSteady();
    }
    while (state.KeepRunningBatch(prepared.calls_at_once)) {
        benchmark::DoNotOptimize(
            bench_play(&prepared.heap, static_cast<size_t>(prepared.calls_at_once)));
    }
    Report(state);
}

// A trace: one batch, once, on a heap of its own.
void RunPlayed(benchmark::State &state, const bench_subject *subject, const bench_row *row,
               uint32_t round)
{
    if (!Prepare(subject, row, round, &state)) {
        return;
    }
    const size_t calls = bench_calls_left(&prepared.heap);
    while (state.KeepRunningBatch(static_cast<int64_t>(calls))) {
        benchmark::DoNotOptimize(bench_play(&prepared.heap, calls));
    }
    Report(state);
}

// Only by the clock: what is between the calls that count must not.
void RunByClock(benchmark::State &state, const bench_subject *subject, const bench_row *row)
{
    if (!Prepare(subject, row, 0, &state)) {
        return;
    }
    const bool is_cold = row->workload.is_cold;
    MeasureLatency(is_cold ? 1 : BENCH_GROUP, is_cold ? kColdSeconds : 10 * kLatencySeconds);
    for (auto _ : state) {
        state.SetIterationTime(bench_latency_percentile(&prepared.latency, 1) * 1e-9);
    }
    Report(state);
}

// How many calls a trace has, and how often it is to be played for a figure that the clock does not
// spoil.
struct Played {
    int64_t calls = 1;
    int repetitions = 1; // what cannot be played says so again when it is run
};

Played LookAtPlayed(const bench_subject *subject, const bench_row *row)
{
    const char *reason = nullptr;
    Played played;
    Release();
    if (!bench_prepare(&prepared.heap, subject, &row->workload, 0, &reason)) {
        return played;
    }
    prepared.row = row;
    played.calls = static_cast<int64_t>(bench_calls_left(&prepared.heap));
    const double seconds = SecondsOf(played.calls);
    Release();
    const double wanted = kPlayedSeconds / (seconds > 0 ? seconds : kPlayedSeconds);
    played.repetitions = static_cast<int>(wanted < 1                 ? 1
                                          : wanted > kRepetitionsMax ? kRepetitionsMax
                                                                     : wanted);
    return played;
}

void Register(const bench_subject *subject, const bench_row *row)
{
    if (bench_is_by_clock(&row->workload)) {
        benchmark::RegisterBenchmark(row->name, RunByClock, subject, row)
            ->UseManualTime()
            ->Iterations(1);
    } else if (bench_is_steady(&row->workload)) {
        benchmark::RegisterBenchmark(row->name, RunSteady, subject, row);
    } else {
        const Played played = LookAtPlayed(subject, row);
        benchmark::RegisterBenchmark(row->name,
                                     [subject, row, round = 0u](benchmark::State &state) mutable {
                                         RunPlayed(state, subject, row, round++);
                                     })
            ->Iterations(played.calls)
            ->Repetitions(played.repetitions);
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
