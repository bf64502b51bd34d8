// SPDX-License-Identifier: MIT
#include "bench/report/trend.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/report/grow.h"
#include "bench/report/rows.h"
#include "bench/stats/summary.h"

static int no_memory(struct fpb_problem *problem)
{
	return fpb_problem_set(problem, ENOMEM, "", "trend: out of memory");
}

void fpb_trend_init(struct fpb_trend *trend, const struct fpb_pattern *filter,
		    const char *const *allowed_keys)
{
	*trend = (struct fpb_trend){
		.filter = filter,
		.allowed_keys = allowed_keys,
		.level = FPB_LEVEL,
	};
}

static char *copy_of(const json_t *environment, const char *key, const char *otherwise)
{
	const char *text = json_string_value(json_object_get(environment, key));

	return strdup(text ? text : otherwise);
}

int fpb_trend_build_make(const json_t *environment, struct fpb_trend_build *build)
{
	*build = (struct fpb_trend_build){
		.release = copy_of(environment, "kernel_release", "unknown"),
		.build_id = copy_of(environment, "kernel_build_id", ""),
	};
	if (build->release && build->build_id)
		return 0;
	fpb_trend_build_clear(build);
	return -ENOMEM;
}

void fpb_trend_build_clear(struct fpb_trend_build *build)
{
	free(build->release);
	free(build->build_id);
	free(build->label);
	*build = (struct fpb_trend_build){ 0 };
}

static int add_build(struct fpb_trend *trend, const json_t *environment)
{
	struct fpb_trend_build *grown =
		fpb_grow(trend->build, trend->nr_builds, sizeof(*trend->build));

	if (!grown)
		return -ENOMEM;
	trend->build = grown;
	if (fpb_trend_build_make(environment, &grown[trend->nr_builds]))
		return -ENOMEM;
	trend->nr_builds++;
	return 0;
}

/* The row's strings become the series'. */
static struct fpb_trend_series begin_series(struct fpb_value_row *row)
{
	const struct fpb_trend_series series = {
		.id = row->id,
		.name = row->name,
		.substrate = row->substrate,
		.unit = row->unit,
		.is_exact = true,
		.fewest_runs = row->nr,
	};

	row->id = row->name = row->substrate = row->unit = NULL;
	return series;
}

static int add_point(struct fpb_trend_series *series, size_t build, const struct fpb_value_row *row)
{
	struct fpb_trend_point *grown =
		fpb_grow(series->point, series->nr_points, sizeof(*series->point));
	const double value = fpb_median(row->value, row->nr);

	if (grown)
		series->point = grown;
	if (!grown || isnan(value))
		return -ENOMEM;
	grown[series->nr_points++] = (struct fpb_trend_point){ .build = build, .value = value };
	series->is_gated = series->is_gated || row->is_gated;
	series->is_exact = series->is_exact && fpb_value_row_is_constant(row);
	if (row->nr < series->fewest_runs)
		series->fewest_runs = row->nr;
	return 0;
}

/* Which has the next row, the series so far or the report, as strcmp(); 0: both. */
static int next_of(const struct fpb_trend *trend, size_t i, const struct fpb_run_values *values,
		   size_t k)
{
	const struct fpb_trend_series *series;
	const struct fpb_value_row *row;

	if (i == trend->nr_series)
		return 1;
	if (k == values->nr)
		return -1;
	series = &trend->series[i];
	row = &values->row[k];
	return fpb_row_compare((const char *const[]){ series->name, series->substrate,
						      series->unit },
			       (const char *const[]){ row->name, row->substrate, row->unit });
}

static bool is_wanted(const struct fpb_trend *trend, const struct fpb_value_row *row)
{
	return !trend->filter || fpb_pattern_matches(trend->filter, row->id);
}

/*
 * Both are in the same order and are merged. Without memory for a point the series go on to move:
 * what owns them must own them all.
 */
static int join_rows(struct fpb_trend *trend, struct fpb_run_values *values)
{
	struct fpb_trend_series *joined =
		calloc(trend->nr_series + values->nr + 1, sizeof(*joined));
	size_t nr = 0;
	int ret = 0;

	if (!joined)
		return -ENOMEM;
	for (size_t i = 0, k = 0; i < trend->nr_series || k < values->nr;) {
		const int order = next_of(trend, i, values, k);

		if (order > 0 && !is_wanted(trend, &values->row[k])) {
			k++;
			continue;
		}
		joined[nr] = order > 0 ? begin_series(&values->row[k]) : trend->series[i++];
		if (order >= 0 && !ret)
			ret = add_point(&joined[nr], trend->nr_builds, &values->row[k]);
		k += order >= 0;
		nr++;
	}
	free(trend->series);
	trend->series = joined;
	trend->nr_series = nr;
	return ret;
}

static int match(struct fpb_trend *trend, const struct fpb_side *side)
{
	const int ret = trend->filter ? fpb_side_matches(side, trend->filter) : 1;

	if (ret > 0)
		trend->is_matched = true;
	return ret < 0 ? ret : 0;
}

static int add_values(struct fpb_trend *trend, const struct fpb_side *head,
		      struct fpb_run_values *values, struct fpb_problem *problem)
{
	int ret = join_rows(trend, values);

	ret = ret ? ret : add_build(trend, head->report.environment);
	if (ret)
		return no_memory(problem);
	if (trend->nr_builds == 1)
		trend->is_deterministic = fpb_side_is_deterministic(head);
	return 0;
}

int fpb_trend_add_values(struct fpb_trend *trend, const struct fpb_side *head,
			 struct fpb_run_values *values, struct fpb_problem *problem)
{
	if (match(trend, head))
		return no_memory(problem);
	return add_values(trend, head, values, problem);
}

int fpb_trend_add(struct fpb_trend *trend, struct fpb_side *side,
		  struct fpb_differences *differences, struct fpb_problem *problem)
{
	const struct fpb_difference_request request = {
		.rule = FPB_RULE_COMPARE,
		.allowed_keys = trend->allowed_keys,
	};
	int ret = match(trend, side);

	if (!ret && trend->nr_builds)
		ret = fpb_report_diff(&trend->first, &side->report, &request, differences);
	if (!ret && differences->nr_refused)
		return 0;
	if (ret)
		return no_memory(problem);
	ret = add_values(trend, side, &side->values, problem);
	if (ret || trend->nr_builds > 1)
		return ret;
	trend->first = side->report;
	side->report = (struct fpb_report){ 0 };
	return 0;
}

static void clear_series(struct fpb_trend_series *series)
{
	free(series->id);
	free(series->name);
	free(series->substrate);
	free(series->unit);
	free(series->point);
	free(series->change);
}

/* A filter names what is to be searched; without one it is what a gate would judge. */
static void drop_informational(struct fpb_trend *trend)
{
	size_t nr = 0;

	for (size_t i = 0; i < trend->nr_series; i++) {
		if (trend->filter || trend->series[i].is_gated)
			trend->series[nr++] = trend->series[i];
		else
			clear_series(&trend->series[i]);
	}
	trend->nr_informational = trend->nr_series - nr;
	trend->nr_series = nr;
}

static void take_neighbours(struct fpb_trend_series *series)
{
	for (size_t i = 1; i < series->nr_points; i++) {
		const double before = series->point[i - 1].value, after = series->point[i].value;

		if (before == after)
			continue;
		series->change[series->nr_changes++] = (struct fpb_changepoint){
			.index = i, .before = before, .after = after, .p = NAN
		};
	}
}

static int search_series(struct fpb_trend_series *series, double level)
{
	double *value = calloc(series->nr_points + 1, sizeof(*value));
	int ret = -ENOMEM;

	series->change = calloc(series->nr_points + 1, sizeof(*series->change));
	if (!value || !series->change)
		goto out_free;
	ret = 0;
	for (size_t i = 0; i < series->nr_points; i++)
		value[i] = series->point[i].value;
	if (series->is_exact)
		take_neighbours(series);
	else
		ret = fpb_changepoints(value, series->nr_points, level, series->change,
				       &series->nr_changes);
out_free:
	free(value);
	return ret;
}

static int search_all(struct fpb_trend *trend, struct fpb_problem *problem)
{
	for (size_t i = 0; i < trend->nr_series; i++) {
		struct fpb_trend_series *series = &trend->series[i];
		const int ret = search_series(series, trend->level);

		if (ret == -ENOMEM)
			return no_memory(problem);
		if (ret)
			return fpb_problem_set(problem, EINVAL, "fpstate_bench.observations",
					       "%.200s: the values of these reports are too far "
					       "apart to be compared",
					       series->id);
	}
	return 0;
}

int fpb_trend_search(struct fpb_trend *trend, struct fpb_problem *problem)
{
	if (trend->filter && !trend->is_matched)
		return fpb_problem_set(problem, ENOENT, "--filter",
				       "'%s' matches no row of any report", trend->filter->text);
	if (fpb_trend_label(trend->build, trend->nr_builds))
		return no_memory(problem);
	drop_informational(trend);
	for (size_t i = 0; i < trend->nr_series; i++) {
		struct fpb_trend_series *series = &trend->series[i];

		series->is_exact = series->is_exact && trend->is_deterministic;
		trend->nr_searched += !series->is_exact;
	}
	if (trend->nr_searched)
		trend->level = FPB_LEVEL / (double)trend->nr_searched;
	return search_all(trend, problem);
}

void fpb_trend_clear(struct fpb_trend *trend)
{
	for (size_t i = 0; i < trend->nr_builds; i++)
		fpb_trend_build_clear(&trend->build[i]);
	for (size_t i = 0; i < trend->nr_series; i++)
		clear_series(&trend->series[i]);
	free(trend->build);
	free(trend->series);
	fpb_report_clear(&trend->first);
	fpb_trend_init(trend, NULL, NULL);
}
