/* SPDX-License-Identifier: MIT
 *
 * bed history: what was measured, commit by commit. docs/history.md.
 */
#include "command.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static void print_help(void)
{
    (void)printf(
        "usage: bed history COMMAND [OPTIONS] [FILE ...]\n\n"
        "Reads histories: files of one record of ./bed bench a line. Without a FILE: the "
        "project's\n"
        "own (bench/history/history.jsonl) and what was appended here (out/history.jsonl). Beside\n"
        "a history lie its annotations (annotations.jsonl). docs/history.md has the formats.\n\n"
        "Look\n"
        "  list           the records, the oldest commit first\n"
        "  check          every line: damaged or foreign ones are reported\n"
        "  changes        change points, and what the last commit has changed; --json FILE\n"
        "Add\n"
        "  append FILE    appends the records of the standard input; any number may at once\n"
        "Others\n"
        "  page           all of it for the dashboard, as JSON; -o FILE\n"
        "  generate       a made-up history, for trying things: --commits N --seed N; --noise: "
        "one\n"
        "                 in which nothing changes; -o FILE\n\n"
        "Options\n"
        "  -o FILE             where to write (default: the standard output)\n"
        "  --annotations FILE  instead of those beside the histories\n\n"
        "Exit status: 0 ok, 1 damaged lines (check) or refused ones (append), 2 usage or "
        "environment.\n");
}

struct command {
    const char *name;
    int (*run)(const struct request *request);
};

static const struct command commands[] = {
    {"append", command_append},     {"changes", command_changes}, {"check", command_check},
    {"generate", command_generate}, {"list", command_list},       {"page", command_page},
};

enum option_code {
    OPTION_HELP = 'h',
    OPTION_OUT = 'o',
    OPTION_TEXT = 256, /* those below are texts of the request */
    OPTION_COMMITS,
    OPTION_SEED,
    OPTION_NOISE
};

static bool parse_number(const struct request *request, const char *text, unsigned long *number)
{
    char *end = NULL;

    errno = 0;
    *number = strtoul(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-') {
        (void)complain(request, text, "no number");
        return false;
    }
    return true;
}

static bool parse_options(struct request *request, int argc, char **argv)
{
    const char *help = NULL;
    const char **const texts[] = {&request->json, &request->annotations};
    const struct option options[] = {{"json", required_argument, NULL, OPTION_TEXT},
                                     {"annotations", required_argument, NULL, OPTION_TEXT},
                                     {"commits", required_argument, NULL, OPTION_COMMITS},
                                     {"seed", required_argument, NULL, OPTION_SEED},
                                     {"noise", no_argument, NULL, OPTION_NOISE},
                                     {"help", no_argument, NULL, OPTION_HELP},
                                     {NULL, 0, NULL, 0}};
    int index = 0;
    int code = 0;
    bool ok = true;

    (void)help;
    while (ok && (code = getopt_long(argc, argv, "o:h", options, &index)) != -1) {
        switch (code) {
        case OPTION_HELP:
            print_help();
            exit(EXIT_OK);
        case OPTION_OUT:
            request->out = optarg;
            break;
        case OPTION_TEXT:
            *texts[index] = optarg;
            break;
        case OPTION_COMMITS:
            ok = parse_number(request, optarg, &request->commits);
            break;
        case OPTION_SEED:
            ok = parse_number(request, optarg, &request->seed);
            break;
        case OPTION_NOISE:
            request->is_noise = true;
            break;
        default:
            ok = false; /* getopt_long has said why */
        }
    }
    request->words = argv + optind;
    request->word_count = argc - optind;
    return ok;
}

int main(int argc, char **argv)
{
    struct request request = {.command = argc > 1 ? argv[1] : "", .seed = 1};

    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help();
        return argc < 2 ? EXIT_USAGE : EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i].name, argv[1]) == 0) {
            return parse_options(&request, argc - 1, argv + 1) ? commands[i].run(&request)
                                                               : EXIT_USAGE;
        }
    }
    (void)fprintf(stderr, "history: there is no command '%s'; bed history --help lists them\n",
                  argv[1]);
    return EXIT_USAGE;
}
