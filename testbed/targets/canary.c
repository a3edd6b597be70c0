/* SPDX-License-Identifier: MIT
 *
 * Each canary is the core, with the list index, behind its ordinary adapter, with one sabotage:
 * `canary-place` answers another address than the contract says, `canary-guard` writes beyond its
 * range, and so on. The sabotage strikes at a malloc of exactly TRIGGER bytes (or its free), so
 * that a canary's finding is the same short stream every time, and any other stream is clean.
 */
#include "canary.h"

#include "targets.h"
#include "uninstrumented.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TRIGGER = 77 };

/* The adapter's heap is followed by what a sabotage needs to remember. */
struct canary_state {
    _Alignas(16) unsigned char heap[4096];
    struct hb_host *host;
    uint8_t *first_payload; /* of the first block that was handed out */
    uint8_t *range_end;     /* of the last range */
    uint8_t *removed_begin; /* of the last range that was given back */
    bool is_struck;
    unsigned mark;
};

static struct canary_state *of(void *state)
{
    return state;
}

static void canary_init(void *state, struct hb_host *host)
{
    if (hb_target_bestfit_list.state_bytes > sizeof of(state)->heap) {
        abort(); /* the core's heap has outgrown its place */
    }
    memset(state, 0, sizeof(struct canary_state));
    of(state)->host = host;
    hb_target_bestfit_list.init(state, host);
}

static enum hb_status canary_add_range(void *state, void *begin, void *end)
{
    const enum hb_status status = hb_target_bestfit_list.add_range(state, begin, end);
    of(state)->range_end = status == HB_OK ? end : of(state)->range_end;
    return status;
}

static enum hb_status canary_malloc(void *state, size_t size, size_t align, void **out)
{
    const enum hb_status status = hb_target_bestfit_list.malloc(state, size, align, out);
    if (status == HB_OK && of(state)->first_payload == NULL) {
        of(state)->first_payload = *out;
    }
    of(state)->is_struck |= status == HB_OK && size == TRIGGER;
    return status;
}

static enum hb_status canary_free(void *state, void *ptr, size_t size)
{
    return hb_target_bestfit_list.free(state, ptr, size);
}

static bool canary_check(void *state, const char **reason)
{
    return hb_target_bestfit_list.check(state, reason);
}

static void canary_stats(void *state, struct hb_target_stats *stats)
{
    hb_target_bestfit_list.stats(state, stats);
}

/* Whether this malloc is the one. */
static bool strikes(void *state, size_t size, size_t align, void **out, enum hb_status *status)
{
    *status = canary_malloc(state, size, align, out);
    return *status == HB_OK && size == TRIGGER;
}

static enum hb_status status_malloc(void *state, size_t size, size_t align, void **out)
{
    return size == TRIGGER ? HB_OUT_OF_MEMORY : canary_malloc(state, size, align, out);
}

static enum hb_status place_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        *out = (uint8_t *)*out + 16;
    }
    return status;
}

static enum hb_status align_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        *out = (uint8_t *)*out + 1;
    }
    return status;
}

static enum hb_status inside_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        *out = (void *)(((uintptr_t)of(state)->range_end + 15) / 16 * 16);
    }
    return status;
}

static enum hb_status overlap_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        *out = of(state)->first_payload;
    }
    return status;
}

static enum hb_status content_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        *of(state)->first_payload ^= 1;
    }
    return status;
}

static enum hb_status guard_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        *of(state)->range_end ^= 1;
    }
    return status;
}

/* Leaves its mark in the heap itself. */
static enum hb_status unchanged_state_free(void *state, void *ptr, size_t size)
{
    const enum hb_status status = canary_free(state, ptr, size);
    of(state)->mark += status != HB_OK && of(state)->is_struck;
    return status;
}

static enum hb_status unchanged_out_malloc(void *state, size_t size, size_t align, void **out)
{
    const enum hb_status status = canary_malloc(state, size, align, out);
    if (status != HB_OK && of(state)->is_struck) {
        *out = NULL;
    }
    return status;
}

/* Leaves its mark in a free block, where no other oracle looks, with a call that is refused. */
static enum hb_status unchanged_free(void *state, void *ptr, size_t size)
{
    const enum hb_status status = canary_free(state, ptr, size);
    if (status != HB_OK && of(state)->is_struck) {
        of(state)->range_end[-1] ^= 1;
    }
    return status;
}

static bool check_check(void *state, const char **reason)
{
    *reason = "the canary says so";
    return !of(state)->is_struck && canary_check(state, reason);
}

static void stats_stats(void *state, struct hb_target_stats *stats)
{
    canary_stats(state, stats);
    stats->live_bytes += of(state)->is_struck;
}

struct twisted_walk {
    hb_visit_block visit;
    void *context;
};

static bool visit_twisted(void *context, const struct hb_target_block *block)
{
    const struct twisted_walk *walk = context;
    struct hb_target_block twisted = *block;
    twisted.capacity_bytes += 16;
    return walk->visit(walk->context, &twisted);
}

static void walk_walk(void *state, hb_visit_block visit, void *context)
{
    struct twisted_walk twisted = {visit, context};
    hb_target_bestfit_list.walk(state, of(state)->is_struck ? visit_twisted : visit,
                                of(state)->is_struck ? &twisted : context);
}

static enum hb_status replay_malloc(void *state, size_t size, size_t align, void **out)
{
    static bool is_second_time;
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        is_second_time = !is_second_time;
        return is_second_time ? status : HB_OUT_OF_MEMORY;
    }
    return status;
}

static enum hb_status bound_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        of(state)->host->work += 1; /* the smallest excess there is */
    }
    return status;
}

static enum hb_status panic_malloc(void *state, size_t size, size_t align, void **out)
{
    if (size == TRIGGER) {
        of(state)->host->panic("the canary was asked for 77 bytes");
    }
    return canary_malloc(state, size, align, out);
}

static enum hb_status crash_malloc(void *state, size_t size, size_t align, void **out)
{
    if (size == TRIGGER) {
        *(volatile int *)(UINTPTR_MAX / 2 + 1) = 0;
    }
    return canary_malloc(state, size, align, out);
}

/* In a build with ASan the report is real; in any other the process ends as if there had been one.
 */
static enum hb_status sanitizer_malloc(void *state, size_t size, size_t align, void **out)
{
    if (size == TRIGGER) {
        volatile size_t past_end = TRIGGER;
        uint8_t *block = malloc(TRIGGER);
        block[past_end] = 1;
        free(block);
        _exit(99);
    }
    return canary_malloc(state, size, align, out);
}

static enum hb_status hang_uncounted_malloc(void *state, size_t size, size_t align, void **out)
{
    for (volatile unsigned turns = 0; size == TRIGGER; turns++) { /* NOLINT: endless on purpose */
    }
    return canary_malloc(state, size, align, out);
}

static enum hb_status hang_malloc(void *state, size_t size, size_t align, void **out)
{
    while (size == TRIGGER) { /* NOLINT: endless on purpose */
        hb_step(of(state)->host);
    }
    return canary_malloc(state, size, align, out);
}

/* realloc of a block to TRIGGER bytes. */
static bool strikes_realloc(void *state, void *ptr, size_t old_size, size_t new_size, size_t align,
                            void **out, enum hb_status *status)
{
    *status = hb_target_bestfit_list.realloc(state, ptr, old_size, new_size, align, out);
    return *status == HB_OK && new_size == TRIGGER;
}

static enum hb_status realloc_content_realloc(void *state, void *ptr, size_t old_size,
                                              size_t new_size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes_realloc(state, ptr, old_size, new_size, align, out, &status)) {
        *(uint8_t *)*out ^= 1;
    }
    return status;
}

/* What it does is right for any allocator but an exact one: the block could have stayed. */
static enum hb_status realloc_place_realloc(void *state, void *ptr, size_t old_size,
                                            size_t new_size, size_t align, void **out)
{
    if (new_size != TRIGGER) {
        return hb_target_bestfit_list.realloc(state, ptr, old_size, new_size, align, out);
    }
    const enum hb_status status = canary_malloc(state, new_size, align, out);
    if (status == HB_OK) {
        memcpy(*out, ptr, old_size < new_size ? old_size : new_size);
        (void)canary_free(state, ptr, old_size);
    }
    return status;
}

static enum hb_status realloc_out_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                          size_t align, void **out)
{
    const enum hb_status status =
        hb_target_bestfit_list.realloc(state, ptr, old_size, new_size, align, out);
    if (status != HB_OK && of(state)->is_struck) {
        *out = NULL;
    }
    return status;
}

static enum hb_status calloc_calloc(void *state, size_t count, size_t size, size_t align,
                                    void **out)
{
    return count * size == TRIGGER ? canary_malloc(state, TRIGGER, align, out)
                                   : hb_target_bestfit_list.calloc(state, count, size, align, out);
}

static enum hb_status usable_usable(void *state, const void *ptr, size_t *size_bytes)
{
    const enum hb_status status = hb_target_bestfit_list.usable_size(state, ptr, size_bytes);
    *size_bytes += status == HB_OK && of(state)->is_struck;
    return status;
}

/* A question that leaves its mark in the heap. */
static enum hb_status usable_changes_usable(void *state, const void *ptr, size_t *size_bytes)
{
    of(state)->mark += of(state)->is_struck;
    return hb_target_bestfit_list.usable_size(state, ptr, size_bytes);
}

static bool owns_owns(void *state, const void *ptr)
{
    return hb_target_bestfit_list.owns(state, ptr) && !of(state)->is_struck;
}

static enum hb_status remove_in_use_remove(void *state, void *begin)
{
    const enum hb_status status = hb_target_bestfit_list.remove_range(state, begin);
    return of(state)->is_struck ? HB_OK : status;
}

static enum hb_status remove_writes_remove(void *state, void *begin)
{
    const enum hb_status status = hb_target_bestfit_list.remove_range(state, begin);
    of(state)->removed_begin = status == HB_OK ? begin : of(state)->removed_begin;
    return status;
}

static enum hb_status remove_writes_free(void *state, void *ptr, size_t size)
{
    if (of(state)->is_struck && of(state)->removed_begin != NULL) {
        *of(state)->removed_begin ^= 1;
    }
    return canary_free(state, ptr, size);
}

static void peak_stats(void *state, struct hb_target_stats *stats)
{
    canary_stats(state, stats);
    stats->peak_live_bytes = of(state)->is_struck ? stats->live_bytes : stats->peak_live_bytes;
}

static void largest_stats(void *state, struct hb_target_stats *stats)
{
    canary_stats(state, stats);
    stats->largest_free_bytes += of(state)->is_struck ? 16 : 0;
}

static void failed_stats(void *state, struct hb_target_stats *stats)
{
    canary_stats(state, stats);
    stats->failed_call_count = of(state)->is_struck ? 0 : stats->failed_call_count;
}

static enum hb_status wrong_pointer_free(void *state, void *ptr, size_t size)
{
    const enum hb_status status = canary_free(state, ptr, size);
    return status == HB_INVALID_ADDRESS && of(state)->is_struck ? HB_OK : status;
}

#define LIST_CONTRACT                                                                              \
    (HB_TAKES_RANGES | HB_PLACES_AS_LIST | HB_FAILS_UNCHANGED | HB_REFUSES_WRONG_FREES |           \
     HB_SIZED_FREE | HB_COUNTS_WORK)

#define CANARY(oracle, what)                                                                       \
    HB_TARGET_HEAD, .name = "canary-" oracle, .summary = "broken on purpose: " what,               \
        .align_max = 16, .state_bytes = sizeof(struct canary_state),                               \
        .scratch_bytes = offsetof(struct canary_state, mark), .init = canary_init,                 \
        .add_range = canary_add_range

static const struct hb_target status_canary = {CANARY("status", "refuses a request that fits"),
                                               .contract = LIST_CONTRACT, .malloc = status_malloc,
                                               .free = canary_free};
static const struct hb_target place_canary = {
    CANARY("place", "answers an address 16 bytes further"), .contract = LIST_CONTRACT,
    .malloc = place_malloc, .free = canary_free};
static const struct hb_target align_canary = {CANARY("align", "answers an odd address"),
                                              .contract = LIST_CONTRACT, .malloc = align_malloc,
                                              .free = canary_free};
static const struct hb_target inside_canary = {
    CANARY("inside", "answers an address behind its range"), .contract = LIST_CONTRACT,
    .malloc = inside_malloc, .free = canary_free};
static const struct hb_target overlap_canary = {
    CANARY("overlap", "answers the address of a live block"), .contract = LIST_CONTRACT,
    .malloc = overlap_malloc, .free = canary_free};
static const struct hb_target content_canary = {CANARY("content", "changes a byte of a live block"),
                                                .contract = LIST_CONTRACT, .malloc = content_malloc,
                                                .free = canary_free};
static const struct hb_target guard_canary = {CANARY("guard", "writes the byte behind its range"),
                                              .contract = LIST_CONTRACT, .malloc = guard_malloc,
                                              .free = canary_free};
static const struct hb_target unchanged_canary = {
    CANARY("unchanged", "a refused free writes into a free block"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = unchanged_free};
static const struct hb_target unchanged_state_canary = {
    CANARY("unchanged-state", "a refused free counts in the heap"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = unchanged_state_free};
static const struct hb_target unchanged_out_canary = {
    CANARY("unchanged-out", "a refused malloc writes its result"), .contract = LIST_CONTRACT,
    .malloc = unchanged_out_malloc, .free = canary_free};
static const struct hb_target unchanged_foreign_canary = {
    CANARY("unchanged-foreign", "places as it likes; a refused free writes into a free block"),
    .contract = HB_TAKES_RANGES | HB_FAILS_UNCHANGED | HB_REFUSES_WRONG_FREES,
    .malloc = canary_malloc, .free = unchanged_free};
static const struct hb_target check_canary = {CANARY("check", "its validator objects"),
                                              .contract = LIST_CONTRACT, .malloc = canary_malloc,
                                              .free = canary_free, .check = check_check};
static const struct hb_target stats_canary = {CANARY("stats", "counts a byte too many"),
                                              .contract = LIST_CONTRACT, .malloc = canary_malloc,
                                              .free = canary_free, .stats = stats_stats};
static const struct hb_target walk_canary = {
    CANARY("walk", "its walk shows a block of another size"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .walk = walk_walk};
static const struct hb_target drain_canary = {
    CANARY("drain", "promises to coalesce, and does not"), .contract = LIST_CONTRACT | HB_COALESCES,
    .malloc = canary_malloc, .free = canary_free, .stats = canary_stats};
static const struct hb_target replay_canary = {
    CANARY("replay", "answers otherwise every second time"), .contract = HB_TAKES_RANGES,
    .malloc = replay_malloc, .free = canary_free};
static const struct hb_target bound_canary = {CANARY("bound", "takes a step too many"),
                                              .contract = LIST_CONTRACT, .malloc = bound_malloc,
                                              .free = canary_free};
static const struct hb_target panic_canary = {CANARY("panic", "panics"), .contract = LIST_CONTRACT,
                                              .malloc = panic_malloc, .free = canary_free};
static const struct hb_target crash_canary = {CANARY("crash", "writes where nothing is"),
                                              .contract = LIST_CONTRACT, .malloc = crash_malloc,
                                              .free = canary_free};
static const struct hb_target sanitizer_canary = {
    CANARY("sanitizer", "overflows a block of the bed's own heap"), .contract = LIST_CONTRACT,
    .malloc = sanitizer_malloc, .free = canary_free};
static const struct hb_target hang_canary = {CANARY("hang", "never returns"),
                                             .contract = LIST_CONTRACT, .malloc = hang_malloc,
                                             .free = canary_free};
static const struct hb_target hang_uncounted_canary = {
    CANARY("hang-uncounted", "never returns, and counts no work"),
    .contract = LIST_CONTRACT & ~(unsigned)HB_COUNTS_WORK, .malloc = hang_uncounted_malloc,
    .free = canary_free};

static const struct hb_target realloc_content_canary = {
    CANARY("realloc-content", "its realloc loses a byte"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .realloc = realloc_content_realloc};
static const struct hb_target realloc_place_canary = {
    CANARY("realloc-place", "its realloc moves a block that could stay"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .realloc = realloc_place_realloc};
static const struct hb_target realloc_out_canary = {
    CANARY("realloc-out", "a refused realloc writes its result"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .realloc = realloc_out_realloc};
static const struct hb_target calloc_canary = {CANARY("calloc", "its calloc clears nothing"),
                                               .contract = LIST_CONTRACT, .malloc = canary_malloc,
                                               .free = canary_free, .calloc = calloc_calloc};
static const struct hb_target usable_canary = {
    CANARY("usable", "says that a block has a byte more"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .usable_size = usable_usable};
static const struct hb_target usable_changes_canary = {
    CANARY("usable-changes", "a question changes the heap"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .usable_size = usable_changes_usable};
static const struct hb_target owns_canary = {CANARY("owns", "disowns its ranges"),
                                             .contract = LIST_CONTRACT, .malloc = canary_malloc,
                                             .free = canary_free, .owns = owns_owns};
static const struct hb_target remove_in_use_canary = {
    CANARY("remove-in-use", "gives back a range with live blocks"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = canary_free, .remove_range = remove_in_use_remove};
static const struct hb_target remove_foreign_canary = {
    CANARY("remove-foreign", "places as it likes; gives back a range with live blocks"),
    .contract = HB_TAKES_RANGES, .malloc = canary_malloc, .free = canary_free,
    .remove_range = remove_in_use_remove};
static const struct hb_target remove_writes_canary = {
    CANARY("remove-writes", "writes to a range that it has given back"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = remove_writes_free, .remove_range = remove_writes_remove};
static const struct hb_target peak_canary = {
    CANARY("peak", "forgets its peak"), .contract = LIST_CONTRACT | HB_COUNTS_MORE,
    .malloc = canary_malloc, .free = canary_free, .stats = peak_stats};
static const struct hb_target largest_canary = {
    CANARY("largest", "says that its largest free block is larger"),
    .contract = LIST_CONTRACT | HB_COUNTS_MORE, .malloc = canary_malloc, .free = canary_free,
    .stats = largest_stats};
static const struct hb_target failed_canary = {
    CANARY("failed-calls", "forgets that calls failed"), .contract = LIST_CONTRACT | HB_COUNTS_MORE,
    .malloc = canary_malloc, .free = canary_free, .stats = failed_stats};
static const struct hb_target wrong_pointer_canary = {
    CANARY("wrong-pointer", "takes a wrong pointer for a right one"), .contract = LIST_CONTRACT,
    .malloc = canary_malloc, .free = wrong_pointer_free};

static const struct hb_target *const canaries[] = {
    &status_canary,
    &place_canary,
    &align_canary,
    &inside_canary,
    &overlap_canary,
    &content_canary,
    &guard_canary,
    &unchanged_canary,
    &unchanged_foreign_canary,
    &unchanged_state_canary,
    &unchanged_out_canary,
    &check_canary,
    &stats_canary,
    &walk_canary,
    &drain_canary,
    &replay_canary,
    &bound_canary,
    &panic_canary,
    &crash_canary,
    &sanitizer_canary,
    &hang_canary,
    &hang_uncounted_canary,
    &realloc_content_canary,
    &realloc_place_canary,
    &realloc_out_canary,
    &calloc_canary,
    &usable_canary,
    &usable_changes_canary,
    &owns_canary,
    &remove_in_use_canary,
    &remove_foreign_canary,
    &remove_writes_canary,
    &peak_canary,
    &largest_canary,
    &failed_canary,
    &wrong_pointer_canary,
};
#define CANARY_COUNT (sizeof canaries / sizeof canaries[0])

const struct hb_target *hb_canary(size_t index)
{
    if (index < CANARY_COUNT) {
        return canaries[index];
    }
#if HB_HAS_SHADOW
    index -= CANARY_COUNT;
    return index < hb_shadow_canary_count ? &hb_shadow_canaries[index] : NULL;
#else
    return NULL;
#endif
}
