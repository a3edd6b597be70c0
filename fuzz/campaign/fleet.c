/* SPDX-License-Identifier: MIT
 *
 * The engine processes of a campaign.
 */
#include "fleet.h"

#include "files.h"
#include "layout.h"
#include "process.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What an engine may take to end in order: AFL++ writes its state. */
#define STOP_SECONDS_MAX 10.0
/* So many starts in a row in which it ran nothing: it cannot. */
#define VAIN_STARTS_MAX 3u
/* After which a process is tried for again where the system had none. */
#define FORK_SECONDS   5.0
#define LOG_TAIL_LINES 15u

static bool can_any_run(const struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (!fleet->members[i].is_broken) {
            return true;
        }
    }
    return false;
}

bool fleet_open(struct fleet *fleet, const struct turn *roles, size_t count,
                const struct layout *layout, const struct options *options)
{
    *fleet = (struct fleet){.count = count, .jobs = options->jobs};
    for (size_t i = 0; i < count; i++) {
        struct member *member = &fleet->members[i];
        if (!engine_open(&member->engine, &roles[i], layout, options)) {
            complain("%s is left out", member->engine.name);
            member->is_broken = true;
        }
        /* An earlier run may have ended before it was given on. */
        member->has_news = build_is_afl(roles[i].build);
    }
    return can_any_run(fleet);
}

static size_t count_running(const struct fleet *fleet)
{
    size_t count = 0;
    for (size_t i = 0; i < fleet->count; i++) {
        count += fleet->members[i].is_running;
    }
    return count;
}

static void give_up(struct member *member)
{
    complain("%s cannot run, and is left out. The end of %s:", member->engine.name,
             member->engine.log);
    file_print_tail(member->engine.log, LOG_TAIL_LINES);
    member->is_broken = true;
    member->is_running = false;
}

static void end_turn(struct member *member)
{
    member->is_running = false;
    member->has_news = build_is_afl(member->engine.turn.build);
}

/* The system has no process now, or no memory for one, which passes. */
static void wait_for_process(struct fleet *fleet, struct member *member, double now)
{
    end_turn(member);
    fleet->starts_from = now + FORK_SECONDS;
}

static void begin_turn(struct fleet *fleet, struct member *member, double now)
{
    member->is_running = true;
    member->turn_end = now + fleet->turn_seconds;
    member->stopped_at = 0;
    if (engine_start(&member->engine, fleet->turn_seconds)) {
        member->turn_count++;
    } else {
        wait_for_process(fleet, member, now);
    }
}

/* An engine that ends before its turn does is started again: libFuzzer ends with a crash. */
static void restart(struct fleet *fleet, struct member *member, double now)
{
    if (member->engine.vain_start_count >= VAIN_STARTS_MAX) {
        give_up(member);
        return;
    }
    fleet->restart_count++;
    if (!engine_start(&member->engine, member->turn_end - now)) {
        wait_for_process(fleet, member, now);
    }
}

static void look_after(struct fleet *fleet, struct member *member, double now)
{
    if (engine_has_ended(&member->engine)) {
        if (now >= member->turn_end || member->stopped_at > 0) {
            end_turn(member);
        } else {
            restart(fleet, member, now);
        }
    } else if (now >= member->turn_end && member->stopped_at == 0) {
        engine_interrupt(&member->engine);
        member->stopped_at = now;
    } else if (member->stopped_at > 0 && now > member->stopped_at + STOP_SECONDS_MAX) {
        engine_kill(&member->engine);
    }
}

static struct member *choose_next(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[(fleet->next + i) % fleet->count];
        if (!member->is_running && !member->is_broken) {
            fleet->next = (fleet->next + i + 1) % fleet->count;
            return member;
        }
    }
    return NULL;
}

bool fleet_step(struct fleet *fleet, double now)
{
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->members[i].is_running) {
            look_after(fleet, &fleet->members[i], now);
        }
    }
    while (now >= fleet->starts_from && count_running(fleet) < fleet->jobs) {
        struct member *next = choose_next(fleet);
        if (next == NULL) {
            break;
        }
        begin_turn(fleet, next, now);
    }
    return can_any_run(fleet);
}

void fleet_stop(struct fleet *fleet)
{
    const double begun_at = seconds_now();
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->members[i].is_running) {
            engine_interrupt(&fleet->members[i].engine);
        }
    }
    while (count_running(fleet) > 0) {
        for (size_t i = 0; i < fleet->count; i++) {
            struct member *member = &fleet->members[i];
            if (member->is_running && engine_has_ended(&member->engine)) {
                end_turn(member);
            } else if (member->is_running && seconds_now() - begun_at > STOP_SECONDS_MAX) {
                engine_kill(&member->engine);
            }
        }
        sleep_seconds(0.05);
    }
}

void fleet_add_totals(struct fleet *fleet, struct totals *totals)
{
    for (size_t i = 0; i < fleet->count; i++) {
        totals_add_engine(totals, &fleet->members[i].engine);
    }
}

/* afl-fuzz writes "stability         : 100.00%" about once a minute. */
double member_stability(const struct member *member)
{
    const struct engine *engine = &member->engine;
    if (!build_is_afl(engine->turn.build)) {
        return 0;
    }
    char *folder = afl_folder(engine);
    char *path = text_format("%s/%s/fuzzer_stats", folder, engine->name);
    size_t byte_count = 0;
    char *text = file_read(path, &byte_count);
    const char *line = text == NULL ? NULL : strstr(text, "\nstability ");
    const char *colon = line == NULL ? NULL : strchr(line, ':');
    const double percent = colon == NULL ? 0 : strtod(colon + 1, NULL);
    free(text);
    free(path);
    free(folder);
    return percent;
}

char *fleet_running(const struct fleet *fleet)
{
    char *text = text_copy("");
    for (size_t i = 0; i < fleet->count; i++) {
        if (fleet->members[i].is_running) {
            char *longer = text_format("%s%s%s", text, text[0] == '\0' ? "" : " ",
                                       fleet->members[i].engine.name);
            free(text);
            text = longer;
        }
    }
    return text;
}
