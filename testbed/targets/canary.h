/* SPDX-License-Identifier: MIT
 *
 * Targets broken on purpose, one for each oracle: what an oracle that works must object to.
 */
#ifndef HB_CANARY_H
#define HB_CANARY_H

#include "heapbed/target.h"

#include <stddef.h>

/* By number; null behind the last. */
const struct hb_target *hb_canary(size_t index);

/* Those of the oracle shadow, in builds with AddressSanitizer; among the others there. */
extern const struct hb_target hb_shadow_canaries[];
extern const size_t hb_shadow_canary_count;

#endif
