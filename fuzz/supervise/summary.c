/* SPDX-License-Identifier: MIT
 *
 * What came of the run, for people and as JSON.
 */
#include "summary.h"

#include "files.h"
#include "targets.h"

#include <cjson/cJSON.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LISTED_MAX 10u

static const char *const engine_names[2] = {"libfuzzer", "afl"};

static double operations_per_second(const struct summary *summary)
{
    return summary->seconds > 0 ? (double)summary->totals.all.operations / summary->seconds : 0;
}

static char *finding_path(const struct summary *summary, const struct finding *finding,
                          const char *ending)
{
    return text_format("%s/%s%s", summary->layout->findings, finding->name, ending);
}

static enum harness finding_harness(const struct finding *finding)
{
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        if (strcmp(finding->harness, harness_name(i)) == 0) {
            return (enum harness)i;
        }
    }
    return HARNESS_LOCKSTEP;
}

static const char *target_name(const struct summary *summary)
{
    return summary->options->target != NULL ? summary->options->target : "bestfit";
}

/* The command as it is typed where the user is. */
static char *replay_command(const struct summary *summary, const struct finding *finding)
{
    char here[4096];
    const bool is_in_root =
        getcwd(here, sizeof here) != NULL && strcmp(here, summary->layout->root) == 0;
    char *launcher = is_in_root ? text_copy("./bed") : text_format("%s/bed", summary->layout->root);
    char *path = finding_path(summary, finding, ".hbed");
    const char *target;
    const char *against;
    const enum harness harness = finding_harness(finding);
    options_targets(summary->options, harness, false, &target, &against);
    if (finding->target != NULL && hb_target_without_annotations(finding->target) != NULL) {
        target = finding->target; /* what only the sanitized build has shown */
    }
    char *words[4] = {text_quote(launcher), text_quote(target), text_quote(path),
                      text_quote(against != NULL ? against : "")};
    char *command = text_format(
        "%s replay%s --target %s%s%s%s%s %s", words[0], finding->bits == 32 ? " --m32" : "",
        words[1], against != NULL ? " --against " : "", against != NULL ? words[3] : "",
        harness == HARNESS_CORRUPT ? " --corrupt --seed " : "",
        harness == HARNESS_CORRUPT ? finding->seed : "", words[2]);
    for (size_t i = 0; i < 4; i++) {
        free(words[i]);
    }
    free(launcher);
    free(path);
    return command;
}

static void print_finding(const struct summary *summary, const struct finding *finding, FILE *out)
{
    char *path = finding_path(summary, finding, "");
    char *command = replay_command(summary, finding);
    fprintf(out,
            "\n%s (%u %s%s%s%s): %s\n"
            "  expected   %s\n"
            "  actual     %s\n"
            "  input      %s.hbed\n"
            "  text       %s.txt\n",
            finding->oracle, finding->operations,
            finding->operations == 1 ? "operation" : "operations",
            finding_harness(finding) == HARNESS_LOCKSTEP ? "" : ", ",
            finding_harness(finding) == HARNESS_LOCKSTEP ? "" : finding->harness,
            finding->bits == 32 ? ", 32 bits" : "", finding->operation, finding->expected,
            finding->actual, path, path);
    if (finding->has_c_program) {
        fprintf(out, "  C program  %s.c\n", path);
    }
    fprintf(out, "  replay     %s\n", command);
    free(command);
    free(path);
}

/* " lockstep", or nothing where it was not wanted. */
static const char *harness_word(const struct summary *summary, enum harness harness)
{
    static const char *const words[HARNESS_COUNT] = {" lockstep", " differential", " corrupt",
                                                     " complexity"};
    return summary->options->harnesses[harness] ? words[harness] : "";
}

/* What each harness did, where there are several, and what was a matter of odds. */
static void print_harnesses(const struct summary *summary, FILE *out)
{
    const struct totals *totals = &summary->totals;
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        if (totals->of[i].executions > 0 && totals->of[i].executions < totals->all.executions) {
            fprintf(out, "  %-19s %" PRIu64 " executions, %" PRIu64 " operations\n",
                    harness_name(i), totals->of[i].executions, totals->of[i].operations);
        }
    }
    if (totals->all.odds_checks > 0 || totals->all.inconclusive > 0) {
        fprintf(out,
                "matters of odds       %" PRIu64 " wrong pointers, %" PRIu64
                " of them missed; %" PRIu64 " runs inconclusive\n",
                totals->all.odds_checks, totals->all.odds_misses, totals->all.inconclusive);
    }
}

/* What the harness corrupt did to the heaps, and what came of it. */
static void print_corrupt(const struct harness_totals *totals, FILE *out)
{
    if (totals->smashes == 0) {
        return;
    }
    fprintf(out,
            "smashes               %" PRIu64 "; of %" PRIu64 " calls after one %" PRIu64
            " were refused for damage\n",
            totals->smashes, totals->smashed_calls, totals->detections);
    for (unsigned i = 0; i < HB_MISS_COUNT; i++) {
        fprintf(out, "  %-19s %" PRIu64 " missed\n", hb_miss_name(i), totals->misses[i]);
    }
}

static void print_totals(const struct summary *summary, FILE *out)
{
    const struct totals *totals = &summary->totals;
    fprintf(out,
            "target %s, harness%s%s%s%s, engines%s%s, %.0f seconds%s\n"
            "executions            %" PRIu64 "\n"
            "checked operations    %" PRIu64 " (%.2f million a second)\n",
            target_name(summary), harness_word(summary, HARNESS_LOCKSTEP),
            harness_word(summary, HARNESS_DIFFERENTIAL), harness_word(summary, HARNESS_CORRUPT),
            harness_word(summary, HARNESS_COMPLEXITY), summary->has_run[0] ? " libfuzzer" : "",
            summary->has_run[1] ? " afl" : "", summary->seconds,
            summary->was_interrupted ? " (interrupted)" : "", totals->all.executions,
            totals->all.operations, operations_per_second(summary) / 1e6);
    print_harnesses(summary, out);
    print_corrupt(&totals->all, out);
    for (unsigned i = 0; i < 2; i++) {
        if (summary->has_run[i]) {
            fprintf(out, "%-9s             %" PRIu64 " edges, %zu inputs in the corpus\n",
                    engine_names[i], totals->edges[i], totals->corpus[i]);
        }
    }
    fprintf(out, "kept in               %s\n", summary->layout->out);
}

static void print_list(const char *title, const struct text_list *list, const char *meaning,
                       FILE *out)
{
    if (list->count == 0) {
        return;
    }
    fprintf(out, "%-20s  %zu %s %s:\n", title, list->count, list->count == 1 ? "input" : "inputs",
            meaning);
    for (size_t i = 0; i < list->count && i < LISTED_MAX; i++) {
        fprintf(out, "  %s\n", list->texts[i]);
    }
    if (list->count > LISTED_MAX) {
        fprintf(out, "  and %zu more beside them\n", list->count - LISTED_MAX);
    }
}

static void print_doubts(const struct summary *summary, FILE *out)
{
    if (summary->restart_count > 0) {
        fprintf(out, "engine restarts       %zu\n", summary->restart_count);
    }
    if (summary->totals.all.lost > 0) {
        fprintf(out, "lost                  %" PRIu64 " inputs that failed could not be saved\n",
                summary->totals.all.lost);
    }
    print_list("unreproduced", &summary->triage->unreproduced,
               "failed in an engine and not again, alone", out);
    print_list("not looked at", &summary->triage->untriaged, "failed, with no time to look at",
               out);
    print_list("over a limit", &summary->triage->over_limit,
               "took an engine too long or too much memory, and not again", out);
}

void summary_print(const struct summary *summary)
{
    const char *json = summary->options->json;
    FILE *out = json != NULL && strcmp(json, "-") == 0 ? stderr : stdout;
    print_totals(summary, out);
    print_doubts(summary, out);
    const size_t count = findings_count(summary->findings);
    fprintf(out, "findings              %zu\n", count);
    for (size_t i = 0; i < summary->findings->count; i++) {
        if (summary->findings->list[i].is_from_this_run) {
            print_finding(summary, &summary->findings->list[i], out);
        }
    }
    (void)fflush(out);
}

static void add_text(cJSON *object, const char *key, char *text)
{
    cJSON_AddStringToObject(object, key, text);
    free(text);
}

static void add_list(cJSON *object, const char *key, const struct text_list *list)
{
    cJSON *array = cJSON_AddArrayToObject(object, key);
    for (size_t i = 0; i < list->count; i++) {
        cJSON_AddItemToArray(array, cJSON_CreateString(list->texts[i]));
    }
}

static cJSON *finding_json(const struct summary *summary, const struct finding *finding)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "name", finding->name);
    cJSON_AddStringToObject(object, "oracle", finding->oracle);
    cJSON_AddStringToObject(object, "harness", finding->harness);
    cJSON_AddNumberToObject(object, "operations", finding->operations);
    cJSON_AddNumberToObject(object, "bits", finding->bits);
    cJSON_AddStringToObject(object, "operation", finding->operation);
    cJSON_AddStringToObject(object, "expected", finding->expected);
    cJSON_AddStringToObject(object, "actual", finding->actual);
    add_text(object, "input", finding_path(summary, finding, ".hbed"));
    add_text(object, "text", finding_path(summary, finding, ".txt"));
    if (finding->has_c_program) {
        add_text(object, "c_program", finding_path(summary, finding, ".c"));
    } else {
        cJSON_AddNullToObject(object, "c_program");
    }
    add_text(object, "replay", replay_command(summary, finding));
    return object;
}

static cJSON *harness_json(const struct harness_totals *totals)
{
    cJSON *object = cJSON_CreateObject();
    cJSON_AddNumberToObject(object, "executions", (double)totals->executions);
    cJSON_AddNumberToObject(object, "operations", (double)totals->operations);
    cJSON_AddNumberToObject(object, "verdicts", (double)totals->verdicts);
    cJSON_AddNumberToObject(object, "inconclusive", (double)totals->inconclusive);
    cJSON_AddNumberToObject(object, "odds_checks", (double)totals->odds_checks);
    cJSON_AddNumberToObject(object, "odds_misses", (double)totals->odds_misses);
    if (totals->smashes > 0) {
        cJSON_AddNumberToObject(object, "smashes", (double)totals->smashes);
        cJSON_AddNumberToObject(object, "smashed_calls", (double)totals->smashed_calls);
        cJSON_AddNumberToObject(object, "detections", (double)totals->detections);
        cJSON *misses = cJSON_AddObjectToObject(object, "misses");
        for (unsigned i = 0; i < HB_MISS_COUNT; i++) {
            cJSON_AddNumberToObject(misses, hb_miss_name(i), (double)totals->misses[i]);
        }
    }
    return object;
}

static cJSON *summary_json(const struct summary *summary)
{
    const struct totals *totals = &summary->totals;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "target", target_name(summary));
    cJSON *harnesses = cJSON_AddObjectToObject(object, "harnesses");
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        if (summary->options->harnesses[i]) {
            cJSON_AddItemToObject(harnesses, harness_name(i), harness_json(&totals->of[i]));
        }
    }
    cJSON *engines = cJSON_AddArrayToObject(object, "engines");
    cJSON_AddNumberToObject(object, "seconds", summary->seconds);
    cJSON_AddNumberToObject(object, "executions", (double)totals->all.executions);
    cJSON_AddNumberToObject(object, "operations", (double)totals->all.operations);
    cJSON_AddNumberToObject(object, "operations_per_second", operations_per_second(summary));
    cJSON_AddNumberToObject(object, "no_ops", (double)totals->all.no_ops);
    cJSON *coverage = cJSON_AddObjectToObject(object, "coverage");
    cJSON *corpus = cJSON_AddObjectToObject(object, "corpus");
    for (unsigned i = 0; i < 2; i++) {
        if (summary->has_run[i]) {
            cJSON_AddItemToArray(engines, cJSON_CreateString(engine_names[i]));
            cJSON_AddNumberToObject(coverage, engine_names[i], (double)totals->edges[i]);
            cJSON_AddNumberToObject(corpus, engine_names[i], (double)totals->corpus[i]);
        }
    }
    cJSON_AddBoolToObject(object, "interrupted", summary->was_interrupted);
    cJSON_AddNumberToObject(object, "restarts", (double)summary->restart_count);
    cJSON_AddNumberToObject(object, "verdicts", (double)totals->all.verdicts);
    cJSON_AddNumberToObject(object, "lost", (double)totals->all.lost);
    cJSON_AddNumberToObject(object, "inconclusive", (double)totals->all.inconclusive);
    cJSON_AddNumberToObject(object, "odds_checks", (double)totals->all.odds_checks);
    cJSON_AddNumberToObject(object, "odds_misses", (double)totals->all.odds_misses);
    add_list(object, "unreproduced", &summary->triage->unreproduced);
    add_list(object, "untriaged", &summary->triage->untriaged);
    add_list(object, "over_limit", &summary->triage->over_limit);
    cJSON_AddStringToObject(object, "out", summary->layout->out);
    cJSON *findings = cJSON_AddArrayToObject(object, "findings");
    for (size_t i = 0; i < summary->findings->count; i++) {
        if (summary->findings->list[i].is_from_this_run) {
            cJSON_AddItemToArray(findings, finding_json(summary, &summary->findings->list[i]));
        }
    }
    return object;
}

/* The text and a line end; the caller frees it. Null, with a reason on stderr. */
static char *json_text(const struct summary *summary)
{
    cJSON *object = summary_json(summary);
    char *text = cJSON_Print(object);
    cJSON_Delete(object);
    if (text == NULL) {
        complain("out of memory");
        return NULL;
    }
    char *line = text_format("%s\n", text);
    free(text);
    return line;
}

bool summary_write_json(const struct summary *summary, const char *path)
{
    char *text = json_text(summary);
    const bool written = text != NULL && file_write(path, text, strlen(text));
    free(text);
    return written;
}

bool summary_print_json(const struct summary *summary)
{
    char *text = json_text(summary);
    const bool written = text != NULL && fputs(text, stdout) >= 0 && fflush(stdout) == 0;
    free(text);
    return written;
}
