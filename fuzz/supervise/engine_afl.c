/* SPDX-License-Identifier: MIT
 *
 * How AFL++ is started and read: persistent mode, inputs through shared memory (both are in the
 * program that afl-clang-fast linked). One process of a harness is the main one, which looks into
 * libFuzzer's corpus too; the others are secondaries, and all exchange what they find.
 */
#include "engine.h"
#include "files.h"
#include "layout.h"

#include "targets.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

char *afl_folder(const struct engine *engine)
{
    return text_format("%s/afl-%s", engine->layout->engines, harness_name(engine->turn.harness));
}

static const char *placement_of(const char *name)
{
    char error[256] = "";
    const struct hb_target *target = hb_target_find(name, error, sizeof error);
    return target != NULL && (target->contract & HB_PLACES_AS_LIST) != 0 ? "list" : "bitmap";
}

static char *afl_mutator_path(const struct layout *layout)
{
    return text_format("%s/heapbed-afl-mutator.so", layout->own_folder);
}

static bool is_bytes_alone(void)
{
    const char *mode = getenv("HEAPBED_MUTATOR");
    return mode != NULL && strcmp(mode, "bytes") == 0;
}

bool afl_has_mutator(const struct layout *layout)
{
    char *path = afl_mutator_path(layout);
    const bool is_there = is_bytes_alone() || access(path, R_OK) == 0;
    if (!is_there) {
        complain(
            "%s is missing; the preset release builds it beside bed-fuzz (builds with sanitizers "
            "have none: HEAPBED_MUTATOR=bytes does without)",
            path);
    }
    free(path);
    return is_there;
}

/* The mutator that knows the heap, beside havoc; HEAPBED_MUTATOR=bytes does without. */
static void add_mutator(const struct engine *engine, struct command *command, size_t count)
{
    if (is_bytes_alone()) {
        return;
    }
    char *path = afl_mutator_path(engine->layout);
    command->variables[count++] =
        command_text(command, text_format("AFL_CUSTOM_MUTATOR_LIBRARY=%s", path));
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_PLACEMENT=%s", placement_of(engine->target)));
    command->variables[count++] = command_text(
        command, text_format("HEAPBED_HARNESS=%s", harness_name(engine->turn.harness)));
    free(path);
}

struct argument_list {
    struct command *command;
    size_t count;
};

static void add_argument(struct argument_list *list, const char *argument)
{
    list->command->argv[list->count++] = argument;
}

static void add_pair(struct argument_list *list, const char *option, const char *value)
{
    add_argument(list, option);
    add_argument(list, value);
}

/* What the processes of one harness differ in. */
static void add_role(const struct engine *engine, struct argument_list *list)
{
    const struct layout *layout = engine->layout;
    add_pair(list, engine->turn.is_main ? "-M" : "-S", engine->name);
    if (engine->turn.is_main) {
        add_pair(list, "-F", layout->corpus);
    }
    if (engine->turn.schedule != NULL) {
        add_pair(list, "-p", engine->turn.schedule);
    }
    if (engine->turn.has_cmplog) {
        char *program = text_format("%s/%s/%s", layout->programs, build_preset(BUILD_AFL_CMPLOG),
                                    harness_name(engine->turn.harness));
        add_pair(list, "-c", command_text(list->command, program));
    }
}

/* The time limit for one input (-t) is generous, for inputs that take milliseconds: most endless
 * loops are ended by counting their work, and a busy machine must not make a hang of a pause. */
void afl_command(const struct engine *engine, double seconds, struct command *command)
{
    const struct layout *layout = engine->layout;
    struct argument_list list = {.command = command};
    add_argument(&list, "afl-fuzz");
    add_pair(&list, "-i", layout->start);
    add_pair(&list, "-o", command_text(command, afl_folder(engine)));
    add_role(engine, &list);
    add_pair(&list, "-V", command_text(command, text_format("%.0f", seconds + 10)));
    add_pair(&list, "-t", "3000");
    add_pair(&list, "-m", "none");
    add_pair(&list, "-G", "4096");
    add_pair(&list, "-x",
             command_text(command, text_format("%s/fuzz/lockstep.dict", layout->root)));
    add_pair(&list, "--", engine->program);
    const char *const variables[] = {
        "AFL_NO_UI=1",
        "AFL_AUTORESUME=1",
        "AFL_NO_AFFINITY=1",
        "AFL_SKIP_CPUFREQ=1",
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1",
        "AFL_IMPORT_FIRST=1",
    };
    memcpy(command->variables, variables, sizeof variables);
    add_mutator(engine, command, sizeof variables / sizeof variables[0]);
}

/* The fuzz program counts the edges itself: afl-fuzz tells them once a minute. */
void afl_read(struct engine *engine)
{
    if (engine->stats->edges > engine->edges) {
        engine->edges = engine->stats->edges;
    }
}
