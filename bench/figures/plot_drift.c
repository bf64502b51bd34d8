// SPDX-License-Identifier: MIT
/*
 * plot_drift.c - one session in the order in which it was measured.
 *
 * Each entry of the plan is a point: how far its value lies from the median of its row over the
 * runs. Rows are shuffled anew in every run, so what all of them have in common at a time is the
 * machine's.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/sources.h"
#include "bench/stats/summary.h"

/* The line: median of so many neighbours either way. */
#define NEIGHBOURS 12
/* The axis ends where this share of the points lies beyond, either way. */
#define BEYOND 0.005

struct entry {
	unsigned run;
	const char *rest; /* "substrate:name", of the plan */
	size_t place;	  /* in the plan */
};

struct spot {
	size_t place;
	unsigned run, substrate; /* 0: host, 1: ring 0, 2: ring 3 */
	double percent;
};

struct spots {
	struct spot *spot; /* in the order of the plan */
	size_t nr, nr_rows;
	double low, high; /* of the axis */
	size_t nr_beyond;
};

static int compare_entries(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	const int order = strcmp(x->rest, y->rest);

	return order ? order : (x->run > y->run) - (x->run < y->run);
}

static int by_place(const void *a, const void *b)
{
	const struct spot *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

/* Sorted; entries that are none are left out. */
static struct entry *index_entries(const struct fpb_report_plan *plan, size_t *nr)
{
	struct entry *entries = calloc(plan->nr_entries + 1, sizeof(*entries));

	*nr = 0;
	for (size_t i = 0; entries && i < plan->nr_entries; i++) {
		char *end;
		const unsigned long run = strtoul(plan->entries[i], &end, 10);

		if (*end == ':')
			entries[(*nr)++] = (struct entry){ (unsigned)run, end + 1, i };
	}
	if (entries)
		qsort(entries, *nr, sizeof(*entries), compare_entries);
	return entries;
}

static unsigned number_of(const char *substrate)
{
	return !strcmp(substrate, "guest/ring0") ? 1 : !strcmp(substrate, "guest/ring3") ? 2 : 0;
}

static int add_row(const struct fpb_value_row *row, const struct entry *entries, size_t nr,
		   struct spots *spots)
{
	const double median = fpb_median(row->value, row->nr);
	char *rest = NULL;

	if (isnan(median) || asprintf(&rest, "%s:%s", row->substrate, row->name) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < row->nr; i++) {
		const struct entry key = { row->run[i], rest, 0 };
		const struct entry *entry =
			bsearch(&key, entries, nr, sizeof(*entries), compare_entries);

		if (entry)
			spots->spot[spots->nr++] = (struct spot){
				.place = entry->place,
				.run = row->run[i],
				.substrate = number_of(row->substrate),
				.percent = 100 * (row->value[i] / median - 1),
			};
	}
	spots->nr_rows++;
	free(rest);
	return 0;
}

/* Of one run nothing is far; of what may be negative there is no fraction. */
static bool is_wanted(const struct fpb_value_row *row)
{
	if (!row->is_gated || row->nr < 2)
		return false;
	for (size_t i = 0; i < row->nr; i++) {
		if (row->value[i] <= 0)
			return false;
	}
	return true;
}

static int find_limits(struct spots *spots)
{
	const size_t nr_beyond = (size_t)(BEYOND * (double)spots->nr);
	double *percent = calloc(spots->nr, sizeof(*percent));

	if (!percent)
		return -ENOMEM;
	for (size_t i = 0; i < spots->nr; i++)
		percent[i] = spots->spot[i].percent;
	fpb_sort(percent, spots->nr);
	spots->low = percent[nr_beyond];
	spots->high = percent[spots->nr - 1 - nr_beyond];
	/* A single one that is off shows too. */
	if (spots->low == spots->high) {
		spots->low = percent[0];
		spots->high = percent[spots->nr - 1];
	}
	for (size_t i = 0; i < spots->nr; i++)
		spots->nr_beyond += percent[i] < spots->low || percent[i] > spots->high;
	free(percent);
	return 0;
}

static int find(const struct fpb_side *side, struct spots *spots)
{
	size_t nr_entries, nr_values = 0;
	struct entry *entries = index_entries(&side->report.plan, &nr_entries);
	int ret = 0;

	for (size_t i = 0; i < side->values.nr; i++)
		nr_values += side->values.row[i].nr;
	spots->spot = calloc(nr_values + 1, sizeof(*spots->spot));
	if (!entries || !spots->spot)
		ret = -ENOMEM;
	for (size_t i = 0; i < side->values.nr && !ret; i++) {
		if (is_wanted(&side->values.row[i]))
			ret = add_row(&side->values.row[i], entries, nr_entries, spots);
	}
	free(entries);
	if (ret || !spots->nr)
		return ret;
	qsort(spots->spot, spots->nr, sizeof(*spots->spot), by_place);
	return find_limits(spots);
}

/* "PLACE RUN SUBSTRATE PERCENT BEYOND", cut at the edge; beyond: 1 above, -1 below. */
static void print_spots(const struct spots *spots, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "points");
	for (size_t i = 0; i < spots->nr; i++) {
		const struct spot *spot = &spots->spot[i];
		const double shown = fmax(spots->low, fmin(spots->high, spot->percent));

		fpb_dat_number(dat, (double)spot->place + 1);
		fpb_dat_number(dat, spot->run);
		fpb_dat_number(dat, spot->substrate);
		fpb_dat_number(dat, shown);
		fpb_dat_number(dat, (spot->percent > shown) - (spot->percent < shown));
		fpb_dat_end_row(dat);
	}
}

/* "PLACE PERCENT": the median of the neighbours, which belong to the same run. */
static void print_line(const struct spots *spots, struct fpb_dat *dat)
{
	double near[2 * NEIGHBOURS + 1];

	fpb_dat_block(dat, "line");
	for (size_t i = 0; i < spots->nr; i++) {
		const struct spot *spot = &spots->spot[i];
		size_t first = i < NEIGHBOURS ? 0 : i - NEIGHBOURS, nr = 0;

		for (; first < spots->nr && first <= i + NEIGHBOURS; first++) {
			if (spots->spot[first].run == spot->run)
				near[nr++] = spots->spot[first].percent;
		}
		fpb_sort(near, nr);
		/* A gap in the line where a run ends. */
		if (i && spots->spot[i - 1].run != spot->run)
			fpb_dat_end_row(dat);
		fpb_dat_number(dat, (double)spot->place + 1);
		fpb_dat_number(dat, fpb_median_sorted(near, nr));
		fpb_dat_end_row(dat);
	}
}

/* "RUN FIRST LAST", by the places of what is shown. */
static void print_runs(const struct spots *spots, struct fpb_dat *dat)
{
	fpb_dat_block(dat, "runs");
	for (size_t i = 0, first = 0; i < spots->nr; i++) {
		if (i + 1 < spots->nr && spots->spot[i + 1].run == spots->spot[i].run)
			continue;
		fpb_dat_number(dat, spots->spot[i].run);
		fpb_dat_number(dat, (double)spots->spot[first].place + 1);
		fpb_dat_number(dat, (double)spots->spot[i].place + 1);
		fpb_dat_end_row(dat);
		first = i + 1;
	}
	fpb_dat_block(dat, "axis");
	fpb_dat_number(dat, spots->low);
	fpb_dat_number(dat, spots->high);
	fpb_dat_end_row(dat);
}

static void print(const struct fpb_plot_set *set, const struct spots *spots, struct fpb_dat *dat)
{
	const size_t last = set->nr - 1;

	print_spots(spots, dat);
	print_line(spots, dat);
	print_runs(spots, dat);
	fpb_dat_texts(dat);
	fpb_dat_caption(dat,
			"Points: the value of one row in one run (median of its batches) "
			"against the row's median over the runs, in the order measured. Line: "
			"median of %d neighbours.",
			2 * NEIGHBOURS + 1);
	fpb_dat_caption(dat, "Shown: the %zu judged rows with values of two runs and more.",
			spots->nr_rows);
	if (spots->nr_beyond)
		fpb_dat_caption(dat, "Beyond the axis, at its edge: %zu of %zu points.",
				spots->nr_beyond, spots->nr);
	fpb_plot_caption_sources(set, dat, &last, 1);
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct spots spots = { 0 };
	int ret;

	if (!set->nr)
		return fpb_problem_set(problem, ENODATA, "", "it is made from a report");
	ret = find(&set->side[set->nr - 1], &spots);
	if (!ret && !spots.nr)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "%.200s has no judged row with values of two runs",
				      set->path[set->nr - 1]);
	if (!ret && spots.low == spots.high)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "in %.200s each row counts the same in all its runs",
				      set->path[set->nr - 1]);
	if (!ret)
		print(set, &spots, dat);
	free(spots.spot);
	return ret;
}

const struct fpb_plot fpb_plot_drift = {
	.name = "drift",
	.title = "the session of the last report in the order it was measured",
	.write = write_data,
};
