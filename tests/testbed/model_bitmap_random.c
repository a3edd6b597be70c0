/* SPDX-License-Identifier: MIT
 *
 * The model of the bitmap index against a second telling of docs/core.md, in strides and as
 * literally as can be: one array of blocks by address, every choice a pass over all of them. Slow,
 * and without an index that could be wrong. After every call of a long random run the two must have
 * the same blocks, the same order of free blocks and the same counters.
 */
#define SUITE     "model_bitmap_random"
#define PLACEMENT HB_PLACEMENT_BITMAP
#include "model_check.h"

#define BLOCKS_MAX 2048u
#define NOWHERE    SIZE_MAX

struct plain_block {
    uintptr_t header;
    size_t stride;
    size_t tail; /* 0 but for the last of a range */
    size_t request;
    unsigned entered;
    bool is_last;
};

struct plain_range {
    uintptr_t begin;
    uintptr_t end;
};

/* Blocks by address; ranges as added. */
static struct plain_block blocks[BLOCKS_MAX];
static size_t block_count;
static struct plain_range ranges[32];
static size_t range_count;
static unsigned entries;
static size_t peak;

static size_t capacity_of(size_t at)
{
    return blocks[at].stride - 8 + blocks[at].tail;
}

static size_t need_of(size_t size)
{
    const size_t stride = (size + 8 + 15) / 16 * 16;
    return stride > 32 ? stride : 32;
}

static void insert(size_t at, struct plain_block block)
{
    if (block_count == BLOCKS_MAX) {
        exit(2);
    }
    memmove(&blocks[at + 1], &blocks[at], (block_count - at) * sizeof blocks[0]);
    blocks[at] = block;
    block_count++;
}

static void erase(size_t at)
{
    block_count--;
    memmove(&blocks[at], &blocks[at + 1], (block_count - at) * sizeof blocks[0]);
}

static void enter(size_t at)
{
    blocks[at].request = 0;
    blocks[at].entered = ++entries;
}

/* The block keeps the stride; what is behind becomes a block of its own. */
static void cut(size_t at, size_t stride)
{
    struct plain_block rest = blocks[at];
    rest.header += stride;
    rest.stride -= stride;
    rest.request = 0;
    blocks[at].stride = stride;
    blocks[at].tail = 0;
    blocks[at].is_last = false;
    insert(at + 1, rest);
}

static void unite(size_t at)
{
    blocks[at].stride += blocks[at + 1].stride;
    blocks[at].tail = blocks[at + 1].tail;
    blocks[at].is_last = blocks[at + 1].is_last;
    erase(at + 1);
}

static bool is_free_behind(size_t at)
{
    return !blocks[at].is_last && blocks[at + 1].request == 0;
}

static bool is_free_in_front(size_t at)
{
    return at > 0 && !blocks[at - 1].is_last && blocks[at - 1].request == 0;
}

static bool is_indexed(size_t at)
{
    return blocks[at].request == 0 && blocks[at].stride >= 32;
}

/* Rule 1: whole strides. */
static size_t select_whole(size_t wanted)
{
    size_t best = NOWHERE;
    for (size_t i = 0; i < block_count; i++) {
        if (is_indexed(i) && blocks[i].stride >= need_of(wanted) &&
            (best == NOWHERE || blocks[i].stride < blocks[best].stride ||
             (blocks[i].stride == blocks[best].stride &&
              blocks[i].entered > blocks[best].entered))) {
            best = i;
        }
    }
    return best;
}

/* Rule 2: ragged tails. */
static size_t select_ragged(size_t wanted, size_t align)
{
    size_t best = NOWHERE;
    for (size_t i = 0; i < block_count; i++) {
        if (is_indexed(i) && blocks[i].is_last && blocks[i].stride == need_of(wanted) - 16 &&
            blocks[i].stride >= align && capacity_of(i) >= wanted &&
            (best == NOWHERE || capacity_of(i) < capacity_of(best) ||
             (capacity_of(i) == capacity_of(best) && blocks[i].entered > blocks[best].entered))) {
            best = i;
        }
    }
    return best;
}

/* The payload; 0 where nothing fits. */
static uintptr_t plain_malloc(size_t size, size_t align)
{
    const size_t wanted = align <= 16 ? size : size + align - 16;
    size_t at = select_whole(wanted);
    at = at == NOWHERE ? select_ragged(wanted, align) : at;
    if (at == NOWHERE) {
        return 0;
    }
    const size_t gap = (align - (blocks[at].header + 8) % align) % align;
    if (gap != 0) {
        cut(at, gap);
        enter(at);
        at++;
    }
    blocks[at].request = size;
    if (blocks[at].stride >= need_of(size) + 32) {
        cut(at, need_of(size));
        enter(at + 1);
    }
    return blocks[at].header + 8;
}

static size_t plain_find(uintptr_t payload)
{
    for (size_t i = 0; i < block_count; i++) {
        if (blocks[i].header + 8 == payload) {
            return i;
        }
    }
    exit(2);
}

static void plain_free(uintptr_t payload)
{
    size_t at = plain_find(payload);
    if (is_free_behind(at)) {
        unite(at);
    }
    if (is_free_in_front(at)) {
        at--;
        unite(at);
    }
    enter(at);
}

/* Whether the block stays: case 1 of the page. */
static bool plain_stays(size_t at, size_t size, size_t align)
{
    const size_t need = need_of(size);
    const size_t stride = blocks[at].stride;
    const size_t behind = is_free_behind(at) ? blocks[at + 1].stride : 0;
    if ((blocks[at].header + 8) % align != 0) {
        return false;
    }
    if (need == stride || (need == stride - 16 && behind == 0) ||
        (need > stride && size <= capacity_of(at))) {
        return true;
    }
    if (need < stride) {
        cut(at, need);
        if (behind != 0) {
            unite(at + 1);
        }
        enter(at + 1);
        return true;
    }
    if (behind == 0 ||
        (need > stride + behind &&
         !(blocks[at + 1].is_last && size <= stride + behind - 8 + blocks[at + 1].tail))) {
        return false;
    }
    unite(at);
    if (stride + behind >= need + 32) {
        cut(at, need);
        enter(at + 1);
    }
    return true;
}

static uintptr_t plain_realloc(uintptr_t payload, size_t size, size_t align)
{
    size_t at = plain_find(payload);
    if (plain_stays(at, size, align)) {
        blocks[at].request = size;
        return payload;
    }
    const uintptr_t moved = plain_malloc(size, align);
    if (moved != 0) {
        plain_free(payload);
    }
    return moved;
}

static void plain_add_range(uintptr_t begin, uintptr_t end)
{
    const size_t stride = (end - begin - 8) / 16 * 16;
    size_t at = 0;
    while (at < block_count && blocks[at].header < begin) {
        at++;
    }
    insert(at, (struct plain_block){.header = begin + 8,
                                    .stride = stride,
                                    .tail = end - begin - 8 - stride,
                                    .is_last = true});
    enter(at);
    ranges[range_count++] = (struct plain_range){.begin = begin, .end = end};
}

/* False where it is in use. */
static bool plain_remove_range(size_t index)
{
    const size_t at = plain_find(ranges[index].begin + 16);
    if (blocks[at].request != 0 || !blocks[at].is_last) {
        return false;
    }
    erase(at);
    range_count--;
    memmove(&ranges[index], &ranges[index + 1], (range_count - index) * sizeof ranges[0]);
    return true;
}

/* The two side by side. */

static void compare_blocks(void)
{
    struct hb_model_block block;
    uint64_t position = 0;
    for (size_t i = 0; i < range_count; i++) {
        uintptr_t at = ranges[i].begin + 8;
        bool was_free = false;
        do {
            const size_t number = plain_find(at + 8);
            if (!CHECK(hb_model_next_block(model, &position, &block))) {
                return;
            }
            CHECK_EQ(block.payload, at + 8);
            CHECK_EQ(block.capacity, capacity_of(number));
            CHECK_EQ(block.request, blocks[number].request);
            CHECK(!(was_free && block.request == 0)); /* no two free neighbours */
            was_free = block.request == 0;
            at += blocks[number].stride + blocks[number].tail;
        } while (at + 16 <= ranges[i].end);
        CHECK_EQ(at, ranges[i].end);
    }
    CHECK(!hb_model_next_block(model, &position, &block));
}

/* By stride, and of the same stride the one that entered last. */
static int by_choice(const void *a, const void *b)
{
    const struct plain_block *const left = a;
    const struct plain_block *const right = b;
    if (left->stride != right->stride) {
        return left->stride < right->stride ? -1 : 1;
    }
    return left->entered > right->entered ? -1 : 1;
}

static void compare_index(void)
{
    static struct plain_block sorted[BLOCKS_MAX];
    struct hb_model_block block;
    size_t count = 0;
    for (size_t i = 0; i < block_count; i++) {
        if (is_indexed(i)) {
            sorted[count++] = blocks[i];
        }
    }
    qsort(sorted, count, sizeof sorted[0], by_choice);
    for (size_t i = 0; i < count; i++) {
        if (!CHECK(hb_model_free_block(model, i, &block))) {
            return;
        }
        CHECK_EQ(block.payload, sorted[i].header + 8);
    }
    CHECK(!hb_model_free_block(model, count, &block));
}

static void compare_counters(void)
{
    struct hb_model_stats counted = {.range_count = range_count};
    for (size_t i = 0; i < block_count; i++) {
        const bool is_free = blocks[i].request == 0;
        counted.free_block_count += is_free;
        counted.free_bytes += is_free ? capacity_of(i) : 0;
        counted.live_block_count += !is_free;
        counted.live_bytes += blocks[i].request;
        if (is_indexed(i) && capacity_of(i) > counted.largest_free_bytes) {
            counted.largest_free_bytes = capacity_of(i);
        }
    }
    peak = counted.live_bytes > peak ? counted.live_bytes : peak;
    check_stats(range_count, counted.live_block_count, counted.live_bytes, counted.free_block_count,
                counted.free_bytes);
    CHECK_EQ(hb_model_stats(model).peak_live_bytes, peak);
    CHECK_EQ(hb_model_stats(model).largest_free_bytes, counted.largest_free_bytes);
}

static uint64_t random_state;

static size_t some(size_t limit)
{
    return random_below(&random_state, limit);
}

static struct {
    uintptr_t payload;
    size_t size;
} live[48];

struct shape {
    const char *what;
    size_t sizes;      /* below this */
    size_t aligns;     /* powers of two, so many */
    size_t range_size; /* about */
};

static void try_add_range(const struct shape *shape)
{
    const uintptr_t begin = A + some(ARENA_SIZE / 16) * 16;
    const uintptr_t end = begin + 40 + some(shape->range_size);
    if (end <= A + ARENA_SIZE && hb_model_judge_range(model, begin, end) == HB_OK) {
        CHECK_EQ(hb_model_add_range(model, begin, end), HB_OK);
        plain_add_range(begin, end);
    }
}

static void try_remove_range(void)
{
    if (range_count > 0) {
        const size_t index = some(range_count);
        const uintptr_t begin = ranges[index].begin;
        CHECK_EQ(plain_remove_range(index) ? HB_OK : HB_RANGE_IN_USE,
                 hb_model_remove_range(model, begin));
    }
}

/* A malloc where the slot is empty, else a free or a realloc. What it came to. */
static enum hb_status play(const struct shape *shape, size_t slot)
{
    const size_t size = 1 + some(shape->sizes);
    const size_t align = (size_t)1 << some(shape->aligns);
    const bool was_live = live[slot].size != 0;
    uintptr_t payload = 0;
    enum hb_status status = HB_OK;
    if (was_live && some(2) == 0) {
        plain_free(live[slot].payload);
        live[slot].size = 0;
        return hb_model_free(model, live[slot].payload, SIZE_MAX);
    }
    const uintptr_t expected =
        was_live ? plain_realloc(live[slot].payload, size, align) : plain_malloc(size, align);
    if (was_live) {
        status =
            hb_model_realloc(model, live[slot].payload, live[slot].size, size, align, &payload);
    } else {
        status = hb_model_malloc(model, size, align, &payload);
    }
    CHECK_EQ(payload, expected);
    CHECK_EQ(status, expected == 0 ? HB_OUT_OF_MEMORY : HB_OK);
    if (status == HB_OK) {
        live[slot].payload = payload;
        live[slot].size = size;
    }
    return status;
}

static void start(const struct shape *shape)
{
    reset();
    memset(live, 0, sizeof live);
    block_count = 0;
    range_count = 0;
    peak = 0;
    for (size_t i = 0; i < 4; i++) {
        try_add_range(shape);
    }
}

static void run(const struct shape *shape)
{
    unsigned outcomes[HB_STATUS_COUNT] = {0};
    random_state = 88172645463325252;
    for (unsigned round = 0; round < 20000 && check_failure_count == 0; round++) {
        if (round % 500 == 0) {
            start(shape);
        }
        switch (some(64)) {
        case 0:
            try_add_range(shape);
            break;
        case 1:
            try_remove_range();
            break;
        default:
            outcomes[play(shape, some(sizeof live / sizeof live[0]))]++;
            break;
        }
        compare_blocks();
        compare_index();
        compare_counters();
    }
    CHECK(outcomes[HB_OK] > 5000);
    CHECK(outcomes[HB_OUT_OF_MEMORY] > 50);
    if (check_failure_count != 0) {
        printf("in the run of %s\n", shape->what);
    }
}

TEST(random, small_blocks_in_a_few_ranges)
{
    run(&(struct shape){.what = "small", .sizes = 100, .aligns = 5, .range_size = 1000});
}

TEST(random, ranges_of_a_few_blocks)
{
    run(&(struct shape){.what = "tiny", .sizes = 60, .aligns = 6, .range_size = 150});
}

TEST(random, ranges_shorter_than_the_alignment)
{
    run(&(struct shape){.what = "short", .sizes = 16, .aligns = 8, .range_size = 80});
}

TEST(random, large_alignments)
{
    run(&(struct shape){.what = "aligned", .sizes = 200, .aligns = 12, .range_size = 12000});
}

TEST(random, large_blocks)
{
    run(&(struct shape){.what = "large", .sizes = 2000, .aligns = 8, .range_size = 16000});
}

TESTS_BEGIN
ENTRY(random, small_blocks_in_a_few_ranges)
ENTRY(random, ranges_of_a_few_blocks)
ENTRY(random, ranges_shorter_than_the_alignment)
ENTRY(random, large_alignments) ENTRY(random, large_blocks) TESTS_END
