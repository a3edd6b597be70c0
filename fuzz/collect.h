/* SPDX-License-Identifier: MIT
 *
 * Keeps inputs that an oracle objected to, a few of each kind, while the search goes on.
 */
#ifndef HB_COLLECT_H
#define HB_COLLECT_H

#include "run.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* As many inputs are kept of one kind of verdict: the first to come need not be the clearest, and
 * two faults can look alike before they are shrunk. */
#define HB_COLLECT_SAMPLES_MAX 4u

/* Saves the input as DIRECTORY/ORACLE-KEY-N, whole or not at all, unless there are enough of that
 * kind there already (from this process or another). KEY stands for the oracle, the operation that
 * failed, its expected and actual status, and the words of what was expected and came. False where
 * it cannot be saved; the first time, stderr says why. */
bool hb_collect(const char *directory, const struct hb_verdict *verdict, const uint8_t *bytes,
                size_t byte_count);

#endif
