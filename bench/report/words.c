// SPDX-License-Identifier: MIT
#include "bench/report/words.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/columns.h"
#include "bench/stats/power.h"

typedef void writer(FILE *out, const void *what);

static char *written(writer *write, const void *what)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	if (!out)
		return NULL;
	write(out, what);
	if (!fclose(out))
		return text;
	free(text);
	return NULL;
}

static const char *plural(size_t nr)
{
	return nr == 1 ? "" : "s";
}

static bool is_time(const char *unit)
{
	return !strcmp(unit, "cyc") || !strcmp(unit, "core_cyc") || !strcmp(unit, "ns") ||
	       !strcmp(unit, "insn");
}

static const char *direction(const struct fpb_metric *metric, double change)
{
	if (is_time(metric->base->unit))
		return change < 0 ? "faster" : "slower";
	return change < 0 ? "smaller" : "larger";
}

/* Decimals that show a figure of this size: one, more only where that would show nothing. */
static int decimals_for(double percent)
{
	return percent >= 0.3 || percent == 0 ? 1 : percent >= 0.03 ? 2 : percent >= 0.003 ? 3 : 5;
}

static void write_percent(FILE *out, double fraction, int decimals)
{
	const double percent = 100 * fraction;

	if (fabs(percent) >= 9999.5)
		fprintf(out, "%.4g", percent);
	else
		/* Not "-0.0". */
		fprintf(out, "%.*f", decimals, percent + 0.0 == 0 ? 0.0 : percent);
}

static void write_p(FILE *out, const struct fpb_judgement *judgement)
{
	const bool is_corrected = !isnan(judgement->p_holm);
	const double p = is_corrected ? judgement->p_holm : judgement->p;

	if (isnan(p))
		return;
	fprintf(out, p < 0.0001 ? ", %sp<0.0001" : ", %sp=%.2g", is_corrected ? "Holm " : "", p);
}

static void write_limit(FILE *out, const struct fpb_metric *metric)
{
	const struct fpb_judgement *judgement = &metric->judgement;

	if (judgement->is_exact && judgement->delta == 0)
		fputs(", limit below 1 per operation", out);
	else
		fprintf(out, ", limit %.3g %%", 100 * judgement->delta);
	if (metric->accepted)
		fprintf(out, " (accepted until %s: %s)", metric->accepted->until,
			metric->accepted->why);
}

static void write_exact(FILE *out, const struct fpb_metric *metric)
{
	const struct fpb_judgement *judgement = &metric->judgement;
	const double change = judgement->new - judgement->base;
	char size[32];

	if (change == 0) {
		fputs("the same, exactly", out);
	} else {
		fpb_format_value(fabs(change), metric->base->unit, size);
		fprintf(out, "%s by %s %s", direction(metric, change), size, metric->base->unit);
		if (!isnan(judgement->ratio)) {
			fputs(" (", out);
			write_percent(out, fabs(judgement->ratio - 1),
				      decimals_for(100 * fabs(judgement->ratio - 1)));
			fputs(" %)", out);
		}
		fputs(", exactly", out);
	}
	if (metric->nr_base == 1 || metric->nr_new == 1)
		fputs(", from one boot", out);
	write_limit(out, metric);
}

/* All three with the decimals that the interval's width deserves. */
static void write_tested(FILE *out, const struct fpb_metric *metric)
{
	const struct fpb_judgement *judgement = &metric->judgement;
	const struct fpb_interval *ci = &judgement->ci;
	const double change = judgement->ratio - 1;
	const bool has_interval = fpb_interval_is_known(ci);
	const int decimals = decimals_for(100 * (has_interval ? ci->high - ci->low : fabs(change)));

	fprintf(out, "%s by ", direction(metric, change));
	write_percent(out, fabs(change), decimals);
	fputs(" %", out);
	if (has_interval) {
		fputs(" [", out);
		write_percent(out, change < 0 ? 1 - ci->high : ci->low - 1, decimals);
		fputs(", ", out);
		write_percent(out, change < 0 ? 1 - ci->low : ci->high - 1, decimals);
		fputc(']', out);
	} else {
		fputs(", too few runs for an interval", out);
	}
	write_p(out, judgement);
	write_limit(out, metric);
}

static void write_runs_needed(FILE *out, size_t runs)
{
	fprintf(out, "%zu%s more run%s of each build", runs,
		runs >= FPB_RUNS_LIMIT / 2 ? " or" : "", plural(runs));
}

static void write_range(FILE *out, const struct fpb_value_row *row)
{
	double low = row->value[0], high = low;

	for (size_t i = 1; i < row->nr; i++) {
		low = fmin(low, row->value[i]);
		high = fmax(high, row->value[i]);
	}
	if (low == high)
		fprintf(out, "%.6g", low);
	else
		fprintf(out, "%.6g to %.6g", low, high);
}

/* Why a row that should have been judged was not. */
static void write_obstacle(FILE *out, const struct fpb_metric *metric)
{
	if (isnan(metric->judgement.p)) {
		fputs("not judged: the value of a run is 0 or less", out);
		return;
	}
	fputs("not judged: boots of one build differ, and there are too few of them: base ", out);
	write_range(out, metric->base);
	fputs(", new ", out);
	write_range(out, metric->new);
}

static void write_metric(FILE *out, const void *what)
{
	const struct fpb_metric *metric = what;
	const struct fpb_judgement *judgement = &metric->judgement;

	if (metric->is_gated && judgement->verdict == FPB_VERDICT_NOT_GATED) {
		write_obstacle(out, metric);
		return;
	}
	if (!metric->is_gated)
		fputs("for information: ", out);
	if (!metric->nr_base)
		fputs("no run that both reports have", out);
	else if (judgement->is_exact)
		write_exact(out, metric);
	else if (isnan(judgement->ratio))
		fputs("the value of a run is 0 or less", out);
	else
		write_tested(out, metric);
	if (judgement->verdict == FPB_VERDICT_INCONCLUSIVE) {
		fputs("; inconclusive, ", out);
		write_runs_needed(out, judgement->runs_needed);
		fputs(" needed", out);
	}
}

char *fpb_words_of_metric(const struct fpb_metric *metric)
{
	return written(write_metric, metric);
}

static void write_values(FILE *out, const void *what)
{
	const struct fpb_metric *metric = what;
	const char *unit = metric->base->unit;
	char base[32], new[32];

	fpb_format_value(metric->judgement.base, unit, base);
	fpb_format_value(metric->judgement.new, unit, new);
	fprintf(out, "%s -> %s %s", base, new, unit);
}

char *fpb_words_of_values(const struct fpb_metric *metric)
{
	return written(write_values, metric);
}

static void write_loss(FILE *out, const void *what)
{
	const struct fpb_lone_row *lost = what;

	fprintf(out, "lost: %s%s", lost->why, lost->is_allowed ? " (allowed)" : "");
}

char *fpb_words_of_loss(const struct fpb_lone_row *lost)
{
	return written(write_loss, lost);
}

static void write_refused(FILE *out, const struct fpb_differences *differences)
{
	const char *separator = "the reports differ in ";

	for (size_t i = 0; i < differences->nr; i++) {
		if (differences->item[i].is_allowed)
			continue;
		fprintf(out, "%s%s", separator, differences->item[i].key);
		separator = ", ";
	}
}

/* Could any row have been called different, whatever its values? */
static bool could_flag(const struct fpb_comparison *comparison)
{
	size_t nr_metrics = 0;

	for (size_t i = 0; i < comparison->nr_metrics; i++)
		nr_metrics += !isnan(comparison->metric[i].judgement.p_holm);
	for (size_t i = 0; i < comparison->nr_metrics; i++) {
		const struct fpb_metric *metric = &comparison->metric[i];
		const struct fpb_design design = {
			.nr_base = metric->nr_base,
			.nr_new = metric->nr_new,
			.nr_metrics = nr_metrics,
			.is_paired = comparison->is_paired,
		};

		if (metric->judgement.verdict == FPB_VERDICT_NOT_GATED)
			continue;
		if (metric->judgement.is_exact ||
		    (!isnan(metric->judgement.p_holm) && fpb_can_flag(&design)))
			return true;
	}
	return false;
}

static void write_inconclusive(FILE *out, const struct fpb_comparison *comparison)
{
	const size_t *nr = comparison->nr_verdict;

	if (nr[FPB_VERDICT_NOT_GATED] == comparison->nr_metrics) {
		fputs("not one row was judged: no row that is judged by default is in both reports "
		      "with values above 0; --filter judges what it matches",
		      out);
		return;
	}
	if (!nr[FPB_VERDICT_INCONCLUSIVE])
		return;
	fprintf(out, "%zu row%s inconclusive", nr[FPB_VERDICT_INCONCLUSIVE],
		plural(nr[FPB_VERDICT_INCONCLUSIVE]));
	if (!could_flag(comparison))
		fputs(": with so few runs no difference, however large, could be flagged", out);
	fputs("; ", out);
	write_runs_needed(out, fpb_comparison_runs_needed(comparison));
	fputs(" needed", out);
}

static void write_count(FILE *out, const char **separator, size_t nr, const char *what)
{
	if (!nr)
		return;
	fprintf(out, "%s%zu %s", *separator, nr, what);
	*separator = ", ";
}

static void write_whole(FILE *out, const void *what)
{
	const struct fpb_comparison *comparison = what;
	const size_t *nr = comparison->nr_verdict;
	const char *separator = "";

	if (!fpb_comparison_is_comparable(comparison)) {
		write_refused(out, &comparison->differences);
		return;
	}
	write_count(out, &separator, nr[FPB_VERDICT_REGRESSION], "slower or larger");
	write_count(out, &separator, comparison->nr_lost_refused, "lost");
	write_count(out, &separator, comparison->nr_lost - comparison->nr_lost_refused,
		    "lost (allowed)");
	write_count(out, &separator, nr[FPB_VERDICT_IMPROVEMENT], "faster or smaller");
	write_count(out, &separator, nr[FPB_VERDICT_PASS], "pass");
	write_count(out, &separator, nr[FPB_VERDICT_NOT_GATED], "not gated");
	write_count(out, &separator, comparison->nr_gained, "gained");
	if (nr[FPB_VERDICT_INCONCLUSIVE] || comparison->verdict == FPB_VERDICT_INCONCLUSIVE) {
		fputs(separator, out);
		write_inconclusive(out, comparison);
	}
}

char *fpb_words_of_whole(const struct fpb_comparison *comparison)
{
	return written(write_whole, comparison);
}

const char *fpb_words_of_design(const struct fpb_comparison *comparison)
{
	if (comparison->nr_metrics && comparison->metric[0].is_deterministic)
		return "counted, not timed: rows that are the same in all boots are compared exactly";
	return comparison->is_paired
		       ? "paired by run: base and new alternated in one session"
		       : "unpaired: the order in which base and new were measured was not controlled";
}
