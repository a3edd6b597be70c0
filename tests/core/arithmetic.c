/* SPDX-License-Identifier: MIT
 *
 * The arithmetic that does without a library: a share in thousandths, the product of two sizes, the
 * highest and the lowest bit, each against a plain way to say the same.
 */
#define BF_PREFIX arithmetic_
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "arithmetic"
#include "check.h"

TEST(permille, is_rounded_down)
{
    static const size_t wholes[] = {1, 2, 3, 7, 10, 999, 1000, 1001, 4096, 65537, SIZE_MAX / 2048};

    CHECK_EQ(permille(0, 0), 0);
    for (size_t i = 0; i < sizeof wholes / sizeof wholes[0]; i++) {
        for (size_t k = 0; k <= 1000; k++) {
            const size_t part = wholes[i] < 1000 ? k % (wholes[i] + 1) : wholes[i] / 1000 * k;

            CHECK_EQ(permille(part, wholes[i]), (uintmax_t)part * 1000 / wholes[i]);
        }
        CHECK_EQ(permille(wholes[i], wholes[i]), 1000);
    }
}

/* The least part that is k thousandths of a whole, without a product that may wrap. */
static size_t least_part(size_t k, size_t whole)
{
    return whole / 1000 * k + (whole % 1000 * k + 999) / 1000;
}

TEST(permille, of_the_largest_sizes_changes_where_a_thousandth_is_full)
{
    for (unsigned shift = 0; shift < 12; shift++) {
        const size_t whole = SIZE_MAX >> shift;

        for (size_t k = 1; k <= 1000; k++) {
            const size_t part = least_part(k, whole);

            CHECK_EQ(permille(part, whole), k);
            CHECK_EQ(permille(part - 1, whole), k - 1);
        }
    }
    /* 899.99 thousandths, which lost bits would make 900. */
    CHECK_EQ(permille(3774872, 4194303), 899);
}

TEST(size_product, is_the_product_where_it_can_be_represented)
{
    static const size_t sizes[] = {1,
                                   2,
                                   3,
                                   255,
                                   65535,
                                   65536,
                                   65537,
                                   (size_t)1 << WORD_BITS / 2,
                                   ((size_t)1 << WORD_BITS / 2) - 1,
                                   ((size_t)1 << WORD_BITS / 2) + 1,
                                   SIZE_MAX / 3,
                                   SIZE_MAX / 2,
                                   SIZE_MAX / 2 + 1,
                                   SIZE_MAX - 1,
                                   SIZE_MAX};
    const size_t count = sizeof sizes / sizeof sizes[0];

    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < count; k++) {
            const bool fits = sizes[i] <= SIZE_MAX / sizes[k];

            CHECK_EQ(size_product(sizes[i], sizes[k]), fits ? sizes[i] * sizes[k] : 0);
        }
        CHECK_EQ(size_product(sizes[i], 0), 0);
        CHECK_EQ(size_product(0, sizes[i]), 0);
    }
}

TEST(word, lowest_and_highest_bit)
{
    for (unsigned low = 0; low < WORD_BITS; low++) {
        for (unsigned high = low; high < WORD_BITS; high++) {
            const size_t word = (size_t)1 << low | (size_t)1 << high;

            CHECK_EQ(word_lowest_bit(word), low);
            CHECK_EQ(word_highest_bit(word), high);
        }
    }
}

TESTS_BEGIN
ENTRY(permille, is_rounded_down)
ENTRY(permille, of_the_largest_sizes_changes_where_a_thousandth_is_full)
ENTRY(size_product, is_the_product_where_it_can_be_represented)
ENTRY(word, lowest_and_highest_bit)
TESTS_END
