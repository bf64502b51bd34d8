// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/escape.h"
#include "bench/report/exports.h"
#include "bench/report/text.h"
#include "bench/report/words.h"

/* Kept for what closes a section and says how much was left out. */
#define RESERVE 400
/* Of the comment, for what stands before the table of all rows. */
#define FINDINGS_MAX (FPB_MARKDOWN_MAX / 2)
/* A path or a summary longer than this is elided: they come before everything else. */
#define MAX_COLUMNS 1000

struct comment {
	FILE *out;
	size_t used;
};

/* A line in the making; print_line() ends it. */
struct line {
	char *text;
	size_t bytes;
	FILE *out;
};

static int line_begin(struct line *line)
{
	*line = (struct line){ .text = NULL };
	line->out = open_memstream(&line->text, &line->bytes);
	return line->out ? 0 : -ENOMEM;
}

/* 1: printed; 0: it would take the comment beyond `limit`; -ENOMEM. `ret` is that of the line. */
static int line_end(struct line *line, int ret, struct comment *comment, size_t limit)
{
	const bool is_whole = !fclose(line->out) && !ret;
	const bool fits = is_whole && comment->used + line->bytes + 1 <= limit;

	if (fits) {
		fprintf(comment->out, "%s\n", line->text);
		comment->used += line->bytes + 1;
	}
	free(line->text);
	return is_whole ? fits : -ENOMEM;
}

static void print_plain(struct comment *comment, const char *text)
{
	fputs(text, comment->out);
	comment->used += strlen(text);
}

static int print_short(FILE *out, const char *text)
{
	char *copy = fpb_text_printable_dup(text);
	int ret;

	if (!copy)
		return -ENOMEM;
	fpb_text_elide(copy, MAX_COLUMNS);
	ret = fpb_print_code_span(out, copy);
	free(copy);
	return ret;
}

static int print_head(const struct fpb_export *export, struct comment *comment)
{
	const struct fpb_comparison *comparison = export->comparison;
	char *whole = fpb_words_of_whole(comparison);
	struct line line;
	int ret = whole ? line_begin(&line) : -ENOMEM;

	if (ret)
		goto out_free;
	fprintf(line.out, "### fpstate-bench: %s\n\n", fpb_comparison_verdict_name(comparison));
	ret = print_short(line.out, whole);
	fputs("\n\nbase ", line.out);
	ret = ret ? ret : print_short(line.out, export->base);
	fputs(", new ", line.out);
	ret = ret ? ret : print_short(line.out, export->new);
	if (fpb_comparison_is_comparable(comparison))
		fprintf(line.out, "; %s", fpb_words_of_design(comparison));
	fputc('\n', line.out);
	ret = line_end(&line, ret, comment, FPB_MARKDOWN_MAX);
out_free:
	free(whole);
	return ret < 0 ? ret : 0;
}

static void print_left_out(struct comment *comment, size_t nr)
{
	char text[120];

	if (!nr)
		return;
	snprintf(text, sizeof(text), "\n… and %zu more, which found no room here.\n", nr);
	print_plain(comment, text);
}

/* "- `row`: `words`", or as a line of the table. */
static int print_item(struct comment *comment, const char *id, const char *words, size_t limit)
{
	struct line line;
	int ret = line_begin(&line);

	if (ret)
		return ret;
	fputs("- ", line.out);
	ret = fpb_print_code_span(line.out, id);
	fputs(": ", line.out);
	ret = ret ? ret : fpb_print_code_span(line.out, words);
	return line_end(&line, ret, comment, limit);
}

/* Counts in *nr_left what does not fit. */
static int print_finding(struct comment *comment, const char *id, char *words, size_t *nr_left)
{
	int ret = words ? print_item(comment, id, words, FINDINGS_MAX) : -ENOMEM;

	*nr_left += !ret;
	free(words);
	return ret < 0 ? ret : 0;
}

static int print_verdict(const struct fpb_comparison *comparison, enum fpb_verdict verdict,
			 const char *title, struct comment *comment)
{
	size_t nr_left = 0;
	int ret = 0;

	if (!comparison->nr_verdict[verdict])
		return 0;
	print_plain(comment, title);
	for (size_t i = 0; i < comparison->nr_metrics && !ret; i++) {
		const struct fpb_metric *metric = &comparison->metric[i];

		if (metric->judgement.verdict == verdict)
			ret = print_finding(comment, metric->base->id, fpb_words_of_metric(metric),
					    &nr_left);
	}
	print_left_out(comment, nr_left);
	return ret;
}

static int print_lost(const struct fpb_comparison *comparison, struct comment *comment)
{
	size_t nr_left = 0;
	int ret = 0;

	if (!comparison->nr_lost)
		return 0;
	print_plain(comment, "\n**Lost**\n\n");
	for (size_t i = 0; i < comparison->nr_lost && !ret; i++)
		ret = print_finding(comment, comparison->lost[i].row->id,
				    fpb_words_of_loss(&comparison->lost[i]), &nr_left);
	print_left_out(comment, nr_left);
	return ret;
}

static int print_environment(const struct fpb_comparison *comparison, struct comment *comment)
{
	const struct fpb_differences *differences = &comparison->differences;
	size_t nr_left = 0;
	int ret = 0;

	if (!differences->nr)
		return 0;
	/* Open where it is the finding. */
	print_plain(comment, differences->nr_refused ? "\n<details open>" : "\n<details>");
	print_plain(comment, "<summary>What differs in the environment</summary>\n\n");
	for (size_t i = 0; i < differences->nr && ret >= 0; i++) {
		char text[1024];

		fpb_difference_text(&differences->item[i], text, sizeof(text));
		ret = print_item(comment,
				 differences->item[i].is_allowed ? "allowed" : "not comparable",
				 text, FINDINGS_MAX + FPB_MARKDOWN_MAX / 8);
		nr_left += !ret;
	}
	print_left_out(comment, nr_left);
	print_plain(comment, "\n</details>\n");
	return ret < 0 ? ret : 0;
}

static int print_row(const struct fpb_metric *metric, struct comment *comment)
{
	char *values = fpb_words_of_values(metric), *words = fpb_words_of_metric(metric);
	struct line line;
	int ret = values && words ? line_begin(&line) : -ENOMEM;

	if (ret)
		goto out_free;
	fprintf(line.out, "| %s | ", fpb_verdict_name(metric->judgement.verdict));
	ret = fpb_print_code_span(line.out, metric->base->id);
	fputs(" | ", line.out);
	ret = ret ? ret : fpb_print_code_span(line.out, values);
	fputs(" | ", line.out);
	ret = ret ? ret : fpb_print_code_span(line.out, words);
	fputs(" |", line.out);
	ret = line_end(&line, ret, comment, FPB_MARKDOWN_MAX - RESERVE);
out_free:
	free(values);
	free(words);
	return ret;
}

static int print_table(const struct fpb_comparison *comparison, struct comment *comment)
{
	size_t nr_left = 0;
	int ret = 0;

	if (!comparison->nr_metrics)
		return 0;
	print_plain(comment, "\n<details><summary>All rows</summary>\n\n"
			     "| verdict | row | base and new | in words |\n|---|---|---|---|\n");
	for (size_t i = 0; i < comparison->nr_metrics && ret >= 0; i++) {
		ret = print_row(&comparison->metric[i], comment);
		nr_left += !ret;
	}
	print_left_out(comment, nr_left);
	print_plain(comment, "\n</details>\n");
	return ret < 0 ? ret : 0;
}

int fpb_export_markdown(const struct fpb_export *export, FILE *out)
{
	const struct fpb_comparison *comparison = export->comparison;
	struct comment comment = { .out = out };
	int ret = print_head(export, &comment);

	ret = ret ? ret
		  : print_verdict(comparison, FPB_VERDICT_REGRESSION, "\n**Regressions**\n\n",
				  &comment);
	ret = ret ? ret : print_lost(comparison, &comment);
	ret = ret ? ret
		  : print_verdict(comparison, FPB_VERDICT_INCONCLUSIVE, "\n**Inconclusive**\n\n",
				  &comment);
	ret = ret ? ret
		  : print_verdict(comparison, FPB_VERDICT_IMPROVEMENT, "\n**Improvements**\n\n",
				  &comment);
	ret = ret ? ret : print_environment(comparison, &comment);
	ret = ret ? ret : print_table(comparison, &comment);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
