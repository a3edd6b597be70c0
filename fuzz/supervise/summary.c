/* SPDX-License-Identifier: MIT
 *
 * What came of the run, for people and as JSON.
 */
#include "summary.h"

#include "files.h"

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
    return summary->seconds > 0 ? (double)summary->totals.operations / summary->seconds : 0;
}

static char *finding_path(const struct summary *summary, const struct finding *finding,
                          const char *ending)
{
    return text_format("%s/%s%s", summary->layout->findings, finding->name, ending);
}

/* The command as it is typed where the user is. */
static char *replay_command(const struct summary *summary, const struct finding *finding)
{
    char here[4096];
    const bool is_in_root =
        getcwd(here, sizeof here) != NULL && strcmp(here, summary->layout->root) == 0;
    char *launcher = is_in_root ? text_copy("./bed") : text_format("%s/bed", summary->layout->root);
    char *path = finding_path(summary, finding, ".hbed");
    char *words[3] = {text_quote(launcher), text_quote(summary->options->target), text_quote(path)};
    char *command = text_format("%s replay --target %s %s", words[0], words[1], words[2]);
    for (size_t i = 0; i < 3; i++) {
        free(words[i]);
    }
    free(launcher);
    free(path);
    return command;
}

static void print_finding(const struct summary *summary, const struct finding *finding)
{
    char *path = finding_path(summary, finding, "");
    char *command = replay_command(summary, finding);
    printf("\n%s (%u %s): %s\n"
           "  expected   %s\n"
           "  actual     %s\n"
           "  input      %s.hbed\n"
           "  text       %s.txt\n",
           finding->oracle, finding->operations,
           finding->operations == 1 ? "operation" : "operations", finding->operation,
           finding->expected, finding->actual, path, path);
    if (finding->has_c_program) {
        printf("  C program  %s.c\n", path);
    }
    printf("  replay     %s\n", command);
    free(command);
    free(path);
}

static void print_totals(const struct summary *summary)
{
    const struct totals *totals = &summary->totals;
    printf("target %s, harness %s, engines%s%s, %.0f seconds%s\n"
           "executions            %" PRIu64 "\n"
           "checked operations    %" PRIu64 " (%.2f million a second)\n",
           summary->options->target, summary->options->harness,
           summary->has_run[0] ? " libfuzzer" : "", summary->has_run[1] ? " afl" : "",
           summary->seconds, summary->was_interrupted ? " (interrupted)" : "", totals->executions,
           totals->operations, operations_per_second(summary) / 1e6);
    for (unsigned i = 0; i < 2; i++) {
        if (summary->has_run[i]) {
            printf("%-9s             %" PRIu64 " edges, %zu inputs in the corpus\n",
                   engine_names[i], totals->edges[i], totals->corpus[i]);
        }
    }
    printf("kept in               %s\n", summary->layout->out);
}

static void print_list(const char *title, const struct text_list *list, const char *meaning)
{
    if (list->count == 0) {
        return;
    }
    printf("%-20s  %zu %s %s:\n", title, list->count, list->count == 1 ? "input" : "inputs",
           meaning);
    for (size_t i = 0; i < list->count && i < LISTED_MAX; i++) {
        printf("  %s\n", list->texts[i]);
    }
    if (list->count > LISTED_MAX) {
        printf("  and %zu more beside them\n", list->count - LISTED_MAX);
    }
}

static void print_doubts(const struct summary *summary)
{
    if (summary->restart_count > 0) {
        printf("engine restarts       %zu\n", summary->restart_count);
    }
    if (summary->totals.lost > 0) {
        printf("lost                  %" PRIu64 " inputs that failed could not be saved\n",
               summary->totals.lost);
    }
    print_list("unreproduced", &summary->triage->unreproduced,
               "failed in an engine and not again, alone");
    print_list("not looked at", &summary->triage->untriaged, "failed, with no time to look at");
    print_list("over a limit", &summary->triage->over_limit,
               "took an engine too long or too much memory, and not again");
}

void summary_print(const struct summary *summary)
{
    print_totals(summary);
    print_doubts(summary);
    const size_t count = findings_count(summary->findings);
    printf("findings              %zu\n", count);
    for (size_t i = 0; i < summary->findings->count; i++) {
        if (summary->findings->list[i].is_from_this_run) {
            print_finding(summary, &summary->findings->list[i]);
        }
    }
    (void)fflush(stdout);
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
    cJSON_AddNumberToObject(object, "operations", finding->operations);
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

static cJSON *summary_json(const struct summary *summary)
{
    const struct totals *totals = &summary->totals;
    cJSON *object = cJSON_CreateObject();
    cJSON_AddStringToObject(object, "target", summary->options->target);
    cJSON_AddStringToObject(object, "harness", summary->options->harness);
    cJSON *engines = cJSON_AddArrayToObject(object, "engines");
    cJSON_AddNumberToObject(object, "seconds", summary->seconds);
    cJSON_AddNumberToObject(object, "executions", (double)totals->executions);
    cJSON_AddNumberToObject(object, "operations", (double)totals->operations);
    cJSON_AddNumberToObject(object, "operations_per_second", operations_per_second(summary));
    cJSON_AddNumberToObject(object, "no_ops", (double)totals->no_ops);
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
    cJSON_AddNumberToObject(object, "verdicts", (double)totals->verdicts);
    cJSON_AddNumberToObject(object, "lost", (double)totals->lost);
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

bool summary_write_json(const struct summary *summary, const char *path)
{
    cJSON *object = summary_json(summary);
    char *text = cJSON_Print(object);
    cJSON_Delete(object);
    if (text == NULL) {
        fputs("bed fuzz: out of memory\n", stderr);
        return false;
    }
    char *line = text_format("%s\n", text);
    free(text);
    const bool written = file_write(path, line, strlen(line));
    free(line);
    return written;
}
