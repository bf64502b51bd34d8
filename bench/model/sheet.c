// SPDX-License-Identifier: MIT
#include "bench/model/sheet.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/columns.h"
#include "bench/report/escape.h"
#include "bench/report/grow.h"
#include "bench/report/text.h"

void fpb_sheet_init(struct fpb_sheet *sheet, const char *align, const char *const *head)
{
	*sheet = (struct fpb_sheet){ .head = head, .align = align, .nr_columns = strlen(align) };
}

void fpb_sheet_clear(struct fpb_sheet *sheet)
{
	for (size_t i = 0; i < sheet->nr_cells; i++)
		free(sheet->cell[i]);
	free(sheet->cell);
	sheet->cell = NULL;
	sheet->nr_cells = 0;
}

/* Printable, for what is in it may come from a file. */
static __attribute__((format(printf, 1, 0))) char *format_cell(const char *fmt, va_list arguments)
{
	char *raw = NULL, *cell = NULL;

	if (vasprintf(&raw, fmt, arguments) < 0)
		return NULL;
	cell = fpb_text_printable_dup(raw);
	free(raw);
	return cell;
}

void fpb_sheet_add(struct fpb_sheet *sheet, const char *fmt, ...)
{
	char **grown = fpb_grow(sheet->cell, sheet->nr_cells, sizeof(*grown));
	va_list arguments;

	if (!grown) {
		sheet->has_failed = true;
		return;
	}
	sheet->cell = grown;
	va_start(arguments, fmt);
	sheet->cell[sheet->nr_cells] = format_cell(fmt, arguments);
	va_end(arguments);
	if (sheet->cell[sheet->nr_cells])
		sheet->nr_cells++;
	else
		sheet->has_failed = true;
}

static size_t width_of(const struct fpb_sheet *sheet, size_t column)
{
	size_t most = fpb_text_columns(sheet->head[column]);

	for (size_t i = column; i < sheet->nr_cells; i += sheet->nr_columns) {
		const size_t width = fpb_text_columns(sheet->cell[i]);

		most = width > most ? width : most;
	}
	return most;
}

static void print_padded(const struct fpb_sheet *sheet, size_t column, const char *text, FILE *out)
{
	const bool is_last = column + 1 == sheet->nr_columns;
	const size_t width = width_of(sheet, column), own = fpb_text_columns(text);
	const int padding = width > own ? (int)(width - own) : 0;

	if (column)
		fputs("  ", out);
	if (sheet->align[column] == 'r')
		fprintf(out, "%*s%s", padding, "", text);
	else
		fprintf(out, "%s%*s", text, is_last ? 0 : padding, "");
	if (is_last)
		fputc('\n', out);
}

static void print_text(const struct fpb_sheet *sheet, FILE *out)
{
	size_t column = 0;

	for (size_t i = 0; i < sheet->nr_columns; i++)
		print_padded(sheet, i, sheet->head[i], out);
	for (size_t i = 0; i < sheet->nr_cells; i++) {
		print_padded(sheet, column++, sheet->cell[i], out);
		if (column == sheet->nr_columns)
			column = 0;
	}
}

static int print_markdown(const struct fpb_sheet *sheet, FILE *out)
{
	size_t column = 0;
	int ret = 0;

	for (size_t i = 0; i < sheet->nr_columns; i++)
		fprintf(out, "| %s ", sheet->head[i]);
	fputs("|\n", out);
	for (size_t i = 0; i < sheet->nr_columns; i++)
		fputs(sheet->align[i] == 'r' ? "|---:" : "|---", out);
	fputs("|\n", out);
	for (size_t i = 0; i < sheet->nr_cells && !ret; i++) {
		fputs("| ", out);
		if (sheet->align[column++] == 'c')
			ret = fpb_print_code_span(out, sheet->cell[i]);
		else
			fputs(sheet->cell[i], out);
		fputs(column < sheet->nr_columns ? " " : " |\n", out);
		if (column == sheet->nr_columns)
			column = 0;
	}
	return ret;
}

int fpb_sheet_print(const struct fpb_sheet *sheet, FILE *out, bool is_markdown)
{
	if (sheet->has_failed)
		return -ENOMEM;
	if (is_markdown)
		return print_markdown(sheet, out);
	print_text(sheet, out);
	return 0;
}
