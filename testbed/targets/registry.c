/* SPDX-License-Identifier: MIT
 *
 * Finding a target by name among those built in, or by path in a shared object.
 *
 * A loaded target is checked before it is believed (version, sizes, required functions, flags) and
 * copied into a struct of this bed's size, so that one compiled against an older, shorter struct
 * reads as "does not have it" where fields have been added since. What was loaded stays loaded.
 */
#include "targets.h"

#include "canary.h"
#include "uninstrumented.h"

#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SYMBOL "heapbed_target"

/* All that has been given a meaning; docs/your-allocator.md explains each. */
#define CONTRACT_KNOWN                                                                             \
    ((uint32_t)(HB_TAKES_RANGES | HB_PLACES_AS_LIST | HB_FAILS_UNCHANGED |                         \
                HB_REFUSES_WRONG_FREES | HB_SIZED_FREE | HB_COALESCES | HB_COUNTS_WORK |           \
                HB_PLACES_AS_BITMAP | HB_REFUSES_BY_ODDS | HB_COUNTS_MORE | HB_WALKS_RANGES |      \
                HB_ANNOTATES))

/* The struct up to the last required field. */
#define STRUCT_BYTES_MIN (offsetof(struct hb_target, check))

struct loaded_target {
    struct loaded_target *next;
    const struct hb_target *source;
    struct hb_target target;
};

static struct loaded_target *loaded_targets;

static const struct hb_target *const own_targets[] = {
    &hb_target_bestfit,
    &hb_target_bestfit_list,
    &hb_target_bestfit_small,
    &hb_target_bestfit_large,
    &hb_target_bestfit_off,
    &hb_target_bestfit_paranoid,
    &hb_target_bestfit_quarantine,
    &hb_target_bestfit_list_quarantine,
    &hb_target_seed,
    &hb_target_libc,
    &hb_target_glibc,
    &hb_target_mimalloc,
    &hb_target_jemalloc,
    &hb_target_tcmalloc,
    &hb_target_scudo,
#if HB_HAS_SHADOW
    &hb_target_bestfit_annotated,
    &hb_target_bestfit_list_annotated,
    &hb_target_bestfit_quarantine_annotated,
#endif
};

#define OWN_COUNT (sizeof(own_targets) / sizeof(own_targets[0]))

const struct hb_target *hb_target_builtin(size_t index)
{
    if (index < OWN_COUNT) {
        return own_targets[index];
    }
    return hb_canary(index - OWN_COUNT);
}

static bool name_is_valid(const char *name)
{
    return name != NULL && name[0] != '\0' &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")] == '\0';
}

/* Why the head of the struct cannot be read on, or null. */
static const char *head_fault(const struct hb_target *target, char *text, size_t text_bytes)
{
    if (target->abi_version != HB_TARGET_ABI) {
        snprintf(text, text_bytes,
                 "it was built for target ABI version %u, this bed has version %u: "
                 "rebuild it against this bed's heapbed/target.h",
                 (unsigned)target->abi_version, (unsigned)HB_TARGET_ABI);
        return text;
    }
    if (target->struct_bytes < STRUCT_BYTES_MIN) {
        snprintf(text, text_bytes,
                 "its struct_bytes is %u, too small to hold the required functions (%zu): "
                 "begin the initializer with HB_TARGET_HEAD",
                 (unsigned)target->struct_bytes, (size_t)STRUCT_BYTES_MIN);
        return text;
    }
    return NULL;
}

/* Why the target cannot be run, or null. */
static const char *body_fault(const struct hb_target *target, char *text, size_t text_bytes)
{
    if (!name_is_valid(target->name)) {
        return "its name must be made of a-z, 0-9 and '-'";
    }
    if (target->summary == NULL) {
        return "its summary is null: give it one line of text";
    }
    if ((target->contract & ~CONTRACT_KNOWN) != 0) {
        snprintf(text, text_bytes,
                 "its contract has flags that this bed does not know (0x%x): rebuild it against "
                 "this bed's heapbed/target.h",
                 (unsigned)(target->contract & ~CONTRACT_KNOWN));
        return text;
    }
    if (target->init == NULL || target->malloc == NULL || target->free == NULL) {
        return "init, malloc and free are required, and one of them is null";
    }
    if ((target->contract & HB_TAKES_RANGES) != 0 && target->add_range == NULL) {
        return "HB_TAKES_RANGES requires add_range, and it is null";
    }
    if ((target->contract & HB_ANNOTATES) != 0 && (target->contract & HB_TAKES_RANGES) == 0) {
        return "HB_ANNOTATES requires HB_TAKES_RANGES: what it poisons elsewhere is not known";
    }
    if ((target->contract & HB_PLACES_AS_LIST) != 0 &&
        (target->contract & HB_PLACES_AS_BITMAP) != 0) {
        return "it promises two placements, HB_PLACES_AS_LIST and HB_PLACES_AS_BITMAP";
    }
    if (target->align_max == 0 || (target->align_max & (target->align_max - 1)) != 0) {
        return "its align_max must be a power of two";
    }
    if (target->scratch_offset > target->state_bytes ||
        target->scratch_bytes > target->state_bytes - target->scratch_offset) {
        return "its scratch bytes do not lie within its state_bytes";
    }
    return NULL;
}

static const struct hb_target *loaded_find(const struct hb_target *source)
{
    for (const struct loaded_target *entry = loaded_targets; entry != NULL; entry = entry->next) {
        if (entry->source == source) {
            return &entry->target;
        }
    }
    return NULL;
}

/* Copies a target whose head is sound and checks the rest. Null, with the reason in *fault. */
static const struct hb_target *loaded_add(const struct hb_target *source, char *text,
                                          size_t text_bytes, const char **fault)
{
    struct loaded_target *entry = calloc(1, sizeof(*entry));
    if (entry == NULL) {
        *fault = "out of memory";
        return NULL;
    }
    size_t bytes = source->struct_bytes;
    memcpy(&entry->target, source, bytes < sizeof(entry->target) ? bytes : sizeof(entry->target));
    *fault = body_fault(&entry->target, text, text_bytes);
    if (*fault != NULL) {
        free(entry);
        return NULL;
    }
    entry->source = source;
    entry->next = loaded_targets;
    loaded_targets = entry;
    return &entry->target;
}

static const struct hb_target *target_load(const char *path, char *error, size_t error_bytes)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (object == NULL) {
        /* dlerror names the path. */
        snprintf(error, error_bytes, "cannot load the target: %s", dlerror());
        return NULL;
    }
    const struct hb_target *source = dlsym(object, SYMBOL);
    if (source == NULL) {
        snprintf(error, error_bytes,
                 "%s exports no symbol %s: define 'const struct hb_target %s = {HB_TARGET_HEAD, "
                 "...};' as docs/your-allocator.md shows",
                 path, SYMBOL, SYMBOL);
        dlclose(object);
        return NULL;
    }
    const struct hb_target *target = loaded_find(source);
    if (target != NULL) {
        dlclose(object);
        return target;
    }
    char text[200];
    const char *fault = head_fault(source, text, sizeof(text));
    if (fault == NULL) {
        target = loaded_add(source, text, sizeof(text), &fault);
    }
    if (target == NULL) {
        snprintf(error, error_bytes, "%s cannot be used as a target: %s", path, fault);
        dlclose(object);
    }
    return target;
}

const void *hb_target_object(const struct hb_target *target, const char *symbol)
{
    for (const struct loaded_target *entry = loaded_targets; entry != NULL; entry = entry->next) {
        Dl_info file;
        if (&entry->target == target && dladdr(entry->source, &file) != 0) {
            void *object = dlopen(file.dli_fname, RTLD_NOW | RTLD_NOLOAD);
            return object != NULL ? dlsym(object, symbol) : NULL;
        }
    }
    return NULL;
}

const char *hb_target_without_annotations(const char *name)
{
    static const char *const pairs[][2] = {{"bestfit-annotated", "bestfit"},
                                           {"bestfit-list-annotated", "bestfit-list"},
                                           {"bestfit-quarantine-annotated", "bestfit-quarantine"}};
    for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
        if (strcmp(name, pairs[i][0]) == 0) {
            return pairs[i][1];
        }
    }
    return NULL;
}

const struct hb_target *hb_target_find(const char *name, char *error, size_t error_bytes)
{
    if (strchr(name, '/') != NULL) {
        return target_load(name, error, error_bytes);
    }
    const struct hb_target *target;
    for (size_t i = 0; (target = hb_target_builtin(i)) != NULL; i++) {
        if (strcmp(target->name, name) == 0) {
            return hb_malloc_target_open(target, error, error_bytes) ? target : NULL;
        }
    }
    if (hb_target_without_annotations(name) != NULL) {
        snprintf(error, error_bytes,
                 "%s is only in builds with AddressSanitizer, such as the presets asan-ubsan and "
                 "fuzz: build/asan-ubsan/bed has it, and so does ./bed",
                 name);
        return NULL;
    }
    snprintf(error, error_bytes,
             "no target is called '%s': 'bed targets' lists them; a shared object is named by a "
             "path with a slash, such as ./%s",
             name, name);
    return NULL;
}
