/* SPDX-License-Identifier: MIT
 *
 * Writes the streams of text files as bytes, each as FOLDER/NAME.hbed: the seeds of the programs
 * that an engine is given. It needs nothing that the image of OSS-Fuzz lacks.
 *
 *     heapbed-seeds FOLDER FILE.hbedt...
 *
 * Exit status: 0 all are written; 2 none given, one that does not parse, or cannot be written.
 */
#include "ops.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES_MAX ((size_t)1 << 20)
#define NAME_BYTES_MAX 4096

/* Null, with errno set, where it cannot be read. */
static char *read_text(const char *path, size_t *byte_count)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return NULL;
    }
    char *text = malloc(TEXT_BYTES_MAX);
    if (text != NULL) {
        *byte_count = fread(text, 1, TEXT_BYTES_MAX, file);
        if (ferror(file) || *byte_count == TEXT_BYTES_MAX) {
            free(text);
            text = NULL;
            errno = EFBIG;
        }
    }
    (void)fclose(file);
    return text;
}

static bool write_bytes(const char *folder, const char *path, const struct hb_bytes *bytes)
{
    char name[NAME_BYTES_MAX];
    const char *slash = strrchr(path, '/');
    const char *base = slash != NULL ? slash + 1 : path;
    (void)snprintf(name, sizeof name, "%s/%.*s.hbed", folder, (int)strcspn(base, "."), base);
    FILE *file = fopen(name, "wb");
    const bool is_written =
        file != NULL && fwrite(bytes->data, 1, bytes->count, file) == bytes->count;
    const bool is_closed = file != NULL && fclose(file) == 0;
    if (!is_written || !is_closed) {
        fprintf(stderr, "%s: %s\n", name, strerror(errno));
    }
    return is_written && is_closed;
}

static bool encode(const char *folder, const char *path)
{
    size_t text_bytes = 0;
    char *text = read_text(path, &text_bytes);
    if (text == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    struct hb_bytes bytes = {0};
    struct hb_text_error error = {0};
    bool is_encoded = hb_ops_parse(text, text_bytes, &bytes, &error);
    if (is_encoded) {
        is_encoded = write_bytes(folder, path, &bytes);
    } else {
        fprintf(stderr, "%s:%zu:%zu: %s\n", path, error.line, error.column, error.reason);
    }
    free(bytes.data);
    free(text);
    return is_encoded;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: %s FOLDER FILE.hbedt...\n", argv[0]);
        return 2;
    }
    for (int i = 2; i < argc; i++) {
        if (!encode(argv[1], argv[i])) {
            return 2;
        }
    }
    return 0;
}
