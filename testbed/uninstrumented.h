/* SPDX-License-Identifier: MIT
 *
 * The bed reads and writes arena memory as its owner, also what a target has poisoned: no sanitizer
 * has anything to find there, and checking each access would cost more than the rest of the run.
 */
#ifndef HB_UNINSTRUMENTED_H
#define HB_UNINSTRUMENTED_H

#include <stddef.h>
#include <stdint.h>

/* HB_IS_SANITIZED: 1 in a build whose process a sanitizer may end. HB_HAS_SHADOW: 1 in one with
 * AddressSanitizer, which knows of each byte whether it may be touched. */
#if defined(__SANITIZE_ADDRESS__)
#define HB_IS_SANITIZED 1
#define HB_HAS_SHADOW   1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(undefined_behavior_sanitizer)
#define HB_IS_SANITIZED 1
#endif
#if __has_feature(address_sanitizer)
#define HB_HAS_SHADOW 1
#endif
#endif
#ifndef HB_IS_SANITIZED
#define HB_IS_SANITIZED 0
#endif
#ifndef HB_HAS_SHADOW
#define HB_HAS_SHADOW 0
#endif

#if defined(__clang__)
#define HB_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined", "coverage")))
#elif defined(__GNUC__)
#define HB_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined")))
#else
#define HB_UNINSTRUMENTED
#endif

/* As memcpy (of what does not overlap) and memset. */
void hb_bytes_copy(void *to, const void *from, size_t byte_count);
void hb_bytes_set(void *to, uint8_t value, size_t byte_count);
/* Offset of the first byte that differs; SIZE_MAX where none does. */
size_t hb_bytes_differ(const void *a, const void *b, size_t byte_count);

#endif
