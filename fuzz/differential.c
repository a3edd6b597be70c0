/* SPDX-License-Identifier: MIT
 *
 * The harness "differential": the stream is run on two targets, each beside the model, and the two
 * must answer the same. Two profiles of the core differ in speed alone.
 */
#include "harness.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct hb_harness harness = {
        .name = "differential", .target = "bestfit-small", .against = "bestfit-large"};

    (void)argc;
    (void)argv;
    return hb_harness_open(&harness);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    return hb_harness_run(bytes, byte_count);
}
