/* SPDX-License-Identifier: MIT
 *
 * Plays one input on a target and shrinks what it finds. It needs nothing but the library, so that
 * it is there in every build that a bug may need: 32-bit, sanitized.
 *
 *     bed-reduce --target T [--corrupt] [--without A,B] [--contract foreign]
 *                [--runs N] [--seconds N] [--out FILE] INPUT
 *
 * INPUT is a stream in its bytes, or, where its name ends in .txt, in its text form; a line
 * "# draws HEX" in it says what was drawn from (docs/fuzzing.md, corrupt). --runs 0 does not
 * shrink. Prints "clean" or "ORACLE OPERATIONS REACHED INFECTED"
 * (the last two of a planted bug's probe), and writes the shrunk input's text to FILE.
 *
 * Exit status: 0 the input is clean; 1 a finding; 2 usage or environment.
 */
#include "shrink.h"
#include "targets.h"

#include <fcntl.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define INPUT_BYTES_MAX ((size_t)1 << 24)
#define DRAWS           "# draws "
#define PLAY_SECONDS    6u

struct request {
    const char *target_name;
    const char *out; /* null: nowhere */
    const char *input;
    const struct hb_target *target;
    struct hb_shrink_options options;
    bool is_to_be_shrunk;
};

/* What the target's probe counts, in memory that the child which runs it shares. */
struct probing {
    const struct hb_probe *source; /* null: it has none */
    struct hb_probe *shared;
};

static void keep_probe(void *context, const struct hb_call *call)
{
    const struct probing *probing = context;
    (void)call;
    if (probing->source != NULL) {
        *probing->shared = *probing->source;
    }
}

static bool take(struct request *request, int option)
{
    switch (option) {
    case 't':
        request->target_name = optarg;
        return true;
    case 'c':
        request->options.is_corrupting = true;
        return true;
    case 'w':
        return hb_oracles_from_names(optarg, &request->options.without);
    case 'f':
        request->options.is_foreign = strcmp(optarg, "foreign") == 0;
        return request->options.is_foreign;
    case 'r':
        request->options.runs_max = (unsigned)strtoul(optarg, NULL, 10);
        request->is_to_be_shrunk = request->options.runs_max != 0;
        return true;
    case 's':
        request->options.seconds_max = (unsigned)strtoul(optarg, NULL, 10);
        return true;
    case 'o':
        request->out = optarg;
        return true;
    default:
        return false;
    }
}

static bool parse(int argc, char **argv, struct request *request)
{
    static const struct option options[] = {
        {"target", required_argument, NULL, 't'},  {"corrupt", no_argument, NULL, 'c'},
        {"without", required_argument, NULL, 'w'}, {"contract", required_argument, NULL, 'f'},
        {"runs", required_argument, NULL, 'r'},    {"seconds", required_argument, NULL, 's'},
        {"out", required_argument, NULL, 'o'},     {NULL, 0, NULL, 0}};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (!take(request, option)) {
            return false;
        }
    }
    request->input = optind + 1 == argc ? argv[optind] : NULL;
    return request->target_name != NULL && request->input != NULL;
}

static bool find_target(struct request *request)
{
    char error[512] = "";
    request->target = hb_target_find(request->target_name, error, sizeof error);
    if (request->target == NULL) {
        (void)fprintf(stderr, "bed-reduce: %s\n", error);
    }
    return request->target != NULL;
}

static bool read_file(const char *path, struct hb_bytes *bytes)
{
    FILE *file = fopen(path, "rbe");
    bytes->data = file != NULL ? malloc(INPUT_BYTES_MAX + 1) : NULL;
    if (bytes->data == NULL) {
        (void)fprintf(stderr, "bed-reduce: %s cannot be read\n", path);
        if (file != NULL) {
            (void)fclose(file);
        }
        return false;
    }
    bytes->count = fread(bytes->data, 1, INPUT_BYTES_MAX, file);
    bytes->data[bytes->count] = 0;
    (void)fclose(file);
    return true;
}

/* The text form becomes bytes. */
static bool translate(struct request *request, struct hb_bytes *bytes)
{
    const char *const text = (const char *)bytes->data;
    const char *const draws = strstr(text, DRAWS);
    struct hb_text_error error = {0};
    struct hb_bytes parsed;
    if (draws != NULL) {
        request->options.draw_seed = strtoull(draws + strlen(DRAWS), NULL, 16);
    }
    if (!hb_ops_parse(text, bytes->count, &parsed, &error)) {
        (void)fprintf(stderr, "bed-reduce: %s:%zu:%zu: %s\n", request->input, error.line,
                      error.column, error.reason);
        return false;
    }
    free(bytes->data);
    *bytes = parsed;
    return true;
}

static bool load(struct request *request, struct hb_bytes *bytes)
{
    const size_t length = strlen(request->input);
    if (!read_file(request->input, bytes)) {
        return false;
    }
    const bool is_text = length > 4 && strcmp(request->input + length - 4, ".txt") == 0;
    return !is_text || translate(request, bytes);
}

static bool write_text(const struct request *request, const struct hb_bytes *bytes,
                       const struct hb_run_result *result)
{
    const struct hb_ops ops = hb_ops_view(bytes->data, bytes->count);
    FILE *out = request->out != NULL ? fopen(request->out, "we") : NULL;
    if (out == NULL) {
        return request->out == NULL;
    }
    if (request->options.is_corrupting) {
        (void)fprintf(out, DRAWS "%" PRIx64 "\n", result->draw_seed);
    }
    hb_ops_print(&ops, out);
    return fclose(out) == 0;
}

/* The target is asked things after the last call, too: once more in a child of our own. */
static void probe_to_the_end(const struct hb_ops *ops, const struct request *request,
                             const struct hb_run_options *options, struct probing *probing)
{
    (void)fflush(stdout);
    const pid_t child = probing->source != NULL ? fork() : -1;
    if (child == 0) {
        struct hb_run_result result;
        const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC); /* a sanitizer's report */
        if (nowhere >= 0) {
            (void)dup2(nowhere, STDOUT_FILENO);
            (void)dup2(nowhere, STDERR_FILENO);
        }
        (void)alarm(PLAY_SECONDS);
        (void)hb_run(ops, request->target, options, &result);
        keep_probe(probing, NULL);
        _exit(0);
    }
    if (child > 0) {
        (void)waitpid(child, NULL, 0);
    }
}

/* A search comes to an input after many others, and a target may remember something from one heap
 * to the next. So another small heap is played in this process, whose children have the target as
 * it is then. */
static void play_another(const struct request *request, const struct hb_run_options *options)
{
    static const char text[] = "add_range 0 256\nmalloc 0 8\n";
    struct hb_text_error error;
    struct hb_run_result result;
    struct hb_run_options once = *options;
    struct hb_bytes bytes;
    once.observe = NULL;
    once.run_twice = false;
    if (hb_ops_parse(text, sizeof text - 1, &bytes, &error)) {
        const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
        (void)hb_run(&ops, request->target, &once, &result);
        free(bytes.data);
    }
}

/* As it is: once with every oracle at every operation; what only shows without that (a target may
 * behave otherwise when it is looked at), or only after another heap, is a finding too. */
static enum hb_shrink_outcome play(const struct hb_ops *ops, const struct request *request,
                                   struct probing *probing, struct hb_run_result *result)
{
    struct hb_run_options options = {.catch_signals = true,
                                     .observe = keep_probe,
                                     .observe_context = probing,
                                     .run_twice = true,
                                     .is_quiet = true,
                                     .is_corrupting = request->options.is_corrupting,
                                     .draw_seed = request->options.draw_seed,
                                     .without = request->options.without,
                                     .is_foreign = request->options.is_foreign};
    for (int attempt = 0; attempt < 3; attempt++) {
        options.thorough = attempt != 1 && hb_run_is_short(ops);
        if (attempt == 2) {
            play_another(request, &options);
        }
        if (!hb_run_isolated(ops, request->target, &options, PLAY_SECONDS, result)) {
            return HB_SHRINK_NOT_RUN;
        }
        probe_to_the_end(ops, request, &options, probing);
        if (result->verdict.oracle != HB_ORACLE_NONE) {
            return HB_SHRINK_FINDING;
        }
    }
    return HB_SHRINK_CLEAN;
}

static int reduce(struct request *request, struct hb_bytes *input, struct hb_bytes *reduced)
{
    struct hb_run_result result;
    struct probing probing = {.source = hb_target_object(request->target, "heapbed_probe"),
                              .shared = mmap(NULL, sizeof *probing.shared, PROT_READ | PROT_WRITE,
                                             MAP_SHARED | MAP_ANONYMOUS, -1, 0)};
    if (probing.shared == MAP_FAILED) {
        perror("bed-reduce: mmap");
        return 2;
    }
    if (!load(request, input)) {
        return 2;
    }
    const struct hb_ops ops = hb_ops_view(input->data, input->count);
    enum hb_shrink_outcome outcome = play(&ops, request, &probing, &result);
    if (outcome == HB_SHRINK_CLEAN) {
        (void)printf("clean\n");
        return 0;
    }
    /* what shows only where nobody looks after every operation cannot be shrunk, and stays as it is
     */
    struct hb_run_result shrunk;
    const bool is_shrunk = outcome == HB_SHRINK_FINDING && request->is_to_be_shrunk &&
                           hb_shrink(&ops, request->target, &result.verdict, &request->options,
                                     reduced, &shrunk) == HB_SHRINK_FINDING;
    if (is_shrunk) {
        result = shrunk;
    }
    const struct hb_bytes *const kept = is_shrunk ? reduced : input;
    if (outcome == HB_SHRINK_NOT_RUN || !write_text(request, kept, &result)) {
        return 2;
    }
    (void)printf("%s %zu %lu %lu\n", hb_oracle_name(result.verdict.oracle),
                 hb_ops_view(kept->data, kept->count).count, probing.shared->reached,
                 probing.shared->infected);
    return 1;
}

int main(int argc, char **argv)
{
    struct request request = {.is_to_be_shrunk = true};
    if (!parse(argc, argv, &request)) {
        (void)fprintf(stderr, "bed-reduce: see the head of sharpness/reduce.c\n");
        return 2;
    }
    struct hb_bytes input = {0};
    struct hb_bytes reduced = {0};
    const int status = find_target(&request) ? reduce(&request, &input, &reduced) : 2;
    free(input.data);
    free(reduced.data);
    return status;
}
