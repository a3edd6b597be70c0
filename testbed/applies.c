/* SPDX-License-Identifier: MIT
 *
 * Which oracles can speak of a target: the table of docs/oracles.md.
 */
#include "run.h"
#include "uninstrumented.h"

bool hb_oracle_applies(enum hb_oracle oracle, const struct hb_target *target)
{
    const uint32_t contract = target->contract;
    const bool is_exact = hb_places_exactly(target);
    const bool has_ranges = (contract & HB_TAKES_RANGES) != 0;
    switch (oracle) {
    case HB_ORACLE_NONE:
    case HB_ORACLE_COUNT:
        return false;
    case HB_ORACLE_PLACE:
    case HB_ORACLE_OUTSIDE_CHUNK:
    case HB_ORACLE_ARBITRARY_WRITE:
        return is_exact;
    case HB_ORACLE_INSIDE:
    case HB_ORACLE_GUARD:
        return has_ranges;
    case HB_ORACLE_UNCHANGED:
        return (contract & HB_FAILS_UNCHANGED) != 0;
    case HB_ORACLE_CHECK:
        return target->check != NULL;
    case HB_ORACLE_STATS:
        return target->stats != NULL || target->usable_size != NULL ||
               (target->owns != NULL && has_ranges) || (target->walk != NULL && is_exact);
    case HB_ORACLE_DRAIN:
        return target->stats != NULL || (has_ranges && (contract & HB_COALESCES) != 0);
    case HB_ORACLE_SHADOW:
        return HB_HAS_SHADOW != 0 && (contract & HB_ANNOTATES) != 0;
    case HB_ORACLE_BOUND:
        return (contract & HB_COUNTS_WORK) != 0 && (is_exact || target->work_bound != NULL);
    default:
        return true;
    }
}
