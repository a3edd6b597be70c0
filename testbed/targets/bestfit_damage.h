/* SPDX-License-Identifier: MIT
 *
 * Damage by somebody who knows the key: every word of a header, a link, a footer or a bin replaced
 * by every lie there is, under a checksum that is right. The smashes of streams know no key, so
 * what is behind the checksums they reach by the odds alone.
 *
 * A stream may ask for one such lie at a time (target_damage, the operation damage). And there is a
 * rehearsal, which tells all of them: small heaps ("scenes") are built on a stage. One word after
 * another is made to lie; then the heap is asked everything that can be asked of it, each time from
 * the same damage on. Whatever is answered, no byte outside the ranges may change, no call may go
 * on for ever, and one that is refused may have changed nothing. Part of bestfit.c: it is compiled
 * for each variant.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STAGE_BYTES  ((size_t)10240)
#define STAGE_GAP    ((size_t)64) /* in front of each range, and nobody's */
#define STAGE_RANGES 4
#define STAGE_LIVE   32
#define STAGE_STEPS  100000u
#define MORE_CALLS   8u /* that follow the one that is looked at most closely */

/* All that a call may change, and what the callers hold. It stays where it is, as it is full of
 * addresses; the others are copies. */
struct stage {
    _Alignas(1024) unsigned char bytes[STAGE_BYTES]; /* so that gaps are the same everywhere */
    struct bf_heap heap;
    void *live[STAGE_LIVE];
    size_t sizes[STAGE_LIVE];
    size_t live_count;
    void *gone; /* freed once already */
};

/* Requests from the first range, from left to right; those marked are freed again, once the other
 * ranges have joined. 0 ends either. */
#define FREED 0x8000u

struct scene {
    unsigned range_bytes[STAGE_RANGES];
    unsigned sizes[STAGE_LIVE];
};

static const struct scene scenes[] = {
    /* Stacks of one, two, three; tails. */
    {{1500, 300, 90, 75},
     {40 | FREED, 20, 40 | FREED, 33, 88 | FREED, 24, 88 | FREED, 1, 17 | FREED, 40, 40 | FREED,
      30}},
    /* In the small profile: two bins, rings of up to three, nodes with both children. */
    {{9000, 619, 88},
     {600 | FREED, 24, 700 | FREED,  24, 600 | FREED, 24, 900 | FREED,  24, 600 | FREED, 24,
      760 | FREED, 24, 1000 | FREED, 24, 640 | FREED, 24, 1100 | FREED, 24, 990 | FREED, 24}},
    /* One way down as deep as the bin has bits, and blocks of the same bin that are live. */
    {{9900}, {536 | FREED, 24, 552 | FREED, 24, 568 | FREED, 24, 600 | FREED,  24,
              616 | FREED, 24, 624 | FREED, 24, 650 | FREED, 24, 1030 | FREED, 24,
              632,         24, 700,         24, 1016,        24, 584,          24}},
    /* Nothing is live. */
    {{300}, {40 | FREED}},
};

static struct stage stage;
static struct stage sound;
static struct stage damaged;
static uint64_t damage_draws;

static size_t draw_below(size_t limit)
{
    uint64_t z = damage_draws += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    return (size_t)((z ^ z >> 31) % limit);
}

/* -- the stage ------------------------------------------------------------------------------- */

static void stage_add_range(size_t *used, size_t byte_count)
{
    unsigned char *const begin = stage.bytes + *used + STAGE_GAP;
    (void)bf_add_range(&stage.heap, begin, begin + byte_count);
    *used += STAGE_GAP + ((byte_count + BF_ALIGN - 1) & ~(BF_ALIGN - 1));
}

static void stage_build(const struct scene *scene)
{
    size_t used = 0;
    size_t count = 0;
    memset(&stage, 0, sizeof stage);
    (void)bf_init(&stage.heap, (uintptr_t)0x5eed0123);
    stage_add_range(&used, scene->range_bytes[0]);
    for (; count < STAGE_LIVE && scene->sizes[count] != 0; count++) {
        stage.sizes[count] = scene->sizes[count] & ~FREED;
        (void)bf_malloc(&stage.heap, stage.sizes[count], 16, &stage.live[count]);
    }
    for (size_t i = 1; i < STAGE_RANGES && scene->range_bytes[i] != 0; i++) {
        stage_add_range(&used, scene->range_bytes[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if ((scene->sizes[i] & FREED) != 0) {
            stage.gone = stage.live[i];
            (void)bf_free(&stage.heap, stage.gone, stage.sizes[i]);
        } else {
            stage.live[stage.live_count] = stage.live[i];
            memset(stage.live[i], 0x5b, stage.sizes[i]);
            stage.sizes[stage.live_count++] = stage.sizes[i];
        }
    }
}

/* Everything on the stage but its ranges is as it was built: 0. */
static bool stage_is_intact(void)
{
    size_t at = 0;
    for (size_t i = 0; i <= sound.heap.range_count; i++) {
        const bool is_end = i == sound.heap.range_count;
        const size_t begin =
            is_end ? STAGE_BYTES : sound.heap.ranges[i].begin - (uintptr_t)stage.bytes;
        for (; at < begin; at++) {
            if (stage.bytes[at] != 0) {
                return false;
            }
        }
        at = is_end ? STAGE_BYTES : sound.heap.ranges[i].end - (uintptr_t)stage.bytes;
    }
    return true;
}

/* -- what lies, and what it says -------------------------------------------------------------- */

#define PLACES_MAX 256
#define BLOCKS_MAX 48

/* A word, the header of a block, or the free block at the end of a range, in which blocks are
 * feigned. What only the heap itself ever writes to struct bf_heap is believed: of such lies
 * nothing but questions are asked. */
enum place_kind { PLACE_HEADER, PLACE_LINK, PLACE_PLANT, PLACE_OF_HEAP };

struct place {
    uintptr_t at;
    enum place_kind kind;
};

static struct place places[PLACES_MAX];
static size_t place_count;
static uintptr_t lie_blocks[BLOCKS_MAX]; /* where lies lead */
static size_t lie_block_count;
static struct bf_heap *liar; /* whose words they are */

static void note_place(uintptr_t at, enum place_kind kind)
{
    if (place_count < PLACES_MAX) {
        places[place_count++] = (struct place){at, kind};
    }
}

#ifdef BF_INDEX_LIST

static void note_block(uintptr_t block)
{
    note_place(block, PLACE_LINK);
    note_place(block + sizeof(uintptr_t), PLACE_LINK);
}

static uintptr_t block_behind(uintptr_t block)
{
    return block_end(block);
}

static uintptr_t first_block(const struct bf_range *range)
{
    return range->begin;
}

static uintptr_t last_end(const struct bf_range *range)
{
    return range->end;
}

/* Whether the way along the blocks goes on here: they may have been made to lie. */
static bool is_sound_block(const struct bf_range *range, uintptr_t block)
{
    return range_header_fault(range, block) == INVARIANT_NONE;
}

static void note_index(void)
{
    note_place((uintptr_t)&liar->free_head, PLACE_LINK);
}

static size_t header_lies(void)
{
    return 0;
}

static void tell_header(uintptr_t block, size_t lie)
{
    (void)block;
    (void)lie;
}

#else

static void note_block(uintptr_t block)
{
    const uint64_t header = header_read(block);
    const size_t stride = header_stride(header);
    unsigned links = 0;
    note_place(block, PLACE_HEADER);
    if (header_is_live(header)) {
        links = header_is_quarantined(header) ? 1 : 0;
    } else {
        note_place(block_footer(block, stride), PLACE_LINK);
        if (stride >= STRIDE_MIN) {
            links = class_of_stride(stride) < EXACT_BINS ? 2 : 4;
        }
    }
    for (unsigned link = 0; link < links; link++) {
        note_place(block_payload(block) + link * sizeof(uintptr_t), PLACE_LINK);
    }
}

static uintptr_t block_behind(uintptr_t block)
{
    return block + header_stride(header_read(block));
}

static uintptr_t first_block(const struct bf_range *range)
{
    return range_first_block(range);
}

static uintptr_t last_end(const struct bf_range *range)
{
    return range_whole_end(range);
}

static bool is_sound_block(const struct bf_range *range, uintptr_t block)
{
    struct spot spot;
    return spot_look_in(liar, range, block, &spot) && header_stride(spot.header) != 0;
}

/* The bins that are not empty, and the one above each. */
static void note_index(void)
{
    note_place((uintptr_t)&liar->tail_head, PLACE_LINK);
    for (size_t bin = 0; bin < BF_BIN_COUNT; bin++) {
        if (liar->bins[bin] != 0 || (bin > 0 && liar->bins[bin - 1] != 0)) {
            note_place((uintptr_t)&liar->bins[bin], PLACE_LINK);
        }
    }
}

enum { HEADER_FLAG_LIES = 3, HEADER_SIZE_LIES = 8, HEADER_STRIDE_LIES = 8 };

static size_t header_lies(void)
{
    return HEADER_FLAG_LIES + HEADER_SIZE_LIES + HEADER_STRIDE_LIES + 2 * lie_block_count + 2;
}

/* Flags, and sizes: 0, 1, 15, 16, 63, one more, one less, and that of a free block. */
static uint64_t lie_of_flags(uint64_t header, size_t lie)
{
    static const uint64_t flags[HEADER_FLAG_LIES] = {HEADER_LIVE, HEADER_LAST,
                                                     HEADER_PREVIOUS_FREE};
    const uint64_t field = header_size_field(header);
    const uint64_t fields[HEADER_SIZE_LIES] = {0, 1, 15, 16, 63, field + 1, field - 1, 0};
    if (lie < HEADER_FLAG_LIES) {
        return header ^ flags[lie];
    }
    lie -= HEADER_FLAG_LIES;
    header = (header & ~HEADER_SIZE_FIELD) | (fields[lie] << HEADER_SIZE_SHIFT & HEADER_SIZE_FIELD);
    return lie == HEADER_SIZE_LIES - 1 ? header & ~HEADER_LIVE : header;
}

/* Strides: small ones, a little off, up to the end of the next block, and those of all others. */
static uint64_t lie_of_stride(uintptr_t block, uint64_t header, size_t lie)
{
    const struct bf_range *range = range_of_block(liar, block);
    const size_t stride = header_stride(header);
    const uintptr_t behind = block + stride;
    const bool has_behind = !header_is_last(header) && behind < range_whole_end(range);
    const size_t joined = has_behind ? stride + header_stride(header_read(behind)) : stride / 2;
    const size_t strides[HEADER_STRIDE_LIES] = {
        0, 16, 32, stride + 16, stride - 16, joined, range_whole_end(range) - block, 544};
    const size_t told = lie < HEADER_STRIDE_LIES
                            ? strides[lie]
                            : header_stride(header_read(lie_blocks[lie - HEADER_STRIDE_LIES]));
    return (header & ~HEADER_STRIDE_MASK) | (told & HEADER_STRIDE_MASK);
}

/* A free block as long as another, which the bin of that length leads to. */
static void tell_bin(uintptr_t block, uintptr_t other)
{
    const struct bf_range *range = range_of_block(liar, block);
    const size_t stride = header_stride(header_read(other));
    header_write(block, header_seal(liar, range, block, header_make_free(stride, 0, 0)));
    if (stride >= STRIDE_MIN && class_of_stride(stride) < EXACT_BINS) {
        liar->bins[class_of_stride(stride)] = block;
    }
}

/* Writes a header that is wrong, with the checksum that belongs to it; the lies behind those of
 * strides are a wrong checksum, a whole range that is one free block, and those of bins. */
static void tell_header(uintptr_t block, size_t lie)
{
    const struct bf_range *range = range_of_block(liar, block);
    uint64_t header = header_read(block) & ~HEADER_CHECK_MASK;
    const size_t first_bin_lie = header_lies() - lie_block_count;
    const size_t last_lie = first_bin_lie - 1;
    if (lie >= first_bin_lie) {
        tell_bin(block, lie_blocks[lie - first_bin_lie]);
        return;
    }
    if (lie == last_lie - 1) {
        header_write(block, header_read(block) ^ (uint64_t)1 << HEADER_CHECK_SHIFT);
        return;
    }
    if (lie == last_lie) {
        header =
            header_make_free(range_whole_end(range) - block, range_tail_bytes(range), HEADER_LAST);
    } else if (lie < HEADER_FLAG_LIES + HEADER_SIZE_LIES) {
        header = lie_of_flags(header, lie);
    } else {
        header = lie_of_stride(block, header, lie - HEADER_FLAG_LIES - HEADER_SIZE_LIES);
    }
    header_write(block, header_seal(liar, range, block, header));
}

#endif

static void note_number(const size_t *number)
{
    note_place((uintptr_t)number, PLACE_OF_HEAP);
}

static void note_heap(void)
{
    note_number(&liar->free_block_count);
    note_number(&liar->free_bytes);
    note_number(&liar->live_bytes);
    note_number(&liar->peak_live_bytes);
#if BF_QUARANTINE_BYTES > 0
    note_number(&liar->quarantine_oldest);
    note_number(&liar->quarantine_newest);
    note_number(&liar->quarantined_block_count);
    note_number(&liar->quarantined_bytes);
#endif
    note_index();
}

static void note_block_to_lead_to(uintptr_t block)
{
    if (lie_block_count < BLOCKS_MAX) {
        lie_blocks[lie_block_count++] = block;
    }
}

#ifdef BF_INDEX_LIST
static void note_planted(uintptr_t block)
{
    (void)block;
}

static void plant(uintptr_t block)
{
    (void)block;
}
#else
enum { PLANTED_BYTES = 128 };

/* Of a free block with room enough, behind which its range ends. */
static void note_planted(uintptr_t block)
{
    const uint64_t header = header_read(block);
    const uintptr_t end = block + header_stride(header);
    if (!header_is_live(header) && header_stride(header) > (size_t)2 * PLANTED_BYTES) {
        note_place(block, PLACE_PLANT);
        note_block_to_lead_to(end - 48);
        note_block_to_lead_to(end - 16);
        note_block_to_lead_to(end - 96);
        note_block_to_lead_to(end - PLANTED_BYTES);
    }
}

static void plant_header(uintptr_t block, uint64_t header)
{
    const struct bf_range *range = range_of_block(liar, block);
    header_write(block, header_seal(liar, range, block, header));
}

/* In the payload of such a block, as if a user had left it there: what looks like blocks, for links
 * to lead to. */
static void plant(uintptr_t block)
{
    const struct bf_range *range = range_of_block(liar, block);
    const uintptr_t end = range_whole_end(range);
    const size_t tail = range_tail_bytes(range);
    plant_header(end - 48, header_make_free(48, tail, HEADER_LAST));
    plant_header(end - 16, header_make_free(16, tail, HEADER_LAST));
    plant_header(end - 96, header_make_free(32, 0, 0));
    block_set_link(end - 96, LINK_NEXT, STACK_END);
#if BF_QUARANTINE_BYTES > 0
    struct spot oldest;
    struct spot second;
    const bool has_third = liar->quarantined_block_count > 2 &&
                           quarantine_look(liar, liar->quarantine_oldest, &oldest) &&
                           quarantine_look(liar, quarantine_link(oldest.block), &second);
    plant_header(end - PLANTED_BYTES, header_make_live(32, 32 + HEADER_SIZE_BIAS, 0));
    block_set_link(end - PLANTED_BYTES, LINK_NEXT, has_third ? quarantine_link(second.block) : 0);
#endif
}
#endif

/* As far as the way along the blocks is one. */
static void note_blocks(const struct bf_range *range)
{
    uintptr_t last = 0;
    uintptr_t block = first_block(range);
    while (block != last_end(range) && is_sound_block(range, block)) {
        note_block(block);
        note_block_to_lead_to(block);
        last = block;
        block = block_behind(block);
    }
    if (block == last_end(range) && last != 0) {
        note_planted(last);
    }
}

static void note_places(void)
{
    place_count = 0;
    lie_block_count = 0;
    for (size_t i = 0; i < liar->range_count; i++) {
        note_blocks(&liar->ranges[i]);
    }
    note_heap();
}

enum { WORD_LIES = 14 };

static bool is_word(const struct place *place)
{
    return place->kind == PLACE_LINK || place->kind == PLACE_OF_HEAP;
}

static size_t lies_of(const struct place *place)
{
    if (place->kind == PLACE_PLANT) {
        return 1;
    }
    return place->kind == PLACE_HEADER ? header_lies() : WORD_LIES + lie_block_count;
}

/* Links that lead nowhere, ends, marks, what is a little off, slack of the list index, and every
 * block there is. */
static void tell(const struct place *place, size_t lie)
{
    const uintptr_t truth = is_word(place) ? word_read(place->at) : 0;
    const uintptr_t words[WORD_LIES] = {
        0,         1,          2,          3,         16,         32,         truth + 1,
        truth - 1, truth + 16, truth - 16, truth ^ 2, 2 * 16 + 1, 2 * 28 + 1, UINTPTR_MAX - 7};
    if (place->kind == PLACE_PLANT) {
        plant(place->at);
    } else if (place->kind == PLACE_HEADER) {
        tell_header(place->at, lie);
    } else {
        word_write(place->at, lie < WORD_LIES ? words[lie] : lie_blocks[lie - WORD_LIES]);
    }
}

/* What a stage is built with. */
static void plant_first(void)
{
    for (size_t i = 0; i < place_count; i++) {
        if (places[i].kind == PLACE_PLANT) {
            plant(places[i].at);
            return;
        }
    }
}

/* -- what is asked of a damaged heap ---------------------------------------------------------- */

static _Alignas(16) unsigned char spare[1024]; /* a range that joins */

enum { QUESTIONS = 3, REQUESTS = 10, NEW_RANGES = 2, LIVE_CALLS = 6 };

static bool pass_by(void *context, const struct bf_block_info *block)
{
    (void)context;
    (void)block;
    return true;
}

static enum bf_status ask_question(struct bf_heap *heap, size_t number)
{
    struct bf_fault fault = {0};
    struct bf_stats stats = {0};
    switch (number) {
    case 0:
        return bf_check(heap, &fault);
    case 1:
        return bf_stats(heap, &stats);
    default:
        return bf_walk(heap, pass_by, NULL);
    }
}

static enum bf_status ask_request(size_t number)
{
    static const struct {
        unsigned size;
        unsigned align;
    } requests[REQUESTS] = {{1, 1},    {24, 16},   {40, 16}, {88, 16}, {600, 16},
                            {700, 16}, {1010, 16}, {75, 16}, {40, 64}, {560, 256}};
    void *out = NULL;
    const enum bf_status status =
        bf_malloc(&stage.heap, requests[number].size, requests[number].align, &out);
    if (status == BF_OK && stage.live_count < STAGE_LIVE) {
        stage.sizes[stage.live_count] = requests[number].size;
        stage.live[stage.live_count++] = out;
    }
    return status;
}

static enum bf_status ask_range(size_t number)
{
    static const size_t lengths[NEW_RANGES] = {616, 88};
    if (number < NEW_RANGES) {
        return bf_add_range(&stage.heap, spare, spare + lengths[number]);
    }
    void *const begin = (void *)sound.heap.ranges[number - NEW_RANGES].begin; /* NOLINT */
    return bf_remove_range(&stage.heap, begin);
}

/* Frees, grows, shrinks, moves. */
static enum bf_status ask_live(size_t slot, size_t number)
{
    static const unsigned sizes[LIVE_CALLS] = {0, 0, 1, 120, 1200, 40};
    void **const pointer = &stage.live[slot];
    size_t *const size = &stage.sizes[slot];
    enum bf_status status = BF_OK;
    if (number >= 2) {
        status = bf_realloc(&stage.heap, *pointer, BF_ANY_SIZE, sizes[number],
                            number == 5 ? 64 : 16, pointer);
        *size = status == BF_OK ? sizes[number] : *size;
        return status;
    }
    status = bf_free(&stage.heap, *pointer, number == 0 ? *size : BF_ANY_SIZE);
    if (status == BF_OK) {
        stage.live_count--;
        *pointer = stage.live[stage.live_count];
        *size = stage.sizes[stage.live_count];
    }
    return status;
}

static size_t calls(void)
{
    return 1 + QUESTIONS + REQUESTS + NEW_RANGES + sound.heap.range_count +
           LIVE_CALLS * stage.live_count;
}

static enum bf_status ask(size_t number)
{
    const size_t range_calls = NEW_RANGES + sound.heap.range_count;
    bestfit_host->work = 0;
    if (number == 0) {
        return bf_free(&stage.heap, stage.gone, BF_ANY_SIZE);
    }
    number -= 1;
    if (number < QUESTIONS) {
        return ask_question(&stage.heap, number);
    }
    number -= QUESTIONS;
    if (number < REQUESTS) {
        return ask_request(number);
    }
    number -= REQUESTS;
    if (number < range_calls) {
        return ask_range(number);
    }
    number -= range_calls;
    return ask_live(number / LIVE_CALLS, number % LIVE_CALLS);
}

/* -- the trials ------------------------------------------------------------------------------- */

static void endless(void)
{
    (void)fputs("heapbed: damage: a call on a damaged heap does not end\n", stderr);
    abort();
}

static void ended(const char *reason)
{
    (void)fprintf(stderr, "heapbed: damage: %s\n", reason);
    abort();
}

/* What is wrong with one call on the damaged heap, and some more behind it; null: nothing. */
static const char *try_call(size_t call)
{
    memcpy(&stage, &damaged, sizeof stage);
    const enum bf_status status = ask(call);
    if (status != BF_OK && BF_QUARANTINE_BYTES == 0) {
        memcpy(damaged.heap.failed_counts, stage.heap.failed_counts,
               sizeof damaged.heap.failed_counts);
        if (memcmp(&stage.heap, &damaged.heap, sizeof stage.heap) != 0 ||
            memcmp(stage.bytes, damaged.bytes, STAGE_BYTES) != 0) {
            return "a call that was refused has changed something";
        }
    }
    for (unsigned more = 0; more < MORE_CALLS; more++) {
        (void)ask(draw_below(calls()));
    }
    return stage_is_intact() ? NULL : "a byte outside the ranges was written to";
}

struct damage_counts {
    size_t told;
    size_t noticed;
};

/* How many calls are tried on each damage: on a heap that is quickly put back, more. */
static size_t calls_tried(void)
{
    const size_t copied_bytes = sizeof stage - STAGE_BYTES;
    if (copied_bytes < 4096) {
        return 12;
    }
    return copied_bytes < 65536 ? 3 : 1;
}

/* With the damage that is on the stage. */
static const char *try_damage(struct damage_counts *counts, enum place_kind kind)
{
    const size_t count_max = kind == PLACE_OF_HEAP ? 0 : calls_tried();
    const char *wrong = NULL;
    memcpy(&damaged, &stage, sizeof stage);
    counts->told++;
    counts->noticed += ask_question(&stage.heap, 0) != BF_OK;
    (void)ask_question(&stage.heap, 1);
    (void)ask_question(&stage.heap, 2);
    for (size_t i = 0; i < count_max && wrong == NULL; i++) {
        stage.live_count = damaged.live_count;
        wrong = try_call((counts->told * count_max + i) % calls());
    }
    return wrong;
}

/* Each lie alone, and drawn pairs of them. */
static const char *try_scene(const struct scene *scene, struct damage_counts *counts)
{
    const size_t told_before = counts->told;
    const char *wrong = NULL;
    stage_build(scene);
    liar = &stage.heap;
    note_places();
    plant_first();
    memcpy(&sound, &stage, sizeof stage);
    for (size_t i = 0; i < place_count && wrong == NULL; i++) {
        for (size_t lie = 0; lie < lies_of(&places[i]) && wrong == NULL; lie++) {
            memcpy(&stage, &sound, sizeof stage);
            tell(&places[i], lie);
            wrong = try_damage(counts, places[i].kind);
        }
    }
    const size_t told = counts->told - told_before;
    for (size_t pairs = calls_tried() > 3 ? 3 * told : told; pairs > 0 && wrong == NULL; pairs--) {
        enum place_kind kind = PLACE_LINK;
        memcpy(&stage, &sound, sizeof stage);
        for (unsigned i = 0; i < 2; i++) {
            const struct place *place = &places[draw_below(place_count)];
            tell(place, draw_below(lies_of(place)));
            kind = place->kind == PLACE_OF_HEAP ? PLACE_OF_HEAP : kind;
        }
        wrong = try_damage(counts, kind);
    }
    return wrong;
}

/* All of it; null where nothing is wrong. */
static const char *rehearse_damage(void)
{
    struct hb_host *const host_of_run = bestfit_host;
    struct hb_host host = {.work_limit = STAGE_STEPS, .panic = ended, .hang = endless};
    struct damage_counts counts = {0};
    const char *wrong = NULL;
    bestfit_host = &host;
    damage_draws = 0;
    for (size_t i = 0; i < sizeof scenes / sizeof scenes[0] && wrong == NULL; i++) {
        wrong = try_scene(&scenes[i], &counts);
    }
    bestfit_host = host_of_run;
    if (wrong == NULL && counts.noticed < counts.told / 2) {
        wrong = "the check notices less than half of the lies";
    }
    return wrong;
}

/* -- damage that a stream asks for ------------------------------------------------------------- */

/* Of the heap as it is: place and lie are taken modulo what there is. A lie about what only the
 * heap writes lasts for as long as it is asked what it thinks of it. */
static bool target_damage(void *state, uint32_t place_number, uint32_t lie_number)
{
    liar = state;
    note_places();
    const struct place *const place = &places[place_number % place_count];
    const uintptr_t truth = is_word(place) ? word_read(place->at) : 0;
    tell(place, lie_number % lies_of(place));
    if (place->kind == PLACE_OF_HEAP) {
        for (size_t number = 0; number < QUESTIONS; number++) {
            (void)ask_question(state, number);
        }
        word_write(place->at, truth);
    }
    return true;
}
