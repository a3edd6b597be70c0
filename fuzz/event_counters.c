/* SPDX-License-Identifier: MIT
 *
 * libFuzzer looks at every byte of the section __libfuzzer_extra_counters as at a counter of an
 * edge. AFL++ does so with words (HB_AFL_GUARDS), which our events have beside those of the edges.
 * Both tell 1, 2, 3, 4 to 7, ... times apart.
 */
#include "event_counters.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t libfuzzer_counters[HB_HEAP_EVENT_COUNT];
HB_AFL_GUARDS static uint32_t afl_guards[HB_HEAP_EVENT_COUNT];

static struct hb_events events;
static bool is_told[HB_HEAP_EVENT_COUNT];

/* Whether the names, with semicolons, have this one. */
static bool has_name(const char *names, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = names; (at = strstr(at, name)) != NULL; at++) {
        const bool is_begun = at == names || at[-1] == ';';
        if (is_begun && (at[length] == '\0' || at[length] == ';')) {
            return true;
        }
    }
    return false;
}

/* Those that are seen to help: docs/fuzzing.md. */
#define FAMILIES_THAT_HELP                                                                         \
    "octave and its free sizes;depth of a new size;place of a size that goes;"                     \
    "depth of a size that goes"

/* Which events are coverage. False: none. */
static bool choose(const char *mode)
{
    const bool is_default = mode == NULL || mode[0] == '\0';
    const char *const names = is_default ? FAMILIES_THAT_HELP : mode;
    bool has_any = false;
    if (strcmp(names, "off") == 0) {
        return false;
    }
    for (unsigned i = 0; i < HB_HEAP_EVENT_COUNT; i++) {
        unsigned number;
        is_told[i] = strcmp(names, "all") == 0 || has_name(names, hb_event_family(i, &number));
        has_any |= is_told[i];
    }
    if (!has_any) {
        (void)fprintf(stderr, "heapbed: HEAPBED_EVENTS: no events are called '%s'\n", names);
        exit(2);
    }
    return has_any;
}

static bool is_on(void)
{
    static enum { UNKNOWN, OFF, ON } state;
    if (state == UNKNOWN) {
        state = choose(getenv("HEAPBED_EVENTS")) ? ON : OFF;
    }
    return state == ON;
}

struct hb_events *hb_event_counters_begin(void)
{
    if (!is_on()) {
        return NULL;
    }
    memset(&events, 0, sizeof events);
    return &events;
}

void hb_event_counters_end(uint8_t *afl_map)
{
    if (!is_on()) {
        return;
    }
    for (size_t i = 0; i < HB_HEAP_EVENT_COUNT; i++) {
        const uint8_t count = events.counts[i] < UINT8_MAX ? (uint8_t)events.counts[i] : UINT8_MAX;
        if (count == 0 || !is_told[i]) {
            continue;
        }
        libfuzzer_counters[i] = count;
        if (afl_map != NULL) {
            afl_map[afl_guards[i]] = count;
        }
    }
}
