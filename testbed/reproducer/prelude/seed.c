/* SPDX-License-Identifier: MIT
 *
 * Second part of a reproducer for the seed. seed_alloc.h stands in front of it.
 */
#define TAKES_RANGES    true
#define FAILS_UNCHANGED true
#define COALESCES       false
#define HAS_USABLE      false
#define HAS_OWNS        false

struct seed_heap bed_heap;

const size_t bed_heap_bytes = sizeof(bed_heap);
const size_t bed_scratch_offset = 0;
const size_t bed_scratch_bytes = 0;

void *bed_heap_state(void)
{
    return &bed_heap;
}

enum status bed_status(enum seed_status status)
{
    switch (status) {
    case SEED_OK:
        return OK;
    case SEED_OUT_OF_MEMORY:
        return OUT_OF_MEMORY;
    case SEED_INVALID_ALIGN:
        return INVALID_ALIGN;
    case SEED_INVALID_SIZE:
        return INVALID_SIZE;
    case SEED_INVALID_ADDRESS:
        return INVALID_ADDRESS;
    }
    return REFUSED;
}

void bed_prepare_target(void) {}

void target_init(unsigned long long key)
{
    (void)key;
    seed_init(&bed_heap);
}

enum status target_add_range(char *begin, char *end)
{
    return bed_status(seed_add_range(&bed_heap, (uintptr_t)begin, (uintptr_t)end));
}

enum status target_malloc(size_t size, size_t align, void **out)
{
    return bed_status(seed_malloc(&bed_heap, size, align, out));
}

/* A null pointer cannot be passed in Rust. */
enum status target_free(char *ptr, size_t size)
{
    if (ptr == NULL) {
        return INVALID_ADDRESS;
    }
    seed_free(&bed_heap, ptr, size);
    return OK;
}

/* It has none of these: they are never called. */
enum status target_remove_range(char *begin)
{
    (void)begin;
    return REFUSED;
}

enum status target_calloc(size_t count, size_t size, size_t align, void **out)
{
    (void)count, (void)size, (void)align, (void)out;
    return REFUSED;
}

enum status target_realloc(char *ptr, size_t old_size, size_t size, size_t align, void **out)
{
    (void)ptr, (void)old_size, (void)size, (void)align, (void)out;
    return REFUSED;
}

enum status target_usable(const char *ptr, size_t *size)
{
    (void)ptr, (void)size;
    return REFUSED;
}

bool target_owns(const char *ptr)
{
    (void)ptr;
    return false;
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
