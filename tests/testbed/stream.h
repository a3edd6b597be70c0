/* SPDX-License-Identifier: MIT
 *
 * Streams for the tests of the bed: from text, from files, from random bytes that are the same on
 * every machine; and what two runs have in common.
 */
#ifndef STREAM_H
#define STREAM_H

#include "run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Parses a text that must parse; what comes back is freed with free(bytes.data). */
static inline struct hb_bytes stream_parse(const char *text)
{
    struct hb_bytes bytes = {0};
    struct hb_text_error error = {0};
    if (!hb_ops_parse(text, strlen(text), &bytes, &error)) {
        printf("%zu:%zu: %s, in the test's own text:\n%s\n", error.line, error.column, error.reason,
               text);
        exit(2);
    }
    return bytes;
}

static inline struct hb_ops stream_view(const struct hb_bytes *bytes)
{
    return hb_ops_view(bytes->data, bytes->count);
}

/* The stream as text, to be freed. */
static inline char *stream_text(const struct hb_ops *ops)
{
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *out = open_memstream(&text, &text_bytes);
    if (out == NULL) {
        exit(2);
    }
    hb_ops_print(ops, out);
    (void)fclose(out);
    return text;
}

/* A file of the source tree, ended by a null byte; to be freed. Null where there is none. */
static inline char *stream_source_file(const char *name)
{
    char path[4096];
    const char *source = getenv("HEAPBED_SOURCE");
    (void)snprintf(path, sizeof path, "%s/%s", source == NULL ? "." : source, name);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        printf("%s: cannot open; HEAPBED_SOURCE names the source tree\n", path);
        return NULL;
    }
    char *text = calloc(1, 1 << 20);
    if (text == NULL || fread(text, 1, (1 << 20) - 1, file) == 0) {
        exit(2);
    }
    (void)fclose(file);
    return text;
}

/* xorshift64: the streams of a test have to be the same every time. */
static inline uint64_t random_next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline size_t random_below(uint64_t *state, size_t limit)
{
    return (size_t)(random_next(state) % limit);
}

static inline void random_fill(uint64_t *state, uint8_t *bytes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)(random_next(state) >> 24);
    }
}

static inline bool is_same_op(const struct hb_op *a, const struct hb_op *b)
{
    return a->kind == b->kind && a->form == b->form && a->align_code == b->align_code &&
           a->slot == b->slot && a->value == b->value;
}

#endif
