/* SPDX-License-Identifier: MIT
 *
 * One heap of the core, behind one lock, with memory from mmap.
 *
 * Memory. The heap takes at most BF_RANGES_MAX ranges, so the first one is large and each further
 * one as large as all before it together. That is address space: the kernel gives memory page by
 * page as it is touched (MAP_NORESERVE), and best fit touches the never used end of a range last.
 * Where the system refuses so much (RLIMIT_AS, strict overcommit), half of it is asked for, and so
 * on, down to what the request needs. Ranges are never given back; the pages of a large block are,
 * when it is freed.
 *
 * Threads. Every call holds the lock from its first look at the heap to its last, growing included.
 *
 * Fork. The lock is held across it, so that the child gets a heap that nobody was at work on.
 */
#include "dropin.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The core's text, compiled into this file as the bed's targets do it; a build that annotates the
 * heap for a sanitizer adds the core's options for that, and nothing here changes. */
#define BF_COPY(to, from, byte_count) memcpy((to), (from), (byte_count))
#define BF_ZERO(begin, byte_count)    memset((begin), 0, (byte_count))
#include <bestfit.c> /* NOLINT(bugprone-suspicious-include) */

/* A sanitizer closes a whole range when it is added, and its shadow costs memory. */
#if DROPIN_ASAN
#define FIRST_RANGE_BYTES ((size_t)1 << 20)
#elif SIZE_MAX > 0xffffffffu
#define FIRST_RANGE_BYTES ((size_t)64 << 20)
#else
#define FIRST_RANGE_BYTES ((size_t)16 << 20)
#endif

/* Blocks from here on give their pages back when they are freed, and are cleared by doing so. It is
 * not worth the page faults for smaller ones. */
#define LARGE_BYTES ((size_t)4 << 20)

/* What the core keeps in a free block lies this near to where a payload begins or ends: links in
 * front, a footer behind (docs/core.md, Blocks). */
#define BLOCK_EDGE_BYTES ((size_t)64)

/* A block has fewer bytes to spare than this: what is not worth splitting, and the rounding. */
#define SLACK_BYTES_MAX ((size_t)48)

static struct bf_heap heap;
static struct dropin_stats counts;
static bool has_started;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void lock(void)
{
    (void)pthread_mutex_lock(&mutex);
}

static void unlock(void)
{
    (void)pthread_mutex_unlock(&mutex);
}

/* -- fork ------------------------------------------------------------------------------------ */

/* The GNU C library has a lock of its list of open files, which its fork takes after the handlers.
 * A thread that holds it may wait for one that reads a line, and that one for memory: if the heap's
 * lock were taken first here, all would wait forever. So this one comes first; a thread may take it
 * twice. It has been exported since version 2.2, though no header declares it. */
#if defined(__GLIBC__)
extern void _IO_list_lock(void) __attribute__((weak));
extern void _IO_list_unlock(void) __attribute__((weak));
extern void _IO_list_resetlock(void) __attribute__((weak));
#define CALL_IF_THERE(function) ((function) != NULL ? (function)() : (void)0)
#else
#define CALL_IF_THERE(function) ((void)0)
#endif

static void fork_begin(void)
{
    CALL_IF_THERE(_IO_list_lock);
    lock();
}

static void fork_end(void)
{
    unlock();
    CALL_IF_THERE(_IO_list_unlock);
}

/* In the child the locks are made anew: whoever waits for them there, is gone. */
static void fork_end_in_child(void)
{
    (void)pthread_mutex_init(&mutex, NULL);
    CALL_IF_THERE(_IO_list_resetlock);
}

/* -- memory ---------------------------------------------------------------------------------- */

static size_t page_bytes(void)
{
    return (size_t)getauxval(AT_PAGESZ);
}

static size_t round_up(size_t bytes, size_t unit)
{
    return (bytes + unit - 1) & ~(unit - 1);
}

/* Where the next range would best lie; null: anywhere. With the sanitizer far from everything else,
 * so that a wild pointer meets no memory at all, as it would behind the sanitizer's own heap. It is
 * a wish only: where the address space has other uses, the system chooses. */
static void *pool_place(void)
{
#if DROPIN_ASAN && defined(__x86_64__)
    return (void *)(((uintptr_t)1 << 45) + counts.reserved_bytes);
#else
    return NULL;
#endif
}

/* Maps so many bytes and gives them to the heap. */
static bool pool_map(size_t bytes)
{
    const size_t mapped_bytes = round_up(bytes, page_bytes());
    char *begin = mmap(pool_place(), mapped_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (begin == MAP_FAILED) {
        return false;
    }
    if (bf_add_range(&heap, begin, begin + bytes) != BF_OK) {
        (void)munmap(begin, mapped_bytes);
        return false;
    }
    counts.reserved_bytes += bytes;
    return true;
}

/* A number that differs from run to run, without allocating or waiting. By the system call itself:
 * where a sanitizer replaces functions of the C library, it may need memory to do so, and they are
 * not there yet. */
static uintptr_t random_key(void)
{
    uintptr_t key = 0;

    if (syscall(SYS_getrandom, &key, sizeof key, GRND_NONBLOCK) != (long)sizeof key) {
        key = (uintptr_t)&heap ^ (uintptr_t)getpid() << 16;
    }
    return key;
}

static void pool_start(char **environment)
{
    dropin_read_environment(environment);
    const size_t fixed_bytes = dropin_settings()->heap_bytes;

    has_started = true;
    (void)bf_init(&heap, random_key());
    if (fixed_bytes != 0 && !pool_map(fixed_bytes)) {
        dropin_refuse_setting("BESTFIT_MALLOC_BYTES", "the system does not give so much");
    }
}

#if DROPIN_ASAN
extern void __asan_init(void);
static void pool_prepare(int argc, char **argv, char **environment);

/* Before all constructors, but behind the sanitizer, which starts here as well. */
__attribute__((section(".preinit_array"),
               used)) static void (*const prepare_early)(int, char **, char **) = pool_prepare;
#else
/* The linker's initfirst has it run in front of the constructors of all other objects (in a static
 * program the lowest priority that is free does it). So nobody has allocated yet, but for the C
 * library itself in a static program; and of all handlers of a fork ours is the last before it and
 * the first after it: those of others may allocate. */
__attribute__((constructor(101)))
#endif
static void pool_prepare(int argc, char **argv, char **environment)
{
    (void)argc;
    (void)argv;
#if DROPIN_ASAN
    __asan_init();
#endif
#if !defined(__GLIBC__)
    environment = environ; /* others pass nothing to constructors */
#endif
    if (!has_started) {
        pool_start(environment);
    } else {
        dropin_read_environment(environment);
        if (dropin_settings()->heap_bytes != 0 &&
            dropin_settings()->heap_bytes != counts.reserved_bytes) {
            dropin_refuse_setting("BESTFIT_MALLOC_BYTES", "memory was needed before it was read");
        }
    }
    (void)pthread_atfork(fork_begin, fork_end, fork_end_in_child);
}

/* Adds a range that serves a request. */
static bool pool_grow(size_t size, size_t align)
{
    const size_t page = page_bytes();
    size_t needed = 0;

    if (dropin_settings()->heap_bytes != 0 || heap.range_count == BF_RANGES_MAX ||
        __builtin_add_overflow(size, align, &needed) ||
        __builtin_add_overflow(needed, BF_RANGE_BYTES_MIN + page - 1, &needed)) {
        return false;
    }
    needed &= ~(page - 1);
    size_t wanted = counts.reserved_bytes != 0 ? counts.reserved_bytes : FIRST_RANGE_BYTES;

    for (;; wanted /= 2) {
        if (wanted <= needed) {
            return pool_map(needed);
        }
        if (pool_map(round_up(wanted, page))) {
            return true;
        }
    }
}

/* Gives the whole pages between two addresses back to the system; they read as 0 from then on.
 * Returns their bounds in *begin and *end, which are equal where there are none. */
static void pool_return_pages(uintptr_t *begin, uintptr_t *end)
{
    const size_t page = page_bytes();
    const uintptr_t first = round_up(*begin, page);
    const uintptr_t last = *end & ~(uintptr_t)(page - 1);
    const int error = errno;

    *end = *begin;
    if (first < last && madvise((void *)first, last - first, MADV_DONTNEED) == 0) {
        *begin = first;
        *end = last;
    }
    errno = error;
}

/* Of memory that has become free. */
static void pool_return_free(uintptr_t begin, uintptr_t end)
{
    if (end - begin >= LARGE_BYTES) {
        begin += BLOCK_EDGE_BYTES;
        end -= BLOCK_EDGE_BYTES;
        pool_return_pages(&begin, &end);
    }
}

/* Clears a new block, which was never touched as a rule. */
static void pool_clear(void *payload, size_t size)
{
    uintptr_t begin = (uintptr_t)payload;
    const uintptr_t end = begin + size;
    uintptr_t cleared_end = end;

    if (size < LARGE_BYTES) {
        memset(payload, 0, size);
        return;
    }
    pool_return_pages(&begin, &cleared_end);
    memset(payload, 0, begin - (uintptr_t)payload);
    memset((void *)cleared_end, 0, end - cleared_end);
}

/* -- blocks ---------------------------------------------------------------------------------- */

static void pool_count(enum bf_status status, size_t *done_count)
{
    *(status == BF_OK ? done_count : &counts.refused_count) += 1;
}

/* A new block is not clear by chance: nothing is found at the end of a string that was never put
 * there. The byte, and how many of them, are those of the sanitizer's own malloc. */
static void pool_fill(void *payload, size_t size)
{
    if (DROPIN_ASAN) {
        memset(payload, 0xbe, size < 4096 ? size : 4096);
    }
}

/* Before the core gives up what it holds back of freed blocks, because nothing else fits, the heap
 * grows. */
static void pool_grow_first(size_t size, size_t align)
{
#if BF_QUARANTINE_BYTES > 0
    const size_t overhead_bytes = align + BF_GUARD_BYTES + SLACK_BYTES_MAX;
    struct bf_stats stats;

    if (heap.quarantined_block_count > 0 && bf_stats(&heap, &stats) == BF_OK &&
        (stats.largest_free_bytes < overhead_bytes ||
         stats.largest_free_bytes - overhead_bytes < size)) {
        (void)pool_grow(size, align + BF_GUARD_BYTES);
    }
#else
    (void)size;
    (void)align;
#endif
}

static enum bf_status pool_allocate(size_t size, size_t align, void **out)
{
    pool_grow_first(size, align);
    enum bf_status status = bf_malloc(&heap, size, align, out);

    if (status == BF_OUT_OF_MEMORY && pool_grow(size, align + BF_GUARD_BYTES)) {
        status = bf_malloc(&heap, size, align, out);
    }
    if (status == BF_OK) {
        pool_fill(*out, size);
    }
    return status;
}

/* Until the sanitizer is ready not even a lock can be taken, as it replaces those functions too. */
static bool pool_is_ready(void)
{
    return !DROPIN_ASAN || has_started;
}

enum bf_status dropin_allocate(size_t size, size_t align, void **out)
{
    if (!pool_is_ready()) {
        return dropin_early_allocate(size, align, out) ? BF_OK : BF_OUT_OF_MEMORY;
    }
    lock();
    if (!has_started) {
        pool_start(environ);
    }
    const enum bf_status status = pool_allocate(size, align, out);

    pool_count(status, &counts.allocated_count);
    unlock();
    return status;
}

enum bf_status dropin_allocate_zeroed(size_t size, void **out)
{
    const enum bf_status status = dropin_allocate(size, DROPIN_ALIGN, out);

    if (status == BF_OK) {
        pool_clear(*out, size);
    }
    return status;
}

/* Whatever of a block its owner has closed, the sanitizer's own realloc copies it as well. */
static void pool_open(const void *payload, size_t size)
{
#if DROPIN_ASAN
    __asan_unpoison_memory_region(payload, size);
#else
    (void)payload;
    (void)size;
#endif
}

/* To another place always, so that a use of the old pointer is seen. */
static enum bf_status pool_move(void *ptr, size_t old_size, size_t size, void **out)
{
    enum bf_status status = pool_allocate(size, DROPIN_ALIGN, out);

    if (status == BF_OK) {
        pool_open(ptr, old_size);
        memcpy(*out, ptr, old_size < size ? old_size : size);
        status = bf_free(&heap, ptr, BF_ANY_SIZE);
    }
    if (status == BF_OK) {
        pool_return_free((uintptr_t)ptr, (uintptr_t)ptr + old_size);
    }
    return status;
}

static enum bf_status pool_resize(void *ptr, size_t size, void **out)
{
    size_t usable = 0;
    enum bf_status status = bf_usable_size(&heap, ptr, &usable);

    if (status != BF_OK || DROPIN_ASAN) {
        return status == BF_OK ? pool_move(ptr, usable, size, out) : status;
    }
    status = bf_realloc(&heap, ptr, BF_ANY_SIZE, size, DROPIN_ALIGN, out);
    if (status == BF_OUT_OF_MEMORY && pool_grow(size, DROPIN_ALIGN)) {
        status = bf_realloc(&heap, ptr, BF_ANY_SIZE, size, DROPIN_ALIGN, out);
    }
    if (status == BF_OK && *out != ptr) {
        pool_return_free((uintptr_t)ptr, (uintptr_t)ptr + usable);
    } else if (status == BF_OK && size < usable) {
        pool_return_free((uintptr_t)ptr + size, (uintptr_t)ptr + usable);
    }
    return status;
}

enum bf_status dropin_resize(void *ptr, size_t size, void **out)
{
    if (!pool_is_ready()) {
        return BF_INVALID_ADDRESS;
    }
    lock();
    const enum bf_status status = pool_resize(ptr, size, out);

    pool_count(status, &counts.resized_count);
    unlock();
    return status;
}

/* Whether the sizes that free_sized is told can differ from those on record. */
static bool has_told_usable_sizes;

static enum bf_status pool_release(void *ptr, size_t size)
{
    size_t usable = 0;
    enum bf_status status = bf_usable_size(&heap, ptr, &usable);

    if (status == BF_OK) {
        status = bf_free(&heap, ptr, size);
    }
    if (status == BF_WRONG_SIZE && has_told_usable_sizes && size <= usable &&
        usable - size < SLACK_BYTES_MAX) {
        status = bf_free(&heap, ptr, usable);
    }
    if (status == BF_OK) {
        pool_return_free((uintptr_t)ptr, (uintptr_t)ptr + usable);
    }
    return status;
}

enum bf_status dropin_release(void *ptr, size_t size)
{
    if (!pool_is_ready()) {
        return BF_INVALID_ADDRESS;
    }
    lock();
    const enum bf_status status = pool_release(ptr, size);

    pool_count(status, &counts.released_count);
    unlock();
    return status;
}

enum bf_status dropin_usable_size(void *ptr, size_t *size_bytes)
{
    void *same = NULL;

    if (!pool_is_ready()) {
        return BF_INVALID_ADDRESS;
    }
    lock();
    enum bf_status status = bf_usable_size(&heap, ptr, size_bytes);

    if (status == BF_OK && !DROPIN_ASAN) { /* there it is the size asked for already */
        /* In place: a block always has room for its capacity. */
        status = bf_realloc(&heap, ptr, BF_ANY_SIZE, *size_bytes, 1, &same);
        has_told_usable_sizes = true;
    }
    unlock();
    return status;
}

bool dropin_owns(const void *ptr)
{
    if (!pool_is_ready()) {
        return false;
    }
    lock();
    const bool is_ours = bf_owns(&heap, ptr);

    unlock();
    return is_ours;
}

bool dropin_read_stats(struct dropin_stats *stats)
{
    for (int tries = 10000; pthread_mutex_trylock(&mutex) != 0; tries--) {
        if (tries == 0) {
            return false;
        }
        (void)sched_yield();
    }
    *stats = counts;
    const bool is_sound = bf_stats(&heap, &stats->heap) == BF_OK;

    unlock();
    return is_sound;
}
