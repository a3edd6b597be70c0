/* SPDX-License-Identifier: MIT
 *
 * What a cell of the detection matrix is written with. A cell is one tiny program: it prepares a
 * heap, and then does one thing, wrong or right. Each runs in a process of its own; what it is
 * about to do it notes where the parent sees it, as a sanitizer may end it there and then.
 */
#ifndef HB_MATRIX_STAGE_H
#define HB_MATRIX_STAGE_H

#include "bestfit.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum access { ACCESS_READ = 1, ACCESS_WRITE = 2, ACCESS_FREE = 4 };

/* What a cell is about to touch, as the core's own walk tells it. */
enum place {
    PLACE_NONE,
    PLACE_LIVE,    /* a byte that somebody asked for */
    PLACE_SLACK,   /* of a live block, behind what was asked for */
    PLACE_HEADER,  /* of a block, live or free */
    PLACE_LINK,    /* of a free block, a word that the index needs: a link, the footer */
    PLACE_FREE,    /* of a free block, any other */
    PLACE_MARGIN,  /* of a range, in front of its first header */
    PLACE_RAGGED,  /* of a range, behind the last multiple of 8, and not live */
    PLACE_OUTSIDE, /* in no range */
    PLACE_COUNT
};

/* What a process leaves to its parent. */
struct record {
    bool is_ready;     /* it was prepared, and came as far as the one thing */
    bool is_over;      /* it came past it */
    uintptr_t address; /* of the byte that is right or wrong */
    uintptr_t access;  /* where the access begins */
    enum place place;
    int status;         /* bf_free, bf_realloc: what it returned; bf_check likewise */
    uintptr_t fault_at; /* bf_check: the header where it shows, 0: none */
    uintptr_t block_at; /* the header of the block that holds the address, 0: none */
};

struct cell {
    const char *class_name;
    unsigned accesses; /* one row for each */
    const char *position;
    void (*run)(void);
    bool is_quick;
};

extern const struct cell stage_cells[];
extern const size_t stage_cell_count;

/* What this process is: set by main before it calls a cell. */
extern enum access stage_access;
extern bool stage_is_twin;
extern struct record *stage_record;

/* -- preparing ------------------------------------------------------------------------------- */

/* With this status ends a process where the core did not do what is said here. */
#define STAGE_NOT_READY 3

/* The memory of the range that every cell begins with, and of what a cell adds. */
#define STAGE_BYTES ((size_t)4096)
extern unsigned char stage_memory[STAGE_BYTES];
extern unsigned char stage_more[STAGE_BYTES];

/* A heap of one range, of this many bytes of stage_memory. Each cell begins so. */
void stage_begin(size_t range_bytes);
void stage_add(unsigned char *begin, size_t byte_count);
void stage_remove(unsigned char *begin);

/* The most that a block of the least stride, or capacity, can be asked for: behind it is the next
 * header, with nothing between. */
#ifdef BF_INDEX_LIST
#define FULL_SIZE ((size_t)32)
#else
#define FULL_SIZE ((size_t)40)
#endif
/* What a block has where size was asked for and it was cut to measure. */
size_t capacity_of(size_t size);

unsigned char *fresh(size_t size);                            /* bf_malloc */
unsigned char *block(size_t size);                            /* and every byte is written */
unsigned char *zeroed(size_t size);                           /* bf_calloc */
unsigned char *aligned_block(size_t size, size_t align);      /* written too */
void drop(unsigned char *payload, size_t size);               /* bf_free */
void resize(unsigned char *payload, size_t old, size_t size); /* stays; new bytes are not written */
unsigned char *move(unsigned char *payload, size_t old, size_t size); /* may not stay */

/* Memory that is no block of the heap: of malloc, and of another heap. */
unsigned char *stage_foreign(size_t size);
unsigned char *stage_other_heap_block(size_t size);

/* Whether two addresses are one; the process ends where they are not. */
void expect_same(const unsigned char *one, const unsigned char *other);

/* Does a few right things, and leaves nothing behind: valgrind translates code when it is first
 * run, and the children inherit that. */
void stage_warm_up(void);

/* -- the one thing ----------------------------------------------------------------------------- */

/* Reads or writes a byte: the wrong one, or the right one where this is the twin. What is read
 * decides a branch. */
void touch(unsigned char *wrong, unsigned char *right);

/* The same of many bytes by memset or memcpy, of which the last is wrong. */
void touch_span(unsigned char *from, size_t wrong_count, size_t right_count);

/* The same of 8 bytes at once, at a multiple of 8, of which those from wrong_byte on are wrong. A
 * report may name the first of all. */
void touch_wide(unsigned char *wrong, size_t wrong_byte, unsigned char *right);

/* Frees: wrongly, or rightly where this is the twin. */
void give_back(unsigned char *wrong, size_t wrong_size, unsigned char *right, size_t right_size);

/* bf_realloc with a size that is wrong, or right. */
void give_resized(unsigned char *payload, size_t wrong_size, size_t right_size, size_t new_size);

#endif
