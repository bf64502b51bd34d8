/* SPDX-License-Identifier: MIT */
/*
 * sheet.h - one table, printed padded for a terminal or as Markdown.
 *
 * Cells are added one after the other, row by row. What fails is remembered and told when the table
 * is printed.
 */
#ifndef BENCH_MODEL_SHEET_H
#define BENCH_MODEL_SHEET_H

#include <stdbool.h>
#include <stdio.h>

struct fpb_sheet {
	const char *const *head;
	const char *align; /* one letter a column: l, r; c: l, of text that may be anybody's */
	size_t nr_columns;
	char **cell; /* nr_cells, row by row */
	size_t nr_cells;
	bool has_failed;
};

/* head: as many as align has letters; both are borrowed. */
void fpb_sheet_init(struct fpb_sheet *sheet, const char *align, const char *const *head);
void fpb_sheet_clear(struct fpb_sheet *sheet);

/* The next cell. */
void fpb_sheet_add(struct fpb_sheet *sheet, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* 0 or -ENOMEM. */
int fpb_sheet_print(const struct fpb_sheet *sheet, FILE *out, bool is_markdown)
	__attribute__((warn_unused_result));

#endif
