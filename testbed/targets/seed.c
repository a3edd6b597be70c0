/* SPDX-License-Identifier: MIT
 *
 * The target seed: seed_alloc.h behind the bed's interface.
 *
 * The contract is not what the seed keeps but what it should have kept, that of bestfit's list
 * index: where the two part is a finding. Its panic ends the run, not the bed.
 */
#include "targets.h"

static struct hb_host *seed_host;

#define SEED_PANIC(text) seed_host->panic(text)
#define SEED_STEP()      hb_step(seed_host)
#include "seed_alloc.h"

static enum hb_status status_of(enum seed_status status)
{
    switch (status) {
    case SEED_OK:
        return HB_OK;
    case SEED_OUT_OF_MEMORY:
        return HB_OUT_OF_MEMORY;
    case SEED_INVALID_ALIGN:
        return HB_INVALID_ALIGN;
    case SEED_INVALID_SIZE:
        return HB_INVALID_SIZE;
    case SEED_INVALID_ADDRESS:
        return HB_INVALID_ADDRESS;
    }
    return HB_STATUS_COUNT;
}

static void target_init(void *state, struct hb_host *host)
{
    seed_host = host;
    seed_init(state);
}

static enum hb_status target_add_range(void *state, void *begin, void *end)
{
    return status_of(seed_add_range(state, (uintptr_t)begin, (uintptr_t)end));
}

static enum hb_status target_malloc(void *state, size_t size, size_t align, void **out)
{
    return status_of(seed_malloc(state, size, align, out));
}

/* The seed's free has no result: what returns is accepted. It takes a NonNull, so that a null
 * pointer cannot reach it from Rust; here the adapter turns it away in its place. */
static enum hb_status target_free(void *state, void *ptr, size_t size)
{
    if (ptr == NULL) {
        return HB_INVALID_ADDRESS;
    }
    seed_free(state, ptr, size);
    return HB_OK;
}

const struct hb_target hb_target_seed = {
    HB_TARGET_HEAD,
    .name = "seed",
    .summary = "the allocator that bestfit was ported from, with its faults (Osiris RTOS)",
    .contract = HB_TAKES_RANGES | HB_PLACES_AS_LIST | HB_FAILS_UNCHANGED | HB_REFUSES_WRONG_FREES |
                HB_SIZED_FREE | HB_COUNTS_WORK,
    .align_max = 16,
    .state_bytes = sizeof(struct seed_heap),
    .init = target_init,
    .add_range = target_add_range,
    .malloc = target_malloc,
    .free = target_free,
};
