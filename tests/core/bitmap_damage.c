/* SPDX-License-Identifier: MIT
 *
 * bf_check of the bitmap index at its edges: the first and the last bin of a word of bits, tries as
 * deep as they can be, and damage that breaks one rule and no other, with the place where it must
 * be reported. The core is compiled in, as such damage has right checksums, counts and bits.
 */
#define BF_PREFIX damage_
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_damage"
#include "check.h"

/* Of the largest profile a trie as deep as can be has blocks of 1 MiB and more. Most of it is never
 * touched. */
#define POOL_BYTES ((size_t)24 << 20)
static _Alignas(16) unsigned char pool[POOL_BYTES];
static size_t pool_used;
static struct bf_heap heap;

static void start(void)
{
    pool_used = 0;
    CHECK_EQ(bf_init(&heap, 123), BF_OK);
}

/* A range whose only block has a stride, and the header of that block. */
static uintptr_t add_block(size_t stride)
{
    unsigned char *begin = pool + pool_used;

    pool_used += stride + 16;
    if (!CHECK(pool_used <= POOL_BYTES)) {
        return 0;
    }
    CHECK_EQ(bf_add_range(&heap, begin, begin + 8 + stride), BF_OK);
    return (uintptr_t)begin + 8;
}

/* The same, handed out; its payload is all zeros. */
static uintptr_t add_live_block(size_t stride)
{
    const uintptr_t block = add_block(stride);
    void *out = NULL;

    CHECK_EQ(bf_malloc(&heap, stride - 8, 1, &out), BF_OK);
    CHECK_EQ((uintptr_t)out, block + 8);
    memset(out, 0, stride - 8);
    return block;
}

static void forge(uintptr_t block, uint64_t header)
{
    header_write(block, header_seal(&heap, range_of_block(&heap, block), block, header));
}

/* block: the header where it shows; 0: the heap itself. */
static void check_fault(unsigned invariant, uintptr_t block)
{
    struct bf_fault fault = {0, NULL, NULL, 0, 0};

    CHECK_EQ(bf_check(&heap, &fault), BF_CORRUPTED);
    CHECK_EQ(fault.invariant, invariant);
    CHECK_EQ((uintptr_t)fault.block, block);
    CHECK((fault.range_index == SIZE_MAX) == (block == 0));
}

/* -- what is sound at the edges -------------------------------------------------------------- */

TEST(sound, a_heap_of_one_free_block_of_any_small_size)
{
    for (size_t size_class = 0; size_class < 300; size_class++) {
        start();
        add_block(stride_of_class(size_class));
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

TEST(sound, a_heap_of_two_free_blocks_of_neighbouring_sizes)
{
    for (size_t size_class = 1; size_class < 300; size_class++) {
        start();
        add_block(stride_of_class(size_class));
        add_block(stride_of_class(size_class - 1));
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

/* What calls have failed is believed, whatever it says. */
TEST(sound, any_count_of_failures)
{
    start();
    add_block(48);
    add_block(8192);
    for (size_t i = 0; i < BF_STATUS_COUNT; i++) {
        heap.failed_counts[i] = (size_t)&heap;
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

/* The classes of a trie with a node for each bit of its keys: each node shares one bit more with
 * the last than the one before. */
static size_t deepest_class(unsigned level)
{
    const unsigned bits = bin_key_bits(EXACT_BINS);
    const size_t all = ((size_t)1 << bits) - 1;

    return EXACT_BINS + (all & ~(all >> level));
}

TEST(sound, a_trie_as_deep_as_its_keys_have_bits)
{
    const unsigned bits = bin_key_bits(EXACT_BINS);
    uintptr_t blocks[WORD_BITS];

    start();
    for (unsigned level = 0; level <= bits; level++) {
        blocks[level] = add_block(stride_of_class(deepest_class(level)));
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
    CHECK_EQ(heap.bins[bin_of_class(EXACT_BINS)], blocks[0]);
    for (unsigned level = 0; level < bits; level++) {
        CHECK_EQ(block_link(blocks[level], LINK_OTHER_CHILD), blocks[level + 1]);
    }
    /* And taken apart again, smallest first. */
    for (unsigned level = 0; level <= bits; level++) {
        void *out = NULL;

        CHECK_EQ(bf_malloc(&heap, stride_of_class(deepest_class(level)) - 8, 1, &out), BF_OK);
        CHECK_EQ((uintptr_t)out, blocks[level] + 8);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

/* -- I6, I13 --------------------------------------------------------------------------------- */

TEST(I6, a_request_of_nothing)
{
    for (size_t stride = 32; stride <= 48; stride += 16) {
        start();
        const uintptr_t block = add_live_block(stride);

        forge(block, header_make_live(stride, 0, HEADER_LAST));
        check_fault(6, block);
    }
}

/* A live block of the right size whose payload reads as links. */
TEST(I13, a_stack_that_leads_to_a_live_block)
{
    start();
    const uintptr_t other = add_live_block(64);

    add_block(64);
    const uintptr_t second = add_block(64);

    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    block_set_link(other, LINK_NEXT, STACK_END);
    block_set_link(other, LINK_PREVIOUS, second);
    block_set_link(second, LINK_NEXT, other);
    check_fault(13, second);
}

/* -- I14 ------------------------------------------------------------------------------------- */

static void node_write(uintptr_t node, uintptr_t child, uintptr_t other_child)
{
    block_set_link(node, LINK_NEXT, node);
    block_set_link(node, LINK_PREVIOUS, node);
    block_set_link(node, LINK_CHILD, child);
    block_set_link(node, LINK_OTHER_CHILD, other_child);
}

static const size_t trie_bin = EXACT_BINS; /* the first that is no stack */

TEST(I14, a_node_above_a_smaller_one)
{
    start();
    const uintptr_t small = add_block(stride_of_class(deepest_class(0)));
    const uintptr_t large = add_block(stride_of_class(deepest_class(1)));

    CHECK_EQ(heap.bins[trie_bin], small);
    heap.bins[trie_bin] = large;
    node_write(large, small, 0);
    node_write(small, 0, 0);
    check_fault(14, large);
}

TEST(I14, a_node_above_one_of_the_same_size)
{
    start();
    const uintptr_t one = add_block(stride_of_class(deepest_class(0)));
    const uintptr_t other = add_block(stride_of_class(deepest_class(0)));

    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    heap.bins[trie_bin] = one;
    node_write(one, other, 0);
    node_write(other, 0, 0);
    check_fault(14, one);
}

TEST(I14, a_node_in_the_bin_of_other_sizes)
{
    start();
    const uintptr_t node = add_block(stride_of_class(deepest_class(0)));

    heap.bins[trie_bin] = 0;
    bin_unmark(&heap, trie_bin);
    heap.bins[trie_bin + 1] = node;
    bin_mark(&heap, trie_bin + 1);
    check_fault(14, 0);
}

/* The node that was met last before the fault is where it shows. */
TEST(I14, links_that_lead_nowhere)
{
    start();
    const uintptr_t root = add_block(stride_of_class(deepest_class(0)));
    const uintptr_t below = add_block(stride_of_class(deepest_class(1)));
    const uintptr_t live = add_live_block(64);

    heap.bins[trie_bin] = live;
    check_fault(14, 0);
    heap.bins[trie_bin] = root;
    block_set_link(root, LINK_OTHER_CHILD, live);
    check_fault(14, root);
    block_set_link(root, LINK_OTHER_CHILD, below);
    block_set_link(below, LINK_CHILD, live);
    check_fault(14, below);
    block_set_link(below, LINK_CHILD, 0);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

/* -- I15, I16 -------------------------------------------------------------------------------- */

static void set_tail_link(uintptr_t block, uintptr_t next)
{
    word_write(block_footer(block, header_stride(header_read(block))), next);
}

TEST(I15, a_chain_that_leads_to_a_live_block)
{
    start();
    add_block(48);
    const uintptr_t live = add_live_block(64);
    const uintptr_t head = add_block(48);

    CHECK_EQ(heap.tail_head, head);
    set_tail_link(head, live);
    check_fault(15, head);
}

/* A header with all that a free last block has, in the payload of a live one. */
static uintptr_t forge_last(uintptr_t live)
{
    const uintptr_t forged = live + 64;
    const size_t stride = header_stride(header_read(live)) - 64;

    forge(forged, header_make_free(stride, 0, HEADER_LAST));
    return forged;
}

TEST(I15, a_forged_block_in_the_place_of_one)
{
    start();
    add_block(48);
    const uintptr_t live = add_live_block(128);
    const uintptr_t head = add_block(48);
    const uintptr_t forged = forge_last(live);

    set_tail_link(forged, 0);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    set_tail_link(head, forged);
    check_fault(15, 0);
}

TEST(I16, a_forged_block_in_the_place_of_a_free_one)
{
    start();
    add_block(64);
    const uintptr_t live = add_live_block(128);
    const uintptr_t top = add_block(64);
    const uintptr_t forged = forge_last(live);

    block_set_link(forged, LINK_NEXT, STACK_END);
    block_set_link(forged, LINK_PREVIOUS, top);
    set_tail_link(forged, 0);
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    block_set_link(top, LINK_NEXT, forged);
    check_fault(16, 0);
}

TESTS_BEGIN
ENTRY(sound, a_heap_of_one_free_block_of_any_small_size)
ENTRY(sound, a_heap_of_two_free_blocks_of_neighbouring_sizes)
ENTRY(sound, any_count_of_failures)
ENTRY(sound, a_trie_as_deep_as_its_keys_have_bits)
ENTRY(I6, a_request_of_nothing)
ENTRY(I13, a_stack_that_leads_to_a_live_block)
ENTRY(I14, a_node_above_a_smaller_one)
ENTRY(I14, a_node_above_one_of_the_same_size)
ENTRY(I14, a_node_in_the_bin_of_other_sizes)
ENTRY(I14, links_that_lead_nowhere)
ENTRY(I15, a_chain_that_leads_to_a_live_block)
ENTRY(I15, a_forged_block_in_the_place_of_one)
ENTRY(I16, a_forged_block_in_the_place_of_a_free_one)
TESTS_END
