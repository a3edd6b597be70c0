/* SPDX-License-Identifier: MIT
 *
 * bed encode: text (or any other form of a stream) -> bytes in canonical form.
 */
#include "cli.h"

#include "file.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_help(void)
{
    (void)printf(
        "usage: bed encode [--force] -o FILE INPUT|-\n\n"
        "Writes a stream, given as text or bytes, as bytes in canonical form; compressed\n"
        "where FILE ends in .zst. The text form is described in docs/op-stream.md.\n\n"
        "  -o FILE    where to (- for standard output); an existing file is kept\n"
        "  --force    replace it\n\n"
        "Exit status: 0 written, 2 otherwise: a text that does not parse is reported with\n"
        "file, line and column.\n");
}

/* Header and records, all canonical. */
static bool canonical(const struct hb_bytes *bytes, struct hb_bytes *out)
{
    const struct hb_ops ops = hb_ops_view(bytes->data, bytes->count);
    out->count = (ops.count + 1) * HB_RECORD_BYTES;
    out->data = malloc(out->count);
    if (out->data == NULL) {
        (void)fprintf(stderr, "bed encode: out of memory\n");
        return false;
    }
    hb_ops_encode_header(&ops.header, out->data);
    for (size_t i = 0; i < ops.count; i++) {
        const struct hb_op op = hb_ops_get(&ops, i);
        hb_ops_encode(&op, out->data + (i + 1) * HB_RECORD_BYTES);
    }
    return true;
}

static bool write_bytes(const char *path, const struct hb_bytes *bytes, bool is_forced)
{
    char error[512];
    if (strcmp(path, "-") == 0) {
        return fwrite(bytes->data, 1, bytes->count, stdout) == bytes->count &&
               cli_close(stdout, path);
    }
    if (!is_forced && access(path, F_OK) == 0) {
        (void)fprintf(stderr, "bed encode: %s exists; --force replaces it\n", path);
        return false;
    }
    if (!hb_file_write(path, bytes->data, bytes->count, error, sizeof error)) {
        (void)fprintf(stderr, "bed encode: %s\n", error);
        return false;
    }
    return true;
}

int cmd_encode(int argc, char **argv)
{
    const char *path = NULL;
    bool is_forced = false;
    const struct cli_option options[] = {
        {"o", CLI_TEXT, &path},
        {"force", CLI_FLAG, &is_forced},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    if (path == NULL || argc - first != 1) {
        (void)fprintf(stderr, "bed encode: needs -o FILE and one input\n");
        return cli_usage_error("encode");
    }
    struct hb_bytes bytes;
    struct hb_bytes encoded = {0};
    if (!cli_load(argv[first], &bytes)) {
        return EXIT_USAGE;
    }
    const bool ok = canonical(&bytes, &encoded) && write_bytes(path, &encoded, is_forced);
    free(bytes.data);
    free(encoded.data);
    return ok ? EXIT_OK : EXIT_USAGE;
}
