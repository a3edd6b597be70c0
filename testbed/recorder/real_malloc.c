/* SPDX-License-Identifier: MIT
 *
 * Finds the next definitions in the dynamic linker's search order, once. That is before main and
 * on one thread: the first caller is the dynamic linker or a constructor.
 */
#include "real_malloc.h"

#include <dlfcn.h>
#include <stdint.h>
#include <string.h>

#define EARLY_BYTES ((size_t)64 * 1024)

static struct hb_real_malloc real;
static enum { UNKNOWN, BEING_LOOKED_UP, KNOWN } real_state;

static _Alignas(64) unsigned char early[EARLY_BYTES];
static size_t early_used;

/* ISO C has no cast from an object pointer to a function pointer. */
static void look_up(const char *name, void *function)
{
    void *address = dlsym(RTLD_NEXT, name);
    memcpy(function, (const void *)&address, sizeof address);
}

static void look_up_all(void)
{
    look_up("malloc", (void *)&real.malloc);
    look_up("calloc", (void *)&real.calloc);
    look_up("realloc", (void *)&real.realloc);
    look_up("free", (void *)&real.free);
    look_up("posix_memalign", (void *)&real.posix_memalign);
    look_up("aligned_alloc", (void *)&real.aligned_alloc);
    look_up("memalign", (void *)&real.memalign);
}

const struct hb_real_malloc *hb_real_malloc(void)
{
    if (__atomic_load_n(&real_state, __ATOMIC_ACQUIRE) == KNOWN) {
        return &real;
    }
    if (real_state == BEING_LOOKED_UP) {
        return NULL;
    }
    real_state = BEING_LOOKED_UP;
    look_up_all();
    __atomic_store_n(&real_state, KNOWN, __ATOMIC_RELEASE);
    return &real;
}

void *hb_early_allocate(size_t size, size_t align)
{
    if (align < 16) {
        align = 16;
    }
    size_t gap = (align - ((uintptr_t)early + early_used) % align) % align;
    if (gap > EARLY_BYTES - early_used || size > EARLY_BYTES - early_used - gap) {
        return NULL;
    }
    void *pointer = early + early_used + gap;
    early_used += gap + size;
    return pointer;
}

bool hb_early_owns(const void *pointer)
{
    return (uintptr_t)pointer - (uintptr_t)early < EARLY_BYTES;
}

size_t hb_early_readable(const void *pointer, size_t size)
{
    size_t rest = EARLY_BYTES - (size_t)((uintptr_t)pointer - (uintptr_t)early);
    return size < rest ? size : rest;
}
