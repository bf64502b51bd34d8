/* SPDX-License-Identifier: MIT */
/*
 * builds_table.h - reports of several builds from a machine that counts, side by side, for people.
 *
 * A row is exact where its value is the same in all boots of each build; one that a boot lacks is
 * not. Exact rows that differ
 * from the first build stand in the table, the largest difference first; those that are equal
 * everywhere, those that are not exact (with the spread of their boots) and those that only some
 * builds have are listed below it.
 */
#ifndef BENCH_REPORT_BUILDS_TABLE_H
#define BENCH_REPORT_BUILDS_TABLE_H

#include <stdbool.h>
#include <stdio.h>

#include "bench/report/report.h"

struct fpb_build {
	const char *label;
	const struct fpb_report *report;
};

struct fpb_builds_table {
	struct fpb_build *builds; /* the first is what the others are compared with */
	size_t nr_builds;
	bool is_exact;	    /* values are counts; otherwise every row is listed as not exact */
	const char *limits; /* what such figures do not say; NULL: nothing to add */
	unsigned int width; /* of the terminal, 0 for none */
};

/* 0 or -ENOMEM. */
int fpb_builds_table_print(const struct fpb_builds_table *table, FILE *out)
	__attribute__((warn_unused_result));

#endif
