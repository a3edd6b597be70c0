/* SPDX-License-Identifier: MIT
 *
 * bf_init of the list index: whatever was in the memory, and whatever the key, the heap is empty
 * and sound, and every field of it is 0.
 */
#include "list_picture.h"

int main(void)
{
    struct bf_heap heap; /* to the checker, of any value */
    struct picture picture;
    const unsigned status = any_unsigned();
    const unsigned range = any_unsigned();

    ASSUME(status < BF_STATUS_COUNT && range < BF_RANGES_MAX);
    PROVE(bf_init(NULL, any_address()) == BF_INVALID_ARGUMENT, "bf_init wants a heap");
    PROVE(bf_init(&heap, any_address()) == BF_OK, "bf_init succeeds");
    PROVE(heap.live_bytes == 0 && heap.peak_live_bytes == 0 && heap.live_block_count == 0 &&
              heap.range_count == 0 && heap.free_bytes == 0 && heap.free_head == 0 &&
              heap.free_block_count == 0,
          "the heap is empty");
    PROVE(heap.failed_counts[status] == 0, "no call has failed");
    PROVE(heap.ranges[range].begin == 0 && heap.ranges[range].end == 0, "no range is left");
    PROVE(picture_take(&heap, &picture), "the heap is sound");
    END_OF_PROOF();
    return 0;
}
