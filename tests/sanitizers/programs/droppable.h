/* SPDX-License-Identifier: MIT
 *
 * The backend, but one hook of it can be dropped at run time: a test that does not notice proves
 * nothing.
 */
#ifndef DROPPABLE_H
#define DROPPABLE_H

#include "bestfit_annotate.h"

enum hook {
    HOOK_NONE,
    HOOK_ADD_RANGE,
    HOOK_REMOVE_RANGE,
    HOOK_MALLOC,
    HOOK_FREE,
    HOOK_RESIZE,
    HOOK_WRITE_END, /* memcheck: and BF_ACCESS_BEGIN */
    HOOK_READ_END,
    HOOK_COUNT
};

extern enum hook dropped_hook;

#define UNLESS_DROPPED(hook, call) (dropped_hook == (hook) ? (void)0 : (call))

#undef BF_ON_ADD_RANGE
#undef BF_ON_REMOVE_RANGE
#undef BF_ON_MALLOC
#undef BF_ON_FREE
#undef BF_ON_RESIZE
#define BF_ON_ADD_RANGE(heap, begin, end)                                                          \
    UNLESS_DROPPED(HOOK_ADD_RANGE, annotate_range((begin), (end)))
#define BF_ON_REMOVE_RANGE(heap, begin, end)                                                       \
    UNLESS_DROPPED(HOOK_REMOVE_RANGE, annotate_no_range((begin), (end)))
#define BF_ON_MALLOC(heap, payload, size)                                                          \
    UNLESS_DROPPED(HOOK_MALLOC, annotate_malloc((payload), (size)))
#define BF_ON_FREE(heap, payload, size) UNLESS_DROPPED(HOOK_FREE, annotate_free((payload), (size)))
#define BF_ON_RESIZE(heap, payload, old_size, size)                                                \
    UNLESS_DROPPED(HOOK_RESIZE, annotate_resize((payload), (old_size), (size)))

#if defined(ANNOTATE_MSAN)
#undef BF_WRITE_END
#define BF_WRITE_END(address)                                                                      \
    UNLESS_DROPPED(HOOK_WRITE_END, __msan_poison((const void *)(address), sizeof(uintptr_t)))
#elif defined(BF_ANNOTATE_VALGRIND)
#undef BF_ACCESS_BEGIN
#undef BF_READ_END
#undef BF_WRITE_END
#define BF_ACCESS_BEGIN()     UNLESS_DROPPED(HOOK_WRITE_END, reports_stop())
#define BF_READ_END(word)     (reports_go_on(), word_is_defined(&(word)))
#define BF_WRITE_END(address) reports_go_on()

static inline void reports_stop(void)
{
    VALGRIND_DISABLE_ERROR_REPORTING;
}

static inline void reports_go_on(void)
{
    if (dropped_hook != HOOK_WRITE_END) {
        VALGRIND_ENABLE_ERROR_REPORTING;
    }
}

static inline void word_is_defined(const uintptr_t *word)
{
    if (dropped_hook != HOOK_READ_END) {
        (void)VALGRIND_MAKE_MEM_DEFINED(word, sizeof *word);
    }
}
#endif

#ifdef WITHOUT_ACCESSOR
#undef BF_ACCESSOR
#define BF_ACCESSOR
#endif

#endif
