/* SPDX-License-Identifier: MIT
 *
 * Events of heap shape, as the model tells them: what a search can chase that no edge of the code
 * stands for. A loop that takes a free block runs the same whether three sizes are free or three
 * hundred, whether the block was the only one of its size or the oldest of twenty.
 *
 * An event is a family and a number within it; how often each happened is counted. The model tells
 * them into an array that it is given, and tells nothing where it is given none.
 */
#ifndef HB_EVENTS_H
#define HB_EVENTS_H

#include <stddef.h>
#include <stdint.h>

/* Name, how many events it has. "log2" buckets: 0, 1, 2 to 3, 4 to 7, ... Sizes are strides
 * (bitmap: block and header; list: capacity) in units of 16. */
#define HB_HEAP_FAMILIES(FAMILY)                                                                   \
    /* after each call that changed something: how many, log2 */                                   \
    FAMILY(FREE_BLOCKS, "free blocks", 18)                                                         \
    FAMILY(LIVE_BLOCKS, "live blocks", 18)                                                         \
    FAMILY(STRIDES, "free sizes", 14)                                                              \
    /* a free size that is new, of 512 bytes and more: its octave, and how many sizes of it are    \
       free, log2; how deep it lies in a trie of the octave */                                     \
    FAMILY(OCTAVE, "octave and its free sizes", 16 * 8)                                            \
    FAMILY(DEPTH, "depth of a new size", 20)                                                       \
    /* a free size that is no more: alone, smallest, largest or between others of its octave; how  \
       deep it lay */                                                                              \
    FAMILY(CLOSED, "place of a size that goes", 4)                                                 \
    FAMILY(CLOSED_DEPTH, "depth of a size that goes", 20)                                          \
    /* what was found for a request: its own size, one of the same 64 sizes, of the same 4,096,    \
       beyond; by the log2 of what was needed */                                                   \
    FAMILY(FIT, "fit by size needed", 4 * 16)                                                      \
    FAMILY(TIE, "blocks of the size taken", 10)                                                    \
    /* beyond what was needed: nothing, 16, 32, 48, to 256, to 4,096, more */                      \
    FAMILY(REST, "rest of the block taken", 7)                                                     \
    FAMILY(GAP, "gap in front for the alignment", 16)                                              \
    FAMILY(TAIL, "request served by a ragged tail", 1)                                             \
    /* a free block leaves its size's others: alone, newest, oldest, between; by size class */     \
    FAMILY(LEAVE, "place among equals", 4 * 3)                                                     \
    /* at a free: in front and behind nothing free, a free block, a sliver; by the log2 of the     \
       size that comes of it */                                                                    \
    FAMILY(FREE, "neighbours at free", 9 * 16)                                                     \
    FAMILY(EDGE, "first, last, only block of its range is freed", 4)                               \
    /* of a realloc: what becomes of the block */                                                  \
    FAMILY(REALLOC, "realloc", 8)                                                                  \
    FAMILY(RANGES, "ranges in use", 33)                                                            \
    FAMILY(RANGE, "range of the block handed out", 32)                                             \
    FAMILY(REMOVED, "only, first, last, middle range removed", 4)                                  \
    /* where in the free list the block was: only, head, tail, between */                          \
    FAMILY(LIST, "place in the free list", 4)                                                      \
    FAMILY(FALLBACK, "found by the fallback", 1)                                                   \
    /* five calls (add_range, malloc, free, realloc, remove_range), twelve statuses */             \
    FAMILY(ANSWER, "call and status", 5 * 12)

/* The families one behind the other, which numbers their events. */
#define HB_HEAP_ROOM_(name, text, count) char name[count];
struct hb_heap_rooms {
    HB_HEAP_FAMILIES(HB_HEAP_ROOM_)
};
#undef HB_HEAP_ROOM_

/* The families' first events: HB_HEAP_FREE_BLOCKS, ... */
#define HB_HEAP_FIRST_(name, text, count) HB_HEAP_##name = offsetof(struct hb_heap_rooms, name),
enum hb_heap_event {
    HB_HEAP_FAMILIES(HB_HEAP_FIRST_) HB_HEAP_EVENT_COUNT = sizeof(struct hb_heap_rooms)
};
#undef HB_HEAP_FIRST_

/* What becomes of a block that is resized. */
enum hb_heap_realloc {
    HB_REALLOC_STAYS,
    HB_REALLOC_SHRINKS,        /* the rest is a free block of its own */
    HB_REALLOC_SHRINKS_MERGES, /* with what is free behind */
    HB_REALLOC_GROWS,          /* and a rest stays free */
    HB_REALLOC_GROWS_WHOLE,    /* takes all that is free behind */
    HB_REALLOC_MOVES_UP,
    HB_REALLOC_MOVES_DOWN,
    HB_REALLOC_FAILS /* for want of memory */
};

struct hb_events {
    uint32_t counts[HB_HEAP_EVENT_COUNT];
};

/* "free blocks", and which of its events this is. */
const char *hb_event_family(unsigned event, unsigned *number);

static inline unsigned hb_event_log2(uint64_t value)
{
    return value == 0 ? 0 : 64 - (unsigned)__builtin_clzll(value);
}

#endif
