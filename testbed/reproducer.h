/* SPDX-License-Identifier: MIT
 *
 * Writes a finding as one C program that shows the fault without the bed.
 */
#ifndef HB_REPRODUCER_H
#define HB_REPRODUCER_H

#include "run.h"

/* Plays the stream once more, in a child process, for the calls that it comes to, and prints a C
 * program that makes the same calls and checks each one. `cc -Icore F.c` builds it; it exits 1 and
 * names the oracle where the fault shows, and 0 with "no fault shown" where it does not.
 * target_path: of the shared object that the target was loaded from; null for a target built in.
 * False, with a reason on stderr, where the target has no stand-alone form (a canary) or the stream
 * cannot be played. */
bool hb_reproducer_write(const struct hb_ops *ops, const struct hb_target *target,
                         const char *target_path, const struct hb_verdict *verdict, FILE *out);

/* The defines that make a variant of the core, as text; null for any other target. */
const char *hb_core_options(const struct hb_target *target);

#endif
