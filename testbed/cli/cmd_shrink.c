/* SPDX-License-Identifier: MIT
 *
 * bed shrink: the shortest stream that gives the same finding.
 */
#include "cli.h"

#include "file.h"
#include "finding.h"
#include "shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_help(void)
{
    (void)printf(
        "usage: bed shrink [OPTIONS] -o FILE INPUT|-\n\n"
        "Runs an input, and makes what it finds as short and plain as can be while it\n"
        "stays the same finding: the same oracle on the same kind of operation, with the\n"
        "same statuses. Prints the shrunk operations. A folder that bed bundle made is an input\n"
        "that says how it is run.\n\n"
        "  --target T     name or path of a shared object (default: what the JSON of a search\n"
        "                 says beside a finding, or else bestfit)\n"
        "  --against B    another one, as for bed replay\n"
        "  --corrupt      as for bed replay\n"
        "  --seed S       as for bed replay\n" CLI_JUDGING_HELP
        "  -o FILE        where to; an existing file is kept\n"
        "  --force        replace it\n"
        "  --seconds N    give up making it shorter after N seconds (default 20)\n\n"
        "Exit status: 1 it is a finding, and was shrunk; 0 the input is clean, nothing is\n"
        "written; 2 usage or environment.\n");
}

static void print_progress(void *context, size_t operation_count, unsigned run_count)
{
    (void)context;
    if (isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "\r%zu operations after %u runs ", operation_count, run_count);
    }
}

static int shrink(const char *input, const struct hb_target *target, const char *path,
                  const struct hb_shrink_options *options)
{
    struct hb_bytes bytes;
    struct hb_bytes shrunk;
    struct hb_run_result result;
    char error[512];
    if (!cli_load(input, &bytes)) {
        return EXIT_USAGE;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    const enum hb_shrink_outcome outcome = hb_shrink(&ops, target, NULL, options, &shrunk, &result);
    if (outcome != HB_SHRINK_FINDING) {
        free(bytes.data);
        if (outcome == HB_SHRINK_NOT_RUN) {
            (void)fprintf(stderr, "bed shrink: %s could not be run\n", input);
            return EXIT_USAGE;
        }
        (void)printf("%s: clean on %s, nothing to shrink\n", input, target->name);
        return EXIT_OK;
    }
    const struct hb_ops view = hb_ops_view(shrunk.data, shrunk.count);
    const bool is_piped = strcmp(path, "-") == 0;
    FILE *const out = is_piped ? stderr : stdout;
    (void)fprintf(out, "%s: %zu operations shrunk to %zu\n", input, ops.count, view.count);
    cli_print_verdict(&result.verdict, out);
    if (options->is_corrupting) {
        (void)fprintf(out, "  replay with --corrupt --seed %" PRIx64 "\n", result.draw_seed);
    }
    hb_ops_print(&view, out);
    const bool is_written =
        is_piped
            ? fwrite(shrunk.data, 1, shrunk.count, stdout) == shrunk.count && fflush(stdout) == 0
            : hb_file_write(path, shrunk.data, shrunk.count, error, sizeof error);
    if (!is_written && !is_piped) {
        (void)fprintf(stderr, "bed shrink: %s\n", error);
    }
    free(bytes.data);
    free(shrunk.data);
    return is_written ? EXIT_FINDING : EXIT_USAGE;
}

int cmd_shrink(int argc, char **argv)
{
    struct cli_finding finding = {0};
    const char *path = NULL;
    bool is_forced = false;
    struct cli_judging judging;
    struct hb_shrink_options shrinking = {.progress = print_progress};
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &finding.target_name},
        {"o", CLI_TEXT, &path},
        {"force", CLI_FLAG, &is_forced},
        {"seconds", CLI_COUNT, &shrinking.seconds_max},
        {"against", CLI_TEXT, &finding.against_name},
        {"corrupt", CLI_FLAG, &finding.is_corrupting},
        {"seed", CLI_TEXT, &finding.seed_text},
        {"without", CLI_TEXT, &finding.without_text},
        {"contract", CLI_TEXT, &finding.contract_text},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    if (!cli_finding_adopt("shrink", argv + first, argc - first, &finding)) {
        return EXIT_USAGE;
    }
    const char *const target_name = finding.target_name != NULL ? finding.target_name : "bestfit";
    const char *const against_name = finding.against_name;
    shrinking.is_corrupting = finding.is_corrupting;
    if (!cli_seed("shrink", finding.seed_text, &shrinking.draw_seed) ||
        !cli_judging("shrink", finding.without_text, finding.contract_text, &judging)) {
        return cli_usage_error("shrink");
    }
    shrinking.without = judging.without;
    shrinking.is_foreign = judging.is_foreign;
    if (path == NULL || argc - first != 1) {
        (void)fprintf(stderr, "bed shrink: needs -o FILE and one input\n");
        return cli_usage_error("shrink");
    }
    if (!is_forced && access(path, F_OK) == 0) {
        (void)fprintf(stderr, "bed shrink: %s exists; --force replaces it\n", path);
        return EXIT_USAGE;
    }
    if (!cli_can_write(path)) {
        return EXIT_USAGE;
    }
    const struct hb_target *target = cli_target(target_name);
    shrinking.against = against_name != NULL ? cli_target(against_name) : NULL;
    if (target == NULL || (shrinking.is_corrupting && !cli_can_be_smashed("shrink", target)) ||
        (shrinking.against == NULL && against_name != NULL)) {
        return EXIT_USAGE;
    }
    status = shrink(argv[first], target, path, &shrinking);
    return status;
}
