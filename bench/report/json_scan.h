/* SPDX-License-Identifier: MIT */
/*
 * json_scan.h - a report's text, taken apart before it is parsed.
 *
 * A tree of the whole document takes ten times its text. So one pass over the bytes checks the
 * limits (depth, length of strings) and brackets, and notes where each element of the two long
 * arrays lies: benchmarks and fpstate_bench.observations. The document around them is then parsed
 * with these arrays left empty, and each element by itself; together the parts are the document,
 * so what is accepted is exactly JSON.
 */
#ifndef BENCH_REPORT_JSON_SCAN_H
#define BENCH_REPORT_JSON_SCAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "bench/report/problem.h"

struct fpb_span {
	size_t begin, end; /* offsets into the text, end exclusive */
};

/* One of the two arrays: what lies between its brackets, and the elements in it. */
struct fpb_long_array {
	bool found;
	struct fpb_span inside;
	struct fpb_span *elements; /* untrimmed: white space included; may be empty text */
	size_t nr_elements;
};

struct fpb_scan {
	const char *text; /* borrowed */
	size_t length;
	struct fpb_long_array benchmarks, observations;
};

/* 0, -EINVAL (brackets do not match, or the text ends too early), -EFBIG (a limit), -ENOMEM. */
int fpb_json_scan(const char *text, size_t length, struct fpb_scan *out,
		  struct fpb_problem *problem);
void fpb_scan_clear(struct fpb_scan *scan);

/*
 * The document with both arrays empty; one element. New references, or NULL with -EINVAL in
 * *ret and a problem that gives line and column; `where` is the element's path.
 */
json_t *fpb_scan_frame(const struct fpb_scan *scan, struct fpb_problem *problem, int *ret);
json_t *fpb_scan_element(const struct fpb_scan *scan, const struct fpb_span *span,
			 const char *where, struct fpb_problem *problem, int *ret);

#endif
