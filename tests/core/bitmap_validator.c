/* SPDX-License-Identifier: MIT
 *
 * bf_check of the bitmap index, invariant by invariant: each is broken by hand, and the report must
 * name it. Then exhaustively: of a small heap every bit of every header, link, footer and bin. The
 * core is compiled in, as headers are broken here with a checksum that is right again.
 */
#define BF_PREFIX validator_
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_validator"
#include "check.h"

#include "arena.h"

static struct bf_heap heap;
static uintptr_t blocks[9]; /* headers: live and free in turn, the last one free and ragged */
#define BLOCK_COUNT 9

/* Strides of the free ones: 48, 48, 96, 96 and the last; so that stacks, and in a build with few
 * bins tries and rings, have more than one block. */
static void start(void)
{
    static const size_t sizes[8] = {20, 40, 33, 40, 24, 88, 1, 88};
    void *out[8];

    arena_reset();
    const struct arena *arena = arena_take(900);

    memset(arena->begin, 0, 900);
    CHECK_EQ(bf_init(&heap, 77), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    for (size_t i = 0; i < 8; i++) {
        CHECK_EQ(bf_malloc(&heap, sizes[i], 1, &out[i]), BF_OK);
        blocks[i] = (uintptr_t)out[i] - 8;
    }
    /* So that the last block is behind a live one. */
    void *fence = NULL;

    CHECK_EQ(bf_malloc(&heap, 5, 1, &fence), BF_OK);
    blocks[8] = (uintptr_t)fence + 24;
    for (size_t i = 1; i < 8; i += 2) {
        CHECK_EQ(bf_free(&heap, out[i], sizes[i]), BF_OK);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* The invariant, and where it shows: the header of a block and its range, 0 and SIZE_MAX where it
 * is the heap itself, 0 and a range where it is that. */
static void check_fault(unsigned invariant, uintptr_t block, size_t range_index)
{
    static struct snapshot before;
    struct bf_fault fault = {0, NULL, NULL, 0, 0};

    snapshot_save(&before, &heap);
    CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
    CHECK(snapshot_equals(&before, &heap, 0));
    CHECK_EQ(fault.invariant, invariant);
    CHECK(fault.reason != NULL && strlen(fault.reason) > 10);
    CHECK_EQ((uintptr_t)fault.block, block);
    CHECK_EQ(fault.range_index, range_index);
    CHECK_EQ(fault.offset_bytes, block == 0 ? 0 : block - heap.ranges[range_index].begin);
    CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
}

/* Writes a header with the checksum that belongs to it. */
static void forge(uintptr_t block, uint64_t header)
{
    header_write(block, header_seal(&heap, &heap.ranges[0], block, header & ~HEADER_CHECK_MASK) |
                            (header & HEADER_PREVIOUS_FREE));
}

TEST(I1, more_ranges_than_the_table_holds)
{
    start();
    heap.range_count = BF_RANGES_MAX + 1;
    check_fault(1, 0, SIZE_MAX);
    heap.range_count = SIZE_MAX;
    check_fault(1, 0, SIZE_MAX);
}

TEST(I2, a_range_that_cannot_be)
{
    start();
    const struct bf_range sound = heap.ranges[0];

    heap.ranges[0].begin = 0;
    check_fault(2, 0, 0);
    heap.ranges[0].begin = sound.begin + 8;
    check_fault(2, 0, 0);
    heap.ranges[0].begin = sound.begin;
    heap.ranges[0].end = sound.begin - 16;
    check_fault(2, 0, 0);
    heap.ranges[0].end = sound.begin + BF_RANGE_BYTES_MIN - 1;
    check_fault(2, 0, 0);
    heap.ranges[0] = sound;
    /* The same of ranges whose last units are right. */
    heap.ranges[0].begin = 0;
    heap.ranges[0].end = 900;
    check_fault(2, 0, 0);
    heap.ranges[0].begin = sound.begin;
    heap.ranges[0].end = sound.begin + BF_RANGE_BYTES_MIN - 1;
    heap.ranges[0].last_unit = 0;
    check_fault(2, 0, 0);
    heap.ranges[0] = sound;
    heap.ranges[0].last_unit++;
    check_fault(2, 0, 0);
    heap.ranges[0] = sound;
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
#if SIZE_MAX > 0xffffffffu
    /* One byte too long, and all else as it must be. */
    heap.ranges[0].end = sound.begin + BF_RANGE_BYTES_MAX + 1;
    heap.ranges[0].last_unit = (BF_RANGE_BYTES_MAX + 1 - 8) / 16 - 1;
    check_fault(2, 0, 0);
#endif
    /* The second of two. */
    heap.ranges[0] = sound;
    heap.ranges[1] = sound;
    heap.ranges[1].begin = 0;
    heap.range_count = 2;
    check_fault(2, 0, 1);
}

TEST(I3, ranges_that_share_a_byte)
{
    start();
    heap.ranges[1] = heap.ranges[0];
    heap.range_count = 2;
    check_fault(3, 0, 1);
    /* The third and the second, but not the first. */
    start();
    const struct arena *arena = arena_take(64);

    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    heap.ranges[2] = heap.ranges[1];
    heap.range_count = 3;
    check_fault(3, 0, 2);
}

TEST(I4, a_stride_that_does_not_tile_its_range)
{
    start();
    forge(blocks[2], header_read(blocks[2]) & ~HEADER_STRIDE_MASK);
    check_fault(4, blocks[2], 0);
    start();
    forge(blocks[2], header_read(blocks[2]) + 4096);
    check_fault(4, blocks[2], 0);
    start();
    forge(blocks[2], header_read(blocks[2]) | HEADER_LAST);
    check_fault(4, blocks[2], 0);
    start();
    forge(blocks[8], header_read(blocks[8]) & ~HEADER_LAST);
    check_fault(4, blocks[8], 0);
}

TEST(I5, a_header_that_is_not_sealed)
{
    start();
    header_write(blocks[2], header_read(blocks[2]) ^ (uint64_t)1 << HEADER_CHECK_SHIFT);
    check_fault(5, blocks[2], 0);
    start();
    header_write(blocks[8], header_read(blocks[8]) ^ (uint64_t)1 << 63);
    check_fault(5, blocks[8], 0);
}

TEST(I6, a_size_that_malloc_does_not_leave)
{
    const uint64_t one = (uint64_t)1 << HEADER_SIZE_SHIFT;
    const uint64_t field = HEADER_SIZE_MASK << HEADER_SIZE_SHIFT;

    start();
    forge(blocks[2], (header_read(blocks[2]) & ~field) + 15 * one);
    check_fault(6, blocks[2], 0);
    forge(blocks[2], (header_read(blocks[2]) & ~field) + 63 * one);
    check_fault(6, blocks[2], 0);
    start();
    forge(blocks[1], (header_read(blocks[1]) & ~field) + one);
    check_fault(6, blocks[1], 0);
    start();
    forge(blocks[8], header_read(blocks[8]) - one);
    check_fault(6, blocks[8], 0);
}

TEST(I7, a_block_that_is_wrong_about_the_one_in_front)
{
    start();
    forge(blocks[2], header_read(blocks[2]) ^ HEADER_PREVIOUS_FREE);
    check_fault(7, blocks[2], 0);
    start();
    forge(blocks[0], header_read(blocks[0]) | HEADER_PREVIOUS_FREE);
    check_fault(7, blocks[0], 0);
    start();
    forge(blocks[8], header_read(blocks[8]) | HEADER_PREVIOUS_FREE);
    check_fault(7, blocks[8], 0);
}

TEST(I8, two_free_neighbours)
{
    start();
    forge(blocks[2],
          header_make_free(header_stride(header_read(blocks[2])), 0, 0) | HEADER_PREVIOUS_FREE);
    check_fault(8, blocks[2], 0);
}

TEST(I9, a_footer_that_is_not_the_stride)
{
    start();
    word_write(block_footer(blocks[1], 48), 64);
    check_fault(9, blocks[1], 0);
}

TEST(I10, counters_of_free_blocks)
{
    start();
    heap.free_block_count++;
    check_fault(10, 0, SIZE_MAX);
    start();
    heap.free_bytes--;
    check_fault(10, 0, SIZE_MAX);
}

TEST(I11, counters_of_live_blocks)
{
    start();
    heap.live_block_count++;
    check_fault(11, 0, SIZE_MAX);
    start();
    heap.live_bytes--;
    check_fault(11, 0, SIZE_MAX);
    start();
    heap.peak_live_bytes = heap.live_bytes - 1;
    check_fault(11, 0, SIZE_MAX);
}

TEST(I12, every_bit_of_the_bitmap)
{
    start();
    for (size_t i = 0; i < BF_LEAF_COUNT; i++) {
        for (size_t bit = 0; bit < BF_WORD_BITS; bit += i == 0 ? 1 : 7) {
            heap.leaves[i] ^= (size_t)1 << bit;
            if (!CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED)) {
                return;
            }
            heap.leaves[i] ^= (size_t)1 << bit;
        }
    }
    for (size_t i = 0; i < BF_TOP_COUNT; i++) {
        for (size_t bit = 0; bit < BF_WORD_BITS; bit++) {
            heap.tops[i] ^= (size_t)1 << bit;
            check_fault(12, 0, SIZE_MAX);
            heap.tops[i] ^= (size_t)1 << bit;
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TEST(I12, a_bin_that_lost_its_blocks)
{
    start();
    heap.bins[class_of_stride(48)] = 0;
    check_fault(12, 0, SIZE_MAX);
}

/* The blocks of stride 48: number 3 on top of number 1. */
TEST(I13, a_link_of_a_stack_that_leads_astray)
{
    static const ptrdiff_t wrong[] = {16, 48, 0};

    for (size_t i = 0; i < 3; i++) {
        start();
        CHECK_EQ(heap.bins[class_of_stride(48)], blocks[3]);
        block_set_link(blocks[3], LINK_NEXT, blocks[3] + (uintptr_t)wrong[i]);
        check_fault(13, blocks[3], 0);
    }
    start();
    block_set_link(blocks[1], LINK_PREVIOUS, blocks[5]);
    check_fault(13, blocks[3], 0);
    start();
    heap.bins[class_of_stride(48)] = blocks[5];
    check_fault(13, 0, SIZE_MAX);
    start();
    block_set_link(blocks[1], LINK_NEXT, blocks[3]);
    check_fault(13, blocks[1], 0);
}

TEST(I15, a_chain_of_tails_that_is_wrong)
{
    start();
    CHECK_EQ(heap.tail_head, blocks[8]);
    heap.tail_head = 0;
    check_fault(15, 0, SIZE_MAX);
    heap.tail_head = blocks[7];
    check_fault(15, 0, SIZE_MAX);
    start();
    word_write(block_footer(blocks[8], header_stride(header_read(blocks[8]))), blocks[8]);
    check_fault(15, blocks[8], 0);
}

TEST(I16, a_stack_that_lost_a_block)
{
    start();
    block_set_link(blocks[3], LINK_NEXT, STACK_END);
    check_fault(16, 0, SIZE_MAX);
    start();
    block_set_link(blocks[3], LINK_NEXT, 0);
    check_fault(13, blocks[3], 0);
    start();
    heap.bins[class_of_stride(48)] = blocks[1];
    check_fault(16, 0, SIZE_MAX);
}

/* A header that is all that a free block's is, in the middle of a payload, in the place of one that
 * is free: the count is right, the sum is not. */
/* The sum of the hashes tells sets apart that have as many addresses, and the same sum of them. */
TEST(I16, other_addresses_have_another_sum)
{
    const uintptr_t base = (uintptr_t)arena_pool + 8;
    size_t alike = 0;
    size_t count = 0;

    for (uintptr_t one = 0; one < 64; one++) {
        for (uintptr_t other = one + 1; other < 64; other++) {
            for (uintptr_t step = 1; step <= one && other + step < 64; step++) {
                alike += address_hash(base + 16 * one) + address_hash(base + 16 * other) ==
                         address_hash(base + 16 * (one - step)) +
                             address_hash(base + 16 * (other + step));
                count++;
            }
        }
    }
    CHECK(count > 10000);
    CHECK(alike <= count / 1000); /* of 64 bits none, of 32 a few */
}

TEST(I16, a_forged_block_in_the_place_of_a_free_one)
{
    start();
    const uintptr_t place = blocks[5] + 16;

    forge(place, 48);
    block_set_link(place, LINK_NEXT, STACK_END);
    block_set_link(place, LINK_PREVIOUS, blocks[3]);
    block_set_link(blocks[3], LINK_NEXT, place);
    CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
}

/* -- exhaustively ---------------------------------------------------------------------------- */

static void flip(uintptr_t address, unsigned bit)
{
    unsigned char *byte = (unsigned char *)address; /* NOLINT(performance-no-int-to-ptr) */

    *byte ^= (unsigned char)(1u << bit);
}

/* Bytes of the links and the footer of a free block that mean something. */
static bool is_used(uintptr_t block, size_t offset)
{
    const size_t word = sizeof(uintptr_t);
    const uint64_t header = header_read(block);
    const size_t size_class = class_of_stride(header_stride(header));
    const bool is_top = size_class < EXACT_BINS && heap.bins[size_class] == block;
    const size_t footer = header_stride(header) - word;

    if (offset < 8 + word || (offset >= footer && offset < footer + word)) {
        return true;
    }
    if (offset < 8 + 2 * word) {
        return !is_top;
    }
    return size_class >= EXACT_BINS && offset < 8 + 4 * word;
}

TEST(every, bit_of_headers_links_and_footers_is_guarded)
{
    start();
    for (size_t i = 0; i < BLOCK_COUNT; i++) {
        const uint64_t header = header_read(blocks[i]);
        const size_t end = header_is_live(header) ? 8 : header_stride(header);

        for (size_t offset = 0; offset < end; offset++) {
            for (unsigned bit = 0; bit < 8 && check_failure_count < 3; bit++) {
                const bool is_guarded = offset < 8 || is_used(blocks[i], offset);

                flip(blocks[i] + offset, bit);
                if (!CHECK_EQ(bf_check(&heap, NULL), is_guarded ? BF_CORRUPTED : BF_OK)) {
                    printf("block %lu, byte %lu, bit %u\n", (unsigned long)i, (unsigned long)offset,
                           bit);
                }
                flip(blocks[i] + offset, bit);
            }
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* A trie of six sizes and rings of two, in ranges of the largest blocks that the pool has. */
TEST(I14, every_bit_of_the_links_of_a_trie)
{
    static const size_t sizes[] = {5000, 5100, 5400, 5000, 5900, 5100, 5016};
    const size_t class_of_any = class_of_request(5000);
    uintptr_t nodes[7];

    if (class_of_any < EXACT_BINS) {
        return; /* no trie for these in this profile */
    }
    arena_reset();
    CHECK_EQ(bf_init(&heap, 99), BF_OK);
    for (size_t i = 0; i < 7; i++) {
        const struct arena *arena = arena_take(16 + (sizes[i] + 8 + 15) / 16 * 16);

        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
        nodes[i] = (uintptr_t)arena->begin + 8;
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    size_t exchanged = 0;

    for (size_t i = 0; i < 7; i++) {
        const uintptr_t child = block_link(nodes[i], LINK_CHILD);
        const uintptr_t other = block_link(nodes[i], LINK_OTHER_CHILD);

        if (!trie_is_on_ring(nodes[i]) && child != other) {
            node_set_children(nodes[i], other, child); /* whole, but each in the wrong place */
            CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
            node_set_children(nodes[i], child, other);
            exchanged++;
        }
    }
    CHECK(exchanged >= 2);
    for (size_t i = 0; i < 7; i++) {
        const bool is_on_ring = trie_is_on_ring(nodes[i]);

        for (size_t offset = 8; offset < 8 + 4 * sizeof(uintptr_t); offset++) {
            const bool is_child = offset >= 8 + 3 * sizeof(uintptr_t);

            for (unsigned bit = 0; bit < 8; bit++) {
                flip(nodes[i] + offset, bit);
                CHECK_EQ(bf_check(&heap, NULL), is_on_ring && is_child ? BF_OK : BF_CORRUPTED);
                flip(nodes[i] + offset, bit);
            }
        }
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TESTS_BEGIN
ENTRY(I1, more_ranges_than_the_table_holds)
ENTRY(I2, a_range_that_cannot_be)
ENTRY(I3, ranges_that_share_a_byte)
ENTRY(I4, a_stride_that_does_not_tile_its_range)
ENTRY(I5, a_header_that_is_not_sealed)
ENTRY(I6, a_size_that_malloc_does_not_leave)
ENTRY(I7, a_block_that_is_wrong_about_the_one_in_front)
ENTRY(I8, two_free_neighbours)
ENTRY(I9, a_footer_that_is_not_the_stride)
ENTRY(I10, counters_of_free_blocks)
ENTRY(I11, counters_of_live_blocks)
ENTRY(I12, every_bit_of_the_bitmap)
ENTRY(I12, a_bin_that_lost_its_blocks)
ENTRY(I13, a_link_of_a_stack_that_leads_astray)
ENTRY(I14, every_bit_of_the_links_of_a_trie)
ENTRY(I15, a_chain_of_tails_that_is_wrong)
ENTRY(I16, a_stack_that_lost_a_block)
ENTRY(I16, other_addresses_have_another_sum)
ENTRY(I16, a_forged_block_in_the_place_of_a_free_one)
ENTRY(every, bit_of_headers_links_and_footers_is_guarded)
TESTS_END
