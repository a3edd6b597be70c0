/* SPDX-License-Identifier: MIT
 *
 * bed bench: a cell as text, and a table whose columns are as wide as they must be.
 */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "plan.h"

#define TABLE_CELL_BYTES  48
#define TABLE_CELLS_MAX   ((size_t)14)
#define TABLE_LINES_MAX   ((size_t)64)
#define TABLE_HEAD_WIDTH  18
#define TABLE_WIDTH_MIN   10
#define TABLE_WIDTH_EXTRA 3

/* Lines of cells; the first is the head, and the first cell of each is flush left. */
struct table {
    char cells[TABLE_LINES_MAX][TABLE_CELLS_MAX][TABLE_CELL_BYTES];
    size_t line_count;
    size_t cell_count; /* of each line */
};

void table_print(const struct table *table, bool is_markdown);

/* 12345.6 as "12,346", 12.34 as "12.3". */
void format_value(char *text, size_t text_bytes, double value, enum bench_kind kind);
/* The figure and, with_ratio, in brackets how many times as good it is as the row's peer's. */
void format_cell(const struct bench_plan *plan, size_t row, size_t column, bool with_ratio,
                 char *text, size_t text_bytes);

#endif
