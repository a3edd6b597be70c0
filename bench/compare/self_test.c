/* SPDX-License-Identifier: MIT
 *
 * bed compare --self-test: is the method as silent, and as sharp, as it says? On this machine, with
 * all of its cores but one kept busy.
 *
 * Silent: the core against itself, again and again; nothing may be told. Sharp: against a
 * core whose select_block is 5% slower on the row. The slowdown is a number of empty rounds (the
 * burden, bench/seam.c); how many make 5% is found by measuring, with more pairs than a comparison
 * has, and then the comparison must find it.
 */
#include "compare.h"

#include "file.h"

#include <cjson/cJSON.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SILENT_RUNS       20
#define SLOWDOWN          0.05
#define SLOWDOWN_TO_NEAR  0.005 /* a calibration that is no nearer is none */
#define CALIBRATION_TRIES 6
#define CALIBRATION_PAIRS ((size_t)40)
#define SHARP_ROW         "^select/4096-log$"
#define LOAD_BYTES        ((size_t)16 << 20)
#define LOADS_MAX         64
#define SCHEMA            "heapbed-compare-self-test/1"

/* Not the list index: its select_block waits for memory, and what it has to wait is the neighbours'
 * doing. */
static const char *const sharp_subjects[] = {"small-off", "default-off", "default-on"};
#define SHARP_COUNT (sizeof sharp_subjects / sizeof sharp_subjects[0])

/* What came out so far: in words, and for --json. */
struct test {
    struct compare *compare;
    FILE *words; /* the standard output, unless that is for JSON */
    cJSON *planted;
    cJSON *itself;
    size_t found_count;
    size_t silent_count;
};

static void say(const struct test *test, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void say(const struct test *test, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    (void)vfprintf(test->words, format, arguments);
    va_end(arguments);
    (void)fflush(test->words);
}

/* -- the load --------------------------------------------------------------------------------- */

static pid_t loads[LOADS_MAX];
static size_t load_count;

/* Arithmetic, and memory beyond the caches that a core has alone. */
static void load_run(void)
{
    volatile unsigned char *memory = calloc(LOAD_BYTES, 1);
    volatile unsigned sum = 0;

    (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (memory != NULL) {
        for (size_t i = 0; i < LOAD_BYTES; i += 64) {
            memory[i]++;
        }
        for (unsigned i = 0; i < 10000000; i++) {
            sum = sum * 1664525u + 1013904223u;
        }
    }
    _exit(1);
}

static void loads_start(void)
{
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);
    const size_t wanted = cores > 2 ? (size_t)cores - 1 : 1;

    while (load_count < wanted && load_count < LOADS_MAX) {
        const pid_t process = fork();

        if (process == 0) {
            load_run();
        }
        loads[load_count++] = process;
    }
}

static void loads_end(void)
{
    while (load_count != 0) {
        const pid_t process = loads[--load_count];

        if (process > 0) {
            (void)kill(process, SIGKILL);
            (void)waitpid(process, NULL, 0);
        }
    }
}

/* -- silent ----------------------------------------------------------------------------------- */

/* The largest change that was measured, and the noise floor of that row. */
static const struct compare_timed *largest(const struct compare *compare, size_t *index)
{
    double most = -1;

    for (size_t i = 0; i < compare->timed_count; i++) {
        const double change = compare->timed[i].figure.change;
        const double size = change < 0 ? -change : change;

        if (size > most) {
            most = size;
            *index = i;
        }
    }
    return &compare->timed[*index];
}

static size_t second_count(const struct compare *compare)
{
    size_t count = 0;

    for (size_t i = 0; i < compare->timed_count; i++) {
        count += compare->timed[i].is_second;
    }
    return count;
}

static bool silent_run(struct test *test, size_t run)
{
    struct compare *compare = test->compare;
    size_t index = 0;

    if (!compare_choose(compare) || !compare_measure(compare) || compare_is_interrupted) {
        return false;
    }
    const size_t told = compare_verdict_count(compare, VERDICT_SLOWER) +
                        compare_verdict_count(compare, VERDICT_FASTER);
    const struct compare_timed *most = largest(compare, &index);

    test->silent_count += told == 0;
    say(test,
        "itself, run %2zu of %d: %s; %zu rows, %zu looked at twice; the largest: %s of %s "
        "%+.2f%%, noise floor %.2f%%\n",
        run + 1, SILENT_RUNS, told == 0 ? "silent" : "NOT SILENT", compare->timed_count,
        second_count(compare), compare->duels[index].row->name, compare->duels[index].subject,
        100 * most->figure.change, 100 * most->figure.noise);
    if (told != 0 && test->words == stdout) {
        compare_print(compare, false);
    }
    cJSON *json = cJSON_CreateObject();

    cJSON_AddBoolToObject(json, "is_silent", told == 0);
    cJSON_AddItemToObject(json, "rows", compare_rows_json(compare));
    cJSON_AddItemToArray(test->itself, json);
    return true;
}

/* -- sharp ------------------------------------------------------------------------------------ */

/* What so many rounds change the row by. */
static bool burden_measure(struct compare *compare, unsigned rounds, double *change)
{
    compare->head.burden = rounds;
    if (!compare_choose(compare) || !compare_play(compare, CALIBRATION_PAIRS, "calibrating") ||
        compare_is_interrupted) {
        return false;
    }
    *change = duel_figure(&compare->duels[0], JUDGE_LEVEL).change;
    return true;
}

/* By regula falsi, from a number of rounds that is too small and one that is too large. */
static bool burden_calibrate(struct compare *compare, unsigned *rounds, double *change)
{
    double low_change = 0;
    double high_change = 0;
    unsigned low = 0;
    unsigned high = 16;

    if (!burden_measure(compare, 0, &low_change)) {
        return false;
    }
    do {
        high *= 4;
        if (!burden_measure(compare, high, &high_change)) {
            return false;
        }
    } while (high_change < SLOWDOWN && high < 1u << 24);
    *change = low_change;
    for (size_t i = 0; i < CALIBRATION_TRIES && low_change < SLOWDOWN; i++) {
        const double part = (SLOWDOWN - low_change) / (high_change - low_change);

        *rounds = low + (unsigned)(part * (high - low) + 0.5);
        if (!burden_measure(compare, *rounds, change)) {
            return false;
        }
        const double off = *change - SLOWDOWN;

        if ((off < 0 ? -off : off) <= SLOWDOWN_TO_NEAR) {
            break;
        }
        if (off < 0) {
            low = *rounds;
            low_change = *change;
        } else {
            high = *rounds;
            high_change = *change;
        }
    }
    return true;
}

/* The comparison of a core with one that is slower by what was measured before. */
static void sharp_tell(struct test *test, const char *subject, unsigned rounds, double planted)
{
    const double off = planted - SLOWDOWN;
    const bool is_near = (off < 0 ? -off : off) <= SLOWDOWN_TO_NEAR;
    const struct compare_timed *timed = &test->compare->timed[0];
    const bool is_slower = timed->judgement.verdict == VERDICT_SLOWER;
    cJSON *json = cJSON_CreateObject();

    test->found_count += is_near && is_slower;
    say(test,
        "select_block of %s slower by %.2f%%%s (%u rounds): %s %+.2f%%, %+.2f%% to %+.2f%%, noise "
        "floor %.2f%%\n",
        subject, 100 * planted, is_near ? "" : " INSTEAD OF 5%", rounds,
        is_slower ? "found," : "NOT FOUND,", 100 * timed->figure.change,
        100 * timed->figure.interval.low, 100 * timed->figure.interval.high,
        100 * timed->figure.noise);
    cJSON_AddNumberToObject(json, "planted", planted);
    cJSON_AddNumberToObject(json, "rounds", rounds);
    cJSON_AddBoolToObject(json, "is_found", is_near && is_slower);
    cJSON_AddItemToObject(json, "rows", compare_rows_json(test->compare));
    cJSON_AddItemToArray(test->planted, json);
}

static bool sharp_run(struct test *test, const char *subject)
{
    struct compare *compare = test->compare;
    char filter[80];
    unsigned rounds = 0;
    double planted = 0;

    (void)snprintf(filter, sizeof filter, "^%s$", subject);
    compare->row_filter = SHARP_ROW;
    compare->subject_filter = filter;
    bool ok = burden_calibrate(compare, &rounds, &planted);

    compare->head.burden = rounds;
    ok = ok && compare_choose(compare) && compare_measure(compare) && !compare_is_interrupted;
    compare->subject_filter = NULL;
    if (ok) {
        sharp_tell(test, subject, rounds, planted);
    }
    return ok;
}

/* -- all of it -------------------------------------------------------------------------------- */

static bool test_run(struct test *test)
{
    bool ok = true;

    for (size_t i = 0; ok && i < SHARP_COUNT; i++) {
        ok = sharp_run(test, sharp_subjects[i]);
    }
    test->compare->head = test->compare->base;
    test->compare->row_filter = NULL;
    for (size_t run = 0; ok && run < SILENT_RUNS; run++) {
        ok = silent_run(test, run);
    }
    return ok;
}

static bool test_write(const struct test *test, const char *path, bool is_whole, time_t seconds)
{
    cJSON *json = cJSON_CreateObject();
    char error[400] = "no memory";

    cJSON_AddStringToObject(json, "schema", SCHEMA);
    cJSON_AddStringToObject(json, "compiler", BENCH_COMPILER);
    cJSON_AddNumberToObject(json, "pairs", (double)test->compare->pair_count);
    cJSON_AddNumberToObject(json, "seconds", (double)seconds);
    cJSON_AddBoolToObject(json, "is_whole", is_whole);
    cJSON_AddNumberToObject(json, "found", (double)test->found_count);
    cJSON_AddNumberToObject(json, "silent", (double)test->silent_count);
    cJSON_AddItemReferenceToObject(json, "planted", test->planted);
    cJSON_AddItemReferenceToObject(json, "itself", test->itself);
    char *text = cJSON_Print(json);
    const bool ok = text != NULL && hb_file_write(path, text, strlen(text), error, sizeof error);

    cJSON_free(text);
    cJSON_Delete(json);
    if (!ok) {
        (void)fprintf(stderr, "compare: --json: %s\n", error);
    }
    return ok;
}

/* What has been measured is told, whole or not. */
static int test_end(const struct test *test, const char *json_path, bool ok, time_t seconds)
{
    say(test,
        "\n%zu of %zu planted slowdowns of 5%% found; silent in %zu of %d comparisons of the core "
        "with itself; %lld s\n",
        test->found_count, SHARP_COUNT, test->silent_count, SILENT_RUNS, (long long)seconds);
    if (json_path != NULL && !test_write(test, json_path, ok, seconds)) {
        return 2;
    }
    if (!ok) {
        (void)fprintf(stderr, "compare: the self-test broke off\n");
        return 2;
    }
    return test->found_count == SHARP_COUNT && test->silent_count == SILENT_RUNS ? 0 : 1;
}

int self_test(struct compare *compare, const char *json_path)
{
    const time_t begin = time(NULL);
    const bool is_to_stdout = json_path != NULL && strcmp(json_path, "-") == 0;
    struct test test = {.compare = compare, .words = is_to_stdout ? stderr : stdout};

    if (!compare_build(&compare->base, "-", false) || !compare_build(&compare->head, "-", true)) {
        return 2;
    }
    test.planted = cJSON_CreateArray();
    test.itself = cJSON_CreateArray();
    compare->is_timed_only = true;
    loads_start();
    const bool ok = test_run(&test);

    loads_end();
    const int status = test_end(&test, json_path, ok, time(NULL) - begin);

    cJSON_Delete(test.planted);
    cJSON_Delete(test.itself);
    return status;
}
