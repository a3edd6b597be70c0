/* SPDX-License-Identifier: MIT
 *
 * The target bestfit and its variants: the core behind the bed's interface.
 *
 * This file compiles the core's own source text into itself, with a hook that counts work. That way
 * one more variant of the core in the same process is this file compiled once more, with
 *     -DHB_VARIANT_SYMBOL=hb_target_bestfit_small   the struct hb_target that it defines
 *     -DHB_VARIANT_NAME='"bestfit-small"'           the name for --target
 *     -DHB_VARIANT_SUMMARY='"..."'                  one line about it (there is a default)
 *     -DBF_PREFIX=bf_small_                         so that the copies of the core do not collide
 * and whatever options of core/config.h make the variant: they decide what it promises. Which core
 * it is, is decided by the include path alone (-I core, or a folder with a changed copy of it).
 */
#ifdef HB_VARIANT_ADAPTER
#error "bestfit.c included itself: leave testbed/targets out of the include path"
#endif
#define HB_VARIANT_ADAPTER

#include "targets.h"

#ifndef HB_VARIANT_SYMBOL
#define HB_VARIANT_SYMBOL hb_target_bestfit
#endif
#ifndef HB_VARIANT_NAME
#define HB_VARIANT_NAME "bestfit"
#endif
/* Not bf_, so that a program may link the library and the bed. */
#ifndef BF_PREFIX
#define BF_PREFIX bf_bed_
#endif

static struct hb_host *bestfit_host;

#define BF_STEP() hb_step(bestfit_host)
/* In angle brackets, since in quotes it would be this very file. */
#include <bestfit.c> /* NOLINT(bugprone-suspicious-include) */

#if defined(BF_INDEX_LIST)
#define PLACEMENT         HB_PLACES_AS_LIST
#define WRONG_CALLS       (HB_REFUSES_WRONG_FREES | HB_SIZED_FREE)
#define PLACEMENT_SUMMARY "list index"
#define HARDENING_SUMMARY "walks for each pointer"
#else
/* What is held back is not merged. */
#if BF_QUARANTINE_BYTES > 0
#define PLACEMENT HB_PLACES_AS_BITMAP
#else
#define PLACEMENT (HB_PLACES_AS_BITMAP | HB_COALESCES)
#endif
#if BF_HARDENING == BF_HARDENING_OFF
#define WRONG_CALLS       0
#define HARDENING_SUMMARY "hardening off"
#elif BF_HARDENING == BF_HARDENING_PARANOID
#define WRONG_CALLS       (HB_REFUSES_WRONG_FREES | HB_SIZED_FREE | HB_WALKS_RANGES)
#define HARDENING_SUMMARY "hardening paranoid"
#else
#define WRONG_CALLS       (HB_REFUSES_WRONG_FREES | HB_SIZED_FREE | HB_REFUSES_BY_ODDS)
#define HARDENING_SUMMARY "hardening on"
#endif
#if defined(BF_PROFILE_SMALL)
#define PLACEMENT_SUMMARY "bitmap index, small"
#elif defined(BF_PROFILE_LARGE)
#define PLACEMENT_SUMMARY "bitmap index, large"
#else
#define PLACEMENT_SUMMARY "bitmap index"
#endif
#endif

#if BF_QUARANTINE_BYTES > 0 || BF_GUARD_BYTES > 0
#define EXTRA_SUMMARY ", quarantine and guard"
#else
#define EXTRA_SUMMARY ""
#endif

#ifndef HB_VARIANT_SUMMARY
#define HB_VARIANT_SUMMARY                                                                         \
    "the core: exact best fit, " PLACEMENT_SUMMARY                                                 \
    ", " HARDENING_SUMMARY EXTRA_SUMMARY ANNOTATION_SUMMARY
#endif

#if BF_USABLE_IS_REQUEST
#define ANNOTATIONS        HB_ANNOTATES
#define ANNOTATION_SUMMARY ", annotated for AddressSanitizer"
#else
#define ANNOTATIONS        0
#define ANNOTATION_SUMMARY ""
#endif

static enum hb_status status_of(enum bf_status status)
{
    switch (status) {
    case BF_OK:
        return HB_OK;
    case BF_OUT_OF_MEMORY:
        return HB_OUT_OF_MEMORY;
    case BF_INVALID_ARGUMENT:
        return HB_INVALID_ARGUMENT;
    case BF_INVALID_ALIGN:
        return HB_INVALID_ALIGN;
    case BF_INVALID_SIZE:
        return HB_INVALID_SIZE;
    case BF_INVALID_ADDRESS:
        return HB_INVALID_ADDRESS;
    case BF_OVERLAP:
        return HB_OVERLAP;
    case BF_TOO_MANY_RANGES:
        return HB_TOO_MANY_RANGES;
    case BF_DOUBLE_FREE:
        return HB_DOUBLE_FREE;
    case BF_WRONG_SIZE:
        return HB_WRONG_SIZE;
    case BF_RANGE_IN_USE:
        return HB_RANGE_IN_USE;
    case BF_CORRUPTED:
        return HB_CORRUPTED;
    }
    return HB_STATUS_COUNT;
}

#include "bestfit_unasked.h"

/* With hardening off damage is believed. Where AddressSanitizer is told what is whose, a header may
 * lie in what it has been told is nobody's. */
#if BF_HARDENING == BF_HARDENING_OFF || BF_USABLE_IS_REQUEST
#define REHEARSE NULL
#define DAMAGE   NULL
#else
#define REHEARSE rehearse_damage
#define DAMAGE   target_damage
#include "bestfit_damage.h"
#endif

/* Null where all was as it should be; the next check tells it. */
static const char *wrong_from_the_start;

static void target_init(void *state, struct hb_host *host)
{
    bestfit_host = host;
    (void)bf_init(state, (uintptr_t)host->key);
    wrong_from_the_start = ask_what_no_stream_asks(state);
}

static enum hb_status target_add_range(void *state, void *begin, void *end)
{
    return status_of(bf_add_range(state, begin, end));
}

static enum hb_status target_malloc(void *state, size_t size, size_t align, void **out)
{
    return status_of(bf_malloc(state, size, align, out));
}

static enum hb_status target_free(void *state, void *ptr, size_t size)
{
    return status_of(bf_free(state, ptr, size));
}

static enum hb_status target_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                     size_t align, void **out)
{
    return status_of(bf_realloc(state, ptr, old_size, new_size, align, out));
}

static enum hb_status target_calloc(void *state, size_t count, size_t size, size_t align,
                                    void **out)
{
    return status_of(bf_calloc(state, count, size, align, out));
}

static enum hb_status target_remove_range(void *state, void *begin)
{
    return status_of(bf_remove_range(state, begin));
}

static enum hb_status target_usable_size(void *state, const void *ptr, size_t *size_bytes)
{
    return status_of(bf_usable_size(state, ptr, size_bytes));
}

static bool target_owns(void *state, const void *ptr)
{
    return bf_owns(state, ptr);
}

static bool target_check(void *state, const char **reason)
{
    struct bf_fault fault = {0};
    if (wrong_from_the_start != NULL) {
        *reason = wrong_from_the_start;
        return false;
    }
    if (bf_check(state, &fault) == BF_OK) {
        return true;
    }
    *reason =
        bf_check(state, NULL) == BF_OK ? "a check without a report finds nothing" : fault.reason;
    return false;
}

static void target_stats(void *state, struct hb_target_stats *stats)
{
    struct bf_stats own = {0};
    /* On a damaged heap the zeros are what the stats oracle objects to. */
    (void)bf_stats(state, &own);
    stats->range_count = own.range_count;
    stats->live_block_count = own.live_block_count;
    stats->live_bytes = own.live_bytes;
    stats->free_block_count = own.free_block_count;
    stats->free_bytes = own.free_bytes;
    stats->peak_live_bytes = own.peak_live_bytes;
    stats->largest_free_bytes = own.largest_free_bytes;
    stats->failed_call_count = own.failed_call_count;
#if BF_QUARANTINE_BYTES > 0
    stats->quarantined_block_count = own.quarantined_block_count;
    stats->quarantined_bytes = own.quarantined_bytes;
#endif
}

struct walk_context {
    hb_visit_block visit;
    void *context;
};

static bool walk_visit(void *context, const struct bf_block_info *block)
{
    const struct walk_context *walk = context;
    const struct hb_target_block seen = {
        .payload = block->payload,
        .capacity_bytes = block->capacity_bytes,
        .request_bytes = block->request_bytes,
        .is_live = block->is_live,
    };
    return walk->visit(walk->context, &seen);
}

/* At the first block. */
static bool walk_stop(void *context, const struct bf_block_info *block)
{
    (void)context;
    (void)block;
    return false;
}

static void target_walk(void *state, hb_visit_block visit, void *context)
{
    (void)bf_walk(state, walk_stop, NULL);
    struct walk_context walk = {visit, context};
    (void)bf_walk(state, walk_visit, &walk);
}

const struct hb_target HB_VARIANT_SYMBOL = {
    HB_TARGET_HEAD,
    .name = HB_VARIANT_NAME,
    .summary = HB_VARIANT_SUMMARY,
    .contract = HB_TAKES_RANGES | HB_FAILS_UNCHANGED | HB_COUNTS_WORK | HB_COUNTS_MORE | PLACEMENT |
                WRONG_CALLS | ANNOTATIONS,
    .align_max = BF_ALIGN_MAX,
    .state_bytes = sizeof(struct bf_heap),
    /* The one thing that a failed call may change. */
    .scratch_offset = offsetof(struct bf_heap, failed_counts),
    .scratch_bytes = BF_STATUS_COUNT * sizeof(size_t),
    .init = target_init,
    .add_range = target_add_range,
    .malloc = target_malloc,
    .free = target_free,
    .check = target_check,
    .stats = target_stats,
    .walk = target_walk,
    .realloc = target_realloc,
    .calloc = target_calloc,
    .remove_range = target_remove_range,
    .usable_size = target_usable_size,
    .owns = target_owns,
    .quarantine_bytes = BF_QUARANTINE_BYTES,
    .guard_bytes = BF_GUARD_BYTES,
    .rehearse = REHEARSE,
    .damage = DAMAGE,
};
