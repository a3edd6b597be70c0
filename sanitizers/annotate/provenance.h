/* SPDX-License-Identifier: MIT
 *
 * What the core tells provenance.c, through bestfit_annotate.h. What is asked of it is in
 * bestfit_describe.h. Called under the heap's lock, but bf_provenance_panic, which is BF_PANIC.
 */
#ifndef BF_PROVENANCE_H
#define BF_PROVENANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* header_bytes: of the headers in front of payloads. A range that overlaps ones that are known is
 * that of a heap that took the place of theirs, which are forgotten. */
void bf_provenance_range(const void *heap, uintptr_t begin, uintptr_t end, size_t header_bytes);
void bf_provenance_no_range(uintptr_t begin, uintptr_t end);

/* block_end: of all that belongs to the block, with its slack. */
void bf_provenance_malloc(uintptr_t payload, size_t size, uintptr_t block_end);
void bf_provenance_free(uintptr_t payload, size_t size);
void bf_provenance_resize(uintptr_t payload, size_t size, uintptr_t block_end);

/* Tells what is wrong with a pointer (or the heap, where it is null), by an enum bf_status, and
 * ends the program as the sanitizer there is would, or as abort() does; unless the environment has
 * BESTFIT_HALT=0. is_header_sound: false where what is in front of the pointer is no header. */
void bf_provenance_panic(const void *heap, int status, const void *pointer, bool is_header_sound);

#ifdef __cplusplus
}
#endif

#endif
