/* SPDX-License-Identifier: MIT
 *
 * The canaries of the oracle shadow, in builds with AddressSanitizer: each is the annotated core
 * with the list index, and then the poison map is changed. The sabotage strikes as in canary.c: at
 * a block of exactly TRIGGER bytes.
 */
#include "canary.h"

#include "targets.h"
#include "uninstrumented.h"

#if HB_HAS_SHADOW

#include <sanitizer/asan_interface.h>

#include <stdlib.h>
#include <string.h>

enum { TRIGGER = 77 };

#define CORE (&hb_target_bestfit_list_annotated)

/* The adapter's heap is followed by what a sabotage needs to remember. */
struct canary_state {
    _Alignas(16) unsigned char heap[4096];
    uint8_t *range_end; /* of the last range */
    bool is_struck;
};

static struct canary_state *of(void *state)
{
    return state;
}

static void canary_init(void *state, struct hb_host *host)
{
    if (CORE->state_bytes > sizeof of(state)->heap) {
        abort(); /* the core's heap has outgrown its place */
    }
    memset(state, 0, sizeof(struct canary_state));
    CORE->init(state, host);
}

static enum hb_status canary_add_range(void *state, void *begin, void *end)
{
    const enum hb_status status = CORE->add_range(state, begin, end);
    of(state)->range_end = status == HB_OK ? end : of(state)->range_end;
    return status;
}

static enum hb_status canary_malloc(void *state, size_t size, size_t align, void **out)
{
    const enum hb_status status = CORE->malloc(state, size, align, out);
    of(state)->is_struck |= status == HB_OK && size == TRIGGER;
    return status;
}

static enum hb_status canary_free(void *state, void *ptr, size_t size)
{
    return CORE->free(state, ptr, size);
}

/* Whether this malloc is the one. */
static bool strikes(void *state, size_t size, size_t align, void **out, enum hb_status *status)
{
    *status = canary_malloc(state, size, align, out);
    return *status == HB_OK && size == TRIGGER;
}

static enum hb_status slack_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        __asan_unpoison_memory_region(*out, TRIGGER + 1);
    }
    return status;
}

static enum hb_status header_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        __asan_unpoison_memory_region((uint8_t *)*out - 8, 8);
    }
    return status;
}

static enum hb_status live_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        __asan_poison_memory_region((uint8_t *)*out + TRIGGER - 1, 1);
    }
    return status;
}

static enum hb_status outside_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        __asan_poison_memory_region(of(state)->range_end, 8);
    }
    return status;
}

/* Where no call is about: only a look at the whole map sees it. */
static enum hb_status far_malloc(void *state, size_t size, size_t align, void **out)
{
    enum hb_status status;
    if (strikes(state, size, align, out, &status)) {
        __asan_unpoison_memory_region(of(state)->range_end - 8, 8);
    }
    return status;
}

static enum hb_status free_free(void *state, void *ptr, size_t size)
{
    const enum hb_status status = canary_free(state, ptr, size);
    if (status == HB_OK && size == TRIGGER) {
        __asan_unpoison_memory_region(ptr, 1);
    }
    return status;
}

/* A call that is refused all the same. */
static enum hb_status refused_free(void *state, void *ptr, size_t size)
{
    const enum hb_status status = canary_free(state, ptr, size);
    if (status == HB_WRONG_SIZE && of(state)->is_struck) {
        __asan_poison_memory_region(ptr, 8);
    }
    return status;
}

static enum hb_status resize_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                     size_t align, void **out)
{
    const enum hb_status status = CORE->realloc(state, ptr, old_size, new_size, align, out);
    if (status == HB_OK && new_size == TRIGGER) {
        __asan_unpoison_memory_region(*out, old_size);
    }
    return status;
}

static enum hb_status remove_remove(void *state, void *begin)
{
    const enum hb_status status = CORE->remove_range(state, begin);
    if (status == HB_OK && of(state)->is_struck) {
        __asan_poison_memory_region(begin, 16);
    }
    return status;
}

static enum hb_status usable_usable(void *state, const void *ptr, size_t *size_bytes)
{
    const enum hb_status status = CORE->usable_size(state, ptr, size_bytes);
    *size_bytes += status == HB_OK && *size_bytes == TRIGGER ? 3 : 0;
    return status;
}

#define CANARY(change, what)                                                                       \
    HB_TARGET_HEAD, .name = "canary-shadow-" change, .summary = "broken on purpose: " what,        \
        .contract = HB_TAKES_RANGES | HB_PLACES_AS_LIST | HB_FAILS_UNCHANGED |                     \
                    HB_REFUSES_WRONG_FREES | HB_SIZED_FREE | HB_COUNTS_WORK | HB_ANNOTATES,        \
        .align_max = 16, .state_bytes = sizeof(struct canary_state), .init = canary_init,          \
        .scratch_bytes = sizeof(struct canary_state), .add_range = canary_add_range

const struct hb_target hb_shadow_canaries[] = {
    {CANARY("slack", "a byte behind a block can be touched"), .malloc = slack_malloc,
     .free = canary_free},
    {CANARY("header", "a header can be touched"), .malloc = header_malloc, .free = canary_free},
    {CANARY("live", "poisons the last byte of a block"), .malloc = live_malloc,
     .free = canary_free},
    {CANARY("outside", "poisons bytes behind its range"), .malloc = outside_malloc,
     .free = canary_free},
    {CANARY("far", "the end of a free block can be touched"), .malloc = far_malloc,
     .free = canary_free},
    {CANARY("free", "a freed block can be touched"), .malloc = canary_malloc, .free = free_free},
    {CANARY("refused", "a refused free poisons the block"), .malloc = canary_malloc,
     .free = refused_free},
    {CANARY("resize", "what a realloc cut off can be touched"), .malloc = canary_malloc,
     .free = canary_free, .realloc = resize_realloc},
    {CANARY("remove", "a range that was given back stays poisoned"), .malloc = canary_malloc,
     .free = canary_free, .remove_range = remove_remove},
    {CANARY("usable", "says that a block can hold more than was asked for"),
     .malloc = canary_malloc, .free = canary_free, .usable_size = usable_usable},
};
const size_t hb_shadow_canary_count = sizeof hb_shadow_canaries / sizeof hb_shadow_canaries[0];

#endif
