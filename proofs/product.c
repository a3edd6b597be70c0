/* SPDX-License-Identifier: MIT
 *
 * size_product, which bf_calloc multiplies with by halves of a word: against adding up, where one
 * factor is below 2^FACTOR_BITS and the other is any; and where both have more than half a word's
 * bits. What is in between is a multiplication like any other, and more than a solver can compare.
 */
#include "prove.h"

/* 0 where it cannot be represented. */
static size_t naive_product(size_t times, size_t size)
{
    size_t sum = 0;

    for (size_t i = 0; i < times; i++) {
        if (size > SIZE_MAX - sum) {
            return 0;
        }
        sum += size;
    }
    return sum;
}

int main(void)
{
    const size_t times = any_size() & (((size_t)1 << FACTOR_BITS) - 1);
    const size_t size = any_size();
    const size_t large = any_size();
    const unsigned half = WORD_BITS / 2;

    PROVE(size_product(times, size) == naive_product(times, size), "the product is right");
    PROVE(size_product(size, times) == naive_product(times, size), "and the other way round");
    PROVE(large >> half == 0 || size >> half == 0 || size_product(large, size) == 0,
          "what is too large for any product is 0");
    END_OF_PROOF();
    return 0;
}
