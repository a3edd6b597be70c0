/* SPDX-License-Identifier: MIT
 *
 * One stream on two targets. That they answer alike is seen from the hashes of their traces; where
 * those differ, both are run again, the answers of the first are kept, and the first call that the
 * second answers otherwise is the finding.
 */
#include "differential.h"

#include "run_state.h"

#include <stdlib.h>
#include <string.h>

struct answer {
    uint8_t kind;
    uint8_t expected_status;
    uint8_t status;
    struct hb_address address; /* of what was handed out */
};

struct comparison {
    bool may_refuse_otherwise; /* which refusal a wrong pointer meets is a matter of odds */
    struct answer *answers;    /* of the first target */
    size_t count;
    size_t room;
    size_t compared; /* calls of the second */
    bool has_difference;
    struct hb_call difference; /* as the second has it */
    struct answer wanted;
};

static struct answer answer_of(const struct hb_call *call)
{
    return (struct answer){.kind = (uint8_t)call->kind,
                           .expected_status = call->expected_status,
                           .status = call->actual_status,
                           .address = call->actual};
}

/* A user's filling and copying are told too, and are no calls. */
static bool is_call(const struct hb_call *call)
{
    return call->kind != HB_CALL_COPY && call->kind != HB_CALL_FILL;
}

static void keep_answer(void *context, const struct hb_call *call)
{
    struct comparison *comparison = context;
    if (!is_call(call)) {
        return;
    }
    if (comparison->count == comparison->room) {
        const size_t room = comparison->room * 2 + 256;
        struct answer *answers = realloc(comparison->answers, room * sizeof *answers);
        if (answers == NULL) {
            abort();
        }
        comparison->answers = answers;
        comparison->room = room;
    }
    comparison->answers[comparison->count++] = answer_of(call);
}

static bool hands_out(const struct answer *answer)
{
    const bool is_block = answer->kind == HB_CALL_MALLOC || answer->kind == HB_CALL_REALLOC ||
                          answer->kind == HB_CALL_CALLOC;
    return is_block && answer->status == HB_OK;
}

static bool is_same_answer(const struct comparison *comparison, const struct answer *a,
                           const struct answer *b)
{
    const bool are_refusals = a->expected_status != HB_OK && b->expected_status != HB_OK &&
                              a->status != HB_OK && b->status != HB_OK;
    if (a->kind != b->kind) {
        return false;
    }
    if (a->status != b->status) {
        return are_refusals && comparison->may_refuse_otherwise;
    }
    return !hands_out(a) ||
           (a->address.base == b->address.base && a->address.offset == b->address.offset);
}

static void compare_answer(void *context, const struct hb_call *call)
{
    struct comparison *comparison = context;
    if (!is_call(call) || comparison->has_difference) {
        return;
    }
    const struct answer answer = answer_of(call);
    const size_t number = comparison->compared++;
    const bool has_wanted = number < comparison->count;
    if (has_wanted && is_same_answer(comparison, &comparison->answers[number], &answer)) {
        return;
    }
    comparison->has_difference = true;
    comparison->difference = *call;
    comparison->wanted = has_wanted ? comparison->answers[number]
                                    : (struct answer){.kind = answer.kind,
                                                      .expected_status = answer.expected_status,
                                                      .status = HB_STATUS_COUNT};
}

static void print_answer(const struct hb_target *target, const struct answer *answer,
                         char text[HB_VALUE_TEXT_BYTES])
{
    char address[HB_ADDRESS_TEXT_BYTES];
    hb_address_print(&answer->address, address);
    (void)snprintf(text, HB_VALUE_TEXT_BYTES, "%.40s answers %s with %s%s%s", target->name,
                   hb_call_kind_name(answer->kind), hb_status_name(answer->status),
                   hands_out(answer) ? " at " : "", hands_out(answer) ? address : "");
}

static void object(const struct hb_target *target, const struct hb_target *against,
                   const struct comparison *comparison, struct hb_verdict *verdict)
{
    const struct hb_call *call = &comparison->difference;
    const struct answer actual = answer_of(call);
    *verdict = (struct hb_verdict){.oracle = HB_ORACLE_DIFFER,
                                   .op_index = call->op_index,
                                   .op = call->op,
                                   .call_kind = (uint8_t)call->kind,
                                   .expected_status = comparison->wanted.status,
                                   .actual_status = call->actual_status};
    print_answer(target, &comparison->wanted, verdict->expected);
    print_answer(against, &actual, verdict->actual);
    hb_verdict_digest(verdict);
}

/* The first call that the two answer otherwise. False: they cannot be run. */
static bool find_difference(const struct hb_ops *ops, const struct hb_target *target,
                            const struct hb_run_options *options, bool without_odd_reallocs,
                            struct hb_run_result *result)
{
    struct comparison comparison = {
        .may_refuse_otherwise =
            ((target->contract | options->against->contract) & HB_REFUSES_BY_ODDS) != 0};
    struct hb_run_options own = *options;
    struct hb_run_result again;
    own.against = NULL;
    own.without_odd_reallocs = without_odd_reallocs;
    own.run_twice = false;
    own.picture = NULL;
    own.observe_context = &comparison;
    own.observe = keep_answer;
    bool has_run = hb_run(ops, target, &own, &again);
    own.observe = compare_answer;
    has_run = has_run && hb_run(ops, options->against, &own, &again);
    if (has_run && comparison.has_difference) {
        object(target, options->against, &comparison, &result->verdict);
    }
    free(comparison.answers);
    return has_run;
}

static void add_counts(struct hb_run_counts *counts, const struct hb_run_counts *more)
{
    counts->operations += more->operations;
    counts->no_ops += more->no_ops;
    counts->refused += more->refused;
    counts->out_of_memory += more->out_of_memory;
    counts->odds_checks += more->odds_checks;
    counts->odds_misses += more->odds_misses;
}

bool hb_run_differential(const struct hb_ops *ops, const struct hb_target *target,
                         const struct hb_run_options *options, struct hb_run_result *result)
{
    struct hb_run_options own = *options;
    struct hb_run_result other;
    own.against = NULL;
    own.without_odd_reallocs |= hb_oracle_applies(HB_ORACLE_SHADOW, target) ||
                                hb_oracle_applies(HB_ORACLE_SHADOW, options->against);
    if (!hb_run(ops, target, &own, result)) {
        return false;
    }
    if (result->verdict.oracle != HB_ORACLE_NONE) {
        return true;
    }
    own.observe = NULL; /* one trace is told */
    if (!hb_run(ops, options->against, &own, &other)) {
        return false;
    }
    const struct hb_run_counts first = result->counts;
    const bool is_same = result->trace_hash == other.trace_hash;
    const bool is_inconclusive = result->is_inconclusive || other.is_inconclusive;
    if (other.verdict.oracle != HB_ORACLE_NONE) {
        *result = other;
        result->is_against = true;
        result->counts = first;
    }
    add_counts(&result->counts, &other.counts);
    result->is_inconclusive = is_inconclusive;
    return result->verdict.oracle != HB_ORACLE_NONE || is_same || is_inconclusive ||
           (own.without & HB_ORACLE_BIT(HB_ORACLE_DIFFER)) != 0 ||
           find_difference(ops, target, options, own.without_odd_reallocs, result);
}
