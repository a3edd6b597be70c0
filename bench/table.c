/* SPDX-License-Identifier: MIT
 *
 * bed bench: what was measured, in sections: a line for each subject, a column for each row.
 */
#include "table.h"

#include <stdio.h>
#include <string.h>

/* Rows that are shown side by side: those whose names begin with one of the words, apart from each
 * other by spaces. A row may be shown twice. */
struct section {
    const char *title;
    const char *names;
    bool has_ratios;
    bool has_fit; /* all are of one family */
};

static const struct section sections[] = {
    {"select_block, nanoseconds a call",
     "select/256-small select/4096-log select/65536-log select/4096-large", true, false},
    {"malloc and free, nanoseconds a pair and a call", "pair/ mixed/ malloc/ free/ realloc/", true,
     false},
    {"Recorded programs, nanoseconds a call", "trace/", true, false},
    {"Cold caches, nanoseconds a call", "cold/", true, false},
    {"Instructions (callgrind)", "instructions/", true, false},
    {"Most instructions of one call (callgrind)", "worst/", false, false},
    {"Smallest arena, over the peak of bytes asked for", "memory/", false, false},
    {"Memory of the process, over the peak of bytes asked for", "resident/", false, false},
    {"Code at -Os, bytes: init, malloc, free, and all of the API", "code/", false, false},
    {"The bed itself: checked operations a second", "checked/", false, false},
    {"select_block by length, sizes uniform from 16 to 1,024", "*-small", false, true},
    {"select_block by length, sizes log-uniform from 16 to 64 KiB", "*-log", false, true},
    {"select_block by length, all of 256 bytes", "*-same", false, true},
    {"select_block by length, all different, above 64 KiB", "*-large", false, true},
    {"select_block by length, against the list: the fit is the last", "*-last", false, true},
    {"select_block by length, against the bitmap: the longest way in one trie", "*-deep", false,
     true},
    {"select_block where the complexity search found most steps", "select/found-", true, false},
};

#define SECTION_COUNT (sizeof sections / sizeof sections[0])

/* The rows of a section that have been asked for. */
struct rows {
    size_t at[TABLE_CELLS_MAX];
    size_t count;
};

/* "*-log": by the end of the family's name. */
static bool is_named(const struct bench_row *row, const char *word, size_t length)
{
    if (word[0] == '*') {
        const size_t family_length = row->family != NULL ? strlen(row->family) : 0;

        return family_length > length - 2 &&
               strncmp(row->family + family_length - (length - 2), word + 2, length - 2) == 0 &&
               row->family[family_length - (length - 1)] == '/';
    }
    return strncmp(row->name, word, length) == 0;
}

static bool is_shown(const struct section *section, const struct bench_row *row)
{
    for (const char *word = section->names; *word != '\0';) {
        const size_t length = strcspn(word, " ");

        if (is_named(row, word, length)) {
            return true;
        }
        word += length + (word[length] == ' ');
    }
    return false;
}

static bool row_has_cells(const struct bench_plan *plan, size_t row)
{
    for (size_t column = 0; column < plan->column_count; column++) {
        if (plan->cells[row][column].count != 0 || plan->cells[row][column].has_failed) {
            return true;
        }
    }
    return false;
}

static struct rows section_rows(const struct bench_plan *plan, const struct section *section)
{
    struct rows rows = {.count = 0};

    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (is_shown(section, bench_row_at(row)) && row_has_cells(plan, row) &&
            rows.count < TABLE_CELLS_MAX - 2) {
            rows.at[rows.count++] = row;
        }
    }
    return rows;
}

static bool column_has_cells(const struct bench_plan *plan, const struct rows *rows, size_t column)
{
    for (size_t i = 0; i < rows->count; i++) {
        const struct bench_cell *cell = &plan->cells[rows->at[i]][column];

        if (cell->count != 0 || cell->has_failed) {
            return true;
        }
    }
    return false;
}

static const char *column_title(const struct bench_column *column)
{
    return strcmp(column->argument, "null") == 0 ? NULL_LOOP : column->name;
}

/* -- one section ------------------------------------------------------------------------------ */

/* What the numbers in brackets are. */
static void print_peers(const struct rows *rows, bool is_markdown)
{
    const char *last = NULL;

    for (size_t i = 0; i < rows->count; i++) {
        const char *peer = bench_row_at(rows->at[i])->peer;

        if (peer == NULL || (last != NULL && strcmp(peer, last) == 0)) {
            continue;
        }
        if (last == NULL) {
            (void)printf("(in brackets: how many times as good as %s", peer);
        } else {
            (void)printf("; from %s on, as %s", bench_row_at(rows->at[i])->title, peer);
        }
        last = peer;
    }
    if (last != NULL) {
        (void)printf(is_markdown ? ")\n\n" : ")\n");
    }
}

static char *next_cell(struct table *table, size_t cell)
{
    return table->cells[table->line_count][cell];
}

static void add_head(struct table *table, const struct section *section, const struct rows *rows)
{
    *next_cell(table, 0) = '\0';
    for (size_t i = 0; i < rows->count; i++) {
        const struct bench_row *row = bench_row_at(rows->at[i]);
        const char *sizes = strrchr(row->name, '-'); /* that a family is named after */

        (void)snprintf(next_cell(table, i + 1), TABLE_CELL_BYTES, "%s%s%s", row->title,
                       row->family != NULL && !section->has_fit ? " " : "",
                       row->family != NULL && !section->has_fit ? sizes + 1 : "");
    }
    if (section->has_fit) {
        (void)snprintf(next_cell(table, rows->count + 1), TABLE_CELL_BYTES, "exponent");
    }
    table->cell_count = rows->count + 1 + section->has_fit;
    table->line_count++;
}

static void add_line(struct table *table, const struct bench_plan *plan,
                     const struct section *section, const struct rows *rows, size_t column)
{
    double exponent = 0;

    (void)snprintf(next_cell(table, 0), TABLE_CELL_BYTES, "%s",
                   column_title(&plan->columns[column]));
    for (size_t i = 0; i < rows->count; i++) {
        format_cell(plan, rows->at[i], column, section->has_ratios, next_cell(table, i + 1),
                    TABLE_CELL_BYTES);
    }
    if (section->has_fit) {
        const bool fits = plan_fit(plan, bench_row_at(rows->at[0])->family, column, &exponent);

        (void)snprintf(next_cell(table, rows->count + 1), TABLE_CELL_BYTES, fits ? "%.2f" : "-",
                       exponent);
    }
    table->line_count++;
}

static void print_title(const char *title, bool is_markdown)
{
    (void)printf(is_markdown ? "### %s\n\n" : "%s\n", title);
}

static void print_section(const struct bench_plan *plan, const struct section *section,
                          bool is_markdown)
{
    static struct table table;
    const struct rows rows = section_rows(plan, section);

    if (rows.count == 0) {
        return;
    }
    table.line_count = 0;
    print_title(section->title, is_markdown);
    if (section->has_ratios) {
        print_peers(&rows, is_markdown);
    }
    add_head(&table, section, &rows);
    for (size_t column = 0; column < plan->column_count; column++) {
        if (column_has_cells(plan, &rows, column) && table.line_count < TABLE_LINES_MAX) {
            add_line(&table, plan, section, &rows, column);
        }
    }
    table_print(&table, is_markdown);
    (void)printf("\n");
}

/* -- percentiles ------------------------------------------------------------------------------ */

static const char *const percentile_rows[] = {"select/4096-log", "select/4096-large",
                                              "malloc/4096-small", "free/4096-small"};

static void add_percentile_line(struct table *table, const struct bench_plan *plan, size_t row,
                                size_t column)
{
    const struct bench_cell *cell = &plan->cells[row][column];

    (void)snprintf(next_cell(table, 0), TABLE_CELL_BYTES, "%s",
                   column_title(&plan->columns[column]));
    for (size_t i = 0; i < BENCH_PERCENTILE_COUNT; i++) {
        double value = 0;

        (void)snprintf(next_cell(table, i + 1), TABLE_CELL_BYTES, "-");
        if (plan_percentile(cell, i, &value)) {
            format_value(next_cell(table, i + 1), TABLE_CELL_BYTES, value, BENCH_TIMED);
        }
    }
    (void)snprintf(next_cell(table, BENCH_PERCENTILE_COUNT + 1), TABLE_CELL_BYTES, "%.0f",
                   cell->batch);
    (void)snprintf(next_cell(table, BENCH_PERCENTILE_COUNT + 2), TABLE_CELL_BYTES, "%.2f",
                   cell->timer / cell->batch);
    table->line_count++;
}

static void print_percentiles(const struct bench_plan *plan, size_t row, bool is_markdown)
{
    static struct table table;
    static const char *const heads[] = {"",      "p10", "p50",   "p90",  "p99",
                                        "p99.9", "max", "batch", "timer"};
    char title[200];

    table.cell_count = sizeof heads / sizeof heads[0];
    table.line_count = 1;
    for (size_t i = 0; i < table.cell_count; i++) {
        (void)snprintf(table.cells[0][i], TABLE_CELL_BYTES, "%s", heads[i]);
    }
    for (size_t column = 0; column < plan->column_count; column++) {
        const struct bench_cell *cell = &plan->cells[row][column];

        if (cell->batch > 0 && !cell->has_failed && table.line_count < TABLE_LINES_MAX) {
            add_percentile_line(&table, plan, row, column);
        }
    }
    if (table.line_count == 1) {
        return;
    }
    (void)snprintf(title, sizeof title,
                   "%s, percentiles, nanoseconds a call of batches by the clock, its reading "
                   "(timer) taken off",
                   bench_row_at(row)->name);
    print_title(title, is_markdown);
    table_print(&table, is_markdown);
    (void)printf("\n");
}

static void print_all_percentiles(const struct bench_plan *plan, bool is_markdown)
{
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        for (size_t i = 0; i < sizeof percentile_rows / sizeof percentile_rows[0]; i++) {
            if (strcmp(bench_row_at(row)->name, percentile_rows[i]) == 0) {
                print_percentiles(plan, row, is_markdown);
            }
        }
    }
}

/* -- what it is about ------------------------------------------------------------------------- */

static void print_rows(const struct bench_plan *plan, bool is_markdown)
{
    (void)printf(is_markdown ? "### Rows\n\n| row | workload |\n|---|---|\n" : "Rows\n");
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        /* Of a family the shortest will do. */
        const struct bench_row *of = bench_row_at(row);
        const bool is_told = row > 0 && of->family != NULL &&
                             bench_row_at(row - 1)->family != NULL &&
                             strcmp(of->family, bench_row_at(row - 1)->family) == 0;

        if (row_has_cells(plan, row) && !is_told) {
            (void)printf(is_markdown ? "| `%s` | %s |\n" : "  %-30s %s\n", of->name,
                         of->description);
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

            widest = spread > widest ? spread : widest;
        }
    }
    return widest;
}

static bool has_times(const struct bench_plan *plan)
{
    for (size_t row = 0; bench_row_at(row) != NULL; row++) {
        if (bench_row_at(row)->kind == BENCH_TIMED && row_has_cells(plan, row)) {
            return true;
        }
    }
    return false;
}

static void print_machine(const struct bench_plan *plan)
{
    const struct bench_commit commit = commit_look();
    struct bench_machine machine;

    machine_look(&machine);
    (void)printf("%s, %u cores; %s; %s; load %.2f.\n", machine.cpu, machine.core_count,
                 machine.system, machine.kernel, plan->load);
    (void)printf("Compiled by " BENCH_COMPILER ". Commit %.12s%s, %s", commit.id,
                 commit.is_dirty ? "-dirty" : "", machine.date);
    for (size_t column = 0; column < plan->column_count; column++) {
        if (plan->columns[column].version[0] != '\0' && !plan->columns[column].is_left_out) {
            (void)printf("; %s", plan->columns[column].version);
        }
    }
    (void)printf(".\n");
    if (has_times(plan)) {
        (void)printf("Times are medians of up to %zu launches, CPU time, the loop included; from "
                     "the first to the third quartile lie %.0f%% at most.\n",
                     plan->launch_count, 100 * widest_spread(plan));
    }
    if (plan->was_interrupted) {
        (void)printf("INTERRUPTED: this is what had been measured by then.\n");
    }
    (void)printf("\n");
}

void plan_print(const struct bench_plan *plan, bool is_markdown)
{
    print_machine(plan);
    for (size_t i = 0; i < SECTION_COUNT; i++) {
        print_section(plan, &sections[i], is_markdown);
    }
    print_all_percentiles(plan, is_markdown);
    print_rows(plan, is_markdown);
}
