// SPDX-License-Identifier: MIT
/*
 * plot_path_length.c - how many instructions an exit takes, kernel build by kernel build.
 *
 * Counts are exact where an engine counts instructions, so that there are no intervals; a row whose
 * boots differ is marked. All kinds of exits are drawn to one scale, each in a strip of its own,
 * since a step of ten instructions is lost on an axis that begins at none.
 */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/figures/builds.h"
#include "bench/figures/sources.h"
#include "bench/report/columns.h"
#include "bench/report/grow.h"

#define FAMILY "exit/"
#define UNIT   "insn"
#define RING0  "guest/ring0"

#define MOST_STRIPS 12
/* Of each strip, in inches: what stands above its lines, and lines on average. */
#define HEADING_IN 0.3
#define LINES_IN   0.2

struct strip {
	const char *name, *substrate; /* borrowed */
	double low, high;
	double base_in; /* where its lowest value lies */
};

struct strips {
	struct strip *strip; /* by name */
	size_t nr, nr_left_out;
	double insn_per_in, height_in;
};

/* With all axes at their defaults, the others being variations of it. */
static bool is_kind(const struct fpb_value_row *row)
{
	return !strncmp(row->name, FAMILY, strlen(FAMILY)) &&
	       !strchr(row->name + strlen(FAMILY), '/') &&
	       !strncmp(row->substrate, "guest/", strlen("guest/")) && !strcmp(row->unit, UNIT);
}

/* One substrate of each kind: ring 0, or what comes first. */
static int add_kind(struct strips *strips, const struct fpb_value_row *row)
{
	struct strip *grown;

	for (size_t i = 0; i < strips->nr; i++) {
		struct strip *strip = &strips->strip[i];

		if (strcmp(strip->name, row->name) != 0)
			continue;
		if (!strcmp(row->substrate, RING0))
			strip->substrate = row->substrate;
		return 0;
	}
	grown = fpb_grow(strips->strip, strips->nr, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	strips->strip = grown;
	grown[strips->nr++] = (struct strip){ .name = row->name, .substrate = row->substrate };
	return 0;
}

static int by_name(const void *a, const void *b)
{
	const struct strip *x = a, *y = b;

	return strcmp(x->name, y->name);
}

static int find_strips(const struct fpb_plot_set *set, struct strips *strips)
{
	for (size_t i = 0; i < set->nr; i++) {
		const struct fpb_run_values *values = &set->side[i].values;

		for (size_t k = 0; k < values->nr; k++) {
			if (is_kind(&values->row[k]) && add_kind(strips, &values->row[k]))
				return -ENOMEM;
		}
	}
	if (strips->nr)
		qsort(strips->strip, strips->nr, sizeof(*strips->strip), by_name);
	if (strips->nr > MOST_STRIPS) {
		strips->nr_left_out = strips->nr - MOST_STRIPS;
		strips->nr = MOST_STRIPS;
	}
	return 0;
}

static const struct fpb_value_row *row_of(const struct fpb_plot_set *set, size_t build,
					  const struct strip *strip)
{
	return fpb_plot_row(&set->side[build], strip->name, strip->substrate, UNIT);
}

static int measure_strip(const struct fpb_plot_set *set, struct strip *strip)
{
	bool is_first = true;

	for (size_t i = 0; i < set->nr; i++) {
		const struct fpb_value_row *row = row_of(set, i, strip);
		struct fpb_plot_point point;

		if (!row)
			continue;
		if (fpb_plot_summarise(row, &point))
			return -ENOMEM;
		strip->low = is_first ? point.value : fmin(strip->low, point.value);
		strip->high = is_first ? point.value : fmax(strip->high, point.value);
		is_first = false;
	}
	return 0;
}

/* From the bottom up, the first strip on top; all to the same scale. */
static int lay_out(const struct fpb_plot_set *set, struct strips *strips)
{
	double sum = 0;

	for (size_t i = 0; i < strips->nr; i++) {
		if (measure_strip(set, &strips->strip[i]))
			return -ENOMEM;
		sum += strips->strip[i].high - strips->strip[i].low;
	}
	strips->insn_per_in = sum > 0 ? sum / ((double)strips->nr * LINES_IN) : 0;
	for (size_t i = strips->nr; i--;) {
		struct strip *strip = &strips->strip[i];

		strip->base_in = strips->height_in;
		if (sum > 0)
			strips->height_in += (strip->high - strip->low) / strips->insn_per_in;
		strips->height_in += HEADING_IN;
	}
	return 0;
}

static double y_of(const struct strips *strips, const struct strip *strip, double value)
{
	if (isnan(value))
		return NAN;
	if (strips->insn_per_in <= 0)
		return strip->base_in;
	return strip->base_in + (value - strip->low) / strips->insn_per_in;
}

/* A length in instructions that is a 1, 2 or 5 with zeroes, and about as high as a strip's lines. */
static double scale_bar(const struct strips *strips)
{
	const double about = strips->insn_per_in * LINES_IN;
	const double power = about > 0 ? pow(10, floor(log10(about))) : 0;

	return about >= 5 * power ? 5 * power : about >= 2 * power ? 2 * power : power;
}

/* "HEIGHT BAR BAR_HEIGHT BUILDS": inches, instructions, inches, their number. */
static void print_layout(const struct fpb_plot_set *set, const struct strips *strips,
			 struct fpb_dat *dat)
{
	const double bar = scale_bar(strips);

	fpb_dat_block(dat, "layout");
	fpb_dat_number(dat, strips->height_in);
	fpb_dat_number(dat, bar);
	fpb_dat_number(dat, bar > 0 ? bar / strips->insn_per_in : 0);
	fpb_dat_number(dat, (double)set->nr);
	fpb_dat_end_row(dat);
}

/* "Y NAME": where the heading stands. */
static int print_heading(const struct strips *strips, const struct strip *strip,
			 struct fpb_dat *dat)
{
	const bool is_ring0 = !strcmp(strip->substrate, RING0);
	char *name = NULL;

	if (asprintf(&name, "%s%s%s", strip->name, is_ring0 ? "" : " @",
		     is_ring0 ? "" : strip->substrate) < 0)
		return -ENOMEM;
	fpb_dat_number(dat, y_of(strips, strip, strip->high));
	fpb_dat_text(dat, name, FPB_DAT_NAME_COLUMNS);
	fpb_dat_end_row(dat);
	free(name);
	return 0;
}

/* A row of the block "levels": builds that follow each other at one value. */
struct level {
	size_t first, last;
	double value, before; /* NaN: there is none before it, or a gap */
	bool is_exact;
};

/* "FROM TO VALUE Y Y_BEFORE": where it begins and ends on the axis of the builds. */
static void print_level(const struct strips *strips, const struct strip *strip,
			const struct level *level, struct fpb_dat *dat)
{
	fpb_dat_number(dat, (double)level->first + 0.5);
	fpb_dat_number(dat, (double)level->last + 1.5);
	fpb_dat_number(dat, level->value);
	fpb_dat_number(dat, y_of(strips, strip, level->value));
	fpb_dat_number(dat, y_of(strips, strip, level->before));
	fpb_dat_end_row(dat);
}

/* "X Y LABEL" */
static void print_value(const struct strips *strips, const struct strip *strip,
			const struct level *level, double *right, size_t nr, struct fpb_dat *dat)
{
	char text[34], number[32];
	double middle;

	fpb_format_value(level->value, UNIT, number);
	snprintf(text, sizeof(text), "%s%s", level->is_exact ? "" : "~", number);
	if (!fpb_builds_place(right, level->first, strlen(text), nr, &middle))
		return;
	fpb_dat_number(dat, middle);
	fpb_dat_number(dat, y_of(strips, strip, level->value));
	fpb_dat_text(dat, text, sizeof(text));
	fpb_dat_end_row(dat);
}

/* The level that begins at build `first`; its value is NaN where the report lacks the row. */
static int find_level(const struct fpb_plot_set *set, const struct strip *strip, size_t first,
		      struct level *level)
{
	level->first = level->last = first;
	level->value = NAN;
	level->is_exact = true;
	for (size_t i = first; i < set->nr; i++) {
		const struct fpb_value_row *row = row_of(set, i, strip);
		struct fpb_plot_point point = { .value = NAN };

		if (row && fpb_plot_summarise(row, &point))
			return -ENOMEM;
		if (i > first && !(point.value == level->value))
			break;
		if (!row)
			return 0;
		level->value = point.value;
		level->is_exact = level->is_exact && fpb_value_row_is_constant(row);
		level->last = i;
	}
	return 0;
}

/* Once for the lines, and once for their values, which are not said again after a gap. */
static int print_levels(const struct fpb_plot_set *set, const struct strips *strips,
			const struct strip *strip, bool has_values, struct fpb_dat *dat)
{
	double right = 0, said = NAN;
	struct level level = { .value = NAN };

	for (size_t i = 0; i < set->nr; i = level.last + 1) {
		level.before = level.value;
		if (find_level(set, strip, i, &level))
			return -ENOMEM;
		if (isnan(level.value))
			continue;
		if (!has_values)
			print_level(strips, strip, &level, dat);
		else if (level.value != said)
			print_value(strips, strip, &level, &right, set->nr, dat);
		said = level.value;
	}
	return 0;
}

static bool is_exact(const struct fpb_plot_set *set, const struct strips *strips)
{
	for (size_t i = 0; i < strips->nr; i++) {
		for (size_t build = 0; build < set->nr; build++) {
			const struct fpb_value_row *row = row_of(set, build, &strips->strip[i]);

			if (row && !fpb_value_row_is_constant(row))
				return false;
		}
	}
	return true;
}

static int print(const struct fpb_plot_set *set, const struct strips *strips, struct fpb_dat *dat)
{
	int ret = 0;

	print_layout(set, strips, dat);
	fpb_dat_block(dat, "strips");
	for (size_t i = 0; i < strips->nr && !ret; i++)
		ret = print_heading(strips, &strips->strip[i], dat);
	fpb_dat_block(dat, "levels");
	for (size_t i = 0; i < strips->nr && !ret; i++)
		ret = print_levels(set, strips, &strips->strip[i], false, dat);
	fpb_dat_block(dat, "values");
	for (size_t i = 0; i < strips->nr && !ret; i++)
		ret = print_levels(set, strips, &strips->strip[i], true, dat);
	ret = ret ? ret : fpb_builds_print(set, dat);
	fpb_dat_texts(dat);
	fpb_dat_key(dat, "unit", "instructions an exit");
	fpb_dat_caption(dat,
			"Instructions an exit, all strips to one scale; counted, hence without "
			"intervals%s.",
			is_exact(set, strips) ? "" : " (~: boots differ, their median)");
	if (strips->nr_left_out)
		fpb_dat_caption(dat, "Kinds of exits not shown: %zu", strips->nr_left_out);
	fpb_builds_caption(set, dat);
	return ret;
}

static int check(const struct fpb_plot_set *set, struct fpb_problem *problem)
{
	const int ret = fpb_plot_check_comparable(set, problem);

	if (ret)
		return ret;
	for (size_t i = 0; i < set->nr; i++) {
		if (!fpb_side_is_deterministic(&set->side[i]))
			return fpb_problem_set(problem, ENODATA, "",
					       "%.200s is of no engine that counts instructions "
					       "(lab: tcg, bochs)",
					       set->path[i]);
	}
	if (set->nr < 2)
		return fpb_problem_set(problem, ENODATA, "",
				       "it takes reports of two kernel builds or more");
	return 0;
}

static int write_data(const struct fpb_plot_set *set, struct fpb_dat *dat,
		      struct fpb_problem *problem)
{
	struct strips strips = { 0 };
	int ret = check(set, problem);

	ret = ret ? ret : find_strips(set, &strips);
	if (!ret && !strips.nr)
		ret = fpb_problem_set(problem, ENODATA, "",
				      "no report has a row exit/KIND of a guest in " UNIT);
	ret = ret ? ret : lay_out(set, &strips);
	ret = ret ? ret : print(set, &strips, dat);
	free(strips.strip);
	return ret;
}

const struct fpb_plot fpb_plot_path_length = {
	.name = "path_length",
	.title = "instructions an exit takes, over kernel builds",
	.write = write_data,
};
