/* SPDX-License-Identifier: MIT
 *
 * Merging and minimising the corpus.
 */
#include "distill.h"

#include "engine.h"
#include "files.h"
#include "process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* By the coverage of each of these: what one has for superfluous another may need. The worst inputs
 * of complexity have a folder of their own and are kept by what they cost. */
static const struct yardstick {
    enum harness harness;
    enum build build;
} yardsticks[] = {{HARNESS_LOCKSTEP, BUILD_LIBFUZZER_PLAIN},
                  {HARNESS_LOCKSTEP, BUILD_LIBFUZZER_M32},
                  {HARNESS_CORRUPT, BUILD_LIBFUZZER_PLAIN},
                  {HARNESS_DIFFERENTIAL, BUILD_LIBFUZZER_PLAIN}};
#define YARDSTICK_COUNT (sizeof yardsticks / sizeof yardsticks[0])

static void add_target(const struct distill *distill, enum harness harness, struct command *command)
{
    const char *target;
    const char *against;
    options_targets(distill->options, harness, distill->options->is_sanitized, &target, &against);
    size_t count = 0;
    command->variables[count++] = command_text(command, text_format("HEAPBED_TARGET=%s", target));
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_TARGET_2=%s", against != NULL ? against : ""));
    command->variables[count++] =
        command_text(command, text_format("HEAPBED_FINDINGS=%s/%s", distill->layout->candidates,
                                          harness_name(harness)));
    command->variables[count++] = "HEAPBED_SUPERVISED=1";
}

static char *program_of(const struct distill *distill, enum build build, enum harness harness)
{
    return text_format("%s/%s/%s", distill->layout->programs, build_preset(build),
                       harness_name(harness));
}

/* Adds to `to` those inputs of `from` that cover what is not covered in it yet. */
static void start_merge(struct distill *distill, struct yardstick yardstick, const char *to,
                        const char *from)
{
    struct command command = {0};
    const enum harness harness = yardstick.harness;
    char *program = program_of(distill, yardstick.build, harness);
    if (distill->options->is_sanitized || access(program, X_OK) != 0) {
        free(program);
        program = program_of(distill, BUILD_LIBFUZZER_SANITIZED, harness);
    }
    const char *const argv[] = {
        command_text(&command, program),
        "-merge=1",
        "-max_len=4096",
        "-timeout=3",
        "-rss_limit_mb=2048",
        "-detect_leaks=0",
        command_text(&command, text_format("-artifact_prefix=%s/", distill->layout->artifacts)),
        to,
        from,
    };
    memcpy(command.argv, argv, sizeof argv);
    add_target(distill, harness, &command);
    const pid_t process = process_start(command.argv, command.variables, distill->log);
    distill->process = process > 0 ? process : 0;
    text_list_free(&command.owned);
}

/* --- AFL++'s queues ------------------------------------------------------------------------------
 */

struct link_work {
    const char *from;
    const char *to;
};

static void link_one(void *context, const char *name)
{
    const struct link_work *work = context;
    char *from = text_format("%s/%s", work->from, name);
    char *to = text_format("%s/%s", work->to, name);
    struct stat status;
    if (stat(from, &status) == 0 && S_ISREG(status.st_mode)) {
        (void)link(from, to); /* one that has just gone is not missed */
    }
    free(to);
    free(from);
}

static void remove_one(void *context, const char *name)
{
    char *path = text_format("%s/%s", (const char *)context, name);
    (void)unlink(path);
    free(path);
}

/* The folder, with nothing in it. */
static bool folder_empty(char *path)
{
    const bool is_there = folder_make(path);
    folder_each(path, remove_one, path);
    return is_there;
}

/* Second names of all files of a folder. False where there is none. */
static bool link_all(const char *from, char *to)
{
    struct link_work work = {from, to};
    if (!folder_empty(to)) {
        return false;
    }
    folder_each(from, link_one, &work);
    return folder_count(to) > 0;
}

/* Who asks whether an input has other names is not to see these. */
static void drop_second_names(struct distill *distill)
{
    folder_each(distill->has, remove_one, distill->has);
    folder_each(distill->news, remove_one, distill->news);
}

void distill_open(struct distill *distill, const struct layout *layout,
                  const struct options *options, bool has_m32, double interval_seconds, double now)
{
    *distill = (struct distill){.layout = layout,
                                .options = options,
                                .has_m32 = has_m32,
                                .interval_seconds = interval_seconds,
                                .minimised_at = now,
                                .chosen = text_format("%s/distill/chosen", layout->out),
                                .has = text_format("%s/distill/has", layout->out),
                                .news = text_format("%s/distill/news", layout->out),
                                .log = text_format("%s/distill.log", layout->run)};
    drop_second_names(distill);
}

static bool start_import(struct distill *distill, struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->count; i++) {
        struct member *member = &fleet->members[i];
        if (!member->has_news) {
            continue;
        }
        char *folder = afl_folder(&member->engine);
        char *queue = text_format("%s/%s/queue", folder, member->engine.name);
        if (link_all(queue, distill->news) && link_all(distill->layout->corpus, distill->has)) {
            const struct yardstick yardstick = {member->engine.turn.harness, BUILD_LIBFUZZER_PLAIN};
            start_merge(distill, yardstick, distill->has, distill->news);
        }
        member->has_news = false;
        free(queue);
        free(folder);
        return true;
    }
    return false;
}

/* What has no other name was written by the merge. */
static void take_new(void *context, const char *name)
{
    const struct distill *distill = context;
    char *from = text_format("%s/%s", distill->has, name);
    char *to = text_format("%s/%s", distill->layout->corpus, name);
    struct stat status;
    if (stat(from, &status) == 0 && status.st_nlink == 1) {
        (void)rename(from, to);
    }
    free(to);
    free(from);
}

static void end_import(struct distill *distill, bool is_well)
{
    if (!is_well) {
        complain("what AFL++ found was not merged into the corpus; see %s", distill->log);
        return;
    }
    folder_each(distill->has, take_new, distill);
    distill->merge_count++;
    drop_second_names(distill);
}

/* --- minimising ----------------------------------------------------------------------------------
 */

static void remember(void *context, const char *name)
{
    text_list_add(context, text_copy(name));
}

static bool applies(const struct distill *distill, const struct yardstick *yardstick)
{
    return distill->options->harnesses[yardstick->harness] &&
           (yardstick->build != BUILD_LIBFUZZER_M32 || distill->has_m32);
}

/* Begins the next merge; false where there is none left. */
static bool merge_by_next(struct distill *distill)
{
    for (; distill->yardstick < YARDSTICK_COUNT; distill->yardstick++) {
        if (applies(distill, &yardsticks[distill->yardstick])) {
            start_merge(distill, yardsticks[distill->yardstick++], distill->chosen, distill->has);
            return true;
        }
    }
    return false;
}

static void begin_minimising(struct distill *distill, double now)
{
    distill->minimised_at = now;
    if (!folder_empty(distill->chosen) || !link_all(distill->layout->corpus, distill->has)) {
        return;
    }
    text_list_free(&distill->before);
    folder_each(distill->has, remember, &distill->before);
    distill->yardstick = 0;
    distill->is_minimising = merge_by_next(distill);
}

/* libFuzzer names an input by its contents, so what was chosen has its name in the corpus; seeds
 * have names of their own there, and their copies come in their place. */
static void keep_chosen(void *context, const char *name)
{
    struct distill *distill = context;
    char *from = text_format("%s/%s", distill->chosen, name);
    char *to = text_format("%s/%s", distill->layout->corpus, name);
    if (access(to, F_OK) != 0 && (!file_copy(from, to) || !file_sync(to))) {
        distill->has_failed = true;
    }
    free(to);
    free(from);
}

/* Only what was there before: what the engines have added since is younger than the choice. */
static void remove_others(struct distill *distill)
{
    for (size_t i = 0; i < distill->before.count; i++) {
        char *chosen = text_format("%s/%s", distill->chosen, distill->before.texts[i]);
        char *path = text_format("%s/%s", distill->layout->corpus, distill->before.texts[i]);
        if (access(chosen, F_OK) != 0 && unlink(path) == 0) {
            distill->removed_count++;
        }
        free(path);
        free(chosen);
    }
}

static void end_minimising(struct distill *distill)
{
    distill->is_minimising = false;
    distill->has_failed = folder_count(distill->chosen) == 0;
    folder_each(distill->chosen, keep_chosen, distill);
    if (!distill->has_failed && file_sync(distill->layout->corpus)) {
        remove_others(distill);
        distill->minimised_count++;
    }
    drop_second_names(distill);
}

static void take_result(struct distill *distill, int status)
{
    const bool is_well = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    distill->process = 0;
    if (!distill->is_minimising) {
        end_import(distill, is_well);
        return;
    }
    if (!is_well) {
        distill->is_minimising = false; /* the corpus stays as it is; the log says why */
        complain("the corpus was not minimised; see %s", distill->log);
    } else if (!merge_by_next(distill)) {
        end_minimising(distill);
    }
}

void distill_step(struct distill *distill, struct fleet *fleet, double now)
{
    int status = 0;
    if (distill->process != 0) {
        if (process_ended(distill->process, &status)) {
            take_result(distill, status);
        }
        return;
    }
    if (distill->is_minimising) {
        complain("the corpus was not minimised: no process could be started for it");
        distill->is_minimising = false; /* or an import would be taken for the rest of it */
    }
    if (!start_import(distill, fleet) && now - distill->minimised_at > distill->interval_seconds) {
        begin_minimising(distill, now);
    }
}

void distill_close(struct distill *distill)
{
    if (distill->process != 0) {
        int status = 0;
        process_signal(distill->process, SIGKILL);
        (void)waitpid(distill->process, &status, 0);
        distill->process = 0;
    }
    distill->is_minimising = false;
}
