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
        "  list             the records, the oldest commit first\n"
        "  check            every line: damaged or foreign ones are reported\n"
        "  changes          change points, and what the last commit has changed; --json FILE\n"
        "  query SQL        a SQL query of all of it; --json FILE\n"
        "Add\n"
        "  annotate COMMIT  --kind accepted|machine|cause --text TEXT [--rows RE] [--subjects "
        "RE];\n"
        "                   accepted and machine: what came before is no longer the baseline\n"
        "  add              a record of other figures: --fuzz, --bugs, --mutation, --matrix FILE,\n"
        "                   as ./bed fuzz, bugs, mutate, matrix --json write them; --commit NAME\n"
        "                   (default HEAD), --history FILE (default out/history.jsonl)\n"
        "  append FILE      appends the records of the standard input; any number may at once\n");
    (void)printf(
        "Others\n"
        "  page             all of it for the dashboard, as JSON; -o FILE; --campaign DIR, any "
        "number:\n"
        "                   the folder of a campaign, to be shown too\n"
        "  sqlite           all of it as a SQLite database; -o FILE\n"
        "  export           --format google-benchmark, github-action-benchmark or bencher (the\n"
        "                   last record, or that of --commit and --fingerprint; -o FILE), or "
        "otava\n"
        "                   (all of it; -o DIR)\n"
        "  generate         a made-up history, for trying things: --commits N [--seed N]; "
        "--noise:\n"
        "                   one in which nothing changes; -o FILE\n\n"
        "Options\n"
        "  -o FILE             where to write (default: the standard output)\n"
        "  --annotations FILE  instead of those beside the histories\n\n"
        "Exit status: 0 ok, 1 damaged lines (check) or refused ones (append), 2 usage or\n"
        "environment.\n");
}

struct command {
    const char *name;
    int (*run)(const struct request *request);
};

static const struct command commands[] = {
    {"add", command_add},           {"annotate", command_annotate}, {"append", command_append},
    {"changes", command_changes},   {"check", command_check},       {"export", command_export},
    {"generate", command_generate}, {"list", command_list},         {"page", command_page},
    {"query", command_query},       {"sqlite", command_sqlite},
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

static bool add_campaign(struct request *request, const char *folder)
{
    if (request->campaign_count == CAMPAIGNS_MAX) {
        (void)complain(request, folder, "too many campaigns for one page");
        return false;
    }
    request->campaigns[request->campaign_count++] = folder;
    return true;
}

/* Options that are texts come first, in the order of the places they go to. */
static bool parse_options(struct request *request, int argc, char **argv)
{
    enum { TEXT = 256, COMMITS, SEED, NOISE, CAMPAIGN };
    const char **const texts[] = {&request->json,     &request->annotations, &request->kind,
                                  &request->rows,     &request->text,        &request->subjects,
                                  &request->commit,   &request->fuzz,        &request->bugs,
                                  &request->mutation, &request->matrix,      &request->format,
                                  &request->history,  &request->fingerprint};
    static const struct option options[] = {{"json", required_argument, NULL, TEXT},
                                            {"annotations", required_argument, NULL, TEXT},
                                            {"kind", required_argument, NULL, TEXT},
                                            {"rows", required_argument, NULL, TEXT},
                                            {"text", required_argument, NULL, TEXT},
                                            {"subjects", required_argument, NULL, TEXT},
                                            {"commit", required_argument, NULL, TEXT},
                                            {"fuzz", required_argument, NULL, TEXT},
                                            {"bugs", required_argument, NULL, TEXT},
                                            {"mutation", required_argument, NULL, TEXT},
                                            {"matrix", required_argument, NULL, TEXT},
                                            {"format", required_argument, NULL, TEXT},
                                            {"history", required_argument, NULL, TEXT},
                                            {"fingerprint", required_argument, NULL, TEXT},
                                            {"commits", required_argument, NULL, COMMITS},
                                            {"seed", required_argument, NULL, SEED},
                                            {"noise", no_argument, NULL, NOISE},
                                            {"campaign", required_argument, NULL, CAMPAIGN},
                                            {"help", no_argument, NULL, 'h'},
                                            {NULL, 0, NULL, 0}};
    int index = 0;
    int code = 0;
    bool ok = true;

    while (ok && (code = getopt_long(argc, argv, "o:h", options, &index)) != -1) {
        switch (code) {
        case 'h':
            print_help();
            exit(EXIT_OK);
        case 'o':
            request->out = optarg;
            break;
        case TEXT:
            *texts[index] = optarg;
            break;
        case COMMITS:
            ok = parse_number(request, optarg, &request->commits);
            break;
        case SEED:
            ok = parse_number(request, optarg, &request->seed);
            break;
        case NOISE:
            request->is_noise = true;
            break;
        case CAMPAIGN:
            ok = add_campaign(request, optarg);
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
