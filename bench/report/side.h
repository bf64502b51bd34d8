/* SPDX-License-Identifier: MIT */
/* side.h - a report as comparisons take it: its head, and of its batches only the run values. */
#ifndef BENCH_REPORT_SIDE_H
#define BENCH_REPORT_SIDE_H

#include "bench/report/pattern.h"
#include "bench/report/run_values.h"

/* A report and its run values, which are no longer in it. */
struct fpb_side {
	struct fpb_report report;
	struct fpb_run_values values;
};

/* Reads a report and reduces it. As fpb_report_read(). */
int fpb_side_read(const char *path, struct fpb_side *out, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
void fpb_side_clear(struct fpb_side *side);

/* Whether its engine is one whose boots can be identical: it counts instructions. */
bool fpb_side_is_deterministic(const struct fpb_side *side);

/*
 * Whether the filter matches any row, skips and failures included: a filter that names one of these
 * is no mistake. 1, 0 or -ENOMEM.
 */
int fpb_side_matches(const struct fpb_side *side, const struct fpb_pattern *filter)
	__attribute__((warn_unused_result));

#endif
