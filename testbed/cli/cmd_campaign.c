/* SPDX-License-Identifier: MIT
 *
 * bed agree, bed corrupt: millions of operations of generated streams, with what they came to.
 */
#include "campaign.h"
#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define JOBS_MAX 256u

/* Every variant of the core. Those that are not hardened cannot be overwritten and behave. */
static const char *const agree_targets[] = {"bestfit",
                                            "bestfit-small",
                                            "bestfit-large",
                                            "bestfit-off",
                                            "bestfit-paranoid",
                                            "bestfit-list",
                                            "bestfit-quarantine",
                                            "bestfit-list-quarantine",
                                            NULL};
static const char *const corrupt_targets[] = {"bestfit", "bestfit-small", "bestfit-paranoid", NULL};

struct request {
    const char *command;
    const char *target_name; /* null: all of them */
    const char *operations_text;
    const char *json_path;
    const char *out;
    const char *seed_text;
    unsigned jobs;
    uint64_t operations;
    uint64_t seed;
    bool is_corrupting;
    FILE *for_people;
    cJSON *results;
    struct cli_paths paths;
    uint64_t findings;
    bool is_incomplete;
};

static void print_agree_help(void)
{
    (void)printf(
        "usage: bed agree [OPTIONS] [FILE|FOLDER ...]\n\n"
        "Plays generated streams of eight kinds on a target beside the model, and the files given\n"
        "(recorded programs: corpus/traces) once each, until N operations have reached the\n"
        "target. Every status, address and counter must be the model's.\n\n"
        "  --operations N  of generated streams, for each target; K, M and G are understood\n"
        "                  (default 10M)\n"
        "  --target T      one target alone (default: every variant of the core)\n"
        "  --jobs N        processes (default: one a processor)\n"
        "  --seed S        number of the first stream, hexadecimal (default 0)\n"
        "  --out DIR       where findings are written, as DIR/TARGET-NUMBER.hbed\n"
        "                  (default out/agree)\n"
        "  --json FILE     as JSON (- for standard output)\n\n"
        "Exit status: 0 they agree, 1 findings, 2 usage, or it did not come to its end.\n");
}

static void print_corrupt_help(void)
{
    (void)printf(
        "usage: bed corrupt [OPTIONS]\n\n"
        "Plays generated streams whose smashes are done: headers, links and footers in the ranges\n"
        "are overwritten, with bytes that are drawn from the stream as a whole. From then on the\n"
        "allocator reports corruption or behaves: see docs/fuzzing.md. What it misses by its\n"
        "stated odds ends a stream as inconclusive and is counted.\n\n"
        "  --operations N  for each target; K, M and G are understood (default 10M)\n"
        "  --target T      one target alone (default: bestfit, bestfit-small, bestfit-paranoid)\n"
        "  --jobs N        processes (default: one a processor)\n"
        "  --seed S        number of the first stream, hexadecimal (default 0)\n"
        "  --out DIR       where findings are written, as DIR/TARGET-NUMBER.hbed\n"
        "                  (default out/corrupt)\n"
        "  --json FILE     as JSON (- for standard output)\n\n"
        "Exit status: 0 no finding, 1 findings, 2 usage, or it did not come to its end.\n");
}

/* "10M" */
static bool parse_operations(struct request *request)
{
    static const char suffixes[] = "KMG";
    const char *text = request->operations_text;
    char *end = NULL;
    double number = strtod(text, &end);
    const bool is_number = end != text;
    const char *suffix = *end != '\0' ? strchr(suffixes, *end) : NULL;
    for (const char *at = suffixes; suffix != NULL && at <= suffix; at++) {
        number *= 1000;
    }
    if (!is_number || *(suffix != NULL ? end + 1 : end) != '\0' ||
        !(number >= 1 && number <= 1e15)) {
        (void)fprintf(stderr, "bed %s: --operations: '%s' is not a number that it takes\n",
                      request->command, text);
        return false;
    }
    request->operations = (uint64_t)number;
    return true;
}

static bool make_folder(const char *path)
{
    char part[4096];
    (void)snprintf(part, sizeof part, "%s", path);
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(part, 0777);
            *at = '/';
        }
    }
    if (mkdir(part, 0777) == 0 || errno == EEXIST) {
        return true;
    }
    (void)fprintf(stderr, "bed: %s: %s\n", path, strerror(errno));
    return false;
}

/* Those that looked: the rest need another command, or a build with sanitizers. */
static void print_oracles(const struct hb_target *target, bool is_corrupting, FILE *out)
{
    unsigned count = 0;
    (void)fprintf(out, "  oracles            ");
    for (unsigned i = 0; i < HB_ORACLE_COUNT; i++) {
        const bool is_elsewhere =
            i == HB_ORACLE_REPLAY || i == HB_ORACLE_SANITIZER || i == HB_ORACLE_DIFFER ||
            (!is_corrupting && (i == HB_ORACLE_OUTSIDE_CHUNK || i == HB_ORACLE_ARBITRARY_WRITE));
        if (hb_oracle_applies(i, target) && !is_elsewhere) {
            (void)fprintf(out, " %s", hb_oracle_name(i));
            count++;
        }
    }
    (void)fprintf(out, " (%u)\n", count);
}

static void print_result(const struct request *request, const struct hb_target *target,
                         const char *name, const struct campaign_result *result)
{
    FILE *out = request->for_people;
    const struct hb_run_counts *counts = &result->counts;
    (void)fprintf(out,
                  "%s: %" PRIu64 " operations in %" PRIu64 " streams, %.0f seconds, %.2f million a "
                  "second\n"
                  "  refused             %" PRIu64 ", of them out of memory %" PRIu64 "\n"
                  "  odds                %" PRIu64 " wrong pointers, %" PRIu64 " missed\n",
                  name, counts->operations, result->streams, result->seconds,
                  (double)counts->operations / (result->seconds > 0 ? result->seconds : 1) / 1e6,
                  counts->refused, counts->out_of_memory, counts->odds_checks, counts->odds_misses);
    print_oracles(target, request->is_corrupting, out);
    if (request->is_corrupting) {
        (void)fprintf(out,
                      "  smashes             %" PRIu64 "\n"
                      "  calls after one     %" PRIu64 ", refused for damage %" PRIu64 "\n",
                      counts->smashes, counts->smashed_calls, counts->detections);
        for (unsigned i = 0; i < HB_MISS_COUNT; i++) {
            (void)fprintf(out, "  %-19s %" PRIu64 "\n", hb_miss_name(i), counts->misses[i]);
        }
    }
    (void)fprintf(out, "  inconclusive        %" PRIu64 "\n  findings            %" PRIu64 "%s\n",
                  result->inconclusive, result->findings,
                  result->is_complete ? "" : "; it did not come to its end");
    (void)fflush(out);
}

static void keep_json(const struct request *request, const char *name,
                      const struct campaign_result *result)
{
    if (request->results == NULL) {
        return;
    }
    const struct hb_run_counts *counts = &result->counts;
    cJSON *json = cli_counts_json(counts);
    cJSON_AddStringToObject(json, "target", name);
    cJSON_AddNumberToObject(json, "streams", (double)result->streams);
    cJSON_AddNumberToObject(json, "seconds", result->seconds);
    cJSON_AddNumberToObject(json, "inconclusive", (double)result->inconclusive);
    cJSON_AddNumberToObject(json, "findings", (double)result->findings);
    cJSON_AddBoolToObject(json, "complete", result->is_complete);
    if (request->is_corrupting) {
        cJSON_AddNumberToObject(json, "smashes", (double)counts->smashes);
        cJSON_AddNumberToObject(json, "smashed_calls", (double)counts->smashed_calls);
        cJSON_AddNumberToObject(json, "detections", (double)counts->detections);
        cJSON *misses = cJSON_AddObjectToObject(json, "misses");
        for (unsigned i = 0; i < HB_MISS_COUNT; i++) {
            cJSON_AddNumberToObject(misses, hb_miss_name(i), (double)counts->misses[i]);
        }
    }
    cJSON_AddItemToArray(request->results, json);
}

/* A recorded program, in a process of its own. */
static bool play_file(struct request *request, const struct hb_target *target, const char *path,
                      struct campaign_result *result)
{
    const struct hb_run_options options = {.catch_signals = true};
    struct hb_bytes bytes;
    struct hb_run_result run;
    if (!cli_load(path, &bytes)) {
        return false;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    const bool has_run = hb_run_isolated(&ops, target, &options, 3600, &run);
    free(bytes.data);
    if (!has_run) {
        return false;
    }
    campaign_add_counts(&result->counts, &run.counts);
    result->streams++;
    result->inconclusive += run.is_inconclusive;
    if (run.verdict.oracle != HB_ORACLE_NONE) {
        result->findings++;
        (void)fprintf(request->for_people, "FINDING %s on %s\n", path, target->name);
        cli_print_verdict(&run.verdict, request->for_people);
    }
    return true;
}

/* A wrong pointer is a trial of the checksum. A smash seldom is one: most are seen for another
 * reason, or never looked at. The core is measured to miss less than 1 of 100,000; with a checksum
 * of 4 bits it misses 1 of 10,000, with none 1 of 700. */
enum { SMASHES_FOR_A_MISS = 32768 };

static void judge_odds(const struct request *request, const char *name,
                       struct campaign_result *result, const char *what, uint64_t trials,
                       uint64_t one_in, uint64_t misses)
{
    if (!hb_is_within_odds(trials, one_in, misses)) {
        result->findings++;
        (void)fprintf(request->for_people,
                      "FINDING on %s: of %" PRIu64 " %s %" PRIu64
                      " are missed, which is more than 1 in %" PRIu64 "\n",
                      name, trials, what, misses, one_in);
    }
}

static void judge_misses(const struct request *request, const char *name,
                         struct campaign_result *result)
{
    const struct hb_run_counts *counts = &result->counts;
    uint64_t misses = 0;
    for (unsigned i = 0; i < HB_MISS_COUNT; i++) {
        misses += counts->misses[i];
    }
    judge_odds(request, name, result, "wrong pointers", counts->odds_checks, HB_POINTERS_FOR_A_MISS,
               counts->odds_misses);
    judge_odds(request, name, result, "smashes", counts->smashes, SMASHES_FOR_A_MISS, misses);
}

static bool play_target(struct request *request, const char *name)
{
    const struct hb_target *target = cli_target(name);
    if (target == NULL ||
        (request->is_corrupting && !cli_can_be_smashed(request->command, target))) {
        return false;
    }
    const struct campaign campaign = {.command = request->command,
                                      .target = target,
                                      .target_name = name,
                                      .out = request->out,
                                      .operations = request->operations,
                                      .seed = request->seed,
                                      .jobs = request->jobs,
                                      .is_corrupting = request->is_corrupting,
                                      .for_people = request->for_people};
    struct campaign_result result;
    bool ok = campaign_run(&campaign, &result);
    for (size_t i = 0; i < request->paths.count; i++) {
        ok = play_file(request, target, request->paths.items[i], &result) && ok;
    }
    judge_misses(request, name, &result);
    print_result(request, target, name, &result);
    keep_json(request, name, &result);
    request->findings += result.findings;
    request->is_incomplete |= !result.is_complete;
    return ok;
}

static int play_targets(struct request *request)
{
    const char *const one[] = {request->target_name, NULL};
    const char *const *all = request->is_corrupting ? corrupt_targets : agree_targets;
    bool ok = make_folder(request->out);
    for (const char *const *name = request->target_name != NULL ? one : all; ok && *name != NULL;
         name++) {
        ok = play_target(request, *name);
    }
    if (request->json_path != NULL) {
        cJSON *json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "targets", request->results);
        cJSON_AddNumberToObject(json, "findings", (double)request->findings);
        ok = cli_write_json(request->json_path, json) && ok;
    }
    if (request->findings > 0) {
        return EXIT_FINDING;
    }
    return ok && !request->is_incomplete ? EXIT_OK : EXIT_USAGE;
}

static unsigned processor_count(void)
{
    const long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (unsigned)count;
}

static int run_campaign(int argc, char **argv, struct request *request, void (*print_help)(void))
{
    const struct cli_option options[] = {
        {"operations", CLI_TEXT, &request->operations_text},
        {"target", CLI_TEXT, &request->target_name},
        {"jobs", CLI_COUNT, &request->jobs},
        {"seed", CLI_TEXT, &request->seed_text},
        {"out", CLI_TEXT, &request->out},
        {"json", CLI_TEXT, &request->json_path},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    request->operations_text = "10M";
    request->jobs = processor_count();
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    if (!parse_operations(request) ||
        !cli_seed(request->command, request->seed_text, &request->seed)) {
        return cli_usage_error(request->command);
    }
    if (request->jobs == 0 || request->jobs > JOBS_MAX ||
        (request->is_corrupting && first < argc)) {
        (void)fprintf(stderr, "bed %s: %s\n", request->command,
                      first < argc ? "it takes no files" : "--jobs takes 1 to 256");
        return cli_usage_error(request->command);
    }
    if (!cli_paths_expand(argv + first, argc - first, &request->paths)) {
        return EXIT_USAGE;
    }
    const bool is_json_out = request->json_path != NULL && strcmp(request->json_path, "-") == 0;
    request->for_people = is_json_out ? stderr : stdout;
    request->results = request->json_path != NULL ? cJSON_CreateArray() : NULL;
    status = play_targets(request);
    cli_paths_free(&request->paths);
    return status;
}

int cmd_agree(int argc, char **argv)
{
    struct request request = {.command = "agree", .out = "out/agree"};
    return run_campaign(argc, argv, &request, print_agree_help);
}

int cmd_corrupt(int argc, char **argv)
{
    struct request request = {.command = "corrupt", .out = "out/corrupt", .is_corrupting = true};
    return run_campaign(argc, argv, &request, print_corrupt_help);
}
