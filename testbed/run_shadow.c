/* SPDX-License-Identifier: MIT
 *
 * The oracle shadow: of a target that says it annotates, exactly the bytes of live payloads can be
 * touched within its ranges, and everything can outside of them. Which those are is known from the
 * ledger and the ranges alone.
 *
 * The map knows granules of eight bytes, each of which can be touched up to some byte:
 *
 *     range: [begin ........................................ end)
 *             header  |payload, 13 bytes  |slack |header ...   |owner's
 *     open:   0   0   |8        5         |0     |0    ...  0  |8 8 8
 *
 * Ranges begin at multiples of 16. Where one ends within a granule, the rest of that granule is its
 * owner's, who may touch it: so the granule is open as a whole, live or not, and no state of a byte
 * of it is left to choice.
 */
#include "run_state.h"

#include "shadow.h"

#include <stdlib.h>
#include <string.h>

/* Around what a call was about: headers of the neighbours, slack, the rest of a split. */
#define MARGIN_BYTES ((uintptr_t)64)

struct window {
    uintptr_t begin; /* multiples of 8 */
    uintptr_t end;
    uint8_t *open; /* expected, a byte a granule */
};

static bool is_asked(const struct hb_run *run)
{
    return HB_HAS_SHADOW != 0 && hb_annotates(run->target) && !run->is_smashed &&
           (run->options->without & HB_ORACLE_BIT(HB_ORACLE_SHADOW)) == 0;
}

static uintptr_t lowest(const struct hb_run *run)
{
    return hb_arena_begin(run) - HB_GUARD_BYTES;
}

static uintptr_t highest(const struct hb_run *run)
{
    return hb_arena_begin(run) + run->arena.byte_count + HB_GUARD_BYTES;
}

static uintptr_t clip(uintptr_t address, uintptr_t low, uintptr_t high)
{
    if (address < low) {
        return low;
    }
    return address < high ? address : high;
}

static void make_window(struct hb_run *run, uintptr_t begin, uintptr_t end, struct window *window)
{
    window->begin = clip(begin, lowest(run), highest(run)) & ~(HB_GRANULE_BYTES - 1);
    window->end =
        (clip(end, lowest(run), highest(run)) + HB_GRANULE_BYTES - 1) & ~(HB_GRANULE_BYTES - 1);
    const size_t count = (size_t)(window->end - window->begin) / HB_GRANULE_BYTES;
    if (run->shadow_room < count) {
        free(run->shadow);
        run->shadow = malloc(2 * count);
        run->shadow_room = 2 * count;
        if (run->shadow == NULL) {
            abort(); /* an oracle that is silent for want of memory would be none */
        }
    }
    window->open = run->shadow;
}

static size_t granule_number(const struct window *window, uintptr_t address)
{
    return (size_t)(address - window->begin) / HB_GRANULE_BYTES;
}

/* Whole granules of [begin, end) within the window. */
static void set_granules(struct window *window, uintptr_t begin, uintptr_t end, unsigned open)
{
    const size_t from = granule_number(window, clip(begin, window->begin, window->end));
    const size_t to = granule_number(window, clip(end, window->begin, window->end));
    if (to > from) {
        memset(window->open + from, (int)open, to - from);
    }
}

static void close_ranges(const struct hb_run *run, struct window *window)
{
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        set_granules(window, begin, end, 0);
    }
}

static void open_block(struct window *window, const struct hb_allocation *live)
{
    const uintptr_t end = live->begin + live->size;
    const uintptr_t last = end & ~(HB_GRANULE_BYTES - 1);
    set_granules(window, live->begin, end, (unsigned)HB_GRANULE_BYTES);
    if (last < end && last >= window->begin && last < window->end) {
        uint8_t *open = &window->open[granule_number(window, last)];
        *open = end - last > *open ? (uint8_t)(end - last) : *open;
    }
}

static void expect(const struct hb_run *run, struct window *window)
{
    const struct hb_ledger *ledger = &run->ledger;
    memset(window->open, (int)HB_GRANULE_BYTES, granule_number(window, window->end));
    close_ranges(run, window);
    for (size_t i = hb_ledger_ending_above(ledger, window->begin);
         i < ledger->count && ledger->items[i].begin < window->end; i++) {
        open_block(window, &ledger->items[i]);
    }
}

/* "3 bytes behind the 77 bytes of slot 0": of the nearest block. */
static void describe(const struct hb_run *run, uintptr_t byte, char text[HB_VALUE_TEXT_BYTES])
{
    const struct hb_ledger *ledger = &run->ledger;
    const size_t above = hb_ledger_ending_above(ledger, byte);
    const struct hb_allocation *next = above < ledger->count ? &ledger->items[above] : NULL;
    const struct hb_allocation *below = above > 0 ? &ledger->items[above - 1] : NULL;
    const uintptr_t behind = below == NULL ? UINTPTR_MAX : byte - (below->begin + below->size);
    if (next != NULL && byte >= next->begin) {
        (void)snprintf(text, HB_VALUE_TEXT_BYTES, "byte %zu of the %zu of slot %u",
                       (size_t)(byte - next->begin), next->size, next->slot);
    } else if (next != NULL && next->begin - byte <= behind) {
        (void)snprintf(text, HB_VALUE_TEXT_BYTES, "%zu in front of the %zu bytes of slot %u",
                       (size_t)(next->begin - byte), next->size, next->slot);
    } else if (below != NULL) {
        (void)snprintf(text, HB_VALUE_TEXT_BYTES, "%zu behind the end of the %zu bytes of slot %u",
                       (size_t)behind, below->size, below->slot);
    } else {
        (void)snprintf(text, HB_VALUE_TEXT_BYTES, "no block is live");
    }
}

static const char *owner_of(const struct hb_run *run, uintptr_t byte)
{
    if (hb_ledger_overlap(&run->ledger, byte, 1) != NULL) {
        return "of a live block: can be touched";
    }
    for (size_t i = 0; i < hb_model_range_count(run->model); i++) {
        uintptr_t begin;
        uintptr_t end;
        hb_model_range(run->model, i, &begin, &end);
        if (byte >= begin && byte < (end & ~(HB_GRANULE_BYTES - 1))) {
            return "of a range and of no live block: poisoned";
        }
    }
    return "of no range: can be touched";
}

static bool object(struct hb_run *run, const struct window *window, uintptr_t granule)
{
    const unsigned wanted = window->open[granule_number(window, granule)];
    const unsigned open = hb_shadow_open_bytes(granule);
    const uintptr_t byte = granule + (wanted < open ? wanted : open);
    const struct hb_address where = hb_address_of(run, byte);
    char address[HB_ADDRESS_TEXT_BYTES];
    char block[HB_VALUE_TEXT_BYTES];
    hb_address_print(&where, address);
    describe(run, byte, block);
    return hb_object(run, HB_ORACLE_SHADOW, owner_of(run, byte), "%s at %s, %s",
                     wanted < open ? "can be touched" : "poisoned", address, block);
}

static bool check(struct hb_run *run, uintptr_t begin, uintptr_t end)
{
    struct window window;
    make_window(run, begin, end, &window);
    if (window.begin == window.end) {
        return true; /* what the call was about is far from the arena */
    }
    expect(run, &window);
    const uintptr_t granule = hb_shadow_differs(window.begin, window.end, window.open);
    return granule >= window.end || object(run, &window, granule);
}

bool hb_check_touched(struct hb_run *run, uintptr_t begin, size_t size)
{
    const uintptr_t end = begin + (size < UINTPTR_MAX - begin ? size : UINTPTR_MAX - begin);
    const uintptr_t room_below = begin < MARGIN_BYTES ? begin : MARGIN_BYTES;
    const uintptr_t room_above =
        UINTPTR_MAX - end < MARGIN_BYTES ? UINTPTR_MAX - end : MARGIN_BYTES;
    return !is_asked(run) || check(run, begin - room_below, end + room_above);
}

bool hb_check_map(struct hb_run *run)
{
    return !is_asked(run) || check(run, lowest(run), highest(run));
}

uint64_t hb_map_cost(const struct hb_run *run)
{
    return is_asked(run) ? (highest(run) - lowest(run)) / HB_GRANULE_BYTES : 0;
}
