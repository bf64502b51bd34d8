// SPDX-License-Identifier: MIT
/*
 * table.c - a report as text for a person.
 *
 * Names and texts may come from anybody's file, so all of them go through text.h first.
 */
#include "bench/report/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/columns.h"
#include "bench/report/debate.h"
#include "bench/report/rows.h"
#include "bench/report/text.h"

/* What stands right of the name, up to the flags. */
#define FIGURES_COLUMNS 59

static void format_spread(double spread, char buf[32])
{
	if (isnan(spread))
		snprintf(buf, 32, "-");
	else if (spread < 9.9995)
		snprintf(buf, 32, "%.1f %%", 100 * spread);
	else
		snprintf(buf, 32, ">999 %%");
}

static int print_flags(FILE *out, const struct fpb_table_row *row)
{
	int ret = 0;

	for (size_t i = 0; i < row->nr_flags && !ret; i++)
		ret = fpb_printf_safe(out, "%s%s", i ? "," : "  ", row->flags[i]);
	return ret;
}

static int print_row(FILE *out, const struct fpb_table_row *row, size_t columns, bool cut)
{
	char median[32], spread[32], p99[32];
	int ret = fpb_print_text(out, row->name, columns, cut);

	fpb_format_value(row->median, row->unit, median);
	fpb_format_value(row->p99, row->unit, p99);
	format_spread(row->spread, spread);
	fputs("  ", out);
	ret = ret ? ret : fpb_print_text(out, row->substrate, FPB_SUBSTRATE_COLUMNS, cut);
	fprintf(out, " %9s  %7s %9s  ", median, spread, p99);
	ret = ret ? ret : fpb_print_text(out, row->unit, 8, cut);
	fprintf(out, row->nr_flags ? "  %-5s" : "  %s", row->has_expectation ? "ok" : "-");
	ret = ret ? ret : print_flags(out, row);
	fputc('\n', out);
	return ret;
}

static int print_rows(const struct fpb_table_row *rows, size_t nr, FILE *out, unsigned width)
{
	size_t columns = fpb_name_columns(rows, nr, width, FIGURES_COLUMNS);
	int ret = 0;

	if (!nr)
		return 0;
	fprintf(out, "%-*s  %-*s %9s  %7s %9s  %-8s  proof\n", (int)columns, "name",
		FPB_SUBSTRATE_COLUMNS, "substrate", "median", "spread", "p99", "unit");
	for (size_t i = 0; i < nr && !ret; i++)
		ret = print_row(out, &rows[i], columns, width != 0);
	fputc('\n', out);
	return ret;
}

/* Those that no claim has: the others stand under their claims. */
static int print_derived(const struct fpb_report *report, FILE *out)
{
	bool has_title = false;
	int ret = 0;

	for (size_t i = 0; i < report->nr_derived && !ret; i++) {
		const struct fpb_derived *derived = &report->derived[i];
		char value[32], low[32], high[32];

		if (fpb_debate_has(derived->name))
			continue;
		if (!has_title)
			fputs("derived:\n", out);
		has_title = true;
		fpb_format_value(derived->value, derived->unit, value);
		fpb_format_value(derived->low, derived->unit, low);
		fpb_format_value(derived->high, derived->unit, high);
		ret = fpb_printf_safe(out, "  %s: %s %s [%s, %s]", derived->name, value,
				      derived->unit, low, high);
		for (size_t k = 0; k < derived->nr_from && !ret; k++)
			ret = fpb_printf_safe(out, "%s%s", k ? ", " : " from ", derived->from[k]);
		fputc('\n', out);
	}
	if (has_title)
		fputc('\n', out);
	return ret;
}

static int print_failures(const struct fpb_report *report, FILE *out)
{
	int ret = 0;

	if (report->nr_failures)
		fputs("FAILED:\n", out);
	for (size_t i = 0; i < report->nr_failures && !ret; i++) {
		const struct fpb_failure *failure = &report->failures[i];

		ret = fpb_printf_safe(out, "  %s@%s: %s", failure->name, failure->substrate,
				      failure->error);
		if (!ret && failure->where[0])
			ret = fpb_printf_safe(out, " (%s)", failure->where);
		fputc('\n', out);
	}
	if (report->nr_failures)
		fputc('\n', out);
	return ret;
}

/* "exit/pio/live=avx" -> the length of "exit/pio": the axes are what varies in a group. */
static size_t operation_length(const char *name)
{
	const char *equals = strchr(name, '=');
	size_t length = strlen(name);

	if (!equals)
		return length;
	length = (size_t)(equals - name);
	while (length && name[length] != '/')
		length--;
	return length ? length : strlen(name);
}

static int compare_operations(const struct fpb_skip *a, const struct fpb_skip *b)
{
	size_t a_length = operation_length(a->name), b_length = operation_length(b->name);
	int order = strncmp(a->name, b->name, a_length < b_length ? a_length : b_length);

	order = order ? order : (a_length > b_length) - (a_length < b_length);
	return order ? order : fpb_substrate_compare(a->substrate, b->substrate);
}

static int compare_causes(const struct fpb_skip *a, const struct fpb_skip *b)
{
	int order = strcmp(a->reason, b->reason);

	return order ? order : strcmp(a->text, b->text);
}

static int compare_skips(const void *a, const void *b)
{
	const struct fpb_skip *x = a, *y = b;
	int order = compare_causes(x, y);

	order = order ? order : compare_operations(x, y);
	return order ? order : strcmp(x->name, y->name);
}

/* How many at the front of the sorted array belong together. */
static size_t run_length(const struct fpb_skip *skips, size_t nr,
			 int (*compare)(const struct fpb_skip *, const struct fpb_skip *))
{
	size_t length = 1;

	while (length < nr && !compare(&skips[0], &skips[length]))
		length++;
	return length;
}

/* "exit/pio@guest/ring0 (14 rows)", or the whole name where it is one row. For the caller to free.
 */
static char *list_item(const struct fpb_skip *skip, size_t rows)
{
	char *item;
	int ret;

	if (rows == 1)
		ret = asprintf(&item, "%s@%s", skip->name, skip->substrate);
	else
		ret = asprintf(&item, "%.*s@%s (%zu rows)", (int)operation_length(skip->name),
			       skip->name, skip->substrate, rows);
	return ret < 0 ? NULL : item;
}

static int print_skipped_rows(const struct fpb_skip *skips, size_t nr, FILE *out, unsigned width)
{
	struct fpb_list list = { .out = out, .width = width };
	size_t length;
	int ret = 0;

	for (size_t i = 0; i < nr && !ret; i += length) {
		char *item;

		length = run_length(skips + i, nr - i, compare_operations);
		item = list_item(&skips[i], length);
		ret = item ? fpb_list_add(&list, item) : -ENOMEM;
		free(item);
	}
	fpb_list_end(&list);
	return ret;
}

static int print_skips(const struct fpb_report *report, FILE *out, unsigned width)
{
	size_t nr = report->nr_skips, length;
	struct fpb_skip *sorted; /* shallow copies */
	int ret = 0;

	if (!nr)
		return 0;
	sorted = calloc(nr, sizeof(*sorted));
	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, report->skips, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), compare_skips);
	fputs("skipped:\n", out);
	for (size_t i = 0; i < nr && !ret; i += length) {
		length = run_length(sorted + i, nr - i, compare_causes);
		ret = fpb_printf_safe(out, "  %s: %s (%zu row%s)", sorted[i].reason, sorted[i].text,
				      length, length == 1 ? "" : "s");
		fputc('\n', out);
		ret = ret ? ret : print_skipped_rows(sorted + i, length, out, width);
	}
	fputc('\n', out);
	free(sorted);
	return ret;
}

int fpb_table_print_rest(const struct fpb_report *report, size_t nr_rows, FILE *out, unsigned width)
{
	const struct fpb_report_plan *plan = &report->plan;
	int ret = print_derived(report, out);

	ret = ret ? ret : print_failures(report, out);
	ret = ret ? ret : print_skips(report, out, width);
	fprintf(out, "%zu row%s x %u run%s, %zu skipped, %zu failed%s\n", nr_rows,
		nr_rows == 1 ? "" : "s", plan->runs, plan->runs == 1 ? "" : "s", report->nr_skips,
		report->nr_failures, plan->complete ? "" : "; incomplete");
	if (fflush(out) || ferror(out))
		ret = ret ? ret : -EIO;
	return ret;
}

int fpb_table_print(const struct fpb_report *report, FILE *out, unsigned width)
{
	struct fpb_table_row *rows;
	size_t nr;
	int ret = fpb_rows_make(report, &rows, &nr);

	if (ret)
		return ret;
	ret = print_rows(rows, nr, out, width);
	ret = ret ? ret : fpb_debate_print(report, out);
	ret = ret ? ret : fpb_table_print_rest(report, nr, out, width);
	fpb_rows_free(rows, nr);
	return ret;
}
