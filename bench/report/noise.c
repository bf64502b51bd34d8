// SPDX-License-Identifier: MIT
#include "bench/report/noise.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/columns.h"
#include "bench/report/table.h"

#define MAD_TO_SIGMA 1.4826

/* What stands right of the name. */
#define FIGURES_COLUMNS 45

const char *fpb_noise_of_row(const struct fpb_table_row *row, double *fraction)
{
	if (row->nr_runs < 2)
		return "one run only";
	if (row->median <= 0)
		return "median not positive";
	*fraction = MAD_TO_SIGMA * row->mad / row->median;
	return NULL;
}

void fpb_noise_drop(struct fpb_report *report)
{
	for (size_t i = 0; i < report->nr_noise_floor; i++)
		free(report->noise_floor[i].row);
	free(report->noise_floor);
	report->noise_floor = NULL;
	report->nr_noise_floor = 0;
}

static int add_floor(struct fpb_report *report, const struct fpb_table_row *row, double fraction)
{
	/* Rows are sorted by their unit last: the other one, if any, came just before. */
	struct fpb_noise_floor *last =
		report->nr_noise_floor ? &report->noise_floor[report->nr_noise_floor - 1] : NULL;
	char *id;
	int ret = 0;

	if (asprintf(&id, "%s@%s", row->name, row->substrate) < 0)
		return -ENOMEM;
	if (!last || strcmp(last->row, id) != 0)
		ret = fpb_report_add_noise_floor(report, id, fraction);
	else if (last->fraction < fraction)
		last->fraction = fraction;
	free(id);
	return ret;
}

int fpb_noise_fill(struct fpb_report *report)
{
	struct fpb_table_row *rows;
	size_t nr;
	int ret = fpb_rows_make(report, &rows, &nr);

	if (ret)
		return ret;
	fpb_noise_drop(report);
	for (size_t i = 0; !ret && i < nr; i++) {
		double fraction;

		if (!fpb_noise_of_row(&rows[i], &fraction))
			ret = add_floor(report, &rows[i], fraction);
	}
	fpb_rows_free(rows, nr);
	return ret;
}

static int print_row(FILE *out, const struct fpb_table_row *row, size_t columns, bool cut)
{
	double fraction = 0;
	const char *why_none = fpb_noise_of_row(row, &fraction);
	char median[32];
	int ret = fpb_print_text(out, row->name, columns, cut);

	fpb_format_value(row->median, row->unit, median);
	fputs("  ", out);
	ret = ret ? ret : fpb_print_text(out, row->substrate, FPB_SUBSTRATE_COLUMNS, cut);
	fprintf(out, " %9s  ", median);
	ret = ret ? ret : fpb_print_text(out, row->unit, 8, cut);
	if (why_none)
		fprintf(out, "  none: %s\n", why_none);
	else
		fprintf(out, "  %6.2f %%\n", 100 * fraction);
	return ret;
}

int fpb_noise_print(const struct fpb_report *report, FILE *out, unsigned width)
{
	struct fpb_table_row *rows;
	size_t nr, columns;
	int ret = fpb_rows_make(report, &rows, &nr);

	if (ret)
		return ret;
	columns = fpb_name_columns(rows, nr, width, FIGURES_COLUMNS);
	if (nr)
		fprintf(out, "%-*s  %-*s %9s  %-8s     floor\n", (int)columns, "name",
			FPB_SUBSTRATE_COLUMNS, "substrate", "median", "unit");
	for (size_t i = 0; !ret && i < nr; i++)
		ret = print_row(out, &rows[i], columns, width != 0);
	if (nr)
		fputc('\n', out);
	ret = ret ? ret : fpb_table_print_rest(report, nr, out, width);
	fpb_rows_free(rows, nr);
	return ret;
}
