/* SPDX-License-Identifier: MIT
 *
 * The subjects by name, and the two that are no variant of the core: null and libc.
 */
#include "subject.h"

#include "targets.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* -- null: as little as a subject can do ------------------------------------------------------ */

static _Alignas(16) unsigned char null_block[16];

static void null_init(void *state, struct hb_host *host)
{
    (void)state;
    (void)host;
}

static enum hb_status null_malloc(void *state, size_t size, size_t align, void **out)
{
    (void)state;
    (void)size;
    (void)align;
    *out = null_block;
    return HB_OK;
}

static enum hb_status null_free(void *state, void *ptr, size_t size)
{
    (void)state;
    (void)ptr;
    (void)size;
    return HB_OK;
}

static enum hb_status null_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                   size_t align, void **out)
{
    (void)state;
    (void)ptr;
    (void)old_size;
    (void)new_size;
    (void)align;
    *out = null_block;
    return HB_OK;
}

static enum hb_status null_calloc(void *state, size_t count, size_t size, size_t align, void **out)
{
    (void)count;
    return null_malloc(state, size, align, out);
}

static uintptr_t null_select(const void *state, size_t size)
{
    (void)state;
    return size;
}

static const struct hb_target null_target = {
    HB_TARGET_HEAD,        .name = "null",    .summary = "does nothing: what the measuring costs",
    .contract = 0,         .align_max = 16,   .init = null_init,
    .malloc = null_malloc, .free = null_free, .realloc = null_realloc,
    .calloc = null_calloc,
};

static const struct bench_subject null_subject = {
    .name = "null", .target = &null_target, .select = null_select};

/* -- libc ------------------------------------------------------------------------------------- */

/* Unlike the bed's target libc it counts nothing; alignments above malloc's own are not asked for.
 */
static enum hb_status libc_malloc(void *state, size_t size, size_t align, void **out)
{
    (void)state;
    (void)align;
    *out = malloc(size);
    return *out != NULL ? HB_OK : HB_OUT_OF_MEMORY;
}

static enum hb_status libc_free(void *state, void *ptr, size_t size)
{
    (void)state;
    (void)size;
    free(ptr);
    return HB_OK;
}

static enum hb_status libc_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                   size_t align, void **out)
{
    void *moved = realloc(ptr, new_size);

    (void)state;
    (void)old_size;
    (void)align;
    if (moved == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    *out = moved;
    return HB_OK;
}

static enum hb_status libc_calloc(void *state, size_t count, size_t size, size_t align, void **out)
{
    (void)state;
    (void)align;
    *out = calloc(count, size);
    return *out != NULL ? HB_OK : HB_OUT_OF_MEMORY;
}

static const struct hb_target libc_target = {
    HB_TARGET_HEAD,
    .name = "libc",
    .summary = "malloc and free of the process",
    .contract = 0,
    .align_max = _Alignof(max_align_t),
    .init = null_init,
    .malloc = libc_malloc,
    .free = libc_free,
    .realloc = libc_realloc,
    .calloc = libc_calloc,
};

static const struct bench_subject libc_subject = {.name = "libc", .target = &libc_target};

/* -- by name ---------------------------------------------------------------------------------- */

/* As in CMakeLists.txt. */
#define BENCH_VARIANTS(variant)                                                                    \
    variant(list) variant(small_off) variant(small_on) variant(default_off) variant(default_on)    \
        variant(default_paranoid) variant(large_off) variant(large_on)

#define DECLARE(variant) extern const struct bench_subject bench_subject_##variant;
BENCH_VARIANTS(DECLARE)

#define ADDRESS(variant) &bench_subject_##variant,
static const struct bench_subject *const subjects[] = {
    &null_subject,
    BENCH_VARIANTS(ADDRESS) & libc_subject,
};

const struct bench_subject *bench_subject_builtin(size_t index)
{
    return index < sizeof(subjects) / sizeof(subjects[0]) ? subjects[index] : NULL;
}

/* A variant of the core that was built apart (bench-cores) brings its own subject, seam and all. */
static const struct bench_subject *module_find(const char *path)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    const struct bench_subject *subject = object != NULL ? dlsym(object, "bench_subject") : NULL;

    if (object != NULL && subject == NULL) {
        (void)dlclose(object);
    }
    return subject;
}

const struct bench_subject *bench_subject_find(const char *name, char *error, size_t error_bytes)
{
    for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++) {
        if (strcmp(subjects[i]->name, name) == 0) {
            return subjects[i];
        }
    }
    if (strchr(name, '/') == NULL) {
        (void)snprintf(error, error_bytes, "there is no such subject");
        return NULL;
    }
    const struct bench_subject *module = module_find(name);

    if (module != NULL) {
        return module;
    }
    const struct hb_target *target = hb_target_find(name, error, error_bytes);
    struct bench_subject *subject = calloc(1, sizeof *subject);

    if (target == NULL || subject == NULL) {
        free(subject);
        return NULL;
    }
    subject->name = target->name;
    subject->target = target;
    return subject;
}
