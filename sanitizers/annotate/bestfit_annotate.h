/* SPDX-License-Identifier: MIT
 *
 * The backends behind core/annotate.h: tells AddressSanitizer, MemorySanitizer, valgrind's memcheck
 * or LeakSanitizer what the core does, so that each block is as visible as one of their own.
 *
 *     -DBF_ANNOTATE_HEADER='"bestfit_annotate.h"' -I sanitizers/annotate
 *
 * The sanitizer that is compiled with is found by itself; -DBF_ANNOTATE_VALGRIND asks for memcheck.
 * Without any of them nothing is defined here. All of a range is closed, but for exactly the bytes
 * asked for of the blocks that are live; the core itself reaches its headers through two functions
 * that are not instrumented, and nothing is ever opened for it. docs/annotations.md says more.
 *
 *     -DBF_PROVENANCE      also notes who had a byte; link provenance.c
 *     -DBF_NO_PANIC        BF_PANIC stays as it is, where provenance would report and end
 *     -DBF_NO_ROOT_REGIONS LeakSanitizer isn't told of ranges: for programs that add them by the
 *                          million and never remove them
 */
#ifndef BESTFIT_ANNOTATE_H
#define BESTFIT_ANNOTATE_H

#if defined(__SANITIZE_ADDRESS__)
#define ANNOTATE_ASAN
#endif
#if defined(__has_feature)
#if __has_feature(address_sanitizer) && !defined(ANNOTATE_ASAN)
#define ANNOTATE_ASAN
#endif
#if __has_feature(memory_sanitizer)
#define ANNOTATE_MSAN
#endif
#if __has_feature(leak_sanitizer)
#define ANNOTATE_LSAN
#endif
#endif

#if defined(ANNOTATE_ASAN) || defined(ANNOTATE_LSAN)
#ifndef BF_NO_ROOT_REGIONS
#define ANNOTATE_ROOT_REGIONS
#include <sanitizer/lsan_interface.h>
#endif
#endif

/* What a live block points to is in use. */
static inline void annotate_root_region(uintptr_t begin, uintptr_t end)
{
#ifdef ANNOTATE_ROOT_REGIONS
    __lsan_register_root_region((const void *)begin, end - begin);
#else
    (void)begin;
    (void)end;
#endif
}

static inline void annotate_no_root_region(uintptr_t begin, uintptr_t end)
{
#ifdef ANNOTATE_ROOT_REGIONS
    __lsan_unregister_root_region((const void *)begin, end - begin);
#else
    (void)begin;
    (void)end;
#endif
}

#if defined(ANNOTATE_ASAN)

#include <sanitizer/asan_interface.h>

#define BF_ACCESSOR       __attribute__((no_sanitize("address")))
#define BF_ACCESS_BEGIN() ((void)0)
#define BF_ACCESS_END()   ((void)0)

/* The runtime never closes bytes behind the end that share the last 8 and are open: what follows a
 * ragged range stays its owner's. For that the last (end mod 8) bytes of such a range stay open. */
static inline void annotate_range(uintptr_t begin, uintptr_t end)
{
    __asan_poison_memory_region((const void *)begin, end - begin);
}

static inline void annotate_no_range(uintptr_t begin, uintptr_t end)
{
    __asan_unpoison_memory_region((const void *)begin, end - begin);
}

static inline void annotate_malloc(uintptr_t payload, size_t size)
{
    __asan_unpoison_memory_region((const void *)payload, size);
}

static inline void annotate_free(uintptr_t payload, size_t size)
{
    __asan_poison_memory_region((const void *)payload, size);
}

/* From the last whole 8 bytes that both sizes have, as a part of 8 can only be opened from its
 * begin. */
static inline void annotate_resize(uintptr_t payload, size_t old_size, size_t size)
{
    const size_t kept = (old_size < size ? old_size : size) & ~(size_t)7;

    if (size < old_size) {
        __asan_poison_memory_region((const void *)(payload + kept), old_size - kept);
    }
    __asan_unpoison_memory_region((const void *)(payload + kept), size - kept);
}

#elif defined(ANNOTATE_MSAN)

#include <sanitizer/msan_interface.h>

#define BF_ACCESSOR       __attribute__((no_sanitize("memory")))
#define BF_ACCESS_BEGIN() ((void)0)
#define BF_ACCESS_END()   ((void)0)

static inline void annotate_range(uintptr_t begin, uintptr_t end)
{
    __msan_poison((const void *)begin, end - begin);
}

/* What its owner has back is whatever the core left there. */
static inline void annotate_no_range(uintptr_t begin, uintptr_t end)
{
    __msan_poison((const void *)begin, end - begin);
}

/* Closes, and remembers this call as the origin. */
static inline void annotate_malloc(uintptr_t payload, size_t size)
{
    __msan_allocated_memory((const void *)payload, size);
}

static inline void annotate_free(uintptr_t payload, size_t size)
{
    __msan_allocated_memory((const void *)payload, size);
}

static inline void annotate_resize(uintptr_t payload, size_t old_size, size_t size)
{
    if (size > old_size) {
        __msan_allocated_memory((const void *)(payload + old_size), size - old_size);
    } else if (size < old_size) {
        __msan_allocated_memory((const void *)(payload + size), old_size - size);
    }
}

#elif defined(BF_ANNOTATE_VALGRIND)

#include <valgrind/memcheck.h>

#define BF_ACCESSOR
#define BF_ACCESS_BEGIN() VALGRIND_DISABLE_ERROR_REPORTING
#define BF_ACCESS_END()   VALGRIND_ENABLE_ERROR_REPORTING

static inline void annotate_range(uintptr_t begin, uintptr_t end)
{
    VALGRIND_MAKE_MEM_NOACCESS(begin, end - begin);
}

static inline void annotate_no_range(uintptr_t begin, uintptr_t end)
{
    VALGRIND_MAKE_MEM_UNDEFINED(begin, end - begin);
}

static inline void annotate_malloc(uintptr_t payload, size_t size)
{
    VALGRIND_MALLOCLIKE_BLOCK(payload, size, 0, 0);
}

static inline void annotate_free(uintptr_t payload, size_t size)
{
    (void)size;
    VALGRIND_FREELIKE_BLOCK(payload, 0);
}

static inline void annotate_resize(uintptr_t payload, size_t old_size, size_t size)
{
    VALGRIND_RESIZEINPLACE_BLOCK(payload, old_size, size, 0);
}

#endif

#if defined(ANNOTATE_ASAN) || defined(ANNOTATE_MSAN) || defined(BF_ANNOTATE_VALGRIND)

#include <string.h>

#define BF_ON_ADD_RANGE(heap, begin, end)                                                          \
    (annotate_range((begin), (end)), annotate_root_region((begin), (end)))
#define BF_ON_REMOVE_RANGE(heap, begin, end)                                                       \
    (annotate_no_range((begin), (end)), annotate_no_root_region((begin), (end)))
#define BF_ON_MALLOC(heap, payload, size)           annotate_malloc((payload), (size))
#define BF_ON_FREE(heap, payload, size)             annotate_free((payload), (size))
#define BF_ON_RESIZE(heap, payload, old_size, size) annotate_resize((payload), (old_size), (size))

#define BF_COPY(to, from, byte_count) memcpy((to), (from), (byte_count))
#define BF_ZERO(begin, byte_count)    memset((begin), 0, (byte_count))
#define BF_USABLE_IS_REQUEST          true

#endif

#endif
