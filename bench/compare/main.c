/* SPDX-License-Identifier: MIT
 *
 * bed compare: is one version of the core slower than another?
 */
#include "compare.h"

#include "command_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_USAGE     2
#define PAIR_COUNT     20
#define PAIR_COUNT_MIN 6

struct options {
    const char *commits[2]; /* base and head; null: not given */
    size_t commit_count;
    const char *json_path;
    bool is_markdown;
    bool is_self_test;
};

static struct compare compare = {.pair_count = PAIR_COUNT};

static void print_help(void)
{
    (void)printf(
        "usage: bed compare [OPTIONS] BASE [HEAD]\n"
        "       bed compare --self-test [--json FILE]\n\n"
        "Builds the core of two commits with this tree's bench around it, and measures them "
        "against\n"
        "each other: base, head, head, base, in fresh processes, CPU time. HEAD is the working "
        "tree\n"
        "where it is not given ('-' means that too). Says of each row \"slower\", \"faster\" or\n"
        "\"no difference seen\", with the interval of the change, and what this machine changes "
        "by\n"
        "when a version meets itself. docs/comparing.md says when a change counts as one.\n\n"
        "  --filter RE    the rows whose names match, whatever they take (default: few)\n"
        "  --subject RE   the variants of the core whose names match (default: few)\n"
        "  --pairs N      pairs of processes a row, %d to %zu (default %d)\n"
        "  --json FILE    everything as JSON, with every sample (- for standard output)\n"
        "  --markdown     the table as Markdown\n"
        "  --self-test    holds the method to its word on this machine, under load: 20 "
        "comparisons\n"
        "                 of the core with itself must be silent, and a select_block made 5%% "
        "slower\n"
        "                 must be found. Takes about a quarter of an hour\n\n"
        "Exit status: 0 nothing is slower; 1 a row is; 2 usage, or something could not be "
        "measured.\n",
        PAIR_COUNT_MIN, DUEL_PAIRS_MAX, PAIR_COUNT);
}

static bool complain(const char *what, const char *reason)
{
    (void)fprintf(stderr, "compare: %s: %s\n", what, reason);
    return false;
}

/* -- options ---------------------------------------------------------------------------------- */

static bool parse_pairs(const char *text)
{
    char *end = NULL;
    const unsigned long count = strtoul(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || count < PAIR_COUNT_MIN ||
        count > DUEL_PAIRS_MAX) {
        return complain(text, "--pairs takes a number from 6 to 200");
    }
    compare.pair_count = count + count % 2; /* base, head, head, base is two of them */
    return true;
}

static bool parse_one(const char *argument, const char *next, bool *took_next,
                      struct options *options)
{
    const char *value = option_value("--pairs", argument, next, took_next);

    if (value != NULL) {
        return parse_pairs(value);
    }
    if ((value = option_value("--filter", argument, next, took_next)) != NULL) {
        compare.row_filter = value;
    } else if ((value = option_value("--subject", argument, next, took_next)) != NULL) {
        compare.subject_filter = value;
    } else if ((value = option_value("--json", argument, next, took_next)) != NULL) {
        options->json_path = value;
    } else if (strcmp(argument, "--markdown") == 0) {
        options->is_markdown = true;
    } else if (strcmp(argument, "--self-test") == 0) {
        options->is_self_test = true;
    } else if ((argument[0] == '-' && argument[1] != '\0') || options->commit_count == 2) {
        return complain(argument, "no such option, or its value is missing, or a commit too many; "
                                  "--help lists the options");
    } else {
        options->commits[options->commit_count++] = argument;
    }
    return true;
}

static bool check_options(const struct options *options)
{
    if (!output_is_usable(options->json_path)) {
        return complain(options->json_path, "cannot be written");
    }
    if (options->is_self_test) {
        return (options->commit_count == 0 && compare.row_filter == NULL &&
                compare.subject_filter == NULL) ||
               complain("--self-test", "takes no commit and no filter");
    }
    return options->commit_count != 0 || complain("usage", "compare with which commit? See --help");
}

/* -- all of it -------------------------------------------------------------------------------- */

static bool find_places(void)
{
    return (program_folder(compare.programs, sizeof compare.programs) &&
            scratch_make(compare.scratch, sizeof compare.scratch, "bed-compare")) ||
           complain("scratch folder", "cannot be made");
}

static int compare_commits(const struct options *options)
{
    char error[400] = "";

    if (!compare_build(&compare.base, options->commits[0], false) ||
        !compare_build(&compare.head, options->commit_count == 2 ? options->commits[1] : "-",
                       false) ||
        !compare_choose(&compare) || !compare_measure(&compare)) {
        return EXIT_USAGE;
    }
    if (options->json_path == NULL || strcmp(options->json_path, "-") != 0) {
        compare_print(&compare, options->is_markdown);
    }
    if (options->json_path != NULL &&
        !compare_write_json(&compare, options->json_path, error, sizeof error)) {
        (void)complain("--json", error);
        return EXIT_USAGE;
    }
    if (compare_is_interrupted) {
        (void)complain("interrupted", "the figures are those of fewer pairs; nothing is confirmed");
        return EXIT_USAGE;
    }
    return compare_verdict_count(&compare, VERDICT_SLOWER) == 0 ? 0 : 1;
}

static void interrupt(int signal_number)
{
    (void)signal_number;
    compare_is_interrupted = 1;
}

int main(int argc, char **argv)
{
    struct options options = {0};

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return EXIT_SUCCESS;
        }
        bool took_next = false;

        if (!parse_one(argv[i], argv[i + 1], &took_next, &options)) {
            return EXIT_USAGE;
        }
        i += took_next;
    }
    if (!check_options(&options) || !find_places()) {
        return EXIT_USAGE;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    const struct sigaction action = {.sa_handler = interrupt, .sa_flags = (int)SA_RESETHAND};

    (void)sigaction(SIGINT, &action, NULL);
    const int status =
        options.is_self_test ? self_test(&compare, options.json_path) : compare_commits(&options);

    compare_free(&compare);
    scratch_remove(compare.scratch);
    return status;
}
