/* SPDX-License-Identifier: MIT */
/*
 * cost_rows.h - from which rows of a report each cost of the model is made.
 *
 * A recipe adds and subtracts rows of one report, run by run, so that what disturbs a run as a whole
 * falls out. Only rows are subtracted that differ in one thing, or whose parts cancel. What no row
 * isolates has no recipe: it stays assumed.
 */
#ifndef BENCH_MODEL_COST_ROWS_H
#define BENCH_MODEL_COST_ROWS_H

#include <stdbool.h>

#include "bench/model/cost.h"
#include "bench/report/report.h"

/* What the row's evidence `exits_each` must be for the recipe to mean what it says. */
enum fpb_row_exits { FPB_EXITS_ANY, FPB_EXITS_NONE, FPB_EXITS_ONE };

struct fpb_cost_term {
	const char *row; /* NAME@SUBSTRATE */
	int weight;	 /* 1 or -1 */
	enum fpb_row_exits exits;
};

#define FPB_RECIPE_TERMS 4

struct fpb_cost_recipe {
	enum fpb_cost cost;
	struct fpb_cost_term terms[FPB_RECIPE_TERMS + 1]; /* ended by a NULL row */
	unsigned divisor;				  /* 0: 1 */
	/*
	 * What is dear in it is an instruction or two, such as RDMSR or XSAVES. Where instructions
	 * are counted each of these counts as one, which says nothing of what they cost.
	 */
	bool is_instruction;
	bool is_in_pages; /* bytes, rounded up to whole pages of 4096 */
	bool needs_tiles; /* evidence `dynamic` of the first row: XTILEDATA, nothing in its place */
	/*
	 * Why the rows are near the cost, but not it; NULL: they are. The value is taken, the interval
	 * is not narrower than the assumption's.
	 */
	const char *stand_in;
	/* Why this report's rows do not mean the cost, or NULL if they do. */
	const char *(*unmet)(const struct fpb_report *report);
};

/* Of one cost one after the other, the best first; ended by cost FPB_NR_COSTS. */
extern const struct fpb_cost_recipe fpb_cost_recipes[];

/* The first row of the best recipe; NULL: there is none. */
const char *fpb_cost_row(enum fpb_cost cost);

/*
 * Takes from the report all costs that it has rows for and that are still assumed: of several
 * reports the first one counts. What stays assumed although there is a recipe for it gets the reason
 * behind its citation: what the report says of the row.
 * name: of the report, for the source. 0, -EINVAL (a row has two observations of one run), -ENOMEM.
 */
int fpb_costs_from_report(struct fpb_costs *costs, const char *name,
			  const struct fpb_report *report, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

#endif
