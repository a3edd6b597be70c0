/* SPDX-License-Identifier: MIT
 *
 * Files are read whole: a stream is viewed in place, so it has to lie in memory anyway.
 * Decompression is done in steps against a limit, since a few bytes of zstd can stand for any
 * number.
 */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define FIRST_CAPACITY ((size_t)64 * 1024)

/* Above this, compressing at the highest ordinary level takes longer than it is worth. */
#define LEVEL_HIGH_BYTES_MAX ((size_t)64 << 20)
#define LEVEL_HIGH           19
#define LEVEL_LOW            6

/* Bytes that grow, up to HB_FILE_BYTES_MAX. */
struct growing {
    struct hb_bytes bytes;
    size_t capacity;
};

/* Makes room for at least one byte more; says why it could not. */
static const char *growing_reserve(struct growing *growing)
{
    if (growing->bytes.count < growing->capacity) {
        return NULL;
    }
    if (growing->capacity >= HB_FILE_BYTES_MAX) {
        return "it holds 1 GiB or more, above what is read";
    }
    size_t capacity = growing->capacity == 0 ? FIRST_CAPACITY : 2 * growing->capacity;
    uint8_t *larger = realloc(growing->bytes.data, capacity);
    if (larger == NULL) {
        return "memory is used up";
    }
    growing->bytes.data = larger;
    growing->capacity = capacity;
    return NULL;
}

static const char *descriptor_read(int descriptor, struct growing *growing)
{
    for (;;) {
        const char *failure = growing_reserve(growing);
        if (failure != NULL) {
            return failure;
        }
        ssize_t got = read(descriptor, growing->bytes.data + growing->bytes.count,
                           growing->capacity - growing->bytes.count);
        if (got == 0) {
            return NULL;
        }
        if (got > 0) {
            growing->bytes.count += (size_t)got;
        } else if (errno != EINTR) {
            return strerror(errno);
        }
    }
}

/* Decompresses all frames. On failure *offset says how much of the input was read by then. */
static const char *zstd_decompress(ZSTD_DStream *stream, const struct hb_bytes *compressed,
                                   struct growing *plain, size_t *offset)
{
    ZSTD_inBuffer in = {compressed->data, compressed->count, 0};
    size_t rest = 0; /* 0: at the end of a frame */
    bool has_more = true;
    while (has_more) {
        const char *failure = growing_reserve(plain);
        if (failure != NULL) {
            return failure;
        }
        ZSTD_outBuffer out = {plain->bytes.data, plain->capacity, plain->bytes.count};
        rest = ZSTD_decompressStream(stream, &out, &in);
        plain->bytes.count = out.pos;
        *offset = in.pos;
        if (ZSTD_isError(rest)) {
            return ZSTD_getErrorName(rest);
        }
        has_more = in.pos < in.size || (rest != 0 && out.pos == out.size);
    }
    return rest == 0 ? NULL : "the compressed data ends in the middle; the file is cut short";
}

static bool is_zstd(const struct hb_bytes *bytes)
{
    static const uint8_t magic[4] = {0x28, 0xb5, 0x2f, 0xfd};
    return bytes->count >= sizeof magic && memcmp(bytes->data, magic, sizeof magic) == 0;
}

/* Replaces the bytes by what they stand for. */
static bool decompress(const char *name, struct growing *bytes, char *error, size_t error_bytes)
{
    struct growing plain = {0};
    size_t offset = 0;
    ZSTD_DStream *stream = ZSTD_createDStream();
    const char *failure = stream == NULL ? "memory is used up"
                                         : zstd_decompress(stream, &bytes->bytes, &plain, &offset);
    ZSTD_freeDStream(stream);
    if (failure != NULL) {
        snprintf(error, error_bytes, "%s: cannot decompress: at byte %zu: %s", name, offset,
                 failure);
        free(plain.bytes.data);
        return false;
    }
    free(bytes->bytes.data);
    *bytes = plain;
    return true;
}

static bool is_standard(const char *path)
{
    return strcmp(path, "-") == 0;
}

bool hb_file_read(const char *path, struct hb_bytes *bytes, char *error, size_t error_bytes)
{
    const char *name = is_standard(path) ? "standard input" : path;
    int descriptor = is_standard(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        snprintf(error, error_bytes, "%s: cannot open: %s", name, strerror(errno));
        return false;
    }
    struct growing growing = {0};
    const char *failure = descriptor_read(descriptor, &growing);
    if (failure != NULL) {
        snprintf(error, error_bytes, "%s: cannot read: at byte %zu: %s", name, growing.bytes.count,
                 failure);
    }
    if (!is_standard(path)) {
        close(descriptor);
    }
    if (failure != NULL ||
        (is_zstd(&growing.bytes) && !decompress(name, &growing, error, error_bytes))) {
        free(growing.bytes.data);
        return false;
    }
    *bytes = growing.bytes;
    return true;
}

static bool ends_in_zst(const char *path)
{
    static const char ending[] = ".zst";
    size_t length = strlen(path);
    return length >= sizeof ending && strcmp(path + length - (sizeof ending - 1), ending) == 0;
}

static const char *zstd_compress(const void *data, size_t count, struct hb_bytes *compressed)
{
    size_t capacity = ZSTD_compressBound(count);
    compressed->data = malloc(capacity);
    if (compressed->data == NULL) {
        return "memory is used up";
    }
    int level = count <= LEVEL_HIGH_BYTES_MAX ? LEVEL_HIGH : LEVEL_LOW;
    compressed->count = ZSTD_compress(compressed->data, capacity, data, count, level);
    return ZSTD_isError(compressed->count) ? ZSTD_getErrorName(compressed->count) : NULL;
}

static const char *descriptor_write(int descriptor, const uint8_t *data, size_t count)
{
    while (count > 0) {
        ssize_t written = write(descriptor, data, count);
        if (written >= 0) {
            data += written;
            count -= (size_t)written;
        } else if (errno != EINTR) {
            return strerror(errno);
        }
    }
    return NULL;
}

/* The permissions that open would have given. */
static mode_t mode_of_new_files(void)
{
    mode_t mask = umask(0);
    umask(mask);
    return 0666 & ~mask;
}

static const char *write_and_rename(const char *path, const uint8_t *data, size_t count)
{
    char *temporary = NULL;
    if (asprintf(&temporary, "%s.XXXXXX", path) < 0) {
        return "memory is used up";
    }
    int descriptor = mkostemp(temporary, O_CLOEXEC);
    if (descriptor < 0) {
        const char *reason = strerror(errno);
        free(temporary);
        return reason;
    }
    const char *failure = descriptor_write(descriptor, data, count);
    if (failure == NULL && fchmod(descriptor, mode_of_new_files()) != 0) {
        failure = strerror(errno);
    }
    if (close(descriptor) != 0 && failure == NULL) {
        failure = strerror(errno);
    }
    if (failure == NULL && rename(temporary, path) != 0) {
        failure = strerror(errno);
    }
    if (failure != NULL) {
        unlink(temporary);
    }
    free(temporary);
    return failure;
}

/* A device or pipe cannot be replaced, only written to. */
static const char *write_in_place(const char *path, const uint8_t *data, size_t count)
{
    int descriptor = is_standard(path) ? STDOUT_FILENO : open(path, O_WRONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return strerror(errno);
    }
    const char *failure = descriptor_write(descriptor, data, count);
    if (!is_standard(path) && close(descriptor) != 0 && failure == NULL) {
        failure = strerror(errno);
    }
    return failure;
}

static bool is_replaceable(const char *path)
{
    struct stat status;
    return !is_standard(path) && (stat(path, &status) != 0 || S_ISREG(status.st_mode));
}

bool hb_file_write(const char *path, const void *data, size_t count, char *error,
                   size_t error_bytes)
{
    struct hb_bytes compressed = {0};
    const char *failure = ends_in_zst(path) ? zstd_compress(data, count, &compressed) : NULL;
    const uint8_t *first = compressed.data == NULL ? data : compressed.data;
    size_t bytes = compressed.data == NULL ? count : compressed.count;
    if (failure == NULL) {
        failure = is_replaceable(path) ? write_and_rename(path, first, bytes)
                                       : write_in_place(path, first, bytes);
    }
    free(compressed.data);
    if (failure != NULL) {
        snprintf(error, error_bytes, "%s: cannot write: %s",
                 is_standard(path) ? "standard output" : path, failure);
    }
    return failure == NULL;
}
