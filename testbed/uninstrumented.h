/* SPDX-License-Identifier: MIT
 *
 * The bed reads and writes arena memory in bulk, as its owner: no sanitizer has anything to find
 * there, and checking each access would cost more than the rest of the run.
 */
#ifndef HB_UNINSTRUMENTED_H
#define HB_UNINSTRUMENTED_H

/* 1 in a build whose process a sanitizer may end. */
#if defined(__SANITIZE_ADDRESS__)
#define HB_IS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) ||                         \
    __has_feature(undefined_behavior_sanitizer)
#define HB_IS_SANITIZED 1
#endif
#endif
#ifndef HB_IS_SANITIZED
#define HB_IS_SANITIZED 0
#endif

#if defined(__clang__)
#define HB_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined", "coverage")))
#elif defined(__GNUC__)
#define HB_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined")))
#else
#define HB_UNINSTRUMENTED
#endif

#endif
