/* SPDX-License-Identifier: MIT
 *
 * bed bugs: builds the core with each planted bug, searches each build from nothing, replays and
 * shrinks what was found, and tells what it took; and searches the clean core as hard.
 */
#include "bugs.h"

#include "build.h"
#include "pool.h"
#include "run.h"
#include "supervise/files.h"
#include "supervise/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1200

/* Budgets of operations. A search does some 200,000 to 400,000 a second. */
#define OPERATIONS_QUICK 1000000u
#define OPERATIONS_FULL  2000000u
#define OPERATIONS_CLEAN 300000u /* quick; else as a bug's */
#define OPERATIONS_HARD  20000000u
#define SEEDS_FULL       20u
#define SEEDS_HARD       5u
#define SEEDS_CLEAN      5u
#define BUILD_SECONDS    120u
#define SEARCH_SECONDS   900u

static void print_help(void)
{
    (void)printf(
        "usage: ./bed bugs [OPTIONS] [NAME...]\n\n"
        "Plants each bug of sharpness/bugs/ (or those that are named) in a copy of the core, and\n"
        "lets libFuzzer search it, from an empty corpus, for whatever an oracle objects to.\n"
        "Tells for each: reached, infected, detected; the oracle that spoke first; operations\n"
        "and seconds of processor time to that, median over the seeds; length once shrunk.\n"
        "The clean core is searched too: what is found there is a false alarm.\n\n"
        "  --list         the bugs: name, class, source, what an engineer would see\n"
        "  --quick        one seed each; of a hard bug bugs/NAME.txt is replayed instead\n"
        "  --seeds N      searches of each bug (default 20; of a hard one 5)\n"
        "  --operations N budget of each search (default 2 million, hard ones 20; quick 1)\n"
        "  --jobs N       at once (default: as many as there are processors)\n"
        "  --without A,B  these oracles do not speak (docs/oracles.md)\n"
        "  --contract foreign   as if the core promised no placement\n"
        "  --matrix       which oracle speaks first, and which with that one off; both with the\n"
        "                 exact model and as another's allocator; and which oracles no bug needs\n"
        "  --matrix-operations N   budget of each of its searches (default 250,000, or as many\n"
        "                 as the bug took, up to 2 million, where that is more)\n"
        "  --update       writes sharpness/bugs/NAME.txt of the hard bugs that were found\n"
        "  --json FILE    the same as JSON (- for standard output)\n"
        "  --markdown FILE   a page of it; with --matrix in it\n"
        "  --bugs FOLDER  other patches\n"
        "  --clean TARGET what is searched for false alarms, instead of the core's variants\n"
        "  --no-clean     nothing is searched for false alarms; not in a run of all\n"
        "  --work FOLDER  for builds and what was found (default build/bugs)\n\n"
        "Exit status: 0 every bug was detected and nothing else; 1 a miss, a false alarm or a\n"
        "patch that does not apply, in a run of all a hard bug over 60 s of processor time, in a\n"
        "matrix of all an oracle that no bug needs and nothing excuses; 2 usage or environment.\n");
}

void bugs_folder(const struct bugs *bugs, const struct bug *bug, char *path, unsigned path_bytes)
{
    (void)snprintf(path, path_bytes, "%s/%s", bugs->options.work_folder, bug->name);
}

void bugs_object(const struct bugs *bugs, const struct bug *bug, const char *kind, char *path,
                 unsigned path_bytes)
{
    (void)snprintf(path, path_bytes, "%s/%s/%s", bugs->options.work_folder, bug->name, kind);
}

const char *bugs_preset(const struct bug *bug)
{
    if (bug->is_32_bit) {
        return "fuzz-m32";
    }
    return bug->is_sanitized ? "fuzz" : "fuzz-plain";
}

const char *bugs_harness(bool is_corrupting)
{
    return is_corrupting ? "corrupt" : "lockstep";
}

uint64_t bugs_budget(const struct options *options, const struct bug *bug)
{
    if (options->operations != 0) {
        return options->operations;
    }
    if (bug == NULL && options->is_quick) {
        return OPERATIONS_CLEAN;
    }
    if (bug != NULL && bug->hard[0] != '\0') {
        return OPERATIONS_HARD;
    }
    return options->is_quick ? OPERATIONS_QUICK : OPERATIONS_FULL;
}

/* What a full run demands of the hard ones' time. */
bool bugs_is_slow(const struct bugs *bugs, size_t index)
{
    return !bugs->options.is_quick && bugs->list.items[index].hard[0] != '\0' &&
           bugs->outcomes[index].seconds > HARD_SECONDS_MAX;
}

static bool is_infected(const struct outcome *outcome)
{
    return outcome->is_unmeasured || (outcome->is_reached && outcome->is_infected);
}

/* More than half of the seeds have to find it, its place has to be infected, and what was found has
 * to be clean on the clean core. */
bool bugs_is_miss(const struct bugs *bugs, size_t index)
{
    const struct bug *bug = &bugs->list.items[index];
    const struct outcome *outcome = &bugs->outcomes[index];
    const bool is_hard = bug->hard[0] != '\0';
    if (is_hard && bugs->options.is_quick) {
        return !outcome->is_input_sharp || !is_infected(outcome);
    }
    return outcome->found * 2 <= outcome->searches || !outcome->is_replayed ||
           !outcome->is_clean_sound || !is_infected(outcome);
}

/* --- progress
 * -------------------------------------------------------------------------------------
 */

static struct progress {
    const char *what;
    size_t done;
    size_t count;
    double shown_at;
} progress;

static void begin_progress(const char *what, size_t count)
{
    progress = (struct progress){.what = what, .count = count, .shown_at = seconds_now()};
}

static bool show_progress(void *context, size_t index, enum pool_end end)
{
    const bool is_terminal = isatty(STDERR_FILENO) != 0;
    const double now = seconds_now();
    (void)context;
    (void)index;
    (void)end;
    progress.done++;
    if (progress.done == progress.count || now - progress.shown_at > (is_terminal ? 0.2 : 10)) {
        progress.shown_at = now;
        (void)fprintf(stderr, "%sbed bugs: %s: %zu of %zu%s", is_terminal ? "\r\033[K" : "",
                      progress.what, progress.done, progress.count,
                      is_terminal && progress.done < progress.count ? "" : "\n");
    }
    return true;
}

/* --- building
 * -------------------------------------------------------------------------------------
 */

static bool build_object(const struct bugs *bugs, const struct bug *bug, const char *folder,
                         enum build_kind kind, const char *name, char *log)
{
    char core[PATH_BYTES + 8];
    char probe[PATH_BYTES + 32];
    char output[PATH_BYTES];
    (void)snprintf(core, sizeof core, "%s/core", folder);
    (void)snprintf(probe, sizeof probe, "%s/sharpness/probe.h", bugs->options.root);
    bugs_object(bugs, bug, name, output, sizeof output);
    const struct build build = {.root = bugs->options.root,
                                .core = core,
                                .variant = bug->target,
                                .is_32_bit = bug->is_32_bit,
                                .kind = kind,
                                .probe = probe,
                                .output = output};
    return build_target(&build, log, REASON_BYTES);
}

static bool has_newer(const char *folder, const char *output)
{
    DIR *entries = opendir(folder);
    bool is_found = entries == NULL;
    for (const struct dirent *entry; !is_found && (entry = readdir(entries)) != NULL;) {
        char path[PATH_BYTES];
        build_path(path, sizeof path, "%s/%s", folder, entry->d_name);
        is_found = entry->d_name[0] != '.' && !build_is_newer(output, path);
    }
    if (entries != NULL) {
        (void)closedir(entries);
    }
    return is_found;
}

/* Whether what an earlier run built is younger than all that it was made of. */
static bool is_up_to_date(const struct bugs *bugs, const struct bug *bug)
{
    static const char *const folders[] = {"core", "core/bitmap", "core/list",
                                          "testbed/include/heapbed", "sanitizers/annotate"};
    static const char *const files[] = {"testbed/targets.h", "testbed/targets/bestfit.c",
                                        "sharpness/probe.h", "sharpness/build.c"};
    char path[PATH_BYTES];
    char last[PATH_BYTES];
    bugs_object(bugs, bug, "replay.so", last, sizeof last); /* it is built after the other */
    if (!build_is_newer(last, bug->patch)) {
        return false;
    }
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", bugs->options.root, folders[i]);
        if (has_newer(path, last)) {
            return false;
        }
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)snprintf(path, sizeof path, "%s/%s", bugs->options.root, files[i]);
        if (!build_is_newer(last, path)) {
            return false;
        }
    }
    return true;
}

/* In a child. */
static bool build_one(void *context, size_t index)
{
    struct bugs *bugs = context;
    const struct bug *bug = &bugs->list.items[index];
    struct outcome *outcome = &bugs->outcomes[index];
    char folder[PATH_BYTES];
    bugs_folder(bugs, bug, folder, sizeof folder);
    outcome->is_built =
        is_up_to_date(bugs, bug) ||
        (bug_plant(bug, bugs->options.root, folder, outcome->reason, REASON_BYTES) &&
         build_object(bugs, bug, folder, bug->is_sanitized ? BUILD_SANITIZED : BUILD_INSTRUMENTED,
                      "search.so", outcome->reason) &&
         build_object(bugs, bug, folder, bug->is_sanitized ? BUILD_SANITIZED : BUILD_UNOPTIMISED,
                      "replay.so", outcome->reason));
    return true;
}

static bool build_all(struct bugs *bugs)
{
    const struct pool pool = {.jobs = bugs->options.jobs,
                              .count = bugs->list.count,
                              .seconds_max = BUILD_SECONDS,
                              .work = build_one,
                              .done = show_progress,
                              .context = bugs};
    begin_progress("building", pool.count);
    return pool_run(&pool);
}

/* --- searching
 * ------------------------------------------------------------------------------------
 */

struct stage {
    struct bugs *bugs;
    struct task *tasks; /* shared */
    size_t count;
};

static void search_task(const struct bugs *bugs, struct task *task)
{
    char target[PATH_BYTES];
    char folder[PATH_BYTES];
    const bool is_clean = task->bug == SIZE_MAX;
    const struct bug *bug = is_clean ? NULL : &bugs->list.items[task->bug];
    if (is_clean) {
        (void)snprintf(target, sizeof target, "%s", task->variant);
        (void)snprintf(folder, sizeof folder, "%s/clean-%s-%s-%s-%u", bugs->options.work_folder,
                       task->preset, bugs_harness(task->is_corrupting), task->variant, task->seed);
    } else {
        bugs_object(bugs, bug, "search.so", target, sizeof target);
        (void)snprintf(folder, sizeof folder, "%s/%s/seed-%u", bugs->options.work_folder, bug->name,
                       task->seed);
    }
    const struct search search = {.root = bugs->options.root,
                                  .preset = task->preset,
                                  .harness = bugs_harness(task->is_corrupting),
                                  .target = target,
                                  .without = bugs->options.without,
                                  .is_foreign = bugs->options.is_foreign,
                                  .seed = task->seed,
                                  .operations = task->operations,
                                  .folder = folder};
    search_run(&search, &task->result);
}

/* In a child. */
static bool search_one(void *context, size_t index)
{
    struct stage *stage = context;
    search_task(stage->bugs, &stage->tasks[index]);
    return stage->tasks[index].result.has_run;
}

static unsigned seeds_of(const struct options *options, const struct bug *bug)
{
    if (options->seeds != 0) {
        return options->seeds;
    }
    if (options->is_quick) {
        return 1;
    }
    if (bug == NULL) {
        return SEEDS_CLEAN;
    }
    return bug->hard[0] != '\0' ? SEEDS_HARD : SEEDS_FULL;
}

static void add_bug_tasks(struct stage *stage, size_t index)
{
    const struct bugs *bugs = stage->bugs;
    const struct bug *bug = &bugs->list.items[index];
    const bool is_replayed_only = bugs->options.is_quick && bug->hard[0] != '\0';
    if (!bugs->outcomes[index].is_built || is_replayed_only) {
        return;
    }
    for (unsigned seed = 1; seed <= seeds_of(&bugs->options, bug); seed++) {
        stage->tasks[stage->count++] =
            (struct task){.bug = index,
                          .preset = bugs_preset(bug),
                          .is_corrupting = bug->is_corrupting,
                          .seed = seed,
                          .operations = bugs_budget(&bugs->options, bug)};
    }
}

static bool has_sanitized(const struct bugs *bugs)
{
    for (size_t i = 0; i < bugs->list.count; i++) {
        if (bugs->list.items[i].is_sanitized) {
            return true;
        }
    }
    return false;
}

static void add_clean(struct stage *stage, const char *preset, const char *variant,
                      bool is_corrupting)
{
    const struct options *options = &stage->bugs->options;
    for (unsigned seed = 1; seed <= seeds_of(options, NULL); seed++) {
        stage->tasks[stage->count++] = (struct task){.bug = SIZE_MAX,
                                                     .variant = variant,
                                                     .preset = preset,
                                                     .is_corrupting = is_corrupting,
                                                     .seed = seed,
                                                     .operations = bugs_budget(options, NULL)};
    }
}

static const char *const variants[] = {"bestfit",       "bestfit-list", "bestfit-small",
                                       "bestfit-large", "bestfit-off",  "bestfit-paranoid"};
#define VARIANT_COUNT   (sizeof variants / sizeof variants[0])
#define CLEAN_TASKS_MAX (2 * VARIANT_COUNT + 2)

/* Every variant in lockstep; overwritten, those that say what damage they see. */
static void add_clean_tasks(struct stage *stage)
{
    if (stage->bugs->options.clean != NULL) {
        add_clean(stage, "fuzz-plain", stage->bugs->options.clean, false);
        return;
    }
    for (size_t i = 0; i < VARIANT_COUNT; i++) {
        add_clean(stage, "fuzz-plain", variants[i], false);
        if (strcmp(variants[i], "bestfit-off") != 0 && strcmp(variants[i], "bestfit-list") != 0) {
            add_clean(stage, "fuzz-plain", variants[i], true);
        }
    }
    if (stage->bugs->options.has_32_bit) {
        add_clean(stage, "fuzz-m32", "bestfit", false);
    }
    if (has_sanitized(stage->bugs)) {
        add_clean(stage, "fuzz", "bestfit-annotated", false);
    }
}

static int compare_results(const void *a, const void *b)
{
    const struct search_result *left = *(const struct search_result *const *)a;
    const struct search_result *right = *(const struct search_result *const *)b;
    if (left->has_found != right->has_found) {
        return left->has_found ? -1 : 1; /* who finds nothing needs longest */
    }
    return (left->operations > right->operations) - (left->operations < right->operations);
}

/* The oracle that most of them name. */
static const char *most_frequent(const struct search_result *const *results, unsigned count)
{
    const char *best = "";
    unsigned best_count = 0;
    for (unsigned i = 0; i < count; i++) {
        unsigned same = 0;
        for (unsigned j = 0; j < count; j++) {
            same += strcmp(results[i]->oracle, results[j]->oracle) == 0;
        }
        if (results[i]->oracle[0] != '\0' && same > best_count) {
            best = results[i]->oracle;
            best_count = same;
        }
    }
    return best;
}

static uint32_t oracle_bit(const char *name)
{
    uint32_t bits = 0;
    return name[0] != '\0' && hb_oracles_from_names(name, &bits) ? bits : 0;
}

static void sum_up_bug(const struct stage *stage, size_t index)
{
    const struct search_result *results[SEEDS_MAX];
    struct outcome *outcome = &stage->bugs->outcomes[index];
    unsigned count = 0;
    for (size_t i = 0; i < stage->count; i++) {
        const struct task *task = &stage->tasks[i];
        if (task->bug == index && task->result.has_run && count < SEEDS_MAX) {
            results[count++] = &task->result;
            outcome->found += task->result.has_found;
            outcome->is_reached |= task->result.is_reached;
            outcome->is_infected |= task->result.is_infected;
            outcome->spoken |= oracle_bit(task->result.oracle);
            outcome->finder =
                outcome->finder == 0 && task->result.has_found ? task->seed : outcome->finder;
        }
    }
    outcome->searches = count;
    if (count > 0) {
        qsort((void *)results, count, sizeof results[0], compare_results);
        const struct search_result *const median = results[count / 2]; /* of two the upper */
        outcome->is_median_miss = !median->has_found;
        outcome->operations = median->operations;
        outcome->seconds = median->seconds;
        for (unsigned i = 0; i < count; i++) {
            outcome->samples[i] = results[i]->operations;
        }
        (void)snprintf(outcome->oracle, sizeof outcome->oracle, "%s",
                       most_frequent(results, count));
    }
}

/* False: a search has not come to its end, so that nothing can be said. */
static bool sum_up(struct stage *stage)
{
    struct clean *clean = &stage->bugs->clean;
    bool ok = true;
    for (size_t i = 0; i < stage->count; i++) {
        const struct task *task = &stage->tasks[i];
        const char *const name =
            task->bug == SIZE_MAX ? task->variant : stage->bugs->list.items[task->bug].name;
        if (!task->result.has_run && !pool_is_interrupted()) {
            (void)fprintf(stderr,
                          "bed bugs: %s, seed %u: the search did not come to its end; see "
                          "its log in %s\n",
                          name, task->seed, stage->bugs->options.work_folder);
            ok = false;
        }
        if (task->bug == SIZE_MAX && task->result.has_run) {
            clean->searches++;
            clean->operations += task->result.operations;
            clean->false_alarms += task->result.has_found;
            if (task->result.has_found) {
                (void)fprintf(stderr, "bed bugs: FALSE ALARM: %s, %s, %s, seed %u: %s\n", name,
                              task->preset, bugs_harness(task->is_corrupting), task->seed,
                              task->result.oracle);
            }
        }
    }
    for (size_t i = 0; i < stage->bugs->list.count; i++) {
        sum_up_bug(stage, i);
    }
    return ok;
}

static bool search_all(struct bugs *bugs)
{
    const size_t room = (bugs->list.count + CLEAN_TASKS_MAX) * SEEDS_MAX;
    struct stage stage = {.bugs = bugs, .tasks = pool_share(room * sizeof(struct task))};
    if (!bugs->options.is_without_clean) {
        add_clean_tasks(&stage); /* the longest first */
    }
    for (size_t i = 0; i < bugs->list.count; i++) {
        add_bug_tasks(&stage, i);
    }
    const struct pool pool = {.jobs = bugs->options.jobs,
                              .count = stage.count,
                              .seconds_max = SEARCH_SECONDS,
                              .work = search_one,
                              .done = show_progress,
                              .context = &stage};
    begin_progress("searching", pool.count);
    const bool has_ended = pool_run(&pool);
    return sum_up(&stage) && has_ended;
}

/* --- all of it
 * ------------------------------------------------------------------------------------
 */

static void list_bugs(const struct bug_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        const struct bug *bug = &list->items[i];
        (void)printf("%s\n  %s, %s%s%s; %s\n  %s\n%s%s%s", bug->name, bug->class_name, bug->target,
                     bug->is_32_bit ? ", 32 bit" : "", bug->is_corrupting ? ", corrupt" : "",
                     bug->source, bug->sees, bug->hard[0] != '\0' ? "  hard: " : "", bug->hard,
                     bug->hard[0] != '\0' ? "\n" : "");
    }
    (void)printf("%zu bugs\n", list->count);
}

/* The presets that the searches need, a line each: for the launcher. */
static void list_builds(const struct bugs *bugs)
{
    (void)printf("fuzz-plain\n%s%s", bugs->options.has_32_bit ? "fuzz-m32\n" : "",
                 has_sanitized(bugs) ? "fuzz\n" : "");
}

static void leave_out_32_bit(struct bug_list *list)
{
    size_t kept = 0;
    for (size_t i = 0; i < list->count; i++) {
        if (!list->items[i].is_32_bit) {
            list->items[kept++] = list->items[i];
        }
    }
    if (kept < list->count) {
        (void)fprintf(stderr, "bed bugs: %zu bugs need 32-bit code, which this machine has not\n",
                      list->count - kept);
        list->count = kept;
    }
}

/* Two runs in one folder would spoil each other. */
static bool lock_work_folder(const struct bugs *bugs)
{
    char path[PATH_BYTES];
    if (mkdir(bugs->options.work_folder, 0777) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "bed bugs: %s: %s\n", bugs->options.work_folder, strerror(errno));
        return false;
    }
    (void)snprintf(path, sizeof path, "%s/lock", bugs->options.work_folder);
    if (access(path, F_OK) != 0 && rmdir(bugs->options.work_folder) != 0) {
        (void)fprintf(stderr, "bed bugs: %s has files that are not mine\n",
                      bugs->options.work_folder);
        return false;
    }
    (void)mkdir(bugs->options.work_folder, 0777);
    const char *const clear[] = {"find",      bugs->options.work_folder,
                                 "-mindepth", "1",
                                 "-maxdepth", "2",
                                 "(",         "-name",
                                 "seed-*",    "-o",
                                 "-name",     "cell-*",
                                 "-o",        "-name",
                                 "clean-*",   ")",
                                 "-prune",    "-exec",
                                 "rm",        "-rf",
                                 "{}",        "+",
                                 NULL};
    const int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (lock < 0 || flock(lock, LOCK_EX | LOCK_NB) != 0) {
        (void)fprintf(stderr, "bed bugs: another run works in %s; --work names another folder\n",
                      bugs->options.work_folder);
        return false;
    }
    char log[REASON_BYTES];
    (void)build_run(clear, NULL, log, sizeof log);
    return true;
}

static bool has_program(const struct bugs *bugs, const char *preset, const char *name)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/build/%s/%s", bugs->options.root, preset, name);
    if (access(path, X_OK) != 0) {
        (void)fprintf(stderr, "bed bugs: %s is not built: ./bed bugs builds it\n", path);
        return false;
    }
    return true;
}

/* The fuzz programs are other builds', which the launcher makes. */
static bool has_programs(const struct bugs *bugs)
{
    for (size_t i = 0; i < bugs->list.count; i++) {
        const struct bug *bug = &bugs->list.items[i];
        if (!has_program(bugs, bugs_preset(bug), bugs_harness(bug->is_corrupting)) ||
            !has_program(bugs, bugs_preset_of_reducer(bug), "bed-reduce") ||
            (bugs->options.is_matrix && !bug->is_corrupting &&
             !has_program(bugs, bugs_preset(bug), "differential"))) {
            return false;
        }
    }
    return true;
}

static bool has_miss(const struct bugs *bugs)
{
    char dead[512] = "";
    bool has_any = bugs->clean.false_alarms > 0;
    for (size_t i = 0; i < bugs->list.count; i++) {
        has_any |= bugs_is_miss(bugs, i) || bugs_is_slow(bugs, i);
    }
    if (bugs->rows != NULL && !bugs->is_part) {
        bugs_dead_weight(bugs, dead, sizeof dead);
    }
    return has_any || dead[0] != '\0';
}

/* Whether all that was asked has an answer. */
static bool is_known(const struct bugs *bugs)
{
    for (size_t i = 0; i < bugs->list.count; i++) {
        if (bugs->outcomes[i].is_not_run) {
            return false;
        }
    }
    return bugs->rows == NULL || bugs_matrix_is_known(bugs);
}

static bool has_searched(const struct bugs *bugs)
{
    bool has_any = bugs->clean.searches > 0;
    for (size_t i = 0; i < bugs->list.count; i++) {
        has_any |= bugs->outcomes[i].searches > 0;
    }
    return has_any;
}

/* The JSON says that it is not complete, and so does the page, which is left as it was where the
 * matrix was not begun. */
static void report_cut_short(const struct bugs *bugs, double seconds)
{
    const bool is_worth_telling = has_searched(bugs);
    (void)fprintf(stderr, "bed bugs: cut short%s\n",
                  is_worth_telling ? "; what is known so far:" : "");
    if (is_worth_telling) {
        bugs_print(bugs, seconds);
        (void)bugs_write_json(bugs, seconds);
    }
    if (bugs->rows != NULL) {
        (void)bugs_write_markdown(bugs);
    }
}

static int run(struct bugs *bugs)
{
    const double begun_at = seconds_now();
    if (!build_can_write(bugs->options.json_path) ||
        !build_can_write(bugs->options.markdown_path)) {
        return 2;
    }
    bugs->outcomes = pool_share(bugs->list.count * sizeof *bugs->outcomes);
    bugs->is_cut_short = !lock_work_folder(bugs) || !has_programs(bugs) || !build_all(bugs) ||
                         !search_all(bugs) || !bugs_replay(bugs) ||
                         (bugs->options.is_matrix && !bugs_fill_matrix(bugs));
    const double seconds = seconds_now() - begun_at;
    if (bugs->is_cut_short) {
        report_cut_short(bugs, seconds);
        return 2;
    }
    bugs_print(bugs, seconds);
    if (!bugs_write_json(bugs, seconds) || !bugs_write_markdown(bugs)) {
        return 2;
    }
    if (!is_known(bugs)) {
        (void)fprintf(stderr, "bed bugs: a replay or a search of the matrix was not run\n");
        return 2;
    }
    return has_miss(bugs) ? 1 : 0;
}

enum { OPTION_LIST = 256, OPTION_LIST_BUILDS, OPTION_CONTRACT, OPTION_HELP };

static bool take_number(const char *text, unsigned max, unsigned *number)
{
    char *end = NULL;
    const unsigned long value = strtoul(text, &end, 10);
    *number = (unsigned)value;
    return end != text && *end == '\0' && value > 0 && value <= max && text[0] != '-';
}

static bool take_option(struct options *options, int option)
{
    uint32_t bits;
    switch (option) {
    case 'j':
        return take_number(optarg, 256, &options->jobs);
    case 's':
        return take_number(optarg, SEEDS_MAX, &options->seeds);
    case 'o':
        return take_number(optarg, 1000000000, &options->operations);
    case 'w':
        options->without = optarg;
        return hb_oracles_from_names(optarg, &bits);
    case OPTION_CONTRACT:
        options->is_foreign = strcmp(optarg, "foreign") == 0;
        return options->is_foreign;
    case 'q':
        options->is_quick = true;
        return true;
    case 'C':
        options->is_without_clean = true;
        return true;
    case 'O':
        options->is_matrix = true;
        return take_number(optarg, 1000000000, &options->matrix_operations);
    case 'm':
        options->is_matrix = true;
        return true;
    case 'u':
        options->is_update = true;
        return true;
    case 'J':
        options->json_path = optarg;
        return true;
    case 'M':
        options->markdown_path = optarg;
        options->is_matrix = true;
        return true;
    case 'c':
        options->clean = optarg;
        return true;
    case 'b':
        options->bugs_folder = optarg;
        return true;
    case 'W':
        options->work_folder = optarg;
        return true;
    default:
        return false;
    }
}

/* What is to be done: 'r' run, OPTION_LIST, OPTION_LIST_BUILDS, OPTION_HELP; 0: wrong usage. */
static int parse(int argc, char **argv, struct options *options)
{
    static const struct option table[] = {{"list", no_argument, NULL, OPTION_LIST},
                                          {"list-builds", no_argument, NULL, OPTION_LIST_BUILDS},
                                          {"help", no_argument, NULL, OPTION_HELP},
                                          {"jobs", required_argument, NULL, 'j'},
                                          {"seeds", required_argument, NULL, 's'},
                                          {"operations", required_argument, NULL, 'o'},
                                          {"without", required_argument, NULL, 'w'},
                                          {"contract", required_argument, NULL, OPTION_CONTRACT},
                                          {"quick", no_argument, NULL, 'q'},
                                          {"matrix", no_argument, NULL, 'm'},
                                          {"update", no_argument, NULL, 'u'},
                                          {"json", required_argument, NULL, 'J'},
                                          {"markdown", required_argument, NULL, 'M'},
                                          {"bugs", required_argument, NULL, 'b'},
                                          {"clean", required_argument, NULL, 'c'},
                                          {"no-clean", no_argument, NULL, 'C'},
                                          {"matrix-operations", required_argument, NULL, 'O'},
                                          {"work", required_argument, NULL, 'W'},
                                          {NULL, 0, NULL, 0}};
    int what = 'r';
    for (int option; (option = getopt_long(argc, argv, "", table, NULL)) != -1;) {
        if (option >= OPTION_LIST && option != OPTION_CONTRACT) {
            what = option;
        } else if (!take_option(options, option)) {
            if (option != '?') {
                (void)fprintf(stderr, "bed bugs: '%s' means nothing there\n", optarg);
            }
            return 0;
        }
    }
    return what;
}

static int perform(struct bugs *bugs, int what)
{
    if (!bugs->options.has_32_bit) {
        leave_out_32_bit(&bugs->list);
    }
    if (what == OPTION_LIST) {
        list_bugs(&bugs->list);
    } else if (what == OPTION_LIST_BUILDS) {
        list_builds(bugs);
    } else {
        return run(bugs);
    }
    return 0;
}

int main(int argc, char **argv)
{
    char bugs_default[PATH_BYTES];
    char work_default[PATH_BYTES];
    const char *const root = getenv("HEAPBED_ROOT");
    struct bugs bugs = {.options = {.root = root != NULL ? root : HEAPBED_SOURCE_DIR,
                                    .bugs_folder = bugs_default,
                                    .work_folder = work_default,
                                    .without = "",
                                    .has_32_bit = getenv("HEAPBED_NO_M32") == NULL}};
    (void)snprintf(bugs_default, sizeof bugs_default, "%s/sharpness/bugs", bugs.options.root);
    (void)snprintf(work_default, sizeof work_default, "%s/build/bugs", bugs.options.root);
    command_name_set("bed bugs");
    const int what = parse(argc, argv, &bugs.options);
    if (what == OPTION_HELP) {
        print_help();
        return 0;
    }
    if (what == 0) {
        (void)fprintf(stderr, "Try: ./bed bugs --help\n");
        return 2;
    }
    int status = 2;
    bugs.is_part = optind < argc;
    if (bugs.options.is_without_clean && !bugs.is_part) {
        (void)fprintf(stderr,
                      "bed bugs: a run of all searches the clean core, too: --no-clean needs "
                      "names of bugs\n");
        return 2;
    }
    if (bug_list_read(bugs.options.bugs_folder, argv + optind, (size_t)(argc - optind),
                      &bugs.list)) {
        status = perform(&bugs, what);
    }
    free(bugs.list.items);
    return status;
}
