/* SPDX-License-Identifier: MIT
 *
 * bed bench: numbers and tables as text.
 */
#include "table.h"

#include <stdio.h>
#include <string.h>

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

void format_value(char *text, size_t text_bytes, double value, enum bench_kind kind)
{
    if (kind == BENCH_MEMORY || kind == BENCH_RESIDENT) {
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

void format_cell(const struct bench_plan *plan, size_t row, size_t column, bool with_ratio,
                 char *text, size_t text_bytes)
{
    const char *peer = with_ratio ? bench_row_at(row)->peer : NULL;
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

/* -- tables ----------------------------------------------------------------------------------- */

static void print_markdown(const struct table *table)
{
    for (size_t line = 0; line < table->line_count; line++) {
        (void)printf("|");
        for (size_t i = 0; i < table->cell_count; i++) {
            (void)printf(" %s |", table->cells[line][i]);
        }
        (void)printf("\n");
        for (size_t i = 0; line == 0 && i < table->cell_count; i++) {
            (void)printf(i == 0 ? "|---|" : "---:|");
        }
        (void)printf(line == 0 ? "\n" : "");
    }
}

static int width_of(const struct table *table, size_t cell)
{
    size_t width = cell == 0 ? TABLE_HEAD_WIDTH : TABLE_WIDTH_MIN;

    for (size_t line = 0; line < table->line_count; line++) {
        const size_t length =
            strlen(table->cells[line][cell]) + (cell == 0 ? 0 : TABLE_WIDTH_EXTRA);

        width = length > width ? length : width;
    }
    return (int)width;
}

void table_print(const struct table *table, bool is_markdown)
{
    if (is_markdown) {
        print_markdown(table);
        return;
    }
    for (size_t line = 0; line < table->line_count; line++) {
        (void)printf("%-*s", width_of(table, 0), table->cells[line][0]);
        for (size_t i = 1; i < table->cell_count; i++) {
            (void)printf("%*s", width_of(table, i), table->cells[line][i]);
        }
        (void)printf("\n");
    }
}
