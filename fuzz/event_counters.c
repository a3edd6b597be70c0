/* SPDX-License-Identifier: MIT
 *
 * libFuzzer looks at every byte of the section __libfuzzer_extra_counters as at a counter of an
 * edge. AFL++ gives each word of the section __sancov_guards a place in its map, and our events
 * have words there beside those of the edges. Both tell 1, 2, 3, 4 to 7, ... times apart.
 */
#include "event_counters.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

__attribute__((section("__libfuzzer_extra_counters"),
               used)) static uint8_t libfuzzer_counters[HB_HEAP_EVENT_COUNT];
__attribute__((section("__sancov_guards"), used)) static uint32_t afl_guards[HB_HEAP_EVENT_COUNT];

static struct hb_events events;

static bool is_on(void)
{
    static enum { UNKNOWN, OFF, ON } state;
    if (state == UNKNOWN) {
        const char *mode = getenv("HEAPBED_EVENTS");
        state = mode != NULL && strcmp(mode, "off") == 0 ? OFF : ON;
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
        if (count == 0) {
            continue;
        }
        libfuzzer_counters[i] = count;
        if (afl_map != NULL) {
            afl_map[afl_guards[i]] = count;
        }
    }
}
