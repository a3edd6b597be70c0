/* SPDX-License-Identifier: MIT
 *
 * A replay by the bed of a build with sanitizers. Its output is a report with the lines of a replay
 * around it.
 */
#include "sanitized.h"

#include "cli.h"
#include "spawn.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#define QUERY_PERSONALITY 0xffffffffUL

static const char *const verdict_lines[] = {"  oracle ", "  operation ", "  expected ",
                                            "  actual "};
static const char *const other_lines[] = {"FINDING",  "ok ",        "  next ",     "heap as the",
                                          "  range ", "    arena+", "  no ranges", "1 inputs on"};

static bool begins_with_any(const char *line, const char *const *begins, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strncmp(line, begins[i], strlen(begins[i])) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_of_verdict(const char *line)
{
    return begins_with_any(line, verdict_lines, sizeof verdict_lines / sizeof verdict_lines[0]);
}

static bool is_of_replay(const char *line)
{
    return is_of_verdict(line) ||
           begins_with_any(line, other_lines, sizeof other_lines / sizeof other_lines[0]);
}

/* The length of a process number with its marks, "==123=="; 0: there is none. */
static size_t number_length(const char *text)
{
    const size_t digits = strncmp(text, "==", 2) == 0 ? strspn(text + 2, "0123456789") : 0;
    return digits > 0 && strncmp(text + 2 + digits, "==", 2) == 0 ? digits + 4 : 0;
}

void cli_report_print(const struct hb_bytes *text, FILE *out)
{
    const char *const begin = (const char *)text->data;
    const char *const end = begin + text->count;
    for (const char *at = begin; at < end;) {
        const size_t length = number_length(at);
        if ((at == begin || at[-1] == '\n') && is_of_replay(at)) {
            const char *newline = memchr(at, '\n', (size_t)(end - at));
            at = newline != NULL ? newline + 1 : end;
        } else if (length > 0) {
            (void)fputs("==PID==", out);
            at += length;
        } else {
            (void)fputc(*at++, out);
        }
    }
}

void cli_report_verdict(const struct hb_bytes *text, FILE *out)
{
    const char *line = (const char *)text->data;
    while (*line != '\0') {
        const size_t length = strcspn(line, "\n");
        if (is_of_verdict(line)) {
            (void)fprintf(out, "%.*s\n", (int)length, line);
        }
        line += length + (line[length] == '\n');
    }
}

bool cli_text_read(const char *path, struct hb_bytes *bytes, char *error, size_t error_bytes)
{
    if (!hb_file_read(path, bytes, error, error_bytes)) {
        return false;
    }
    uint8_t *text = realloc(bytes->data, bytes->count + 1);
    if (text == NULL) {
        free(bytes->data);
        (void)snprintf(error, error_bytes, "out of memory");
        return false;
    }
    text[bytes->count] = '\0';
    bytes->data = text;
    return true;
}

bool cli_is_report(const struct hb_bytes *text)
{
    static const char *const words[] = {"Sanitizer", "runtime error:"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (memmem(text->data, text->count, words[i], strlen(words[i])) != NULL) {
            return true;
        }
    }
    return false;
}

/* Without randomised addresses, so that the report is the same each time; where that is not allowed
 * (in a container), with them. */
static int run_at_fixed_addresses(const char *const *argv, const char *log_path)
{
    const int before = personality(QUERY_PERSONALITY);
    if (before >= 0) {
        (void)personality((unsigned long)before | ADDR_NO_RANDOMIZE);
    }
    const int status = cli_run(argv, NULL, log_path);
    if (before >= 0) {
        (void)personality((unsigned long)before);
    }
    return status;
}

static int replay_file(const struct cli_sanitized_run *run, const char *input_path,
                       const char *log_path)
{
    char seed[24];
    (void)snprintf(seed, sizeof seed, "%" PRIx64, run->draw_seed);
    const char *const pairs[][2] = {{"--target", run->target_name},
                                    {"--against", run->against_name},
                                    {"--seed", seed},
                                    {"--without", run->without_text},
                                    {"--contract", run->contract_text}};
    const char *argv[16] = {run->program, "replay"};
    size_t count = 2;
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] != NULL) {
            argv[count++] = pairs[i][0];
            argv[count++] = pairs[i][1];
        }
    }
    if (run->is_corrupting) {
        argv[count++] = "--corrupt";
    }
    argv[count++] = input_path;
    return run_at_fixed_addresses(argv, log_path);
}

static bool replay_and_read(const struct cli_sanitized_run *run, const char *input_path,
                            const char *log_path, int *status, struct hb_bytes *text)
{
    char error[512];
    *status = replay_file(run, input_path, log_path);
    if (*status < 0 || *status == EXIT_USAGE) {
        (void)fprintf(stderr, "bed: %s could not replay it\n", run->program);
        return false;
    }
    if (!cli_text_read(log_path, text, error, sizeof error)) {
        (void)fprintf(stderr, "bed: %s\n", error);
        return false;
    }
    return true;
}

static void put_away(int file, const char *path)
{
    if (file >= 0) {
        (void)close(file);
        (void)unlink(path);
    }
}

int cli_sanitized_replay(const struct cli_sanitized_run *run, const struct hb_bytes *input,
                         struct hb_bytes *text)
{
    char log_path[] = "/tmp/heapbed-report-XXXXXX";
    char input_path[] = "/tmp/heapbed-input-XXXXXX";
    const int log_file = mkstemp(log_path);
    const int input_file = mkstemp(input_path);
    const bool is_written = log_file >= 0 && input_file >= 0 &&
                            write(input_file, input->data, input->count) == (ssize_t)input->count;
    int status = -1;
    if (!is_written) {
        perror("bed: /tmp");
    }
    const bool ok = is_written && replay_and_read(run, input_path, log_path, &status, text);
    put_away(log_file, log_path);
    put_away(input_file, input_path);
    return ok ? status : -1;
}
