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

/* Not the list index: its select_block waits for memory, and what it has to wait is the neighbours'
 * doing. */
static const char *const sharp_subjects[] = {"small-off", "default-off", "default-on"};
#define SHARP_COUNT (sizeof sharp_subjects / sizeof sharp_subjects[0])

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

static bool silent_run(struct compare *compare, size_t run, size_t *silent_count)
{
    size_t index = 0;

    if (!compare_choose(compare) || !compare_measure(compare) || compare_is_interrupted) {
        return false;
    }
    const size_t told = compare_verdict_count(compare, VERDICT_SLOWER) +
                        compare_verdict_count(compare, VERDICT_FASTER);
    const struct compare_timed *most = largest(compare, &index);

    *silent_count += told == 0;
    (void)printf("itself, run %2zu of %d: %s; %zu rows, %zu looked at twice; the largest: %s of %s "
                 "%+.2f%%, noise floor %.2f%%\n",
                 run + 1, SILENT_RUNS, told == 0 ? "silent" : "NOT SILENT", compare->timed_count,
                 second_count(compare), compare->duels[index].row->name,
                 compare->duels[index].subject, 100 * most->figure.change,
                 100 * most->figure.noise);
    if (told != 0) {
        compare_print(compare, false);
    }
    (void)fflush(stdout);
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

static bool sharp_run(struct compare *compare, const char *subject, size_t *found_count)
{
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
    if (!ok) {
        return false;
    }
    const double off = planted - SLOWDOWN;
    const bool is_near = (off < 0 ? -off : off) <= SLOWDOWN_TO_NEAR;
    const struct compare_timed *timed = &compare->timed[0];

    *found_count += is_near && timed->judgement.verdict == VERDICT_SLOWER;
    (void)printf("select_block of %s slower by %.2f%%%s (%u rounds): %s %+.2f%%, "
                 "%+.2f%% to %+.2f%%, noise floor %.2f%%\n",
                 subject, 100 * planted, is_near ? "" : " INSTEAD OF 5%", rounds,
                 timed->judgement.verdict == VERDICT_SLOWER ? "found," : "NOT FOUND,",
                 100 * timed->figure.change, 100 * timed->figure.interval.low,
                 100 * timed->figure.interval.high, 100 * timed->figure.noise);
    (void)fflush(stdout);
    return true;
}

/* -- all of it -------------------------------------------------------------------------------- */

static bool self_test_run(struct compare *compare, size_t *found_count, size_t *silent_count)
{
    bool ok = true;

    for (size_t i = 0; ok && i < SHARP_COUNT; i++) {
        ok = sharp_run(compare, sharp_subjects[i], found_count);
    }
    compare->head = compare->base;
    compare->row_filter = NULL;
    for (size_t run = 0; ok && run < SILENT_RUNS; run++) {
        ok = silent_run(compare, run, silent_count);
    }
    return ok;
}

int self_test(struct compare *compare)
{
    const time_t begin = time(NULL);
    size_t found_count = 0;
    size_t silent_count = 0;

    if (!compare_build(&compare->base, "-", false) || !compare_build(&compare->head, "-", true)) {
        return 2;
    }
    compare->is_timed_only = true;
    loads_start();
    const bool ok = self_test_run(compare, &found_count, &silent_count);

    loads_end();
    (void)printf("\n%zu of %zu planted slowdowns of 5%% found; silent in %zu of %d comparisons of "
                 "the core with itself; %lld s\n",
                 found_count, SHARP_COUNT, silent_count, SILENT_RUNS,
                 (long long)(time(NULL) - begin));
    if (!ok) {
        (void)fprintf(stderr, "compare: the self-test broke off\n");
        return 2;
    }
    return found_count == SHARP_COUNT && silent_count == SILENT_RUNS ? 0 : 1;
}
