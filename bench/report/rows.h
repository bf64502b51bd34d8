/* SPDX-License-Identifier: MIT */
/*
 * rows.h - the observations of a report gathered into rows.
 *
 * A row is all observations of one (name, substrate, unit), one a run. Its figures are those of a
 * table for people; verdicts are made from run values and not from these.
 */
#ifndef BENCH_REPORT_ROWS_H
#define BENCH_REPORT_ROWS_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/report.h"

struct fpb_table_row {
	const char *name, *substrate, *unit; /* borrowed from the report, as are the flags */
	size_t nr_runs;
	double median;	      /* of the run values, per operation, in unit */
	double low, high;     /* of the run values */
	double spread;	      /* half the range of the run values over |median|; NaN: unknown */
	double mad;	      /* median absolute deviation of the run values, unscaled */
	double p99;	      /* of the costs of all batches of all runs */
	bool has_expectation; /* some evidence had to match; where it did not, there is no value */
	const char **flags;   /* of any run, each once */
	size_t nr_flags;
};

/*
 * Sorted by name, host before guest, unit; a row precedes those that add an axis to its name.
 * 0 or -ENOMEM; *rows is for fpb_rows_free(), NULL when there are none.
 */
int fpb_rows_make(const struct fpb_report *report, struct fpb_table_row **rows, size_t *nr)
	__attribute__((warn_unused_result));
void fpb_rows_free(struct fpb_table_row *rows, size_t nr);

/* Whether NAME@SUBSTRATE is this row. */
bool fpb_row_is(const char *id, const char *name, const char *substrate);

/* Orders rows by name, substrate, unit, which are the elements of a and b. As strcmp(). */
int fpb_row_compare(const char *const a[3], const char *const b[3]);

/* Orders substrates: host first, then by name. As strcmp(). */
int fpb_substrate_compare(const char *a, const char *b);

#endif
