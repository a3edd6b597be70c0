/* SPDX-License-Identifier: MIT
 *
 * The list index, one call on every sound heap: any ranges in a small arena, any blocks, in any
 * order in the list, any bytes elsewhere, and any arguments. Assume that the heap is sound,
 * remember it, call, and assert: what is returned is what the contract says, by a naive look at the
 * blocks; the heap is sound; what it holds is what it held, but for what the call is about; and a
 * call that fails has changed nothing but its count. CALL_MALLOC and so on say which call.
 */
#include "list_picture.h"

static struct bf_heap heap;
static struct bf_heap heap_before;
static struct picture before;
static struct picture after;

/* A number of so many bits: what a sound heap in the arena can hold has no more, and the solver is
 * spared to find out. */
static size_t any_bits(unsigned bit_count)
{
    return any_size() & (((size_t)1 << bit_count) - 1);
}

/* A word of the arena, or a link to one. (So the bytes of payloads are any that a header there
 * could have, and with ANY_BASE any at all.) */
static uintptr_t any_word(void)
{
#ifdef ANY_BASE
    return any_address();
#else
    return any_bits(13);
#endif
}

/* Each range begins at a place of its own, and ends anywhere up to the next. */
static void assume_sound(void)
{
    const uintptr_t room = (ARENA_END - ARENA_BEGIN) / BF_RANGES_MAX;
    struct bf_heap any_heap;

    arena_place();
    heap = any_heap;
    heap.range_count = any_bits(2);
    heap.free_head = any_word();
    heap.free_bytes = any_bits(9);
    heap.free_block_count = any_bits(4);
    heap.live_bytes = any_bits(9);
    heap.live_block_count = any_bits(4);
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        heap.ranges[i].begin = ARENA_BEGIN + i * room;
        heap.ranges[i].end = heap.ranges[i].begin + any_bits(8);
        ASSUME(i >= heap.range_count || heap.ranges[i].end <= heap.ranges[i].begin + room);
    }
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena[i] = any_word();
    }
    ASSUME(picture_take(&heap, &before));
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        spans[i].begin = i < heap.range_count ? heap.ranges[i].begin : 0;
        spans[i].end = i < heap.range_count ? heap.ranges[i].end : 0;
    }
    heap_before = heap;
    for (unsigned i = 0; i < ARENA_WORDS; i++) {
        arena_before[i] = arena[i];
    }
}

/* BLOCKS_MAX: none. */
static unsigned picture_find(const struct picture *picture, uintptr_t at)
{
    unsigned found = BLOCKS_MAX;

    for (unsigned i = 0; i < picture->count; i++) {
        found = picture->blocks[i].at == at ? i : found;
    }
    return found;
}

/* The best fit by looking at all: the smallest that is enough, among equals the deepest. */
static unsigned naive_best(size_t enough)
{
    unsigned best = BLOCKS_MAX;

    for (unsigned i = 0; i < before.count; i++) {
        const struct picture_block *block = &before.blocks[i];

        if (block->request == 0 && block->capacity >= enough &&
            (best == BLOCKS_MAX || block->capacity < before.blocks[best].capacity ||
             (block->capacity == before.blocks[best].capacity &&
              block->place > before.blocks[best].place))) {
            best = i;
        }
    }
    return best;
}

static unsigned naive_select(size_t size)
{
    const unsigned best = size > SIZE_MAX - 15 ? BLOCKS_MAX : naive_best(sixteens(size));

    return best != BLOCKS_MAX ? best : naive_best(size);
}

static enum bf_status refusal(size_t size, size_t align)
{
    if (align != 1 && align != 2 && align != 4 && align != 8 && align != 16) {
        return BF_INVALID_ALIGN;
    }
    return size == 0 || size >= BF_SIZE_LIMIT ? BF_INVALID_SIZE : BF_OK;
}

static void prove_unchanged(enum bf_status status)
{
    const unsigned word = any_unsigned();
    const unsigned other = any_unsigned();

    ASSUME(word < ARENA_WORDS && other < BF_STATUS_COUNT);
    PROVE(arena[word] == arena_before[word], "a call that fails changes no word of the ranges");
    PROVE(heap.failed_counts[other] ==
              heap_before.failed_counts[other] + (other == status && status != BF_OK),
          "a call that fails is counted, once");
    PROVE(heap.free_head == heap_before.free_head && heap.free_bytes == heap_before.free_bytes &&
              heap.free_block_count == heap_before.free_block_count &&
              heap.live_bytes == heap_before.live_bytes &&
              heap.live_block_count == heap_before.live_block_count &&
              heap.peak_live_bytes == heap_before.peak_live_bytes &&
              heap.range_count == heap_before.range_count,
          "a call that fails changes no field of the heap");
    for (unsigned i = 0; i < BF_RANGES_MAX; i++) {
        PROVE(heap.ranges[i].begin == heap_before.ranges[i].begin &&
                  heap.ranges[i].end == heap_before.ranges[i].end,
              "a call that fails changes no range");
    }
}

/* No word of a block that is live before and after has changed behind its header. */
static void prove_content_kept(void)
{
    const unsigned i = any_unsigned();
    const unsigned word = any_unsigned();

    ASSUME(i < before.count && word < ARENA_WORDS);
    const struct picture_block *block = &before.blocks[i];
    const uintptr_t address = ARENA_BEGIN + word * sizeof(uintptr_t);

    if (block->request != 0 && address >= block->at + 16 &&
        address < block->at + 16 + block->capacity) {
        PROVE(arena[word] == arena_before[word], "the content of live blocks is kept");
    }
}

/* One block of before, neither taken nor freed, is there still, at its place in the list but for a
 * shift: those from a place on move up or down by so many. */
static void prove_others_kept(unsigned taken, unsigned freed, unsigned from, unsigned up,
                              unsigned down)
{
    const unsigned i = any_unsigned();

    ASSUME(i < before.count && i != taken && i != freed);
    const struct picture_block *old = &before.blocks[i];
    const unsigned k = picture_find(&after, old->at);
    const unsigned place = old->place >= from ? old->place + up - down : old->place;

    PROVE(k != BLOCKS_MAX, "the other blocks are there still");
    ASSUME(k != BLOCKS_MAX);
    PROVE(after.blocks[k].capacity == old->capacity && after.blocks[k].request == old->request,
          "the other blocks are as they were");
    PROVE(old->request != 0 || after.blocks[k].place == place,
          "the other free blocks keep their order");
}

static void prove_peak(void)
{
    PROVE(heap.peak_live_bytes == (heap.live_bytes > heap_before.peak_live_bytes
                                       ? heap.live_bytes
                                       : heap_before.peak_live_bytes),
          "the peak is the most that there was between calls");
}

/* What has become of the block that a request was given. */
static void prove_taken(unsigned taken, size_t size, unsigned place)
{
    const struct picture_block *old = &before.blocks[taken];
    const unsigned k = picture_find(&after, old->at);
    const bool is_split = is_splittable(old->capacity, size);

    PROVE(k != BLOCKS_MAX, "the block is there");
    ASSUME(k != BLOCKS_MAX);
    PROVE(after.blocks[k].request == size, "the block knows what it was asked for with");
    PROVE(after.blocks[k].capacity == (is_split ? sixteens(size) : old->capacity),
          "the block has the front of what there was, or all of it");
    if (is_split) {
        const unsigned rest = picture_find(&after, old->at + 16 + sixteens(size));

        PROVE(rest != BLOCKS_MAX, "what is left is a block");
        ASSUME(rest != BLOCKS_MAX);
        PROVE(after.blocks[rest].request == 0 && after.blocks[rest].place == place &&
                  after.blocks[rest].capacity == old->capacity - 16 - sixteens(size),
              "what is left takes its parent's place");
    }
}

#if defined(CALL_MALLOC) || defined(CALL_CALLOC)
static enum bf_status malloc_expected(size_t size, size_t align, bool has_out)
{
    const enum bf_status refused = has_out ? refusal(size, align) : BF_INVALID_ARGUMENT;

    return refused == BF_OK && naive_select(size) == BLOCKS_MAX ? BF_OUT_OF_MEMORY : refused;
}

/* out: what *out is after the call; before it was &heap. */
static void prove_handed_out(enum bf_status status, size_t size, const void *out)
{
    const unsigned best = naive_select(size);

    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        PROVE(out == &heap, "a call that fails does not write *out");
        return;
    }
    const bool is_split = is_splittable(before.blocks[best].capacity, size);

    PROVE((uintptr_t)out == before.blocks[best].at + 16, "the best fit is handed out");
    PROVE(after.count == before.count + is_split, "no block is lost");
    prove_peak();
    prove_taken(best, size, before.blocks[best].place);
    prove_content_kept();
    prove_others_kept(best, best, before.blocks[best].place, 0, is_split ? 0 : 1);
}
#endif

#ifdef CALL_MALLOC
static void call(void)
{
    const size_t size = any_size();
    const size_t align = any_size();
    const bool has_out = any_bool();
    void *out = &heap;
    const enum bf_status expected = malloc_expected(size, align, has_out);

    PROVE(bf_malloc(NULL, size, align, &out) == BF_INVALID_ARGUMENT, "bf_malloc wants a heap");
    const enum bf_status status = bf_malloc(&heap, size, align, has_out ? &out : NULL);

    PROVE(status == expected, "bf_malloc returns what the contract says");
    prove_handed_out(status, size, out);
}
#endif

#ifdef CALL_CALLOC
/* In the place of size_product, which product.c is about: of whatever it says, bf_calloc makes what
 * it must. */
static size_t product;
static size_t product_asked[2];

size_t instead_of_size_product(size_t one, size_t other)
{
    product_asked[0] = one;
    product_asked[1] = other;
    return product;
}

static void call(void)
{
    const size_t count = any_size();
    const size_t size = any_size();
    const size_t align = any_size();
    const bool has_out = any_bool();
    void *out = &heap;

    product = any_size();
    const enum bf_status expected = malloc_expected(product, align, has_out);

    PROVE(bf_calloc(NULL, count, size, align, &out) == BF_INVALID_ARGUMENT,
          "bf_calloc wants a heap");
    const enum bf_status status = bf_calloc(&heap, count, size, align, has_out ? &out : NULL);

    PROVE(status == expected, "bf_calloc returns what the contract says");
    PROVE(product_asked[0] == count && product_asked[1] == size,
          "the product is that of its arguments");
    prove_handed_out(status, product, out);
    PROVE(zeroed.count == (status == BF_OK), "bytes are cleared where there are any");
    PROVE(status != BF_OK || (zeroed.begin == (uintptr_t)out && zeroed.byte_count == product),
          "the bytes that were asked for are cleared, and no others");
}
#endif

/* What of a pointer and a size is wrong; which block it is. */
static enum bf_status pointer_refusal(uintptr_t payload, size_t size, unsigned *block)
{
    *block = payload >= 16 ? picture_find(&before, payload - 16) : BLOCKS_MAX;
    if (*block == BLOCKS_MAX) {
        return BF_INVALID_ADDRESS;
    }
    if (before.blocks[*block].request == 0) {
        return BF_DOUBLE_FREE;
    }
    return size != BF_ANY_SIZE && size != before.blocks[*block].request ? BF_WRONG_SIZE : BF_OK;
}

static void prove_freed(unsigned freed)
{
    const unsigned k = picture_find(&after, before.blocks[freed].at);

    PROVE(k != BLOCKS_MAX, "the freed block is there");
    ASSUME(k != BLOCKS_MAX);
    PROVE(after.blocks[k].request == 0 && after.blocks[k].place == 0 &&
              after.blocks[k].capacity == before.blocks[freed].capacity,
          "the freed block is whole, and at the head of the list");
}

#ifdef CALL_FREE
static void call(void)
{
    const uintptr_t payload = any_address();
    const size_t size = any_size();
    unsigned freed = BLOCKS_MAX;
    const enum bf_status expected = pointer_refusal(payload, size, &freed);

    PROVE(bf_free(NULL, (void *)payload, size) == BF_INVALID_ARGUMENT, "bf_free wants a heap");
    const enum bf_status status = bf_free(&heap, (void *)payload, size);

    PROVE(status == expected, "bf_free returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        return;
    }
    PROVE(after.count == before.count, "no block is lost");
    PROVE(heap.peak_live_bytes == heap_before.peak_live_bytes, "the peak stays");
    prove_freed(freed);
    prove_content_kept();
    prove_others_kept(freed, freed, 0, 1, 0);
}
#endif

#ifdef CALL_REALLOC
static void call(void)
{
    const uintptr_t payload = any_address();
    const size_t old_size = any_size();
    const size_t size = any_size();
    const size_t align = any_size();
    const bool has_out = any_bool();
    const unsigned best = naive_select(size);
    unsigned moved = BLOCKS_MAX;
    void *out = &heap;
    enum bf_status expected = has_out ? refusal(size, align) : BF_INVALID_ARGUMENT;
    bool stays = false;

    ASSUME(payload != 0); /* that is bf_malloc */
    if (expected == BF_OK) {
        expected = pointer_refusal(payload, old_size, &moved);
    }
    if (expected == BF_OK) {
        stays = size <= before.blocks[moved].capacity &&
                !is_splittable(before.blocks[moved].capacity, size);
        expected = stays || best != BLOCKS_MAX ? BF_OK : BF_OUT_OF_MEMORY;
    }
    PROVE(bf_realloc(NULL, (void *)payload, old_size, size, align, &out) == BF_INVALID_ARGUMENT,
          "bf_realloc wants a heap");
    const enum bf_status status =
        bf_realloc(&heap, (void *)payload, old_size, size, align, has_out ? &out : NULL);

    PROVE(status == expected, "bf_realloc returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        PROVE(out == &heap && copied.count == 0, "a call that fails writes nothing");
        return;
    }
    prove_peak();
    if (stays) {
        const unsigned k = picture_find(&after, payload - 16);

        PROVE((uintptr_t)out == payload && copied.count == 0, "the block stays where it is");
        PROVE(k != BLOCKS_MAX && after.blocks[k].request == size &&
                  after.blocks[k].capacity == before.blocks[moved].capacity,
              "the block has its new size");
        PROVE(after.count == before.count, "no block is lost");
        prove_others_kept(moved, moved, 0, 0, 0);
        prove_content_kept();
        return;
    }
    const size_t old_request = before.blocks[moved].request;

    PROVE((uintptr_t)out == before.blocks[best].at + 16, "the best fit is handed out");
    PROVE(copied.count == 1 && copied.to == (uintptr_t)out && copied.from == payload &&
              copied.byte_count == (old_request < size ? old_request : size),
          "as many bytes as both have are copied, from the old block to the new");
    prove_taken(best, size, before.blocks[best].place + 1);
    prove_freed(moved);
    prove_content_kept();
}
#endif

#ifdef CALL_RANGES
static enum bf_status range_refused(uintptr_t begin, uintptr_t end)
{
    bool is_overlap = begin <= (uintptr_t)&heap + (sizeof heap - 1) && (uintptr_t)&heap < end;

    for (unsigned i = 0; i < heap.range_count; i++) {
        is_overlap = is_overlap || (begin < heap.ranges[i].end && heap.ranges[i].begin < end);
    }
    if (begin % 16 != 0) {
        return BF_INVALID_ALIGN;
    }
    if (begin == 0 || end < begin) {
        return BF_INVALID_ADDRESS;
    }
    if (end - begin < 17) {
        return BF_INVALID_SIZE;
    }
    if (is_overlap) {
        return BF_OVERLAP;
    }
    return heap.range_count < BF_RANGES_MAX ? BF_OK : BF_TOO_MANY_RANGES;
}

static void call_add(void)
{
    const uintptr_t begin = any_address();
    const uintptr_t end = any_address();
    const enum bf_status expected = range_refused(begin, end);

    /* What is accepted must be memory that there is. */
    ASSUME(expected != BF_OK || (begin >= ARENA_BEGIN && end <= ARENA_END));
    ASSUME(expected != BF_OK || before.count < BLOCKS_MAX);
    spans[BF_RANGES_MAX].begin = expected == BF_OK ? begin : 0;
    spans[BF_RANGES_MAX].end = expected == BF_OK ? end : 0;
    PROVE(bf_add_range(NULL, (void *)begin, (void *)end) == BF_INVALID_ARGUMENT,
          "bf_add_range wants a heap");
    const enum bf_status status = bf_add_range(&heap, (void *)begin, (void *)end);

    PROVE(status == expected, "bf_add_range returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        return;
    }
    const unsigned k = picture_find(&after, begin);

    PROVE(k != BLOCKS_MAX, "the range is a block");
    ASSUME(k != BLOCKS_MAX);
    PROVE(after.blocks[k].capacity == end - begin - 16 && after.blocks[k].place == 0 &&
              after.blocks[k].request == 0,
          "all of the range is free, and at the head of the list");
    PROVE(after.count == before.count + 1, "no block is lost");
    prove_content_kept();
    prove_others_kept(BLOCKS_MAX, BLOCKS_MAX, 0, 1, 0);
}

static void call_remove(void)
{
    const uintptr_t begin = any_address();
    unsigned removed = BF_RANGES_MAX;
    bool is_in_use = false;
    enum bf_status expected = BF_OK;

    for (unsigned i = 0; i < heap.range_count; i++) {
        removed = heap.ranges[i].begin == begin ? i : removed;
    }
    for (unsigned i = 0; i < before.count; i++) {
        is_in_use = is_in_use || (before.blocks[i].range == removed && before.blocks[i].request);
    }
    if (removed == BF_RANGES_MAX) {
        expected = BF_INVALID_ADDRESS;
    } else if (is_in_use) {
        expected = BF_RANGE_IN_USE;
    }
    PROVE(bf_remove_range(NULL, (void *)begin) == BF_INVALID_ARGUMENT,
          "bf_remove_range wants a heap");
    const enum bf_status status = bf_remove_range(&heap, (void *)begin);

    PROVE(status == expected, "bf_remove_range returns what the contract says");
    PROVE(picture_take(&heap, &after), "the heap is sound");
    if (status != BF_OK) {
        prove_unchanged(status);
        return;
    }
    const unsigned i = any_unsigned();

    ASSUME(i < before.count);
    const unsigned k = picture_find(&after, before.blocks[i].at);

    PROVE(heap.range_count == heap_before.range_count - 1, "one range is gone");
    PROVE((k == BLOCKS_MAX) == (before.blocks[i].range == removed), "its blocks, and no others");
    PROVE(k == BLOCKS_MAX || (after.blocks[k].capacity == before.blocks[i].capacity &&
                              after.blocks[k].request == before.blocks[i].request),
          "the other blocks are as they were");
    prove_content_kept();
}

static void call(void)
{
    if (any_bool()) {
        call_add();
    } else {
        call_remove();
    }
}
#endif

#ifdef CALL_QUESTIONS
static unsigned visit_count;
static unsigned visits_asked;

static bool visit(void *context, const struct bf_block_info *info)
{
    PROVE(context == &after && visit_count < before.count, "no block is visited twice");
    const struct picture_block *block = &before.blocks[visit_count];

    PROVE((uintptr_t)info->payload == block->at + 16 && info->capacity_bytes == block->capacity &&
              info->request_bytes == block->request && info->is_live == (block->request != 0) &&
              info->range_index == block->range,
          "bf_walk shows each block in its turn, as it is");
    visit_count++;
    return visit_count != visits_asked;
}

static void prove_walk(void)
{
    const bool has_visit = any_bool();

    visits_asked = any_unsigned();
    const enum bf_status status = bf_walk(&heap, has_visit ? visit : NULL, &after);
    const bool is_ended = visits_asked > 0 && visits_asked < before.count;

    PROVE(status == (has_visit ? BF_OK : BF_INVALID_ARGUMENT), "bf_walk does what it is asked for");
    PROVE(visit_count == (!has_visit ? 0
                          : is_ended ? visits_asked
                                     : before.count),
          "all blocks are visited, or as many as were asked for");
}

static void prove_stats(void)
{
    const unsigned other = any_unsigned();
    struct bf_stats stats;
    size_t largest = 0;

    ASSUME(other < BF_STATUS_COUNT);
    for (unsigned i = 0; i < before.count; i++) {
        if (before.blocks[i].request == 0 && before.blocks[i].capacity > largest) {
            largest = before.blocks[i].capacity;
        }
    }
    PROVE(bf_stats(&heap, NULL) == BF_INVALID_ARGUMENT, "bf_stats wants a place");
    PROVE(bf_stats(&heap, &stats) == BF_OK, "bf_stats finds a sound heap sound");
    PROVE(stats.live_bytes == heap_before.live_bytes &&
              stats.live_block_count == heap_before.live_block_count &&
              stats.peak_live_bytes == heap_before.peak_live_bytes &&
              stats.free_bytes == heap_before.free_bytes &&
              stats.free_block_count == heap_before.free_block_count &&
              stats.range_count == heap_before.range_count &&
              stats.failed_counts[other] == heap_before.failed_counts[other],
          "the counters are told as they are");
    PROVE(stats.largest_free_bytes == largest, "the largest free block is told");
    const size_t whole = stats.free_bytes;
    const size_t share = 1000 * (whole - largest);
    const size_t permille = stats.fragmentation_permille;

    PROVE(whole == 0
              ? permille == 0
              : permille <= 1000 && permille * whole <= share && share < (permille + 1) * whole,
          "the fragmentation is rounded down");
}

/* What asks and changes nothing. */
static void call(void)
{
    const uintptr_t pointer = any_address();
    const bool has_place = any_bool();
    struct bf_fault fault;
    size_t usable = any_size();
    const size_t usable_before = usable;
    unsigned block = BLOCKS_MAX;
    bool is_owned = false;
    enum bf_status expected = pointer_refusal(pointer, BF_ANY_SIZE, &block);

    for (unsigned i = 0; i < heap.range_count; i++) {
        is_owned = is_owned || (pointer >= heap.ranges[i].begin && pointer < heap.ranges[i].end);
    }
    expected = has_place ? expected : BF_INVALID_ARGUMENT;
    PROVE(bf_check(&heap, any_bool() ? &fault : NULL) == BF_OK, "a sound heap is found sound");
    PROVE(bf_owns(&heap, (void *)pointer) == is_owned, "bf_owns tells what is in a range");
    PROVE(bf_usable_size(&heap, (void *)pointer, has_place ? &usable : NULL) == expected,
          "bf_usable_size returns what the contract says");
    PROVE(usable == (expected == BF_OK ? before.blocks[block].capacity : usable_before),
          "the usable size is the capacity");
    prove_walk();
    prove_stats();
    PROVE(picture_take(&heap, &after), "the heap is sound");
    prove_unchanged(BF_OK);
}
#endif

int main(void)
{
    assume_sound();
    call();
    END_OF_PROOF();
    return 0;
}
