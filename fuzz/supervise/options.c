/* SPDX-License-Identifier: MIT
 *
 * The command line of bed fuzz.
 */
#include "options.h"

#include "files.h"
#include "targets.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS_MAX 31536000u /* a year */
#define JOBS_MAX    256u

static const char usage[] =
    "usage: ./bed fuzz [options]\n"
    "\n"
    "Searches for operations on which an allocator and the model disagree.\n"
    "\n"
    "  --target T     the allocator: a name (./bed targets lists them) or the path of a\n"
    "                 shared object with a slash in it, such as ./mine.so (default: bestfit;\n"
    "                 in the build with AddressSanitizer lockstep has bestfit-annotated)\n"
    "  --against B    what the harness differential compares it with\n"
    "  --harness H    a fuzz program that drives it, may be given several times:\n"
    "                   lockstep      beside the model\n"
    "                   differential  two targets, each beside the model, must answer alike\n"
    "                                 (default: bestfit-small against bestfit-large)\n"
    "                   corrupt       what the core keeps in its ranges is overwritten\n"
    "                   complexity    looks for what costs most steps and memory instead\n"
    "                 Default: for the core the first three, most of the time lockstep (which\n"
    "                 has a run of less than 20 seconds for itself); lockstep for any other\n"
    "                 target\n"
    "  --engine E     libfuzzer, afl or both (default: both)\n"
    "  --seconds N    how long to fuzz, wall time (default: 60)\n"
    "  --jobs N       processes (default: one a processor)\n"
    "  --corpus DIR   inputs to start from, as bytes or as text (*.hbedt); only read.\n"
    "                 Default: corpus/seeds for the core, nothing for any other target\n"
    "  --out DIR      where everything is kept (default: out/fuzz/TARGET/TIME); an earlier\n"
    "                 run's folder is added to, if it had the same target\n"
    "  --json FILE    also writes the summary as JSON; - for standard output\n"
    "  --help         this\n"
    "\n"
    "Ctrl-C ends it cleanly, with everything kept.\n"
    "\n"
    "Findings are shrunk and kept in DIR/findings: NAME.hbed (the input), NAME.txt (as text),\n"
    "NAME.c (a C program that shows it) and NAME.json. Inputs that failed and did not become a\n"
    "finding are in DIR/unreproduced.\n"
    "\n"
    "Exit status: 0 nothing found; 1 findings, or inputs that failed and not again, or that\n"
    "there was no time to look at; 2 it could not run, or could not save what it found.\n";

enum {
    OPTION_TARGET = 256,
    OPTION_AGAINST,
    OPTION_HARNESS,
    OPTION_ENGINE,
    OPTION_SECONDS,
    OPTION_JOBS,
    OPTION_CORPUS,
    OPTION_OUT,
    OPTION_JSON,
    OPTION_LIST_BUILDS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"target", required_argument, NULL, OPTION_TARGET},
    {"against", required_argument, NULL, OPTION_AGAINST},
    {"harness", required_argument, NULL, OPTION_HARNESS},
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"seconds", required_argument, NULL, OPTION_SECONDS},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"corpus", required_argument, NULL, OPTION_CORPUS},
    {"out", required_argument, NULL, OPTION_OUT},
    {"json", required_argument, NULL, OPTION_JSON},
    {"list-builds", no_argument, NULL, OPTION_LIST_BUILDS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool parse_count(const char *name, const char *text, unsigned limit, unsigned *count)
{
    char *end = NULL;
    errno = 0;
    const unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value == 0 ||
        value > limit) {
        fprintf(stderr, "bed fuzz: %s takes a number from 1 to %u, not '%s'\n", name, limit, text);
        return false;
    }
    *count = (unsigned)value;
    return true;
}

static bool parse_engine(const char *text, enum engine_choice *engines)
{
    static const char *const names[] = {
        [ENGINES_BOTH] = "both", [ENGINES_LIBFUZZER] = "libfuzzer", [ENGINES_AFL] = "afl"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(text, names[i]) == 0) {
            *engines = (enum engine_choice)i;
            return true;
        }
    }
    fprintf(stderr, "bed fuzz: --engine is libfuzzer, afl or both, not '%s'\n", text);
    return false;
}

static bool parse_harness(const char *text, bool harnesses[HARNESS_COUNT])
{
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        if (strcmp(text, harness_name(i)) == 0) {
            harnesses[i] = true;
            return true;
        }
    }
    fprintf(stderr,
            "bed fuzz: there is no harness '%s'; there are: lockstep, differential, corrupt, "
            "complexity\n",
            text);
    return false;
}

static bool parse_one(int option, const char *value, struct options *options)
{
    switch (option) {
    case OPTION_TARGET:
        options->target = value;
        return true;
    case OPTION_AGAINST:
        options->against = value;
        return true;
    case OPTION_HARNESS:
        return parse_harness(value, options->harnesses);
    case OPTION_ENGINE:
        return parse_engine(value, &options->engines);
    case OPTION_SECONDS:
        return parse_count("--seconds", value, SECONDS_MAX, &options->seconds);
    case OPTION_JOBS:
        return parse_count("--jobs", value, JOBS_MAX, &options->jobs);
    case OPTION_CORPUS:
        options->corpus = value;
        return true;
    case OPTION_OUT:
        options->out = value;
        return true;
    case OPTION_JSON:
        options->json = value;
        return true;
    case OPTION_LIST_BUILDS:
        options->list_builds = true;
        return true;
    default:
        fputs("bed fuzz: ./bed fuzz --help lists the options\n", stderr);
        return false;
    }
}

static unsigned processor_count(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    if (count < 1) {
        return 1;
    }
    return (unsigned long)count < JOBS_MAX ? (unsigned)count : JOBS_MAX;
}

/* Shorter runs are lockstep's alone: a turn of the others would hardly have begun. */
#define SECONDS_FOR_ALL 20u

static void choose_harnesses(struct options *options)
{
    const bool is_core = options->target == NULL && options->against == NULL;
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        if (options->harnesses[i]) {
            return;
        }
    }
    options->harnesses[HARNESS_LOCKSTEP] = options->against == NULL;
    options->harnesses[HARNESS_DIFFERENTIAL] =
        options->against != NULL || (is_core && options->seconds >= SECONDS_FOR_ALL);
    options->harnesses[HARNESS_CORRUPT] = is_core && options->seconds >= SECONDS_FOR_ALL;
}

/* What does not go together, before anything is done. */
static bool is_consistent(const struct options *options)
{
    if (options->against != NULL && !options->harnesses[HARNESS_DIFFERENTIAL]) {
        fputs("bed fuzz: --against is for the harness differential\n", stderr);
        return false;
    }
    if (options->is_sanitized && options->engines == ENGINES_AFL) {
        fputs(
            "bed fuzz: an annotated target is only in builds with AddressSanitizer, and AFL++ has "
            "none here: --engine libfuzzer\n",
            stderr);
        return false;
    }
    return options->json == NULL || strcmp(options->json, "-") == 0 ||
           file_can_be_written(options->json);
}

static bool is_annotated(const char *target)
{
    return target != NULL && hb_target_without_annotations(target) != NULL;
}

bool options_parse(int argc, char **argv, struct options *options, int *exit_status)
{
    *options = (struct options){.engines = ENGINES_BOTH, .seconds = 60, .jobs = processor_count()};
    *exit_status = 2;
    for (int option; (option = getopt_long(argc, argv, "", long_options, NULL)) != -1;) {
        if (option == OPTION_HELP) {
            fputs(usage, stdout);
            *exit_status = 0;
            return false;
        }
        if (!parse_one(option, optarg, options)) {
            return false;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "bed fuzz: unexpected '%s'; ./bed fuzz --help lists the options\n",
                argv[optind]);
        return false;
    }
    options->is_sanitized = is_annotated(options->target) || is_annotated(options->against);
    if (options->is_sanitized && options->engines == ENGINES_BOTH) {
        options->engines = ENGINES_LIBFUZZER;
    }
    choose_harnesses(options);
    return is_consistent(options);
}
