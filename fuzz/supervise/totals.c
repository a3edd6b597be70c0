/* SPDX-License-Identifier: MIT
 *
 * What the engines have come to, added up.
 */
#include "totals.h"

#include "files.h"

#include <stdlib.h>

/* AFL++'s processes of a harness work in one folder. */
static size_t count_queue(const struct engine *engine)
{
    char *folder = afl_folder(engine);
    char *queue = text_format("%s/%s/queue", folder, engine->name);
    const size_t count = folder_count(queue);
    free(queue);
    free(folder);
    return count;
}

static void add_stats(struct harness_totals *totals, const struct hb_live_stats *stats)
{
    totals->executions += stats->executions;
    totals->operations += stats->operations;
    totals->no_ops += stats->no_ops;
    totals->verdicts += stats->verdicts;
    totals->lost += stats->lost;
    totals->inconclusive += stats->inconclusive;
    totals->odds_checks += stats->odds_checks;
    totals->odds_misses += stats->odds_misses;
    totals->smashes += stats->smashes;
    totals->smashed_calls += stats->smashed_calls;
    totals->detections += stats->detections;
    for (size_t i = 0; i < HB_MISS_COUNT; i++) {
        totals->misses[i] += stats->misses[i];
    }
}

void totals_add_engine(struct totals *totals, struct engine *engine)
{
    engine_read(engine);
    add_stats(&totals->all, engine->stats);
    add_stats(&totals->of[engine->turn.harness], engine->stats);
    const unsigned kind = build_is_afl(engine->turn.build);
    if (engine->edges > totals->edges[kind]) {
        totals->edges[kind] = engine->edges;
    }
    totals->corpus[1] += kind == 1 ? count_queue(engine) : 0;
}
