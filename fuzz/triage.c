/* SPDX-License-Identifier: MIT
 *
 * Looks at one input that failed in an engine: runs it again in a process of its own with every
 * oracle at every operation, shrinks it and writes it out. It needs nothing but the library, so
 * that it is there for 32 bits too.
 *
 *     bed-triage --target T [--against B] [--corrupt] --out PREFIX [--as-it-is]
 *                [--shrink-seconds N] FILE
 *     bed-triage --target T [--against B] [--corrupt] FILE
 *
 * The second says what came of it, with the heap: bed replay --m32. The first writes PREFIX.hbed
 * (input), PREFIX.txt (text), PREFIX.c (C program, where the target has one) and PREFIX.json (what
 * the supervisor reads). --against and --corrupt: as for bed replay. --as-it-is: does not shrink.
 * --shrink-seconds: wall time for it; 8 if not given.
 *
 * Exit status: 0 the input does not fail; 1 it does, and is written or told; 2 usage or
 * environment.
 */
#include "ops.h"
#include "parent_death.h"
#include "reproducer.h"
#include "run.h"
#include "shrink.h"
#include "targets.h"

#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An input runs in milliseconds; one that hangs costs this much time and again. */
#define RUN_SECONDS_MAX        3u
#define SHRINK_SECONDS_DEFAULT 8u
#define SHRINK_SECONDS_MAX     3600u

struct request {
    const char *target_name;
    const struct hb_target *target;
    const char *against_name;
    const struct hb_target *against; /* null: none */
    bool is_corrupting;
    const char *out; /* null: what came of it is told */
    const char *file;
    bool is_as_it_is;
    unsigned shrink_seconds;
};

static bool parse_seconds(const char *text, unsigned *seconds)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    *seconds = value <= SHRINK_SECONDS_MAX ? (unsigned)value : 0;
    return *seconds != 0 && *end == '\0';
}

static bool parse(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {{"target", required_argument, NULL, 't'},
                                            {"against", required_argument, NULL, 'b'},
                                            {"corrupt", no_argument, NULL, 'c'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"as-it-is", no_argument, NULL, 'a'},
                                            {"shrink-seconds", required_argument, NULL, 's'},
                                            {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 't') {
            request->target_name = optarg;
        } else if (option == 'b') {
            request->against_name = optarg;
        } else if (option == 'c') {
            request->is_corrupting = true;
        } else if (option == 'o') {
            request->out = optarg;
        } else if (option == 'a') {
            request->is_as_it_is = true;
        } else if (option != 's' || !parse_seconds(optarg, &request->shrink_seconds)) {
            return false;
        }
    }
    request->file = optind + 1 == argc ? argv[optind] : NULL;
    return request->target_name != NULL && request->file != NULL;
}

/* With every oracle at every operation first: that names the operation at fault. What only shows
 * without (a target may behave otherwise when it is looked at) is a finding too. */
static bool fails(const struct hb_ops *ops, const struct request *request, uint64_t draw_seed,
                  struct hb_run_result *result)
{
    struct hb_run_options options = {.thorough = true,
                                     .catch_signals = true,
                                     .run_twice = true,
                                     .picture = request->out == NULL ? stdout : NULL,
                                     .against = request->against,
                                     .is_corrupting = request->is_corrupting,
                                     .draw_seed = draw_seed};
    for (int attempt = 0; attempt < 2; attempt++) {
        options.thorough = attempt == 0;
        if (!hb_run_isolated(ops, request->target, &options, RUN_SECONDS_MAX, result)) {
            exit(2);
        }
        if (result->verdict.oracle != HB_ORACLE_NONE) {
            return true;
        }
    }
    return false;
}

static bool write_bytes(const struct request *request, const char *ending, const void *bytes,
                        size_t byte_count)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s%s", request->out, ending);
    FILE *file = fopen(path, "wbe");
    bool written = file != NULL && fwrite(bytes, 1, byte_count, file) == byte_count;
    if (file != NULL) {
        written = fclose(file) == 0 && written;
    }
    if (!written) {
        fprintf(stderr, "bed-triage: cannot write %s: %s\n", path, strerror(errno));
    }
    return written;
}

static FILE *open_memory(char **text, size_t *text_bytes)
{
    FILE *memory = open_memstream(text, text_bytes);
    if (memory == NULL) {
        fputs("bed-triage: out of memory\n", stderr);
        exit(2);
    }
    return memory;
}

/* The one that the oracle objected to, and its name as it was given. */
static const struct hb_target *target_at_fault(const struct request *request,
                                               const struct hb_run_result *result,
                                               const char **name)
{
    *name = result->is_against ? request->against_name : request->target_name;
    return result->is_against ? request->against : request->target;
}

static bool write_text(const struct request *request, const struct hb_ops *ops,
                       const struct hb_run_result *result)
{
    const struct hb_verdict *verdict = &result->verdict;
    const char *name;
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *memory = open_memory(&text, &text_bytes);
    fprintf(memory, "# target %s, oracle %s\n# expected: %s\n# actual:   %s\n",
            target_at_fault(request, result, &name)->name, hb_oracle_name(verdict->oracle),
            verdict->expected, verdict->actual);
    if (request->is_corrupting) {
        fprintf(memory, "# replay with --corrupt --seed %" PRIx64 "\n", result->draw_seed);
    }
    hb_ops_print(ops, memory);
    (void)fclose(memory);
    const bool written = write_bytes(request, ".txt", text, text_bytes);
    free(text);
    return written;
}

/* True too where there is no stand-alone form, for this target, or of two that differ, or of a heap
 * that the bed overwrites: then *has_program is false. */
static bool write_program(const struct request *request, const struct hb_ops *ops,
                          const struct hb_run_result *result, bool *has_program)
{
    const char *name;
    const struct hb_target *target = target_at_fault(request, result, &name);
    if (request->is_corrupting || result->verdict.oracle == HB_ORACLE_DIFFER) {
        *has_program = false;
        return true;
    }
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *memory = open_memory(&text, &text_bytes);
    const char *path = name != NULL && strchr(name, '/') != NULL ? name : NULL;
    *has_program = hb_reproducer_write(ops, target, path, &result->verdict, memory);
    (void)fclose(memory);
    const bool written = !*has_program || write_bytes(request, ".c", text, text_bytes);
    free(text);
    return written;
}

static void print_json_text(FILE *out, const char *key, const char *text)
{
    fprintf(out, "\t\"%s\":\t\"", key);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\') {
            fprintf(out, "\\%c", *text);
        } else if ((unsigned char)*text < ' ') {
            fprintf(out, "\\u%04x", (unsigned)(unsigned char)*text);
        } else {
            (void)fputc(*text, out);
        }
    }
    fputs("\",\n", out);
}

static bool write_json(const struct request *request, const struct hb_ops *ops,
                       const struct hb_run_result *result, bool has_program)
{
    char operation[HB_OP_TEXT_BYTES];
    char shape[HB_SHAPE_TEXT_BYTES];
    char seed[24];
    const char *name;
    const char *alone = request->is_corrupting ? "corrupt" : "lockstep";
    char *text = NULL;
    size_t text_bytes = 0;
    FILE *memory = open_memory(&text, &text_bytes);
    hb_op_print(&result->verdict.op, operation);
    hb_shape_print(result, shape);
    (void)snprintf(seed, sizeof seed, "%" PRIx64, result->draw_seed);
    fputs("{\n", memory);
    print_json_text(memory, "target", target_at_fault(request, result, &name)->name);
    print_json_text(memory, "seed", seed);
    print_json_text(memory, "harness", request->against != NULL ? "differential" : alone);
    print_json_text(memory, "oracle", hb_oracle_name(result->verdict.oracle));
    print_json_text(memory, "operation", operation);
    print_json_text(memory, "expected", result->verdict.expected);
    print_json_text(memory, "actual", result->verdict.actual);
    print_json_text(memory, "shape", shape);
    fprintf(memory, "\t\"operations\":\t%zu,\n\t\"bits\":\t%zu,\n\t\"has_c_program\":\t%s\n}\n",
            (size_t)ops->count, sizeof(void *) * 8, has_program ? "true" : "false");
    (void)fclose(memory);
    const bool written = write_bytes(request, ".json", text, text_bytes);
    free(text);
    return written;
}

/* JSON last: where it is, all of it is. */
static int write_finding(const struct request *request, const struct hb_bytes *input,
                         uint64_t draw_seed)
{
    const struct hb_ops ops = hb_ops_view(input->data, input->count);
    struct hb_run_result result;
    if (!fails(&ops, request, draw_seed, &result)) {
        fprintf(stderr, "bed-triage: %s failed, and its shrunk form does not\n", request->file);
        return 0;
    }
    bool has_program = false;
    const bool written = write_bytes(request, ".hbed", input->data, input->count) &&
                         write_text(request, &ops, &result) &&
                         write_program(request, &ops, &result, &has_program) &&
                         write_json(request, &ops, &result, has_program);
    return written ? 1 : 2;
}

static bool is_text(const char *path)
{
    const char *ending = strrchr(path, '.');
    return ending != NULL && strcmp(ending, ".hbedt") == 0;
}

static int tell(const struct request *request, const struct hb_bytes *input)
{
    const struct hb_ops ops = hb_ops_view(input->data, input->count);
    char operation[HB_OP_TEXT_BYTES];
    struct hb_run_result result;
    const bool has_failed = fails(&ops, request, 0, &result);
    printf("%-7s %s: on %s, %zu bits\n", has_failed ? "FINDING" : "ok", request->file,
           request->target->name, sizeof(void *) * 8);
    if (has_failed) {
        const struct hb_verdict *verdict = &result.verdict;
        hb_op_print(&verdict->op, operation);
        printf("  oracle     %s\n  operation  %zu: %s\n  expected   %s\n  actual     %s\n",
               hb_oracle_name(verdict->oracle), verdict->op_index, operation, verdict->expected,
               verdict->actual);
    }
    return has_failed ? 1 : 0;
}

static int triage(const struct request *request, const struct hb_bytes *input)
{
    const struct hb_ops ops = hb_ops_view(input->data, input->count);
    struct hb_run_result result;
    if (!fails(&ops, request, 0, &result)) {
        return 0;
    }
    /* what is drawn for the shrunk input is what was drawn for the whole one */
    const uint64_t draw_seed = request->is_corrupting ? result.draw_seed : 0;
    const struct hb_shrink_options options = {.seconds_max = request->shrink_seconds,
                                              .against = request->against,
                                              .is_corrupting = request->is_corrupting,
                                              .draw_seed = draw_seed};
    const struct hb_verdict wanted = result.verdict;
    struct hb_bytes shrunk = {0};
    if (request->is_as_it_is || hb_shrink(&ops, request->target, &wanted, &options, &shrunk,
                                          &result) != HB_SHRINK_FINDING) {
        return write_finding(request, input, draw_seed);
    }
    int status = write_finding(request, &shrunk, draw_seed);
    if (status == 0) {
        status = write_finding(request, input, draw_seed);
    }
    free(shrunk.data);
    return status;
}

/* Engines keep inputs of a few thousand bytes. */
#define INPUT_BYTES_MAX ((size_t)1 << 24)

static bool read_input(const char *path, struct hb_bytes *input, char *error, size_t error_bytes)
{
    FILE *file = fopen(path, "rbe");
    uint8_t *bytes = malloc(INPUT_BYTES_MAX);
    const size_t count =
        file != NULL && bytes != NULL ? fread(bytes, 1, INPUT_BYTES_MAX, file) : INPUT_BYTES_MAX;
    const bool is_read = count < INPUT_BYTES_MAX && ferror(file) == 0;
    if (file != NULL) {
        (void)fclose(file);
    }
    if (!is_read) {
        (void)snprintf(error, error_bytes, "cannot read %s, or it has %zu bytes or more", path,
                       INPUT_BYTES_MAX);
        free(bytes);
        return false;
    }
    *input = (struct hb_bytes){.data = bytes, .count = count};
    return true;
}

int main(int argc, char **argv)
{
    struct request request = {.shrink_seconds = SHRINK_SECONDS_DEFAULT};
    if (!parse(argc, argv, &request)) {
        fputs("usage: bed-triage --target T [--against B] [--corrupt] [--out PREFIX [--as-it-is] "
              "[--shrink-seconds N]] FILE\n",
              stderr);
        return 2;
    }
    hb_die_with_parent();
    char error[256] = "";
    if (is_text(request.file)) {
        fprintf(stderr, "bed-triage: %s is text; ./bed encode makes bytes of it\n", request.file);
        return 2;
    }
    request.target = hb_target_find(request.target_name, error, sizeof error);
    if (request.against_name != NULL) {
        request.against = hb_target_find(request.against_name, error, sizeof error);
    }
    struct hb_bytes input = {0};
    if (request.target == NULL || (request.against == NULL && request.against_name != NULL) ||
        !read_input(request.file, &input, error, sizeof error)) {
        fprintf(stderr, "bed-triage: %s\n", error);
        return 2;
    }
    const int status = request.out == NULL ? tell(&request, &input) : triage(&request, &input);
    free(input.data);
    return status;
}
