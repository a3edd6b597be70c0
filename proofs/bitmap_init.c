/* SPDX-License-Identifier: MIT
 *
 * bf_init of the bitmap index: whatever was in the heap's memory, it is empty afterwards, has its
 * key, and is as an object of zeros but for that; a null heap is refused. Every field is asked
 * about.
 */
#include "prove.h"

int main(void)
{
    static struct bf_heap heap;
    struct bf_heap garbage;
    const uintptr_t key = any_address();
    const size_t i = any_size();

    heap = garbage;
    PROVE(bf_init(NULL, key) == BF_INVALID_ARGUMENT, "a null heap is refused");
    PROVE(bf_init(&heap, key) == BF_OK, "bf_init succeeds");
    PROVE(heap.range_count == 0 && heap.live_block_count == 0 && heap.live_bytes == 0 &&
              heap.peak_live_bytes == 0 && heap.free_block_count == 0 && heap.free_bytes == 0,
          "nothing is counted");
    ASSUME(i < BF_STATUS_COUNT);
    PROVE(heap.failed_counts[i] == 0, "no call has failed");
    const size_t range = any_size();
    const size_t bin = any_size();
    const size_t leaf = any_size();
    const size_t top = any_size();

    ASSUME(range < BF_RANGES_MAX && bin < BF_BIN_COUNT && leaf < BF_LEAF_COUNT &&
           top < BF_TOP_COUNT);
    PROVE(heap.ranges[range].begin == 0 && heap.ranges[range].end == 0 &&
              heap.ranges[range].last_unit == 0,
          "there is no range");
    PROVE(heap.bins[bin] == 0 && heap.leaves[leaf] == 0 && heap.tops[top] == 0 &&
              heap.tail_head == 0,
          "the index is empty");
    PROVE(heap.key == key, "the key is that of the caller");
    END_OF_PROOF();
    return 0;
}
