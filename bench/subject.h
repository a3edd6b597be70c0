/* SPDX-License-Identifier: MIT
 *
 * What is compared: allocators behind the bed's interface (heapbed/target.h), in as few
 * instructions as that allows, and the seam to the core's select_block.
 */
#ifndef BENCH_SUBJECT_H
#define BENCH_SUBJECT_H

#include "heapbed/target.h"

#ifdef __cplusplus
extern "C" {
#endif

struct bench_subject {
    const char *name;
    const struct hb_target *target;
    /* The core's own select_block; null for everything else. Returns what it found, 0: nothing. */
    uintptr_t (*select)(const void *state, size_t size);
    /* For setting heaps up and for searching arenas, where the subject's own free takes time linear
     * in the blocks: the same without the look-up. Null: target->free will do. */
    enum hb_status (*free_unchecked)(void *state, void *ptr, size_t size);
    /* The same variant as a target of the bed; null: there is none. */
    const char *checked_name;
};

/* Built-in subject number index, null past the last. The first, "null", does nothing at all: it
 * shows what the measuring costs. "libc" is whatever malloc the process has. */
const struct bench_subject *bench_subject_builtin(size_t index);

/* By name, or, where name has a slash, a shared object (which stays loaded): a variant of the core
 * that was built apart (CMakeLists.txt, bench_add_module), or a target as for --target. Null,
 * with a reason in error, where there is none such. */
const struct bench_subject *bench_subject_find(const char *name, char *error, size_t error_bytes);

#ifdef __cplusplus
}
#endif

#endif
