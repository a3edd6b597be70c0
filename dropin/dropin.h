/* SPDX-License-Identifier: MIT
 *
 * What the files of the drop-in malloc know of each other. None of this is seen from outside.
 *
 * Three layers: malloc.c has the names, the errno and the odd cases of C and POSIX; heap.c one heap
 * of the core behind a lock, and its memory; report.c the environment and everything that is said.
 * asan.c is in the build for AddressSanitizer only.
 * None uses thread-local storage of its own, stdio, or anything else that allocates.
 */
#ifndef DROPIN_H
#define DROPIN_H

/* So that a program may be linked to the core as well. */
#define BF_PREFIX dropin_core_
#include "bestfit.h"

/* Above the alignment of every type: what malloc promises. */
#define DROPIN_ALIGN ((size_t)BF_ALIGN)

/* -- heap.c: each of these locks ------------------------------------------------------------- */

/* size is at least 1 and at most PTRDIFF_MAX, align a power of two. The statuses are those of the
 * core: BF_OUT_OF_MEMORY where neither the heap nor the system has any, BF_CORRUPTED. */
enum bf_status dropin_allocate(size_t size, size_t align, void **out);

/* As dropin_allocate, of bytes that are 0. */
enum bf_status dropin_allocate_zeroed(size_t size, void **out);

/* ptr: not null. *out is where the block is now. */
enum bf_status dropin_resize(void *ptr, size_t size, void **out);

/* ptr: anything but null. size: what the block was asked for with, or BF_ANY_SIZE. */
enum bf_status dropin_release(void *ptr, size_t size);

/* The bytes from ptr on that may be used. From here on all of them count as asked for, so that
 * realloc keeps what a program writes there. */
enum bf_status dropin_usable_size(void *ptr, size_t *size_bytes);

/* What is told at exit. */
struct dropin_stats {
    size_t allocated_count; /* calls that handed out a new block */
    size_t resized_count;
    size_t released_count;
    size_t refused_count;  /* calls that failed, or were wrong */
    size_t reserved_bytes; /* address space of all ranges */
    struct bf_stats heap;
};

/* False where the heap stayed locked for too long (by a thread that will never go on, as in an exit
 * from a signal handler). */
bool dropin_read_stats(struct dropin_stats *stats);

/* Whether ptr is in the memory of the heap. */
bool dropin_owns(const void *ptr);

/* -- report.c -------------------------------------------------------------------------------- */

struct dropin_settings {
    size_t heap_bytes; /* BESTFIT_MALLOC_BYTES: the heap is one range of this size; 0: it grows */
    bool goes_on;      /* BESTFIT_MALLOC_ERRORS=report: a wrong call is told and refused, no more */
    bool tells_stats;  /* BESTFIT_MALLOC_STATS=1 */
    bool tells_live;   /* BESTFIT_MALLOC_LEAKS=1, with DROPIN_ASAN: what is live at exit */
};

/* All zero before dropin_read_environment. */
const struct dropin_settings *dropin_settings(void);

/* Null is no environment, and all but the first are ignored. (In the first constructor that of
 * getenv is not there yet.) A setting that makes no sense ends the program. */
void dropin_read_environment(char **environment);

/* Says why a setting cannot be obeyed, and ends the program. */
void dropin_refuse_setting(const char *setting, const char *reason);

/* Tells of what the core refused, and ends the program unless it is to go on. Not under the lock,
 * since a program may handle the signal. */
void dropin_complain(const char *function, const void *ptr, enum bf_status status);

/* Only the words of it. */
void dropin_tell(const char *function, const void *ptr, enum bf_status status);

/* -- what becomes of a pointer that is none of our blocks: report.c, or asan.c ---------------- */

/* They return what the function is to return, where the program goes on. */
void dropin_reject_free(const char *function, void *ptr, enum bf_status status);
void *dropin_reject_realloc(const char *function, void *ptr, size_t size, enum bf_status status);
size_t dropin_reject_usable_size(void *ptr, enum bf_status status);

/* -- asan.c ---------------------------------------------------------------------------------- */

/* For AddressSanitizer: the heap is annotated, and made when the sanitizer is ready. */
#ifndef DROPIN_ASAN
#define DROPIN_ASAN 0
#endif

/* A block from a few bytes that belong to no heap; false where they are used up. */
bool dropin_early_allocate(size_t size, size_t align, void **out);

#endif
