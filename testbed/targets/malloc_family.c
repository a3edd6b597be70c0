/* SPDX-License-Identifier: MIT
 *
 * Allocators with the interface of C's malloc, as foreign targets: they take no ranges and promise
 * no placement. The target libc is the malloc of the process (what the C library, a sanitizer or
 * LD_PRELOAD put there). The others are Debian's packages, each loaded by its soname when it is
 * asked for, beside the malloc that the bed itself uses: so all that one of them hands out is the
 * target's, and a fault in it is not the bed's. glibc is that library's own malloc, in whatever
 * process.
 *
 * An adapter keeps nothing but a sum: the bed fills what it is given, so that one without a limit
 * would let a stream take all the memory of the machine (and a sanitizer's malloc ends the process
 * where a size is absurd). The limit is the largest arena that a stream can have.
 */
#include "targets.h"

#include "ops.h"

#include <dlfcn.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_MAX ((size_t)1 << HB_ARENA_LOG2_MAX)
#define ALIGN_MAX ((size_t)4096)

#if defined(__x86_64__)
#define MACHINE "x86_64"
#elif defined(__aarch64__)
#define MACHINE "aarch64"
#else
#define MACHINE "i386"
#endif

enum { SONAMES_MAX = 2 };

struct malloc_library {
    const char *name;
    const char *sonames[SONAMES_MAX]; /* tried in turn; none where the functions are there */
    const char *package;              /* of Debian, that has it */
    void *(*malloc)(size_t size);
    void *(*calloc)(size_t count, size_t size);
    void *(*realloc)(void *ptr, size_t size);
    void (*free)(void *ptr);
    int (*posix_memalign)(void **out, size_t align, size_t size);
    size_t (*malloc_usable_size)(void *ptr);
};

struct malloc_heap {
    const struct malloc_library *library;
    size_t live_bytes;
};

/* malloc aligns for what may lie in a block of that size: jemalloc and tcmalloc give 8 bytes at a
 * multiple of 8, which C allows. What must be aligned beyond that has to be asked for. */
static bool is_aligned_by_malloc(size_t size, size_t align)
{
    return align <= _Alignof(max_align_t) && align <= size;
}

static bool has_room(const struct malloc_heap *heap, size_t size)
{
    return size <= BYTES_MAX && heap->live_bytes <= BYTES_MAX - size;
}

static enum hb_status hand_out(struct malloc_heap *heap, void *result, void **out)
{
    if (result == NULL) {
        return HB_OUT_OF_MEMORY;
    }
    heap->live_bytes += heap->library->malloc_usable_size(result);
    *out = result;
    return HB_OK;
}

static enum hb_status target_malloc(void *state, size_t size, size_t align, void **out)
{
    struct malloc_heap *heap = state;
    if (align == 0 || (align & (align - 1)) != 0 || align > ALIGN_MAX) {
        return HB_INVALID_ALIGN;
    }
    /* malloc(0) may answer null or not; the bed wants one answer. */
    if (size == 0) {
        return HB_INVALID_SIZE;
    }
    if (!has_room(heap, size)) {
        return HB_OUT_OF_MEMORY;
    }
    void *result = NULL;
    if (is_aligned_by_malloc(size, align)) {
        result = heap->library->malloc(size);
    } else if (heap->library->posix_memalign(
                   &result, align < sizeof(void *) ? sizeof(void *) : align, size) != 0) {
        result = NULL;
    }
    return hand_out(heap, result, out);
}

static enum hb_status target_calloc(void *state, size_t count, size_t size, size_t align,
                                    void **out)
{
    struct malloc_heap *heap = state;
    if (!is_aligned_by_malloc(count * size, align)) { /* which C has no function for */
        const enum hb_status status = target_malloc(state, count * size, align, out);
        if (status == HB_OK) {
            memset(*out, 0, count * size);
        }
        return status;
    }
    return has_room(heap, count * size) ? hand_out(heap, heap->library->calloc(count, size), out)
                                        : HB_OUT_OF_MEMORY;
}

static enum hb_status target_free(void *state, void *ptr, size_t size)
{
    (void)size;
    struct malloc_heap *heap = state;
    heap->live_bytes -= heap->library->malloc_usable_size(ptr);
    heap->library->free(ptr);
    return HB_OK;
}

static enum hb_status target_realloc(void *state, void *ptr, size_t old_size, size_t new_size,
                                     size_t align, void **out)
{
    struct malloc_heap *heap = state;
    if (!is_aligned_by_malloc(new_size, align)) { /* nor for this */
        const enum hb_status status = target_malloc(state, new_size, align, out);
        if (status == HB_OK && ptr != NULL) {
            const size_t capacity = heap->library->malloc_usable_size(ptr);
            memcpy(*out, ptr, capacity < new_size ? capacity : new_size);
            (void)target_free(state, ptr, old_size);
        }
        return status;
    }
    const size_t before = ptr != NULL ? heap->library->malloc_usable_size(ptr) : 0;
    heap->live_bytes -= before;
    const enum hb_status status = has_room(heap, new_size)
                                      ? hand_out(heap, heap->library->realloc(ptr, new_size), out)
                                      : HB_OUT_OF_MEMORY;
    heap->live_bytes += status == HB_OK ? 0 : before;
    return status;
}

static enum hb_status target_usable_size(void *state, const void *ptr, size_t *size_bytes)
{
    const struct malloc_heap *heap = state;
    *size_bytes = heap->library->malloc_usable_size((void *)(uintptr_t)ptr);
    return HB_OK;
}

/* One library, its functions, its target. Without sonames it is the process's own malloc. */
#define MALLOC_TARGET(symbol, target_name, text, ...)                                              \
    static struct malloc_library library_##symbol = {.name = target_name, __VA_ARGS__};            \
    static void init_##symbol(void *state, struct hb_host *host)                                   \
    {                                                                                              \
        (void)host;                                                                                \
        *(struct malloc_heap *)state = (struct malloc_heap){&library_##symbol, 0};                 \
    }                                                                                              \
    const struct hb_target hb_target_##symbol = {                                                  \
        HB_TARGET_HEAD,          .name = target_name,                                              \
        .summary = text,         .contract = 0,                                                    \
        .align_max = ALIGN_MAX,  .state_bytes = sizeof(struct malloc_heap),                        \
        .init = init_##symbol,   .malloc = target_malloc,                                          \
        .free = target_free,     .realloc = target_realloc,                                        \
        .calloc = target_calloc, .usable_size = target_usable_size,                                \
    }

MALLOC_TARGET(libc, "libc", "the malloc of the process; no ranges, no placement", .malloc = malloc,
              .calloc = calloc, .realloc = realloc, .free = free, .posix_memalign = posix_memalign,
              .malloc_usable_size = malloc_usable_size);
MALLOC_TARGET(glibc, "glibc", "the GNU C library's malloc (package libc6)",
              .sonames = {"libc.so.6"}, .package = "libc6");
MALLOC_TARGET(mimalloc, "mimalloc", "Microsoft's malloc (package libmimalloc-dev)",
              .sonames = {"libmimalloc.so.2", "libmimalloc.so.3"}, .package = "libmimalloc-dev");
MALLOC_TARGET(jemalloc, "jemalloc", "FreeBSD's malloc (package libjemalloc2)",
              .sonames = {"libjemalloc.so.2"}, .package = "libjemalloc2");
MALLOC_TARGET(tcmalloc, "tcmalloc",
              "Google's malloc of gperftools (package libgoogle-perftools-dev)",
              .sonames = {"libtcmalloc_minimal.so.4", "libtcmalloc.so.4"},
              .package = "libgoogle-perftools-dev");
MALLOC_TARGET(scudo, "scudo", "LLVM's hardened malloc (package libclang-rt-19-dev)",
              .sonames = {"/usr/lib/llvm-19/lib/clang/19/lib/linux/"
                          "libclang_rt.scudo_standalone-" MACHINE ".so"},
              .package = "libclang-rt-19-dev");

static struct malloc_library *const libraries[] = {
    &library_glibc, &library_mimalloc, &library_jemalloc, &library_tcmalloc, &library_scudo,
};

static void *open_one(const struct malloc_library *library, char *error, size_t error_bytes)
{
    char reason[300] = "";
    for (size_t i = 0; i < SONAMES_MAX && library->sonames[i] != NULL; i++) {
        void *object = dlopen(library->sonames[i], RTLD_NOW | RTLD_LOCAL);
        if (object != NULL) {
            return object;
        }
        const char *text = dlerror();
        if (i == 0) { /* the one that is to be expected */
            (void)snprintf(reason, sizeof reason, "%s", text != NULL ? text : "no reason given");
        }
    }
    if (strstr(reason, "static TLS") != NULL) {
        (void)snprintf(error, error_bytes,
                       "%s: %s. Set GLIBC_TUNABLES=glibc.rtld.optional_static_tls=16384 in the "
                       "environment, as ./bed does",
                       library->name, reason);
    } else {
        (void)snprintf(error, error_bytes, "%s is not there (%s). In Debian: apt-get install %s",
                       library->name, reason, library->package);
    }
    return NULL;
}

/* ISO C has no cast from an object's pointer to a function's; POSIX promises that this works. */
static bool find_function(void *object, const char *name, void *function, char *error,
                          size_t error_bytes)
{
    void *found = dlsym(object, name);
    memcpy(function, &found, sizeof found);
    if (found == NULL) {
        (void)snprintf(error, error_bytes, "its library has no function %s", name);
    }
    return found != NULL;
}

static bool open_library(struct malloc_library *library, char *error, size_t error_bytes)
{
    if (library->malloc != NULL) {
        return true;
    }
    struct malloc_library opened = *library;
    void *object = open_one(library, error, error_bytes);
    const bool is_whole =
        object != NULL && find_function(object, "malloc", &opened.malloc, error, error_bytes) &&
        find_function(object, "calloc", &opened.calloc, error, error_bytes) &&
        find_function(object, "realloc", &opened.realloc, error, error_bytes) &&
        find_function(object, "free", &opened.free, error, error_bytes) &&
        find_function(object, "posix_memalign", &opened.posix_memalign, error, error_bytes) &&
        find_function(object, "malloc_usable_size", &opened.malloc_usable_size, error, error_bytes);
    if (is_whole) {
        *library = opened;
    }
    return is_whole;
}

static struct malloc_library *library_of(const struct hb_target *target)
{
    for (size_t i = 0; i < sizeof libraries / sizeof libraries[0]; i++) {
        if (strcmp(libraries[i]->name, target->name) == 0) {
            return libraries[i];
        }
    }
    return NULL;
}

bool hb_malloc_target_open(const struct hb_target *target, char *error, size_t error_bytes)
{
    struct malloc_library *library = library_of(target);
    return library == NULL || open_library(library, error, error_bytes);
}

const char *hb_malloc_target_soname(const struct hb_target *target)
{
    const struct malloc_library *library = library_of(target);
    return library != NULL ? library->sonames[0] : NULL;
}
