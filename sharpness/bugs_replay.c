/* SPDX-License-Identifier: MIT
 *
 * What a search found has to fail in a build that no engine has touched, too; it is shrunk there.
 */
#include "bugs.h"

#include "build.h"
#include "pool.h"
#include "supervise/process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <unistd.h>

#define PATH_BYTES        1200
#define QUERY_PERSONALITY 0xffffffffu
#define RUNS_QUICK        200u
#define RUNS_FULL         4000u
#define STAGE_SECONDS     300u

/* A verdict that hangs on where the system puts things comes and goes. */
#define PLAYS 4u

const char *bugs_preset_of_reducer(const struct bug *bug)
{
    if (bug->is_32_bit) {
        return "fuzz-m32";
    }
    return bug->is_sanitized ? "fuzz" : "release";
}

/* "ORACLE OPERATIONS REACHED INFECTED" */
static bool take_result(const char *said, struct reduction *reduction)
{
    const size_t length = strcspn(said, " ");
    char *at = NULL;
    char *end = NULL;
    if (said[length] == '\0' || length >= SEARCH_ORACLE_BYTES) {
        return false;
    }
    (void)snprintf(reduction->oracle, sizeof reduction->oracle, "%.*s", (int)length, said);
    reduction->operations = (unsigned)strtoul(said + length, &at, 10);
    reduction->is_reached = strtoul(at, &end, 10) != 0;
    const char *const last = end;
    reduction->is_infected = strtoul(last, &end, 10) != 0;
    return end != last && last != at && at != said + length;
}

int bugs_reduce(const struct bugs *bugs, const struct bug *bug, struct reduction *reduction)
{
    char program[PATH_BYTES];
    char runs[16];
    char said[512];
    const char *argv[20] = {program,     "--target",         reduction->target,
                            "--without", reduction->without, "--runs",
                            runs,        "--seconds",        bugs->options.is_quick ? "3" : "20"};
    size_t count = 9;
    (void)snprintf(program, sizeof program, "%s/build/%s/bed-reduce", bugs->options.root,
                   bugs_preset_of_reducer(bug));
    (void)snprintf(runs, sizeof runs, "%u", reduction->runs);
    if (bug->is_corrupting) {
        argv[count++] = "--corrupt";
    }
    if (reduction->is_foreign) {
        argv[count++] = "--contract";
        argv[count++] = "foreign";
    }
    if (reduction->out != NULL) {
        argv[count++] = "--out";
        argv[count++] = reduction->out;
    }
    argv[count++] = reduction->input;
    const struct build_limits none = {0};
    struct build_end end;
    const int layout = personality(QUERY_PERSONALITY);
    if (reduction->is_placed) {
        (void)personality((unsigned long)layout | ADDR_NO_RANDOMIZE);
    }
    build_watch(argv, NULL, &none, said, sizeof said, &end);
    (void)personality((unsigned long)layout);
    const int status = end.status;
    reduction->seconds = end.processor_seconds;
    reduction->oracle[0] = '\0';
    reduction->operations = 0;
    reduction->is_reached = false;
    reduction->is_infected = false;
    if (status == 1 && !take_result(said, reduction)) {
        return -1;
    }
    return status == 0 || status == 1 ? status : -1;
}

/* Of PLAYS, those that find something: the first where a search puts things, each of the others
 * where the system does. -1: one could not be run. */
static int count_findings(const struct bugs *bugs, const struct bug *bug, const char *target,
                          const char *input)
{
    int findings = 0;
    for (unsigned play = 0; play < PLAYS; play++) {
        struct reduction reduction = {.target = target,
                                      .input = input,
                                      .without = bugs->options.without,
                                      .is_foreign = bugs->options.is_foreign,
                                      .is_placed = play == 0};
        const int status = bugs_reduce(bugs, bug, &reduction);
        if (status < 0) {
            return -1;
        }
        findings += status;
    }
    return findings;
}

/* The input that is kept beside the patch: the bug must show in it, and nothing else. */
static void replay_input(const struct bugs *bugs, size_t index)
{
    const struct bug *bug = &bugs->list.items[index];
    struct outcome *outcome = &bugs->outcomes[index];
    char target[PATH_BYTES];
    bugs_object(bugs, bug, "replay.so", target, sizeof target);
    struct reduction broken = {.target = target,
                               .input = bug->text,
                               .without = bugs->options.without,
                               .is_foreign = bugs->options.is_foreign};
    struct reduction clean = broken;
    clean.target = bug->target;
    if (access(bug->text, R_OK) != 0) {
        return;
    }
    const int on_bug = bugs_reduce(bugs, bug, &broken);
    const int on_clean = bugs_reduce(bugs, bug, &clean);
    const bool is_found = on_bug == 1;
    outcome->is_input_sharp = is_found && on_clean == 0;
    outcome->is_not_run |= on_bug < 0 || on_clean < 0;
    if (outcome->searches == 0) {
        outcome->is_by_input = true;
        outcome->is_replayed = is_found;
        outcome->is_reached = broken.is_reached;
        outcome->is_infected = broken.is_infected;
        outcome->shrunk = broken.operations;
        outcome->operations = broken.operations;
        outcome->seconds = broken.seconds;
        (void)snprintf(outcome->oracle, sizeof outcome->oracle, "%s", broken.oracle);
    }
}

/* What is kept has to fail on the bug and not on the clean core, wherever things are. */
static bool is_worth_keeping(const struct bugs *bugs, const struct bug *bug, const char *target,
                             const char *shrunk)
{
    const int on_bug = count_findings(bugs, bug, target, shrunk);
    const int on_clean = count_findings(bugs, bug, bug->target, shrunk);
    if (on_bug == (int)PLAYS && on_clean == 0) {
        return true;
    }
    (void)fprintf(
        stderr,
        "bed bugs: %s is left as it is: what was found fails in %d of %u plays of the bug "
        "and %d of the clean core (-1: not run)\n",
        bug->text, on_bug, PLAYS, on_clean);
    return false;
}

/* bugs/NAME.txt anew: the shrunk stream, and how it came about. */
static bool update_input(const struct bug *bug, const char *shrunk)
{
    char line[512];
    FILE *in = fopen(shrunk, "re");
    FILE *out = in != NULL ? fopen(bug->text, "we") : NULL;
    if (out != NULL) {
        (void)fprintf(out, "# Found by a search from nothing and shrunk: ./bed bugs --update %s\n",
                      bug->name);
    }
    while (out != NULL && fgets(line, sizeof line, in) != NULL) {
        (void)fputs(line, out);
    }
    const bool ok = out != NULL && fclose(out) == 0;
    if (in != NULL) {
        (void)fclose(in);
    }
    return ok;
}

static void replay_found(const struct bugs *bugs, size_t index)
{
    const struct bug *bug = &bugs->list.items[index];
    struct outcome *outcome = &bugs->outcomes[index];
    char target[PATH_BYTES];
    char folder[PATH_BYTES];
    char found[PATH_BYTES + 16];
    char shrunk[PATH_BYTES];
    bugs_object(bugs, bug, "replay.so", target, sizeof target);
    bugs_object(bugs, bug, "shrunk.txt", shrunk, sizeof shrunk);
    (void)snprintf(folder, sizeof folder, "%s/%s/seed-%u", bugs->options.work_folder, bug->name,
                   outcome->finder);
    search_found_path(folder, found, sizeof found);
    struct reduction reduction = {.target = target,
                                  .input = found,
                                  .runs = bugs->options.is_quick ? RUNS_QUICK : RUNS_FULL,
                                  .out = shrunk,
                                  .without = bugs->options.without,
                                  .is_foreign = bugs->options.is_foreign};
    const int on_bug = bugs_reduce(bugs, bug, &reduction);
    const int on_clean = count_findings(bugs, bug, bug->target, found);
    outcome->is_replayed = on_bug == 1;
    outcome->is_clean_sound = on_clean == 0;
    outcome->is_not_run |= on_bug < 0 || on_clean < 0;
    outcome->is_reached |= reduction.is_reached;
    outcome->is_infected |= reduction.is_infected;
    outcome->shrunk = reduction.operations;
    (void)snprintf(outcome->replay_oracle, sizeof outcome->replay_oracle, "%s", reduction.oracle);
    if (outcome->is_replayed && bugs->options.is_update && bug->hard[0] != '\0' &&
        is_worth_keeping(bugs, bug, target, shrunk) && !update_input(bug, shrunk)) {
        (void)fprintf(stderr, "bed bugs: %s cannot be written\n", bug->text);
    }
}

/* A sanitizer, and the clock where a call has no end, end the process in the middle of that call,
 * and nobody reads the probe any more: then it is not known. */
static void note_unmeasured(const struct bug *bug, struct outcome *outcome)
{
    const bool is_ended_by_sanitizer =
        bug->is_sanitized && strcmp(outcome->oracle, "sanitizer") == 0;
    outcome->is_unmeasured =
        !outcome->is_infected && (is_ended_by_sanitizer || strcmp(outcome->oracle, "hang") == 0);
}

/* In a child. */
static bool replay_one(void *context, size_t index)
{
    const struct bugs *bugs = context;
    const struct outcome *outcome = &bugs->outcomes[index];
    if (!outcome->is_built) {
        return true;
    }
    if (outcome->found > 0) {
        replay_found(bugs, index);
    }
    if (bugs->list.items[index].hard[0] != '\0') {
        replay_input(bugs, index);
    }
    note_unmeasured(&bugs->list.items[index], &bugs->outcomes[index]);
    return true;
}

bool bugs_replay(struct bugs *bugs)
{
    const struct pool pool = {.jobs = bugs->options.jobs,
                              .count = bugs->list.count,
                              .seconds_max = STAGE_SECONDS,
                              .work = replay_one,
                              .context = bugs};
    (void)fprintf(stderr, "bed bugs: replaying and shrinking\n");
    return pool_run(&pool);
}
