/* SPDX-License-Identifier: MIT
 *
 * Deletes operations in ever smaller runs (Zeller and Hildebrandt's ddmin, without its complements:
 * in an op stream a deletion never changes what the rest means), then makes the operands of those
 * that are left smaller and plainer, until neither helps.
 *
 * Every attempt runs in a child process: what is being shrunk may well take its process down.
 */
#include "shrink.h"

#include "ops_record.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { RUNS_MAX_DEFAULT = 20000, SECONDS_MAX_DEFAULT = 20 };

/* Seconds that a run may take: a short stream takes none to speak of, so one that does hangs. */
enum { SECONDS_SHORT_FIRST = 5, SECONDS_SHORT = 1, SECONDS_LONG = 600 };

struct shrink {
    const struct hb_target *target;
    const struct hb_shrink_options *options;
    struct hb_verdict wanted;
    struct hb_ops_header header;
    struct hb_op *ops; /* the shortest so far */
    size_t count;
    struct hb_op *attempt;
    uint8_t *bytes; /* of the attempt */
    struct hb_run_result result;
    unsigned run_count;
    unsigned kept_count; /* attempts that took the place of the shortest */
    uint64_t draw_seed;  /* of the first run, so that what is drawn stays what it was */
    bool is_thorough;    /* as the stream was first played: it must stay the same finding */
    time_t started;
};

bool hb_is_same_finding(const struct hb_verdict *a, const struct hb_verdict *b)
{
    return a->oracle == b->oracle && a->call_kind == b->call_kind &&
           a->expected_status == b->expected_status && a->actual_status == b->actual_status &&
           a->reason_digest == b->reason_digest;
}

static bool has_budget(const struct shrink *shrink)
{
    const unsigned runs_max =
        shrink->options->runs_max != 0 ? shrink->options->runs_max : RUNS_MAX_DEFAULT;
    const unsigned seconds_max =
        shrink->options->seconds_max != 0 ? shrink->options->seconds_max : SECONDS_MAX_DEFAULT;
    return shrink->run_count < runs_max && time(NULL) - shrink->started <= (time_t)seconds_max;
}

static struct hb_ops encode(const struct shrink *shrink, const struct hb_op *ops, size_t count)
{
    hb_ops_encode_header(&shrink->header, shrink->bytes);
    for (size_t i = 0; i < count; i++) {
        hb_ops_encode(&ops[i], shrink->bytes + (i + 1) * HB_RECORD_BYTES);
    }
    return hb_ops_view(shrink->bytes, (count + 1) * HB_RECORD_BYTES);
}

static bool run(struct shrink *shrink, const struct hb_op *ops, size_t count,
                struct hb_run_result *result)
{
    const struct hb_run_options options = {
        .thorough = shrink->is_thorough,
        .catch_signals = true,
        .is_quiet = true,
        .run_twice = shrink->wanted.oracle == HB_ORACLE_REPLAY,
        .against = shrink->options->against,
        .without = shrink->options->without,
        .is_foreign = shrink->options->is_foreign,
        .is_corrupting = shrink->options->is_corrupting,
        .draw_seed = shrink->draw_seed,
    };
    const struct hb_ops view = encode(shrink, ops, count);
    shrink->run_count++;
    if (shrink->options->progress != NULL && shrink->run_count % 256 == 0) {
        shrink->options->progress(shrink->options->progress_context, shrink->count,
                                  shrink->run_count);
    }
    const unsigned seconds_short = shrink->run_count == 1 ? SECONDS_SHORT_FIRST : SECONDS_SHORT;
    return hb_run_isolated(&view, shrink->target, &options,
                           shrink->is_thorough ? seconds_short : SECONDS_LONG, result);
}

/* Runs the first count operations of the attempt; if the finding is still there, keeps them. */
static bool keep_if_same(struct shrink *shrink, size_t count)
{
    struct hb_run_result result;
    if (!has_budget(shrink) || !run(shrink, shrink->attempt, count, &result) ||
        !hb_is_same_finding(&result.verdict, &shrink->wanted)) {
        return false;
    }
    memcpy(shrink->ops, shrink->attempt, count * sizeof shrink->ops[0]);
    shrink->count = count;
    shrink->result = result;
    shrink->kept_count++;
    return true;
}

/* What comes after the operation that failed has no part in it. */
static void cut_tail(struct shrink *shrink)
{
    if (shrink->result.verdict.op_index + 1 < shrink->count) {
        memcpy(shrink->attempt, shrink->ops, shrink->count * sizeof shrink->ops[0]);
        (void)keep_if_same(shrink, shrink->result.verdict.op_index + 1);
    }
}

static bool delete_runs(struct shrink *shrink, size_t length)
{
    bool has_changed = false;
    for (size_t end = shrink->count; end > 0 && has_budget(shrink);) {
        const size_t begin = end > length ? end - length : 0;
        const size_t tail = shrink->count - end;
        memcpy(shrink->attempt, shrink->ops, begin * sizeof shrink->ops[0]);
        memcpy(shrink->attempt + begin, shrink->ops + end, tail * sizeof shrink->ops[0]);
        has_changed |= keep_if_same(shrink, begin + tail);
        end = begin;
    }
    return has_changed;
}

static bool delete_operations(struct shrink *shrink)
{
    bool has_changed = false;
    for (size_t length = (shrink->count + 1) / 2; length > 0; length /= 2) {
        while (delete_runs(shrink, length)) {
            has_changed = true;
            cut_tail(shrink);
        }
    }
    return has_changed;
}

/* Tries the operation with another in its place. */
static bool try_instead(struct shrink *shrink, size_t index, struct hb_op op)
{
    hb_op_canonicalize(&op, &shrink->header);
    if (memcmp(&op, &shrink->ops[index], sizeof op) == 0) {
        return false;
    }
    memcpy(shrink->attempt, shrink->ops, shrink->count * sizeof shrink->ops[0]);
    shrink->attempt[index] = op;
    return keep_if_same(shrink, shrink->count);
}

static bool try_value(struct shrink *shrink, size_t index, uint8_t form, uint64_t value)
{
    struct hb_op op = shrink->ops[index];
    op.form = form;
    op.value = value;
    return try_instead(shrink, index, op);
}

static bool has_size(const struct hb_op *op)
{
    return op->kind == HB_OP_MALLOC || op->kind == HB_OP_REALLOC ||
           op->kind == HB_OP_FREE_WRONG_SIZE;
}

/* Plain sizes first; then as small as steps of half, a quarter, ... of the size can make it. */
static void plainer_size(struct shrink *shrink, size_t index)
{
    static const uint64_t plain[] = {1, 16, 17, 32, 64, 100, 0};
    for (size_t i = 0; i < sizeof plain / sizeof plain[0]; i++) {
        const struct hb_op *op = &shrink->ops[index];
        const bool is_plainer = op->form != HB_SIZE_LITERAL || op->value > plain[i];
        if (is_plainer && try_value(shrink, index, HB_SIZE_LITERAL, plain[i])) {
            return;
        }
    }
    if (shrink->ops[index].form != HB_SIZE_LITERAL) {
        return;
    }
    for (uint64_t step = shrink->ops[index].value / 2; step > 0; step /= 2) {
        const uint64_t value = shrink->ops[index].value;
        if (value > step) {
            (void)try_value(shrink, index, HB_SIZE_LITERAL, value - step);
        }
    }
}

/* Sizes that are equal are often equal for a reason: all of them at once. */
static void plainer_equal_sizes(struct shrink *shrink, size_t index)
{
    static const uint64_t plain[] = {1, 16, 17, 32, 33};
    const uint64_t value = shrink->ops[index].value;
    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && plain[i] < value; i++) {
        memcpy(shrink->attempt, shrink->ops, shrink->count * sizeof shrink->ops[0]);
        for (size_t at = 0; at < shrink->count; at++) {
            const struct hb_op *op = &shrink->attempt[at];
            if (has_size(op) && op->form == HB_SIZE_LITERAL && op->value == value) {
                shrink->attempt[at].value = plain[i];
            }
        }
        if (keep_if_same(shrink, shrink->count)) {
            return;
        }
    }
}

/* Ranges at the arena's base, of round lengths, as short as can be. */
static void plainer_range(struct shrink *shrink, size_t index)
{
    static const uint32_t lengths[] = {64, 96, 128, 256, 1024, 4096};
    const struct hb_op op = shrink->ops[index];
    const uint32_t begin = hb_low(op.value);
    const uint32_t length = hb_high(op.value) - begin;
    const bool is_plain_form = op.form == HB_RANGE_ARENA && hb_high(op.value) >= begin;
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        const bool is_plainer = !is_plain_form || begin != 0 || lengths[i] < length;
        if (is_plainer && try_value(shrink, index, HB_RANGE_ARENA, hb_pair(0, lengths[i]))) {
            return;
        }
    }
    if (is_plain_form && begin != 0) {
        (void)try_value(shrink, index, HB_RANGE_ARENA, hb_pair(0, length));
    }
}

static uint64_t plain_size(const struct hb_op *op)
{
    const uint64_t product = (uint64_t)hb_low(op->value) * hb_high(op->value);
    if (op->kind == HB_OP_CALLOC && op->form == HB_CALLOC_LITERAL && product != 0) {
        return product;
    }
    return op->kind == HB_OP_REALLOC && op->form == HB_SIZE_LITERAL ? op->value : 16;
}

/* The free that is wrong in the same way as a wrong realloc. */
static struct hb_op wrong_free(const struct hb_op *op)
{
    struct hb_op plain = {.kind = HB_OP_FREE_TWICE, .slot = op->slot};
    if (op->form != HB_REALLOC_TWICE) {
        const bool is_interior = op->form == HB_REALLOC_INTERIOR;
        plain.kind = is_interior ? HB_OP_FREE_INTERIOR : HB_OP_FREE_WRONG_SIZE;
        plain.form = is_interior ? 0 : HB_SIZE_OWN;
        plain.value = hb_low(op->value);
    }
    return plain;
}

/* A plain malloc or a right free instead of what is only a longer way to one. */
static void plainer_kind(struct shrink *shrink, size_t index)
{
    const struct hb_op op = shrink->ops[index];
    struct hb_op plain = op;
    switch (op.kind) {
    case HB_OP_REALLOC:
    case HB_OP_FREE_TWICE:
    case HB_OP_FREE_INTERIOR:
    case HB_OP_FREE_FORGED:
    case HB_OP_FREE_WRONG_SIZE:
    case HB_OP_FREE_ANY_SIZE:
        plain.kind = HB_OP_FREE;
        if (try_instead(shrink, index, plain)) {
            return;
        }
        break;
    default:
        break;
    }
    if (op.kind == HB_OP_CALLOC || op.kind == HB_OP_REALLOC) {
        plain.kind = HB_OP_MALLOC;
        plain.form = HB_SIZE_LITERAL;
        plain.value = plain_size(&op);
        (void)try_instead(shrink, index, plain);
    }
    if (op.kind == HB_OP_REALLOC_WRONG) {
        (void)try_instead(shrink, index, wrong_free(&op));
    }
    if (op.kind == HB_OP_FREE_FORGED) {
        plain.kind = HB_OP_FREE_INTERIOR;
        plain.value = (uint64_t)hb_high(op.value) + 16;
        (void)try_instead(shrink, index, plain);
    }
}

/* The first of some values that the finding survives, unless it has one of them already. */
static void plainest_value(struct shrink *shrink, size_t index, uint8_t form,
                           const uint64_t *values, size_t count)
{
    const struct hb_op op = shrink->ops[index];
    for (size_t i = 0; i < count; i++) {
        if ((op.form == form && op.value == values[i]) ||
            try_value(shrink, index, form, values[i])) {
            return;
        }
    }
}

static void plainer_pointer(struct shrink *shrink, size_t index)
{
    static const uint64_t deltas[] = {16, 1, 32, 0 - (uint64_t)16};
    const uint64_t places[] = {hb_pair(4096, 16), hb_pair(4096, 0), hb_pair(16, 16)};
    static const uint64_t ways[] = {0, 16, 1};
    const struct hb_op op = shrink->ops[index];
    if (op.kind == HB_OP_FREE_INTERIOR) {
        plainest_value(shrink, index, 0, deltas, sizeof deltas / sizeof deltas[0]);
    } else if (op.kind == HB_OP_USABLE) {
        plainest_value(shrink, index, 0, ways, sizeof ways / sizeof ways[0]);
    } else if (op.kind == HB_OP_REMOVE_RANGE) {
        plainest_value(shrink, index, HB_REMOVE_NUMBER, ways, 1);
    } else if (op.kind == HB_OP_REALLOC_WRONG) {
        const uint64_t plain[] = {hb_pair(16, 16), hb_pair(1, 16), hb_pair(hb_low(op.value), 16)};
        plainest_value(shrink, index, op.form, plain, sizeof plain / sizeof plain[0]);
    } else if (shrink->ops[index].kind == HB_OP_FREE_AT) {
        plainest_value(shrink, index, HB_AT_ARENA, places, sizeof places / sizeof places[0]);
    }
}

/* One element of few bytes. */
static void plainer_calloc(struct shrink *shrink, size_t index)
{
    const uint64_t product = plain_size(&shrink->ops[index]);
    const uint64_t plain[] = {hb_pair(1, 1), hb_pair(16, 1), hb_pair(100, 1),
                              hb_pair((uint32_t)product, 1)};
    if (shrink->ops[index].kind == HB_OP_CALLOC && product <= UINT32_MAX) {
        plainest_value(shrink, index, HB_CALLOC_LITERAL, plain, sizeof plain / sizeof plain[0]);
    }
}

/* What each stands for is plain to see. */
static void plainer_align(struct shrink *shrink, size_t index)
{
    static const uint64_t plain[] = {16, 0, 3, 32, 64};
    struct hb_op op = shrink->ops[index];
    for (size_t i = 0; i < sizeof plain / sizeof plain[0] && hb_op_has_align(op.kind); i++) {
        (void)hb_align_encode(plain[i], &op.align_code);
        if (op.align_code == shrink->ops[index].align_code || try_instead(shrink, index, op)) {
            return;
        }
    }
}

static void plainer_operation(struct shrink *shrink, size_t index)
{
    plainer_kind(shrink, index);
    plainer_pointer(shrink, index);
    plainer_calloc(shrink, index);
    plainer_align(shrink, index);
    if (has_size(&shrink->ops[index])) {
        if (shrink->ops[index].form == HB_SIZE_LITERAL) {
            plainer_equal_sizes(shrink, index);
        }
        plainer_size(shrink, index);
    }
    if (shrink->ops[index].kind == HB_OP_ADD_RANGE) {
        plainer_range(shrink, index);
    }
}

static bool is_allocation(uint8_t kind)
{
    return kind == HB_OP_MALLOC || kind == HB_OP_CALLOC || kind == HB_OP_REALLOC;
}

/* Slots 0, 1, 2, ... in the order in which they are first named. */
static void renumber_slots(struct shrink *shrink)
{
    uint32_t next = 0;
    memcpy(shrink->attempt, shrink->ops, shrink->count * sizeof shrink->ops[0]);
    for (size_t i = 0; i < shrink->count; i++) {
        const uint8_t kind = shrink->ops[i].kind;
        if (!is_allocation(kind)) {
            continue;
        }
        const uint32_t slot = shrink->ops[i].slot;
        bool is_new = true;
        for (size_t before = 0; before < i; before++) {
            is_new &=
                !(is_allocation(shrink->ops[before].kind) && shrink->ops[before].slot == slot);
        }
        for (size_t at = 0; is_new && at < shrink->count; at++) {
            if (shrink->ops[at].slot == slot) {
                shrink->attempt[at].slot = next;
            }
            if (shrink->ops[at].kind == HB_OP_FREE_FORGED &&
                hb_low(shrink->ops[at].value) == slot) {
                shrink->attempt[at].value = hb_pair(next, hb_high(shrink->ops[at].value));
            }
        }
        next += is_new;
    }
    for (size_t i = 0; i < shrink->count; i++) {
        hb_op_canonicalize(&shrink->attempt[i], &shrink->header);
    }
    (void)keep_if_same(shrink, shrink->count);
}

/* The arena and slots of a stream without a header, where they do: every look at a large arena
 * takes long. */
static void plainer_header(struct shrink *shrink)
{
    const struct hb_ops_header before = shrink->header;
    const struct hb_ops_header plain = hb_ops_default_header();
    if (before.arena_log2 == plain.arena_log2 && before.slot_log2 == plain.slot_log2) {
        return;
    }
    shrink->header = plain;
    for (size_t i = 0; i < shrink->count; i++) {
        shrink->attempt[i] = shrink->ops[i];
        hb_op_canonicalize(&shrink->attempt[i], &plain);
    }
    if (!keep_if_same(shrink, shrink->count)) {
        shrink->header = before;
    }
}

static void shrink_all(struct shrink *shrink)
{
    unsigned kept_before;
    cut_tail(shrink);
    plainer_header(shrink);
    do { /* a size made smaller may let the range in front of it be smaller */
        kept_before = shrink->kept_count;
        (void)delete_operations(shrink);
        for (size_t i = 0; i < shrink->count; i++) {
            plainer_operation(shrink, i);
        }
    } while (shrink->kept_count != kept_before);
    renumber_slots(shrink);
    plainer_header(shrink); /* with few slots left they may fit where they did not */
}

static enum hb_shrink_outcome first_run(struct shrink *shrink, const struct hb_ops *ops,
                                        const struct hb_verdict *wanted)
{
    for (size_t i = 0; i < ops->count; i++) {
        shrink->ops[i] = hb_ops_get(ops, i);
    }
    shrink->wanted.oracle = wanted == NULL ? HB_ORACLE_REPLAY : wanted->oracle;
    if (!run(shrink, shrink->ops, shrink->count, &shrink->result)) {
        return HB_SHRINK_NOT_RUN;
    }
    shrink->wanted = shrink->result.verdict;
    if (shrink->options->is_corrupting) {
        shrink->draw_seed = shrink->result.draw_seed;
    }
    return shrink->wanted.oracle != HB_ORACLE_NONE &&
                   (wanted == NULL || hb_is_same_finding(wanted, &shrink->wanted))
               ? HB_SHRINK_FINDING
               : HB_SHRINK_CLEAN;
}

enum hb_shrink_outcome hb_shrink(const struct hb_ops *ops, const struct hb_target *target,
                                 const struct hb_verdict *wanted,
                                 const struct hb_shrink_options *options, struct hb_bytes *shrunk,
                                 struct hb_run_result *result)
{
    static const struct hb_shrink_options defaults;
    struct shrink shrink = {.target = target,
                            .options = options == NULL ? &defaults : options,
                            .header = ops->header,
                            .count = ops->count,
                            .draw_seed = options == NULL ? 0 : options->draw_seed,
                            .is_thorough = hb_run_is_short(ops),
                            .started = time(NULL)};
    enum hb_shrink_outcome outcome = HB_SHRINK_NOT_RUN;
    shrink.header.swarm = 0; /* which says nothing about what is played */
    shrink.ops = calloc(ops->count + 1, sizeof shrink.ops[0]);
    shrink.attempt = calloc(ops->count + 1, sizeof shrink.attempt[0]);
    shrink.bytes = calloc(ops->count + 1, HB_RECORD_BYTES);
    if (shrink.ops != NULL && shrink.attempt != NULL && shrink.bytes != NULL) {
        outcome = first_run(&shrink, ops, wanted);
    }
    if (outcome == HB_SHRINK_FINDING) {
        shrink_all(&shrink);
        (void)encode(&shrink, shrink.ops, shrink.count);
        *shrunk = (struct hb_bytes){shrink.bytes, (shrink.count + 1) * HB_RECORD_BYTES};
        shrink.bytes = NULL;
    }
    *result = shrink.result;
    free(shrink.ops);
    free(shrink.attempt);
    free(shrink.bytes);
    return outcome;
}
