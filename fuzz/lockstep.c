/* SPDX-License-Identifier: MIT
 *
 * The harness "lockstep": the stream is run on the target and the model side by side, and every
 * oracle looks.
 */
#include "harness.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct hb_harness harness = {
        .name = "lockstep", .target = HB_HARNESS_TARGET, .is_replaying = true};

    (void)argc;
    (void)argv;
    return hb_harness_open(&harness);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    return hb_harness_run(bytes, byte_count);
}
