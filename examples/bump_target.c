/* SPDX-License-Identifier: MIT
 * A complete target: a stack of blocks in the newest range; freeing the top one gives it back. */
#include <heapbed/target.h>
struct bump {
    uintptr_t next, end;
};
static void bump_init(void *state, struct hb_host *host)
{
    *(struct bump *)state = (struct bump){0, 0};
}
static enum hb_status bump_add_range(void *state, void *begin, void *end)
{
    *(struct bump *)state = (struct bump){(uintptr_t)begin, (uintptr_t)end};
    return HB_OK;
}

static enum hb_status bump_malloc(void *state, size_t size, size_t align, void **out)
{
    struct bump *bump = state;
    uintptr_t begin = (bump->next + align - 1) / align * align;
    if (begin > bump->end || size > bump->end - begin) {
        return HB_OUT_OF_MEMORY;
    }
    *out = (void *)begin;
    bump->next = begin + size;
    return HB_OK;
}

static enum hb_status bump_free(void *state, void *ptr, size_t size)
{
    struct bump *bump = state;
    bump->next = (uintptr_t)ptr + size == bump->next ? (uintptr_t)ptr : bump->next;
    return HB_OK;
}

/* clang-format off */
const struct hb_target heapbed_target = {
    HB_TARGET_HEAD, .name = "bump", .summary = "a stack of blocks", .contract = HB_TAKES_RANGES,
    .align_max = 4096, .state_bytes = sizeof(struct bump), .init = bump_init,
    .add_range = bump_add_range, .malloc = bump_malloc, .free = bump_free};
