/* SPDX-License-Identifier: MIT
 *
 * A target that takes its process down, each size in its own way: what the tests of the pictures
 * look at. Built by test_picture.sh as a shared object. It cuts blocks from its range and never
 * takes them back.
 */
#include "heapbed/target.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

struct state {
    struct hb_host *host;
    char *next;
    char *end;
};

enum { PANICS = 101, ABORTS, EXITS, IS_KILLED, HANGS, WALKS_TO_DEATH };

static int walk_is_deadly;

static void init(void *memory, struct hb_host *host)
{
    *(struct state *)memory = (struct state){.host = host};
    walk_is_deadly = 0;
}

static enum hb_status add_range(void *memory, void *begin, void *end)
{
    struct state *state = memory;
    if (state->next != NULL) {
        return HB_TOO_MANY_RANGES;
    }
    state->next = begin;
    state->end = end;
    return HB_OK;
}

static void misbehave(const struct state *state, size_t size)
{
    switch (size) {
    case PANICS:
        state->host->panic("<b>asked & \"told\"</b>");
        break;
    case ABORTS:
        abort();
    case EXITS:
        _exit(7);
    case IS_KILLED:
        (void)raise(SIGKILL);
        break;
    case HANGS:
        for (;;) {
            (void)pause(); /* no end, and no work either: a test is to be cheap */
        }
        break;
    case WALKS_TO_DEATH:
        walk_is_deadly = 1;
        break;
    default:
        break;
    }
}

static enum hb_status take(void *memory, size_t size, size_t align, void **out)
{
    struct state *state = memory;
    const size_t bytes = (size + 15) / 16 * 16;
    (void)align;
    misbehave(state, size);
    if (state->next == NULL || (size_t)(state->end - state->next) < bytes) {
        return HB_OUT_OF_MEMORY;
    }
    *out = state->next;
    state->next += bytes;
    return HB_OK;
}

static enum hb_status give(void *memory, void *pointer, size_t size)
{
    (void)memory;
    (void)pointer;
    (void)size;
    return HB_OK;
}

static void walk(void *memory, hb_visit_block visit, void *context)
{
    (void)memory;
    (void)visit;
    (void)context;
    if (walk_is_deadly) {
        _exit(0);
    }
}

const struct hb_target heapbed_target = {HB_TARGET_HEAD,
                                         .name = "deaths",
                                         .summary = "dies in many ways",
                                         .contract = HB_TAKES_RANGES,
                                         .align_max = 16,
                                         .state_bytes = sizeof(struct state),
                                         .init = init,
                                         .add_range = add_range,
                                         .malloc = take,
                                         .free = give,
                                         .walk = walk};
