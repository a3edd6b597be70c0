/* SPDX-License-Identifier: MIT
 *
 * The mutants of the core: every change of one operator, constant, condition or statement.
 *
 * What lies in an expression or a statement of a function is in a region: text that can be written
 * several times over, so that one compilation holds all its mutants (mutate_schema.h). What lies in
 * a macro or an enumeration is in none; each of these is compiled alone.
 */
#ifndef HB_MUTATE_GENERATE_H
#define HB_MUTATE_GENERATE_H

#include <stdbool.h>
#include <stddef.h>

enum mutate_what {
    MUTATE_COMPARISON, /* < to <= and >=, == to !=, ... */
    MUTATE_ARITHMETIC, /* + to -, * to /, ... */
    MUTATE_BITS,       /* & to |, << to >>, ~ dropped, ... */
    MUTATE_LOGIC,      /* && to ||, ! dropped */
    MUTATE_CONSTANT,   /* one more, one less; true to false */
    MUTATE_STEP,       /* ++ to -- */
    MUTATE_CONDITION,  /* of an if or while: true, false */
    MUTATE_STATEMENT,  /* dropped */
    MUTATE_WHAT_COUNT
};

const char *mutate_what_name(enum mutate_what what);

#define MUTANT_ID_BYTES 11
#define NO_REGION       ((size_t)-1)

struct mutant {
    char
        id[MUTANT_ID_BYTES]; /* a hash of what follows, up to occurrence: no line number is in it */
    const char *file;        /* "core/bitmap/trie.h" */
    char *function;          /* or "#define NAME", "enum" */
    char *line_text;
    char *original;
    char *replacement;
    unsigned occurrence; /* among those alike in function, line and change, from 1 */
    enum mutate_what what;
    unsigned line;
    size_t source; /* index of the file */
    size_t begin;  /* offsets of what is replaced */
    size_t end;
    size_t region;
    unsigned number; /* from 1, in order: what a compiled mutant is switched on with */
};

enum region_kind {
    REGION_VALUE,     /* an expression whose value is used */
    REGION_STEP,      /* an expression whose value is not */
    REGION_STATEMENT, /* with its semicolon */
    REGION_IDLE       /* with nothing to mutate */
};

struct region {
    enum region_kind kind;
    size_t source;
    size_t begin;
    size_t end;
    unsigned line;
    size_t first; /* its mutants, which are one behind another */
    size_t count;
};

struct source {
    const char *path; /* relative to the project */
    char *text;
    size_t text_bytes;
};

struct mutants {
    struct source *sources;
    size_t source_count;
    struct region *regions;
    size_t region_count;
    struct mutant *items;
    size_t count;
};

/* Adds the mutants of a file. False, with a reason on stderr, where it cannot be read, or is none
 * that this generator understands. */
bool mutants_add_file(struct mutants *mutants, const char *root, const char *path);

/* "core/bitmap/trie.h:99 trie_find: size_class >= wanted -> ..." in parts: place and change. */
void mutant_print_change(const struct mutant *mutant, char *text, size_t text_bytes);

#endif
