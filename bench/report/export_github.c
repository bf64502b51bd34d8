// SPDX-License-Identifier: MIT
#include <errno.h>
#include <stdlib.h>

#include "bench/report/escape.h"
#include "bench/report/exports.h"
#include "bench/report/words.h"

/* "::error title=ROW::words"; frees the words, which are NULL where memory ran out. */
static int print_command(const char *command, const char *title, char *words, FILE *out)
{
	int ret = words ? 0 : -ENOMEM;

	fprintf(out, "::%s title=", command);
	ret = ret ? ret : fpb_print_github(out, title, true);
	fputs("::", out);
	ret = ret ? ret : fpb_print_github(out, words, false);
	fputc('\n', out);
	free(words);
	return ret;
}

static const char *command_of(enum fpb_verdict verdict)
{
	switch (verdict) {
	case FPB_VERDICT_REGRESSION:
		return "error";
	case FPB_VERDICT_INCONCLUSIVE:
		return "warning";
	case FPB_VERDICT_IMPROVEMENT:
		return "notice";
	default:
		return NULL;
	}
}

/* GitHub shows ten of a kind: regressions and losses first. */
static int print_metrics(const struct fpb_comparison *comparison, FILE *out)
{
	int ret = 0;

	for (size_t i = 0; i < comparison->nr_metrics && !ret; i++) {
		const struct fpb_metric *metric = &comparison->metric[i];
		const char *command = command_of(metric->judgement.verdict);

		if (command)
			ret = print_command(command, metric->base->id, fpb_words_of_metric(metric),
					    out);
	}
	return ret;
}

static int print_lost(const struct fpb_comparison *comparison, FILE *out)
{
	int ret = 0;

	for (size_t i = 0; i < comparison->nr_lost && !ret; i++) {
		const struct fpb_lone_row *lost = &comparison->lost[i];

		ret = print_command(lost->is_allowed ? "notice" : "error", lost->row->id,
				    fpb_words_of_loss(lost), out);
	}
	return ret;
}

int fpb_export_github(const struct fpb_export *export, FILE *out)
{
	const struct fpb_comparison *comparison = export->comparison;
	const char *command = "notice", *verdict = fpb_comparison_verdict_name(comparison);
	char title[64];
	int ret = print_metrics(comparison, out);

	ret = ret ? ret : print_lost(comparison, out);
	if (!fpb_comparison_is_comparable(comparison))
		command = "error";
	else if (command_of(comparison->verdict))
		command = command_of(comparison->verdict);
	snprintf(title, sizeof(title), "fpstate-bench: %s", verdict);
	ret = ret ? ret : print_command(command, title, fpb_words_of_whole(comparison), out);
	return ret ? ret : ferror(out) ? -EIO : 0;
}
