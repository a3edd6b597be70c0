/* SPDX-License-Identifier: MIT
 *
 * What cannot be seen, by whom, and why: the one table that lets a cell be silent. docs/matrix.md
 * has the same sentences. A rule that no cell of a full run needs is told, as it may hide one.
 */
#include "matrix.h"

#include <string.h>

#define EVERY_BACKEND ((1U << BACKEND_COUNT) - 1)
#define EVERY_ACCESS  7U
#define EVERY_PLACE   ((1U << PLACE_COUNT) - 1)
#define BIT(n)        (1U << (n))

/* One sentence, and so one number, for the two classes that come from outside. */
#define IS_ANOTHER_BLOCKS                                                                          \
    "the byte is another live block's, and nobody knows which pointer it was reached by"

static const struct rule {
    unsigned backends;
    const char *class_name; /* null: any */
    const char *position;   /* null: any */
    unsigned accesses;
    unsigned places;
    const char *reason;
} rules[] = {
    {BIT(BACKEND_NOTHING), NULL, NULL, EVERY_ACCESS, EVERY_PLACE,
     "nobody looks: without hardening the core trusts its callers and its memory"},
    {EVERY_BACKEND, "double-free", "first-byte/after-reuse", ACCESS_FREE, BIT(PLACE_LIVE),
     "the block is live again, and of that size: this is a right free of somebody else's block "
     "(without a quarantine)"},
    {EVERY_BACKEND, "heap-overflow", NULL, EVERY_ACCESS, BIT(PLACE_LIVE), IS_ANOTHER_BLOCKS},
    {EVERY_BACKEND, "use-after-free", NULL, EVERY_ACCESS, BIT(PLACE_LIVE),
     "the byte is live again, as another block's (without a quarantine)"},
    {BIT(BACKEND_HARDENING), NULL, NULL, ACCESS_READ, EVERY_PLACE,
     "a read leaves nothing behind that the core could look at"},
    {BIT(BACKEND_ASAN) | BIT(BACKEND_HARDENING), "use-after-remove-range", NULL, EVERY_ACCESS,
     BIT(PLACE_OUTSIDE), "the memory is its owner's again, who may do with it what he likes"},
    {BIT(BACKEND_VALGRIND), "use-after-remove-range", NULL, ACCESS_WRITE, BIT(PLACE_OUTSIDE),
     "the memory is its owner's again; only to use what the core left there is an error"},
    {BIT(BACKEND_HARDENING), NULL, NULL, ACCESS_WRITE,
     BIT(PLACE_SLACK) | BIT(PLACE_FREE) | BIT(PLACE_MARGIN) | BIT(PLACE_RAGGED),
     "the core looks at headers, links and footers, and this byte is in none"},
    {BIT(BACKEND_ASAN), "uninitialised-read", NULL, ACCESS_READ, EVERY_PLACE,
     "AddressSanitizer knows of addresses, not of what was written there"},
    {BIT(BACKEND_ASAN), NULL, NULL, EVERY_ACCESS & ~(unsigned)ACCESS_FREE, BIT(PLACE_RAGGED),
     "AddressSanitizer closes 8 bytes or the last of 8: the last (end mod 8) bytes of a ragged "
     "range stay open, as those behind them are somebody else's"},
    {BIT(BACKEND_MSAN), NULL, NULL, ACCESS_WRITE, EVERY_PLACE,
     "MemorySanitizer looks at values that are used, not at stores"},
    {EVERY_BACKEND, "underflow", NULL, EVERY_ACCESS, BIT(PLACE_LIVE), IS_ANOTHER_BLOCKS},
};

static size_t uses[sizeof rules / sizeof rules[0]];

static unsigned access_of(const struct outcome *outcome)
{
    if (strcmp(outcome->access_name, "free") == 0) {
        return ACCESS_FREE;
    }
    return strcmp(outcome->access_name, "read") == 0 ? ACCESS_READ : ACCESS_WRITE;
}

static bool rule_holds(const struct rule *rule, const struct outcome *outcome)
{
    return (rule->backends & BIT((unsigned)outcome->backend)) != 0 &&
           (rule->accesses & access_of(outcome)) != 0 &&
           (rule->places & BIT((unsigned)outcome->record.place)) != 0 &&
           (rule->class_name == NULL || strcmp(rule->class_name, outcome->class_name) == 0) &&
           (rule->position == NULL || strcmp(rule->position, outcome->position) == 0);
}

const char *rules_reason(const struct outcome *outcome)
{
    for (size_t i = 0; i < rules_count(); i++) {
        if (rule_holds(&rules[i], outcome)) {
            uses[i]++;
            return rules[i].reason;
        }
    }
    return NULL;
}

size_t rules_count(void)
{
    return sizeof rules / sizeof rules[0];
}

const char *rules_text(size_t rule)
{
    return rules[rule].reason;
}

size_t rules_uses(size_t rule)
{
    return uses[rule];
}

/* The first rule with that sentence, from 1. */
size_t rules_number(const char *reason)
{
    size_t i = 0;

    while (i < rules_count() && strcmp(rules[i].reason, reason) != 0) {
        i++;
    }
    return i + 1;
}
