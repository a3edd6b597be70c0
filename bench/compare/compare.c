/* SPDX-License-Identifier: MIT
 *
 * A comparison: building both versions, choosing rows, measuring, and judging.
 */
#include "compare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

volatile sig_atomic_t compare_is_interrupted;

/* -- building --------------------------------------------------------------------------------- */

bool compare_build(struct compare_side *side, const char *commit, bool is_burdened)
{
    static const char script[] = BENCH_SOURCE "/bench/compare/build.sh";
    int ends[2];
    size_t length = 0;
    ssize_t got = 0;
    int status = 1;

    (void)snprintf(side->name, sizeof side->name, "%s",
                   strcmp(commit, "-") == 0 ? "working tree" : commit);
    if (pipe(ends) != 0) {
        return false;
    }
    const pid_t process = fork();

    if (process == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)execl(script, script, commit, is_burdened ? "burden" : (char *)NULL, (char *)NULL);
        _exit(2);
    }
    (void)close(ends[1]);
    while (process > 0 &&
           (got = read(ends[0], side->folder + length, sizeof side->folder - 1 - length)) > 0) {
        length += (size_t)got;
    }
    (void)close(ends[0]);
    side->folder[strcspn(side->folder, "\n")] = '\0';
    (void)waitpid(process, &status, 0);
    return process > 0 && status == 0 && side->folder[0] != '\0';
}

/* -- rows ------------------------------------------------------------------------------------- */

/* Few, and stable. Heaps of 65,536 free blocks take long to set up. */
static const struct {
    const char *rows;
    const char *subjects;
} defaults[] = {
    {"^(select/4096-log|pair/4096-small|mixed/4096-small|instructions/.*)$",
     "^(list|small-off|default-off|default-on|large-off)$"},
    {"^select/65536-log$", "^default-(off|on)$"},
};

bool compare_is_affordable(const struct bench_row *row, const struct bench_subject *subject)
{
    const struct bench_workload *workload = &row->workload;
    const bool is_linear = subject->free_unchecked != NULL;

    return !is_linear || (workload->free_count <= 4096 && bench_is_steady(workload));
}

static bool compile(regex_t *expression, const char *text)
{
    if (regcomp(expression, text, REG_EXTENDED | REG_NOSUB) == 0) {
        return true;
    }
    (void)fprintf(stderr, "compare: %s: no extended regular expression\n", text);
    return false;
}

static void set_module(char *path, size_t path_bytes, const struct compare_side *side,
                       const char *subject)
{
    (void)snprintf(path, path_bytes, "%s/cores/%s.so", side->folder, subject);
}

static void count_set(struct count *count, const struct compare_side *side,
                      const struct bench_row *row, const char *subject)
{
    count->row = row;
    (void)snprintf(count->subject, sizeof count->subject, "%s", subject);
    set_module(count->module, sizeof count->module, side, subject);
}

static void compare_add(struct compare *compare, const struct bench_row *row, const char *subject)
{
    if (row->kind == BENCH_INSTRUCTIONS && !compare->is_timed_only &&
        compare->counted_count < COMPARE_ROWS_MAX) {
        struct compare_counted *counted = &compare->counted[compare->counted_count++];

        count_set(&counted->base, &compare->base, row, subject);
        count_set(&counted->head, &compare->head, row, subject);
    } else if (row->kind == BENCH_TIMED && !compare->is_counted_only &&
               !bench_is_by_clock(&row->workload) && compare->timed_count < COMPARE_ROWS_MAX) {
        struct duel *duel = &compare->duels[compare->timed_count++];

        duel->row = row;
        duel->burden = compare->head.burden;
        (void)snprintf(duel->subject, sizeof duel->subject, "%s", subject);
        set_module(duel->base, sizeof duel->base, &compare->base, subject);
        set_module(duel->head, sizeof duel->head, &compare->head, subject);
    }
}

/* Rows that were asked for are measured whatever they take. */
static void compare_choose_row(struct compare *compare, const struct bench_row *row,
                               const regex_t *subjects)
{
    const struct bench_subject *subject = NULL;

    for (size_t i = 0; (subject = bench_subject_builtin(i)) != NULL; i++) {
        if ((subject->target->contract & HB_TAKES_RANGES) != 0 &&
            regexec(subjects, subject->name, 0, NULL, 0) == 0 &&
            bench_can_play(subject, &row->workload) &&
            (compare->row_filter != NULL || compare_is_affordable(row, subject))) {
            compare_add(compare, row, subject->name);
        }
    }
}

static bool compare_take_memory(struct compare *compare)
{
    compare_free(compare);
    compare->duels = calloc(COMPARE_ROWS_MAX, sizeof *compare->duels);
    compare->timed = calloc(COMPARE_ROWS_MAX, sizeof *compare->timed);
    compare->counted = calloc(COMPARE_ROWS_MAX, sizeof *compare->counted);
    return compare->duels != NULL && compare->timed != NULL && compare->counted != NULL;
}

static bool compare_choose_from(struct compare *compare, const char *row_filter,
                                const char *subject_filter)
{
    regex_t rows;
    regex_t subjects;

    if (!compile(&rows, row_filter)) {
        return false;
    }
    if (!compile(&subjects, subject_filter)) {
        regfree(&rows);
        return false;
    }
    for (size_t i = 0; bench_row_at(i) != NULL; i++) {
        if (regexec(&rows, bench_row_at(i)->name, 0, NULL, 0) == 0) {
            compare_choose_row(compare, bench_row_at(i), &subjects);
        }
    }
    regfree(&rows);
    regfree(&subjects);
    return true;
}

/* A filter that is given holds for all of the default rows, or subjects. */
bool compare_choose(struct compare *compare)
{
    const char *rows = compare->row_filter;
    const char *subjects = compare->subject_filter;
    const size_t count = rows != NULL ? 1 : sizeof defaults / sizeof defaults[0];
    bool ok = compare_take_memory(compare);

    for (size_t i = 0; ok && i < count; i++) {
        ok = compare_choose_from(compare, rows != NULL ? rows : defaults[i].rows,
                                 subjects != NULL ? subjects : defaults[i].subjects);
    }
    if (ok && compare->timed_count + compare->counted_count == 0) {
        (void)fprintf(stderr,
                      "compare: no row of a subject matches that can be compared: those "
                      "whose calls are timed together or counted are, of the core's variants\n");
        ok = false;
    }
    return ok;
}

void compare_free(struct compare *compare)
{
    free(compare->duels);
    free(compare->timed);
    free(compare->counted);
    compare->duels = NULL;
    compare->timed = NULL;
    compare->counted = NULL;
    compare->timed_count = 0;
    compare->counted_count = 0;
}

/* -- measuring -------------------------------------------------------------------------------- */

static struct judgement judge_counts(const struct count *base, const struct count *head)
{
    const double from = (double)base->instructions / (double)base->calls;
    const double to = (double)head->instructions / (double)head->calls;
    const double change = to / from - 1;
    const struct figure figure = {change, {change, change}, 0};

    return judge(&figure, JUDGE_INSTRUCTIONS_LIMIT);
}

static bool compare_count(struct compare *compare)
{
    const size_t count = compare->counted_count;
    struct count *counts = calloc(2 * count + 1, sizeof *counts);
    char probe[sizeof compare->programs + 32];

    if (counts == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        counts[2 * i] = compare->counted[i].base;
        counts[2 * i + 1] = compare->counted[i].head;
    }
    (void)snprintf(probe, sizeof probe, "%s/heapbed-bench-probe", compare->programs);
    const bool ok = counts_measure(counts, 2 * count, probe, compare->scratch);

    for (size_t i = 0; ok && i < count; i++) {
        compare->counted[i].base = counts[2 * i];
        compare->counted[i].head = counts[2 * i + 1];
        compare->counted[i].judgement = judge_counts(&counts[2 * i], &counts[2 * i + 1]);
    }
    free(counts);
    return ok;
}

static void player_path(const struct compare *compare, char *path, size_t path_bytes)
{
    (void)snprintf(path, path_bytes, "%s/heapbed-compare-player", compare->programs);
}

/* Once more, of what seems to have changed, and of nothing else. */
static bool compare_confirm(struct compare *compare)
{
    char player[sizeof compare->programs + 32];
    size_t suspects[COMPARE_ROWS_MAX];
    size_t count = 0;
    struct duel *again = calloc(compare->timed_count + 1, sizeof *again);

    player_path(compare, player, sizeof player);
    for (size_t i = 0; again != NULL && i < compare->timed_count; i++) {
        if (compare->timed[i].judgement.verdict != VERDICT_NONE) {
            again[count] = compare->duels[i];
            suspects[count++] = i;
        }
    }
    const bool ok =
        again != NULL && (count == 0 || duels_play(again, count, compare->pair_count, player,
                                                   "confirming", &compare_is_interrupted));

    for (size_t i = 0; ok && i < count && again[i].pair_count != 0; i++) {
        struct compare_timed *timed = &compare->timed[suspects[i]];
        const struct figure second = duel_figure(&again[i], judge_level(count));

        timed->judgement = judge_both(&timed->figure, &second, JUDGE_TIME_LIMIT);
        timed->figure = second;
        timed->is_second = true;
        compare->duels[suspects[i]] = again[i];
    }
    free(again);
    return ok;
}

bool compare_play(struct compare *compare, size_t pair_count, const char *phase)
{
    char player[sizeof compare->programs + 32];

    player_path(compare, player, sizeof player);
    return duels_play(compare->duels, compare->timed_count, pair_count, player, phase,
                      &compare_is_interrupted);
}

static bool compare_time(struct compare *compare)
{
    if (!compare_play(compare, compare->pair_count, "timing")) {
        return false;
    }
    for (size_t i = 0; i < compare->timed_count && compare->duels[i].pair_count != 0; i++) {
        struct compare_timed *timed = &compare->timed[i];

        timed->figure = duel_figure(&compare->duels[i], JUDGE_LEVEL);
        timed->judgement = judge(&timed->figure, JUDGE_TIME_LIMIT);
    }
    return compare_is_interrupted || compare_confirm(compare);
}

bool compare_measure(struct compare *compare)
{
    return (compare->counted_count == 0 || compare_count(compare)) &&
           (compare->timed_count == 0 || compare_time(compare));
}

size_t compare_verdict_count(const struct compare *compare, enum verdict verdict)
{
    size_t count = 0;

    for (size_t i = 0; i < compare->timed_count; i++) {
        count += compare->timed[i].judgement.verdict == verdict;
    }
    for (size_t i = 0; i < compare->counted_count; i++) {
        count += compare->counted[i].judgement.verdict == verdict;
    }
    return count;
}
