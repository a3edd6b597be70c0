/* SPDX-License-Identifier: MIT
 *
 * Events of heap shape as coverage: whatever the engine, an input that brings about an event for
 * the first time, or oftener than before, is as good as one that reaches a new edge.
 *
 * By default those that are seen to help (docs/fuzzing.md). HEAPBED_EVENTS=all gives the engine all
 * of them, off none; names of families, with semicolons, these: "free blocks;rest of the block
 * taken".
 */
#ifndef HB_EVENT_COUNTERS_H
#define HB_EVENT_COUNTERS_H

#include "events.h"

/* Of words for AFL++, which gives each word of this section a place in its map. With AFL++ alone:
 * Centipede runs no program that has more of them than edges. */
#ifdef __AFL_COMPILER
#define HB_AFL_GUARDS __attribute__((section("__sancov_guards"), used))
#else
#define HB_AFL_GUARDS
#endif

/* Cleared, for the run to come; null where events are off. */
struct hb_events *hb_event_counters_begin(void);

/* The run is over: tells the engine. afl_map: AFL++'s, null with other engines. */
void hb_event_counters_end(uint8_t *afl_map);

#endif
