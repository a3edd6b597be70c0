/* SPDX-License-Identifier: MIT
 *
 * What the commands share: paths, inputs, output files, verdicts.
 */
#include "cli.h"

#include "file.h"
#include "finding.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int cli_usage_error(const char *command)
{
    (void)fprintf(stderr, "Try: bed %s --help\n", command);
    return EXIT_USAGE;
}

bool cli_seed(const char *command, const char *text, uint64_t *seed)
{
    char *end = NULL;
    *seed = 0;
    if (text == NULL) {
        return true;
    }
    *seed = strtoull(text, &end, 16);
    if (end != text && *end == '\0' && text[0] != '-') {
        return true;
    }
    (void)fprintf(stderr, "bed %s: --seed: '%s' is no hexadecimal number\n", command, text);
    return false;
}

bool cli_judging(const char *command, const char *without, const char *contract,
                 struct cli_judging *judging)
{
    judging->is_foreign = contract != NULL && strcmp(contract, "foreign") == 0;
    if (contract != NULL && !judging->is_foreign) {
        (void)fprintf(stderr, "bed %s: --contract: '%s' is not 'foreign'\n", command, contract);
        return false;
    }
    if (!hb_oracles_from_names(without, &judging->without)) {
        (void)fprintf(stderr, "bed %s: --without: '%s' has a name that is no oracle's\n", command,
                      without);
        return false;
    }
    return true;
}

static bool add_path(struct cli_paths *paths, const char *path)
{
    char *copy = strdup(path);
    char **items = realloc((void *)paths->items, (paths->count + 1) * sizeof *items);
    paths->items = items != NULL ? items : paths->items;
    if (items == NULL || copy == NULL) {
        (void)fprintf(stderr, "bed: out of memory\n");
        free(copy);
        return false;
    }
    items[paths->count++] = copy;
    return true;
}

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static int is_input_name(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && strcmp(entry->d_name, "README.md") != 0 &&
           strstr(entry->d_name, ".sh") == NULL;
}

static bool add_folder(struct cli_paths *paths, const char *folder)
{
    struct dirent **entries = NULL;
    const int count = scandir(folder, &entries, is_input_name, alphasort);
    bool ok = count >= 0;
    if (!ok) {
        (void)fprintf(stderr, "bed: %s: %s\n", folder, strerror(errno));
    }
    for (int i = 0; i < count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        ok = ok && (is_folder(path) || add_path(paths, path));
        free(entries[i]);
    }
    free((void *)entries);
    return ok;
}

bool cli_paths_expand(char **arguments, int count, struct cli_paths *paths)
{
    *paths = (struct cli_paths){0};
    for (int i = 0; i < count; i++) {
        if (cli_is_bundle(arguments[i])) {
            (void)fprintf(stderr, "bed: %s is a bundle, which says how it is run: give it alone\n",
                          arguments[i]);
            cli_paths_free(paths);
            return false;
        }
        const bool ok = is_folder(arguments[i]) ? add_folder(paths, arguments[i])
                                                : add_path(paths, arguments[i]);
        if (!ok) {
            cli_paths_free(paths);
            return false;
        }
    }
    return true;
}

void cli_paths_free(struct cli_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        free(paths->items[i]);
    }
    free((void *)paths->items);
    *paths = (struct cli_paths){0};
}

static bool ends_in(const char *text, const char *end)
{
    const size_t length = strlen(text);
    return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* Whether the bytes begin with a word of the text form. */
static bool begins_as_text(const struct hb_bytes *bytes)
{
    static const char *const words[] = {"#",      "heapbed", "init",        "add_range",
                                        "malloc", "free",    "calloc",      "realloc",
                                        "write",  "check",   "remove_range"};
    size_t blank = 0;
    while (blank < bytes->count && strchr(" \t\r\n", bytes->data[blank]) != NULL &&
           bytes->data[blank] != '\0') {
        blank++;
    }
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        const size_t length = strlen(words[i]);
        if (bytes->count - blank >= length && memcmp(bytes->data + blank, words[i], length) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_text(const char *path, const struct hb_bytes *bytes)
{
    return ends_in(path, ".txt") || ends_in(path, ".hbedt") || begins_as_text(bytes);
}

static bool parse_text(const char *path, struct hb_bytes *bytes)
{
    struct hb_text_error error = {0};
    struct hb_bytes parsed;
    const bool ok = hb_ops_parse((const char *)bytes->data, bytes->count, &parsed, &error);
    free(bytes->data);
    if (!ok) {
        (void)fprintf(stderr, "%s:%zu:%zu: %s\n", path, error.line, error.column, error.reason);
        *bytes = (struct hb_bytes){0};
        return false;
    }
    *bytes = parsed;
    return true;
}

/* Bytes of any kind are a stream, so that an archive that bed bundle wrote would be taken for one.
 */
static bool is_archive(const struct hb_bytes *bytes)
{
    static const char mark[] = "ustar";
    const size_t place = 257;
    return bytes->count >= place + sizeof mark &&
           memcmp(bytes->data + place, mark, sizeof mark) == 0;
}

static bool refuse(struct hb_bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct hb_bytes){0};
    return false;
}

bool cli_load(const char *path, struct hb_bytes *bytes)
{
    char error[512];
    if (!hb_file_read(path, bytes, error, sizeof error)) {
        (void)fprintf(stderr, "bed: %s\n", error);
        return false;
    }
    if (is_archive(bytes)) {
        (void)fprintf(stderr,
                      "bed: %s: offset 257: it is a tar archive; unpack it (tar -xf FILE), and "
                      "give the folder that is in it\n",
                      path);
        return refuse(bytes);
    }
    if (is_text(path, bytes)) {
        return parse_text(path, bytes);
    }
    const unsigned version = hb_ops_version(bytes->data, bytes->count);
    if (version > HB_OPS_VERSION) {
        (void)fprintf(stderr,
                      "bed: %s: offset 4: version %u of the format; this program reads up to %u."
                      " Use a newer bed.\n",
                      path, version, HB_OPS_VERSION);
        return refuse(bytes);
    }
    return true;
}

const struct hb_target *cli_target(const char *name)
{
    char error[512];
    const struct hb_target *target = hb_target_find(name, error, sizeof error);
    if (target == NULL) {
        (void)fprintf(stderr, "bed: %s\n", error);
    }
    return target;
}

bool cli_can_be_smashed(const char *command, const struct hb_target *target)
{
    const char *refusal = hb_smash_refusal(target);
    if (refusal != NULL) {
        (void)fprintf(stderr, "bed %s: %s %s\n", command, target->name, refusal);
    }
    return refusal == NULL;
}

FILE *cli_create(const char *path, bool is_forced)
{
    if (strcmp(path, "-") == 0) {
        return stdout;
    }
    FILE *file = fopen(path, is_forced ? "wb" : "wbx");
    if (file == NULL) {
        (void)fprintf(stderr, "bed: %s: %s%s\n", path, strerror(errno),
                      errno == EEXIST ? "; --force replaces it" : "");
    }
    return file;
}

bool cli_can_write(const char *path)
{
    struct stat status;
    const char *slash = path != NULL ? strrchr(path, '/') : NULL;
    char folder[4096] = ".";
    if (path == NULL || strcmp(path, "-") == 0) {
        return true;
    }
    if (slash != NULL) {
        (void)snprintf(folder, sizeof folder, "%.*s", slash == path ? 1 : (int)(slash - path),
                       path);
    }
    const bool is_there = stat(path, &status) == 0;
    if (is_there && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
    } else if (access(is_there ? path : folder, is_there ? W_OK : W_OK | X_OK) == 0) {
        return true;
    }
    (void)fprintf(stderr, "bed: %s: cannot write: %s\n", path, strerror(errno));
    return false;
}

bool cli_close(FILE *file, const char *path)
{
    const bool is_written = fflush(file) == 0 && ferror(file) == 0;
    const bool is_closed = file == stdout || fclose(file) == 0;
    if (!is_written || !is_closed) {
        (void)fprintf(stderr, "bed: %s: could not be written: %s\n", path, strerror(errno));
    }
    return is_written && is_closed;
}

bool cli_write_json(const char *path, cJSON *value)
{
    char *text = cJSON_Print(value);
    cJSON_Delete(value);
    if (text == NULL) {
        (void)fprintf(stderr, "bed: out of memory\n");
        return false;
    }
    FILE *file = cli_create(path, true);
    bool ok = file != NULL;
    if (ok) {
        (void)fprintf(file, "%s\n", text);
        ok = cli_close(file, path); /* NOLINT(clang-analyzer-unix.Stream): all but stdout */
    }
    cJSON_free(text);
    return ok;
}

void cli_print_word(const char *word, FILE *out)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./=:,+@%";
    if (word[0] != '\0' && word[strspn(word, plain)] == '\0') {
        (void)fputs(word, out);
        return;
    }
    (void)fputc('\'', out);
    for (; *word != '\0'; word++) {
        (void)(*word == '\'' ? fputs("'\\''", out) : fputc(*word, out));
    }
    (void)fputc('\'', out);
}

void cli_print_verdict(const struct hb_verdict *verdict, FILE *out)
{
    char text[HB_OP_TEXT_BYTES];
    if (verdict->oracle == HB_ORACLE_NONE) {
        return;
    }
    hb_op_print(&verdict->op, text);
    (void)fprintf(out, "  oracle     %s\n  operation  %zu: %s\n  expected   %s\n  actual     %s\n",
                  hb_oracle_name(verdict->oracle), verdict->op_index, text, verdict->expected,
                  verdict->actual);
}

cJSON *cli_verdict_json(const struct hb_verdict *verdict)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "oracle", hb_oracle_name(verdict->oracle));
    if (verdict->oracle != HB_ORACLE_NONE) {
        char text[HB_OP_TEXT_BYTES];
        hb_op_print(&verdict->op, text);
        cJSON_AddNumberToObject(json, "operation_index", (double)verdict->op_index);
        cJSON_AddStringToObject(json, "operation", text);
        cJSON_AddStringToObject(json, "expected", verdict->expected);
        cJSON_AddStringToObject(json, "actual", verdict->actual);
    }
    return json;
}

cJSON *cli_counts_json(const struct hb_run_counts *counts)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddNumberToObject(json, "operations", (double)counts->operations);
    cJSON_AddNumberToObject(json, "no_ops", (double)counts->no_ops);
    cJSON_AddNumberToObject(json, "refused", (double)counts->refused);
    cJSON_AddNumberToObject(json, "out_of_memory", (double)counts->out_of_memory);
    cJSON_AddNumberToObject(json, "peak_live_bytes", (double)counts->peak_live_bytes);
    cJSON_AddNumberToObject(json, "peak_live_blocks", (double)counts->peak_live_blocks);
    cJSON_AddNumberToObject(json, "peak_free_blocks", (double)counts->peak_free_blocks);
    cJSON_AddNumberToObject(json, "peak_work", (double)counts->peak_work);
    cJSON_AddNumberToObject(json, "odds_checks", (double)counts->odds_checks);
    cJSON_AddNumberToObject(json, "odds_misses", (double)counts->odds_misses);
    return json;
}
