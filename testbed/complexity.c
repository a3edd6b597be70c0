/* SPDX-License-Identifier: MIT
 *
 * Watches the calls of a run: the costliest of each kind, and how far up blocks ever lay.
 */
#include "complexity.h"

const char *hb_figure_name(unsigned figure)
{
    static const char *const names[HB_FIGURE_COUNT] = {"malloc-steps", "free-steps",
                                                       "realloc-steps", "arena"};
    return figure < HB_FIGURE_COUNT ? names[figure] : "unknown";
}

static void observe_range(struct hb_complexity *complexity, const struct hb_call *call)
{
    if (call->actual_status == HB_OK) {
        complexity->range_begin = call->pointer.offset;
        complexity->range_count++;
    }
}

static void observe_block(struct hb_complexity *complexity, const struct hb_call *call)
{
    complexity->is_aligned |= call->align > 16;
    if (call->actual_status == HB_OK && complexity->range_count == 1) {
        const uint64_t size = call->kind == HB_CALL_CALLOC ? call->count * call->size : call->size;
        hb_raise_to(&complexity->extent_bytes,
                    (uint64_t)(call->actual.offset - complexity->range_begin) + size);
    }
}

void hb_complexity_observe(void *context, const struct hb_call *call)
{
    struct hb_complexity *complexity = context;
    switch (call->kind) {
    case HB_CALL_ADD_RANGE:
        observe_range(complexity, call);
        break;
    case HB_CALL_MALLOC:
    case HB_CALL_CALLOC:
        hb_raise_to(&complexity->steps[HB_FIGURE_MALLOC_STEPS], call->work);
        observe_block(complexity, call);
        break;
    case HB_CALL_REALLOC:
        hb_raise_to(&complexity->steps[HB_FIGURE_REALLOC_STEPS], call->work);
        observe_block(complexity, call);
        break;
    case HB_CALL_FREE:
        hb_raise_to(&complexity->steps[HB_FIGURE_FREE_STEPS], call->work);
        break;
    default:
        break;
    }
}

uint64_t hb_complexity_figure(const struct hb_complexity *complexity,
                              const struct hb_run_counts *counts, enum hb_figure figure)
{
    if (figure != HB_FIGURE_ARENA) {
        return complexity->steps[figure];
    }
    const bool counts_here = complexity->range_count == 1 && !complexity->is_aligned &&
                             counts->peak_live_bytes >= HB_ARENA_FIGURE_BYTES_MIN;
    return counts_here ? complexity->extent_bytes * 100 / counts->peak_live_bytes : 0;
}
