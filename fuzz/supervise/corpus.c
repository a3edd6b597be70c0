/* SPDX-License-Identifier: MIT
 *
 * What the engines begin with. Everything is copied: the engines add to and delete from the folders
 * they are given, and the user's own is never one of them.
 */
#include "corpus.h"

#include "files.h"
#include "generate.h"
#include "ops.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* With a header they are as long as an engine makes inputs. */
#define SMASHED_STREAMS    32u
#define SMASHED_OPERATIONS 250u
#define SMASH_EVERY        12u

struct import {
    const char *from;
    const char *to;
    size_t file_count;
    bool failed;
};

static bool ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

static bool import_text(const char *from, const char *to)
{
    size_t text_bytes = 0;
    char *text = file_read(from, &text_bytes);
    if (text == NULL) {
        complain("cannot read %s: %s", from, strerror(errno));
        return false;
    }
    struct hb_bytes bytes = {0};
    struct hb_text_error error = {0};
    const bool parsed = hb_ops_parse(text, text_bytes, &bytes, &error);
    if (!parsed) {
        fprintf(stderr, "%s:%zu:%zu: %s\n", from, error.line, error.column, error.reason);
    }
    const bool imported = parsed && file_write(to, bytes.data, bytes.count);
    free(bytes.data);
    free(text);
    return imported;
}

static void import_one(void *context, const char *name)
{
    struct import *import = context;
    char *from = text_format("%s/%s", import->from, name);
    const bool is_text = ends_in(name, ".hbedt");
    const size_t name_bytes = strlen(name) - (is_text ? 1 : 0); /* text becomes .hbed */
    char *to = text_format("%s/%.*s", import->to, (int)name_bytes, name);
    if (!(is_text ? import_text(from, to) : file_copy(from, to))) {
        import->failed = true;
    }
    import->file_count++;
    free(from);
    free(to);
}

/* AFL++ refuses to begin with nothing. 16 zero bytes are one record that does nothing. */
static bool write_neutral(const struct layout *layout)
{
    static const char zeros[HB_RECORD_BYTES];
    char *path = text_format("%s/neutral", layout->start);
    const bool written = file_write(path, zeros, sizeof zeros);
    free(path);
    return written;
}

/* A smash has one code of 256, so that a search seldom comes by one: it begins with streams that
 * have many. */
static bool write_smashes(const struct layout *layout)
{
    static const enum hb_stream_kind kinds[] = {HB_STREAM_SMALL, HB_STREAM_CLASSES,
                                                HB_STREAM_RANGES, HB_STREAM_WRONG};
    bool written = true;
    for (unsigned i = 0; written && i < SMASHED_STREAMS; i++) {
        char *path = text_format("%s/smashes-%u.hbed", layout->start, i);
        struct hb_bytes bytes;
        written = hb_generate(i, kinds[i % (sizeof kinds / sizeof kinds[0])], SMASHED_OPERATIONS,
                              SMASH_EVERY, &bytes);
        written = written && file_write(path, bytes.data, bytes.count);
        free(bytes.data);
        free(path);
    }
    return written;
}

bool corpus_prepare(const struct options *options, const struct layout *layout)
{
    char *seeds = text_format("%s/corpus/seeds", layout->root);
    const bool is_core =
        options->target == NULL || strncmp(options->target, "bestfit", strlen("bestfit")) == 0;
    const char *by_default = is_core ? seeds : NULL;
    const char *from = options->corpus != NULL ? options->corpus : by_default;
    struct import import = {.from = from, .to = layout->start};
    if (from != NULL) {
        folder_each(from, import_one, &import);
    }
    free(seeds);
    if (options->corpus != NULL && import.file_count == 0) {
        complain("--corpus %s is no folder with files in it", options->corpus);
        return false;
    }
    if (import.failed) {
        return false;
    }
    if (options->harnesses[HARNESS_CORRUPT] && !write_smashes(layout)) {
        return false;
    }
    struct import share = {.from = layout->start, .to = layout->corpus};
    if (folder_count(layout->corpus) == 0) {
        folder_each(layout->start, import_one, &share);
    }
    return !share.failed && (import.file_count > 0 || write_neutral(layout));
}
