/* SPDX-License-Identifier: MIT */
/*
 * table.h - a report as text for a person.
 *
 * One line per row over all runs: name, substrate, median of run values, spread between runs
 * (half the range over the median, in per cent), p99 over all batches, unit, evidence mark ("ok"
 * when every expectation the row has was checked and met, "-" when it has none), flags. Then the
 * debate (debate.h), other derived figures, failures in full, and the skips grouped by reason and
 * text with their rows.
 */
#ifndef BENCH_REPORT_TABLE_H
#define BENCH_REPORT_TABLE_H

#include <stdio.h>

#include "bench/report/report.h"

/* 0 or -ENOMEM, -EIO. `width` is the terminal's, 0 if not a terminal (then never truncated). */
int fpb_table_print(const struct fpb_report *report, FILE *out, unsigned width);

/* What stands below the rows, for a table of other columns in which nr_rows of them stand. */
int fpb_table_print_rest(const struct fpb_report *report, size_t nr_rows, FILE *out,
			 unsigned width);

#endif
