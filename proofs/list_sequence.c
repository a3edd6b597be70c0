/* SPDX-License-Identifier: MIT
 *
 * The list index, CALLS calls one after the other: bf_init, bf_add_range of any length, and then
 * any of bf_malloc, with any size and alignment, and bf_free, of any block, live or free, or no
 * pointer, with any size; against a model that is as naive as can be: the blocks in no order, each
 * with a rank that says who is in front of whom in the list. Nothing is assumed of the heap; its
 * memory is all zeros at first. After each call the status and the pointer are those of the model,
 * the heap is sound, and it holds what the model does.
 */
#include "list_picture.h"

#include "narrow.h"

struct slot {
    uintptr_t at;
    size_t capacity;
    size_t request; /* 0: free */
    int rank;       /* in the list: the least is at the head */
};

static struct bf_heap heap;
static struct slot slots[BLOCKS_MAX];
static unsigned slot_count;
static int least_rank;

static unsigned slot_best(size_t enough)
{
    unsigned best = BLOCKS_MAX;

    for (unsigned i = 0; i < slot_count; i++) {
        if (slots[i].request == 0 && slots[i].capacity >= enough &&
            (best == BLOCKS_MAX || slots[i].capacity < slots[best].capacity ||
             (slots[i].capacity == slots[best].capacity && slots[i].rank > slots[best].rank))) {
            best = i;
        }
    }
    return best;
}

static unsigned slot_select(size_t size)
{
    const unsigned best = size > SIZE_MAX - 15 ? BLOCKS_MAX : slot_best(sixteens(size));

    return best != BLOCKS_MAX ? best : slot_best(size);
}

static unsigned slot_find(uintptr_t payload)
{
    unsigned found = BLOCKS_MAX;

    for (unsigned i = 0; i < slot_count; i++) {
        found = slots[i].at + 16 == payload ? i : found;
    }
    return found;
}

static void slot_take(unsigned taken, size_t size)
{
    const size_t capacity = slots[taken].capacity;

    slots[taken].request = size;
    if (!is_splittable(capacity, size)) {
        return;
    }
    BOUND(slot_count < BLOCKS_MAX, "as many blocks as the arena has room for");
    ASSUME(slot_count < BLOCKS_MAX);
    slots[taken].capacity = sixteens(size);
    slots[slot_count].at = slots[taken].at + 16 + sixteens(size);
    slots[slot_count].capacity = capacity - 16 - sixteens(size);
    slots[slot_count].request = 0;
    slots[slot_count].rank = slots[taken].rank;
    slot_count++;
}

static void slot_free(unsigned freed)
{
    slots[freed].request = 0;
    slots[freed].rank = --least_rank;
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
    *out = slots[best].at + 16;
    slot_take(best, size);
    return BF_OK;
}

static enum bf_status model_free(uintptr_t payload, size_t size)
{
    const unsigned slot = slot_find(payload);
    const enum bf_status status = pointer_refusal(slot, size);

    if (status == BF_OK) {
        slot_free(slot);
    }
    return status;
}

/* That of any block there is, live or free, or none; other pointers are what the proofs of single
 * calls are about. */
static uintptr_t any_pointer(void)
{
    const unsigned i = any_unsigned();

    return i < slot_count ? slots[i].at + 16 : 0;
}

static void call_any(void)
{
    const bool is_free = any_bool();
    const uintptr_t payload = any_pointer();
    const size_t old_size = any_size();
    const size_t size = any_size();
    const size_t align = any_size();
    void *out = NULL;
    uintptr_t expected_out = 0;
    enum bf_status status = BF_OK;
    enum bf_status expected = BF_OK;

    if (is_free) {
        status = bf_free(&heap, (void *)payload, old_size);
        expected = model_free(payload, old_size);
    } else {
        status = bf_malloc(&heap, size, align, &out);
        expected = model_malloc(size, align, &expected_out);
    }
    PROVE(status == expected, "every call returns what the model says");
    PROVE((uintptr_t)out == expected_out, "every pointer is the model's");
    ASSUME(status == expected && (uintptr_t)out == expected_out);
}

/* Of free blocks, whether they are in the list as the model has them. */
static bool is_in_order(const struct picture *picture, unsigned i, unsigned k)
{
    const struct picture_block *block = &picture->blocks[i];
    const struct picture_block *other = &picture->blocks[k];

    return block->request != 0 || other->request != 0 ||
           (block->place < other->place) ==
               (slots[slot_find(block->at + 16)].rank < slots[slot_find(other->at + 16)].rank);
}

static bool is_same(const struct picture *picture)
{
    bool same = picture->count == slot_count;

    for (unsigned i = 0; same && i < picture->count; i++) {
        const struct picture_block *block = &picture->blocks[i];
        const unsigned slot = slot_find(block->at + 16);

        same = slot != BLOCKS_MAX && block->capacity == slots[slot].capacity &&
               block->request == slots[slot].request;
        for (unsigned k = 0; same && k < i; k++) {
            same = is_in_order(picture, i, k);
        }
    }
    return same;
}

static void narrow_heap(void)
{
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena[i] = narrowed(arena[i], ADDRESS_MASK);
    }
    heap.free_head = narrowed(heap.free_head, ADDRESS_MASK);
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
        slots[i].capacity = narrowed(slots[i].capacity, SIZE_MASK);
        slots[i].request = narrowed(slots[i].request, SIZE_MASK);
    }
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

int main(void)
{
    const size_t range_bytes = any_narrow(SIZE_MASK);

    ASSUME(range_bytes >= 17 && range_bytes <= ARENA_WORDS * sizeof(uintptr_t));
    spans[0].begin = ARENA_BEGIN;
    spans[0].end = ARENA_BEGIN + range_bytes;
    slots[0].at = ARENA_BEGIN;
    slots[0].capacity = range_bytes - 16;
    slot_count = 1;
    PROVE(bf_init(&heap, any_address()) == BF_OK, "bf_init succeeds");
    PROVE(bf_add_range(&heap, (void *)spans[0].begin, (void *)spans[0].end) == BF_OK,
          "bf_add_range succeeds");
    prove_same();
    for (unsigned i = 0; i < CALLS; i++) {
        call_any();
        prove_same();
    }
    END_OF_PROOF();
    return 0;
}
