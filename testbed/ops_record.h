/* SPDX-License-Identifier: MIT
 *
 * What the files of the op stream share: the layout of header and record.
 *
 * The header:
 *   at 0: "hbed"; 4: version; 5: arena_log2; 6: slot_log2; 7: swarm (2 bytes); 9: seven bytes of 0
 *
 * A record:
 *   at 0: kind; 1: form; 2: align code (2 bytes); 4: slot (4 bytes); 8: value (8 bytes)
 *
 * Little endian.
 */
#ifndef HB_OPS_RECORD_H
#define HB_OPS_RECORD_H

#include "ops.h"

#define HB_HEADER_VERSION_AT 4
#define HB_HEADER_ARENA_AT   5
#define HB_HEADER_SLOT_AT    6
#define HB_HEADER_SWARM_AT   7

#define HB_ALIGN_LITERAL_BASE 64u
#define HB_ALIGN_CODE_MAX     0x3fffu
#define HB_ALIGN_CODE_DEFAULT 4u /* 16 */

/* Folds every field onto its canonical values; does nothing to an operation that has them. */
void hb_op_canonicalize(struct hb_op *op, const struct hb_ops_header *header);

bool hb_op_has_align(unsigned kind);

/* The words of a smash in the text form. */
extern const char *const hb_smash_place_names[HB_SMASH_FORM_COUNT];
extern const char *const hb_smash_with_names[HB_SMASH_WITH_COUNT];

#endif
