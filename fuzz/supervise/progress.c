/* SPDX-License-Identifier: MIT
 *
 * How far the run is, on stderr.
 */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#define TERMINAL_SECONDS 2.0
#define PLAIN_SECONDS    10.0

void progress_open(struct progress *progress, double now)
{
    *progress = (struct progress){.is_terminal = isatty(STDERR_FILENO) == 1, .shown_at = now};
}

bool progress_is_due(const struct progress *progress, double now)
{
    return now - progress->shown_at >= (progress->is_terminal ? TERMINAL_SECONDS : PLAIN_SECONDS);
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
    return seconds > 0 && now >= before ? (double)(now - before) / seconds : 0;
}

void progress_show(struct progress *progress, const struct totals *totals, double now,
                   double seconds_left, size_t finding_count, size_t waiting_count)
{
    const double seconds = now - progress->shown_at;
    const unsigned left = seconds_left > 0 ? (unsigned)(seconds_left + 0.5) : 0;
    fprintf(stderr, "%s%u:%02u left | %.0f executions/s | %.2f M checked operations/s",
            progress->is_terminal ? "\r\033[K" : "", left / 60, left % 60,
            rate(totals->all.executions, progress->shown.all.executions, seconds),
            rate(totals->all.operations, progress->shown.all.operations, seconds) / 1e6);
    fprintf(stderr, " | edges %" PRIu64 " + %" PRIu64 " | corpus %zu + %zu | findings %zu",
            totals->edges[0], totals->edges[1], totals->corpus[0], totals->corpus[1],
            finding_count);
    if (totals->all.inconclusive > 0) {
        fprintf(stderr, " | inconclusive %" PRIu64, totals->all.inconclusive);
    }
    if (waiting_count > 0) {
        fprintf(stderr, " (%zu to look at)", waiting_count);
    }
    fputs(progress->is_terminal ? "" : "\n", stderr);
    (void)fflush(stderr);
    progress->shown = *totals;
    progress->shown_at = now;
}

void progress_close(const struct progress *progress)
{
    if (progress->is_terminal) {
        fputc('\n', stderr);
    }
}
