/* SPDX-License-Identifier: MIT */
/*
 * noise.h - how much the runs of one and the same build differ: the noise floor of each row.
 *
 * The floor is 1.4826 x MAD of the run values over their median. The factor makes the MAD the
 * standard deviation where the run values are normally distributed.
 */
#ifndef BENCH_REPORT_NOISE_H
#define BENCH_REPORT_NOISE_H

#include <stdio.h>

#include "bench/report/rows.h"

/*
 * NULL and the floor as a fraction of the median, or the reason why the row has none: one run
 * only, or a median that is not positive.
 */
const char *fpb_noise_of_row(const struct fpb_table_row *row, double *fraction);

/*
 * Replaces report->noise_floor by the floors of its rows. Two rows that differ in their unit share
 * one entry, the greater one. 0 or -ENOMEM.
 */
int fpb_noise_fill(struct fpb_report *report) __attribute__((warn_unused_result));

/* Empties report->noise_floor. */
void fpb_noise_drop(struct fpb_report *report);

/*
 * The table for a person: name, substrate, median of the run values, unit, floor in per cent or the
 * reason why there is none; then what stands below the rows of table.h. As fpb_table_print().
 */
int fpb_noise_print(const struct fpb_report *report, FILE *out, unsigned width);

#endif
