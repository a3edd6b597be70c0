/* SPDX-License-Identifier: MIT
 *
 * Events of heap shape: heaps worked out by hand, and what must be told of each.
 */
#include "events.h"

#define SUITE "events"
#include "check.h"
#include "stream.h"
#include "targets.h"

static struct hb_events told(const char *text, const struct hb_target *target)
{
    struct hb_bytes bytes = stream_parse(text);
    const struct hb_ops ops = stream_view(&bytes);
    struct hb_events events = {0};
    const struct hb_run_options options = {.events = &events, .run_twice = true};
    struct hb_run_result result;
    CHECK(hb_run(&ops, target, &options, &result));
    CHECK_EQ(result.verdict.oracle, HB_ORACLE_NONE);
    free(bytes.data);
    return events;
}

/* Only what the stream adds to what came before it: the drain at its end tells events too. */
static uint32_t more(const char *text, const char *than, unsigned event)
{
    const struct hb_events with = told(text, &hb_target_bestfit);
    const struct hb_events without = told(than, &hb_target_bestfit);
    return with.counts[event] - without.counts[event];
}

#define THREE                "add_range 0 4096\nmalloc 0 24\nmalloc 1 24\nmalloc 2 24\n"
#define BECOMES(outcome)     (HB_HEAP_REALLOC + (unsigned)(outcome))
#define ANSWER(call, status) (HB_HEAP_ANSWER + (call) * HB_STATUS_COUNT + (status))

TEST(free, tells_what_lies_beside)
{
    enum { NONE, FREE, SLIVER };
    /* 24 bytes are a stride of 32: two of them, less a header, are 48 and more */
    const struct hb_events events =
        told(THREE "malloc 3 24\nfree 0\nfree 2\nfree 1\n", &hb_target_bestfit);
    CHECK_EQ(events.counts[HB_HEAP_FREE + (NONE * 3 + NONE) * 16 + 1], 2);
    CHECK_EQ(events.counts[HB_HEAP_FREE + (FREE * 3 + FREE) * 16 + 3], 1);
    CHECK_EQ(events.counts[HB_HEAP_EDGE + 1], 1); /* slot 0 is the first of its range */
    /* what is left, in front of all that was never used: the drain */
    CHECK_EQ(events.counts[HB_HEAP_FREE + (FREE * 3 + FREE) * 16 + 8], 1);
}

TEST(malloc, tells_fit_ties_and_rest)
{
    const struct hb_events events =
        told(THREE "malloc 3 24\nmalloc 4 24\nfree 0\nfree 2\nmalloc 5 24\n", &hb_target_bestfit);
    CHECK_EQ(events.counts[HB_HEAP_FIT + 0 * 16 + 2], 1); /* its own size, of two units */
    CHECK_EQ(events.counts[HB_HEAP_TIE + 2], 1);          /* of two or three */
    CHECK_EQ(events.counts[HB_HEAP_REST + 0], 1);
    CHECK_EQ(events.counts[HB_HEAP_REST + 5], 5); /* cut off what the range has left */
    CHECK_EQ(events.counts[HB_HEAP_RANGE + 0], 6);
}

TEST(malloc, tells_its_alignment_and_range)
{
    const struct hb_events events =
        told("add_range 0 48\nadd_range 48 4096\nmalloc 0 24 align 64\n", &hb_target_bestfit);
    CHECK_EQ(events.counts[HB_HEAP_RANGE + 1], 1);
    CHECK_EQ(events.counts[HB_HEAP_RANGES + 1], 1);
    CHECK_EQ(events.counts[HB_HEAP_RANGES + 2], 1);
    CHECK_EQ(events.counts[HB_HEAP_GAP + 0], 1); /* the payload would be at 64 anyway */
}

TEST(answers, tell_why_a_call_failed)
{
    enum { ADD, MALLOC, FREE, REALLOC, REMOVE };
    const struct hb_events events =
        told("add_range 0 4096\nadd_range 16 64\nmalloc 0 5000\nmalloc 0 0\nmalloc 0 16 align 3\n"
             "malloc 0 10\nfree 0 size 11\nfree 0\nfree 0 twice\nrealloc 1 9000\n"
             "remove_range 0\nremove_range at 0\n",
             &hb_target_bestfit);
    CHECK_EQ(events.counts[ANSWER(ADD, HB_OK)], 1);
    CHECK_EQ(events.counts[ANSWER(ADD, HB_OVERLAP)], 1);
    CHECK_EQ(events.counts[ANSWER(MALLOC, HB_OUT_OF_MEMORY)], 2); /* and the realloc of nothing */
    CHECK_EQ(events.counts[ANSWER(MALLOC, HB_INVALID_SIZE)], 1);
    CHECK_EQ(events.counts[ANSWER(MALLOC, HB_INVALID_ALIGN)], 1);
    CHECK_EQ(events.counts[ANSWER(FREE, HB_WRONG_SIZE)], 1);
    CHECK_EQ(events.counts[ANSWER(FREE, HB_DOUBLE_FREE)], 1);
    CHECK_EQ(events.counts[ANSWER(REMOVE, HB_OK)], 1);
    CHECK_EQ(events.counts[ANSWER(REMOVE, HB_INVALID_ADDRESS)], 1);
    CHECK_EQ(events.counts[HB_HEAP_REMOVED + 0], 1);
}

TEST(realloc, tells_what_became_of_the_block)
{
    CHECK_EQ(more(THREE "realloc 2 25\n", THREE, BECOMES(HB_REALLOC_GROWS)), 1);
    CHECK_EQ(more(THREE "realloc 0 25\n", THREE, BECOMES(HB_REALLOC_MOVES_UP)), 1);
    CHECK_EQ(more(THREE "realloc 2 20\n", THREE, BECOMES(HB_REALLOC_STAYS)), 1);
    CHECK_EQ(more(THREE "free 1\nrealloc 0 50\n", THREE, BECOMES(HB_REALLOC_GROWS_WHOLE)), 1);
    CHECK_EQ(more(THREE "realloc 0 9999\n", THREE, BECOMES(HB_REALLOC_FAILS)), 1);
}

/* Sizes of one octave, as 38, 39, 40, 41, 42 units: each but the first lies below another. */
TEST(sizes, tell_how_deep_they_lie)
{
    const struct hb_events events =
        told("heapbed 1 arena 65536 slots 32\nadd_range 0 65536\n"
             "malloc 0 600\nmalloc 10 1\nmalloc 1 616\nmalloc 11 1\nmalloc 2 632\nmalloc 12 1\n"
             "malloc 3 648\nmalloc 13 1\nfree 0\nfree 1\nfree 2\nfree 3\ninit\n",
             &hb_target_bestfit_small);
    const unsigned octave = HB_HEAP_OCTAVE + 5 * 8; /* classes 32 to 63 */
    CHECK_EQ(events.counts[octave + 1], 1);
    CHECK_EQ(events.counts[octave + 2], 2); /* two or three of them */
    CHECK_EQ(events.counts[octave + 3], 1);
    CHECK_EQ(events.counts[HB_HEAP_DEPTH + 1], 1);
    CHECK_EQ(events.counts[HB_HEAP_DEPTH + 2], 1);
    CHECK_EQ(events.counts[HB_HEAP_DEPTH + 3], 1);
}

TEST(list, tells_where_in_the_list_the_block_was)
{
    const struct hb_events events =
        told(THREE "malloc 3 24\nfree 0\nfree 2\nmalloc 4 24\n", &hb_target_bestfit_list);
    /* head: 2, 0, and the rest of the range at the tail; of two equals the deeper one is taken */
    CHECK_EQ(events.counts[HB_HEAP_LIST + 3], 1);
    CHECK_EQ(events.counts[HB_HEAP_TIE + 2], 1);
}

TEST(names, every_event_has_one)
{
    unsigned number = 99;
    CHECK(strcmp(hb_event_family(HB_HEAP_FREE_BLOCKS, &number), "free blocks") == 0);
    CHECK_EQ(number, 0);
    CHECK(strcmp(hb_event_family(HB_HEAP_FIT + 17, &number), "fit by size needed") == 0);
    CHECK_EQ(number, 17);
    CHECK(strcmp(hb_event_family(HB_HEAP_EVENT_COUNT - 1, &number), "call and status") == 0);
    CHECK_EQ(number, 59);
}

TESTS_BEGIN
ENTRY(free, tells_what_lies_beside)
ENTRY(malloc, tells_fit_ties_and_rest)
ENTRY(malloc, tells_its_alignment_and_range)
ENTRY(answers, tell_why_a_call_failed)
ENTRY(realloc, tells_what_became_of_the_block)
ENTRY(sizes, tell_how_deep_they_lie)
ENTRY(list, tells_where_in_the_list_the_block_was)
ENTRY(names, every_event_has_one)
TESTS_END
