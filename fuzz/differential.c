/* SPDX-License-Identifier: MIT
 *
 * The harness "differential": the stream is run on two targets, each beside the model, and the two
 * must answer the same. Two profiles of the core differ in speed alone.
 */
#ifndef HB_HARNESS_TARGET
#define HB_HARNESS_TARGET "bestfit-small"
#endif
#include "harness.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct hb_harness harness = {
        .name = "differential", .target = HB_HARNESS_TARGET, .against = HB_HARNESS_AGAINST};

    (void)argc;
    (void)argv;
    return hb_harness_open(&harness);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    return hb_harness_run(bytes, byte_count);
}
