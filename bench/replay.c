/* SPDX-License-Identifier: MIT
 *
 * One call after the other. replay.h says what for.
 */
#include "replay.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAYLOAD_ALIGN ((size_t)16)

static void replay_panic(const char *reason)
{
    (void)reason;
    abort();
}

static void replay_hang(void)
{
    abort();
}

static void *take_pages(size_t byte_count)
{
    void *mapped = mmap(NULL, byte_count, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    return mapped != MAP_FAILED ? mapped : NULL;
}

static size_t state_bytes(const struct bench_replay *replay)
{
    return replay->subject->target->state_bytes + 64;
}

static size_t slots_bytes(const struct bench_replay *replay)
{
    return replay->trace->slot_count * sizeof *replay->slots;
}

bool bench_replay_open(struct bench_replay *replay, const struct bench_subject *subject,
                       const struct bench_trace *trace, size_t room)
{
    *replay = (struct bench_replay){.subject = subject, .trace = trace, .room = room};
    replay->host.work_limit = UINT64_MAX;
    replay->host.panic = replay_panic;
    replay->host.hang = replay_hang;
    replay->state = take_pages(state_bytes(replay));
    replay->slots = take_pages(slots_bytes(replay));
    replay->arena = take_pages(room);
    if (replay->state == NULL || replay->slots == NULL || replay->arena == NULL) {
        bench_replay_close(replay);
        return false;
    }
    memset(replay->state, 1, state_bytes(replay));
    memset(replay->slots, 1, slots_bytes(replay));
    return true;
}

void bench_replay_close(struct bench_replay *replay)
{
    if (replay->state != NULL) {
        (void)munmap(replay->state, state_bytes(replay));
    }
    if (replay->slots != NULL) {
        (void)munmap(replay->slots, slots_bytes(replay));
    }
    if (replay->arena != NULL) {
        (void)munmap(replay->arena, replay->room);
    }
}

bool bench_replay_begin(struct bench_replay *replay, size_t arena_bytes)
{
    const struct hb_target *target = replay->subject->target;

    memset(replay->slots, 0, slots_bytes(replay));
    replay->live_bytes = 0;
    replay->peak_bytes = 0;
    target->init(replay->state, &replay->host);
    return (target->contract & HB_TAKES_RANGES) == 0 ||
           target->add_range(replay->state, replay->arena, replay->arena + arena_bytes) == HB_OK;
}

/* -- calls ------------------------------------------------------------------------------------ */

static bool release(struct bench_replay *replay, struct bench_slot *slot)
{
    const struct bench_subject *subject = replay->subject;
    const enum hb_status status =
        subject->free_unchecked != NULL
            ? subject->free_unchecked(replay->state, slot->payload, slot->size)
            : subject->target->free(replay->state, slot->payload, slot->size);

    replay->live_bytes -= slot->size;
    slot->payload = NULL;
    return status == HB_OK;
}

static bool allocate(struct bench_replay *replay, struct bench_slot *slot, size_t size)
{
    slot->size = size;
    replay->live_bytes += size;
    return replay->subject->target->malloc(replay->state, size, PAYLOAD_ALIGN, &slot->payload) ==
           HB_OK;
}

static bool resize(struct bench_replay *replay, struct bench_slot *slot, size_t size)
{
    const struct hb_target *target = replay->subject->target;
    struct bench_slot old = *slot;

    if (target->realloc == NULL) {
        return allocate(replay, slot, size) && release(replay, &old);
    }
    if (target->realloc(replay->state, old.payload, old.size, size, PAYLOAD_ALIGN,
                        &slot->payload) != HB_OK) {
        return false;
    }
    slot->size = size;
    replay->live_bytes += size - old.size;
    return true;
}

static bool play_call(struct bench_replay *replay, const struct bench_call *call,
                      struct bench_slot *slot)
{
    switch ((enum bench_call_kind)call->kind) {
    case BENCH_CALL_MALLOC:
    case BENCH_CALL_CALLOC:
        return allocate(replay, slot, call->size);
    case BENCH_CALL_REALLOC:
        return resize(replay, slot, call->size);
    case BENCH_CALL_FREE:
        return release(replay, slot);
    }
    return false;
}

bool bench_replay_call(struct bench_replay *replay, size_t index)
{
    const struct bench_call *call = &replay->trace->calls[index];
    struct bench_slot *slot = &replay->slots[call->slot];

    if (!play_call(replay, call, slot)) {
        return false;
    }
    if (replay->live_bytes > replay->peak_bytes) {
        replay->peak_bytes = replay->live_bytes;
    }
    if (replay->is_written && slot->payload != NULL) {
        memset(slot->payload, 1, slot->size);
    }
    return true;
}
