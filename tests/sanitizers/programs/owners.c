/* SPDX-License-Identifier: MIT
 *
 * Who had a byte last: what provenance.c says of random bytes after random calls, compared with a
 * table that has an owner for every byte. Then its lock, where it is held by who asks, by
 * another thread, or by one that a fork has left behind.
 *
 * Compiled by test_provenance.sh, also with so few records that blocks are forgotten: then it may
 * say less, and nothing else.
 */
#include "provenance.c" /* NOLINT(bugprone-suspicious-include) */

#ifndef BF_GUARD_BYTES
#define BF_GUARD_BYTES 0
#endif

#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#define RANGE_COUNT ((size_t)2)
#define RANGE_BYTES ((size_t)80 * 1024)
#define CALL_COUNT  20000u
#define BLOCKS_MAX  CALL_COUNT
#define LIVE_MAX    ((size_t)40)

struct block {
    unsigned char *payload;
    size_t size;
    uint64_t allocated_at;
    uint64_t freed_at;
};

static struct bf_heap heap;
static _Alignas(16) unsigned char pool[RANGE_COUNT * RANGE_BYTES];
static uint32_t owner[RANGE_COUNT * RANGE_BYTES]; /* a number from 1; 0: nobody */
static struct block blocks[BLOCKS_MAX + 1];
static uint32_t block_count;
static uint32_t live[LIVE_MAX]; /* 0: none */
static uint64_t operation_count;
static unsigned long checked_count;
static unsigned long wrong_count;
static unsigned long forgotten_count;
static uint32_t seed = 1;

static uint32_t random_below(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

static void must(bool holds, const char *what)
{
    checked_count++;
    wrong_count += !holds;
    if (!holds && wrong_count < 10) {
        printf("does not hold: %s\n", what);
    }
}

static bool is_as_told(const struct block *block, const unsigned char *byte,
                       const struct bf_description *told)
{
    return told->state == (block->freed_at != 0 ? BF_OWNED_FREED : BF_OWNED_LIVE) &&
           told->payload == (uintptr_t)block->payload && told->request_bytes == block->size &&
           told->offset == byte - block->payload && told->is_header == (byte < block->payload) &&
           told->allocated_at == block->allocated_at && told->freed_at == block->freed_at &&
           (told->allocated_frames > 0) == (BF_PROVENANCE_FRAMES > 0) &&
           (told->freed_frames > 0) == (BF_PROVENANCE_FRAMES > 0 && block->freed_at != 0);
}

static void check_byte(size_t i)
{
    struct bf_description told;

    must(bf_describe(&pool[i], &told) && told.heap == &heap, "a byte of a range is told of");
    if (owner[i] == 0) {
        must(told.state == BF_OWNED_NEVER, "a byte that nobody had");
    } else if (told.state == BF_OWNED_FORGOTTEN) {
        forgotten_count++;
    } else if (told.allocated_at == 0) {
        forgotten_count++; /* when it was handed out */
        must(told.payload == (uintptr_t)blocks[owner[i]].payload, "the payload of a lost block");
    } else {
        must(is_as_told(&blocks[owner[i]], &pool[i], &told), "a byte is told of as it is");
    }
}

/* Where its block's capacity ends is known, as this heap is not annotated for a sanitizer. */
static void note_owner(uint32_t number)
{
    const struct block *block = &blocks[number];
    const size_t begin = (size_t)(block->payload - pool) - BF_HEADER_BYTES;
    size_t capacity = 0;

    must(bf_usable_size(&heap, block->payload, &capacity) == BF_OK, "bf_usable_size");
    capacity += BF_GUARD_BYTES;
    for (size_t i = begin; i < begin + BF_HEADER_BYTES + capacity; i++) {
        owner[i] = number;
    }
    check_byte(begin);
    check_byte(begin + BF_HEADER_BYTES + capacity - 1);
}

static size_t random_size(void)
{
    return 1 + random_below(random_below(8) == 0 ? 20000 : 300);
}

static void call_malloc(uint32_t *slot)
{
    const size_t size = random_size();
    void *payload = NULL;

    if (bf_malloc(&heap, size, 1, &payload) != BF_OK) {
        return;
    }
    *slot = ++block_count;
    blocks[*slot] = (struct block){payload, size, ++operation_count, 0};
    note_owner(*slot);
}

static void call_free(uint32_t *slot)
{
    must(bf_free(&heap, blocks[*slot].payload, blocks[*slot].size) == BF_OK, "bf_free");
    blocks[*slot].freed_at = ++operation_count;
    *slot = 0;
}

static void call_realloc(uint32_t *slot)
{
    const size_t size = random_size();
    struct block *old = &blocks[*slot];
    void *payload = NULL;

    if (bf_realloc(&heap, old->payload, old->size, size, 1, &payload) != BF_OK) {
        return;
    }
    operation_count++;
    if (payload == old->payload) {
        old->size = size;
        old->allocated_at = operation_count;
    } else {
        old->freed_at = ++operation_count;
        *slot = ++block_count;
        blocks[*slot] = (struct block){payload, size, operation_count - 1, 0};
    }
    note_owner(*slot);
}

static void run_calls(void)
{
    for (unsigned i = 0; i < CALL_COUNT; i++) {
        uint32_t *slot = &live[random_below(LIVE_MAX)];

        if (*slot == 0) {
            call_malloc(slot);
        } else if (random_below(3) == 0) {
            call_realloc(slot);
        } else {
            call_free(slot);
        }
        for (unsigned j = 0; j < 20; j++) {
            check_byte(random_below(sizeof pool - 3));
        }
    }
}

static void run_ranges(void)
{
    struct bf_description told;

    must(!bf_describe(pool, &told), "before there is a range");
    must(bf_init(&heap, 1) == BF_OK, "bf_init");
    must(bf_add_range(&heap, pool, pool + RANGE_BYTES) == BF_OK, "bf_add_range");
    must(bf_add_range(&heap, pool + RANGE_BYTES, pool + sizeof pool - 3) == BF_OK, "another");
    run_calls();
    /* The heap is made anew: what it had is nobody's. */
    must(bf_init(&heap, 2) == BF_OK, "bf_init");
    must(bf_add_range(&heap, pool + 16, pool + sizeof pool - 5) == BF_OK, "bf_add_range over both");
    memset(owner, 0, sizeof owner);
    memset(live, 0, sizeof live);
    block_count = 0;
    operation_count = 0;
    must(!bf_describe(pool, &told), "in front of the range");
    must(!bf_describe(pool + sizeof pool - 5, &told), "behind the range");
    for (size_t i = 16; i < sizeof pool - 5; i += 13) {
        check_byte(i);
    }
    must(bf_describe_live(&heap) == 0, "nothing is live");
    must(bf_remove_range(&heap, pool + 16) == BF_OK, "bf_remove_range");
    must(!bf_describe(pool + 100, &told), "the range is gone");
}

static bool is_told_as(const unsigned char *byte, const char *class)
{
    char text[4096];

    (void)bf_describe_text(byte, text, sizeof text);
    return strstr(text, class) != NULL;
}

/* Memory that nobody had is told of by the nearest block, live or not. */
static void run_never(void)
{
    void *live_block = NULL;
    void *freed_block = NULL;

    must(bf_init(&heap, 4) == BF_OK && bf_add_range(&heap, pool, pool + 16384) == BF_OK, "a range");
    must(bf_malloc(&heap, 100, 1, &live_block) == BF_OK, "a block");
    const unsigned char *behind = (unsigned char *)live_block + 1000;

    must(is_told_as(behind, "is heap-buffer-overflow: 900 bytes behind"), "the nearest is live");
    must(is_told_as((unsigned char *)live_block + 9000, "is wild: "), "none is near");
    must(bf_malloc(&heap, 100, 1, &freed_block) == BF_OK && freed_block > live_block &&
             bf_free(&heap, freed_block, 100) == BF_OK,
         "a block behind it that is freed");
    must(is_told_as(behind, "is wild: "), "the nearest is freed");
}

/* The lock of another thread: not to be taken from it, however long it takes. */
static atomic_bool has_answer;

static void *ask(void *nothing)
{
    struct bf_description told;

    must(bf_describe(pool, &told), "an answer to who has waited");
    atomic_store(&has_answer, true);
    return nothing;
}

static void run_waiting(void)
{
    const struct timespec long_time = {.tv_nsec = 300000000};
    pthread_t thread;

    must(lock_take() && pthread_create(&thread, NULL, ask, NULL) == 0, "a thread that waits");
    (void)nanosleep(&long_time, NULL);
    must(!atomic_load(&has_answer), "the lock of who is alive is not taken over");
    lock_give();
    must(pthread_join(thread, NULL) == 0 && atomic_load(&has_answer), "it has its answer");
}

/* The lock of who is not in the child of a fork: there it is free, and here still taken. */
static void run_fork(void)
{
    static const char somebody = 0;
    struct bf_description told;
    int status = 1;

    atomic_store(&lock_holder, &somebody);
    const pid_t process = fork();

    if (process == 0) {
        (void)alarm(10);
        _exit(bf_describe(pool, &told) ? 0 : 1);
    }
    must(waitpid(process, &status, 0) == process && status == 0, "an answer in the child");
    must(atomic_load(&lock_holder) == &somebody, "the lock of the parent");
    lock_give();
}

static void run_lock(void)
{
    struct bf_description told;
    char text[8] = "unset";

    must(bf_init(&heap, 3) == BF_OK && bf_add_range(&heap, pool, pool + 4096) == BF_OK, "a range");
    must(lock_take(), "the lock is free");
    must(!bf_describe(pool, &told), "no answer for the thread that holds the lock");
    must(bf_describe_text(pool, text, sizeof text) == 0 && text[0] == '\0', "nor in words");
    lock_give();
    must(bf_describe(pool, &told), "an answer again");
    must(bf_describe_text(pool, text, sizeof text) > 20 && strcmp(text, "bestfit") == 0,
         "a text that is cut short");
    run_waiting();
    run_fork();
}

int main(void)
{
    run_ranges();
    run_never();
    run_lock();
    printf("%lu checks, %lu wrong, %lu times forgotten\n", checked_count, wrong_count,
           forgotten_count);
    /* With a record for every block that ever was nothing is forgotten; with few, much. */
    return wrong_count == 0 && checked_count > CALL_COUNT &&
                   (forgotten_count > 0) == (BF_PROVENANCE_RECORDS < CALL_COUNT)
               ? 0
               : 1;
}
