/* SPDX-License-Identifier: MIT
 *
 * The pattern in the blocks: whatever byte of it changes is found, at its offset, and no block's
 * bytes pass for another's. Were the comparison blind in one place, the content oracle would be.
 */
#define SUITE "content"
#include "check.h"

#include "content.h"

#include <sys/mman.h>

enum { SIZE_MAX_TESTED = 200, MARGIN = 16 };

static uint8_t room[MARGIN + SIZE_MAX_TESTED + MARGIN];

TEST(damage, of_any_one_byte_is_found_where_it_is)
{
    for (size_t size = 1; size <= SIZE_MAX_TESTED; size++) {
        hb_content_fill(room, size, size);
        CHECK_EQ(hb_content_damage(room, size, size), SIZE_MAX);
        for (size_t at = 0; at < size; at++) {
            room[at] ^= (uint8_t)(1u << at % 8);
            CHECK_EQ(hb_content_damage(room, size, size), at);
            room[at] ^= (uint8_t)(1u << at % 8);
        }
    }
}

TEST(damage, of_any_one_bit_is_found)
{
    enum { SIZE = 75 };
    hb_content_fill(room, SIZE, 9);
    for (size_t bit = 0; bit < (size_t)SIZE * 8; bit++) {
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK_EQ(hb_content_damage(room, SIZE, 9), bit / 8);
        room[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
}

TEST(damage, of_several_bytes_is_told_by_the_first)
{
    enum { SIZE = 150 };
    for (size_t first = 0; first < SIZE; first += 7) {
        hb_content_fill(room, SIZE, 3);
        for (size_t at = first; at < SIZE; at += 11) {
            room[at] ^= 0xff;
        }
        CHECK_EQ(hb_content_damage(room, SIZE, 3), first);
    }
}

TEST(damage, outside_the_block_is_not_its_own)
{
    for (size_t size = 1; size <= SIZE_MAX_TESTED; size++) {
        memset(room, 0xee, sizeof room);
        hb_content_fill(room + MARGIN, size, 4);
        for (size_t at = 0; at < MARGIN; at++) {
            CHECK_EQ(room[at], 0xee);
            CHECK_EQ(room[MARGIN + size + at], 0xee);
        }
        memset(room, 0x11, MARGIN);
        memset(room + MARGIN + size, 0x11, MARGIN);
        CHECK_EQ(hb_content_damage(room + MARGIN, size, 4), SIZE_MAX);
    }
}

TEST(damage, is_looked_for_within_the_block_alone)
{
    const size_t page = 65536; /* or a multiple of it */
    uint8_t *pages = mmap(NULL, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!CHECK(pages != MAP_FAILED) ||
        !CHECK(mprotect(pages + page, page, PROT_READ | PROT_WRITE) == 0)) {
        return;
    }
    for (size_t size = 1; size <= SIZE_MAX_TESTED; size++) { /* a byte further would be a crash */
        uint8_t *const last = pages + 2 * page - size;
        hb_content_fill(pages + page, size, 7);
        CHECK_EQ(hb_content_damage(pages + page, size, 7), SIZE_MAX);
        hb_content_fill(last, size, 8);
        CHECK_EQ(hb_content_damage(last, size, 8), SIZE_MAX);
    }
    (void)munmap(pages, 3 * page);
}

TEST(fill, works_at_every_misalignment)
{
    for (size_t shift = 0; shift < MARGIN; shift++) {
        hb_content_fill(room + shift, SIZE_MAX_TESTED, 5);
        CHECK_EQ(hb_content_damage(room + shift, SIZE_MAX_TESTED, 5), SIZE_MAX);
        room[shift + 131] ^= 4;
        CHECK_EQ(hb_content_damage(room + shift, SIZE_MAX_TESTED, 5), 131);
    }
}

TEST(fill, of_a_shorter_block_is_the_begin_of_a_longer)
{
    static uint8_t longer[SIZE_MAX_TESTED];
    hb_content_fill(longer, sizeof longer, 6);
    for (size_t size = 1; size < SIZE_MAX_TESTED; size++) {
        hb_content_fill(room, size, 6);
        CHECK(memcmp(room, longer, size) == 0); /* so that realloc can be checked by its front */
    }
}

/* A block that holds another's bytes would be taken for whole, were their patterns alike. */
TEST(keys, no_two_have_a_word_in_common)
{
    enum { KEYS = 300, WORDS = 16 };
    static uint64_t words[KEYS * WORDS];
    for (size_t key = 0; key < KEYS; key++) {
        hb_content_fill(&words[key * WORDS], WORDS * 8, key);
    }
    for (size_t a = 0; a < KEYS * WORDS; a++) {
        for (size_t b = 0; b < a; b++) {
            if (words[a] == words[b]) {
                CHECK_EQ(a, b);
            }
        }
    }
}

TEST(keys, the_next_ones_differ_in_the_first_bytes_of_most_blocks)
{
    unsigned alike = 0;
    for (uint64_t key = 0; key < 1000; key++) {
        hb_content_fill(room, 2, key);
        alike += hb_content_damage(room, 2, key + 1) == SIZE_MAX;
    }
    CHECK(alike < 5); /* two bytes can't tell a thousand keys apart, but neighbours they can */
}

TEST(keys, fill_the_same_bytes_on_every_machine)
{
    static const uint8_t expected[11] = {0x8b, 0xc5, 0x23, 0x57, 0x45, 0x25,
                                         0x34, 0xd1, 0xa0, 0x41, 0x6e};
    hb_content_fill(room, sizeof expected, 0);
    CHECK(memcmp(room, expected, sizeof expected) == 0);
}

TESTS_BEGIN
ENTRY(damage, of_any_one_byte_is_found_where_it_is)
ENTRY(damage, of_any_one_bit_is_found)
ENTRY(damage, of_several_bytes_is_told_by_the_first)
ENTRY(damage, outside_the_block_is_not_its_own)
ENTRY(damage, is_looked_for_within_the_block_alone)
ENTRY(fill, works_at_every_misalignment)
ENTRY(fill, of_a_shorter_block_is_the_begin_of_a_longer)
ENTRY(keys, no_two_have_a_word_in_common)
ENTRY(keys, the_next_ones_differ_in_the_first_bytes_of_most_blocks)
ENTRY(keys, fill_the_same_bytes_on_every_machine)
TESTS_END
