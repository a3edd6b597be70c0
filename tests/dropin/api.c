/* SPDX-License-Identifier: MIT
 *
 * The edges of every function of the drop-in malloc: what C, POSIX and the GNU C library say of
 * sizes of 0, products that overflow, alignments, errno; what happens to wrong calls. Built twice:
 * linked to the static library, and linked to nothing, to be run with the shared one preloaded.
 *
 * That it is the drop-in that answers is shown by the tests of wrong calls, by their messages.
 */
#define SUITE "dropin"
#include "check.h"

#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define MIB ((size_t)1 << 20)

/* So that the compiler neither knows what is called nor what for. */
static void *(*volatile call_malloc)(size_t) = malloc;
static void *(*volatile call_calloc)(size_t, size_t) = calloc;
static void *(*volatile call_realloc)(void *, size_t) = realloc;
static void *(*volatile call_reallocarray)(void *, size_t, size_t) = reallocarray;
static void (*volatile call_free)(void *) = free;
static int (*volatile call_posix_memalign)(void **, size_t, size_t) = posix_memalign;
static void *(*volatile call_aligned_alloc)(size_t, size_t) = aligned_alloc;
static void *(*volatile call_memalign)(size_t, size_t) = memalign;
static void *(*volatile call_valloc)(size_t) = valloc;
static void *(*volatile call_pvalloc)(size_t) = pvalloc;
static size_t (*volatile call_usable)(void *) = malloc_usable_size;

/* C23; not every C library has them. */
static void (*call_free_sized)(void *, size_t);
static void (*call_free_aligned_sized)(void *, size_t, size_t);

static void look_up(const char *name, void *function)
{
    void *address = dlsym(RTLD_DEFAULT, name);

    memcpy(function, (const void *)&address, sizeof address);
}

__attribute__((constructor)) static void look_up_all(void)
{
    look_up("free_sized", (void *)&call_free_sized);
    look_up("free_aligned_sized", (void *)&call_free_aligned_sized);
}

static bool is_filled(const unsigned char *bytes, size_t size, unsigned char value)
{
    for (size_t i = 0; i < size; i++) {
        if (bytes[i] != value) {
            return false;
        }
    }
    return true;
}

static bool is_aligned(const void *block, size_t align)
{
    return (uintptr_t)block % align == 0;
}

static const size_t too_many[] = {SIZE_MAX,
                                  SIZE_MAX - 4096,
                                  (size_t)PTRDIFF_MAX + 1,
#if SIZE_MAX > 0xffffffffu
                                  PTRDIFF_MAX,
                                  SIZE_MAX / 4,
                                  (size_t)1 << 48,
#endif
                                  SIZE_MAX - SIZE_MAX / 4};
#define TOO_MANY_COUNT (sizeof too_many / sizeof too_many[0])

/* -- malloc, free ---------------------------------------------------------------------------- */

TEST(malloc, zero_bytes_are_a_block_of_its_own)
{
    void *one = call_malloc(0);
    void *other = call_malloc(0);

    CHECK(one != NULL && other != NULL && one != other);
    call_free(one);
    call_free(other);
}

TEST(malloc, any_size_is_aligned_and_all_its_own)
{
    enum { COUNT = 600 };
    static unsigned char *blocks[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call_malloc(i);
        if (!CHECK(blocks[i] != NULL && is_aligned(blocks[i], _Alignof(max_align_t)))) {
            return;
        }
        memset(blocks[i], (int)(i % 251), i);
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(is_filled(blocks[i], i, (unsigned char)(i % 251)));
        call_free(blocks[i]);
    }
}

TEST(malloc, too_much_is_ENOMEM)
{
    for (size_t i = 0; i < TOO_MANY_COUNT; i++) {
        errno = 0;
        CHECK(call_malloc(too_many[i]) == NULL);
        CHECK_EQ(errno, ENOMEM);
    }
}

TEST(free, null_is_nothing_and_errno_stays)
{
    void *small = call_malloc(10);
    void *large = call_malloc(16 * MIB);

    errno = 1234;
    call_free(NULL);
    call_free(small);
    call_free(large);
    CHECK_EQ(errno, 1234);
}

/* -- calloc ---------------------------------------------------------------------------------- */

static void check_calloc_clears(size_t count, size_t size)
{
    unsigned char *dirty = call_malloc(count * size);

    if (CHECK(dirty != NULL)) {
        memset(dirty, 0xee, count * size);
    }
    call_free(dirty);
    unsigned char *block = call_calloc(count, size);

    if (CHECK(block != NULL)) {
        CHECK(is_filled(block, count * size, 0));
    }
    call_free(block);
}

TEST(calloc, clears_what_was_used)
{
    for (size_t size = 1; size < 3000; size += 7) {
        check_calloc_clears(3, size);
    }
    check_calloc_clears(1, MIB);
    check_calloc_clears(9 * MIB + 123, 1);
    check_calloc_clears(1, 9 * MIB);
}

TEST(calloc, zero_bytes_are_a_block)
{
    void *blocks[] = {call_calloc(0, 0), call_calloc(0, 5), call_calloc(5, 0)};

    for (size_t i = 0; i < 3; i++) {
        CHECK(blocks[i] != NULL);
        call_free(blocks[i]);
    }
}

TEST(calloc, a_product_that_overflows_is_ENOMEM)
{
    const size_t half = SIZE_MAX / 2;
    const size_t pairs[][2] = {
        {half, 3}, {3, half}, {SIZE_MAX, SIZE_MAX}, {half + 2, 2}, {half / 2 + 1, 2}};

    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        errno = 0;
        CHECK(call_calloc(pairs[i][0], pairs[i][1]) == NULL);
        CHECK_EQ(errno, ENOMEM);
    }
}

/* -- realloc --------------------------------------------------------------------------------- */

TEST(realloc, of_null_is_malloc)
{
    unsigned char *block = call_realloc(NULL, 100);

    CHECK(block != NULL);
    call_free(block);
    block = call_realloc(NULL, 0);
    CHECK(block != NULL);
    call_free(block);
}

TEST(realloc, to_zero_frees)
{
    void *block = call_malloc(100);

    errno = 1234;
    CHECK(call_realloc(block, 0) == NULL);
    CHECK_EQ(errno, 1234);
    /* The block is free: it is the first one that serves the size again. */
    void *again = call_malloc(100);

    CHECK(again == block);
    call_free(again);
}

static void check_realloc_keeps(size_t old_size, size_t new_size)
{
    const size_t kept = old_size < new_size ? old_size : new_size;
    unsigned char *block = call_malloc(old_size);
    void *fence = call_malloc(16); /* in the way of growing in place */

    if (CHECK(block != NULL)) {
        memset(block, 0x5a, old_size);
        block = call_realloc(block, new_size);
    }
    if (CHECK(block != NULL)) {
        CHECK(is_aligned(block, _Alignof(max_align_t)));
        CHECK(is_filled(block, kept, 0x5a));
        memset(block, 0x33, new_size);
    }
    call_free(block);
    call_free(fence);
}

TEST(realloc, keeps_the_content)
{
    const size_t sizes[] = {1, 15, 16, 17, 100, 1000, 5000, 100000, 5 * MIB, 12 * MIB};
    const size_t count = sizeof sizes / sizeof sizes[0];

    for (size_t i = 0; i < count * count; i++) {
        check_realloc_keeps(sizes[i / count], sizes[i % count]);
    }
}

TEST(realloc, failing_keeps_the_block)
{
    unsigned char *block = call_malloc(100);

    memset(block, 0x77, 100);
    for (size_t i = 0; i < TOO_MANY_COUNT; i++) {
        errno = 0;
        CHECK(call_realloc(block, too_many[i]) == NULL);
        CHECK_EQ(errno, ENOMEM);
        errno = 0;
        CHECK(call_reallocarray(block, too_many[i], 2) == NULL);
        CHECK_EQ(errno, ENOMEM);
    }
    CHECK(is_filled(block, 100, 0x77));
    call_free(block);
}

TEST(reallocarray, multiplies)
{
    unsigned char *block = call_reallocarray(NULL, 10, 10);

    if (CHECK(block != NULL && call_usable(block) >= 100)) {
        memset(block, 1, 100);
    }
    block = call_reallocarray(block, 100, 100);
    if (CHECK(block != NULL && call_usable(block) >= 10000)) {
        CHECK(is_filled(block, 100, 1));
    }
    call_free(block);
}

/* -- alignment ------------------------------------------------------------------------------- */

TEST(posix_memalign, says_what_is_wrong_and_changes_nothing)
{
    const size_t wrong[] = {0, 1, 3, sizeof(void *) / 2, sizeof(void *) * 3, 24, SIZE_MAX};
    void *const mark = (void *)&call_malloc;
    void *block = mark;

    errno = 1234;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CHECK_EQ(call_posix_memalign(&block, wrong[i], 10), EINVAL);
    }
    for (size_t i = 0; i < TOO_MANY_COUNT; i++) {
        CHECK_EQ(call_posix_memalign(&block, 64, too_many[i]), ENOMEM);
    }
    if (sizeof(void *) > 4) { /* with 4, there can be room around the middle */
        CHECK_EQ(call_posix_memalign(&block, SIZE_MAX / 2 + 1, 10), ENOMEM);
    }
    CHECK(block == mark);
    CHECK_EQ(errno, 1234);
}

TEST(posix_memalign, any_power_of_two)
{
    for (size_t align = sizeof(void *); align <= 8 * MIB; align *= 2) {
        for (size_t size = 0; size <= 5000; size = 3 * size + 1) {
            void *block = NULL;

            CHECK_EQ(call_posix_memalign(&block, align, size), 0);
            if (CHECK(block != NULL && is_aligned(block, align))) {
                memset(block, 0x11, size);
            }
            call_free(block);
        }
    }
}

TEST(aligned_alloc, powers_of_two_and_nothing_else)
{
    for (size_t align = 1; align <= MIB; align *= 2) {
        void *block = call_aligned_alloc(align, align + 5);

        CHECK(block != NULL && is_aligned(block, align));
        call_free(block);
    }
    const size_t wrong[] = {0, 3, 24, 4097, SIZE_MAX};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        errno = 0;
        CHECK(call_aligned_alloc(wrong[i], 48) == NULL);
        CHECK_EQ(errno, EINVAL);
    }
    errno = 0;
    CHECK(call_aligned_alloc(4096, SIZE_MAX - 100) == NULL);
    CHECK_EQ(errno, ENOMEM);
}

TEST(memalign, takes_the_next_power_of_two)
{
    const size_t aligns[][2] = {{0, 16}, {1, 16}, {24, 32}, {100, 128}, {4097, 8192}};

    for (size_t i = 0; i < sizeof aligns / sizeof aligns[0]; i++) {
        void *block = call_memalign(aligns[i][0], 40);

        CHECK(block != NULL && is_aligned(block, aligns[i][1]));
        call_free(block);
    }
    errno = 0;
    CHECK(call_memalign(SIZE_MAX, 40) == NULL);
    CHECK_EQ(errno, EINVAL);
}

TEST(valloc, pages)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    void *block = call_valloc(10);

    CHECK(block != NULL && is_aligned(block, page));
    call_free(block);
    for (size_t size = 0; size <= page + 1; size += page / 2 + 1) {
        block = call_pvalloc(size);
        CHECK(block != NULL && is_aligned(block, page));
        CHECK(call_usable(block) >= (size > page ? 2 * page : page));
        call_free(block);
    }
    errno = 0;
    CHECK(call_pvalloc(SIZE_MAX - 10) == NULL);
    CHECK_EQ(errno, ENOMEM);
}

TEST(realloc, of_an_aligned_block)
{
    unsigned char *block = call_aligned_alloc(4096, 100);

    memset(block, 9, 100);
    block = call_realloc(block, 70000);
    CHECK(block != NULL && is_filled(block, 100, 9));
    call_free(block);
}

/* -- sizes ----------------------------------------------------------------------------------- */

TEST(usable_size, all_of_it_can_be_written_and_is_kept)
{
    CHECK_EQ(call_usable(NULL), 0);
    for (size_t size = 0; size < 3000; size += 13) {
        unsigned char *block = call_malloc(size);
        unsigned char *fence = call_malloc(16);
        const size_t usable = call_usable(block);

        CHECK(usable >= size);
        memset(fence, 1, 16);
        memset(block, 2, usable);
        block = call_realloc(block, usable + 5000);
        CHECK(block != NULL && is_filled(block, usable, 2) && is_filled(fence, 16, 1));
        call_free(block);
        call_free(fence);
    }
}

TEST(free_sized, takes_the_size_that_was_asked_for)
{
    if (!CHECK(call_free_sized != NULL && call_free_aligned_sized != NULL)) {
        return;
    }
    for (size_t size = 0; size < 200; size++) {
        call_free_sized(call_malloc(size), size);
        call_free_sized(call_calloc(size, 3), 3 * size);
        call_free_sized(call_realloc(call_malloc(7), size + 1), size + 1);
        call_free_aligned_sized(call_aligned_alloc(64, size), 64, size);
    }
    void *block = call_malloc(100);

    (void)call_usable(block);
    call_free_sized(block, 100);
    call_free_sized(NULL, 10);
    call_free_aligned_sized(NULL, 64, 10);
}

/* -- wrong calls: each ends a child, with a message ------------------------------------------- */

static void *volatile kept; /* so that nothing is optimised away */

static void free_twice(void)
{
    kept = call_malloc(100);
    call_free(kept);
    call_free(kept);
}

static void free_an_interior_pointer(void)
{
    unsigned char *block = call_malloc(1000);

    /* As a header, live and far too large, whatever its checksum. */
    memset(block, 0x41, 1000);
    call_free(block + 160);
}

static void free_a_misaligned_pointer(void)
{
    unsigned char *block = call_calloc(1, 1000);

    call_free(block + 3);
}

static void free_of_the_stack(void)
{
    _Alignas(16) unsigned char bytes[64] = {0};

    kept = bytes;
    call_free(kept);
}

static void free_with_another_size(void)
{
    call_free_sized(call_malloc(100), 99);
}

static void realloc_of_a_free_block(void)
{
    kept = call_malloc(100);
    call_free(kept);
    kept = call_realloc(kept, 200);
}

static void usable_size_of_a_free_block(void)
{
    kept = call_malloc(100);
    call_free(kept);
    (void)call_usable(kept);
}

static void free_behind_an_overflow(void)
{
    unsigned char *block = call_malloc(24);
    void *behind = call_malloc(24);

    if ((uintptr_t)behind - (uintptr_t)block < 64) {
        memset(block, 0x41, 32);
    }
    call_free(behind);
}

/* Runs in a child and returns its status; what it said to standard error is in words. */
static int run_in_child(void (*run)(void), char *words, size_t words_bytes)
{
    int ends[2];
    int status = -1;
    size_t length = 0;

    fflush(stdout);
    if (pipe(ends) != 0) {
        return -1;
    }
    const pid_t child = fork();

    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        run();
        _exit(0);
    }
    close(ends[1]);
    for (ssize_t got = 1; got > 0 && length < words_bytes - 1;) {
        got = read(ends[0], words + length, words_bytes - 1 - length);
        length += got > 0 ? (size_t)got : 0;
    }
    words[length] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

static void check_is_refused(void (*run)(void), const char *expected)
{
    char words[500];
    const int status = run_in_child(run, words, sizeof words);

    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    if (!CHECK(strstr(words, "bestfit_malloc: ") == words && strstr(words, expected) != NULL)) {
        printf("    said: %s\n", words);
    }
}

TEST(wrong, calls_end_the_program_with_a_message)
{
    check_is_refused(free_twice, "free(0x");
    check_is_refused(free_twice, "double free");
    check_is_refused(free_an_interior_pointer, "not one that was handed out");
    check_is_refused(free_a_misaligned_pointer, "no block of this heap");
    check_is_refused(free_of_the_stack, "no block of this heap");
    check_is_refused(free_with_another_size, "free_sized(0x");
    check_is_refused(free_with_another_size, "another size");
    check_is_refused(realloc_of_a_free_block, "realloc(0x");
    check_is_refused(usable_size_of_a_free_block, "malloc_usable_size(0x");
    check_is_refused(free_behind_an_overflow, "overwritten");
}

/* -- memory ---------------------------------------------------------------------------------- */

static size_t resident_bytes(void)
{
    char words[200] = "";
    char *after = words;
    FILE *file = fopen("/proc/self/statm", "r");

    if (file != NULL && fgets(words, sizeof words, file) != NULL) {
        (void)strtoul(words, &after, 10); /* all address space */
    }
    if (file != NULL) {
        fclose(file);
    }
    return strtoul(after, NULL, 10) * (size_t)sysconf(_SC_PAGESIZE);
}

TEST(memory, of_large_blocks_goes_back)
{
    unsigned char *block = call_malloc(40 * MIB);

    memset(block, 1, 40 * MIB);
    const size_t before = resident_bytes();

    CHECK(before >= 40 * MIB);
    block = call_realloc(block, 20 * MIB);
    CHECK(resident_bytes() < before - 18 * MIB);
    call_free(block);
    CHECK(resident_bytes() < before - 38 * MIB);
}

/* More than the first ranges have, and all of it at once after that. */
TEST(memory, grows_range_by_range)
{
    enum { COUNT = 500 };
    static unsigned char *blocks[COUNT];

    for (size_t i = 0; i < COUNT; i++) {
        blocks[i] = call_malloc(MIB);
        if (!CHECK(blocks[i] != NULL)) {
            return;
        }
        blocks[i][0] = (unsigned char)i;
        blocks[i][MIB - 1] = (unsigned char)i;
    }
    for (size_t i = 0; i < COUNT; i++) {
        CHECK(blocks[i][0] == (unsigned char)i && blocks[i][MIB - 1] == (unsigned char)i);
        call_free(blocks[i]);
    }
    void *large = call_malloc(600 * MIB);

    CHECK(large != NULL);
    call_free(large);
}

/* As much as there is, down to small pieces; then what was freed serves again. */
static void exhaust(void)
{
    const struct rlimit limit = {1024 * MIB, 1024 * MIB};
    unsigned char *last = NULL;
    size_t total = 0;

    if (setrlimit(RLIMIT_AS, &limit) != 0) {
        _exit(1);
    }
    for (size_t size = 64 * MIB; size >= 1024; size /= 2) {
        for (unsigned char *block = call_malloc(size); block != NULL; block = call_malloc(size)) {
            block[0] = 1;
            total += size;
            last = block;
        }
        if (errno != ENOMEM) {
            _exit(2);
        }
    }
    call_free(last);
    last = call_malloc(500);
    if (last == NULL) {
        _exit(3);
    }
    _exit(total < 100 * MIB ? 4 : 0);
}

TEST(memory, ends_with_ENOMEM)
{
    char words[500];
    const int status = run_in_child(exhaust, words, sizeof words);

    CHECK(WIFEXITED(status));
    CHECK_EQ(WEXITSTATUS(status), 0);
}

TESTS_BEGIN
ENTRY(malloc, zero_bytes_are_a_block_of_its_own)
ENTRY(malloc, any_size_is_aligned_and_all_its_own)
ENTRY(malloc, too_much_is_ENOMEM)
ENTRY(free, null_is_nothing_and_errno_stays)
ENTRY(calloc, clears_what_was_used)
ENTRY(calloc, zero_bytes_are_a_block)
ENTRY(calloc, a_product_that_overflows_is_ENOMEM)
ENTRY(realloc, of_null_is_malloc)
ENTRY(realloc, to_zero_frees)
ENTRY(realloc, keeps_the_content)
ENTRY(realloc, failing_keeps_the_block)
ENTRY(reallocarray, multiplies)
ENTRY(posix_memalign, says_what_is_wrong_and_changes_nothing)
ENTRY(posix_memalign, any_power_of_two)
ENTRY(aligned_alloc, powers_of_two_and_nothing_else)
ENTRY(memalign, takes_the_next_power_of_two)
ENTRY(valloc, pages)
ENTRY(realloc, of_an_aligned_block)
ENTRY(usable_size, all_of_it_can_be_written_and_is_kept)
ENTRY(free_sized, takes_the_size_that_was_asked_for)
ENTRY(wrong, calls_end_the_program_with_a_message)
ENTRY(memory, of_large_blocks_goes_back)
ENTRY(memory, grows_range_by_range)
ENTRY(memory, ends_with_ENOMEM)
TESTS_END
