/* SPDX-License-Identifier: MIT
 *
 * The queue of candidates. The first sample of each kind of verdict goes first, so that a common
 * fault does not keep a rare one waiting.
 */
#include "triage.h"

#include "files.h"
#include "process.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What bed-triage may take for one candidate before it is taken as it is. */
#define SHRINK_SECONDS_MAX   20.0
#define UNSHRUNK_SECONDS_MAX 40.0

void triage_open(struct triage *triage, const struct layout *layout, const char *target,
                 struct findings *findings)
{
    *triage = (struct triage){.layout = layout, .target = target, .findings = findings};
    char *path = text_format("%s/fuzz/bed-triage", layout->programs);
    triage->has_sanitized_build = access(path, X_OK) == 0;
    free(path);
}

static bool is_known(const struct triage *triage, const char *path)
{
    for (size_t i = 0; i < triage->count; i++) {
        if (strcmp(triage->candidates[i].path, path) == 0) {
            return true;
        }
    }
    return false;
}

/* Takes ownership of path. */
static void add_candidate(struct triage *triage, char *path, unsigned sample)
{
    if (is_known(triage, path)) {
        free(path);
        return;
    }
    struct candidate *list =
        realloc(triage->candidates, (triage->count + 1) * sizeof triage->candidates[0]);
    if (list == NULL) {
        fputs("bed fuzz: out of memory\n", stderr);
        exit(2);
    }
    triage->candidates = list;
    list[triage->count] = (struct candidate){
        .path = path,
        .sample = sample,
        .staged = text_format("%s/staged-%zu", triage->layout->run, triage->count)};
    triage->count++;
}

struct collection {
    struct triage *triage;
    const char *folder;
    const char *const *prefixes; /* null: all names */
};

static bool has_prefix(const char *name, const char *const *prefixes)
{
    for (; *prefixes != NULL; prefixes++) {
        if (strncmp(name, *prefixes, strlen(*prefixes)) == 0) {
            return true;
        }
    }
    return false;
}

/* The fuzz programs number their samples of one kind: "place-0123abcd-2". */
static unsigned sample_number(const char *name)
{
    const char *dash = strrchr(name, '-');
    return dash == NULL ? 0 : (unsigned)strtoul(dash + 1, NULL, 10);
}

static void collect_one(void *context, const char *name)
{
    const struct collection *collection = context;
    if (collection->prefixes != NULL && !has_prefix(name, collection->prefixes)) {
        return;
    }
    add_candidate(collection->triage, text_format("%s/%s", collection->folder, name),
                  collection->prefixes == NULL ? sample_number(name) : 0);
}

void triage_collect(struct triage *triage)
{
    struct collection collection = {.triage = triage, .folder = triage->layout->candidates};
    folder_each(collection.folder, collect_one, &collection);
}

static void collect_folder(struct triage *triage, char *folder, const char *const *prefixes)
{
    struct collection collection = {triage, folder, prefixes};
    folder_each(folder, collect_one, &collection);
    free(folder);
}

/* An engine keeps inputs of its own accord where its process died or did not answer in time. */
void triage_collect_engine(struct triage *triage, const struct engine *engine)
{
    static const char *const libfuzzer_prefixes[] = {"crash-", "leak-", "timeout-", "oom-", NULL};
    static const char *const afl_prefixes[] = {"id:", NULL};
    if (engine->turn.build != BUILD_AFL) {
        collect_folder(triage, text_copy(engine->folder), libfuzzer_prefixes);
        return;
    }
    static const char *const kinds[] = {"crashes", "hangs"};
    for (size_t i = 0; i < 2; i++) {
        collect_folder(triage,
                       text_format("%s/afl/%s/%s", triage->layout->engines, engine->name, kinds[i]),
                       afl_prefixes);
    }
}

static void start(struct triage *triage, struct candidate *candidate)
{
    const char *preset = candidate->step == TRIAGE_SANITIZED ? "fuzz" : "release";
    char *program = text_format("%s/%s/bed-triage", triage->layout->programs, preset);
    char *log = text_format("%s/triage.log", triage->layout->run);
    const char *argv[] = {program,
                          "--target",
                          triage->target,
                          "--out",
                          candidate->staged,
                          candidate->path,
                          candidate->step == TRIAGE_UNSHRUNK ? "--as-it-is" : NULL,
                          NULL};
    const char *variables[] = {"ASAN_OPTIONS=detect_leaks=0:symbolize=0", NULL};
    candidate->process = process_start(argv, variables, log);
    candidate->started_at = seconds_now();
    if (candidate->process > 0) {
        triage->running_count++;
    } else {
        candidate->process = 0;
    }
    free(program);
    free(log);
}

static void keep_unreproduced(struct triage *triage, struct candidate *candidate)
{
    char *name = text_copy(strrchr(candidate->path, '/') + 1);
    char *to = text_format("%s/%s", triage->layout->unreproduced, name);
    for (unsigned copy = 2; access(to, F_OK) == 0 && copy < 1000; copy++) {
        free(to);
        to = text_format("%s/%s.%u", triage->layout->unreproduced, name, copy);
    }
    (void)file_copy(candidate->path, to);
    free(to);
    free(name);
    candidate->step = TRIAGE_OVER;
}

/* bed-triage exits 1 where it wrote a finding, 0 where the input did not fail. */
static void take_result(struct triage *triage, struct candidate *candidate, int status)
{
    const bool has_exited = WIFEXITED(status);
    if (has_exited && WEXITSTATUS(status) == 1 &&
        findings_add(triage->findings, candidate->staged)) {
        candidate->step = TRIAGE_OVER;
    } else if (candidate->step == TRIAGE_PLAIN && !has_exited) {
        candidate->step = TRIAGE_UNSHRUNK;
    } else if (candidate->step == TRIAGE_PLAIN && triage->has_sanitized_build) {
        candidate->step = TRIAGE_SANITIZED;
    } else {
        keep_unreproduced(triage, candidate);
        triage->unreproduced_count++;
    }
}

static void look_at(struct triage *triage, struct candidate *candidate)
{
    int status = 0;
    if (process_ended(candidate->process, &status)) {
        candidate->process = 0;
        triage->running_count--;
        take_result(triage, candidate, status);
        return;
    }
    const double seconds_max =
        candidate->step == TRIAGE_UNSHRUNK ? UNSHRUNK_SECONDS_MAX : SHRINK_SECONDS_MAX;
    if (seconds_now() - candidate->started_at > seconds_max) {
        process_signal(candidate->process, SIGKILL);
    }
}

static struct candidate *next_to_start(const struct triage *triage)
{
    struct candidate *next = NULL;
    for (size_t i = 0; i < triage->count; i++) {
        struct candidate *candidate = &triage->candidates[i];
        if (candidate->step != TRIAGE_OVER && candidate->process == 0 &&
            (next == NULL || candidate->sample < next->sample)) {
            next = candidate;
        }
    }
    return next;
}

void triage_step(struct triage *triage, unsigned process_limit)
{
    for (size_t i = 0; i < triage->count; i++) {
        if (triage->candidates[i].process != 0) {
            look_at(triage, &triage->candidates[i]);
        }
    }
    while (triage->running_count < process_limit) {
        struct candidate *next = next_to_start(triage);
        if (next == NULL) {
            return;
        }
        start(triage, next);
        if (next->process == 0) {
            return; /* no process to be had now; tried again at the next step */
        }
    }
}

size_t triage_waiting(const struct triage *triage)
{
    size_t count = 0;
    for (size_t i = 0; i < triage->count; i++) {
        count += triage->candidates[i].step != TRIAGE_OVER;
    }
    return count;
}

size_t triage_close(struct triage *triage)
{
    size_t left = 0;
    for (size_t i = 0; i < triage->count; i++) {
        struct candidate *candidate = &triage->candidates[i];
        if (candidate->process != 0) {
            process_signal(candidate->process, SIGKILL);
            int status = 0;
            (void)waitpid(candidate->process, &status, 0);
            candidate->process = 0;
        }
        if (candidate->step != TRIAGE_OVER) {
            keep_unreproduced(triage, candidate);
            left++;
        }
    }
    triage->running_count = 0;
    return left;
}
