/* SPDX-License-Identifier: MIT
 *
 * Targets broken on purpose, one for each oracle: what an oracle that works must object to.
 */
#ifndef HB_CANARY_H
#define HB_CANARY_H

#include "heapbed/target.h"

#include <stddef.h>

extern const struct hb_target *const hb_canary_targets[];
extern const size_t hb_canary_target_count;

#endif
