/* SPDX-License-Identifier: MIT
 *
 * The loop behind bed throughput, and behind the row of bed bench that is about the bed itself.
 */
#include "throughput.h"

#include <time.h>

static double cpu_seconds(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

bool hb_throughput_measure(const struct hb_bytes *bytes, const struct hb_target *target,
                           double seconds, struct hb_events *events,
                           struct hb_throughput *throughput, struct hb_verdict *verdict)
{
    const struct hb_run_options options = {.catch_signals = true, .events = events};
    const struct hb_ops ops = hb_ops_view(bytes->data, bytes->count);
    struct hb_run_result result;
    const double begin = cpu_seconds();

    *throughput = (struct hb_throughput){0};
    *verdict = (struct hb_verdict){.oracle = HB_ORACLE_NONE};
    for (uint64_t batch = 1; throughput->seconds < seconds; batch *= 2) {
        for (uint64_t i = 0; i < batch; i++) {
            if (!hb_run(&ops, target, &options, &result)) {
                return false;
            }
            if (result.verdict.oracle != HB_ORACLE_NONE) {
                *verdict = result.verdict;
                return false;
            }
            throughput->operations += result.counts.operations;
        }
        throughput->runs += batch;
        throughput->seconds = cpu_seconds() - begin;
    }
    return true;
}

double hb_throughput_rate(const struct hb_throughput *throughput)
{
    return throughput->seconds > 0 ? (double)throughput->operations / throughput->seconds : 0;
}
