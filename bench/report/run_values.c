// SPDX-License-Identifier: MIT
#include "bench/report/run_values.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/rows.h"

int fpb_value_row_compare(const struct fpb_value_row *a, const struct fpb_value_row *b)
{
	return fpb_row_compare((const char *const[]){ a->name, a->substrate, a->unit },
			       (const char *const[]){ b->name, b->substrate, b->unit });
}

bool fpb_value_row_has(const struct fpb_value_row *row, const struct fpb_observation *obs)
{
	return !strcmp(obs->name, row->name) && !strcmp(obs->substrate, row->substrate) &&
	       !strcmp(obs->unit, row->unit);
}

bool fpb_value_row_is_constant(const struct fpb_value_row *row)
{
	for (size_t i = 1; i < row->nr; i++) {
		if (row->value[i] != row->value[0])
			return false;
	}
	return true;
}

static int compare_rows(const struct fpb_observation *a, const struct fpb_observation *b)
{
	return fpb_row_compare((const char *const[]){ a->name, a->substrate, a->unit },
			       (const char *const[]){ b->name, b->substrate, b->unit });
}

static int compare_observations(const void *a, const void *b)
{
	const struct fpb_observation *x = *(const struct fpb_observation *const *)a;
	const struct fpb_observation *y = *(const struct fpb_observation *const *)b;
	int order = compare_rows(x, y);

	return order ? order : (x->run > y->run) - (x->run < y->run);
}

/* The value of one observation into place i of the row. */
static int take_value(const struct fpb_observation *obs, struct fpb_value_row *row, size_t i,
		      struct fpb_problem *problem)
{
	const double value = fpb_observation_value(obs);

	if (i && row->run[i - 1] == obs->run)
		return fpb_problem_set(problem, EINVAL, "fpstate_bench.observations",
				       "%s@%s: run %u is there twice; expected one observation of "
				       "each row and run",
				       obs->name, obs->substrate, obs->run);
	if (!isfinite(value))
		return fpb_problem_set(problem, EINVAL, "fpstate_bench.observations",
				       "%s@%s, run %u: the value of an operation is %g; expected a "
				       "finite number",
				       obs->name, obs->substrate, obs->run, value);
	row->run[i] = obs->run;
	row->value[i] = value;
	row->is_gated = row->is_gated || obs->gated;
	return 0;
}

/* A row of nr >= 1 sorted observations. */
static int make_row(const struct fpb_observation *const *obs, size_t nr, struct fpb_value_row *row,
		    struct fpb_problem *problem)
{
	int ret = 0;

	row->nr = nr;
	row->run = calloc(nr, sizeof(*row->run));
	row->value = calloc(nr, sizeof(*row->value));
	if (asprintf(&row->id, "%s@%s", obs[0]->name, obs[0]->substrate) < 0)
		row->id = NULL;
	row->name = strdup(obs[0]->name);
	row->substrate = strdup(obs[0]->substrate);
	row->unit = strdup(obs[0]->unit);
	if (!row->run || !row->value || !row->id || !row->name || !row->substrate || !row->unit)
		return fpb_problem_set(problem, ENOMEM, "", "out of memory");
	for (size_t i = 0; i < nr && !ret; i++)
		ret = take_value(obs[i], row, i, problem);
	return ret;
}

static int make_rows(const struct fpb_observation **obs, size_t nr, struct fpb_run_values *out,
		     struct fpb_problem *problem)
{
	size_t nr_rows = 0;
	int ret = 0;

	qsort(obs, nr, sizeof(const struct fpb_observation *), compare_observations);
	for (size_t i = 0; i < nr; i++)
		nr_rows += !i || compare_rows(obs[i - 1], obs[i]) != 0;
	out->row = calloc(nr_rows, sizeof(*out->row));
	if (!out->row)
		return fpb_problem_set(problem, ENOMEM, "", "out of memory");
	for (size_t first = 0, next; first < nr && !ret; first = next) {
		for (next = first + 1; next < nr; next++) {
			if (compare_rows(obs[first], obs[next]))
				break;
		}
		ret = make_row(&obs[first], next - first, &out->row[out->nr++], problem);
	}
	return ret;
}

int fpb_run_values_of(const struct fpb_report *report, struct fpb_run_values *out,
		      struct fpb_problem *problem)
{
	const size_t nr = report->nr_observations;
	const struct fpb_observation **obs;
	int ret;

	*out = (struct fpb_run_values){ 0 };
	if (!nr)
		return 0;
	obs = calloc(nr, sizeof(const struct fpb_observation *));
	if (!obs)
		return fpb_problem_set(problem, ENOMEM, "", "out of memory");
	for (size_t i = 0; i < nr; i++)
		obs[i] = &report->observations[i];
	ret = make_rows(obs, nr, out, problem);
	free(obs);
	return ret;
}

static void drop_taken(struct fpb_report *report)
{
	struct fpb_report taken = { .observations = report->observations,
				    .nr_observations = report->nr_observations,
				    .plan = { .entries = report->plan.entries,
					      .nr_entries = report->plan.nr_entries } };

	fpb_report_clear(&taken);
	report->observations = NULL;
	report->nr_observations = 0;
	report->plan.entries = NULL;
	report->plan.nr_entries = 0;
}

int fpb_run_values_take(struct fpb_report *report, struct fpb_run_values *out,
			struct fpb_problem *problem)
{
	const int ret = fpb_run_values_of(report, out, problem);

	drop_taken(report);
	return ret;
}

void fpb_run_values_clear(struct fpb_run_values *values)
{
	for (size_t i = 0; i < values->nr; i++) {
		struct fpb_value_row *row = &values->row[i];

		free(row->id);
		free(row->name);
		free(row->substrate);
		free(row->unit);
		free(row->run);
		free(row->value);
	}
	free(values->row);
	*values = (struct fpb_run_values){ 0 };
}
