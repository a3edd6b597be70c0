/* SPDX-License-Identifier: MIT
 *
 * Events of a recorded program -> op stream.
 */
#ifndef HB_RECORD_CONVERT_H
#define HB_RECORD_CONVERT_H

#include "ops.h"

#include "recorder/event.h"

struct hb_convert_options {
    uint64_t operation_limit; /* operations of the program in the trace */
    unsigned arena_log2;      /* 0: as large as the trace needs */
};

/* What the trace holds. Bytes are as the program asked for them. */
struct hb_convert_summary {
    uint64_t events;     /* that were converted */
    uint64_t operations; /* of the program: without the add_range in front */
    uint64_t mallocs;
    uint64_t callocs;
    uint64_t reallocs;
    uint64_t frees;
    uint64_t peak_live_bytes;
    uint64_t peak_live_blocks;
    uint64_t end_live_bytes; /* never freed */
    uint64_t end_live_blocks;
    uint64_t zero_sizes;       /* requests for 0 bytes, recorded as 1 */
    uint64_t dropped_frees;    /* of blocks whose allocation was not seen */
    uint64_t dropped_reallocs; /* likewise: recorded as allocations */
    uint64_t implied_frees;    /* of blocks whose address was handed out again unfreed */
    uint64_t list_need_bytes;  /* the arena that the list index needs: see record_need.h */
    unsigned arena_log2;
    unsigned slot_log2;
};

/* On true, the caller frees bytes->data. On false, error says why. */
bool hb_convert(const struct hb_event *events, uint64_t event_count,
                const struct hb_convert_options *options, struct hb_bytes *bytes,
                struct hb_convert_summary *summary, char *error, size_t error_bytes);

#endif
