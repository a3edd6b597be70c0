/* SPDX-License-Identifier: MIT
 *
 * The seam: one variant of the core, compiled from its own source text, with select_block reachable
 * from outside. CMakeLists.txt compiles this file once for each variant with
 *     -DBENCH_SYMBOL=bench_subject_small_off   the struct bench_subject that it defines
 *     -DBENCH_NAME='"small-off"'               its name
 *     -DBF_PREFIX=bf_bench_small_off_          so that the copies of the core do not collide
 *     -DBENCH_CHECKED_NAME='"bestfit-off"'     the bed's target that is the same variant, if any
 * and the options of core/config.h that make the variant. Nothing counts work here (BF_STEP is
 * nothing), and no option changes what a firmware would get.
 */
#include "subject.h"

#include <bestfit.c> /* NOLINT(bugprone-suspicious-include) */

#ifdef BENCH_BURDEN
#include <stdlib.h>

/* For bed compare --self-test: work that is none. Where select_block takes a nanosecond or two, in
 * one of about 77 calls, so that the test for it costs next to nothing; which calls, the sizes say:
 * no counter is written. */
#ifdef BF_INDEX_LIST
#define BURDEN_MASK ((size_t)0)
#else
#define BURDEN_MASK ((size_t)63)
#endif

static unsigned long burden_rounds;

static void burden_read(void)
{
    const char *text = getenv("HEAPBED_BURDEN");

    burden_rounds = text != NULL ? strtoul(text, NULL, 10) : 0;
}

static void burden_bear(size_t size)
{
    if ((size & BURDEN_MASK) == 0) {
        for (unsigned long i = burden_rounds; i != 0; i--) {
            __asm__ volatile("");
        }
    }
}
#else
static void burden_read(void) {}

static void burden_bear(size_t size)
{
    (void)size;
}
#endif

static void seam_init(void *state, struct hb_host *host)
{
    burden_read();
    bf_init(state, (uintptr_t)host->key);
}

/* The statuses of the two interfaces agree in 0 and in "out of memory", all that is looked at. */
static enum hb_status seam_add_range(void *state, void *begin, void *end)
{
    return (enum hb_status)bf_add_range(state, begin, end);
}

static enum hb_status seam_malloc(void *state, size_t size, size_t align, void **out)
{
    return (enum hb_status)bf_malloc(state, size, align, out);
}

static enum hb_status seam_free(void *state, void *ptr, size_t size)
{
    return (enum hb_status)bf_free(state, ptr, size);
}

static enum hb_status seam_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                   size_t align, void **out)
{
    return (enum hb_status)bf_realloc(state, ptr, old_size, new_size, align, out);
}

static enum hb_status seam_calloc(void *state, size_t count, size_t size, size_t align, void **out)
{
    return (enum hb_status)bf_calloc(state, count, size, align, out);
}

static bool seam_check(void *state, const char **reason)
{
    struct bf_fault fault = {0};

    if (bf_check(state, &fault) == BF_OK) {
        return true;
    }
    *reason = fault.reason;
    return false;
}

static void seam_stats(void *state, struct hb_target_stats *stats)
{
    struct bf_stats own = {0};

    (void)bf_stats(state, &own);
    stats->live_block_count = own.live_block_count;
    stats->live_bytes = own.live_bytes;
    stats->free_block_count = own.free_block_count;
    stats->free_bytes = own.free_bytes;
    stats->largest_free_bytes = own.largest_free_bytes;
}

#ifdef BF_INDEX_LIST
static uintptr_t seam_select(const void *state, size_t size)
{
    struct index_position found;

    burden_bear(size);
    return select_block(state, round_up(size), &found) == BF_OK ? found.block : 0;
}

static enum hb_status seam_free_unchecked(void *state, void *ptr, size_t size)
{
    const struct spot spot = {(uintptr_t)ptr - BF_HEADER_BYTES};
    const enum bf_status status = heap_release(state, &spot);

    heap_count_dead(state, size);
    return (enum hb_status)status;
}
#define FREE_UNCHECKED seam_free_unchecked
#else
static uintptr_t seam_select(const void *state, size_t size)
{
    burden_bear(size);
    return select_block(state, size);
}

#if BF_HARDENING == BF_HARDENING_PARANOID
static enum hb_status seam_free_unchecked(void *state, void *ptr, size_t size)
{
    struct spot spot = {.block = (uintptr_t)ptr - BF_HEADER_BYTES};

    spot.range = range_of_block(state, spot.block);
    spot.header = header_read(spot.block);
    const enum bf_status status = heap_release(state, &spot);

    heap_count_dead(state, size);
    return (enum hb_status)status;
}
#define FREE_UNCHECKED seam_free_unchecked
#else
#define FREE_UNCHECKED NULL
#endif
#endif

static const struct hb_target seam_target = {
    HB_TARGET_HEAD,
    .name = BENCH_NAME,
    .summary = "the core",
    .contract = HB_TAKES_RANGES,
    .align_max = BF_ALIGN_MAX,
    .state_bytes = sizeof(struct bf_heap),
    .init = seam_init,
    .add_range = seam_add_range,
    .malloc = seam_malloc,
    .free = seam_free,
    .check = seam_check,
    .stats = seam_stats,
    .realloc = seam_realloc,
    .calloc = seam_calloc,
};

/* Seen from outside of a module too, where nothing else is. */
extern __attribute__((visibility("default"))) const struct bench_subject BENCH_SYMBOL;

const struct bench_subject BENCH_SYMBOL = {
    .name = BENCH_NAME,
    .target = &seam_target,
    .select = seam_select,
    .free_unchecked = FREE_UNCHECKED,
#ifdef BENCH_CHECKED_NAME
    .checked_name = BENCH_CHECKED_NAME,
#endif
};
