/* SPDX-License-Identifier: MIT
 *
 * A target of somebody else, for the tests of --target: blocks of powers of two, each class with a
 * list of its own, cut from the front of the range. It is broken on purpose
 *     with -DSAMPLE_LIES   its counters are wrong
 *     with -DSAMPLE_FAILS  it has no memory for some requests of the calls that are measured
 */
#include <heapbed/target.h>

#include <string.h>

struct node {
    struct node *next;
};

struct sample {
    struct node *classes[48];
    unsigned char *front;
    unsigned char *end;
    size_t free_count;
    size_t call_count;
};

static size_t class_of(size_t size)
{
    size_t number = 4;

    while (((size_t)1 << number) < size) {
        number++;
    }
    return number;
}

static void sample_init(void *state, struct hb_host *host)
{
    (void)host;
    memset(state, 0, sizeof(struct sample));
}

static enum hb_status sample_add_range(void *state, void *begin, void *end)
{
    struct sample *sample = state;

    sample->front = begin;
    sample->end = end;
    return HB_OK;
}

static enum hb_status sample_malloc(void *state, size_t size, size_t align, void **out)
{
    struct sample *sample = state;
    const size_t number = class_of(size);

    (void)align;
#ifdef SAMPLE_FAILS
    if (++sample->call_count % 9000 == 0) {
        return HB_OUT_OF_MEMORY;
    }
#endif
    if (sample->classes[number] != NULL) {
        *out = sample->classes[number];
        sample->classes[number] = sample->classes[number]->next;
        sample->free_count--;
        return HB_OK;
    }
    if ((size_t)(sample->end - sample->front) < (size_t)1 << number) {
        return HB_OUT_OF_MEMORY;
    }
    *out = sample->front;
    sample->front += (size_t)1 << number;
    return HB_OK;
}

static enum hb_status sample_free(void *state, void *ptr, size_t size)
{
    struct sample *sample = state;
    struct node *node = ptr;

    node->next = sample->classes[class_of(size)];
    sample->classes[class_of(size)] = node;
    sample->free_count++;
    return HB_OK;
}

static void sample_stats(void *state, struct hb_target_stats *stats)
{
    const struct sample *sample = state;

    stats->free_block_count = sample->free_count;
#ifdef SAMPLE_LIES
    stats->free_block_count++;
#endif
}

extern const struct hb_target heapbed_target;

const struct hb_target heapbed_target = {
    HB_TARGET_HEAD,
    .name = "sample",
    .summary = "powers of two",
    .contract = HB_TAKES_RANGES | HB_SIZED_FREE,
    .align_max = 16,
    .state_bytes = sizeof(struct sample),
    .init = sample_init,
    .add_range = sample_add_range,
    .malloc = sample_malloc,
    .free = sample_free,
    .stats = sample_stats,
};
