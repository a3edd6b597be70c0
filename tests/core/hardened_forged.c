/* SPDX-License-Identifier: MIT
 *
 * The bitmap index against somebody who knows the key: headers that are sealed as they must be, but
 * where no block can be, and links that are bent to lead to them. No checksum tells; what is exact
 * must: that a block ends within its range, is large enough, and is where its links say. And what
 * shows only between two changes of one call: the call succeeds, and a free block is lost.
 */
#define BF_PREFIX forged_
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "hardened_forged"
#include "address.h"
#include "check.h"

#define ARENA_POOL_BYTES ((size_t)32 * 1024)
#include "arena.h"

static struct bf_heap heap;
static struct snapshot before;

#define CHECK_REFUSED(call, status)                                                                \
    do {                                                                                           \
        snapshot_save(&before, &heap);                                                             \
        CHECK_EQ(call, status);                                                                    \
        CHECK(snapshot_equals(&before, &heap, 1));                                                 \
        CHECK(arena_gaps_are_intact());                                                            \
    } while (0)

#define IS_EXACT (BF_HARDENING == BF_HARDENING_PARANOID)

static void start(void)
{
    arena_reset();
    CHECK_EQ(bf_init(&heap, 0x1234567u), BF_OK);
}

static struct arena *add_range(size_t length)
{
    struct arena *arena = arena_take(length);

    if (CHECK(arena != NULL)) {
        memset(arena->begin, 0, length);
        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    }
    return arena;
}

/* Memory next to the ranges that the heap has not been given. */
static struct arena *add_foreign(size_t length)
{
    struct arena *arena = arena_take(length);

    if (CHECK(arena != NULL)) {
        memset(arena->begin, 0, length);
    }
    return arena;
}

static uintptr_t allocate(size_t size)
{
    void *pointer = NULL;

    CHECK_EQ(bf_malloc(&heap, size, 1, &pointer), BF_OK);
    return (uintptr_t)pointer;
}

static enum bf_status try_allocate(size_t size, size_t align)
{
    void *pointer = NULL;

    return bf_malloc(&heap, size, align, &pointer);
}

static enum bf_status release(uintptr_t payload)
{
    return bf_free(&heap, at(payload), BF_ANY_SIZE);
}

/* All that is free, in blocks that are never freed. The last of them. */
static uintptr_t exhaust(void)
{
    struct bf_stats stats;
    uintptr_t payload = 0;

    while (bf_stats(&heap, &stats) == BF_OK && stats.largest_free_bytes != 0) {
        payload = allocate(stats.largest_free_bytes);
    }
    return payload;
}

static void set_word(uintptr_t place, uintptr_t word)
{
    memcpy(at(place), &word, sizeof word);
}

static void set_next(uintptr_t payload, uintptr_t target)
{
    set_word(payload, target);
}

static void set_previous(uintptr_t payload, uintptr_t target)
{
    set_word(payload + sizeof(uintptr_t), target);
}

/* Writes a header as the heap itself would have sealed it, were the place in that range. */
static void forge(size_t range, uintptr_t header_place, uint64_t header)
{
    header_write(header_place, header_seal(&heap, &heap.ranges[range], header_place, header));
}

static void forge_free(size_t range, uintptr_t header_place, size_t stride)
{
    forge(range, header_place, header_make_free(stride, 0, 0));
    set_next(header_place + 8, STACK_END);
}

/* With a live header behind, as far as anybody can look. */
static void forge_live(size_t range, uintptr_t header_place, size_t stride)
{
    forge(range, header_place, header_make_live(stride, stride - 8, 0));
}

/* A free block of a size, alone in its bin and between live ones. */
static uintptr_t free_between(size_t size)
{
    const uintptr_t payload = allocate(size);

    allocate(1);
    return payload;
}

/* Takes a block, whose link has been overwritten while it was free: its bin leads there now. */
static void bend(uintptr_t payload, size_t size, uintptr_t header_place)
{
    CHECK_EQ(release(payload), BF_OK);
    set_next(payload, header_place);
    CHECK_EQ(allocate(size), payload);
}

/* -- where no block can be ------------------------------------------------------------------- */

static const size_t sizes[] = {24, 40, 56, 120, 248};

#define SIZE_COUNT (sizeof sizes / sizeof sizes[0])

/* That a bin leads to a place is refused by who would take the block from there, and by who would
 * push one in front of it. */
static void check_is_no_block(uintptr_t payload, size_t size)
{
    CHECK_REFUSED(try_allocate(size, 16), BF_CORRUPTED);
    CHECK_REFUSED(release(payload), BF_CORRUPTED);
}

/* A block of that size whose header lies so many units in front of the end of the first range;
 * other: the length of a second one, 0 for none. */
static void check_ends_behind(size_t other, size_t size, size_t units)
{
    start();
    const struct arena *arena = add_range(2056);
    const uintptr_t place = (uintptr_t)arena->end - units * 16;

    if (other != 0) {
        add_range(other);
    }
    const uintptr_t payload = free_between(size);

    exhaust();
    forge_live(0, place, size + 8);
    CHECK_REFUSED(bf_free(&heap, at(place + 8), size),
                  IS_EXACT ? BF_INVALID_ADDRESS : BF_CORRUPTED);
    forge_free(0, place, size + 8);
    bend(payload, size, place);
    CHECK_REFUSED(try_allocate(size, 16), BF_CORRUPTED);
    /* Whoever pushes needs no more of it than that there is room for links. */
    if (units == 1) {
        CHECK_REFUSED(release(payload), BF_CORRUPTED);
    }
}

TEST(place, a_block_that_does_not_end_in_its_range_is_not_believed)
{
    for (size_t other = 0; other <= 4096; other += 2048) {
        for (size_t i = 0; i < SIZE_COUNT; i++) {
            for (size_t units = 1; units <= (sizes[i] + 8) / 16; units++) {
                check_ends_behind(other, sizes[i], units);
            }
        }
    }
}

TEST(place, outside_of_the_ranges_nothing_is_believed)
{
    for (size_t length = 264; length <= 4104; length += 3840) {
        for (size_t offset = 8; offset < 1000; offset += 16) {
            for (int i = 0; i < 2; i++) {
                start();
                add_range(1032);
                const struct arena *near = add_foreign(1032);

                add_range(length);
                const struct arena *far = add_foreign(1032);
                const uintptr_t payload = free_between(24);
                const uintptr_t place = (uintptr_t)(i == 0 ? near : far)->begin + offset;

                forge_free(0, place, 32);
                bend(payload, 24, place);
                check_is_no_block(payload, 24);
                forge_live(0, place, 32);
                CHECK_REFUSED(bf_free(&heap, at(place + 8), 24), BF_INVALID_ADDRESS);
            }
        }
    }
}

/* A header is sealed to its range too. */
TEST(place, a_header_that_would_be_right_in_another_range_is_not_believed)
{
    for (size_t range = 0; range < 2; range++) {
        start();
        const struct arena *ranges[2] = {add_range(1032), add_range(1032)};

        while (try_allocate(900, 1) == BF_OK) {
        }
        const uintptr_t place = (uintptr_t)ranges[range]->begin + 8 + 160;

        forge_live(1 - range, place, 48);
        set_word(place + 48, 1);
        CHECK_REFUSED(bf_free(&heap, at(place + 8), 40),
                      IS_EXACT ? BF_INVALID_ADDRESS : BF_CORRUPTED);
    }
}

/* Inside of a payload, with the very header that a block there would have: only a walk tells. */
TEST(place, paranoid_hardening_is_exact)
{
    start();
    add_range(2056);
    const uintptr_t payload = allocate(1000);

    allocate(1);
    forge_live(0, payload + 168, 48);
    forge_live(0, payload + 168 + 48, 48);
    if (IS_EXACT) {
        CHECK_REFUSED(bf_free(&heap, at(payload + 176), 40), BF_INVALID_ADDRESS);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

/* -- links that lead elsewhere --------------------------------------------------------------- */

TEST(link, to_no_address_is_not_followed)
{
    static const uintptr_t words[] = {1, 8, 16, 24, 40, UINTPTR_MAX, UINTPTR_MAX - 7};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        start();
        add_range(2056);
        const uintptr_t payload = free_between(40);
        const uintptr_t larger = free_between(120);

        exhaust();
        CHECK_EQ(release(larger), BF_OK);
        bend(payload, 40, words[i]);
        check_is_no_block(payload, 40);
    }
}

/* A link that is bent to a free block that is smaller than what its bin holds. */
TEST(link, to_a_block_of_another_size_is_not_followed)
{
    for (size_t less = 16; less <= 96; less += 16) {
        start();
        add_range(2056);
        const uintptr_t small = free_between(120 - less);
        const uintptr_t payload = free_between(120);

        exhaust();
        CHECK_EQ(release(small), BF_OK);
        bend(payload, 120, small - 8);
        CHECK_REFUSED(try_allocate(120, 16), BF_CORRUPTED);
        CHECK_REFUSED(try_allocate(105, 16), BF_CORRUPTED);
        CHECK_REFUSED(release(payload), BF_CORRUPTED);
    }
}

TEST(link, to_a_block_whose_size_field_is_none_is_not_followed)
{
    for (size_t field = 1; field < 64; field++) {
        start();
        add_range(2056);
        const uintptr_t payload = free_between(120);
        const uintptr_t rest = exhaust();

        forge(0, rest + 168, header_make_free(128, field, 0));
        set_next(rest + 176, STACK_END);
        bend(payload, 120, rest + 168);
        CHECK_REFUSED(try_allocate(120, 16), BF_CORRUPTED);
    }
}

/* The last block of a range, which its ragged tail makes as large as the request, but for what an
 * alignment can take of the front. */
TEST(link, to_a_block_that_is_all_in_front_of_the_alignment_is_not_followed)
{
    start();
    add_range(2056);
    const uintptr_t payload = free_between(56);

    exhaust();
    const struct arena *ragged = add_range(8 + 48 + 15);

    bend(payload, 56, (uintptr_t)ragged->begin + 8);
    CHECK_REFUSED(try_allocate(7, 64), BF_CORRUPTED);
}

/* What a block took in when it grew is no block any more, even while its bytes are still there. */
TEST(link, to_a_block_that_was_absorbed_is_not_followed)
{
    start();
    add_range(2056);
    const uintptr_t grown = allocate(40);
    const uintptr_t absorbed = free_between(120);
    const uintptr_t payload = free_between(120);
    void *out = NULL;

    exhaust();
    CHECK_EQ(release(absorbed), BF_OK);
    CHECK_EQ(bf_realloc(&heap, at(grown), 40, 40 + 128, 1, &out), BF_OK);
    CHECK_EQ((uintptr_t)out, grown);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    bend(payload, 120, absorbed - 8);
    check_is_no_block(payload, 120);
}

/* -- overwritten headers and links, seen before anything is changed -------------------------- */

TEST(header, of_zeros_is_no_free_block)
{
    start();
    add_range(2056);
    const uintptr_t payload = free_between(40);

    CHECK_EQ(release(payload), BF_OK);
    header_write(payload - 8, 0);
    CHECK_REFUSED(try_allocate(40, 16), BF_CORRUPTED);
    CHECK_REFUSED(try_allocate(40, 1), BF_CORRUPTED);
}

/* Who pushes a block, or the rest of one, or a range, onto a bin looks at what is on top of it. */
TEST(header, on_top_of_a_bin_is_looked_at_by_who_adds_to_it)
{
    start();
    add_range(2056);
    const uintptr_t top = free_between(40);
    const uintptr_t freed = free_between(40);
    const uintptr_t split = free_between(136);
    const uintptr_t grown = allocate(40);
    const uintptr_t behind = free_between(248);

    exhaust();
    CHECK_EQ(release(top), BF_OK);
    CHECK_EQ(release(split), BF_OK);
    CHECK_EQ(release(behind), BF_OK);
    const uint64_t sound = header_read(top - 8);
    const struct arena *arena = add_foreign(8 + 48);
    void *out = NULL;

    header_write(top - 8, sound ^ (uint64_t)1 << 63);
    CHECK_REFUSED(release(freed), BF_CORRUPTED);
    CHECK_REFUSED(try_allocate(88, 16), BF_CORRUPTED);
    CHECK_REFUSED(bf_add_range(&heap, arena->begin, arena->end), BF_CORRUPTED);
    CHECK_REFUSED(bf_realloc(&heap, at(grown), 40, 40 + 256 - 48, 1, &out), BF_CORRUPTED);
    header_write(top - 8, sound);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    CHECK_EQ(release(freed), BF_OK);
}

/* Each bit of the headers around a block that is freed, but the one that says what is in front of
 * the front, which no one is about to use. */
TEST(header, of_a_neighbour_is_looked_at_when_a_block_is_merged)
{
    for (unsigned bit = 0; bit < 64; bit++) {
        start();
        add_range(2056);
        const uintptr_t front = allocate(40);
        const uintptr_t block = allocate(40);
        const uintptr_t behind = allocate(40);

        exhaust();
        CHECK_EQ(release(front), BF_OK);
        header_write(behind - 8, header_read(behind - 8) ^ (uint64_t)1 << bit);
        CHECK_REFUSED(release(block), BF_CORRUPTED);
        header_write(behind - 8, header_read(behind - 8) ^ (uint64_t)1 << bit);
        if (bit != 1) {
            header_write(front - 8, header_read(front - 8) ^ (uint64_t)1 << bit);
            CHECK_REFUSED(release(block), BF_CORRUPTED);
            header_write(front - 8, header_read(front - 8) ^ (uint64_t)1 << bit);
        }
        CHECK_EQ(release(block), BF_OK);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

TEST(link, of_what_a_block_would_grow_into_is_looked_at)
{
    start();
    add_range(2056);
    const uintptr_t grown = allocate(40);
    const uintptr_t behind = free_between(120);
    void *out = NULL;

    exhaust();
    CHECK_EQ(release(behind), BF_OK);
    set_next(behind, 0);
    CHECK_REFUSED(bf_realloc(&heap, at(grown), 40, 40 + 128, 1, &out), BF_CORRUPTED);
    CHECK_REFUSED(bf_realloc(&heap, at(grown), 40, 41, 1, &out), BF_CORRUPTED);
}

/* -- what shows between two changes of one call ---------------------------------------------- */

static size_t walked_free_bytes;
static size_t walked_free_count;

static bool count_free(void *context, const struct bf_block_info *block)
{
    (void)context;
    walked_free_bytes += block->is_live ? 0 : block->capacity_bytes;
    walked_free_count += !block->is_live;
    return true;
}

/* The ranges are tiled and counted as they should be; what is wrong is in the index alone, or that
 * two free blocks are neighbours. */
static void check_only_index_is_wrong(bool is_unmerged)
{
    struct bf_fault fault;

    walked_free_bytes = 0;
    walked_free_count = 0;
    CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
    CHECK(is_unmerged ? fault.invariant == 7 || fault.invariant == 8 : fault.invariant >= 13);
    CHECK_EQ(bf_walk(&heap, count_free, NULL), BF_OK);
    CHECK_EQ(heap.free_block_count, walked_free_count);
    CHECK_EQ(heap.free_bytes, walked_free_bytes + 8 * walked_free_count);
    CHECK(arena_gaps_are_intact());
}

/* A bin leads into the free block that is about to be cut, to the very place where the header of
 * what is handed out is going to be: the gap in front of that can't be filed behind it. */
TEST(lost, the_gap_in_front_of_an_aligned_block)
{
    for (size_t gap = 32; gap <= 240; gap += 16) {
        start();
        add_range(4104);
        const uintptr_t payload = free_between(gap - 8);
        const uintptr_t next = allocate(8) + 32;
        const size_t filler = (0 - next - gap) & 255;

        if (filler != 0) {
            allocate(filler + (filler == 16 ? 256 : 0) - 8);
        }
        const uintptr_t cut = free_between(504);
        const uintptr_t into = cut - 8 + gap;
        void *out = NULL;

        exhaust();
        CHECK_EQ(release(cut), BF_OK);
        forge_free(0, into, gap);
        bend(payload, gap - 8, into);
        set_previous(cut, payload - 8);
        CHECK_EQ(bf_malloc(&heap, 264, 256, &out), BF_OK);
        CHECK_EQ((uintptr_t)out, into + 8);
        check_only_index_is_wrong(false);
        /* It is free, in no index, and merged with nobody; even where what lies in it would be
         * believed of another. */
        CHECK_REFUSED(try_allocate(gap - 8, 16), BF_CORRUPTED);
        CHECK_REFUSED(release(cut), BF_DOUBLE_FREE);
        forge_free(0, payload - 8, gap);
        set_next(payload, cut - 8);
        CHECK_REFUSED(release((uintptr_t)out), BF_CORRUPTED);
    }
}

/* The same of the rest behind it, whose bin leads to what is handed out. */
TEST(lost, the_rest_behind_an_aligned_block)
{
    start();
    add_range(4104);
    const uintptr_t payload = free_between(120);
    uintptr_t cut = free_between(600);

    while (((0 - cut) & 255) < 32 || ((0 - cut) & 255) == 128) {
        cut = free_between(600);
    }
    const size_t gap = (0 - cut) & 255;
    const size_t taken = 608 - gap - 128;
    const uintptr_t into = cut - 8 + gap;
    void *out = NULL;

    exhaust();
    CHECK_EQ(release(cut), BF_OK);
    forge_free(0, into, 128);
    bend(payload, 120, into);
    if (CHECK_EQ(bf_malloc(&heap, taken - 8, 256, &out), BF_OK)) {
        CHECK_EQ((uintptr_t)out, into + 8);
        check_only_index_is_wrong(false);
        CHECK_REFUSED(try_allocate(120, 16), BF_CORRUPTED);
        CHECK_REFUSED(release(into + 8 + taken), BF_DOUBLE_FREE);
        CHECK_REFUSED(release((uintptr_t)out), BF_CORRUPTED);
    }
}

/* A block that has been moved, where the move itself damaged the bin that the old block belongs in:
 * that led to where the rest of the new one now is. */
static void move_and_lose(bool is_last, size_t tail)
{
    start();
    add_range(4104 + tail);
    const uintptr_t payload = free_between(56);
    const uintptr_t target = free_between(600);
    uintptr_t moved = is_last ? 0 : allocate(56);
    const uintptr_t behind = is_last ? 0 : allocate(200);
    void *out = NULL;

    exhaust();
    if (is_last) {
        const struct arena *ragged = add_range(8 + 64 + tail);

        moved = allocate(56);
        CHECK_EQ(moved, (uintptr_t)ragged->begin + 16);
    }
    memset(at(moved), 0, 56);
    CHECK_EQ(release(target), BF_OK);
    forge_free(0, target - 8 + 208, 64);
    bend(payload, 56, target - 8 + 208);
    CHECK_EQ(bf_realloc(&heap, at(moved), 56, 200, 1, &out), BF_OK);
    CHECK_EQ((uintptr_t)out, target);
    check_only_index_is_wrong(false);
    CHECK_REFUSED(release(moved), BF_DOUBLE_FREE);
    if (!is_last) {
        CHECK_REFUSED(release(behind), BF_CORRUPTED);
    }
}

TEST(lost, a_block_that_was_moved)
{
    move_and_lose(false, 0);
    move_and_lose(false, 13);
}

TEST(lost, the_last_block_of_a_range_that_was_moved)
{
    move_and_lose(true, 0);
    move_and_lose(true, 13);
}

/* The same of a block of 16 bytes, which has no room for links: its move damaged the block behind,
 * which it would have been merged with. */
TEST(lost, a_sliver_that_was_moved)
{
    start();
    add_range(4104);
    const uintptr_t next = allocate(8) + 32;
    const size_t filler = (16 - next) & 63;
    void *out = NULL;

    if (filler != 0) {
        allocate(filler + (filler == 16 ? 64 : 0) - 8);
    }
    const uintptr_t cut = allocate(56);
    const uintptr_t behind = free_between(40);
    const uintptr_t top = free_between(40);
    const uintptr_t target = free_between(600);

    exhaust();
    CHECK_EQ(release(cut), BF_OK);
    CHECK_EQ(bf_malloc(&heap, 8, 64, &out), BF_OK);
    CHECK_EQ((uintptr_t)out, cut + 48);
    CHECK_EQ(allocate(40), cut);
    CHECK_EQ(release(behind), BF_OK);
    CHECK_EQ(release(top), BF_OK);
    CHECK_EQ(release(target), BF_OK);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    forge_free(0, target - 8 + 208, 48);
    set_next(target + 208, behind - 8);
    set_previous(behind, target - 8 + 208);
    CHECK_EQ(bf_realloc(&heap, out, 8, 200, 1, &out), BF_OK);
    CHECK_EQ((uintptr_t)out, target);
    check_only_index_is_wrong(true);
    CHECK_REFUSED(release(cut + 48), BF_DOUBLE_FREE);
}

/* -- tries ----------------------------------------------------------------------------------- */

static size_t size_of_class(size_t size_class)
{
    return stride_of_class(size_class) - 8;
}

static void set_child(uintptr_t payload, unsigned child, uintptr_t target)
{
    block_set_link(payload - 8, LINK_CHILD + child, target);
}

/* Only where tries begin with sizes that the arenas here have room for. */
#define HAS_SMALL_TRIES (EXACT_BINS <= 64)

TEST(trie, a_damaged_node_is_seen_by_who_would_take_it)
{
    for (size_t more = 0; HAS_SMALL_TRIES && more <= 20; more += 5) {
        for (int damage = 0; damage < 3; damage++) {
            start();
            add_range(4104);
            const uintptr_t node = free_between(size_of_class(EXACT_BINS + more));

            exhaust();
            CHECK_EQ(release(node), BF_OK);
            if (damage == 0) {
                header_write(node - 8, header_read(node - 8) ^ (uint64_t)1 << 63);
            } else if (damage == 1) {
                set_next(node, 0);
            } else {
                set_child(node, 0, node - 32);
            }
            CHECK_REFUSED(try_allocate(size_of_class(EXACT_BINS + more), 16), BF_CORRUPTED);
            CHECK_REFUSED(try_allocate(size_of_class(EXACT_BINS), 16), BF_CORRUPTED);
            CHECK_REFUSED(try_allocate(size_of_class(EXACT_BINS) - 32, 16), BF_CORRUPTED);
            CHECK_REFUSED(try_allocate(1, 16), BF_CORRUPTED);
        }
    }
}

/* The root of a trie, whose link to the smaller child, where there is none, is bent to the other
 * one. Each node is what it should be; but when the root is removed, the other one becomes its own
 * child, and nothing below it is in reach any more. */
struct bent_trie {
    uintptr_t front; /* below other, live for now */
    uintptr_t block; /* live, in front of the root */
    uintptr_t root;
    uintptr_t other;
};

static void bend_trie(struct bent_trie *trie, bool has_front)
{
    start();
    add_range(8200);
    trie->front = allocate(size_of_class(EXACT_BINS + 20));
    trie->block = allocate(24);
    trie->root = free_between(size_of_class(EXACT_BINS + 8));
    trie->other = free_between(size_of_class(EXACT_BINS + 18));
    exhaust();
    CHECK_EQ(release(trie->root), BF_OK);
    CHECK_EQ(release(trie->other), BF_OK);
    if (has_front) {
        CHECK_EQ(release(trie->front), BF_OK);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    set_child(trie->root, 0, trie->other - 8);
}

/* What was lost has been filed nowhere. */
static void check_bent_trie(const struct bent_trie *trie)
{
    CHECK_EQ(heap.bins[bin_of_class(EXACT_BINS)], trie->other - 8);
    CHECK_EQ(block_link(trie->other - 8, LINK_NEXT), trie->other - 8);
    CHECK_REFUSED(try_allocate(size_of_class(EXACT_BINS), 16), BF_CORRUPTED);
}

TEST(lost, the_rest_of_a_block_of_a_trie)
{
    for (size_t needed = 96; HAS_SMALL_TRIES && needed <= 128; needed += 16) {
        struct bent_trie trie;

        bend_trie(&trie, false);
        CHECK_EQ(allocate(needed - 8), trie.root);
        check_only_index_is_wrong(false);
        check_bent_trie(&trie);
        CHECK_REFUSED(release(trie.root), BF_CORRUPTED);
    }
}

TEST(lost, a_block_that_is_merged_with_one_of_a_trie)
{
    if (HAS_SMALL_TRIES) {
        struct bent_trie trie;

        bend_trie(&trie, false);
        CHECK_EQ(release(trie.block), BF_OK);
        check_only_index_is_wrong(false);
        check_bent_trie(&trie);
        CHECK_REFUSED(release(trie.block), BF_DOUBLE_FREE);
        CHECK_REFUSED(release(trie.front), BF_CORRUPTED);
    }
}

/* Both neighbours are in the trie, and with the one behind the one in front is out of reach: that
 * stays apart. */
TEST(lost, a_block_between_two_of_a_trie)
{
    if (HAS_SMALL_TRIES) {
        struct bent_trie trie;

        bend_trie(&trie, true);
        CHECK_EQ(release(trie.block), BF_OK);
        check_only_index_is_wrong(true);
        check_bent_trie(&trie);
        CHECK_EQ(header_stride(header_read(trie.front - 8)), stride_of_class(EXACT_BINS + 20));
        CHECK_EQ(header_stride(header_read(trie.block - 8)), 32 + stride_of_class(EXACT_BINS + 8));
        CHECK_REFUSED(release(trie.block), BF_DOUBLE_FREE);
        CHECK_REFUSED(release(trie.front), BF_DOUBLE_FREE);
    }
}

TESTS_BEGIN
ENTRY(place, a_block_that_does_not_end_in_its_range_is_not_believed)
ENTRY(place, outside_of_the_ranges_nothing_is_believed)
ENTRY(place, a_header_that_would_be_right_in_another_range_is_not_believed)
ENTRY(place, paranoid_hardening_is_exact)
ENTRY(link, to_no_address_is_not_followed)
ENTRY(link, to_a_block_of_another_size_is_not_followed)
ENTRY(link, to_a_block_whose_size_field_is_none_is_not_followed)
ENTRY(link, to_a_block_that_is_all_in_front_of_the_alignment_is_not_followed)
ENTRY(link, to_a_block_that_was_absorbed_is_not_followed)
ENTRY(header, of_zeros_is_no_free_block)
ENTRY(header, on_top_of_a_bin_is_looked_at_by_who_adds_to_it)
ENTRY(header, of_a_neighbour_is_looked_at_when_a_block_is_merged)
ENTRY(link, of_what_a_block_would_grow_into_is_looked_at)
ENTRY(lost, the_gap_in_front_of_an_aligned_block)
ENTRY(lost, the_rest_behind_an_aligned_block)
ENTRY(lost, a_block_that_was_moved)
ENTRY(lost, the_last_block_of_a_range_that_was_moved)
ENTRY(lost, a_sliver_that_was_moved)
ENTRY(trie, a_damaged_node_is_seen_by_who_would_take_it)
ENTRY(lost, the_rest_of_a_block_of_a_trie)
ENTRY(lost, a_block_that_is_merged_with_one_of_a_trie)
ENTRY(lost, a_block_between_two_of_a_trie)
TESTS_END
