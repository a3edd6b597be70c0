/* SPDX-License-Identifier: MIT
 *
 * A target that writes to memory that it has freed, where it is asked for 99 bytes. Every answer is
 * right, so that nothing but a sanitizer sees it: what ./bed docker-test looks at reports with.
 */
#include "heapbed/target.h"

#include <stdlib.h>
#include <string.h>

enum { WRONG_SIZE_BYTES = 99, SCRATCH_BYTES = 40 };

struct state {
    struct hb_host *host;
};

static void init(void *memory, struct hb_host *host)
{
    *(struct state *)memory = (struct state){host};
}

static void write_to_freed(void *block)
{
    memset(block, 1, SCRATCH_BYTES);
}

static enum hb_status take(void *memory, size_t size, size_t align, void **out)
{
    (void)memory;
    (void)align;
    void *block = malloc(size + 1);
    if (block == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    if (size == WRONG_SIZE_BYTES) {
        void *scratch = malloc(SCRATCH_BYTES);
        free(scratch);
        write_to_freed(scratch); /* NOLINT(clang-analyzer-unix.Malloc): what it is for */
    }
    *out = block;
    return HB_OK;
}

static enum hb_status give(void *memory, void *pointer, size_t size)
{
    (void)memory;
    (void)size;
    free(pointer);
    return HB_OK;
}

const struct hb_target heapbed_target = {HB_TARGET_HEAD,
                                         .name = "freed",
                                         .summary = "writes to what it has freed",
                                         .align_max = 16,
                                         .state_bytes = sizeof(struct state),
                                         .init = init,
                                         .malloc = take,
                                         .free = give};
