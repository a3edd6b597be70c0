/* SPDX-License-Identifier: MIT
 *
 * The heap of a cell, and the one wrong thing.
 */
#include "stage.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATTERN 0x5a

enum access stage_access;
bool stage_is_twin;
struct record *stage_record;

_Alignas(64) unsigned char stage_memory[STAGE_BYTES];
_Alignas(64) unsigned char stage_more[STAGE_BYTES];

static struct bf_heap heap;
static volatile unsigned char sink;

/* -- preparing --------------------------------------------------------------------------------- */

static void require(bool holds)
{
    if (!holds) {
        _exit(STAGE_NOT_READY);
    }
}

void stage_begin(size_t range_bytes)
{
    require(bf_init(&heap, (uintptr_t)0x9e3779b97f4a7c15u) == BF_OK);
    stage_add(stage_memory, range_bytes);
}

void stage_add(unsigned char *begin, size_t byte_count)
{
    require(bf_add_range(&heap, begin, begin + byte_count) == BF_OK);
}

void stage_remove(unsigned char *begin)
{
    require(bf_remove_range(&heap, begin) == BF_OK);
}

size_t capacity_of(size_t size)
{
#ifdef BF_INDEX_LIST
    return (size + 15) & ~(size_t)15;
#else
    const size_t stride = (size + BF_HEADER_BYTES + 15) & ~(size_t)15;

    return (stride < 32 ? 32 : stride) - BF_HEADER_BYTES;
#endif
}

unsigned char *fresh(size_t size)
{
    void *payload = NULL;

    require(bf_malloc(&heap, size, 16, &payload) == BF_OK);
    return payload;
}

static unsigned char *written(unsigned char *payload, size_t size)
{
    (void)memset(payload, PATTERN, size);
    return payload;
}

unsigned char *block(size_t size)
{
    return written(fresh(size), size);
}

unsigned char *zeroed(size_t size)
{
    void *payload = NULL;

    require(bf_calloc(&heap, 1, size, 16, &payload) == BF_OK);
    return payload;
}

unsigned char *aligned_block(size_t size, size_t align)
{
    void *payload = NULL;

    require(bf_malloc(&heap, size, align, &payload) == BF_OK);
    return written(payload, size);
}

void drop(unsigned char *payload, size_t size)
{
    require(bf_free(&heap, payload, size) == BF_OK);
}

static unsigned char *resized(unsigned char *payload, size_t old, size_t size)
{
    void *out = NULL;

    require(bf_realloc(&heap, payload, old, size, 16, &out) == BF_OK);
    return out;
}

void resize(unsigned char *payload, size_t old, size_t size)
{
    expect_same(resized(payload, old, size), payload);
}

unsigned char *move(unsigned char *payload, size_t old, size_t size)
{
    unsigned char *moved = resized(payload, old, size);

    require(moved != payload);
    return moved;
}

void expect_same(const unsigned char *one, const unsigned char *other)
{
    require(one == other);
}

unsigned char *stage_foreign(size_t size)
{
    unsigned char *foreign = malloc(size);

    require(foreign != NULL);
    return foreign;
}

unsigned char *stage_other_heap_block(size_t size)
{
    static struct bf_heap other;
    void *payload = NULL;

    require(bf_init(&other, 1) == BF_OK);
    require(bf_add_range(&other, stage_more, stage_more + STAGE_BYTES) == BF_OK);
    require(bf_malloc(&other, size, 16, &payload) == BF_OK);
    return payload;
}

/* -- where a byte is --------------------------------------------------------------------------- */

struct search {
    uintptr_t address;
    struct bf_range range;
    enum place place;
    uintptr_t block_at;
};

/* A word that the bitmap index needs: the link to the next of the stack, and the footer. */
static bool is_link(const struct search *search, const struct bf_block_info *info)
{
#ifdef BF_INDEX_LIST
    (void)search;
    (void)info;
    return false;
#else
    const uintptr_t payload = (uintptr_t)info->payload;
    const uintptr_t end = payload + info->capacity_bytes;
    const bool is_last = search->range.end - end < BF_HEADER_BYTES;

    return search->address - payload < sizeof(uintptr_t) ||
           (!is_last && search->address - (end - sizeof(uintptr_t)) < sizeof(uintptr_t));
#endif
}

static enum place place_in(const struct search *search, const struct bf_block_info *info)
{
    const uintptr_t payload = (uintptr_t)info->payload;

    if (search->address < payload) {
        return PLACE_HEADER;
    }
    if (info->is_live && search->address - payload < info->request_bytes) {
        return PLACE_LIVE;
    }
    if (search->address >= (search->range.end & ~(uintptr_t)7)) {
        return PLACE_RAGGED;
    }
    if (info->is_live) {
        return PLACE_SLACK;
    }
    return is_link(search, info) ? PLACE_LINK : PLACE_FREE;
}

static bool visit(void *context, const struct bf_block_info *info)
{
    struct search *search = context;
    const uintptr_t payload = (uintptr_t)info->payload;
    const uintptr_t begin = payload - BF_HEADER_BYTES;
    const uintptr_t end = payload + info->capacity_bytes;

    if (search->address >= begin && search->address < end) {
        search->place = place_in(search, info);
        search->block_at = begin;
    }
    return true;
}

/* The byte that is right or wrong, and where the access begins. */
static void note(const unsigned char *byte, const unsigned char *access)
{
    struct search search = {(uintptr_t)byte, {0}, PLACE_OUTSIDE, 0};

    for (size_t i = 0; i < heap.range_count; i++) {
        if (search.address >= heap.ranges[i].begin && search.address < heap.ranges[i].end) {
            search.range = heap.ranges[i];
            search.place = PLACE_MARGIN;
        }
    }
    if (search.place != PLACE_OUTSIDE) {
        require(bf_walk(&heap, visit, &search) == BF_OK);
    }
    stage_record->address = search.address;
    stage_record->access = (uintptr_t)access;
    stage_record->place = search.place;
    stage_record->block_at = search.block_at;
    stage_record->is_ready = true;
}

/* -- the one thing ----------------------------------------------------------------------------- */

/* With nothing but the core's own hardening, an overwritten byte shows where somebody asks. */
static void ask_the_core(void)
{
#ifdef MATRIX_ASKS_THE_CORE
    struct bf_fault fault = {0};

    stage_record->status = (int)bf_check(&heap, &fault);
    stage_record->fault_at = (uintptr_t)fault.block;
#endif
}

/* What is written must change the byte. Only where nothing minds is it read before. */
static unsigned char other_than(const volatile unsigned char *at)
{
#ifdef MATRIX_ASKS_THE_CORE
    return (unsigned char)~*at;
#else
    (void)at;
    return 0xc3;
#endif
}

__attribute__((noinline)) static void write_byte(volatile unsigned char *at)
{
    *at = other_than(at);
}

__attribute__((noinline)) static void read_byte(const volatile unsigned char *at)
{
    if (*at == 0x77) {
        sink = 1;
    }
}

void touch(unsigned char *wrong, unsigned char *right)
{
    unsigned char *at = stage_is_twin ? right : wrong;

    note(at, at);
    if (stage_access == ACCESS_WRITE) {
        write_byte(at);
    } else {
        read_byte(at);
    }
    stage_record->is_over = true;
    ask_the_core();
}

/* The size is no constant, and the function is called: no compiler makes a few stores of it. */
__attribute__((noinline)) static void touch_bytes(unsigned char *from, size_t count)
{
    unsigned char copy[256];

    if (stage_access == ACCESS_WRITE) {
        (void)memset(from, other_than(from + count - 1), count);
        return;
    }
    (void)memcpy(copy, from, count);
    if (copy[count - 1] == 0x77) {
        sink = 1;
    }
}

void touch_span(unsigned char *from, size_t wrong_count, size_t right_count)
{
    const size_t count = stage_is_twin ? right_count : wrong_count;

    note(from + count - 1, from);
    touch_bytes(from, count);
    stage_record->is_over = true;
    ask_the_core();
}

__attribute__((noinline)) static void touch_word(volatile uint64_t *at)
{
    if (stage_access == ACCESS_WRITE) {
        *at = 0xc3c3c3c3c3c3c3c3u;
    } else if ((*at ^ *at >> 32) == 0x77) {
        sink = 1;
    }
}

void touch_wide(unsigned char *wrong, size_t wrong_byte, unsigned char *right)
{
    unsigned char *at = stage_is_twin ? right : wrong;

    note(stage_is_twin ? at : at + wrong_byte, at);
    touch_word((volatile uint64_t *)(uintptr_t)at);
    stage_record->is_over = true;
    ask_the_core();
}

void give_back(unsigned char *wrong, size_t wrong_size, unsigned char *right, size_t right_size)
{
    unsigned char *payload = stage_is_twin ? right : wrong;

    note(payload, payload);
    stage_record->status = (int)bf_free(&heap, payload, stage_is_twin ? right_size : wrong_size);
    stage_record->is_over = true;
}

void give_resized(unsigned char *payload, size_t wrong_size, size_t right_size, size_t new_size)
{
    void *out = NULL;

    note(payload, payload);
    stage_record->status = (int)bf_realloc(&heap, payload, stage_is_twin ? right_size : wrong_size,
                                           new_size, 16, &out);
    stage_record->is_over = true;
}

void stage_warm_up(void)
{
    stage_begin(STAGE_BYTES);
    unsigned char *p = block(40);
    unsigned char *zeros = zeroed(20);
    unsigned char *moved = move(p, 40, 100);
    resize(moved, 100, 99);
    stage_is_twin = true;
    stage_access = ACCESS_READ;
    touch(moved, moved);
    drop(moved, 99);
    drop(zeros, 20);
    stage_remove(stage_memory);
}
