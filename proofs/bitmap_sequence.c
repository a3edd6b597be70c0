/* SPDX-License-Identifier: MIT
 *
 * The bitmap index, CALLS calls one after the other: bf_init, bf_add_range of any length, and then
 * any of bf_malloc, with any size and any alignment that is no power of two or at most 16, and
 * bf_free, of any block, live or free, or no pointer, with any size; against a model that is as
 * naive as can be: the blocks in no order, each with a rank that says which entered the index
 * later. Nothing is assumed of the heap; its memory is all zeros at first. After each call the
 * status and the pointer are those of the model, the heap is sound, and it holds what the model
 * does.
 */
#include "bitmap_picture.h"

#include "narrow.h"

/* The bins of the sizes that there can be. */
#define BINS_USED ((ARENA_WORDS * 8 - 8) / 16 - 1)

/* Of a header all but the middle of the stride; of a link more than there is. */
#define WORD_MASK (ADDRESS_MASK | (uintptr_t)0xffff << 48)

struct slot {
    uintptr_t at;
    size_t stride;
    size_t request; /* 0: free */
    unsigned rank;  /* of free blocks: of two that are as large, the one with the higher is newer */
};

static struct bf_heap heap;
static struct slot slots[BLOCKS_MAX];
static unsigned slot_count;
static unsigned ranks;
static size_t peak;
static uintptr_t last_end; /* where the last block ends */
static size_t tail;        /* the ragged bytes behind it */

/* The block that is exact, or the next larger; the newest of equals. */
static unsigned slot_best(size_t needed)
{
    unsigned best = BLOCKS_MAX;

    for (unsigned i = 0; i < slot_count; i++) {
        if (slots[i].request == 0 && slots[i].stride >= needed &&
            (best == BLOCKS_MAX || slots[i].stride < slots[best].stride ||
             (slots[i].stride == slots[best].stride && slots[i].rank > slots[best].rank))) {
            best = i;
        }
    }
    return best;
}

/* Only where no block is enough, the last, if the ragged tail makes up for a unit. */
static unsigned slot_select(size_t size)
{
    unsigned best = BLOCKS_MAX;

    if (size > ARENA_WORDS * sizeof(uintptr_t)) {
        return BLOCKS_MAX;
    }
    best = slot_best(stride_needed(size));
    for (unsigned i = 0; best == BLOCKS_MAX && i < slot_count; i++) {
        if (slots[i].request == 0 && slots[i].at + slots[i].stride == last_end &&
            slots[i].stride + 16 == stride_needed(size) && slots[i].stride - 8 + tail >= size) {
            best = i;
        }
    }
    return best;
}

static unsigned slot_find(uintptr_t at)
{
    unsigned found = BLOCKS_MAX;

    for (unsigned i = 0; i < slot_count; i++) {
        found = slots[i].at == at ? i : found;
    }
    return found;
}

static size_t slots_live_bytes(void)
{
    size_t byte_count = 0;

    for (unsigned i = 0; i < slot_count; i++) {
        byte_count += slots[i].request;
    }
    return byte_count;
}

static void slot_take(unsigned taken, size_t size)
{
    const size_t needed = stride_needed(size);
    const size_t stride = slots[taken].stride;

    slots[taken].request = size;
    if (stride >= needed + 32) {
        BOUND(slot_count < BLOCKS_MAX, "as many blocks as the arena has room for");
        ASSUME(slot_count < BLOCKS_MAX);
        slots[taken].stride = needed;
        slots[slot_count].at = slots[taken].at + needed;
        slots[slot_count].stride = stride - needed;
        slots[slot_count].request = 0;
        slots[slot_count].rank = ++ranks;
        slot_count++;
    }
    peak = slots_live_bytes() > peak ? slots_live_bytes() : peak;
}

/* What two free blocks of which one ends where the other begins become. */
static void slot_join(unsigned front, unsigned behind)
{
    const struct slot joined = {slots[front].at, slots[front].stride + slots[behind].stride, 0,
                                ++ranks};

    slots[front] = joined;
    slot_count--;
    slots[behind] = slots[slot_count];
}

static void slot_free(unsigned freed)
{
    slots[freed].request = 0;
    slots[freed].rank = ++ranks;
    for (unsigned i = 0; i < slot_count; i++) {
        for (unsigned k = 0; k < slot_count; k++) {
            if (slots[i].request == 0 && slots[k].request == 0 &&
                slots[i].at + slots[i].stride == slots[k].at) {
                slot_join(i, k);
            }
        }
    }
}

static enum bf_status size_refusal(size_t size, size_t align)
{
    if (align != 1 && align != 2 && align != 4 && align != 8 && align != 16) {
        return BF_INVALID_ALIGN;
    }
    return size == 0 || size >= BF_SIZE_LIMIT ? BF_INVALID_SIZE : BF_OK;
}

static enum bf_status pointer_refusal(unsigned slot, size_t size)
{
    if (slot == BLOCKS_MAX) {
        return BF_INVALID_ADDRESS;
    }
    if (slots[slot].request == 0) {
        return BF_DOUBLE_FREE;
    }
    return size != BF_ANY_SIZE && size != slots[slot].request ? BF_WRONG_SIZE : BF_OK;
}

static enum bf_status model_malloc(size_t size, size_t align, uintptr_t *out)
{
    const enum bf_status refused = size_refusal(size, align);
    const unsigned best = slot_select(size);

    if (refused != BF_OK || best == BLOCKS_MAX) {
        return refused != BF_OK ? refused : BF_OUT_OF_MEMORY;
    }
    *out = slots[best].at + 8;
    slot_take(best, size);
    return BF_OK;
}

static enum bf_status model_free(unsigned slot, size_t size)
{
    const enum bf_status status = pointer_refusal(slot, size);

    if (status == BF_OK) {
        slot_free(slot);
    }
    return status;
}

/* Any block there is, live or free, or none; other pointers are what the proof of the single call
 * is about. */
static unsigned any_slot(void)
{
    const unsigned i = any_unsigned();

    return i < slot_count ? i : BLOCKS_MAX;
}

static void call_any(void)
{
    const bool is_free = any_bool();
    const unsigned slot = any_slot();
    const uintptr_t payload = slot != BLOCKS_MAX ? slots[slot].at + 8 : 0;
    const size_t old_size = any_size();
    const size_t size = any_size();
    const size_t align = any_size();
    void *out = NULL;
    uintptr_t expected_out = 0;
    enum bf_status status = BF_OK;
    enum bf_status expected = BF_OK;

    ASSUME(align <= 16 || (align & (align - 1)) != 0);
    if (is_free) {
        status = bf_free(&heap, (void *)payload, old_size);
        expected = model_free(slot, old_size);
    } else {
        status = bf_malloc(&heap, size, align, &out);
        expected = model_malloc(size, align, &expected_out);
    }
    PROVE(status == expected, "every call returns what the model says");
    PROVE((uintptr_t)out == expected_out, "every pointer is the model's");
    ASSUME(status == expected && (uintptr_t)out == expected_out);
}

/* Whether the newest of two blocks of one bin is the newest that the model has of that size. */
static bool is_newest(const struct picture *picture)
{
    const unsigned newest = slot_find(picture->newest);
    bool is_so = picture->newest == 0 || newest != BLOCKS_MAX;

    for (unsigned i = 0; is_so && picture->newest != 0 && i < slot_count; i++) {
        is_so = slots[i].request != 0 || slots[i].stride != slots[newest].stride ||
                slots[i].rank <= slots[newest].rank;
    }
    return is_so;
}

static bool is_same(const struct picture *picture)
{
    bool same = picture->count == slot_count && heap.peak_live_bytes == peak;

    for (unsigned i = 0; same && i < picture->count; i++) {
        const unsigned slot = slot_find(picture->blocks[i].at);

        same = slot != BLOCKS_MAX && picture->blocks[i].stride == slots[slot].stride &&
               picture->blocks[i].request == slots[slot].request;
    }
    return same && is_newest(picture);
}

static void narrow_heap(void)
{
    for (unsigned i = 0; i < BF_BIN_COUNT; i++) {
        heap.bins[i] = narrowed(heap.bins[i], i < BINS_USED ? ADDRESS_MASK : 0);
    }
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena[i] = narrowed(arena[i], WORD_MASK);
    }
    heap.leaves[0] = narrowed(heap.leaves[0], ((size_t)1 << BINS_USED) - 1);
    heap.tops[0] = narrowed(heap.tops[0], 1);
    heap.tail_head = narrowed(heap.tail_head, ADDRESS_MASK);
    heap.free_bytes = narrowed(heap.free_bytes, SIZE_MASK);
    heap.free_block_count = narrowed(heap.free_block_count, COUNT_MASK);
    heap.live_bytes = narrowed(heap.live_bytes, SIZE_MASK);
    heap.live_block_count = narrowed(heap.live_block_count, COUNT_MASK);
    heap.peak_live_bytes = narrowed(heap.peak_live_bytes, SIZE_MASK);
}

static void narrow_model(void)
{
    for (unsigned i = 0; i < BLOCKS_MAX; i++) {
        slots[i].at = narrowed(slots[i].at, ADDRESS_MASK);
        slots[i].stride = narrowed(slots[i].stride, SIZE_MASK);
        slots[i].request = narrowed(slots[i].request, SIZE_MASK);
    }
    peak = narrowed(peak, SIZE_MASK);
}

static void prove_same(void)
{
    static struct picture picture;
    const bool is_sound = picture_take(&heap, &picture);

    PROVE(is_sound, "the heap is sound");
    ASSUME(is_sound);
    const bool same = is_same(&picture);

    PROVE(same, "the heap holds what the model does");
    ASSUME(same);
    narrow_heap();
    narrow_model();
}

/* The range, as one free block. */
static void begin(void)
{
    const size_t range_bytes = any_narrow(SIZE_MASK);

    ASSUME(range_bytes >= 40 && range_bytes <= ARENA_WORDS * sizeof(uintptr_t));
    spans[0].begin = ARENA_BEGIN;
    spans[0].end = ARENA_BEGIN + range_bytes;
    PROVE(bf_init(&heap, any_narrow(1023)) == BF_OK, "bf_init succeeds");
    PROVE(bf_add_range(&heap, (void *)spans[0].begin, (void *)spans[0].end) == BF_OK,
          "bf_add_range succeeds");
    slots[0].at = ARENA_BEGIN + 8;
    slots[0].stride = (range_bytes - 8) & ~(size_t)15;
    slot_count = 1;
    last_end = slots[0].at + slots[0].stride;
    tail = spans[0].end - last_end;
}

int main(void)
{
    begin();
    prove_same();
    for (unsigned i = 0; i < CALLS; i++) {
        call_any();
        prove_same();
    }
    END_OF_PROOF();
    return 0;
}
