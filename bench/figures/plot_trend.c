// SPDX-License-Identifier: MIT
/*
 * plot_trend.c - rows over a series of builds, and where trend finds that they changed.
 *
 * A strip for each row has a scale of its own, with its ends as figures beside it: steps of half a
 * per cent and of half the value are both to be seen. How large they are, the labels say.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/builds.h"
#include "bench/figures/sources.h"
#include "bench/report/columns.h"
#include "bench/report/trend_exports.h"

#define MOST_STRIPS 8
/* Of each strip, in inches: its name and the labels of its changes, and below them its lines. */
#define HEADING_IN 0.34
#define LINES_IN   0.26
/* The scale of a timed row spans at least this part of its value. */
#define LEAST_RANGE 0.1

struct strip {
	const struct fpb_trend_series *series;
	double largest;	  /* change, as |log ratio|; 0: none */
	double low, high; /* of the scale */
	double base_in;
};

struct strips {
	struct strip *strip; /* those that changed most first */
	size_t nr, nr_shown, nr_changed;
};

static double size_of(const struct fpb_changepoint *change)
{
	if (change->before > 0 && change->after > 0)
		return fabs(log(change->after / change->before));
	return INFINITY; /* from nothing, or to it */
}

/* What is timed differs always: noise is not to look like a step because nothing else is there. */
static void widen(struct strip *strip)
{
	const double middle = (strip->low + strip->high) / 2;
	const double half = fabs(middle) * LEAST_RANGE / 2;

	strip->low = fmin(strip->low, middle - half);
	strip->high = fmax(strip->high, middle + half);
}

static void measure(struct strip *strip)
{
	const struct fpb_trend_series *series = strip->series;

	for (size_t i = 0; i < series->nr_changes; i++)
		strip->largest = fmax(strip->largest, size_of(&series->change[i]));
	strip->low = strip->high = series->point[0].value;
	for (size_t i = 1; i < series->nr_points; i++) {
		strip->low = fmin(strip->low, series->point[i].value);
		strip->high = fmax(strip->high, series->point[i].value);
	}
	if (!series->is_exact)
		widen(strip);
}

/* Bytes of "family/operation", which its axes follow. */
static size_t operation_bytes(const char *name)
{
	const char *slash = strchr(name, '/');

	slash = slash ? strchr(slash + 1, '/') : NULL;
	return slash ? (size_t)(slash - name) : strlen(name);
}

static bool is_same_operation(const struct strip *a, const struct strip *b)
{
	const size_t bytes = operation_bytes(a->series->name);

	return bytes == operation_bytes(b->series->name) &&
	       !memcmp(a->series->name, b->series->name, bytes);
}

/* Series are in order of their names: of equals the one with fewer axes comes first. */
static int by_change(const void *a, const void *b)
{
	const struct strip *x = a, *y = b;

	if (x->largest != y->largest)
		return x->largest < y->largest ? 1 : -1;
	return x->series < y->series ? -1 : x->series > y->series;
}

/* Of each operation the row that changed most comes before all others. */
static void take_operations(struct strips *strips)
{
	size_t nr = 0;

	for (size_t i = 0; i < strips->nr && nr < MOST_STRIPS; i++) {
		const struct strip taken = strips->strip[i];
		bool is_new = true;

		for (size_t k = 0; k < nr && is_new; k++)
			is_new = !is_same_operation(&strips->strip[k], &taken);
		if (!is_new)
			continue;
		memmove(&strips->strip[nr + 1], &strips->strip[nr], (i - nr) * sizeof(taken));
		strips->strip[nr++] = taken;
	}
	strips->nr_shown = nr;
}

static int find_strips(const struct fpb_trend *trend, struct strips *strips)
{
	strips->strip = calloc(trend->nr_series + 1, sizeof(*strips->strip));
	if (!strips->strip)
		return -ENOMEM;
	for (size_t i = 0; i < trend->nr_series; i++) {
		struct strip *strip = &strips->strip[strips->nr++];

		strip->series = &trend->series[i];
		measure(strip);
		strips->nr_changed += strip->series->nr_changes > 0;
	}
	qsort(strips->strip, strips->nr, sizeof(*strips->strip), by_change);
	take_operations(strips);
	for (size_t i = 0; i < strips->nr_shown; i++)
		strips->strip[i].base_in =
			(double)(strips->nr_shown - 1 - i) * (HEADING_IN + LINES_IN);
	return 0;
}

static double y_of(const struct strip *strip, double value)
{
	/* One that never changes lies in the middle. */
	if (strip->high <= strip->low)
		return strip->base_in + LINES_IN / 2;
	return strip->base_in + (value - strip->low) / (strip->high - strip->low) * LINES_IN;
}

/* "Y NAME", then its scale: "Y VALUE" of both ends, or of the only value. */
static int print_heading(const struct strip *strip, struct fpb_dat *dat)
{
	const struct fpb_trend_series *series = strip->series;
	char *name = NULL;

	if (asprintf(&name, "%s (%s)", series->id, series->unit) < 0)
		return -ENOMEM;
	fpb_dat_number(dat, strip->base_in + LINES_IN);
	fpb_dat_text(dat, name, FPB_DAT_NAME_COLUMNS + 8);
	fpb_dat_end_row(dat);
	free(name);
	return 0;
}

static void print_end(const struct strip *strip, double value, struct fpb_dat *dat)
{
	char text[32];

	fpb_format_value(value, strip->series->unit, text);
	fpb_dat_number(dat, y_of(strip, value));
	fpb_dat_text(dat, text, sizeof(text));
	fpb_dat_end_row(dat);
}

static double build_of(const struct fpb_trend_series *series, size_t point)
{
	return (double)(series->point[point].build + 1);
}

/* "STRIP BUILD VALUE Y" */
static void print_points(const struct strips *strips, size_t i, struct fpb_dat *dat)
{
	const struct strip *strip = &strips->strip[i];

	for (size_t k = 0; k < strip->series->nr_points; k++) {
		fpb_dat_number(dat, (double)i);
		fpb_dat_number(dat, build_of(strip->series, k));
		fpb_dat_number(dat, strip->series->point[k].value);
		fpb_dat_number(dat, y_of(strip, strip->series->point[k].value));
		fpb_dat_end_row(dat);
	}
}

/* "FROM TO VALUE Y" of each level: builds, and what the search takes it to be. */
static void print_levels(const struct strip *strip, struct fpb_dat *dat)
{
	const struct fpb_trend_series *series = strip->series;

	for (size_t i = 0; i <= series->nr_changes && series->nr_changes; i++) {
		const size_t from = i ? series->change[i - 1].index : 0;
		const size_t to = i < series->nr_changes ? series->change[i].index
							 : series->nr_points;
		const double value = i ? series->change[i - 1].after : series->change[0].before;

		fpb_dat_number(dat, build_of(series, from) - 0.5);
		fpb_dat_number(dat, build_of(series, to - 1) + 0.5);
		fpb_dat_number(dat, value);
		fpb_dat_number(dat, y_of(strip, value));
		fpb_dat_end_row(dat);
	}
}

static void describe(const struct fpb_changepoint *change, const char *unit, char text[40])
{
	const double percent = 100 * (change->after / change->before - 1);
	char number[32];

	if (change->before > 0 && fabs(percent) < 1000) {
		snprintf(text, 40, "%+.*f%%", fabs(percent) < 0.1 ? 2 : fabs(percent) < 10,
			 percent);
		return;
	}
	fpb_format_value(change->after - change->before, unit, number);
	snprintf(text, 40, "%s%s", change->after > change->before ? "+" : "", number);
}

/* "STRIP BUILD Y HEIGHT X LABEL": the first build of the new level; the label where there is room. */
static void print_changes(const struct strips *strips, size_t i, size_t nr_builds,
			  struct fpb_dat *dat)
{
	const struct strip *strip = &strips->strip[i];
	const struct fpb_trend_series *series = strip->series;
	double right = 0;

	for (size_t k = 0; k < series->nr_changes; k++) {
		const struct fpb_changepoint *change = &series->change[k];
		const size_t build = series->point[change->index].build;
		double middle = (double)(build + 1);
		char text[40];

		describe(change, series->unit, text);
		if (!fpb_builds_place(&right, build, strlen(text), nr_builds, &middle))
			text[0] = '\0';
		fpb_dat_number(dat, (double)i);
		fpb_dat_number(dat, build_of(series, change->index));
		fpb_dat_number(dat, strip->base_in);
		fpb_dat_number(dat, LINES_IN);
		fpb_dat_number(dat, middle);
		fpb_dat_text(dat, text, sizeof(text));
		fpb_dat_end_row(dat);
	}
}

/* "HEIGHT BUILDS CHANGES": inches, and how many there are, since a block cannot be empty. */
static void print_layout(const struct strips *strips, size_t nr_builds, struct fpb_dat *dat)
{
	size_t nr_changes = 0;

	for (size_t i = 0; i < strips->nr_shown; i++)
		nr_changes += strips->strip[i].series->nr_changes;
	fpb_dat_block(dat, "layout");
	fpb_dat_number(dat, (double)strips->nr_shown * (HEADING_IN + LINES_IN));
	fpb_dat_number(dat, (double)nr_builds);
	fpb_dat_number(dat, (double)nr_changes);
	fpb_dat_end_row(dat);
	if (!nr_changes)
		return;
	fpb_dat_block(dat, "levels");
	for (size_t i = 0; i < strips->nr_shown; i++)
		print_levels(&strips->strip[i], dat);
	fpb_dat_block(dat, "changes");
	for (size_t i = 0; i < strips->nr_shown; i++)
		print_changes(strips, i, nr_builds, dat);
}

static int print_caption(const struct fpb_plot_set *set, const struct fpb_trend *trend,
			 const struct strips *strips, struct fpb_dat *dat)
{
	fpb_dat_texts(dat);
	fpb_dat_caption(dat,
			"Each strip has a scale of its own. %zu of %zu series changed (vertical "
			"lines); shown: %zu, of each operation the row that changed most.",
			strips->nr_changed, strips->nr, strips->nr_shown);
	if (trend->nr_searched) {
		char *words = fpb_trend_words_of_search(trend);

		if (!words)
			return -ENOMEM;
		fpb_dat_caption(dat, "%s.", words);
		free(words);
	} else {
		fpb_dat_caption(dat, "Counted, and the same in all boots: every change is exact.");
	}
	fpb_builds_caption(set, dat);
	return 0;
}

static int print(const struct fpb_plot_set *set, const struct fpb_trend *trend,
		 const struct strips *strips, struct fpb_dat *dat)
{
	int ret = 0;

	print_layout(strips, set->nr, dat);
	fpb_dat_block(dat, "strips");
	for (size_t i = 0; i < strips->nr_shown && !ret; i++)
		ret = print_heading(&strips->strip[i], dat);
	fpb_dat_block(dat, "ends");
	for (size_t i = 0; i < strips->nr_shown; i++) {
		print_end(&strips->strip[i], strips->strip[i].low, dat);
		if (strips->strip[i].high > strips->strip[i].low)
			print_end(&strips->strip[i], strips->strip[i].high, dat);
	}
	fpb_dat_block(dat, "points");
	for (size_t i = 0; i < strips->nr_shown; i++)
		print_points(strips, i, dat);
	ret = ret ? ret : fpb_builds_print(set, dat);
	return ret ? ret : print_caption(set, trend, strips, dat);
}

/* The search takes run values apart: others than the set's. */
static int add_all(const struct fpb_plot_set *set, struct fpb_trend *trend,
		   struct fpb_problem *problem)
{
	int ret = 0;

	for (size_t i = 0; i < set->nr && !ret; i++) {
		const struct fpb_side *side = &set->side[i];
		struct fpb_run_values values;

		ret = fpb_run_values_of(&side->report, &values, problem);
		ret = ret ? ret : fpb_trend_add_values(trend, side, &values, problem);
		fpb_run_values_clear(&values);
	}
	return ret;
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct strips strips = { 0 };
	struct fpb_trend trend;
	int ret = fpb_plot_check_comparable(set, problem);

	fpb_trend_init(&trend, NULL, NULL);
	if (!ret && set->nr < 2)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "it takes reports of two builds or more");
	ret = ret ? ret : add_all(set, &trend, problem);
	ret = ret ? ret : fpb_trend_search(&trend, problem);
	if (!ret && !trend.nr_series)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "the reports have no row that is judged by default");
	ret = ret ? ret : find_strips(&trend, &strips);
	ret = ret ? ret : print(set, &trend, &strips, dat);
	free(strips.strip);
	fpb_trend_clear(&trend);
	return ret;
}

const struct fpb_plot fpb_plot_trend = {
	.name = "trend",
	.title = "rows over a series of builds, and where they changed",
	.write = write_data,
};
