// SPDX-License-Identifier: MIT
/* trend_text.c - a trend for people. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "bench/report/columns.h"
#include "bench/report/text.h"
#include "bench/report/trend_exports.h"

/* Beyond this the lines of other builds are not padded for one long label's sake. */
#define MAX_LABEL_COLUMNS 40
/* What stands beside a label: its number, two values, ratio, p. */
#define BESIDE_LABEL	  54
#define MIN_LABEL_COLUMNS 16

struct page {
	const struct fpb_trend *trend;
	FILE *out;
	unsigned width;
	size_t label_columns;
};

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

static size_t label_columns(const struct fpb_trend *trend, unsigned width)
{
	size_t columns = MIN_LABEL_COLUMNS, most = MAX_LABEL_COLUMNS;

	if (width)
		most = width > BESIDE_LABEL + MIN_LABEL_COLUMNS ? width - BESIDE_LABEL
								: MIN_LABEL_COLUMNS;
	for (size_t i = 0; i < trend->nr_builds; i++) {
		const size_t have = fpb_text_columns(trend->build[i].label);

		if (have > columns)
			columns = have < most ? have : most;
	}
	return columns;
}

static int print_builds(const struct page *page)
{
	const struct fpb_trend *trend = page->trend;
	int ret = 0;

	for (size_t i = 0; i < trend->nr_builds && !ret; i++) {
		fprintf(page->out, "%4zu  ", i + 1);
		ret = fpb_print_text(page->out, trend->build[i].label, 0, false);
		fputc('\n', page->out);
	}
	return ret;
}

static void print_certainty(const struct page *page, double p)
{
	if (isnan(p))
		fputs("  exactly\n", page->out);
	else
		fprintf(page->out, p < 0.0001 ? "  p<0.0001\n" : "  p=%.2g\n", p);
}

/* "   4  6.1.0-56-amd64          2787 ->       2786  ratio 0.9996  exactly" */
static int print_change(const struct page *page, const struct fpb_trend_series *series,
			const struct fpb_changepoint *change)
{
	const size_t build = series->point[change->index].build;
	char before[32], after[32];
	int ret;

	fpb_format_value(change->before, series->unit, before);
	fpb_format_value(change->after, series->unit, after);
	fprintf(page->out, "%4zu  ", build + 1);
	ret = fpb_print_text(page->out, page->trend->build[build].label, page->label_columns,
			     page->width != 0);
	fprintf(page->out, "  %9s -> %9s", before, after);
	/* Of what is nothing, or less, no multiples can be told. */
	if (change->before > 0 && change->after > 0)
		fprintf(page->out, "  ratio %.4f", change->after / change->before);
	print_certainty(page, change->p);
	return ret;
}

static int print_changed(const struct page *page, const struct fpb_trend_series *series)
{
	int ret = fpb_printf_safe(page->out, "%s (%s)", series->id, series->unit);

	fputc('\n', page->out);
	for (size_t i = 0; i < series->nr_changes && !ret; i++)
		ret = print_change(page, series, &series->change[i]);
	fputc('\n', page->out);
	return ret;
}

static int print_all_changed(const struct page *page)
{
	const struct fpb_trend *trend = page->trend;
	int ret = 0;

	for (size_t i = 0; i < trend->nr_series && !ret; i++) {
		if (trend->series[i].nr_changes)
			ret = print_changed(page, &trend->series[i]);
	}
	return ret;
}

/* "exit/cpuid@host (not in 2, 5)"; of which there are many, their number. */
static int add_gap(const struct page *page, const struct fpb_trend_series *series,
		   struct fpb_list *list)
{
	const size_t nr_missing = page->trend->nr_builds - series->nr_points;
	const char *separator = " (not in ";
	char *item = NULL;
	size_t bytes;
	FILE *text = open_memstream(&item, &bytes);
	int ret = -ENOMEM;

	if (!text)
		return -ENOMEM;
	fputs(series->id, text);
	if (nr_missing > 8)
		fprintf(text, " (not in %zu of %zu)", nr_missing, page->trend->nr_builds);
	for (size_t build = 0, i = 0; build < page->trend->nr_builds && nr_missing <= 8; build++) {
		if (i < series->nr_points && series->point[i].build == build) {
			i++;
			continue;
		}
		fprintf(text, "%s%zu", separator, build + 1);
		separator = ", ";
	}
	if (nr_missing <= 8)
		fputc(')', text);
	if (!fclose(text))
		ret = fpb_list_add(list, item);
	free(item);
	return ret;
}

static int print_gaps(const struct page *page)
{
	const struct fpb_trend *trend = page->trend;
	struct fpb_list list = { .out = page->out, .width = page->width };
	size_t nr = 0;
	int ret = 0;

	for (size_t i = 0; i < trend->nr_series; i++)
		nr += trend->series[i].nr_points < trend->nr_builds;
	if (!nr)
		return 0;
	fprintf(page->out, "not in every report, and searched where they are: %zu series\n", nr);
	for (size_t i = 0; i < trend->nr_series && !ret; i++) {
		if (trend->series[i].nr_points < trend->nr_builds)
			ret = add_gap(page, &trend->series[i], &list);
	}
	fpb_list_end(&list);
	fputc('\n', page->out);
	return ret;
}

/* Of the series that are searched, the one with the most points. */
static size_t longest(const struct fpb_trend *trend)
{
	size_t nr = 0;

	for (size_t i = 0; i < trend->nr_series; i++) {
		const struct fpb_trend_series *series = &trend->series[i];

		if (!series->is_exact && series->nr_points > nr)
			nr = series->nr_points;
	}
	return nr;
}

/* Searched series in which not even a step could be found, for they have too few points. */
static size_t nr_too_short(const struct fpb_trend *trend)
{
	size_t nr = 0;

	for (size_t i = 0; i < trend->nr_series; i++) {
		const struct fpb_trend_series *series = &trend->series[i];

		nr += !series->is_exact &&
		      !fpb_changepoint_least_side(series->nr_points, trend->level);
	}
	return nr;
}

bool fpb_trend_can_find(const struct fpb_trend *trend)
{
	return trend->nr_searched < trend->nr_series || nr_too_short(trend) < trend->nr_searched;
}

char *fpb_trend_words_of_search(const struct fpb_trend *trend)
{
	const size_t points = longest(trend);
	const size_t side = fpb_changepoint_least_side(points, trend->level);
	const size_t too_short = nr_too_short(trend);
	char *words = NULL;
	size_t bytes;
	FILE *out = open_memstream(&words, &bytes);

	if (!out)
		return NULL;
	fprintf(out, "%zu series searched at a level of %.3g, which is %.3g over their number: ",
		trend->nr_searched, trend->level, FPB_LEVEL);
	if (!side)
		fprintf(out,
			"in %zu report%s no step, however large, can be found; it takes at least "
			"%zu",
			points, plural(points), fpb_changepoint_values_needed(trend->level));
	else
		fprintf(out, "a step can be found once %zu reports of %zu lie on either side of it",
			side, points);
	if (side && too_short)
		fprintf(out, "; %zu of them %s too few points for any", too_short,
			too_short == 1 ? "has" : "have");
	if (!fclose(out))
		return words;
	free(words);
	return NULL;
}

static void print_exact(const struct page *page)
{
	const struct fpb_trend *trend = page->trend;
	size_t nr = 0, nr_once = 0;

	for (size_t i = 0; i < trend->nr_series; i++) {
		nr += trend->series[i].is_exact;
		nr_once += trend->series[i].is_exact && trend->series[i].fewest_runs == 1;
	}
	if (!nr)
		return;
	fprintf(page->out,
		"%zu series counted, and the same in all boots of each build: compared exactly",
		nr);
	if (nr_once)
		fprintf(page->out, "; %zu of them from one boot of some build", nr_once);
	fputc('\n', page->out);
}

static int print_search(const struct page *page)
{
	char *words;
	int ret;

	if (!page->trend->nr_searched)
		return 0;
	words = fpb_trend_words_of_search(page->trend);
	ret = words ? fpb_print_text(page->out, words, 0, false) : -ENOMEM;
	fputc('\n', page->out);
	free(words);
	return ret;
}

static void print_sum(const struct page *page)
{
	const struct fpb_trend *trend = page->trend;
	size_t nr_changed = 0;

	for (size_t i = 0; i < trend->nr_series; i++)
		nr_changed += trend->series[i].nr_changes > 0;
	fprintf(page->out, "%zu builds, %zu series: %zu changed, %zu did not", trend->nr_builds,
		trend->nr_series, nr_changed, trend->nr_series - nr_changed);
	if (trend->nr_informational)
		fprintf(page->out,
			"; %zu that %s not judged by default left out, --filter shows "
			"what it matches",
			trend->nr_informational, trend->nr_informational == 1 ? "is" : "are");
	fputc('\n', page->out);
}

int fpb_trend_export_text(const struct fpb_trend *trend, FILE *out, unsigned width)
{
	const struct page page = {
		.trend = trend,
		.out = out,
		.width = width,
		.label_columns = label_columns(trend, width),
	};
	int ret = print_builds(&page);

	fputc('\n', out);
	ret = ret ? ret : print_all_changed(&page);
	ret = ret ? ret : print_gaps(&page);
	print_exact(&page);
	ret = ret ? ret : print_search(&page);
	if (!ret)
		print_sum(&page);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
