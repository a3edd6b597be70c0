/* SPDX-License-Identifier: MIT
 *
 * The seam for sanitizers: what the core tells of the bytes that are the caller's. Nothing at all,
 * unless a backend is named: -DBF_ANNOTATE_HEADER='"bestfit_annotate.h"', with sanitizers/annotate/
 * on the include path. docs/annotations.md says what each backend makes of it.
 *
 * Called under the lock, with addresses as uintptr_t, once for each call that succeeds. A realloc
 * that moves is a malloc, the copy, and a free.
 */
#ifndef BF_ANNOTATE_H
#define BF_ANNOTATE_H

#include "bestfit.h"

#ifdef BF_ANNOTATE_HEADER
#include BF_ANNOTATE_HEADER
#endif

/* A range was accepted: no byte of [begin, end) is the caller's. */
#ifndef BF_ON_ADD_RANGE
#define BF_ON_ADD_RANGE(heap, begin, end) ((void)0)
#endif

/* [begin, end) is its owner's again. */
#ifndef BF_ON_REMOVE_RANGE
#define BF_ON_REMOVE_RANGE(heap, begin, end) ((void)0)
#endif

/* [payload, payload + size) is the caller's, and not initialised. */
#ifndef BF_ON_MALLOC
#define BF_ON_MALLOC(heap, payload, size) ((void)0)
#endif

/* It is the caller's no longer. */
#ifndef BF_ON_FREE
#define BF_ON_FREE(heap, payload, size) ((void)0)
#endif

/* In place: [payload, payload + size) is the caller's now, where [payload, payload + old_size) was.
 */
#ifndef BF_ON_RESIZE
#define BF_ON_RESIZE(heap, payload, old_size, size) ((void)0)
#endif

/* Around each access to a header, link or footer, of which there are two: word_read and word_write.
 * Those are functions with this attribute. The word read is a variable, which is to count as
 * initialised whatever was read; the word written is nobody's but the core's. */
#ifndef BF_ACCESSOR
#define BF_ACCESSOR
#define BF_ACCESS_BEGIN()     ((void)0)
#define BF_READ_END(word)     ((void)0)
#define BF_WRITE_END(address) ((void)0)
#endif

/* Whether bf_usable_size is the size asked for, as no other byte may be touched. */
#ifndef BF_USABLE_IS_REQUEST
#define BF_USABLE_IS_REQUEST false
#endif

#endif
