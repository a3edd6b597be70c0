/* SPDX-License-Identifier: MIT
 *
 * Callers that do wrong, and memory that was overwritten, against the bitmap index: wrong pointers
 * and sizes are refused and change nothing; no call leaves the ranges or runs on for ever, whatever
 * headers and links have become; and where detection is a matter of odds, the odds are measured.
 * The core is compiled in, with its steps counted.
 */
static void count_step(void);
#define BF_PREFIX misuse_
#define BF_STEP() count_step()
#include "bestfit.c" /* NOLINT(bugprone-suspicious-include) */

#define SUITE "hardened_misuse"
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

#define IS_EXACT (BF_HARDENING == BF_HARDENING_PARANOID)

static void start(void)
{
    step_count = 0;
    heap_begin(0x1234567u);
}

/* -- wrong frees ----------------------------------------------------------------------------- */

TEST(free, twice_in_a_row)
{
    for (size_t size = 1; size <= 80; size++) {
        start();
        add_range(200);
        unsigned char *block = allocate(size);
        unsigned char *fence = allocate(1);

        release(block, size);
        CHECK_REFUSED(bf_free(&heap, block, size), BF_DOUBLE_FREE);
        CHECK_REFUSED(bf_free(&heap, block, BF_ANY_SIZE), BF_DOUBLE_FREE);
        release(fence, 1);
        finish();
    }
}

TEST(free, twice_where_the_block_has_been_merged)
{
    start();
    add_range(1024);
    unsigned char *first = allocate(64);
    unsigned char *second = allocate(64);
    unsigned char *third = allocate(64);
    const enum bf_status inside = IS_EXACT ? BF_INVALID_ADDRESS : BF_DOUBLE_FREE;

    allocate(64);
    release(second, 64);
    release(first, 64);
    CHECK_REFUSED(bf_free(&heap, second, 64), inside);
    release(third, 64);
    CHECK_REFUSED(bf_free(&heap, second, 64), inside);
    CHECK_REFUSED(bf_free(&heap, third, 64), inside);
    CHECK_REFUSED(bf_free(&heap, first, 64), BF_DOUBLE_FREE);
    CHECK(allocate(64) == first);
    CHECK_REFUSED(bf_free(&heap, third, 64), inside);
    finish();
}

TEST(free, every_address_around_and_in_the_ranges)
{
    start();
    const struct arena *ragged = add_range(203);
    const struct arena *other = add_range(97);
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
                const bool is_place = address % 16 == 0 && address > begin && address < end;

                CHECK(status == BF_INVALID_ADDRESS || is_place);
                CHECK(status == BF_INVALID_ADDRESS || status == BF_DOUBLE_FREE ||
                      (status == BF_CORRUPTED && !IS_EXACT));
                CHECK(address != (uintptr_t)freed || status == BF_DOUBLE_FREE);
                CHECK(is_as_noted(1));
            }
        }
    }
    release(live, 40);
    release(last, 24);
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

TEST(free, into_another_heap)
{
    static struct bf_heap other;

    start();
    add_range(256);
    const struct arena *arena = arena_take(256);
    void *theirs = NULL;

    CHECK_EQ(bf_init(&other, 0x1234567u), BF_OK);
    CHECK_EQ(bf_add_range(&other, arena->begin, arena->end), BF_OK);
    CHECK_EQ(bf_malloc(&other, 32, 1, &theirs), BF_OK);
    CHECK_REFUSED(bf_free(&heap, theirs, 32), BF_INVALID_ADDRESS);
    CHECK_EQ(bf_free(&other, theirs, 32), BF_OK);
    finish();
}

/* What a heap left behind is as good as the key under which it is looked at. */
TEST(free, of_what_a_forgotten_heap_has_left)
{
    start();
    const struct arena *arena = add_range(256);
    unsigned char *block = allocate(32);

    allocate(1);
    CHECK_EQ(bf_init(&heap, 0x7654321u), BF_OK);
    CHECK_EQ(bf_add_range(&heap, arena->begin, arena->end), BF_OK);
    unsigned char *first = allocate(16);

    CHECK(first == block);
    release(first, 16);
    /* Its second block, whose header nobody has overwritten. */
    CHECK_REFUSED(bf_free(&heap, block + 48, 1), IS_EXACT ? BF_INVALID_ADDRESS : BF_CORRUPTED);
    finish();
}

TEST(free, every_wrong_size)
{
    for (size_t size = 1; size <= 100; size++) {
        start();
        add_range(160);
        unsigned char *block = allocate(size);

        for (size_t wrong = 0; wrong <= 130; wrong++) {
            if (wrong != size) {
                CHECK_REFUSED(bf_free(&heap, block, wrong), BF_WRONG_SIZE);
            }
        }
        CHECK_REFUSED(bf_free(&heap, block, SIZE_MAX - 1), BF_WRONG_SIZE);
        release(block, size);
        finish();
    }
}

TEST(realloc, wrong_pointers_and_sizes_are_refused_as_by_free)
{
    start();
    add_range(512);
    unsigned char *block = allocate(40);
    unsigned char *freed = allocate(40);
    void *out = &heap;

    allocate(1);
    release(freed, 40);
    CHECK_REFUSED(bf_realloc(&heap, block, 41, 50, 1, &out), BF_WRONG_SIZE);
    CHECK_REFUSED(bf_realloc(&heap, freed, 40, 50, 1, &out), BF_DOUBLE_FREE);
    CHECK_REFUSED(bf_realloc(&heap, &heap, 40, 50, 1, &out), BF_INVALID_ADDRESS);
    CHECK_REFUSED(bf_realloc(&heap, block + 1, 40, 50, 1, &out), BF_INVALID_ADDRESS);
    CHECK(out == &heap);
    finish();
}

/* -- overwritten memory, one thing at a time ------------------------------------------------- */

TEST(overflow, of_one_byte_into_the_next_header_is_seen)
{
    for (unsigned value = 0; value < 256; value++) {
        start();
        add_range(512);
        unsigned char *block = allocate(40);
        unsigned char *next = allocate(40);

        allocate(1);
        for (size_t i = 0; i < 8; i++) {
            const unsigned char sound = next[-8 + (ptrdiff_t)i];

            /* The bit that the checksum leaves out is vouched for by a footer, and none is there.
             */
            next[-8 + (ptrdiff_t)i] = (unsigned char)value;
            if (value != sound) {
                note_state();
                const enum bf_status status = bf_free(&heap, next, 40);

                CHECK(status == BF_CORRUPTED || status == BF_DOUBLE_FREE);
                CHECK(is_as_noted(1));
                CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
            }
            next[-8 + (ptrdiff_t)i] = sound;
        }
        release(next, 40);
        release(block, 40);
        finish();
    }
}

static void set_word(unsigned char *place, uintptr_t word)
{
    memcpy(place, &word, sizeof word);
}

/* Three free blocks of one size on a stack, the middle one's links overwritten. */
TEST(write_after_free, is_seen_before_the_link_is_followed)
{
    for (size_t link = 0; link < 2; link++) {
        for (int forgery = 0; forgery < 4; forgery++) {
            start();
            add_range(1024);
            unsigned char *blocks[3];

            for (int i = 0; i < 3; i++) {
                blocks[i] = allocate(40);
                allocate(1);
            }
            unsigned char *behind = blocks[1] + 48;

            for (int i = 0; i < 3; i++) {
                release(blocks[i], 40);
            }
            const uintptr_t targets[4] = {(uintptr_t)&before, (uintptr_t)arenas[0].begin + 24,
                                          (uintptr_t)blocks[1] - 8, (uintptr_t)blocks[1] + 40};

            set_word(blocks[1] + link * sizeof(uintptr_t), targets[forgery]);
            /* Freeing what is behind merges with the middle one. */
            CHECK_REFUSED(bf_free(&heap, behind, 1), BF_CORRUPTED);
            CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
        }
    }
}

/* Memory that is cleared after its free must not read as the end of anything. A stack of three, and
 * one block that may be in a trie. */
TEST(write_after_free, of_zeros_is_seen_when_the_block_is_asked_for)
{
    for (size_t size = 40; size <= 1000; size += 960) {
        unsigned char *last = NULL;
        void *again = NULL;

        start();
        add_range(8192);
        for (int i = 0; i < 3; i++) {
            unsigned char *block = allocate(size);

            allocate(1);
            last = block;
        }
        unsigned char *first = last - 2 * ((size + 8 + 15) / 16 * 16 + 32);

        for (int i = 0; i < 3; i++) {
            release(first + (size_t)i * ((size + 8 + 15) / 16 * 16 + 32), size);
        }
        memset(last, 0, 2 * sizeof(uintptr_t));
        CHECK_REFUSED(bf_malloc(&heap, size, 16, &again), BF_CORRUPTED);
        CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
    }
}

TEST(write_after_free, into_the_footer_is_seen_by_the_free_behind)
{
    for (uintptr_t forged = 0; forged <= 2048; forged += 8) {
        start();
        add_range(1024);
        unsigned char *block = allocate(40);
        unsigned char *behind = allocate(40);

        allocate(1);
        release(block, 40);
        if (forged == 48) {
            continue;
        }
        set_word(behind - 8 - sizeof(uintptr_t), forged);
        CHECK_REFUSED(bf_free(&heap, behind, 40), BF_CORRUPTED);
        CHECK_EQ(bf_check(&heap, NULL), BF_CORRUPTED);
    }
}

/* A move is refused before there is anything to undo. */
TEST(write_after_free, is_seen_by_a_realloc_that_would_move)
{
    start();
    add_range(1024);
    unsigned char *front = allocate(40);
    unsigned char *block = allocate(40);
    void *out = &heap;

    allocate(1);
    release(front, 40);
    set_word(block - 8 - sizeof(uintptr_t), 64);
    CHECK_REFUSED(bf_realloc(&heap, block, 40, 400, 1, &out), BF_CORRUPTED);
    set_word(block - 8 - sizeof(uintptr_t), 48);
    CHECK_EQ(bf_realloc(&heap, block, 40, 400, 1, &out), BF_OK);
    CHECK(out != block);
    finish();
}

/* With the block behind merged away: its old header says so. */
TEST(free, twice_where_the_block_in_front_took_it_in)
{
    start();
    add_range(1024);
    unsigned char *first = allocate(64);
    unsigned char *second = allocate(64);

    allocate(1);
    release(second, 64);
    release(first, 64);
    CHECK_REFUSED(bf_free(&heap, second, 64), IS_EXACT ? BF_INVALID_ADDRESS : BF_DOUBLE_FREE);
    CHECK_EQ(header_read((uintptr_t)second - 8) & HEADER_STRIDE_MASK, 0);
    finish();
}

/* -- overwritten memory at random ------------------------------------------------------------ */

static uintptr_t random_bits(void)
{
    uintptr_t bits = random_next();

    for (size_t i = 4; i < sizeof bits; i += 4) {
        bits = bits << 16 << 16 | random_next();
    }
    return bits;
}

/* A header of random bits is believed with the odds of the checksum, and less: it has to fit. */
TEST(odds, of_a_forged_header_are_no_worse_than_stated)
{
    enum { TRIES = 200000 };
    unsigned long believed = 0;

    start();
    add_range(1024);
    unsigned char *block = allocate(200);
    const uintptr_t place = (uintptr_t)block + 48;

    allocate(200);
    for (int i = 0; i < TRIES; i++) {
        /* As a forger would: plausible but for the checksum. */
        const uint64_t plausible = 48 | 1 | (uint64_t)16 << HEADER_SIZE_SHIFT;
        const uint64_t header = plausible | ((uint64_t)random_next() << 32 | random_next())
                                                << HEADER_CHECK_SHIFT;
        struct spot spot;

        random_state = random_state * 1664525u + 1013904223u;
        random_state |= 1u;
        header_write(place - 8, header);
        step_count = 0;
        believed += heap_locate(&heap, place, BF_ANY_SIZE, &spot) == BF_OK;
    }
    printf("%lu of %d forged headers were believed\n", believed, TRIES);
    CHECK(IS_EXACT ? believed == 0 : believed <= 2u * TRIES / 1024);
}

/* A header is sealed to its place, its key and its stride: elsewhere it is believed with the odds
 * of the checksum alone. */
TEST(odds, of_a_header_that_is_copied_are_no_worse_than_stated)
{
    unsigned long tries = 0;
    unsigned long believed = 0;
    const unsigned long per_believed = HEADER_CHECK_BITS < 20 ? 256 : 1000000;

    for (uintptr_t key = 1; key < 200; key++) {
        start();
        heap.key = key * 0x01234567u;
        add_range(4096);
        const uintptr_t block = (uintptr_t)allocate(40 + key % 64) - BF_HEADER_BYTES;
        const uint64_t header = header_read(block);

        CHECK(header_is_sealed(&heap, &heap.ranges[0], block, header));
        for (uintptr_t unit = 1; unit < 128; unit++) {
            believed += header_is_sealed(&heap, &heap.ranges[0], block + 16 * unit, header);
            tries++;
        }
        for (unsigned bit = 0; bit < 32; bit++) {
            heap.key ^= (uintptr_t)1 << bit;
            believed += header_is_sealed(&heap, &heap.ranges[0], block, header);
            heap.key ^= (uintptr_t)1 << bit;
            tries++;
        }
    }
    printf("%lu of %lu copied headers were believed\n", believed, tries);
    CHECK(believed <= tries / per_believed);
}

/* Three ranges whose tails are chained, and the chain goes round before it comes to the first. */
TEST(corruption, a_chain_of_tails_that_goes_round_is_seen)
{
    struct bf_stats stats;
    void *out = NULL;

    start();
    const struct arena *first = add_range(200);
    const struct arena *second = add_range(200);
    const struct arena *third = add_range(200);
    const uintptr_t block = (uintptr_t)second->begin + 8;

    CHECK_EQ(heap.tail_head, (uintptr_t)third->begin + 8);
    word_write(block_footer(block, header_stride(header_read(block))), (uintptr_t)third->begin + 8);
    CHECK_REFUSED(bf_remove_range(&heap, first->begin), BF_CORRUPTED);
    CHECK_REFUSED(bf_malloc(&heap, 1000, 1, &out), BF_CORRUPTED);
    CHECK_EQ(bf_stats(&heap, &stats), BF_CORRUPTED);
    word_write(block_footer(block, header_stride(header_read(block))), (uintptr_t)first->begin + 8);
    CHECK_REFUSED(bf_malloc(&heap, 1000, 1, &out), BF_OUT_OF_MEMORY);
    CHECK_EQ(bf_remove_range(&heap, first->begin), BF_OK);
    finish();
}

#define POINTERS_MAX 16

static unsigned char *headers[64]; /* where blocks began before anything was overwritten */
static size_t header_count;
static void *pointers[POINTERS_MAX];
static size_t sizes[POINTERS_MAX];

static bool note_header(void *context, const struct bf_block_info *block)
{
    (void)context;
    headers[header_count++] = (unsigned char *)at((uintptr_t)block->payload - 8);
    return header_count < 64;
}

static uintptr_t random_word(void)
{
    const struct arena *arena = &arenas[random_below(arena_count)];

    switch (random_below(5)) {
    case 0:
        return (uintptr_t)headers[random_below(header_count)];
    case 1:
        return (uintptr_t)arena->begin + random_below((size_t)(arena->end - arena->begin) + 64);
    case 2:
        return random_below(40) * 16;
    case 3:
        return UINTPTR_MAX - random_below(600);
    default:
        return random_bits();
    }
}

/* Overwrites a byte or a word of a header, of the links behind it, or of the footer in front. */
static void smash(void)
{
    unsigned char *header = headers[random_below(header_count)];
    const struct arena *arena = &arenas[0];

    while (!(header >= arena->begin && header < arena->end)) {
        arena++;
    }
    const size_t room = (size_t)(arena->end - header);
    const size_t offset = random_below(6) * 8;
    unsigned char *place = offset + 8 <= room ? header + offset : header;
    if (header - arena->begin > 16 && random_below(5) == 0) {
        place = header - 8;
    }

    if (random_below(3) == 0) {
        place[random_below(8)] = (unsigned char)random_next();
    } else {
        set_word(place, random_word());
    }
}

static unsigned long ended[BF_CORRUPTED + 1];
static unsigned long overlapped_count;

static bool overlaps_live(const unsigned char *payload, size_t size)
{
    for (size_t i = 0; i < POINTERS_MAX; i++) {
        const unsigned char *other = pointers[i];

        if (other != NULL && payload < other + sizes[i] && other < payload + size) {
            return true;
        }
    }
    return false;
}

static void play_malloc(bool is_damaged)
{
    const size_t slot = random_below(POINTERS_MAX);
    const size_t size = random_below(random_below(4) == 0 ? 400 : 60) + 1;
    const size_t align = random_below(4) == 0 ? 64 : 1;
    void *pointer = NULL;

    if (pointers[slot] != NULL) {
        return;
    }
    note_state();
    const enum bf_status status = bf_malloc(&heap, size, align, &pointer);

    if (status != BF_OK) {
        CHECK(pointer == NULL);
        CHECK(is_as_noted(1));
    } else if (CHECK(arena_holds(pointer, size)) && CHECK((uintptr_t)pointer % 16 == 0)) {
        overlapped_count += overlaps_live(pointer, size);
        pointers[slot] = pointer;
        sizes[slot] = size;
        memset(pointer, (int)random_below(256), size);
    }
    CHECK(is_damaged || status == BF_OK || status == BF_OUT_OF_MEMORY);
    ended[status] += is_damaged;
}

static void play_free(bool is_damaged)
{
    const size_t slot = random_below(POINTERS_MAX);
    void *pointer = pointers[slot];

    if (pointer == NULL) {
        return;
    }
    note_state();
    enum bf_status status;

    if (random_below(3) == 0) {
        const size_t size = random_below(200) + 1;

        status = bf_realloc(&heap, pointer, BF_ANY_SIZE, size, 1, &pointer);
        if (status == BF_OK && CHECK(arena_holds(pointer, size))) {
            pointers[slot] = NULL;
            overlapped_count += overlaps_live(pointer, size);
            pointers[slot] = pointer;
            sizes[slot] = size;
        }
        CHECK(is_damaged || status == BF_OK || status == BF_OUT_OF_MEMORY);
        CHECK(status == BF_OK || is_as_noted(1));
    } else {
        status = bf_free(&heap, pointer, BF_ANY_SIZE);
        CHECK(is_damaged || status == BF_OK);
        CHECK(status == BF_OK || is_as_noted(1));
        pointers[slot] = NULL;
    }
    ended[status] += is_damaged;
}

static bool count_block(void *context, const struct bf_block_info *block)
{
    CHECK(arena_holds(block->payload, block->capacity_bytes));
    ++*(size_t *)context;
    return true;
}

static void play_readers(void)
{
    struct bf_stats stats;
    struct bf_fault fault = {0, NULL, NULL, 0, 0};
    size_t block_count = 0;

    const enum bf_status verdict = bf_check(&heap, &fault);

    ended[verdict]++;
    CHECK((verdict == BF_OK) == (fault.invariant == 0));
    if (verdict == BF_OK) {
        CHECK_EQ(bf_walk(&heap, count_block, &block_count), BF_OK);
        CHECK_EQ(bf_stats(&heap, &stats), BF_OK);
    } else {
        CHECK(fault.invariant >= 4 && fault.invariant <= 16);
        bf_walk(&heap, count_block, &block_count);
        bf_stats(&heap, &stats);
    }
}

static void play_some(bool is_damaged)
{
    for (size_t i = random_below(16) + 1; i > 0; i--) {
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
        add_range(40 + random_below(1500));
    }
    memset((void *)pointers, 0, sizeof pointers);
    play_some(false);
    play_some(false);
    finish();
    header_count = 0;
    CHECK_EQ(bf_walk(&heap, note_header, NULL), BF_OK);
    for (size_t i = random_below(4) + 1; i > 0; i--) {
        smash();
        step_count = 0;
        play_readers();
        play_some(true);
    }
    CHECK(arena_gaps_are_intact());
}

#ifndef SMASH_ROUNDS
#ifdef BF_PROFILE_SMALL
#define SMASH_ROUNDS 200000ul
#else
#define SMASH_ROUNDS 2000ul /* a snapshot copies the heap, which is large */
#endif
#endif
#define SMASH_SEED 0x5eed1e55u

TEST(corruption, never_leads_out_of_the_ranges_nor_round_in_circles)
{
    memset(ended, 0, sizeof ended);
    overlapped_count = 0;
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
    printf(" %lu overlaps\n", overlapped_count);
    /* The rounds have met what they are for, and a block that overlaps a live one is a matter of
     * the odds of the checksum. */
    CHECK(ended[BF_CORRUPTED] > SMASH_ROUNDS / 2);
    CHECK(ended[BF_OK] > SMASH_ROUNDS / 10);
    CHECK(overlapped_count <= 1 + SMASH_ROUNDS / 1024);
}

TESTS_BEGIN
ENTRY(free, twice_in_a_row)
ENTRY(free, twice_where_the_block_has_been_merged)
ENTRY(free, every_address_around_and_in_the_ranges)
ENTRY(free, a_foreign_pointer)
ENTRY(free, into_another_heap)
ENTRY(free, of_what_a_forgotten_heap_has_left)
ENTRY(free, every_wrong_size)
ENTRY(realloc, wrong_pointers_and_sizes_are_refused_as_by_free)
ENTRY(overflow, of_one_byte_into_the_next_header_is_seen)
ENTRY(write_after_free, is_seen_before_the_link_is_followed)
ENTRY(write_after_free, of_zeros_is_seen_when_the_block_is_asked_for)
ENTRY(write_after_free, into_the_footer_is_seen_by_the_free_behind)
ENTRY(write_after_free, is_seen_by_a_realloc_that_would_move)
ENTRY(free, twice_where_the_block_in_front_took_it_in)
ENTRY(odds, of_a_forged_header_are_no_worse_than_stated)
ENTRY(odds, of_a_header_that_is_copied_are_no_worse_than_stated)
ENTRY(corruption, a_chain_of_tails_that_goes_round_is_seen)
ENTRY(corruption, never_leads_out_of_the_ranges_nor_round_in_circles)
TESTS_END
