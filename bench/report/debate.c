// SPDX-License-Identifier: MIT
/* debate.c - figures of claims, from the observations of a report. */
#include "bench/report/debate.h"

#include <errno.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/rows.h"
#include "bench/stats/summary.h"

/* One row's side of a figure. */
struct side {
	const char *unit; /* of its first observation */
	size_t nr;
	unsigned *run;
	double *value;
};

static void side_clear(struct side *side)
{
	free(side->run);
	free(side->value);
}

/* What an observation contributes; NAN: nothing. */
static double part_of(const struct fpb_observation *obs, const char *key)
{
	if (!key)
		return fpb_observation_value(obs);
	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (!strcmp(obs->evidence[i].key, key))
			return (double)obs->evidence[i].value;
	}
	return NAN;
}

/* The observations of a row in their unit; of evidence `key`, where there is one. */
static int side_make(const struct fpb_report *report, const char *id, const char *key,
		     struct side *side)
{
	size_t nr = 0;

	*side = (struct side){ 0 };
	for (size_t i = 0; i < report->nr_observations; i++)
		nr += fpb_row_is(id, report->observations[i].name,
				 report->observations[i].substrate);
	side->run = calloc(nr + 1, sizeof(*side->run));
	side->value = calloc(nr + 1, sizeof(*side->value));
	if (!side->run || !side->value)
		return -ENOMEM;
	for (size_t i = 0; i < report->nr_observations; i++) {
		const struct fpb_observation *obs = &report->observations[i];
		double value;

		if (!fpb_row_is(id, obs->name, obs->substrate))
			continue;
		side->unit = side->unit ? side->unit : obs->unit;
		value = strcmp(side->unit, obs->unit) != 0 ? NAN : part_of(obs, key);
		if (!isfinite(value))
			continue;
		side->run[side->nr] = obs->run;
		side->value[side->nr++] = value;
	}
	return 0;
}

static bool find_run(const struct side *side, unsigned run, double *value)
{
	for (size_t i = 0; i < side->nr; i++) {
		if (side->run[i] == run) {
			*value = side->value[i];
			return true;
		}
	}
	return false;
}

static double combine(const struct fpb_figure *figure, double value, double base)
{
	if (figure->kind == FPB_FIGURE_RATIO)
		return value / base;
	if (figure->kind == FPB_FIGURE_DIFFERENCE)
		return (value - base) / (figure->per ? figure->per : 1);
	return value;
}

/* Run by run, so that what disturbs a whole run falls out; in place of the values of `row`. */
static void pair(const struct fpb_figure *figure, struct side *row, const struct side *base)
{
	size_t nr = 0;

	if (figure->base && row->unit && base->unit && strcmp(row->unit, base->unit) != 0) {
		row->nr = 0;
		return;
	}
	for (size_t i = 0; i < row->nr; i++) {
		double other = 0, value;

		if (figure->base && !find_run(base, row->run[i], &other))
			continue;
		value = combine(figure, row->value[i], other);
		if (isfinite(value))
			row->value[nr++] = value;
	}
	row->nr = nr;
}

static bool is_observed(const struct fpb_report *report, const char *id)
{
	for (size_t i = 0; i < report->nr_observations; i++) {
		if (fpb_row_is(id, report->observations[i].name, report->observations[i].substrate))
			return true;
	}
	return false;
}

/* What the report says of a row that has no observation; false: nothing. */
static bool find_obstacle(const struct fpb_report *report, const char *id,
			  struct fpb_obstacle *obstacle)
{
	for (size_t i = 0; i < report->nr_failures; i++) {
		const struct fpb_failure *failure = &report->failures[i];

		if (fpb_row_is(id, failure->name, failure->substrate)) {
			*obstacle = (struct fpb_obstacle){ id, "failed", failure->error };
			return true;
		}
	}
	for (size_t i = 0; i < report->nr_skips; i++) {
		const struct fpb_skip *skip = &report->skips[i];

		if (fpb_row_is(id, skip->name, skip->substrate)) {
			*obstacle = (struct fpb_obstacle){ id, skip->reason, skip->text };
			return true;
		}
	}
	*obstacle = (struct fpb_obstacle){ id, "", "no observation of it in this report" };
	return false;
}

/* Of the rows that a figure needs the first without observation is what stands in its way. */
static void judge_rows(const struct fpb_report *report, const struct fpb_figure *figure,
		       struct fpb_answer *answer)
{
	const char *const needed[] = { figure->row, figure->base, figure->given };

	answer->is_asked = answer->is_found = true;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		struct fpb_obstacle obstacle;

		if (!needed[i] || is_observed(report, needed[i]))
			continue;
		if (!find_obstacle(report, needed[i], &obstacle) && needed[i] != figure->given)
			answer->is_asked = false;
		if (answer->is_found)
			answer->obstacle = obstacle;
		answer->is_found = false;
	}
}

static void summarise(const struct fpb_figure *figure, struct side *row, struct fpb_answer *answer)
{
	answer->nr_runs = row->nr;
	if (!row->nr) {
		answer->is_found = false;
		answer->obstacle = (struct fpb_obstacle){
			figure->row,
			"",
			figure->base ? "no run has a figure of both rows"
				     : "no run has a figure of it",
		};
		return;
	}
	fpb_sort(row->value, row->nr);
	answer->value = fpb_median_sorted(row->value, row->nr);
	answer->low = row->value[0];
	answer->high = row->value[row->nr - 1];
	answer->unit = figure->kind == FPB_FIGURE_RATIO ? "ratio" : row->unit;
}

int fpb_figure_find(const struct fpb_report *report, const struct fpb_figure *figure,
		    struct fpb_answer *answer)
{
	struct side row = { 0 }, base = { 0 };
	int ret;

	*answer = (struct fpb_answer){ 0 };
	judge_rows(report, figure, answer);
	if (!answer->is_found)
		return 0;
	ret = side_make(report, figure->row, figure->key, &row);
	if (figure->base)
		ret = ret ? ret : side_make(report, figure->base, figure->key, &base);
	if (!ret) {
		pair(figure, &row, &base);
		summarise(figure, &row, answer);
	}
	side_clear(&row);
	side_clear(&base);
	return ret;
}

bool fpb_debate_has(const char *name)
{
	for (const struct fpb_claim *claim = fpb_claims; claim->text; claim++) {
		for (const struct fpb_figure *figure = claim->figures; figure->name; figure++) {
			if (!strcmp(figure->name, name))
				return true;
		}
	}
	return false;
}

static int add_from(struct fpb_derived *derived, const char *id)
{
	if (!id)
		return 0;
	derived->from[derived->nr_from] = strdup(id);
	return derived->from[derived->nr_from++] ? 0 : -ENOMEM;
}

static int derive(struct fpb_report *report, const struct fpb_figure *figure,
		  const struct fpb_answer *answer)
{
	struct fpb_derived derived = {
		.name = strdup(figure->name),
		.unit = strdup(answer->unit),
		.value = answer->value,
		.low = answer->low,
		.high = answer->high,
		.from = calloc(2, sizeof(*derived.from)),
	};
	int ret = derived.name && derived.unit && derived.from ? 0 : -ENOMEM;

	ret = ret ? ret : add_from(&derived, figure->row);
	ret = ret ? ret : add_from(&derived, figure->base);
	if (!ret)
		return fpb_report_add_derived(report, &derived);
	fpb_derived_clear(&derived);
	return ret;
}

static void drop_derived(struct fpb_report *report)
{
	size_t nr = 0;

	for (size_t i = 0; i < report->nr_derived; i++) {
		if (fpb_debate_has(report->derived[i].name))
			fpb_derived_clear(&report->derived[i]);
		else
			report->derived[nr++] = report->derived[i];
	}
	report->nr_derived = nr;
}

int fpb_debate_derive(struct fpb_report *report)
{
	int ret = 0;

	drop_derived(report);
	for (const struct fpb_claim *claim = fpb_claims; claim->text; claim++) {
		for (const struct fpb_figure *figure = claim->figures; figure->name && !ret;
		     figure++) {
			struct fpb_answer answer;

			if (figure->kind == FPB_FIGURE_EVIDENCE)
				continue;
			ret = fpb_figure_find(report, figure, &answer);
			if (!ret && answer.is_found)
				ret = derive(report, figure, &answer);
		}
	}
	return ret;
}
