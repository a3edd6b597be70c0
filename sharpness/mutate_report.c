/* SPDX-License-Identifier: MIT */
#include "mutate_report.h"

#include "mutate_list.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#define SCORE_MIN  98.0
#define LISTED_MAX 10.0
#define PAGE_BYTES ((size_t)1 << 22)

/* The reason that is none: nobody notices, and somebody should. */
#define OPEN "open"

struct tally {
    size_t mutants;
    size_t states[MUTANT_STATE_COUNT];
    size_t listed;
    size_t listed_killed;
    size_t survivors; /* not listed, or as open */
    size_t unknown;   /* of them: not listed at all */
    size_t unsettled; /* late, or a step could not be run */
};

static void tally_add(struct tally *tally, enum mutant_state state, const char *reason)
{
    const bool is_open = reason != NULL && strcmp(reason, OPEN) == 0;
    const bool is_listed = reason != NULL && !is_open;
    tally->mutants++;
    if (is_listed && state != MUTANT_KILLED) {
        tally->listed += state == MUTANT_NOT_RUN || state == MUTANT_SURVIVED;
    }
    tally->listed_killed += is_listed && state == MUTANT_KILLED;
    tally->survivors +=
        (!is_listed && state == MUTANT_SURVIVED) || (is_open && state == MUTANT_NOT_RUN);
    tally->unknown += reason == NULL && state == MUTANT_SURVIVED;
    tally->unsettled += state == MUTANT_LATE || state == MUTANT_FAILED;
    tally->states[state]++;
}

static struct tally tally_of(const struct report *report, const char *file)
{
    struct tally tally = {0};
    for (size_t i = 0; i < report->mutants->count; i++) {
        if (report->is_chosen[i] &&
            (file == NULL || strcmp(report->mutants->items[i].file, file) == 0)) {
            tally_add(&tally, report->results[i].state, report->reasons[i]);
        }
    }
    return tally;
}

static size_t counted(const struct tally *tally)
{
    return tally->states[MUTANT_KILLED] + tally->survivors + tally->listed + tally->unsettled;
}

static double percent(size_t part, size_t whole)
{
    return whole == 0 ? 0 : 100 * (double)part / (double)whole;
}

static double raw_score(const struct tally *tally)
{
    return percent(tally->states[MUTANT_KILLED], counted(tally));
}

static double corrected_score(const struct tally *tally)
{
    return percent(tally->states[MUTANT_KILLED], counted(tally) - tally->listed);
}

/* The part of a step's name behind the slash: who kills. */
static const char *killer(const struct mutant_result *result)
{
    const char *slash = strchr(result->step, '/');
    return slash != NULL ? slash + 1 : result->step;
}

struct killer_count {
    const char *name;
    size_t count;
};

static int compare_killers(const void *one, const void *other)
{
    const struct killer_count *a = one;
    const struct killer_count *b = other;
    return a->count > b->count ? -1 : a->count < b->count;
}

static void print_killers(const struct report *report, FILE *out)
{
    struct killer_count killers[64];
    size_t count = 0;
    for (size_t i = 0; i < report->mutants->count; i++) {
        if (!report->is_chosen[i] || report->results[i].state != MUTANT_KILLED) {
            continue;
        }
        const char *name = killer(&report->results[i]);
        size_t k = 0;
        while (k < count && strcmp(killers[k].name, name) != 0) {
            k++;
        }
        if (k == count && count < 64) {
            killers[count++] = (struct killer_count){name, 0};
        }
        killers[k].count += k < count;
    }
    qsort(killers, count, sizeof killers[0], compare_killers);
    (void)fputs("killed by", out);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(out, "%s %s %zu", i == 0 ? "" : ",", killers[i].name, killers[i].count);
    }
    (void)fputs("\n", out);
}

static void print_row(const char *name, const struct tally *tally, FILE *out)
{
    (void)fprintf(out, "%-24s %7zu %9zu %9zu %6zu %6zu %9zu %6zu %6.1f %9.1f\n", name,
                  tally->mutants, tally->states[MUTANT_STILLBORN] + tally->states[MUTANT_ABSENT],
                  tally->states[MUTANT_IDENTICAL], counted(tally), tally->states[MUTANT_KILLED],
                  tally->survivors, tally->listed, raw_score(tally), corrected_score(tally));
}

void report_survivor(const struct mutant *mutant, FILE *out)
{
    char change[256];
    mutant_print_change(mutant, change, sizeof change);
    (void)fprintf(out, "survivor %s %s:%u %s: %s  in  %s\n", mutant->id, mutant->file, mutant->line,
                  mutant->function, change, mutant->line_text);
}

static void print_each(const struct report *report, FILE *out)
{
    for (size_t i = 0; i < report->mutants->count; i++) {
        if (!report->is_chosen[i]) {
            continue;
        }
        if (report->results[i].state == MUTANT_LATE || report->results[i].state == MUTANT_FAILED) {
            (void)fprintf(out, "%s %s: %s\n", mutant_state_name(report->results[i].state),
                          report->mutants->items[i].id, report->results[i].text);
        }
        if (report->results[i].state == MUTANT_SURVIVED && report->reasons[i] == NULL) {
            report_survivor(&report->mutants->items[i], out);
        }
        if (report->results[i].state == MUTANT_KILLED && report->reasons[i] != NULL) {
            (void)fprintf(out, "%s is on the list (%s) and not equivalent: %s objects: %s\n",
                          report->mutants->items[i].id, report->reasons[i], report->results[i].step,
                          report->results[i].text);
        }
    }
}

bool report_is_settled(const struct report *report)
{
    return tally_of(report, NULL).unsettled == 0;
}

bool report_print(const struct report *report, FILE *out)
{
    const struct tally all = tally_of(report, NULL);
    (void)fprintf(out, "%-24s %7s %9s %9s %6s %6s %9s %6s %6s %9s\n", "file", "mutants",
                  "stillborn", "identical", "count", "killed", "survivors", "listed", "raw",
                  "corrected");
    for (size_t i = 0; i < report->mutants->source_count; i++) {
        const struct tally tally = tally_of(report, report->mutants->sources[i].path);
        if (tally.mutants > 0) {
            print_row(report->mutants->sources[i].path, &tally, out);
        }
    }
    print_row("all", &all, out);
    print_killers(report, out);
    print_each(report, out);
    if (all.unsettled > 0) {
        (void)fprintf(out, "%zu late, %zu without an answer: nobody knows of them\n",
                      all.states[MUTANT_LATE], all.states[MUTANT_FAILED]);
    }
    if (!report->is_complete) {
        (void)fputs("not all were run: --resume goes on\n", out);
    }
    (void)fprintf(out,
                  "%zu counted, %.1f%% killed, %.1f%% of those that are not equivalent; %.1f%% "
                  "argued equivalent; %zu survivors\n",
                  counted(&all), raw_score(&all), corrected_score(&all),
                  percent(all.listed, counted(&all)), all.survivors);
    const bool is_score_good =
        report->is_part ||
        (corrected_score(&all) >= SCORE_MIN && percent(all.listed, counted(&all)) <= LISTED_MAX);
    return all.unknown == 0 && all.listed_killed == 0 && counted(&all) > 0 && is_score_good;
}

/* -- files ----------------------------------------------------------------------------------- */

static bool close_written(FILE *out, const char *path)
{
    const bool ok = ferror(out) == 0;
    if (fclose(out) != 0 || !ok) {
        perror(path);
        return false;
    }
    return true;
}

bool report_write(const struct report *report, const char *path,
                  void (*print)(const struct report *report, FILE *out))
{
    if (strcmp(path, "-") == 0) {
        print(report, stdout);
        return true;
    }
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        perror(path);
        return false;
    }
    print(report, out);
    return close_written(out, path);
}

/* The page that is there, cut before and behind what is between the marks; null: it has none. */
static char *read_page(const char *path, const char **behind)
{
    char *const text = calloc(1, PAGE_BYTES);
    FILE *in = fopen(path, "re");
    if (text != NULL && in != NULL) {
        (void)fread(text, 1, PAGE_BYTES - 1, in);
    }
    if (in != NULL) {
        (void)fclose(in);
    }
    char *const begin = text != NULL ? strstr(text, REPORT_MARK_BEGIN) : NULL;
    char *const end = begin != NULL ? strstr(begin, REPORT_MARK_END) : NULL;
    if (end == NULL) {
        free(text);
        return NULL;
    }
    *begin = '\0';
    *behind = end;
    return text;
}

bool report_write_page(const struct report *report, const char *path)
{
    const char *behind = NULL;
    char *const page = strcmp(path, "-") != 0 ? read_page(path, &behind) : NULL;
    if (page == NULL) {
        return report_write(report, path, report_markdown);
    }
    FILE *out = fopen(path, "we");
    if (out == NULL) {
        perror(path);
        free(page);
        return false;
    }
    (void)fprintf(out, "%s" REPORT_MARK_BEGIN "\n\n", page);
    report_markdown(report, out);
    (void)fprintf(out, "\n%s", behind);
    free(page);
    return close_written(out, path);
}

void report_survivors(const struct report *report, FILE *out)
{
    for (size_t i = 0; i < report->mutants->count; i++) {
        if (report->is_chosen[i] && report->results[i].state == MUTANT_SURVIVED &&
            report->reasons[i] == NULL) {
            list_print(&report->mutants->items[i], "REASON", out);
        }
    }
}

static cJSON *tally_json(const struct tally *tally, const char *name)
{
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "file", name);
    cJSON_AddNumberToObject(json, "mutants", (double)tally->mutants);
    cJSON_AddNumberToObject(json, "stillborn", (double)tally->states[MUTANT_STILLBORN]);
    cJSON_AddNumberToObject(json, "absent", (double)tally->states[MUTANT_ABSENT]);
    cJSON_AddNumberToObject(json, "identical", (double)tally->states[MUTANT_IDENTICAL]);
    cJSON_AddNumberToObject(json, "counted", (double)counted(tally));
    cJSON_AddNumberToObject(json, "killed", (double)tally->states[MUTANT_KILLED]);
    cJSON_AddNumberToObject(json, "survivors", (double)tally->survivors);
    cJSON_AddNumberToObject(json, "listed", (double)tally->listed);
    cJSON_AddNumberToObject(json, "late", (double)tally->states[MUTANT_LATE]);
    cJSON_AddNumberToObject(json, "without_answer", (double)tally->states[MUTANT_FAILED]);
    cJSON_AddNumberToObject(json, "raw_percent", raw_score(tally));
    cJSON_AddNumberToObject(json, "corrected_percent", corrected_score(tally));
    return json;
}

static cJSON *mutant_json(const struct report *report, size_t index)
{
    const struct mutant *mutant = &report->mutants->items[index];
    const struct mutant_result *result = &report->results[index];
    cJSON *json = cJSON_CreateObject();
    cJSON_AddStringToObject(json, "id", mutant->id);
    cJSON_AddStringToObject(json, "file", mutant->file);
    cJSON_AddNumberToObject(json, "line", mutant->line);
    cJSON_AddStringToObject(json, "function", mutant->function);
    cJSON_AddStringToObject(json, "what", mutate_what_name(mutant->what));
    cJSON_AddStringToObject(json, "original", mutant->original);
    cJSON_AddStringToObject(json, "replacement", mutant->replacement);
    cJSON_AddStringToObject(json, "state", mutant_state_name(result->state));
    cJSON_AddStringToObject(json, "killed_by", result->state == MUTANT_KILLED ? result->step : "");
    cJSON_AddStringToObject(json, "objection", result->text);
    if (report->reasons[index] != NULL) {
        cJSON_AddStringToObject(json, "equivalent", report->reasons[index]);
    }
    return json;
}

void report_json(const struct report *report, FILE *out)
{
    const struct tally all = tally_of(report, NULL);
    cJSON *json = tally_json(&all, "all");
    cJSON *files = cJSON_AddArrayToObject(json, "files");
    cJSON *mutants = cJSON_AddArrayToObject(json, "mutants_run");
    for (size_t i = 0; i < report->mutants->source_count; i++) {
        const struct tally tally = tally_of(report, report->mutants->sources[i].path);
        if (tally.mutants > 0) {
            cJSON_AddItemToArray(files, tally_json(&tally, report->mutants->sources[i].path));
        }
    }
    for (size_t i = 0; i < report->mutants->count; i++) {
        if (report->is_chosen[i]) {
            cJSON_AddItemToArray(mutants, mutant_json(report, i));
        }
    }
    char *text = cJSON_Print(json);
    (void)fprintf(out, "%s\n", text != NULL ? text : "{}");
    cJSON_free(text);
    cJSON_Delete(json);
}

static void markdown_row(const char *name, const struct tally *tally, FILE *out)
{
    (void)fprintf(out, "| %s | %zu | %zu | %zu | %zu | %zu | %zu | %zu | %.1f%% | %.1f%% |\n", name,
                  tally->mutants, tally->states[MUTANT_STILLBORN] + tally->states[MUTANT_ABSENT],
                  tally->states[MUTANT_IDENTICAL], counted(tally), tally->states[MUTANT_KILLED],
                  tally->survivors, tally->listed, raw_score(tally), corrected_score(tally));
}

void report_markdown(const struct report *report, FILE *out)
{
    const struct tally all = tally_of(report, NULL);
    (void)fputs("| file | mutants | not compiled | identical | counted | killed | survivors | "
                "listed | raw | corrected |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n",
                out);
    for (size_t i = 0; i < report->mutants->source_count; i++) {
        const struct tally tally = tally_of(report, report->mutants->sources[i].path);
        if (tally.mutants > 0) {
            markdown_row(report->mutants->sources[i].path, &tally, out);
        }
    }
    markdown_row("all", &all, out);
}
