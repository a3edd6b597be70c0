/* SPDX-License-Identifier: MIT
 *
 * What the files exhaust*.c share: states, what is played in one, and the set of those known.
 */
#ifndef HB_EXHAUST_STATE_H
#define HB_EXHAUST_STATE_H

#include "exhaust.h"
#include "run_state.h"

#define HB_EXHAUST_SLOT_LOG2 6u
#define HB_EXHAUST_SLOTS     ((size_t)1 << HB_EXHAUST_SLOT_LOG2)
#define HB_EXHAUST_MOVES_MAX ((size_t)2048)
#define HB_EXHAUST_OPS_MAX   (HB_EXHAUST_DEPTH_MAX + HB_EXHAUST_MOVES_MAX)

struct hb_exhaust_key {
    uint64_t words[2];
};

/* A state is known by the shortest sequence that leads to it. */
struct hb_exhaust_node {
    struct hb_exhaust_key key;
    uint32_t parent;
    uint8_t record[HB_RECORD_BYTES]; /* the operation that leads here from there */
};

struct hb_exhaust_nodes {
    struct hb_exhaust_node *items;
    size_t count;
    size_t room;
    uint32_t *table; /* index + 1; open addressing */
    size_t table_room;
};

/* exhaust_nodes.c */
bool hb_exhaust_knows(const struct hb_exhaust_nodes *nodes, const struct hb_exhaust_key *key);
/* False: there is no memory. *is_new: it was not known. */
bool hb_exhaust_enter(struct hb_exhaust_nodes *nodes, const struct hb_exhaust_node *node,
                      bool *is_new);
void hb_exhaust_nodes_free(struct hb_exhaust_nodes *nodes);

/* What a run has come to behind its last operation. */
struct hb_exhaust_heap {
    struct hb_exhaust_key key;
    bool is_reached;
    bool is_refused; /* the last call */
    size_t live_count;
    uint32_t live_slots[HB_EXHAUST_SLOTS];
    size_t live_offsets[HB_EXHAUST_SLOTS];
    size_t live_sizes[HB_EXHAUST_SLOTS];
    bool has_range[2];
};

/* exhaust_heap.c: for hb_run_options.reached; context is a struct hb_exhaust_heap. */
void hb_exhaust_look_at(void *context, const struct hb_run *run);

/* exhaust_moves.c: the operations of a state. Right ones: */
size_t hb_exhaust_moves(const struct hb_exhaust_scope *scope, const struct hb_exhaust_heap *heap,
                        struct hb_op moves[HB_EXHAUST_MOVES_MAX]);
/* And those that must be refused. */
size_t hb_exhaust_wrong_calls(const struct hb_exhaust_scope *scope,
                              const struct hb_exhaust_heap *heap,
                              struct hb_op moves[HB_EXHAUST_MOVES_MAX]);
/* Frees of headers that the user has copied. */
size_t hb_exhaust_forged(const struct hb_exhaust_heap *heap,
                         struct hb_op moves[HB_EXHAUST_MOVES_MAX]);

#endif
