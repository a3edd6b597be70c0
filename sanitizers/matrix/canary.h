/* SPDX-License-Identifier: MIT
 *
 * A backend that is broken in one way, which the matrix must notice:
 * tests/sanitizers/matrix_gate.sh.
 */
#ifndef HB_MATRIX_CANARY_H
#define HB_MATRIX_CANARY_H

#include "bestfit_annotate.h"

#if defined(CANARY_FREE_STAYS_OPEN)
#undef BF_ON_FREE
#define BF_ON_FREE(heap, payload, size) annotate_note_free((payload), (size))

#elif defined(CANARY_SLACK_IS_OPEN)
#undef BF_ON_MALLOC
#define BF_ON_MALLOC(heap, payload, size)                                                          \
    (annotate_malloc((payload), ((size) + 7) & ~(size_t)7),                                        \
     annotate_note_malloc((heap), (payload), (size)))

#elif defined(CANARY_RESIZE_IS_NOT_TOLD)
#undef BF_ON_RESIZE
#define BF_ON_RESIZE(heap, payload, old_size, size)                                                \
    ((void)(old_size), annotate_note_resize((heap), (payload), (size)))

#elif defined(CANARY_LAST_BYTE_IS_CLOSED)
#undef BF_ON_MALLOC
#define BF_ON_MALLOC(heap, payload, size)                                                          \
    (annotate_malloc((payload), (size) - 1), annotate_note_malloc((heap), (payload), (size)))

#elif defined(CANARY_FRESH_COUNTS_AS_WRITTEN)
#undef BF_ON_MALLOC
#define BF_ON_MALLOC(heap, payload, size)                                                          \
    (__msan_unpoison((const void *)(payload), (size)),                                             \
     annotate_note_malloc((heap), (payload), (size)))

#elif defined(CANARY_FREE_DIES)
#undef BF_ON_FREE
#define BF_ON_FREE(heap, payload, size) __builtin_trap()

#else
#error "which canary?"
#endif

#endif
