/* SPDX-License-Identifier: MIT
 *
 * bed mutate: how much of the core can be changed without anybody objecting.
 */
#include "build.h"
#include "clock.h"
#include "mutate_list.h"
#include "mutate_report.h"
#include "mutate_run.h"
#include "mutate_schema.h"
#include "pool.h"

#include <getopt.h>
#include <glob.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1024

enum { EXIT_OK = 0, EXIT_FINDING = 1, EXIT_USAGE = 2 };

struct request {
    const char *root;
    const char *file;
    const char *survivors;
    const char *json;
    const char *list;
    const char *show;
    const char *work;
    const char *steps;
    const char *markdown;
    unsigned sample;
    unsigned seed;
    unsigned jobs;
    bool is_listing;
    bool is_resuming;
    unsigned groups;
    bool is_complete; /* those on the list too */
    char **names;
    int name_count;
};

struct sweep {
    const struct request *request;
    struct mutants mutants;
    struct mutant_result *results;
    const char **reasons;
    bool *is_chosen;
    size_t *to_run;
    size_t to_run_count;
    size_t done_count;
    FILE *log;
    double begun_at;
    double shown_at;
};

static void print_help(void)
{
    (void)printf(
        "usage: bed mutate [OPTIONS] [ID|FUNCTION ...]\n\n"
        "Changes every comparison, constant, operator, condition and statement of core/ in turn,\n"
        "and asks the bed and the core's tests whether they notice: docs/mutation.md.\n\n"
        "  --file F         only of files whose path begins so (core/bitmap/trie.h, core/list)\n"
        "  --sample N       only N of them, drawn by --seed S (default 1)\n"
        "  --all            also those on the list of equivalents: is none of them killed?\n"
        "  --resume         what the last run with this core has killed is not run again\n"
        "  --groups N       only the first N groups of steps: streams, corpus, quick tests, code,\n"
        "                   other variants, slow tests, more streams (default: all 7)\n"
        "  --steps PREFIX   only steps whose name begins so: small/, small/streams, list/api\n"
        "  --jobs N         at once (default: one a processor)\n"
        "  --survivors FILE writes those that survive and are not on the list, as its entries\n"
        "  --equivalent F   the list (default sharpness/equivalent.txt)\n"
        "  --json FILE      as JSON (- for standard output)\n"
        "  --markdown FILE  the table of docs/mutation.md; where FILE has the marks of\n"
        "                   docs/sharpness.md, only what is between them is replaced\n"
        "  --list           prints the mutants and runs none\n"
        "  --show ID        prints one, as a change of the core\n"
        "  --work DIR       where things are built and noted (default out/mutate)\n"
        "  --root DIR       of the project\n\n"
        "Exit status: 0 ok, 1 a survivor that is not on the list, a corrected score under 98%%, "
        "or\n"
        "more than 10%% on the list, 2 usage or environment, or one of which nobody knows: its "
        "time\n"
        "by the clock was over, or a step could not be run.\n");
}

/* -- which mutants --------------------------------------------------------------------------- */

static int compare_paths(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* All files of the core but config.h, which holds what the builder chooses. */
static bool read_core(const struct request *request, struct mutants *mutants)
{
    static const char *const patterns[] = {"core/*.[ch]", "core/*/*.[ch]"};
    glob_t files = {0};
    bool ok = true;
    for (size_t i = 0; i < 2; i++) {
        char pattern[PATH_BYTES];
        (void)snprintf(pattern, sizeof pattern, "%s/%s", request->root, patterns[i]);
        (void)glob(pattern, i == 0 ? 0 : GLOB_APPEND, NULL, &files);
    }
    if (files.gl_pathc > 0) {
        qsort(files.gl_pathv, files.gl_pathc, sizeof files.gl_pathv[0], compare_paths);
    }
    for (size_t i = 0; ok && i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i] + strlen(request->root) + 1;
        if (strcmp(path, "core/config.h") != 0 && strcmp(path, "core/annotate.h") != 0) {
            ok = mutants_add_file(mutants, request->root, path);
        }
    }
    if (ok && mutants->count == 0) {
        (void)fprintf(stderr, "bed mutate: there is nothing to mutate in %s/core\n", request->root);
        ok = false;
    }
    return ok;
}

static bool is_named(const struct request *request, const struct mutant *mutant)
{
    for (int i = 0; i < request->name_count; i++) {
        if (strcmp(request->names[i], mutant->id) == 0 ||
            strcmp(request->names[i], mutant->function) == 0) {
            return true;
        }
    }
    return request->name_count == 0;
}

/* SplitMix64 */
static uint64_t draw(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* Leaves as many chosen as were asked for, each with the same chance. */
static void draw_sample(struct sweep *sweep, size_t chosen_count)
{
    uint64_t state = sweep->request->seed;
    size_t left = sweep->request->sample;
    for (size_t i = 0; i < sweep->mutants.count; i++) {
        if (!sweep->is_chosen[i]) {
            continue;
        }
        sweep->is_chosen[i] = draw(&state) % chosen_count < left;
        left -= sweep->is_chosen[i];
        chosen_count--;
    }
}

static bool choose(struct sweep *sweep)
{
    const struct request *request = sweep->request;
    size_t count = 0;
    for (size_t i = 0; i < sweep->mutants.count; i++) {
        const struct mutant *mutant = &sweep->mutants.items[i];
        sweep->is_chosen[i] = (request->file == NULL ||
                               strncmp(mutant->file, request->file, strlen(request->file)) == 0) &&
                              is_named(request, mutant);
        count += sweep->is_chosen[i];
    }
    if (count == 0) {
        (void)fprintf(stderr, "bed mutate: no mutant is called so; --list lists them\n");
        return false;
    }
    if (request->sample != 0) {
        draw_sample(sweep, count);
    }
    return true;
}

static void check_ids(const struct mutants *mutants)
{
    for (size_t i = 0; i < mutants->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (strcmp(mutants->items[i].id, mutants->items[k].id) == 0) {
                (void)fprintf(stderr, "bed mutate: two mutants have the id %s\n",
                              mutants->items[i].id);
                exit(EXIT_USAGE);
            }
        }
    }
}

/* -- what an earlier run has noted ----------------------------------------------------------- */

static uint64_t core_hash(const struct mutants *mutants)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < mutants->source_count; i++) {
        for (size_t k = 0; k < mutants->sources[i].text_bytes; k++) {
            hash = (hash ^ (unsigned char)mutants->sources[i].text[k]) * UINT64_C(1099511628211);
        }
    }
    return hash;
}

static void note_path(const struct request *request, char *path)
{
    (void)snprintf(path, PATH_BYTES, "%s/results.jsonl", request->work);
}

/* What need not be run again. */
static enum mutant_state state_noted(const char *name)
{
    static const enum mutant_state known[] = {MUTANT_KILLED, MUTANT_IDENTICAL, MUTANT_ABSENT};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(name, mutant_state_name(known[i])) == 0) {
            return known[i];
        }
    }
    return MUTANT_NOT_RUN;
}

static void take_note(struct sweep *sweep, const char *line)
{
    char core[24];
    char id[16];
    char state[16];
    char step[MUTANT_STEP_BYTES];
    char here[24];
    if (sscanf(line,
               "{\"core\":\"%23[^\"]\",\"id\":\"%15[^\"]\",\"state\":\"%15[^\"]\",\"step\":\"%47[^"
               "\"]\"",
               core, id, state, step) != 4) {
        return;
    }
    (void)snprintf(here, sizeof here, "%016" PRIx64, core_hash(&sweep->mutants));
    for (size_t i = 0; i < sweep->mutants.count; i++) {
        struct mutant_result *result = &sweep->results[i];
        if (strcmp(sweep->mutants.items[i].id, id) == 0 && result->state != MUTANT_STILLBORN) {
            (void)snprintf(result->step, sizeof result->step, "%s", step);
            if (sweep->request->is_resuming && strcmp(core, here) == 0) {
                result->state = state_noted(state);
            }
        }
    }
}

static void read_notes(struct sweep *sweep)
{
    char path[PATH_BYTES];
    char line[2048];
    note_path(sweep->request, path);
    FILE *file = fopen(path, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        take_note(sweep, line);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

static void show_progress(struct sweep *sweep)
{
    const bool is_terminal = isatty(STDERR_FILENO) != 0;
    const double now = seconds_now();
    if (now - sweep->shown_at < (is_terminal ? 1 : 10)) {
        return;
    }
    sweep->shown_at = now;
    (void)fprintf(stderr, "%sbed mutate: %zu of %zu in %.0f s%s", is_terminal ? "\r\033[K" : "",
                  sweep->done_count, sweep->to_run_count, now - sweep->begun_at,
                  is_terminal ? "" : "\n");
}

/* As each is there: noted at once, so that nothing is lost. */
static void note(void *context, size_t index)
{
    struct sweep *sweep = context;
    const struct mutant *mutant = &sweep->mutants.items[index];
    const struct mutant_result *result = &sweep->results[index];
    (void)fprintf(sweep->log,
                  "{\"core\":\"%016" PRIx64 "\",\"id\":\"%s\",\"state\":\"%s\",\"step\":\"%s\","
                  "\"file\":\"%s\",\"line\":%u,\"seconds\":%.3f,\"text\":\"%s\"}\n",
                  core_hash(&sweep->mutants), mutant->id, mutant_state_name(result->state),
                  result->step[0] != '\0' ? result->step : "none", mutant->file, mutant->line,
                  result->seconds, result->text);
    (void)fflush(sweep->log);
    sweep->done_count++;
    if (result->state == MUTANT_SURVIVED && sweep->reasons[index] == NULL) {
        report_survivor(mutant, stderr);
    }
    show_progress(sweep);
}

/* -- running --------------------------------------------------------------------------------- */

static bool is_to_be_run(const struct sweep *sweep, size_t index)
{
    return sweep->is_chosen[index] && sweep->results[index].state == MUTANT_NOT_RUN &&
           (sweep->reasons[index] == NULL || sweep->request->is_complete);
}

static bool run_chosen(struct sweep *sweep)
{
    char path[PATH_BYTES];
    char programs[PATH_BYTES] = "";
    char programs_32[PATH_BYTES];
    const struct request *request = sweep->request;
    const ssize_t bytes = readlink("/proc/self/exe", programs, sizeof programs - 1);
    char *slash = bytes > 0 ? strrchr(programs, '/') : NULL;
    if (slash == NULL) {
        perror("bed mutate: /proc/self/exe");
        return false;
    }
    *slash = '\0';
    (void)snprintf(programs_32, sizeof programs_32, "%s/build/m32", request->root);
    build_path(path, sizeof path, "%s/bed-mutant", programs_32);
    const bool has_32 = access(path, X_OK) == 0;
    const bool is_part = request->sample != 0 || request->name_count != 0;
    char work[PATH_BYTES];
    (void)snprintf(work, sizeof work, "%s/%s", request->work, is_part ? "part" : "work");
    const struct mutate_options options = {.root = request->root,
                                           .work = work,
                                           .programs = programs,
                                           .programs_32 = has_32 ? programs_32 : NULL,
                                           .groups = request->groups,
                                           .only_steps = request->steps,
                                           .jobs = request->jobs};
    if (!mutate_prepare(&options, &sweep->mutants, is_part ? sweep->is_chosen : NULL,
                        sweep->results)) {
        return false;
    }
    read_notes(sweep);
    for (size_t i = 0; i < sweep->mutants.count; i++) {
        if (is_to_be_run(sweep, i)) {
            sweep->to_run[sweep->to_run_count++] = i;
        }
    }
    note_path(request, path);
    sweep->log = fopen(path, "ae");
    if (sweep->log == NULL) {
        perror(path);
        return false;
    }
    sweep->begun_at = seconds_now();
    sweep->shown_at = sweep->begun_at;
    const bool ok = mutate_run(&options, &sweep->mutants, sweep->to_run, sweep->to_run_count,
                               sweep->results, note, sweep);
    (void)fclose(sweep->log);
    return ok;
}

static int run(struct sweep *sweep)
{
    const struct request *request = sweep->request;
    const bool prints_json = request->json != NULL && strcmp(request->json, "-") == 0;
    if (!build_can_write(request->json) || !build_can_write(request->markdown) ||
        !build_can_write(request->survivors)) {
        return EXIT_USAGE;
    }
    const bool has_run = run_chosen(sweep);
    if (!has_run && sweep->done_count == 0) {
        return EXIT_USAGE;
    }
    const struct report report = {
        &sweep->mutants,  sweep->results, sweep->reasons,
        sweep->is_chosen, has_run,        request->sample != 0 || request->name_count != 0};
    const bool is_good = report_print(&report, prints_json ? stderr : stdout);
    bool is_written = true;
    if (request->survivors != NULL) {
        is_written = report_write(&report, request->survivors, report_survivors) && is_written;
    }
    if (request->json != NULL) {
        is_written = report_write(&report, request->json, report_json) && is_written;
    }
    if (request->markdown != NULL) {
        is_written = report_write_page(&report, request->markdown) && is_written;
    }
    if (!has_run || !is_written || !report_is_settled(&report)) {
        return EXIT_USAGE;
    }
    return is_good ? EXIT_OK : EXIT_FINDING;
}

static int show(const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->mutants.count; i++) {
        const struct mutant *mutant = &sweep->mutants.items[i];
        if (strcmp(mutant->id, sweep->request->show) == 0) {
            (void)printf("%s:%u %s\n", mutant->file, mutant->line, mutant->function);
            schema_print_one(&sweep->mutants, mutant, stdout);
            return EXIT_OK;
        }
    }
    (void)fprintf(stderr, "bed mutate: no mutant has the id %s; --list lists them\n",
                  sweep->request->show);
    return EXIT_USAGE;
}

static int list(const struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->mutants.count; i++) {
        if (sweep->is_chosen[i]) {
            list_print(&sweep->mutants.items[i], mutate_what_name(sweep->mutants.items[i].what),
                       stdout);
        }
    }
    return EXIT_OK;
}

static int perform(struct sweep *sweep)
{
    const struct request *request = sweep->request;
    char path[PATH_BYTES];
    check_ids(&sweep->mutants);
    if (!choose(sweep)) {
        return EXIT_USAGE;
    }
    if (request->show != NULL) {
        return show(sweep);
    }
    if (request->is_listing) {
        return list(sweep);
    }
    (void)snprintf(path, sizeof path, "%s/sharpness/equivalent.txt", request->root);
    if (!list_read(request->list != NULL ? request->list : path, &sweep->mutants, sweep->reasons)) {
        return EXIT_USAGE;
    }
    return run(sweep);
}

static int run_session(const struct request *request)
{
    struct sweep sweep = {.request = request};
    int status = EXIT_USAGE;
    if (!read_core(request, &sweep.mutants)) {
        return EXIT_USAGE;
    }
    const size_t count = sweep.mutants.count;
    sweep.is_chosen = calloc(count, sizeof *sweep.is_chosen);
    sweep.reasons = calloc(count, sizeof *sweep.reasons);
    sweep.to_run = calloc(count, sizeof *sweep.to_run);
    sweep.results = pool_share(count * sizeof *sweep.results);
    if (sweep.is_chosen != NULL && sweep.reasons != NULL && sweep.to_run != NULL) {
        status = perform(&sweep);
    } else {
        (void)fputs("bed mutate: out of memory\n", stderr);
    }
    free(sweep.is_chosen);
    free((void *)sweep.reasons);
    free(sweep.to_run);
    return status;
}

/* -- options --------------------------------------------------------------------------------- */

static bool take_number(const char *text, unsigned *number)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    *number = (unsigned)value;
    if (end == text || *end != '\0' || value > 1000000) {
        (void)fprintf(stderr, "bed mutate: '%s' is no number that it takes\n", text);
        return false;
    }
    return true;
}

static bool take_option(int option, struct request *request)
{
    switch (option) {
    case 'f':
        request->file = optarg;
        return true;
    case 'v':
        request->survivors = optarg;
        return true;
    case 'j':
        request->json = optarg;
        return true;
    case 'e':
        request->list = optarg;
        return true;
    case 's':
        request->show = optarg;
        return true;
    case 'w':
        request->work = optarg;
        return true;
    case 't':
        request->steps = optarg;
        return true;
    case 'm':
        request->markdown = optarg;
        return true;
    case 'r':
        request->root = optarg;
        return true;
    case 'l':
        request->is_listing = true;
        return true;
    case 'q':
        return take_number(optarg, &request->groups);
    case 'R':
        request->is_resuming = true;
        return true;
    case 'a':
        request->is_complete = true;
        return true;
    case 'n':
        return take_number(optarg, &request->sample);
    case 'S':
        return take_number(optarg, &request->seed);
    case 'J':
        return take_number(optarg, &request->jobs);
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"file", required_argument, NULL, 'f'},   {"survivors", required_argument, NULL, 'v'},
        {"json", required_argument, NULL, 'j'},   {"equivalent", required_argument, NULL, 'e'},
        {"show", required_argument, NULL, 's'},   {"work", required_argument, NULL, 'w'},
        {"steps", required_argument, NULL, 't'},  {"markdown", required_argument, NULL, 'm'},
        {"root", required_argument, NULL, 'r'},   {"list", no_argument, NULL, 'l'},
        {"groups", required_argument, NULL, 'q'}, {"resume", no_argument, NULL, 'R'},
        {"all", no_argument, NULL, 'a'},          {"sample", required_argument, NULL, 'n'},
        {"seed", required_argument, NULL, 'S'},   {"jobs", required_argument, NULL, 'J'},
        {"help", no_argument, NULL, 'h'},         {NULL, 0, NULL, 0}};
    char work[PATH_BYTES];
    const char *root = getenv("HEAPBED_ROOT");
    struct request request = {.root = root != NULL ? root : HEAPBED_SOURCE_DIR, .seed = 1};
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'h') {
            print_help();
            return EXIT_OK;
        }
        if (!take_option(option, &request)) {
            (void)fputs("bed mutate: try --help\n", stderr);
            return EXIT_USAGE;
        }
    }
    request.names = argv + optind;
    request.name_count = argc - optind;
    (void)snprintf(work, sizeof work, "%s/out/mutate", request.root);
    request.work = request.work != NULL ? request.work : work;
    return run_session(&request);
}
