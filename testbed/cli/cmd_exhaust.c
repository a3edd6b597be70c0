/* SPDX-License-Identifier: MIT
 *
 * bed exhaust: every sequence of operations up to a depth, on tiny heaps.
 */
#include "cli.h"
#include "clock.h"
#include "exhaust.h"
#include "file.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define JOBS_MAX   256u
#define PATH_BYTES 4096

/* One of each index. The heap of this profile is the smallest, so it is compared soonest. */
static const char *const default_targets[] = {"bestfit-small", "bestfit-list", NULL};

struct request {
    const char *target_name;
    const char *sizes_text;
    const char *aligns_text;
    const char *json_path;
    const char *out;
    unsigned arena_bytes;
    unsigned second_bytes;
    unsigned states_millions;
    bool is_forced;
    struct hb_exhaust_scope scope;
    FILE *for_people;
    cJSON *results;
    double begun_at;
    double told_at;
};

static volatile sig_atomic_t is_interrupted;

static void interrupt(int signal_number)
{
    (void)signal_number;
    is_interrupted = 1;
}

static void print_help(void)
{
    (void)printf(
        "usage: bed exhaust [OPTIONS]\n\n"
        "Plays every sequence of operations up to a depth on a heap of two tiny ranges that "
        "touch,\n"
        "beside the model, with every oracle at every step: malloc of each size and alignment, "
        "free\n"
        "of each block, realloc of each to each size, both ranges added and removed, and in each\n"
        "state the calls that must be refused. Equal heaps are played on once: "
        "docs/exhaustive.md.\n\n"
        "  --target T      one target alone, by name or path; it must take ranges\n"
        "                  (default: bestfit-small and bestfit-list)\n"
        "  --depth N       operations from the empty heap, at most 64 (default 7)\n"
        "  --arena N       bytes of the first range (default 160)\n"
        "  --second N      bytes of the second range, 0 for none (default 75)\n"
        "  --sizes A,B,... at most 8 (default 1,24,40,56)\n"
        "  --aligns A,...  at most 4 (default 1,32)\n"
        "  --states N      millions of states that are kept at most (default 20; 64 bytes each)\n"
        "  --jobs N        processes (default: one a processor)\n"
        "  --timeout N     seconds after which a call that has not returned hangs (default 10)\n"
        "  --out DIR       where a finding is written, as DIR/exhaust-TARGET.hbed (default .)\n"
        "  --force         replace a finding that is there\n"
        "  --json FILE     as JSON (- for standard output)\n\n"
        "Exit status: 0 all was covered and is clean, 1 a finding, 2 usage, or it did not come to\n"
        "its end.\n");
}

static bool go_on(void *context, const struct hb_exhaust_result *so_far, uint64_t transitions)
{
    struct request *request = context;
    const double now = seconds_now();
    if (now - request->told_at >= 2) {
        request->told_at = now;
        (void)fprintf(stderr,
                      "bed exhaust: %.0f seconds, depth %u, %" PRIu64 " states, %" PRIu64
                      " transitions\n",
                      now - request->begun_at, so_far->depth, so_far->states, transitions);
    }
    return is_interrupted == 0;
}

/* "1,24,40" into at most max numbers of at least 1; 0 where it is nothing of the kind. */
static size_t parse_numbers(const char *name, const char *text, size_t *numbers, size_t max)
{
    const char *at = text;
    for (size_t count = 0; count < max; count++) {
        char *end = NULL;
        const unsigned long number = *at >= '0' && *at <= '9' ? strtoul(at, &end, 10) : 0;
        if (number == 0 || number > HB_EXHAUST_BYTES_MAX || (*end != ',' && *end != '\0')) {
            break;
        }
        numbers[count] = number;
        if (*end == '\0') {
            return count + 1;
        }
        at = end + 1;
    }
    (void)fprintf(stderr,
                  "bed exhaust: --%s: '%s' is no list of at most %zu numbers from 1 to %zu\n", name,
                  text, max, HB_EXHAUST_BYTES_MAX);
    return 0;
}

static bool parse_scope(struct request *request)
{
    struct hb_exhaust_scope *scope = &request->scope;
    scope->range_bytes[0] = request->arena_bytes;
    scope->range_bytes[1] = request->second_bytes;
    scope->states_max = (uint64_t)request->states_millions * 1000000;
    scope->size_count =
        parse_numbers("sizes", request->sizes_text, scope->sizes, HB_EXHAUST_SIZES_MAX);
    scope->align_count =
        parse_numbers("aligns", request->aligns_text, scope->aligns, HB_EXHAUST_ALIGNS_MAX);
    if (scope->size_count == 0 || scope->align_count == 0) {
        return false;
    }
    if (request->arena_bytes < 16 || request->arena_bytes > HB_EXHAUST_BYTES_MAX ||
        request->second_bytes > HB_EXHAUST_BYTES_MAX - request->arena_bytes) {
        (void)fprintf(stderr, "bed exhaust: --arena and --second take 16 to %zu bytes in all\n",
                      HB_EXHAUST_BYTES_MAX);
        return false;
    }
    if (scope->depth == 0 || scope->depth > HB_EXHAUST_DEPTH_MAX || scope->jobs == 0 ||
        scope->jobs > JOBS_MAX || request->states_millions == 0 || scope->hang_seconds == 0 ||
        request->states_millions > 4000) {
        (void)fprintf(stderr,
                      "bed exhaust: --depth takes 1 to %u, --jobs 1 to %u, --states 1 to "
                      "4000, --timeout 1 and more\n",
                      (unsigned)HB_EXHAUST_DEPTH_MAX, JOBS_MAX);
        return false;
    }
    return true;
}

static void print_numbers(const char *name, const size_t *numbers, size_t count, FILE *out)
{
    (void)fprintf(out, "%s", name);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s%zu", i == 0 ? " " : ",", numbers[i]);
    }
}

/* A search in which nothing was allocated proves nothing, unless it was not asked to. */
static bool is_void(const struct hb_exhaust_result *result)
{
    return !result->has_finding && !result->has_blocks &&
           (result->is_closed || (result->is_complete && result->depth > 1));
}

static void print_result(const struct request *request, const struct hb_exhaust_result *result)
{
    FILE *out = request->for_people;
    const struct hb_exhaust_scope *scope = &request->scope;
    (void)fprintf(out, "%s: ranges of %zu and %zu bytes", scope->target->name,
                  scope->range_bytes[0], scope->range_bytes[1]);
    print_numbers(", sizes", scope->sizes, scope->size_count, out);
    print_numbers(", alignments", scope->aligns, scope->align_count, out);
    (void)fprintf(out, "\n  depth       states  transitions       merged  wrong calls\n");
    for (unsigned i = 0; i <= result->depth; i++) {
        const struct hb_exhaust_level *level = &result->levels[i];
        (void)fprintf(out, "  %5u %12" PRIu64 " %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n", i,
                      level->states, level->transitions, level->merged, level->wrong_calls);
    }
    (void)fprintf(out,
                  "  %" PRIu64 " states, %" PRIu64 " transitions, %" PRIu64 " wrong calls (%" PRIu64
                  " let through at the stated odds), %.1f seconds\n",
                  result->states, result->transitions, result->wrong_calls, result->inconclusive,
                  seconds_now() - request->begun_at);
    if (result->forged > 0) {
        (void)fprintf(out,
                      "  %" PRIu64 " forged headers, %" PRIu64 " let through at the stated odds\n",
                      result->forged, result->forged_passed);
    }
    if (is_void(result)) {
        (void)fprintf(out, "  nothing was ever allocated, so nothing is covered: is a range too "
                           "small for the target, or each size too large?\n");
    } else if (result->is_closed) {
        (void)fprintf(out,
                      "  no operation leads further: every sequence of any length is covered\n");
    } else if (result->is_complete) {
        (void)fprintf(out, "  every sequence of up to %u operations is covered\n", result->depth);
    } else if (!result->has_finding) {
        (void)fprintf(out, "  it ended early: every sequence of up to %u operations is covered%s\n",
                      result->depth,
                      result->states >= scope->states_max ? ", and --states is reached" : "");
    }
    (void)fflush(out);
}

static void keep_json(const struct request *request, const struct hb_exhaust_result *result)
{
    if (request->results == NULL) {
        return;
    }
    const struct hb_exhaust_scope *scope = &request->scope;
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "target", scope->target->name);
    cJSON *ranges = cJSON_AddArrayToObject(json, "ranges");
    for (size_t i = 0; i < 2; i++) {
        cJSON_AddItemToArray(ranges, cJSON_CreateNumber((double)scope->range_bytes[i]));
    }
    cJSON *sizes = cJSON_AddArrayToObject(json, "sizes");
    for (size_t i = 0; i < scope->size_count; i++) {
        cJSON_AddItemToArray(sizes, cJSON_CreateNumber((double)scope->sizes[i]));
    }
    cJSON *aligns = cJSON_AddArrayToObject(json, "aligns");
    for (size_t i = 0; i < scope->align_count; i++) {
        cJSON_AddItemToArray(aligns, cJSON_CreateNumber((double)scope->aligns[i]));
    }
    cJSON *levels = cJSON_AddArrayToObject(json, "levels");
    for (unsigned i = 0; i <= result->depth; i++) {
        cJSON *level = cJSON_CreateObject();
        cJSON_AddNumberToObject(level, "depth", i);
        cJSON_AddNumberToObject(level, "states", (double)result->levels[i].states);
        cJSON_AddNumberToObject(level, "transitions", (double)result->levels[i].transitions);
        cJSON_AddNumberToObject(level, "merged", (double)result->levels[i].merged);
        cJSON_AddNumberToObject(level, "wrong_calls", (double)result->levels[i].wrong_calls);
        cJSON_AddItemToArray(levels, level);
    }
    cJSON_AddNumberToObject(json, "depth", result->depth);
    cJSON_AddNumberToObject(json, "states", (double)result->states);
    cJSON_AddNumberToObject(json, "transitions", (double)result->transitions);
    cJSON_AddNumberToObject(json, "wrong_calls", (double)result->wrong_calls);
    cJSON_AddNumberToObject(json, "inconclusive", (double)result->inconclusive);
    cJSON_AddNumberToObject(json, "forged", (double)result->forged);
    cJSON_AddNumberToObject(json, "forged_passed", (double)result->forged_passed);
    cJSON_AddNumberToObject(json, "seconds", seconds_now() - request->begun_at);
    cJSON_AddBoolToObject(json, "complete", result->is_complete);
    cJSON_AddBoolToObject(json, "closed", result->is_closed);
    cJSON_AddItemToObject(json, "finding",
                          result->has_finding ? cli_verdict_json(&result->verdict)
                                              : cJSON_CreateNull());
    cJSON_AddItemToArray(request->results, json);
}

static void path_of_finding(const struct request *request, char path[PATH_BYTES])
{
    (void)snprintf(path, PATH_BYTES, "%s/exhaust-%s.hbed", request->out,
                   request->scope.target->name);
}

/* What bed replay would say of the file: its user is not tidy, and it begins with another memory.
 */
static void play_again(const struct request *request, const char *name, const char *path,
                       const struct hb_exhaust_result *result)
{
    FILE *out = request->for_people;
    const struct hb_ops ops = hb_ops_view(result->finding.data, result->finding.count);
    const struct hb_run_options options = {
        .thorough = true, .catch_signals = true, .is_quiet = true, .draw_seed = result->draw_seed};
    struct hb_run_result again = {0};
    const bool has_run = hb_run_isolated(&ops, request->scope.target, &options,
                                         request->scope.hang_seconds + 1, &again);
    if (result->is_by_odds) {
        (void)fprintf(out, "  one of those that passed; played alone it is %s\n",
                      has_run && again.is_inconclusive ? "inconclusive" : "refused");
    } else if (!has_run || again.verdict.oracle == HB_ORACLE_NONE) {
        (void)fprintf(out, "  played by itself the file does not fail: the target may remember "
                           "more than its heap\n");
        return;
    }
    (void)fprintf(out, "  next       bed %s --target %s --seed %" PRIx64 "%s %s\n",
                  result->is_by_odds ? "replay" : "shrink", name, result->draw_seed,
                  result->is_by_odds ? "" : " -o SHRUNK", path);
}

static bool write_finding(const struct request *request, const char *name,
                          const struct hb_exhaust_result *result)
{
    char path[PATH_BYTES];
    char error[256];
    path_of_finding(request, path);
    if (result->finding.data == NULL ||
        !hb_file_write(path, result->finding.data, result->finding.count, error, sizeof error)) {
        (void)fprintf(stderr, "bed exhaust: %s\n",
                      result->finding.data == NULL ? "out of memory" : error);
        return false;
    }
    (void)fprintf(request->for_people, "FINDING %s\n", path);
    cli_print_verdict(&result->verdict, request->for_people);
    play_again(request, name, path, result);
    return true;
}

/* Asked before the search: afterwards the finding would have nowhere to go. */
static bool has_place(const struct request *request)
{
    char path[PATH_BYTES];
    path_of_finding(request, path);
    if (request->is_forced || access(path, F_OK) != 0) {
        return true;
    }
    (void)fprintf(stderr, "bed exhaust: %s exists; --force replaces it\n", path);
    return false;
}

/* Finding, clean, or not to its end, as an exit status. */
static int play_target(struct request *request, const char *name)
{
    struct hb_exhaust_result result;
    request->scope.target = cli_target(name);
    if (request->scope.target == NULL) {
        return EXIT_USAGE;
    }
    if ((request->scope.target->contract & HB_TAKES_RANGES) == 0) {
        (void)fprintf(stderr, "bed exhaust: %s takes no ranges, so its heap cannot be compared\n",
                      request->scope.target->name);
        return EXIT_USAGE;
    }
    if (!has_place(request)) {
        return EXIT_USAGE;
    }
    request->begun_at = seconds_now();
    request->told_at = request->begun_at;
    if (!hb_exhaust(&request->scope, go_on, request, &result)) {
        return EXIT_USAGE;
    }
    print_result(request, &result);
    keep_json(request, &result);
    int status = result.is_complete && !is_void(&result) ? EXIT_OK : EXIT_USAGE;
    if (result.has_finding) {
        (void)write_finding(request, name, &result);
        status = EXIT_FINDING;
    }
    free(result.finding.data);
    return status;
}

static int play_targets(struct request *request)
{
    const char *const one[] = {request->target_name, NULL};
    bool has_finding = false;
    bool is_whole = true;
    for (const char *const *name = request->target_name != NULL ? one : default_targets;
         *name != NULL && is_interrupted == 0; name++) {
        const int status = play_target(request, *name);
        has_finding |= status == EXIT_FINDING;
        is_whole &= status == EXIT_OK;
    }
    if (request->json_path != NULL) {
        cJSON *json = cJSON_CreateObject();
        cJSON_AddItemToObject(json, "targets", request->results);
        is_whole &= cli_write_json(request->json_path, json);
    }
    if (has_finding) {
        return EXIT_FINDING;
    }
    return is_whole && is_interrupted == 0 ? EXIT_OK : EXIT_USAGE;
}

int cmd_exhaust(int argc, char **argv)
{
    const long processors = sysconf(_SC_NPROCESSORS_ONLN);
    struct request request = {.sizes_text = "1,24,40,56",
                              .aligns_text = "1,32",
                              .out = ".",
                              .arena_bytes = 160,
                              .second_bytes = 75,
                              .states_millions = 20,
                              .scope = {.depth = 7,
                                        .hang_seconds = 10,
                                        .jobs = processors < 1 ? 1 : (unsigned)processors}};
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &request.target_name},
        {"depth", CLI_COUNT, &request.scope.depth},
        {"arena", CLI_COUNT, &request.arena_bytes},
        {"second", CLI_COUNT, &request.second_bytes},
        {"sizes", CLI_TEXT, &request.sizes_text},
        {"aligns", CLI_TEXT, &request.aligns_text},
        {"states", CLI_COUNT, &request.states_millions},
        {"jobs", CLI_COUNT, &request.scope.jobs},
        {"timeout", CLI_COUNT, &request.scope.hang_seconds},
        {"force", CLI_FLAG, &request.is_forced},
        {"out", CLI_TEXT, &request.out},
        {"json", CLI_TEXT, &request.json_path},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    if (first < argc || !parse_scope(&request)) {
        if (first < argc) {
            (void)fprintf(stderr, "bed exhaust: it takes no files\n");
        }
        return cli_usage_error("exhaust");
    }
    const struct sigaction action = {.sa_handler = interrupt};
    (void)sigaction(SIGINT, &action, NULL);
    const bool is_json_out = request.json_path != NULL && strcmp(request.json_path, "-") == 0;
    request.for_people = is_json_out ? stderr : stdout;
    request.results = request.json_path != NULL ? cJSON_CreateArray() : NULL;
    return play_targets(&request);
}
