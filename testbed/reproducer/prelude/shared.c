/* SPDX-License-Identifier: MIT
 *
 * Second part of a reproducer for an allocator in a shared object, loaded from TARGET_PATH.
 * heapbed/target.h stands in front of it.
 */
#define TAKES_RANGES ((bed_target.contract & HB_TAKES_RANGES) != 0)
#define FAILS_UNCHANGED                                                                            \
    ((bed_target.contract & HB_FAILS_UNCHANGED) != 0 &&                                            \
     (bed_target.quarantine_bytes == 0 || bed_call.got != OUT_OF_MEMORY))
#define COALESCES ((bed_target.contract & HB_COALESCES) != 0)

#define HAS_USABLE (bed_target.usable_size != NULL)
#define HAS_OWNS   (bed_target.owns != NULL)

struct hb_target bed_target;
void *bed_heap;
size_t bed_heap_bytes;
size_t bed_scratch_offset;
size_t bed_scratch_bytes;

void bed_hang(void)
{
    bed_fault("hang", "a return", "no end of work");
}

struct hb_host bed_host = {.panic = bed_panic, .hang = bed_hang};

void *bed_heap_state(void)
{
    return bed_heap;
}

_Noreturn void bed_cannot_load(const char *reason)
{
    fprintf(stderr, "cannot run: %s (is the shared object at " TARGET_PATH "?)\n", reason);
    exit(2);
}

void bed_prepare_target(void)
{
    void *object = dlopen(TARGET_PATH, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        bed_cannot_load(dlerror());
    }
    const struct hb_target *target = dlsym(object, "heapbed_target");
    if (target == NULL || target->abi_version != HB_TARGET_ABI) {
        bed_cannot_load("no heapbed_target of this ABI version");
    }
    /* An older, shorter struct has null where fields have been added since. */
    size_t bytes = target->struct_bytes;
    memcpy(&bed_target, target, bytes < sizeof(bed_target) ? bytes : sizeof(bed_target));
    bed_heap_bytes = bed_target.state_bytes;
    bed_scratch_offset = bed_target.scratch_offset;
    bed_scratch_bytes = bed_target.scratch_bytes;
    bed_heap = aligned_alloc(16, (bed_heap_bytes / 16 + 1) * 16);
    if (bed_heap == NULL) {
        bed_cannot_load("out of memory");
    }
    memset(bed_heap, 0, bed_heap_bytes);
}

void bed_begin_work(void)
{
    bed_host.work = 0;
    bed_host.work_limit = bed_call.steps_max;
}

void target_init(unsigned long long key)
{
    bed_host.key = key;
    /* hb_step is the allocator's side of the header. */
    (void)hb_step;
    bed_begin_work();
    bed_target.init(bed_heap, &bed_host);
}

/* The numbers of enum hb_status are those of enum status; what lies above is a mistake of the
 * allocator's that matches no expectation. */
enum status bed_status(enum hb_status status)
{
    bed_call.steps = (unsigned long)bed_host.work;
    return status < HB_STATUS_COUNT ? (enum status)status : REFUSED;
}

enum status target_add_range(char *begin, char *end)
{
    bed_begin_work();
    return bed_target.add_range ? bed_status(bed_target.add_range(bed_heap, begin, end)) : OK;
}

enum status target_malloc(size_t size, size_t align, void **out)
{
    bed_begin_work();
    return bed_status(bed_target.malloc(bed_heap, size, align, out));
}

enum status target_free(char *ptr, size_t size)
{
    bed_begin_work();
    return bed_status(bed_target.free(bed_heap, ptr, size));
}

enum status target_remove_range(char *begin)
{
    bed_begin_work();
    return bed_status(bed_target.remove_range(bed_heap, begin));
}

enum status target_calloc(size_t count, size_t size, size_t align, void **out)
{
    bed_begin_work();
    return bed_status(bed_target.calloc(bed_heap, count, size, align, out));
}

enum status target_realloc(char *ptr, size_t old_size, size_t size, size_t align, void **out)
{
    bed_begin_work();
    return bed_status(bed_target.realloc(bed_heap, ptr, old_size, size, align, out));
}

enum status target_usable(const char *ptr, size_t *size)
{
    bed_begin_work();
    return bed_status(bed_target.usable_size(bed_heap, ptr, size));
}

bool target_owns(const char *ptr)
{
    bed_begin_work();
    return bed_target.owns(bed_heap, ptr);
}

bool target_check(const char **reason)
{
    bed_begin_work();
    return bed_target.check == NULL || bed_target.check(bed_heap, reason);
}

bool target_stats(struct bed_stats *stats)
{
    if (bed_target.stats == NULL) {
        return false;
    }
    struct hb_target_stats own = {0};
    bed_begin_work();
    bed_target.stats(bed_heap, &own);
    stats->range_count = own.range_count;
    stats->live_block_count = own.live_block_count;
    stats->live_bytes = own.live_bytes;
    stats->free_block_count = own.free_block_count;
    stats->free_bytes = own.free_bytes;
    stats->has_more = (bed_target.contract & HB_COUNTS_MORE) != 0;
    stats->peak_live_bytes = own.peak_live_bytes;
    stats->largest_free_bytes = own.largest_free_bytes;
    stats->failed_call_count = own.failed_call_count;
    return true;
}

bool bed_walk_visit(void *visit, const struct hb_target_block *block)
{
    (*(bed_visit *)visit)(block->payload, block->capacity_bytes, block->request_bytes);
    return true;
}

void target_walk(bed_visit visit)
{
    if (bed_target.walk != NULL) {
        bed_begin_work();
        bed_target.walk(bed_heap, bed_walk_visit, &visit);
    }
}
