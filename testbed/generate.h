/* SPDX-License-Identifier: MIT
 *
 * Streams from a number: what campaigns play by the million, without an engine. The same number
 * gives the same stream everywhere.
 */
#ifndef HB_GENERATE_H
#define HB_GENERATE_H

#include "ops.h"

/* What a stream is like. */
enum hb_stream_kind {
    HB_STREAM_SMALL,   /* small blocks in 16 KiB, nearly full */
    HB_STREAM_CLASSES, /* few sizes, many blocks of each */
    HB_STREAM_MIXED,   /* sizes to 8 KiB, log-uniform */
    HB_STREAM_LARGE,   /* sizes to 256 KiB in 1 MiB: beyond the exact bins of every profile */
    HB_STREAM_RANGES,  /* ranges come and go */
    HB_STREAM_ALIGNED, /* alignments to 4,096 */
    HB_STREAM_WRONG,   /* wrong calls among the right ones */
    HB_STREAM_BYTES,   /* random bytes, as an engine makes them */
    HB_STREAM_KIND_COUNT
};

const char *hb_stream_kind_name(unsigned kind);

/* A stream of that many operations, header included; with smash_every not 0, one operation in so
 * many is a smash. Freed with free(bytes.data); false where there is no memory. */
bool hb_generate(uint64_t number, enum hb_stream_kind kind, size_t op_count, unsigned smash_every,
                 struct hb_bytes *bytes);

#endif
