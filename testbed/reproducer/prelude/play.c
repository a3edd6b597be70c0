/* SPDX-License-Identifier: MIT
 *
 * Third part of every reproducer: what the user does (user_*), and what is checked after each call.
 * The checks are exhaustive and simple; speed does not matter. The oracle of the verdict goes
 * first.
 */
struct bed_block {
    unsigned char *payload;
    size_t size;
    unsigned char *content; /* what the payload must hold */
    unsigned long long key; /* what the content is made of */
    bool is_live;
};

struct bed_range {
    unsigned char *begin;
    unsigned char *end;
};

struct bed_block bed_blocks[BLOCKS_MAX];
size_t bed_block_count;
struct bed_range bed_ranges[RANGES_MAX];
size_t bed_range_count;
unsigned char bed_content[CONTENT_BYTES];
size_t bed_content_bytes;
unsigned long long bed_next_key;

/* Where every call ended, in the first pass over the operations. */
struct {
    enum status got;
    const char *result;
} bed_trace[CALLS_MAX];
bool bed_is_second_pass;

/* Since the heap was made, as the allocator should count. */
size_t bed_peak_live_bytes;
size_t bed_failed_call_count;

/* As all was before the call. */
unsigned char *bed_watched_before;
unsigned char *bed_heap_before;

/* The number as it is compared and printed. */
void bed_expect_equal(const char *oracle, const char *what, size_t expected, size_t got)
{
    if (expected != got) {
        char expected_text[80];
        char got_text[40];
        snprintf(expected_text, sizeof(expected_text), "%s %zu", what, expected);
        snprintf(got_text, sizeof(got_text), "%zu", got);
        bed_fault(oracle, expected_text, got_text);
    }
}

void bed_check_status(void)
{
    enum status expected = bed_call.expected;
    enum status got = bed_call.got;
    bool is_full = got == OUT_OF_MEMORY || got == TOO_MANY_RANGES;
    bool is_expected = got == expected || (expected == OK_OR_FULL && (got == OK || is_full)) ||
                       (expected == REFUSED && got != OK) || expected == ANYTHING;
    if (!is_expected) {
        bed_fault("status", bed_status_names[expected], bed_status_names[got]);
    }
    if (bed_call.is_allocation && got == OK && bed_call.result == NULL) {
        bed_fault("status", "an address with ok", "null with ok");
    }
}

void bed_check_place(void)
{
    if (bed_call.result != NULL && bed_call.expected_place != ANYWHERE &&
        bed_call.result != bed_call.expected_place) {
        char expected[32];
        char got[32];
        bed_fault("place", bed_place_text(bed_call.expected_place, expected),
                  bed_place_text(bed_call.result, got));
    }
}

void bed_check_align(void)
{
    if (bed_call.result != NULL && bed_call.align != 0 &&
        (uintptr_t)bed_call.result % bed_call.align != 0) {
        char got[32];
        bed_fault("align", "a multiple of the alignment", bed_place_text(bed_call.result, got));
    }
}

void bed_check_inside(void)
{
    if (bed_call.result == NULL || !TAKES_RANGES) {
        return;
    }
    uintptr_t begin = (uintptr_t)bed_call.result;
    for (size_t i = 0; i < bed_range_count; i++) {
        uintptr_t range_begin = (uintptr_t)bed_ranges[i].begin;
        uintptr_t range_end = (uintptr_t)bed_ranges[i].end;
        if (begin >= range_begin && begin <= range_end && bed_call.size <= range_end - begin) {
            return;
        }
    }
    char got[32];
    bed_fault("inside", "a block within one range", bed_place_text(bed_call.result, got));
}

void bed_check_overlap(void)
{
    if (bed_call.result == NULL) {
        return;
    }
    uintptr_t begin = (uintptr_t)bed_call.result;
    for (size_t i = 0; i < bed_block_count; i++) {
        uintptr_t other = (uintptr_t)bed_blocks[i].payload;
        bool is_apart =
            begin < other ? other - begin >= bed_call.size : begin - other >= bed_blocks[i].size;
        if (bed_blocks[i].is_live && !is_apart) {
            char got[32];
            bed_fault("overlap", "bytes of no live block", bed_place_text(bed_call.result, got));
        }
    }
}

void bed_check_block(const struct bed_block *block)
{
    for (size_t byte = 0; byte < block->size; byte++) {
        if (block->payload[byte] != block->content[byte]) {
            char expected[80];
            char got[40];
            snprintf(expected, sizeof(expected), "0x%02x in byte %zu of block %zu",
                     block->content[byte], byte, (size_t)(block - bed_blocks) + 1);
            snprintf(got, sizeof(got), "0x%02x", block->payload[byte]);
            bed_fault("content", expected, got);
        }
    }
}

void bed_check_content(void)
{
    for (size_t i = 0; i < bed_block_count; i++) {
        if (bed_blocks[i].is_live) {
            bed_check_block(&bed_blocks[i]);
        }
    }
}

bool bed_is_in_range(const unsigned char *byte)
{
    for (size_t i = 0; i < bed_range_count; i++) {
        if (byte >= bed_ranges[i].begin && byte < bed_ranges[i].end) {
            return true;
        }
    }
    return false;
}

void bed_check_guard(void)
{
    for (size_t i = 0; i < WATCHED_BYTES; i++) {
        const unsigned char *byte = bed_watched() + i;
        if (*byte != PATTERN && !bed_is_in_range(byte)) {
            char got[64];
            char place[32];
            snprintf(got, sizeof(got), "0x%02x %s", *byte, bed_place_text(byte, place));
            bed_fault("guard", "bytes outside the ranges untouched", got);
        }
    }
}

void bed_check_unchanged(void)
{
    if ((bed_call.got == OK && !bed_call.is_question) || !FAILS_UNCHANGED) {
        return;
    }
    if (bed_call.is_out_written && bed_call.got != OK) {
        bed_fault("unchanged", "*out as it was", "*out was written by a call that failed");
    }
    for (size_t i = 0; i < WATCHED_BYTES; i++) {
        if (bed_watched()[i] != bed_watched_before[i]) {
            char got[64];
            char place[32];
            snprintf(got, sizeof(got), "a byte changed %s",
                     bed_place_text(bed_watched() + i, place));
            bed_fault("unchanged", "a failed call to change nothing", got);
        }
    }
    const unsigned char *heap = bed_heap_state();
    for (size_t i = 0; i < bed_heap_bytes; i++) {
        bool is_scratch = i >= bed_scratch_offset && i - bed_scratch_offset < bed_scratch_bytes;
        if (!is_scratch && heap[i] != bed_heap_before[i]) {
            char got[64];
            snprintf(got, sizeof(got), "byte %zu of the heap's own state changed", i);
            bed_fault("unchanged", "a failed call to change nothing", got);
        }
    }
}

void bed_check_check(void)
{
    const char *reason = "no reason given";
    if (!target_check(&reason)) {
        bed_fault("check", "a sound heap", reason);
    }
}

size_t bed_walked_count;

void bed_compare_block(const void *payload, size_t capacity_bytes, size_t request_bytes)
{
    if (bed_walked_count == bed_verdict.block_count) {
        bed_fault("stats", "no more blocks", "one more");
    }
    const struct bed_expected_block *expected = &bed_verdict.blocks[bed_walked_count++];
    bed_expect_equal("stats", "a block at the arena's begin +", (size_t)expected->offset,
                     (size_t)((uintptr_t)payload - (uintptr_t)bed_arena));
    bed_expect_equal("stats", "capacity", expected->capacity_bytes, capacity_bytes);
    bed_expect_equal("stats", "request", expected->request_bytes, request_bytes);
}

/* Every block, where the verdict is about the allocator's view of itself. */
void bed_check_walk(void)
{
    bed_walked_count = 0;
    if (bed_verdict.block_count > 0) {
        target_walk(bed_compare_block);
        bed_expect_equal("stats", "blocks", bed_verdict.block_count, bed_walked_count);
    }
}

void bed_check_stats(void)
{
    struct bed_stats stats = {0};
    if (!target_stats(&stats)) {
        return;
    }
    size_t live_block_count = 0;
    size_t live_bytes = 0;
    for (size_t i = 0; i < bed_block_count; i++) {
        live_block_count += bed_blocks[i].is_live;
        live_bytes += bed_blocks[i].is_live ? bed_blocks[i].size : 0;
    }
    bed_expect_equal("stats", "live blocks", live_block_count, stats.live_block_count);
    bed_expect_equal("stats", "live bytes", live_bytes, stats.live_bytes);
    if (stats.has_more) {
        bed_expect_equal("stats", "live bytes at the peak", bed_peak_live_bytes,
                         stats.peak_live_bytes);
        bed_expect_equal("stats", "failed calls", bed_failed_call_count, stats.failed_call_count);
    }
    if (bed_call.number == bed_verdict.call && bed_verdict.has_stats) {
        if (stats.has_more) {
            bed_expect_equal("stats", "bytes in the largest free block",
                             bed_verdict.largest_free_bytes, stats.largest_free_bytes);
        }
        bed_expect_equal("stats", "ranges", bed_range_count, stats.range_count);
        bed_expect_equal("stats", "free blocks", bed_verdict.free_block_count,
                         stats.free_block_count);
        bed_expect_equal("stats", "free bytes", bed_verdict.free_bytes, stats.free_bytes);
        bed_check_walk();
    }
}

void bed_check_owner(const void *ptr)
{
    bool expected = bed_is_in_range(ptr);
    if (HAS_OWNS && TAKES_RANGES && target_owns(ptr) != expected) {
        bed_fault("stats", expected ? "owns: yes" : "owns: no", expected ? "no" : "yes");
    }
}

/* Where a range begins and ends is known of exact targets alone. */
void bed_check_edges(void)
{
    if (bed_call.number != bed_verdict.call || !bed_verdict.has_stats) {
        return;
    }
    for (size_t i = 0; i < bed_range_count; i++) {
        bed_check_owner(bed_ranges[i].begin - 1);
        bed_check_owner(bed_ranges[i].begin);
        bed_check_owner(bed_ranges[i].end - 1);
        bed_check_owner(bed_ranges[i].end);
    }
}

/* exact: 0 where it may be anything from least on. */
void bed_check_capacity(size_t exact, size_t least, size_t got)
{
    if (exact != 0) {
        bed_expect_equal("stats", "usable bytes", exact, got);
    } else if (got < least) {
        bed_expect_equal("stats", "usable bytes, at least", least, got);
    }
}

/* What the allocator says about the block that it has just handed out. */
void bed_check_described(void)
{
    size_t capacity = 0;
    if (bed_call.result == NULL) {
        return;
    }
    bed_check_owner(bed_call.result);
    bed_check_owner(bed_call.result + bed_call.size - 1);
    if (!HAS_USABLE) {
        return;
    }
    enum status status = target_usable(bed_call.result, &capacity);
    if (status != OK) {
        bed_fault("status", "ok from usable_size", bed_status_names[status]);
    }
    bed_check_capacity(bed_call.number == bed_verdict.call ? bed_verdict.capacity : 0,
                       bed_call.size, capacity);
}

void bed_check_bound(void)
{
    if (bed_call.number == bed_verdict.call && bed_call.work > bed_verdict.work_max) {
        char expected[80];
        char got[40];
        snprintf(expected, sizeof(expected), "at most %lu steps", bed_verdict.work_max);
        snprintf(got, sizeof(got), "%lu", bed_call.work);
        bed_fault("bound", expected, got);
    }
}

/* What a new heap can hand out can be had again, once nothing is live. */
void bed_check_regained(void)
{
    for (size_t i = 0; i < 4 && bed_verdict.regained[i] != 0; i++) {
        char expected[60];
        void *block = NULL;
        snprintf(expected, sizeof(expected), "a block of %zu bytes, as of a new heap",
                 bed_verdict.regained[i]);
        if (target_malloc(bed_verdict.regained[i], 16, &block) != OK) {
            bed_fault("drain", expected, "none");
        }
    }
}

/* Of a heap that coalesces, once nothing is live. */
void bed_check_drain(void)
{
    if (bed_call.number == bed_verdict.call) {
        bed_check_regained();
    }
    struct bed_stats stats = {0};
    bool is_claimed = strcmp(bed_verdict.oracle, "drain") == 0;
    if (is_claimed && bed_call.number == bed_verdict.call && target_stats(&stats)) {
        bed_expect_equal("drain", "live blocks", 0, stats.live_block_count);
        bed_expect_equal("drain", "live bytes", 0, stats.live_bytes);
        if (COALESCES) {
            bed_expect_equal("drain", "free blocks", bed_range_count, stats.free_block_count);
        }
    }
}

#ifndef BED_MAP /* it poisons nothing */
#define BED_MAP bed_no_map
unsigned char *bed_no_map;
#endif

struct bed_block *bed_block_of(const void *byte);

/* In a range only what is in a live block can be touched, but that eight bytes are told apart by
 * one place alone; outside of the ranges everything can. */
void bed_check_shadow(void)
{
    const unsigned char *map = BED_MAP;
    for (size_t i = 0; map != NULL && i < WATCHED_BYTES / 8; i++) {
        const unsigned char *granule = bed_watched() + 8 * i;
        unsigned expected = 8;
        while (expected > 0 && bed_is_in_range(granule + expected - 1) &&
               bed_block_of(granule + expected - 1) == NULL) {
            expected--;
        }
        if (map[i] != expected) {
            char expected_text[80];
            char got[80];
            char place[32];
            snprintf(expected_text, sizeof(expected_text), "of 8 bytes the first %u not poisoned",
                     expected);
            snprintf(got, sizeof(got), "%u %s", map[i], bed_place_text(granule, place));
            bed_fault("shadow", expected_text, got);
        }
    }
}

void bed_check_replay(void)
{
    unsigned long index = bed_call.number - 1;
    if (!bed_is_second_pass) {
        bed_trace[index].got = bed_call.got;
        bed_trace[index].result = bed_call.result;
        return;
    }
    char expected[32];
    char got[32];
    if (bed_trace[index].got != bed_call.got) {
        bed_fault("replay", bed_status_names[bed_trace[index].got], bed_status_names[bed_call.got]);
    }
    if (TAKES_RANGES && bed_trace[index].result != bed_call.result) {
        bed_fault("replay", bed_place_text(bed_trace[index].result, expected),
                  bed_place_text(bed_call.result, got));
    }
}

const struct {
    const char *oracle;
    void (*check)(void);
    bool is_whole_heap;
} bed_checks[] = {
    {"status", bed_check_status, false},       {"place", bed_check_place, false},
    {"align", bed_check_align, false},         {"inside", bed_check_inside, false},
    {"overlap", bed_check_overlap, false},     {"bound", bed_check_bound, false},
    {"unchanged", bed_check_unchanged, false}, {"content", bed_check_content, true},
    {"guard", bed_check_guard, true},          {"check", bed_check_check, true},
    {"stats", bed_check_stats, true},          {"drain", bed_check_drain, true},
    {"replay", bed_check_replay, false},       {"described", bed_check_described, true},
    {"shadow", bed_check_shadow, true},
};

/* Before a call: what it is, and what all looks like. */
void bed_begin_call(unsigned long operation, enum status expected)
{
    if (bed_watched_before == NULL) {
        bed_watched_before = malloc(WATCHED_BYTES);
        bed_heap_before = malloc(bed_heap_bytes + 1);
        if (bed_watched_before == NULL || bed_heap_before == NULL) {
            perror("cannot run: malloc");
            exit(2);
        }
    }
    memcpy(bed_watched_before, bed_watched(), WATCHED_BYTES);
    if (bed_heap_bytes > 0) {
        memcpy(bed_heap_before, bed_heap_state(), bed_heap_bytes);
    }
    bed_call.number++;
    bed_call.operation = operation;
    bed_call.steps = 0;
    bed_call.steps_max = bed_call.number == bed_verdict.call ? bed_verdict.steps_max : HANG_STEPS;
    bed_call.expected = expected;
    bed_call.got = OK;
    bed_call.expected_place = ANYWHERE;
    bed_call.result = NULL;
    bed_call.is_allocation = false;
    bed_call.is_question = false;
    bed_call.is_out_written = false;
    alarm(HANG_SECONDS);
}

/* The oracles on one call, or those on the whole heap; that of the verdict first. */
void bed_judge(bool whole_heap)
{
    size_t count = sizeof(bed_checks) / sizeof(bed_checks[0]);
    for (size_t i = 0; i < 2 * count; i++) {
        bool is_first_turn = i < count;
        bool is_verdict = strcmp(bed_checks[i % count].oracle, bed_verdict.oracle) == 0;
        if (bed_checks[i % count].is_whole_heap == whole_heap && is_verdict == is_first_turn) {
            bed_call.steps = 0;
            bed_checks[i % count].check();
        }
    }
}

/* The call has returned. */
void bed_end_call(void)
{
    bed_call.work = bed_call.steps;
    bed_call.steps_max = LOOK_STEPS;
    bed_failed_call_count += bed_call.got != OK && !bed_call.is_question;
    bed_judge(false);
}

/* What the call brought has been entered. */
void bed_look(void)
{
    size_t live_bytes = 0;
    for (size_t i = 0; i < bed_block_count; i++) {
        live_bytes += bed_blocks[i].is_live ? bed_blocks[i].size : 0;
    }
    bed_peak_live_bytes = live_bytes > bed_peak_live_bytes ? live_bytes : bed_peak_live_bytes;
    if (bed_call.operation >= bed_verdict.whole_heap_from) {
        bed_judge(true);
    }
    alarm(0);
}

/* Writes what the bed's user writes: words that depend on the key and nothing else. */
void bed_fill(struct bed_block *block, unsigned long long key)
{
    unsigned long long word = (key + 1) * 0xD1342543DE82EF95u;
    word ^= word >> 29;
    block->key = key;
    for (size_t i = 0; i < block->size; i++) {
        if (i > 0 && i % 8 == 0) {
            word += 0x9E3779B97F4A7C15u;
        }
        block->content[i] = (unsigned char)(word >> i % 8 * 8);
        block->payload[i] = block->content[i];
    }
}

/* The live block that a byte belongs to, or null. */
struct bed_block *bed_block_of(const void *byte)
{
    for (size_t i = bed_block_count; i > 0; i--) {
        struct bed_block *block = &bed_blocks[i - 1];
        if (block->is_live && (uintptr_t)byte - (uintptr_t)block->payload < block->size) {
            return block;
        }
    }
    return NULL;
}

void bed_add_block(char *payload, size_t size)
{
    if (bed_block_count == BLOCKS_MAX || size > CONTENT_BYTES - bed_content_bytes) {
        fprintf(stderr, "cannot go on: more was allocated than when this was recorded\n");
        exit(2);
    }
    struct bed_block *block = &bed_blocks[bed_block_count++];
    block->payload = (unsigned char *)payload;
    block->size = size;
    block->content = bed_content + bed_content_bytes;
    block->is_live = true;
    bed_content_bytes += size;
    bed_fill(block, bed_next_key++);
}

/* key: for the allocator's checksums, as the bed gave it. */
void user_init(unsigned long operation, unsigned long long key)
{
    snprintf(bed_call.text, sizeof(bed_call.text), "init()");
    memset(bed_watched(), PATTERN, WATCHED_BYTES);
    unsigned char *map = BED_MAP;
    if (map != NULL) {
        memset(map, 8, WATCHED_BYTES / 8);
    }
    bed_begin_call(operation, OK);
    target_init(key);
    bed_peak_live_bytes = 0;
    bed_failed_call_count = 0;
    bed_block_count = 0;
    bed_range_count = 0;
    bed_end_call();
    bed_look();
}

void user_add_range(unsigned long operation, char *begin, char *end, enum status expected)
{
    char begin_text[32];
    char end_text[32];
    snprintf(bed_call.text, sizeof(bed_call.text), "add_range(%s, %s)",
             bed_place_text(begin, begin_text), bed_place_text(end, end_text));
    bed_begin_call(operation, expected);
    bed_call.got = target_add_range(begin, end);
    if (bed_call.got == OK && bed_range_count < RANGES_MAX) {
        bed_ranges[bed_range_count].begin = (unsigned char *)begin;
        bed_ranges[bed_range_count].end = (unsigned char *)end;
        bed_range_count++;
    }
    bed_end_call();
    bed_check_edges();
    bed_look();
}

/* What was the range's is the arena's again. */
void bed_drop_range(const char *begin)
{
    for (size_t i = 0; i < bed_range_count; i++) {
        if ((char *)bed_ranges[i].begin == begin) {
            memset(bed_ranges[i].begin, PATTERN, (size_t)(bed_ranges[i].end - bed_ranges[i].begin));
            bed_range_count--;
            memmove(&bed_ranges[i], &bed_ranges[i + 1],
                    (bed_range_count - i) * sizeof(bed_ranges[0]));
        }
    }
}

void user_remove_range(unsigned long operation, char *begin, enum status expected)
{
    char place[32];
    snprintf(bed_call.text, sizeof(bed_call.text), "remove_range(%s)",
             bed_place_text(begin, place));
    bed_begin_call(operation, expected);
    bed_call.got = target_remove_range(begin);
    if (bed_call.got == OK) {
        bed_drop_range(begin);
    }
    bed_end_call();
    bed_check_edges();
    bed_look();
}

/* Looks at all of it, as after a call. */
void user_check(unsigned long operation)
{
    snprintf(bed_call.text, sizeof(bed_call.text), "check()");
    bed_begin_call(operation, OK);
    bed_end_call();
    bed_look();
}

/* A call that answers with a block is about to be made. */
void bed_begin_allocation(unsigned long operation, size_t size, size_t align, enum status expected,
                          const char *expected_place)
{
    bed_begin_call(operation, expected);
    bed_call.is_allocation = true;
    bed_call.expected_place = expected_place;
    bed_call.size = size;
    bed_call.align = align;
}

/* It has returned. Returns the block, or null where it was refused. */
char *bed_end_allocation(enum status got, void *result)
{
    bed_call.got = got;
    bed_call.result = got == OK ? result : NULL;
    bed_call.is_out_written = result != &bed_call;
    bed_end_call();
    return got == OK ? result : NULL;
}

/* Allocates and, after the checks, fills. Returns null where it was refused. */
char *user_malloc(unsigned long operation, size_t size, size_t align, enum status expected,
                  const char *expected_place)
{
    void *result = &bed_call;
    snprintf(bed_call.text, sizeof(bed_call.text), "malloc(%zu, %zu)", size, align);
    bed_begin_allocation(operation, size, align, expected, expected_place);
    enum status got = target_malloc(size, align, &result);
    char *block = bed_end_allocation(got, result);
    if (block != NULL) {
        bed_add_block(block, size);
    }
    bed_look();
    return block;
}

char *user_calloc(unsigned long operation, size_t count, size_t size, size_t align,
                  enum status expected, const char *expected_place)
{
    void *result = &bed_call;
    snprintf(bed_call.text, sizeof(bed_call.text), "calloc(%zu, %zu, %zu)", count, size, align);
    bed_begin_allocation(operation, count * size, align, expected, expected_place);
    enum status got = target_calloc(count, size, align, &result);
    char *block = bed_end_allocation(got, result);
    for (size_t i = 0; block != NULL && i < count * size; i++) {
        if (block[i] != 0) {
            bed_fault("content", "zeros from calloc", "another byte");
        }
    }
    if (block != NULL) {
        bed_add_block(block, count * size);
    }
    bed_look();
    return block;
}

/* Of a block that the call may have moved: what it had is there, as far as both sizes go. */
void bed_check_kept(const struct bed_block *old, const char *block, size_t size)
{
    for (size_t i = 0; i < old->size && i < size; i++) {
        if ((unsigned char)block[i] != old->content[i]) {
            bed_fault("content", "what the block had", "another byte");
        }
    }
}

char *user_realloc(unsigned long operation, char *ptr, size_t old_size, size_t size, size_t align,
                   enum status expected, const char *expected_place)
{
    char place[32];
    void *result = &bed_call;
    snprintf(bed_call.text, sizeof(bed_call.text), "realloc(%s, %zu, %zu, %zu)",
             bed_place_text(ptr, place), old_size, size, align);
    struct bed_block *old = bed_block_of(ptr);
    bed_begin_allocation(operation, size, align, expected, expected_place);
    if (old != NULL) {
        bed_check_block(old);
    }
    enum status got = target_realloc(ptr, old_size, size, align, &result);
    if (got == OK && old != NULL) {
        old->is_live = false;
    }
    char *block = bed_end_allocation(got, result);
    if (block != NULL && old != NULL) {
        bed_check_kept(old, block, size);
    }
    if (block != NULL) {
        bed_add_block(block, size);
    }
    bed_look();
    return block;
}

/* capacity: 0 where the expected answer is not known, or none. */
void user_usable(unsigned long operation, char *ptr, enum status expected, size_t capacity)
{
    char place[32];
    const size_t unwritten = 0x5A5A5A5A;
    size_t size = unwritten;
    snprintf(bed_call.text, sizeof(bed_call.text), "usable_size(%s)", bed_place_text(ptr, place));
    bed_begin_call(operation, expected);
    bed_call.is_question = true;
    bed_call.got = target_usable(ptr, &size);
    bed_call.is_out_written = size != unwritten;
    bed_end_call();
    if (bed_call.got == OK) {
        const struct bed_block *block = bed_block_of(ptr);
        bed_check_capacity(capacity, block != NULL ? block->size : 0, size);
    }
    bed_check_owner(ptr);
    bed_look();
}

void user_free(unsigned long operation, char *ptr, size_t size, enum status expected)
{
    char place[32];
    snprintf(bed_call.text, sizeof(bed_call.text),
             size == SIZE_MAX ? "free(%s, any size)" : "free(%s, %zu)", bed_place_text(ptr, place),
             size);
    bed_begin_call(operation, expected);
    struct bed_block *block = bed_block_of(ptr);
    if (block != NULL) {
        bed_check_block(block);
    }
    bed_call.got = target_free(ptr, size);
    if (bed_call.got == OK && block != NULL) {
        block->is_live = false;
    }
    bed_end_call();
    bed_look();
}

/* The user copies into a block of its own. */
void user_copy(char *to, const char *from, size_t size)
{
    memmove(to, from, size);
    struct bed_block *block = bed_block_of(to);
    if (block != NULL) {
        memmove(block->content + ((unsigned char *)to - block->payload), to, size);
    }
}

/* The user fills its block with something new. */
void user_fill(char *ptr)
{
    struct bed_block *block = bed_block_of(ptr);
    if (block != NULL) {
        bed_fill(block, bed_next_key++);
    }
}

/* The user writes what the block had at first. */
void user_refill(char *ptr)
{
    struct bed_block *block = bed_block_of(ptr);
    if (block != NULL) {
        bed_fill(block, block->key);
    }
}

/* Everything is played once more, and has to come out the same. */
void bed_start_second_pass(void)
{
    bed_is_second_pass = true;
    bed_call.number = 0;
    bed_content_bytes = 0;
    bed_next_key = 0;
    if (bed_heap_bytes > 0) {
        memset(bed_heap_state(), 0, bed_heap_bytes);
    }
}

void bed_start(void)
{
    bed_map_arena();
    bed_prepare_target();
    bed_catch_signals();
}

int bed_finish(void)
{
    printf("no fault shown\n");
    return 0;
}
