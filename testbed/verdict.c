/* SPDX-License-Identifier: MIT
 *
 * Names and words: oracles, statuses, addresses, shapes, and the verdict itself.
 */
#include "run_state.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

const char *hb_oracle_name(enum hb_oracle oracle)
{
    static const char *const names[HB_ORACLE_COUNT] = {
        "none",    "status", "place",     "align", "inside",    "overlap",
        "content", "guard",  "unchanged", "check", "stats",     "drain",
        "replay",  "bound",  "panic",     "crash", "sanitizer", "hang",
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

const char *hb_status_name(unsigned status)
{
    static const char *const names[HB_STATUS_COUNT + 1] = {
        "ok",           "out_of_memory",   "invalid_argument", "invalid_align",
        "invalid_size", "invalid_address", "overlap",          "too_many_ranges",
        "double_free",  "wrong_size",      "corrupted",        "no answer",
    };
    return status <= HB_STATUS_COUNT ? names[status] : "an unknown status";
}

bool hb_object(struct hb_run *run, enum hb_oracle oracle, const char *expected, const char *actual,
               ...)
{
    struct hb_verdict *verdict = &run->result->verdict;
    if (verdict->oracle != HB_ORACLE_NONE) {
        return false;
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
    return false;
}

struct hb_address hb_address_of(const struct hb_run *run, uintptr_t address)
{
    const uintptr_t far = (uintptr_t)1 << 31; /* what an operand can reach around the arena */
    const uintptr_t base = hb_arena_begin(run);
    const uintptr_t from_base = address - base;
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

void hb_shape_print(const struct hb_run_result *result, char text[HB_SHAPE_TEXT_BYTES])
{
    const struct hb_shape *shape = &result->shape;
    int used = snprintf(text, HB_SHAPE_TEXT_BYTES, "%s:", hb_oracle_name(result->verdict.oracle));
    for (uint32_t i = 0; i < shape->call_count && used < HB_SHAPE_TEXT_BYTES - 1; i++) {
        used +=
            snprintf(text + used, HB_SHAPE_TEXT_BYTES - (size_t)used, "%s %s %s", i == 0 ? "" : ",",
                     hb_op_kind_name(shape->kinds[i]), hb_status_name(shape->expected[i]));
    }
    if (used < HB_SHAPE_TEXT_BYTES - 1) {
        (void)snprintf(text + used, HB_SHAPE_TEXT_BYTES - (size_t)used, " -> %s",
                       hb_status_name(result->verdict.actual_status));
    }
}
