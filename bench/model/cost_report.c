// SPDX-License-Identifier: MIT
/* cost_report.c - recipes applied to a report. */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/model/cost_rows.h"
#include "bench/report/debate.h"
#include "bench/report/run_values.h"
#include "bench/report/text.h"
#include "bench/stats/median_interval.h"
#include "bench/stats/summary.h"

#define XTILEDATA  ((json_int_t)1 << 18)
#define PAGE_BYTES 4096.0
#define WHY_SIZE   192

/* What a report has, and the recipe that is tried on it. */
struct kitchen {
	const struct fpb_report *report;
	const struct fpb_run_values *values;
	const char *name; /* printable */
	const struct fpb_cost_recipe *recipe;
	const struct fpb_value_row *row[FPB_RECIPE_TERMS];
	size_t nr_terms;
	bool is_counted;
	bool is_nonlinear;
	char why[WHY_SIZE]; /* why it cannot be followed; printable */
};

static int __attribute__((format(printf, 2, 3))) refuse(struct kitchen *k, const char *fmt, ...)
{
	char text[WHY_SIZE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	fpb_text_printable(text, k->why, sizeof(k->why));
	return -ENOENT;
}

static const struct fpb_value_row *find_row(const struct fpb_run_values *values, const char *id)
{
	for (size_t i = 0; i < values->nr; i++) {
		if (!strcmp(values->row[i].id, id))
			return &values->row[i];
	}
	return NULL;
}

/* What the report says of a row that it has no value of. */
static int refuse_row(struct kitchen *k, const char *id)
{
	const struct fpb_figure figure = { .kind = FPB_FIGURE_VALUE, .row = id };
	struct fpb_answer answer;

	/* It looks for the obstacle before it needs memory. */
	if (fpb_figure_find(k->report, &figure, &answer))
		return -ENOMEM;
	if (!answer.obstacle.text)
		return refuse(k, "%s: no value", id);
	return refuse(k, "%s: %s%s%s", id, answer.obstacle.reason,
		      answer.obstacle.reason[0] ? ": " : "", answer.obstacle.text);
}

static int find_rows(struct kitchen *k)
{
	k->nr_terms = 0;
	for (const struct fpb_cost_term *t = k->recipe->terms; t->row; t++) {
		const struct fpb_value_row *row = find_row(k->values, t->row);

		if (!row)
			return refuse_row(k, t->row);
		k->row[k->nr_terms++] = row;
	}
	return k->nr_terms ? 0 : refuse(k, "no row");
}

/* Whether any run of the row has the flag. */
static bool has_flag(const struct kitchen *k, const struct fpb_value_row *row, const char *flag)
{
	for (size_t i = 0; i < k->report->nr_observations; i++) {
		const struct fpb_observation *obs = &k->report->observations[i];

		if (!fpb_value_row_has(row, obs))
			continue;
		for (size_t f = 0; f < obs->nr_flags; f++) {
			if (!strcmp(obs->flags[f], flag))
				return true;
		}
	}
	return false;
}

/* Whether all runs of the row have this evidence, and of this value. */
static bool has_evidence(const struct kitchen *k, const struct fpb_value_row *row, const char *key,
			 json_int_t value)
{
	for (size_t i = 0; i < k->report->nr_observations; i++) {
		const struct fpb_observation *obs = &k->report->observations[i];
		bool is_so = false;

		if (!fpb_value_row_has(row, obs))
			continue;
		for (size_t e = 0; e < obs->nr_evidence; e++)
			is_so = is_so || (!strcmp(obs->evidence[e].key, key) &&
					  obs->evidence[e].value == value);
		if (!is_so)
			return false;
	}
	return true;
}

/* Ticks or counts of instructions, not both; bytes for what is in bytes. */
static int check_units(struct kitchen *k)
{
	const char *unit = k->row[0]->unit;
	const bool is_in_bytes = !strcmp(fpb_cost_infos[k->recipe->cost].unit, "bytes");

	for (size_t i = 1; i < k->nr_terms; i++) {
		if (strcmp(k->row[i]->unit, unit) != 0)
			return refuse(k, "%s is in %s and %s in %s", k->row[0]->id, unit,
				      k->row[i]->id, k->row[i]->unit);
	}
	k->is_counted = !is_in_bytes && !strcmp(unit, "insn");
	if (!k->is_counted && strcmp(unit, is_in_bytes ? "bytes" : "cyc") != 0)
		return refuse(k, "%s is in %s", k->row[0]->id, unit);
	if (k->is_counted && k->recipe->is_instruction)
		return refuse(k, "%s: a count of instructions does not say what this one takes",
			      k->row[0]->id);
	return 0;
}

/*
 * Rows that are not what a processor does: instructions of the guest interpreted one by one; KVM's
 * software decoder in the exit, unless the difference is of as many with it as without; a clock that
 * jumped.
 */
static int check_flags(struct kitchen *k)
{
	int nr_decoders = 0;

	for (size_t i = 0; i < k->nr_terms; i++) {
		if (has_flag(k, k->row[i], "interpreted"))
			return refuse(k, "%s: interpreted by KVM, not run", k->row[i]->id);
		if (has_flag(k, k->row[i], "idled"))
			return refuse(k, "%s: the clock jumped while idle", k->row[i]->id);
		if (has_flag(k, k->row[i], "no-nrips"))
			nr_decoders += k->recipe->terms[i].weight;
		k->is_nonlinear = k->is_nonlinear || has_flag(k, k->row[i], "nonlinear");
	}
	if (nr_decoders)
		return refuse(k, "%s: KVM's instruction decoder is in it (no NRIPS)",
			      k->row[0]->id);
	return 0;
}

static int check_evidence(struct kitchen *k)
{
	for (size_t i = 0; i < k->nr_terms; i++) {
		const enum fpb_row_exits exits = k->recipe->terms[i].exits;

		if (exits == FPB_EXITS_ANY)
			continue;
		if (!has_evidence(k, k->row[i], "exits_each", exits == FPB_EXITS_ONE))
			return refuse(k, "%s: not shown to be of %s an operation", k->row[i]->id,
				      exits == FPB_EXITS_ONE ? "one exit" : "no exit");
	}
	if (k->recipe->needs_tiles && !has_evidence(k, k->row[0], "dynamic", XTILEDATA))
		return refuse(k, "%s: no XTILEDATA there", k->row[0]->id);
	if (k->recipe->unmet && k->recipe->unmet(k->report))
		return refuse(k, "%s: %s", k->row[0]->id, k->recipe->unmet(k->report));
	return 0;
}

/* The value of the recipe in one run; false: not all rows have it. */
static bool combine(const struct kitchen *k, unsigned run, double *value)
{
	const unsigned divisor = k->recipe->divisor ? k->recipe->divisor : 1;

	*value = 0;
	for (size_t i = 0; i < k->nr_terms; i++) {
		const struct fpb_value_row *row = k->row[i];
		size_t at = 0;

		while (at < row->nr && row->run[at] != run)
			at++;
		if (at == row->nr)
			return false;
		*value += k->recipe->terms[i].weight * row->value[at] / divisor;
	}
	if (k->recipe->is_in_pages)
		*value = ceil(*value / PAGE_BYTES) * PAGE_BYTES;
	return isfinite(*value);
}

static void print_source(const struct kitchen *k, size_t nr_runs, char *buf, size_t size)
{
	size_t used = (size_t)snprintf(buf, size, "%.200s: ", k->name);

	for (size_t i = 0; i < k->nr_terms && used < size; i++) {
		const bool is_less = k->recipe->terms[i].weight < 0;

		used += (size_t)snprintf(buf + used, size - used, "%s%s",
					 !i	   ? ""
					 : is_less ? " - "
						   : " + ",
					 k->row[i]->id);
	}
	if (used < size && k->recipe->divisor > 1)
		used += (size_t)snprintf(buf + used, size - used, ", by %u", k->recipe->divisor);
	if (used < size)
		used += (size_t)snprintf(buf + used, size - used, ", %zu run%s", nr_runs,
					 nr_runs > 1 ? "s" : "");
	if (used < size && k->is_nonlinear)
		used += (size_t)snprintf(buf + used, size - used, ", nonlinear");
	if (used < size && k->recipe->stand_in)
		snprintf(buf + used, size - used, "; stand-in: %s", k->recipe->stand_in);
}

/* The interval of a stand-in is at least as wide as if nothing had been measured. */
static struct fpb_interval widen(const struct kitchen *k, const struct fpb_costs *costs,
				 struct fpb_interval interval)
{
	const struct fpb_cost_info *info = &fpb_cost_infos[k->recipe->cost];
	const double per = k->is_counted ? costs->of[FPB_COST_CYCLES_PER_INSN].value : 1;

	if (!k->recipe->stand_in)
		return interval;
	return (struct fpb_interval){ fmin(interval.low, info->assumed_low / per),
				      fmax(interval.high, info->assumed_high / per) };
}

static int cook(struct kitchen *k, struct fpb_costs *costs)
{
	const size_t most = k->row[0]->nr;
	double *value = calloc(most, sizeof(*value));
	struct fpb_interval interval;
	char source[sizeof(costs->of[0].source)];
	size_t nr = 0;

	if (!value)
		return -ENOMEM;
	for (size_t i = 0; i < most; i++)
		nr += combine(k, k->row[0]->run[i], &value[nr]);
	/* One run says nothing of how far the next one will be off; counts need no second. */
	if (!nr || (nr == 1 && !k->is_counted && !k->recipe->is_in_pages)) {
		free(value);
		return refuse(k, "%s: %s", k->row[0]->id,
			      nr ? "one run makes no interval" : "no run has all of the rows");
	}
	fpb_sort(value, nr);
	interval = fpb_median_interval(value, nr);
	if (interval.high <= 0) {
		free(value);
		return refuse(k, "%s: the difference is not above 0", k->row[0]->id);
	}
	/* What put its low end below zero may as well have put the high one too low. */
	interval.high = fmax(interval.high, -interval.low);
	interval = widen(k, costs, interval);
	print_source(k, nr, source, sizeof(source));
	if (k->is_counted)
		fpb_cost_count(costs, k->recipe->cost, fpb_median_sorted(value, nr), interval.low,
			       interval.high, source);
	else
		fpb_cost_measure(costs, k->recipe->cost, fpb_median_sorted(value, nr), interval.low,
				 interval.high, source);
	costs->of[k->recipe->cost].is_stand_in = k->recipe->stand_in != NULL;
	if (!k->is_counted && !k->recipe->is_in_pages)
		costs->of[k->recipe->cost].nr_runs = (unsigned)nr;
	free(value);
	return 0;
}

/* 0; -ENOENT, with the reason; -ENOMEM. */
static int try_recipe(struct kitchen *k, struct fpb_costs *costs)
{
	int ret = find_rows(k);

	k->is_nonlinear = false;
	ret = ret ? ret : check_units(k);
	ret = ret ? ret : check_flags(k);
	ret = ret ? ret : check_evidence(k);
	return ret ? ret : cook(k, costs);
}

/* Of the first report and of the best recipe; the others' are no better news. */
static void note_why(struct fpb_cost_value *cost, const char *name, const char *why)
{
	if (!cost->missing[0])
		snprintf(cost->missing, sizeof(cost->missing), "%s: %s", name, why);
}

/* All recipes of one cost, from *at on, which is left behind them. */
static int take_cost(struct kitchen *k, struct fpb_costs *costs, const struct fpb_cost_recipe **at)
{
	const enum fpb_cost cost = (*at)->cost;
	char first_why[WHY_SIZE] = "";
	int ret = -ENOENT;

	for (; (*at)->cost == cost; ++*at) {
		if (ret != -ENOENT || !costs->of[cost].is_assumed)
			continue;
		k->recipe = *at;
		ret = try_recipe(k, costs);
		if (ret == -ENOENT && !first_why[0])
			snprintf(first_why, sizeof(first_why), "%s", k->why);
	}
	if (ret == -ENOENT && first_why[0])
		note_why(&costs->of[cost], k->name, first_why);
	return ret == -ENOENT ? 0 : ret;
}

int fpb_costs_from_report(struct fpb_costs *costs, const char *name,
			  const struct fpb_report *report, struct fpb_problem *problem)
{
	struct fpb_run_values values;
	char printable[256];
	struct kitchen k = { .report = report, .values = &values, .name = printable };
	int ret = fpb_run_values_of(report, &values, problem);

	fpb_text_printable(name, printable, sizeof(printable));
	for (const struct fpb_cost_recipe *at = fpb_cost_recipes;
	     at->cost != FPB_NR_COSTS && !ret;) {
		ret = take_cost(&k, costs, &at);
		if (ret == -ENOMEM)
			fpb_problem_set(problem, ENOMEM, "", "out of memory");
	}
	fpb_run_values_clear(&values);
	return ret;
}
