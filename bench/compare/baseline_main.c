/* SPDX-License-Identifier: MIT
 *
 * bed baseline: the gate on instruction counts, and its renewal.
 */
#include "baseline.h"
#include "compare.h"

#include "command_line.h"
#include "file.h"
#include "jobs.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#define EXIT_USAGE 2

struct options {
    const char *file;
    const char *cores;   /* null: the working tree's, built anew */
    const char *subject; /* null: all */
    const char *reason;
    const char *json_path; /* null: none */
    bool is_check;
};

static struct compare compare = {.subject_filter = "", .is_counted_only = true};

static void print_help(void)
{
    (void)printf(
        "usage: bed baseline --check\n"
        "       bed baseline --reason TEXT\n\n"
        "Counts the instructions of the core (callgrind; the rows instructions/..., each variant\n"
        "for which that takes moments), and holds them to bench/baseline.json, or, with a reason,\n"
        "puts them there; the reason goes into the file's history. docs/comparing.md says more.\n\n"
        "  --check        compare: no count may be more than 0.5%% above the baseline\n"
        "  --reason TEXT  renew: why the counts are as they are now\n"
        "  --file FILE    another file\n"
        "  --core WHAT    the core of a commit, or a folder with cores in it (default: the "
        "working\n"
        "                 tree's)\n"
        "  --subject RE   with --check, only these variants of the core\n"
        "  --json FILE    with --check, all counts as JSON (- for standard output)\n\n"
        "Exit status: 0 as it should be, or renewed; 1 a count is higher, or the rows are not "
        "those\n"
        "of the baseline; 2 usage, no baseline, one of another compiler, or nothing can be "
        "counted.\n");
}

static bool complain(const char *what, const char *reason)
{
    (void)fprintf(stderr, "baseline: %s: %s\n", what, reason);
    return false;
}

/* -- options ---------------------------------------------------------------------------------- */

static bool parse(int argc, char **argv, struct options *options)
{
    const struct {
        const char *name;
        const char **value;
    } with_value[] = {{"--reason", &options->reason},
                      {"--file", &options->file},
                      {"--core", &options->cores},
                      {"--subject", &options->subject},
                      {"--json", &options->json_path}};

    for (int i = 1; i < argc; i++) {
        bool is_known = strcmp(argv[i], "--check") == 0;

        options->is_check = options->is_check || is_known;
        for (size_t j = 0; !is_known && j < sizeof with_value / sizeof with_value[0]; j++) {
            bool took_next = false;
            const char *value = option_value(with_value[j].name, argv[i], argv[i + 1], &took_next);

            if (value != NULL) {
                *with_value[j].value = value;
                is_known = true;
                i += took_next;
            }
        }
        if (!is_known) {
            return complain(argv[i], "no such option, or its value is missing; --help lists them");
        }
    }
    if (options->is_check == (options->reason != NULL)) {
        return complain("usage", "either --check, or --reason TEXT to renew");
    }
    if (options->reason != NULL && (options->reason[0] == '\0' || options->subject != NULL)) {
        return complain("--reason", "wants words, and all subjects");
    }
    if (options->json_path != NULL && !options->is_check) {
        return complain("--json", "goes with --check; what is renewed is JSON itself");
    }
    if (!output_is_usable(options->json_path)) {
        return complain(options->json_path, "cannot be written");
    }
    return true;
}

/* -- counting --------------------------------------------------------------------------------- */

static bool find_places(void)
{
    return (program_folder(compare.programs, sizeof compare.programs) &&
            scratch_make(compare.scratch, sizeof compare.scratch, "bed-baseline")) ||
           complain("scratch folder", "cannot be made");
}

/* The counts of now, for the caller to free; null: it has said why. */
static struct count *count_now(const struct options *options, size_t *count)
{
    char probe[sizeof compare.programs + 32];

    if (options->subject != NULL) {
        compare.subject_filter = options->subject;
    }
    if (!find_places() ||
        !compare_build(&compare.base, options->cores != NULL ? options->cores : "-", false) ||
        !compare_choose(&compare)) {
        return NULL;
    }
    struct count *counts = calloc(compare.counted_count + 1, sizeof *counts);

    *count = compare.counted_count;
    for (size_t i = 0; counts != NULL && i < *count; i++) {
        counts[i] = compare.counted[i].base;
    }
    (void)snprintf(probe, sizeof probe, "%s/heapbed-bench-probe", compare.programs);
    if (counts != NULL && !counts_measure(counts, *count, probe, compare.scratch)) {
        free(counts);
        counts = NULL;
    }
    return counts;
}

/* -- the gate --------------------------------------------------------------------------------- */

static double mean_of(const struct count *count)
{
    return (double)count->instructions / (double)count->calls;
}

/* One count against the baseline. */
struct comparison {
    const struct count *count;
    double then; /* 0: it is not in the baseline */
    double now;
    enum verdict verdict;
};

static struct comparison compare_count(const struct baseline *baseline, const struct count *count)
{
    struct comparison result = {.count = count, .now = mean_of(count), .verdict = VERDICT_NONE};

    if (baseline_find(baseline, count, &result.then)) {
        const double change = result.now / result.then - 1;
        const struct figure figure = {change, {change, change}, 0};

        result.verdict = judge(&figure, JUDGE_INSTRUCTIONS_LIMIT).verdict;
    }
    return result;
}

static bool is_as_it_should_be(const struct comparison *of)
{
    return of->then != 0 && of->verdict != VERDICT_SLOWER;
}

static void comparison_say(FILE *words, const struct comparison *of)
{
    if (of->then == 0) {
        (void)fprintf(words, "%s of %s: is not in the baseline\n", of->count->row->name,
                      of->count->subject);
    } else if (of->verdict != VERDICT_NONE) {
        (void)fprintf(words, "%s of %s: %.6g instructions, the baseline has %.6g: %+.2f%%\n",
                      of->count->row->name, of->count->subject, of->now, of->then,
                      100 * (of->now / of->then - 1));
    }
}

static cJSON *comparison_json(const struct comparison *of)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "row", of->count->row->name);
    cJSON_AddStringToObject(json, "subject", of->count->subject);
    cJSON_AddNumberToObject(json, "now", of->now);
    if (of->then != 0) {
        cJSON_AddNumberToObject(json, "baseline", of->then);
        cJSON_AddNumberToObject(json, "change", of->now / of->then - 1);
    }
    cJSON_AddStringToObject(json, "verdict",
                            of->then != 0 ? verdict_text(of->verdict) : "not in the baseline");
    return json;
}

/* The caller has filled "rows". */
static bool check_write(const char *path, cJSON *json, size_t bad_count)
{
    char error[400] = "no memory";

    cJSON_AddStringToObject(json, "schema", "heapbed-baseline-check/1");
    cJSON_AddStringToObject(json, "compiler", BENCH_COMPILER);
    cJSON_AddNumberToObject(json, "limit", JUDGE_INSTRUCTIONS_LIMIT);
    cJSON_AddNumberToObject(json, "bad", (double)bad_count);
    char *text = cJSON_Print(json);
    const bool ok = text != NULL && hb_file_write(path, text, strlen(text), error, sizeof error);

    cJSON_free(text);
    return ok || complain("--json", error);
}

static void check_conclude(FILE *words, const struct baseline *baseline, size_t bad_count,
                           size_t count, bool is_better)
{
    if (is_better) {
        (void)fprintf(words,
                      "Some are better: ./bed baseline --reason TEXT holds the core to that.\n");
    }
    if (bad_count != 0) {
        (void)fprintf(words,
                      "%zu of %zu counts are not as in %s. If that is meant: ./bed baseline "
                      "--reason TEXT\n",
                      bad_count, count, baseline->path);
    } else {
        (void)fprintf(words, "%zu counts, none more than %.1f%% above the baseline\n", count,
                      100 * JUDGE_INSTRUCTIONS_LIMIT);
    }
}

static int check(const struct baseline *baseline, const struct options *options,
                 const struct count *counts, size_t count)
{
    const char *path = options->json_path;
    FILE *words = path != NULL && strcmp(path, "-") == 0 ? stderr : stdout;
    cJSON *json = cJSON_CreateObject();
    cJSON *rows = cJSON_AddArrayToObject(json, "rows");
    bool is_better = false;
    size_t bad_count =
        baseline_unmeasured(baseline, counts, count, options->subject != NULL, words);

    for (size_t i = 0; i < count; i++) {
        const struct comparison of = compare_count(baseline, &counts[i]);

        comparison_say(words, &of);
        cJSON_AddItemToArray(rows, comparison_json(&of));
        is_better = is_better || of.verdict == VERDICT_FASTER;
        bad_count += !is_as_it_should_be(&of);
    }
    check_conclude(words, baseline, bad_count, count, is_better);
    const bool is_written = path == NULL || check_write(path, json, bad_count);

    cJSON_Delete(json);
    return !is_written ? EXIT_USAGE : bad_count != 0;
}

/* Counts of another compiler, or another kind of machine, say nothing of a change of the core. */
static bool is_comparable(const struct baseline *baseline, const char *machine)
{
    if (baseline->json == NULL) {
        return complain(baseline->path,
                        "there is no baseline; ./bed baseline --reason TEXT makes one");
    }
    if (strcmp(baseline_text(baseline, "compiler"), BENCH_COMPILER) != 0 ||
        strcmp(baseline_text(baseline, "machine"), machine) != 0) {
        (void)fprintf(stderr,
                      "baseline: %s is of %s on %s, and this is %s on %s: such counts are not "
                      "compared\n",
                      baseline->path, baseline_text(baseline, "compiler"),
                      baseline_text(baseline, "machine"), BENCH_COMPILER, machine);
        return false;
    }
    return true;
}

/* -- renewal ---------------------------------------------------------------------------------- */

static int renew(const struct baseline *baseline, const char *reason, const char *machine,
                 const struct count *counts, size_t count)
{
    const char *commit = getenv("HEAPBED_COMMIT"); /* from ./bed */
    const char *core = strrchr(compare.base.folder, '/');
    const time_t now = time(NULL);
    struct tm utc;
    char date[32] = "";

    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    const struct renewal renewal = {.reason = reason,
                                    .compiler = BENCH_COMPILER,
                                    .machine = machine,
                                    .core = core != NULL ? core + 1 : "",
                                    .commit = commit != NULL ? commit : "unknown",
                                    .date = date};

    if (!baseline_write(baseline, &renewal, counts, count)) {
        return EXIT_USAGE;
    }
    (void)printf("%s: %zu counts, %s\n", baseline->path, count, reason);
    return 0;
}

/* -- all of it -------------------------------------------------------------------------------- */

static int run(const struct options *options, const struct baseline *baseline)
{
    struct utsname name = {0};
    size_t count = 0;

    (void)uname(&name);
    if (options->is_check && !is_comparable(baseline, name.machine)) {
        return EXIT_USAGE;
    }
    struct count *counts = count_now(options, &count);
    int status = EXIT_USAGE;

    if (counts != NULL && options->is_check) {
        status = check(baseline, options, counts, count);
    } else if (counts != NULL) {
        status = renew(baseline, options->reason, name.machine, counts, count);
    }
    free(counts);
    compare_free(&compare);
    scratch_remove(compare.scratch);
    return status;
}

int main(int argc, char **argv)
{
    struct options options = {.file = BENCH_SOURCE "/bench/baseline.json"};
    struct baseline baseline;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return EXIT_SUCCESS;
        }
    }
    if (!parse(argc, argv, &options)) {
        return EXIT_USAGE;
    }
    jobs_watch_interrupts();
    const int status =
        baseline_read(&baseline, options.file) ? run(&options, &baseline) : EXIT_USAGE;

    baseline_free(&baseline);
    return status;
}
