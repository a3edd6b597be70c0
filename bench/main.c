/* SPDX-License-Identifier: MIT
 *
 * bed bench: measures the core, its peers and whatever else is named, and prints one table.
 */
#include "command_line.h"
#include "history/append.h"
#include "jobs.h"
#include "plan.h"

#include "file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define EXIT_USAGE         2
#define LAUNCH_COUNT       11
#define QUICK_LAUNCH_COUNT 3
#define HISTORY            "out/history.jsonl"

struct options {
    const char *filter;
    const char *subject_filter;
    const char *json_path;
    const char *history_path; /* null: the usual one */
    const char *core;         /* a folder of bench/compare/build.sh; null: this tree's core */
    size_t launch_count;      /* 0: as many as a run of this kind has */
    bool is_not_recorded;
    bool is_markdown;
    bool is_quick;
};

static struct bench_plan plan;

static void print_help(void)
{
    (void)printf(
        "usage: bed bench [OPTIONS]\n\n"
        "Measures select_block, malloc and free of the core (list, and bitmap in each profile and\n"
        "at each level of hardening), glibc, mimalloc, jemalloc, tcmalloc and any other target:\n"
        "time, instructions, memory and code. docs/benchmarks.md says what each row is.\n\n"
        "  --filter RE    only the rows whose names match (an extended regular expression)\n"
        "  --subject RE   only the subjects whose names match; ratios need their peer\n"
        "  --target X.so  a further target (docs/your-allocator.md); may be given again\n"
        "  --quick        fewer launches, and every other length: under 3 minutes\n"
        "  --json FILE    the record of the run, for people (- for standard output)\n"
        "  --history FILE where the record is appended, as one line (default " HISTORY ")\n"
        "  --no-history   it is not\n"
        "  --core COMMIT  the core of that commit, with this tree's benchmarks; so it is recorded\n"
        "  --launches N   so many of each timed row at most\n"
        "  --markdown     the table as Markdown\n\n"
        "Ctrl-C ends the run: what has been measured by then is shown, and not recorded.\n\n"
        "Rows:");
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        (void)printf("%s%s", row % 3 == 0 ? "\n  " : "  ", bench_row_at(row)->name);
    }
    (void)printf("\n\nExit status: 0 measured, 2 usage, or something could not be measured.\n");
}

static int complain(const char *what, const char *reason)
{
    (void)fprintf(stderr, "bench: %s: %s\n", what, reason);
    return EXIT_USAGE;
}

/* -- columns ---------------------------------------------------------------------------------- */

static bool add_column(const char *name, const char *argument, const char *preload)
{
    char error[400] = "";

    if (plan.column_count == BENCH_COLUMNS_MAX) {
        (void)complain(argument, "there are too many subjects");
        return false;
    }
    struct bench_column *column = &plan.columns[plan.column_count];

    (void)snprintf(column->argument, sizeof column->argument, "%s", argument);
    column->subject = bench_subject_find(column->argument, error, sizeof error);
    if (column->subject == NULL) {
        (void)complain(argument, error);
        return false;
    }
    column->name = name != NULL ? name : column->subject->name;
    column->preload = preload;
    if (plan_column(&plan, column->name) != BENCH_COLUMNS_MAX) {
        (void)complain(column->name, "there is a subject of that name already");
        return false;
    }
    plan.column_count++;
    return true;
}

static bool add_own_columns(void)
{
    bool ok = true;

    for (size_t i = 0; ok && bench_subject_builtin(i) != NULL; i++) {
        const char *name = bench_subject_builtin(i)->name;

        ok = add_column(strcmp(name, "libc") == 0 ? "glibc" : name, name, NULL);
    }
    return ok && add_column("mimalloc", "libc", BENCH_MIMALLOC) &&
           add_column("jemalloc", "libc", BENCH_JEMALLOC) &&
           add_column("tcmalloc", "libc", BENCH_TCMALLOC);
}

/* The variants of another core, built apart, in the place of those that this program has. */
static bool use_core(const char *folder)
{
    char error[400] = "";

    for (size_t i = 0; folder != NULL && i < plan.column_count; i++) {
        struct bench_column *column = &plan.columns[i];

        if ((column->subject->target->contract & HB_TAKES_RANGES) == 0 ||
            column->subject->select == NULL) {
            continue;
        }
        (void)snprintf(column->argument, sizeof column->argument, "%s/cores/%s.so", folder,
                       column->name);
        column->subject = bench_subject_find(column->argument, error, sizeof error);
        if (column->subject == NULL) {
            (void)complain(column->argument, error);
            return false;
        }
    }
    plan.core = folder;
    return true;
}

/* A name without a slash would be looked for among the built-in ones. */
static bool add_target(const char *name)
{
    char path[sizeof plan.columns[0].argument];

    (void)snprintf(path, sizeof path, "%s%s", strchr(name, '/') != NULL ? "" : "./", name);
    return add_column(NULL, path, NULL);
}

/* -- options ---------------------------------------------------------------------------------- */

static bool parse_one(const char *argument, const char *next, bool *took_next,
                      struct options *options)
{
    const char *value = option_value("--target", argument, next, took_next);

    if (value != NULL) {
        return add_target(value);
    }
    if ((value = option_value("--filter", argument, next, took_next)) != NULL) {
        options->filter = value;
    } else if ((value = option_value("--subject", argument, next, took_next)) != NULL) {
        options->subject_filter = value;
    } else if ((value = option_value("--json", argument, next, took_next)) != NULL) {
        options->json_path = value;
    } else if ((value = option_value("--core", argument, next, took_next)) != NULL) {
        options->core = value;
    } else if ((value = option_value("--launches", argument, next, took_next)) != NULL) {
        options->launch_count = strtoul(value, NULL, 10);
        if (options->launch_count == 0 || options->launch_count > BENCH_LAUNCHES_MAX) {
            (void)complain(value, "--launches takes a number from 1 to 16");
            return false;
        }
    } else if ((value = option_value("--history", argument, next, took_next)) != NULL) {
        options->history_path = value;
    } else if (strcmp(argument, "--no-history") == 0) {
        options->is_not_recorded = true;
    } else if (strcmp(argument, "--markdown") == 0) {
        options->is_markdown = true;
    } else if (strcmp(argument, "--quick") == 0) {
        options->is_quick = true;
    } else {
        (void)complain(argument, "no such option, or its value is missing; --help lists them");
        return false;
    }
    return true;
}

static bool compile(regex_t *expression, const char *text)
{
    if (regcomp(expression, text, REG_EXTENDED | REG_NOSUB) != 0) {
        (void)complain(text, "no extended regular expression");
        return false;
    }
    return true;
}

static bool choose_rows(const char *filter)
{
    regex_t expression;
    size_t wanted_count = 0;

    if (!compile(&expression, filter)) {
        return false;
    }
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        plan.is_wanted[row] = regexec(&expression, bench_row_at(row)->name, 0, NULL, 0) == 0;
        wanted_count += plan.is_wanted[row];
    }
    regfree(&expression);
    if (wanted_count == 0) {
        (void)complain(filter, "no row's name matches; --help lists them");
    }
    return wanted_count != 0;
}

static bool choose_columns(const char *filter)
{
    regex_t expression;
    size_t kept_count = 0;

    if (!compile(&expression, filter)) {
        return false;
    }
    for (size_t column = 0; column < plan.column_count; column++) {
        plan.columns[column].is_left_out =
            regexec(&expression, plan.columns[column].name, 0, NULL, 0) != 0;
        kept_count += !plan.columns[column].is_left_out;
    }
    regfree(&expression);
    if (kept_count == 0) {
        (void)complain(filter, "no subject's name matches");
    }
    return kept_count != 0;
}

/* -- all of it -------------------------------------------------------------------------------- */

static bool find_places(void)
{
    return program_folder(plan.programs, sizeof plan.programs) &&
           scratch_make(plan.scratch, sizeof plan.scratch, "bed-bench");
}

/* Where records go when nobody says: out/ in the project's folder, where ./bed puts all it finds.
 */
static const char *default_history(void)
{
    static char path[4096];
    const char *root = getenv("HEAPBED_ROOT");

    root = root != NULL ? root : ".";
    (void)snprintf(path, sizeof path, "%s/out", root);
    (void)mkdir(path, 0777); /* history_append says what is wrong with it */
    (void)snprintf(path, sizeof path, "%s/" HISTORY, root);
    return path;
}

/* A run that nobody can place is worth nothing in a history. */
static bool append_to_history(const struct options *options, bool is_whole)
{
    if (options->is_not_recorded) {
        return true;
    }
    const char *path = options->history_path != NULL ? options->history_path : default_history();
    char error[400] = "";
    const struct bench_commit commit = commit_look();

    if (!is_whole || !commit.is_known) {
        const char *const why = is_whole ? "no commit is known" : "not all was measured";

        (void)fprintf(stderr, "bench: not recorded in %s: %s\n", path,
                      plan.was_interrupted ? "interrupted" : why);
        return true;
    }
    char *line = plan_record(&plan, false);
    const bool ok = line != NULL && history_append(path, line, error, sizeof error);

    free(line);
    if (ok) {
        (void)fprintf(stderr, "bench: recorded in %s\n", path);
    } else {
        (void)complain("history", line != NULL ? error : "no memory");
    }
    return ok;
}

static bool write_json(const char *path)
{
    char error[400] = "no memory";
    char *text = path != NULL ? plan_record(&plan, true) : NULL;
    const bool ok = path == NULL ||
                    (text != NULL && hb_file_write(path, text, strlen(text), error, sizeof error));

    free(text);
    if (!ok) {
        (void)complain("--json", error);
    }
    return ok;
}

/* Whatever came of the run: figures that are there are shown. */
static int tell(const struct options *options, bool is_whole)
{
    if (options->json_path == NULL || strcmp(options->json_path, "-") != 0) {
        plan_print(&plan, options->is_markdown);
    }
    const bool is_written = write_json(options->json_path);
    const bool is_appended = append_to_history(options, is_whole);

    if (plan_failed_count(&plan) != 0) {
        return complain("failed", "figures are missing, see above");
    }
    return is_written && is_appended ? EXIT_SUCCESS : EXIT_USAGE;
}

static int measure(const struct options *options)
{
    struct bench_machine machine;

    machine_look(&machine);
    plan.load = machine.load;
    plan.is_quick = options->is_quick;
    plan.launch_count = options->is_quick ? QUICK_LAUNCH_COUNT : LAUNCH_COUNT;
    if (options->launch_count != 0) {
        plan.launch_count = options->launch_count;
    }
    if (!find_places()) {
        return complain("scratch folder", "cannot be made");
    }
    jobs_watch_interrupts();
    const bool ok = plan_measure_providers(&plan) && plan_measure(&plan);

    scratch_remove(plan.scratch);
    if (!ok && plan_measured_count(&plan) == 0) {
        return complain("nothing was measured", plan.was_interrupted ? "interrupted" : "see above");
    }
    const int status = tell(options, ok);

    return ok ? status
              : complain("not all was measured",
                         plan.was_interrupted ? "interrupted" : "see above");
}

int main(int argc, char **argv)
{
    struct options options = {.filter = "", .subject_filter = ""};

    if (!add_own_columns()) {
        return EXIT_USAGE;
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            print_help();
            return EXIT_SUCCESS;
        }
        bool took_next = false;

        if (!parse_one(argv[i], argv[i + 1], &took_next, &options)) {
            return EXIT_USAGE;
        }
        i += took_next;
    }
    if (!choose_rows(options.filter) || !choose_columns(options.subject_filter) ||
        !use_core(options.core)) {
        return EXIT_USAGE;
    }
    if (!output_is_usable(options.json_path)) {
        return complain(options.json_path, "cannot be written");
    }
    return measure(&options);
}
