// SPDX-License-Identifier: MIT
/* rows.c - the observations of a report gathered into rows. */
#include "bench/report/rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/stats/summary.h"

int fpb_substrate_compare(const char *a, const char *b)
{
	int a_is_guest = strcmp(a, "host") != 0;
	int b_is_guest = strcmp(b, "host") != 0;

	return a_is_guest != b_is_guest ? a_is_guest - b_is_guest : strcmp(a, b);
}

bool fpb_row_is(const char *id, const char *name, const char *substrate)
{
	const size_t length = strlen(name);

	return !strncmp(id, name, length) && id[length] == '@' &&
	       !strcmp(id + length + 1, substrate);
}

int fpb_row_compare(const char *const a[3], const char *const b[3])
{
	int order = strcmp(a[0], b[0]);

	order = order ? order : fpb_substrate_compare(a[1], b[1]);
	return order ? order : strcmp(a[2], b[2]);
}

static int compare_ids(const struct fpb_observation *a, const struct fpb_observation *b)
{
	return fpb_row_compare((const char *const[]){ a->name, a->substrate, a->unit },
			       (const char *const[]){ b->name, b->substrate, b->unit });
}

/* Of indices into the array of observations. */
static int compare_indices(const void *a, const void *b, void *observations)
{
	const struct fpb_observation *array = observations;
	size_t x = *(const size_t *)a, y = *(const size_t *)b;
	int order = compare_ids(&array[x], &array[y]);

	return order ? order : (x > y) - (x < y);
}

static bool has_expectation(const struct fpb_observation *obs)
{
	static const char prefix[] = "expected_";

	for (size_t i = 0; i < obs->nr_evidence; i++) {
		if (!strncmp(obs->evidence[i].key, prefix, sizeof(prefix) - 1))
			return true;
	}
	return false;
}

static int add_flags(struct fpb_table_row *row, const struct fpb_observation *obs)
{
	for (size_t i = 0; i < obs->nr_flags; i++) {
		const char **grown;
		bool known = false;

		for (size_t k = 0; k < row->nr_flags; k++)
			known = known || !strcmp(row->flags[k], obs->flags[i]);
		if (known)
			continue;
		grown = reallocarray(row->flags, row->nr_flags + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		row->flags = grown;
		grown[row->nr_flags++] = obs->flags[i];
	}
	return 0;
}

static double p99_of(const struct fpb_observation *array, const size_t *runs, size_t nr)
{
	size_t total = 0, used = 0;
	double *costs, p99;

	for (size_t i = 0; i < nr; i++)
		total += array[runs[i]].nr_batches;
	costs = calloc(total, sizeof(*costs));
	if (!costs)
		return NAN;
	for (size_t i = 0; i < nr; i++) {
		for (size_t k = 0; k < array[runs[i]].nr_batches; k++)
			costs[used++] = fpb_observation_cost(&array[runs[i]], k);
	}
	fpb_sort(costs, total);
	p99 = fpb_quantile_sorted(costs, total, 0.99);
	free(costs);
	return p99;
}

/* Row from the indices of its nr >= 1 runs. */
static int make_row(const struct fpb_observation *array, const size_t *runs, size_t nr,
		    struct fpb_table_row *row)
{
	double *values = calloc(nr, sizeof(*values));
	int ret = values ? 0 : -ENOMEM;

	*row = (struct fpb_table_row){
		.name = array[runs[0]].name,
		.substrate = array[runs[0]].substrate,
		.unit = array[runs[0]].unit,
		.nr_runs = nr,
		.has_expectation = true,
	};
	for (size_t i = 0; i < nr && !ret; i++) {
		const struct fpb_observation *obs = &array[runs[i]];

		values[i] = fpb_observation_value(obs);
		row->has_expectation = row->has_expectation && has_expectation(obs);
		ret = isnan(values[i]) ? -ENOMEM : add_flags(row, obs);
	}
	if (!ret) {
		fpb_sort(values, nr);
		row->median = fpb_median_sorted(values, nr);
		row->low = values[0];
		row->high = values[nr - 1];
		row->spread = nr > 1 && row->median != 0
				      ? (row->high - row->low) / 2 / fabs(row->median)
				      : NAN;
		row->mad = fpb_mad(values, nr);
		row->p99 = p99_of(array, runs, nr);
		ret = isnan(row->mad) || isnan(row->p99) ? -ENOMEM : 0;
	}
	free(values);
	return ret;
}

int fpb_rows_make(const struct fpb_report *report, struct fpb_table_row **rows, size_t *nr)
{
	size_t nr_obs = report->nr_observations, first = 0, next;
	struct fpb_observation *array = report->observations;
	size_t *sorted;
	int ret = 0;

	*rows = NULL;
	*nr = 0;
	if (!nr_obs)
		return 0;
	sorted = calloc(nr_obs, sizeof(*sorted));
	*rows = calloc(nr_obs, sizeof(**rows));
	if (!sorted || !*rows) {
		ret = -ENOMEM;
		goto out_free;
	}
	for (size_t i = 0; i < nr_obs; i++)
		sorted[i] = i;
	qsort_r(sorted, nr_obs, sizeof(*sorted), compare_indices, array);
	for (; first < nr_obs && !ret; first = next) {
		for (next = first + 1; next < nr_obs; next++) {
			if (compare_ids(&array[sorted[first]], &array[sorted[next]]))
				break;
		}
		ret = make_row(array, &sorted[first], next - first, &(*rows)[(*nr)++]);
	}
out_free:
	if (ret) {
		fpb_rows_free(*rows, *nr);
		*rows = NULL;
		*nr = 0;
	}
	free(sorted);
	return ret;
}

void fpb_rows_free(struct fpb_table_row *rows, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		free(rows[i].flags);
	free(rows);
}
