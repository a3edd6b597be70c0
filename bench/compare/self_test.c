/* SPDX-License-Identifier: MIT
 *
 * bed compare --self-test: is the method as silent, and as sharp, as it says?
 */
#include "compare.h"

int self_test(struct compare *compare)
{
    (void)compare;
    return 2;
}
