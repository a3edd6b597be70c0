/* SPDX-License-Identifier: MIT
 *
 * What no stream has words for, asked once of every heap: calls with no heap or no place for the
 * answer, products that overflow, a range that the heap lies in, the names of statuses, and a check
 * of a struct bf_heap that is damaged. Part of bestfit.c: it is compiled for each variant.
 */

static bool refuses_null(struct bf_heap *heap)
{
    const enum bf_status refused = BF_INVALID_ARGUMENT;
    void *out = NULL;
    size_t size_bytes = 0;
    struct bf_fault fault = {0};
    struct bf_stats stats = {0};
    return bf_init(NULL, 0) == refused && bf_add_range(NULL, NULL, NULL) == refused &&
           bf_remove_range(NULL, NULL) == refused && bf_malloc(NULL, 16, 16, &out) == refused &&
           bf_malloc(heap, 16, 16, NULL) == refused &&
           bf_calloc(NULL, 1, 16, 16, &out) == refused && bf_free(NULL, NULL, 0) == refused &&
           bf_realloc(NULL, NULL, 0, 16, 16, &out) == refused &&
           bf_realloc(heap, &size_bytes, 0, 16, 16, NULL) == refused &&
           bf_usable_size(NULL, NULL, &size_bytes) == refused &&
           bf_usable_size(heap, NULL, NULL) == refused && !bf_owns(NULL, NULL) &&
           bf_check(NULL, &fault) == refused && bf_walk(NULL, NULL, NULL) == refused &&
           bf_walk(heap, NULL, NULL) == refused && bf_stats(NULL, &stats) == refused &&
           bf_stats(heap, NULL) == refused;
}

/* A stream's counts have 32 bits. The second product overflows only in its last addition. */
static bool refuses_products(struct bf_heap *heap)
{
    void *out = NULL;
    const size_t half = SIZE_MAX >> (4 * sizeof(size_t));
    return bf_calloc(heap, SIZE_MAX / 2, SIZE_MAX / 2, 16, &out) == BF_INVALID_SIZE &&
           bf_calloc(heap, half, 2 * half + 1, 16, &out) == BF_INVALID_SIZE;
}

static bool refuses_ranges(struct bf_heap *heap)
{
    const uintptr_t align = BF_ALIGN - 1;
    const uintptr_t at = (uintptr_t)heap & ~align;
    /* NOLINTBEGIN(performance-no-int-to-ptr): a range is a matter of addresses */
    return bf_add_range(heap, (void *)at, (void *)(at + 4096)) == BF_OVERLAP &&
           bf_add_range(heap, (void *)BF_ALIGN, (void *)UINTPTR_MAX) != BF_OK;
    /* NOLINTEND(performance-no-int-to-ptr) */
}

static bool names_statuses(void)
{
    unsigned named = 0;
    for (unsigned status = 0; status <= BF_STATUS_COUNT; status++) {
        named += bf_status_name((enum bf_status)status)[0] != '\0';
    }
    return named == BF_STATUS_COUNT + 1;
}

/* After one number of an empty heap was changed: is it noticed? Puts the number back. */
static bool notices(struct bf_heap *heap, size_t *number, size_t wrong)
{
    const size_t right = *number;
    struct bf_fault fault = {0};
    *number = wrong;
    const bool is_noticed = bf_check(heap, &fault) == BF_CORRUPTED && fault.reason != NULL;
    *number = right;
    return is_noticed;
}

static bool notices_counters(struct bf_heap *heap)
{
    bool is_noticed =
        notices(heap, &heap->range_count, BF_RANGES_MAX + 1) &&
        notices(heap, &heap->free_block_count, 1) && notices(heap, &heap->free_bytes, 1) &&
        notices(heap, &heap->live_block_count, 1) && notices(heap, &heap->live_bytes, 1);
#ifndef BF_INDEX_LIST
    is_noticed = is_noticed && notices(heap, &heap->leaves[0], 1) &&
                 notices(heap, &heap->tops[0], 1) &&
                 (BF_LEAF_COUNT % BF_WORD_BITS == 0 ||
                  notices(heap, &heap->tops[BF_TOP_COUNT - 1], SIZE_MAX));
#endif
#if BF_QUARANTINE_BYTES > 0
    is_noticed = is_noticed && notices(heap, &heap->quarantined_block_count, 1) &&
                 notices(heap, &heap->quarantined_bytes, 1);
#endif
    return is_noticed;
}

/* Ranges that were never taken. No byte of them is read: the table is looked at first. */
static bool notices_ranges(struct bf_heap *heap)
{
    static const struct {
        uintptr_t begin;
        uintptr_t end;
    } wrong[] = {{0, 4096}, {4096 + 8, 8192}, {8192, 4096}, {4096, 4096 + 8}};
    struct bf_range *const ranges = heap->ranges;
    size_t noticed = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        range_set(&ranges[0], wrong[i].begin, wrong[i].end);
        noticed += notices(heap, &heap->range_count, 1);
    }
    range_set(&ranges[0], 4096, 8192);
    ranges[1] = ranges[0];
    noticed += notices(heap, &heap->range_count, 2);
    range_clear(&ranges[0]);
    range_clear(&ranges[1]);
    return noticed == sizeof wrong / sizeof wrong[0] + 1;
}

#ifndef BF_INDEX_LIST
/* What else the bitmap index keeps of a range, and a range longer than any. */
static bool notices_last_unit(struct bf_heap *heap)
{
    range_set(&heap->ranges[0], 4096, 8192);
    heap->range_count = 1;
    bool is_noticed = notices(heap, &heap->ranges[0].last_unit, 0);
    if (BF_RANGE_BYTES_MAX < SIZE_MAX) {
        range_set(&heap->ranges[0], BF_ALIGN, UINTPTR_MAX);
        is_noticed = is_noticed && notices(heap, &heap->range_count, 1);
    }
    heap->range_count = 0;
    range_clear(&heap->ranges[0]);
    return is_noticed;
}
#else
#define notices_last_unit(heap) ((void)(heap), true)
#endif

/* What functions within the core answer to arguments that none of its own callers passes: a size
 * that saturates, a fault that is none, a look at what has nothing in it. */
#ifdef BF_INDEX_LIST
static bool answers_the_uncalled(struct bf_heap *heap)
{
    uintptr_t payload = 0;
    (void)heap;
    if (fast_allocate(heap, 16, &payload)) {
        return false;
    }
    return payload == 0 && round_up(SIZE_MAX - 1) == SIZE_MAX &&
           invariant_reason(INVARIANT_NONE) != NULL && invariant_reason((enum invariant)99) != NULL;
}
#else
static bool answers_the_uncalled(struct bf_heap *heap)
{
    static _Alignas(16) uintptr_t words[8]; /* a block that is in no index */
    const uintptr_t block = (uintptr_t)words;
    uintptr_t payload = 0;
    if (fast_allocate(heap, 16, &payload)) {
        return false;
    }
    trie_remove(heap, block, BF_BIN_COUNT - 1, EXACT_BINS);
    tails_remove(heap, block, sizeof words);
    return words[1] == 0 && heap->tail_head == 0 && bin_first(heap, 0) == 0 &&
           bin_key_bits(0) == 0 && (IS_HARDENED || stack_can_remove(heap, block, 0)) &&
           payload == 0 && invariant_reason(INVARIANT_NONE) != NULL &&
           invariant_reason((enum invariant)99) != NULL;
}
#endif

/* What is wrong; null: nothing. The failures that were asked for are not counted. */
static const char *ask_what_no_stream_asks(struct bf_heap *heap)
{
    size_t failed_counts[BF_STATUS_COUNT];
    const char *wrong = NULL;
    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        failed_counts[i] = heap->failed_counts[i];
    }
    if (!refuses_null(heap)) {
        wrong = "a call without a heap, or a place for the answer, is not refused";
    } else if (!refuses_products(heap)) {
        wrong = "a product that overflows is not refused";
    } else if (!refuses_ranges(heap)) {
        wrong = "a range that the heap itself lies in is not refused";
    } else if (bf_free(heap, NULL, 16) != BF_INVALID_ADDRESS ||
               ((WRONG_CALLS & HB_REFUSES_WRONG_FREES) != 0 &&
                bf_free(heap, (void *)BF_ALIGN, 16) != BF_INVALID_ADDRESS)) { /* NOLINT */
        wrong = "a free of null, or of what lies at 16, is not refused";
    } else if (!answers_the_uncalled(heap)) {
        wrong = "a function that is only called where it has something to do, does something else";
    } else if (!names_statuses()) {
        wrong = "a status has no name";
    } else if (!notices_counters(heap) || !notices_ranges(heap) || !notices_last_unit(heap)) {
        wrong = "the check does not notice that the heap's own numbers are wrong";
    }
    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        heap->failed_counts[i] = failed_counts[i];
    }
    return wrong;
}
