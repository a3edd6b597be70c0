/* SPDX-License-Identifier: MIT
 *
 * Whose is this byte? What a heap that is compiled with -DBF_PROVENANCE remembers of its blocks,
 * for a debugger, a signal handler, a report. Link provenance.c; docs/annotations.md says more.
 *
 * In words, an address is told of by one line, and its backtraces where there are any:
 *
 *     bestfit: 0xADDRESS is CLASS: N bytes PLACE a block of S bytes [0xPAYLOAD,0xEND),
 *     allocated at operation A[, freed at operation F]
 *
 * (in one line), or `bestfit: 0xADDRESS is CLASS: ` and a reason where there is no such block.
 * PLACE is `inside`, `behind the end of` (0 bytes: the first behind) or `in front of` (1 byte: the
 * last in front). Headers and slack are a block's own, so a byte has, or last had, one owner at
 * most. CLASS, by the first that holds, is
 *
 * - heap-use: a byte of a live block that was asked for; nothing is wrong with it.
 *
 * - heap-buffer-overflow or heap-buffer-underflow: behind what was asked for of a live block (its
 *   slack and guard, or what it had before it shrank); in the header that follows one directly; in
 *   the header of one. With a live block on both sides it is told of the nearer, where the first
 *   byte behind an end is 0 away, and the last in front of a payload 1; of the one behind where
 * both are as near. So, of the 8 bytes between two blocks without slack, the first 4 are the
 * overflow of one, and the last 4 the underflow of the other.
 *
 * - heap-buffer-underflow: behind what was asked for of a freed block, in front of a live one.
 *
 * - use-after-free: anything else of a freed block, its header and slack included.
 *
 * - heap-buffer-overflow or heap-buffer-underflow: never part of a block, and of all blocks within
 *   4,096 bytes, live or freed, the nearest is live. It is looked for in steps of 16 bytes; of a
 *   live and a freed one that are as near, the one in front counts.
 *
 * - wild: in a range, and nothing of the above; forgotten: part of a block that is remembered no
 *   more.
 *
 * Where another block comes into question, a second line says `bestfit: or N bytes PLACE...` of it.
 * AddressSanitizer reports the first byte of an access; told is the first that is closed.
 *
 * BF_PANIC tells of the pointer that was passed, by a class of these; `free` stands for every call
 * that is given a pointer:
 *
 * - double-free: of a block that was freed; size-mismatch;
 *
 * - corrupted-header: of a live block, and the header in front of it has been overwritten. Told
 *   where a header can be judged by itself: with the bitmap index, hardened;
 *
 * - corrupted-heap: of a live block, whose own header is not known to be what was overwritten: that
 *   of a neighbour, or a block in the quarantine. Also where there is no pointer;
 *
 * - invalid-free: any other. That is a live block's as well where the call does not take such, as
 *   bf_remove_range, and where the core, which walks to it (the list index; paranoid), does not
 *   come to it, as something in front passes for a header.
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
    BF_OWNED_NEVER,    /* in a range, never part of a block */
    BF_OWNED_FORGOTTEN /* part of a block that is remembered no more */
};

struct bf_description {
    const void *heap; /* struct bf_heap * */
    enum bf_owner_state state;
    bool is_header;       /* ptr is in the 8 or 16 bytes in front of the payload */
    uintptr_t payload;    /* of the block that has or last had the byte; 0: there is none */
    size_t request_bytes; /* what it was last asked for with */
    ptrdiff_t offset;     /* of ptr from payload: negative in front, >= request_bytes behind it */
    /* The number of the heap's operation, from 1: of its blocks handed out, taken back and resized
     * in place, since it got its first range; a realloc that moves is two. 0: not, or not known. */
    uint64_t allocated_at;
    uint64_t freed_at;
    unsigned allocated_frames;
    unsigned freed_frames;
    uintptr_t allocated_pc[BF_FRAMES_MAX];
    uintptr_t freed_pc[BF_FRAMES_MAX];
};

/* Who has, or last had, the byte at ptr. False: it is in no range of any heap. Also where the
 * calling thread was interrupted in the middle of a note, as in a signal handler. */
bool bf_describe(const void *ptr, struct bf_description *description);

/* The same in words, as snprintf: returns how long the text is, and writes as much of it as fits,
 * with a 0 behind. 0 where bf_describe returns false. */
size_t bf_describe_text(const void *ptr, char *text, size_t text_bytes);

/* Prints the blocks of a heap that are live (of every heap where it is null) to stderr, with where
 * they were allocated; returns how many. At the end of a program: what leaked. */
size_t bf_describe_live(const void *heap);

/* What provenance.c defines as __asan_on_error, unless it is compiled with -DBF_NO_ON_ERROR: prints
 * bf_describe_text of the address that AddressSanitizer is about to report. For programs that have
 * such a hook of their own. */
void bf_on_asan_error(void);

#ifdef __cplusplus
}
#endif

#endif
