/* SPDX-License-Identifier: MIT
 *
 * The contract between the bed and an allocator under test (a "target").
 *
 * A target is one `struct hb_target`: its name, the promises it makes, and function pointers. It is
 * built into the bed (testbed/targets/) or comes as a shared object that exports
 *
 *     const struct hb_target heapbed_target = {HB_TARGET_HEAD, .name = "mine", ...};
 *
 * and is named by its path: `bed fuzz --target ./mine.so`. docs/your-allocator.md has a complete
 * adapter. The bed runs one heap at a time, on one thread, and every stream twice: a target must
 * answer the same the second time, after init.
 */
#ifndef HEAPBED_TARGET_H
#define HEAPBED_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Grows when a field changes its meaning. New fields are added at the end and found by
 * struct_bytes, without a new version. */
#define HB_TARGET_ABI  1u
#define HB_TARGET_HEAD .abi_version = HB_TARGET_ABI, .struct_bytes = sizeof(struct hb_target)

/* What a call answers. A target without exact placement may decline a range by any status but
 * HB_OK, and answers malloc with HB_OK or HB_OUT_OF_MEMORY: what its contract does not cover (a
 * size of 0, an alignment above align_max) it is not asked for. A right free it answers with HB_OK;
 * a wrong one it is asked for only with HB_REFUSES_WRONG_FREES, and then any other status will do.
 */
enum hb_status {
    HB_OK = 0,
    HB_OUT_OF_MEMORY,
    HB_INVALID_ARGUMENT,
    HB_INVALID_ALIGN,
    HB_INVALID_SIZE,
    HB_INVALID_ADDRESS,
    HB_OVERLAP,
    HB_TOO_MANY_RANGES,
    HB_DOUBLE_FREE,
    HB_WRONG_SIZE,
    HB_CORRUPTED,
    HB_RANGE_IN_USE,
    HB_STATUS_COUNT
};

/* What a target promises. The bed checks what is promised and nothing else; the oracles that each
 * flag brings are in docs/oracles.md. */
enum hb_contract {
    /* Memory comes only from the ranges given with add_range. Oracles: inside, guard. */
    HB_TAKES_RANGES = 1u << 0,
    /* Exactly the statuses and addresses of bestfit's list index. Oracles: status (exact), place.
     */
    HB_PLACES_AS_LIST = 1u << 1,
    /* A call that fails changes nothing in state or ranges. Oracle: unchanged. */
    HB_FAILS_UNCHANGED = 1u << 2,
    /* Wrong frees (twice, interior, foreign, forged, wrong size) are refused with a status. Without
     * this flag they are not played. */
    HB_REFUSES_WRONG_FREES = 1u << 3,
    /* free checks the size, to the byte, but for SIZE_MAX. */
    HB_SIZED_FREE = 1u << 4,
    /* Freeing everything restores one free block a range. Oracle: drain (exact). */
    HB_COALESCES = 1u << 5,
    /* Calls hb_step for each block or link visited. Oracles: bound, and hang without a clock. */
    HB_COUNTS_WORK = 1u << 6,
    /* Exactly the statuses and addresses of bestfit's bitmap index. Oracles: as HB_PLACES_AS_LIST.
     */
    HB_PLACES_AS_BITMAP = 1u << 7,
    /* That a pointer within a range at which no block begins is refused, and that damage is seen,
     * is a matter of odds (a checksum): any refusal will do, and where there is none the run ends
     * as inconclusive, and is counted. Without this flag it is certain. */
    HB_REFUSES_BY_ODDS = 1u << 8,
    /* stats fills peak_live_bytes, largest_free_bytes and failed_call_count too. Oracle: stats. */
    HB_COUNTS_MORE = 1u << 9,
    /* Looks up each pointer that it is given by walking along the blocks of its range: the bound of
     * the oracle bound is larger by that. */
    HB_WALKS_RANGES = 1u << 10,
    /* Tells AddressSanitizer to the byte what is whose: within its ranges exactly the size asked
     * for of each live block can be touched, and nothing else; and so usable_size answers with the
     * size asked for. Needs HB_TAKES_RANGES. Oracles: shadow, stats. */
    HB_ANNOTATES = 1u << 11
};

/* What the bed offers a running target. */
struct hb_host {
    uint64_t work;       /* steps of the call that is running */
    uint64_t work_limit; /* from here on the call counts as endless */
    /* The target's own end, for example a failed assertion. Does not return: it is a finding. */
    void (*panic)(const char *reason);
    /* The call is endless. Does not return. Call hb_step rather than this. */
    void (*hang)(void);
    /* For the checksums of the heap that init makes: another number for each init, drawn from the
     * stream as a whole, so that no search works towards a key. Placement must not depend on it. */
    uint64_t key;
};

static inline void hb_step(struct hb_host *host)
{
    if (++host->work > host->work_limit) {
        host->hang();
    }
}

struct hb_target_stats {
    size_t range_count;
    size_t live_block_count;
    size_t live_bytes; /* as asked for */
    size_t free_block_count;
    size_t free_bytes; /* capacities */
    /* With HB_COUNTS_MORE: */
    size_t peak_live_bytes;
    size_t largest_free_bytes; /* the largest capacity that can serve a request */
    size_t failed_call_count;  /* since init: of every function but usable_size */
    /* With quarantine_bytes: */
    size_t quarantined_block_count; /* freed and held back: neither live nor free */
    size_t quarantined_bytes;       /* with their headers */
    size_t reserved[3];             /* for fields to come: leave them alone */
};

struct hb_target_block {
    const void *payload;
    size_t capacity_bytes;
    size_t request_bytes; /* 0 where free */
    bool is_live;
    size_t reserved[4]; /* for fields to come: 0 */
};

/* Returns false to end the walk. */
typedef bool (*hb_visit_block)(void *context, const struct hb_target_block *block);

/* What a bound on the work of a call may depend on: the heap as it is before the call. */
struct hb_load {
    size_t live_block_count;
    size_t range_count;
    size_t range_bytes; /* of all ranges */
    size_t reserved[5]; /* for fields to come: 0 */
};

struct hb_target {
    uint32_t abi_version;  /* HB_TARGET_ABI */
    uint32_t struct_bytes; /* sizeof(struct hb_target) as the target was compiled */
    const char *name;      /* [a-z0-9-]+ */
    const char *summary;   /* one line, not null */
    uint32_t contract;     /* enum hb_contract, or-ed */
    size_t align_max;      /* largest alignment that malloc takes; larger ones are refused */

    /* The heap lives in state_bytes of storage that the bed provides, aligned to 16. Of these,
     * [scratch_offset, scratch_offset + scratch_bytes) may change when a call fails. */
    size_t state_bytes;
    size_t scratch_offset;
    size_t scratch_bytes;

    /* Makes an empty heap of the storage. May keep host until the next init. Required. */
    void (*init)(void *state, struct hb_host *host);
    /* Gives it the memory [begin, end). Required with HB_TAKES_RANGES. */
    enum hb_status (*add_range)(void *state, void *begin, void *end);
    /* Sets *out and returns HB_OK, or leaves it alone. Required. */
    enum hb_status (*malloc)(void *state, size_t size, size_t align, void **out);
    /* size is what was asked for, or SIZE_MAX. Required. */
    enum hb_status (*free)(void *state, void *ptr, size_t size);

    /* Optional (null): the allocator's own validator; false with a reason (static text). */
    bool (*check)(void *state, const char **reason);
    /* Optional: its own counters. Oracle: stats. */
    void (*stats)(void *state, struct hb_target_stats *stats);
    /* Optional: all blocks, live and free, range by range as added, by address within a range.
     * Oracle: stats. */
    void (*walk)(void *state, hb_visit_block visit, void *context);

    /* Optional (null): the rest of an allocator's interface. Without realloc the bed does malloc,
     * copy, free; without calloc malloc; remove_range and usable_size are not played then.
     *
     * Changes the size of a block: sets *out, which may be ptr, and returns HB_OK, or leaves the
     * block and *out alone. old_size is what was asked for, or SIZE_MAX; ptr may be null: then it
     * is malloc. */
    enum hb_status (*realloc)(void *state, void *ptr, size_t old_size, size_t new_size,
                              size_t align, void **out);
    /* malloc of count * size bytes, all 0. A product that cannot be represented is refused. */
    enum hb_status (*calloc)(void *state, size_t count, size_t size, size_t align, void **out);
    /* Takes back a range by its begin: HB_OK where it is wholly free, else HB_RANGE_IN_USE. */
    enum hb_status (*remove_range)(void *state, void *begin);
    /* Sets *size_bytes to the capacity of a live block; of any other pointer it answers as free
     * would. Changes nothing. */
    enum hb_status (*usable_size)(void *state, const void *ptr, size_t *size_bytes);
    /* Whether ptr lies in one of the ranges. Changes nothing. */
    bool (*owns)(void *state, const void *ptr);

    /* Optional (null), with HB_COUNTS_WORK and without exact placement: most steps that any call
     * may take on a heap like this. Oracle: bound. */
    uint64_t (*work_bound)(const struct hb_load *load);

    /* Optional (0), with exact placement: so many bytes of freed blocks, with their headers, are
     * held back before the oldest is freed, and so many bytes behind each request are nobody's;
     * docs/core.md says how exactly. With the first, a malloc or realloc that finds no room has
     * given up what was held, even where it fails. */
    size_t quarantine_bytes;
    size_t guard_bytes;

    /* Optional (null): a trial of the target's own, of more than streams come to, on heaps of
     * its own. Null where all is well, else what is wrong (static text). The standalone players ask
     * for it once, before the inputs, where the harness is corrupt. */
    const char *(*rehearse)(void);

    /* Optional (null), with exact placement: what somebody does who knows the key. Of all places
     * where this heap keeps something in its ranges, or how to find it, number place (modulo how
     * many there are) is overwritten by lie number lie, with a checksum that is right; nothing of
     * a live block's content. False: nothing was. The operation damage, for the harness corrupt. */
    bool (*damage)(void *state, uint32_t place, uint32_t lie);
};

#ifdef __cplusplus
}
#endif

#endif
