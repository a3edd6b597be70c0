/* SPDX-License-Identifier: MIT
 *
 * The backends behind core/annotate.h: tells AddressSanitizer, MemorySanitizer, valgrind's memcheck
 * or LeakSanitizer what the core does, so that each block is as visible as one of their own.
 *
 *     -DBF_ANNOTATE_HEADER='"bestfit_annotate.h"' -I sanitizers/annotate
 *
 * The sanitizer that is compiled with is found by itself; -DBF_ANNOTATE_VALGRIND asks for memcheck,
 * -DBF_ANNOTATE_LEAKS for LeakSanitizer without another. Without any of them nothing is defined
 * here. All of a range is closed, but for exactly the bytes asked for of the blocks that are live;
 * the core itself reaches its headers through two functions that are not instrumented, and nothing
 * is ever opened for it. docs/annotations.md says more.
 *
 *     -DBF_PROVENANCE       also notes who had a byte (bestfit_describe.h); link provenance.c
 *     -DBF_NO_PANIC         with it: BF_PANIC stays as it is, where it would report and end
 *     -DBF_NO_ROOT_REGIONS  LeakSanitizer is not told of ranges: for programs that add them by the
 *                           million and never remove them
 */
#ifndef BESTFIT_ANNOTATE_H
#define BESTFIT_ANNOTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__SANITIZE_ADDRESS__)
#define ANNOTATE_ASAN
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ANNOTATE_ASAN
#elif __has_feature(memory_sanitizer)
#define ANNOTATE_MSAN
#endif
#endif

#if defined(ANNOTATE_ASAN)

#include <sanitizer/asan_interface.h>
#include <string.h>

#define BF_ACCESSOR           __attribute__((no_sanitize("address")))
#define BF_ACCESS_BEGIN()     ((void)0)
#define BF_READ_END(word)     ((void)0)
#define BF_WRITE_END(address) ((void)0)

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
#include <string.h>

/* What such a function returns or writes counts as initialised. A header must not. */
#define BF_ACCESSOR           __attribute__((no_sanitize("memory")))
#define BF_ACCESS_BEGIN()     ((void)0)
#define BF_READ_END(word)     ((void)0)
#define BF_WRITE_END(address) __msan_poison((const void *)(address), sizeof(uintptr_t))

static inline void annotate_range(uintptr_t begin, uintptr_t end)
{
    __msan_allocated_memory((const void *)begin, end - begin);
}

/* What its owner has back is whatever the core left there. */
static inline void annotate_no_range(uintptr_t begin, uintptr_t end)
{
    __msan_allocated_memory((const void *)begin, end - begin);
}

/* Not initialised, from this call on (which -fsanitize-memory-track-origins tells). */
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

#include <string.h>
#include <valgrind/memcheck.h>

/* Only the one word is read or written without a word from memcheck; closed bytes stay closed. */
#define BF_ACCESSOR
#define BF_ACCESS_BEGIN() VALGRIND_DISABLE_ERROR_REPORTING
#define BF_READ_END(word)                                                                          \
    do {                                                                                           \
        VALGRIND_ENABLE_ERROR_REPORTING;                                                           \
        (void)VALGRIND_MAKE_MEM_DEFINED(&(word), sizeof(word));                                    \
    } while (0)
#define BF_WRITE_END(address) VALGRIND_ENABLE_ERROR_REPORTING

static inline void annotate_range(uintptr_t begin, uintptr_t end)
{
    (void)VALGRIND_MAKE_MEM_NOACCESS(begin, end - begin);
}

/* What its owner has back is whatever the core left there. */
static inline void annotate_no_range(uintptr_t begin, uintptr_t end)
{
    (void)VALGRIND_MAKE_MEM_UNDEFINED(begin, end - begin);
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

#else

#define ANNOTATE_NOTHING
#define annotate_range(begin, end)               ((void)0)
#define annotate_no_range(begin, end)            ((void)0)
#define annotate_malloc(payload, size)           ((void)0)
#define annotate_free(payload, size)             ((void)0)
#define annotate_resize(payload, old_size, size) ((void)0)

#endif

/* What a live block points to is in use. Closed bytes are not looked at where AddressSanitizer is
 * there to close them. */
#if (defined(ANNOTATE_ASAN) || defined(BF_ANNOTATE_LEAKS)) && !defined(BF_NO_ROOT_REGIONS)
#include <sanitizer/lsan_interface.h>
#define ANNOTATE_ROOT_REGIONS
#define annotate_root(begin, end)                                                                  \
    __lsan_register_root_region((const void *)(begin), (end) - (begin))
#define annotate_no_root(begin, end)                                                               \
    __lsan_unregister_root_region((const void *)(begin), (end) - (begin))
#else
#define annotate_root(begin, end)    ((void)0)
#define annotate_no_root(begin, end) ((void)0)
#endif

#ifdef BF_PROVENANCE
#include "provenance.h"

/* Where the block of a payload ends: where the next one's header begins. */
#ifdef BF_INDEX_LIST
#define ANNOTATE_BLOCK_END(heap, payload) block_end((payload) - BF_HEADER_BYTES)
#else
#define ANNOTATE_HEADER(payload) header_read((payload) - BF_HEADER_BYTES)
#define ANNOTATE_BLOCK_END(heap, payload)                                                          \
    ((payload) - BF_HEADER_BYTES + header_stride(ANNOTATE_HEADER(payload)) +                       \
     (header_is_last(ANNOTATE_HEADER(payload))                                                     \
          ? range_tail_bytes(range_of_block((heap), (payload) - BF_HEADER_BYTES))                  \
          : 0))
#endif

#define annotate_note_range(heap, begin, end)                                                      \
    bf_provenance_range((heap), (begin), (end), BF_HEADER_BYTES)
#define annotate_note_no_range(begin, end) bf_provenance_no_range((begin), (end))
#define annotate_note_malloc(heap, payload, size)                                                  \
    bf_provenance_malloc((payload), (size), ANNOTATE_BLOCK_END((heap), (payload)))
#define annotate_note_free(payload, size) bf_provenance_free((payload), (size))
#define annotate_note_resize(heap, payload, size)                                                  \
    bf_provenance_resize((payload), (size), ANNOTATE_BLOCK_END((heap), (payload)))

/* Whether what is in front of a pointer into damage is a header, by itself. Of the list, whose
 * headers have no checksum, nobody can tell. */
#ifdef BF_INDEX_LIST
#define ANNOTATE_IS_HEADER_SOUND(heap, pointer) true
#else
#define ANNOTATE_IS_HEADER_SOUND(heap, pointer)                                                    \
    (!IS_HARDENED ||                                                                               \
     spot_look((heap), (uintptr_t)(pointer) - BF_HEADER_BYTES, &(struct spot){.block = 0}))
#endif

#ifndef BF_NO_PANIC
#undef BF_PANIC
#define BF_PANIC(heap, status, pointer)                                                            \
    bf_provenance_panic((heap), (int)(status), (pointer),                                          \
                        ANNOTATE_IS_HEADER_SOUND((heap), (pointer)))
#endif
#else
#define annotate_note_range(heap, begin, end)     ((void)0)
#define annotate_note_no_range(begin, end)        ((void)0)
#define annotate_note_malloc(heap, payload, size) ((void)0)
#define annotate_note_free(payload, size)         ((void)0)
#define annotate_note_resize(heap, payload, size) ((void)0)
#endif

#if !defined(ANNOTATE_NOTHING) || defined(ANNOTATE_ROOT_REGIONS) || defined(BF_PROVENANCE)
#define BF_ON_ADD_RANGE(heap, begin, end)                                                          \
    (annotate_range((begin), (end)), annotate_root((begin), (end)),                                \
     annotate_note_range((heap), (begin), (end)))
#define BF_ON_REMOVE_RANGE(heap, begin, end)                                                       \
    (annotate_no_range((begin), (end)), annotate_no_root((begin), (end)),                          \
     annotate_note_no_range((begin), (end)))
#define BF_ON_MALLOC(heap, payload, size)                                                          \
    (annotate_malloc((payload), (size)), annotate_note_malloc((heap), (payload), (size)))
#define BF_ON_FREE(heap, payload, size)                                                            \
    (annotate_free((payload), (size)), annotate_note_free((payload), (size)))
#define BF_ON_RESIZE(heap, payload, old_size, size)                                                \
    (annotate_resize((payload), (old_size), (size)),                                               \
     annotate_note_resize((heap), (payload), (size)))
#endif

#ifndef ANNOTATE_NOTHING
#ifndef BF_COPY
#define BF_COPY(to, from, byte_count) memcpy((to), (from), (byte_count))
#endif
#ifndef BF_ZERO
#define BF_ZERO(begin, byte_count) memset((begin), 0, (byte_count))
#endif
#define BF_USABLE_IS_REQUEST true
#endif

#endif
