// SPDX-License-Identifier: MIT
#include "bench/figures/sources.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/environment_diff.h"
#include "bench/stats/median_interval.h"
#include "bench/stats/summary.h"

/* As in the folders of results/. */
#define BUILD_ID_DIGITS 12
#define NR_LABELS	8

static int refuse(const struct fpb_plot_set *set, size_t i,
		  const struct fpb_differences *differences, struct fpb_problem *problem)
{
	char text[300] = "";

	for (size_t k = 0; k < differences->nr; k++) {
		if (differences->item[k].is_allowed)
			continue;
		fpb_difference_text(&differences->item[k], text, sizeof(text));
		break;
	}
	return fpb_problem_set(problem, EXDEV, "", "%.80s and %.80s cannot be compared: %s",
			       set->path[0], set->path[i], text);
}

int fpb_plot_check_comparable(const struct fpb_plot_set *set, struct fpb_problem *problem)
{
	const struct fpb_difference_request request = { .rule = FPB_RULE_COMPARE };
	int ret = 0;

	if (!set->nr)
		return fpb_problem_set(problem, ENODATA, "", "it is made from reports");
	for (size_t i = 1; i < set->nr && !ret; i++) {
		struct fpb_differences differences = { 0 };

		ret = fpb_report_diff(&set->side[0].report, &set->side[i].report, &request,
				      &differences);
		if (!ret && differences.nr_refused)
			ret = refuse(set, i, &differences, problem);
		fpb_differences_clear(&differences);
	}
	return ret;
}

size_t fpb_plot_choose(const struct fpb_plot_set *set, size_t most, size_t *which)
{
	const size_t nr = set->nr < most ? set->nr : most;

	for (size_t i = 0; i < nr; i++)
		which[i] = nr > 1 ? i * (set->nr - 1) / (nr - 1) : 0;
	return nr;
}

static const char *text_of(const struct fpb_report *report, const char *key)
{
	const char *text = json_string_value(json_object_get(report->environment, key));

	return text ? text : "unknown";
}

void fpb_plot_caption_build(const struct fpb_plot_set *set, struct fpb_dat *dat, size_t i)
{
	const struct fpb_report *report = &set->side[i].report;
	const char *id = set->build[i].build_id;

	fpb_dat_caption(dat, "%.90s: build id %.*s, n = %u run%s%s%s", set->build[i].label,
			BUILD_ID_DIGITS, id[0] ? id : "unknown", report->plan.runs,
			report->plan.runs == 1 ? "" : "s",
			report->plan.complete ? "" : ", not finished",
			report->nr_failures ? ", with failures" : "");
}

void fpb_plot_caption_machine(const struct fpb_plot_set *set, struct fpb_dat *dat, size_t i)
{
	const struct fpb_report *report = &set->side[i].report;

	fpb_dat_caption(dat, "Machine: %.90s; engine %.20s, %.20s", text_of(report, "cpu_model"),
			text_of(report, "engine"), text_of(report, "kvm_backend"));
}

void fpb_plot_caption_sources(const struct fpb_plot_set *set, struct fpb_dat *dat,
			      const size_t *which, size_t nr)
{
	if (!nr)
		return;
	for (size_t i = 0; i < nr; i++)
		fpb_plot_caption_build(set, dat, which[i]);
	fpb_plot_caption_machine(set, dat, which[0]);
	if (nr < set->nr)
		fpb_dat_caption(dat, "Not shown: %zu of %zu reports", set->nr - nr, set->nr);
}

void fpb_plot_labels(const struct fpb_plot_set *set, struct fpb_dat *dat, const size_t *which,
		     size_t nr)
{
	for (size_t i = 0; i < nr && i < NR_LABELS; i++) {
		const char key[] = { 'l', 'a', 'b', 'e', 'l', (char)('1' + i), '\0' };

		fpb_dat_text(dat, key, sizeof(key));
		fpb_dat_text(dat, set->build[which[i]].label, FPB_DAT_LABEL_COLUMNS);
		fpb_dat_end_row(dat);
	}
}

const struct fpb_value_row *fpb_plot_row(const struct fpb_side *side, const char *name,
					 const char *substrate, const char *unit)
{
	for (size_t i = 0; i < side->values.nr; i++) {
		const struct fpb_value_row *row = &side->values.row[i];

		if (!strcmp(row->name, name) && !strcmp(row->substrate, substrate) &&
		    (!unit || !strcmp(row->unit, unit)))
			return row;
	}
	return NULL;
}

int fpb_plot_summarise(const struct fpb_value_row *row, struct fpb_plot_point *point)
{
	double *sorted = calloc(row->nr, sizeof(*sorted));
	struct fpb_interval interval;

	if (!sorted)
		return -ENOMEM;
	memcpy(sorted, row->value, row->nr * sizeof(*sorted));
	fpb_sort(sorted, row->nr);
	interval = fpb_median_interval(sorted, row->nr);
	*point = (struct fpb_plot_point){
		.value = fpb_median_sorted(sorted, row->nr),
		.low = interval.low,
		.high = interval.high,
	};
	free(sorted);
	return 0;
}

const char *fpb_plot_words_of_interval(size_t fewest_runs, bool has_spread)
{
	if (!has_spread)
		return "Points: the same in every run";
	return fewest_runs < FPB_MEDIAN_INTERVAL_LEAST
		       ? "Points: median of the runs; whiskers: lowest and highest run"
		       : "Points: median of the runs; whiskers: its 95 % interval";
}
