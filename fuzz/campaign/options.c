/* SPDX-License-Identifier: MIT
 *
 * The command line of bed campaign.
 */
#include "campaign.h"

#include "files.h"
#include "targets.h"

#include <getopt.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TURN_SECONDS_MAX 600.0
#define TURN_SECONDS_MIN 10.0
#define DISTILL_SECONDS  3600.0
#define SAVE_SECONDS     20.0
#define HOURS_MAX        87600.0 /* ten years */
#define JOBS_MAX         64u

static const char usage[] =
    "usage: ./bed campaign [options]\n"
    "\n"
    "Fuzzes for hours or days in one folder. libFuzzer and AFL++, sanitized, plain, with CMPLOG "
    "and\n"
    "as 32 bits, and the harnesses lockstep, differential, corrupt and complexity take turns on "
    "the\n"
    "processors; they share what they find. Whatever ends it (Ctrl-C, kill -9, a full disk, a\n"
    "reboot), the same command goes on where it stopped; at most the last minute is lost.\n"
    "\n"
    "  --hours H      all of its runs together; fractions are fine (default: until it is stopped)\n"
    "  --jobs N       processes (default: one a processor)\n"
    "  --dir D        its folder (default: out/campaign/TARGET)\n"
    "  --target T     the allocator: a name or the path of a shared object (default: bestfit)\n"
    "  --engine E     libfuzzer, afl or both (default: both)\n"
    "  --corpus DIR   further inputs to start from; only read\n"
    "  --turn S       seconds of a turn (default: 600, less in a short campaign)\n"
    "  --minimise M   minutes between two minimisations of the corpus (default: 60)\n"
    "  --save S       seconds between two moments at which all is brought to the disk (default: "
    "20):\n"
    "                 what is younger a power cut may cost\n"
    "  --json FILE    the summary as JSON too, in the form of bed fuzz; - for standard output\n"
    "  --help         this\n"
    "\n"
    "./bed status [D] tells how far it is, also while it runs. Findings are in D/findings, as "
    "those\n"
    "of bed fuzz.\n"
    "\n"
    "Exit status: 0 nothing found; 1 findings, now or earlier in this folder, or inputs that "
    "failed\n"
    "and did not become one yet; 2 it could not run, or could not save what it found.\n";

enum {
    OPTION_HOURS = 256,
    OPTION_JOBS,
    OPTION_DIR,
    OPTION_TARGET,
    OPTION_ENGINE,
    OPTION_CORPUS,
    OPTION_TURN,
    OPTION_MINIMISE,
    OPTION_SAVE,
    OPTION_JSON,
    OPTION_LIST_BUILDS,
    OPTION_HELP
};

static const struct option long_options[] = {
    {"hours", required_argument, NULL, OPTION_HOURS},
    {"jobs", required_argument, NULL, OPTION_JOBS},
    {"dir", required_argument, NULL, OPTION_DIR},
    {"target", required_argument, NULL, OPTION_TARGET},
    {"engine", required_argument, NULL, OPTION_ENGINE},
    {"corpus", required_argument, NULL, OPTION_CORPUS},
    {"turn", required_argument, NULL, OPTION_TURN},
    {"minimise", required_argument, NULL, OPTION_MINIMISE},
    {"save", required_argument, NULL, OPTION_SAVE},
    {"json", required_argument, NULL, OPTION_JSON},
    {"list-builds", no_argument, NULL, OPTION_LIST_BUILDS},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static bool parse_number(const char *name, const char *text, double least, double most,
                         double *number)
{
    char *rest = NULL;
    const double value = strtod(text, &rest);
    if (rest == text || *rest != '\0' || !isfinite(value) || value < least || value > most) {
        complain("%s takes a number from %g to %g, not '%s'", name, least, most, text);
        return false;
    }
    *number = value;
    return true;
}

static bool parse_jobs(const char *text, unsigned *jobs)
{
    double number = 0;
    if (!parse_number("--jobs", text, 1, JOBS_MAX, &number)) {
        return false;
    }
    if (number != floor(number)) {
        complain("--jobs takes a whole number, not '%s'", text);
        return false;
    }
    *jobs = (unsigned)number;
    return true;
}

static bool parse_engine(const char *text, enum engine_choice *engines)
{
    if (strcmp(text, "both") == 0) {
        *engines = ENGINES_BOTH;
    } else if (strcmp(text, "libfuzzer") == 0) {
        *engines = ENGINES_LIBFUZZER;
    } else if (strcmp(text, "afl") == 0) {
        *engines = ENGINES_AFL;
    } else {
        complain("--engine is libfuzzer, afl or both, not '%s'", text);
        return false;
    }
    return true;
}

static bool parse_one(int option, const char *value, struct campaign_options *options)
{
    double number = 0;
    switch (option) {
    case OPTION_HOURS:
        options->seconds = 0;
        if (!parse_number("--hours", value, 0.0001, HOURS_MAX, &number)) {
            return false;
        }
        options->seconds = number * 3600;
        return true;
    case OPTION_JOBS:
        return parse_jobs(value, &options->fuzz.jobs);
    case OPTION_DIR:
        options->fuzz.out = value;
        return true;
    case OPTION_TARGET:
        options->fuzz.target = value;
        return true;
    case OPTION_ENGINE:
        return parse_engine(value, &options->fuzz.engines);
    case OPTION_CORPUS:
        options->fuzz.corpus = value;
        return true;
    case OPTION_TURN:
        return parse_number("--turn", value, 1, 86400, &options->turn_seconds);
    case OPTION_MINIMISE:
        if (!parse_number("--minimise", value, 0.01, 1e6, &number)) {
            return false;
        }
        options->distill_seconds = number * 60;
        return true;
    case OPTION_SAVE:
        return parse_number("--save", value, 1, 1e6, &options->save_seconds);
    case OPTION_JSON:
        options->fuzz.json = value;
        return true;
    case OPTION_LIST_BUILDS:
        options->fuzz.list_builds = true;
        return true;
    default:
        complain("./bed campaign --help lists the options");
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

/* The core is driven in every way; of another's allocator nobody knows the headers, or a second
 * one to compare it with. */
static bool complete(struct campaign_options *options)
{
    struct options *fuzz = &options->fuzz;
    char error[256] = "";
    const char *named = fuzz->target != NULL ? fuzz->target : "bestfit";
    const char *plain = hb_target_without_annotations(named);
    const struct hb_target *target =
        hb_target_find(plain != NULL ? plain : named, error, sizeof error);
    if (target == NULL) {
        complain("%s", error);
        return false;
    }
    fuzz->is_sanitized = plain != NULL;
    fuzz->is_campaign = true;
    options->target_name = plain != NULL ? named : target->name;
    fuzz->harnesses[HARNESS_LOCKSTEP] = true;
    fuzz->harnesses[HARNESS_COMPLEXITY] = fuzz->target == NULL;
    fuzz->harnesses[HARNESS_CORRUPT] = fuzz->target == NULL;
    fuzz->harnesses[HARNESS_DIFFERENTIAL] = fuzz->target == NULL;
    if (fuzz->out == NULL) {
        fuzz->out = text_format("out/campaign/%s", options->target_name);
    }
    /* Said before anything is built. */
    if (fuzz->corpus != NULL && folder_count(fuzz->corpus) == 0) {
        complain("--corpus %s is no folder with files in it", fuzz->corpus);
        return false;
    }
    return fuzz->json == NULL || strcmp(fuzz->json, "-") == 0 || file_can_be_written(fuzz->json);
}

bool campaign_options_parse(int argc, char **argv, struct campaign_options *options,
                            int *exit_status)
{
    *options = (struct campaign_options){
        .fuzz = {.engines = ENGINES_BOTH, .jobs = processor_count()},
        .distill_seconds = DISTILL_SECONDS,
        .save_seconds = SAVE_SECONDS,
        .has_m32 = getenv("HEAPBED_NO_M32") == NULL,
    };
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
        complain("unexpected '%s'; ./bed campaign --help lists the options", argv[optind]);
        return false;
    }
    return complete(options);
}

void campaign_choose_turn(struct campaign_options *options, size_t role_count)
{
    if (options->turn_seconds > 0) {
        return;
    }
    options->turn_seconds = TURN_SECONDS_MAX;
    if (options->seconds > 0) {
        const double share = options->seconds * options->fuzz.jobs / (double)role_count;
        options->turn_seconds = fmin(fmax(share, TURN_SECONDS_MIN), TURN_SECONDS_MAX);
    }
}
