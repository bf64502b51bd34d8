/* SPDX-License-Identifier: MIT */
/*
 * run_values.h - a report reduced to what verdicts are made from: one value per row and run.
 *
 * A report of 10,000 rows takes hundreds of megabytes, its run values two. So a report is reduced
 * and what it was made from is freed before the next one is read.
 */
#ifndef BENCH_REPORT_RUN_VALUES_H
#define BENCH_REPORT_RUN_VALUES_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/report.h"

struct fpb_value_row {
	char *id; /* NAME@SUBSTRATE */
	char *name, *substrate, *unit;
	bool is_gated; /* in any run */
	size_t nr;     /* runs, at least 1 */
	unsigned *run; /* ascending */
	double *value; /* per operation, in unit: the median over the batches of that run; finite */
};

struct fpb_run_values {
	struct fpb_value_row *row; /* in the order of fpb_value_row_compare() */
	size_t nr;
};

/*
 * Of the observations, which stay. 0; -EINVAL: a row has two observations of one run, or a value
 * that is not finite; -ENOMEM. *out is for fpb_run_values_clear() in any case.
 */
int fpb_run_values_of(const struct fpb_report *report, struct fpb_run_values *out,
		      struct fpb_problem *problem) __attribute__((warn_unused_result));

/*
 * The same, and takes the observations and the plan's entries out of the report; head, skips,
 * failures and noise floors stay. The report is for fpb_report_clear() in any case.
 */
int fpb_run_values_take(struct fpb_report *report, struct fpb_run_values *out,
			struct fpb_problem *problem) __attribute__((warn_unused_result));
void fpb_run_values_clear(struct fpb_run_values *values);

/* Whether the observation is one of the row's. */
bool fpb_value_row_has(const struct fpb_value_row *row, const struct fpb_observation *obs);

/* Whether all its runs came to the same value. */
bool fpb_value_row_is_constant(const struct fpb_value_row *row);

/* By name, host before guest, unit. As strcmp(). */
int fpb_value_row_compare(const struct fpb_value_row *a, const struct fpb_value_row *b);

#endif
