/* SPDX-License-Identifier: MIT */
/*
 * columns.h - what the tables for people share: figures, and texts that may come from anybody.
 */
#ifndef BENCH_REPORT_COLUMNS_H
#define BENCH_REPORT_COLUMNS_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/rows.h"

#define FPB_SUBSTRATE_COLUMNS 11

/* Four significant digits; no decimals from 1000 on, nor for whole numbers of counted things. */
void fpb_format_value(double value, const char *unit, char buf[32]);

/* Printable and padded to `columns`, elided to them if `cut`. 0 or -ENOMEM. */
int fpb_print_text(FILE *out, const char *text, size_t columns, bool cut)
	__attribute__((warn_unused_result));
/* printf() whose result is made printable. 0 or -ENOMEM. */
int fpb_printf_safe(FILE *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3), warn_unused_result));

/*
 * Columns for the names of the rows where `beside` more stand on the line: what they need, on a
 * terminal of that width (0: none) at most what is left, but never less than can be read.
 */
size_t fpb_name_columns(const struct fpb_table_row *rows, size_t nr, unsigned width,
			unsigned beside);

/* Items in a row, wrapped: zeroed but for `out` and `width` (0: no terminal) to begin with. */
struct fpb_list {
	FILE *out;
	unsigned width;
	size_t column;
};

/* Made printable first. 0 or -ENOMEM. */
int fpb_list_add(struct fpb_list *list, const char *item) __attribute__((warn_unused_result));
void fpb_list_end(struct fpb_list *list);

#endif
