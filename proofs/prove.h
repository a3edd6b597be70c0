/* SPDX-License-Identifier: MIT
 *
 * What every proof begins with: how it speaks to CBMC, and the memory that the core is given.
 *
 * The core reads and writes words in two functions of word.h. Here those are a model: memory
 * is as many words as are accessed, found by their addresses, with anything in them. So a range may
 * lie anywhere, up to the end of the address space, and be of any size; and every single access of
 * the core is asserted to be aligned and within what it may touch.
 */
#ifndef PROOFS_PROVE_H
#define PROOFS_PROVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ASSUME(condition)          __CPROVER_assume(condition)
#define PROVE(condition, sentence) __CPROVER_assert(condition, sentence)

/* A bound of the proof's own: what goes beyond it proves nothing, and refutes nothing (one.sh). */
#define BOUND(condition, sentence) __CPROVER_assert(condition, "bound: " sentence)

/* To the checker a local that is not set has any value. */
static inline size_t any_size(void)
{
    size_t value;

    return value;
}

static inline uintptr_t any_address(void)
{
    uintptr_t value;

    return value;
}

static inline unsigned any_unsigned(void)
{
    unsigned value;

    return value;
}

static inline bool any_bool(void)
{
    return (any_unsigned() & 1) != 0;
}

/* The end of a proof, which must be reachable: a proof whose assumptions contradict each other
 * proves everything. The runner asks this of each proof with PROVE_END defined. */
#ifdef PROVE_END
#define END_OF_PROOF() __CPROVER_assert(false, "the end is reached")
#else
#define END_OF_PROOF() ((void)0)
#endif

/* The planted bugs of sharpness/bugs/ mark their places with these; there they are counted. */
#define BUG_DIFFERS(right, wrong) ((unsigned long long)(wrong))
#define BUG_REACHED()             ((void)0)
#define BUG_INFECTED(condition)   ((void)0)

/* What the core may touch: up to this many spans of addresses. */
#ifndef SPANS_MAX
#define SPANS_MAX 2
#endif

struct span {
    uintptr_t begin;
    uintptr_t end;
};

static struct span spans[SPANS_MAX];

static bool spans_hold(uintptr_t address, size_t byte_count)
{
    bool is_held = false;

    for (unsigned i = 0; i < SPANS_MAX; i++) {
        is_held = is_held || (address >= spans[i].begin && address < spans[i].end &&
                              spans[i].end - address >= byte_count);
    }
    return is_held;
}

#ifdef ARENA_WORDS
/* A small piece of memory, with anything in it; ranges lie anywhere in there. */
#ifdef ANY_BASE
static uintptr_t arena_begin;
#define ARENA_BEGIN arena_begin
#else
#define ARENA_BEGIN ((uintptr_t)4096)
#endif
/* With ANY_BASE it begins at a multiple of 256, and has no more. */
#ifdef ANY_BASE
#define ARENA_INDEX(address) ((unsigned)((address) % 256 / sizeof(uintptr_t)))
#else
#define ARENA_INDEX(address) ((unsigned)(((address) - ARENA_BEGIN) / sizeof(uintptr_t)))
#endif
_Static_assert(ARENA_WORDS * sizeof(uintptr_t) <= 256, "the arena has 256 bytes at most");
#define ARENA_END (ARENA_BEGIN + ARENA_WORDS * sizeof(uintptr_t))

static uintptr_t arena[ARENA_WORDS];
static uintptr_t arena_before[ARENA_WORDS]; /* as it was before the call, where a proof notes it */

/* With ANY_BASE it lies at any multiple of 256, up to the end of the address space. (At any of 16,
 * carries run through all comparisons, and the solver takes too long.) */
static inline void arena_place(void)
{
#ifdef ANY_BASE
    arena_begin = any_address() << 8;
    ASSUME(arena_begin != 0);
#endif
}

static unsigned memory_index(uintptr_t address)
{
    PROVE(address % sizeof(uintptr_t) == 0, "every access is aligned");
    PROVE(spans_hold(address, sizeof(uintptr_t)), "every access is within a range");
    ASSUME(address >= ARENA_BEGIN && address < ARENA_END);
    return ARENA_INDEX(address);
}

#define MEMORY_WORD(address) arena[memory_index(address)]
#else
/* The words that the core may access, by address: the proof names them, and an access of any other
 * is a failure. They hold anything at first. */
#ifndef WORDS_MAX
#define WORDS_MAX 12
#endif

static uintptr_t word_addresses[WORDS_MAX];
static uintptr_t word_values[WORDS_MAX];
static unsigned word_count;

static void words_declare(uintptr_t address, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        word_addresses[word_count] = address + i * sizeof(uintptr_t);
        word_values[word_count++] = any_address();
    }
}

static unsigned memory_index(uintptr_t address)
{
    unsigned index = WORDS_MAX;

    PROVE(address % sizeof(uintptr_t) == 0, "every access is aligned");
    PROVE(spans_hold(address, sizeof(uintptr_t)), "every access is within a range");
    for (unsigned i = WORDS_MAX; i > 0; i--) {
        index = word_addresses[i - 1] == address ? i - 1 : index;
    }
    PROVE(index < WORDS_MAX, "every access is of a header, a link or a footer");
    ASSUME(index < WORDS_MAX);
    return index;
}

#define MEMORY_WORD(address) word_values[memory_index(address)]
#endif

/* What bf_realloc copies and bf_calloc clears is looked at, not done: no byte of a payload matters
 * to the core, and what is written must lie where it may. */
static struct copy {
    uintptr_t to;
    uintptr_t from;
    size_t byte_count;
    unsigned count;
} copied;

#ifdef ARENA_WORDS
/* What is copied must be there still: any word of it stands for all. */
static void prove_untouched(uintptr_t begin, size_t byte_count)
{
    const unsigned word = any_unsigned();

    ASSUME(word < ARENA_WORDS);
    const uintptr_t address = ARENA_BEGIN + word * sizeof(uintptr_t);

    PROVE(address < begin || address - begin >= byte_count || arena[word] == arena_before[word],
          "nothing was written over the content before it is copied");
}
#else
#define prove_untouched(begin, byte_count) ((void)0)
#endif

static void memory_copy(uintptr_t to, uintptr_t from, size_t byte_count)
{
    prove_untouched(from, byte_count);
    copied.to = to;
    copied.from = from;
    copied.byte_count = byte_count;
    copied.count++;
}

#define BF_COPY(to, from, byte_count) memory_copy((uintptr_t)(to), (uintptr_t)(from), (byte_count))

static struct zeroed {
    uintptr_t begin;
    size_t byte_count;
    unsigned count;
} zeroed;

static void memory_zero(uintptr_t begin, size_t byte_count)
{
    zeroed.begin = begin;
    zeroed.byte_count = byte_count;
    zeroed.count++;
}

#define BF_ZERO(begin, byte_count) memory_zero((uintptr_t)(begin), (byte_count))

#include "bestfit.h"

/* Instead of those of the core, which go by a pointer: through one the checker writes the bytes of
 * all the memory anew, and the formulas are the larger for it. */
#define word_read  core_word_read
#define word_write core_word_write
#include "word.h"
#undef word_read
#undef word_write

static inline uintptr_t word_read(uintptr_t address)
{
    return MEMORY_WORD(address);
}

static inline void word_write(uintptr_t address, uintptr_t value)
{
    MEMORY_WORD(address) = value;
}

#include "bestfit.c"

#ifndef BF_INDEX_LIST
/* Stands in for stride_hash (one.sh puts it there): a multiplication is what a solver is worst at.
 * Nothing that is proved rests on the odds of a checksum; that it rests on nothing else of the
 * function either is reasoned, not proved. */
uint64_t instead_of_stride_hash(size_t stride, uintptr_t key, size_t unit)
{
    return (uint64_t)(stride / STRIDE_UNIT ^ key ^ unit) << HEADER_CHECK_SHIFT;
}

#if BF_RANGES_MAX == 1
/* Stands in for range_search, of which it is what is left where there is one range. The checker
 * does not know that an index can't be but 0, and takes a pointer made with it for one to any byte
 * of the heap. */
const struct bf_range *instead_of_range_search(const struct bf_heap *heap, uintptr_t address)
{
    return heap->range_count > 0 &&
                   range_unit_of(&heap->ranges[0], address) <= heap->ranges[0].last_unit
               ? &heap->ranges[0]
               : NULL;
}
#endif
#endif

#endif
