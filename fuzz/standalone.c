/* SPDX-License-Identifier: MIT
 *
 * A main for a harness without an engine: runs the files given, each once. What an engine would
 * call a crash ends it the same way. A file whose name ends in .hbedt is text and is encoded first.
 *
 *     HARNESS-standalone FILE...
 *
 * The harness corrupt first has the target rehearse damage (heapbed/target.h), unless
 * HEAPBED_REHEARSE is 0.
 *
 * Exit status: 0 all files ran; 2 no file given, or one that cannot be read.
 */
#include "harness.h"
#include "ops.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The whole file in memory of exactly its size, so that a sanitizer sees a read past its end.
 * Null, with errno set, where it cannot be read. */
static uint8_t *read_file(FILE *file, size_t *byte_count)
{
    if (fseek(file, 0, SEEK_END) != 0) {
        return NULL;
    }
    const long end = ftell(file);
    if (end < 0 || fseek(file, 0, SEEK_SET) != 0) {
        return NULL;
    }
    *byte_count = (size_t)end;
    uint8_t *bytes = malloc(*byte_count == 0 ? 1 : *byte_count);
    if (bytes != NULL && fread(bytes, 1, *byte_count, file) != *byte_count) {
        free(bytes);
        errno = EIO;
        return NULL;
    }
    return bytes;
}

/* Takes the text's memory and gives that of its bytes; null where it does not parse. */
static uint8_t *encode(const char *path, uint8_t *text, size_t *byte_count)
{
    struct hb_bytes bytes = {0};
    struct hb_text_error error = {0};
    if (hb_ops_parse((const char *)text, *byte_count, &bytes, &error)) {
        *byte_count = bytes.count;
    } else {
        fprintf(stderr, "%s:%zu:%zu: %s\n", path, error.line, error.column, error.reason);
    }
    free(text);
    return bytes.data;
}

static bool is_text(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending != NULL && strcmp(ending, ".hbedt") == 0;
}

static bool run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t byte_count = 0;
    uint8_t *bytes = file == NULL ? NULL : read_file(file, &byte_count);
    if (bytes == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
    } else if (is_text(path)) {
        bytes = encode(path, bytes, &byte_count);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
    if (bytes == NULL) {
        return false;
    }
    (void)LLVMFuzzerTestOneInput(bytes, byte_count);
    free(bytes);
    return true;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s FILE...\nNo file given, so nothing was run.\n", argv[0]);
        return 2;
    }
    LLVMFuzzerInitialize(&argc, &argv);
    hb_harness_rehearse();
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (!run_file(argv[i])) {
            status = 2;
        }
    }
    return status;
}
