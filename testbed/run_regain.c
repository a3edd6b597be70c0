/* SPDX-License-Identifier: MIT
 *
 * The oracle drain for an allocator whose free blocks are not known, but which promises to
 * coalesce: when everything has been freed, the blocks that a new heap of the same ranges can hand
 * out can be had again. A block that is on no list any more is seen by nothing else: it is neither
 * live nor overlapped, it is missing.
 *
 * Asked is for the largest block that there is, then for the largest beside it, and so on, one for
 * each range; first of the drained heap, then of a new one, so this is the last that happens to
 * the heap. The calls are not the stream's: nobody is told of them.
 */
#include "run_state.h"

#include <string.h>

/* Steps of one question: no list is longer than its ranges have bytes, by far. */
#define WORK_LIMIT_OF_QUESTION 1000000u

static bool ask(struct hb_run *run, size_t size, void **block)
{
    const size_t align = run->target->align_max < 16 ? run->target->align_max : 16;
    run->host.work = 0;
    run->host.work_limit = WORK_LIMIT_OF_QUESTION + 4 * (uint64_t)run->range_bytes;
    return run->target->malloc(run->state, size, align, block) == HB_OK;
}

static void give_back(struct hb_run *run, void *block, size_t size)
{
    run->host.work = 0;
    (void)run->target->free(run->state, block, size);
}

/* Hands out the largest block that can be had; 0 where there is none. */
static size_t take_largest(struct hb_run *run)
{
    size_t served = 0;
    size_t refused = run->range_bytes + 1;
    void *block = NULL;
    while (refused - served > 1) {
        const size_t size = served + (refused - served) / 2;
        if (ask(run, size, &block)) {
            give_back(run, block, size);
            served = size;
        } else {
            refused = size;
        }
    }
    return served != 0 && ask(run, served, &block) ? served : 0;
}

static void take_all(struct hb_run *run, size_t sizes[HB_REGAINED_MAX])
{
    const size_t range_count = hb_model_range_count(run->model);
    for (size_t i = 0; i < HB_REGAINED_MAX; i++) {
        sizes[i] = i < range_count ? take_largest(run) : 0;
    }
}

/* A new heap of the ranges that there are. */
static bool begin_anew(struct hb_run *run)
{
    memset(run->state, 0, run->target->state_bytes);
    run->host.work = 0;
    run->target->init(run->state, &run->host);
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        if (run->target->add_range(run->state, (void *)begin, (void *)end) != HB_OK) {
            return false;
        }
    }
    return true;
}

/* Ranges that touch may have been joined, or not: it depends on what was live when. */
static bool is_some_range_touched(const struct hb_run *run)
{
    const size_t count = hb_model_range_count(run->model);
    for (size_t i = 0; i < count * count; i++) {
        uintptr_t begin;
        uintptr_t end;
        uintptr_t other_begin;
        uintptr_t other_end;
        hb_model_range(run->model, i / count, &begin, &end);
        hb_model_range(run->model, i % count, &other_begin, &other_end);
        if (other_begin - end < 64) {
            return true;
        }
    }
    return false;
}

/* "blocks of 4000, 2000 bytes, as of a new heap": reproducer/calls.c reads it again. */
static bool object(struct hb_run *run, const size_t *wanted, size_t count, size_t actual)
{
    char text[HB_VALUE_TEXT_BYTES] = "blocks of";
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(text);
        (void)snprintf(text + length, sizeof text - length, "%s %zu", i == 0 ? "" : ",", wanted[i]);
    }
    const size_t length = strlen(text);
    (void)snprintf(text + length, sizeof text - length, " bytes, as of a new heap");
    return hb_object(run, HB_ORACLE_DRAIN, text, "%zu bytes as the last of them", actual);
}

bool hb_check_regained(struct hb_run *run)
{
    const uint32_t needed = HB_TAKES_RANGES | HB_COALESCES;
    if (run->is_exact || run->is_smashed || (run->target->contract & needed) != needed ||
        hb_model_range_count(run->model) == 0 || is_some_range_touched(run)) {
        return true;
    }
    size_t drained[HB_REGAINED_MAX];
    size_t wanted[HB_REGAINED_MAX] = {0};
    run->is_in_call = true;
    take_all(run, drained);
    if (begin_anew(run)) {
        take_all(run, wanted);
    }
    run->is_in_call = false;
    for (size_t i = 0; i < HB_REGAINED_MAX; i++) {
        if (drained[i] < wanted[i]) {
            return object(run, wanted, i + 1, drained[i]);
        }
    }
    return true;
}
