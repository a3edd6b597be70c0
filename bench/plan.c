/* SPDX-License-Identifier: MIT
 *
 * bed bench: the cells of the table, and what is known of the machine.
 */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

bool plan_applies(const struct bench_row *row, const struct bench_column *column)
{
    const struct bench_subject *subject = column->subject;
    const bool takes_ranges = (subject->target->contract & HB_TAKES_RANGES) != 0;

    switch (row->kind) {
    case BENCH_TIMED:
    case BENCH_INSTRUCTIONS:
        return bench_can_play(subject, &row->workload);
    case BENCH_WORST:
        return subject->target->state_bytes != 0 || strcmp(column->argument, "libc") == 0;
    case BENCH_MEMORY:
        return takes_ranges;
    case BENCH_CODE:
        return takes_ranges && subject->select != NULL;
    }
    return false;
}

static int compare_numbers(const void *one, const void *other)
{
    const double difference = *(const double *)one - *(const double *)other;

    return (difference > 0) - (difference < 0);
}

/* Keeps the samples sorted: there are few. */
bool plan_add_sample(struct bench_plan *plan, size_t row, size_t column, double sample)
{
    struct bench_cell *cell = &plan->cells[row][column];
    double *samples = realloc(cell->samples, (cell->count + 1) * sizeof *samples);

    if (samples == NULL) {
        return false;
    }
    samples[cell->count++] = sample;
    cell->samples = samples;
    qsort(samples, cell->count, sizeof *samples, compare_numbers);
    return true;
}

bool plan_median(const struct bench_plan *plan, size_t row, size_t column, double *median)
{
    const struct bench_cell *cell = &plan->cells[row][column];

    if (cell->count == 0 || cell->has_failed) {
        return false;
    }
    *median = (cell->samples[cell->count / 2] + cell->samples[(cell->count - 1) / 2]) / 2;
    return true;
}

void plan_fail(struct bench_plan *plan, size_t row, size_t column, const char *reason)
{
    struct bench_cell *cell = &plan->cells[row][column];

    if (!cell->has_failed) {
        (void)fprintf(stderr, "\nbench: %s: %s: %s\n", plan->columns[column].name,
                      bench_row_at(row)->name, reason);
    }
    cell->has_failed = true;
}

size_t plan_failed_count(const struct bench_plan *plan)
{
    size_t count = 0;

    for (size_t row = 0; row < BENCH_ROWS_MAX; row++) {
        for (size_t column = 0; column < BENCH_COLUMNS_MAX; column++) {
            count += plan->cells[row][column].has_failed;
        }
    }
    return count;
}

double plan_spread(const struct bench_cell *cell)
{
    if (cell->count < 2) {
        return 0;
    }
    const double low = cell->samples[cell->count / 4];
    const double high = cell->samples[cell->count - 1 - cell->count / 4];
    const double middle = cell->samples[cell->count / 2];

    return middle > 0 ? (high - low) / middle : 0;
}

size_t plan_column(const struct bench_plan *plan, const char *name)
{
    for (size_t i = 0; i < plan->column_count; i++) {
        if (strcmp(plan->columns[i].name, name) == 0) {
            return i;
        }
    }
    return BENCH_COLUMNS_MAX;
}

void plan_free(struct bench_plan *plan)
{
    for (size_t row = 0; row < BENCH_ROWS_MAX; row++) {
        for (size_t column = 0; column < BENCH_COLUMNS_MAX; column++) {
            free(plan->cells[row][column].samples);
        }
    }
}

/* -- the machine ------------------------------------------------------------------------------ */

/* What stands behind the first line that begins with key, without quotes. */
static void read_field(const char *path, const char *key, char *text, size_t text_bytes)
{
    char line[512];
    FILE *file = fopen(path, "r");

    (void)snprintf(text, text_bytes, "unknown");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, key, strlen(key)) == 0) {
            const char *value = line + strlen(key);

            value += strspn(value, " \t:=\"");
            (void)snprintf(text, text_bytes, "%.*s", (int)strcspn(value, "\"\n"), value);
            break;
        }
    }
    if (file != NULL) {
        (void)fclose(file);
    }
}

void machine_look(struct bench_machine *machine)
{
    struct utsname name;
    const time_t now = time(NULL);
    struct tm utc;
    const long cores = sysconf(_SC_NPROCESSORS_ONLN);

    memset(machine, 0, sizeof *machine);
    read_field("/proc/cpuinfo", "model name", machine->cpu, sizeof machine->cpu);
    read_field("/etc/os-release", "PRETTY_NAME", machine->system, sizeof machine->system);
    const char *commit = getenv("HEAPBED_COMMIT"); /* from ./bed */

    (void)snprintf(machine->commit, sizeof machine->commit, "%s",
                   commit != NULL ? commit : "unknown");
    if (uname(&name) == 0) {
        (void)snprintf(machine->kernel, sizeof machine->kernel, "%s %s %s", name.sysname,
                       name.release, name.machine);
    }
    if (gmtime_r(&now, &utc) != NULL) {
        (void)strftime(machine->date, sizeof machine->date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    }
    machine->core_count = cores > 0 ? (unsigned)cores : 0;
    (void)getloadavg(&machine->load, 1);
}
