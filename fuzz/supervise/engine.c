/* SPDX-License-Identifier: MIT
 *
 * What both engines have in common. The fuzz programs save what they find themselves and tell their
 * counters through a mapped file; see ../harness.h.
 */
#include "engine.h"

#include "files.h"
#include "layout.h"
#include "process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where the harness complexity keeps what it found. */
static bool make_worst_folder(const struct engine *engine)
{
    char *all = text_format("%s/worst", engine->layout->out);
    char *own = text_format("%s/%s", all, engine->name);
    const bool ok = folder_make(all) && folder_make(own);
    free(all);
    free(own);
    return ok;
}

static bool is_built(const struct layout *layout, enum build build, const char *harness)
{
    const char *preset = build_preset(build);
    char *program = text_format("%s/%s/%s", layout->programs, preset, harness);
    const bool is_there = access(program, X_OK) == 0;
    if (!is_there) {
        complain("%s is missing; build it with: cmake --preset %s && cmake --build --preset %s",
                 program, preset, preset);
    }
    free(program);
    return is_there;
}

bool engine_open(struct engine *engine, const struct turn *turn, const struct layout *layout,
                 const struct options *options)
{
    const char *harness = harness_name(turn->harness);
    *engine = (struct engine){.turn = *turn, .layout = layout};
    options_targets(options, turn->harness, build_is_sanitized(turn->build), &engine->target,
                    &engine->against);
    engine->name = turn->role != NULL
                       ? text_format("%s-%s", harness, turn->role)
                       : text_format("%s-%s-%u", harness, build_engine(turn->build), turn->number);
    engine->program = text_format("%s/%s/%s", layout->programs, build_preset(turn->build), harness);
    engine->folder = text_format("%s/%s", layout->artifacts, engine->name);
    engine->log = text_format("%s/%s.log", layout->run, engine->name);
    engine->stats_path = text_format("%s/%s.stats", layout->run, engine->name);
    engine->stats = hb_live_stats_open(engine->stats_path);
    if (build_is_afl(turn->build) && !afl_has_mutator(layout)) {
        return false;
    }
    if (!is_built(layout, turn->build, harness) ||
        (turn->has_cmplog && !is_built(layout, BUILD_AFL_CMPLOG, harness))) {
        return false;
    }
    return folder_make(engine->folder) &&
           (turn->harness != HARNESS_COMPLEXITY || make_worst_folder(engine));
}

const char *command_text(struct command *command, char *text)
{
    text_list_add(&command->owned, text);
    return text;
}

void command_environment(const struct engine *engine, struct command *command)
{
    const struct layout *layout = engine->layout;
    const char *harness = harness_name(engine->turn.harness);
    const char *against = engine->against != NULL ? engine->against : "";
    size_t count = 0;
    while (command->variables[count] != NULL) {
        count++;
    }
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_TARGET=%s", engine->target));
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_TARGET_2=%s", against));
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_FINDINGS=%s/%s", layout->candidates, harness));
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_STATS=%s", engine->stats_path));
    if (engine->turn.harness == HARNESS_COMPLEXITY) {
        command->variables[count++] = command_text(
            command, text_format("HEAPBED_BEST=%s/worst/%s", layout->out, engine->name));
    }
    command->variables[count++] = "HEAPBED_SUPERVISED=1";
}

bool engine_start(struct engine *engine, double seconds)
{
    struct command command = {0};
    if (build_is_afl(engine->turn.build)) {
        afl_command(engine, seconds, &command);
    } else {
        libfuzzer_command(engine, seconds, &command);
    }
    command_environment(engine, &command);
    engine->executions_at_start = engine->stats->executions;
    engine->started_at = seconds_now();
    const pid_t process = process_start(command.argv, command.variables, engine->log);
    engine->process = process > 0 ? process : 0;
    text_list_free(&command.owned);
    return process > 0;
}

bool engine_has_ended(struct engine *engine)
{
    int status = 0;
    if (engine->process == 0 || !process_ended(engine->process, &status)) {
        return false;
    }
    engine->process = 0;
    if (engine->stats->executions == engine->executions_at_start) {
        engine->vain_start_count++;
    } else {
        engine->vain_start_count = 0; /* so many in a row are meant */
    }
    return true;
}

void engine_read(struct engine *engine)
{
    if (build_is_afl(engine->turn.build)) {
        afl_read(engine);
    } else {
        libfuzzer_read(engine);
    }
}

void engine_interrupt(struct engine *engine)
{
    if (engine->process != 0) {
        process_signal(engine->process, SIGINT);
    }
}

void engine_kill(struct engine *engine)
{
    if (engine->process != 0) {
        process_signal(engine->process, SIGKILL);
    }
}
