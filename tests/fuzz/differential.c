/* SPDX-License-Identifier: MIT
 *
 * One stream on two targets: two that answer alike are clean, and every way to differ is found. The
 * canaries hand out memory that they never reuse; they have no exact placement, so the model alone
 * has nothing to say against any of them.
 */
#include "differential.h"

#include "targets.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bump {
    char *at;
    char *end;
    unsigned malloc_count;
    struct hb_host *host;
};

static void bump_init(void *state, struct hb_host *host)
{
    *(struct bump *)state = (struct bump){.host = host};
}

static enum hb_status bump_add_range(void *state, void *begin, void *end)
{
    struct bump *bump = state;
    if (bump->at != NULL) {
        return HB_TOO_MANY_RANGES;
    }
    bump->at = begin;
    bump->end = end;
    return HB_OK;
}

static enum hb_status bump_take(struct bump *bump, size_t size, size_t spare, void **out)
{
    const size_t stride = (size + spare + 15) / 16 * 16;
    bump->malloc_count++;
    if ((size_t)(bump->end - bump->at) < stride) {
        return HB_OUT_OF_MEMORY;
    }
    *out = bump->at;
    bump->at += stride;
    return HB_OK;
}

static enum hb_status bump_malloc(void *state, size_t size, size_t align, void **out)
{
    (void)align;
    return bump_take(state, size, 0, out);
}

/* Leaves a gap behind the third block, so that the fourth lies elsewhere. */
static enum hb_status gap_malloc(void *state, size_t size, size_t align, void **out)
{
    struct bump *bump = state;
    (void)align;
    return bump_take(bump, size, bump->malloc_count == 2 ? 16 : 0, out);
}

/* Has nothing from the third on. */
static enum hb_status poor_malloc(void *state, size_t size, size_t align, void **out)
{
    struct bump *bump = state;
    (void)align;
    return bump->malloc_count == 2 ? HB_OUT_OF_MEMORY : bump_take(bump, size, 0, out);
}

static enum hb_status panic_malloc(void *state, size_t size, size_t align, void **out)
{
    struct bump *bump = state;
    (void)align;
    if (bump->malloc_count == 1) {
        bump->host->panic("the second malloc");
    }
    return bump_take(bump, size, 0, out);
}

static enum hb_status bump_free(void *state, void *ptr, size_t size)
{
    (void)state;
    (void)ptr;
    (void)size;
    return HB_OK;
}

#define BUMP(TEXT, MALLOC)                                                                         \
    {HB_TARGET_HEAD,     .name = (TEXT),                                                           \
     .summary = "",      .contract = HB_TAKES_RANGES,                                              \
     .align_max = 16,    .state_bytes = sizeof(struct bump),                                       \
     .init = bump_init,  .add_range = bump_add_range,                                              \
     .malloc = (MALLOC), .free = bump_free}

static const struct hb_target plain = BUMP("plain", bump_malloc);
static const struct hb_target same = BUMP("same", bump_malloc);
static const struct hb_target gap = BUMP("gap", gap_malloc);
static const struct hb_target poor = BUMP("poor", poor_malloc);
static const struct hb_target panics = BUMP("panics", panic_malloc);

static const char stream[] = "add_range 0 4096\n"
                             "malloc 0 32\n"
                             "malloc 1 32\n"
                             "malloc 2 32\n"
                             "malloc 3 32\n"
                             "free 1\n";

static struct hb_run_result play(const struct hb_target *target, const struct hb_target *against)
{
    struct hb_bytes bytes;
    struct hb_text_error error;
    assert(hb_ops_parse(stream, sizeof stream - 1, &bytes, &error));
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    const struct hb_run_options options = {.thorough = true, .run_twice = true, .against = against};
    struct hb_run_result result;
    assert(hb_run(&ops, target, &options, &result));
    free(bytes.data);
    return result;
}

static void two_that_answer_alike_are_clean(void)
{
    const struct hb_run_result alone = play(&plain, NULL);
    const struct hb_run_result both = play(&plain, &same);
    assert(alone.verdict.oracle == HB_ORACLE_NONE);
    assert(both.verdict.oracle == HB_ORACLE_NONE);
    assert(both.counts.operations == 2 * alone.counts.operations);
}

static void another_address_is_found(void)
{
    const struct hb_run_result result = play(&plain, &gap);
    assert(result.verdict.oracle == HB_ORACLE_DIFFER);
    assert(result.verdict.op_index == 4);
    assert(result.verdict.op.kind == HB_OP_MALLOC);
    assert(strcmp(result.verdict.expected, "plain answers malloc with ok at arena+96") == 0);
    assert(strcmp(result.verdict.actual, "gap answers malloc with ok at arena+112") == 0);
}

static void another_status_is_found(void)
{
    const struct hb_run_result result = play(&poor, &plain);
    assert(result.verdict.oracle == HB_ORACLE_DIFFER);
    assert(result.verdict.op_index == 3);
    assert(result.verdict.expected_status == HB_OUT_OF_MEMORY);
    assert(result.verdict.actual_status == HB_OK);
}

static void a_verdict_on_either_is_the_result(void)
{
    const struct hb_run_result first = play(&panics, &plain);
    const struct hb_run_result second = play(&plain, &panics);
    assert(first.verdict.oracle == HB_ORACLE_PANIC && !first.is_against);
    assert(second.verdict.oracle == HB_ORACLE_PANIC && second.is_against);
    assert(first.verdict.op_index == 2 && second.verdict.op_index == 2);
}

static void the_core_agrees_with_itself(void)
{
    char error[256];
    const struct hb_target *core = hb_target_find("bestfit", error, sizeof error);
    const struct hb_run_result result = play(core, core);
    assert(result.verdict.oracle == HB_ORACLE_NONE);
}

int main(void)
{
    two_that_answer_alike_are_clean();
    another_address_is_found();
    another_status_is_found();
    a_verdict_on_either_is_the_result();
    the_core_agrees_with_itself();
    puts("all as expected");
    return 0;
}
