/* SPDX-License-Identifier: MIT
 *
 * Second part of a reproducer for the C library's malloc.
 */
#define TAKES_RANGES    false
#define FAILS_UNCHANGED false
#define COALESCES       false

const size_t bed_heap_bytes = 0;
const size_t bed_scratch_offset = 0;
const size_t bed_scratch_bytes = 0;

void *bed_heap_state(void)
{
    return NULL;
}

void bed_prepare_target(void) {}

void target_init(void) {}

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
    if (align <= _Alignof(max_align_t)) {
        result = malloc(size);
    } else if (posix_memalign(&result, align, size) != 0) {
        result = NULL;
    }
    if (result == NULL) {
        return OUT_OF_MEMORY;
    }
    *out = result;
    return OK;
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
