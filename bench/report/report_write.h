/* SPDX-License-Identifier: MIT */
/* report_write.h - report in memory -> JSON file that Google Benchmark's tools read too. */
#ifndef BENCH_REPORT_WRITE_H
#define BENCH_REPORT_WRITE_H

#include "bench/report/report.h"

/*
 * The whole document: context, benchmarks, fpstate_bench. benchmarks[] is derived from the
 * observations; a time in `cyc` becomes ns by environment.tsc_khz. New reference or NULL when out
 * of memory.
 */
json_t *fpb_report_to_json(const struct fpb_report *report);

/*
 * Writes PATH.tmp beside PATH, fsyncs, renames. On failure PATH is untouched and PATH.tmp gone.
 * 0 or -errno with the problem naming path and cause (disk full: what to free).
 */
int fpb_report_write(const struct fpb_report *report, const char *path, struct fpb_problem *problem)
	__attribute__((warn_unused_result));

#endif
