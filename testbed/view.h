/* SPDX-License-Identifier: MIT
 *
 * The heap of a run at one moment, copied out: what every picture of it is drawn from. Addresses
 * are offsets in the arena, so that a view means the same in another process.
 */
#ifndef HB_VIEW_H
#define HB_VIEW_H

#include "run.h"

#define HB_VIEW_NONE UINT32_MAX

enum hb_view_state {
    HB_VIEW_LIVE,
    HB_VIEW_FREE,
    HB_VIEW_ASIDE /* neither: held back, or a remainder too small to serve anybody */
};

struct hb_view_block {
    int64_t at; /* the payload */
    uint64_t capacity;
    uint64_t request; /* 0 where not live */
    uint32_t slot;    /* whose it is; HB_VIEW_NONE: nobody's, or not known */
    uint32_t rank;    /* position among the free blocks that serve requests, or HB_VIEW_NONE */
    uint32_t state;   /* enum hb_view_state */
    uint32_t range;   /* number, of the model's blocks */
};

struct hb_view_range {
    int64_t begin;
    int64_t end;
};

struct hb_view_blocks {
    struct hb_view_block *items;
    size_t count;
    size_t room;
};

struct hb_view {
    size_t op_index;
    enum hb_moment moment;
    struct hb_call call; /* the last one, or the one that is running */
    bool is_exact;       /* the model has blocks to show */
    bool has_arena;      /* blocks lie in the arena; else offsets are made up, see hb_view_take */
    bool is_walked;      /* the target told its blocks, to the end */
    uint64_t live_bytes; /* as the ledger counts them */
    uint64_t free_count; /* that serve requests, as the model counts them */
    size_t range_count;
    struct hb_view_range *ranges;
    struct hb_view_blocks model;     /* range by range, by address within a range */
    struct hb_view_blocks allocated; /* live, where the target put them */
    struct hb_view_blocks walked;    /* all blocks, as the target itself tells */
};

/* Fills an empty view. Of a target that takes no ranges, whose addresses are other ones in each
 * process, the blocks lie side by side, by slot. */
void hb_view_take(const struct hb_run *run, struct hb_view *view);
/* Asks the target for its blocks too, where it can tell them. A target that does not come back from
 * that ends the process: for a child that is there for it. */
void hb_view_walk(struct hb_run *run, struct hb_view *view);
void hb_view_clear(struct hb_view *view);

/* Whether the target tells of every block that it has handed out. */
bool hb_view_tells_all(const struct hb_view *view);

/* Where the bytes in front of a block's payload begin: the end of the block before it, or the begin
 * of the range. */
int64_t hb_view_front(const struct hb_view *view, const struct hb_view_blocks *blocks,
                      size_t index);

/* Whether model and target have the same live blocks and, where the target tells all of them, the
 * same free ones. */
bool hb_view_agrees(const struct hb_view *view);

#endif
