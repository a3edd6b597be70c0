/* SPDX-License-Identifier: MIT
 *
 * Headers that are wrong in one thing each, checksum or place, and what comes across them; and what
 * the checksum depends on.
 */
#define BF_PREFIX seal_
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "bitmap_seal"
#include "check.h"

#include "arena.h"

static struct bf_heap heap;

static uintptr_t allocate(size_t size)
{
    void *out = NULL;

    CHECK_EQ(bf_malloc(&heap, size, 1, &out), BF_OK);
    return (uintptr_t)out - 8;
}

#if IS_HARDENED
static void *payload_of(uintptr_t block)
{
    return (void *)(block + 8); /* NOLINT(performance-no-int-to-ptr) */
}

/* The checksum with all else as it is, of one that has been damaged. */
static void spoil(uintptr_t block)
{
    header_write(block, header_read(block) ^ (uint64_t)1 << 63);
}
#endif

/* Also of the second range, where no fast way leads. */
static void start(void)
{
    arena_reset();
    CHECK_EQ(bf_init(&heap, 31), BF_OK);
    for (size_t i = 0; i < 2; i++) {
        const struct arena *arena = arena_take(i == 0 ? 48 : 4096);

        memset(arena->begin, 0, (size_t)(arena->end - arena->begin));
        CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    }
    allocate(1);
}

#if IS_HARDENED
static struct snapshot before;

#define CHECK_REFUSED(call)                                                                        \
    do {                                                                                           \
        snapshot_save(&before, &heap);                                                             \
        CHECK_EQ(call, BF_CORRUPTED);                                                              \
        CHECK(snapshot_equals(&before, &heap, 1));                                                 \
    } while (0)

TEST(checksum, of_a_free_block_is_looked_at_before_it_is_handed_out)
{
    for (size_t size = 40; size <= 1400; size += 1360) {
        void *out = NULL;

        start();
        const uintptr_t block = allocate(size);

        allocate(1);
        CHECK_EQ(bf_free(&heap, payload_of(block), size), BF_OK);
        spoil(block);
        CHECK_REFUSED(bf_malloc(&heap, size, 1, &out));
        CHECK_REFUSED(bf_malloc(&heap, size - 20, 1, &out));
        spoil(block);
        CHECK_EQ(bf_malloc(&heap, size, 1, &out), BF_OK);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

TEST(checksum, of_a_free_neighbour_is_looked_at_before_it_is_merged)
{
    for (size_t is_front = 0; is_front < 2; is_front++) {
        start();
        const uintptr_t front = allocate(40);
        const uintptr_t behind = allocate(40);

        allocate(1);
        const uintptr_t freed = is_front ? front : behind;
        const uintptr_t live = is_front ? behind : front;

        CHECK_EQ(bf_free(&heap, payload_of(freed), 40), BF_OK);
        spoil(freed);
        CHECK_REFUSED(bf_free(&heap, payload_of(live), 40));
        spoil(freed);
        CHECK_EQ(bf_free(&heap, payload_of(live), 40), BF_OK);
        CHECK_EQ(bf_check(&heap, NULL), BF_OK);
    }
}

/* A header that is sealed, and too long for where it is. */
TEST(place, of_a_free_block_that_passes_its_range_is_not_believed)
{
    void *out = NULL;

    start();
    const uintptr_t block = allocate(40);

    allocate(1);
    CHECK_EQ(bf_free(&heap, payload_of(block), 40), BF_OK);
    header_write(block, header_seal(&heap, &heap.ranges[1], block, header_make_free(8192, 0, 0)));
    CHECK_REFUSED(bf_malloc(&heap, 40, 1, &out));
}

/* A header that is copied to another place is believed with the odds of the checksum, under
 * another key at other distances: there is no distance at which it always is. */
TEST(key, decides_at_which_distance_a_copy_is_believed)
{
    enum { DISTANCES = 1 << 18 };
    const uint64_t keys[2] = {12345, 0x7fffabcdu};
    size_t once = 0;
    size_t always = 0;

    for (size_t distance = 1; distance < DISTANCES; distance++) {
        size_t count = 0;

        for (size_t i = 0; i < 2; i++) {
            const uintptr_t key = (uintptr_t)keys[i];

            /* The ten bits that are fewest. */
            count += stride_hash(64, key, 7) >> 54 == stride_hash(64, key, 7 + distance) >> 54;
        }
        once += count == 1;
        always += count == 2;
    }
    CHECK(once > 100);
    CHECK(always <= once / 10);
}

/* Each bit of the checksum is 0 with some keys and 1 with others. */
TEST(key, changes_every_bit_of_the_checksum)
{
    uint64_t ever = 0;
    uint64_t always = UINT64_MAX;

    for (uintptr_t key = 0; key < 4096; key++) {
        CHECK_EQ(bf_init(&heap, key * 40503u), BF_OK);
        range_set(&heap.ranges[0], 1024, 4096);
        const uint64_t header = header_seal(&heap, &heap.ranges[0], 1024 + 8, 64);

        ever |= header;
        always &= header;
    }
    CHECK_EQ(ever & HEADER_CHECK_MASK, HEADER_CHECK_MASK);
    CHECK_EQ(always & HEADER_CHECK_MASK, 0);
}
#endif

/* At every level of hardening. */
TEST(check, tells_of_every_bit_of_a_header)
{
    start();
    const uintptr_t block = allocate(40);

    allocate(1);
    for (unsigned bit = 0; bit < 64; bit++) {
        header_write(block, header_read(block) ^ (uint64_t)1 << bit);
        CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
        header_write(block, header_read(block) ^ (uint64_t)1 << bit);
    }
    CHECK_EQ(bf_check(&heap, NULL), BF_OK);
}

TESTS_BEGIN
#if IS_HARDENED
ENTRY(checksum, of_a_free_block_is_looked_at_before_it_is_handed_out)
ENTRY(checksum, of_a_free_neighbour_is_looked_at_before_it_is_merged)
ENTRY(place, of_a_free_block_that_passes_its_range_is_not_believed)
ENTRY(key, decides_at_which_distance_a_copy_is_believed)
ENTRY(key, changes_every_bit_of_the_checksum)
#endif
ENTRY(check, tells_of_every_bit_of_a_header)
TESTS_END
