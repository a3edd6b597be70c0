/* SPDX-License-Identifier: MIT
 *
 * The harness "corrupt": the smashes of the stream are done. What the allocator keeps in its ranges
 * is overwritten, and from then on it has to report corruption or to behave: see docs/fuzzing.md.
 */
#include "harness.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const struct hb_harness harness = {
        .name = "corrupt", .target = HB_HARNESS_TARGET, .is_corrupting = true};

    (void)argc;
    (void)argv;
    return hb_harness_open(&harness);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t byte_count)
{
    return hb_harness_run(bytes, byte_count);
}
