/* SPDX-License-Identifier: MIT
 *
 * How blocks are made, and how pointers get about.
 */
#include "flows.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static enum flow flow_now;
static enum source source_now;
static struct block *block_now;

void flows_set(enum flow flow, enum source source, struct block *block)
{
    flow_now = flow;
    source_now = source;
    block_now = block;
}

/* -- sources --------------------------------------------------------------------------------- */

static void *allocate(size_t bytes)
{
    void *data = NULL;

    switch (source_now) {
    case SOURCE_CALLOC:
        return calloc(1, bytes);
    case SOURCE_REALLOC:
        return realloc(malloc(1), bytes);
    case SOURCE_ALIGNED:
        return posix_memalign(&data, 64, bytes) == 0 ? data : NULL;
    case SOURCE_SHRUNK:
        return realloc(malloc(2 * bytes), bytes);
    default:
        return malloc(bytes);
    }
}

/* Stays, and is told of by nobody. */
static void make_neighbour(size_t bytes)
{
    void *data = malloc(bytes);

    assert(data != NULL);
    use(memset(data, 'n', bytes), bytes);
} /* NOLINT(clang-analyzer-unix.Malloc) */

void *about(void *memory, size_t bytes)
{
    *block_now = (struct block){.begin = (uintptr_t)memory, .bytes = bytes};
    return memory;
}

void *obtain(size_t bytes)
{
    make_neighbour(bytes);
    void *data = allocate(bytes);

    assert(data != NULL);
    make_neighbour(bytes);
    return about(data, bytes);
}

void allocate_others(size_t bytes)
{
    for (int i = 0; i < 64; i++) {
        make_neighbour(bytes);
    }
}

/* -- flows ----------------------------------------------------------------------------------- */

struct holder {
    int first;
    void *data;
    struct holder *next;
};

static void *volatile global_data;
static int static_flag = 1;

static void *through_struct(struct holder holder)
{
    return holder.data;
}

static void *through_list(void *data)
{
    struct holder last = {.data = data};
    struct holder first = {.next = &last};

    return first.next->data;
}

static void through_out(void *data, void **out)
{
    *out = data;
}

static void *through_thread(void *data)
{
    return data;
}

static void *in_thread(void *(*function)(void *), void *data)
{
    pthread_t thread;
    void *result = NULL;

    if (pthread_create(&thread, NULL, function, data) != 0 || pthread_join(thread, &result) != 0) {
        abort();
    }
    return result;
}

void *carry(void *data)
{
    void *carried = NULL;

    switch (flow_now) {
    case FLOW_STRUCT:
        return through_struct((struct holder){.first = 1, .data = data});
    case FLOW_FLAG:
        if (static_flag) {
            carried = data;
        }
        return carried;
    case FLOW_LOOP:
        for (int i = 0; i < 3; i++) {
            carried = i == 1 ? data : carried;
        }
        return carried;
    case FLOW_GLOBAL:
        global_data = data;
        return global_data;
    case FLOW_LIST:
        return through_list(data);
    case FLOW_OUT:
        through_out(data, &carried);
        return carried;
    case FLOW_THREAD:
        return in_thread(through_thread, data);
    default:
        return data;
    }
}

static void *release_in_thread(void *data)
{
    free(data);
    return NULL;
}

static void release_struct(struct holder *holder)
{
    free(holder->data);
}

void release(void *data)
{
    switch (flow_now) {
    case FLOW_STRUCT:
        release_struct(&(struct holder){.data = data});
        break;
    case FLOW_THREAD:
        (void)in_thread(release_in_thread, data);
        break;
    default:
        free(data);
    }
}

void use(const void *data, size_t bytes)
{
    static volatile unsigned char sum;

    for (size_t i = 0; i < bytes; i++) {
        sum = (unsigned char)(sum + ((const unsigned char *)data)[i]);
    }
}
