/* SPDX-License-Identifier: MIT
 *
 * The bed reads and writes arena memory in bulk, as its owner: no sanitizer has anything to find
 * there, and checking each access would cost more than the rest of the run.
 */
#ifndef HB_UNINSTRUMENTED_H
#define HB_UNINSTRUMENTED_H

#if defined(__clang__)
#define HB_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined", "coverage")))
#elif defined(__GNUC__)
#define HB_UNINSTRUMENTED __attribute__((no_sanitize("address", "undefined")))
#else
#define HB_UNINSTRUMENTED
#endif

#endif
