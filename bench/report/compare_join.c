// SPDX-License-Identifier: MIT
/* compare_join.c - the rows of two reports, matched, and what each is to be judged by. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/compare_priv.h"
#include "bench/stats/summary.h"

/* Floors of the second report first, so that those of base replace them. */
static int note_floors(struct fpb_comparing *c)
{
	const struct fpb_report *reports[] = { c->request->noise, &c->base->report };
	int ret = 0;

	c->floors = json_object();
	if (!c->floors)
		return no_memory(c);
	for (size_t i = 0; i < 2; i++) {
		for (size_t k = 0; reports[i] && k < reports[i]->nr_noise_floor && !ret; k++) {
			const struct fpb_noise_floor *floor = &reports[i]->noise_floor[k];

			ret = json_object_set_new_nocheck(c->floors, floor->row,
							  json_real(floor->fraction));
		}
	}
	return ret ? no_memory(c) : 0;
}

/* NaN: unknown. */
static double floor_of(const struct fpb_comparing *c, const char *id)
{
	const json_t *floor = json_object_get(c->floors, id);

	return floor ? json_real_value(floor) : NAN;
}

static bool all_positive(const struct fpb_value_row *row)
{
	for (size_t i = 0; i < row->nr; i++) {
		if (row->value[i] <= 0)
			return false;
	}
	return true;
}

/*
 * The row's delta; NaN: what its noise asks for. A policy may allow an exact row more than nothing,
 * --delta, which is about what is too small to be seen in noise, may not.
 */
static double delta_of(const struct fpb_comparing *c, struct fpb_metric *metric, double floor)
{
	const struct fpb_policy *policy = c->request->policy;
	const bool is_exact = metric->is_deterministic && fpb_value_row_is_constant(metric->base) &&
			      fpb_value_row_is_constant(metric->new);
	const size_t fewer = metric->nr_base < metric->nr_new ? metric->nr_base : metric->nr_new;
	double delta = is_exact ? NAN : c->request->delta, limit, without;

	if (!policy)
		return delta;
	limit = fpb_policy_limit(policy, metric->base->id);
	delta = isnan(limit) ? delta : limit;
	metric->accepted = fpb_policy_acceptance(policy, metric->base->id, c->request->today);
	if (!metric->accepted)
		return delta;
	without = is_exact ? 0 : fpb_delta(floor, fewer);
	without = isnan(delta) ? without : delta;
	if (metric->accepted->up_to > without)
		return metric->accepted->up_to;
	metric->accepted = NULL;
	return delta;
}

/* The values of the runs that both have; returns how many these are. */
static size_t pair_values(const struct fpb_value_row *base, const struct fpb_value_row *new,
			  double *base_value, double *new_value)
{
	size_t nr = 0;

	for (size_t i = 0, k = 0; i < base->nr && k < new->nr;) {
		const unsigned base_run = base->run[i], new_run = new->run[k];

		if (base_run == new_run) {
			base_value[nr] = base->value[i];
			new_value[nr++] = new->value[k];
		}
		i += base_run <= new_run;
		k += new_run <= base_run;
	}
	return nr;
}

static void take_values(struct fpb_comparing *c, struct fpb_metric *metric,
			struct fpb_contest *contest)
{
	const struct fpb_value_row *base = metric->base, *new = metric->new;
	double *base_value = c->value + c->nr_values, *new_value = base_value + base->nr;

	c->nr_values += base->nr + new->nr;
	if (c->out->is_paired) {
		metric->nr_base = metric->nr_new = pair_values(base, new, base_value, new_value);
	} else {
		memcpy(base_value, base->value, base->nr * sizeof(*base_value));
		memcpy(new_value, new->value, new->nr * sizeof(*new_value));
		metric->nr_base = base->nr;
		metric->nr_new = new->nr;
	}
	contest->base = base_value;
	contest->nr_base = metric->nr_base;
	contest->new = new_value;
	contest->nr_new = metric->nr_new;
}

/* Without a pair there is nothing to judge. */
static struct fpb_judgement without_pairs(const struct fpb_metric *metric)
{
	return (struct fpb_judgement){
		.base = fpb_median(metric->base->value, metric->base->nr),
		.new = fpb_median(metric->new->value, metric->new->nr),
		.ratio = NAN,
		.ci = { NAN, NAN },
		.p = NAN,
		.p_holm = NAN,
		.delta = NAN,
		.verdict = metric->is_gated ? FPB_VERDICT_INCONCLUSIVE : FPB_VERDICT_NOT_GATED,
	};
}

static void add_metric(struct fpb_comparing *c, const struct fpb_value_row *base,
		       const struct fpb_value_row *new, bool is_deterministic)
{
	struct fpb_metric *metric = &c->out->metric[c->out->nr_metrics];
	struct fpb_contest *contest = &c->contest[c->nr_contests];

	*metric = (struct fpb_metric){ .base = base, .new = new };
	metric->is_deterministic = is_deterministic;
	metric->is_gated = c->request->filter || base->is_gated || new->is_gated;
	take_values(c, metric, contest);
	if (metric->nr_base) {
		contest->noise_floor = floor_of(c, base->id);
		contest->delta = delta_of(c, metric, contest->noise_floor);
		contest->is_deterministic = is_deterministic;
		/* A null row of an emulator too: what it says is about the harness. */
		contest->is_gated = metric->is_gated && all_positive(base) && all_positive(new);
		c->metric[c->nr_contests++] = c->out->nr_metrics;
	} else {
		metric->judgement = without_pairs(metric);
	}
	c->out->nr_metrics++;
}

static bool is_row(const struct fpb_value_row *row, const char *name, const char *substrate)
{
	return !strcmp(row->name, name) && !strcmp(row->substrate, substrate);
}

/* Why the report does not have the row; NULL without memory. */
static char *why_absent(const struct fpb_report *report, const struct fpb_value_row *row)
{
	char *why = NULL;
	int ret = -1;

	for (size_t i = 0; i < report->nr_failures; i++) {
		const struct fpb_failure *failure = &report->failures[i];

		if (!is_row(row, failure->name, failure->substrate))
			continue;
		/* The first line says what; the console's last ones are in the report. */
		ret = asprintf(&why, "failed: %.*s", (int)strcspn(failure->error, "\n"),
			       failure->error);
		return ret < 0 ? NULL : why;
	}
	for (size_t i = 0; i < report->nr_skips; i++) {
		const struct fpb_skip *skip = &report->skips[i];

		if (!is_row(row, skip->name, skip->substrate))
			continue;
		ret = asprintf(&why, "skipped as %s: %s", skip->reason, skip->text);
		return ret < 0 ? NULL : why;
	}
	return strdup("not measured");
}

static int add_lost(struct fpb_comparing *c, const struct fpb_value_row *row)
{
	struct fpb_lone_row *lost = &c->out->lost[c->out->nr_lost++];
	const struct fpb_policy *policy = c->request->policy;

	lost->row = row;
	lost->why = why_absent(&c->new->report, row);
	lost->is_allowed = policy && fpb_policy_allows_loss(policy, row->id);
	c->out->nr_lost_refused += !lost->is_allowed;
	return lost->why ? 0 : no_memory(c);
}

/* Which side has the next row, as strcmp(); 0: both. */
static int next_of(const struct fpb_run_values *base, size_t i, const struct fpb_run_values *new,
		   size_t k)
{
	if (i == base->nr)
		return 1;
	return k == new->nr ? -1 : fpb_value_row_compare(&base->row[i], &new->row[k]);
}

static int join_rows(struct fpb_comparing *c)
{
	const struct fpb_run_values *base = &c->base->values, *new = &c->new->values;
	const bool deterministic = fpb_side_is_deterministic(c->base);
	int ret = 0;

	for (size_t i = 0, k = 0; (i < base->nr || k < new->nr) && !ret;) {
		const int order = next_of(base, i, new, k);
		const struct fpb_value_row *row = order > 0 ? &new->row[k] : &base->row[i];

		if (!is_wanted(c, row->id))
			; /* neither judged nor missed */
		else if (!order)
			add_metric(c, row, &new->row[k], deterministic);
		else if (order < 0)
			ret = add_lost(c, row);
		else
			c->out->gained[c->out->nr_gained++].row = row;
		i += order <= 0;
		k += order >= 0;
	}
	return ret;
}

int fpb_compare_join(struct fpb_comparing *c)
{
	int ret = note_floors(c);

	ret = ret ? ret : join_rows(c);
	json_decref(c->floors);
	c->floors = NULL;
	return ret;
}
