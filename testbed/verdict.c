/* SPDX-License-Identifier: MIT
 *
 * Names and words: oracles, statuses, addresses, shapes, and the verdict itself.
 */
#include "run_state.h"

#include "corrupt.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

const char *hb_oracle_name(enum hb_oracle oracle)
{
    static const char *const names[HB_ORACLE_COUNT] = {
        "none",    "status", "place",         "align",           "inside",    "overlap",
        "content", "guard",  "unchanged",     "check",           "stats",     "drain",
        "replay",  "bound",  "panic",         "crash",           "sanitizer", "hang",
        "shadow",  "differ", "outside-chunk", "arbitrary-write",
    };
    return (unsigned)oracle < HB_ORACLE_COUNT ? names[oracle] : names[0];
}

enum hb_oracle hb_oracle_from_name(const char *name)
{
    for (unsigned i = 0; i < HB_ORACLE_COUNT; i++) {
        if (strcmp(name, hb_oracle_name(i)) == 0) {
            return i;
        }
    }
    return HB_ORACLE_NONE;
}

bool hb_oracles_from_names(const char *names, uint32_t *bits)
{
    const char *at = names != NULL ? names : "";
    *bits = 0;
    while (*at != '\0') {
        char name[32];
        const size_t length = strcspn(at, ",");
        (void)snprintf(name, sizeof name, "%.*s", (int)(length < 32 ? length : 32), at);
        const enum hb_oracle oracle = hb_oracle_from_name(name);
        if (oracle == HB_ORACLE_NONE) {
            return false;
        }
        *bits |= HB_ORACLE_BIT(oracle);
        at += length + (at[length] == ',');
    }
    return true;
}

const char *hb_status_name(unsigned status)
{
    static const char *const names[HB_STATUS_COUNT + 1] = {
        "ok",           "out_of_memory",   "invalid_argument", "invalid_align",
        "invalid_size", "invalid_address", "overlap",          "too_many_ranges",
        "double_free",  "wrong_size",      "corrupted",        "range_in_use",
        "no answer",
    };
    return status <= HB_STATUS_COUNT ? names[status] : "an unknown status";
}

/* What a reason says, whatever the numbers in it: FNV-1a up to " at ", digits and signs left out.
 */
static uint32_t digest(uint32_t hash, const char *text)
{
    for (; *text != '\0' && strncmp(text, " at ", 4) != 0; text++) {
        if ((*text < '0' || *text > '9') && *text != '-' && *text != '+') {
            hash = (hash ^ (unsigned char)*text) * 16777619u;
        }
    }
    return hash;
}

void hb_verdict_digest(struct hb_verdict *verdict)
{
    verdict->reason_digest = digest(digest(2166136261u, verdict->expected), verdict->actual);
}

bool hb_object(struct hb_run *run, enum hb_oracle oracle, const char *expected, const char *actual,
               ...)
{
    struct hb_verdict *verdict = &run->result->verdict;
    if (run->is_smashed && !run->result->is_inconclusive) {
        oracle = hb_smashed_oracle(run, oracle);
    }
    if (verdict->oracle != HB_ORACLE_NONE || oracle == HB_ORACLE_NONE ||
        run->result->is_inconclusive) {
        return false;
    }
    if ((run->options->without & HB_ORACLE_BIT(oracle)) != 0) {
        return true;
    }
    va_list arguments;
    va_start(arguments, actual);
    verdict->oracle = oracle;
    verdict->op_index = run->op_index;
    verdict->op = run->op;
    verdict->call_kind = (uint8_t)run->call.kind;
    verdict->expected_status = run->call.expected_status;
    verdict->actual_status = run->call.actual_status;
    (void)snprintf(verdict->expected, sizeof verdict->expected, "%s", expected);
    (void)vsnprintf(verdict->actual, sizeof verdict->actual, actual, arguments);
    va_end(arguments);
    hb_verdict_digest(verdict);
    return false;
}

struct hb_address hb_address_of(const struct hb_run *run, uintptr_t address)
{
    const uintptr_t far = (uintptr_t)1 << 31; /* what an operand can reach around the arena */
    const uintptr_t base = hb_arena_begin(run);
    const uintptr_t from_base = address - base;
    const uintptr_t ends = 65536; /* of the address space: no arena is there */
    if (address < ends) {
        return (struct hb_address){.base = HB_FROM_ZERO, .offset = (int64_t)address};
    }
    if (UINTPTR_MAX - address < ends) {
        return (struct hb_address){.base = HB_FROM_TOP, .offset = (int64_t)(UINTPTR_MAX - address)};
    }
    if (from_base < far || 0 - from_base < far) {
        return (struct hb_address){.base = HB_IN_ARENA, .offset = (intptr_t)from_base};
    }
    if (UINTPTR_MAX - address < far) {
        return (struct hb_address){.base = HB_FROM_TOP, .offset = (int64_t)(UINTPTR_MAX - address)};
    }
    return (struct hb_address){.base = HB_FROM_ZERO, .offset = (int64_t)address};
}

void hb_address_print(const struct hb_address *address, char text[HB_ADDRESS_TEXT_BYTES])
{
    if (address->base == HB_FROM_TOP) {
        (void)snprintf(text, HB_ADDRESS_TEXT_BYTES, "top-%" PRId64, address->offset);
        return;
    }
    (void)snprintf(text, HB_ADDRESS_TEXT_BYTES, "%s%+" PRId64,
                   address->base == HB_IN_ARENA ? "arena" : "zero", address->offset);
}

/* What came instead. A call that should have been refused and was not is one fault, however its
 * answer came about. */
static const char *answer_name(const struct hb_verdict *verdict)
{
    if (verdict->oracle == HB_ORACLE_STATUS && verdict->expected_status != HB_OK) {
        return verdict->actual_status == HB_OK ? "accepted" : "refused as another";
    }
    return hb_status_name(verdict->actual_status);
}

void hb_shape_print(const struct hb_run_result *result, char text[HB_SHAPE_TEXT_BYTES])
{
    const struct hb_shape *shape = &result->shape;
    const uint32_t named = shape->call_count < HB_SHAPE_CALLS ? shape->call_count : HB_SHAPE_CALLS;
    FILE *out = fmemopen(text, HB_SHAPE_TEXT_BYTES, "w");
    if (out == NULL) {
        text[0] = '\0';
        return;
    }
    (void)fprintf(out, "%s:", hb_oracle_name(result->verdict.oracle));
    for (uint32_t i = 0; i < named; i++) {
        (void)fprintf(out, "%s %s %s", i == 0 ? "" : ",", hb_call_kind_name(shape->kinds[i]),
                      hb_status_name(shape->expected[i]));
    }
    if (named < shape->call_count) {
        (void)fprintf(out, ", %u more", (unsigned)(shape->call_count - named));
    }
    (void)fprintf(out, " -> %s", answer_name(&result->verdict));
    if (result->verdict.oracle != HB_ORACLE_STATUS && result->verdict.oracle != HB_ORACLE_PLACE) {
        (void)fprintf(out, " (%08x)", (unsigned)result->verdict.reason_digest);
    }
    (void)fclose(out);
    text[HB_SHAPE_TEXT_BYTES - 1] = '\0';
}

const char *hb_call_kind_name(unsigned kind)
{
    static const char *const names[] = {
        "init",   "add_range",    "malloc", "free", "realloc",
        "calloc", "remove_range", "usable", "copy", "fill",
    };
    return kind < sizeof names / sizeof names[0] ? names[kind] : "unknown";
}

bool hb_is_within_odds(uint64_t trials, uint64_t one_in, uint64_t misses)
{
    const double expected = (double)trials / (double)one_in;
    const double above = (double)misses - expected - 4;
    return above <= 0 || above * above <= 16 * expected;
}
