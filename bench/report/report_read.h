/* SPDX-License-Identifier: MIT */
/*
 * report_read.h - JSON file -> report in memory, strictly.
 *
 * Wrong type, NaN or infinity, a negative batch, a duplicate key, truncation, trailing garbage:
 * one problem with the path of the field. Limits: 256 MB, depth 64, strings of 1 MB, 4 million
 * values in one record, or outside of observations and benchmarks. Unknown keys are ignored (a
 * newer minor writer may add some); a schema_version other than ours is a problem.
 */
#ifndef BENCH_REPORT_READ_H
#define BENCH_REPORT_READ_H

#include "bench/report/report.h"

#define FPB_READ_MAX_BYTES  ((size_t)256000000)
#define FPB_READ_MAX_DEPTH  64
#define FPB_READ_MAX_STRING ((size_t)1000000)
#define FPB_READ_MAX_VALUES ((size_t)4000000)

/*
 * 0, -EINVAL (malformed), -EFBIG (a limit), -ENOMEM, or -errno of open/read. The problem does not
 * repeat the path: the caller knows it. *out is overwritten, and left empty on failure. An
 * escaped character counts as one byte of its string, \u0041 as five.
 */
int fpb_report_read(const char *path, struct fpb_report *out, struct fpb_problem *problem)
	__attribute__((warn_unused_result));
int fpb_report_parse(const char *text, size_t length, struct fpb_report *out,
		     struct fpb_problem *problem) __attribute__((warn_unused_result));

#endif
