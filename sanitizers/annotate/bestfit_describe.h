/* SPDX-License-Identifier: MIT
 *
 * Whose is this byte? What a heap that is compiled with -DBF_PROVENANCE remembers of its blocks,
 * for a debugger, a signal handler, a report. Link provenance.c.
 */
#ifndef BESTFIT_DESCRIBE_H
#define BESTFIT_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BF_FRAMES_MAX 16

enum bf_owner_state {
    BF_OWNED_LIVE,
    BF_OWNED_FREED,
    BF_OWNED_NEVER /* in a range, never part of a block */
};

struct bf_description {
    const void *heap; /* struct bf_heap * */
    enum bf_owner_state state;
    bool is_header;    /* ptr is in the 8 or 16 bytes in front of the payload */
    uintptr_t payload; /* of the block that has or last had the byte (0 where NEVER) */
    size_t request_bytes;
    ptrdiff_t offset;      /* of ptr from payload: negative in front, >= request_bytes behind */
    uint64_t allocated_at; /* the heap's operation number, from 1; 0: not */
    uint64_t freed_at;
    unsigned allocated_frames;
    unsigned freed_frames;
    uintptr_t allocated_pc[BF_FRAMES_MAX];
    uintptr_t freed_pc[BF_FRAMES_MAX];
};

/* Fills *description. False: ptr is in no range of any heap. */
bool bf_describe(const void *ptr, struct bf_description *description);

/* The same in words, one line or a few, as snprintf: returns how long the text is, and writes as
 * much of it as fits, with a 0 behind. Nothing where bf_describe returns false. */
size_t bf_describe_text(const void *ptr, char *text, size_t text_bytes);

#ifdef __cplusplus
}
#endif

#endif
