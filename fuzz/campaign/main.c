/* SPDX-License-Identifier: MIT
 *
 * bed campaign: fuzzes for hours or days in one folder. One loop, no threads; all that matters is
 * on the disk at all times, so that the same command goes on after whatever ended it.
 */
#include "campaign.h"

#include "corpus.h"
#include "distill.h"
#include "files.h"
#include "fleet.h"
#include "keep.h"
#include "layout.h"
#include "process.h"
#include "runs.h"
#include "summary.h"
#include "timeline.h"
#include "triage.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#define TICK_SECONDS      0.2
#define BUSY_TICK_SECONDS 0.02 /* while there are candidates to look at */
#define TRIAGE_PROCESSES  2u
#define PROGRESS_SECONDS  60.0
#define TERMINAL_SECONDS  2.0
/* With less space left no engine runs: what waits to be looked at needs some. */
#define SPACE_BYTES_MIN    (UINT64_C(64) << 20)
#define FINISH_SECONDS_MAX 60.0
#define THIN_SECONDS       3600.0 /* between two times at which the timeline is made shorter */

static volatile sig_atomic_t stop_requests;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requests++;
}

struct campaign {
    struct campaign_options options;
    struct turn roles[ROLES_MAX];
    size_t role_count;
    struct layout layout;
    struct fleet fleet;
    struct findings findings;
    struct journal journal;
    struct triage triage;
    struct distill distill;
    struct keep keep;
    struct moment base; /* when this run began */
    char *timeline;
    double begun_at;
    double ended_at; /* 0: the engines still run */
    double written_at;
    double thinned_at;
    size_t told_before; /* findings and so on of earlier runs */
    bool is_marked;     /* this one has others */
    double shown_at;
    struct moment shown;
    bool is_paused;
    bool is_broken;
};

static void now_as_text(char *text, size_t text_bytes)
{
    const time_t now = time(NULL);
    struct tm utc;
    text[0] = '\0';
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(text, text_bytes, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
}

static uint64_t free_bytes(const struct campaign *campaign)
{
    struct statvfs space;
    if (statvfs(campaign->layout.out, &space) != 0) {
        return UINT64_MAX;
    }
    return (uint64_t)space.f_bavail * (uint64_t)space.f_frsize;
}

static double seconds_run(const struct campaign *campaign)
{
    const double now = campaign->ended_at > 0 ? campaign->ended_at : seconds_now();
    return campaign->base.seconds + now - campaign->begun_at;
}

static void sum_up(struct campaign *campaign, struct totals *totals)
{
    *totals = (struct totals){0};
    fleet_add_totals(&campaign->fleet, totals);
    totals->corpus[0] = folder_count(campaign->layout.corpus);
    totals->all.executions += campaign->base.executions;
    totals->all.operations += campaign->base.operations;
    totals->all.verdicts += campaign->base.verdicts;
    totals->all.lost += campaign->base.lost;
    totals->all.inconclusive += campaign->base.inconclusive;
    if (totals->edges[0] < campaign->base.edges_libfuzzer) {
        totals->edges[0] = campaign->base.edges_libfuzzer;
    }
    if (totals->edges[1] < campaign->base.edges_afl) {
        totals->edges[1] = campaign->base.edges_afl;
    }
}

/* A role that another machine or an earlier run had, and this one has not, is forgotten. */
static void add_roles(const struct campaign *campaign, struct moment *moment)
{
    for (size_t i = 0; i < campaign->fleet.count; i++) {
        const struct member *member = &campaign->fleet.members[i];
        const struct role_moment *before = timeline_role(&campaign->base, member->engine.name);
        struct role_moment *role = &moment->roles[moment->role_count++];
        (void)snprintf(role->name, sizeof role->name, "%s", member->engine.name);
        role->turns = member->turn_count + (before != NULL ? before->turns : 0);
        role->executions =
            member->engine.stats->executions + (before != NULL ? before->executions : 0);
        role->edges = before != NULL && before->edges > member->engine.edges ? before->edges
                                                                             : member->engine.edges;
        role->stability = member_stability(member);
        if (role->stability > 0 &&
            (moment->stability == 0 || role->stability < moment->stability)) {
            moment->stability = role->stability;
        }
    }
}

static struct moment look(struct campaign *campaign, const char *state)
{
    struct totals totals;
    sum_up(campaign, &totals);
    struct moment moment = {
        .seconds = seconds_run(campaign),
        .executions = totals.all.executions,
        .operations = totals.all.operations,
        .verdicts = totals.all.verdicts,
        .lost = totals.all.lost,
        .inconclusive = totals.all.inconclusive,
        .edges_libfuzzer = totals.edges[0],
        .edges_afl = totals.edges[1],
        .corpus_libfuzzer = totals.corpus[0],
        .corpus_afl = totals.corpus[1],
        .findings = campaign->findings.count,
        .unreproduced = campaign->triage.unreproduced.count + campaign->triage.untriaged.count,
        .waiting = triage_waiting(&campaign->triage),
        .free_bytes = free_bytes(campaign),
        .merges = campaign->base.merges + campaign->distill.merge_count,
        .minimised = campaign->base.minimised + campaign->distill.minimised_count,
        .removed = campaign->base.removed + campaign->distill.removed_count,
        .next_role = campaign->fleet.next};
    add_roles(campaign, &moment);
    char *running = fleet_running(&campaign->fleet);
    now_as_text(moment.time, sizeof moment.time);
    (void)snprintf(moment.state, sizeof moment.state, "%s", state);
    (void)snprintf(moment.running, sizeof moment.running, "%s", running);
    free(running);
    return moment;
}

/* --- beginning -----------------------------------------------------------------------------------
 */

static bool has_m32_role(const struct campaign *campaign)
{
    for (size_t i = 0; i < campaign->role_count; i++) {
        if (campaign->roles[i].build == BUILD_LIBFUZZER_M32) {
            return true;
        }
    }
    return false;
}

/* What an earlier run has set aside is told by this one too. */
static void remember_set_aside(void *context, const char *name)
{
    struct campaign *campaign = context;
    struct triage *triage = &campaign->triage;
    const bool is_over_limit = strncmp(name, "timeout-", strlen("timeout-")) == 0 ||
                               strncmp(name, "oom-", strlen("oom-")) == 0;
    text_list_add(is_over_limit ? &triage->over_limit : &triage->unreproduced,
                  text_format("%s/%s", campaign->layout.unreproduced, name));
}

static size_t count_told(const struct campaign *campaign)
{
    const struct triage *triage = &campaign->triage;
    return campaign->findings.count + triage->unreproduced.count + triage->untriaged.count;
}

/* Files are removed from the corpus in the end, so it has to be one of a campaign, not a user's. */
static bool is_free_or_ours(const char *out)
{
    static const char *const ours[] = {"corpus", "engines", "distill", "kept"};
    bool is_anothers = false;
    char *mark = text_format("%s/target", out);
    for (size_t i = 0; access(mark, F_OK) != 0 && i < sizeof ours / sizeof ours[0]; i++) {
        char *path = text_format("%s/%s", out, ours[i]);
        if (access(path, F_OK) == 0) {
            complain("%s is there, and is no campaign's (it has no %s); choose another folder",
                     path, mark);
            is_anothers = true;
        }
        free(path);
    }
    free(mark);
    return !is_anothers;
}

static bool open_all(struct campaign *campaign)
{
    struct options *options = &campaign->options.fuzz;
    struct layout *layout = &campaign->layout;
    if (!is_free_or_ours(options->out) ||
        !layout_make(options, campaign->options.target_name, layout)) {
        return false;
    }
    campaign->begun_at = seconds_now();
    distill_open(&campaign->distill, layout, options, has_m32_role(campaign),
                 campaign->options.distill_seconds, campaign->begun_at);
    if (!folder_make(layout->artifacts) ||
        !keep_open(&campaign->keep, layout, campaign->options.save_seconds) ||
        !corpus_prepare(options, layout) ||
        !fleet_open(&campaign->fleet, campaign->roles, campaign->role_count, layout, options)) {
        return false;
    }
    campaign->timeline = text_format("%s/timeline.jsonl", layout->out);
    char *done = text_format("%s/triaged", layout->out);
    const bool is_open = journal_open(&campaign->journal, done);
    free(done);
    if (timeline_last(campaign->timeline, &campaign->base)) {
        complain("goes on in %s, after %.2f hours and %zu findings", layout->out,
                 campaign->base.seconds / 3600, campaign->base.findings);
    }
    campaign->fleet.next = campaign->base.next_role % campaign->role_count;
    campaign->fleet.turn_seconds = campaign->options.turn_seconds;
    findings_mend(layout->findings);
    findings_open(&campaign->findings, layout->findings);
    triage_open(&campaign->triage, layout, options, &campaign->findings);
    campaign->triage.journal = &campaign->journal;
    folder_each(layout->unreproduced, remember_set_aside, campaign);
    campaign->told_before = count_told(campaign);
    runs_prune(layout);
    return is_open;
}

/* --- going on ------------------------------------------------------------------------------------
 */

static void collect(struct campaign *campaign)
{
    triage_collect(&campaign->triage);
    for (size_t i = 0; i < campaign->fleet.count; i++) {
        triage_collect_engine(&campaign->triage, &campaign->fleet.members[i].engine);
    }
}

static double rate(uint64_t now, uint64_t before, double seconds)
{
    return seconds > 0 && now >= before ? (double)(now - before) / seconds : 0;
}

static void show(struct campaign *campaign, const struct moment *moment)
{
    const bool is_terminal = isatty(STDERR_FILENO) == 1;
    const double seconds = moment->seconds - campaign->shown.seconds;
    fprintf(stderr, "%s%u:%02u h | %.0f executions/s | %.2f M checked operations/s",
            is_terminal ? "\r\033[K" : "", (unsigned)(moment->seconds / 3600),
            (unsigned)(moment->seconds / 60) % 60,
            rate(moment->executions, campaign->shown.executions, seconds),
            rate(moment->operations, campaign->shown.operations, seconds) / 1e6);
    fprintf(stderr, " | edges %llu + %llu | corpus %zu + %zu | findings %zu",
            (unsigned long long)moment->edges_libfuzzer, (unsigned long long)moment->edges_afl,
            moment->corpus_libfuzzer, moment->corpus_afl, moment->findings);
    if (moment->waiting > 0) {
        fprintf(stderr, " (%zu to look at)", moment->waiting);
    }
    fprintf(stderr, " | %s%s", campaign->is_paused ? "PAUSED, the disk is full" : moment->running,
            is_terminal ? "" : "\n");
    (void)fflush(stderr);
    campaign->shown = *moment;
}

/* At the beginning too. */
static void thin_timeline(struct campaign *campaign, double now)
{
    if (campaign->thinned_at == 0 || now - campaign->thinned_at >= THIN_SECONDS) {
        timeline_thin(campaign->timeline);
        campaign->thinned_at = now;
    }
}

/* The logs of a run in which something was found stay for longer. */
static void mark_run(struct campaign *campaign)
{
    if (!campaign->is_marked && count_told(campaign) > campaign->told_before) {
        runs_mark(&campaign->layout);
        campaign->is_marked = true;
    }
}

static void write_down(struct campaign *campaign, double now)
{
    const double show_after = isatty(STDERR_FILENO) == 1 ? TERMINAL_SECONDS : PROGRESS_SECONDS;
    const bool is_due = now - campaign->written_at >= campaign->options.save_seconds;
    if (!is_due && now - campaign->shown_at < show_after) {
        return;
    }
    if (is_due) {
        mark_run(campaign);
        keep_step(&campaign->keep, &campaign->fleet);
    }
    const struct moment moment = look(campaign, campaign->is_paused ? "paused" : "running");
    if (is_due) {
        (void)timeline_append(campaign->timeline, &moment); /* it has said so; tried again */
        campaign->written_at = now;
        thin_timeline(campaign, now);
    }
    if (now - campaign->shown_at >= show_after) {
        show(campaign, &moment);
        campaign->shown_at = now;
    }
}

/* No engine runs while there is no space for what it may find. */
static void mind_space(struct campaign *campaign)
{
    const bool is_full = free_bytes(campaign) < SPACE_BYTES_MIN;
    if (is_full && !campaign->is_paused) {
        complain("less than 64 MiB are free in %s: paused until there are more",
                 campaign->layout.out);
        fleet_stop(&campaign->fleet);
        distill_close(&campaign->distill); /* what it wrote may not be whole */
    }
    campaign->is_paused = is_full;
}

static bool is_over(const struct campaign *campaign)
{
    return stop_requests > 0 || campaign->is_broken ||
           (campaign->options.seconds > 0 && seconds_run(campaign) >= campaign->options.seconds);
}

static void go_on(struct campaign *campaign)
{
    while (!is_over(campaign)) {
        const double now = seconds_now();
        mind_space(campaign);
        if (!campaign->is_paused) {
            campaign->is_broken = !fleet_step(&campaign->fleet, now);
            distill_step(&campaign->distill, &campaign->fleet, now);
        }
        collect(campaign);
        triage_step(&campaign->triage, TRIAGE_PROCESSES);
        write_down(campaign, now);
        sleep_seconds(triage_waiting(&campaign->triage) > 0 ? BUSY_TICK_SECONDS : TICK_SECONDS);
    }
}

/* --- ending --------------------------------------------------------------------------------------
 */

/* What is not over by then waits for the next time. Ctrl-C, or a second one, cuts it short. */
static void finish_triage(struct campaign *campaign)
{
    const int requests = stop_requests;
    const double begun_at = seconds_now();
    const double seconds_max = FINISH_SECONDS_MAX * load_factor();
    collect(campaign);
    while (triage_waiting(&campaign->triage) > 0 && stop_requests == requests &&
           seconds_now() - begun_at < seconds_max) {
        triage_step(&campaign->triage, campaign->options.fuzz.jobs + TRIAGE_PROCESSES);
        if (triage_waiting(&campaign->triage) == 0) {
            collect(campaign); /* of some kinds only so many are looked at together */
        }
        write_down(campaign, seconds_now());
        sleep_seconds(BUSY_TICK_SECONDS);
    }
}

/* Whoever sums up the campaign tells all of its findings, of this run or earlier ones. */
static bool report(struct campaign *campaign)
{
    const struct options *options = &campaign->options.fuzz;
    for (size_t i = 0; i < campaign->findings.count; i++) {
        campaign->findings.list[i].is_from_this_run = true;
    }
    struct summary summary = {
        .options = options,
        .layout = &campaign->layout,
        .findings = &campaign->findings,
        .seconds = seconds_run(campaign),
        .has_run = {options->engines != ENGINES_AFL, options->engines != ENGINES_LIBFUZZER},
        .restart_count = campaign->fleet.restart_count,
        .triage = &campaign->triage,
        .was_interrupted = stop_requests > 0};
    sum_up(campaign, &summary.totals);
    summary_print(&summary);
    if (options->json == NULL) {
        return true;
    }
    return strcmp(options->json, "-") == 0 ? summary_print_json(&summary)
                                           : summary_write_json(&summary, options->json);
}

/* Oracles spoke, and nothing of it is here: a campaign that must not look clean. */
static bool has_lost_all(const struct campaign *campaign, const struct moment *moment)
{
    const bool has_lost =
        moment->lost > 0 || (moment->verdicts > 0 && campaign->triage.over_limit.count == 0);
    if (has_lost) {
        complain("the oracles objected to %llu inputs, and nothing of it is in %s. Was the disk "
                 "full, or the folder read-only?",
                 (unsigned long long)moment->verdicts, campaign->layout.candidates);
    }
    return has_lost;
}

static int end(struct campaign *campaign)
{
    campaign->ended_at = seconds_now();
    fleet_stop(&campaign->fleet);
    distill_close(&campaign->distill);
    finish_triage(campaign);
    const size_t waiting = triage_waiting(&campaign->triage);
    triage_close(&campaign->triage);
    mark_run(campaign);
    keep_step(&campaign->keep, &campaign->fleet);
    const struct moment moment = look(campaign, stop_requests > 0 ? "stopped" : "finished");
    bool is_well = timeline_append(campaign->timeline, &moment) && report(campaign);
    if (waiting > 0) {
        fprintf(stderr, "%zu inputs wait to be looked at: the same command looks at them\n",
                waiting);
    }
    if (stop_requests > 0) {
        complain("stopped; the same command goes on in %s", campaign->layout.out);
    }
    if (campaign->options.seconds > 0 && campaign->base.seconds >= campaign->options.seconds) {
        complain("its %.2f hours were over before; more --hours go on",
                 campaign->options.seconds / 3600);
    } else if (moment.executions == campaign->base.executions && stop_requests == 0) {
        complain("nothing was run");
        is_well = false;
    }
    if (!is_well || campaign->is_broken) {
        return 2;
    }
    if (moment.findings + moment.unreproduced + waiting > 0) {
        return 1;
    }
    return has_lost_all(campaign, &moment) ? 2 : 0;
}

int main(int argc, char **argv)
{
    static struct campaign campaign;
    int exit_status = 2;
    command_name_set("bed campaign");
    if (!campaign_options_parse(argc, argv, &campaign.options, &exit_status)) {
        return exit_status;
    }
    campaign.role_count =
        roles_choose(&campaign.options.fuzz, campaign.options.has_m32, campaign.roles);
    campaign.options.fuzz.has_m32 = has_m32_role(&campaign);
    if (campaign.role_count == 0) {
        complain("no engine can run this target");
        return 2;
    }
    if (campaign.options.fuzz.list_builds) {
        roles_list_builds(campaign.roles, campaign.role_count);
        return 0;
    }
    campaign_choose_turn(&campaign.options, campaign.role_count);
    const struct sigaction action = {.sa_handler = request_stop};
    (void)sigaction(SIGINT, &action, NULL);
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGHUP, &action, NULL);
    if (!open_all(&campaign)) {
        return 2;
    }
    go_on(&campaign);
    return end(&campaign);
}
