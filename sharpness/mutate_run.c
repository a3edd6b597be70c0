/* SPDX-License-Identifier: MIT
 *
 * A step is one program run on one variant of the core: bed-mutant with generated streams or with
 * the corpus, a unit test of the core, or the compiler, which tells whether there is a difference
 * at all (trivial compiler equivalence: Papadakis, Jia, Harman, Le Traon, ICSE 2015).
 */
#include "mutate_run.h"

#include "build.h"
#include "clock.h"
#include "mutate_schema.h"
#include "pool.h"

#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 1024
#define LOG_BYTES  32768
#define STEPS_MAX  256
#define FILES_MAX  256
#define ARGS_MAX   (FILES_MAX + 16)

/* By the clock a step may take a minute, or thirty times its processor time with the original. */
#define CLOCK_SECONDS 60.0
#define CLOCK_FACTOR  30.0

/* Those of tests/CMakeLists.txt, in the order in which they are asked: the smallest first. On 32
 * bits what matters differs by BF_CLASS_BITS, and by little else. */
static const struct variant {
    const char *name;
    const char *target;
    const char *options[3];
    bool is_32_bit;
} variants[] = {
    {"small", "bestfit-small", {"-DBF_PROFILE_SMALL"}, false},
    {"list", "bestfit-list", {"-DBF_INDEX_LIST"}, false},
    {"off", "bestfit-off", {"-DBF_HARDENING=BF_HARDENING_OFF", "-DBF_PROFILE_SMALL"}, false},
    {"paranoid", "bestfit-paranoid", {"-DBF_HARDENING=BF_HARDENING_PARANOID"}, false},
    {"default", "bestfit", {"-DBF_HARDENING=BF_HARDENING_ON"}, false},
    {"large", "bestfit-large", {"-DBF_PROFILE_LARGE"}, false},
    {"small-32", "bestfit-small", {"-DBF_PROFILE_SMALL"}, true},
    {"list-32", "bestfit-list", {"-DBF_INDEX_LIST"}, true},
    {"off-32", "bestfit-off", {"-DBF_HARDENING=BF_HARDENING_OFF", "-DBF_PROFILE_SMALL"}, true},
    {"default-32", "bestfit", {"-DBF_HARDENING=BF_HARDENING_ON"}, true},
    {"quarantine",
     "bestfit-quarantine",
     {"-DBF_QUARANTINE_BYTES=1024", "-DBF_GUARD_BYTES=16"},
     false},
    {"list-quarantine",
     "bestfit-list-quarantine",
     {"-DBF_INDEX_LIST", "-DBF_QUARANTINE_BYTES=1024", "-DBF_GUARD_BYTES=24"},
     false},
};
enum { VARIANT_COUNT = sizeof variants / sizeof variants[0] };

enum step_kind { STEP_STREAMS, STEP_CORPUS, STEP_IDENTICAL, STEP_TEST, STEP_MORE };

struct step {
    char name[MUTANT_STEP_BYTES];
    enum step_kind kind;
    unsigned variant;
    char test[PATH_BYTES]; /* its source */
    double seconds;        /* of processor time, with the original */
    bool is_played;        /* with the original, in this run: nobody objects to it */
};

struct runner {
    const struct mutate_options *options;
    const struct mutants *mutants;
    struct mutant_result *results;
    const size_t *chosen;
    const bool *is_wanted; /* null: all */
    bool
        *is_in[VARIANT_COUNT]; /* by mutant: whether the variant compiles it; of those in regions */
    struct step *steps;
    size_t step_count;
    glob_t corpus;
    void (*told)(void *context, size_t index);
    void *context;
};

const char *mutant_state_name(enum mutant_state state)
{
    static const char *const names[MUTANT_STATE_COUNT] = {
        "not run", "killed", "survived", "identical", "stillborn", "absent", "late", "no answer"};
    return names[state];
}

/* -- compiling ------------------------------------------------------------------------------- */

struct arguments {
    const char *items[ARGS_MAX + 1];
    size_t count;
};

static void add(struct arguments *arguments, const char *argument)
{
    if (argument != NULL && arguments->count < ARGS_MAX) {
        arguments->items[arguments->count++] = argument;
        arguments->items[arguments->count] = NULL;
    }
}

/* A copy of the core, and what is made of it: <folder>/core, <folder>/small.so, ... */
struct place {
    const struct runner *runner;
    char folder[PATH_BYTES];
    bool is_schema;
};

static void add_compiler(struct arguments *arguments, const struct variant *variant)
{
    add(arguments, "clang-19");
    add(arguments, "-std=c11");
    add(arguments, "-w");
    add(arguments, variant->is_32_bit ? "-m32" : NULL);
    add(arguments, variant->options[0]);
    add(arguments, variant->options[1]);
    add(arguments, variant->options[2]);
}

/* What inlines, compiles for ever where each expression is there ten times. */
static void add_speed(struct arguments *arguments, bool is_schema)
{
    add(arguments, is_schema ? "-O1" : "-O0");
    add(arguments, "-Dalways_inline=");
    add(arguments, "-fno-inline");
    add(arguments,
        "-fsanitize=array-bounds"); /* an index that is no element ends it, as with UBSan */
    add(arguments, "-fsanitize-trap=array-bounds");
}

static bool compile(struct arguments *arguments, const char *output, char *log)
{
    char part[PATH_BYTES];
    (void)snprintf(part, sizeof part, "%s.part", output);
    add(arguments, "-o");
    add(arguments, part);
    return build_run(arguments->items, NULL, log, LOG_BYTES) == 0 && rename(part, output) == 0;
}

/* The target as a shared object. */
static bool build_object(const struct place *place, unsigned number, const char *output, char *log)
{
    const struct variant *variant = &variants[number];
    const char *root = place->runner->options->root;
    struct arguments arguments = {{0}, 0};
    char texts[6][PATH_BYTES];
    (void)snprintf(texts[0], PATH_BYTES, "-DHB_VARIANT_NAME=\"%s\"", variant->target);
    (void)snprintf(texts[1], PATH_BYTES, "-I%s/testbed", root);
    (void)snprintf(texts[2], PATH_BYTES, "-I%s/testbed/include", root);
    build_path(texts[3], PATH_BYTES, "-I%s/core", place->folder);
    (void)snprintf(texts[4], PATH_BYTES, "%s/testbed/targets/bestfit.c", root);
    build_path(texts[5], PATH_BYTES, "%s/core/" SCHEMA_SWITCH, place->folder);
    add_compiler(&arguments, variant);
    add_speed(&arguments, place->is_schema);
    add(&arguments, "-shared");
    add(&arguments, "-fPIC");
    add(&arguments, "-Wl,-Bsymbolic");
    add(&arguments, "-DHB_VARIANT_SYMBOL=heapbed_target");
    add(&arguments, "-DBF_PREFIX=bf_in_bed_");
    if (place->is_schema) {
        add(&arguments, "-include");
        add(&arguments, texts[5]);
    }
    for (size_t i = 0; i < 5; i++) {
        add(&arguments, texts[i]);
    }
    return compile(&arguments, output, log);
}

/* A unit test of the core with the core. */
static bool build_test(const struct place *place, unsigned number, const char *source,
                       const char *output, char *log)
{
    struct arguments arguments = {{0}, 0};
    char texts[4][PATH_BYTES];
    (void)snprintf(texts[0], PATH_BYTES, "-I%s/tests", place->runner->options->root);
    build_path(texts[1], PATH_BYTES, "-I%s/core", place->folder);
    build_path(texts[2], PATH_BYTES, "%s/core/bestfit.c", place->folder);
    build_path(texts[3], PATH_BYTES, "%s/core/" SCHEMA_SWITCH, place->folder);
    add_compiler(&arguments, &variants[number]);
    add_speed(&arguments, place->is_schema);
    add(&arguments, "-D_GNU_SOURCE");
    if (place->is_schema) {
        add(&arguments, "-include");
        add(&arguments, texts[3]);
    }
    add(&arguments, texts[0]);
    add(&arguments, texts[1]);
    add(&arguments, source);
    add(&arguments, texts[2]);
    return compile(&arguments, output, log);
}

/* The core as a user compiles it, with the hooks that a user can have; but what only counts work is
 * no difference. */
static bool build_plain(const char *core, unsigned number, const char *output, char *log)
{
    struct arguments arguments = {{0}, 0};
    char include[PATH_BYTES];
    char source[PATH_BYTES];
    (void)snprintf(include, sizeof include, "-I%s", core);
    (void)snprintf(source, sizeof source, "%s/bestfit.c", core);
    add_compiler(&arguments, &variants[number]);
    add(&arguments, "-O2");
    add(&arguments, "-c");
    add(&arguments, "-ffreestanding");
    add(&arguments, "-DBF_LOCK(heap)=hook_lock(heap)");
    add(&arguments, "-DBF_UNLOCK(heap)=hook_unlock(heap)");
    add(&arguments, "-DBF_PANIC(heap,status,pointer)=hook_panic(heap,status,pointer)");
    add(&arguments, "-Wno-implicit-function-declaration");
    add(&arguments, include);
    add(&arguments, source);
    return compile(&arguments, output, log);
}

/* What the compiler sees. */
static bool preprocess(const char *core, unsigned number, char *text, size_t text_bytes)
{
    struct arguments arguments = {{0}, 0};
    char include[PATH_BYTES];
    char source[PATH_BYTES];
    (void)snprintf(include, sizeof include, "-I%s", core);
    (void)snprintf(source, sizeof source, "%s/bestfit.c", core);
    add_compiler(&arguments, &variants[number]);
    add(&arguments, "-E");
    add(&arguments, "-P");
    add(&arguments, include);
    add(&arguments, source);
    return build_run(arguments.items, NULL, text, text_bytes) == 0;
}

/* -- steps ----------------------------------------------------------------------------------- */

static bool file_exists(const char *path)
{
    return access(path, R_OK) == 0;
}

/* What a step runs, built where it is not there yet. False: it cannot be. */
static bool step_build(const struct place *place, const struct step *step, char *output, char *log)
{
    const char *variant = variants[step->variant].name;
    if (step->kind == STEP_TEST) {
        const char *name = strchr(step->name, '/') + 1;
        build_path(output, PATH_BYTES, "%s/%s.%s.test", place->folder, name, variant);
        return build_is_newer(output, step->test) ||
               build_test(place, step->variant, step->test, output, log);
    }
    build_path(output, PATH_BYTES, "%s/%s.so", place->folder, variant);
    return file_exists(output) || build_object(place, step->variant, output, log);
}

static void keep_text(char *to, size_t bytes, const char *text)
{
    size_t count = 0;
    for (; text[count] != '\0' && text[count] != '\n' && count + 1 < bytes; count++) {
        to[count] = text[count] == '"' || text[count] == '\\' || (unsigned char)text[count] < ' '
                        ? '\''
                        : text[count];
    }
    to[count] = '\0';
}

/* In words: the test that failed, or what bed-mutant said. */
static void keep_objection(struct mutant_result *result, const struct step *step, const char *log)
{
    const char *failed = step->kind == STEP_TEST ? strstr(log, "\nFAIL ") : NULL;
    result->state = MUTANT_KILLED;
    (void)snprintf(result->step, sizeof result->step, "%s", step->name);
    keep_text(result->text, sizeof result->text, failed != NULL ? failed + strlen("\nFAIL ") : log);
    if (failed == NULL && (step->kind == STEP_TEST || log[0] == '\0')) {
        keep_text(result->text, sizeof result->text, "it crashed, or did not end");
    }
}

static void keep_failure(struct mutant_result *result, enum mutant_state state,
                         const struct step *step, const char *log)
{
    char text[MUTANT_TEXT_BYTES];
    result->state = state;
    keep_text(text, sizeof text, log[0] != '\0' ? log : "it was ended from outside");
    (void)snprintf(result->text, sizeof result->text, "%.40s: %.110s", step->name, text);
}

/* Whether it was the text that the compiler did not take, and not the compiler that failed. */
static bool is_about_the_text(const char *log)
{
    const char *const error = strstr(log, ": error: ");
    return error != NULL && strncmp(log, "clang", 5) != 0 && strstr(log, "\nclang") == NULL &&
           strstr(log, "fatal error: ") == NULL;
}

static const char *player_of(const struct runner *runner, unsigned variant, char *path)
{
    (void)snprintf(path, PATH_BYTES, "%s/bed-mutant",
                   variants[variant].is_32_bit ? runner->options->programs_32
                                               : runner->options->programs);
    return path;
}

enum play { PLAY_CLEAN, PLAY_OBJECTION, PLAY_NOT_COMPILED, PLAY_LATE, PLAY_NOT_RUN };

/* A process that somebody else has killed (for want of memory, as a rule) says nothing of the
 * mutant, nor does a program that could not be run, which both players tell with status 2. Time
 * counts by the processor alone: a machine that is busy kills nobody. */
static enum play judge(const struct step *step, const struct build_end *end)
{
    if (end->is_late) {
        const bool is_endless = end->processor_seconds > 10 * step->seconds + 1;
        return is_endless ? PLAY_OBJECTION : PLAY_LATE;
    }
    if (end->status == 2 || end->signal_number == SIGKILL ||
        (end->status == -1 && end->signal_number == 0)) {
        return PLAY_NOT_RUN;
    }
    return end->status == 0 ? PLAY_CLEAN : PLAY_OBJECTION;
}

static enum play step_play(const struct place *place, const struct step *step, char *log,
                           struct build_end *end)
{
    const struct runner *runner = place->runner;
    char object[PATH_BYTES];
    char player[PATH_BYTES];
    struct arguments arguments = {{0}, 0};
    if (!step_build(place, step, object, log)) {
        return is_about_the_text(log) && !place->is_schema ? PLAY_NOT_COMPILED : PLAY_NOT_RUN;
    }
    if (step->kind != STEP_TEST) {
        add(&arguments, player_of(runner, step->variant, player));
    }
    add(&arguments, object);
    if (step->kind == STEP_STREAMS || step->kind == STEP_MORE) {
        add(&arguments, step->kind == STEP_STREAMS ? "0" : "16");
        add(&arguments, step->kind == STEP_STREAMS ? "16" : "160");
        add(&arguments, step->kind == STEP_STREAMS ? "16" : "320");
    }
    for (size_t i = 0; step->kind == STEP_CORPUS && i < runner->corpus.gl_pathc; i++) {
        add(&arguments, runner->corpus.gl_pathv[i]);
    }
    const double patience = CLOCK_FACTOR * step->seconds;
    const struct build_limits limits = {.processor_seconds = 10 * step->seconds,
                                        .seconds =
                                            patience > CLOCK_SECONDS ? patience : CLOCK_SECONDS};
    build_watch(arguments.items, NULL, &limits, log, LOG_BYTES, end);
    return judge(step, end);
}

/* Plays the original, before anybody is accused in its name. */
static bool step_is_sound(const struct runner *runner, struct step *step, char *log)
{
    struct place place = {.runner = runner, .is_schema = true};
    char number[16];
    struct build_end end;
    const char *const set = getenv("HEAPBED_MUTANT");
    if (step->is_played) {
        return true;
    }
    (void)snprintf(number, sizeof number, "%s", set != NULL ? set : "0");
    (void)snprintf(place.folder, sizeof place.folder, "%s/schema", runner->options->work);
    (void)setenv("HEAPBED_MUTANT", "0", 1);
    step->is_played = step_play(&place, step, log, &end) == PLAY_CLEAN;
    step->seconds = step->is_played ? end.processor_seconds : step->seconds;
    (void)setenv("HEAPBED_MUTANT", number, 1);
    return step->is_played;
}

static bool are_same(const char *path, const char *other)
{
    bool same = false;
    FILE *one = fopen(path, "rbe");
    FILE *two = fopen(other, "rbe");
    if (one != NULL && two != NULL) {
        int c = 0;
        do {
            c = fgetc(one);
            same = fgetc(two) == c;
        } while (same && c != EOF);
    }
    if (one != NULL) {
        (void)fclose(one);
    }
    if (two != NULL) {
        (void)fclose(two);
    }
    return same;
}

/* 1: every variant compiles to the original's code; 0: not; 2: it does not compile. */
static int compare_code(const struct runner *runner, const char *folder, char *log)
{
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        char core[PATH_BYTES];
        char object[PATH_BYTES];
        char original[PATH_BYTES];
        build_path(core, sizeof core, "%s/core", folder);
        build_path(object, sizeof object, "%s/%s.o", folder, variants[i].name);
        (void)snprintf(original, sizeof original, "%s/original/%s.o", runner->options->work,
                       variants[i].name);
        if (variants[i].is_32_bit && runner->options->programs_32 == NULL) {
            continue;
        }
        if (!build_plain(core, i, object, log)) {
            return 2;
        }
        if (!are_same(object, original)) {
            return 0;
        }
    }
    return 1;
}

/* -- one mutant ------------------------------------------------------------------------------ */

static void remove_folder(const char *folder)
{
    char log[256];
    const char *const arguments[] = {"rm", "-rf", folder, NULL};
    (void)build_run(arguments, NULL, log, sizeof log);
}

/* A copy of the core with one mutant, where there is none yet. */
static bool copy_with_mutant(const struct runner *runner, const struct mutant *mutant, char *folder)
{
    char error[512] = "";
    char core[PATH_BYTES];
    (void)snprintf(folder, PATH_BYTES, "%s/mutant-%s", runner->options->work, mutant->id);
    (void)snprintf(core, sizeof core, "%s/core", folder);
    if (file_exists(core)) {
        return true;
    }
    if ((mkdir(folder, 0777) != 0 && errno != EEXIST) ||
        !build_copy_core(runner->options->root, core, error, sizeof error)) {
        (void)fprintf(stderr, "bed mutate: %s: %s\n", folder, error);
        return false;
    }
    return schema_write_one(runner->mutants, mutant, core);
}

/* Whether a variant compiles what is changed: of those in no region, by what the preprocessor makes
 * of it. */
static bool is_in_variant(const struct runner *runner, size_t index, unsigned variant)
{
    static char text[2][1 << 20];
    char folder[PATH_BYTES];
    char core[PATH_BYTES];
    if (runner->mutants->items[index].region != NO_REGION) {
        return runner->is_in[variant][index];
    }
    (void)snprintf(core, sizeof core, "%s/original/core", runner->options->work);
    if (!copy_with_mutant(runner, &runner->mutants->items[index], folder) ||
        !preprocess(core, variant, text[0], sizeof text[0])) {
        return true;
    }
    build_path(core, sizeof core, "%s/core", folder);
    return !preprocess(core, variant, text[1], sizeof text[1]) || strcmp(text[0], text[1]) != 0;
}

/* Whether the compiler makes the original's code of it. */
static bool take_identical(const struct place *place, size_t index, const struct step *step,
                           char *log)
{
    const struct runner *runner = place->runner;
    struct mutant_result *result = &runner->results[index];
    char folder[PATH_BYTES];
    const int status = copy_with_mutant(runner, &runner->mutants->items[index], folder)
                           ? compare_code(runner, folder, log)
                           : 0;
    if (status == 1) {
        result->state = MUTANT_IDENTICAL;
    } else if (status == 2) {
        keep_failure(result, MUTANT_FAILED, step, log); /* it was compiled before, as it is */
    }
    return status == 0;
}

/* Takes a mutant through one step; false where it is over. */
static bool take_step(struct place *place, size_t index, struct step *step)
{
    static char log[LOG_BYTES];
    const struct runner *runner = place->runner;
    struct mutant_result *result = &runner->results[index];
    if (step->kind == STEP_IDENTICAL) {
        return take_identical(place, index, step, log);
    }
    if (!step_is_sound(runner, step, log)) {
        keep_failure(result, MUTANT_FAILED, step, "it does not pass the original");
        (void)fprintf(stderr, "bed mutate: %s does not pass the original:\n%s\n", step->name, log);
        return false;
    }
    struct build_end end;
    const enum play play = step_play(place, step, log, &end);
    switch (play) {
    case PLAY_OBJECTION:
        keep_objection(result, step, log);
        break;
    case PLAY_NOT_COMPILED:
        result->state = MUTANT_STILLBORN;
        keep_text(result->text, sizeof result->text, log);
        break;
    case PLAY_LATE:
        keep_failure(result, MUTANT_LATE, step, "its time by the clock was over");
        break;
    case PLAY_NOT_RUN:
        keep_failure(result, MUTANT_FAILED, step, log);
        break;
    default:
        break;
    }
    return play == PLAY_CLEAN;
}

static void take_steps(struct place *place, size_t index, const char *hint)
{
    const struct runner *runner = place->runner;
    bool is_in[VARIANT_COUNT];
    bool is_in_any = false;
    bool is_in_64 = false; /* then the tests on 32 bits say nothing new */
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        is_in[i] = (!variants[i].is_32_bit || runner->options->programs_32 != NULL) &&
                   is_in_variant(runner, index, i);
        is_in_any |= is_in[i];
        is_in_64 |= is_in[i] && !variants[i].is_32_bit;
    }
    runner->results[index].state = is_in_any ? MUTANT_SURVIVED : MUTANT_ABSENT;
    if (!is_in_any) {
        return;
    }
    for (unsigned round = 0; round < 2; round++) {
        for (size_t i = 0; i < runner->step_count; i++) {
            struct step *step = &runner->steps[i];
            if ((strcmp(step->name, hint) == 0) == (round == 0) &&
                (step->kind == STEP_IDENTICAL || is_in[step->variant]) &&
                !(step->kind == STEP_TEST && variants[step->variant].is_32_bit && is_in_64) &&
                !take_step(place, index, step)) {
                return;
            }
        }
    }
    runner->results[index].state = MUTANT_SURVIVED;
}

/* In a process of its own. */
static bool run_one(void *context, size_t piece)
{
    struct runner *runner = context;
    const size_t index = runner->chosen[piece];
    const struct mutant *mutant = &runner->mutants->items[index];
    struct mutant_result *result = &runner->results[index];
    struct place place = {.runner = runner, .is_schema = mutant->region != NO_REGION};
    const double begun_at = seconds_now();
    char number[16];
    char folder[PATH_BYTES];
    char hint[MUTANT_STEP_BYTES];
    (void)snprintf(hint, sizeof hint, "%s", result->step);
    result->step[0] = '\0';
    result->text[0] = '\0';
    (void)snprintf(number, sizeof number, "%u", place.is_schema ? mutant->number : 0);
    (void)setenv("HEAPBED_MUTANT", number, 1);
    if (!place.is_schema && !copy_with_mutant(runner, mutant, folder)) {
        return false;
    }
    (void)snprintf(place.folder, sizeof place.folder, "%s/%s%s", runner->options->work,
                   place.is_schema ? "schema" : "mutant-", place.is_schema ? "" : mutant->id);
    take_steps(&place, index, hint);
    (void)snprintf(folder, sizeof folder, "%s/mutant-%s", runner->options->work, mutant->id);
    if (file_exists(folder)) {
        remove_folder(folder);
    }
    result->seconds = seconds_now() - begun_at;
    return true;
}

static bool one_is_done(void *context, size_t piece, enum pool_end end)
{
    struct runner *runner = context;
    if (end != POOL_DONE) {
        (void)fprintf(stderr, "bed mutate: %s was not run to its end\n",
                      runner->mutants->items[runner->chosen[piece]].id);
        return false;
    }
    runner->told(runner->context, runner->chosen[piece]);
    return true;
}

/* -- preparation ----------------------------------------------------------------------------- */

static struct runner the_runner;

static void add_step(struct runner *runner, enum step_kind kind, unsigned variant, const char *name,
                     const char *test)
{
    struct step *step = &runner->steps[runner->step_count];
    const char *only = runner->options->only_steps;
    if (runner->step_count == STEPS_MAX ||
        (variants[variant].is_32_bit && runner->options->programs_32 == NULL)) {
        return;
    }
    *step = (struct step){.kind = kind, .variant = variant};
    (void)snprintf(step->name, sizeof step->name, "%s/%s",
                   kind == STEP_IDENTICAL ? "all" : variants[variant].name, name);
    if (only != NULL && strncmp(step->name, only, strlen(only)) != 0) {
        return;
    }
    (void)snprintf(step->test, sizeof step->test, "%s", test);
    runner->step_count++;
}

/* Those that take longer than all others together, and with the bed's model beside them see nothing
 * that it does not; and the variants that differ from another by the size of a table alone. */
static bool test_is_left_out(const char *name, unsigned variant)
{
    const char *variant_name = variants[variant].name;
    if (strcmp(name, "bitmap_placement") == 0 || strcmp(name, "proof_small") == 0 ||
        strcmp(variant_name, "large") == 0 || strcmp(variant_name, "small-32") == 0) {
        return true;
    }
    if (strcmp(name, "hardened_tries") == 0) {
        return strcmp(variant_name, "default") != 0;
    }
    if (strcmp(name, "bitmap_exhaustive") == 0) {
        return strcmp(variant_name, "default") != 0 && strcmp(variant_name, "paranoid") != 0;
    }
    return strcmp(name, "hardened_misuse") == 0 && strcmp(variant_name, "small") == 0;
}

/* As tests/CMakeLists.txt: list_NAME with the list index, bitmap_NAME with the bitmap index,
 * hardened_NAME where that is hardened; quarantine with variants of its own. */
static bool test_is_for(const char *name, unsigned variant)
{
    const bool is_list = strncmp(variants[variant].name, "list", 4) == 0;
    const bool is_off = strncmp(variants[variant].name, "off", 3) == 0;
    if (strstr(variants[variant].name, "quarantine") != NULL || strcmp(name, "quarantine") == 0) {
        return strstr(variants[variant].name, "quarantine") != NULL &&
               strcmp(name, "quarantine") == 0;
    }
    if (test_is_left_out(name, variant)) {
        return false;
    }
    if (strncmp(name, "list_", 5) == 0) {
        return is_list;
    }
    if (strncmp(name, "bitmap_", 7) == 0) {
        return !is_list;
    }
    return strncmp(name, "hardened_", 9) == 0 ? !is_list && !is_off : true;
}

static void add_tests(struct runner *runner)
{
    char pattern[PATH_BYTES];
    glob_t tests;
    (void)snprintf(pattern, sizeof pattern, "%s/tests/core/*.c", runner->options->root);
    if (glob(pattern, 0, NULL, &tests) != 0) {
        return;
    }
    for (size_t i = 0; i < tests.gl_pathc; i++) {
        char name[64];
        const char *base = strrchr(tests.gl_pathv[i], '/') + 1;
        (void)snprintf(name, sizeof name, "%.*s", (int)(strlen(base) - 2), base);
        for (unsigned k = 0; k < VARIANT_COUNT; k++) {
            if (test_is_for(name, k)) {
                add_step(runner, STEP_TEST, k, name, tests.gl_pathv[i]);
            }
        }
    }
    globfree(&tests);
}

static void add_steps(struct runner *runner)
{
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        add_step(runner, STEP_STREAMS, i, "streams", "");
    }
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        add_step(runner, STEP_CORPUS, i, "corpus", "");
    }
    add_step(runner, STEP_IDENTICAL, 0, "code", "");
    add_tests(runner);
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        add_step(runner, STEP_MORE, i, "more-streams", "");
    }
}

/* What kills most for its time comes first: the bed on three variants that differ much, then
 * whether there is a difference at all, the quick tests, the bed on the other variants, the slow
 * tests. */
static unsigned step_rank(const struct step *step)
{
    const bool is_first = step->variant <= 2;
    switch (step->kind) {
    case STEP_STREAMS:
        return is_first ? 0 : 4;
    case STEP_CORPUS:
        return is_first ? 1 : 4;
    case STEP_TEST:
        return step->seconds < 0.25 && !variants[step->variant].is_32_bit ? 2 : 5;
    case STEP_IDENTICAL:
        return 3;
    default:
        return 6;
    }
}

static int compare_steps(const void *one, const void *other)
{
    const struct step *a = one;
    const struct step *b = other;
    if (step_rank(a) != step_rank(b)) {
        return step_rank(a) < step_rank(b) ? -1 : 1;
    }
    if (a->kind != STEP_TEST) {
        return a->variant < b->variant ? -1 : a->variant > b->variant;
    }
    const double one_seconds = a->seconds * (variants[a->variant].is_32_bit ? 4 : 1);
    const double other_seconds = b->seconds * (variants[b->variant].is_32_bit ? 4 : 1);
    return one_seconds < other_seconds ? -1 : one_seconds > other_seconds;
}

/* Compiles all that one variant needs; marks what does not compile. */
static bool find_stillborn(const struct runner *runner, bool *is_left_out, const char *log,
                           size_t *found)
{
    for (const char *at = log; (at = strstr(at, "mutant:")) != NULL; at++) {
        char *end = NULL;
        const unsigned long number = strtoul(at + strlen("mutant:"), &end, 10);
        const char *line_end = strchr(at, '\n');
        const char *error = strstr(at, " error: ");
        if ((at == log || at[-1] == '\n') && number >= 1 && number <= runner->mutants->count &&
            error != NULL && (line_end == NULL || error < line_end) && !is_left_out[number - 1]) {
            is_left_out[number - 1] = true;
            runner->results[number - 1].state = MUTANT_STILLBORN;
            keep_text(runner->results[number - 1].text, MUTANT_TEXT_BYTES, error + 1);
            (*found)++;
        }
    }
    return *found > 0;
}

static void hash_byte(uint64_t *hash, unsigned byte)
{
    *hash = (*hash ^ byte) * UINT64_C(1099511628211);
}

/* A file with its path; one that is not there counts as such. */
static void hash_file(uint64_t *hash, const char *path)
{
    FILE *file = fopen(path, "rbe");
    for (size_t i = 0; path[i] != '\0'; i++) {
        hash_byte(hash, (unsigned char)path[i]);
    }
    hash_byte(hash, file != NULL);
    for (int c; file != NULL && (c = fgetc(file)) != EOF;) {
        hash_byte(hash, (unsigned)c);
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

/* What the objects are made of. */
static uint64_t hash_sources(const struct runner *runner)
{
    static const char *const files[] = {"testbed/targets/bestfit.c", "testbed/targets.h",
                                        "testbed/include/heapbed/target.h"};
    const struct mutants *const mutants = runner->mutants;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < mutants->source_count; i++) {
        for (size_t k = 0; k < mutants->sources[i].text_bytes; k++) {
            hash_byte(&hash, (unsigned char)mutants->sources[i].text[k]);
        }
    }
    for (size_t i = 0; runner->is_wanted != NULL && i < mutants->count; i++) {
        hash_byte(&hash, runner->is_wanted[i]);
    }
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[PATH_BYTES];
        (void)snprintf(path, sizeof path, "%s/%s", runner->options->root, files[i]);
        hash_file(&hash, path);
    }
    return hash + mutants->count;
}

static void hash_files(uint64_t *hash, const char *root, const char *names)
{
    char pattern[PATH_BYTES];
    glob_t files;
    (void)snprintf(pattern, sizeof pattern, "%s/%s", root, names);
    if (glob(pattern, 0, NULL, &files) != 0) {
        return;
    }
    for (size_t i = 0; i < files.gl_pathc; i++) {
        hash_file(hash, files.gl_pathv[i]);
    }
    globfree(&files);
}

/* What looks at them: the players, the unit tests, the corpus. */
static uint64_t hash_steps(const struct runner *runner)
{
    const struct mutate_options *const options = runner->options;
    uint64_t hash = UINT64_C(14695981039346656037);
    hash_files(&hash, options->programs, "bed-mutant");
    if (options->programs_32 != NULL) {
        hash_files(&hash, options->programs_32, "bed-mutant");
    }
    hash_files(&hash, options->root, "tests/*.h");
    hash_files(&hash, options->root, "tests/core/*.[ch]");
    for (size_t i = 0; i < runner->corpus.gl_pathc; i++) {
        hash_file(&hash, runner->corpus.gl_pathv[i]);
    }
    return hash;
}

/* The stillborn, as they were found when the schema was built. */
static FILE *open_stillborn(const struct runner *runner, const char *mode)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/stillborn", runner->options->work);
    return fopen(path, mode);
}

static bool read_stillborn(const struct runner *runner)
{
    char line[32];
    FILE *file = open_stillborn(runner, "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        const unsigned long number = strtoul(line, NULL, 10);
        if (number >= 1 && number <= runner->mutants->count) {
            runner->results[number - 1].state = MUTANT_STILLBORN;
        }
    }
    return file != NULL && fclose(file) == 0;
}

static bool write_stillborn(const struct runner *runner)
{
    FILE *file = open_stillborn(runner, "we");
    for (size_t i = 0; file != NULL && i < runner->mutants->count; i++) {
        if (runner->results[i].state == MUTANT_STILLBORN) {
            (void)fprintf(file, "%zu\n", i + 1);
        }
    }
    return file != NULL && fclose(file) == 0;
}

static bool has_stamp(const struct runner *runner, const char *name, uint64_t hash)
{
    char path[PATH_BYTES];
    char stamp[32];
    char found[32] = "";
    (void)snprintf(path, sizeof path, "%s/%s", runner->options->work, name);
    (void)snprintf(stamp, sizeof stamp, "%016llx", (unsigned long long)hash);
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        (void)fgets(found, sizeof found, file);
        (void)fclose(file);
    }
    return strcmp(found, stamp) == 0;
}

static void write_stamp(const struct runner *runner, const char *name, uint64_t hash)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", runner->options->work, name);
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        (void)fprintf(file, "%016llx", (unsigned long long)hash);
        (void)fclose(file);
    }
}

/* Whether what is in the working folder was made of this core; if not, it is emptied. */
static bool is_fresh(const struct runner *runner)
{
    const bool is_same = has_stamp(runner, "stamp", hash_sources(runner));
    if (!is_same) {
        remove_folder(runner->options->work);
    }
    return is_same;
}

/* Tests that were built, and times that were taken, of steps that are others now, are removed. */
static void renew_steps(const struct runner *runner)
{
    char log[256];
    char folder[PATH_BYTES];
    const char *const clear[] = {"find",  folder,      "(", "-name",   "*.test", "-o",
                                 "-name", "*.seconds", ")", "-delete", NULL};
    const uint64_t hash = hash_steps(runner);
    (void)snprintf(folder, sizeof folder, "%s/schema", runner->options->work);
    if (!has_stamp(runner, "stamp-steps", hash)) {
        (void)build_run(clear, NULL, log, sizeof log);
        write_stamp(runner, "stamp-steps", hash);
    }
}

static bool make_folder(const char *path)
{
    char parent[PATH_BYTES];
    (void)snprintf(parent, sizeof parent, "%s", path);
    for (char *slash = strchr(parent + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(parent, 0777);
        *slash = '/';
    }
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "bed mutate: %s: %s\n", path, strerror(errno));
        return false;
    }
    return true;
}

/* A copy of the core, as it is, in a folder of the working folder. */
static bool make_copy(const struct runner *runner, const char *name, char *core)
{
    char folder[PATH_BYTES];
    char error[512] = "";
    (void)snprintf(folder, sizeof folder, "%s/%s", runner->options->work, name);
    build_path(core, PATH_BYTES, "%s/core", folder);
    if (!make_folder(folder)) {
        return false;
    }
    if (!build_copy_core(runner->options->root, core, error, sizeof error)) {
        (void)fprintf(stderr, "bed mutate: %s\n", error);
        return false;
    }
    return true;
}

/* Writes the schema and compiles it for each variant, until what does not compile has been left
 * out. */
/* A build may take a minute: a line now and then. */
static void tell_progress(const char *what, size_t done, size_t count)
{
    static double told_at;
    const double now = seconds_now();
    if (now - told_at >= 5 || done == count) {
        told_at = now;
        (void)fprintf(stderr, "bed mutate: %s: %zu of %zu\n", what, done, count);
    }
}

static bool build_schema(const struct runner *runner, bool *is_left_out)
{
    static char log[LOG_BYTES];
    struct place place = {.runner = runner, .is_schema = true};
    char core[PATH_BYTES];
    if (!make_copy(runner, "schema", core)) {
        return false;
    }
    (void)snprintf(place.folder, sizeof place.folder, "%s/schema", runner->options->work);
    for (unsigned i = 0; i < VARIANT_COUNT;) {
        char output[PATH_BYTES];
        size_t found = 0;
        build_path(output, sizeof output, "%s/%s.so", place.folder, variants[i].name);
        if (variants[i].is_32_bit && runner->options->programs_32 == NULL) {
            i++;
            continue;
        }
        if (!schema_write(runner->mutants, is_left_out, core)) {
            return false;
        }
        if (build_object(&place, i, output, log)) {
            i++;
            tell_progress("building the core with its mutants", i, VARIANT_COUNT);
        } else if (find_stillborn(runner, is_left_out, log, &found)) {
            i = 0;
        } else {
            (void)fprintf(stderr, "bed mutate: the core with its mutants does not compile:\n%s\n",
                          log);
            return false;
        }
    }
    return true;
}

/* Notes which mutants are behind the preprocessor in each variant. */
static bool find_absent(struct runner *runner)
{
    static char text[1 << 24];
    char core[PATH_BYTES];
    (void)snprintf(core, sizeof core, "%s/schema/core", runner->options->work);
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        runner->is_in[i] = calloc(runner->mutants->count + 1, 1);
        if (runner->is_in[i] == NULL || !preprocess(core, i, text, sizeof text)) {
            (void)fprintf(stderr, "bed mutate: the preprocessor fails:\n%.1000s\n", text);
            return false;
        }
        const char *mark = "heapbed_mutant == ";
        for (const char *at = text; (at = strstr(at, mark)) != NULL; at += strlen(mark)) {
            const unsigned long number = strtoul(at + strlen(mark), NULL, 10);
            if (number >= 1 && number <= runner->mutants->count) {
                runner->is_in[i][number - 1] = true;
            }
        }
    }
    return true;
}

static bool build_originals(const struct runner *runner)
{
    static char log[LOG_BYTES];
    char core[PATH_BYTES];
    if (!make_copy(runner, "original", core)) {
        return false;
    }
    if (runner->options->only_steps != NULL &&
        strncmp(runner->options->only_steps, "all", 3) != 0) {
        return true; /* nothing is compared with them */
    }
    for (unsigned i = 0; i < VARIANT_COUNT; i++) {
        char output[PATH_BYTES];
        (void)snprintf(output, sizeof output, "%s/original/%s.o", runner->options->work,
                       variants[i].name);
        if ((!variants[i].is_32_bit || runner->options->programs_32 != NULL) &&
            !file_exists(output) && !build_plain(core, i, output, log)) {
            (void)fprintf(stderr, "bed mutate: the core does not compile:\n%s\n", log);
            return false;
        }
    }
    return true;
}

static double read_seconds(const char *path)
{
    char line[32] = "";
    FILE *file = fopen(path, "re");
    if (file != NULL) {
        (void)fgets(line, sizeof line, file);
        (void)fclose(file);
    }
    return strtod(line, NULL);
}

/* Builds what a step runs, and learns how long it takes with the original. A time that is known
 * from an earlier run spares the playing here, and not for good: step_is_sound comes before the
 * first mutant. */
static bool prepare_step(void *context, size_t index)
{
    static char log[LOG_BYTES];
    const struct runner *runner = context;
    struct step *step = &runner->steps[index];
    struct place place = {.runner = runner, .is_schema = true};
    char output[PATH_BYTES];
    char path[PATH_BYTES + 64];
    if (step->kind == STEP_IDENTICAL) {
        return true;
    }
    (void)snprintf(place.folder, sizeof place.folder, "%s/schema", runner->options->work);
    if (!step_build(&place, step, output, log)) {
        (void)fprintf(stderr, "bed mutate: %s does not compile:\n%s\n", step->name, log);
        return false;
    }
    (void)snprintf(path, sizeof path, "%s.%u.seconds", output, (unsigned)step->kind);
    step->seconds = build_is_newer(path, output) ? read_seconds(path) : 0;
    if (step->seconds > 0) {
        return true;
    }
    step->seconds = 60;
    if (!step_is_sound(runner, step, log)) {
        (void)fprintf(stderr, "bed mutate: %s objects to the original:\n%s\n", step->name, log);
        return false;
    }
    FILE *file = fopen(path, "we");
    if (file != NULL) {
        (void)fprintf(file, "%f\n", step->seconds);
        (void)fclose(file);
    }
    return true;
}

static bool step_is_ready(void *context, size_t index, enum pool_end end)
{
    const struct runner *runner = context;
    static size_t done;
    (void)index;
    tell_progress("building the tests, and asking them about the original", ++done,
                  runner->step_count);
    return end == POOL_DONE;
}

bool mutate_prepare(const struct mutate_options *options, const struct mutants *mutants,
                    const bool *is_wanted, struct mutant_result *results)
{
    struct runner *runner = &the_runner;
    bool *is_left_out = calloc(mutants->count + 1, 1);
    char pattern[PATH_BYTES];
    *runner = (struct runner){
        .options = options, .mutants = mutants, .is_wanted = is_wanted, .results = results};
    for (size_t i = 0; is_wanted != NULL && is_left_out != NULL && i < mutants->count; i++) {
        is_left_out[i] = !is_wanted[i];
    }
    runner->steps = pool_share(STEPS_MAX * sizeof *runner->steps);
    (void)snprintf(pattern, sizeof pattern, "%s/corpus/seeds/*.hbedt", options->root);
    (void)glob(pattern, 0, NULL, &runner->corpus);
    (void)snprintf(pattern, sizeof pattern, "%s/corpus/regressions/*.hbedt", options->root);
    (void)glob(pattern, GLOB_APPEND, NULL, &runner->corpus);
    const bool was_fresh = is_fresh(runner);
    bool ok = is_left_out != NULL && make_folder(options->work);
    if (!was_fresh) {
        (void)fprintf(stderr, "bed mutate: building the core with %zu mutants\n", mutants->count);
    }
    if (!was_fresh || !read_stillborn(runner)) {
        ok = ok && build_schema(runner, is_left_out) && write_stillborn(runner);
        if (ok) {
            write_stamp(runner, "stamp", hash_sources(runner));
        }
    }
    renew_steps(runner);
    ok = ok && find_absent(runner) && build_originals(runner);
    add_steps(runner);
    if (runner->step_count == 0) {
        (void)fprintf(stderr, "bed mutate: no step is called so; try small/streams\n");
        ok = false;
    }
    const struct pool pool = {.jobs = options->jobs,
                              .count = runner->step_count,
                              .work = prepare_step,
                              .done = step_is_ready,
                              .context = runner};
    ok = ok && pool_run(&pool);
    if (ok) {
        qsort(runner->steps, runner->step_count, sizeof *runner->steps, compare_steps);
        while (options->groups != 0 &&
               step_rank(&runner->steps[runner->step_count - 1]) >= options->groups) {
            runner->step_count--;
        }
    }
    free(is_left_out);
    return ok;
}

bool mutate_run(const struct mutate_options *options, const struct mutants *mutants,
                const size_t *chosen, size_t chosen_count, struct mutant_result *results,
                void (*told)(void *context, size_t index), void *context)
{
    struct runner *runner = &the_runner;
    runner->results = results;
    runner->mutants = mutants;
    runner->chosen = chosen;
    runner->told = told;
    runner->context = context;
    const struct pool pool = {.jobs = options->jobs,
                              .count = chosen_count,
                              .work = run_one,
                              .done = one_is_done,
                              .context = runner};
    return pool_run(&pool);
}
