/* SPDX-License-Identifier: MIT
 *
 * bed bench: the table. Rows that have a kind and a peer in common make a section, with a line for
 * each subject and a column for each row.
 */
#include "plan.h"

#include <stdio.h>
#include <string.h>

#define SUBJECT_WIDTH 18
#define CELL_WIDTH    20
#define SECTION_MAX   8

/* Rows next to each other, all wanted. */
struct section {
    size_t rows[SECTION_MAX];
    size_t count;
};

static const char *section_title(const struct bench_row *row)
{
    switch (row->kind) {
    case BENCH_TIMED:
        return row->workload.calls == BENCH_CALLS_SELECT
                   ? "select_block, nanoseconds a call"
                   : "malloc and free, nanoseconds a pair and a call";
    case BENCH_INSTRUCTIONS:
        return "Instructions (callgrind)";
    case BENCH_WORST:
        return "Most instructions of one call (callgrind)";
    case BENCH_MEMORY:
        return "Smallest arena, over the peak of bytes asked for";
    case BENCH_CODE:
        return "Code at -Os, bytes: init, malloc, free, and all of the API";
    }
    return "";
}

static bool is_same_section(const struct bench_row *one, const struct bench_row *other)
{
    return strcmp(section_title(one), section_title(other)) == 0;
}

/* The next section from *row on; false where there is none. */
static bool section_next(const struct bench_plan *plan, size_t *row, struct section *section)
{
    section->count = 0;
    for (; bench_row_at(*row) != NULL; ++*row) {
        if (!plan->is_wanted[*row]) {
            continue;
        }
        if (section->count != 0 &&
            !is_same_section(bench_row_at(section->rows[0]), bench_row_at(*row))) {
            break;
        }
        if (section->count == SECTION_MAX) {
            break;
        }
        section->rows[section->count++] = *row;
    }
    return section->count != 0;
}

/* -- one cell --------------------------------------------------------------------------------- */

/* 12345 as "12,345". */
static void format_whole(char *text, size_t text_bytes, double value)
{
    char digits[32];
    size_t used = 0;
    const int length = snprintf(digits, sizeof digits, "%.0f", value);

    for (int i = 0; i < length && used + 2 < text_bytes; i++) {
        if (i != 0 && (length - i) % 3 == 0) {
            text[used++] = ',';
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
}

static void format_value(char *text, size_t text_bytes, double value, enum bench_kind kind)
{
    if (kind == BENCH_MEMORY) {
        (void)snprintf(text, text_bytes, "%.3f", value);
    } else if (value >= 100 || kind == BENCH_CODE || kind == BENCH_WORST) {
        format_whole(text, text_bytes, value);
    } else {
        (void)snprintf(text, text_bytes, value >= 10 ? "%.1f" : "%.2f", value);
    }
}

static void format_ratio(char *text, size_t text_bytes, double ratio)
{
    char number[40];

    if (ratio >= 100) {
        format_whole(number, sizeof number, ratio);
    } else if (ratio >= 10) {
        (void)snprintf(number, sizeof number, "%.1f", ratio);
    } else {
        (void)snprintf(number, sizeof number, ratio >= 0.1 ? "%.2f" : "%.1g", ratio);
    }
    (void)snprintf(text, text_bytes, " (%s)", number);
}

static void format_cell(const struct bench_plan *plan, size_t row, size_t column, char *text,
                        size_t text_bytes)
{
    const char *peer = bench_row_at(row)->peer;
    const size_t peer_column = peer != NULL ? plan_column(plan, peer) : BENCH_COLUMNS_MAX;
    double value = 0;
    double peer_value = 0;

    (void)snprintf(text, text_bytes, plan->cells[row][column].has_failed ? "failed" : "-");
    if (!plan_median(plan, row, column, &value)) {
        return;
    }
    format_value(text, text_bytes, value, bench_row_at(row)->kind);
    if (peer_column < plan->column_count && peer_column != column && value > 0 &&
        strcmp(plan->columns[column].argument, "null") != 0 &&
        plan_median(plan, row, peer_column, &peer_value)) {
        const size_t used = strlen(text);

        format_ratio(text + used, text_bytes - used, peer_value / value);
    }
}

/* -- sections --------------------------------------------------------------------------------- */

static void print_line(const char *head, char cells[][64], size_t count, bool is_markdown)
{
    if (is_markdown) {
        (void)printf("| %s |", head);
    } else {
        (void)printf("%-*s", SUBJECT_WIDTH, head);
    }
    for (size_t i = 0; i < count; i++) {
        if (is_markdown) {
            (void)printf(" %s |", cells[i]);
        } else {
            (void)printf("%*s", CELL_WIDTH, cells[i]);
        }
    }
    (void)printf("\n");
}

static bool column_has_cells(const struct bench_plan *plan, const struct section *section,
                             size_t column)
{
    for (size_t i = 0; i < section->count; i++) {
        const struct bench_cell *cell = &plan->cells[section->rows[i]][column];

        if (cell->count != 0 || cell->has_failed) {
            return true;
        }
    }
    return false;
}

static void print_head(const struct section *section, bool is_markdown)
{
    char cells[SECTION_MAX][64];

    for (size_t i = 0; i < section->count; i++) {
        (void)snprintf(cells[i], sizeof cells[i], "%s", bench_row_at(section->rows[i])->title);
    }
    print_line("", cells, section->count, is_markdown);
    for (size_t i = 0; is_markdown && i <= section->count; i++) {
        (void)printf(i == 0 ? "|---|" : "---:|");
    }
    (void)printf(is_markdown ? "\n" : "");
}

static const char *column_title(const struct bench_column *column)
{
    return strcmp(column->argument, "null") == 0 ? "(null loop)" : column->name;
}

/* What the numbers in brackets are. */
static void print_peers(const struct section *section, bool is_markdown)
{
    const char *last = NULL;

    for (size_t i = 0; i < section->count; i++) {
        const char *peer = bench_row_at(section->rows[i])->peer;

        if (peer == NULL || (last != NULL && strcmp(peer, last) == 0)) {
            continue;
        }
        if (last == NULL) {
            (void)printf("(in brackets: how many times as good as %s", peer);
        } else {
            (void)printf("; from %s on, as %s", bench_row_at(section->rows[i])->title, peer);
        }
        last = peer;
    }
    if (last != NULL) {
        (void)printf(is_markdown ? ")\n\n" : ")\n");
    }
}

static void print_section(const struct bench_plan *plan, const struct section *section,
                          bool is_markdown)
{
    const struct bench_row *first = bench_row_at(section->rows[0]);

    (void)printf(is_markdown ? "### %s\n\n" : "%s\n", section_title(first));
    print_peers(section, is_markdown);
    print_head(section, is_markdown);
    for (size_t column = 0; column < plan->column_count; column++) {
        char cells[SECTION_MAX][64];

        if (!column_has_cells(plan, section, column)) {
            continue;
        }
        for (size_t i = 0; i < section->count; i++) {
            format_cell(plan, section->rows[i], column, cells[i], sizeof cells[i]);
        }
        print_line(column_title(&plan->columns[column]), cells, section->count, is_markdown);
    }
    (void)printf("\n");
}

/* -- what it is about ------------------------------------------------------------------------- */

static void print_rows(const struct bench_plan *plan, bool is_markdown)
{
    (void)printf(is_markdown ? "### Rows\n\n| row | workload |\n|---|---|\n" : "Rows\n");
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (plan->is_wanted[row]) {
            (void)printf(is_markdown ? "| `%s` | %s |\n" : "  %-22s %s\n", bench_row_at(row)->name,
                         bench_row_at(row)->description);
        }
    }
    (void)printf("\n");
}

static double widest_spread(const struct bench_plan *plan)
{
    double widest = 0;

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        for (size_t column = 0; column < plan->column_count; column++) {
            const double spread = plan_spread(&plan->cells[row][column]);

            if (spread > widest) {
                widest = spread;
            }
        }
    }
    return widest;
}

static void print_machine(const struct bench_plan *plan)
{
    struct bench_machine machine;
    bool has_timed = false;

    machine_look(&machine);
    (void)printf("%s, %u cores; %s; %s; load %.2f.\n", machine.cpu, machine.core_count,
                 machine.system, machine.kernel, plan->load);
    (void)printf("Compiled by " BENCH_COMPILER ". Commit %s, %s", machine.commit, machine.date);
    for (size_t column = 0; column < plan->column_count; column++) {
        if (plan->columns[column].version[0] != '\0') {
            (void)printf("; %s", plan->columns[column].version);
        }
    }
    (void)printf(".\n");
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        has_timed = has_timed || (plan->is_wanted[row] && bench_row_at(row)->kind == BENCH_TIMED);
    }
    if (has_timed) {
        (void)printf("Times are medians of %zu launches, CPU time, the loop included; from the "
                     "first to the third quartile lie %.0f%% at most.\n",
                     plan->launch_count, 100 * widest_spread(plan));
    }
    (void)printf("\n");
}

void plan_print(const struct bench_plan *plan, bool is_markdown)
{
    struct section section;
    size_t row = 0;

    print_machine(plan);
    while (section_next(plan, &row, &section)) {
        print_section(plan, &section, is_markdown);
    }
    print_rows(plan, is_markdown);
}
