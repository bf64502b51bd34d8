// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "bench/report/columns.h"
#include "bench/report/exports.h"
#include "bench/report/text.h"
#include "bench/report/words.h"

/* Beyond this the ids of other rows are not padded for one long one's sake. */
#define MAX_ID_COLUMNS 60

static void print_environment(const struct fpb_differences *differences, FILE *out)
{
	char text[1024];

	fputs(differences->nr ? "environment:\n" : "environment: the same\n", out);
	for (size_t i = 0; i < differences->nr; i++) {
		const struct fpb_difference *item = &differences->item[i];

		fpb_difference_text(item, text, sizeof(text));
		fprintf(out, "  %s (%s, %s)\n", text, fpb_difference_class_name(item->class),
			item->is_allowed ? "allowed" : "NOT COMPARABLE");
	}
	fputc('\n', out);
}

static size_t id_columns(const struct fpb_comparison *comparison)
{
	size_t columns = 0;

	for (size_t i = 0; i < comparison->nr_metrics; i++) {
		const size_t have = fpb_text_columns(comparison->metric[i].base->id);

		if (have > columns && have <= MAX_ID_COLUMNS)
			columns = have;
	}
	return columns;
}

static int print_metric(const struct fpb_metric *metric, size_t columns, FILE *out)
{
	char *values = fpb_words_of_values(metric), *words = fpb_words_of_metric(metric);
	int ret = values && words ? 0 : -ENOMEM;

	fputs("  ", out);
	ret = ret ? ret : fpb_print_text(out, metric->base->id, columns, false);
	ret = ret ? ret : fpb_printf_safe(out, "  %s: %s", values, words);
	fputc('\n', out);
	free(values);
	free(words);
	return ret;
}

static int print_metrics(const struct fpb_comparison *comparison, FILE *out)
{
	const size_t columns = id_columns(comparison);
	int ret = 0;

	for (size_t i = 0; i < comparison->nr_metrics && !ret; i++) {
		const struct fpb_metric *metric = &comparison->metric[i];
		const enum fpb_verdict verdict = metric->judgement.verdict;

		if (!i || verdict != metric[-1].judgement.verdict)
			fprintf(out, "%s%s:\n", i ? "\n" : "", fpb_verdict_name(verdict));
		ret = print_metric(metric, columns, out);
	}
	if (comparison->nr_metrics)
		fputc('\n', out);
	return ret;
}

static int print_lost(const struct fpb_comparison *comparison, FILE *out)
{
	int ret = 0;

	if (comparison->nr_lost)
		fputs("lost:\n", out);
	for (size_t i = 0; i < comparison->nr_lost && !ret; i++) {
		const struct fpb_lone_row *lost = &comparison->lost[i];
		char *words = fpb_words_of_loss(lost);

		ret = words ? fpb_printf_safe(out, "  %s (%s): %s", lost->row->id, lost->row->unit,
					      words)
			    : -ENOMEM;
		fputc('\n', out);
		free(words);
	}
	if (comparison->nr_lost)
		fputc('\n', out);
	return ret;
}

static int print_gained(const struct fpb_comparison *comparison, FILE *out)
{
	int ret = 0;

	if (comparison->nr_gained)
		fputs("gained:\n", out);
	for (size_t i = 0; i < comparison->nr_gained && !ret; i++) {
		const struct fpb_value_row *row = comparison->gained[i].row;

		ret = fpb_printf_safe(out, "  %s (%s)", row->id, row->unit);
		fputc('\n', out);
	}
	if (comparison->nr_gained)
		fputc('\n', out);
	return ret;
}

int fpb_export_text(const struct fpb_export *export, FILE *out)
{
	const struct fpb_comparison *comparison = export->comparison;
	char *whole = fpb_words_of_whole(comparison);
	int ret = whole ? 0 : -ENOMEM;

	ret = ret ? ret : fpb_printf_safe(out, "base: %s", export->base);
	fputc('\n', out);
	ret = ret ? ret : fpb_printf_safe(out, "new:  %s", export->new);
	fputs("\n\n", out);
	print_environment(&comparison->differences, out);
	if (fpb_comparison_is_comparable(comparison)) {
		fprintf(out, "%s\n\n", fpb_words_of_design(comparison));
		ret = ret ? ret : print_metrics(comparison, out);
		ret = ret ? ret : print_lost(comparison, out);
		ret = ret ? ret : print_gained(comparison, out);
	}
	ret = ret ? ret
		  : fpb_printf_safe(out, "verdict: %s: %s", fpb_comparison_verdict_name(comparison),
				    whole);
	fputc('\n', out);
	free(whole);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
