// SPDX-License-Identifier: MIT
/* columns.c - what the tables for people share. */
#include "bench/report/columns.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/text.h"

#define MIN_NAME_COLUMNS 24
#define LIST_WIDTH	 100 /* where the terminal's is unknown */

static bool is_counted(const char *unit)
{
	return !strcmp(unit, "insn") || !strcmp(unit, "bytes") || !strcmp(unit, "pages") ||
	       !strcmp(unit, "count");
}

void fpb_format_value(double value, const char *unit, char buf[32])
{
	double size = fabs(value);
	int decimals = 3;

	if (size >= 1e10) {
		snprintf(buf, 32, "%.4g", value);
		return;
	}
	if (size >= 999.95 || (is_counted(unit) && value == rint(value)))
		decimals = 0;
	else if (size >= 99.995)
		decimals = 1;
	else if (size >= 9.9995)
		decimals = 2;
	/* Not "-0.000". */
	snprintf(buf, 32, "%.*f", decimals, size < 0.0005 ? 0.0 : value);
}

int fpb_print_text(FILE *out, const char *text, size_t columns, bool cut)
{
	char *printable = fpb_text_printable_dup(text);
	size_t have;

	if (!printable)
		return -ENOMEM;
	if (cut)
		fpb_text_elide(printable, columns);
	have = fpb_text_columns(printable);
	fprintf(out, "%s%*s", printable, have < columns ? (int)(columns - have) : 0, "");
	free(printable);
	return 0;
}

int fpb_printf_safe(FILE *out, const char *fmt, ...)
{
	char *text;
	va_list args;
	int ret;

	va_start(args, fmt);
	ret = vasprintf(&text, fmt, args);
	va_end(args);
	if (ret < 0)
		return -ENOMEM;
	ret = fpb_print_text(out, text, 0, false);
	free(text);
	return ret;
}

size_t fpb_name_columns(const struct fpb_table_row *rows, size_t nr, unsigned width,
			unsigned beside)
{
	size_t columns = strlen("name"), room;

	for (size_t i = 0; i < nr; i++) {
		char *printable = fpb_text_printable_dup(rows[i].name);
		size_t have = printable ? fpb_text_columns(printable) : 0;

		free(printable);
		columns = have > columns ? have : columns;
	}
	if (!width)
		return columns;
	room = width > beside + MIN_NAME_COLUMNS ? width - beside : MIN_NAME_COLUMNS;
	return columns < room ? columns : room;
}

int fpb_list_add(struct fpb_list *list, const char *item)
{
	const size_t width = list->width ? list->width : LIST_WIDTH;
	char *printable = fpb_text_printable_dup(item);
	size_t columns;

	if (!printable)
		return -ENOMEM;
	columns = fpb_text_columns(printable);
	if (list->column && list->column + 2 + columns + 1 > width) {
		fputs(",\n", list->out);
		list->column = 0;
	} else if (list->column) {
		fputs(", ", list->out);
		list->column += 2;
	}
	if (!list->column)
		list->column = (size_t)fprintf(list->out, "    ");
	fputs(printable, list->out);
	list->column += columns;
	free(printable);
	return 0;
}

void fpb_list_end(struct fpb_list *list)
{
	fputc('\n', list->out);
	list->column = 0;
}
