/* SPDX-License-Identifier: MIT
 *
 * The mutator as libFuzzer calls it: these two are found by name. HEAPBED_MUTATOR=bytes leaves
 * everything to libFuzzer's own changes of bytes.
 */
#include "harness.h"
#include "mutator.h"

#include <stdlib.h>
#include <string.h>

#if defined(__has_feature)
#if __has_feature(memory_sanitizer)
#include <sanitizer/msan_interface.h>
#define HB_HAS_MSAN 1
#endif
#endif
#ifndef HB_HAS_MSAN
#define HB_HAS_MSAN 0
#endif

/* Each is called for one change in two; a crossing is worth less. */
#define CROSS_OVER_EVERY 6

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t byte_count, size_t byte_count_max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t byte_count, size_t byte_count_max,
                               unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_byte_count, const uint8_t *b,
                                 size_t b_byte_count, uint8_t *out, size_t byte_count_max,
                                 unsigned seed);

/* Null: bytes are to be changed as bytes. */
static struct hb_mutator *mutator(void)
{
    static struct hb_mutator *made;
    static bool is_asked;
    if (!is_asked) {
        const char *mode = getenv("HEAPBED_MUTATOR");
        is_asked = true;
        if (mode == NULL || strcmp(mode, "bytes") != 0) {
            made = hb_mutator_new(hb_harness_placement(), hb_harness_is_corrupting());
        }
    }
    return made;
}

/* libFuzzer itself is not compiled with MemorySanitizer, which so takes what it wrote, and the
 * count that it returns, for uninitialised. */
static size_t engine_mutate(uint8_t *bytes, size_t byte_count, size_t byte_count_max)
{
    size_t mutant_byte_count = LLVMFuzzerMutate(bytes, byte_count, byte_count_max);
#if HB_HAS_MSAN
    __msan_unpoison(&mutant_byte_count, sizeof mutant_byte_count);
    __msan_unpoison(bytes, mutant_byte_count);
#endif
    return mutant_byte_count;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t byte_count, size_t byte_count_max,
                               unsigned seed)
{
    return mutator() != NULL
               ? hb_mutate(mutator(), bytes, byte_count, byte_count_max, seed, engine_mutate)
               : engine_mutate(bytes, byte_count, byte_count_max);
}

/* 0 makes libFuzzer take the other way. */
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_byte_count, const uint8_t *b,
                                 size_t b_byte_count, uint8_t *out, size_t byte_count_max,
                                 unsigned seed)
{
    if (mutator() == NULL || seed % CROSS_OVER_EVERY != 0) {
        return 0;
    }
    return hb_cross_over(a, a_byte_count, b, b_byte_count, out, byte_count_max,
                         seed / CROSS_OVER_EVERY);
}
