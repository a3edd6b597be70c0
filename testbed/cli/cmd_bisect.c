/* SPDX-License-Identifier: MIT
 *
 * bed bisect: which commit brought a finding. git chooses the commits (rev-list --bisect-all knows
 * about branches); here they are built, run and judged.
 */
#include "bisect_build.h"
#include "finding.h"
#include "reproducer.h"
#include "shrink.h"
#include "spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { HASH_BYTES = 41, OLDEST_TRIED_MAX = 24 };

enum outcome { OUTCOME_GOOD, OUTCOME_BAD, OUTCOME_SKIPPED, OUTCOME_BROKEN };

struct tested {
    char commit[HASH_BYTES];
    enum outcome outcome;
    char reason[160];
};

struct bisect {
    struct cli_finding finding;
    struct bisect_build build;
    const char *json_path;
    struct hb_bytes input;
    struct hb_ops ops;
    struct hb_verdict wanted; /* the verdict at BAD: the finding that is looked for */
    bool has_wanted;
    char good[HASH_BYTES];
    char bad[HASH_BYTES];
    struct tested *tested;
    size_t tested_count;
};

static volatile sig_atomic_t is_stopped;

static void stop(int number)
{
    (void)number;
    is_stopped = 1;
}

static void print_help(void)
{
    (void)printf(
        "usage: bed bisect [OPTIONS] FINDING [GOOD [BAD]]\n\n"
        "Which commit brought a finding: the first at which the input fails as it does at BAD\n"
        "(default HEAD), after GOOD (default: the oldest commit that builds). Commits that do not\n"
        "build, or fail in another way, are passed over. Your work tree is not touched.\n\n"
        "Of the core, over the project's history: every commit's core/ behind this tree's bed.\n"
        "  --target T      the variant of the core (default: the finding's, or else bestfit)\n"
        "Of another target, over its own:\n"
        "  --build COMMAND run by sh at the top of a worktree of each commit\n"
        "  --target PATH   the shared object that it builds, from there\n\n"
        "  --repo DIR      the repository (default: this project's; with --build: here)\n"
        "  --corrupt, --seed S, --timeout N   as for bed replay\n" CLI_JUDGING_HELP
        "  --json FILE     the commit, and what was tested, as JSON (- for standard output)\n\n"
        "Exit status: 0 found; 1 the finding does not fail at BAD, or does at GOOD; 2 usage or\n"
        "environment.\n");
}

/* --- one commit ---------------------------------------------------------------------------------
 */

struct shared_run {
    bool has_run;
    struct hb_run_result result;
};

/* In a process of its own: what a commit builds is loaded there, and goes with it. */
static bool run_target(struct bisect *bisect, const char *path, struct shared_run *shared)
{
    const struct hb_run_options options = cli_finding_options(&bisect->finding, &bisect->ops);
    memset(shared, 0, sizeof *shared);
    (void)fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        struct hb_run_options quiet = options;
        quiet.is_quiet = true;
        const struct hb_target *target = cli_target(path);
        shared->has_run =
            target != NULL &&
            (!bisect->finding.is_corrupting || hb_smash_refusal(target) == NULL) &&
            hb_run_isolated(&bisect->ops, target, &quiet,
                            cli_finding_seconds(&bisect->finding, &bisect->ops), &shared->result);
        _exit(0);
    }
    int status = 0;
    while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    return child > 0 && shared->has_run;
}

static enum outcome judge(struct bisect *bisect, const struct hb_run_result *result, char *reason,
                          size_t reason_bytes)
{
    const struct hb_verdict *verdict = &result->verdict;
    if (result->is_inconclusive) {
        (void)snprintf(reason, reason_bytes, "inconclusive");
        return OUTCOME_SKIPPED;
    }
    if (verdict->oracle == HB_ORACLE_NONE) {
        (void)snprintf(reason, reason_bytes, "clean");
        return OUTCOME_GOOD;
    }
    if (!bisect->has_wanted) {
        bisect->wanted = *verdict;
        bisect->has_wanted = true;
    }
    const bool is_it = hb_is_same_finding(&bisect->wanted, verdict);
    (void)snprintf(reason, reason_bytes, "%s%s at operation %zu",
                   is_it ? "" : "another finding: ", hb_oracle_name(verdict->oracle),
                   verdict->op_index);
    return is_it ? OUTCOME_BAD : OUTCOME_SKIPPED;
}

static char *title_of(const struct bisect *bisect, const char *commit)
{
    const char *const argv[] = {
        "git", "-C", bisect->build.repository, "log", "-1", "--format=%h %cs %s", commit, NULL};
    return cli_capture(argv, true);
}

static void say(const struct bisect *bisect, const struct tested *tested)
{
    static const char *const words[] = {"good", "bad", "skipped", "skipped"};
    char *title = title_of(bisect, tested->commit);
    (void)fprintf(stderr, "%-7s %.72s: %s\n", words[tested->outcome],
                  title != NULL ? title : tested->commit, tested->reason);
    free(title);
}

static struct tested *find_tested(struct bisect *bisect, const char *commit)
{
    for (size_t i = 0; i < bisect->tested_count; i++) {
        if (strcmp(bisect->tested[i].commit, commit) == 0) {
            return &bisect->tested[i];
        }
    }
    return NULL;
}

static enum outcome test_commit(struct bisect *bisect, const char *commit)
{
    static struct shared_run *shared;
    const struct tested *before = find_tested(bisect, commit);
    struct tested tested = {.outcome = OUTCOME_BROKEN};
    char path[4200];
    char log_path[4200];
    if (before != NULL) {
        return before->outcome;
    }
    if (shared == NULL && (shared = cli_shared_new(sizeof *shared)) == NULL) {
        exit(EXIT_USAGE);
    }
    (void)snprintf(tested.commit, sizeof tested.commit, "%s", commit);
    if (!bisect_build_commit(&bisect->build, commit, path, log_path)) {
        (void)snprintf(tested.reason, sizeof tested.reason, "does not build");
    } else if (!run_target(bisect, path, shared)) {
        (void)snprintf(tested.reason, sizeof tested.reason, "cannot be run");
    } else {
        tested.outcome = judge(bisect, &shared->result, tested.reason, sizeof tested.reason);
    }
    if (is_stopped) {
        return OUTCOME_BROKEN;
    }
    struct tested *list =
        realloc(bisect->tested, (bisect->tested_count + 1) * sizeof *bisect->tested);
    if (list == NULL) {
        perror("bed bisect");
        exit(EXIT_USAGE);
    }
    bisect->tested = list;
    list[bisect->tested_count++] = tested;
    say(bisect, &tested);
    return tested.outcome;
}

/* --- which commits ------------------------------------------------------------------------------
 */

/* With the core, commits that do not change it are none. */
static const char *path_of(const struct bisect *bisect)
{
    return bisect->build.command != NULL ? "." : "core";
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end != NULL ? end + 1 : NULL;
}

static bool take_commit(const char *text, char commit[HASH_BYTES])
{
    const size_t length = text != NULL ? strcspn(text, " \n") : 0;
    if (length != HASH_BYTES - 1) {
        return false;
    }
    memcpy(commit, text, length);
    commit[length] = '\0';
    return true;
}

/* The last commit up to a revision that changed what is looked at. */
static bool resolve(const struct bisect *bisect, const char *revision, char commit[HASH_BYTES])
{
    const char *const argv[] = {
        "git",    "-C", bisect->build.repository, "rev-list", "-1", "--end-of-options",
        revision, "--", path_of(bisect),          NULL};
    char *text = cli_capture(argv, false);
    const bool ok = take_commit(text, commit);
    free(text);
    if (!ok) {
        (void)fprintf(stderr, "bed bisect: %s: there is no commit '%s' with %s\n",
                      bisect->build.repository, revision, path_of(bisect));
    }
    return ok;
}

static bool is_ancestor(const struct bisect *bisect, const char *good, const char *bad)
{
    const char *const argv[] = {
        "git", "-C", bisect->build.repository, "merge-base", "--is-ancestor", good, bad, NULL};
    return cli_run(argv, NULL, "/dev/null") == 0;
}

/* Commits between, by --bisect-all: the one that splits them best comes first. Null at the end. */
static char *list_between(const struct bisect *bisect)
{
    size_t count = 0;
    const char **argv = calloc(bisect->tested_count + 16, sizeof *argv);
    char(*excluded)[HASH_BYTES + 1] = calloc(bisect->tested_count + 1, sizeof *excluded);
    if (argv == NULL || excluded == NULL) {
        perror("bed bisect");
        exit(EXIT_USAGE);
    }
    const char *const begin[] = {"git",      "-C",           bisect->build.repository,
                                 "rev-list", "--bisect-all", bisect->bad};
    for (; count < sizeof begin / sizeof begin[0]; count++) {
        argv[count] = begin[count];
    }
    for (size_t i = 0; i < bisect->tested_count; i++) {
        if (bisect->tested[i].outcome == OUTCOME_GOOD) {
            (void)snprintf(excluded[i], sizeof excluded[i], "^%s", bisect->tested[i].commit);
            argv[count++] = excluded[i];
        }
    }
    argv[count++] = "--";
    argv[count] = path_of(bisect);
    char *text = cli_capture(argv, false);
    free((void *)argv);
    free(excluded);
    return text;
}

/* How many commits may still be it, bad one included; next: the best that was not tested, empty
 * where there is none. */
static size_t choose_next(struct bisect *bisect, const char *list, char next[HASH_BYTES])
{
    size_t count = 0;
    next[0] = '\0';
    for (const char *line = list; line != NULL && *line != '\0';) {
        char commit[HASH_BYTES];
        if (take_commit(line, commit)) {
            count++;
            if (next[0] == '\0' && find_tested(bisect, commit) == NULL) {
                memcpy(next, commit, HASH_BYTES);
            }
        }
        line = next_line(line);
    }
    return count;
}

/* The oldest commit that builds and is not the finding in another form. */
static int find_good(struct bisect *bisect)
{
    const char *const argv[] = {
        "git",       "-C", bisect->build.repository, "rev-list", "--reverse",
        bisect->bad, "--", path_of(bisect),          NULL};
    char *list = cli_capture(argv, false);
    const char *line = list;
    int status = EXIT_USAGE;
    for (int i = 0; i < OLDEST_TRIED_MAX && line != NULL && !is_stopped; i++) {
        char commit[HASH_BYTES];
        if (!take_commit(line, commit)) {
            break;
        }
        const enum outcome outcome = test_commit(bisect, commit);
        if (outcome == OUTCOME_GOOD || outcome == OUTCOME_BAD) {
            memcpy(bisect->good, commit, sizeof commit);
            status = outcome == OUTCOME_GOOD ? EXIT_OK : EXIT_FINDING;
            break;
        }
        line = next_line(line);
    }
    free(list);
    if (status == EXIT_USAGE && !is_stopped) {
        (void)fprintf(stderr, "bed bisect: none of the oldest commits builds and is clean: name a "
                              "GOOD one\n");
    } else if (status == EXIT_FINDING) {
        (void)fprintf(stderr, "bed bisect: the oldest commit that builds has it already\n");
    }
    return status;
}

static int check_good(struct bisect *bisect, const char *good)
{
    if (good == NULL) {
        return find_good(bisect);
    }
    if (!is_ancestor(bisect, bisect->good, bisect->bad)) {
        (void)fprintf(stderr, "bed bisect: %s is no ancestor of the bad commit\n", good);
        return EXIT_USAGE;
    }
    switch (test_commit(bisect, bisect->good)) {
    case OUTCOME_GOOD:
        return EXIT_OK;
    case OUTCOME_BROKEN:
        if (!is_stopped) {
            (void)fprintf(stderr, "bed bisect: %s does not build or run: name another\n", good);
        }
        return EXIT_USAGE;
    default:
        (void)fprintf(stderr, "bed bisect: the input fails at %s already; name an older GOOD one\n",
                      good);
        return EXIT_FINDING;
    }
}

static int check_bad(struct bisect *bisect, const char *bad)
{
    if (!resolve(bisect, bad, bisect->bad)) {
        return EXIT_USAGE;
    }
    switch (test_commit(bisect, bisect->bad)) {
    case OUTCOME_BAD:
        return EXIT_OK;
    case OUTCOME_BROKEN:
        if (!is_stopped) {
            (void)fprintf(stderr, "bed bisect: %s does not build or run\n", bad);
        }
        return EXIT_USAGE;
    default:
        (void)fprintf(
            stderr,
            "bed bisect: the input does not fail at %s; name a BAD commit at which it does, "
            "behind a GOOD one\n",
            bad);
        return EXIT_FINDING;
    }
}

static unsigned steps_for(size_t count)
{
    unsigned steps = 0;
    while (count > 1) {
        count = (count + 1) / 2;
        steps++;
    }
    return steps;
}

/* --- what came of it ----------------------------------------------------------------------------
 */

static void add_commits(const char *list, cJSON *json)
{
    for (const char *line = list; line != NULL && *line != '\0';) {
        char commit[HASH_BYTES];
        if (take_commit(line, commit)) {
            cJSON_AddItemToArray(json, cJSON_CreateString(commit));
        }
        line = next_line(line);
    }
}

static bool write_json(struct bisect *bisect, const char *candidates, size_t count)
{
    static const char *const words[] = {"good", "bad", "skipped", "skipped"};
    if (bisect->json_path == NULL) {
        return true;
    }
    cJSON *json = cJSON_CreateObject();
    char *title = title_of(bisect, bisect->bad);
    cJSON_AddStringToObject(json, "schema", "heapbed-bisect/1");
    cJSON_AddBoolToObject(json, "found", count == 1);
    cJSON_AddStringToObject(json, "commit", bisect->bad);
    cJSON_AddStringToObject(json, "title", title != NULL ? title : "");
    cJSON_AddItemToObject(json, "verdict", cli_verdict_json(&bisect->wanted));
    add_commits(candidates, cJSON_AddArrayToObject(json, "candidates"));
    cJSON *list = cJSON_AddArrayToObject(json, "tested");
    for (size_t i = 0; i < bisect->tested_count; i++) {
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "commit", bisect->tested[i].commit);
        cJSON_AddStringToObject(item, "outcome", words[bisect->tested[i].outcome]);
        cJSON_AddStringToObject(item, "reason", bisect->tested[i].reason);
        cJSON_AddItemToArray(list, item);
    }
    free(title);
    return cli_write_json(bisect->json_path, json);
}

static void print_found(struct bisect *bisect, const char *candidates, size_t count, FILE *out)
{
    char *title = title_of(bisect, bisect->bad);
    (void)fprintf(out,
                  count == 1 ? "brought by %s\n  %s\n" : "brought by %s or one before it\n  %s\n",
                  bisect->bad, title != NULL ? title : "");
    free(title);
    if (count > 1) {
        (void)fprintf(out,
                      "  %zu commits cannot be told apart, since some could not be judged:\n%s\n",
                      count, candidates);
    }
    cli_print_verdict(&bisect->wanted, out);
}

static int search(struct bisect *bisect)
{
    for (;;) {
        char next[HASH_BYTES];
        char *list = list_between(bisect);
        const size_t count = choose_next(bisect, list, next);
        if (count == 0 || is_stopped) {
            free(list);
            return EXIT_USAGE;
        }
        if (next[0] == '\0') {
            const bool is_json_out =
                bisect->json_path != NULL && strcmp(bisect->json_path, "-") == 0;
            print_found(bisect, list, count, is_json_out ? stderr : stdout);
            const bool is_written = write_json(bisect, list, count);
            free(list);
            return is_written ? EXIT_OK : EXIT_USAGE;
        }
        (void)fprintf(stderr, "%zu commits left, about %u step%s\n", count, steps_for(count),
                      steps_for(count) == 1 ? "" : "s");
        if (test_commit(bisect, next) == OUTCOME_BAD) {
            memcpy(bisect->bad, next, sizeof next);
        }
        free(list);
    }
}

static int run(struct bisect *bisect, const char *good, const char *bad)
{
    if (good != NULL && !resolve(bisect, good, bisect->good)) {
        return EXIT_USAGE;
    }
    int status = check_bad(bisect, bad);
    status = status == EXIT_OK ? check_good(bisect, good) : status;
    status = status == EXIT_OK ? search(bisect) : status;
    if (is_stopped) {
        (void)fprintf(stderr, "bed bisect: stopped; it is after %s, and not after %s\n",
                      bisect->good[0] != '\0' ? bisect->good : "the beginning", bisect->bad);
        return EXIT_USAGE;
    }
    return status;
}

/* --- the command --------------------------------------------------------------------------------
 */

/* Which core, or which command. False, with the reason on stderr. */
static bool choose_target(struct bisect *bisect)
{
    struct bisect_build *build = &bisect->build;
    const char *name = bisect->finding.target_name;
    if (build->command != NULL) {
        build->target_path = name;
        build->repository = build->repository != NULL ? build->repository : ".";
        if (name == NULL || name[0] == '/') {
            (void)fprintf(stderr, "bed bisect: --build needs --target PATH, from the top of the "
                                  "repository\n");
            return false;
        }
        return true;
    }
    build->root = getenv("HEAPBED_ROOT");
    if (build->root == NULL) {
        (void)fprintf(stderr, "bed bisect: HEAPBED_ROOT, the folder of the project, is not set; "
                              "./bed bisect sets it\n");
        return false;
    }
    build->repository = build->repository != NULL ? build->repository : build->root;
    const struct hb_target *target = cli_target(name != NULL ? name : "bestfit");
    build->core_options = target != NULL ? hb_core_options(target) : NULL;
    if (target != NULL && build->core_options == NULL) {
        (void)fprintf(stderr,
                      "bed bisect: %s is no variant of the core: say how it is built, "
                      "--build COMMAND --target PATH\n",
                      target->name);
    }
    return build->core_options != NULL;
}

static bool prepare(struct bisect *bisect, const char *argument)
{
    struct cli_finding *finding = &bisect->finding;
    if (!cli_finding_open("bisect", argument, bisect->build.command == NULL, finding) ||
        !cli_seed("bisect", finding->seed_text, &finding->draw_seed) ||
        !cli_judging("bisect", finding->without_text, finding->contract_text, &finding->judging) ||
        !choose_target(bisect) || !cli_load(finding->input, &bisect->input)) {
        return false;
    }
    if (finding->against_name != NULL) {
        (void)fprintf(stderr, "bed bisect: a finding of two targets is of no one's history\n");
        return false;
    }
    bisect->ops = hb_ops_view(bisect->input.data, bisect->input.count);
    return true;
}

int cmd_bisect(int argc, char **argv)
{
    struct bisect bisect = {0};
    const struct cli_option options[] = {
        {"target", CLI_TEXT, &bisect.finding.target_name},
        {"corrupt", CLI_FLAG, &bisect.finding.is_corrupting},
        {"seed", CLI_TEXT, &bisect.finding.seed_text},
        {"without", CLI_TEXT, &bisect.finding.without_text},
        {"contract", CLI_TEXT, &bisect.finding.contract_text},
        {"timeout", CLI_COUNT, &bisect.finding.seconds_max},
        {"build", CLI_TEXT, &bisect.build.command},
        {"repo", CLI_TEXT, &bisect.build.repository},
        {"json", CLI_TEXT, &bisect.json_path},
        {NULL, CLI_FLAG, NULL},
    };
    int status = EXIT_OK;
    const int first = cli_parse(argc, argv, options, print_help, &status);
    if (first < 0) {
        return status;
    }
    if (argc - first < 1 || argc - first > 3) {
        (void)fprintf(stderr, "bed bisect: needs a finding, and then at most GOOD and BAD\n");
        return cli_usage_error("bisect");
    }
    const struct sigaction action = {.sa_handler = stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    const bool is_ready = cli_can_write(bisect.json_path) && prepare(&bisect, argv[first]) &&
                          bisect_build_begin(&bisect.build);
    status = is_ready ? run(&bisect, argc - first > 1 ? argv[first + 1] : NULL,
                            argc - first > 2 ? argv[first + 2] : "HEAD")
                      : EXIT_USAGE;
    bisect_build_end(&bisect.build);
    free(bisect.input.data);
    free(bisect.tested);
    return status;
}
