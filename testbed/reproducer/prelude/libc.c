/* SPDX-License-Identifier: MIT
 *
 * Second part of a reproducer for malloc, the C library's or another's that is preloaded.
 */
#include <malloc.h>

#define TAKES_RANGES    false
#define FAILS_UNCHANGED false
#define COALESCES       false
#define HAS_USABLE      true
#define HAS_OWNS        false

/* What must be aligned beyond what may lie in a block of that size has to be asked for. */
static bool is_aligned_by_malloc(size_t size, size_t align)
{
    return align <= _Alignof(max_align_t) && align <= size;
}

const size_t bed_heap_bytes = 0;
const size_t bed_scratch_offset = 0;
const size_t bed_scratch_bytes = 0;

void *bed_heap_state(void)
{
    return NULL;
}

void bed_prepare_target(void) {}

void target_init(unsigned long long key)
{
    (void)key;
}

enum status target_add_range(char *begin, char *end)
{
    (void)begin;
    (void)end;
    return OK;
}

enum status target_malloc(size_t size, size_t align, void **out)
{
    if (align == 0 || (align & (align - 1)) != 0 || align > 4096) {
        return INVALID_ALIGN;
    }
    if (size == 0) {
        return INVALID_SIZE;
    }
    void *result = NULL;
    if (is_aligned_by_malloc(size, align)) {
        result = malloc(size);
    } else if (posix_memalign(&result, align < sizeof(void *) ? sizeof(void *) : align, size) !=
               0) {
        result = NULL;
    }
    if (result == NULL) {
        return OUT_OF_MEMORY;
    }
    *out = result;
    return OK;
}

/* It takes no ranges. */
enum status target_remove_range(char *begin)
{
    (void)begin;
    return REFUSED;
}

enum status target_calloc(size_t count, size_t size, size_t align, void **out)
{
    if (!is_aligned_by_malloc(count * size, align)) {
        enum status status = target_malloc(count * size, align, out);
        if (status == OK) {
            memset(*out, 0, count * size);
        }
        return status;
    }
    void *result = calloc(count, size);
    *out = result != NULL ? result : *out;
    return result != NULL ? OK : OUT_OF_MEMORY;
}

enum status target_realloc(char *ptr, size_t old_size, size_t size, size_t align, void **out)
{
    (void)old_size;
    if (!is_aligned_by_malloc(size, align)) {
        enum status status = target_malloc(size, align, out);
        if (status == OK && ptr != NULL) {
            size_t capacity = malloc_usable_size(ptr);
            memcpy(*out, ptr, capacity < size ? capacity : size);
            free(ptr);
        }
        return status;
    }
    void *result = realloc(ptr, size);
    *out = result != NULL ? result : *out;
    return result != NULL ? OK : OUT_OF_MEMORY;
}

enum status target_usable(const char *ptr, size_t *size)
{
    *size = malloc_usable_size((void *)ptr);
    return OK;
}

bool target_owns(const char *ptr)
{
    (void)ptr;
    return false;
}

enum status target_free(char *ptr, size_t size)
{
    (void)size;
    free(ptr);
    return OK;
}

bool target_check(const char **reason)
{
    (void)reason;
    return true;
}

bool target_stats(struct bed_stats *stats)
{
    (void)stats;
    return false;
}

void target_walk(bed_visit visit)
{
    (void)visit;
}
