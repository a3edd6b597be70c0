/* SPDX-License-Identifier: MIT
 *
 * A table of ranges that is full: what lies behind it in memory looks like one more entry, and must
 * be read by nobody. And a table that is empty: its entries are no ranges either.
 */
#define BF_PREFIX full_table_
#undef BF_RANGES_MAX
#define BF_RANGES_MAX 1
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "full_table"
#include "address.h"
#include "check.h"

#if defined(BF_INDEX_LIST) || BF_HARDENING != BF_HARDENING_OFF
#define REFUSES_WRONG_FREES true
#else
#define REFUSES_WRONG_FREES false
#endif

/* The table is the last field of a heap. */
static struct {
    struct bf_heap heap;
    struct bf_range decoy;
} memory;
_Static_assert(sizeof memory == sizeof(struct bf_heap) + sizeof(struct bf_range), "no gap between");

static _Alignas(16) unsigned char range[256];
static _Alignas(16) unsigned char elsewhere[256];
static unsigned char *const payload = elsewhere + 64;

/* A heap whose only range is there, and behind it what would be a second one. */
static void start(void)
{
    memset(range, 0, sizeof range);
    memset(elsewhere, 0, sizeof elsewhere);
    CHECK_EQ(bf_init(&memory.heap, 5), BF_OK);
    CHECK_EQ(bf_add_range(&memory.heap, range, range + sizeof range), BF_OK);
    range_set(&memory.decoy, (uintptr_t)elsewhere, (uintptr_t)elsewhere + sizeof elsewhere);
}

static bool count_block(void *context, const struct bf_block_info *block)
{
    size_t *count = context;

    ++*count;
    return block != NULL;
}

TEST(full, nothing_behind_the_table_is_a_range)
{
    struct bf_stats stats = {0};
    size_t count = 0;

    start();
    CHECK(bf_owns(&memory.heap, range + 64));
    CHECK(!bf_owns(&memory.heap, payload));
    CHECK_EQ(bf_add_range(&memory.heap, elsewhere + 16, elsewhere + 128), BF_TOO_MANY_RANGES);
    CHECK_EQ(bf_remove_range(&memory.heap, elsewhere), BF_INVALID_ADDRESS);
    CHECK_EQ(bf_check(&memory.heap, NULL), BF_OK);
    CHECK_EQ(bf_walk(&memory.heap, count_block, &count), BF_OK);
    CHECK_EQ(count, 1);
    CHECK_EQ(bf_stats(&memory.heap, &stats), BF_OK);
    CHECK_EQ(stats.range_count, 1);
}

TEST(full, a_pointer_behind_the_table_s_last_range_is_no_payload)
{
    size_t usable = 0;

    start();
    if (REFUSES_WRONG_FREES) {
        CHECK_EQ(bf_free(&memory.heap, payload, BF_ANY_SIZE), BF_INVALID_ADDRESS);
        CHECK_EQ(bf_usable_size(&memory.heap, payload, &usable), BF_INVALID_ADDRESS);
    }
    CHECK_EQ(bf_check(&memory.heap, NULL), BF_OK);
}

/* Entries of a table that are all zeros are the begin of the address space to whoever believes
 * them. */
TEST(empty, no_address_is_a_payload)
{
    CHECK_EQ(bf_init(&memory.heap, 5), BF_OK);
    memset(&memory.decoy, 0, sizeof memory.decoy);
    for (uintptr_t low = 0; REFUSES_WRONG_FREES && low <= 64; low++) {
        CHECK_EQ(bf_free(&memory.heap, at(low), BF_ANY_SIZE), BF_INVALID_ADDRESS);
        CHECK_EQ(bf_free(&memory.heap, at(UINTPTR_MAX - low), BF_ANY_SIZE), BF_INVALID_ADDRESS);
        CHECK(!bf_owns(&memory.heap, at(low)));
    }
    CHECK_EQ(bf_check(&memory.heap, NULL), BF_OK);
}

TESTS_BEGIN
ENTRY(full, nothing_behind_the_table_is_a_range)
ENTRY(full, a_pointer_behind_the_table_s_last_range_is_no_payload)
ENTRY(empty, no_address_is_a_payload)
TESTS_END
