/* SPDX-License-Identifier: MIT
 *
 * The allocation functions of C (C11, and C23's sized frees), POSIX and the GNU C library, on the
 * heap of heap.c. Only these are visible from outside.
 *
 * Where the standards leave a choice, it is that of the GNU C library, which the programs of a
 * Linux system are tried with: a size of 0 gets a block of its own, realloc to 0 frees, memalign
 * takes the next power of two. free never changes errno. docs/dropin.md has the list.
 */
#include "dropin.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/auxv.h>

/* With DROPIN_PREFIX the functions have names of their own, so that a test has them beside those of
 * the C library. */
#ifdef DROPIN_PREFIX
#define DROPIN_JOIN_(prefix, name) prefix##name
#define DROPIN_JOIN(prefix, name)  DROPIN_JOIN_(prefix, name)
#define DROPIN_NAME(name)          DROPIN_JOIN(DROPIN_PREFIX, name)
#else
#define DROPIN_NAME(name) name
#endif
#define EXPORT __attribute__((visibility("default")))

/* Not every C library declares all of them. */
EXPORT void *DROPIN_NAME(malloc)(size_t size);
EXPORT void *DROPIN_NAME(calloc)(size_t count, size_t size);
EXPORT void *DROPIN_NAME(realloc)(void *ptr, size_t size);
EXPORT void *DROPIN_NAME(reallocarray)(void *ptr, size_t count, size_t size);
EXPORT void DROPIN_NAME(free)(void *ptr);
EXPORT void DROPIN_NAME(free_sized)(void *ptr, size_t size);
EXPORT void DROPIN_NAME(free_aligned_sized)(void *ptr, size_t align, size_t size);
EXPORT int DROPIN_NAME(posix_memalign)(void **out, size_t align, size_t size);
EXPORT void *DROPIN_NAME(aligned_alloc)(size_t align, size_t size);
EXPORT void *DROPIN_NAME(memalign)(size_t align, size_t size);
EXPORT void *DROPIN_NAME(valloc)(size_t size);
EXPORT void *DROPIN_NAME(pvalloc)(size_t size);
EXPORT size_t DROPIN_NAME(malloc_usable_size)(void *ptr);

/* What the core is asked for: it has no block of 0 bytes. */
static size_t request_of(size_t size)
{
    return size == 0 ? 1 : size;
}

static bool is_power_of_two(size_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* A block, or null and what went wrong. Damage that was found on the way is told. */
static int allocate(const char *function, size_t align, size_t size, void **out)
{
    enum bf_status status = BF_OUT_OF_MEMORY;

    if (size <= PTRDIFF_MAX) {
        status =
            dropin_allocate(request_of(size), align < DROPIN_ALIGN ? DROPIN_ALIGN : align, out);
    }
    if (status == BF_CORRUPTED) {
        dropin_complain(function, NULL, status);
    }
    return status == BF_OK ? 0 : ENOMEM;
}

/* The same for the functions that say it by errno. */
static void *allocate_or_set_errno(const char *function, size_t align, size_t size)
{
    void *block = NULL;
    const int error = allocate(function, align, size, &block);

    if (error != 0) {
        errno = error;
        return NULL;
    }
    return block;
}

static void *fail(int error)
{
    errno = error;
    return NULL;
}

void *DROPIN_NAME(malloc)(size_t size)
{
    return allocate_or_set_errno("malloc", DROPIN_ALIGN, size);
}

void *DROPIN_NAME(calloc)(size_t count, size_t size)
{
    size_t bytes = 0;
    void *block = NULL;

    if (__builtin_mul_overflow(count, size, &bytes) || bytes > PTRDIFF_MAX) {
        return fail(ENOMEM);
    }
    const enum bf_status status = dropin_allocate_zeroed(request_of(bytes), &block);

    if (status == BF_CORRUPTED) {
        dropin_complain("calloc", NULL, status);
    }
    return status == BF_OK ? block : fail(ENOMEM);
}

static void release(const char *function, void *ptr, size_t size)
{
    const int error = errno;
    const enum bf_status status = ptr != NULL ? dropin_release(ptr, size) : BF_OK;

    if (status != BF_OK) {
        dropin_reject_free(function, ptr, status);
    }
    errno = error;
}

static void *resize(const char *function, void *ptr, size_t size)
{
    void *block = NULL;

    if (ptr == NULL) {
        return allocate_or_set_errno(function, DROPIN_ALIGN, size);
    }
    if (size == 0) {
        release(function, ptr, BF_ANY_SIZE);
        return NULL;
    }
    if (size > PTRDIFF_MAX) {
        return fail(ENOMEM);
    }
    const enum bf_status status = dropin_resize(ptr, size, &block);

    if (status != BF_OK && status != BF_OUT_OF_MEMORY && status != BF_INVALID_SIZE) {
        return dropin_reject_realloc(function, ptr, size, status);
    }
    return status == BF_OK ? block : fail(ENOMEM);
}

void *DROPIN_NAME(realloc)(void *ptr, size_t size)
{
    return resize("realloc", ptr, size);
}

void *DROPIN_NAME(reallocarray)(void *ptr, size_t count, size_t size)
{
    size_t bytes = 0;

    return __builtin_mul_overflow(count, size, &bytes) ? fail(ENOMEM)
                                                       : resize("reallocarray", ptr, bytes);
}

void DROPIN_NAME(free)(void *ptr)
{
    release("free", ptr, BF_ANY_SIZE);
}

void DROPIN_NAME(free_sized)(void *ptr, size_t size)
{
    release("free_sized", ptr, request_of(size));
}

void DROPIN_NAME(free_aligned_sized)(void *ptr, size_t align, size_t size)
{
    (void)align; /* the core keeps no record of it */
    release("free_aligned_sized", ptr, request_of(size));
}

/* POSIX: *out is left alone where it fails, and errno too. */
int DROPIN_NAME(posix_memalign)(void **out, size_t align, size_t size)
{
    const int saved = errno;

    if (!is_power_of_two(align) || align % sizeof(void *) != 0) {
        return EINVAL;
    }
    const int error = allocate("posix_memalign", align, size, out);

    errno = saved;
    return error;
}

/* C17: any size; an alignment that is not supported fails. */
void *DROPIN_NAME(aligned_alloc)(size_t align, size_t size)
{
    return is_power_of_two(align) ? allocate_or_set_errno("aligned_alloc", align, size)
                                  : fail(EINVAL);
}

void *DROPIN_NAME(memalign)(size_t align, size_t size)
{
    size_t power = DROPIN_ALIGN;

    while (power < align && power <= SIZE_MAX / 2) {
        power *= 2;
    }
    return power < align ? fail(EINVAL) : allocate_or_set_errno("memalign", power, size);
}

void *DROPIN_NAME(valloc)(size_t size)
{
    return allocate_or_set_errno("valloc", (size_t)getauxval(AT_PAGESZ), size);
}

/* Whole pages, at least one. */
void *DROPIN_NAME(pvalloc)(size_t size)
{
    const size_t page = (size_t)getauxval(AT_PAGESZ);

    if (size > PTRDIFF_MAX) {
        return fail(ENOMEM);
    }
    size = (request_of(size) + page - 1) & ~(page - 1);
    return allocate_or_set_errno("pvalloc", page, size);
}

size_t DROPIN_NAME(malloc_usable_size)(void *ptr)
{
    size_t bytes = 0;
    const enum bf_status status = ptr != NULL ? dropin_usable_size(ptr, &bytes) : BF_OK;

    return status == BF_OK ? bytes : dropin_reject_usable_size(ptr, status);
}
