/* SPDX-License-Identifier: MIT
 *
 * bed COMMAND ...: finds the command and calls it.
 */
#include "cli.h"

#include <string.h>

struct command {
    const char *name;
    const char *summary;
    int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
    {"replay", "run inputs on a target and say what came of it", cmd_replay},
    {"agree", "play generated streams and recorded programs: core and model must agree", cmd_agree},
    {"corrupt", "overwrite what the core keeps in its ranges, and see that it behaves",
     cmd_corrupt},
    {"exhaust", "every sequence of operations up to a depth, on tiny heaps", cmd_exhaust},
    {"show", "print an input as text, C program, JSON, or as a picture of the heap", cmd_show},
    {"bundle", "make a package of a finding", cmd_bundle},
    {"bisect", "which commit brought a finding", cmd_bisect},
    {"encode", "turn text into an input", cmd_encode},
    {"shrink", "make a finding as short as can be", cmd_shrink},
    {"record", "record the heap calls of a real program", cmd_record},
    {"targets", "list the allocators that can be tested", cmd_targets},
    {"throughput", "measure checked operations a second", cmd_throughput},
};

static void print_usage(FILE *out)
{
    (void)fprintf(out, "usage: bed COMMAND [OPTIONS] ...\n\n");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        (void)fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    }
    (void)fprintf(out, "\n`bed COMMAND --help` tells more.\n");
}

int main(int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0) {
        print_usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? EXIT_USAGE : EXIT_OK;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(argv[1], commands[i].name) == 0) {
            return commands[i].run(argc - 1, argv + 1);
        }
    }
    (void)fprintf(stderr, "bed: there is no command '%s'\n\n", argv[1]);
    print_usage(stderr);
    return EXIT_USAGE;
}
