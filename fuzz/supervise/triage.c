/* SPDX-License-Identifier: MIT
 *
 * The queue of candidates. The first sample of each kind of verdict goes first, so that a common
 * fault does not keep a rare one waiting.
 */
#include "triage.h"

#include "files.h"
#include "process.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What bed-triage may take for one candidate before it is taken as it is: processor time, so that a
 * busy machine costs no finding its shrinking, and far more wall time, for one that sleeps. */
#define CPU_SECONDS_MAX  60.0
#define WALL_SECONDS_MAX 300.0
/* Wall time for shrinking on an idle machine; the shortest form so far is kept. */
#define SHRINK_SECONDS 8.0
/* Inputs over an engine's limit are not told apart by kind, and a hang costs seconds every time. */
#define LIMIT_CANDIDATES_MAX 16u

static bool has_build(const struct layout *layout, enum build build)
{
    char *path = text_format("%s/%s/bed-triage", layout->programs, build_preset(build));
    const bool has = access(path, X_OK) == 0;
    free(path);
    return has;
}

void triage_open(struct triage *triage, const struct layout *layout, const struct options *options,
                 struct findings *findings)
{
    *triage = (struct triage){.layout = layout, .options = options, .findings = findings};
    triage->has_sanitized_build = has_build(layout, BUILD_LIBFUZZER_SANITIZED);
    triage->has_m32_build = options->has_m32 && has_build(layout, BUILD_LIBFUZZER_M32);
}

/* As the journal calls it, wherever OUT is seen from. */
static const char *name_in_out(const struct triage *triage, const char *path)
{
    return path + strlen(triage->layout->out) + 1;
}

/* Some are not looked at again: this run knows of them, or an earlier one of the campaign is done
 * with them. */
static bool is_known(struct triage *triage, const char *path)
{
    return name_set_has(&triage->known, path) ||
           (triage->journal != NULL && journal_has(triage->journal, name_in_out(triage, path)));
}

/* Takes ownership of path. */
static void add_candidate(struct triage *triage, char *path, enum harness harness,
                          enum candidate_source source, unsigned sample)
{
    if (is_known(triage, path)) {
        free(path);
        return;
    }
    struct candidate *list =
        realloc(triage->candidates, (triage->count + 1) * sizeof triage->candidates[0]);
    if (list == NULL) {
        complain("out of memory");
        exit(2);
    }
    triage->candidates = list;
    name_set_add(&triage->known, path);
    list[triage->count] = (struct candidate){
        .path = path,
        .harness = harness,
        .source = source,
        .sample = sample,
        .step = triage->options->is_sanitized ? TRIAGE_SANITIZED : TRIAGE_PLAIN,
        .staged = text_format("%s/staged-%zu", triage->layout->run, triage->count)};
    triage->count++;
}

struct collection {
    struct triage *triage;
    const char *folder;
    enum harness harness;
    enum candidate_source source;
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

/* A campaign goes on for days, so that there those that are done with are not counted. */
static unsigned count_from(const struct triage *triage, enum candidate_source source)
{
    unsigned count = 0;
    for (size_t i = 0; i < triage->count; i++) {
        const struct candidate *candidate = &triage->candidates[i];
        const bool counts = triage->journal == NULL || candidate->step != TRIAGE_OVER;
        count += candidate->source == source && counts;
    }
    return count;
}

static void collect_one(void *context, const char *name)
{
    const struct collection *collection = context;
    if (collection->prefixes != NULL && !has_prefix(name, collection->prefixes)) {
        return;
    }
    unsigned sample = 0;
    if (collection->source == FROM_ORACLE) {
        sample = sample_number(name);
    } else if (collection->source == FROM_A_LIMIT) {
        sample = count_from(collection->triage, FROM_A_LIMIT);
        if (sample >= LIMIT_CANDIDATES_MAX) {
            return;
        }
    }
    add_candidate(collection->triage, text_format("%s/%s", collection->folder, name),
                  collection->harness, collection->source, sample);
}

void triage_collect(struct triage *triage)
{
    for (unsigned i = 0; i < HARNESS_COUNT; i++) {
        char *folder = text_format("%s/%s", triage->layout->candidates, harness_name(i));
        struct collection collection = {triage, folder, i, FROM_ORACLE, NULL};
        folder_each(folder, collect_one, &collection);
        free(folder);
    }
}

static void collect_folder(struct triage *triage, const struct engine *engine, const char *folder,
                           enum candidate_source source, const char *const *prefixes)
{
    struct collection collection = {triage, folder, engine->turn.harness, source, prefixes};
    folder_each(folder, collect_one, &collection);
}

/* --- AFL++'s crashes in a campaign ---------------------------------------------------------------
 *
 * afl-fuzz moves the folders crashes and hangs aside when it goes on (crashes.TIME), so what is in
 * them gets a name of its own that stays, beside libFuzzer's.
 */

struct adoption {
    const struct engine *engine;
    const char *from;
    const char *prefix;
    bool is_aside; /* afl-fuzz does not look into it any more */
};

static bool is_same_file(const char *left, const char *right)
{
    struct stat of_left;
    struct stat of_right;
    return stat(left, &of_left) == 0 && stat(right, &of_right) == 0 &&
           of_left.st_dev == of_right.st_dev && of_left.st_ino == of_right.st_ino;
}

/* One that may be being written is left for the next time. */
static bool is_whole(const struct engine *engine, const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode) &&
           (engine->process == 0 || difftime(time(NULL), status.st_mtim.tv_sec) > 1);
}

enum naming { NAMED, NAME_IS_TAKEN, NAMING_FAILED };

/* Gives the file that name too. A file system without second names gets a copy. */
static enum naming name_too(const char *from, const char *to)
{
    if (link(from, to) == 0) {
        return NAMED;
    }
    if (errno == EEXIST) {
        return is_same_file(from, to) ? NAMED : NAME_IS_TAKEN;
    }
    const bool is_there = errno != ENOENT && (access(to, F_OK) == 0 || file_copy(from, to));
    return is_there ? NAMED : NAMING_FAILED;
}

static void adopt_one(void *context, const char *name)
{
    const struct adoption *adoption = context;
    char *from = text_format("%s/%s", adoption->from, name);
    if (strncmp(name, "id:", 3) != 0 || !is_whole(adoption->engine, from)) {
        free(from);
        return;
    }
    char *to = text_format("%s/%s-%s", adoption->engine->folder, adoption->prefix, name);
    enum naming naming = name_too(from, to);
    for (unsigned copy = 2; naming == NAME_IS_TAKEN && copy < 1000; copy++) {
        free(to);
        to = text_format("%s/%s-%s.%u", adoption->engine->folder, adoption->prefix, name, copy);
        naming = name_too(from, to);
    }
    if (naming == NAMED && adoption->is_aside && file_sync(adoption->engine->folder)) {
        (void)unlink(from); /* or they would be gone through for ever */
    }
    free(to);
    free(from);
}

struct aside {
    const struct engine *engine;
    const char *folder;
};

static void adopt_folder(void *context, const char *name)
{
    const struct aside *aside = context;
    const bool is_crashes = strncmp(name, "crashes", strlen("crashes")) == 0;
    if (!is_crashes && strncmp(name, "hangs", strlen("hangs")) != 0) {
        return;
    }
    char *from = text_format("%s/%s", aside->folder, name);
    struct adoption adoption = {aside->engine, from, is_crashes ? "crash" : "timeout",
                                strchr(name, '.') != NULL};
    folder_each(from, adopt_one, &adoption);
    free(from);
}

static void adopt_from_afl(const struct engine *engine)
{
    char *all = afl_folder(engine);
    char *own = text_format("%s/%s", all, engine->name);
    struct aside aside = {engine, own};
    folder_each(own, adopt_folder, &aside);
    free(own);
    free(all);
}

/* An engine keeps inputs of its own accord where its process died or did not answer in time. */
void triage_collect_engine(struct triage *triage, const struct engine *engine)
{
    static const char *const crash_prefixes[] = {"crash-", "leak-", NULL};
    static const char *const limit_prefixes[] = {"timeout-", "oom-", NULL};
    static const char *const afl_prefixes[] = {"id:", NULL};
    if (build_is_afl(engine->turn.build) && triage->journal != NULL) {
        adopt_from_afl(engine);
    }
    if (!build_is_afl(engine->turn.build) || triage->journal != NULL) {
        collect_folder(triage, engine, engine->folder, FROM_CRASH, crash_prefixes);
        collect_folder(triage, engine, engine->folder, FROM_A_LIMIT, limit_prefixes);
        return;
    }
    char *folder = afl_folder(engine);
    char *crashes = text_format("%s/%s/crashes", folder, engine->name);
    char *hangs = text_format("%s/%s/hangs", folder, engine->name);
    collect_folder(triage, engine, crashes, FROM_CRASH, afl_prefixes);
    collect_folder(triage, engine, hangs, FROM_A_LIMIT, afl_prefixes);
    free(folder);
    free(crashes);
    free(hangs);
}

/* Of bed-triage: how the candidate's harness plays it. */
static void add_request(const struct triage *triage, const struct candidate *candidate,
                        const char **argv, size_t *count)
{
    const char *target;
    const char *against;
    options_targets(triage->options, candidate->harness, candidate->step == TRIAGE_SANITIZED,
                    &target, &against);
    argv[(*count)++] = "--target";
    argv[(*count)++] = target;
    if (against != NULL) {
        argv[(*count)++] = "--against";
        argv[(*count)++] = against;
    }
    if (candidate->harness == HARNESS_CORRUPT) {
        argv[(*count)++] = "--corrupt";
    }
    if (candidate->step == TRIAGE_UNSHRUNK) {
        argv[(*count)++] = "--as-it-is";
    }
    argv[(*count)++] = candidate->path;
}

static char *triage_program(const struct triage *triage, enum triage_step step)
{
    const char *preset = "release";
    if (step == TRIAGE_SANITIZED) {
        preset = build_preset(BUILD_LIBFUZZER_SANITIZED);
    } else if (step == TRIAGE_M32) {
        preset = build_preset(BUILD_LIBFUZZER_M32);
    }
    return text_format("%s/%s/bed-triage", triage->layout->programs, preset);
}

static void start(struct triage *triage, struct candidate *candidate)
{
    char *program = triage_program(triage, candidate->step);
    char *log = text_format("%s/triage.log", triage->layout->run);
    char *seconds = text_format("%.0f", SHRINK_SECONDS * load_factor());
    const char *argv[16] = {program, "--out", candidate->staged, "--shrink-seconds", seconds};
    size_t count = 5;
    add_request(triage, candidate, argv, &count);
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
    free(seconds);
}

/* All that came of it is on the disk by now. */
static void finish(struct triage *triage, struct candidate *candidate)
{
    candidate->step = TRIAGE_OVER;
    if (triage->journal != NULL) {
        journal_add(triage->journal, name_in_out(triage, candidate->path));
    }
}

/* Not a finding: a copy is kept, and counted in the list. */
static void set_aside(struct triage *triage, struct candidate *candidate, struct text_list *list)
{
    const char *name = strrchr(candidate->path, '/') + 1;
    char *to = text_format("%s/%s", triage->layout->unreproduced, name);
    for (unsigned copy = 2; access(to, F_OK) == 0 && copy < 1000; copy++) {
        free(to);
        to = text_format("%s/%s.%u", triage->layout->unreproduced, name, copy);
    }
    if (file_copy(candidate->path, to) && file_sync(to)) {
        text_list_add(list, to);
        finish(triage, candidate);
    } else {
        text_list_add(list, text_copy(candidate->path));
        free(to);
        candidate->step = TRIAGE_OVER; /* a campaign looks at it again, when there is room */
    }
}

/* The harness that 32-bit engines drive, where no other build has seen anything. */
static bool has_m32_left(const struct triage *triage, const struct candidate *candidate)
{
    return triage->has_m32_build && candidate->harness == HARNESS_LOCKSTEP &&
           (candidate->step == TRIAGE_PLAIN || candidate->step == TRIAGE_SANITIZED);
}

/* bed-triage exits 1 where it wrote a finding, 0 where the input did not fail, 2 where it cannot
 * tell. */
static void take_result(struct triage *triage, struct candidate *candidate, int status)
{
    const bool has_exited = WIFEXITED(status);
    const bool has_failed_again = has_exited && WEXITSTATUS(status) == 1;
    const bool can_tell = has_failed_again || (has_exited && WEXITSTATUS(status) == 0);
    if (has_failed_again && findings_add(triage->findings, candidate->staged)) {
        finish(triage, candidate);
    } else if (candidate->step == TRIAGE_PLAIN && !can_tell) {
        candidate->step = TRIAGE_UNSHRUNK;
    } else if (candidate->step == TRIAGE_PLAIN && triage->has_sanitized_build) {
        candidate->step = TRIAGE_SANITIZED;
    } else if (has_m32_left(triage, candidate)) {
        candidate->step = TRIAGE_M32;
    } else if (!can_tell || has_failed_again) {
        set_aside(triage, candidate, &triage->untriaged);
    } else {
        set_aside(triage, candidate,
                  candidate->source == FROM_A_LIMIT ? &triage->over_limit : &triage->unreproduced);
    }
}

static void look_at(struct triage *triage, struct candidate *candidate)
{
    int status = 0;
    if (process_ended(candidate->process, &status)) {
        candidate->process = 0;
        triage->running_count--;
        take_result(triage, candidate, status);
    } else if (seconds_now() - candidate->started_at > WALL_SECONDS_MAX ||
               process_cpu_seconds(candidate->process) > CPU_SECONDS_MAX) {
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

size_t triage_first_waiting(const struct triage *triage)
{
    size_t count = 0;
    for (size_t i = 0; i < triage->count; i++) {
        count += triage->candidates[i].step != TRIAGE_OVER && triage->candidates[i].sample == 0;
    }
    return count;
}

void triage_close(struct triage *triage)
{
    for (size_t i = 0; i < triage->count; i++) {
        struct candidate *candidate = &triage->candidates[i];
        if (candidate->process != 0) {
            process_signal(candidate->process, SIGKILL);
            int status = 0;
            (void)waitpid(candidate->process, &status, 0);
            candidate->process = 0;
        }
        if (candidate->step != TRIAGE_OVER && triage->journal == NULL) {
            set_aside(triage, candidate, &triage->untriaged);
        }
    }
    triage->running_count = 0;
}
