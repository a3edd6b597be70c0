/* SPDX-License-Identifier: MIT
 *
 * Bisection over the size of the arena, with a whole replay for each.
 */
#include "arena_search.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PEAKS_MAX ((size_t)64)

struct block {
    void *payload; /* null: not live */
    size_t size;
};

struct replay {
    const struct bench_subject *subject;
    const struct hb_ops *ops;
    struct hb_host host;
    void *state;
    struct block *blocks; /* by slot */
    size_t slot_count;
    unsigned char *arena;
    size_t live_bytes;
    size_t peak_bytes;
};

static void replay_panic(const char *reason)
{
    (void)reason;
    abort();
}

static void replay_hang(void)
{
    abort();
}

/* -- one call --------------------------------------------------------------------------------- */

static bool replay_release(struct replay *replay, struct block *block)
{
    const struct bench_subject *subject = replay->subject;
    const enum hb_status status =
        subject->free_unchecked != NULL
            ? subject->free_unchecked(replay->state, block->payload, block->size)
            : subject->target->free(replay->state, block->payload, block->size);

    replay->live_bytes -= block->size;
    block->payload = NULL;
    return status == HB_OK;
}

static bool replay_allocate(struct replay *replay, struct block *block, size_t size, size_t align)
{
    block->size = size;
    replay->live_bytes += size;
    return replay->subject->target->malloc(replay->state, size, align, &block->payload) == HB_OK;
}

static bool replay_resize(struct replay *replay, struct block *block, size_t size, size_t align)
{
    const struct hb_target *target = replay->subject->target;
    void *moved = NULL;

    if (target->realloc != NULL) {
        if (target->realloc(replay->state, block->payload, block->size, size, align, &moved) !=
            HB_OK) {
            return false;
        }
        replay->live_bytes += size - block->size;
        *block = (struct block){moved, size};
        return true;
    }
    struct block old = *block;

    if (!replay_allocate(replay, block, size, align) || !replay_release(replay, &old)) {
        return false;
    }
    return true;
}

/* The size that an operation asks for; 0: it is none of those that recorded traces are made of. */
static size_t op_size(const struct hb_op *op)
{
    if (op->kind == HB_OP_CALLOC) {
        return op->form == HB_CALLOC_LITERAL ? (size_t)hb_high(op->value) * hb_low(op->value) : 0;
    }
    return op->form == HB_SIZE_LITERAL ? (size_t)op->value : 0;
}

static bool replay_call(struct replay *replay, const struct hb_op *op)
{
    struct block *block = &replay->blocks[op->slot % replay->slot_count];
    const size_t align = hb_op_align(op);

    switch (op->kind) {
    case HB_OP_MALLOC:
    case HB_OP_CALLOC:
        return block->payload != NULL || replay_allocate(replay, block, op_size(op), align);
    case HB_OP_REALLOC:
        return block->payload == NULL ? replay_allocate(replay, block, op_size(op), align)
                                      : replay_resize(replay, block, op_size(op), align);
    case HB_OP_FREE:
    case HB_OP_FREE_ANY_SIZE:
        return block->payload == NULL || replay_release(replay, block);
    default: /* add_range: the arena is ours */
        return true;
    }
}

/* -- one replay ------------------------------------------------------------------------------- */

/* Whether the whole trace is served in an arena of this size. */
static bool replay_in(struct replay *replay, size_t arena_bytes)
{
    const struct hb_target *target = replay->subject->target;

    memset(replay->blocks, 0, replay->slot_count * sizeof *replay->blocks);
    replay->live_bytes = 0;
    replay->peak_bytes = 0;
    target->init(replay->state, &replay->host);
    if (target->add_range(replay->state, replay->arena, replay->arena + arena_bytes) != HB_OK) {
        return false;
    }
    for (size_t i = 0; i < replay->ops->count; i++) {
        const struct hb_op op = hb_ops_get(replay->ops, i);

        if (!replay_call(replay, &op)) {
            return false;
        }
        if (replay->live_bytes > replay->peak_bytes) {
            replay->peak_bytes = replay->live_bytes;
        }
    }
    return true;
}

static size_t to_steps(size_t byte_count)
{
    return (byte_count + BENCH_ARENA_STEP - 1) / BENCH_ARENA_STEP;
}

/* A first replay with all the room there is finds the peak. */
static const char *replay_search(struct replay *replay, size_t room, struct bench_arena *arena)
{
    if (!replay_in(replay, room)) {
        return "the trace is not served in any arena";
    }
    arena->peak_bytes = replay->peak_bytes;
    size_t too_small = to_steps(arena->peak_bytes) - 1; /* less than what is asked for */
    size_t enough = 2 * too_small;

    while (!replay_in(replay, enough * BENCH_ARENA_STEP)) {
        too_small = enough;
        enough *= 2;
        if (enough > PEAKS_MAX * to_steps(arena->peak_bytes)) {
            return "no arena of up to 64 times the peak is enough";
        }
    }
    while (enough - too_small > 1) {
        const size_t middle = too_small + (enough - too_small) / 2;

        if (replay_in(replay, middle * BENCH_ARENA_STEP)) {
            enough = middle;
        } else {
            too_small = middle;
        }
    }
    arena->arena_bytes = enough * BENCH_ARENA_STEP;
    return NULL;
}

/* -- all of it -------------------------------------------------------------------------------- */

/* Null where the trace consists of what replay_call knows. */
static const char *trace_fault(const struct hb_ops *ops, size_t align_max)
{
    for (size_t i = 0; i < ops->count; i++) {
        const struct hb_op op = hb_ops_get(ops, i);
        const bool asks =
            op.kind == HB_OP_MALLOC || op.kind == HB_OP_CALLOC || op.kind == HB_OP_REALLOC;

        if (asks && op_size(&op) == 0) {
            return "the trace has a size that is not written out";
        }
        if (asks && hb_op_align(&op) > align_max) {
            return "the trace asks for an alignment that the target does not have";
        }
        if (!asks && op.kind != HB_OP_FREE && op.kind != HB_OP_FREE_ANY_SIZE &&
            op.kind != HB_OP_ADD_RANGE) {
            return "the trace has operations that no recorded program has";
        }
    }
    return NULL;
}

bool bench_arena_search(const struct bench_subject *subject, const struct hb_ops *ops,
                        struct bench_arena *arena, const char **reason)
{
    struct replay replay = {.subject = subject, .ops = ops};
    const size_t room = (size_t)1 << 30;
    const size_t state_bytes = (subject->target->state_bytes + 64) & ~(size_t)63;

    *reason = trace_fault(ops, subject->target->align_max);
    if (*reason != NULL) {
        return false;
    }
    replay.host.work_limit = UINT64_MAX;
    replay.host.panic = replay_panic;
    replay.host.hang = replay_hang;
    replay.slot_count = (size_t)1 << ops->header.slot_log2;
    replay.blocks = calloc(replay.slot_count, sizeof *replay.blocks);
    replay.state = aligned_alloc(64, state_bytes);
    void *mapped = mmap(NULL, room, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    *reason = "no memory for a replay";
    if (replay.blocks != NULL && replay.state != NULL && mapped != MAP_FAILED) {
        replay.arena = mapped;
        *reason = replay_search(&replay, room, arena);
    }
    if (mapped != MAP_FAILED) {
        (void)munmap(mapped, room);
    }
    free(replay.state);
    free(replay.blocks);
    return *reason == NULL;
}
