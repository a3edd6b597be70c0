/* SPDX-License-Identifier: MIT
 *
 * bed replay: runs inputs on a target, each in a child process, and says what came of each.
 */
#include "cli.h"
#include "complexity.h"
#include "finding.h"
#include "reproducer.h"
#include "sanitized.h"
#include "uninstrumented.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct replay {
    const struct hb_target *target;
    const char *target_name;
    const char *against_name;
    const struct hb_target *against; /* null: one target alone */
    bool is_corrupting;
    uint64_t draw_seed;
    const char *seed_text; /* null: none was given */
    struct cli_judging judging;
    const char *json_path;
    FILE *out; /* for people; standard error where JSON goes to standard output */
    bool is_trace;
    bool has_complexity;
    struct hb_complexity *complexity; /* null: nobody asked */
    bool has_events;
    struct hb_events *events; /* null: nobody asked */
    bool is_quiet;
    bool is_explaining;
    struct cli_sanitized_run sanitized; /* program is null: no such build is at hand */
    unsigned seconds_max;               /* an input; 0: by its length */
    cJSON *inputs;
    size_t finding_count;
    size_t inconclusive_count;
    struct hb_run_counts totals;
};

static void print_help(void)
{
    (void)printf(
        "usage: bed replay [OPTIONS] FILE|FOLDER|- ...\n\n"
        "Runs inputs (bytes or text, plain or zstd-compressed) on a target beside the model. A\n"
        "folder that bed bundle made is one input, and says how it is run.\n\n"
        "  --target T     name or path of a shared object (default: what the JSON of a search\n"
        "                 says beside a finding, or else bestfit; see bed targets)\n"
        "  --against B    another one: each beside the model, and both must answer the same\n"
        "  --corrupt      the smashes of the input are done: see docs/fuzzing.md\n"
        "  --m32          on a machine of 32 bits, bytes alone (./bed has it; with --target, "
        "--against,\n"
        "                 --corrupt)\n"
        "  --seed S       the target's key, and with --corrupt what is written, are drawn from S,\n"
        "                 as a finding's report gives it (default: from the input's "
        "bytes)\n" CLI_JUDGING_HELP "  --explain      of a finding also its text and a C program "
        "that shows it, and what a build\n"
        "                 with sanitizers (./bed makes it) reports of the input\n"
        "  --trace        print every call: operands, answer, address, work\n"
        "  --complexity   print the most steps of one call by kind, and the arena that was used "
        "in\n"
        "                 percent of the peak of live bytes (not with --trace)\n"
        "  --events       print the events of heap shape, by family: number (how often)\n"
        "  --timeout N    seconds that an input may take (default 60; 1200 if it is long)\n"
        "  --json FILE    verdicts and counts as JSON (- for standard output)\n"
        "  --quiet        print findings and the last line only\n\n"
        "Short inputs are run twice, with every oracle on after every operation; long ones (over\n"
        "about 2,000 operations, or in a large arena) once, with the oracles that look at the "
        "whole\n"
        "heap amortised: see docs/oracles.md.\n"
        "Exit status: 0 all clean (or inconclusive: see docs/oracles.md, odds), 1 a finding,\n"
        "2 usage, unreadable input, or nothing to replay.\n");
}

static void print_address(const struct hb_address *address)
{
    static const char *const bases[] = {"arena", "top-", "zero"};
    (void)printf(address->base == HB_FROM_TOP ? "%s%" PRId64 : "%s%+" PRId64, bases[address->base],
                 address->offset);
}

static void print_call(void *context, const struct hb_call *call)
{
    (void)context;
    (void)printf("%6zu %-9s", call->op_index, hb_call_kind_name(call->kind));
    switch (call->kind) {
    case HB_CALL_ADD_RANGE:
        (void)printf(" ");
        print_address(&call->pointer);
        (void)printf(" to ");
        print_address(&call->end);
        break;
    case HB_CALL_MALLOC:
        (void)printf(" slot %" PRIu32 ", %" PRIu64 " bytes, align %" PRIu64, call->slot, call->size,
                     call->align);
        break;
    case HB_CALL_CALLOC:
        (void)printf(" slot %" PRIu32 ", %" PRIu64 " times %" PRIu64 " bytes, align %" PRIu64,
                     call->slot, call->count, call->size, call->align);
        break;
    case HB_CALL_REALLOC:
        (void)printf(" slot %" PRIu32 ", ", call->slot);
        print_address(&call->pointer);
        (void)printf(", %" PRIu64 " to %" PRIu64 " bytes, align %" PRIu64, call->old_size,
                     call->size, call->align);
        break;
    case HB_CALL_REMOVE_RANGE:
        (void)printf(" ");
        print_address(&call->pointer);
        break;
    case HB_CALL_USABLE:
        (void)printf(" slot %" PRIu32 ", ", call->slot);
        print_address(&call->pointer);
        break;
    case HB_CALL_FREE:
    case HB_CALL_COPY:
    case HB_CALL_FILL:
        (void)printf(" slot %" PRIu32 ", ", call->slot);
        print_address(&call->pointer);
        (void)printf(call->size == SIZE_MAX ? ", any size" : ", %" PRIu64 " bytes", call->size);
        break;
    default:
        break;
    }
    if (hb_call_is_made(call->kind)) {
        (void)printf(" -> %s", hb_status_name(call->actual_status));
    }
    if (hb_call_allocates(call->kind) && call->actual_status == HB_OK) {
        (void)printf(" ");
        print_address(&call->actual);
    }
    if (call->kind == HB_CALL_USABLE && call->actual_status == HB_OK) {
        (void)printf(" %" PRIu64 " bytes", call->size);
    }
    (void)printf(call->work != 0 ? ", work %" PRIu64 "\n" : "\n", call->work);
}

static void add_totals(struct hb_run_counts *totals, const struct hb_run_counts *counts)
{
    totals->operations += counts->operations;
    totals->no_ops += counts->no_ops;
    totals->refused += counts->refused;
    totals->out_of_memory += counts->out_of_memory;
    totals->odds_checks += counts->odds_checks;
    totals->odds_misses += counts->odds_misses;
}

static void print_figures(const struct replay *replay, const struct hb_run_counts *counts)
{
    (void)fprintf(replay->out, " ");
    for (unsigned i = 0; i < HB_FIGURE_COUNT; i++) {
        (void)fprintf(replay->out, " %s %" PRIu64, hb_figure_name(i),
                      hb_complexity_figure(replay->complexity, counts, i));
    }
    (void)fprintf(replay->out, "\n");
}

/* With all that decides how it is run. */
static void print_next(const struct replay *replay, const char *path)
{
    const struct cli_sanitized_run *run = &replay->sanitized;
    const char *const pairs[][2] = {{"--target", replay->target_name},
                                    {"--against", replay->against_name},
                                    {"--seed", replay->seed_text},
                                    {"--without", run->without_text},
                                    {"--contract", run->contract_text}};
    (void)fprintf(replay->out, "  next       bed shrink");
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (pairs[i][1] != NULL) {
            (void)fprintf(replay->out, " %s ", pairs[i][0]);
            cli_print_word(pairs[i][1], replay->out);
        }
    }
    (void)fprintf(replay->out, "%s -o SHRUNK ", replay->is_corrupting ? " --corrupt" : "");
    cli_print_word(path, replay->out);
    (void)fputc('\n', replay->out);
}

static void report(struct replay *replay, const char *path, const struct hb_run_result *result)
{
    const struct hb_run_counts *counts = &result->counts;
    const bool is_clean = result->verdict.oracle == HB_ORACLE_NONE;
    add_totals(&replay->totals, counts);
    replay->finding_count += !is_clean;
    replay->inconclusive_count += result->is_inconclusive;
    if (!is_clean || result->is_inconclusive || !replay->is_quiet) {
        (void)fprintf(replay->out,
                      "%-7s %s: %" PRIu64 " operations, peak %" PRIu64 " live blocks, %" PRIu64
                      " live bytes, %" PRIu64 " free blocks; %" PRIu64 " refused, of them %" PRIu64
                      " out of memory\n",
                      is_clean ? "ok" : "FINDING", path, counts->operations,
                      counts->peak_live_blocks, counts->peak_live_bytes, counts->peak_free_blocks,
                      counts->refused, counts->out_of_memory);
    }
    if (replay->complexity != NULL && !replay->is_quiet) {
        print_figures(replay, counts);
    }
    if (replay->events != NULL && !replay->is_quiet) {
        cli_events_print(replay->events, replay->out);
    }
    if (result->is_inconclusive) {
        (void)fprintf(
            replay->out,
            "  inconclusive: a wrong pointer was taken for a right one, as the stated odds "
            "allow;\n                the run ended there\n");
    }
    if (!is_clean) {
        cli_print_verdict(&result->verdict, replay->out);
        print_next(replay, path);
    }
    if (replay->inputs != NULL) {
        cJSON *json = cli_counts_json(counts);
        char hash[24];
        (void)snprintf(hash, sizeof hash, "%016" PRIx64, result->trace_hash);
        cJSON_AddStringToObject(json, "input", path);
        cJSON_AddStringToObject(json, "trace_hash", hash);
        cJSON_AddBoolToObject(json, "inconclusive", result->is_inconclusive);
        cJSON_AddItemToObject(json, "verdict", cli_verdict_json(&result->verdict));
        for (unsigned i = 0; replay->complexity != NULL && i < HB_FIGURE_COUNT; i++) {
            const uint64_t figure = hb_complexity_figure(replay->complexity, counts, i);
            cJSON_AddNumberToObject(json, hb_figure_name(i), (double)figure);
        }
        if (replay->events != NULL) {
            cJSON_AddItemToObject(json, "events", cli_events_json(replay->events));
        }
        cJSON_AddItemToArray(replay->inputs, json);
    }
    (void)fflush(replay->out);
}

static void explain_operations(const struct replay *replay, const struct hb_ops *ops)
{
    (void)fprintf(replay->out, "\n--- operations\n");
    hb_ops_print(ops, replay->out);
}

static const char *why_no_program(const struct replay *replay, const struct hb_verdict *verdict)
{
    if (replay->is_corrupting) {
        return "an overwritten heap";
    }
    return verdict->oracle == HB_ORACLE_DIFFER ? "two targets that differ" : "this target";
}

static void explain_program(const struct replay *replay, const struct hb_ops *ops,
                            const struct hb_run_result *result)
{
    const struct hb_verdict *verdict = &result->verdict;
    const struct hb_target *target = result->is_against ? replay->against : replay->target;
    const char *name = result->is_against ? replay->against_name : replay->target_name;
    const char *path = name != NULL && strchr(name, '/') != NULL ? name : NULL;
    (void)fprintf(replay->out, "\n--- C program\n");
    if (replay->is_corrupting || verdict->oracle == HB_ORACLE_DIFFER ||
        !hb_reproducer_write(ops, target, path, verdict, replay->out)) {
        (void)fprintf(replay->out, "none: there is no such form of %s\n",
                      why_no_program(replay, verdict));
    }
}

/* What a sanitizer sees is a finding where nothing else was. False: the input was not replayed. */
static bool explain_report(struct replay *replay, const struct hb_bytes *bytes, const char *path,
                           const struct hb_run_result *result)
{
    struct hb_bytes text;
    replay->sanitized.draw_seed = result->draw_seed;
    const int status = cli_sanitized_replay(&replay->sanitized, bytes, &text);
    if (status < 0) {
        return false;
    }
    const bool is_report = cli_is_report(&text);
    if (is_report && status == EXIT_FINDING && result->verdict.oracle == HB_ORACLE_NONE) {
        replay->finding_count++;
        (void)fprintf(replay->out, "FINDING %s: only a sanitizer sees it\n", path);
        cli_report_verdict(&text, replay->out);
    }
    (void)fprintf(replay->out, "\n--- sanitizers\n%s", is_report ? "" : "nothing to report\n");
    if (is_report) {
        cli_report_print(&text, replay->out);
    }
    free(text.data);
    return true;
}

/* For people: all that there is to see, the longest last. */
static bool explain(struct replay *replay, const struct hb_bytes *bytes, const char *path,
                    const struct hb_run_result *result)
{
    const struct hb_ops ops = hb_ops_view(bytes->data, bytes->count);
    const bool has_spoken = result->verdict.oracle != HB_ORACLE_NONE;
    const size_t before = replay->finding_count;
    const bool ok =
        replay->sanitized.program == NULL || explain_report(replay, bytes, path, result);
    if (has_spoken || replay->finding_count > before) {
        explain_operations(replay, &ops);
    }
    if (has_spoken) {
        explain_program(replay, &ops, result);
    }
    return ok;
}

static bool replay_one(struct replay *replay, const char *path)
{
    struct hb_bytes bytes;
    if (!cli_load(path, &bytes)) {
        return false;
    }
    const struct hb_ops ops = hb_ops_view(bytes.data, bytes.count);
    const bool is_short = hb_run_is_short(&ops);
    const hb_observe_call watch = replay->complexity != NULL ? hb_complexity_observe : NULL;
    const hb_observe_call observe = replay->is_trace ? print_call : watch;
    const struct hb_run_options options = {
        .thorough = is_short,
        .run_twice = is_short && !replay->is_trace,
        .catch_signals = true,
        .picture = replay->out,
        .observe = observe,
        .observe_context = replay->complexity,
        .against = replay->against,
        .is_corrupting = replay->is_corrupting,
        .draw_seed = replay->draw_seed,
        .without = replay->judging.without,
        .is_foreign = replay->judging.is_foreign,
        .events = replay->events,
    };
    const unsigned seconds_default = is_short ? 60 : 1200;
    struct hb_run_result result;
    if (!is_short && isatty(STDERR_FILENO)) {
        (void)fprintf(stderr, "replaying %s, %zu operations ...\n", path, ops.count);
    }
    if (replay->complexity != NULL) {
        *replay->complexity = (struct hb_complexity){0};
    }
    if (replay->events != NULL) {
        memset(replay->events, 0, sizeof *replay->events);
    }
    bool ok =
        hb_run_isolated(&ops, replay->target, &options,
                        replay->seconds_max != 0 ? replay->seconds_max : seconds_default, &result);
    if (ok) {
        report(replay, path, &result);
        ok = !replay->is_explaining || explain(replay, &bytes, path, &result);
    }
    free(bytes.data);
    return ok;
}

static bool write_json(struct replay *replay)
{
    if (replay->json_path == NULL) {
        return true;
    }
    cJSON *json = cli_counts_json(&replay->totals);
    cJSON_AddStringToObject(json, "target", replay->target_name);
    cJSON_AddNumberToObject(json, "findings", (double)replay->finding_count);
    cJSON_AddNumberToObject(json, "inconclusive", (double)replay->inconclusive_count);
    cJSON_AddItemToObject(json, "inputs", replay->inputs);
    return cli_write_json(replay->json_path, json);
}

static int replay_all(struct replay *replay, const struct cli_paths *paths)
{
    bool ok = true;
    replay->inputs = replay->json_path != NULL ? cJSON_CreateArray() : NULL;
    for (size_t i = 0; i < paths->count; i++) {
        ok &= replay_one(replay, paths->items[i]);
    }
    ok &= write_json(replay);
    (void)fprintf(replay->out,
                  "%zu inputs on %s: %zu findings, %" PRIu64 " operations, %" PRIu64
                  " more had nothing to act on\n",
                  paths->count, replay->target_name, replay->finding_count,
                  replay->totals.operations, replay->totals.no_ops);
    if (replay->inconclusive_count > 0) {
        (void)fprintf(replay->out,
                      "%zu inconclusive: %" PRIu64 " of %" PRIu64
                      " wrong pointers, refused by odds, were not\n",
                      replay->inconclusive_count, replay->totals.odds_misses,
                      replay->totals.odds_checks);
    }
    if (!ok) {
        return EXIT_USAGE;
    }
    return replay->finding_count > 0 ? EXIT_FINDING : EXIT_OK;
}

int cmd_replay(int argc, char **argv)
{
    struct replay replay = {0};
    struct cli_finding finding = {0};
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &finding.target_name},
        {"trace", CLI_FLAG, &replay.is_trace},
        {"timeout", CLI_COUNT, &replay.seconds_max},
        {"json", CLI_TEXT, &replay.json_path},
        {"quiet", CLI_FLAG, &replay.is_quiet},
        {"explain", CLI_FLAG, &replay.is_explaining},
        {"against", CLI_TEXT, &finding.against_name},
        {"seed", CLI_TEXT, &finding.seed_text},
        {"corrupt", CLI_FLAG, &finding.is_corrupting},
        {"without", CLI_TEXT, &finding.without_text},
        {"contract", CLI_TEXT, &finding.contract_text},
        {"events", CLI_FLAG, &replay.has_events},
        {"complexity", CLI_FLAG, &replay.has_complexity},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    const bool is_json_out = replay.json_path != NULL && strcmp(replay.json_path, "-") == 0;
    replay.out = is_json_out ? stderr : stdout;
    if (replay.is_trace && replay.has_complexity) {
        (void)fprintf(stderr, "bed replay: --complexity is not for --trace\n");
        return cli_usage_error("replay");
    }
    if (!cli_can_write(replay.json_path) ||
        !cli_finding_adopt("replay", argv + first, argc - first, &finding)) {
        return EXIT_USAGE;
    }
    replay.target_name = finding.target_name != NULL ? finding.target_name : "bestfit";
    replay.against_name = finding.against_name;
    replay.is_corrupting = finding.is_corrupting;
    replay.seed_text = finding.seed_text;
    replay.sanitized =
        (struct cli_sanitized_run){.program = HB_IS_SANITIZED ? NULL : getenv("HEAPBED_SANITIZED"),
                                   .target_name = replay.target_name,
                                   .against_name = replay.against_name,
                                   .is_corrupting = replay.is_corrupting,
                                   .without_text = finding.without_text,
                                   .contract_text = finding.contract_text};
    if (!cli_seed("replay", finding.seed_text, &replay.draw_seed) ||
        !cli_judging("replay", finding.without_text, finding.contract_text, &replay.judging)) {
        return cli_usage_error("replay");
    }
    if ((replay.has_events && (replay.events = cli_shared_new(sizeof *replay.events)) == NULL) ||
        (replay.has_complexity &&
         (replay.complexity = cli_shared_new(sizeof *replay.complexity)) == NULL)) {
        return EXIT_USAGE;
    }
    replay.target = cli_target(replay.target_name);
    replay.against = replay.against_name != NULL ? cli_target(replay.against_name) : NULL;
    struct cli_paths paths;
    if (replay.target == NULL ||
        (replay.is_corrupting && !cli_can_be_smashed("replay", replay.target)) ||
        (replay.against == NULL && replay.against_name != NULL) ||
        !cli_paths_expand(argv + first, argc - first, &paths)) {
        return EXIT_USAGE;
    }
    if (paths.count == 0) {
        (void)fprintf(stderr, "bed replay: nothing to replay\n");
        return cli_usage_error("replay");
    }
    status = replay_all(&replay, &paths);
    cli_paths_free(&paths);
    return status;
}
