/* SPDX-License-Identifier: MIT
 *
 * What the harnesses have in common. Each is a small file with an LLVMFuzzerTestOneInput of its own
 * and one struct hb_harness, so that every engine, and OSS-Fuzz, has one program for each.
 *
 * Environment:
 *   HEAPBED_TARGET      the allocator under test, a name or a path
 *   HEAPBED_TARGET_2    the one that it is compared with (differential)
 *   HEAPBED_FINDINGS    a directory: inputs that fail are saved there and the search goes on,
 *                       instead of ending at the first one (see collect.h)
 *   HEAPBED_STATS       a file for live counters (see live_stats.h)
 *   HEAPBED_EVENTS      which events of heap shape are coverage: all, off (see event_counters.h)
 *   HEAPBED_MUTATOR     bytes: inputs are changed as bytes alone (see mutator.h)
 *   HEAPBED_OPERATIONS  the process ends once so many operations were done
 *   HEAPBED_WITHOUT     oracles that do not speak: "place,status"
 *   HEAPBED_CONTRACT    foreign: the target's placement flags are ignored
 *   HEAPBED_SUPERVISED  if set: the process ends with its parent, however that ends
 */
#ifndef HB_HARNESS_H
#define HB_HARNESS_H

#include "model.h"
#include "run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct hb_harness {
    const char *name;
    const char *target;  /* where HEAPBED_TARGET names none */
    const char *against; /* where HEAPBED_TARGET_2 names none; null: one target alone */
    bool is_corrupting;  /* the smashes of the stream are done */
    bool is_replaying;   /* some inputs are run twice: the oracle replay */
    /* If not null: */
    void (*begin)(void);     /* before each run */
    hb_observe_call observe; /* of each call */
    void *observe_context;
    void (*end)(const struct hb_run_result *result, uint8_t *afl_map);
};

/* A program may be built for other targets than the harness's own: fuzz/oss-fuzz. */
#ifndef HB_HARNESS_TARGET
#define HB_HARNESS_TARGET "bestfit"
#endif
#ifndef HB_HARNESS_AGAINST
#define HB_HARNESS_AGAINST "bestfit-large"
#endif

/* What the engines call. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count);

/* For the two of them. */
int hb_harness_open(const struct hb_harness *harness);
int hb_harness_run(const uint8_t *bytes, size_t byte_count);
/* The trial that the target brings itself (target.h: rehearse), where the harness is for damage. */
void hb_harness_rehearse(void);
/* For a child process of a harness: what it covers from here on does not count. */
void hb_harness_leave_coverage(void);

/* For the mutator: whose heap a stream leads to, and whether its smashes are done. */
enum hb_placement hb_harness_placement(void);
bool hb_harness_is_corrupting(void);
const struct hb_target *hb_harness_target(void);

#endif
