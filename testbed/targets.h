/* SPDX-License-Identifier: MIT
 *
 * The targets that the bed knows: built in, or loaded from a shared object.
 */
#ifndef HB_TARGETS_H
#define HB_TARGETS_H

#include "heapbed/target.h"

/* Built-in target number index, null past the last. Those whose name begins with "canary-" are
 * broken on purpose, one for each oracle. */
const struct hb_target *hb_target_builtin(size_t index);

/* By name, or, where name has a slash, by the path of a shared object. Null, with a reason in
 * error, where there is none such or its ABI is not ours. */
const struct hb_target *hb_target_find(const char *name, char *error, size_t error_bytes);

/* Of an annotated variant of the core, which only builds with AddressSanitizer have, the variant
 * that it is without annotations; null for any other name. */
const char *hb_target_without_annotations(const char *name);

extern const struct hb_target hb_target_bestfit;
extern const struct hb_target hb_target_bestfit_list;
extern const struct hb_target hb_target_bestfit_small;
extern const struct hb_target hb_target_bestfit_large;
extern const struct hb_target hb_target_bestfit_off;
extern const struct hb_target hb_target_bestfit_paranoid;
extern const struct hb_target hb_target_bestfit_quarantine;
extern const struct hb_target hb_target_bestfit_list_quarantine;
/* In builds with AddressSanitizer alone, for the core tells it what is whose there. */
extern const struct hb_target hb_target_bestfit_annotated;
extern const struct hb_target hb_target_bestfit_list_annotated;
extern const struct hb_target hb_target_bestfit_quarantine_annotated;
extern const struct hb_target hb_target_seed;
extern const struct hb_target hb_target_libc;

/* Allocators with malloc's interface that Debian packages: malloc_family.c. */
extern const struct hb_target hb_target_glibc;
extern const struct hb_target hb_target_mimalloc;
extern const struct hb_target hb_target_jemalloc;
extern const struct hb_target hb_target_tcmalloc;
extern const struct hb_target hb_target_scudo;

/* Loads the library of such a target; true at once for any other. False, with what to do in error,
 * where it is not installed. hb_target_find does it. */
bool hb_malloc_target_open(const struct hb_target *target, char *error, size_t error_bytes);

/* The library that such a target is in; null for any other. */
const char *hb_malloc_target_soname(const struct hb_target *target);

/* An object that a loaded target's file exports beside it; null where it has none of that name, or
 * the target is built in. */
const void *hb_target_object(const struct hb_target *target, const char *symbol);

/* What a target with a planted bug counts about it: the object heapbed_probe (sharpness/probe.h).
 */
struct hb_probe {
    unsigned long reached;  /* the place that was changed was executed */
    unsigned long infected; /* and it made a difference */
};

#endif
