/* SPDX-License-Identifier: MIT
 *
 * What a reproducer is printed from: the calls that a stream came to.
 */
#ifndef HB_REPRODUCER_CALLS_H
#define HB_REPRODUCER_CALLS_H

#include "run.h"

struct hb_call_list {
    struct hb_call *items;
    size_t count;
    size_t room;
};

void hb_call_list_add(struct hb_call_list *list, const struct hb_call *call);
void hb_call_list_clear(struct hb_call_list *list);

/* The bytes that a call which allocates asked for. */
static inline uint64_t hb_call_bytes(const struct hb_call *call)
{
    return call->kind == HB_CALL_CALLOC ? call->count * call->size : call->size;
}

/* Everything that goes into one program. */
struct hb_reproducer {
    const struct hb_ops *ops;
    const struct hb_target *target;
    const char *target_path; /* null for a target built in */
    const struct hb_verdict *verdict;
    const struct hb_call_list *calls;
    /* The oracles that look at the whole heap speak from this operation on. */
    size_t whole_heap_from;
};

struct hb_foreseen_block {
    int64_t offset; /* of the payload in the arena */
    size_t capacity_bytes;
    size_t request_bytes; /* 0 where free */
};

/* The model's word about the heap at the verdict, where it has one. */
struct hb_foresight {
    bool has_stats;
    size_t free_block_count;
    size_t free_bytes;
    size_t largest_free_bytes;
    size_t capacity; /* of the block that the last call answered with, or asked about; 0: none */
    uint64_t work_bound;              /* of the last call; 0: none */
    size_t regained[HB_REGAINED_MAX]; /* blocks that can be had after the drain; 0: none */
    /* Every block, for a verdict on the allocator's own view; owned. */
    struct hb_foreseen_block *blocks;
    size_t block_count;
};

/* calls.c: plays the calls on the model. The caller frees foresight->blocks. */
void hb_foresee(const struct hb_reproducer *reproducer, struct hb_foresight *foresight);

/* record.c: plays the stream in a child process and collects its calls and verdict. False where it
 * could not be played. */
bool hb_record_calls(const struct hb_ops *ops, const struct hb_target *target, bool thorough,
                     struct hb_call_list *calls, struct hb_verdict *verdict);

/* Whether there is a program for such a target at all. */
bool hb_reproducer_has_dialect(const struct hb_target *target, const char *target_path);

/* write.c: the whole program. */
void hb_reproducer_print(const struct hb_reproducer *reproducer, FILE *out);

/* main.c: its last function. */
void hb_reproducer_print_main(const struct hb_reproducer *reproducer, FILE *out);

#endif
