/* SPDX-License-Identifier: MIT
 *
 * Callers that do wrong, and memory that was overwritten: wrong frees of every kind are refused and
 * change nothing, and no call leaves the ranges or runs on for ever, whatever headers and links
 * have become. The core is compiled in, with its steps counted.
 */
static void count_step(void);
#define BF_PREFIX misuse_
#define BF_STEP() count_step()
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "misuse"
#include "check.h"

#include "heap.h"
#include "random.h"

#include <stdlib.h>

/* A call that takes more steps than this is endless: no heap here has 200 blocks. */
#define STEPS_MAX 50000ul
static unsigned long step_count;

static void count_step(void)
{
    if (++step_count > STEPS_MAX) {
        printf("FAIL: a call does not end\n");
        exit(1);
    }
}

static void start(void)
{
    step_count = 0;
    heap_begin(0);
}

/* -- wrong frees ----------------------------------------------------------------------------------
 */

TEST(free, twice_in_a_row)
{
    for (size_t capacity = 1; capacity <= 80; capacity++) {
        for (size_t size = 1; size <= capacity; size++) {
            start();
            add_range(16 + capacity);
            unsigned char *block = allocate(size);

            release(block, size);
            CHECK_REFUSED(bf_free(&heap, block, size), BF_DOUBLE_FREE);
            CHECK_REFUSED(bf_free(&heap, block, BF_ANY_SIZE), BF_DOUBLE_FREE);
            finish();
        }
    }
}

TEST(free, twice_with_other_frees_and_mallocs_between)
{
    start();
    add_range(1024);
    unsigned char *first = allocate(64);
    unsigned char *second = allocate(64);
    unsigned char *third = allocate(64);

    release(first, 64);
    release(second, 64);
    CHECK_REFUSED(bf_free(&heap, first, 64), BF_DOUBLE_FREE);
    release(third, 64);
    CHECK_REFUSED(bf_free(&heap, second, 64), BF_DOUBLE_FREE);
    CHECK(allocate(64) == first);
    CHECK_REFUSED(bf_free(&heap, second, 64), BF_DOUBLE_FREE);
    CHECK(allocate(64) == second);
    finish();
}

TEST(free, every_address_around_and_in_the_ranges)
{
    start();
    const struct arena *ragged = add_range(203);
    const struct arena *other = add_range(96);
    unsigned char *live = allocate(40);
    unsigned char *freed = allocate(17);
    unsigned char *last = allocate(24);

    release(freed, 17);
    for (size_t i = 0; i < 2; i++) {
        const uintptr_t begin = (uintptr_t)(i == 0 ? ragged : other)->begin;
        const uintptr_t end = (uintptr_t)(i == 0 ? ragged : other)->end;

        for (uintptr_t address = begin - 20; address <= end + 20; address++) {
            if (address == (uintptr_t)live || address == (uintptr_t)last) {
                CHECK_REFUSED(bf_free(&heap, at(address), 1), BF_WRONG_SIZE);
            } else {
                note_state();
                const enum bf_status status = bf_free(&heap, at(address), 40);

                CHECK(status == BF_INVALID_ADDRESS || status == BF_DOUBLE_FREE);
                CHECK(status == BF_INVALID_ADDRESS || address % 16 == 0);
                CHECK(address != (uintptr_t)freed || status == BF_DOUBLE_FREE);
                CHECK(is_as_noted(1));
            }
        }
    }
    release(live, 40);
    release(last, 24);
    finish();
}

TEST(free, interior_at_every_offset)
{
    start();
    add_range(512);
    unsigned char *block = allocate(100);

    allocate(50);
    for (size_t offset = 1; offset < 112; offset++) {
        CHECK_REFUSED(bf_free(&heap, block + offset, 100), BF_INVALID_ADDRESS);
        CHECK_REFUSED(bf_free(&heap, block + offset, 100 - offset), BF_INVALID_ADDRESS);
        CHECK_REFUSED(bf_free(&heap, block + offset, BF_ANY_SIZE), BF_INVALID_ADDRESS);
    }
    finish();
}

TEST(free, a_foreign_pointer)
{
    _Alignas(16) unsigned char on_the_stack[64];

    start();
    add_range(256);
    const struct arena *foreign = arena_take(256);
    unsigned char *block = allocate(32);

    memset(on_the_stack, 0, sizeof on_the_stack);
    memcpy(on_the_stack, block - 16, 16);
    memcpy(foreign->begin, block - 16, 16);
    CHECK_REFUSED(bf_free(&heap, on_the_stack + 16, 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, foreign->begin + 16, 32), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_free(&heap, &heap, 32), BF_INVALID_ADDRESS);
    for (uintptr_t low = 0; low <= 64; low++) {
        CHECK_REFUSED(bf_free(&heap, at(low), BF_ANY_SIZE), BF_INVALID_ADDRESS);
        CHECK_REFUSED(bf_free(&heap, at(UINTPTR_MAX - low), BF_ANY_SIZE), BF_INVALID_ADDRESS);
    }
    finish();
}

TEST(free, a_header_forged_in_a_payload)
{
    start();
    add_range(1024);
    unsigned char *donor = allocate(48);
    unsigned char *block = allocate(200);

    for (size_t offset = 0; offset + 16 + 48 <= 200; offset++) {
        memset(block, 0, 200);
        memcpy(block + offset, donor - 16, 16);
        CHECK_REFUSED(bf_free(&heap, block + offset + 16, 48), BF_INVALID_ADDRESS);
        CHECK_REFUSED(bf_free(&heap, block + offset + 16, BF_ANY_SIZE), BF_INVALID_ADDRESS);
    }
    release(block, 200);
    release(donor, 48);
    finish();
}

TEST(free, a_header_that_a_split_left_behind_in_a_payload)
{
    start();
    add_range(16 + 48);
    unsigned char *front = allocate(16);
    unsigned char *back = allocate(16);

    /* back's header is a block's; a range over the same bytes knows nothing of it. */
    CHECK(back == front + 32);
    CHECK_EQ(bf_init(&heap, 0), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arenas[0].begin, arenas[0].end), BF_OK);
    CHECK(allocate(48) == front);
    CHECK_REFUSED(bf_free(&heap, back, 16), BF_INVALID_ADDRESS);
    finish();
}

TEST(free, every_wrong_size)
{
    for (size_t capacity = 1; capacity <= 70; capacity++) {
        for (size_t size = 1; size <= capacity; size++) {
            start();
            add_range(16 + capacity);
            unsigned char *block = allocate(size);

            for (size_t wrong = 0; wrong <= capacity + 2; wrong++) {
                if (wrong != size) {
                    CHECK_REFUSED(bf_free(&heap, block, wrong), BF_WRONG_SIZE);
                }
            }
            CHECK_REFUSED(bf_free(&heap, block, SIZE_MAX - 1), BF_WRONG_SIZE);
            CHECK_REFUSED(bf_free(&heap, block, BF_SIZE_LIMIT - 1), BF_WRONG_SIZE);
            release(block, size);
            finish();
        }
    }
}

TEST(free, any_size_is_never_wrong)
{
    for (size_t capacity = 1; capacity <= 70; capacity++) {
        for (size_t size = 1; size <= capacity; size++) {
            start();
            add_range(16 + capacity);
            release(allocate(size), BF_ANY_SIZE);
            finish();
        }
    }
}

TEST(free, into_another_heap)
{
    static struct bf_heap other;

    start();
    add_range(256);
    const struct arena *arena = arena_take(256);

    CHECK_EQ(bf_init(&other, 0), BF_OK);
    CHECK_EQ(bf_add_range(&other, arena->begin, arena->end), BF_OK);
    void *theirs = NULL;

    CHECK_EQ(bf_malloc(&other, 32, 1, &theirs), BF_OK);
    CHECK_REFUSED(bf_free(&heap, theirs, 32), BF_INVALID_ADDRESS);
    CHECK_EQ(bf_free(&other, theirs, 32), BF_OK);
    finish();
}

TEST(free, a_stale_pointer_is_judged_by_address_and_size)
{
    start();
    add_range(16 + 64);
    unsigned char *stale = allocate(64);

    release(stale, 64);
    CHECK(allocate(60) == stale);
    CHECK_REFUSED(bf_free(&heap, stale, 64), BF_WRONG_SIZE);
    release(stale, 60);
    CHECK(allocate(64) == stale);
    release(stale, 64);
    finish();
}

TEST(write, after_free_does_not_reach_the_heap)
{
    start();
    add_range(256);
    unsigned char *block = allocate(64);

    allocate(64);
    release(block, 64);
    memset(block, 0xff, 64);
    finish();
    CHECK(allocate(64) == block);
    finish();
}

/* -- damaged headers and links
 * ---------------------------------------------------------------------- */

#define HEADERS_MAX  64
#define POINTERS_MAX 16

static unsigned char *headers[HEADERS_MAX]; /* where blocks began before anything was overwritten */
static size_t header_count;
static void *pointers[POINTERS_MAX];

static bool note_header(void *context, const struct bf_block_info *block)
{
    (void)context;
    headers[header_count++] = (unsigned char *)at((uintptr_t)block->payload - 16);
    return header_count < HEADERS_MAX;
}

/* An address that a damaged link may hold: of a block, in a payload, outside, at either end. */
static uintptr_t random_address(void)
{
    const struct arena *arena = &arenas[random_below(arena_count)];
    const size_t length = (size_t)(arena->end - arena->begin);

    switch (random_below(6)) {
    case 0:
        return (uintptr_t)headers[random_below(header_count)];
    case 1:
        return (uintptr_t)arena->begin + random_below(length + 64) / 16 * 16;
    case 2:
        return (uintptr_t)arena->begin + random_below(length);
    case 3:
        return (uintptr_t)arena->begin - 16 * random_below(8);
    case 4:
        return UINTPTR_MAX - random_below(64);
    default:
        return random_below(64);
    }
}

static uintptr_t random_word(void)
{
    switch (random_below(5)) {
    case 0:
        return random_address();
    case 1:
        return random_below(40) * 16;
    case 2:
        return random_below(600);
    case 3:
        return UINTPTR_MAX - random_below(600);
    default:
        return (uintptr_t)random_next() << (random_below(2) * 8 * (sizeof(uintptr_t) - 4)) |
               random_next();
    }
}

/* Overwrites one word or one byte of a header. */
static void smash(void)
{
    unsigned char *header = headers[random_below(header_count)];

    if (random_below(3) == 0) {
        header[random_below(2 * sizeof(uintptr_t))] = (unsigned char)random_next();
    } else {
        const uintptr_t word = random_word();

        memcpy(header + random_below(2) * sizeof(uintptr_t), &word, sizeof word);
    }
}

static bool count_block(void *context, const struct bf_block_info *block)
{
    CHECK(arena_holds(block->payload, block->capacity_bytes));
    CHECK(block->request_bytes <= block->capacity_bytes);
    ++*(size_t *)context;
    return true;
}

/* How the calls on damaged heaps ended, by status. */
static unsigned long ended[BF_CORRUPTED + 1];

static void play_malloc(bool is_damaged)
{
    const size_t slot = random_below(POINTERS_MAX);
    const size_t size = random_below(random_below(4) == 0 ? 400 : 60) + 1;
    const int content = (int)random_below(256);
    void *pointer = NULL;

    note_state();
    const enum bf_status status = bf_malloc(&heap, size, 1, &pointer);

    if (status != BF_OK) {
        CHECK(is_as_noted(1));
        CHECK(pointer == NULL);
    } else if (CHECK(pointer != NULL) && CHECK(arena_holds(pointer, size)) &&
               CHECK((uintptr_t)pointer % 16 == 0)) {
        pointers[slot] = pointer;
        memset(pointer, content, size);
    }
    CHECK(is_damaged || status == BF_OK || status == BF_OUT_OF_MEMORY);
    ended[status] += is_damaged;
}

static void play_free(bool is_damaged)
{
    void *pointer = is_damaged && random_below(3) == 0 ? at(random_address())
                                                       : pointers[random_below(POINTERS_MAX)];

    note_state();
    const enum bf_status status = bf_free(&heap, pointer, BF_ANY_SIZE);

    if (status != BF_OK) {
        CHECK(is_as_noted(1));
    }
    CHECK(is_damaged || status == BF_OK || status == BF_DOUBLE_FREE ||
          status == BF_INVALID_ADDRESS);
    ended[status] += is_damaged;
}

static void play_readers(void)
{
    struct bf_stats stats;
    struct bf_fault fault = {0, NULL, NULL, 0, 0};
    size_t block_count = 0;

    note_state();
    const enum bf_status verdict = bf_check(&heap, &fault);

    ended[verdict]++;
    if (verdict == BF_OK) {
        CHECK_EQ(fault.invariant, 0);
        CHECK_EQ(bf_walk(&heap, count_block, &block_count), BF_OK);
        CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
        CHECK_EQ(block_count, stats.free_block_count + stats.live_block_count);
    } else {
        CHECK(fault.invariant >= 4 && fault.invariant <= 11);
        CHECK(fault.reason != NULL);
        CHECK(fault.block == NULL || arena_holds(fault.block, 17));
        bf_walk(&heap, count_block, &block_count);
        bf_stats(&heap, &stats);
    }
    CHECK(is_as_noted(0));
}

static void play_some(bool is_damaged)
{
    for (size_t i = random_below(12) + 1; i > 0; i--) {
        step_count = 0;
        if (random_below(2) == 0) {
            play_malloc(is_damaged);
        } else {
            play_free(is_damaged);
        }
    }
}

static void play_round(void)
{
    start();
    for (size_t i = random_below(3) + 1; i > 0; i--) {
        add_range(17 + random_below(400));
    }
    memset((void *)pointers, 0, sizeof pointers);
    play_some(false);
    finish();
    header_count = 0;
    CHECK_EQ(bf_walk(&heap, note_header, NULL), BF_OK);
    if (!CHECK(header_count != 0)) {
        return;
    }
    for (size_t i = random_below(4) + 1; i > 0; i--) {
        smash();
        step_count = 0;
        play_readers();
        play_some(true);
        step_count = 0;
        play_readers();
    }
    CHECK(arena_gaps_are_intact());
}

#ifndef SMASH_ROUNDS
#define SMASH_ROUNDS 300000ul
#endif
#define SMASH_SEED 0x5eed1e55u

TEST(corruption, overwritten_headers_never_lead_out_of_the_ranges_nor_round_in_circles)
{
    memset(ended, 0, sizeof ended);
    for (unsigned long round = 0; round < SMASH_ROUNDS && check_failure_count == 0; round++) {
        const uint32_t seed = (uint32_t)(SMASH_SEED + round * 2654435769u) | 1u;

        random_state = seed;
        play_round();
        if (check_failure_count != 0) {
            printf("in round %lu, seed 0x%lx\n", round, (unsigned long)seed);
        }
    }
    printf("%lu rounds from seed 0x%lx; calls on damaged heaps:", SMASH_ROUNDS,
           (unsigned long)SMASH_SEED);
    for (int status = BF_OK; status <= BF_CORRUPTED; status++) {
        if (ended[status] != 0) {
            printf(" %lu %s,", ended[status], bf_status_name((enum bf_status)status));
        }
    }
    printf("\n");
    /* The rounds have met what they are for. */
    CHECK(ended[BF_CORRUPTED] > SMASH_ROUNDS);
    CHECK(ended[BF_OK] > SMASH_ROUNDS / 10);
}

TEST(corruption, a_cycle_in_the_free_list_ends)
{
    start();
    add_range(512);
    unsigned char *first = allocate(32);
    unsigned char *second = allocate(32);
    void *out = NULL;

    allocate(32);
    release(first, 32);
    release(second, 32);
    for (int i = 0; i < 2; i++) {
        const uintptr_t back = (uintptr_t)(i == 0 ? second : first) - 16;

        memcpy(first - 16 + sizeof(uintptr_t), &back, sizeof back);
        step_count = 0;
        CHECK_REFUSED(bf_malloc(&heap, 16, 1, &out), BF_CORRUPTED);
        CHECK(step_count <= heap.free_block_count);
        CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
    }
}

/* Two free blocks, the first of 128 bytes and the second of 48; the link to the second is bent to
 * what looks just like it, but is no place for a block. */
static void check_bent_link(unsigned char *first, uintptr_t link)
{
    void *out = NULL;

    memcpy(first - 16 + sizeof(uintptr_t), &link, sizeof link);
    CHECK_REFUSED(bf_malloc(&heap, 48, 1, &out), BF_CORRUPTED);
    CHECK(out == NULL);
    CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
}

TEST(corruption, a_link_to_a_misaligned_forgery_is_not_followed)
{
    const uintptr_t forgery[2] = {48, 0};

    for (size_t shift = sizeof(uintptr_t); shift < 16; shift += sizeof(uintptr_t)) {
        start();
        add_range(16 + 48);
        unsigned char *first = add_range(16 + 128)->begin + 16;

        memcpy(first + shift, forgery, sizeof forgery);
        check_bent_link(first, (uintptr_t)first + shift);
    }
}

TEST(corruption, a_link_to_a_live_block_is_not_followed)
{
    start();
    add_range(16 + 48);
    unsigned char *live = allocate(48);

    add_range(16 + 48);
    unsigned char *first = add_range(16 + 128)->begin + 16;

    check_bent_link(first, (uintptr_t)live - 16);
}

TEST(corruption, an_overflow_into_the_next_header_is_seen_by_its_free)
{
    start();
    add_range(512);
    unsigned char *block = allocate(32);
    unsigned char *next = allocate(32);

    memset(block, 0x41, 32 + 16);
    CHECK_REFUSED(bf_free(&heap, next, 32), BF_CORRUPTED);
    release(block, 32);
    CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
}

TESTS_BEGIN
ENTRY(free, twice_in_a_row)
ENTRY(free, twice_with_other_frees_and_mallocs_between)
ENTRY(free, every_address_around_and_in_the_ranges)
ENTRY(free, interior_at_every_offset)
ENTRY(free, a_foreign_pointer)
ENTRY(free, a_header_forged_in_a_payload)
ENTRY(free, a_header_that_a_split_left_behind_in_a_payload)
ENTRY(free, every_wrong_size)
ENTRY(free, any_size_is_never_wrong)
ENTRY(free, into_another_heap)
ENTRY(free, a_stale_pointer_is_judged_by_address_and_size)
ENTRY(write, after_free_does_not_reach_the_heap)
ENTRY(corruption, overwritten_headers_never_lead_out_of_the_ranges_nor_round_in_circles)
ENTRY(corruption, a_cycle_in_the_free_list_ends)
ENTRY(corruption, a_link_to_a_misaligned_forgery_is_not_followed)
ENTRY(corruption, a_link_to_a_live_block_is_not_followed)
ENTRY(corruption, an_overflow_into_the_next_header_is_seen_by_its_free)
TESTS_END
