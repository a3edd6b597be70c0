/* SPDX-License-Identifier: MIT
 *
 * Whole files in and out of memory, compressed by zstd or not.
 */
#ifndef HB_FILE_H
#define HB_FILE_H

#include "ops.h"

/* This many bytes or more (after decompression) are refused. */
#define HB_FILE_BYTES_MAX ((size_t)1 << 30)

/* Reads a file, or the standard input where path is "-". What begins as zstd does is decompressed.
 * On true the caller frees bytes->data (never null). On false *bytes is untouched and error names
 * the file and the reason. */
bool hb_file_read(const char *path, struct hb_bytes *bytes, char *error, size_t error_bytes);

/* Writes a file, or the standard output where path is "-". A path that ends in .zst is compressed.
 * A regular file is replaced in one step: whoever reads it sees the old one or the new one, whole.
 * On false error names the file and the reason. */
bool hb_file_write(const char *path, const void *data, size_t count, char *error,
                   size_t error_bytes);

#endif
