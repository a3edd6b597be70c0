/* SPDX-License-Identifier: MIT
 *
 * From op streams to calls. trace.h says what for.
 */
#include "trace.h"

#include "file.h"
#include "run.h"
#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 200

/* -- files ------------------------------------------------------------------------------------ */

static bool parse_text(struct hb_bytes *bytes, const char *path, char *error, size_t error_bytes)
{
    struct hb_text_error fault;
    struct hb_bytes parsed;

    if (!hb_ops_parse((const char *)bytes->data, bytes->count, &parsed, &fault)) {
        (void)snprintf(error, error_bytes, "%s:%zu:%zu: %s", path, fault.line, fault.column,
                       fault.reason);
        free(bytes->data);
        return false;
    }
    free(bytes->data);
    *bytes = parsed;
    return true;
}

bool bench_input_read(const char *name, struct hb_bytes *bytes, char *error, size_t error_bytes)
{
    char path[4096];
    const char *end = strrchr(name, '.');

    (void)snprintf(path, sizeof path, "%s%s", name[0] == '/' ? "" : BENCH_SOURCE "/corpus/", name);
    return hb_file_read(path, bytes, error, error_bytes) &&
           (end == NULL || strcmp(end, ".hbedt") != 0 ||
            parse_text(bytes, path, error, error_bytes));
}

/* -- recorded programs ------------------------------------------------------------------------ */

static uint64_t op_size(const struct hb_op *op)
{
    if (op->kind == HB_OP_CALLOC) {
        return op->form == HB_CALLOC_LITERAL
                   ? (uint64_t)hb_high(op->value) * (uint64_t)hb_low(op->value)
                   : 0;
    }
    return op->form == HB_SIZE_LITERAL ? op->value : 0;
}

static bool op_asks(const struct hb_op *op)
{
    return op->kind == HB_OP_MALLOC || op->kind == HB_OP_CALLOC || op->kind == HB_OP_REALLOC;
}

/* Null where it is what recorded programs do. */
static const char *op_fault(const struct hb_op *op)
{
    if (op_asks(op)) {
        if (op_size(op) == 0 || op_size(op) > UINT32_MAX) {
            return "it has a size that is not written out";
        }
        return hb_op_align(op) > 16 ? "it has an alignment above 16" : NULL;
    }
    return op->kind == HB_OP_FREE || op->kind == HB_OP_FREE_ANY_SIZE || op->kind == HB_OP_ADD_RANGE
               ? NULL
               : "it has operations that no recorded program has";
}

static enum bench_call_kind call_kind(const struct hb_op *op, bool was_live)
{
    switch (op->kind) {
    case HB_OP_MALLOC:
        return BENCH_CALL_MALLOC;
    case HB_OP_CALLOC:
        return BENCH_CALL_CALLOC;
    case HB_OP_REALLOC:
        return was_live ? BENCH_CALL_REALLOC : BENCH_CALL_MALLOC;
    default:
        return BENCH_CALL_FREE;
    }
}

/* False where the operation does nothing. */
static bool call_make(const struct hb_op *op, bool *is_live, struct bench_call *call)
{
    const bool was_live = *is_live;

    if (op->kind == HB_OP_ADD_RANGE || (op->kind == HB_OP_MALLOC && was_live) ||
        (op->kind == HB_OP_CALLOC && was_live) || (!op_asks(op) && !was_live)) {
        return false;
    }
    call->size = op_asks(op) ? (uint32_t)op_size(op) : 0;
    call->kind = (unsigned)call_kind(op, was_live) & 15u;
    *is_live = op_asks(op);
    return true;
}

bool bench_trace_make(const struct hb_ops *ops, struct bench_trace *trace, const char **reason)
{
    trace->count = 0;
    trace->slot_count = (size_t)1 << ops->header.slot_log2;
    trace->arena_bytes = (size_t)1 << ops->header.arena_log2;
    trace->calls = calloc(ops->count + 1, sizeof *trace->calls);
    bool *is_live = calloc(trace->slot_count, sizeof *is_live);

    *reason = trace->calls == NULL || is_live == NULL ? "no memory" : NULL;
    for (size_t i = 0; *reason == NULL && i < ops->count; i++) {
        const struct hb_op op = hb_ops_get(ops, i);
        const size_t slot = op.slot % trace->slot_count;
        struct bench_call *call = &trace->calls[trace->count];

        call->slot = (uint32_t)slot & (((uint32_t)1 << 28) - 1);
        *reason = op_fault(&op);
        trace->count += *reason == NULL && call_make(&op, &is_live[slot], call);
    }
    free(is_live);
    if (*reason == NULL && trace->count == 0) {
        *reason = "it has no calls";
    }
    if (*reason != NULL) {
        free(trace->calls);
        trace->calls = NULL;
    }
    return *reason == NULL;
}

const struct bench_trace *bench_trace_load(const char *name, const char **reason)
{
    static struct bench_trace trace;
    static char loaded[NAME_BYTES_MAX];
    static char error[NAME_BYTES_MAX + 400];
    struct hb_bytes bytes;

    if (loaded[0] != '\0' && strcmp(loaded, name) == 0) {
        return &trace;
    }
    free(trace.calls);
    loaded[0] = '\0';
    if (!bench_input_read(name, &bytes, error, sizeof error)) {
        trace.calls = NULL;
        *reason = error;
        return NULL;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    const bool ok = bench_trace_make(&ops, &trace, reason);

    free(bytes.data);
    if (ok) {
        (void)snprintf(loaded, sizeof loaded, "%s", name);
    }
    return ok ? &trace : NULL;
}

/* -- what the complexity search found --------------------------------------------------------- */

/* While a stream is run. */
struct finding {
    struct bench_found *found;
    size_t room;
    uint64_t most_work;
    size_t kept; /* the steps in front of the most expensive call */
    bool has_failed;
};

static void add_step(struct finding *finding, const struct bench_step *step)
{
    struct bench_found *found = finding->found;

    if (found->count == finding->room) {
        const size_t room = 2 * finding->room + 64;
        struct bench_step *steps = realloc(found->steps, room * sizeof *steps);

        if (steps == NULL) {
            finding->has_failed = true;
            return;
        }
        found->steps = steps;
        finding->room = room;
    }
    found->steps[found->count++] = *step;
}

/* Calls that were refused changed nothing, and are left out. */
static void observe(void *context, const struct hb_call *call)
{
    struct finding *finding = context;
    struct bench_step step = {.slot = call->slot, .size = call->size, .align = call->align};

    if (hb_call_allocates(call->kind) && call->work > finding->most_work) {
        finding->most_work = call->work;
        finding->kept = finding->found->count;
        finding->found->size = (size_t)call->size;
    }
    if (call->actual_status != HB_OK) {
        return;
    }
    switch (call->kind) {
    case HB_CALL_ADD_RANGE:
        step.kind = BENCH_STEP_RANGE;
        step.begin = call->pointer.offset;
        step.end = call->end.offset;
        break;
    case HB_CALL_MALLOC:
        step.kind = BENCH_STEP_MALLOC;
        break;
    case HB_CALL_FREE:
        step.kind = BENCH_STEP_FREE;
        step.old_size = call->size;
        break;
    case HB_CALL_REALLOC:
        step.kind = BENCH_STEP_REALLOC;
        step.old_size = call->old_size;
        break;
    case HB_CALL_CALLOC:
        step.kind = BENCH_STEP_MALLOC;
        step.size = call->size * call->count;
        break;
    default:
        return;
    }
    add_step(finding, &step);
}

static const struct hb_target *found_on(const char *name)
{
    return strstr(name, "bestfit-list-") != NULL ? &hb_target_bestfit_list : &hb_target_bestfit;
}

static const char *found_run(const struct hb_ops *ops, const char *name, struct bench_found *found)
{
    struct finding finding = {.found = found};
    struct hb_run_result result;
    const struct hb_run_options options = {.observe = observe, .observe_context = &finding};

    memset(found, 0, sizeof *found);
    found->slot_count = (size_t)1 << ops->header.slot_log2;
    found->arena_bytes = (size_t)1 << ops->header.arena_log2;
    if (!hb_run(ops, found_on(name), &options, &result) || finding.has_failed) {
        return "no memory";
    }
    if (result.verdict.oracle != HB_ORACLE_NONE || finding.most_work == 0) {
        return "the bed objects to it, or it has no call that does any work";
    }
    found->count = finding.kept;
    return NULL;
}

const struct bench_found *bench_found_load(const char *name, const char **reason)
{
    static struct bench_found found;
    static char error[NAME_BYTES_MAX + 400];
    struct hb_bytes bytes;

    free(found.steps);
    found.steps = NULL;
    if (!bench_input_read(name, &bytes, error, sizeof error)) {
        *reason = error;
        return NULL;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);

    *reason = found_run(&ops, name, &found);
    free(bytes.data);
    return *reason == NULL ? &found : NULL;
}
