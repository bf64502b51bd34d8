// SPDX-License-Identifier: MIT
#include "bench/report/builds_table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/columns.h"
#include "bench/report/rows.h"

/* One row as the builds have it. */
struct line {
	const struct fpb_table_row **of; /* one per build, NULL where it lacks the row */
	const struct fpb_table_row *any;
	bool is_everywhere;
	bool is_exact;	/* the same in all boots of each build */
	bool is_shown;	/* in the table: it differs, or there is nothing to differ from */
	double largest; /* difference from the first build, absolute */
};

struct sheet {
	const struct fpb_builds_table *table;
	struct fpb_table_row **rows; /* of each build, sorted */
	size_t *nr_rows;
	struct line *line;
	size_t nr_lines;
	const struct fpb_table_row **cells; /* behind line[].of */
};

static int compare_rows(const struct fpb_table_row *a, const struct fpb_table_row *b)
{
	return fpb_row_compare((const char *const[]){ a->name, a->substrate, a->unit },
			       (const char *const[]){ b->name, b->substrate, b->unit });
}

/* What the next line is about: the lowest of the builds' next rows. */
static const struct fpb_table_row *lowest(const struct sheet *s, const size_t *at)
{
	const struct fpb_table_row *lowest = NULL;

	for (size_t i = 0; i < s->table->nr_builds; i++) {
		const struct fpb_table_row *next = &s->rows[i][at[i]];

		if (at[i] < s->nr_rows[i] && (!lowest || compare_rows(next, lowest) < 0))
			lowest = next;
	}
	return lowest;
}

/* A boot that failed, or was never made, proves nothing of its rows. */
static bool is_in_all_boots(const struct sheet *s, size_t build, const struct fpb_table_row *row)
{
	return row->nr_runs >= s->table->builds[build].report->plan.runs;
}

static bool is_same_in_all_boots(const struct sheet *s, size_t build,
				 const struct fpb_table_row *row)
{
	return s->table->is_exact && row->low == row->high && is_in_all_boots(s, build, row);
}

static void judge(const struct sheet *s, struct line *line)
{
	line->is_everywhere = line->is_exact = true;
	for (size_t i = 0; i < s->table->nr_builds; i++) {
		const struct fpb_table_row *row = line->of[i];

		line->is_everywhere = line->is_everywhere && row;
		line->is_exact = line->is_exact && row && is_same_in_all_boots(s, i, row);
		if (row && line->of[0])
			line->largest =
				fmax(line->largest, fabs(row->median - line->of[0]->median));
	}
	line->is_shown = line->is_exact && line->is_everywhere &&
			 (s->table->nr_builds == 1 || line->largest > 0);
}

/* The builds' sorted rows, merged into lines. */
static int make_lines(struct sheet *s)
{
	const size_t nr_builds = s->table->nr_builds;
	size_t *at = calloc(nr_builds, sizeof(*at));
	const struct fpb_table_row *any;
	size_t most = 0;

	for (size_t i = 0; i < nr_builds; i++)
		most += s->nr_rows[i];
	s->line = calloc(most + 1, sizeof(*s->line));
	s->cells = calloc((most + 1) * nr_builds, sizeof(void *));
	if (!at || !s->line || !s->cells) {
		free(at);
		return -ENOMEM;
	}
	while ((any = lowest(s, at))) {
		struct line *line = &s->line[s->nr_lines];

		line->any = any;
		line->of = &s->cells[s->nr_lines++ * nr_builds];
		for (size_t i = 0; i < nr_builds; i++) {
			if (at[i] < s->nr_rows[i] && !compare_rows(&s->rows[i][at[i]], any))
				line->of[i] = &s->rows[i][at[i]++];
		}
		judge(s, line);
	}
	free(at);
	return 0;
}

/* Largest first, otherwise as they were: by name. */
static int compare_lines(const void *a, const void *b)
{
	const struct line *x = a, *y = b;

	if (x->largest != y->largest)
		return x->largest < y->largest ? 1 : -1;
	return compare_rows(x->any, y->any);
}

static int print_builds(const struct sheet *s, FILE *out)
{
	const struct fpb_builds_table *table = s->table;
	int ret = 0;

	for (size_t i = 0; i < table->nr_builds && !ret; i++) {
		const struct fpb_report *report = table->builds[i].report;
		size_t nr_exact = 0;

		for (size_t k = 0; k < s->nr_rows[i]; k++)
			nr_exact += is_same_in_all_boots(s, i, &s->rows[i][k]);
		ret = fpb_printf_safe(out, "%zu  %s: ", i + 1, table->builds[i].label);
		fprintf(out, "%zu rows, ", s->nr_rows[i]);
		if (table->is_exact)
			fprintf(out, "%zu of them the same in %u boot%s, ", nr_exact,
				report->plan.runs, report->plan.runs == 1 ? "" : "s");
		fprintf(out, "%zu skipped, %zu failed%s\n", report->nr_skips, report->nr_failures,
			report->plan.complete ? "" : "; incomplete");
	}
	fputc('\n', out);
	return ret;
}

static void print_difference(FILE *out, const struct fpb_table_row *first,
			     const struct fpb_table_row *other)
{
	const double difference = other->median - first->median;
	char value[32], change[34] = "+", percent[32] = "-";

	fpb_format_value(other->median, other->unit, value);
	fpb_format_value(difference, other->unit, change + (difference > 0));
	if (first->median != 0)
		snprintf(percent, sizeof(percent), "%+.1f %%", 100 * difference / first->median);
	fprintf(out, "  %9s %9s %9s", value, change, percent);
}

static int print_line(FILE *out, const struct sheet *s, const struct line *line, size_t columns)
{
	char value[32];
	int ret = fpb_print_text(out, line->any->name, columns, s->table->width != 0);

	fputs("  ", out);
	ret = ret ? ret : fpb_print_text(out, line->any->substrate, FPB_SUBSTRATE_COLUMNS, false);
	fpb_format_value(line->of[0]->median, line->any->unit, value);
	fprintf(out, " %9s", value);
	for (size_t i = 1; i < s->table->nr_builds; i++)
		print_difference(out, line->of[0], line->of[i]);
	fputc('\n', out);
	return ret;
}

static bool is_equal(const struct line *line)
{
	return line->is_exact && line->is_everywhere && !line->is_shown;
}

static bool is_inexact(const struct line *line)
{
	return line->is_everywhere && !line->is_exact;
}

static bool is_missing(const struct line *line)
{
	return !line->is_everywhere;
}

static int print_differences(const struct sheet *s, FILE *out)
{
	const size_t nr_builds = s->table->nr_builds;
	size_t columns = strlen("name");
	bool has_any = false;
	int ret = 0;

	for (size_t i = 0; i < s->nr_lines; i++) {
		const size_t needed = strlen(s->line[i].any->name);

		has_any = has_any || s->line[i].is_shown;
		if (s->line[i].is_shown && needed > columns)
			columns = needed;
	}
	if (!has_any)
		return 0;
	fprintf(out, "%-*s  %-*s %9s", (int)columns, "name", FPB_SUBSTRATE_COLUMNS, "substrate",
		"1");
	for (size_t i = 1; i < nr_builds; i++)
		fprintf(out, "  %9zu %5zu - 1 %9s", i + 1, i + 1, "change");
	fputc('\n', out);
	for (size_t i = 0; i < s->nr_lines && !ret; i++) {
		if (s->line[i].is_shown)
			ret = print_line(out, s, &s->line[i], columns);
	}
	fputc('\n', out);
	return ret;
}

/* "exit/cpuid@host", and for rows that are not exact how far the boots of which build differ. */
static int add_item(const struct sheet *s, const struct line *line, struct fpb_list *list)
{
	char *item = NULL;
	size_t bytes;
	FILE *text = open_memstream(&item, &bytes);
	int ret = -ENOMEM;

	if (!text)
		return -ENOMEM;
	fprintf(text, "%s@%s", line->any->name, line->any->substrate);
	for (size_t i = 0; i < s->table->nr_builds; i++) {
		const struct fpb_table_row *row = line->of[i];

		if (is_missing(line) && row)
			fprintf(text, " (only in %zu)", i + 1);
		else if (is_inexact(line) && row->high > row->low)
			fprintf(text, " (%zu: %.6g to %.6g)", i + 1, row->low, row->high);
		else if (is_inexact(line) && s->table->is_exact && !is_in_all_boots(s, i, row))
			fprintf(text, " (%zu: %zu of %u boots)", i + 1, row->nr_runs,
				s->table->builds[i].report->plan.runs);
	}
	if (!fclose(text))
		ret = fpb_list_add(list, item);
	free(item);
	return ret;
}

static int print_list(const struct sheet *s, bool (*belongs)(const struct line *line),
		      const char *title, FILE *out)
{
	struct fpb_list list = { .out = out, .width = s->table->width };
	size_t nr = 0;
	int ret = 0;

	for (size_t i = 0; i < s->nr_lines; i++)
		nr += belongs(&s->line[i]);
	if (!nr)
		return 0;
	fprintf(out, "%s: %zu row%s\n", title, nr, nr == 1 ? "" : "s");
	for (size_t i = 0; i < s->nr_lines && !ret; i++) {
		if (belongs(&s->line[i]))
			ret = add_item(s, &s->line[i], &list);
	}
	fpb_list_end(&list);
	return ret;
}

static int print_failures(const struct sheet *s, FILE *out)
{
	int ret = 0;

	for (size_t i = 0; i < s->table->nr_builds; i++) {
		const struct fpb_report *report = s->table->builds[i].report;

		for (size_t k = 0; k < report->nr_failures && !ret; k++) {
			const struct fpb_failure *failure = &report->failures[k];
			/* The first line says what; the console's last ones are in the report. */
			const int length = (int)strcspn(failure->error, "\n");

			ret = fpb_printf_safe(out, "FAILED: %zu: %s@%s: %.*s (%s)", i + 1,
					      failure->name, failure->substrate, length,
					      failure->error, failure->where);
			fputc('\n', out);
		}
	}
	return ret;
}

static int print_sheet(struct sheet *s, FILE *out)
{
	int ret = print_builds(s, out);

	qsort(s->line, s->nr_lines, sizeof(*s->line), compare_lines);
	ret = ret ? ret : print_differences(s, out);
	ret = ret ? ret : print_list(s, is_missing, "not in every build", out);
	ret = ret ? ret : print_list(s, is_inexact, "boots differ, left out", out);
	ret = ret ? ret : print_list(s, is_equal, "equal in all", out);
	ret = ret ? ret : print_failures(s, out);
	if (s->table->limits)
		fprintf(out, "note: %s\n", s->table->limits);
	return ret;
}

int fpb_builds_table_print(const struct fpb_builds_table *table, FILE *out)
{
	struct sheet s = { .table = table };
	int ret = 0;

	s.rows = calloc(table->nr_builds, sizeof(void *));
	s.nr_rows = calloc(table->nr_builds, sizeof(*s.nr_rows));
	if (!s.rows || !s.nr_rows)
		ret = -ENOMEM;
	for (size_t i = 0; i < table->nr_builds && !ret; i++)
		ret = fpb_rows_make(table->builds[i].report, &s.rows[i], &s.nr_rows[i]);
	ret = ret ? ret : make_lines(&s);
	ret = ret ? ret : print_sheet(&s, out);
	for (size_t i = 0; i < table->nr_builds && s.rows && s.nr_rows; i++)
		fpb_rows_free(s.rows[i], s.nr_rows[i]);
	free(s.rows);
	free(s.nr_rows);
	free(s.line);
	free(s.cells);
	return ret;
}
