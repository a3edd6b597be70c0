// SPDX-License-Identifier: MIT
//
// The same from C++.
#ifndef HEADER
#define HEADER "bestfit.h"
#endif
#include HEADER

static bf_heap heap;
alignas(16) static unsigned char arena[4096];

static bool count(void *context, const bf_block_info *)
{
    ++*static_cast<int *>(context);
    return true;
}

int main()
{
    void *block = nullptr;
    int block_count = 0;
    bf_status status = bf_init(&heap, 1);

    if (status == BF_OK) {
        status = bf_add_range(&heap, arena, arena + sizeof arena);
    }
    if (status == BF_OK) {
        status = bf_malloc(&heap, 100, 16, &block);
    }
    if (status == BF_OK) {
        status = bf_walk(&heap, count, &block_count);
    }
    if (status == BF_OK) {
        status = block_count == 2 ? bf_free(&heap, block, 100) : BF_CORRUPTED;
    }
    return status;
}
