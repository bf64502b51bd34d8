/* SPDX-License-Identifier: MIT */
/*
 * explain_file.h - what `explain --format json` wrote, read back as anybody's file.
 *
 * Reading is strict: types, ranges, and that the figures add up. Members nobody asks for are never
 * looked at.
 */
#ifndef BENCH_REPORT_EXPLAIN_FILE_H
#define BENCH_REPORT_EXPLAIN_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "bench/report/problem.h"

/* In place of a function: what none of the kernel's functions took. */
#define FPB_EXPLAIN_NESTED "[nested guest]"
#define FPB_EXPLAIN_USER   "[user space]"

#define FPB_EXPLAIN_KERNELS 2

/* Instructions of one operation: insn[k] in kernel k; 0 where it was not executed. */
struct fpb_explain_line {
	char *function; /* or one of the two above */
	char *module;	/* "": the kernel itself, or not known */
	double insn[FPB_EXPLAIN_KERNELS];
};

struct fpb_explain_kernel {
	char *label;
	double total;
	double nr_disturbed; /* operations */
};

struct fpb_explain_file {
	char *row; /* NAME@SUBSTRATE */
	double nr_operations;
	struct fpb_explain_kernel kernel[FPB_EXPLAIN_KERNELS];
	size_t nr_kernels; /* 1 or 2 */
	/*
	 * With one kernel: all that was executed, the sum is the total. With two: what differs, the
	 * sums differ as the totals do. In the order of the file.
	 */
	struct fpb_explain_line *line;
	size_t nr_lines;
};

/*
 * Whether a file that starts so is such a document, good or bad, rather than a report: by its first
 * member, which is one of its own whatever order somebody's tool has put them in.
 */
bool fpb_explain_file_starts(const char *text, size_t length);

/*
 * 0, -EINVAL, -EFBIG, -ENOMEM or -errno of open/read; *out is then cleared, otherwise it is for
 * fpb_explain_file_clear().
 */
int fpb_explain_file_parse(const char *text, size_t length, struct fpb_explain_file *out,
			   struct fpb_problem *problem) __attribute__((warn_unused_result));
int fpb_explain_file_read(const char *path, struct fpb_explain_file *out,
			  struct fpb_problem *problem) __attribute__((warn_unused_result));

/* Accepts zeroed and half-built ones. */
void fpb_explain_file_clear(struct fpb_explain_file *file);

#endif
