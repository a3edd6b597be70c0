/* SPDX-License-Identifier: MIT
 *
 * bed fuzz: runs the engines for the time given, looks at what they find while they go on, and sums
 * up. One loop that looks around every 0.2 seconds; no threads.
 */
#include "corpus.h"
#include "engine.h"
#include "files.h"
#include "findings.h"
#include "layout.h"
#include "options.h"
#include "plan.h"
#include "process.h"
#include "progress.h"
#include "run.h"
#include "summary.h"
#include "targets.h"
#include "totals.h"
#include "triage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TICK_SECONDS 0.2
/* While there are candidates to look at: most take a few hundredths of a second each. */
#define BUSY_TICK_SECONDS 0.02
/* Helpers at a time while the engines run: one slow candidate must not hold up the others. */
#define TRIAGE_PROCESSES 2u
/* What an engine may take to end in order. */
#define STOP_SECONDS_MAX 3.0
/* What the triage after the end may take: for further samples of a kind, and for the first ones. On
 * a busy machine that much longer. */
#define TRIAGE_SECONDS_MAX       10.0
#define TRIAGE_FIRST_SECONDS_MAX 60.0
/* So many starts in a row in which it ran nothing: it cannot. */
#define VAIN_STARTS_MAX 3u
#define LOG_TAIL_LINES  15u

static volatile sig_atomic_t stop_requests;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requests++;
}

struct fuzzing {
    struct options options;
    struct layout layout;
    struct plan plan;
    struct engine engines[PLAN_TURNS_MAX];
    struct findings findings;
    struct triage triage;
    struct progress progress;
    double begun_at;
    double ended_at;
    bool cannot_run;
};

static void list_builds(const struct plan *plan)
{
    bool is_listed[BUILD_COUNT] = {false};
    puts("release");
    for (unsigned i = 0; i < plan->turn_count; i++) {
        const enum build build = plan->turns[i].build;
        if (!is_listed[build]) {
            puts(build_preset(build));
        }
        is_listed[build] = true;
    }
}

/* This program is of a build that may not have the annotated variants. But for the annotations they
 * are the others. */
static const struct hb_target *find_target(const char *name)
{
    char error[256] = "";
    const char *plain = hb_target_without_annotations(name);
    const struct hb_target *target =
        hb_target_find(plain != NULL ? plain : name, error, sizeof error);
    if (target == NULL) {
        fprintf(stderr, "bed fuzz: %s\n", error);
    }
    return target;
}

/* Whether the harness can do anything to the target. */
static bool is_served(enum harness harness, const struct hb_target *target)
{
    const char *refusal = hb_smash_refusal(target);
    if (harness != HARNESS_CORRUPT || refusal == NULL) {
        return true;
    }
    fprintf(stderr, "bed fuzz: --harness corrupt: %s %s\n", target->name, refusal);
    return false;
}

/* Every target that a chosen harness is for. */
static bool find_all_targets(const struct options *options)
{
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        const char *name;
        const char *against;
        options_targets(options, i, false, &name, &against);
        const struct hb_target *target = options->harnesses[i] ? find_target(name) : NULL;
        if (options->harnesses[i] && (target == NULL || !is_served((enum harness)i, target) ||
                                      (against != NULL && find_target(against) == NULL))) {
            return false;
        }
    }
    return true;
}

static bool open_all(struct fuzzing *fuzzing)
{
    const char *named = fuzzing->options.target;
    const struct hb_target *target = find_target(named != NULL ? named : "bestfit");
    if (target == NULL || !find_all_targets(&fuzzing->options)) {
        return false;
    }
    const bool is_annotated = named != NULL && hb_target_without_annotations(named) != NULL;
    if (!layout_make(&fuzzing->options, is_annotated ? named : target->name, &fuzzing->layout) ||
        !corpus_prepare(&fuzzing->options, &fuzzing->layout)) {
        return false;
    }
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        if (!engine_open(&fuzzing->engines[i], &fuzzing->plan.turns[i], &fuzzing->layout,
                         &fuzzing->options)) {
            return false;
        }
    }
    findings_mend(fuzzing->layout.findings);
    findings_open(&fuzzing->findings, fuzzing->layout.findings);
    triage_open(&fuzzing->triage, &fuzzing->layout, &fuzzing->options, &fuzzing->findings);
    return true;
}

static void report_vain_engine(const struct engine *engine)
{
    fprintf(stderr, "\nbed fuzz: %s cannot run. The end of %s:\n", engine->name, engine->log);
    file_print_tail(engine->log, LOG_TAIL_LINES);
}

/* Starts it when its turn comes, again when it died, and stops it when its turn is over. */
static void look_after(struct fuzzing *fuzzing, struct engine *engine, double seconds)
{
    if (engine->is_done || seconds < engine->turn.begin) {
        return;
    }
    if (seconds >= engine->turn.end) {
        engine_interrupt(engine);
        engine->is_done = true;
        return;
    }
    const bool has_ended = engine_has_ended(engine);
    if (has_ended && engine->vain_start_count >= VAIN_STARTS_MAX) {
        report_vain_engine(engine);
        fuzzing->cannot_run = true;
    } else if (engine->process == 0) {
        engine->restart_count += has_ended;
        if (!engine_start(engine, engine->turn.end - seconds)) {
            fuzzing->cannot_run = true;
        }
    }
}

static void sum_up(struct fuzzing *fuzzing, struct totals *totals)
{
    *totals = (struct totals){0};
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        totals_add_engine(totals, &fuzzing->engines[i]);
    }
    totals->corpus[0] = folder_count(fuzzing->layout.corpus);
}

static void collect_candidates(struct fuzzing *fuzzing)
{
    triage_collect(&fuzzing->triage);
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        triage_collect_engine(&fuzzing->triage, &fuzzing->engines[i]);
    }
}

static void show_progress(struct fuzzing *fuzzing, double now)
{
    struct totals totals;
    sum_up(fuzzing, &totals);
    progress_show(&fuzzing->progress, &totals, now,
                  fuzzing->begun_at + fuzzing->options.seconds - now,
                  findings_count(&fuzzing->findings), triage_waiting(&fuzzing->triage));
}

static void run_engines(struct fuzzing *fuzzing)
{
    fuzzing->begun_at = seconds_now();
    progress_open(&fuzzing->progress, fuzzing->begun_at);
    double now = fuzzing->begun_at;
    while (!fuzzing->cannot_run && stop_requests == 0 &&
           now - fuzzing->begun_at < fuzzing->options.seconds) {
        for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
            look_after(fuzzing, &fuzzing->engines[i], now - fuzzing->begun_at);
        }
        collect_candidates(fuzzing);
        triage_step(&fuzzing->triage, TRIAGE_PROCESSES);
        if (progress_is_due(&fuzzing->progress, now)) {
            show_progress(fuzzing, now);
        }
        sleep_seconds(triage_waiting(&fuzzing->triage) > 0 ? BUSY_TICK_SECONDS : TICK_SECONDS);
        now = seconds_now();
    }
    fuzzing->ended_at = now;
}

static bool any_engine_runs(struct fuzzing *fuzzing)
{
    bool any = false;
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        (void)engine_has_ended(&fuzzing->engines[i]);
        any = any || fuzzing->engines[i].process != 0;
    }
    return any;
}

static void stop_engines(struct fuzzing *fuzzing)
{
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        engine_interrupt(&fuzzing->engines[i]);
    }
    const double begun_at = seconds_now();
    while (any_engine_runs(fuzzing)) {
        if (seconds_now() - begun_at > STOP_SECONDS_MAX) {
            for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
                engine_kill(&fuzzing->engines[i]);
            }
        }
        sleep_seconds(TICK_SECONDS / 4);
    }
}

/* The engines are gone, so all processors help. A second Ctrl-C cuts it short. */
static void finish_triage(struct fuzzing *fuzzing)
{
    const int requests = stop_requests;
    const double begun_at = seconds_now();
    const double factor = load_factor();
    collect_candidates(fuzzing);
    while (triage_waiting(&fuzzing->triage) > 0 && stop_requests == requests) {
        const bool is_first = triage_first_waiting(&fuzzing->triage) > 0;
        const double seconds_max = is_first ? TRIAGE_FIRST_SECONDS_MAX : TRIAGE_SECONDS_MAX;
        if (seconds_now() - begun_at > seconds_max * factor) {
            break;
        }
        triage_step(&fuzzing->triage, fuzzing->options.jobs + TRIAGE_PROCESSES);
        sleep_seconds(BUSY_TICK_SECONDS);
    }
}

/* Every engine must have run something, or the run has shown nothing. */
static bool has_every_engine_run(const struct fuzzing *fuzzing)
{
    const double seconds = fuzzing->ended_at - fuzzing->begun_at;
    bool every = true;
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        const struct engine *engine = &fuzzing->engines[i];
        if (engine->stats->executions == 0 &&
            !(stop_requests > 0 && seconds < engine->turn.begin + 1)) {
            report_vain_engine(engine);
            every = false;
        }
    }
    return every;
}

static bool report(struct fuzzing *fuzzing, struct totals *totals)
{
    struct summary summary = {.options = &fuzzing->options,
                              .layout = &fuzzing->layout,
                              .findings = &fuzzing->findings,
                              .seconds = fuzzing->ended_at - fuzzing->begun_at,
                              .triage = &fuzzing->triage,
                              .was_interrupted = stop_requests > 0};
    sum_up(fuzzing, totals);
    summary.totals = *totals;
    for (unsigned i = 0; i < fuzzing->plan.turn_count; i++) {
        const struct engine *engine = &fuzzing->engines[i];
        summary.restart_count += engine->restart_count;
        if (engine->stats->executions > 0) {
            summary.has_run[build_is_afl(engine->turn.build)] = true;
        }
    }
    summary_print(&summary);
    char *own = text_format("%s/summary.json", fuzzing->layout.run);
    bool written = summary_write_json(&summary, own);
    free(own);
    if (fuzzing->options.json != NULL && strcmp(fuzzing->options.json, "-") == 0) {
        written = summary_print_json(&summary) && written;
    } else if (fuzzing->options.json != NULL) {
        written = summary_write_json(&summary, fuzzing->options.json) && written;
    }
    return written;
}

/* Oracles spoke, and nothing of it came here: a run that must not look clean. */
static bool has_lost_all(const struct fuzzing *fuzzing, const struct totals *totals)
{
    const bool has_lost =
        totals->all.lost > 0 || (totals->all.verdicts > 0 && fuzzing->triage.count == 0);
    if (has_lost) {
        fprintf(stderr,
                "bed fuzz: the oracles objected to %llu inputs, and %s of them could be saved in "
                "%s. Is the disk full, or the folder read-only? The logs in %s say more.\n",
                (unsigned long long)totals->all.verdicts,
                fuzzing->triage.count == 0 ? "none" : "not all", fuzzing->layout.candidates,
                fuzzing->layout.run);
    }
    return has_lost;
}

static int fuzz(struct fuzzing *fuzzing)
{
    if (!open_all(fuzzing)) {
        return 2;
    }
    run_engines(fuzzing);
    stop_engines(fuzzing);
    finish_triage(fuzzing);
    triage_close(&fuzzing->triage);
    progress_close(&fuzzing->progress);
    const bool has_run = !fuzzing->cannot_run && has_every_engine_run(fuzzing);
    struct totals totals;
    const bool is_written = report(fuzzing, &totals);
    const bool has_lost = has_lost_all(fuzzing, &totals);
    if (!is_written || !has_run) {
        return 2;
    }
    if (findings_count(&fuzzing->findings) + fuzzing->triage.unreproduced.count +
            fuzzing->triage.untriaged.count >
        0) {
        return 1;
    }
    return has_lost ? 2 : 0;
}

int main(int argc, char **argv)
{
    static struct fuzzing fuzzing;
    int exit_status = 2;
    if (!options_parse(argc, argv, &fuzzing.options, &exit_status)) {
        return exit_status;
    }
    plan_make(&fuzzing.options, &fuzzing.plan);
    if (fuzzing.options.list_builds) {
        /* Before anything is built for it. */
        if (!find_all_targets(&fuzzing.options)) {
            return 2;
        }
        list_builds(&fuzzing.plan);
        return 0;
    }
    const struct sigaction action = {.sa_handler = request_stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    return fuzz(&fuzzing);
}
